-- SPDX-License-Identifier: MIT
-- How many products are on which stock level, and which ones. Changes that
-- may move a product to another level mark it, by adding a row, so that no
-- shared counter is locked in the checkout; the jobs process folds the marks
-- into the levels. A report corrects the levels by the products that are
-- still marked, in one snapshot, and is exact at every moment.

CREATE FUNCTION stock_level(n bigint) RETURNS smallint LANGUAGE sql IMMUTABLE
    PARALLEL SAFE AS $$
	SELECT (CASE WHEN n = 0 THEN 0 WHEN n <= 5 THEN 1 WHEN n <= 10 THEN 2
	    WHEN n <= 50 THEN 3 ELSE 4 END)::smallint
$$;
COMMENT ON FUNCTION stock_level IS '0 out_of_stock, 1 critical, 2 low, '
    '3 medium, 4 high';

-- What can be sold of a product: of all its variants together.
CREATE FUNCTION product_stock(product bigint) RETURNS bigint LANGUAGE sql
    STABLE AS $$
	SELECT clamp(sum(i.available)) FROM product_variants v
	    JOIN inventory i ON i.variant_id = v.id
	    WHERE v.product_id = product AND v.deleted_at IS NULL
$$;

CREATE TABLE product_levels (
	product_id bigint CONSTRAINT product_levels_pkey PRIMARY KEY,
	level smallint NOT NULL
);
CREATE INDEX product_levels_idx ON product_levels (level, product_id);
COMMENT ON TABLE product_levels IS 'Active products';
CREATE TABLE level_counts (
	level smallint CONSTRAINT level_counts_pkey PRIMARY KEY,
	products bigint NOT NULL
);
COMMENT ON TABLE level_counts IS 'Rows of product_levels by level; written '
    'by the fold alone';
CREATE TABLE stock_marks (
	id bigint GENERATED ALWAYS AS IDENTITY
	    CONSTRAINT stock_marks_pkey PRIMARY KEY,
	product_id bigint NOT NULL
);
COMMENT ON TABLE stock_marks IS 'Products whose level may have changed since '
    'the last fold';

CREATE FUNCTION mark_variant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO stock_marks (product_id) SELECT product_id
	    FROM product_variants WHERE id = NEW.variant_id;
	RETURN NULL;
END $$;
-- A variant above 50 keeps its product above 50.
CREATE TRIGGER inventory_mark AFTER UPDATE ON inventory FOR EACH ROW
    WHEN (OLD.available <> NEW.available
    AND least(OLD.available, NEW.available) <= 50)
    EXECUTE FUNCTION mark_variant();
CREATE TRIGGER inventory_mark_new AFTER INSERT ON inventory FOR EACH ROW
    WHEN (NEW.available > 0) EXECUTE FUNCTION mark_variant();

CREATE FUNCTION mark_product() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_TABLE_NAME = 'products' THEN
		INSERT INTO stock_marks (product_id)
		    VALUES (coalesce(NEW.id, OLD.id));
	ELSE
		INSERT INTO stock_marks (product_id)
		    VALUES (coalesce(NEW.product_id, OLD.product_id));
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER products_mark AFTER UPDATE ON products FOR EACH ROW
    WHEN (OLD.status <> NEW.status
    OR (OLD.deleted_at IS NULL) <> (NEW.deleted_at IS NULL))
    EXECUTE FUNCTION mark_product();
CREATE TRIGGER products_mark_whole AFTER INSERT OR DELETE ON products
    FOR EACH ROW EXECUTE FUNCTION mark_product();
CREATE TRIGGER product_variants_mark AFTER UPDATE ON product_variants
    FOR EACH ROW
    WHEN ((OLD.deleted_at IS NULL) <> (NEW.deleted_at IS NULL))
    EXECUTE FUNCTION mark_product();
CREATE TRIGGER product_variants_mark_gone AFTER DELETE ON product_variants
    FOR EACH ROW EXECUTE FUNCTION mark_product();

-- The marked products as they are now; level null: not an active product.
CREATE VIEW marked_levels (product_id, stock, level) AS
	SELECT m.product_id, s.n,
	    CASE WHEN p.id IS NOT NULL THEN stock_level(s.n) END
	    FROM (SELECT DISTINCT product_id FROM stock_marks) m
	    LEFT JOIN products p ON p.id = m.product_id
	    AND p.status = 'active' AND p.deleted_at IS NULL
	    CROSS JOIN LATERAL (SELECT product_stock(m.product_id) AS n) s;

-- How many active products there are on each level, exactly.
CREATE VIEW stock_levels (level, products) AS
	WITH m AS MATERIALIZED (SELECT product_id, level FROM marked_levels)
	SELECT c.level, c.products + coalesce(x.more, 0)
	FROM level_counts c LEFT JOIN (
	    SELECT level, sum(k)::bigint AS more FROM (
	    SELECT level, 1 AS k FROM m WHERE level IS NOT NULL UNION ALL
	    SELECT l.level, -1 FROM m JOIN product_levels l
	    USING (product_id)) d GROUP BY level) x USING (level);

-- Everything anew: after data was loaded without triggers.
CREATE FUNCTION stock_levels_rebuild() RETURNS void LANGUAGE sql AS $$
	LOCK TABLE product_levels, level_counts, stock_marks;
	DELETE FROM stock_marks;
	DELETE FROM product_levels;
	DELETE FROM level_counts;
	INSERT INTO product_levels
	    SELECT p.id, stock_level(clamp(sum(i.available)))
	    FROM products p LEFT JOIN product_variants v
	    ON v.product_id = p.id AND v.deleted_at IS NULL
	    LEFT JOIN inventory i ON i.variant_id = v.id
	    WHERE p.status = 'active' AND p.deleted_at IS NULL GROUP BY p.id;
	INSERT INTO level_counts SELECT n, (SELECT count(*)
	    FROM product_levels WHERE level = n)
	    FROM generate_series(0, 4) n;
$$;
SELECT stock_levels_rebuild();
