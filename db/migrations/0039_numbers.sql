-- SPDX-License-Identifier: MIT
-- A number behind a hyphen is a word with a sign: ZZ-842 has the words zz and
-- -842, and "Switch 842" has 842. A query asks for it with and without one, so
-- that no product has to be written anew. Words that do not begin with a
-- letter are not among the product_words.

CREATE OR REPLACE FUNCTION search_query(q text) RETURNS tsquery
    LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN (SELECT string_agg('(' || coalesce(x.whole, x.begun)
	    || ')', ' & ')::tsquery
	FROM unnest(to_tsvector('simple', q)) l CROSS JOIN LATERAL (
	    SELECT regexp_replace(tsquery_word(l.lexeme) || ':*',
		'^''[-+]?([0-9.]+'':\*)$', '''\1 | ''-\1 | ''+\1') AS begun,
	    (SELECT string_agg(tsquery_word(word), ' | ')
		FROM (SELECT word FROM product_words
		WHERE word >= l.lexeme COLLATE "C"
		AND word < l.lexeme || chr(1114111) COLLATE "C" LIMIT 21) w
		HAVING count(*) <= 20) AS whole) x);
END $$;
