#!/bin/bash
# SPDX-License-Identifier: MIT
# The provider stripe: a stack of its own, and t/e2e/stripe.py plays Stripe.
set -u
. "$(dirname "$0")/../help/tap.sh"
VAR=$(new_dir)
export VAR
exec {go}<> <(:)
port=$(free_port)
STRIPE_PORT=$port /usr/bin/python3 "$top/t/e2e/stripe.py" <&"$go" &
peer=$!
stack_start "$VAR" PAYMENT_PROVIDER=stripe STRIPE_SECRET_KEY=sk_test_key \
	STRIPE_WEBHOOK_SECRET=whsec_stripe \
	STRIPE_API_BASE="http://127.0.0.1:$port" || exit 1
echo >&"$go"
wait "$peer"
