-- SPDX-License-Identifier: MIT
-- What a line is called, what overdue orders hold, and search by SKU.

-- The product's title; with several variants the variant's too, unless that
-- one begins with it.
CREATE FUNCTION line_title(product text, variant text, variants integer)
    RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN variants = 1 OR variant = product THEN product
	    WHEN starts_with(variant, product) THEN variant
	    ELSE product || ' - ' || variant END
$$;

-- Units held by orders that are overdue and not cancelled yet: they can be
-- sold already. A payment that may still be running keeps its order alive.
-- Of many overdue orders only the first are looked at, which bounds the work;
-- whoever buys looks at all (app/sales/expiry.c, which says the same).
CREATE VIEW stock_due (variant_id, quantity) AS
	WITH due AS MATERIALIZED (
	    SELECT o.id FROM orders o
	    WHERE o.status = 'pending' AND o.payment_status = 'unpaid'
	    AND o.expires_at <= now() AND NOT EXISTS (SELECT FROM payments p
	    WHERE p.order_id = o.id AND p.status = 'pending'
	    AND p.created_at > now() - interval '6 s')
	    ORDER BY o.expires_at LIMIT 10000)
	SELECT i.variant_id, sum(i.quantity)::bigint
	FROM due JOIN order_items i ON i.order_id = due.id
	GROUP BY i.variant_id;

CREATE INDEX product_variants_sku_trgm_idx ON product_variants
    USING gin (sku gin_trgm_ops);
