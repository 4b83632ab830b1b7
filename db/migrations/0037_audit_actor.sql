-- SPDX-License-Identifier: MIT
-- What somebody did is found without a look at what all others did.

CREATE INDEX audit_log_actor_idx ON audit_log (actor_id, id);
