# SPDX-License-Identifier: MIT
"""Mail, webhooks, expiry and pruning, with a mail server and an endpoint
that are down, slow or wrong."""

import json
import os
import re
import signal
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), '../help'))
from peers import (Endpoint, Knocks, MailServer, call, eq, finish, invariants,
                   login, ok, one, signed, sql, wait, webhook_fits)

mail = MailServer(int(os.environ['SMTP_PORT']))
hook = Endpoint()
alice, admin = login('alice'), login('admin')


def placed(n=1):
    a = call('POST', '/orders', {
        'items': [{'product_id': product, 'quantity': n}],
        'delivery_address': 'Here'}, alice)
    if a.status != 201:
        raise Exception(a.text)
    return a['id']


def logged(word):
    """Lines of the jobs' log whose message begins so."""
    with open(os.environ['VAR'] + '/log/work.log') as f:
        return [w for w in map(json.loads, f) if w['msg'].startswith(word)]


def due(where):
    """What waits for its next try, or its lease, need not wait."""
    sql("UPDATE outbox SET run_at = now() WHERE state = 'queued' AND " + where)


def endpoint(path, events):
    return call('POST', '/admin/webhooks',
                {'url': hook.url + path, 'events': events}, admin)


p = call('POST', '/products', {'title': 'Brötchen <b>"fresh"</b>',
                               'price_cents': 250, 'stock': 1000}, admin)
product = p['id']


def text_of(m, kind='plain'):
    return m.get_body((kind,)).get_content().replace('\r\n', '\n')


def code_of(m):
    return re.search(r'^ {4}(\S+)$', text_of(m), re.M).group(1)


# --- mail ---------------------------------------------------------------

who = 'mail-%d@example.com' % time.time()
call('POST', '/auth/register', {'email': who, 'password': 'long enough 1',
                                'first_name': 'Zoë'})
ok(wait(5, lambda: len(mail.to(who)) == 2), 'two mails greet a new user',
   [m['Subject'] for m in mail.to(who)])
m = mail.to(who, 'welcome')[0]
eq(m['From'].addresses[0].display_name + ' ' + m['From'].addresses[0]
   .addr_spec, 'Käse & Co shop@example.com', 'who they are from')
eq(m['Subject'], 'Käse & Co: welcome', 'what they are about')
eq([x.get_content_type() for x in m.iter_parts()],
   ['text/plain', 'text/html'], 'as text and as HTML')
ok('Hello Zoë,' in text_of(m) and 'Hello Zoë,' in text_of(m, 'html'),
   'both greet her')
code = code_of(mail.to(who, 'confirm')[0])
eq(call('POST', '/auth/verify-email', {'token': code}).status, 204,
   'the code of the other one is good')
eq(one("SELECT count(*) FROM outbox WHERE payload ? 'token'"
       " AND state = 'done'"), '0', 'no secret stays in the queue')

eq(call('POST', '/auth/forgot-password', {'email': who}).status, 202,
   'a forgotten password')
ok(wait(5, lambda: mail.to(who, 'reset')), 'brings a mail')
code = code_of(mail.to(who, 'reset')[0])
eq(call('POST', '/auth/reset-password',
        {'token': code, 'password': 'another one 2'}).status, 204,
   'its code sets another')

o = placed(2)
number = call('GET', '/orders/%d' % o, token=alice)['number']
a = call('POST', '/payments', {'order_id': o, 'token': 'tok_visa'}, alice)
sql("""UPDATE orders SET shipping_address = shipping_address || '{"name":
    "Zoë <b>", "postal_code": "4051", "city": "Basel"}' WHERE id = %d""" % o)
call('PUT', '/admin/orders/%d/status' % o, {'status': 'shipped'}, admin)
call('POST', '/payments/%d/refunds' % a['id'], {'amount_cents': 120}, admin)
c = placed()
call('POST', '/orders/%d/cancel' % c, token=alice)
for word in 'received', 'paid', 'shipped', 'refunded':
    ok(wait(5, lambda: mail.to('alice@example.com', number + ' ' + word)),
       'mail: order ' + word)
ok(wait(5, lambda: mail.to('alice@example.com', 'cancelled')),
   'mail: order cancelled')
m = mail.to('alice@example.com', number + ' received')[0]
text = text_of(m)
ok('2 x Brötchen <b>"fresh"</b>' in text and '5.00 USD' in text,
   'what was ordered stands in it', text)
