-- SPDX-License-Identifier: MIT
-- What made an order dearer than it is.

-- A line names a variant of its product: one reference says both, and costs
-- one look instead of two for each line.
ALTER TABLE product_variants
    ADD CONSTRAINT product_variants_product_key UNIQUE (id, product_id);
ALTER TABLE order_items DROP CONSTRAINT order_items_variant_fkey,
    DROP CONSTRAINT order_items_product_fkey,
    ADD CONSTRAINT order_items_variant_fkey
    FOREIGN KEY (variant_id, product_id)
    REFERENCES product_variants (id, product_id);
DROP INDEX order_items_product_idx;

-- A key is looked at first and written once, with its answer. Only what takes
-- several transactions writes it before, to be found by a retry.
-- Refuses while another request runs with the key, when it was used for
-- something else, and (code idempotency_replay) when there is an answer.
-- Returns what to resume, or null for a first run.
CREATE FUNCTION idempotency_look(p_user bigint, p_address text, p_key text,
    p_print text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	k idempotency_keys;
BEGIN
	IF NOT pg_try_advisory_xact_lock(hashtextextended(
	    p_user || '/' || p_address || '/' || p_key, 7)) THEN
		PERFORM refuse('idempotency_in_progress',
		    'A request with this key is still running');
	END IF;
	SELECT * INTO k FROM idempotency_keys WHERE user_id = p_user
	    AND address = p_address AND key = p_key FOR UPDATE;
	IF NOT FOUND OR k.created_at < now() - interval '24 hours' THEN
		RETURN NULL;
	END IF;
	IF k.fingerprint <> p_print THEN
		PERFORM refuse('idempotency_key_reused',
		    'The key was used for another request');
	END IF;
	IF k.status IS NOT NULL THEN
		PERFORM refuse('idempotency_replay');
	END IF;
	IF k.locked_at > now() - interval '10 seconds' THEN
		PERFORM refuse('idempotency_in_progress',
		    'A request with this key is still running');
	END IF;
	RETURN k.resume_id;
END $$;

CREATE OR REPLACE FUNCTION idempotency_claim(p_user bigint, p_address text,
    p_key text, p_print text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	resume bigint := idempotency_look(p_user, p_address, p_key, p_print);
BEGIN
	INSERT INTO idempotency_keys AS k (user_id, address, key, fingerprint)
	    VALUES (p_user, p_address, p_key, p_print)
	    ON CONFLICT ON CONSTRAINT idempotency_keys_pkey DO UPDATE SET
	    fingerprint = p_print, status = NULL, location = NULL,
	    etag = NULL, body = NULL, resume_id = resume, locked_at = now(),
	    created_at = CASE WHEN k.created_at < now() - interval '24 hours'
	    THEN now() ELSE k.created_at END;
	RETURN resume;
END $$;

-- Failed logins are pruned by their age.
CREATE INDEX login_attempts_since_idx ON login_attempts (since);
