-- SPDX-License-Identifier: MIT
-- A shop of a given size, consistent with every invariant of `shopd check`.
-- For the superuser of a fresh database (the demo data may be in it):
--	psql -v products=10000 -v users=4000 -v orders=10000 -f load.sql
-- Product n has id base + n, its variants base + 3 * n - 2, .. - 0 (base is
-- 1000); every 25th product is short of stock. User n is
-- bench<n>@example.com / correct-horse-bench, the first one an admin.
\set ON_ERROR_STOP on
\set base 1000
SET client_min_messages = warning;
SET maintenance_work_mem = '1GB';
SET work_mem = '256MB';
SET synchronous_commit = off;
SET max_parallel_maintenance_workers = 2;
BEGIN;
-- No triggers and no foreign keys: what they would do is done here.
SET LOCAL session_replication_role = replica;

-- Indexes that enforce nothing are made anew afterwards.
CREATE TEMP TABLE later ON COMMIT PRESERVE ROWS AS
    SELECT indexrelid::regclass::text AS name,
    pg_get_indexdef(indexrelid) AS def
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
    WHERE c.relnamespace = 'public'::regnamespace AND NOT i.indisunique
    AND c.relname IN ('users', 'products', 'product_variants', 'reviews',
    'orders', 'order_items', 'order_events', 'payments',
    'inventory_movements');
SELECT format('DROP INDEX %s', name) FROM later \gexec

