-- SPDX-License-Identifier: MIT
-- What was paid back of an order counts against its products, too.

-- What the lines of an order brought in: each bears its share of what was
-- paid back of the total. The shares add up to it, and take all of each line
-- when all was paid back.
CREATE FUNCTION order_revenue(order_id bigint, refunded bigint, total bigint,
    OUT product_id bigint, OUT quantity bigint, OUT cents bigint)
    RETURNS SETOF record LANGUAGE sql STABLE AS $$
	SELECT product_id, quantity, CASE WHEN refunded = 0
	    THEN subtotal_cents ELSE subtotal_cents
	    - (div(upto * refunded, total)
	    - div((upto - subtotal_cents) * refunded, total))::bigint END
	    FROM (SELECT i.*, sum(subtotal_cents) OVER (ORDER BY variant_id)
	    AS upto FROM order_items i WHERE i.order_id = $1) x
$$;

CREATE OR REPLACE FUNCTION order_sales() RETURNS trigger LANGUAGE plpgsql AS $$
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
	IF was <> is_now OR (is_now
	    AND NEW.refunded_cents <> OLD.refunded_cents) THEN
		INSERT INTO sales_product_journal (day, product_id, quantity,
		    revenue_cents)
		    SELECT d, product_id, sum(quantity), sum(cents) FROM (
		    SELECT product_id, quantity, cents FROM order_revenue(
			NEW.id, NEW.refunded_cents, NEW.total_cents)
			WHERE is_now
		    UNION ALL
		    SELECT product_id, -quantity, -cents FROM order_revenue(
			OLD.id, OLD.refunded_cents, OLD.total_cents)
			WHERE was) x
		    GROUP BY product_id
		    HAVING sum(quantity) <> 0 OR sum(cents) <> 0;
	END IF;
	RETURN NULL;
END $$;

-- Nothing is paid back meanwhile.
LOCK TABLE orders IN SHARE ROW EXCLUSIVE MODE;
INSERT INTO sales_product_journal (day, product_id, quantity, revenue_cents)
    SELECT utc_day(o.created_at), l.product_id, 0, sum(l.cents)
    FROM orders o CROSS JOIN LATERAL (
	SELECT product_id, cents FROM order_revenue(o.id, o.refunded_cents,
	    o.total_cents)
	UNION ALL
	SELECT product_id, -cents FROM order_revenue(o.id, 0, o.total_cents))
	l
    WHERE o.payment_status = 'partially_refunded' AND o.id IN (
	SELECT p.order_id FROM refunds r JOIN payments p
	    ON p.id = r.payment_id)
    GROUP BY 1, 2 HAVING sum(l.cents) <> 0;
