# SPDX-License-Identifier: MIT
"""make bench-growth: the same requests on a shop of 10,000 products and on
one of a million, in turns.  Both are kept below obj/bench (or VAR) for the
next run; loading the large one takes some minutes.

    BENCH_SECONDS=3 BENCH_ROUNDS=3 GROWN=1000000"""

import json
import os
import statistics
import time

import report
from load import Maker, PRODUCTS, VISITOR
from rig import OBJ, Shop, rate, say, wrk, write_requests

SECONDS = int(os.environ.get('BENCH_SECONDS', 3))
ROUNDS = int(os.environ.get('BENCH_ROUNDS', 3))
GROWN = int(os.environ.get('GROWN', 1000000))
SMALL = 10000
# What is read, and how many times slower it may become.
KINDS = (('product', 'product', 1.3), ('first page', 'first_page', 1.3),
         ('page 1,000 by cursor', 'page_1000', 1.3),
         ('page 1,000 by price', 'page_1000_price', 1.3),
         ('own orders', 'own_orders', 1.3), ('order', 'order', 1.3),
         ('search', 'search', 3), ('category', 'category', 3),
         ('filtered, by price', 'filtered', 3))
# What must answer at once, or at least while somebody waits, in ms.
ADMIN = '/api/v1/admin/'
REPORTS = (('dashboard', ADMIN + 'dashboard', 100),
           ('dashboard, all years', ADMIN + 'dashboard?from=2000-01-01',
            1000),
           ('stock-check', '/api/v1/orders/health/stock-check', 100),
           ('stock of common words', ADMIN + 'inventory?q=oak', 100),
           ('stock, counted', ADMIN + 'inventory?count=true', 1000),
           ('orders of a day', ADMIN +
            'orders?start_date=2025-01-01&end_date=2025-01-01', 100),
           ('audit log of one', ADMIN +
            'audit-log?target_type=product&target_id=1005', 100))


def read_all(top):
    """What was kept from another day is not in memory as what was just
    loaded is."""
    for folder, _, names in os.walk(top):
        for name in names:
            try:
                with open(os.path.join(folder, name), 'rb', 0) as f:
                    while f.read(1 << 20):
                        pass
            except FileNotFoundError:
                pass        # the server is running, and has removed it


class Size:
    def __init__(self, name, products):
        # As many orders of one customer at either size.
        self.shop = Shop(name, products, products * 6 // 5
                         if products > SMALL else 4000,
                         products * 3 if products > SMALL else SMALL,
                         keep=True)
        try:
            read_all(self.shop.env['PGDATA'] + '/base')
            self.maker = Maker(self.shop, int(time.time()))
            self.deep = {kind: self.walk(sort) for kind, sort in (
                ('page_1000', ''), ('page_1000_price', '&sort=price'))}
        except BaseException:
            self.shop.stop()
            raise

    def walk(self, sort):
        """The path of page 1,000, ten products each."""
        path = PRODUCTS + '?limit=10' + sort
        cursor = None
        for _ in range(999):
            page = self.shop.get(path + ('&cursor=' + cursor
                                         if cursor else ''))
            cursor = page['next_cursor']
        return path + '&cursor=' + cursor

    def requests(self, kind, n):
        path = '%s/%s-%d.txt' % (OBJ, kind, self.shop.products)
        write_requests(path, [('GET', self.deep[kind], VISITOR, None)]
                       if kind in self.deep else self.maker.make(kind, n))
        return path


def one(size, kind):
    got = wrk(size.shop.port, size.requests(
        kind, 9000 * SECONDS if kind == 'order' else 5000), 8, SECONDS)
    size.shop.empty_outbox()
    return got


def compare(small, large):
    """[(what, rate, rate, times slower, allowed, failed)]"""
    out = []
    for what, kind, allowed in KINDS:
        rates = {small: [], large: []}
        bad = 0
        for _ in range(ROUNDS):
            for size in (small, large):
                got = one(size, kind)
                rates[size].append(got['rate'])
                bad += got['bad']
        a, b = (statistics.median(rates[s]) for s in (small, large))
        out.append((what, a, b, a / max(b, 0.001), allowed, bad))
        say('%-24s %9.0f/s %9.0f/s %6.2f  (<= %g)%s%s' % (
            what, a, b, out[-1][3], allowed,
            '' if out[-1][3] <= allowed else '  missed',
            ', %d FAILED' % bad if bad else ''))
    return out


def reports(large):
    """[(what, p50, p99, allowed)] of a single client, in ms."""
    out = []
    path = '%s/report.txt' % OBJ
    for what, target, allowed in REPORTS:
        write_requests(path, [('GET', target, large.maker.signed(1), None)])
        got = rate(large.shop.port, path, 1, 5 if allowed <= 100 else 1,
                   SECONDS)
        out.append((what, got['p50'], got['p99'], allowed))
        say('%-24s p50 %.1f ms, p99 %.1f ms  (<= %d ms)%s%s' % (
            what, got['p50'], got['p99'], allowed,
            '' if got['p99'] <= allowed else '  missed',
            ', %d FAILED' % got['bad'] if got['bad'] else ''))
    return out


def main():
    os.makedirs(OBJ, exist_ok=True)
    small = Size('small', SMALL)
    try:
        large = Size('large', GROWN)
        try:
            say('%-24s %11s %11s %6s' % ('8 clients', format(SMALL, ','),
                                         format(GROWN, ','), 'times'))
            found = {'machine': report.machine(), 'products': GROWN,
                     'rates': compare(small, large),
                     'reports': reports(large)}
        finally:
            large.shop.stop()
    finally:
        small.shop.stop()
    where = (os.environ.get('VAR') or OBJ) + '/growth.json'
    with open(where, 'w') as f:
        json.dump(found, f, indent=1)
    say('written: ' + os.path.relpath(where))


main()