html = text_of(m, 'html')
ok('&lt;b&gt;&quot;fresh&quot;' in html, 'escaped for HTML', html)
ok(re.search(r'^It goes to:\n(Zoë <b>\n)?Here\n', text, re.M),
   'and where it goes', text)
m = mail.to('alice@example.com', number + ' shipped')[0]
ok('It goes to:\nZoë <b>\nHere\n4051 Basel\n' in text_of(m),
   'line by line', text_of(m))
ok('Zoë &lt;b&gt;<br>\nHere<br>\n4051 Basel</p>' in text_of(m, 'html'),
   'in HTML, too', text_of(m, 'html'))
ok('1.20 USD' in text_of(mail.to('alice@example.com',
                                number + ' refunded')[0]),
   'what came back stands in it')

BACK = 'What you have paid is paid back'
ok(BACK not in text_of(mail.to('alice@example.com', 'cancelled')[0]),
   'who never paid is promised nothing')
c = placed()
number = call('GET', '/orders/%d' % c, token=alice)['number']
a = call('POST', '/payments', {'order_id': c, 'token': 'tok_visa'}, alice)
call('POST', '/orders/%d/cancel' % c, token=alice)
ok(wait(5, lambda: mail.to('alice@example.com', number + ' cancelled')) and
   BACK in text_of(mail.to('alice@example.com', number + ' cancelled')[0]),
   'who paid is told that it comes back')
uuid = one("SELECT uuid FROM refunds WHERE payment_id = %d" % a['id'])
body = json.dumps({'id': 'late-' + uuid, 'type': 'refund.failed',
                   'refund': uuid, 'failure_code': 'lost_card'}).encode()
eq(call('POST', '/payments/webhooks/test', body, headers={
    'Test-Signature': signed(body, os.environ['TEST_WEBHOOK_SECRET'])})
   .status, 200, 'the refund fails after all')
ok(wait(5, lambda: mail.to('admin@example.com', number + ' refund failed')),
   'mail: the admins are told')
text = text_of(mail.to('admin@example.com', number + ' refund failed')[0])
ok('lost_card' in text and '2.50 USD' in text, 'of which one and why', text)
eq(call('POST', '/payments/%d/refunds' % a['id'], {}, admin).status, 201,
   'and it is made again')
ok(wait(5, lambda: len(mail.to('alice@example.com',
                               number + ' refunded')) == 2),
   'mail: both times')

# Ten events of one moment, the last of which a person waits for.
n = len(mail.mails)
sql("INSERT INTO outbox (kind, topic, order_id, user_id) SELECT 'event',"
    " CASE WHEN n < 10 THEN 'order.created' ELSE 'user.registered' END,"
    " %d, user_id FROM orders, generate_series(1, 10) n WHERE id = %d" %
    (o, o))
ok(wait(5, lambda: len(mail.mails) == n + 10), 'a mail for each of ten',
   len(mail.mails) - n)
ok('welcome' in mail.mails[n][2]['Subject'], 'that one before the others',
   [m['Subject'] for _, _, m in mail.mails[n:]])

# --- a mail server that says no, not now, nothing ------------------------

mail.answer = lambda rcpt: '550 No such user' if 'no-' in rcpt else \
    '451 Later' if 'later-' in rcpt else None
no, later = 'no-' + who, 'later-' + who
for w in no, later:
    call('POST', '/auth/register', {'email': w, 'password': 'long enough 1'})
wait(5, lambda: one("SELECT count(*) FROM outbox WHERE kind = 'mail' AND"
                    " state = 'dead'") == '2')
dead = call('GET', '/admin/jobs?state=dead&kind=mail', token=admin)['data']
eq(sorted(j['topic'] for j in dead),
   ['user.registered', 'user.verify_email'],
   'refused for good: dead letters')
ok('550' in dead[0]['last_error'], 'with the reason', dead[0])
ok('payload' not in dead[0] and 'token' not in str(dead[0]),
   'and no secrets')
ok(wait(5, lambda: one("SELECT count(*) FROM outbox o JOIN users u ON u.id ="
                       " o.user_id WHERE u.email = '%s' AND o.kind = 'mail'"
                       " AND o.state = 'queued' AND attempts = 1 AND run_at"
                       " BETWEEN now() + interval '45 s' AND now() +"
                       " interval '66 s'" % later) == '2'),
   'deferred: again in about a minute',
   sql("SELECT kind, state, attempts, run_at - now() FROM outbox"
       " WHERE state = 'queued'"))
mail.answer = lambda rcpt: None
for j in dead:
    r = call('POST', '/admin/jobs/%d/retry' % j['id'], token=admin)
    eq((r.status, r['state']), (200, 'queued'), 'an admin retries')
