-- SPDX-License-Identifier: MIT
-- Products with prices farther apart than those of most are by themselves in
-- the order of prices: what lies in a range of prices begins that much before
-- it.

CREATE INDEX products_wide_idx ON products (price_cents, id)
    WHERE status = 'active' AND deleted_at IS NULL
    AND max_price_cents > min_price_cents + 255;
