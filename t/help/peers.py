# SPDX-License-Identifier: MIT
"""The others that shopd talks to, for tests: a mail server, an endpoint of
webhooks, Stripe.  And TAP, the API's client, the database."""

import base64
import email
import email.policy
import hashlib
import hmac
import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# ---- TAP ---------------------------------------------------------------

count = failed = 0


def ok(cond, name, why=''):
    global count, failed
    count += 1
    if not cond:
        failed += 1
    print('%s %d - %s' % ('ok' if cond else 'not ok', count, name))
    if not cond and why != '':
        for line in str(why).splitlines():
            print('# ' + line[:500])
    sys.stdout.flush()
    return cond


def eq(got, want, name):
    return ok(got == want, name, 'got:    %r\nwanted: %r' % (got, want))


def invariants():
    """`shopd check` on the stack's database."""
    top = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../..')
    r = subprocess.run([top + '/obj/shopd', 'check'], capture_output=True,
                       text=True)
    ok(r.returncode == 0, 'shopd check', r.stdout + r.stderr)


def finish():
    print('1..%d' % count)
    sys.stdout.flush()
    os._exit(failed > 0)


def wait(seconds, fn):
    """The first true value of fn(), or its last after this long on a quiet
    machine: a busy one has three times as long."""
    end = time.time() + 3 * seconds
    while True:
        v = fn()
        if v or time.time() > end:
            return v
        time.sleep(0.05)


# ---- the service -------------------------------------------------------

class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.text = status, headers, body
        try:
            self.json = json.loads(body)
        except ValueError:
            self.json = None

    def __getitem__(self, key):
        return self.json[key]


def call(method, path, body=None, token=None, headers=None):
    h = dict(headers or {})
    data = None
    if body is not None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        h.setdefault('Content-Type', 'application/json')
    if token:
        h['Authorization'] = 'Bearer ' + token
    rq = urllib.request.Request(os.environ['BASE_URL'] + '/api/v1' + path,
                                data, h, method=method)
    try:
        with urllib.request.urlopen(rq, timeout=15) as r:
            return Answer(r.status, r.headers, r.read().decode())
    except urllib.error.HTTPError as e:
        return Answer(e.code, e.headers, e.read().decode())


def login(who):
    return call('POST', '/auth/login', {
        'email': who + '@example.com',
        'password': 'correct-horse-' + who})['access_token']


def sql(text):
    """Rows of one query, fields as text; unaligned, split at |."""
    out = subprocess.run(
        [os.environ['PG_BIN'] + '/psql', '-qAtX', '-v', 'ON_ERROR_STOP=1',
         os.environ['DATABASE_OWNER_URL'], '-c', text],
        check=True, capture_output=True, text=True).stdout
    return [line.split('|') for line in out.splitlines()]


def one(text):
    rows = sql(text)
    return rows[0][0] if rows else None


# ---- a mail server -----------------------------------------------------

class MailServer:
    """Keeps what it gets.  answer(rcpt) -> a reply to RCPT, or None.
    more: what else aiosmtpd's Controller is to know."""

    def __init__(self, port, **more):
        from aiosmtpd.controller import Controller
        self.port, self.mails = port, []
        self.answer = lambda rcpt: None
        self.after = lambda: '250 Taken'
        self.make = lambda: Controller(self, hostname='127.0.0.1',
                                       port=self.port, **more)
        self.start()

    def start(self):
        self.controller = self.make()
        self.controller.start()

    def stop(self):
        self.controller.stop()

    async def handle_RCPT(self, server, session, envelope, address, opts):
        bad = self.answer(address)
        if bad:
            return bad
        envelope.rcpt_tos.append(address)
        return '250 OK'

    async def handle_DATA(self, server, session, envelope):
        reply = self.after()
        if not reply.startswith('250'):
            return reply
        m = email.message_from_bytes(envelope.content,
                                     policy=email.policy.default)
        self.mails.append((envelope.mail_from, envelope.rcpt_tos[0], m))
        return reply

    def to(self, address, word=''):
        return [m for _, rcpt, m in list(self.mails)
                if rcpt == address and word in m['Subject']]


class Knocks:
    """A port that hangs up on whoever comes, and when they came."""

    def __init__(self, port):
        self.at = []
        self.sock = socket.create_server(('127.0.0.1', port))
        threading.Thread(target=self.hang_up, daemon=True).start()

    def hang_up(self):
        try:
            while True:
                self.sock.accept()[0].close()
                self.at.append(time.time())
        except OSError:
            pass

    def close(self):
        self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()


