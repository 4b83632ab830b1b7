#!/bin/sh
# SPDX-License-Identifier: MIT
# make faults: see t/fault/run.py.
exec python3 "$(dirname "$0")/run.py" "$@"
