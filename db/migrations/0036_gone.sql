-- SPDX-License-Identifier: MIT
-- To count what is there, what is gone is taken off: it is found by these.

CREATE INDEX product_variants_gone_idx ON product_variants (id)
    WHERE deleted_at IS NOT NULL;
CREATE INDEX products_gone_idx ON products (id) WHERE deleted_at IS NOT NULL;
