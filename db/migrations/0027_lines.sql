-- SPDX-License-Identifier: MIT
-- That lines name variants of their products is looked up once for a
-- statement, and not for each line at the commit. Nearly always each variant
-- was sold before, and its row stays as it is. Else all rows of the lines
-- are locked, in the order in which the reservation locks them.

CREATE FUNCTION order_items_variants() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	bad bigint;
BEGIN
	FOR attempt IN 0..1 LOOP
		SELECT order_id INTO bad FROM lines l WHERE (SELECT sold
		    FROM inventory i WHERE i.variant_id = l.variant_id
		    AND i.product_id = l.product_id) IS NOT TRUE LIMIT 1;
		EXIT WHEN NOT FOUND;
		IF attempt = 1 THEN
			RAISE EXCEPTION 'order % names a variant that is not'
			    ' there', bad USING ERRCODE = '23503',
			    CONSTRAINT = 'order_items_variant';
		END IF;
		PERFORM FROM inventory WHERE variant_id = ANY (ARRAY(
		    SELECT variant_id FROM lines)) ORDER BY variant_id
		    FOR UPDATE;
		UPDATE inventory SET sold = true WHERE variant_id = ANY (ARRAY(
		    SELECT variant_id FROM lines)) AND NOT sold;
	END LOOP;
	RETURN NULL;
END $$;

CREATE TRIGGER order_items_inserted AFTER INSERT ON order_items
    REFERENCING NEW TABLE AS lines
    FOR EACH STATEMENT EXECUTE FUNCTION order_items_variants();
CREATE TRIGGER order_items_updated AFTER UPDATE ON order_items
    REFERENCING NEW TABLE AS lines
    FOR EACH STATEMENT EXECUTE FUNCTION order_items_variants();
DROP TRIGGER order_items_variant ON order_items;
DROP FUNCTION order_item_variant();
