# SPDX-License-Identifier: MIT
"""A shop's two hot routes with FastAPI and asyncpg:
uvicorn --workers 2 app:app.  The database is libpq's default (PGHOST, ...)."""

import datetime
import decimal
import hashlib
import json
import os
import uuid
from typing import List

import asyncpg
from fastapi import FastAPI, Header, Request, Response
from pydantic import BaseModel

PRODUCT = '''
    SELECT p.id, p.sku, p.slug, p.title, p.description, p.status,
        p.attributes, p.images, p.price_cents, p.rating_average,
        p.rating_count, p.created_at, v.id AS variant_id,
        v.sku AS variant_sku, v.title AS variant_title,
        v.price_cents AS variant_price_cents,
        v.attributes AS variant_attributes, i.available
    FROM products p JOIN product_variants v ON v.product_id = p.id
    JOIN inventory i ON i.variant_id = v.id
    WHERE p.id = $1 AND p.status = 'active' AND p.deleted_at IS NULL
        AND v.deleted_at IS NULL ORDER BY v.id'''
CLAIM = '''
    INSERT INTO idempotency_keys (user_id, address, key, fingerprint)
    VALUES ($1, '', $2, $3) ON CONFLICT DO NOTHING RETURNING user_id'''
REPLAY = '''
    SELECT status, body, fingerprint FROM idempotency_keys
    WHERE user_id = $1 AND address = '' AND key = $2'''
LOCK = '''
    SELECT v.id, v.product_id, v.sku, p.title, v.price_cents, i.available
    FROM product_variants v JOIN products p ON p.id = v.product_id
    JOIN inventory i ON i.variant_id = v.id
    WHERE v.id = ANY ($1::bigint[]) AND p.status = 'active'
        AND p.deleted_at IS NULL AND v.deleted_at IS NULL
        ORDER BY v.id FOR UPDATE OF i'''
TAKE = '''
    UPDATE inventory SET available = available - n.q,
        reserved = reserved + n.q, updated_at = now()
    FROM unnest($1::bigint[], $2::bigint[]) AS n (id, q)
    WHERE variant_id = n.id'''
ORDER = '''
    INSERT INTO orders (user_id, currency, subtotal_cents, total_cents,
        shipping_address, expires_at)
    VALUES ($1, 'USD', $2, $2, $3, now() + interval '1 hour')
    RETURNING id, uuid, user_id, status, payment_status, currency,
        subtotal_cents, total_cents, shipping_address, created_at'''
LINES = '''
    INSERT INTO order_items (order_id, variant_id, product_id, sku, title,
        quantity, unit_price_cents, subtotal_cents)
    SELECT $1, v, p, s, t, q, c, q * c FROM unnest($2::bigint[],
        $3::bigint[], $4::text[], $5::text[], $6::bigint[], $7::bigint[])
        AS l (v, p, s, t, q, c)'''
MOVES = '''
    INSERT INTO inventory_movements (variant_id, kind, delta_available,
        delta_reserved, order_id)
    SELECT id, 'reserve', -q, q, $1
    FROM unnest($2::bigint[], $3::bigint[]) AS n (id, q)'''
STORE = '''
    UPDATE idempotency_keys SET status = 201, body = $1, location = $2
    WHERE user_id = $3 AND address = '' AND key = $4'''


class Item(BaseModel):
    variant_id: int
    quantity: int


class Order(BaseModel):
    items: List[Item]
    delivery_address: str


class Refusal(Exception):
    def __init__(self, status, code):
        self.status, self.code = status, code


app = FastAPI()
pool = None


@app.on_event('startup')
async def start():
    global pool
    pool = await asyncpg.create_pool(
        host=os.environ['PGHOST'], min_size=8, max_size=8, init=codecs)


async def codecs(conn):
    await conn.set_type_codec('jsonb', encoder=json.dumps,
                              decoder=json.loads, schema='pg_catalog')


def plain(value):
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    return str(value)


def answer(body, status=200):
    return Response(body, status, media_type='application/json')


@app.exception_handler(Refusal)
async def refused(request, e):
    return answer(json.dumps({'code': e.code}), e.status)


@app.get('/api/v1/products/{id}')
async def product(id: int):
    rows = await pool.fetch(PRODUCT, id)
    if not rows:
        raise Refusal(404, 'not_found')
    out = {k: v for k, v in rows[0].items()
           if not k.startswith('variant_') and k != 'available'}
    out['variants'] = [{
        'id': r['variant_id'], 'sku': r['variant_sku'],
        'title': r['variant_title'], 'price_cents': r['variant_price_cents'],
        'attributes': r['variant_attributes'], 'available': r['available'],
    } for r in rows]
    return answer(json.dumps(out, default=plain))


@app.post('/api/v1/orders')
async def order(asked: Order, request: Request, x_user_id: int = Header(),
                idempotency_key: str = Header()):
    mark = hashlib.sha256(await request.body()).hexdigest()
    async with pool.acquire() as db, db.transaction():
        if await db.fetchval(CLAIM, x_user_id, idempotency_key,
                             mark) is None:
            old = await db.fetchrow(REPLAY, x_user_id, idempotency_key)
            if old['fingerprint'] != mark:
                raise Refusal(422, 'idempotency_key_reused')
            return answer(old['body'], old['status'])
        want = {i.variant_id: i.quantity for i in asked.items}
        lines = await db.fetch(LOCK, list(want))
        if len(lines) != len(want):
            raise Refusal(422, 'validation_failed')
        if any(want[l['id']] > l['available'] for l in lines):
            raise Refusal(409, 'insufficient_stock')
        ids = [l['id'] for l in lines]
        numbers = [want[id] for id in ids]
        prices = [l['price_cents'] for l in lines]
        await db.execute(TAKE, ids, numbers)
        out = dict(await db.fetchrow(
            ORDER, x_user_id, sum(n * p for n, p in zip(numbers, prices)),
            {'line1': asked.delivery_address}))
        await db.execute(LINES, out['id'], ids,
                         [l['product_id'] for l in lines],
                         [l['sku'] for l in lines],
                         [l['title'] for l in lines], numbers, prices)
        await db.execute(MOVES, out['id'], ids, numbers)
        out['items'] = [{
            'variant_id': l['id'], 'product_id': l['product_id'],
            'sku': l['sku'], 'title': l['title'], 'quantity': n,
            'unit_price_cents': p, 'subtotal_cents': n * p,
        } for l, n, p in zip(lines, numbers, prices)]
        body = json.dumps(out, default=plain)
        await db.execute(STORE, body, '/api/v1/orders/%d' % out['id'],
                         x_user_id, idempotency_key)
    return answer(body, 201)
