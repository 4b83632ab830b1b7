/* SPDX-License-Identifier: MIT */
#include "app/sales/provider.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/json.h"
#include "lib/token.h"
#include "lib/worker.h"

#include "app/config.h"

#define TOLERANCE_S	300
#define CALL_MS		5000
#define RECORD_MS	1000	/* of a request, to record the answer */

static const struct provider *const providers[] = {
	&provider_test, &provider_stripe,
};

const struct provider *
provider_find(const char *name)
{
	for (size_t i = 0; i < sizeof(providers) / sizeof(*providers); i++)
		if (strcmp(providers[i]->name, name) == 0)
			return providers[i];
	return NULL;
}

const struct provider *
provider_default(void)
{
	return provider_find(config.payment_provider);
}

/* Stripe counts these in other units than ISO 4217 does. */
static bool
stripe_counts_otherwise(const char *currency)
{
	return strcmp(currency, "ISK") == 0 || strcmp(currency, "MGA") == 0 ||
	    strcmp(currency, "UGX") == 0;
}

int
provider_check(const char **why_r)
{
	const struct provider *p = provider_default();

	*why_r = p == NULL ? "PAYMENT_PROVIDER: there is no such provider" :
	    p == &provider_stripe && (config.stripe_secret_key == NULL ||
	    *config.stripe_secret_key == '\0') ?
	    "STRIPE_SECRET_KEY: the provider stripe needs it" :
	    p == &provider_stripe && stripe_counts_otherwise(config.currency) ?
	    "CURRENCY: the provider stripe counts it in another unit" : NULL;
	return *why_r == NULL ? 0 : -1;
}

const char *
outcome_status(const struct outcome *o)
{
	return o->kind == OUTCOME_SUCCEEDED ? "succeeded" :
	    o->kind == OUTCOME_FAILED ? "failed" : "pending";
}

int
provider_timeout(int64_t deadline_ms)
{
	int64_t left = deadline_ms - now_ms() - RECORD_MS;

	return left < 0 ? 0 : left < CALL_MS ? (int)left : CALL_MS;
}

/* The value of the next "name=" element from *at on, NULL at the end. */
static const char *
element(struct arena *mem, const char **at, const char *name)
{
	size_t n = strlen(name);
	const char *s;

	while (**at != '\0') {
		s = *at + strspn(*at, " \t,");
		*at = s + strcspn(s, ",");
		if (strncmp(s, name, n) == 0)
			return arena_strndup(mem, s + n,
			    (size_t)(*at - s) - n);
	}
	return NULL;
}

static const char *
hex(struct arena *mem, const unsigned char *data, size_t len)
{
	struct buf b;

	buf_init(&b, mem, 2 * len + 1);
	for (size_t i = 0; i < len; i++)
		buf_printf(&b, "%02x", data[i]);
	return b.data;
}

bool
signature_fits(struct arena *mem, const char *header, const char *secret,
    const char *body, size_t len, int64_t now_s)
{
	const char *at = header, *v, *want, *time = element(mem, &at, "t=");
	unsigned char mac[32];
	bool fits = false;
	int64_t t;
	struct buf b;

	if (time == NULL || !i64_parse(time, &t) || t < now_s - TOLERANCE_S ||
	    t > now_s + TOLERANCE_S)
		return false;
	buf_init(&b, mem, len + 32);
	buf_printf(&b, "%s.", time);
	buf_add(&b, body, len);
	hmac_sha256(secret, strlen(secret), b.data, b.len, mac);
	want = hex(mem, mac, sizeof(mac));
	at = header;
	while ((v = element(mem, &at, "v1=")) != NULL)
		fits |= strlen(v) == strlen(want) &&
		    equal_ct(v, want, strlen(want));
	return fits;
}
