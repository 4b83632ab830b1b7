-- SPDX-License-Identifier: MIT
-- What grows with each order is analyzed all the time.  These columns are
-- looked up by a unique index, which needs no statistics, or not at all, and
-- the samples of them were half the work.

ALTER TABLE orders
    ALTER uuid SET STATISTICS 0,
    ALTER shipping_address SET STATISTICS 0,
    ALTER billing_address SET STATISTICS 0,
    ALTER note SET STATISTICS 0,
    ALTER change_reason SET STATISTICS 0;
ALTER TABLE order_items
    ALTER sku SET STATISTICS 0,
    ALTER title SET STATISTICS 0;
ALTER TABLE idempotency_keys
    ALTER key SET STATISTICS 0,
    ALTER fingerprint SET STATISTICS 0,
    ALTER location SET STATISTICS 0,
    ALTER etag SET STATISTICS 0,
    ALTER body SET STATISTICS 0;