# ---- an HTTP server that does as it is told ----------------------------

class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, handler, port=0):
        super().__init__(('127.0.0.1', port), handler)
        self.url = 'http://127.0.0.1:%d' % self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        pass


class Endpoint(Server):
    """An endpoint of webhooks; reply[path](n-th request) -> status or
    ('hang', s), ('headers', status, {...})."""

    def __init__(self):
        self.got, self.reply = [], {}
        super().__init__(EndpointHandler)

    def on(self, path):
        return [g for g in list(self.got) if g['path'] == path]


class EndpointHandler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *args):
        pass

    def do_POST(self):
        s = self.server
        body = self.rfile.read(int(self.headers['Content-Length']))
        s.got.append({'path': self.path, 'headers': self.headers,
                      'body': body, 'json': json.loads(body),
                      'at': time.time()})
        n = len(s.on(self.path))
        r = s.reply.get(self.path, lambda n: 200)(n)
        extra = {}
        if isinstance(r, tuple) and r[0] == 'hang':
            time.sleep(r[1])
            r = 200
        if isinstance(r, tuple):
            extra, r = r[2], r[1]
        self.send_response(r)
        for k, v in extra.items():
            self.send_header(k, v)
        self.send_header('Content-Length', '2')
        self.end_headers()
        self.wfile.write(b'ok')

    do_GET = do_POST


def webhook_fits(got, secret):
    """Does the request carry the signature of Standard Webhooks?"""
    h = got['headers']
    text = b'%s.%s.%s' % (h['webhook-id'].encode(),
                          h['webhook-timestamp'].encode(), got['body'])
    key = base64.b64decode(secret[len('whsec_'):])
    want = 'v1,' + base64.b64encode(
        hmac.new(key, text, hashlib.sha256).digest()).decode()
    return abs(int(h['webhook-timestamp']) - time.time()) < 60 and \
        want in h['webhook-signature'].split(' ')


def signed(body, secret):
    """t=,v1= over a body, as providers sign."""
    t = int(time.time())
    mac = hmac.new(secret.encode(), b'%d.%s' % (t, body), hashlib.sha256)
    return 't=%d,v1=%s' % (t, mac.hexdigest())


# ---- Stripe ------------------------------------------------------------

class Stripe(Server):
    """PaymentIntents and Refunds as docs.stripe.com/api describes them.
    Payment methods: pm_card_visa; pm_card_chargeDeclined*; pm_pending;
    pm_500 (nothing happens); pm_lost (charged, answered too late);
    pm_cut (charged, the connection is cut).  mend() makes all work.
    refund_status 0 cuts the connection too, of refunds.  An answer comes
    after slow_s seconds.  elsewhere: the key is another account's, which
    knows nothing of all that."""

    def __init__(self, key, port):
        self.key = key
        self.intents, self.refunds, self.keys = {}, {}, {}
        self.calls, self.broken, self.refund_status = [], True, 200
        self.slow_s, self.elsewhere = 0, False
        self.lock = threading.Lock()
        super().__init__(StripeHandler, port)

    def mend(self):
        self.broken = False

    def payment(self, uuid):
        return next(i['id'] for i in self.intents.values()
                    if i['metadata'].get('payment') == uuid)

    def charged(self, payment):
        return sum(i['amount'] for i in self.intents.values()
                   if i['metadata'].get('payment') == payment
                   and i['status'] == 'succeeded')


