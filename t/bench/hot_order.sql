-- SPDX-License-Identifier: MIT
-- pgbench: what the database does for an order of the one hot product, as
-- order.sql has it for three: what selling it can cost with these statements.
\set n random(2001, 4000)
\set user 1000 + :n
\set session @sessions + :n
\set key random(1, 9000000000000000000)
\startpipeline
@tx_sql_begin
@auth_session :session | :user | false | NULL | false
@idempotency_sql_look :user | '' | :key::text | '6edd0b907322016dd91a480376e249ca2a7d46ac778419340aadad29d1798571'
@quote_sql_items :user | '{"name": null, "line1": "1 Main Street, Springfield", "line2": null, "city": null, "region": null, "postal_code": null, "country": null, "phone": null}' | 0 | NULL | 0 | 60 | '{1001}' | '{0}' | '{1}'
\endpipeline
\startpipeline
@order_sql_insert currval('orders_id_seq') | md5(:key::text)::uuid | :user | 'USD' | 1000 | 0 | 0 | 1000 | '{"name": null, "line1": "1 Main Street, Springfield", "line2": null, "city": null, "region": null, "postal_code": null, "country": null, "phone": null}' | NULL | NULL | now() + interval '1 hour' | ARRAY[nextval('order_items_id_seq')] | '{1001}' | '{1001}' | '{1}' | '{1000}' | '{1000}' | '{SKU-1}' | '{"Amber Oak Lamp - Large"}' | 0
@outbox_insert_event md5(:key::text || ' ')::uuid | 'order.created' | currval('orders_id_seq') | :user | NULL
@stock_sql_reserve '{1001}' | '{1}' | currval('orders_id_seq')
@idempotency_sql_store :user | '' | :key::text | '6edd0b907322016dd91a480376e249ca2a7d46ac778419340aadad29d1798571' | 201 | '/api/v1/orders/' || currval('orders_id_seq') | '"1"' | repeat('x', 1000)
@tx_sql_commit
\endpipeline
