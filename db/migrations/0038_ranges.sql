-- SPDX-License-Identifier: MIT
-- The index of words knows ranges of ids, too, so that a page in their order
-- needs no list of a word as a whole. The one before goes in a migration of
-- its own: to wait for readers at the end of this one would be to make it over
-- and over.

CREATE EXTENSION IF NOT EXISTS btree_gin;
CREATE INDEX products_words_idx ON products USING gin (search, (id >> 17));
