/* SPDX-License-Identifier: MIT */
#include "app/account/user_http.h"

#include <string.h>

#include "app/account/address.h"
#include "app/account/credential.h"
#include "app/account/credential_http.h"
#include "app/account/erase.h"
#include "app/admin/audit.h"
#include "app/errors.h"
#include "app/serve.h"

static const char *const roles[] = { "customer", "admin", NULL };
static const struct field_kind kind_role = { .values = roles,
    .example = "customer" };

#define NAME_FIELD(member, max, ...)					\
	FIELD(profile_in, member, OPTIONAL | F_NULLABLE, 0, max,	\
	    .kind = &kind_line, __VA_ARGS__)

TABLE(profile_in,
    FIELD(profile_in, email, OPTIONAL, 3, 254, .kind = &kind_email,
	.doc = "Needs current_password; has to be verified again"),
    FIELD(profile_in, current_password, OPTIONAL | F_SECRET, 0, 0,
	.doc = "To change the e-mail address",
	.example = "correct-horse-alice"),
    FIELD(profile_in, username, OPTIONAL | F_NULLABLE, 0, 64,
	.kind = &kind_username),
    NAME_FIELD(first_name, 100, .example = "Alice"),
    NAME_FIELD(last_name, 100, .example = "Doe"),
    NAME_FIELD(phone, 32, .example = "+1 555 0100"));
TABLE(role_in,
    FIELD(role_in, role, REQUIRED, 1, 20, .kind = &kind_role));
TABLE(users_query, PAGE_FIELDS(users_query),
    FIELD(users_query, search, OPTIONAL, 1, 100,
	.doc = "In e-mail address, username and names"),
    FIELD(users_query, role, OPTIONAL, 1, 20, .kind = &kind_role),
    FIELD(users_query, is_active, OPTIONAL, 0, 1));

static int
get_user(struct req *rq, struct resp *rs, int64_t id)
{
	struct rows rows;

	if (user_get(rq->tx, id, &rows) == -1)
		return -1;
	return resp_row(rq, rs, &rows);
}

int
get_auth_me(struct req *rq, struct resp *rs)
{
	return get_user(rq, rs, rq->tx->user);
}

int
get_users_id(struct req *rq, struct resp *rs)
{
	return get_user(rq, rs, rq->ids[0]);
}

int
get_users(struct req *rq, struct resp *rs)
{
	const struct users_query *q = rq->q;
	const struct user_filter f = { q->search, q->role, q->is_active };
	struct page_start start;
	struct rows rows, total;

	if (page_start(rq, &q->page, "id", &start) == -1)
		return -1;
	if (q->page.count)
		user_count(rq->tx, &f, &total);
	if (user_list(rq->tx, &f, start.id, q->page.limit, &rows) == -1)
		return -1;
	return resp_list(rq, rs, &q->page, "id", &rows,
	    q->page.count ? &total : NULL);
}

/* ---- change -------------------------------------------------------- */

struct edit {
	int64_t id;
	const char *proven;	/* the hash that current_password fits */
};

/* One's own address changes only for who knows the password. */
static int
may_change_email(struct req *rq, const struct edit *e,
    const struct rows *old)
{
	if (e->id != rq->tx->user)
		return 0;
	if (e->proven == NULL) {
		err_add(rq->err, "current_password", "required",
		    "is required to change the e-mail address");
		return faults(rq);
	}
	if (strcmp(e->proven, rows_text(old, 0, "_hash")) != 0)
		return fail(rq, E_WRONG_PASSWORD,
		    "The current password is wrong");
	return 0;
}

static int
edit_step(struct req *rq, struct resp *rs, void *arg)
{
	const struct profile_in *in = rq->in;
	const struct user_change c = { in->email, in->username,
	    in->first_name, in->last_name, in->phone };
	const struct edit *e = arg;
	struct tx *tx = rq->tx;
	struct rows old, rows;
	bool moved;

	if (user_lock(tx, e->id, in->email, &old) == -1 ||
	    req_if_match(rq, rows_i64(&old, 0, "_version")) == -1)
		return -1;
	moved = rows_bool(&old, 0, "_email_changes");
	if (moved) {
		if (may_change_email(rq, e, &old) == -1)
			return -1;
		attempt_forget_address(tx, e->id);
	}
	if (user_update(tx, e->id, &c, &rows) == -1)
		return -1;
	if (moved)
		token_mail(tx, e->id, in->email, "verify",
		    "user.verify_email");
	if (e->id != tx->actor)
		audit_put(tx, "user.update", "user", e->id, NULL, NULL);
	return resp_row(rq, rs, &rows);
}

static int
edit_user(struct req *rq, struct resp *rs, int64_t id)
{
	const struct profile_in *in = rq->in;
	struct edit e = { id, NULL };
	struct rows secret;

	if (in->email != NULL && in->current_password != NULL &&
	    id == acting_user(rq)) {
		if (confirm_password(rq, rs, in->current_password,
		    &secret) == -1)
			return -1;
		e.proven = rows_text(&secret, 0, "_hash");
	}
	return serve_step(rq, rs, 0, edit_step, &e);
}

int
patch_auth_me(struct req *rq, struct resp *rs)
{
	return edit_user(rq, rs, acting_user(rq));
}

int
patch_users_id(struct req *rq, struct resp *rs)
{
	return edit_user(rq, rs, rq->ids[0]);
}

int
delete_users_id(struct req *rq, struct resp *rs)
{
	struct rows rows;
	int64_t id = rq->ids[0];

	if (user_get(rq->tx, id, &rows) == -1 ||
	    req_if_match(rq, rows_i64(&rows, 0, "_version")) == -1 ||
	    user_erase(rq->tx, id) == -1)
		return -1;
	audit_put(rq->tx, "user.erase", "user", id, NULL, NULL);
	return resp_none(rs);
}

/* ---- by an admin --------------------------------------------------- */

/* Nobody locks oneself out. */
static int
lock_other(struct req *rq, struct rows *old)
{
	const struct tx *tx = rq->tx;

	if (rq->ids[0] == tx->user || rq->ids[0] == tx->actor)
		return fail(rq, E_OWN_ACCOUNT,
		    "Another admin has to change your account");
	if (user_lock(rq->tx, rq->ids[0], NULL, old) == -1)
		return -1;
	return req_if_match(rq, rows_i64(old, 0, "_version"));
}

int
put_admin_users_id_toggle_status(struct req *rq, struct resp *rs)
{
	struct rows old, rows;

	if (lock_other(rq, &old) == -1 ||
	    user_toggle(rq->tx, rq->ids[0], &rows) == -1)
		return -1;
	audit_put(rq->tx, "user.toggle_status", "user", rq->ids[0],
	    rows_text(&old, 0, "_standing"),
	    rows_text(&rows, 0, "_standing"));
	return resp_row(rq, rs, &rows);
}

int
put_admin_users_id_role(struct req *rq, struct resp *rs)
{
	const struct role_in *in = rq->in;
	struct rows old, rows;

	if (lock_other(rq, &old) == -1 ||
	    user_set_role(rq->tx, rq->ids[0], in->role, &rows) == -1)
		return -1;
	audit_put(rq->tx, "user.set_role", "user", rq->ids[0],
	    rows_text(&old, 0, "_standing"),
	    rows_text(&rows, 0, "_standing"));
	return resp_row(rq, rs, &rows);
}
