# SPDX-License-Identifier: MIT
"""A stack of its own, and what the faults need to know of it."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
import json

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


class Rig:
    def __init__(self, clients):
        self.port = free_port()
        self.var = tempfile.mkdtemp(prefix='shopd-fault.')
        os.chmod(self.var, 0o755)
        # A small disk of its own for the logs, to be filled (root only).
        os.mkdir(self.var + '/log')
        self.mounted = subprocess.run(
            ['mount', '-t', 'tmpfs', '-o', 'size=32m,mode=755', 'none',
             self.var + '/log'], stderr=subprocess.DEVNULL).returncode == 0
        self.log = open(self.var + '/make.log', 'w')
        env = dict(os.environ, RATE_LIMITS='off')
        self.proc = subprocess.Popen(
            ['make', '-s', '-C', TOP, 'run', 'PORT=%d' % self.port,
             'VAR=' + self.var], stdout=self.log, stderr=self.log, env=env,
            start_new_session=True)
        try:
            self.wait_ready()
            self.reads, self.clocks_jump = 0.55, False
            self.users = [self.register(i) for i in range(clients)]
            self.stock()
        except BaseException:
            self.stop()
            raise

    def wait_ready(self):
        for _ in range(1200):
            if os.path.exists(self.var + '/stack.env') and self.alive():
                return
            if self.proc.poll() is not None:
                break
            time.sleep(0.1)
        raise SystemExit('the stack did not start:\n' +
                         open(self.var + '/make.log').read()[-2000:])

    def alive(self):
        try:
            with urllib.request.urlopen('http://127.0.0.1:%d/health' %
                                        self.port, timeout=2) as r:
                return r.status == 200
        except OSError:
            return False

    def env(self, name):
        for line in open(self.var + '/stack.env'):
            key, _, value = line.strip().partition('=')
            if key == name:
                return value.strip("'\"")
        raise KeyError(name)

    def pid(self, name):
        return int(self.env(name))

    def workers(self):
        out = subprocess.run(['pgrep', '-P', str(self.pid('SHOPD_PID'))],
                             capture_output=True, text=True).stdout
        return [int(p) for p in out.split()]

    def postgres(self):
        """The postmaster and all its children."""
        with open(self.env('PGDATA') + '/postmaster.pid') as f:
            top = int(f.readline())
        out = subprocess.run(['pgrep', '-P', str(top)], capture_output=True,
                             text=True).stdout
        return [top] + [int(p) for p in out.split()]

    def pg_ctl(self, *args):
        owner = os.stat(self.env('PGDATA')).st_uid
        line = [self.env('PG_BIN') + '/pg_ctl', '-D', self.env('PGDATA'),
                '-s', '-l', '/dev/null'] + list(args)
        return subprocess.run(line, user=owner, group=owner,
                              stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL,
                              cwd='/', start_new_session=True).returncode \
            if os.getuid() == 0 else subprocess.run(line).returncode

    def psql(self, sql, url='DATABASE_URL', **kw):
        return subprocess.Popen(
            [self.env('PG_BIN') + '/psql', '-qAtX', self.env(url), '-c', sql],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            **kw)

    def sql(self, text, url='DATABASE_URL'):
        return self.psql(text, url).communicate()[0].strip()

    def wait_sql(self):
        """Until the database answers, a minute at most."""
        for _ in range(600):
            if self.sql('SELECT 1') == '1':
                return
            time.sleep(0.1)
        raise SystemExit('the database does not come back')

    def post(self, path, body, token=None):
        req = urllib.request.Request(
            'http://127.0.0.1:%d%s' % (self.port, path),
            json.dumps(body).encode(), {'Content-Type': 'application/json'})
        if token:
            req.add_header('Authorization', 'Bearer ' + token)
        with urllib.request.urlopen(req, timeout=10) as r:
            return json.load(r)

    PASSWORD = 'load-runner-password'

    def register(self, i):
        email = 'load%d@example.com' % i
        got = self.post('/api/v1/auth/register', {
            'email': email, 'password': self.PASSWORD})
        return {'id': got['user']['id'], 'token': got['access_token'],
                'email': email}

    def login(self, email):
        """{'token': ...}, or nothing while that does not work."""
        try:
            got = self.post('/api/v1/auth/login', {
                'email': email, 'password': self.PASSWORD})
        except OSError:
            return {}
        return {'token': got['access_token']}

    def stock(self):
        admin = self.post('/api/v1/auth/login', {
            'email': 'admin@example.com',
            'password': 'correct-horse-admin'})['access_token']
        self.products, self.variants = [], []
        for i in range(12):
            got = self.post('/api/v1/products', {
                'title': 'Fault %d' % i, 'price_cents': 100 + i,
                'stock': 1000000}, admin)
            self.products.append(got['id'])
            self.variants.append(got['variants'][0]['id'])

    @contextlib.contextmanager
    def other_workers(self, **env):
        """Workers with another environment take the place of the stack's
        for a while: their sockets stand where nginx looks."""
        made = dict(os.environ, RATE_LIMITS='off', **env)
        for name in ('DATABASE_URL', 'TEST_WEBHOOK_SECRET'):
            made[name] = self.env(name)
        with open(self.var + '/secret') as f:
            made['JWT_SECRET'] = f.read()
        made['MIGRATIONS_DIR'] = TOP + '/db/migrations'
        socks = [self.env('RUN') + '/app/' + name + '.sock'
                 for name in ('shopd', 'auth', 'writes', 'pay')]
        owner = os.stat(socks[0])
        for s in socks:
            os.link(s, s + '.away')
        p = subprocess.Popen(
            [TOP + '/obj/shopd', 'serve', '--listen', 'unix:' + socks[0],
             '--listen-auth', 'unix:' + socks[1],
             '--listen-writes', 'unix:' + socks[2],
             '--listen-pay', 'unix:' + socks[3]], env=made,
            stdout=self.log, stderr=self.log)
        try:
            for s in socks:
                while os.path.samefile(s, s + '.away') and p.poll() is None:
                    time.sleep(0.005)
                if os.getuid() == 0:
                    os.chown(s, owner.st_uid, owner.st_gid)
            yield p
        finally:
            for s in socks:
                os.rename(s + '.away', s)
            p.terminate()
            p.wait(20)

    def check(self):
        """Violations that `shopd check` counts."""
        env = dict(os.environ, DATABASE_URL=self.env('DATABASE_URL'),
                   JWT_SECRET='x' * 40)
        out = subprocess.run([TOP + '/obj/shopd', 'check'], env=env,
                             capture_output=True, text=True)
        bad = [l for l in out.stdout.splitlines() if l.startswith('BAD')]
        return bad if out.returncode == 1 else \
            [] if out.returncode == 0 else ['check: ' + out.stderr]

    def stop(self):
        os.killpg(self.proc.pid, signal.SIGTERM)
        try:
            self.proc.wait(40)
        except subprocess.TimeoutExpired:
            os.killpg(self.proc.pid, signal.SIGKILL)
        self.log.close()
        if os.environ.get('KEEP'):
            shutil.copytree(self.var + '/log', self.var + '/logs')
        if self.mounted:
            subprocess.run(['umount', '-l', self.var + '/log'])
        if not os.environ.get('KEEP'):
            shutil.rmtree(self.var, ignore_errors=True)
