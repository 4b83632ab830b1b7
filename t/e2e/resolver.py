# SPDX-License-Identifier: MIT
"""An endpoint whose name nobody resolves holds up no other one."""

import fcntl
import os
import socket
import struct
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), '../help'))
from peers import Endpoint, eq, finish, ok, one, sql, wait

top = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../..')
SIOCSIFFLAGS, UP_RUNNING = 0x8914, 0x41
names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
fcntl.ioctl(names, SIOCSIFFLAGS, struct.pack('16sH14x', b'lo', UP_RUNNING))
names.bind(('127.0.0.1', 53))
hook = Endpoint()


def endpoint(url):
    return one("INSERT INTO webhooks (url, events, secret) VALUES"
               " ('%s', '{*}', 'whsec_eA==') RETURNING id" % url)


def delivery(to):
    return one("INSERT INTO outbox (kind, topic, webhook_id) VALUES"
               " ('webhook', 'order.created', %s) RETURNING id" % to)


sql("UPDATE outbox SET state = 'done', done_at = now()"
    " WHERE state = 'queued'")
lost = delivery(endpoint('http://shop.example.org/'))
good = endpoint(hook.url + '/good')
jobs = subprocess.Popen(
    [top + '/obj/shopd', 'work'], stderr=subprocess.DEVNULL,
    env=dict(os.environ, WEBHOOK_INSECURE='on',
             MAIL_DIR=os.environ['VAR'] + '/mail'))
took, end = [], time.time() + 30
while time.time() < end and not one(
        "SELECT last_error FROM outbox WHERE id = %s" % lost):
    start, i = time.time(), delivery(good)
    wait(15, lambda: one("SELECT state FROM outbox WHERE id = %s" % i)
         == 'done')
    took.append(time.time() - start)
names.settimeout(1)
ok(b'shop' in names.recv(512), 'the name server was asked')
eq(one("SELECT last_error FROM outbox WHERE id = %s" % lost),
   'Timeout was reached', 'it has not answered')
ok(len(took) > 2 and max(took) < 3, 'others are told meanwhile', took)
jobs.terminate()
jobs.wait()
finish()
