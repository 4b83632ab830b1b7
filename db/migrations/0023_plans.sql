-- SPDX-License-Identifier: MIT
-- A function in SQL that cannot be put into the statement that calls it is
-- planned by each that does, which takes longer than what these do.  In
-- PL/pgSQL a plan lasts as long as the connection.

CREATE OR REPLACE FUNCTION search_query(q text) RETURNS tsquery
    LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN (SELECT string_agg('(' || coalesce(x.whole, x.quoted || ':*')
	    || ')', ' & ')::tsquery
	FROM unnest(to_tsvector('simple', q)) l CROSS JOIN LATERAL (
	    SELECT tsquery_word(l.lexeme) AS quoted,
	    (SELECT string_agg(tsquery_word(word), ' | ')
		FROM (SELECT word FROM product_words
		WHERE word >= l.lexeme COLLATE "C"
		AND word < l.lexeme || chr(1114111) COLLATE "C" LIMIT 21) w
		HAVING count(*) <= 20) AS whole) x);
END $$;

CREATE OR REPLACE FUNCTION category_tree(root bigint) RETURNS bigint[]
    LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (WITH RECURSIVE down AS (
	    SELECT id FROM categories WHERE id = root
	    UNION SELECT c.id FROM categories c JOIN down
	    ON c.parent_id = down.id)
	SELECT coalesce(array_agg(id), '{}') FROM down);
END $$;

CREATE OR REPLACE FUNCTION category_below(root bigint) RETURNS bigint[]
    LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN category_tree(root);
END $$;

CREATE OR REPLACE FUNCTION category_below(root text) RETURNS bigint[]
    LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN category_tree((SELECT id FROM categories WHERE slug = root));
END $$;

CREATE OR REPLACE FUNCTION price_spread() RETURNS bigint
    LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN (SELECT coalesce(max(max_price_cents - min_price_cents), 0)
	FROM products WHERE status = 'active' AND deleted_at IS NULL);
END $$;

CREATE OR REPLACE FUNCTION sold_out() RETURNS bigint[]
    LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN (SELECT CASE WHEN count(*) <= 10000
	    THEN coalesce(array_agg(product_id), '{}') END
	FROM (SELECT product_id FROM product_levels WHERE level = 0
	    UNION ALL SELECT product_id FROM stock_marks LIMIT 10001) x);
END $$;
