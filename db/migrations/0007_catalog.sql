-- SPDX-License-Identifier: MIT
-- The catalogue as the API needs it: names made unique, prices and facets
-- that follow the variants, search, and an index for every order of the list.

-- A deleted product gives its SKU and slug free.
ALTER TABLE products DROP CONSTRAINT products_sku_key,
    DROP CONSTRAINT products_slug_key;
CREATE UNIQUE INDEX products_sku_key ON products (sku)
    WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX products_slug_key ON products (slug)
    WHERE deleted_at IS NULL;
ALTER TABLE product_variants DROP CONSTRAINT product_variants_sku_key;
CREATE UNIQUE INDEX product_variants_sku_key ON product_variants (sku)
    WHERE deleted_at IS NULL;

-- Verified is whoever has paid for it, at the time of reading.
ALTER TABLE reviews DROP COLUMN verified_purchase;

-- ---- names ---------------------------------------------------------------

-- "Crème brûlée, 2 pcs" is creme-brulee-2-pcs. A slug has a letter, else it
-- could be taken for an id.
CREATE FUNCTION slugify(name text, fallback text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN s ~ '[a-z]' THEN s ELSE
	    rtrim(fallback || '-' || s, '-') END
	FROM (SELECT trim('-' FROM left(regexp_replace(regexp_replace(
	    normalize(lower(name), NFKD), '[\u0300-\u036f''\u2019]', '', 'g'),
	    '[^a-z0-9]+', '-', 'g'), 80)) AS s) x
$$;

-- The first of base, base-2, base-3, ... that is free. Makers of the same
-- name take turns until they have committed.
CREATE FUNCTION product_slug(base text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	s text := base;
BEGIN
	PERFORM pg_advisory_xact_lock(hashtextextended(base, 1));
	FOR n IN 2..100 LOOP
		IF NOT EXISTS (SELECT FROM products WHERE slug = s
		    AND deleted_at IS NULL) THEN
			RETURN s;
		END IF;
		s := base || '-' || n;
	END LOOP;
	RETURN base || '-' || substr(gen_random_uuid()::text, 1, 13);
END $$;

CREATE FUNCTION category_slug(base text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	s text := base;
BEGIN
	PERFORM pg_advisory_xact_lock(hashtextextended(base, 2));
	FOR n IN 2..100 LOOP
		IF NOT EXISTS (SELECT FROM categories WHERE slug = s) THEN
			RETURN s;
		END IF;
		s := base || '-' || n;
	END LOOP;
	RETURN base || '-' || substr(gen_random_uuid()::text, 1, 13);
END $$;

-- RFC 7396.
CREATE FUNCTION merge_patch(target jsonb, patch jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	k text;
	v jsonb;
BEGIN
	IF jsonb_typeof(patch) IS DISTINCT FROM 'object' THEN
		RETURN patch;
	END IF;
	IF jsonb_typeof(target) IS DISTINCT FROM 'object' THEN
		target := '{}';
	END IF;
	FOR k, v IN SELECT * FROM jsonb_each(patch) LOOP
		target := CASE jsonb_typeof(v) WHEN 'null' THEN target - k
		    ELSE target || jsonb_build_object(k,
		    merge_patch(target -> k, v)) END;
	END LOOP;
	RETURN target;
END $$;

-- ---- what follows the variants -------------------------------------------

ALTER TABLE products ADD COLUMN facets jsonb NOT NULL DEFAULT '[]';
COMMENT ON COLUMN products.facets IS 'For attr.<name>=<value>: an object for '
    'each variant, of its attributes and the product''s, values as text';

CREATE FUNCTION facet(product jsonb, variant jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT coalesce(jsonb_object_agg(key, value #>> '{}'), '{}')
	FROM jsonb_each(CASE WHEN jsonb_typeof(product || variant) = 'object'
	    THEN product || variant ELSE '{}' END)
	WHERE jsonb_typeof(value) IN ('string', 'number', 'boolean')
	AND length(value #>> '{}') <= 200
$$;

-- Of a product's live variants; a product without any keeps its prices.
CREATE FUNCTION product_summary() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	UPDATE products p SET variant_count = v.n,
	    price_cents = coalesce(v.price, p.price_cents),
	    min_price_cents = coalesce(v.lo, p.min_price_cents),
	    max_price_cents = coalesce(v.hi, p.max_price_cents),
	    facets = coalesce(v.facets, p.facets)
	    FROM (SELECT q.id, count(w.id) AS n, min(w.price_cents) AS lo,
		max(w.price_cents) AS hi, (array_agg(w.price_cents
		    ORDER BY w.is_default DESC, w.id))[1] AS price,
		jsonb_agg(DISTINCT facet(q.attributes, w.attributes))
		    FILTER (WHERE w.id IS NOT NULL) AS facets
		FROM (SELECT DISTINCT product_id FROM changed) c
		JOIN products q ON q.id = c.product_id
		LEFT JOIN product_variants w ON w.product_id = q.id
		    AND w.deleted_at IS NULL
		GROUP BY q.id) v
	    WHERE p.id = v.id;
	RETURN NULL;
END $$;
DROP TRIGGER product_variants_prices ON product_variants;
DROP FUNCTION product_prices();
CREATE TRIGGER product_variants_inserted AFTER INSERT ON product_variants
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION product_summary();
CREATE TRIGGER product_variants_updated AFTER UPDATE ON product_variants
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION product_summary();
CREATE TRIGGER product_variants_deleted AFTER DELETE ON product_variants
    REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION product_summary();

CREATE FUNCTION product_facets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	SELECT coalesce(jsonb_agg(DISTINCT facet(NEW.attributes,
	    v.attributes)), '[]') INTO NEW.facets FROM product_variants v
	    WHERE v.product_id = NEW.id AND v.deleted_at IS NULL;
	RETURN NEW;
END $$;
CREATE TRIGGER products_facets BEFORE UPDATE OF attributes ON products
    FOR EACH ROW EXECUTE FUNCTION product_facets();

-- ---- search --------------------------------------------------------------

-- Every word of q as a prefix.
CREATE FUNCTION search_query(q text) RETURNS tsquery LANGUAGE sql IMMUTABLE
    PARALLEL SAFE AS $$
	SELECT string_agg('''' || replace(replace(lexeme, '\', '\\'),
	    '''', '''''') || ''':*', ' & ')::tsquery
	FROM unnest(to_tsvector('simple', q))
$$;

-- A category and all below it. Declared immutable for the planner's sake: it
-- then knows the ids, and how many products have them. Only for statements
-- that are planned at each execution (plan_cache_mode force_custom_plan).
CREATE FUNCTION category_below(root bigint) RETURNS bigint[]
    LANGUAGE sql IMMUTABLE AS $$ SELECT category_tree(root) $$;
CREATE FUNCTION category_below(root text) RETURNS bigint[]
    LANGUAGE sql IMMUTABLE AS $$
	SELECT category_tree((SELECT id FROM categories WHERE slug = root))
$$;

-- How far apart the prices of one product lie, at most; immutable for the
-- same reason. A product whose prices touch a range has its own price no
-- farther from it than this.
CREATE FUNCTION price_spread() RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
	SELECT coalesce(max(max_price_cents - min_price_cents), 0)
	FROM products WHERE status = 'active' AND deleted_at IS NULL
$$;

-- Units of a variant held by orders that are overdue, but not cancelled yet.
CREATE FUNCTION stock_overdue(variant bigint) RETURNS bigint
    LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN coalesce((SELECT quantity FROM stock_due
	    WHERE variant_id = variant), 0);
END $$;

-- What a product's answer holds inside; a row of a named type becomes JSON
-- faster than json_build_object() can look up the types of its arguments.
CREATE TYPE category_ref AS (id bigint, name text, slug text);

-- ---- indexes -------------------------------------------------------------

DROP INDEX products_category_idx;
CREATE INDEX products_category_idx ON products (category_id, id)
    WHERE status = 'active' AND deleted_at IS NULL;
-- For the foreign key, and for products that are not listed.
CREATE INDEX products_category_all_idx ON products (category_id);
CREATE INDEX products_unlisted_idx ON products (status, id)
    WHERE status <> 'active' AND deleted_at IS NULL;
DROP INDEX products_attributes_idx;
CREATE INDEX products_spread_idx ON products
    ((max_price_cents - min_price_cents))
    WHERE status = 'active' AND deleted_at IS NULL;
CREATE INDEX products_facets_idx ON products USING gin
    (facets jsonb_path_ops);
