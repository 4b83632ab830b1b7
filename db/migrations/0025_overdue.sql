-- SPDX-License-Identifier: MIT
-- What overdue orders hold counts as available, and is looked up for each
-- variant that is shown. After an hour without jobs there may be many; among
-- 10,000 that took 40 ms for one variant, and left the jobs, which end them,
-- few processors.
-- Those that end next are enough to look at; there are fewer of them while
-- the jobs run, and whoever buys looks at all (app/sales/expiry.c).

CREATE OR REPLACE VIEW stock_due (variant_id, quantity) AS
	WITH due AS MATERIALIZED (
	    SELECT o.id FROM orders o
	    WHERE o.status = 'pending' AND o.payment_status = 'unpaid'
	    AND o.expires_at <= now() AND NOT EXISTS (SELECT FROM payments p
	    WHERE p.order_id = o.id AND p.status = 'pending'
	    AND p.created_at > now() - interval '6 s')
	    ORDER BY o.expires_at LIMIT 200)
	SELECT i.variant_id, sum(i.quantity)::bigint
	FROM due JOIN order_items i ON i.order_id = due.id
	GROUP BY i.variant_id;
