-- SPDX-License-Identifier: MIT
-- What a product sold lies together, and what sold best on a day, too: the
-- best of any time are found without a look at all that was sold in it.
-- Only the jobs write this table; who reads it waits for the last step alone.

CREATE INDEX sales_products_revenue_idx ON sales_products
    (day, revenue_cents);
CREATE UNIQUE INDEX sales_products_new ON sales_products (product_id, day);
ALTER TABLE sales_products DROP CONSTRAINT sales_products_pkey,
    ADD CONSTRAINT sales_products_pkey PRIMARY KEY USING INDEX
    sales_products_new;
