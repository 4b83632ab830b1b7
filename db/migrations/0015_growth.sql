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

-- Whom the jobs write to about the shop, and not the rest of a million.
CREATE INDEX users_admin_idx ON users (id) WHERE role = 'admin';

-- The products that may be out of stock, or null if those are too many to be
-- named. Immutable like category_below(), and for its reason.
CREATE FUNCTION sold_out() RETURNS bigint[] LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN count(*) <= 10000 THEN coalesce(array_agg(product_id),
	    '{}') END FROM (SELECT product_id FROM product_levels
	    WHERE level = 0 UNION ALL SELECT product_id FROM stock_marks
	    LIMIT 10001) x
$$;

-- ---- words ---------------------------------------------------------------

-- All words that products were ever found by, as far as they begin with a
-- letter. A GIN index finds a whole word ten times faster than a beginning
-- that as many products have, so search_query() asks for the words that it
-- finds here. Without a key, lest writers of the same new word wait for each
-- other; a word that is here twice does no harm.
CREATE TABLE product_words (
	word text COLLATE "C" NOT NULL
);
CREATE INDEX product_words_idx ON product_words (word);

CREATE FUNCTION product_words_note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO product_words SELECT lexeme FROM unnest(NEW.search)
	    WHERE lexeme >= 'a' COLLATE "C" AND NOT EXISTS (
	    SELECT FROM product_words WHERE word = lexeme COLLATE "C");
	RETURN NULL;
END $$;
CREATE TRIGGER products_words AFTER INSERT ON products
    FOR EACH ROW EXECUTE FUNCTION product_words_note();
CREATE TRIGGER products_words_changed AFTER UPDATE ON products
    FOR EACH ROW WHEN (OLD.search <> NEW.search)
    EXECUTE FUNCTION product_words_note();

-- What data loaded without triggers lack. Not by ts_stat(), whose tree of
-- words becomes a list where they come in order.
CREATE FUNCTION product_words_add() RETURNS void LANGUAGE sql AS $$
	INSERT INTO product_words SELECT DISTINCT l.lexeme
	    FROM products p, unnest(p.search) l
	    WHERE l.lexeme >= 'a' COLLATE "C" AND NOT EXISTS (
	    SELECT FROM product_words WHERE word = l.lexeme COLLATE "C")
$$;
SELECT product_words_add();

CREATE FUNCTION tsquery_word(word text) RETURNS text LANGUAGE sql IMMUTABLE
    PARALLEL SAFE AS $$
	SELECT '''' || replace(replace(word, '\', '\\'), '''', '''''') || ''''
$$;

-- Every word of q as the beginning of one. Immutable like category_below().
CREATE OR REPLACE FUNCTION search_query(q text) RETURNS tsquery
    LANGUAGE sql IMMUTABLE AS $$
	SELECT string_agg('(' || coalesce(x.whole, x.quoted || ':*') || ')',
	    ' & ')::tsquery
	FROM unnest(to_tsvector('simple', q)) l CROSS JOIN LATERAL (
	    SELECT tsquery_word(l.lexeme) AS quoted,
	    (SELECT string_agg(tsquery_word(word), ' | ')
		FROM (SELECT word FROM product_words
		WHERE word >= l.lexeme COLLATE "C"
		AND word < l.lexeme || chr(1114111) COLLATE "C" LIMIT 21) w
		HAVING count(*) <= 20) AS whole) x
$$;
