-- SPDX-License-Identifier: MIT
-- products_words_idx (0038) does what this one did.

DROP INDEX products_search_idx;
