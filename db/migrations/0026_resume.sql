-- SPDX-License-Identifier: MIT
-- 0024_keys takes the old row away before a request goes on with what it was
-- about; the new one had no note of that, so that the third try of a request
-- that was interrupted twice began from the start, and could pay money back
-- twice. The new row has it. Its day begins with the last try.

CREATE OR REPLACE FUNCTION idempotency_claim(p_user bigint, p_address text,
    p_key text, p_print text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	resume bigint := idempotency_look(p_user, p_address, p_key, p_print);
BEGIN
	INSERT INTO idempotency_keys (user_id, address, key, fingerprint,
	    resume_id) VALUES (p_user, p_address, p_key, p_print, resume);
	RETURN resume;
END $$;
