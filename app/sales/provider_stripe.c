/* SPDX-License-Identifier: MIT */
#include "app/sales/provider.h"

#include <ctype.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/http_client.h"
#include "lib/json.h"
#include "lib/worker.h"

#include "app/config.h"

/*
 * Stripe's PaymentIntents and Refunds (docs.stripe.com/api). Whatever does
 * not clearly say how it ended (time-outs, 409, 429, 5xx, a wrong key) is
 * unknown, and asked again later with the same idempotency key.
 */

#define CONNECT_MS	2000
#define SLOW_MS		1900	/* no connection, or long no answer */
#define REST_MS		10000
#define MAX_ANSWER	((size_t)256 << 10)
#define VERSION		"Stripe-Version: 2024-06-20"

/* Stripe forgets idempotency keys after 24 hours; from then on the payment
 * or refund is looked for. The search for payments lags behind, by minutes
 * at worst; the list of refunds does not. */
#define KEY_LIVES_S	(23 * 3600)
#define SEARCH_LAG_S	(2 * 3600)

static const struct outcome unknown = { OUTCOME_UNKNOWN, NULL, NULL };

/* Does the token look like one of Stripe's, for a card? */
static bool
knows_token(const char *token)
{
	const char *s = strncmp(token, "pm_", 3) == 0 ? token + 3 :
	    strncmp(token, "tok_", 4) == 0 ? token + 4 : "";

	if (*s == '\0')
		return false;
	for (; *s != '\0'; s++)
		if (!isalnum((unsigned char)*s) && *s != '_')
			return false;
	return true;
}

/* ---- JSON ---------------------------------------------------------------- */

/* A string by its path of members, or NULL. */
static const char *
text_at(const struct json *j, const char *a, const char *b)
{
	const struct json *v = json_get(j, a);
	size_t len;

	if (v != NULL && b != NULL)
		v = json_type(v) == JSON_OBJECT ? json_get(v, b) : NULL;
	return v != NULL && json_type(v) == JSON_STRING ?
	    json_string(v, &len) : NULL;
}

static const struct json *
object_at(const struct json *j, const char *key)
{
	const struct json *v = j == NULL ? NULL : json_get(j, key);

	return v != NULL && json_type(v) == JSON_OBJECT ? v : NULL;
}

/* 0: there is none. */
static int64_t
cents_at(const struct json *j, const char *key)
{
	const struct json *v = json_get(j, key);
	int64_t n;

	return v != NULL && json_type(v) == JSON_NUMBER && json_i64(v, &n) &&
	    n > 0 ? n : 0;
}

static bool
one_of(const char *s, const char *a, const char *b, const char *c)
{
	return strcmp(s, a) == 0 || strcmp(s, b) == 0 || strcmp(s, c) == 0;
}

/* ---- calls --------------------------------------------------------------- */

/* Of a request that did not wait, three quarters of the time for a call. */
static int64_t
slow_ms(void)
{
	int64_t most_ms = config.request_timeout_ms * 3 / 4 - 750;

	return most_ms < SLOW_MS ? most_ms : SLOW_MS;
}

/*
 * One call; its status, 0 for none, and the answer if it is an object. A
 * Stripe that hangs must not take every worker in turn: after a time-out it is
 * left alone for a while, unless that came from a request which had waited and
 * so had less time to give.
 */
static int
ask(struct arena *mem, const char *method, const char *path,
    const struct buf *form, const char *key, int timeout_ms,
    const struct json **answer_r)
{
	static int64_t rest_until_ms;
	int64_t start_ms = now_ms();
	const char *headers[] = {
		arena_printf(mem, "Authorization: Bearer %s",
		    config.stripe_secret_key),
		VERSION, arena_printf(mem, "Idempotency-Key: %s", key), NULL
	}, *why;
	struct http_call c = {
		.mem = mem, .method = method, .headers = headers,
		.url = arena_printf(mem, "%s%s", config.stripe_api_base, path),
		.body = form != NULL ? form->data : NULL,
		.body_len = form != NULL ? form->len : 0,
		.connect_ms = CONNECT_MS, .total_ms = timeout_ms,
		.max_answer = MAX_ANSWER,
	};
	struct json *j;

	*answer_r = NULL;
	if (start_ms < rest_until_ms)
		return 0;
	http_do(&c);
	if (c.status == 0) {
		if (now_ms() - start_ms > slow_ms())
			rest_until_ms = now_ms() + REST_MS;
		return 0;
	}
	j = json_parse(c.answer.data, c.answer.len, mem, &why);
	if (j != NULL && json_type(j) == JSON_OBJECT)
		*answer_r = j;
	return *answer_r == NULL ? 0 : c.status;
}

