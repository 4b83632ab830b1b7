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
from collections import namedtuple

Ack = namedtuple('Ack', 'kind token path body key status text')
# When it was sent, how long it took, its status (0: none), whether it is
# about the first of the variants.
Try = namedtuple('Try', 'start took status hot')


class Client(threading.Thread):
    def __init__(self, rig, number, user):
        super().__init__(daemon=True)
        self.rig, self.user = rig, user
        self.rng = random.Random(number)
        self.conn = None
        self.acks, self.tries = [], []
        self.failed = 0
        self.bad = []           # answers that must never come
        self.ok_times = []
        self.unpaid = []

    def hang_up(self):
        if self.conn is not None:
            self.conn.close()
        self.conn = None

    def exchange(self, *request):
        """A kept connection may be closed at any time, as every client
        knows: then once more, with a new one."""
        kept = self.conn is not None
        try:
            if not kept:
                self.conn = http.client.HTTPConnection(
                    '127.0.0.1', self.rig.port, timeout=12)
            self.conn.request(*request)
            answer = self.conn.getresponse()
        except ConnectionError:
            if not kept:
                raise
            self.hang_up()
            return self.exchange(*request)
        text = answer.read().decode()
        if answer.will_close:
            self.hang_up()
        return answer, text

    def once(self, method, path, body=None, key=None, token=None, hot=False):
        """One try: (status, body, headers), or None without an answer."""
        headers = {}
        if token:
            headers['Authorization'] = 'Bearer ' + token
        if key:
            headers['Idempotency-Key'] = key
        if body is not None:
            headers['Content-Type'] = 'application/json'
            body = json.dumps(body)
        start, status = time.monotonic(), 0
        try:
            answer, text = self.exchange(method, path, body, headers)
            status = answer.status
        except (OSError, http.client.HTTPException):
            self.hang_up()
            self.failed += 1
            return None
        finally:
            self.tries.append(Try(start, time.monotonic() - start, status,
                                  hot))
        if status >= 500:
            self.failed += 1
            if status == 500 or answer.headers.get('Retry-After') is None:
                self.bad.append((method, path, status, text[:200]))
        else:
            self.ok_times.append(time.monotonic())
        return status, text, answer.headers

    def final(self, kind, path, body, hot=False):
        """Until there is a final answer; the same key all along."""
        key = str(uuid.uuid4())
        for _ in range(400):
            got = self.once('POST', path, body, key, self.user['token'], hot)
            if got is not None:
                status, text, _ = got
                wait = status in (429, 502, 503, 504) or (
                    status == 409 and 'idempotency_in_progress' in text)
                if status == 401 and self.rig.clocks_jump:
                    self.user.update(self.rig.login(self.user['email']))
                elif not wait and status != 500:
                    self.acks.append(Ack(kind, self.user['token'], path,
                                         body, key, status, text))
                    if status not in (200, 201, 402, 409, 422):
                        self.bad.append((path, status, text[:200]))
                    return status, text
            time.sleep(0.02 + self.rng.random() * 0.1)
            if time.monotonic() > self.rig.give_up:
                break
        self.bad.append((path, 0, 'never answered'))
        return None, None

    def order(self):
        ids = self.rng.sample(self.rig.variants, self.rng.randint(1, 3))
        status, text = self.final('order', '/api/v1/orders', {
            'items': [{'variant_id': v, 'quantity': self.rng.randint(1, 2)}
                      for v in ids],
            'delivery_address': '1 Main Street'}, self.rig.variants[0] in ids)
        if status == 201:
            self.unpaid.append(json.loads(text))

    def pay(self):
        if not self.unpaid:
            return self.order()
        order = self.unpaid.pop()
        return self.final('payment', '/api/v1/payments', {
            'order_id': order['id'], 'token': 'tok_visa'})

    def cancel(self):
        if not self.unpaid:
            return self.order()
        order = self.unpaid.pop()
        return self.final('cancel', '/api/v1/orders/%d/cancel' % order['id'],
                          {}, any(i['variant_id'] == self.rig.variants[0]
                                  for i in order['items']))

    def cart(self):
        variant = self.rng.choice(self.rig.variants)
        self.final('cart', '/api/v1/cart/items', {'variant_id': variant})
        if self.rng.random() < 0.3:
            self.final('order', '/api/v1/orders', {
                'delivery_address': '1 Main Street'}, True)

    def read(self):
        path = self.rng.choice(('/api/v1/products?limit=5',
                                '/api/v1/products/%d' %
                                self.rng.choice(self.rig.products)))
        token = self.rng.choice((None, self.user['token']))
        self.once('GET', path, token=token)

    def run(self):
        while time.monotonic() < self.rig.until:
            pick = self.rng.random()
            if pick < self.rig.reads:
                self.read()
                continue
            pick = self.rng.random()
            if pick < 0.33:
                self.cart()
            elif pick < 0.73:
                self.order()
            elif pick < 0.91:
                self.pay()
            else:
                self.cancel()


