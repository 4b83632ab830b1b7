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
