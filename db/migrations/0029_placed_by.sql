-- SPDX-License-Identifier: MIT
-- An order that an admin places for a user is the admin's doing, and so says
-- its first event. changed_by cannot say it: it is null at rest, and a new
-- row stays as it was inserted.

ALTER TABLE orders ADD COLUMN placed_by bigint;
COMMENT ON COLUMN orders.placed_by IS 'The admin who placed it for its user, '
    'null: the user';

CREATE OR REPLACE FUNCTION order_status_first() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
	WITH e AS (INSERT INTO order_events (order_id, actor_id, to_status,
	    reason) VALUES (NEW.id, coalesce(NEW.placed_by, NEW.user_id),
	    NEW.status, NEW.change_reason))
	INSERT INTO sales_journal (day, status, orders, revenue_cents)
	    VALUES ((NEW.created_at AT TIME ZONE 'UTC')::date, NEW.status, 1,
	    0);
	RETURN NULL;
END $$;
