# SPDX-License-Identifier: MIT
"""Idempotent clients: a mixed load whose every acknowledged answer is kept,
to be compared with the database afterwards.

A request without a final answer (connection lost, 409 in progress, 429, 5xx)
is sent again with its key until it has one, as a careful client does."""

import http.client
import json
import random
import threading
import time
import uuid


class Client(threading.Thread):
    def __init__(self, rig, number, user):
        super().__init__(daemon=True)
        self.rig, self.user = rig, user
        self.rng = random.Random(number)
        self.conn = None
        self.acks = []          # (kind, key, status, body)
        self.sent = self.failed = 0
        self.bad = []           # answers that must never come
        self.slowest = 0.0
        self.ok_times = []
        self.unpaid = []

    def once(self, method, path, body=None, key=None, token=None):
        """One try: (status, body, headers), or None without an answer."""
        headers = {}
        if token:
            headers['Authorization'] = 'Bearer ' + token
        if key:
            headers['Idempotency-Key'] = key
        if body is not None:
            headers['Content-Type'] = 'application/json'
            body = json.dumps(body)
        start = time.monotonic()
        self.sent += 1
        try:
            if self.conn is None:
                self.conn = http.client.HTTPConnection(
                    '127.0.0.1', self.rig.port, timeout=12)
            self.conn.request(method, path, body, headers)
            answer = self.conn.getresponse()
            text = answer.read().decode()
            if answer.will_close:
                self.conn.close()
                self.conn = None
        except (OSError, http.client.HTTPException):
            if self.conn is not None:
                self.conn.close()
            self.conn = None
            self.failed += 1
            return None
        finally:
            self.slowest = max(self.slowest, time.monotonic() - start)
        if answer.status >= 500:
            self.failed += 1
            if answer.status == 500 or \
                    answer.headers.get('Retry-After') is None:
                self.bad.append((method, path, answer.status, text[:200]))
        else:
            self.ok_times.append(time.monotonic())
        return answer.status, text, answer.headers

    def final(self, kind, method, path, body, token):
        """Until there is a final answer; the same key all along."""
        key = str(uuid.uuid4())
        for _ in range(400):
            got = self.once(method, path, body, key, token)
            if got is not None:
                status, text, _ = got
                wait = status in (429, 502, 503, 504) or (
                    status == 409 and 'idempotency_in_progress' in text)
                if not wait and status != 500:
                    self.acks.append((kind, key, status, text))
                    return status, text
            time.sleep(0.02 + self.rng.random() * 0.1)
            if time.monotonic() > self.rig.give_up:
                break
        self.bad.append((method, path, 0, 'never answered'))
        return None, None

    def order(self):
        ids = self.rng.sample(self.rig.variants, self.rng.randint(1, 3))
        status, text = self.final('order', 'POST', '/api/v1/orders', {
            'items': [{'variant_id': v, 'quantity': self.rng.randint(1, 2)}
                      for v in ids],
            'delivery_address': '1 Main Street'}, self.user['token'])
        if status == 201:
            self.unpaid.append(json.loads(text))

    def pay(self):
        if not self.unpaid:
            return self.order()
        order = self.unpaid.pop()
        return self.final('payment', 'POST', '/api/v1/payments', {
            'order_id': order['id'], 'token': 'tok_visa'},
            self.user['token'])

    def cancel(self):
        if not self.unpaid:
            return self.order()
        order = self.unpaid.pop()
        return self.final('cancel', 'POST', '/api/v1/orders/%d/cancel' %
                          order['id'], {}, self.user['token'])

    def cart(self):
        self.final('cart', 'POST', '/api/v1/cart/items', {
            'variant_id': self.rng.choice(self.rig.variants)},
            self.user['token'])
        if self.rng.random() < 0.3:
            self.final('order', 'POST', '/api/v1/orders',
                       {'delivery_address': '1 Main Street'},
                       self.user['token'])

    def read(self):
        path = self.rng.choice(('/api/v1/products?limit=5',
                                '/api/v1/products/%d' %
                                self.rng.choice(self.rig.products)))
        token = self.rng.choice((None, self.user['token']))
        self.once('GET', path, token=token)

    def run(self):
        while time.monotonic() < self.rig.until:
            pick = self.rng.random()
            if pick < 0.55:
                self.read()
            elif pick < 0.70:
                self.cart()
            elif pick < 0.88:
                self.order()
            elif pick < 0.96:
                self.pay()
            else:
                self.cancel()


def table(rig, sql):
    """First column to the rest, of a query's rows."""
    rows = (line.split('|', 1) for line in rig.sql(sql).splitlines() if line)
    return {int(row[0]): row[1] for row in rows}


def reconcile(rig, clients):
    """Acknowledged and lost, duplicate effects: both must be 0."""
    who = "user_id IN (%s) AND created_at > '%s'" % (
        ','.join(str(c.user['id']) for c in clients), rig.since)
    orders = table(rig, "SELECT id, status, total_cents || '/' || (SELECT"
                   " count(*) FROM order_items WHERE order_id = o.id)"
                   " FROM orders o WHERE " + who)
    payments = table(rig, 'SELECT id, status FROM payments WHERE ' + who)
    acked = duplicates = 0
    lost, seen = [], {}
    for c in clients:
        for kind, key, status, text in c.acks:
            acked += 1
            if status not in (200, 201):
                continue
            body = json.loads(text)
            if kind == 'order':
                seen.setdefault(body['id'], []).append(key)
                found = orders.get(body['id'], '')
                kept = found.split('|')[-1] == '%d/%d' % (
                    body['total_cents'], len(body['items']))
            elif kind == 'payment':
                found = payments.get(body['id'])
                kept = found in ('succeeded', 'refunded',
                                 'partially_refunded')
            elif kind == 'cancel':
                found = orders.get(body['id'], '')
                kept = found.startswith('cancelled|')
            else:
                kept = True
            if not kept:
                lost.append('lost: %s %s: %s, found %s' % (
                    kind, key, text[:300], found))
    duplicates += sum(len(keys) - 1 for keys in seen.values())
    # An order that nobody was told of is one that no key leads to.
    duplicates += int(rig.sql(
        'SELECT count(*) FROM orders o WHERE %s AND NOT EXISTS (SELECT FROM'
        ' idempotency_keys k WHERE k.user_id = o.user_id AND k.status = 201'
        " AND k.location = '/api/v1/orders/' || o.id)" % who))
    return acked, lost, duplicates
