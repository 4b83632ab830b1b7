/* SPDX-License-Identifier: MIT */
#include "app/sales/payment_webhook_http.h"

#include <string.h>
#include <time.h>

#include "lib/json.h"
#include "lib/tx.h"

#include "app/errors.h"
#include "app/sales/payment_webhook.h"
#include "app/serve.h"
#include "app/shapes.h"

SHAPE(received, "received bool");

#define ID_MAX 255	/* bytes; they are keys of indexes */

struct taking {
	const struct provider *provider;
	struct notice notice;
};

static int
take(struct req *rq, struct resp *rs, void *arg)
{
	struct taking *t = arg;

	(void)rs;
	return payment_webhook(rq->tx, t->provider, &t->notice, rq->body);
}

static bool
fits(const char *id)
{
	return id == NULL || strlen(id) <= ID_MAX;
}

/* The whole event is kept, with the numbers that nobody reads. */
static bool
is_wild(const struct req *rq)
{
	const char *why;
	const struct json *j = json_parse(rq->body, rq->body_len, rq->mem,
	    &why);

	return j != NULL && json_has_wild_number(j);
}

int
post_payments_webhooks_provider(struct req *rq, struct resp *rs)
{
	struct taking t = { .provider = provider_find(rq->refs[0]) };
	const char *secret, *signature;

	if (t.provider == NULL ||
	    (secret = t.provider->secret()) == NULL || *secret == '\0')
		return fail(rq, E_NOT_FOUND, "There is no such provider");
	signature = req_header(rq, t.provider->signature_header);
	if (signature == NULL || !signature_fits(rq->mem, signature, secret,
	    rq->body, rq->body_len, time(NULL)))
		return fail(rq, E_BAD_REQUEST, "The signature does not fit");
	if (t.provider->read(rq->mem, rq->body, rq->body_len, &t.notice) ==
	    -1 || !fits(t.notice.id) || !fits(t.notice.ref))
		return fail(rq, E_MALFORMED_JSON,
		    "This is no event of the provider");
	if (is_wild(rq))
		return fail(rq, E_MALFORMED_JSON,
		    "The body has a number that is too long");
	if (serve_step(rq, rs, 0, take, &t) == -1)
		return -1;
	buf_str(&rs->body, "{\"received\":true}");
	return 0;
}
