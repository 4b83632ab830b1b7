-- SPDX-License-Identifier: MIT
-- The stock is searched by the titles it shows, of variants too.

CREATE INDEX product_variants_title_trgm_idx ON product_variants
    USING gin (title gin_trgm_ops) WHERE title <> 'Default';

-- What an erasure looks for: sessions that have ended, answers that somebody
-- else was given, and what was told of a user. The tables of a purchase come
-- last, whose rows are in none of these.

CREATE INDEX sessions_ended_idx ON sessions (user_id)
    WHERE revoked_at IS NOT NULL;
CREATE INDEX idempotency_keys_about_idx ON idempotency_keys (location)
    WHERE location LIKE '/api/v1/users/%'
    OR location LIKE '/api/v1/addresses/%';
CREATE INDEX outbox_user_idx ON outbox (user_id)
    WHERE topic LIKE 'user.%';
