#!/bin/sh
# SPDX-License-Identifier: MIT
# make bench-growth: see t/bench/growth.py.
exec "$(dirname "$0")/run.sh" growth
