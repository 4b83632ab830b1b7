/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include "t/help/webhook.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/token.h"

#include "app/config.h"

const char *
signature(const char *body, int64_t at, const char *secret)
{
	const char *text = pathf("%lld.%s", (long long)at, body);
	unsigned char mac[32];
	char hex[65];

	hmac_sha256(secret, strlen(secret), text, strlen(text), mac);
	for (size_t i = 0; i < sizeof(mac); i++)
		snprintf(hex + 2 * i, 3, "%02x", mac[i]);
	return pathf("t=%lld,v1=%s", (long long)at, hex);
}

struct answer
webhook(const char *body)
{
	return call_with("POST", "/api/v1/payments/webhooks/test", NULL, body,
	    "Test-Signature", signature(body, time(NULL),
	    config.test_webhook_secret), NULL);
}

struct answer
webhook_stripe(const char *body)
{
	config.stripe_webhook_secret = "whsec_test";
	return call_with("POST", "/api/v1/payments/webhooks/stripe", NULL,
	    body, "Stripe-Signature", signature(body, time(NULL),
	    config.stripe_webhook_secret), NULL);
}
