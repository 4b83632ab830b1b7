-- SPDX-License-Identifier: MIT
-- The outbox in three parts, by kind: a purchase, which leaves an event, pays
-- for the events' indexes alone. What is written or read by its kind touches
-- one part only.

ALTER TABLE outbox RENAME TO outbox_was;
ALTER SEQUENCE outbox_id_seq RENAME TO outbox_was_id_seq;
ALTER TABLE outbox_was RENAME CONSTRAINT outbox_pkey TO outbox_was_pkey;
ALTER TABLE outbox_was DROP CONSTRAINT outbox_state_check,
    DROP CONSTRAINT outbox_kind_check, DROP CONSTRAINT outbox_webhook_check,
    DROP CONSTRAINT outbox_webhook_fkey;
DROP INDEX outbox_event_idx, outbox_mail_idx, outbox_endpoint_idx,
    outbox_order_idx, outbox_delivery_idx, outbox_done_idx, outbox_dead_idx;

CREATE SEQUENCE outbox_id_seq;
CREATE TABLE outbox (
	id bigint NOT NULL DEFAULT nextval('outbox_id_seq'),
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
	done_at timestamptz,
	webhook_id bigint,
	response_status integer,
	CONSTRAINT outbox_pkey PRIMARY KEY (id, kind),
	CONSTRAINT outbox_webhook_check
	    CHECK ((kind = 'webhook') = (webhook_id IS NOT NULL))
) PARTITION BY LIST (kind);
ALTER SEQUENCE outbox_id_seq OWNED BY outbox.id;
COMMENT ON TABLE outbox IS 'Work that follows from a committed change. kind '
    '"event" rows are what happened (topic order.created, ...); the jobs '
    'process turns them into mail and webhook deliveries.';
COMMENT ON COLUMN outbox.uuid IS 'Of a mail: its Message-ID. Of a webhook '
    'delivery: that of the event, by which receivers drop duplicates';
COMMENT ON COLUMN outbox.locked_until IS 'The lease of whoever works on it; '
    'run_at is the same then, so that nobody else takes it up before';

CREATE TABLE outbox_events PARTITION OF outbox FOR VALUES IN ('event');
CREATE TABLE outbox_mails PARTITION OF outbox FOR VALUES IN ('mail');
CREATE TABLE outbox_deliveries PARTITION OF outbox (
	CONSTRAINT outbox_webhook_fkey FOREIGN KEY (webhook_id)
	    REFERENCES webhooks ON DELETE CASCADE
) FOR VALUES IN ('webhook');

INSERT INTO outbox SELECT id, uuid, kind, topic, order_id, user_id, payload,
    state, attempts, run_at, locked_until, last_error, created_at, done_at,
    webhook_id, response_status FROM outbox_was;
SELECT setval('outbox_id_seq', nextval('outbox_was_id_seq'), false);
DROP TABLE outbox_was;

CREATE INDEX outbox_dead_idx ON outbox (id) WHERE state = 'dead';
CREATE INDEX outbox_event_idx ON outbox_events (id) WHERE state = 'queued';
CREATE INDEX outbox_event_done_idx ON outbox_events (done_at)
    WHERE state = 'done';
CREATE INDEX outbox_mail_idx ON outbox_mails (run_at, id)
    WHERE state = 'queued';
CREATE INDEX outbox_mail_done_idx ON outbox_mails (done_at)
    WHERE state = 'done';
CREATE INDEX outbox_endpoint_idx ON outbox_deliveries (webhook_id, run_at, id)
    WHERE state = 'queued';
CREATE INDEX outbox_order_idx ON outbox_deliveries (webhook_id, order_id, id)
    WHERE state = 'queued';
CREATE INDEX outbox_delivery_idx ON outbox_deliveries (webhook_id, id);
CREATE INDEX outbox_delivery_done_idx ON outbox_deliveries (done_at)
    WHERE state = 'done';
