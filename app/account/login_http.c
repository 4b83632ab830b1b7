/* SPDX-License-Identifier: MIT */
#include "app/account/login_http.h"

#include <string.h>

#include "lib/password.h"

#include "app/account/address.h"
#include "app/account/credential.h"
#include "app/account/credential_http.h"
#include "app/account/password_rule.h"
#include "app/account/session_http.h"
#include "app/account/user.h"
#include "app/errors.h"
#include "app/jobs/outbox.h"
#include "app/serve.h"

SHAPE(signed_in, "user {user}", "access_token string",
    "refresh_token string", "token_type Bearer", "expires_in int");

static bool
is_grant(const char *s, size_t len)
{
	return len == 0 || strcmp(s, "password") == 0;
}

static const struct field_kind kind_grant = {
	.pattern = "^(password)?$", .check = is_grant,
	.message = "must be password",
};

/* The OAuth2 password form (RFC 6749 4.3) has members of its own; Swagger UI
 * sends those that are not filled in as blanks. */
TABLE(login_in,
    FIELD(login_in, email, OPTIONAL, 1, 320, .kind = &kind_printable,
	.doc = "This or username", .example = "alice@example.com"),
    FIELD(login_in, username, OPTIONAL, 1, 320, .kind = &kind_printable,
	.doc = "Username or e-mail address"),
    FIELD(login_in, password, REQUIRED | F_SECRET, 0, 0,
	.example = "correct-horse-alice"),
    FIELD(login_in, grant_type, OPTIONAL, 0, 20, .kind = &kind_grant,
	.doc = "OAuth2 form: password"),
    FIELD(login_in, scope, OPTIONAL, 0, 1000,
	.doc = "OAuth2 form: not used"),
    FIELD(login_in, client_id, OPTIONAL, 0, 1000,
	.doc = "OAuth2 form: not used"),
    FIELD(login_in, client_secret, OPTIONAL | F_SECRET, 0, 1000,
	.doc = "OAuth2 form: not used"));

static bool
is_country_if_any(const char *s, size_t len)
{
	return len == 0 || kind_country.check(s, len);
}

static const struct field_kind kind_country_if_any = {
	.pattern = "^([A-Z]{2}|[^\\u0000-\\u001F\\u007F-\\u009F"
	    "\\u2028\\u2029]{3,60})?$",
	.check = is_country_if_any,
	.message = "must be an ISO 3166 alpha-2 code or a country's name",
};

#define NAME_FIELD(member, max, ...)					\
	FIELD(register_in, member, OPTIONAL | F_NULLABLE, 0, max,	\
	    .kind = &kind_line, __VA_ARGS__)

TABLE(register_in,
    FIELD(register_in, email, REQUIRED, 3, 254, .kind = &kind_email),
    PASSWORD_FIELD(register_in, password),
    FIELD(register_in, username, OPTIONAL | F_NULLABLE, 0, 64,
	.kind = &kind_username),
    NAME_FIELD(first_name, 100, .example = "Alice"),
    NAME_FIELD(last_name, 100, .example = "Doe"),
    NAME_FIELD(phone, 32, .example = "+1 555 0100"),
    NAME_FIELD(address_line1, 200,
	.doc = "With city, postal_code and country: a default address",
	.example = "1 Main Street"),
    NAME_FIELD(address_line2, 200, .example = "Apartment 2"),
    NAME_FIELD(city, 100, .example = "Springfield"),
    NAME_FIELD(state, 100, .example = "IL"),
    NAME_FIELD(postal_code, 20, .example = "62701"),
    FIELD(register_in, country, OPTIONAL | F_NULLABLE, 0, 60,
	.kind = &kind_country_if_any, .example = "US"));

struct attempt {
	const char *identifier;
	struct rows account;
	const char *hash, *fresh;	/* as stored; its replacement or NULL */
	struct token_pair pair;
	struct rows user;
};

static void
answer(struct resp *rs, const struct attempt *a)
{
	buf_clear(&rs->body);
	rs->status = 200;
	buf_str(&rs->body, "{\"user\":");
	rows_json(&a->user, 0, false, &rs->body);
	token_pair_members(&a->pair, &rs->body);
	buf_chr(&rs->body, '}');
}

/* ---- login --------------------------------------------------------- */

static int
find_step(struct req *rq, struct resp *rs, void *arg)
{
	struct attempt *a = arg;

	(void)rs;
	if (attempt_count(rq->tx, a->identifier) == -1)
		return -1;
	return account_find(rq->tx, a->identifier, &a->account);
}

