-- SPDX-License-Identifier: MIT
-- Less to write for a line of an order, and on fewer pages.
--
-- A foreign key from a line to its variant locks the variant's row, which
-- writes to its page, and needs an index of all lines by variant, whose pages
-- are as many as variants were sold: six pages at random for an order of
-- three lines. Here the same rule stands on the row of the stock, which the
-- order writes anyway: a line needs one, and marks it as sold; one that is
-- sold is never deleted.

ALTER TABLE inventory ADD COLUMN sold boolean NOT NULL DEFAULT false,
    ADD COLUMN product_id bigint;
COMMENT ON COLUMN inventory.sold IS 'An order names the variant, which '
    'therefore stays';
COMMENT ON COLUMN inventory.product_id IS 'The variant''s';
UPDATE inventory i SET product_id = v.product_id, sold = EXISTS (
    SELECT FROM order_items o WHERE o.variant_id = i.variant_id)
    FROM product_variants v WHERE v.id = i.variant_id;
ALTER TABLE inventory ALTER product_id SET NOT NULL;

-- If there is no variant, the foreign key says so.
CREATE FUNCTION inventory_product() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW.product_id := coalesce((SELECT product_id FROM product_variants
	    WHERE id = NEW.variant_id), 0);
	RETURN NEW;
END $$;
CREATE TRIGGER inventory_product BEFORE INSERT ON inventory
    FOR EACH ROW EXECUTE FUNCTION inventory_product();

CREATE FUNCTION variant_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'variant % stays with its product', OLD.id
	    USING ERRCODE = '23503', CONSTRAINT = 'product_variants_stay';
END $$;
CREATE TRIGGER product_variants_stay BEFORE UPDATE OF id, product_id
    ON product_variants FOR EACH ROW
    WHEN (OLD.id <> NEW.id OR OLD.product_id <> NEW.product_id)
    EXECUTE FUNCTION variant_stays();

CREATE OR REPLACE FUNCTION mark_variant() RETURNS trigger LANGUAGE plpgsql
    AS $$
BEGIN
	INSERT INTO stock_marks (product_id) VALUES (NEW.product_id);
	RETURN NULL;
END $$;

-- Deferred, so that the row is locked by the reservation, which has an order
-- for it, and not before.
CREATE FUNCTION order_item_variant() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	known boolean;
BEGIN
	SELECT sold INTO known FROM inventory
	    WHERE variant_id = NEW.variant_id AND product_id = NEW.product_id;
	IF known IS NULL THEN
		RAISE EXCEPTION 'order % names a variant that is not there',
		    NEW.order_id USING ERRCODE = '23503',
		    CONSTRAINT = 'order_items_variant';
	ELSIF NOT known THEN
		UPDATE inventory SET sold = true
		    WHERE variant_id = NEW.variant_id;
	END IF;
	RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER order_items_variant
    AFTER INSERT OR UPDATE ON order_items DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION order_item_variant();

CREATE FUNCTION inventory_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'an order names variant %', OLD.variant_id
	    USING ERRCODE = '23503', CONSTRAINT = 'inventory_sold';
END $$;
CREATE TRIGGER inventory_sold BEFORE DELETE ON inventory
    FOR EACH ROW WHEN (OLD.sold) EXECUTE FUNCTION inventory_stays();

ALTER TABLE order_items DROP CONSTRAINT order_items_variant_fkey;
DROP INDEX order_items_variant_idx;
ALTER TABLE product_variants DROP CONSTRAINT product_variants_product_key;

-- Lines and events are found by their order alone.
ALTER TABLE order_items DROP CONSTRAINT order_items_pkey,
    DROP CONSTRAINT order_items_variant_key,
    ADD CONSTRAINT order_items_pkey PRIMARY KEY (order_id, variant_id);
ALTER TABLE order_events DROP CONSTRAINT order_events_pkey,
    ADD CONSTRAINT order_events_pkey PRIMARY KEY (order_id, id);
DROP INDEX order_events_order_idx;
