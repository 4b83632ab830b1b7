-- SPDX-License-Identifier: MIT
-- Asking a payment provider again about what it left unanswered.

ALTER TABLE payments ADD COLUMN asked integer NOT NULL DEFAULT 0;
ALTER TABLE refunds ADD COLUMN asked integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN payments.claimed_at IS 'When the provider was last asked '
    'about it, while it is pending';
COMMENT ON COLUMN payments.asked IS 'How often the jobs asked; the pauses '
    'grow with it';

ALTER TABLE provider_events ADD CONSTRAINT provider_events_payment_fkey
    FOREIGN KEY (payment_id) REFERENCES payments;
CREATE INDEX provider_events_payment_idx ON provider_events (payment_id);
CREATE INDEX provider_events_created_idx ON provider_events (created_at);
COMMENT ON COLUMN provider_events.outcome IS 'What it did here: "recorded" '
    'or why it did nothing';