/* A refusal: 402 and 400 end it, all else may pass. */
static struct outcome
refused(int status, const struct json *j)
{
	const struct json *e = object_at(j, "error");
	const char *type, *code;

	if (e == NULL || (status != 400 && status != 402 && status != 404))
		return unknown;
	type = text_at(e, "type", NULL);
	if (type == NULL || strcmp(type, "idempotency_error") == 0)
		return unknown;
	if ((code = text_at(e, "decline_code", NULL)) == NULL &&
	    (code = text_at(e, "code", NULL)) == NULL)
		code = type;
	return (struct outcome){ OUTCOME_FAILED,
	    text_at(e, "payment_intent", "id"), code };
}

/* The same about what Stripe has told of itself: that there is no such thing
 * says who was asked, by the key of another account or of its test mode. */
static struct outcome
refused_known(int status, const struct json *j)
{
	const struct json *e = object_at(j, "error");
	const char *code = e == NULL ? NULL : text_at(e, "code", NULL);

	return code != NULL && strcmp(code, "resource_missing") == 0 ?
	    unknown : refused(status, j);
}

static struct outcome
intent_outcome(const struct json *pi)
{
	const char *status = text_at(pi, "status", NULL), *code;
	struct outcome o = { OUTCOME_UNKNOWN, text_at(pi, "id", NULL), NULL };

	if (status == NULL || o.ref == NULL)
		return unknown;
	if (strcmp(status, "succeeded") == 0)
		o.kind = OUTCOME_SUCCEEDED;
	else if (strcmp(status, "processing") == 0)
		o.kind = OUTCOME_PENDING;
	else if (one_of(status, "requires_payment_method", "requires_action",
	    "canceled")) {
		o.kind = OUTCOME_FAILED;
		code = text_at(pi, "last_payment_error", "decline_code");
		if (code == NULL)
			code = text_at(pi, "last_payment_error", "code");
		o.failure_code = code != NULL ? code : status;
	}
	return o;
}

static struct outcome
refund_outcome(const struct json *r)
{
	const char *status = text_at(r, "status", NULL), *code;
	struct outcome o = { OUTCOME_UNKNOWN, text_at(r, "id", NULL), NULL };

	if (status == NULL || o.ref == NULL)
		return unknown;
	if (strcmp(status, "succeeded") == 0)
		o.kind = OUTCOME_SUCCEEDED;
	else if (one_of(status, "pending", "requires_action", "processing"))
		o.kind = OUTCOME_PENDING;
	else if (one_of(status, "failed", "canceled", "cancelled")) {
		o.kind = OUTCOME_FAILED;
		code = text_at(r, "failure_reason", NULL);
		o.failure_code = code != NULL ? code : status;
	}
	return o;
}

/* What became of a payment whose answer was lost long ago. */
static struct outcome
search(struct arena *mem, const struct charge *c, int timeout_ms)
{
	const struct json *j, *list;
	struct buf q;

	buf_init(&q, mem, 200);
	buf_str(&q, "/v1/payment_intents/search?");
	buf_str(&q, "query=metadata%5B%27payment%27%5D%3A%27");
	buf_printf(&q, "%s%%27", c->uuid);
	if (ask(mem, "GET", q.data, NULL, c->uuid, timeout_ms, &j) != 200 ||
	    (list = json_get(j, "data")) == NULL ||
	    json_type(list) != JSON_ARRAY)
		return unknown;
	if (json_len(list) > 0)
		return json_type(json_at(list, 0)) == JSON_OBJECT ?
		    intent_outcome(json_at(list, 0)) : unknown;
	return c->age_s > SEARCH_LAG_S ?
	    (struct outcome){ OUTCOME_FAILED, NULL, "abandoned" } : unknown;
}

static void
intent_form(struct buf *f, const struct charge *c)
{
	char currency[4] = "";

	for (size_t i = 0; i < 3 && c->currency[i] != '\0'; i++)
		currency[i] = (char)tolower((unsigned char)c->currency[i]);
	http_form_add(f, "amount", arena_printf(f->mem, "%lld",
	    (long long)c->amount_cents));
	http_form_add(f, "currency", currency);
	http_form_add(f, "confirm", "true");
	http_form_add(f, "error_on_requires_action", "true");
	http_form_add(f, "payment_method_types[]", "card");
	if (strncmp(c->token, "tok_", 4) == 0) {
		http_form_add(f, "payment_method_data[type]", "card");
		http_form_add(f, "payment_method_data[card][token]",
		    c->token);
	} else
		http_form_add(f, "payment_method", c->token);
	http_form_add(f, "metadata[payment]", c->uuid);
	http_form_add(f, "metadata[order]", arena_printf(f->mem, "%lld",
	    (long long)c->order_id));
}

static struct outcome
charge(struct arena *mem, const struct charge *c, int timeout_ms)
{
	const struct json *j;
	struct buf form;
	int status;

	if (c->ref == NULL && (!c->wanted || c->age_s > KEY_LIVES_S))
		return search(mem, c, timeout_ms);
	buf_init(&form, mem, 512);
	intent_form(&form, c);
	status = c->ref != NULL ?
	    ask(mem, "GET", arena_printf(mem, "/v1/payment_intents/%s",
	    c->ref), NULL, c->uuid, timeout_ms, &j) :
	    ask(mem, "POST", "/v1/payment_intents", &form, c->uuid,
	    timeout_ms, &j);
	return status == 200 ? intent_outcome(j) : c->ref != NULL ?
	    refused_known(status, j) : refused(status, j);
}

