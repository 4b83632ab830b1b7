-- SPDX-License-Identifier: MIT
-- What a shop of a million products asks for.

-- Locks in the order of the fold (app/stock/stock_check.c), which else could
-- wait for this one as this one waits for it; reports go on meanwhile.
CREATE OR REPLACE FUNCTION stock_levels_rebuild() RETURNS void
    LANGUAGE sql AS $$
	LOCK TABLE level_counts, stock_marks, product_levels IN EXCLUSIVE MODE;
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
