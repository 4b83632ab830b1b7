# SPDX-License-Identifier: MIT
"""Payments by the provider stripe, against a server that answers as
Stripe's documentation says: declines, 500s and time-outs too."""

import json
import os
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), '../help'))
from peers import (Stripe, call, eq, finish, invariants, login, ok, one,
                   signed, sql, wait)

stripe = Stripe('sk_test_key', int(os.environ['STRIPE_PORT']))
sys.stdin.readline()    # the stack is up, its values are in the file
for line in open(os.environ['VAR'] + '/stack.env'):
    name, value = line.rstrip('\n').split('=', 1)
    os.environ[name] = value

alice, admin = login('alice'), login('admin')


def placed(product=1):
    return call('POST', '/orders', {
        'items': [{'product_id': product, 'quantity': 1}],
        'delivery_address': 'Here'}, alice)['id']


def pay(order, token, key=None):
    return call('POST', '/payments', {'order_id': order, 'token': token},
                alice, {'Idempotency-Key': key} if key else {})


def order_is(order):
    o = call('GET', '/orders/%d' % order, token=alice)
    return o['status'], o['payment_status']


def posts(path='/v1/payment_intents'):
    return [c for c in stripe.calls if c[:2] == ('POST', path)]


def old(table, uuid):
    """Make a claim look as if nobody had answered it for a minute."""
    sql("UPDATE %s SET claimed_at = now() - interval '61 s', asked = 0"
        " WHERE uuid = '%s'" % (table, uuid))


o = placed()
a = pay(o, 'pm_card_visa')
eq((a.status, a['status'], a['provider']), (201, 'succeeded', 'stripe'),
   'a card that is good')
eq(order_is(o), ('confirmed', 'paid'), 'the order is paid')
form, key = posts()[-1][2:]
total = call('GET', '/orders/%d' % o, token=alice)['total_cents']
eq((form['amount'], form['currency'], form['metadata[payment]']),
   (str(total), 'usd', a['uuid']), 'what Stripe was asked')
eq(key, a['uuid'], "the payment's uuid is the idempotency key")

r = call('POST', '/payments/%d/refunds' % a['id'], {'amount_cents': 100},
         admin)
eq((r.status, r['status']), (201, 'succeeded'), 'a refund')
form, key = posts('/v1/refunds')[-1][2:]
eq((form['amount'], form['payment_intent']), ('100', 'pi_1'),
   'what Stripe was asked to refund')
eq(one("SELECT uuid FROM refunds WHERE id = %d" % r['id']), key,
   "the refund's uuid is the idempotency key")

o = placed()
a = pay(o, 'tok_visa')
eq(a.status, 201, 'a token of Stripe.js')
eq(posts()[-1][2]['payment_method_data[card][token]'], 'tok_visa',
   'it is sent as one')

o = placed()
a = pay(o, 'pm_card_chargeDeclined')
eq((a.status, a['code'], a['payment']['failure_code']),
   (402, 'payment_declined', 'generic_decline'), 'a declined card')
a = pay(o, 'pm_card_chargeDeclinedInsufficientFunds')
eq((a.status, a['payment']['failure_code']), (402, 'insufficient_funds'),
   'a card without money')
a = pay(o, 'pm_nothing')
eq((a.status, a['payment']['failure_code']), (402, 'resource_missing'),
   'a payment method that Stripe does not know')
eq(order_is(o), ('pending', 'unpaid'), 'the order is as it was')
eq(pay(o, 'card=1').status, 422, 'what is no token is not sent')

# --- many payments and a slow Stripe: it is not the shop that waits

bob = login('bob')
goods = call('POST', '/products', {
    'title': 'Goods', 'price_cents': 100, 'stock': 100000}, admin)['id']
orders, answers, took = [placed(goods) for _ in range(60)], {}, []
stripe.slow_s = 0.9
buyers = [threading.Thread(target=lambda o=o: answers.update(
    {o: pay(o, 'pm_card_visa')})) for o in orders]
for b in buyers:
    b.start()
