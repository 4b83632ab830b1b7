/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include <string.h>

#include "lib/arena.h"

#include "app/config.h"
#include "app/sales/provider.h"

/* printf '1790000000.{"a":1}' | openssl dgst -sha256 -hmac secret */
#define BODY	"{\"a\":1}"
#define MAC	"da8fe498621aaab99d5b11c51346b13d" \
	"1a2bf2914b865b8d3edd3531cab25a3e"
#define T0	1790000000

static struct arena *mem;

static void
setup(void)
{
	mem = arena_new(1 << 20);
}

static void
teardown(void)
{
	arena_free(mem);
}

static bool
fits(const char *header, int64_t now)
{
	return signature_fits(mem, header, "secret", BODY, strlen(BODY), now);
}

START_TEST(signature)
{
	ck_assert(fits("t=1790000000,v1=" MAC, T0));
	ck_assert(fits("v1=" MAC ", t=1790000000", T0));
	ck_assert(fits("t=1790000000,v0=x,v1=0000,v1=" MAC, T0));
	ck_assert(fits("t=1790000000,v1=" MAC, T0 + 300));
	ck_assert(fits("t=1790000000,v1=" MAC, T0 - 300));
	ck_assert(!fits("t=1790000000,v1=" MAC, T0 + 301));
	ck_assert(!fits("t=1790000000,v1=" MAC, T0 - 301));
	ck_assert(!fits("t=1790000001,v1=" MAC, T0));
	ck_assert(!fits("v1=" MAC, T0));
	ck_assert(!fits("t=1790000000", T0));
	ck_assert(!fits("t=1790000000,v1=", T0));
	ck_assert(!fits("t=1790000000,v1=0" MAC, T0));
	ck_assert(!fits("t=x,v1=" MAC, T0));
	ck_assert(!fits("", T0));
	ck_assert(!signature_fits(mem, "t=1790000000,v1=" MAC, "secret2",
	    BODY, strlen(BODY), T0));
	ck_assert(!signature_fits(mem, "t=1790000000,v1=" MAC, "secret",
	    BODY " ", strlen(BODY) + 1, T0));
}
END_TEST

static enum outcome_kind
charge(const char *token)
{
	struct charge c = { .uuid = "u", .token = token, .amount_cents = 100,
	    .currency = "USD", .wanted = true };

	return provider_test.charge(mem, &c, 1000).kind;
}

START_TEST(test_tokens)
{
	ck_assert_int_eq(charge("tok_visa"), OUTCOME_SUCCEEDED);
	ck_assert_int_eq(charge("tok_mastercard"), OUTCOME_SUCCEEDED);
	ck_assert_int_eq(charge("tok_declined"), OUTCOME_FAILED);
	ck_assert_int_eq(charge("tok_insufficient_funds"), OUTCOME_FAILED);
	ck_assert_int_eq(charge("tok_pending"), OUTCOME_PENDING);
	ck_assert(provider_test.knows_token("tok_pending"));
	ck_assert(!provider_test.knows_token("tok_other"));
	ck_assert(!provider_test.knows_token(""));
}
END_TEST

START_TEST(stripe_tokens)
{
	ck_assert(provider_stripe.knows_token("pm_card_visa"));
	ck_assert(provider_stripe.knows_token("tok_visa"));
	ck_assert(!provider_stripe.knows_token("pm_"));
	ck_assert(!provider_stripe.knows_token("card_1"));
	ck_assert(!provider_stripe.knows_token("pm_a&amount=1"));
}
END_TEST

static int
reads(const struct provider *p, const char *body, struct notice *n)
{
	memset(n, 0, sizeof(*n));
	return p->read(mem, body, strlen(body), n);
}

START_TEST(test_notices)
{
	struct notice n;

	ck_assert_int_eq(reads(&provider_test, "{\"id\":\"e\",\"type\":"
	    "\"payment.succeeded\",\"payment\":\"u\"}", &n), 0);
	ck_assert_int_eq(n.kind, NOTICE_PAYMENT);
	ck_assert_str_eq(n.id, "e");
	ck_assert_str_eq(n.uuid, "u");
	ck_assert_int_eq(n.outcome.kind, OUTCOME_SUCCEEDED);
	ck_assert_int_eq(reads(&provider_test, "{\"id\":\"e\",\"type\":"
	    "\"refund.failed\",\"refund\":\"r\"}", &n), 0);
	ck_assert_int_eq(n.kind, NOTICE_REFUND);
	ck_assert_int_eq(n.outcome.kind, OUTCOME_FAILED);
	ck_assert_int_eq(reads(&provider_test, "{\"id\":\"e\",\"type\":"
	    "\"payment.created\"}", &n), 0);
	ck_assert_int_eq(n.kind, NOTICE_OTHER);
	ck_assert_int_eq(reads(&provider_test, "{\"id\":\"e\"}", &n), -1);
	ck_assert_int_eq(reads(&provider_test, "[]", &n), -1);
	ck_assert_int_eq(reads(&provider_test, "{", &n), -1);
}
END_TEST

START_TEST(stripe_notices)
{
	struct notice n;

	ck_assert_int_eq(reads(&provider_stripe, "{\"id\":\"evt_1\",\"type\":"
	    "\"payment_intent.succeeded\",\"data\":{\"object\":{\"object\":"
	    "\"payment_intent\",\"id\":\"pi_1\",\"status\":\"succeeded\","
	    "\"metadata\":{\"payment\":\"u\"}}}}", &n), 0);
	ck_assert_int_eq(n.kind, NOTICE_PAYMENT);
	ck_assert_str_eq(n.uuid, "u");
	ck_assert_str_eq(n.ref, "pi_1");
	ck_assert_int_eq(n.outcome.kind, OUTCOME_SUCCEEDED);
	ck_assert_int_eq(reads(&provider_stripe, "{\"id\":\"evt_2\",\"type\":"
	    "\"refund.updated\",\"data\":{\"object\":{\"object\":\"refund\","
	    "\"id\":\"re_1\",\"status\":\"failed\",\"failure_reason\":"
	    "\"lost_or_stolen_card\"}}}", &n), 0);
	ck_assert_int_eq(n.kind, NOTICE_REFUND);
	ck_assert_ptr_null(n.uuid);
	ck_assert_str_eq(n.outcome.failure_code, "lost_or_stolen_card");
	ck_assert_int_eq(reads(&provider_stripe, "{\"id\":\"evt_3\",\"type\":"
	    "\"customer.created\",\"data\":{\"object\":{\"object\":"
	    "\"customer\",\"id\":\"cus_1\"}}}", &n), 0);
	ck_assert_int_eq(n.kind, NOTICE_OTHER);
	ck_assert_int_eq(reads(&provider_stripe, "{\"id\":\"evt_4\","
	    "\"type\":\"x\",\"data\":[]}", &n), -1);
}
END_TEST

START_TEST(currencies_of_stripe)
{
	struct config was = config;
	const char *why;

	config.payment_provider = "stripe";
	config.stripe_secret_key = "sk_test_x";
	config.currency = "JPY";
	ck_assert_int_eq(provider_check(&why), 0);
	config.currency = "ISK";
	ck_assert_int_eq(provider_check(&why), -1);
	config.payment_provider = "test";
	ck_assert_int_eq(provider_check(&why), 0);
	config = was;
}
END_TEST

SUITE(provider)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, signature);
	tcase_add_test(tc, test_tokens);
	tcase_add_test(tc, stripe_tokens);
	tcase_add_test(tc, test_notices);
	tcase_add_test(tc, stripe_notices);
	tcase_add_test(tc, currencies_of_stripe);
}
