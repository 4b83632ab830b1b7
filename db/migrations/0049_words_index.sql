-- SPDX-License-Identifier: MIT
-- products_ranges_idx (0048) does what this one did.

DROP INDEX products_words_idx;
