-- SPDX-License-Identifier: MIT
-- The stock is searched by the titles it shows, of variants too.

CREATE INDEX product_variants_title_trgm_idx ON product_variants
    USING gin (title gin_trgm_ops) WHERE title <> 'Default';