ok(wait(5, lambda: len(mail.to(no)) == 2), 'and it arrives')
r = call('POST', '/admin/jobs/%d/retry' % dead[0]['id'], token=admin)
eq((r.status, r['code']), (409, 'invalid_transition'), 'not a second time')
due("kind = 'mail'")
ok(wait(5, lambda: len(mail.to(later)) == 2), 'what was deferred, too')

mail.stop()
knocks = Knocks(mail.port)
start = time.time()
o = placed()
number = call('GET', '/orders/%d' % o, token=alice)['number']
ok(time.time() - start < 1, 'an order does not wait for the mail server')
ok(wait(5, lambda: knocks.at), 'one that hangs up is tried')
ok(wait(5, lambda: logged('mail cannot be sent')), 'which is in the log')
down = 'down-' + who
call('POST', '/auth/register', {'email': down, 'password': 'long enough 1'})
ok(wait(5, lambda: one("SELECT count(*) FROM outbox WHERE kind = 'mail'"
                       " AND state = 'queued' AND attempts = 0"
                       " AND locked_until IS NULL AND run_at <= now()")
        == '3'), 'its mail is due all the time',
   sql("SELECT topic, attempts, last_error, run_at - now() FROM outbox"
       " WHERE state = 'queued'"))
time.sleep(3)
eq(len(knocks.at), 1, 'and waits, whatever is added')
ids = one("SELECT string_agg(o.uuid::text, ' ') FROM outbox o JOIN users u ON"
          " u.id = o.user_id WHERE u.email = '%s' AND kind = 'mail'" % down)
knocks.close()
mail.start()
n = len(mail.mails)
ok(wait(40, lambda: len(mail.mails) == n + 3), 'all of it comes',
   len(mail.mails) - n)
ok(time.time() - knocks.at[0] > 29, 'half a minute later',
   time.time() - knocks.at[0])
eq(sorted(m['Message-ID'] for m in mail.to(down)),
   sorted('<%s@example.com>' % i for i in ids.split()),
   'each mail once, its id is that of its row')
eq([(w['level'], bool(w.get('error'))) for w in logged('mail can')],
   [('warn', True), ('info', False)], 'the log says it once, and the end')
ok(number + ' received' in mail.mails[-1][2]['Subject'],
   'the codes before the order', [m['Subject'] for _, _, m in mail.mails[n:]])

# --- webhooks -----------------------------------------------------------

w = endpoint('/all', ['*'])
eq(w.status, 201, 'an endpoint')
secret = w['secret']
ok(re.fullmatch(r'whsec_[A-Za-z0-9+/=]{32,}', secret), 'with a secret')
g = call('GET', '/admin/webhooks/%d' % w['id'], token=admin)
ok('secret' not in g.json and g['url'] == hook.url + '/all',
   'that is shown once', g.text)
eq(call('POST', '/admin/webhooks', {'url': hook.url, 'events': ['nonsense']},
        admin).status, 422, 'an event that there is not')
eq(call('POST', '/admin/webhooks', {'url': 'file:///x', 'events': ['*']},
        admin).status, 422, 'a URL that is none')

o = placed()
a = call('POST', '/payments', {'order_id': o, 'token': 'tok_visa'}, alice)
types = ['order.created', 'payment.succeeded', 'order.confirmed']
ok(wait(5, lambda: len(hook.on('/all')) == 3), 'three events of a purchase')
got = hook.on('/all')
eq([g['json']['type'] for g in got], types, 'in their order')
ok(all(webhook_fits(g, secret) for g in got), 'signed')
eq(got[0]['json']['data']['order']['number'],
   'SO-%d' % (100000 + o), 'what they tell')
ok(re.fullmatch(r'\d{4}-\d\d-\d\dT[\d:.]+Z', got[0]['json']['timestamp']),
   'when it was')
ok('token' not in got[0]['body'].decode(), 'no secrets')
wait(5, lambda: len(call('GET', '/admin/webhooks/%d/deliveries?state=done' %
                         w['id'], token=admin)['data']) == 3)
d = call('GET', '/admin/webhooks/%d/deliveries' % w['id'], token=admin)
eq([(x['event'], x['state'], x['response_status'], x['attempts'])
    for x in d['data']], [(t, 'done', 200, 1) for t in reversed(types)],
   'the log of deliveries')
eq(got[2]['headers']['webhook-id'], d['data'][0]['message_id'],
   'names the id')
