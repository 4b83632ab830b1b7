# SPDX-License-Identifier: MIT
"""What the benchmarks stand on: a stack with a shop in it, other programs
beside it, load on any of them, and what that costs."""

import base64
import hashlib
import hmac
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
OBJ = TOP + '/obj/bench'
BASE = 1000             # of t/bench/rows
TICK = os.sysconf('SC_CLK_TCK')


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def say(text):
    print(text, flush=True)


def end(number, frame):
    raise SystemExit(128 + number)


# So that "finally" ends what was started.
for number in (signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, end)


class Program:
    """A program in a session of its own."""

    def __init__(self, args, log, **kw):
        self.log = open(log, 'a')
        self.proc = subprocess.Popen(
            args, stdin=subprocess.DEVNULL, stdout=self.log,
            stderr=self.log, start_new_session=True, **kw)
        self.name = args[0]

    def wait_for(self, ready, seconds):
        end = time.monotonic() + seconds
        while not ready():
            if self.proc.poll() is not None or time.monotonic() > end:
                raise SystemExit('%s did not start:\n%s' % (
                    self.name, open(self.log.name).read()[-2000:]))
            time.sleep(0.002)

    def pids(self):
        return tree(self.proc.pid)

    def stop(self, sig=signal.SIGTERM):
        try:
            os.killpg(self.proc.pid, sig)
            self.proc.wait(40)
        except subprocess.TimeoutExpired:
            os.killpg(self.proc.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.log.close()


def answers(port, path='/health'):
    try:
        with urllib.request.urlopen('http://127.0.0.1:%d%s' % (port, path),
                                    timeout=2) as r:
            return r.status == 200
    except OSError:
        return False


# ---- processes --------------------------------------------------------------

def tree(top):
    """The process and all below it."""
    children = {}
    for name in os.listdir('/proc'):
        if name.isdigit():
            try:
                parent = int(stat(name)[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(name))
    out, rest = [], [top]
    while rest:
        pid = rest.pop()
        out.append(pid)
        rest += children.get(pid, [])
    return out


def stat(pid):
    with open('/proc/%s/stat' % pid) as f:
        return f.read().rpartition(')')[2].split()


def cpu(pids):
    """Seconds of CPU, those of ended children included."""
    ticks = 0
    for pid in pids:
        try:
            ticks += sum(int(x) for x in stat(pid)[11:15])
        except OSError:
            pass
    return ticks / TICK


def memory(pid):
    """Private, resident and proportional memory in MB, or None where the
    kernel does not tell us."""
    try:
        with open('/proc/%d/smaps_rollup' % pid) as f:
            kb = dict((line.split()[0], int(line.split()[1]))
                      for line in f if line.endswith('kB\n'))
    except OSError:
        return None
    return {'private': (kb['Private_Clean:'] + kb['Private_Dirty:']) / 1024,
            'resident': kb['Rss:'] / 1024, 'proportional': kb['Pss:'] / 1024}


# ---- a shop -----------------------------------------------------------------

class Shop:
    """A stack of its own with a shop in it.  keep: one of the same size that
    is there already is taken again."""

    def __init__(self, name, products, users, orders, keep=False):
        self.products, self.users, self.orders = products, users, orders
        base = os.environ.get('VAR') or OBJ
        self.var = '%s/%s' % (base, name)
        self.size = '%d %d %d' % (products, users, orders)
        if not keep or not self.is_loaded():
            self.remove()
        os.makedirs(self.var, exist_ok=True)
        self.port = free_port()
        self.start()
        try:
            if not self.is_loaded():
                self.load()
            self.sessions()
        except BaseException:
            self.stop()
            raise

    def start(self):
        try:
            os.unlink(self.var + '/stack.env')
        except FileNotFoundError:
            pass
        env = dict(os.environ, RATE_LIMITS='off', DEMO='off',
                   ACCESS_TTL='86400', VAR=self.var,
                   PORT=str(self.port))
        self.stack = Program([TOP + '/conf/stack.sh'], self.var + '/make.log',
                             env=env)
        self.stack.wait_for(
            lambda: os.path.exists(self.var + '/stack.env') and
            answers(self.port), 120)
        self.env = {}
        for line in open(self.var + '/stack.env'):
            key, _, value = line.strip().partition('=')
            self.env[key] = value.strip("'\"")
        url = self.env['DATABASE_URL']
        self.admin_url = url.replace('shopd@', 'postgres@', 1)
        self.pg_env = dict(os.environ, PGHOST=url.split('host=')[1],
                           PGUSER='shopd', PGDATABASE='shopd')
        assert self.admin_url != url

    def is_loaded(self):
        """Whether it was loaded to the end."""
        try:
            with open(self.var + '/loaded') as f:
                return f.read() == self.size
        except FileNotFoundError:
            return False

    def load(self):
        say('loading %s products, %s users and %s orders' % tuple(
            format(int(n), ',') for n in self.size.split()))
        subprocess.run([HERE + '/load.sh'] + self.size.split() +
                       [self.admin_url], check=True)
        with open(self.var + '/loaded', 'w') as f:
            f.write(self.size)

    def remove(self):
        """With the place that its data are in, if that is another one."""
        shutil.rmtree(os.path.realpath(self.var + '/place'),
                      ignore_errors=True)
        shutil.rmtree(self.var, ignore_errors=True)

    def sql(self, text):
        out = subprocess.run(
            [self.env['PG_BIN'] + '/psql', '-qAtX', self.admin_url,
             '-c', text], check=True, capture_output=True, text=True)
        return out.stdout.strip()

    def sessions(self):
        """Open sessions and tokens for all users, as a login gives them:
        one real token is the model."""
        req = urllib.request.Request(
            'http://127.0.0.1:%d/api/v1/auth/login' % self.port,
            json.dumps({'email': 'bench2@example.com',
                        'password': 'correct-horse-bench'}).encode(),
            {'Content-Type': 'application/json'})
        with urllib.request.urlopen(req, timeout=10) as r:
            head, body, _ = json.load(r)['access_token'].split('.')
        model = json.loads(base64.urlsafe_b64decode(body + '=='))
        with open(self.var + '/secret') as f:
            secret = f.read().encode()
        n = min(self.users, 4000)
        rows = self.sql(
            "WITH s AS (INSERT INTO sessions (user_id, refresh_hash,"
            " expires_at) SELECT id, md5(id::text), now() + interval '1 day'"
            " FROM users WHERE id BETWEEN %d AND %d ORDER BY id"
            " RETURNING user_id, id) SELECT user_id, id FROM s" %
            (BASE + 1, BASE + n))
        self.tokens = {}
        self.signed_in = n
        self.first_session = int(rows.split('\n')[0].split('|')[1])
        for row in rows.split('\n'):
            user, session = row.split('|')
            assert int(session) - self.first_session == int(user) - BASE - 1
            claims = dict(model, sub=type(model['sub'])(user),
                          jti=re.sub(r'^\d+', session, model['jti']))
            if int(user) == BASE + 1:
                claims['role'] = 'admin'
            text = head + '.' + b64(json.dumps(
                claims, separators=(',', ':')).encode())
            mac = hmac.new(secret, text.encode(), hashlib.sha256).digest()
            self.tokens[int(user) - BASE] = text + '.' + b64(mac)

    def token(self, user):
        return self.tokens[user]

    def get(self, path):
        with urllib.request.urlopen('http://127.0.0.1:%d%s' %
                                    (self.port, path), timeout=5) as r:
            return json.load(r)

    def empty_carts(self):
        self.sql('DELETE FROM cart_items WHERE cart_id > %d' % (BASE + 1000))

    def empty_outbox(self):
        """What one measurement left for the jobs is not the next one's."""
        self.sql('DELETE FROM outbox')

    def tidy(self):
        """Nor what it left for the autovacuum."""
        self.empty_outbox()
        self.sql('VACUUM ANALYZE')

    def pids(self, what):
        if what == 'postgres':
            with open(self.env['PGDATA'] + '/postmaster.pid') as f:
                return tree(int(f.readline()))
        return tree(int(self.env[what.upper() + '_PID']))

    def check(self):
        """What `shopd check` has to say against the shop, or ''."""
        env = dict(os.environ, DATABASE_URL=self.env['DATABASE_URL'],
                   JWT_SECRET="0123456789abcdef" * 3)
        out = subprocess.run([TOP + '/obj/shopd', 'check'], env=env,
                             capture_output=True, text=True)
        return '' if out.returncode == 0 else out.stdout + out.stderr

    def stop(self):
        self.stack.stop()


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b'=').decode()


# ---- nginx in front of something else ---------------------------------------

class Nginx(Program):
    """Our own configuration, with the sockets of another FastCGI program, or
    with a program that speaks HTTP at a port."""

    def __init__(self, name, sockets=None, port=None):
        run = '%s/nginx-%s' % (OBJ, name)
        shutil.rmtree(run, ignore_errors=True)
        os.makedirs(run + '/tmp')
        os.chmod(run, 0o755)
        self.port = free_port()
        user = 'root' if os.getuid() == 0 else ''
        env = dict(os.environ, LISTEN='127.0.0.1:%d' % self.port, RUN=run,
                   LOG=run, SOCKETS=sockets or run, RATE_LIMITS='off',
                   NGINX_USER=user)
        conf = subprocess.run([TOP + '/conf/nginx.sh'], env=env, check=True,
                              capture_output=True, text=True).stdout
        if port is not None:
            conf = conf.replace('upstream app {', 'upstream http {\n'
                                'server 127.0.0.1:%d;\nkeepalive 64;\n}\n'
                                'upstream app {' % port)
            conf = re.sub(r'fastcgi_cache catalogue;', '', conf)
            conf = re.sub(r'fastcgi_pass \S+;',
                          'proxy_pass http://http; proxy_http_version 1.1; '
                          'proxy_set_header Connection "";', conf)
        conf = conf.replace('location / {', 'location = /alone { '
                            'default_type application/json; '
                            'return 200 \'{"status":"ok"}\'; }\nlocation / {',
                            1)
        with open(run + '/nginx.conf', 'w') as f:
            f.write(conf)
        super().__init__(['nginx', '-e', run + '/error.log', '-c',
                          run + '/nginx.conf', '-g', 'daemon off;'],
                         run + '/out')
        self.wait_for(lambda: answers(self.port, '/alone'), 10)


class Floor(Program):
    """The floor program behind nginx, with the query of a file or none."""

    def __init__(self, name, workers, shop, query=None):
        run = '%s/floor-%s' % (OBJ, name)
        shutil.rmtree(run, ignore_errors=True)
        os.makedirs(run)
        args = [OBJ + '/floor', run + '/shopd.sock', str(workers)]
        if query is not None:
            args.append(query)
        super().__init__(args, run + '/out', env=shop.pg_env)
        self.wait_for(lambda: os.path.exists(run + '/shopd.sock'), 10)
        self.nginx = Nginx('floor-' + name, sockets=run)

    def stop(self):
        self.nginx.stop()
        super().stop()


# ---- load -------------------------------------------------------------------

def write_requests(path, requests):
    """[(method, path, headers, body)] as wrk and rate send them."""
    with open(path, 'w') as f:
        for method, target, headers, body in requests:
            lines = ['%s %s HTTP/1.1' % (method, target), 'Host: localhost']
            lines += ['%s: %s' % h for h in headers.items()]
            if body is not None:
                body = json.dumps(body, separators=(',', ':'))
                lines += ['Content-Type: application/json',
                          'Content-Length: %d' % len(body)]
            f.write('\r\n'.join(lines) + '\r\n\r\n' + (body or '') + '\0')


def wrk(port, path, connections, seconds):
    out = subprocess.run(
        ['wrk', '-t1', '-c%d' % connections, '-d%ds' % seconds, '--latency',
         '--timeout', '10s', '-s', HERE + '/replay.lua',
         'http://127.0.0.1:%d' % port, '--', path], check=True,
        capture_output=True, text=True).stdout

    def ms(label):
        """A line as "99%  1.25ms"; it says "-nan" of no answer at all."""
        m = re.search(label + r'%\s+([\d.]+)(us|ms|s|m)\b', out)
        return float(m.group(1)) * {'us': 1e-3, 'ms': 1, 's': 1e3,
                                    'm': 6e4}[m.group(2)] if m else 1e9

    bad = sum(int(n) for n in re.findall(
        r'Non-2xx or 3xx responses: (\d+)', out))
    for line in re.findall(r'Socket errors: (.*)', out):
        bad += sum(int(n) for n in re.findall(r'\d+', line))
    return {
        'rate': float(re.search(r'Requests/sec:\s+([\d.]+)', out).group(1)),
        'p50': ms('50'),
        'p99': ms('99'),
        'requests': int(re.search(r'(\d+) requests in', out).group(1)),
        'bad': bad,
    }


def rate(port, path, connections, per_second, seconds):
    out = subprocess.run(
        [OBJ + '/rate', str(port), path, str(connections), str(per_second),
         str(seconds)], check=True, capture_output=True, text=True).stdout
    return json.loads(out)


def pgbench(shop, script, connections, seconds, mode='prepared'):
    out = subprocess.run(
        [shop.env['PG_BIN'] + '/pgbench', '-n', '-M', mode,
         '-c', str(connections), '-j', '1', '-T', str(seconds),
         '-f', script, shop.env['DATABASE_URL']],
        capture_output=True, text=True)
    if out.returncode != 0:
        raise SystemExit('pgbench: ' + out.stdout + out.stderr)
    tps = re.search(r'tps = ([\d.]+)', out.stdout)
    done = int(re.search(r'actually processed: (\d+)', out.stdout).group(1))
    bad = int(re.search(r'failed transactions: (\d+)', out.stdout).group(1))
    return {'rate': float(tps.group(1)) if tps else done / seconds,
            'requests': done, 'bad': bad}


# ---- the program's own statements -------------------------------------------

def statements():
    out = subprocess.run([OBJ + '/sql'], check=True, capture_output=True,
                         text=True).stdout
    return dict(line.split('\t', 1) for line in out.strip().split('\n'))


def fill(text, args):
    """The statement with its parameters replaced."""
    return re.sub(r'\$(\d+)', lambda m: args[int(m.group(1)) - 1], text)
