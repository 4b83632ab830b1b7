-- SPDX-License-Identifier: MIT
-- Stock: what can be sold now, what open orders hold, and the ledger of
-- every change.

CREATE TABLE inventory (
	variant_id bigint CONSTRAINT inventory_pkey PRIMARY KEY
	    CONSTRAINT inventory_variant_fkey REFERENCES product_variants
	    ON DELETE CASCADE,
	available bigint NOT NULL DEFAULT 0
	    CONSTRAINT inventory_available_check CHECK (available >= 0),
	reserved bigint NOT NULL DEFAULT 0
	    CONSTRAINT inventory_reserved_check CHECK (reserved >= 0),
	updated_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);
COMMENT ON TABLE inventory IS 'On hand = available + reserved. Rows are '
    'locked in variant_id order, last of all.';
COMMENT ON COLUMN inventory.available IS 'Units that can be sold now';
COMMENT ON COLUMN inventory.reserved IS 'Units held by pending and '
    'confirmed orders';

-- What a movement may be. PostgreSQL reads a CHECK's expression anew in each
-- statement that writes the table: written out, this one would cost an order
-- as much as the rest of its movements.
CREATE FUNCTION movement_fits(kind text, available bigint, reserved bigint,
    order_id bigint) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN CASE kind
	    WHEN 'reserve' THEN available < 0 AND reserved = -available
		AND order_id IS NOT NULL
	    WHEN 'release' THEN available > 0 AND reserved = -available
		AND order_id IS NOT NULL
	    WHEN 'ship' THEN available = 0 AND reserved < 0
		AND order_id IS NOT NULL
	    WHEN 'return' THEN available > 0 AND reserved = 0
	    WHEN 'receive' THEN available >= 0 AND reserved = 0
	    WHEN 'adjust' THEN reserved = 0
	    ELSE false END;
END $$;

CREATE TABLE inventory_movements (
	id bigint GENERATED ALWAYS AS IDENTITY
	    CONSTRAINT inventory_movements_pkey PRIMARY KEY,
	variant_id bigint NOT NULL,
	kind text NOT NULL,
	delta_available bigint NOT NULL,
	delta_reserved bigint NOT NULL,
	order_id bigint,
	reason text,
	actor_id bigint,
	created_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT inventory_movements_fits_check CHECK (movement_fits(kind,
	    delta_available, delta_reserved, order_id))
);
CREATE INDEX inventory_movements_variant_idx ON inventory_movements
    (variant_id, id);
COMMENT ON TABLE inventory_movements IS 'The ledger, append-only: sums of '
    'the deltas are the inventory row.';

CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
	    USING ERRCODE = '42501', CONSTRAINT = 'append_only';
END $$;
CREATE TRIGGER inventory_movements_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON inventory_movements
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
