-- SPDX-License-Identifier: MIT
-- pg_restore looks for functions in no schema, and rows are held against the
-- rules of their table while they come in: what these call is named with its
-- schema, or no order comes back from a dump.

CREATE OR REPLACE FUNCTION order_fits(status text, payment_status text,
    currency text, subtotal bigint, discount bigint, shipping bigint,
    tax bigint, total bigint, refunded bigint, note text) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	rule text := CASE
	    WHEN status NOT IN ('pending', 'confirmed', 'shipped',
		'delivered', 'cancelled', 'refunded')
		THEN 'orders_status_check'
	    WHEN payment_status NOT IN ('unpaid', 'paid',
		'partially_refunded', 'refunded')
		THEN 'orders_payment_status_check'
	    WHEN payment_status <> 'unpaid' AND status = 'pending'
		THEN 'orders_paid_check'
	    WHEN currency !~ '^[A-Z]{3}$' THEN 'orders_currency_check'
	    WHEN discount NOT BETWEEN 0 AND subtotal
		THEN 'orders_discount_check'
	    WHEN shipping < 0 THEN 'orders_shipping_check'
	    WHEN tax < 0 THEN 'orders_tax_check'
	    WHEN total <> subtotal - discount + shipping + tax
		THEN 'orders_total_check'
	    WHEN refunded NOT BETWEEN 0 AND total
		THEN 'orders_refunded_check'
	    WHEN length(note) > 500 THEN 'orders_note_check' END;
BEGIN
	RETURN rule IS NULL OR public.rule_broken('orders', rule);
END $$;

CREATE OR REPLACE FUNCTION outbox_fits(kind text, state text,
    webhook_id bigint) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	rule text := CASE
	    WHEN state NOT IN ('queued', 'done', 'dead')
		THEN 'outbox_state_check'
	    WHEN (kind = 'webhook') <> (webhook_id IS NOT NULL)
		THEN 'outbox_webhook_check' END;
BEGIN
	RETURN rule IS NULL OR public.rule_broken('outbox', rule);
END $$;
