-- SPDX-License-Identifier: MIT
-- What makes it safe to retry, to send later and to know who did it.

CREATE TABLE idempotency_keys (
	user_id bigint NOT NULL,
	address text NOT NULL,
	key text NOT NULL CONSTRAINT idempotency_keys_key_check
	    CHECK (length(key) BETWEEN 1 AND 255),
	fingerprint text NOT NULL,
	status integer,
	location text,
	etag text,
	body text,
	resume_id bigint,
	locked_at timestamptz NOT NULL DEFAULT now(),
	created_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT idempotency_keys_pkey PRIMARY KEY (user_id, address, key)
);
CREATE INDEX idempotency_keys_created_idx ON idempotency_keys (created_at);
COMMENT ON TABLE idempotency_keys IS 'The first answer to a key, in the '
    'transaction of its effect; status null: begun, resume_id tells how far.';

-- Claim a key. Refuses while another request runs with it, when it was used
-- for something else, and (code idempotency_replay) when there is an answer.
-- Returns what to resume, or null for a first run.
CREATE FUNCTION idempotency_claim(p_user bigint, p_address text, p_key text,
    p_print text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	k idempotency_keys;
BEGIN
	IF NOT pg_try_advisory_xact_lock(hashtextextended(
	    p_user || '/' || p_address || '/' || p_key, 7)) THEN
		PERFORM refuse('idempotency_in_progress',
		    'A request with this key is still running');
	END IF;
	INSERT INTO idempotency_keys (user_id, address, key, fingerprint)
	    VALUES (p_user, p_address, p_key, p_print) ON CONFLICT DO NOTHING;
	IF FOUND THEN
		RETURN NULL;
	END IF;
	SELECT * INTO k FROM idempotency_keys WHERE user_id = p_user
	    AND address = p_address AND key = p_key FOR UPDATE;
	IF k.created_at < now() - interval '24 hours' THEN
		UPDATE idempotency_keys SET fingerprint = p_print,
		    status = NULL, location = NULL, etag = NULL, body = NULL,
		    resume_id = NULL, locked_at = now(), created_at = now()
		    WHERE user_id = p_user AND address = p_address
		    AND key = p_key;
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
	UPDATE idempotency_keys SET locked_at = now() WHERE user_id = p_user
	    AND address = p_address AND key = p_key;
	RETURN k.resume_id;
END $$;

CREATE TABLE outbox (
	id bigint GENERATED ALWAYS AS IDENTITY
	    CONSTRAINT outbox_pkey PRIMARY KEY,
	uuid uuid NOT NULL DEFAULT gen_random_uuid(),
	kind text NOT NULL,
	topic text NOT NULL,
	order_id bigint,
	user_id bigint,
	payload jsonb NOT NULL DEFAULT '{}',
	state text NOT NULL DEFAULT 'queued' CONSTRAINT outbox_state_check
	    CHECK (state IN ('queued', 'done', 'dead')),
	attempts integer NOT NULL DEFAULT 0,
	run_at timestamptz NOT NULL DEFAULT now(),
	locked_until timestamptz,
	last_error text,
	created_at timestamptz NOT NULL DEFAULT now(),
	done_at timestamptz
);
CREATE INDEX outbox_queued_idx ON outbox (run_at, id)
    WHERE state = 'queued';
CREATE INDEX outbox_dead_idx ON outbox (id) WHERE state = 'dead';
CREATE INDEX outbox_done_idx ON outbox (done_at) WHERE state = 'done';
COMMENT ON TABLE outbox IS 'Work that follows from a committed change. kind '
    '"event" rows are what happened (topic order.created, ...); the jobs '
    'process turns them into mail and webhook deliveries.';

CREATE TABLE audit_log (
	id bigint GENERATED ALWAYS AS IDENTITY
	    CONSTRAINT audit_log_pkey PRIMARY KEY,
	at timestamptz NOT NULL DEFAULT now(),
	actor_id bigint,
	acting_for bigint,
	action text NOT NULL,
	target_type text,
	target_id bigint,
	before jsonb,
	after jsonb,
	ip text,
	request_id text
);
CREATE INDEX audit_log_target_idx ON audit_log (target_type, target_id, id);
CREATE TRIGGER audit_log_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();

-- The service works with the rights of the role shopd: no DDL, and the
-- ledger, the events and the audit log can only be added to.
DO $$
BEGIN
	IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'shopd') THEN
		GRANT USAGE ON SCHEMA public TO shopd;
		GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA
		    public TO shopd;
		GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO shopd;
		ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT,
		    UPDATE, DELETE ON TABLES TO shopd;
		ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT
		    ON SEQUENCES TO shopd;
		REVOKE UPDATE, DELETE ON inventory_movements, order_events,
		    audit_log, order_transitions FROM shopd;
		REVOKE INSERT ON order_transitions FROM shopd;
	END IF;
END $$;
