-- SPDX-License-Identifier: MIT
-- A function in SQL that cannot be put into the statement that calls it is
-- planned each time, which took longer than what it does.

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
