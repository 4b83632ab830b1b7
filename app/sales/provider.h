/* SPDX-License-Identifier: MIT */
#ifndef APP_SALES_PROVIDER_H
#define APP_SALES_PROVIDER_H

/*
 * Payment providers. Their functions talk to somebody else's service, so
 * they are never called inside of a transaction: the claim (a pending row)
 * is committed first, and the answer is recorded afterwards. Each call
 * carries the row's uuid as the provider's own idempotency key, so asking
 * twice moves money once.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

enum outcome_kind {
	OUTCOME_UNKNOWN,	/* no answer, or one that says nothing: ask
				   again later */
	OUTCOME_PENDING,	/* the provider will tell by its webhook */
	OUTCOME_SUCCEEDED,
	OUTCOME_FAILED		/* for good */
};

struct outcome {
	enum outcome_kind kind;
	const char *ref;	/* the provider's id of it, or NULL */
	const char *failure_code;	/* of OUTCOME_FAILED */
};

/* "succeeded", "failed", or "pending": what the rows say. */
const char *outcome_status(const struct outcome *o);

/* What a call is about, from payments or refunds. */
struct charge {
	const char *uuid;	/* of the payment: the idempotency key */
	const char *token;	/* what the client named */
	const char *ref;	/* the provider's id, NULL: not known yet */
	int64_t amount_cents;
	const char *currency;
	int64_t order_id;
	int64_t age_s;		/* since the claim was made */
	bool wanted;		/* false: only ask what became of it, the
				   order has ended */
};

struct money_back {
	const char *uuid;	/* of the refund: the idempotency key */
	const char *payment_uuid, *payment_ref;
	const char *ref;	/* the refund's own, NULL: not known yet */
	int64_t amount_cents;
	const char *currency;
	int64_t age_s;		/* since the claim was made */
};

/* What a provider's webhook says. */
enum notice_kind { NOTICE_OTHER, NOTICE_PAYMENT, NOTICE_REFUND };
struct notice {
	const char *id;		/* of the event */
	enum notice_kind kind;
	const char *uuid;	/* of our row, or NULL */
	const char *ref;	/* the provider's id of it, or NULL */
	const char *payment_ref;	/* of a refund, or NULL */
	int64_t amount_cents;	/* of a refund; 0: not told */
	struct outcome outcome;
};

struct provider {
	const char *name;
	/* Can a client have such a token?  Says nothing about its card. */
	bool (*knows_token)(const char *token);
	/* Charge, or ask again about a charge; takes at most timeout_ms. */
	struct outcome (*charge)(struct arena *mem, const struct charge *c,
	    int timeout_ms);
	struct outcome (*refund)(struct arena *mem, const struct money_back *m,
	    int timeout_ms);
	/* CGI name of the header that signs its webhooks, and its secret
	 * (NULL: webhooks are refused). */
	const char *signature_header;
	const char *(*secret)(void);
	/* Read a verified body. -1: not a webhook of this provider. */
	int (*read)(struct arena *mem, const char *body, size_t len,
	    struct notice *n_r);
};

/* By name, or NULL. */
const struct provider *provider_find(const char *name);

/* The one that new payments go to (PAYMENT_PROVIDER). */
const struct provider *provider_default(void);

/* Is it there and configured?  -1 and the reason in *why_r. */
int provider_check(const char **why_r);

/* How long a call may take inside of a request with that deadline
 * (CLOCK_MONOTONIC), so that there is time to record the answer; 0: none. */
int provider_timeout(int64_t deadline_ms);

/*
 * "t=<unix seconds>,v1=<hex HMAC-SHA-256 of 't.body'>", as Stripe signs its
 * webhooks; other elements are ignored, several v1 are tried. True if one
 * fits and t is within 300 s of now.
 */
bool signature_fits(struct arena *mem, const char *header, const char *secret,
    const char *body, size_t len, int64_t now_s);

extern const struct provider provider_test, provider_stripe;

#endif
