-- SPDX-License-Identifier: MIT
-- /products/categories is the tree of categories: a product of that name can
-- be read by another slug only.

CREATE OR REPLACE FUNCTION product_slug(base text) RETURNS text
    LANGUAGE plpgsql AS $$
DECLARE
	s text := base;
BEGIN
	PERFORM pg_advisory_xact_lock(hashtextextended(base, 1));
	FOR n IN 2..100 LOOP
		IF s <> 'categories' AND NOT EXISTS (SELECT FROM products
		    WHERE slug = s AND deleted_at IS NULL) THEN
			RETURN s;
		END IF;
		s := base || '-' || n;
	END LOOP;
	RETURN base || '-' || substr(gen_random_uuid()::text, 1, 13);
END $$;

UPDATE products SET slug = product_slug(slug) WHERE slug = 'categories'
    AND deleted_at IS NULL;