class StripeHandler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *args):
        pass

    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def error(self, status, kind, code, **more):
        self.answer(status, {'error': dict(
            {'type': kind, 'code': code, 'message': code}, **more)})

    def admitted(self):
        if self.headers['Authorization'] != 'Bearer ' + self.server.key:
            self.error(401, 'invalid_request_error', 'api_key_invalid')
            return False
        return True

    def do_GET(self):
        s = self.server
        url = urllib.parse.urlsplit(self.path)
        s.calls.append(('GET', url.path, {}, None))
        if not self.admitted():
            return
        if url.path == '/v1/payment_intents/search':
            query = urllib.parse.parse_qs(url.query)['query'][0]
            self.answer(200, {'object': 'search_result', 'data': [
                i for i in s.intents.values() if query ==
                "metadata['payment']:'%s'" % i['metadata'].get('payment')]})
            return
        if url.path == '/v1/refunds':
            self.refunds(urllib.parse.parse_qs(url.query))
            return
        name = url.path.rsplit('/', 1)[1]
        found = s.intents.get(name) or s.refunds.get(name)
        if found and not s.elsewhere:
            self.answer(200, found)
        else:
            self.error(404, 'invalid_request_error', 'resource_missing')

    def refunds(self, query):
        """Newest first, one to a page."""
        found = [r for r in reversed(self.server.refunds.values())
                 if [r['payment_intent']] == query['payment_intent']]
        if 'starting_after' in query:
            ids = [r['id'] for r in found]
            found = found[ids.index(query['starting_after'][0]) + 1:]
        self.answer(200, {'object': 'list', 'data': found[:1],
                          'has_more': len(found) > 1})

    def do_POST(self):
        s = self.server
        body = self.rfile.read(int(self.headers['Content-Length'])).decode()
        form = dict(urllib.parse.parse_qsl(body, strict_parsing=True))
        key = self.headers['Idempotency-Key']
        s.calls.append(('POST', self.path, form, key))
        if not self.admitted():
            return
        if self.headers['Content-Type'] != \
                'application/x-www-form-urlencoded':
            self.error(400, 'invalid_request_error', 'not_a_form')
            return
        if s.elsewhere:
            self.error(404, 'invalid_request_error', 'resource_missing')
            return
        with s.lock:
            known = s.keys.get(key)
            if known and known[0] != (self.path, body):
                self.error(400, 'idempotency_error', 'key_reused')
                return
            if not known:
                known = s.keys[key] = ((self.path, body), *(
                    self.intent(form) if self.path == '/v1/payment_intents'
                    else self.refund(form)))
            if known[1] >= 500:
                del s.keys[key]
        time.sleep(s.slow_s)
        if s.broken and form.get('payment_method') == 'pm_lost':
            time.sleep(7)
        if s.broken and form.get('payment_method') == 'pm_cut':
            self.close_connection = True
            return
        if self.path == '/v1/refunds' and s.refund_status == 0:
            self.close_connection = True
            return
        self.answer(known[1], known[2])

    def intent(self, form):
        s = self.server
        assert form['confirm'] == 'true', form
        method = form.get('payment_method') or \
            form['payment_method_data[card][token]']
        if s.broken and method == 'pm_500':
            return 500, {'error': {'type': 'api_error', 'message': 'oops'}}
        pi = {'id': 'pi_%d' % (len(s.intents) + 1),
              'object': 'payment_intent', 'amount': int(form['amount']),
              'currency': form['currency'], 'status': 'succeeded',
              'last_payment_error': None,
              'metadata': {k[9:-1]: v for k, v in form.items()
                           if k.startswith('metadata[')}}
        if method == 'pm_nothing':
            return 400, {'error': {'type': 'invalid_request_error',
                                   'code': 'resource_missing'}}
        s.intents[pi['id']] = pi
        if method.startswith('pm_card_chargeDeclined'):
            pi['status'] = 'requires_payment_method'
            pi['last_payment_error'] = e = {
                'type': 'card_error', 'code': 'card_declined',
                'decline_code': 'insufficient_funds'
                if 'Insufficient' in method else 'generic_decline'}
            return 402, {'error': dict(e, payment_intent=pi)}
        if method == 'pm_pending':
            pi['status'] = 'processing'
        return 200, pi

    def refund(self, form):
        s = self.server
        if s.refund_status >= 400:
            return s.refund_status, {'error': {'type': 'api_error'}}
        pi = s.intents[form['payment_intent']]
        back = sum(r['amount'] for r in s.refunds.values()
                   if r['payment_intent'] == pi['id'])
        amount = int(form['amount'])
        if amount + back > pi['amount']:
            return 400, {'error': {'type': 'invalid_request_error',
                                   'code': 'charge_already_refunded'}}
        r = {'id': 're_%d' % (len(s.refunds) + 1), 'object': 'refund',
             'amount': amount, 'payment_intent': pi['id'],
             'status': 'succeeded', 'metadata': {
                 k[9:-1]: v for k, v in form.items()
                 if k.startswith('metadata[')}}
        s.refunds[r['id']] = r
        return 200, r
