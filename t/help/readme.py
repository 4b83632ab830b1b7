# SPDX-License-Identifier: MIT
"""The purchase in README.md: its blocks are run one after the other in one
shell, and each must print what the block after it says, but for times,
tokens and random ids. UPDATE=1 writes the answers into README.md instead."""

import os
import re
import subprocess
import sys

MARK = '# --- next block ---'


def blocks(text):
    """Of the section: [kind, content, start, end] of each fenced block."""
    start = text.index('## Buy something')
    end = text.index('\n## ', start + 5)
    for m in re.finditer(r'```(sh|json)\n(.*?)```', text[start:end], re.S):
        yield [m[1], m[2], start + m.start(2), start + m.end(2)]


def plain(answer):
    """Without what differs from run to run."""
    answer = re.sub(r'\d{4}-\d\d-\d\dT[\d:.]+Z', 'TIME', answer)
    answer = re.sub(r'[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22,27}', 'UUID', answer)
    answer = re.sub(r'"(access|refresh)_token":"[^"]*"', r'"\1_token":"..."',
                    answer)
    answer = re.sub(r'"request_id":"[^"]*"', '"request_id":"..."', answer)
    return ' '.join(answer.split())


def main(readme, base):
    text = open(readme).read()
    parts = list(blocks(text))
    script = ''
    for kind, content, _, _ in parts:
        if kind == 'sh':
            script += content + '\necho; echo "%s"\n' % MARK
    script = script.replace('http://127.0.0.1:8080', base)
    out = subprocess.run(['bash', '-eu'], input=script, text=True,
                         capture_output=True)
    got = out.stdout.split(MARK)
    n = failed = 0
    run = iter(got)
    answer, changes = '', []
    for kind, content, start, end in parts:
        if kind == 'sh':
            answer = next(run, '')
            continue
        n += 1
        changes.append((start, end, answer.strip() + '\n'))
        if plain(answer) == plain(content):
            print('ok %d - the README\'s purchase, answer %d' % (n, n))
        else:
            failed += 1
            print('not ok %d - the README\'s purchase, answer %d' % (n, n))
            print('# got:    ' + plain(answer))
            print('# wanted: ' + plain(content))
    if os.environ.get('UPDATE'):
        for start, end, answer in reversed(changes):
            text = text[:start] + answer + text[end:]
        open(readme, 'w').write(text)
    print('1..%d' % n)
    if out.returncode:
        print('# the shell ended with %d: %s' % (out.returncode, out.stderr))
    return 1 if failed or out.returncode or n == 0 else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1], sys.argv[2]))
