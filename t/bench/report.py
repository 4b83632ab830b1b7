# SPDX-License-Identifier: MIT
"""The table, the JSON file and the chart of `make bench`."""

import json
import os
import platform
import re
import statistics
import time


def machine():
    with open('/proc/cpuinfo') as f:
        model = re.search(r'model name\s*: (.*)', f.read())
    memory = os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES')
    return '%d x %s, %d GB, Linux %s' % (
        os.cpu_count(), model.group(1) if model else platform.machine(),
        round(memory / 2**30), platform.release())


# ---- targets ----------------------------------------------------------------

def targets(found):
    """[(what, wanted, got, met)], of what was measured."""
    med, out = found['medians'], []

    def at_least(what, wanted, got):
        out.append((what, '>= %g' % wanted, '%.2f' % got, got >= wanted))

    def at_most(what, wanted, got, unit):
        out.append((what, '<= %g%s' % (wanted, unit), '%.1f%s' % (got, unit),
                    got <= wanted))

    def times(a, b):
        """Of each round, then the median: a machine that is shared with
        others is not as fast in the next one."""
        return statistics.median(x / max(y, 0.001) for x, y in
                                 zip(a['rates'], b['rates']))

    def ratio(name, other, wanted):
        """Where both were measured, at each number of connections."""
        for c in med.get(name, {}):
            if c in med.get(other, {}):
                at_least('%s : %s, %d' % (name, other, c), wanted,
                         times(med[name][c], med[other][c]))

    ratio('shopd product', 'libfcgi, one query', 0.90)
    for peer in ('Flask', 'FastAPI', 'Fastify', 'Go'):
        ratio('shopd product', peer + ' product', 1)
    ratio('shopd product', 'Go product, bare', 1)
    ratio('shopd product, cached', 'nginx alone', 0.50)
    ratio('shopd order', 'pgbench order, pipelined', 0.70)
    ratio('shopd order', 'Go order', 1.5)
    ratio('shopd order', 'Fastify order', 2)
    if 'shopd hot order' in med and 'pgbench one row' in med:
        hot = med['shopd hot order']
        at_least('shopd hot order : pgbench one row, 8', 0.80,
                 times(hot[8], med['pgbench one row'][8]))
        at_least('shopd hot order, 64 : 8', 0.80, times(hot[64], hot[8]))
        ratio('shopd hot order', 'pgbench hot order', 0.70)
    for name, m in found['steady'].items():
        if name.startswith('shopd'):
            at_most('p99 of %s at 70 %%' % name,
                    30 if 'order' in name else 10, m['p99'], ' ms')
    if 'login_storm' in found:
        storm = found['login_storm']
        at_most('p99 of the catalogue in a login storm, times', 2,
                storm['storm_p99'] / storm['quiet_p99'], '')
        at_most('a change is seen after', 1, found['fresh_cache_s'], ' s')
        at_most('start to first answer', 100, found['cold_start_ms'], ' ms')
    if 'shopd' in found['memory']:
        m = found['memory']['shopd']
        at_most('private memory of a worker', 4, m['private_max'], ' MB')
        at_most('resident memory of a worker', 12, m['resident_max'], ' MB')
    return out


# ---- text -------------------------------------------------------------------

