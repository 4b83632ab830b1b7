/* SPDX-License-Identifier: MIT */
#include "app/sales/provider.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/json.h"

#include "app/config.h"

/* The built-in provider, for tests and demonstrations: the token says what
 * comes of it. */
static const struct {
	const char *token;
	enum outcome_kind kind;
	const char *failure_code;
} tokens[] = {
	{ "tok_visa", OUTCOME_SUCCEEDED, NULL },
	{ "tok_mastercard", OUTCOME_SUCCEEDED, NULL },
	{ "tok_declined", OUTCOME_FAILED, "card_declined" },
	{ "tok_insufficient_funds", OUTCOME_FAILED, "insufficient_funds" },
	{ "tok_pending", OUTCOME_PENDING, NULL },
};
#define NTOKENS (sizeof(tokens) / sizeof(tokens[0]))

static size_t
token_index(const char *token)
{
	size_t i = 0;

	while (i < NTOKENS && strcmp(tokens[i].token, token) != 0)
		i++;
	return i;
}

static bool
knows_token(const char *token)
{
	return token_index(token) < NTOKENS;
}

static struct outcome
charge(struct arena *mem, const struct charge *c, int timeout_ms)
{
	size_t i = token_index(c->token);

	(void)timeout_ms;
	if (i == NTOKENS)
		return (struct outcome){ OUTCOME_FAILED, NULL,
		    "no_such_token" };
	return (struct outcome){ tokens[i].kind,
	    arena_printf(mem, "test_%s", c->uuid), tokens[i].failure_code };
}

static struct outcome
refund(struct arena *mem, const struct money_back *m, int timeout_ms)
{
	(void)timeout_ms;
	return (struct outcome){ OUTCOME_SUCCEEDED,
	    arena_printf(mem, "test_%s", m->uuid), NULL };
}

static const char *
secret(void)
{
	return config.test_webhook_secret;
}

static const char *
member(const struct json *j, const char *key)
{
	const struct json *v = json_get(j, key);
	size_t len;

	return v != NULL && json_type(v) == JSON_STRING ?
	    json_string(v, &len) : NULL;
}

/* {"id": ..., "type": "payment.succeeded", "payment": uuid}; also
 * payment.failed with a failure_code, refund.succeeded and refund.failed
 * with "refund". */
static int
read_notice(struct arena *mem, const char *body, size_t len,
    struct notice *n_r)
{
	const char *why, *type, *code;
	const struct json *j = json_parse(body, len, mem, &why);
	bool ok;

	if (j == NULL || json_type(j) != JSON_OBJECT ||
	    (n_r->id = member(j, "id")) == NULL ||
	    (type = member(j, "type")) == NULL)
		return -1;
	n_r->kind = strncmp(type, "payment.", 8) == 0 ? NOTICE_PAYMENT :
	    strncmp(type, "refund.", 7) == 0 ? NOTICE_REFUND : NOTICE_OTHER;
	n_r->uuid = member(j,
	    n_r->kind == NOTICE_REFUND ? "refund" : "payment");
	type += strcspn(type, ".");
	ok = strcmp(type, ".succeeded") == 0;
	if (!ok && strcmp(type, ".failed") != 0)
		n_r->kind = NOTICE_OTHER;
	code = member(j, "failure_code");
	n_r->outcome = (struct outcome){
		ok ? OUTCOME_SUCCEEDED : OUTCOME_FAILED, NULL,
		ok ? NULL : code != NULL ? code : "card_declined"
	};
	return 0;
}

const struct provider provider_test = {
	"test", knows_token, charge, refund, "HTTP_TEST_SIGNATURE", secret,
	read_notice
};
