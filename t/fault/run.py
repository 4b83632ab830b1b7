# SPDX-License-Identifier: MIT
"""make faults: a mixed load with idempotent clients under each fault, then
every acknowledged answer is compared with the database and all invariants
are checked. Prints a table; exits 1 unless nothing was lost or doubled.

SHORT=1 runs some of the faults for a few seconds (make check does); names
of rows (M5 M11) run these."""

import glob
import os
import random
import signal
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from load import Client, reconcile, untold      # noqa: E402
from rig import Rig                     # noqa: E402

SHORT = bool(os.environ.get('SHORT'))
CLIENTS = 8


def until(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield


def kill(pid, sig):
    try:
        os.kill(pid, sig)
    except ProcessLookupError:
        pass


# ---- the faults: each runs while the load does, and heals what it broke ----

def none(rig, secs):
    time.sleep(secs)


def kill_workers(rig, secs):
    for _ in until(secs):
        pids = rig.workers()
        if pids:
            kill(random.choice(pids), signal.SIGKILL)
        time.sleep(0.2)


EPOLL = ('232', '281')      # in epoll_wait(2) and epoll_pwait(2): idle


def busy(pid):
    try:
        with open('/proc/%d/syscall' % pid) as f:
            return f.read().split()[0] not in EPOLL
    except (OSError, IndexError):
        return False


def freeze_workers(rig, secs):
    """Three that are in the middle of a request, past the lease of its key,
    the time-out of its transaction and its client's patience."""
    for _ in until(secs):
        frozen = set()
        end = time.monotonic() + 2
        while len(frozen) < 3 and time.monotonic() < end:
            pid = random.choice(rig.workers())
            if pid not in frozen:
                kill(pid, signal.SIGSTOP)
                frozen.add(pid)
                time.sleep(0.001)
                if not busy(pid):
                    kill(pid, signal.SIGCONT)
                    frozen.remove(pid)
        time.sleep(12)
        for pid in frozen:
            kill(pid, signal.SIGCONT)
        time.sleep(0.5)


# Before and behind what cannot be undone, and in the middle of it.
POINTS = ('before_commit', 'after_commit', 'after_charge', 'order_sql_insert',
          'stock_sql_reserve', 'payment_sql_record', 'stock_sql_release',
          'idempotency_sql_store', 'idempotency_sql_settle')


def crash_everywhere(rig, secs):
    """All workers die at one point; then all at the next."""
    for point in POINTS:
        with rig.other_workers(CRASH_AT=point):
            time.sleep(secs / len(POINTS))


def jump_clocks(rig, secs):
    """The workers' wall clock goes an hour to and fro, the database's does
    not: nothing ends before its time."""
    lib = glob.glob('/usr/lib/*/faketime/libfaketime.so.1')
    if not lib:
        print('# M18 wants the package libfaketime: no clock jumps')
        return
    offset = rig.var + '/clock'
    rig.clocks_jump = True

    def jump(to):
        with open(offset + '.new', 'w') as f:
            f.write(to)
        os.rename(offset + '.new', offset)

    jump('+0')
    with rig.other_workers(
            LD_PRELOAD=lib[0], FAKETIME_TIMESTAMP_FILE=offset,
            FAKETIME_NO_CACHE='1', FAKETIME_DONT_FAKE_MONOTONIC='1'):
        for to in ('+3600', '-3600', '-10', '+86400', '+0'):
            jump(to)
            time.sleep(secs / 5)
    rig.odd += rig.sql(
        "SELECT 'ends at ' || expires_at || ': order ' || id FROM orders"
        " WHERE created_at > '%s' AND (created_at > now()"
        "  OR expires_at <> created_at + interval '1 hour')"
        " UNION ALL SELECT 'ended early: order ' || order_id"
        " FROM order_events WHERE at > '%s' AND reason = 'expired'" %
        (rig.since, rig.since)).splitlines()


def kill_backend(rig, secs):
    for _ in until(secs):
        rig_pids = rig.sql("SELECT pid FROM pg_stat_activity WHERE usename ="
                           " 'shopd' AND pid <> pg_backend_pid()").split()
        if rig_pids:
            kill(int(random.choice(rig_pids)), signal.SIGKILL)
        time.sleep(2.5)


def kill_postmaster(rig, secs):
    kill(rig.postgres()[0], signal.SIGKILL)
    start_postgres(rig)
    time.sleep(secs / 2)


def start_postgres(rig):
    for _ in range(150):
        rig.pg_ctl('start', '-w')
        if rig.sql('SELECT 1') == '1':
            return
        time.sleep(0.1)


def stop_postgres(rig, secs):
    rig.pg_ctl('stop', '-m', 'fast', '-w')
    time.sleep(secs / 2)
    start_postgres(rig)


def freeze_postgres(rig, secs):
    """Longer than a request may take, so that workers come to know it."""
    pids = rig.postgres()
    for p in pids:
        kill(p, signal.SIGSTOP)
    time.sleep(max(secs, 8))
    for p in pids:
        kill(p, signal.SIGCONT)


def cut_connections(rig, secs):
    for _ in until(secs):
        rig.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE usename = 'shopd' AND pid <> pg_backend_pid()")
        time.sleep(0.3)


def full_log(rig, secs):
    """Not one more byte fits where the logs are."""
    filler = rig.var + '/log/filler'
    if not rig.mounted:
        print('# M10 wants root: the log disk is not full')
    else:
        with open(filler, 'wb', buffering=0) as f:
            try:
                while True:
                    f.write(bytes(65536))
            except OSError:
                pass
    time.sleep(secs)
    if rig.mounted:
        os.unlink(filler)


def hold_lock(rig, secs):
    p = rig.psql("BEGIN; SELECT * FROM inventory WHERE variant_id = %d FOR "
                 "UPDATE; SELECT pg_sleep(%f); ROLLBACK" %
                 (rig.variants[0], secs), 'DATABASE_OWNER_URL')
    p.wait()


def slow_clients(rig, secs):
    socks = []
    for _ in range(200):
        s = socket.create_connection(('127.0.0.1', rig.port))
        s.sendall(b'POST /api/v1/orders HTTP/1.1\r\nHost: x\r\n')
        socks.append(s)
    for _ in until(secs):
        for s in socks:
            try:
                s.sendall(b'X-A: b\r\n')
            except OSError:
                pass
        time.sleep(0.5)
    for s in socks:
        s.close()


def abort_clients(rig, secs):
    body = ('{"items":[{"variant_id":%d,"quantity":1}],'
            '"delivery_address":"x"}' % rig.variants[1])
    text = ('POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nAuthorization: '
            'Bearer %s\r\nContent-Type: application/json\r\n'
            'Content-Length: %d\r\n\r\n%s' %
            (rig.abort_user['token'], len(body), body)).encode()
    for _ in until(secs):
        s = socket.create_connection(('127.0.0.1', rig.port))
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                     struct.pack('ii', 1, 0))
        s.sendall(text)
        time.sleep(random.random() * 0.006)
        s.close()


