-- SPDX-License-Identifier: MIT
-- The ledger in parts of four million movements. Where it is one table, an
-- order of three lines writes to three pages at random of an index as large
-- as all that ever happened; here of the last part's alone, which are few.

ALTER TABLE inventory_movements RENAME TO inventory_movements_was;
ALTER TABLE inventory_movements_was
    RENAME CONSTRAINT inventory_movements_pkey TO inventory_movements_was_pkey;
ALTER INDEX inventory_movements_variant_idx
    RENAME TO inventory_movements_was_idx;
ALTER SEQUENCE inventory_movements_id_seq
    RENAME TO inventory_movements_was_seq;

CREATE SEQUENCE inventory_movements_id_seq;
CREATE TABLE inventory_movements (
	id bigint NOT NULL DEFAULT nextval('inventory_movements_id_seq')
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
) PARTITION BY RANGE (id);
CREATE INDEX inventory_movements_variant_idx ON inventory_movements
    (variant_id, id);
COMMENT ON TABLE inventory_movements IS 'The ledger, append-only: sums of '
    'the deltas are the inventory row. A part is named by where it ends; '
    'what belongs to none is in inventory_movements_rest.';
ALTER SEQUENCE inventory_movements_id_seq OWNED BY inventory_movements.id;
CREATE TRIGGER inventory_movements_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON inventory_movements
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();

-- Triggers and rights are those of the table that a statement names: a part
-- has its own.
CREATE FUNCTION ledger_seal(part text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TRIGGER inventory_movements_append_only
	    BEFORE UPDATE OR DELETE OR TRUNCATE ON %I
	    FOR EACH STATEMENT EXECUTE FUNCTION append_only()', part);
	IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'shopd') THEN
		EXECUTE format('REVOKE ALL ON %I FROM shopd', part);
	END IF;
END $$;

CREATE TABLE inventory_movements_rest PARTITION OF inventory_movements
    DEFAULT;
DO $$
DECLARE
	upto bigint := nextval('inventory_movements_was_seq');
	part text := 'inventory_movements_' ||
	    (upto / 4000000 + 1) * 4000000;
BEGIN
	PERFORM setval('inventory_movements_id_seq', upto, false);
	ALTER TABLE inventory_movements_was ALTER id DROP IDENTITY,
	    ALTER id SET DEFAULT nextval('inventory_movements_id_seq');
	DROP TRIGGER inventory_movements_append_only
	    ON inventory_movements_was;
	EXECUTE format('ALTER TABLE inventory_movements_was RENAME TO %I',
	    part);
	EXECUTE format('ALTER TABLE inventory_movements ATTACH PARTITION %I
	    FOR VALUES FROM (MINVALUE) TO (%s)', part,
	    (upto / 4000000 + 1) * 4000000);
	PERFORM ledger_seal(part), ledger_seal('inventory_movements_rest');
	IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'shopd') THEN
		REVOKE UPDATE, DELETE ON inventory_movements FROM shopd;
	END IF;
END $$;

CREATE FUNCTION ledger_end() RETURNS bigint LANGUAGE sql STABLE AS $$
	SELECT max(substring(c.relname FROM '\d+$')::bigint)
	    FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhrelid
	    WHERE h.inhparent = 'inventory_movements'::regclass
$$;

-- Makes the parts that the next so many movements need; returns where the
-- last one ends. Nobody who writes to the ledger waits for it. If it was not
-- called in time, movements are in the rest, and the next part begins where
-- none can be there yet. Locks: the ledger, against another call.
CREATE FUNCTION ledger_extend(ahead bigint) RETURNS bigint LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
	size CONSTANT bigint := 4000000;
	here bigint;
	begins bigint;
	part text;
BEGIN
	SELECT last_value INTO here FROM inventory_movements_id_seq;
	IF ledger_end() >= here + ahead THEN
		RETURN ledger_end();
	END IF;
	LOCK TABLE inventory_movements IN SHARE UPDATE EXCLUSIVE MODE;
	WHILE ledger_end() < here + ahead LOOP
		begins := ledger_end();
		IF begins <= here THEN
			begins := ((here + ahead) / size + 1) * size;
		END IF;
		part := 'inventory_movements_' || begins + size;
		EXECUTE format('CREATE TABLE %I (LIKE inventory_movements
		    INCLUDING ALL)', part);
		PERFORM ledger_seal(part);
		EXECUTE format('ALTER TABLE inventory_movements
		    ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', part,
		    begins, begins + size);
	END LOOP;
	RETURN ledger_end();
END $$;
