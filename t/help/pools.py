# SPDX-License-Identifier: MIT
"""pools.py ROUTES ROUTES.C NGINX.CONF: prints where nginx gives a request to
other workers than `shopd routes` says, whose output is in the file ROUTES;
all paths and methods of a route, its second names too."""

import re
import sys

READS = ('GET', 'HEAD', 'OPTIONS')
NAMES = {'app': 'main'}     # upstreams that are called otherwise


def rows(text):
    """(method, path) -> pool, paths as in the table."""
    found = {}
    for line in text.splitlines():
        methods, _, pool, path = line.split()[:4]
        path = path[7:] if path.startswith('/api/v1/') else '/' + path
        for m in methods.split(','):
            found[m, path] = pool
    return found


def with_aliases(routes, source):
    """All of them, and each alias with its target's pool."""
    block = re.search(r'aliases\[\] = \{\n(.*?)\n\};', source, re.S)[1]
    aliases = re.findall(r'^\{ ([A-Z |]+), "([^"]+)", "([^"]+)" \},$', block,
                         re.M)
    if len(aliases) != len(re.findall('^{', block, re.M)):
        sys.exit('an alias that is not understood')
    return {**routes, **{
        (m, path): routes[m, target] for methods, path, target in aliases
        for m in methods.split(' | ')}}


def spelt(path):
    """The URIs of a path in the table."""
    path = re.sub(r'\{[^}]*\}', 'x-1', path)
    for uri in [path[1:]] if path.startswith('//') else \
            ['/api/v1' + path, '/api' + path]:
        yield uri
        yield uri.rstrip('/') + '/'


def main(listed, source, conf):
    block = re.search(r'map "\$request_method \$uri" \$pool \{(.*?)\n\t\}',
                      conf, re.S)[1]
    default = re.search(r'default (\w+);', block)[1]
    rules = [(re.compile(r), pool) for r, pool in
             re.findall(r'"~(.*?)" (\w+);', block)]
    wanted = with_aliases(rows(listed), source)
    for (method, path), pool in sorted(wanted.items()):
        for uri in spelt(path):
            for m in READS if method == 'GET' else [method]:
                got = next((p for r, p in rules
                            if r.search(m + ' ' + uri)), default)
                if NAMES.get(got, got) != pool:
                    print('%s %s: %s, not %s' % (m, uri, got, pool))


main(*(open(name).read() for name in sys.argv[1:]))
