/* SPDX-License-Identifier: MIT */
#include "app/auth.h"

#include <string.h>
#include <strings.h>

#include "lib/http.h"
#include "lib/json.h"
#include "lib/route.h"
#include "lib/token.h"
#include "lib/tx.h"

#include "app/admin/audit.h"
#include "app/errors.h"

STMT(auth_session,
    "SELECT session_check($1, $2, $3, $4, $5) AS stale");

static const char *
bearer(const struct req *rq)
{
	const char *h = rq->authorization;

	if (h == NULL || strncasecmp(h, "Bearer ", 7) != 0)
		return NULL;
	h += 7;
	while (*h == ' ')
		h++;
	return h;
}

/* X-User-Id: one's own id, or for an admin anybody's. */
static int
acting(struct req *rq)
{
	int64_t id;

	if (rq->x_user_id == NULL)
		return 0;
	if (!i64_parse(rq->x_user_id, &id) || id <= 0)
		return fail(rq, E_FORBIDDEN, "X-User-Id is not a user id");
	if (id == rq->who.user)
		return 0;
	rq->who.acting_for = id;
	return 0;
}

int
auth_actor(struct req *rq)
{
	const char *text = bearer(rq);
	struct token t;

	if (text == NULL) {
		if (rq->route->role == ANYONE || rq->route->flags & R_REFRESH)
			return 0;
		return fail(rq, E_UNAUTHORIZED, "This needs a bearer token");
	}
	if (rq->route->flags & R_REFRESH) {
		rq->who.token = text;
		return 0;
	}
	if (token_verify(text, TOKEN_ACCESS, rq->mem, rq->err, &t) == -1)
		return -1;
	rq->who.user = t.sub;
	rq->who.admin = t.admin;
	rq->who.session = t.session;
	rq->who.token_exp = t.exp;
	rq->who.token = text;
	return acting(rq);
}

void
auth_queue(struct req *rq, struct tx *tx, struct rows *check_r)
{
	const struct actor *w = &rq->who;

	tx->user = w->acting_for != 0 ? w->acting_for : w->user;
	tx->admin = w->acting_for != 0 ? w->acting_admin : w->admin;
	tx->actor = w->user;
	tx->acting_for = w->acting_for;
	tx->ip = rq->remote_addr;
	tx->request_id = rq->request_id;
	if (w->session == 0)
		return;
	tx_send(tx, check_r, &auth_session, pg_i64(w->session), pg_i64(w->user),
	    pg_bool(w->admin),
	    w->acting_for != 0 ? pg_i64(w->acting_for) : pg_null(),
	    pg_bool(w->acting_admin));
}

void
auth_audit(struct req *rq, struct tx *tx)
{
	audit_put(tx, arena_printf(rq->mem, "%s %s",
	    method_name(rq->method), rq->path), "user", rq->who.acting_for,
	    NULL, NULL);
}

bool
auth_stale(const struct rows *check)
{
	return check->res != NULL && check->n == 1 &&
	    rows_bool(check, 0, "stale");
}

/* Nobody waits for the disk for this: outside of a transaction the setting
 * ends with the statement. */
STMT(auth_sql_touch,
    "UPDATE sessions SET last_used_at = now() WHERE id = $1"
    " AND last_used_at < now() - interval '1 minute'"
    " AND set_config('synchronous_commit', 'off', true) IS NOT NULL");

int
auth_touch(struct req *rq, struct tx *tx)
{
	return tx_none(tx, &auth_sql_touch, pg_i64(rq->who.session));
}

bool
auth_learn(struct req *rq)
{
	if (rq->err->kind == &E_ROLE_CHANGED) {
		rq->who.admin = !rq->who.admin;
		return true;
	}
	if (rq->err->kind == &E_ACTING_ROLE_CHANGED) {
		rq->who.acting_admin = !rq->who.acting_admin;
		return true;
	}
	return false;
}

bool
auth_role_fits(const struct req *rq)
{
	const struct actor *w = &rq->who;

	if (w->acting_for != 0 && !w->admin)
		return false;
	if (rq->route->role != ADMIN)
		return true;
	return w->acting_for != 0 ? w->acting_admin : w->admin;
}
