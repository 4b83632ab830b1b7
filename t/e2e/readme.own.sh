#!/bin/bash
# SPDX-License-Identifier: MIT
# The purchase in README.md works word for word.
cd "$(dirname "$0")/../.." || exit 1
. t/help/tap.sh
stack_start "$tap_tmp/var" || exit 1
python3 t/help/readme.py README.md "$BASE_URL"