def table(rig, sql):
    """First column to the rest, of a query's rows."""
    rows = (line.split('|', 1) for line in rig.sql(sql).splitlines() if line)
    return {int(row[0]): row[1] for row in rows}


def kept(ack, orders, payments):
    """Is what was acknowledged in the database?"""
    if ack.status not in (200, 201):
        return True, None
    body = json.loads(ack.text)
    if ack.kind == 'order':
        found = orders.get(body['id'], '')
        return found.split('|')[-1] == '%d/%d' % (
            body['total_cents'], len(body['items'])), found
    if ack.kind == 'payment':
        found = payments.get(body['id'])
        if body['status'] == 'pending':     # its provider was not asked
            return found is not None, found
        return found in ('succeeded', 'refunded', 'partially_refunded'), found
    if ack.kind == 'cancel':
        found = orders.get(body['id'], '')
        return found.startswith('cancelled|'), found
    return True, None


def replays(rig, clients, most):
    """Acknowledged answers that their keys do not give again."""
    acks = [a for c in clients for a in c.acks]
    asker = Client(rig, 0, None)
    wrong = []
    for a in random.sample(acks, min(most, len(acks))):
        got = None
        for _ in range(50):
            got = asker.once('POST', a.path, a.body, a.key, a.token)
            if got is not None and got[0] < 500 and got[0] != 401:
                break
            time.sleep(0.1)
        if got is None or got[0] == 401 and rig.clocks_jump:
            continue
        status, text, headers = got
        if (status, text) != (a.status, a.text) or \
                headers.get('Idempotent-Replayed') != 'true':
            wrong.append('another answer: %s %s: %d %s, now %d %s' % (
                a.kind, a.key, a.status, a.text[:200], status, text[:200]))
    return wrong


def untold(rig):
    """Changes of orders without their event in the outbox, or with two."""
    return rig.sql(
        "SELECT 'told ' || count(b.id) || ' times: order ' || e.order_id ||"
        " ' ' || e.to_status FROM order_events e JOIN orders o"
        ' ON o.id = e.order_id LEFT JOIN outbox b ON b.order_id = e.order_id'
        " AND b.kind = 'event' AND b.topic = 'order.' || CASE e.to_status"
        "  WHEN 'pending' THEN 'created' ELSE e.to_status END"
        " WHERE o.created_at > '%s' GROUP BY e.order_id, e.to_status"
        ' HAVING count(b.id) <> 1 LIMIT 5' % rig.since).splitlines()


def reconcile(rig, clients):
    """How many were acknowledged, those that are lost, duplicate effects."""
    who = "user_id IN (%s) AND created_at > '%s'" % (
        ','.join(str(c.user['id']) for c in clients), rig.since)
    orders = table(rig, "SELECT id, status, total_cents || '/' || (SELECT"
                   " count(*) FROM order_items WHERE order_id = o.id)"
                   " FROM orders o WHERE " + who)
    payments = table(rig, 'SELECT id, status FROM payments WHERE ' + who)
    lost, seen = [], {}
    for ack in (a for c in clients for a in c.acks):
        fine, found = kept(ack, orders, payments)
        if not fine:
            lost.append('lost: %s %s: %s, found %s' % (
                ack.kind, ack.key, ack.text[:300], found))
        if ack.kind == 'order' and ack.status == 201:
            seen.setdefault(json.loads(ack.text)['id'], []).append(ack.key)
    lost += replays(rig, clients, 60)
    duplicates = sum(len(keys) - 1 for keys in seen.values())
    # An order that nobody was told of is one that no key leads to.
    duplicates += int(rig.sql(
        "SELECT count(*) FROM orders WHERE %s AND user_id ||"
        " '/api/v1/orders/' || id NOT IN (SELECT user_id || location"
        ' FROM idempotency_keys WHERE status = 201 AND location IS NOT NULL'
        " AND created_at > '%s')" % (who, rig.since)))
    return sum(len(c.acks) for c in clients), lost, duplicates
