-- SPDX-License-Identifier: MIT
-- What the floor and the peers ask for one product.
SELECT p.id, p.sku, p.slug, p.title, p.description, p.status, p.attributes,
    p.images, p.price_cents, p.rating_average, p.rating_count, p.created_at,
    v.id AS variant_id, v.sku AS variant_sku, v.title AS variant_title,
    v.price_cents AS variant_price_cents, v.attributes AS variant_attributes,
    i.available AS variant_available
FROM products p JOIN product_variants v ON v.product_id = p.id
JOIN inventory i ON i.variant_id = v.id
WHERE p.id = $1 AND p.status = 'active' AND p.deleted_at IS NULL
    AND v.deleted_at IS NULL
ORDER BY v.id