time.sleep(0.3)
while any(b.is_alive() for b in buyers):
    start = time.time()
    a = call('POST', '/cart/items', {'product_id': goods, 'quantity': 1},
             bob)
    b = call('POST', '/orders', {'delivery_address': 'Here'}, bob)
    took.append((time.time() - start, a.status, b.status))
ok(max(took)[0] < 1 and {t[1:] for t in took} == {(201, 201)},
   'carts and orders go on', max(took))
statuses = [a.status for a in answers.values()]
ok(statuses.count(201) >= 16 and {*statuses} == {201, 503},
   'who would wait too long is told so',
   {s: statuses.count(s) for s in statuses})
ok(wait(30, lambda: len(stripe.calls) == (time.sleep(2), len(
    stripe.calls))[1]), 'Stripe is asked no more')
late = [o for o in orders if answers[o].status != 201]
eq([i['metadata']['order'] for i in stripe.intents.values()
    if int(i['metadata']['order']) in late], [], 'and has charged nobody else')
eq(one('SELECT count(*) FROM payments WHERE order_id = ANY (ARRAY%s::bigint[])'
       % late), '0', 'nor will the jobs')
stripe.slow_s = 0
eq({pay(o, 'pm_card_visa').status for o in late}, {201}, 'they pay later')

# --- 500: nothing has happened; the jobs ask again with the same key

o = placed()
a = pay(o, 'pm_500')
eq((a.status, a['status']), (201, 'pending'), "Stripe's 500: pending")
eq(pay(o, 'pm_card_visa').status, 409, 'no second payment meanwhile')
stripe.mend()
old('payments', a['uuid'])
ok(wait(10, lambda: order_is(o) == ('confirmed', 'paid')),
   'the jobs have settled it', order_is(o))
eq(len({c[3] for c in posts() if c[3] == a['uuid']}), 1, 'with the same key')
eq(stripe.charged(a['uuid']), total, 'charged once')

# --- the answer is lost: charged, but nobody knows

stripe.broken = True
o = placed()
a = pay(o, 'pm_cut', 'key-%d' % time.time())
eq((a.status, a['status']), (201, 'pending'), 'a cut connection: pending')
stripe.mend()
old('payments', a['uuid'])
ok(wait(10, lambda: order_is(o) == ('confirmed', 'paid')),
   'the jobs have settled it', order_is(o))
eq(stripe.charged(a['uuid']), total, 'charged once')

# --- a time-out; meanwhile the order is cancelled

stripe.broken = True
o = placed()
start = time.time()
a = pay(o, 'pm_lost')
took = time.time() - start
eq((a.status, a.json and a.json.get('status')), (201, 'pending'),
   'a Stripe that hangs: pending')
ok(took < 5.5, 'within the deadline', took)
start = time.time()
b = pay(placed(), 'pm_card_visa')
ok(b.status == 201 and time.time() - start < 6,
   'the next one waits no longer', (b.status, time.time() - start))
stripe.mend()
eq(call('POST', '/orders/%d/cancel' % o, token=alice).status, 200,
   'the order is cancelled')
old('payments', a['uuid'])
ok(wait(10, lambda: order_is(o) == ('cancelled', 'refunded')),
   'money that came too late is paid back', order_is(o))
eq(stripe.charged(a['uuid']), total, 'charged once')
eq([r['amount'] for r in stripe.refunds.values()][-1], total,
   'refunded once, by Stripe')

# --- webhooks

time.sleep(10)      # a Stripe that hung is left alone as long
a = pay(placed(), 'pm_pending')
eq((a.status, a['status']), (201, 'pending'), 'Stripe will tell later')
o = a['order_id']
intent = [i for i in stripe.intents.values()
          if i['metadata']['payment'] == a['uuid']][0]
intent['status'] = 'succeeded'
body = json.dumps({'id': 'evt_%d' % time.time(), 'object': 'event',
                   'type': 'payment_intent.succeeded',
                   'data': {'object': intent}}).encode()
