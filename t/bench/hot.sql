-- SPDX-License-Identifier: MIT
-- pgbench: the least that selling one hot product can cost, its stock row
-- written and committed.
UPDATE inventory SET updated_at = now() WHERE variant_id = 1001;
