/* SPDX-License-Identifier: MIT */
#include "app/account/session_http.h"

#include <string.h>
#include <strings.h>

#include "lib/token.h"

#include "app/config.h"
#include "app/errors.h"
#include "app/serve.h"

#define DEVICE_MAX	200

SHAPE(token_pair, "access_token string", "refresh_token string",
    "token_type Bearer", "expires_in int");
TABLE(refresh_in,
    FIELD(refresh_in, refresh_token, OPTIONAL | F_SECRET, 1, 1024,
	.doc = "Unless it comes as the bearer token"));
TABLE(sessions_query, PAGE_FIELDS(sessions_query));

void
token_pair_members(const struct token_pair *p, struct buf *out)
{
	buf_json_key(out, "access_token");
	buf_json_str(out, p->access);
	buf_json_key(out, "refresh_token");
	buf_json_str(out, p->refresh);
	buf_printf(out, ",\"token_type\":\"Bearer\",\"expires_in\":%lld",
	    (long long)config.access_ttl_s);
}

const char *
device_name(struct req *rq)
{
	const char *s = rq->user_agent;
	struct buf b;

	if (s == NULL || *s == '\0')
		return NULL;
	buf_init(&b, rq->mem, DEVICE_MAX + 1);
	for (; *s != '\0' && b.len < DEVICE_MAX; s++)
		buf_chr(&b, *s >= 0x20 && *s <= 0x7e ? *s : '?');
	return b.data;
}

/* ---- refresh ------------------------------------------------------- */

struct refresh {
	const char *text;
	struct token t;
	struct token_pair pair;
	enum refreshed outcome;
};

static int
refresh_step(struct req *rq, struct resp *rs, void *arg)
{
	struct refresh *r = arg;

	(void)rs;
	return session_refresh(rq->tx, &r->t, r->text, &r->pair,
	    &r->outcome);
}

int
post_auth_refresh(struct req *rq, struct resp *rs)
{
	const struct refresh_in *in = rq->in;
	struct refresh r = { .text = in != NULL ? in->refresh_token : NULL };

	if (r.text == NULL)
		r.text = rq->who.token;
	if (r.text == NULL)
		return fail(rq, E_UNAUTHORIZED,
		    "This needs a refresh token");
	if (token_verify(r.text, TOKEN_REFRESH, rq->mem, rq->err, &r.t) ==
	    -1 || serve_step(rq, rs, 0, refresh_step, &r) == -1)
		return -1;
	/* The end of a family is committed by now. */
	if (r.outcome == REFRESH_REUSED)
		return fail(rq, E_TOKEN_REUSED, "The refresh token was used "
		    "before; all tokens of its session have ended");
	if (r.outcome == REFRESH_REVOKED)
		return fail(rq, E_TOKEN_REVOKED, "The session has ended");
	rs->status = 200;
	buf_chr(&rs->body, '{');
	token_pair_members(&r.pair, &rs->body);
	buf_chr(&rs->body, '}');
	return 0;
}

/* ---- sessions ------------------------------------------------------ */

int
post_auth_logout(struct req *rq, struct resp *rs)
{
	if (session_end(rq->tx, rq->who.user, rq->who.session) == -1)
		return -1;
	return resp_none(rs);
}

int
get_auth_sessions(struct req *rq, struct resp *rs)
{
	const struct sessions_query *q = rq->q;
	struct page_start start;
	struct rows rows, total;

	if (page_start(rq, &q->page, "id", &start) == -1)
		return -1;
	if (q->page.count)
		session_count(rq->tx, &total);
	if (session_list(rq->tx, rq->who.session, start.id, q->page.limit,
	    &rows) == -1)
		return -1;
	return resp_list(rq, rs, &q->page, "id", &rows,
	    q->page.count ? &total : NULL);
}

int
delete_auth_sessions_id(struct req *rq, struct resp *rs)
{
	/* It has no versions: If-Match can be "*" alone. */
	if (session_end(rq->tx, rq->tx->user, rq->ids[0]) == -1 ||
	    req_if_match(rq, 0) == -1)
		return -1;
	return resp_none(rs);
}