def reload_nginx(rig, secs):
    for _ in until(secs):
        kill(rig.pid('NGINX_PID'), signal.SIGHUP)
        time.sleep(1)


def replace_workers(rig, secs):
    for _ in until(secs):
        kill(rig.pid('SHOPD_PID'), signal.SIGHUP)
        time.sleep(1.5)


def restart_master(rig, secs):
    """The stack starts another one at once."""
    for _ in until(secs):
        kill(rig.pid('SHOPD_PID'), signal.SIGTERM)
        time.sleep(2)


def fill_connections(rig, secs):
    hogs = [rig.psql('SELECT pg_sleep(%f)' % secs) for _ in range(120)]
    time.sleep(0.5)
    for p in rig.workers():
        kill(p, signal.SIGKILL)
    for h in hogs:
        h.wait()


def flood(rig, secs):
    end = time.monotonic() + secs
    while time.monotonic() < end:
        socks = []
        for _ in range(500):
            try:
                s = socket.create_connection(('127.0.0.1', rig.port), 1)
                s.sendall(b'GET /api/v1/products?limit=5&count=true HTTP/1.1'
                          b'\r\nHost: x\r\nAuthorization: Bearer x\r\n\r\n')
                socks.append(s)
            except OSError:
                break
        time.sleep(0.2)
        for s in socks:
            s.close()


# ---- what some of them must keep to, beyond losing nothing ----------------

