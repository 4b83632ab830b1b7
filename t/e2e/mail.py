# SPDX-License-Identifier: MIT
"""Mail over TLS with MAIL_USER and MAIL_PASSWORD.  libcurl trusts what stands
in the system's file of certificates: the jobs see another one there, in a
mount namespace of their own."""

import json
import logging
import os
import ssl
import subprocess
import sys
import time
import warnings

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), '../help'))
from peers import MailServer, eq, finish, ok, one, sql, wait
from aiosmtpd.smtp import AuthResult

# aiosmtpd tells of each refusal, and that a server without TLS is unsafe.
logging.disable()
warnings.simplefilter('ignore')
CERT = os.environ['VAR'] + '/cert'
TRUSTED = '/etc/ssl/certs/ca-certificates.crt'
port = int(os.environ['SMTP_PORT'])
top = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../..')
tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
tls.load_cert_chain(CERT, os.environ['VAR'] + '/key')
seen, took, said = [], [], []


def admit(server, session, envelope, mechanism, data):
    seen.append((data.login, data.password))
    return AuthResult(success=data.password == b'geheim', handled=False)


# TLS from the first byte, which aiosmtpd's AUTH does not see; by STARTTLS;
# not at all.
first = {'ssl_context': tls, 'auth_require_tls': False}
later = {'tls_context': tls, 'require_starttls': True}
never = {'auth_require_tls': False}


def tried(scheme, options, password='geheim', trusted=True, user='shop'):
    """A mail by jobs of their own: what came, and its row."""
    del seen[:]
    mail = MailServer(port, authenticator=admit, auth_required=user != '',
                      **options)
    i = one("INSERT INTO outbox (kind, topic, user_id) SELECT 'mail',"
            " 'user.registered', id FROM users WHERE email ="
            " 'alice@example.com' RETURNING id")
    jobs = subprocess.Popen(
        ['unshare', '-rm', 'sh', '-c', '%s exec "$0" work' %
         ('mount --bind %s %s &&' % (CERT, TRUSTED) if trusted else ''),
         top + '/obj/shopd'],
        env=dict(os.environ, MAIL_URL='%s://127.0.0.1:%d' % (scheme, port),
                 MAIL_USER=user, MAIL_PASSWORD=password,
                 MAIL_FROM='shop@example.com'), stderr=subprocess.PIPE)
    row = wait(15, lambda: sql(
        "SELECT state, attempts, last_error FROM outbox WHERE id = %s"
        " AND (state <> 'queued' OR last_error IS NOT NULL)" % i))
    start = time.time()
    jobs.terminate()
    said.append([json.loads(w).get('error') for w in jobs.communicate()[1]
                 .splitlines() if b'mail cannot be sent' in w])
    took.append(time.time() - start)
    mail.stop()
    sql("UPDATE outbox SET state = 'done' WHERE id = %s" % i)
    return len(mail.to('alice@example.com')), row[0] if row else None


if subprocess.run(['unshare', '-rm', 'mount', '--bind', CERT, TRUSTED],
                  stderr=subprocess.DEVNULL).returncode != 0:
    print('ok 1 - mail over TLS # SKIP no mount namespaces here\n1..1')
    sys.exit()
sql("UPDATE outbox SET state = 'done' WHERE state = 'queued'")
for scheme, options in ('smtps', first), ('smtp', later):
    n, row = tried(scheme, options)
    eq((n, row), (1, ['done', '1', '']), scheme + ': a mail is taken')
    eq(seen, [(b'shop', b'geheim')], scheme + ': after a login')
    n, row = tried(scheme, options, password='falsch')
    eq((n, row and row[:2]), (0, ['queued', '0']),
       scheme + ': a wrong password is no fault of the mail')
    eq([w[:12] for w in said[-1]], ['Login denied'],
       scheme + ': but the log says so')
    n, row = tried(scheme, options, trusted=False)
    eq((n, row and row[:2], seen), (0, ['queued', '0'], []),
       scheme + ': a certificate of nobody gets no password')
n, row = tried('smtp', never)
eq((n, row and row[:2], seen), (0, ['queued', '0'], []),
   'nor does a server without TLS')
n, row = tried('smtp', later, user='', trusted=False)
eq((n, row), (1, ['done', '1', '']),
   'without one, any certificate is better than none')
n, row = tried('smtps', first, user='', trusted=False)
eq((n, row and row[:2]), (0, ['queued', '0']),
   'smtps asks for a good one all the same')
ok(max(took) < 0.9, 'a pause does not delay the end', took)
finish()
