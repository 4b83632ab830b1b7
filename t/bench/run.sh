#!/bin/sh
# SPDX-License-Identifier: MIT
# make bench, make bench-growth: install what they need, build it, run them.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top"
conf/deps.sh build run bench
make -s obj/bench/floor obj/bench/rate obj/bench/sql obj/bench/rows
export PYTHONDONTWRITEBYTECODE=1
exec /usr/bin/python3 "t/bench/${1:-run}.py"
