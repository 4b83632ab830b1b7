-- SPDX-License-Identifier: MIT
-- The ledger and the audit log end somewhere: what is older than
-- HISTORY_DAYS is taken away in batches, by the functions here alone, which
-- have the owner's rights. An order's events are few, and stay with it.

CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql
    AS $$
BEGIN
	IF current_setting('shopd.history', true) = 'ends'
	    AND TG_OP = 'DELETE' AND TG_TABLE_NAME <> 'order_events' THEN
		RETURN NULL;
	END IF;
	RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
	    USING ERRCODE = '42501', CONSTRAINT = 'append_only';
END $$;

CREATE INDEX audit_log_at_idx ON audit_log (at);

CREATE FUNCTION audit_prune(days bigint, most bigint) RETURNS SETOF bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
BEGIN
	PERFORM set_config('shopd.history', 'ends', true);
	RETURN QUERY DELETE FROM audit_log l WHERE l.id = ANY (ARRAY(
	    SELECT o.id FROM audit_log o
	    WHERE o.at < now() - days * interval '1 day' ORDER BY o.at
	    LIMIT most)) RETURNING l.id;
	PERFORM set_config('shopd.history', '', true);
END $$;

-- A variant's old movements become one, its first, with their sum.
CREATE OR REPLACE FUNCTION movement_fits(kind text, available bigint,
    reserved bigint, order_id bigint) RETURNS boolean LANGUAGE plpgsql
    IMMUTABLE AS $$
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
	    WHEN 'carry' THEN available >= 0 AND reserved >= 0
		AND order_id IS NULL
	    ELSE false END;
END $$;

CREATE TABLE ledger_horizon (
	id bigint CONSTRAINT ledger_horizon_pkey PRIMARY KEY,
	at timestamptz NOT NULL
);
COMMENT ON TABLE ledger_horizon IS 'One row: movements up to this id are '
    'folded, the last of them was made then';
INSERT INTO ledger_horizon VALUES (0, '-infinity');
DO $$
BEGIN
	IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'shopd') THEN
		REVOKE INSERT, UPDATE, DELETE ON ledger_horizon FROM shopd;
	END IF;
END $$;

-- Folds the next movements of the ledger, at most so many and all of them in
-- order, up to the first that is younger or belongs to an open order. Every
-- sum of a variant's movements from the start up to one that is left stays
-- what it was. Locks: the horizon. Returns the ids that are gone.
CREATE FUNCTION ledger_fold(days bigint, most bigint) RETURNS SETOF bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
DECLARE
	h ledger_horizon;
	upto bigint;
	latest timestamptz;
BEGIN
	SELECT * INTO h FROM ledger_horizon FOR UPDATE;
	SELECT max(x.id), max(x.created_at) INTO upto, latest FROM (
	    SELECT m.id, m.created_at, bool_and(m.created_at < now() -
		days * interval '1 day' AND (o.id IS NULL OR
		o.status NOT IN ('pending', 'confirmed')))
		OVER (ORDER BY m.id) AS old
	    FROM (SELECT l.id, l.created_at, l.order_id
		FROM inventory_movements l WHERE l.id > h.id
		ORDER BY l.id LIMIT most) m
	    LEFT JOIN orders o ON o.id = m.order_id) x WHERE x.old;
	IF upto IS NULL THEN
		RETURN;
	END IF;
	PERFORM set_config('shopd.history', 'ends', true);
	UPDATE ledger_horizon SET id = upto, at = greatest(at, latest);
	RETURN QUERY WITH gone AS (DELETE FROM inventory_movements m
	    WHERE m.id > h.id AND m.id <= upto
	    RETURNING m.id, m.variant_id, m.delta_available AS a,
	    m.delta_reserved AS r, m.created_at),
	s AS (SELECT g.variant_id, min(g.id) AS first, sum(g.a) AS a,
	    sum(g.r) AS r, max(g.created_at) AS at FROM gone g
	    GROUP BY g.variant_id),
	was AS (DELETE FROM inventory_movements m USING s
	    WHERE m.kind = 'carry' AND m.id = (SELECT f.id
		FROM inventory_movements f WHERE f.variant_id = s.variant_id
		ORDER BY f.id LIMIT 1)
	    RETURNING m.id, m.variant_id, m.delta_available AS a,
	    m.delta_reserved AS r),
	now_is AS (INSERT INTO inventory_movements (id, variant_id, kind,
	    delta_available, delta_reserved, reason, created_at)
	    OVERRIDING SYSTEM VALUE
	    SELECT coalesce(w.id, s.first), s.variant_id, 'carry',
	    s.a + coalesce(w.a, 0), s.r + coalesce(w.r, 0), 'history', s.at
	    FROM s LEFT JOIN was w USING (variant_id))
	SELECT g.id FROM gone g;
	PERFORM set_config('shopd.history', '', true);
END $$;
