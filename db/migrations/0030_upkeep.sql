-- SPDX-License-Identifier: MIT
-- The stock is searched by the titles it shows, of variants too.

CREATE INDEX product_variants_title_trgm_idx ON product_variants
    USING gin (title gin_trgm_ops) WHERE title <> 'Default';

-- What an erasure looks for: sessions that have ended, answers that somebody
-- else was given, and what was told of a user. The tables of a purchase come
-- last, whose rows are in none of these.

CREATE INDEX sessions_ended_idx ON sessions (user_id)
    WHERE revoked_at IS NOT NULL;
CREATE INDEX idempotency_keys_about_idx ON idempotency_keys (location)
    WHERE location LIKE '/api/v1/users/%'
    OR location LIKE '/api/v1/addresses/%';
CREATE INDEX outbox_user_idx ON outbox (user_id)
    WHERE topic LIKE 'user.%';

-- History ends by these functions, which have the owner's rights: the service
-- may call them, and nobody else, and the last 30 days stay whoever asks. Nor
-- are parts of the ledger made for more than there ever will be.

CREATE OR REPLACE FUNCTION audit_prune(days bigint, most bigint)
    RETURNS SETOF bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
BEGIN
	PERFORM set_config('shopd.history', 'ends', true);
	RETURN QUERY DELETE FROM audit_log l WHERE l.id = ANY (ARRAY(
	    SELECT o.id FROM audit_log o
	    WHERE o.at < now() - greatest(days, 30) * interval '1 day'
	    ORDER BY o.at
	    LIMIT most)) RETURNING l.id;
	PERFORM set_config('shopd.history', '', true);
END $$;

-- Folds the next movements of the ledger, at most so many and all of them in
-- order, up to the first that is younger or belongs to an open order. Every
-- sum of a variant's movements from the start up to one that is left stays
-- what it was. Locks: the horizon. Returns the ids that are gone.
CREATE OR REPLACE FUNCTION ledger_fold(days bigint, most bigint)
    RETURNS SETOF bigint
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
		greatest(days, 30) * interval '1 day' AND (o.id IS NULL OR
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

-- Makes the parts that the next so many movements need; returns where the
-- last one ends. Nobody who writes to the ledger waits for it. If it was not
-- called in time, movements are in the rest, and the next part begins where
-- none can be there yet. Locks: the ledger, against another call.
CREATE OR REPLACE FUNCTION ledger_extend(ahead bigint) RETURNS bigint
    LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
	size CONSTANT bigint := 4000000;
	here bigint;
	begins bigint;
	part text;
BEGIN
	IF ahead > 1000000000 THEN
		RAISE EXCEPTION 'too far ahead' USING ERRCODE = '22023';
	END IF;
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

REVOKE EXECUTE ON FUNCTION audit_prune, ledger_fold, ledger_extend
    FROM PUBLIC;
DO $$
BEGIN
	IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'shopd') THEN
		GRANT EXECUTE ON FUNCTION audit_prune, ledger_fold,
		    ledger_extend TO shopd;
	END IF;
END $$;
