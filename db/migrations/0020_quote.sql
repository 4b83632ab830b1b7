-- SPDX-License-Identifier: MIT
-- What a purchase seldom needs costs nothing when it is not needed: a plan is
-- made ready as a whole each time, a function only when it is called.

CREATE FUNCTION default_variant(product bigint) RETURNS bigint
    LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT x.id FROM product_variants x
	    WHERE x.product_id = product AND x.deleted_at IS NULL
	    ORDER BY x.is_default DESC, x.id LIMIT 1);
END $$;

-- The address with this id, or with 0 the default one.
CREATE FUNCTION own_address(owner bigint, address bigint) RETURNS jsonb
    LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT address_json(a) FROM addresses a
	    WHERE a.user_id = owner AND CASE WHEN address = 0
	    THEN a.is_default ELSE a.id = address END);
END $$;

-- Nothing depends on the order of these numbers.
ALTER SEQUENCE order_items_id_seq CACHE 100;

-- A variant above 50 keeps its product above 50.
DROP TRIGGER inventory_mark ON inventory;
CREATE TRIGGER inventory_mark AFTER UPDATE OF available ON inventory
    FOR EACH ROW WHEN (least(OLD.available, NEW.available) <= 50)
    EXECUTE FUNCTION mark_variant();