r = call('POST', '/admin/webhooks/%d/deliveries/%d/replay' %
         (w['id'], d['data'][0]['id']), token=admin)
eq(r.status, 200, 'a replay')
ok(wait(5, lambda: len(hook.on('/all')) == 4), 'comes')
eq(hook.on('/all')[3]['headers']['webhook-id'],
   got[2]['headers']['webhook-id'], 'with the same id')

r = call('POST', '/admin/webhooks/%d/rotate-secret' % w['id'], token=admin)
ok(r.status == 200 and r['secret'] != secret, 'another secret')
placed()
ok(wait(5, lambda: len(hook.on('/all')) == 5), 'the next event')
ok(webhook_fits(hook.on('/all')[4], secret) and
   webhook_fits(hook.on('/all')[4], r['secret']), 'is signed by both')
sql("UPDATE webhooks SET old_secret_until = now() WHERE id = %d" % w['id'])
placed()
ok(wait(5, lambda: len(hook.on('/all')) == 6), 'after a day')
ok(not webhook_fits(hook.on('/all')[5], secret) and
   webhook_fits(hook.on('/all')[5], r['secret']), 'by the new one only')

eq(call('DELETE', '/admin/webhooks/%d' % w['id'], token=admin).status, 204,
   'an endpoint is deleted')

# --- an endpoint that fails: again, later, in order -----------------------

w = endpoint('/fails', ['order.created', 'order.cancelled'])
hook.reply['/fails'] = lambda n: 500 if n == 1 else 200
o = placed()
wait(5, lambda: hook.on('/fails'))
call('POST', '/orders/%d/cancel' % o, token=alice)
other = placed()
ok(wait(3, lambda: len(hook.on('/fails')) == 2), "others' events go on")
eq(hook.on('/fails')[1]['json']['data']['order_id'], other,
   'those of the same order wait')
ok(wait(12, lambda: len(hook.on('/fails')) == 4), 'after 5 seconds again')
eq([g['json']['type'] for g in hook.on('/fails')
    if g['json']['data']['order_id'] == o],
   ['order.created', 'order.created', 'order.cancelled'],
   'and each order in its order')
ids = [g['headers']['webhook-id'] for g in hook.on('/fails')]
eq((ids[0], len(set(ids))), (ids[2], 3), 'a second try has the same id')
eq(one('SELECT failing_since IS NULL FROM webhooks WHERE id = %d' % w['id']),
   't', 'a success ends the failing')

# Their success is noted a moment after they were received.
wait(5, lambda: one("SELECT count(*) FROM outbox WHERE kind = 'webhook'"
                    " AND state = 'queued'") == '0')
hook.reply['/fails'] = lambda n: 302
sql("UPDATE webhooks SET failing_since = now() - interval '73 hours'"
    " WHERE id = %d" % w['id'])
placed()
ok(wait(15, lambda: not call('GET', '/admin/webhooks/%d' % w['id'],
                            token=admin)['is_active']),
   'three days without success: switched off (and 302 is none)')
ok(wait(5, lambda: mail.to('admin@example.com', 'webhook')),
   'the admin is told')
n = len(hook.on('/fails'))
hook.reply['/fails'] = lambda n: 200
r = call('PATCH', '/admin/webhooks/%d' % w['id'], {'is_active': True}, admin)
ok(r['is_active'] and r['disabled_reason'] is None, 'switched on again')
due("kind = 'webhook'")
ok(wait(5, lambda: len(hook.on('/fails')) > n), 'what it missed comes')
hook.reply['/fails'] = lambda n: 410
placed()
ok(wait(5, lambda: not call('GET', '/admin/webhooks/%d' % w['id'],
                            token=admin)['is_active']),
   'an endpoint that is gone is switched off at once')
call('DELETE', '/admin/webhooks/%d' % w['id'], token=admin)

# --- one that hangs delays nobody -----------------------------------------

slow, fast = endpoint('/slow', ['*']), endpoint('/fast', ['*'])
hook.reply['/slow'] = lambda n: ('hang', 30)
start = time.time()
for i in range(12):
    placed()
ok(wait(5, lambda: len(hook.on('/fast')) == 12), 'twelve events',
   len(hook.on('/fast')))
ok(time.time() - start < 9, 'are there before the one that hangs is given up',
   time.time() - start)
ok(len(hook.on('/slow')) <= 8, 'which gets a few at a time',
   len(hook.on('/slow')))
