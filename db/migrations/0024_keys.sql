-- SPDX-License-Identifier: MIT
-- Nearly every key is new: that there is none is seen without a lock and
-- without its columns. One that may be used again goes, so that the answer
-- is stored by a plain INSERT; should the transaction fail, it is as it was.

CREATE OR REPLACE FUNCTION idempotency_look(p_user bigint, p_address text,
    p_key text, p_print text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	k idempotency_keys;
BEGIN
	IF NOT pg_try_advisory_xact_lock(hashtextextended(
	    p_user || '/' || p_address || '/' || p_key, 7)) THEN
		PERFORM refuse('idempotency_in_progress',
		    'A request with this key is still running');
	END IF;
	PERFORM FROM idempotency_keys WHERE user_id = p_user
	    AND address = p_address AND key = p_key;
	IF NOT FOUND THEN
		RETURN NULL;
	END IF;
	SELECT * INTO k FROM idempotency_keys WHERE user_id = p_user
	    AND address = p_address AND key = p_key FOR UPDATE;
	IF k.created_at >= now() - interval '24 hours' THEN
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
	ELSE
		k.resume_id := NULL;
	END IF;
	DELETE FROM idempotency_keys WHERE user_id = p_user
	    AND address = p_address AND key = p_key;
	RETURN k.resume_id;
END $$;
