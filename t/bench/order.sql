-- SPDX-License-Identifier: MIT
-- pgbench: what the database does for an order of three lines with an
-- idempotency key.  @name stands for the program's own statement with these
-- parameters; run.py puts the text in.  Without the pipelines these are the
-- separate statements.
\set n random(2001, 4000)
\set user 1000 + :n
\set session @sessions + :n
\set key random(1, 9000000000000000000)
\set v1 1000 + 3 * (25 * random(0, @third - 1) + random(1, 24))
\set v2 1000 + 3 * (25 * (@third + random(0, @third - 1)) + random(1, 24))
\set v3 1000 + 3 * (25 * (2 * @third + random(0, @third - 1)) + random(1, 24))
\startpipeline
@tx_sql_begin
@auth_session :session | :user | false | NULL | false
@idempotency_sql_look :user | '' | :key::text | '6edd0b907322016dd91a480376e249ca2a7d46ac778419340aadad29d1798571'
@quote_sql_items :user | '{"name": null, "line1": "1 Main Street, Springfield", "line2": null, "city": null, "region": null, "postal_code": null, "country": null, "phone": null}' | 0 | NULL | 0 | 60 | ARRAY[:v1, :v2, :v3]::bigint[] | '{0,0,0}' | '{1,2,1}'
\endpipeline
\startpipeline
@order_sql_insert currval('orders_id_seq') | md5(:key::text)::uuid | :user | 'USD' | 4000 | 0 | 0 | 4000 | '{"name": null, "line1": "1 Main Street, Springfield", "line2": null, "city": null, "region": null, "postal_code": null, "country": null, "phone": null}' | NULL | NULL | now() + interval '1 hour' | ARRAY[nextval('order_items_id_seq'), nextval('order_items_id_seq'), nextval('order_items_id_seq')] | ARRAY[:v1, :v2, :v3]::bigint[] | ARRAY[(:v1 - 1000) / 3 + 1000, (:v2 - 1000) / 3 + 1000, (:v3 - 1000) / 3 + 1000]::bigint[] | '{1,2,1}' | '{1000,1000,1000}' | '{1000,2000,1000}' | '{SKU-1,SKU-2,SKU-3}' | '{"Amber Oak Lamp - Large","Blue Steel Chair - Large","Coral Wool Rug - Large"}' | 0
@outbox_insert_event md5(:key::text || ' ')::uuid | 'order.created' | currval('orders_id_seq') | :user | NULL
@stock_sql_reserve ARRAY[:v1, :v2, :v3]::bigint[] | '{1,2,1}' | currval('orders_id_seq')
@idempotency_sql_store :user | '' | :key::text | '6edd0b907322016dd91a480376e249ca2a7d46ac778419340aadad29d1798571' | 201 | '/api/v1/orders/' || currval('orders_id_seq') | '"1"' | repeat('x', 1000)
@tx_sql_commit
\endpipeline