def lines(found):
    yield 'shopd on %s' % found['machine']
    yield '%d rounds of %d s, warm, medians; %d workers; all on this ' \
        'machine, fsync on' % (found['rounds'], found['seconds'],
                               found['workers'])
    yield ''
    yield '%-28s %9s %6s %7s %9s %7s %9s' % (
        'requests per second', '8', 'p50', 'p99', '64', 'p99', 'CPU us')
    for name, by in found['medians'].items():
        a, b = by.get(8, {}), by.get(64, {})

        def num(m, key, form):
            return form % m[key] if key in m else ''
        bad = sum(m.get('bad', 0) for m in by.values())
        yield ('%-28s %9s %6s %7s %9s %7s %9s%s' % (
            name, num(a, 'rate', '%.0f'), num(a, 'p50', '%.2f'),
            num(a, 'p99', '%.1f'), num(b, 'rate', '%.0f'),
            num(b, 'p99', '%.1f'), num(a, 'cpu_us', '%.0f'),
            '  %d failed' % bad if bad else '')).rstrip()
    yield ''
    yield '%-28s %9s %6s %7s' % ('at 70 % of capacity', 'rate',
                                 'p50', 'p99')
    for name, m in found['steady'].items():
        yield '%-28s %9d %6.2f %7.1f%s' % (
            name, m['rate'], m['p50'], m['p99'],
            '  %d failed' % m['bad'] if m['bad'] else '')
    yield ''
    yield '%-28s %9s %9s %9s %9s' % ('memory in MB', 'processes', 'private',
                                     'resident', 'PSS, all')
    for name, m in found['memory'].items():
        yield '%-28s %9d %9.1f %9.1f %9.1f' % (
            name, m['processes'], m['private_max'], m['resident_max'],
            m['proportional_sum'])
    yield ''
    yield '%-28s %10s %11s' % ('of one request', 'statements', 'round trips')
    for route, (n, trips) in sorted(found['trips'].items()):
        yield '%-28s %10d %11d' % (route, n, trips)
    yield ''
    yield '%-52s %9s %9s' % ('targets', 'wanted', 'measured')
    for what, wanted, got, met in targets(found):
        yield '%-52s %9s %9s%s' % (what, wanted, got,
                                   '' if met else '  missed')


# ---- chart ------------------------------------------------------------------

COLOURS = {'shopd': '#1f6feb', 'floor': '#8b949e', 'peer': '#d29922'}


def kind(name):
    if name.startswith('shopd'):
        return 'shopd'
    return 'floor' if re.match('nginx|libfcgi|pgbench', name) else 'peer'


def text(x, y, s, anchor='start', more=''):
    return '<text x="%d" y="%d" text-anchor="%s"%s>%s</text>' % (
        x, y, anchor, more, s.replace('&', '&amp;').replace('<', '&lt;'))


def shown(by):
    """The rate with 64 clients, or else with 8."""
    return by[64 if 64 in by else 8]['rate']


def bars(title, rows, top):
    """One block: a bar for each row."""
    out = [text(0, top, title, more=' font-weight="bold"')]
    longest = max(shown(by) for _, by in rows)
    y = top + 10
    for name, by in rows:
        width = shown(by) / longest * 380
        name += '' if 64 in by else ', 8 clients'
        out.append(text(210, y + 13, name, 'end'))
        out.append('<rect x="220" y="%d" width="%.1f" height="16" '
                   'fill="%s"/>' % (y, width, COLOURS[kind(name)]))
        out.append(text(226 + int(width), y + 13, '%s' % format(
            round(shown(by)), ',')))
        y += 21
    return out, y + 24


def chart(found):
    med = found['medians']
    blocks = []
    for title, pattern in (
            ('One product, uncached, per second',
             r'libfcgi, one|\bproduct(, bare)?$'),
            ('Order of three lines, per second',
             r'pgbench order|(?<!hot )\border(, bare)?$')):
        rows = [(n, by) for n, by in med.items() if re.search(pattern, n)]
        rows.sort(key=lambda r: -shown(r[1]))
        if rows:
            blocks.append((title, rows))
    body, y = [], 24
    for title, rows in blocks:
        more, y = bars(title, rows, y)
        body += more
    body.append(text(0, y, found['machine'] + ', 64 clients, medians of '
                     '%d rounds' % found['rounds'], more=' fill="#57606a"'))
    return ('<svg xmlns="http://www.w3.org/2000/svg" width="700" height="%d" '
            'viewBox="-10 0 700 %d" font-family="sans-serif" font-size="13">'
            '\n<rect x="-10" width="700" height="%d" fill="#fff"/>\n%s\n'
            '</svg>\n' % (y + 12, y + 12, y + 12, '\n'.join(body)))


def write(found, where):
    found['at'] = time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime())
    found['targets'] = [
        dict(zip(('what', 'wanted', 'measured', 'met'), t))
        for t in targets(found)]
    table = '\n'.join(lines(found))
    print('\n' + table)
    if found['check']:
        print('\nshopd check:\n' + found['check'])
    for name, content in (('bench.txt', table + '\n'),
                          ('bench.json', json.dumps(found, indent=1) + '\n'),
                          ('bench.svg', chart(found))):
        with open('%s/%s' % (where, name), 'w') as f:
            f.write(content)
    print('\nwritten: %s/bench.json, bench.svg' % os.path.relpath(where))