ok(wait(14, lambda: one(
    "SELECT count(*) FROM outbox WHERE webhook_id = %d AND last_error LIKE"
    " '%%imeout%%'" % slow['id']) != '0'), 'and 10 s', sql(
        "SELECT id, attempts, last_error FROM outbox WHERE webhook_id = %d"
        % slow['id']))
call('DELETE', '/admin/webhooks/%d' % slow['id'], token=admin)

# --- killed between sending and noting it ---------------------------------

def children():
    out = []
    for pid in os.listdir('/proc'):
        try:
            stat = open('/proc/%s/stat' % pid).read()
            if stat.rsplit(')', 1)[1].split()[1] == os.environ['WORK_PID']:
                out.append(int(pid))
        except (OSError, IndexError):
            pass
    return out


hook.reply['/fast'] = lambda n: ('hang', 1) if n == 13 else 200
n = len(hook.on('/fast'))
placed()
wait(5, lambda: len(hook.on('/fast')) > n)
for pid in children():
    os.kill(pid, signal.SIGKILL)
time.sleep(1.5)
due("kind = 'webhook'")
ok(wait(10, lambda: len(hook.on('/fast')) == n + 2),
   'a process killed while it sends: sent again', len(hook.on('/fast')) - n)
eq(len({g['headers']['webhook-id'] for g in hook.on('/fast')[n:]}), 1,
   'with the same id')
call('DELETE', '/admin/webhooks/%d' % fast['id'], token=admin)

# --- a queue that was empty when its statements were first planned ---------

sql('DELETE FROM outbox')
sql('VACUUM ANALYZE outbox')
time.sleep(4)           # eight looks: PostgreSQL would have settled on a plan


def read_whole():
    return int(one("SELECT sum(seq_tup_read) FROM pg_stat_user_tables"
                   " WHERE relname = 'outbox_events'"))


before = read_whole()
sql("INSERT INTO outbox (kind, topic) SELECT 'event', 'test.none'"
    " FROM generate_series(1, 5000)")
ok(wait(20, lambda: one("SELECT count(*) FROM outbox WHERE state = 'queued'")
        == '0'), '5,000 events at once')
time.sleep(2)           # until the statistics are told
after = read_whole()
ok(after - before < 5000, 'each batch reads its own, not the whole queue',
   after - before)

# --- expiry, low stock, pruning -------------------------------------------

o = placed()
sql("UPDATE orders SET expires_at = now() + interval '1 s' WHERE id = %d" % o)
ok(wait(5, lambda: call('GET', '/orders/%d' % o, token=alice)['status'] ==
        'cancelled'), 'an unpaid order ends')
e = call('GET', '/orders/%d/events' % o, token=alice)['data'][-1]
eq((e['reason'], e['actor']), ('expired', 'system'), 'expired')
ok(wait(5, lambda: [m for m in mail.to('alice@example.com', 'cancelled')
                    if 'not paid in time' in text_of(m)]), 'mail says so')

p = call('POST', '/products', {'title': 'Rare', 'sku': 'RARE-%d' % time.time(),
                               'price_cents': 1, 'stock': 12}, admin)
product = p['id']
placed()
time.sleep(2)
eq(len(mail.to('admin@example.com', 'low stock')), 0, '11 left: enough')
placed()
placed()
ok(wait(5, lambda: mail.to('admin@example.com', 'low stock of RARE')),
   '10 left: the admin is told')
time.sleep(1.5)
eq(len(mail.to('admin@example.com', 'low stock of RARE')), 1, 'once')

sql("INSERT INTO idempotency_keys (user_id, address, key, fingerprint,"
    " created_at) SELECT 0, 'x', 'old-' || n, '', now() - interval '25 h'"
    " FROM generate_series(1, 2500) n")
sql("UPDATE outbox SET done_at = now() - interval '8 days'"
    " WHERE state = 'done' AND kind = 'mail'")
start = time.time()
work = int(os.environ['WORK_PID'])
os.kill(work, signal.SIGTERM)
ok(wait(3, lambda: not os.path.exists('/proc/%d' % work)),
   'the jobs end when told to')
ok(time.time() - start < 1.5, 'within a second', time.time() - start)
ok(wait(10, lambda: one("SELECT count(*) FROM idempotency_keys"
                        " WHERE address = 'x'") == '0'),
   'old keys go', one('SELECT count(*) FROM idempotency_keys'))
ok(wait(5, lambda: one("SELECT count(*) FROM outbox WHERE kind = 'mail'"
                       " AND done_at < now() - interval '7 days'") == '0'),
   'and old mail')
invariants()
finish()
