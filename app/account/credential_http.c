/* SPDX-License-Identifier: MIT */
#include "app/account/credential_http.h"

#include "lib/password.h"

#include "app/account/credential.h"
#include "app/account/password_rule.h"
#include "app/errors.h"
#include "app/serve.h"

SHAPE(accepted, "status accepted");

TABLE(password_change_in,
    FIELD(password_change_in, current_password, REQUIRED | F_SECRET, 0, 0,
	.example = "correct-horse-alice"),
    PASSWORD_FIELD(password_change_in, new_password));
TABLE(password_forgot_in,
    FIELD(password_forgot_in, email, REQUIRED, 3, 254,
	.kind = &kind_email));
TABLE(password_reset_in,
    FIELD(password_reset_in, token, REQUIRED | F_SECRET, 1, 200,
	.doc = "From the mail"),
    PASSWORD_FIELD(password_reset_in, password));
TABLE(email_verify_in,
    FIELD(email_verify_in, token, REQUIRED | F_SECRET, 1, 200,
	.doc = "From the mail"));

int64_t
acting_user(const struct req *rq)
{
	return rq->who.acting_for != 0 ? rq->who.acting_for : rq->who.user;
}

const char *
new_hash(struct req *rq, const char *password)
{
	const char *hash = password_hash(password, rq->mem);

	if (hash == NULL)
		(void)fail(rq, E_INTERNAL, "no password could be hashed");
	return hash;
}

/* ---- the current password ------------------------------------------ */

static int
confirm_step(struct req *rq, struct resp *rs, void *arg)
{
	struct tx *tx = rq->tx;

	(void)rs;
	if (attempt_count(tx, attempt_of_user(rq->mem, tx->user)) == -1)
		return -1;
	return account_secret(tx, tx->user, arg);
}

static int
clear_step(struct req *rq, struct resp *rs, void *arg)
{
	struct tx *tx = rq->tx;

	(void)rs;
	(void)arg;
	attempt_clear(tx, attempt_of_user(rq->mem, tx->user));
	return 0;
}

/* What the password was for may fail, but it was no failed try. */
int
confirm_password(struct req *rq, struct resp *rs, const char *password,
    struct rows *secret_r)
{
	if (serve_step(rq, rs, 0, confirm_step, secret_r) == -1)
		return -1;
	if (!password_verify(password, rows_text(secret_r, 0, "_hash")))
		return fail(rq, E_WRONG_PASSWORD,
		    "The current password is wrong");
	return serve_step(rq, rs, 0, clear_step, NULL);
}

struct change { const char *old, *hash; };

static int
change_step(struct req *rq, struct resp *rs, void *arg)
{
	const struct change *c = arg;

	if (password_change(rq->tx, rq->tx->user, c->old, c->hash,
	    rq->who.session) == -1)
		return -1;
	return resp_none(rs);
}

int
post_auth_change_password(struct req *rq, struct resp *rs)
{
	const struct password_change_in *in = rq->in;
	struct change c;
	struct rows secret;

	if (confirm_password(rq, rs, in->current_password, &secret) == -1)
		return -1;
	password_not_own(rq->err, "new_password", in->new_password,
	    rows_text(&secret, 0, "email"),
	    rows_text(&secret, 0, "username"));
	if (faults(rq) == -1)
		return -1;
	c.old = rows_text(&secret, 0, "_hash");
	if ((c.hash = new_hash(rq, in->new_password)) == NULL)
		return faults(rq);
	return serve_step(rq, rs, 0, change_step, &c);
}

/* ---- without a password -------------------------------------------- */

int
post_auth_forgot_password(struct req *rq, struct resp *rs)
{
	const struct password_forgot_in *in = rq->in;

	if (password_forgot(rq->tx, in->email) == -1)
		return -1;
	rs->status = 202;
	buf_str(&rs->body, "{\"status\":\"accepted\"}");
	return 0;
}

static int
owner_step(struct req *rq, struct resp *rs, void *arg)
{
	const struct password_reset_in *in = rq->in;

	(void)rs;
	return token_owner(rq->tx, in->token, arg);
}

static int
reset_step(struct req *rq, struct resp *rs, void *arg)
{
	const struct password_reset_in *in = rq->in;
	const struct change *c = arg;

	if (password_reset(rq->tx, in->token, c->hash) == -1)
		return -1;
	return resp_none(rs);
}

int
post_auth_reset_password(struct req *rq, struct resp *rs)
{
	const struct password_reset_in *in = rq->in;
	struct change c = { NULL, NULL };
	struct rows owner;

	if (serve_step(rq, rs, STEP_READ, owner_step, &owner) == -1)
		return -1;
	password_not_own(rq->err, "password", in->password,
	    rows_text(&owner, 0, "email"), rows_text(&owner, 0, "username"));
	if (faults(rq) == -1)
		return -1;
	if ((c.hash = new_hash(rq, in->password)) == NULL)
		return faults(rq);
	return serve_step(rq, rs, 0, reset_step, &c);
}

int
post_auth_verify_email(struct req *rq, struct resp *rs)
{
	const struct email_verify_in *in = rq->in;

	if (email_verify(rq->tx, in->token) == -1)
		return -1;
	return resp_none(rs);
}
