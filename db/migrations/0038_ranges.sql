-- SPDX-License-Identifier: MIT
-- The index of words knows ranges of ids, too, so that a page in their order
-- needs no list of a word as a whole.

CREATE EXTENSION IF NOT EXISTS btree_gin;
CREATE INDEX products_words_idx ON products USING gin (search, (id >> 17));
DROP INDEX products_search_idx;
