-- SPDX-License-Identifier: MIT
-- Demo data, loaded once by `make run` (not with DEMO=off) in a single
-- transaction. Explicit ids, so that the examples in the README are real;
-- each section advances its sequences behind them.

-- ---- accounts ----------------------------------------------------------
-- Passwords: correct-horse-alice, correct-horse-bob, correct-horse-admin.

INSERT INTO users (id, email, username, password_hash, first_name, last_name,
    role, email_verified) VALUES
    (1, 'alice@example.com', 'alice',
    '$y$j9T$jUSzL5kovOsoUGkUKsW.l/$L2myNql1qLhn7W22HtylRfTCp.XcBGfhk/Kb6.Lm4W9',
    'Alice', 'Doe', 'customer', true),
    (2, 'bob@example.com', 'bob',
    '$y$j9T$JsDk7lHrNuwdGt44XfeaU1$Z1D.ds6l0PlK5RmRv1mFb3mQt/MfXnrPWE8HVN6ISQC',
    'Bob', 'Roe', 'customer', true),
    (3, 'admin@example.com', 'admin',
    '$y$j9T$AIX8rJqEqNHxLCiNZE17Z.$iWuoJsFToGuJtwKYgQZ6kLD3DUzKhGN39nKIVslnoM5',
    'Ada', 'Min', 'admin', true);
SELECT setval(pg_get_serial_sequence('users', 'id'), 3);

INSERT INTO addresses (id, user_id, name, line1, city, region, postal_code,
    country, phone, is_default) VALUES
    (1, 1, 'Alice Doe', '1 Main Street', 'Springfield', 'IL', '62701', 'US',
    '+1 555 0100', true);
SELECT setval(pg_get_serial_sequence('addresses', 'id'), 1);

-- ---- catalogue ---------------------------------------------------------

INSERT INTO categories (id, name, slug) VALUES
    (1, 'Electronics', 'electronics'), (2, 'Clothing', 'clothing'),
    (3, 'Books', 'books');
SELECT setval(pg_get_serial_sequence('categories', 'id'), 3);

INSERT INTO products (id, sku, slug, title, description, category_id,
    attributes, images) VALUES
    (1, 'LAPTOP', 'laptop', 'Laptop',
    'A 14 inch laptop with a bright screen and a battery for the day.', 1,
    '{"brand": "Northwind", "screen_inches": 14}',
    '["https://images.example.com/laptop.jpg"]'),
    (2, 'HEADPHONES', 'headphones', 'Headphones',
    'Closed headphones that keep the noise of the street outside.', 1,
    '{"brand": "Northwind", "wireless": true}',
    '["https://images.example.com/headphones.jpg"]'),
    (3, 'SHIRT', 'linen-shirt', 'Linen Shirt',
    'A light shirt of washed linen for warm days.', 2,
    '{"fabric": "linen", "color": "white"}',
    '["https://images.example.com/linen-shirt.jpg"]'),
    (4, 'BOOK-C', 'the-c-programming-language',
    'The C Programming Language',
    'The language as its makers explain it, second edition.', 3,
    '{"authors": "Brian Kernighan, Dennis Ritchie", "pages": 272}',
    '["https://images.example.com/the-c-programming-language.jpg"]');
SELECT setval(pg_get_serial_sequence('products', 'id'), 4);

INSERT INTO product_variants (id, product_id, sku, title, price_cents,
    compare_at_price_cents, attributes, is_default) VALUES
    (1, 1, 'LAPTOP-16', '16 GB', 99999, NULL, '{"memory_gb": 16}', true),
    (2, 1, 'LAPTOP-32', '32 GB', 129999, 139999, '{"memory_gb": 32}',
    false),
    (3, 2, 'HEADPHONES-BLACK', 'Black', 19999, NULL, '{"color": "black"}',
    true),
    (4, 2, 'HEADPHONES-WHITE', 'White', 19999, NULL, '{"color": "white"}',
    false),
    (5, 3, 'SHIRT-S', 'Small', 4990, NULL, '{"size": "S"}', false),
    (6, 3, 'SHIRT-M', 'Medium', 4990, NULL, '{"size": "M"}', false),
    (7, 3, 'SHIRT-L', 'Large', 5490, NULL, '{"size": "L"}', false),
    (8, 4, 'BOOK-C-PAPER', 'Paperback', 5999, NULL,
    '{"binding": "paperback"}', true),
    (9, 4, 'BOOK-C-HARD', 'Hardcover', 8999, NULL,
    '{"binding": "hardcover"}', false);
SELECT setval(pg_get_serial_sequence('product_variants', 'id'), 9);

WITH stock (variant_id, units) AS (VALUES (1, 10), (2, 4), (3, 30), (4, 12),
    (5, 25), (6, 40), (7, 0), (8, 60), (9, 8)),
    i AS (INSERT INTO inventory (variant_id, available)
    SELECT variant_id, units FROM stock RETURNING variant_id, available)
INSERT INTO inventory_movements (variant_id, kind, delta_available,
    delta_reserved, reason)
    SELECT variant_id, 'receive', available, 0, 'initial' FROM i
    WHERE available > 0 ORDER BY variant_id;

-- Alice's order: one pair of headphones and two books, paid.
INSERT INTO orders (id, user_id, currency, subtotal_cents, total_cents,
    shipping_address, expires_at)
    SELECT 1, 1, 'USD', 31997, 31997, address_json(a),
    now() + interval '1 hour' FROM addresses a WHERE a.id = 1;
INSERT INTO order_items (id, order_id, variant_id, product_id, sku, title,
    quantity, unit_price_cents, subtotal_cents) VALUES
    (1, 1, 3, 2, 'HEADPHONES-BLACK', 'Headphones - Black', 1, 19999, 19999),
    (2, 1, 8, 4, 'BOOK-C-PAPER', 'The C Programming Language - Paperback',
    2, 5999, 11998);
WITH i AS (UPDATE inventory n SET available = available - q.quantity,
    reserved = reserved + q.quantity FROM order_items q
    WHERE q.order_id = 1 AND n.variant_id = q.variant_id
    RETURNING n.variant_id, q.quantity)
INSERT INTO inventory_movements (variant_id, kind, delta_available,
    delta_reserved, order_id)
    SELECT variant_id, 'reserve', -quantity, quantity, 1 FROM i
    ORDER BY variant_id;
INSERT INTO payments (id, order_id, user_id, provider, provider_ref, token,
    status, amount_cents, currency) VALUES
    (1, 1, 1, 'test', 'test_1', 'tok_visa', 'succeeded', 31997, 'USD');
UPDATE orders SET status = 'confirmed', payment_status = 'paid',
    changed_by = 1, change_reason = 'paid' WHERE id = 1;
SELECT setval(pg_get_serial_sequence('orders', 'id'), 1),
    setval(pg_get_serial_sequence('order_items', 'id'), 2),
    setval(pg_get_serial_sequence('payments', 'id'), 1);

INSERT INTO reviews (id, product_id, user_id, rating, title, comment) VALUES
    (1, 2, 1, 5, 'Quiet at last', 'I hear the music, not the street.');
SELECT setval(pg_get_serial_sequence('reviews', 'id'), 1);