def percentile(tries, percent):
    took = sorted(t.took for t in tries)
    return took[len(took) * percent // 100] if took else 0


def p99(tries):
    return percentile(tries, 99)


def quickly_503(inside, outside, start):
    """A database that hangs: those who come later are told at once, but for
    a few that meet a worker which does not know it yet."""
    late = [t for t in inside if t.start > start + 5.6]
    slowest = max((t.took for t in inside), default=0)
    return ('slowest %.1f s; from then on %d answers, p99 %.0f ms' % (
        slowest, len(late), p99(late) * 1e3)), \
        slowest < 6.5 and bool(late) and percentile(late, 90) < 0.5


def others_go_on(inside, outside, start):
    """A row that is locked: who needs it is told after a second, who does
    not feels nothing."""
    hot = [t for t in inside if t.hot]
    cold = [t for t in inside if not t.hot]
    base = p99(outside)
    return ('waiting for it %d, slowest %.2f s; others %d, p99 %.0f ms, '
            'else %.0f ms' % (
                len(hot), max((t.took for t in hot), default=0), len(cold),
                p99(cold) * 1e3, base * 1e3)), \
        max((t.took for t in hot), default=0) < 1.5 and \
        p99(cold) < max(2 * base, 0.25)


def still_serves(inside, outside, start):
    good = [t for t in inside if 0 < t.status < 500]
    return 'p99 %.0f ms, else %.0f ms; served %d of %d' % (
        p99(good) * 1e3, p99(outside) * 1e3, len(good), len(inside)), \
        len(good) > 0.8 * len(inside)


# name, fault, seconds of it, may requests fail (else: not one), what else
FAULTS = [
    ('no fault', none, 6, False, None),
    ('M1  a worker killed every 200 ms', kill_workers, 10, True, None),
    ('M1b three workers frozen for 12 s', freeze_workers, 30, True, None),
    ('M1c workers that die at one point', crash_everywhere, 18, True, None),
    ('M2  a backend killed', kill_backend, 8, True, None),
    ('M3  the postmaster killed', kill_postmaster, 8, True, None),
    ('M4  PostgreSQL stopped', stop_postgres, 10, True, None),
    ('M5  PostgreSQL frozen', freeze_postgres, 12, True, quickly_503),
    ('M6  connections cut every 300 ms', cut_connections, 8, True, None),
    ('M10 the log disk full', full_log, 6, False, None),
    ('M11 a hot row locked', hold_lock, 6, True, others_go_on),
    ('M13 200 slow clients', slow_clients, 6, False, None),
    ('M14 clients that abort', abort_clients, 8, False, None),
    ('M15 nginx reloaded every second', reload_nginx, 10, False, None),
    ('M16 workers replaced every 1.5 s', replace_workers, 10, False, None),
    ('M16b the master ended every 2 s', restart_master, 10, True, None),
    ('M18 the clock jumps by hours', jump_clocks, 10, True, None),
    ('M19 no connection slot free', fill_connections, 6, True, None),
    ('M20 a flood of connections', flood, 6, True, still_serves),
]


SHORTLY = ('M1', 'M1c', 'M3', 'M5', 'M6', 'M11', 'M16')


def run(rig, title, fault, secs, may_fail, demand):
    if SHORT:
        secs = max(3, secs // 3)
    rig.wait_sql()
    rig.since = rig.sql('SELECT now()')
    rig.until = rig.give_up = float('inf')
    rig.reads = 0.1 if fault in (freeze_workers, crash_everywhere) else 0.55
    rig.clocks_jump, rig.odd = False, []
    clients = [Client(rig, i, u) for i, u in enumerate(rig.users)]
    for c in clients:
        c.start()
    time.sleep(1)
    broken = time.monotonic()
    fault(rig, secs)
    healed = time.monotonic()
    # Until it works again, and a little longer.
    while time.monotonic() < healed + 10 and not any(
            c.ok_times and c.ok_times[-1] >= healed for c in clients):
        time.sleep(0.02)
    rig.until = time.monotonic() + (1 if SHORT else 2)
    rig.give_up = rig.until + 30
    for c in clients:
        c.join(60)
    rig.wait_sql()
    oks = sorted(t for c in clients for t in c.ok_times if t >= healed)
    recovery = oks[0] - healed if oks else float('inf')
    acked, lost, doubled = reconcile(rig, clients)
    violations = rig.check() + untold(rig) + rig.odd
    bad = [b for c in clients for b in c.bad]
    failed = sum(c.failed for c in clients)
    fine = not (lost or doubled or violations or bad) and recovery < 20 and \
        (may_fail or failed == 0)
    note = None
    if demand:
        tries = [t for c in clients for t in c.tries]
        note, met = demand(
            [t for t in tries if broken <= t.start < healed],
            [t for t in tries if not broken - 0.2 <= t.start < healed + 0.5],
            broken)
        fine = fine and met
    print('%-36s %8d %7d %7d %5d %8d %10d %7.2f s  %s' % (
        title, sum(len(c.tries) for c in clients), failed, acked, len(lost),
        doubled, len(violations), max(recovery, 0),
        'ok' if fine else 'FAILED'), flush=True)
    for line in ([note] if note else []) + violations + lost[:5] + bad[:5]:
        print('    ', line, flush=True)
    return fine


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    only = sys.argv[1:]
    if SHORT and not only:
        only = SHORTLY
    faults = [f for f in FAULTS if not only or f[0].split()[0] in only]
    rig = Rig(CLIENTS + 1)
    rig.abort_user = rig.users.pop()
    passed = 0
    print('%-36s %8s %7s %7s %5s %8s %10s %9s' % (
        'fault', 'requests', 'failed', 'acked', 'lost', 'doubled',
        'violations', 'recovery'), flush=True)
    try:
        before = int(rig.sql('SELECT deadlocks FROM pg_stat_database WHERE'
                             " datname = 'shopd'"))
        for f in faults:
            passed += run(rig, *f)
        after = int(rig.sql('SELECT deadlocks FROM pg_stat_database WHERE'
                            " datname = 'shopd'") or before)
        print('M12 deadlocks: %d' % max(0, after - before))
        passed += after <= before
    finally:
        rig.stop()
    print('%d passed, %d failed' % (passed, len(faults) + 1 - passed))
    return 0 if passed == len(faults) + 1 else 1


if __name__ == '__main__':
    sys.exit(main())
