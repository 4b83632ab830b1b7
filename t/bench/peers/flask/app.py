# SPDX-License-Identifier: MIT
"""A shop's two hot routes with Flask and psycopg2:
gunicorn -w 4 app:app.  The database is libpq's default (PGHOST, ...)."""

import hashlib
import json

import psycopg2
import psycopg2.extras
from flask import Flask, Response, request

PRODUCT = '''
    SELECT p.id, p.sku, p.slug, p.title, p.description, p.status,
        p.attributes, p.images, p.price_cents, p.rating_average,
        p.rating_count, p.created_at, v.id AS variant_id,
        v.sku AS variant_sku, v.title AS variant_title,
        v.price_cents AS variant_price_cents,
        v.attributes AS variant_attributes, i.available
    FROM products p JOIN product_variants v ON v.product_id = p.id
    JOIN inventory i ON i.variant_id = v.id
    WHERE p.id = %s AND p.status = 'active' AND p.deleted_at IS NULL
        AND v.deleted_at IS NULL ORDER BY v.id'''
CLAIM = '''
    INSERT INTO idempotency_keys (user_id, address, key, fingerprint)
    VALUES (%s, '', %s, %s) ON CONFLICT DO NOTHING'''
REPLAY = '''
    SELECT status, body, fingerprint FROM idempotency_keys
    WHERE user_id = %s AND address = '' AND key = %s'''
LOCK = '''
    SELECT v.id, v.product_id, v.sku, p.title, v.price_cents, i.available
    FROM product_variants v JOIN products p ON p.id = v.product_id
    JOIN inventory i ON i.variant_id = v.id
    WHERE v.id = ANY (%s) AND p.status = 'active' AND p.deleted_at IS NULL
        AND v.deleted_at IS NULL ORDER BY v.id FOR UPDATE OF i'''
TAKE = '''
    UPDATE inventory SET available = available - n.q,
        reserved = reserved + n.q, updated_at = now()
    FROM unnest(%s::bigint[], %s::bigint[]) AS n (id, q)
    WHERE variant_id = n.id'''
ORDER = '''
    INSERT INTO orders (user_id, currency, subtotal_cents, total_cents,
        shipping_address, expires_at)
    VALUES (%s, 'USD', %s, %s, %s, now() + interval '1 hour')
    RETURNING id, uuid, user_id, status, payment_status, currency,
        subtotal_cents, total_cents, shipping_address, created_at'''
LINES = '''
    INSERT INTO order_items (order_id, variant_id, product_id, sku, title,
        quantity, unit_price_cents, subtotal_cents)
    SELECT %s, v, p, s, t, q, c, q * c FROM unnest(%s::bigint[],
        %s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::bigint[])
        AS l (v, p, s, t, q, c)'''
MOVES = '''
    INSERT INTO inventory_movements (variant_id, kind, delta_available,
        delta_reserved, order_id)
    SELECT id, 'reserve', -q, q, %s
    FROM unnest(%s::bigint[], %s::bigint[]) AS n (id, q)'''
STORE = '''
    UPDATE idempotency_keys SET status = 201, body = %s, location = %s
    WHERE user_id = %s AND address = '' AND key = %s'''

app = Flask(__name__)
db = None


def cursor():
    global db
    if db is None or db.closed:
        db = psycopg2.connect(
            '', cursor_factory=psycopg2.extras.RealDictCursor)
    return db.cursor()


def answer(body, status=200):
    return Response(body, status, mimetype='application/json')


def refuse(status, code):
    db.rollback()
    return answer(json.dumps({'code': code}), status)


@app.get('/api/v1/products/<int:id>')
def product(id):
    with cursor() as c, db:
        c.execute(PRODUCT, (id,))
        rows = c.fetchall()
    if not rows:
        return answer('{"code":"not_found"}', 404)
    out = {k: v for k, v in rows[0].items()
           if not k.startswith('variant_') and k != 'available'}
    out['variants'] = [{
        'id': r['variant_id'], 'sku': r['variant_sku'],
        'title': r['variant_title'], 'price_cents': r['variant_price_cents'],
        'attributes': r['variant_attributes'], 'available': r['available'],
    } for r in rows]
    return answer(json.dumps(out, default=str))


@app.post('/api/v1/orders')
def order():
    user = int(request.headers['X-User-Id'])
    key = request.headers['Idempotency-Key']
    text = request.get_data()
    mark = hashlib.sha256(text).hexdigest()
    asked = json.loads(text)
    want = {i['variant_id']: i['quantity'] for i in asked['items']}
    with cursor() as c, db:
        c.execute(CLAIM, (user, key, mark))
        if c.rowcount == 0:
            c.execute(REPLAY, (user, key))
            old = c.fetchone()
            if old['fingerprint'] != mark:
                return refuse(422, 'idempotency_key_reused')
            return answer(old['body'], old['status'])
        c.execute(LOCK, (list(want),))
        lines = c.fetchall()
        if len(lines) != len(want):
            return refuse(422, 'validation_failed')
        for l in lines:
            l['quantity'] = want[l['id']]
            if l['quantity'] > l['available']:
                return refuse(409, 'insufficient_stock')
        ids = [l['id'] for l in lines]
        numbers = [l['quantity'] for l in lines]
        prices = [l['price_cents'] for l in lines]
        total = sum(n * p for n, p in zip(numbers, prices))
        c.execute(TAKE, (ids, numbers))
        c.execute(ORDER, (user, total, total, psycopg2.extras.Json(
            {'line1': asked['delivery_address']})))
        out = c.fetchone()
        c.execute(LINES, (out['id'], ids, [l['product_id'] for l in lines],
                          [l['sku'] for l in lines],
                          [l['title'] for l in lines], numbers, prices))
        c.execute(MOVES, (out['id'], ids, numbers))
        out['items'] = [{
            'variant_id': l['id'], 'product_id': l['product_id'],
            'sku': l['sku'], 'title': l['title'],
            'quantity': l['quantity'], 'unit_price_cents': l['price_cents'],
            'subtotal_cents': l['quantity'] * l['price_cents'],
        } for l in lines]
        body = json.dumps(out, default=str)
        c.execute(STORE, (body, '/api/v1/orders/%d' % out['id'], user, key))
    return answer(body, 201)
