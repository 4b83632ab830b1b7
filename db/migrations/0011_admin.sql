-- SPDX-License-Identifier: MIT
-- Reports answer from sums kept per day. A change of an order adds a row to
-- a journal, so that no shared counter is locked in the checkout; the jobs
-- process folds the journal into the days. A report reads both, in one
-- snapshot, and is exact at every moment.

CREATE TABLE sales_days (
	day date NOT NULL,
	status text NOT NULL,
	orders bigint NOT NULL,
	revenue_cents numeric NOT NULL,
	CONSTRAINT sales_days_pkey PRIMARY KEY (day, status)
);
CREATE TABLE sales_journal (
	id bigint GENERATED ALWAYS AS IDENTITY
	    CONSTRAINT sales_journal_pkey PRIMARY KEY,
	day date NOT NULL,
	status text NOT NULL,
	orders integer NOT NULL,
	revenue_cents bigint NOT NULL
);
CREATE TABLE sales_products (
	day date NOT NULL,
	product_id bigint NOT NULL,
	quantity numeric NOT NULL,
	revenue_cents numeric NOT NULL,
	CONSTRAINT sales_products_pkey PRIMARY KEY (day, product_id)
);
CREATE TABLE sales_product_journal (
	id bigint GENERATED ALWAYS AS IDENTITY
	    CONSTRAINT sales_product_journal_pkey PRIMARY KEY,
	day date NOT NULL,
	product_id bigint NOT NULL,
	quantity bigint NOT NULL,
	revenue_cents bigint NOT NULL
);
COMMENT ON TABLE sales_days IS 'Orders and captured less refunded money, by '
    'the UTC day an order was created and its present status';
COMMENT ON TABLE sales_products IS 'Units and money of paid, not wholly '
    'refunded orders, by day and product';

CREATE FUNCTION utc_day(t timestamptz) RETURNS date LANGUAGE sql IMMUTABLE
    PARALLEL SAFE AS $$ SELECT (t AT TIME ZONE 'UTC')::date $$;

CREATE FUNCTION captured_cents(o orders) RETURNS bigint LANGUAGE sql
    IMMUTABLE AS $$
	SELECT CASE o.payment_status WHEN 'unpaid' THEN 0
	    ELSE o.total_cents - o.refunded_cents END
$$;

CREATE OR REPLACE FUNCTION order_status_first() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
	WITH e AS (INSERT INTO order_events (order_id, actor_id, to_status,
	    reason) VALUES (NEW.id, NEW.user_id, NEW.status,
	    NEW.change_reason))
	INSERT INTO sales_journal (day, status, orders, revenue_cents)
	    VALUES ((NEW.created_at AT TIME ZONE 'UTC')::date, NEW.status, 1,
	    0);
	RETURN NULL;
END $$;

CREATE FUNCTION order_sales() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	d date := utc_day(NEW.created_at);
	was boolean := OLD.payment_status IN ('paid', 'partially_refunded');
	is_now boolean := NEW.payment_status IN ('paid',
	    'partially_refunded');
BEGIN
	IF NEW.status <> OLD.status THEN
		INSERT INTO sales_journal (day, status, orders, revenue_cents)
		    VALUES (d, OLD.status, -1, -captured_cents(OLD)),
		    (d, NEW.status, 1, captured_cents(NEW));
	ELSIF captured_cents(NEW) <> captured_cents(OLD) THEN
		INSERT INTO sales_journal (day, status, orders, revenue_cents)
		    VALUES (d, NEW.status, 0,
		    captured_cents(NEW) - captured_cents(OLD));
	END IF;
	IF was <> is_now THEN
		INSERT INTO sales_product_journal (day, product_id, quantity,
		    revenue_cents)
		    SELECT d, product_id,
		    sum(CASE WHEN is_now THEN quantity ELSE -quantity END),
		    sum(CASE WHEN is_now THEN subtotal_cents
			ELSE -subtotal_cents END)
		    FROM order_items WHERE order_id = NEW.id
		    GROUP BY product_id;
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER orders_sales AFTER UPDATE ON orders
    FOR EACH ROW WHEN (OLD.status <> NEW.status
    OR OLD.payment_status <> NEW.payment_status
    OR OLD.refunded_cents <> NEW.refunded_cents)
    EXECUTE FUNCTION order_sales();

-- The largest a JSON integer of the API may be.
CREATE FUNCTION clamp(n numeric) RETURNS bigint LANGUAGE sql IMMUTABLE
    PARALLEL SAFE AS $$
	SELECT least(coalesce(n, 0), 9223372036854775807)::bigint
$$;