/* Among the refunds in a list: 1 and its outcome, or 0. */
static int
pick(const struct json *list, const char *uuid, struct outcome *o_r)
{
	const char *of;

	for (size_t i = 0; i < json_len(list); i++) {
		if (json_type(json_at(list, i)) != JSON_OBJECT)
			continue;
		of = text_at(json_at(list, i), "metadata", "refund");
		if (of == NULL || strcmp(of, uuid) != 0)
			continue;
		*o_r = refund_outcome(json_at(list, i));
		return 1;
	}
	return 0;
}

/* A refund whose answer was lost long ago: 1 and its outcome, 0 if it was
 * never made, -1 if nobody can tell now. */
static int
find_refund(struct arena *mem, const struct money_back *m, int64_t until_ms,
    struct outcome *o_r)
{
	const char *path = arena_printf(mem,
	    "/v1/refunds?limit=100&payment_intent=%s", m->payment_ref);
	const char *at = path, *last;
	const struct json *j, *list, *more;

	while (now_ms() < until_ms) {
		if (ask(mem, "GET", at, NULL, m->uuid,
		    (int)(until_ms - now_ms()), &j) != 200 ||
		    (list = json_get(j, "data")) == NULL ||
		    json_type(list) != JSON_ARRAY)
			return -1;
		if (pick(list, m->uuid, o_r) == 1)
			return 1;
		more = json_get(j, "has_more");
		if (more == NULL || json_type(more) != JSON_BOOL ||
		    !json_bool(more))
			return 0;
		if (json_len(list) == 0 || json_type(json_at(list,
		    json_len(list) - 1)) != JSON_OBJECT ||
		    (last = text_at(json_at(list, json_len(list) - 1), "id",
		    NULL)) == NULL)
			return -1;
		at = arena_printf(mem, "%s&starting_after=%s", path, last);
	}
	return -1;
}

static struct outcome
refund(struct arena *mem, const struct money_back *m, int timeout_ms)
{
	int64_t until_ms = now_ms() + timeout_ms;
	struct outcome found = unknown;
	const struct json *j;
	struct buf form;
	int status;

	if (m->payment_ref == NULL || (m->ref == NULL &&
	    m->age_s > KEY_LIVES_S && find_refund(mem, m, until_ms, &found) !=
	    0))
		return found;
	timeout_ms = (int)(until_ms - now_ms());
	buf_init(&form, mem, 256);
	http_form_add(&form, "payment_intent", m->payment_ref);
	http_form_add(&form, "amount", arena_printf(mem, "%lld",
	    (long long)m->amount_cents));
	http_form_add(&form, "metadata[refund]", m->uuid);
	status = m->ref != NULL ?
	    ask(mem, "GET", arena_printf(mem, "/v1/refunds/%s", m->ref),
	    NULL, m->uuid, timeout_ms, &j) :
	    ask(mem, "POST", "/v1/refunds", &form, m->uuid, timeout_ms, &j);
	return status == 200 ? refund_outcome(j) : refused_known(status, j);
}

/* ---- webhooks ------------------------------------------------------------ */

static const char *
secret(void)
{
	return config.stripe_webhook_secret;
}

static int
read_notice(struct arena *mem, const char *body, size_t len,
    struct notice *n_r)
{
	const char *why, *type, *object;
	const struct json *j = json_parse(body, len, mem, &why), *o;

	if (j == NULL || json_type(j) != JSON_OBJECT ||
	    (n_r->id = text_at(j, "id", NULL)) == NULL ||
	    (type = text_at(j, "type", NULL)) == NULL ||
	    (o = object_at(object_at(j, "data"), "object")) == NULL)
		return -1;
	object = text_at(o, "object", NULL);
	n_r->kind = NOTICE_OTHER;
	n_r->ref = text_at(o, "id", NULL);
	if (object == NULL)
		return 0;
	if (one_of(type, "payment_intent.succeeded",
	    "payment_intent.payment_failed", "payment_intent.canceled") &&
	    strcmp(object, "payment_intent") == 0) {
		n_r->kind = NOTICE_PAYMENT;
		n_r->uuid = text_at(o, "metadata", "payment");
		n_r->outcome = intent_outcome(o);
	} else if (strcmp(object, "refund") == 0) {
		n_r->kind = NOTICE_REFUND;
		n_r->uuid = text_at(o, "metadata", "refund");
		n_r->payment_ref = text_at(o, "payment_intent", NULL);
		n_r->amount_cents = cents_at(o, "amount");
		n_r->outcome = refund_outcome(o);
	}
	return 0;
}

const struct provider provider_stripe = {
	"stripe", knows_token, charge, refund, "HTTP_STRIPE_SIGNATURE",
	secret, read_notice
};