static int
open_step(struct req *rq, struct resp *rs, void *arg)
{
	struct attempt *a = arg;
	int64_t id = rows_i64(&a->account, 0, "id");

	if (session_open(rq->tx, id, a->hash, device_name(rq), &a->user,
	    &a->pair) == -1)
		return -1;
	if (a->fresh != NULL)
		password_rehash(rq->tx, id, a->hash, a->fresh);
	attempt_clear(rq->tx, a->identifier);
	answer(rs, a);
	return 0;
}

/* Either of the two names, which one does not matter. */
static int
identifier(struct req *rq, const struct login_in *in, const char **id_r)
{
	*id_r = in->email != NULL ? in->email : in->username;
	if (in->email == NULL && in->username == NULL)
		err_add(rq->err, "email", "required",
		    "is required, or username");
	else if (in->email != NULL && in->username != NULL)
		err_add(rq->err, "username", "conflict",
		    "is given with email");
	return faults(rq);
}

int
post_auth_login(struct req *rq, struct resp *rs)
{
	const struct login_in *in = rq->in;
	struct attempt a = { 0 };

	if (identifier(rq, in, &a.identifier) == -1 ||
	    serve_step(rq, rs, 0, find_step, &a) == -1)
		return -1;
	if (a.account.n > 0)
		a.hash = rows_text(&a.account, 0, "_hash");
	if (!password_verify(in->password, a.hash))
		return fail(rq, E_INVALID_CREDENTIALS,
		    "The account or the password is wrong");
	if (!rows_bool(&a.account, 0, "is_active"))
		return fail(rq, E_ACCOUNT_DISABLED,
		    "The account is disabled");
	if (password_stale(a.hash))
		a.fresh = password_hash(in->password, rq->mem);
	return serve_step(rq, rs, 0, open_step, &a);
}

/* ---- register ------------------------------------------------------ */

static bool
given(const char *s)
{
	return s != NULL && *s != '\0';
}

/* The seeds' flat address: all of its required parts, or nothing. */
static void
check_address(struct req *rq, const struct register_in *in)
{
	const struct { const char *name, *value; } parts[] = {
		{ "address_line1", in->address_line1 }, { "city", in->city },
		{ "postal_code", in->postal_code },
		{ "country", in->country },
	};
	const size_t n = sizeof(parts) / sizeof(parts[0]);
	size_t missing = 0;

	for (size_t i = 0; i < n; i++)
		missing += !given(parts[i].value);
	if (missing == n && !given(in->address_line2) && !given(in->state))
		return;
	for (size_t i = 0; i < n; i++)
		if (!given(parts[i].value))
			err_add(rq->err, parts[i].name, "required",
			    "is required with the rest of the address");
}

static int
add_address(struct req *rq, const struct register_in *in, int64_t user)
{
	struct address_in a = { .line1 = in->address_line1,
	    .line2 = in->address_line2, .city = in->city,
	    .region = in->state, .postal_code = in->postal_code,
	    .country = in->country, .phone = in->phone, .is_default = true };
	struct rows rows;

	if (given(in->first_name) && given(in->last_name))
		a.name = arena_printf(rq->mem, "%s %s", in->first_name,
		    in->last_name);
	else
		a.name = given(in->last_name) ? in->last_name :
		    in->first_name;
	return address_create(rq->tx, user, &a, &rows);
}

static int
register_step(struct req *rq, struct resp *rs, void *arg)
{
	const struct register_in *in = rq->in;
	const struct user_new u = { in->email, in->username, in->first_name,
	    in->last_name, in->phone, false };
	struct attempt *a = arg;
	int64_t id;

	if (user_create(rq->tx, &u, a->hash, &a->user) == -1)
		return -1;
	id = rows_i64(&a->user, 0, "id");
	if (given(in->address_line1) && add_address(rq, in, id) == -1)
		return -1;
	if (session_open(rq->tx, id, a->hash, device_name(rq), &a->user,
	    &a->pair) == -1)
		return -1;
	outbox_event(rq->tx, "user.registered", 0, id, NULL);
	token_mail(rq->tx, id, in->email, "verify", "user.verify_email");
	answer(rs, a);
	rs->status = 201;
	rs->location = arena_printf(rq->mem, "/api/v1/users/%lld",
	    (long long)id);
	return 0;
}

/* The hash comes first, taken address or not: the answer takes as long. */
int
post_auth_register(struct req *rq, struct resp *rs)
{
	const struct register_in *in = rq->in;
	struct attempt a = { 0 };

	password_not_own(rq->err, "password", in->password, in->email,
	    in->username);
	check_address(rq, in);
	if (faults(rq) == -1)
		return -1;
	if ((a.hash = new_hash(rq, in->password)) == NULL)
		return faults(rq);
	return serve_step(rq, rs, STEP_KEY | STEP_DONE, register_step, &a);
}
