// SPDX-License-Identifier: MIT
// A shop's two hot routes with Fastify and pg, one process for each core:
// node app.js PORT.  The database is libpq's default (PGHOST, ...).
import cluster from 'node:cluster'
import { createHash } from 'node:crypto'
import { availableParallelism } from 'node:os'
import Fastify from 'fastify'
import pg from 'pg'

const PRODUCT = `
  SELECT p.id, p.sku, p.slug, p.title, p.description, p.status,
    p.attributes, p.images, p.price_cents, p.rating_average,
    p.rating_count, p.created_at, v.id AS variant_id,
    v.sku AS variant_sku, v.title AS variant_title,
    v.price_cents AS variant_price_cents,
    v.attributes AS variant_attributes, i.available
  FROM products p JOIN product_variants v ON v.product_id = p.id
  JOIN inventory i ON i.variant_id = v.id
  WHERE p.id = $1 AND p.status = 'active' AND p.deleted_at IS NULL
    AND v.deleted_at IS NULL ORDER BY v.id`
const CLAIM = `
  INSERT INTO idempotency_keys (user_id, address, key, fingerprint)
  VALUES ($1, '', $2, $3) ON CONFLICT DO NOTHING`
const REPLAY = `
  SELECT status, body, fingerprint FROM idempotency_keys
  WHERE user_id = $1 AND address = '' AND key = $2`
const LOCK = `
  SELECT v.id, v.product_id, v.sku, p.title, v.price_cents, i.available
  FROM product_variants v JOIN products p ON p.id = v.product_id
  JOIN inventory i ON i.variant_id = v.id
  WHERE v.id = ANY ($1::bigint[]) AND p.status = 'active'
    AND p.deleted_at IS NULL AND v.deleted_at IS NULL
  ORDER BY v.id FOR UPDATE OF i`
const TAKE = `
  UPDATE inventory SET available = available - n.q,
    reserved = reserved + n.q, updated_at = now()
  FROM unnest($1::bigint[], $2::bigint[]) AS n (id, q)
  WHERE variant_id = n.id`
const ORDER = `
  INSERT INTO orders (user_id, currency, subtotal_cents, total_cents,
    shipping_address, expires_at)
  VALUES ($1, 'USD', $2, $2, $3, now() + interval '1 hour')
  RETURNING id, uuid, user_id, status, payment_status, currency,
    subtotal_cents, total_cents, shipping_address, created_at`
const LINES = `
  INSERT INTO order_items (order_id, variant_id, product_id, sku, title,
    quantity, unit_price_cents, subtotal_cents)
  SELECT $1, v, p, s, t, q, c, q * c FROM unnest($2::bigint[],
    $3::bigint[], $4::text[], $5::text[], $6::bigint[], $7::bigint[])
    AS l (v, p, s, t, q, c)`
const MOVES = `
  INSERT INTO inventory_movements (variant_id, kind, delta_available,
    delta_reserved, order_id)
  SELECT id, 'reserve', -q, q, $1
  FROM unnest($2::bigint[], $3::bigint[]) AS n (id, q)`
const STORE = `
  UPDATE idempotency_keys SET status = 201, body = $1, location = $2
  WHERE user_id = $3 AND address = '' AND key = $4`

pg.types.setTypeParser(20, Number)

async function place (db, reply, user, key, asked) {
  const run = (name, text, values) => db.query({ name, text, values })
  const refuse = (status, code) => {
    reply.code(status)
    return { code }
  }
  const mark = createHash('sha256').update(JSON.stringify(asked))
    .digest('hex')
  const claim = await run('claim', CLAIM, [user, key, mark])
  if (claim.rowCount === 0) {
    const old = (await run('replay', REPLAY, [user, key])).rows[0]
    if (old.fingerprint !== mark) return refuse(422, 'idempotency_key_reused')
    reply.code(old.status)
    return old.body
  }
  const want = new Map(asked.items.map(i => [i.variant_id, i.quantity]))
  const lines = (await run('lock', LOCK, [[...want.keys()]])).rows
  if (lines.length !== want.size) return refuse(422, 'validation_failed')
  for (const l of lines) {
    l.quantity = want.get(l.id)
    if (l.quantity > l.available) return refuse(409, 'insufficient_stock')
  }
  const ids = lines.map(l => l.id)
  const numbers = lines.map(l => l.quantity)
  const total = lines.reduce((sum, l) => sum + l.quantity * l.price_cents, 0)
  await run('take', TAKE, [ids, numbers])
  const out = (await run('order', ORDER, [user, total,
    { line1: asked.delivery_address }])).rows[0]
  await run('lines', LINES, [out.id, ids, lines.map(l => l.product_id),
    lines.map(l => l.sku), lines.map(l => l.title), numbers,
    lines.map(l => l.price_cents)])
  await run('moves', MOVES, [out.id, ids, numbers])
  out.items = lines.map(l => ({
    variant_id: l.id,
    product_id: l.product_id,
    sku: l.sku,
    title: l.title,
    quantity: l.quantity,
    unit_price_cents: l.price_cents,
    subtotal_cents: l.quantity * l.price_cents
  }))
  const body = JSON.stringify(out)
  await run('store', STORE, [body, `/api/v1/orders/${out.id}`, user, key])
  reply.code(201)
  return body
}

function serve () {
  const pool = new pg.Pool({ max: 8 })
  const app = Fastify()

  app.get('/api/v1/products/:id', async (request, reply) => {
    const { rows } = await pool.query({
      name: 'product', text: PRODUCT, values: [request.params.id]
    })
    if (rows.length === 0) {
      reply.code(404)
      return { code: 'not_found' }
    }
    const {
      variant_id: a, variant_sku: b, variant_title: c,
      variant_price_cents: d, variant_attributes: e, available, ...out
    } = rows[0]
    out.variants = rows.map(r => ({
      id: r.variant_id,
      sku: r.variant_sku,
      title: r.variant_title,
      price_cents: r.variant_price_cents,
      attributes: r.variant_attributes,
      available: r.available
    }))
    return out
  })

  app.post('/api/v1/orders', async (request, reply) => {
    const db = await pool.connect()
    try {
      await db.query('BEGIN')
      const body = await place(db, reply, Number(request.headers['x-user-id']),
        request.headers['idempotency-key'], request.body)
      await db.query(reply.statusCode === 201 ? 'COMMIT' : 'ROLLBACK')
      reply.type('application/json')
      return body
    } catch (error) {
      await db.query('ROLLBACK')
      throw error
    } finally {
      db.release()
    }
  })
  app.listen({ host: '127.0.0.1', port: Number(process.argv[2]) })
}

if (cluster.isPrimary) {
  for (let i = 0; i < availableParallelism(); i++) cluster.fork()
} else {
  serve()
}