w = call('POST', '/payments/webhooks/stripe', body,
         headers={'Stripe-Signature': signed(body, 'wrong')})
eq((w.status, w['code']), (400, 'bad_request'), 'a forged webhook')
eq(order_is(o), ('pending', 'unpaid'), 'it does nothing')
for n in 1, 2:
    w = call('POST', '/payments/webhooks/stripe', body, headers={
        'Stripe-Signature': signed(body, 'whsec_stripe')})
    eq(w.status, 200, 'a webhook, time %d' % n)
eq(order_is(o), ('confirmed', 'paid'), 'it pays')
eq(one("SELECT count(*) FROM outbox WHERE kind = 'event' AND order_id = %d"
       " AND topic = 'payment.succeeded'" % o), '1', 'once')

# --- a refund that Stripe does not answer

stripe.refund_status = 500
r = call('POST', '/payments/%d/refunds' % a['id'], {'amount_cents': 7}, admin)
eq((r.status, r['status']), (201, 'pending'), "a refund and a 500: pending")
eq(call('POST', '/payments/%d/refunds' % a['id'],
        {'amount_cents': total}, admin).status, 409,
   'what it claims is not refunded twice')
stripe.refund_status = 200
old('refunds', one("SELECT uuid FROM refunds WHERE id = %d" % r['id']))
ok(wait(10, lambda: order_is(o)[1] == 'partially_refunded'),
   'the jobs have settled it', order_is(o))

# --- the key is forgotten after a day: it is looked for

stripe.broken = True
o = placed()
a = pay(o, 'pm_cut')
sql("UPDATE payments SET created_at = created_at - interval '24 hours'"
    " WHERE uuid = '%s'" % a['uuid'])
stripe.keys.clear()
stripe.mend()
n = len(stripe.intents)
old('payments', a['uuid'])
ok(wait(20, lambda: order_is(o) == ('confirmed', 'paid')),
   'a payment of yesterday is found', order_is(o))
eq((stripe.charged(a['uuid']), len(stripe.intents)), (total, n),
   'and not made again')


def refund(cents):
    r = call('POST', '/payments/%d/refunds' % a['id'],
             {'amount_cents': cents}, admin)
    return r['status'], one("SELECT uuid FROM refunds WHERE id = %d"
                            % r['id'])


stripe.refund_status = 0
status, lost = refund(3)
eq(status, 'pending', 'a refund and a cut connection: pending')
stripe.refund_status = 500
status, unmade = refund(4)
eq(status, 'pending', 'a refund and a 500: pending')
stripe.refund_status = 200
eq(refund(5)[0], 'succeeded', 'a later one')
stripe.keys.clear()
for uuid in lost, unmade:
    sql("UPDATE refunds SET created_at = created_at - interval '24 hours'"
        " WHERE uuid = '%s'" % uuid)
    old('refunds', uuid)
ok(wait(20, lambda: call('GET', '/orders/%d' % o, token=alice)
        ['refunded_cents'] == 12), 'refunds of yesterday are settled')
eq(sorted(r['amount'] for r in stripe.refunds.values()
          if r['payment_intent'] == stripe.payment(a['uuid'])), [3, 4, 5],
   'each is made once')

# --- another account's key, for a while

p = pay(placed(), 'pm_pending')
stripe.refund_status = 0
_, lost = refund(6)
stripe.elsewhere, stripe.refund_status = True, 200
asked = len(stripe.calls)
old('payments', p['uuid'])
old('refunds', lost)
ok(wait(15, lambda: len(stripe.calls) >= asked + 2), 'it is asked')
time.sleep(1)
eq(one("SELECT p.status || ' ' || r.status FROM payments p, refunds r"
       " WHERE p.uuid = '%s' AND r.uuid = '%s'" % (p['uuid'], lost)),
   'pending pending', 'what it does not know has not failed')
stripe.elsewhere = False
old('refunds', lost)
ok(wait(15, lambda: call('GET', '/orders/%d' % o, token=alice)
        ['refunded_cents'] == 18), 'and is settled with the right one')
invariants()
finish()
