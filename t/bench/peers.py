# SPDX-License-Identifier: MIT
"""Programs that one would write instead: t/bench/peers, each as its
documentation says to run it, on our tables in our database."""

import os
import shutil
import subprocess

from rig import HERE, OBJ, Program, answers, free_port, say

CORES = os.cpu_count()
FIRST = '/api/v1/products/1001'


def run(name, shop, args, **kw):
    env = dict(shop.pg_env, PYTHONDONTWRITEBYTECODE='1')
    peer = Program(args, '%s/%s.log' % (OBJ, name), env=env, **kw)
    return peer


def flask(shop):
    port = free_port()
    # 2 x cores + 1 is what gunicorn recommends.
    return port, run('flask', shop, [
        '/usr/bin/python3', '-m', 'gunicorn', '-w', str(2 * CORES + 1),
        '-b', '127.0.0.1:%d' % port, '--worker-tmp-dir', '/dev/shm',
        '--chdir', HERE + '/peers/flask', 'app:app'])


def fastapi(shop):
    port = free_port()
    return port, run('fastapi', shop, [
        '/usr/bin/python3', '-m', 'uvicorn', '--workers', str(CORES),
        '--port', str(port), '--no-access-log', '--log-level', 'warning',
        '--app-dir', HERE + '/peers/fastapi', 'app:app'])


def go(shop):
    port = free_port()
    program = OBJ + '/go-peer'
    subprocess.run(['go', 'build', '-o', program, '.'], check=True,
                   cwd=HERE + '/peers/go',
                   env=dict(os.environ, GOPATH='/usr/share/gocode',
                            GO111MODULE='off', GOFLAGS='',
                            GOCACHE=OBJ + '/go-cache'))
    return port, run('go', shop, [program, str(port)])


def fastify(shop):
    port = free_port()
    where = OBJ + '/fastify'
    os.makedirs(where, exist_ok=True)
    for name in ('package.json', 'app.js'):
        shutil.copy('%s/peers/fastify/%s' % (HERE, name), where)
    if not os.path.exists(where + '/node_modules/pg'):
        subprocess.run(['npm', 'install', '--silent', '--no-audit',
                        '--no-fund', '--ignore-scripts'], cwd=where,
                       check=True)
    return port, run('fastify', shop, ['node', 'app.js', str(port)],
                     cwd=where)


def start(shop, wanted):
    """The peers that can be had: {name: program}."""
    out = {}
    for name, function in (('Flask', flask), ('FastAPI', fastapi),
                           ('Go', go), ('Fastify', fastify)):
        if not wanted(name):
            continue
        try:
            port, peer = function(shop)
        except (OSError, subprocess.CalledProcessError) as e:
            say('without %s: %s' % (name, e))
            continue
        peer.port = port
        peer.wait_for(lambda: answers(port, FIRST), 20)
        out[name] = peer
    return out
