# SPDX-License-Identifier: MIT
"""make bench: the floors, the service and its peers side by side, in rounds,
so that whatever else the machine does meets all of them.  Prints a table and
writes it to obj/bench (or VAR) as JSON and as a chart.

    BENCH_SECONDS=2 BENCH_ROUNDS=3 BENCH_ONLY=regular-expression"""

import functools
import glob
import json
import os
import re
import shutil
import statistics
import threading
import time

import peers
import report
from load import Maker
from rig import (BASE, HERE, OBJ, TOP, Floor, Nginx, Program, Shop, answers,
                 cpu, fill, memory, pgbench, rate, say, statements, wrk,
                 write_requests)

SECONDS = int(os.environ.get('BENCH_SECONDS', 2))
ROUNDS = int(os.environ.get('BENCH_ROUNDS', 3))
ONLY = re.compile(os.environ.get('BENCH_ONLY', ''))
WORKERS = int(os.environ.get('WORKERS') or os.cpu_count() + 1)
SAMPLE = '/api/v1/products/%d' % (BASE + 1)
# These change something: no request is sent twice, as the second of a key
# would be answered without work.
FRESH = {'add', 'order', 'hot', 'checkout'}


def buys(name):
    return 'order' in name or 'one row' in name


class Bench:
    def __init__(self):
        os.makedirs(OBJ, exist_ok=True)
        for old in glob.glob(OBJ + '/*.txt'):
            os.unlink(old)
        self.shop = Shop('shop', 10000, 4000, 10000)
        self.seed = 0
        self.plan = []          # (name, connections, function)
        self.results = {}       # name -> connections -> [result]
        self.rates = []         # (name, port, kind): at a fixed rate, too
        self.programs = []
        self.peers = {}

    # ---- what is measured

    def add(self, name, connections, function):
        if ONLY.search(name):
            self.plan.append((name, connections, function))
            self.results.setdefault(name, {})[connections] = []

    def load(self, name, port, kind, connections, pids, steady=False):
        for c in connections:
            self.add(name, c, functools.partial(self.measure, port, kind, c,
                                                pids))
        if steady and ONLY.search(name):
            self.rates.append((name, port, kind))

    def requests(self, kind, n=20000):
        path = '%s/%s.txt' % (OBJ, kind)
        if kind in FRESH or not os.path.exists(path):
            self.seed += 1
            write_requests(path, Maker(self.shop, self.seed).make(kind, n))
        if kind in ('add', 'checkout'):
            self.shop.empty_carts()
        return path

    def measure(self, port, kind, connections, pids):
        many = 9000 * SECONDS
        self.warm(port, kind, connections)
        path = self.requests(kind, many)
        before = cpu(pids())
        got = wrk(port, path, connections, SECONDS)
        got['cpu'] = cpu(pids()) - before
        if kind in FRESH and got['requests'] > many:
            raise SystemExit('%s: requests were sent twice' % kind)
        return got

    def warm(self, port, kind, connections):
        """A program that was idle for a minute has lost pages to the kernel,
        and after a VACUUM each connection plans anew."""
        wrk(port, self.requests(kind, 9000), connections, 1)

    def floors(self):
        ok = Floor('ok', WORKERS, self.shop)
        query = Floor('query', WORKERS, self.shop, HERE + '/product.sql')
        self.programs += [ok, query]
        if not all(answers(f.nginx.port, SAMPLE) for f in (ok, query)):
            raise SystemExit('a floor does not answer')
        self.load('nginx alone', ok.nginx.port, 'alone', (8, 64),
                  ok.nginx.pids, True)
        self.load('libfcgi "ok"', ok.nginx.port, 'product', (8, 64),
                  lambda: ok.pids() + ok.nginx.pids(), True)
        self.load('libfcgi, one query', query.nginx.port, 'product', (8, 64),
                  lambda: query.pids() + query.nginx.pids() +
                  self.shop.pids('postgres'), True)
        for name, script, connections in (
                ('pgbench order, pipelined', 'pipelined', (8, 64)),
                ('pgbench order, plain', 'plain', (8,)),
                ('pgbench hot order', 'hot_order', (8, 64)),
                ('pgbench one row', 'hot', (8, 64))):
            path = self.script(script)
            for c in connections:
                self.add(name, c, functools.partial(
                    pgbench, self.shop, path, c, SECONDS))

    def script(self, name):
        """A pgbench script, with the program's own statements put in."""
        known = statements()
        with open('%s/%s.sql' % (HERE, name if name.startswith('hot') else
                                 'order')) as f:
            text = f.read()
        text = re.sub(r'^@(\w+) ?(.*)$', lambda m: fill(
            known[m.group(1)], m.group(2).split(' | ')) +
            ';', text, flags=re.M)
        if name == 'plain':
            text = re.sub(r'^\\(start|end)pipeline\n', '', text, flags=re.M)
        text = text.replace('@third', str(self.shop.products // 75))
        text = text.replace('@sessions', str(self.shop.first_session - 1))
        path = '%s/%s.pgbench' % (OBJ, name)
        with open(path, 'w') as f:
            f.write(text)
        return path

    def service(self):
        def pids():
            return (self.shop.pids('shopd') + self.shop.pids('nginx') +
                    self.shop.pids('postgres'))
        for name, kind, connections, steady in (
                ('product', 'product', (8, 64), True),
                ('list of 20', 'list', (8,), True),
                ('search', 'search', (8,), True),
                ('cart', 'cart', (8,), True),
                ('add to cart', 'add', (8,), False),
                ('product, cached', 'cached', (8, 64), False),
                ('login', 'login', (8,), False),
                ('order', 'order', (8, 64), True),
                ('cart and checkout', 'checkout', (8,), False),
                ('hot order', 'hot', (8, 64), False)):
            self.load('shopd ' + name, self.shop.port, kind, connections,
                      pids, steady)

    def others(self):
        self.peers = peers.start(self.shop, ONLY.search)
        for name, peer in self.peers.items():
            nginx = Nginx('peer-' + name, port=peer.port)
            self.programs += [peer, nginx]

            def bare(peer=peer):
                return peer.pids() + self.shop.pids('postgres')

            def behind(peer=peer, nginx=nginx):
                return bare(peer) + nginx.pids()
            for kind in ('product', 'order'):
                self.load('%s %s' % (name, kind), nginx.port, kind, (8, 64),
                          behind, True)
                self.load('%s %s, bare' % (name, kind), peer.port, kind,
                          (8, 64), bare)

    # ---- rounds

    def rounds(self):
        # What is compared is measured within a minute.
        self.plan.sort(key=lambda p: (buys(p[0]), p[1]))
        for n in range(ROUNDS):
            self.shop.tidy()
            for name, c, function in self.plan:
                if buys(name):
                    self.shop.tidy()
                else:
                    self.shop.empty_outbox()
                got = function()
                self.results[name][c].append(got)
                say('%d/%d %-28s %3d %9.0f/s%s' % (
                    n + 1, ROUNDS, name, c, got['rate'],
                    ', %d FAILED' % got['bad'] if got['bad'] else ''))

    def medians(self):
        """name -> connections -> figures."""
        out = {}
        for name, by in self.results.items():
            out[name] = {}
            for c, runs in by.items():
                row = {k: statistics.median(r[k] for r in runs)
                       for k in ('rate', 'p50', 'p99') if k in runs[0]}
                row['rates'] = [r['rate'] for r in runs]
                row['bad'] = sum(r['bad'] for r in runs)
                done = sum(r['requests'] for r in runs)
                if 'cpu' in runs[0] and done:
                    row['cpu_us'] = sum(r['cpu'] for r in runs) / done * 1e6
                out[name][c] = row
        return out

    # ---- at a fixed rate

    def top(self, medians, name, port, kind):
        """The capacity, measured once more: how fast a machine is that is
        shared with others changes by the minute."""
        c = max(medians[name], key=lambda c: medians[name][c]['rate'])
        got = wrk(port, self.requests(kind, 9000 * SECONDS), c, SECONDS)
        self.shop.tidy()
        self.warm(port, kind, 8)
        return got['rate']

    def steady(self, medians):
        """Latency at 70 % of capacity, 64 connections.  What has a target is
        measured as often as the rest, and each time right after its
        capacity, and so are the floors; of the peers once."""
        out = {}
        for name, port, kind in self.rates:
            times = []
            for _ in range(1 if name.split()[0] in self.peers else ROUNDS):
                per_second = max(1, int(self.top(medians, name, port, kind)
                                        * 0.7))
                path = self.requests(kind, per_second * (SECONDS + 3))
                times.append(rate(port, path, 64, per_second, SECONDS + 1))
                times[-1]['rate'] = per_second
            out[name] = {k: statistics.median(t[k] for t in times)
                         for k in ('rate', 'p50', 'p99')}
            out[name]['bad'] = sum(t['bad'] for t in times)
            say('%-28s at %6d/s: p50 %.1f ms, p99 %s ms%s' % (
                name, out[name]['rate'], out[name]['p50'],
                ' '.join('%.1f' % t['p99'] for t in times),
                ', %d FAILED' % out[name]['bad'] if out[name]['bad'] else ''))
        return out

    def storm(self, medians):
        """The catalogue at half its capacity, without and with 64 clients
        that sign in all the time."""
        logins = self.requests('login')
        times = []
        for _ in range(ROUNDS):
            per_second = int(self.top(medians, 'shopd product',
                                      self.shop.port, 'product') / 2)
            run = functools.partial(rate, self.shop.port,
                                    self.requests('product'), 64, per_second,
                                    SECONDS + 1)
            quiet = run()
            storm = threading.Thread(target=wrk, args=(
                self.shop.port, logins, 64, SECONDS + 3))
            storm.start()
            time.sleep(1)
            stormy = run()
            storm.join()
            times.append({'rate': per_second, 'quiet_p99': quiet['p99'],
                          'storm_p99': stormy['p99'],
                          'bad': quiet['bad'] + stormy['bad']})
        return sorted(times, key=lambda t: t['storm_p99'] / t['quiet_p99'])[
            len(times) // 2]

    # ---- other figures

    def memory(self):
        out = {}
        groups = {'shopd': self.shop.pids('shopd')[1:]}
        for name, peer in self.peers.items():
            groups[name] = peer.pids()
        for name, pids in groups.items():
            each = [m for m in map(memory, pids) if m]
            if each:
                out[name] = {
                    'processes': len(each),
                    'private_max': max(m['private'] for m in each),
                    'resident_max': max(m['resident'] for m in each),
                    'proportional_sum': sum(m['proportional'] for m in each)}
        return out

    def fresh_cache(self):
        """Seconds until everybody sees a change of price."""
        said = []
        for cents in (111, 222, 333):
            answers(self.shop.port, SAMPLE)
            self.shop.sql('UPDATE product_variants SET price_cents = %d '
                          'WHERE id = %d' % (cents, BASE + 1))
            start = time.monotonic()
            while self.shop.get(SAMPLE)['price_cents'] != cents and \
                    time.monotonic() < start + 5:
                time.sleep(0.01)
            said.append(time.monotonic() - start)
        return max(said)

    def cold_start(self):
        """From exec to the first answer that needed the database, in ms."""
        run = OBJ + '/start'
        shutil.rmtree(run, ignore_errors=True)
        os.makedirs(run)
        nginx = Nginx('start', sockets=run)
        env = dict(os.environ, DATABASE_URL=self.shop.env['DATABASE_URL'],
                   JWT_SECRET="0123456789abcdef" * 3)
        times = []
        for _ in range(5):
            start = time.monotonic()
            shopd = Program(
                [TOP + '/obj/shopd', 'serve', '--listen',
                 'unix:%s/shopd.sock' % run, '--listen-writes',
                 'unix:%s/writes.sock' % run, '--listen-auth',
                 'unix:%s/auth.sock' % run, '--listen-pay',
                 'unix:%s/pay.sock' % run], run + '/log', env=env)
            shopd.wait_for(lambda: answers(nginx.port), 10)
            times.append((time.monotonic() - start) * 1000)
            shopd.stop()
        nginx.stop()
        return statistics.median(times)

    def trips(self):
        """route -> [statements, round trips], as the log has them mostly."""
        seen = {}
        with open(self.shop.var + '/log/shopd.log') as f:
            for line in f:
                try:
                    e = json.loads(line)
                except ValueError:
                    continue
                if e.get('status') in (200, 201) and e.get('tries') == 1 \
                        and 'round_trips' in e:
                    key = e['method'] + ' ' + e['route']
                    one = (e['statements'], e['round_trips'])
                    of = seen.setdefault(key, {})
                    of[one] = of.get(one, 0) + 1
        return {k: max(v, key=v.get) for k, v in seen.items()}

    def stop(self):
        for p in reversed(self.programs):
            p.stop()
        self.shop.stop()


def main():
    bench = Bench()
    try:
        bench.floors()
        bench.service()
        bench.others()
        bench.rounds()
        medians = bench.medians()
        found = {
            'machine': report.machine(), 'seconds': SECONDS,
            'rounds': ROUNDS, 'workers': WORKERS, 'medians': medians,
            'steady': bench.steady(medians), 'memory': bench.memory()}
        if 'shopd product' in medians:
            found['login_storm'] = bench.storm(medians)
            found['fresh_cache_s'] = bench.fresh_cache()
            found['cold_start_ms'] = bench.cold_start()
        found['trips'] = bench.trips()
        found['check'] = bench.shop.check()
    finally:
        bench.stop()
    report.write(found, os.environ.get('VAR') or OBJ)


main()
