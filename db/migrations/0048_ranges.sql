-- SPDX-License-Identifier: MIT
-- Ranges of 32,768 ids and not of 131,072 (0038): words of middling frequency
-- fill a page from one of them. And this index takes each change at once, for
-- 0.1 ms: else every search reads all changes that wait, up to 4 MiB of them,
-- as often as it asks the index, and some change has to sort in what others
-- left. The one before goes in a migration of its own, as in 0042.

CREATE INDEX products_ranges_idx ON products USING gin (search, (id >> 15))
    WITH (fastupdate = off);