-- A number from 0 up to below m that looks like chance.
CREATE FUNCTION pg_temp.dice(n bigint, salt int, m bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE AS $$
	SELECT (hashint8extended(n, salt) & 9223372036854775807) % m
$$;
-- A made-up word of four syllables: a shop's vocabulary grows with it.
CREATE FUNCTION pg_temp.word(n bigint) RETURNS text
    LANGUAGE sql IMMUTABLE AS $$
	SELECT s[n % 20 + 1] || s[n / 20 % 20 + 1] || s[n / 400 % 20 + 1] ||
	    s[n / 8000 % 20 + 1] FROM (SELECT '{ba,ke,di,fo,gu,ha,je,ki,lo,'
	    'mu,na,pe,qui,ro,su,ta,ve,wi,xo,zu}'::text[]) t (s)
$$;

INSERT INTO users (id, email, password_hash, first_name, last_name, role,
    email_verified, created_at)
    SELECT :base + n, 'bench' || n || '@example.com',
    '$y$j9T$FwpT1e0ykmkOoKYDAk5D4.$Xj9D0dZpctT/EpklGVCioHphmBDhy6Pu75b7eO3VQBB',
    initcap(pg_temp.word(n)), initcap(pg_temp.word(n * 7)),
    CASE n WHEN 1 THEN 'admin' ELSE 'customer' END, true,
    now() - (:users - n) * interval '3 years' / :users
    FROM generate_series(1, :users) n;
INSERT INTO addresses (user_id, name, line1, city, postal_code, country,
    is_default)
    SELECT :base + n, 'Bench ' || n, n || ' Main Street', 'Springfield',
    '62701', 'US', true FROM generate_series(1, :users) n;
INSERT INTO carts (id, user_id)
    SELECT :base + n, :base + n FROM generate_series(1, :users) n;

INSERT INTO categories (id, name, slug, parent_id)
    SELECT :base + n, 'Bench category ' || n, 'bench-' || n,
    CASE WHEN n > 10 THEN :base + 1 + n % 10 END
    FROM generate_series(1, 100) n;

INSERT INTO products (id, sku, slug, title, description, category_id,
    attributes, facets, images, price_cents, min_price_cents,
    max_price_cents, variant_count, rating_sum, rating_count, created_at)
    SELECT :base + n, 'B-' || n, 'bench-' || n,
    initcap(a[pg_temp.dice(n, 1, 20) + 1] || ' ' ||
    m[pg_temp.dice(n, 2, 20) + 1] || ' ' || t[pg_temp.dice(n, 3, 20) + 1] ||
    ' ' || pg_temp.word(n / 5)),
    repeat('A fine thing for house and garden, made to last. ', 4),
    :base + 11 + pg_temp.dice(n, 4, 90),
    f, jsonb_build_array(f || '{"size":"L"}', f || '{"size":"M"}',
    f || '{"size":"S"}'), jsonb_build_array('https://images.example/' || n || '.jpg'),
    p, p, p + 200, 3, r * 4, r, now() - (:products - n) *
    interval '3 years' / :products
    FROM generate_series(1, :products) n,
    LATERAL (SELECT 100 + pg_temp.dice(n, 5, 50000) AS p,
	(n % 10 = 0)::int AS r) x,
    (SELECT '{red,blue,green,black,white,grey,amber,ivory,coral,olive,teal,'
	'plum,rust,sand,slate,pearl,ruby,jade,onyx,mint}'::text[] AS a,
	'{oak,steel,linen,cotton,glass,wool,leather,bamboo,brass,clay,copper,'
	'cork,felt,hemp,iron,maple,paper,silk,stone,tin}'::text[] AS m,
	'{kettle,lamp,chair,table,shelf,basket,blanket,bottle,bowl,brush,'
	'clock,cup,desk,frame,hook,jar,mat,mirror,pan,rug}'::text[] AS t) w,
    LATERAL (SELECT jsonb_build_object('color',
	a[pg_temp.dice(n, 1, 20) + 1], 'material',
	m[pg_temp.dice(n, 2, 20) + 1]) AS f) y;
INSERT INTO product_variants (id, product_id, sku, title, price_cents,
    attributes, is_default, created_at)
    SELECT :base + 3 * n - 3 + k, :base + n, 'B-' || n || '-' || k,
    (ARRAY['Small', 'Medium', 'Large'])[k],
    p.price_cents + (k - 1) * 100,
    jsonb_build_object('size', (ARRAY['S', 'M', 'L'])[k]), k = 1,
    p.created_at
    FROM generate_series(1, :products) n JOIN products p ON p.id = :base + n,
    generate_series(1, 3) k;
INSERT INTO reviews (product_id, user_id, rating, title, comment)
    SELECT :base + n, :base + 1 + pg_temp.dice(n, 6, :users), 4, 'Good',
    'It does what it says.' FROM generate_series(10, :products, 10) n;

-- Orders: of the last three years, oldest first; a few products sell most.
CREATE TEMP TABLE o ON COMMIT DROP AS
    SELECT :base + n AS id, :base + 1 + pg_temp.dice(n, 7, :users) AS user_id,
    now() - (:orders - n + 1) * interval '3 years' / :orders AS at,
    CASE WHEN n > :orders * 0.995 THEN 'pending'
    WHEN n > :orders * 0.99 THEN 'confirmed'
    WHEN n > :orders * 0.97 THEN 'shipped'
    WHEN n % 20 = 0 THEN 'cancelled' ELSE 'delivered' END AS status,
    n < :orders * 0.97 AND n % 50 = 1 AS refunded
    FROM generate_series(1, :orders) n;
CREATE TEMP TABLE l ON COMMIT DROP AS
    SELECT o.*, v.id AS variant_id, v.product_id, v.sku, p.title, q.quantity,
    v.price_cents
    FROM o CROSS JOIN generate_series(0, 1) k
    CROSS JOIN LATERAL (SELECT 1 + pg_temp.dice(o.id, 8 + k, 3) AS quantity,
	-- Odd and even products, so that no order has a variant twice.
	(:products / 2 * (pg_temp.dice(o.id, 10 + k, 1000000) / 1000000.0) ^ 3)
	::bigint % (:products / 2) AS half) q
    JOIN product_variants v ON v.id = :base + 3 * (2 * q.half + k) + 1 +
	pg_temp.dice(o.id, 12 + k, 3)
    JOIN products p ON p.id = v.product_id;
INSERT INTO orders (id, user_id, status, payment_status, refunded_cents,
    currency, subtotal_cents, total_cents, shipping_address, version,
    created_at, updated_at, expires_at)
    SELECT o.id, o.user_id, o.status, CASE WHEN o.status IN ('pending',
    'cancelled') THEN 'unpaid' WHEN o.refunded THEN 'partially_refunded'
    ELSE 'paid' END, o.refunded::int, 'USD', s.cents, s.cents,
    '{"name":"Bench","line1":"1 Main Street","line2":null,'
    '"city":"Springfield","region":"IL","postal_code":"62701",'
    '"country":"US","phone":null}', 1, o.at, o.at,
    CASE o.status WHEN 'pending' THEN now() + interval '1 day' END
    FROM o JOIN (SELECT id, sum(quantity * price_cents) AS cents FROM l
	GROUP BY id) s USING (id) ORDER BY o.id;
INSERT INTO order_items (order_id, variant_id, product_id, sku, title,
    quantity, unit_price_cents, subtotal_cents)
    SELECT id, variant_id, product_id, sku, title, quantity, price_cents,
    quantity * price_cents FROM l ORDER BY id;
INSERT INTO order_events (order_id, at, actor_id, from_status, to_status)
    SELECT o.id, o.at, o.user_id, e.was, e.to_be FROM o
    JOIN (VALUES (1, NULL, 'pending'), (2, 'pending', 'confirmed'),
	(3, 'confirmed', 'shipped'), (4, 'shipped', 'delivered'),
	(5, 'pending', 'cancelled')) e (step, was, to_be)
    ON e.step = ANY (CASE o.status WHEN 'pending' THEN '{1}'
	WHEN 'confirmed' THEN '{1,2}' WHEN 'shipped' THEN '{1,2,3}'
	WHEN 'delivered' THEN '{1,2,3,4}' ELSE '{1,5}' END::int[])
    ORDER BY o.id, e.step;
INSERT INTO payments (id, order_id, user_id, provider, provider_ref, status,
    amount_cents, refunded_cents, currency, created_at, updated_at)
    SELECT id, id, user_id, 'test', 'bench-' || id,
    CASE payment_status WHEN 'paid' THEN 'succeeded' ELSE payment_status END,
    total_cents, refunded_cents, 'USD', created_at, created_at FROM orders
    WHERE id > :base AND payment_status <> 'unpaid';
INSERT INTO refunds (payment_id, amount_cents, reason, status, created_at)
    SELECT id, 1, 'a cent', 'succeeded', created_at FROM orders
    WHERE id > :base AND refunded_cents > 0;

-- Stock, and the ledger that leads to it.
CREATE TEMP TABLE s ON COMMIT DROP AS
    SELECT v.id AS variant_id, v.created_at,
    CASE WHEN (v.product_id - :base) % 25 = 0
	THEN pg_temp.dice(v.id, 14, 4) ELSE 1000000 END AS available,
    coalesce(reserved, 0) AS reserved, coalesce(gone, 0) AS gone
    FROM product_variants v LEFT JOIN (SELECT variant_id,
	sum(quantity) FILTER (WHERE status IN ('pending', 'confirmed'))
	AS reserved,
	sum(quantity) FILTER (WHERE status IN ('shipped', 'delivered'))
	AS gone FROM l GROUP BY variant_id) l ON l.variant_id = v.id
    WHERE v.product_id > :base;
INSERT INTO inventory (variant_id, available, reserved)
    SELECT variant_id, available, reserved FROM s ORDER BY variant_id;
-- Received is what is there, what is held and what is gone; a cancelled
-- order's share is the buffer that its own lines came from.
INSERT INTO inventory_movements (variant_id, kind, delta_available,
    delta_reserved, reason, created_at)
    SELECT variant_id, 'receive', available + reserved + gone + 3, 0,
    'initial', created_at FROM s ORDER BY variant_id;
INSERT INTO inventory_movements (variant_id, kind, delta_available,
    delta_reserved, order_id, created_at)
    SELECT l.variant_id, m.kind, m.a * l.quantity, m.r * l.quantity, l.id,
    l.at FROM l JOIN (VALUES (1, 'reserve', -1, 1), (2, 'release', 1, -1),
	(3, 'ship', 0, -1)) m (step, kind, a, r)
    ON m.step = ANY (CASE l.status WHEN 'cancelled' THEN '{1,2}'
	WHEN 'shipped' THEN '{1,3}' WHEN 'delivered' THEN '{1,3}'
	ELSE '{1}' END::int[])
    ORDER BY l.id, l.variant_id, m.step;
INSERT INTO inventory_movements (variant_id, kind, delta_available,
    delta_reserved, reason)
    SELECT variant_id, 'adjust', -3, 0, 'stocktaking' FROM s
    ORDER BY variant_id;

INSERT INTO sales_days AS s (day, status, orders, revenue_cents)
    SELECT utc_day(created_at), status, count(*), sum(captured_cents(orders))
    FROM orders WHERE id > :base GROUP BY 1, 2
    ON CONFLICT (day, status) DO UPDATE SET
    orders = s.orders + excluded.orders,
    revenue_cents = s.revenue_cents + excluded.revenue_cents;
INSERT INTO customer_days AS c (day, opened, present)
    SELECT utc_day(created_at), count(*), count(*) FROM users
    WHERE id > :base AND role = 'customer' GROUP BY 1
    ON CONFLICT (day) DO UPDATE SET opened = c.opened + excluded.opened,
    present = c.present + excluded.present;
INSERT INTO sales_products (day, product_id, quantity, revenue_cents)
    SELECT utc_day(l.at), l.product_id, sum(l.quantity),
    sum(l.quantity * l.price_cents) FROM l
    WHERE l.status NOT IN ('pending', 'cancelled') GROUP BY 1, 2;

-- A session of each user, ended; the keys of a day; what admins did.
INSERT INTO sessions (user_id, refresh_hash, device, ip, created_at,
    last_used_at, expires_at, revoked_at)
    SELECT id, md5(id::text), 'Bench', '127.0.0.1', created_at, created_at,
    created_at + interval '30 days', created_at FROM users WHERE id > :base;
INSERT INTO idempotency_keys (user_id, address, key, fingerprint, status,
    location, etag, body)
    SELECT user_id, '', 'bench-' || id, md5(id::text), 201,
    '/api/v1/orders/' || id, '"1"', '{}' FROM orders
    WHERE id > :base + :orders - 20000;
INSERT INTO audit_log (at, actor_id, action, target_type, target_id)
    SELECT created_at, :base + 1, 'product.create', 'product', id
    FROM products WHERE id > :base;

-- Identity columns go on behind what was written; carts of the first
-- thousand users have three lines.
INSERT INTO cart_items (cart_id, variant_id, quantity)
    SELECT :base + n, :base + 3 * (1 + pg_temp.dice(n, 15 + k,
    :products / 25) * 25) - k, 1 FROM generate_series(1, least(:users, 1000)) n,
    generate_series(0, 2) k;
SELECT format('SELECT setval(pg_get_serial_sequence(%L, ''id''), '
    'greatest((SELECT max(id) FROM %I), 1))', t, t)
    FROM unnest('{users,carts,categories,products,product_variants,orders,payments}'
    ::text[]) t \gexec

COMMIT;

SELECT def FROM later \gexec
SELECT stock_levels_rebuild();
VACUUM ANALYZE;
