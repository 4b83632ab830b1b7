/* SPDX-License-Identifier: MIT */
#ifndef APP_ACCOUNT_USER_H
#define APP_ACCOUNT_USER_H

/* Profiles.  A user sees and changes the own one, an admin all; for all
 * others, and once it is erased, there is none (E_NOT_FOUND). */

#include <stdbool.h>
#include <stdint.h>

#include "lib/field.h"

#include "app/shapes.h"

struct rows;
struct tx;

/* What the API shows of a row u of users. */
#define USER_COLS							\
	"u.id, u.email, u.username, u.first_name, u.last_name, u.phone,"\
	" u.role, u.is_active, u.email_verified, u.created_at,"		\
	" u.updated_at, u.version AS _version"

extern const struct shape user_shape;

struct user_new {
	const char *email, *username, *first_name, *last_name, *phone;
	bool admin;
};

struct user_change {		/* what is not set stays */
	const char *email;
	struct opt_text username, first_name, last_name, phone;
};

/* Letters, digits, '.', '_' and '-': never an e-mail address. */
extern const struct field_kind kind_username;

/* E_EMAIL_TAKEN, E_USERNAME_TAKEN.  *rs: USER_COLS. */
int user_create(struct tx *tx, const struct user_new *u, const char *hash,
    struct rows *rs);

int user_get(struct tx *tx, int64_t id, struct rows *rs);

/* The same for a change: also _hash, _email_changes (is `email`, which may
 * be NULL, another one?) and _standing (JSON for the audit log).  Locks
 * the row. */
int user_lock(struct tx *tx, int64_t id, const char *email,
    struct rows *rs);

/* Change a locked row.  Another e-mail address is not verified.
 * E_EMAIL_TAKEN, E_USERNAME_TAKEN. */
int user_update(struct tx *tx, int64_t id, const struct user_change *c,
    struct rows *rs);

/* Flip is_active of a locked row; all sessions end when it goes off. */
int user_toggle(struct tx *tx, int64_t id, struct rows *rs);
int user_set_role(struct tx *tx, int64_t id, const char *role,
    struct rows *rs);

/* Accounts in id order after `after`, up to limit + 1.  search (in e-mail
 * address, username and names), role, active: NULL for all. */
struct user_filter {
	const char *search, *role;
	struct opt_bool active;
};
int user_list(struct tx *tx, const struct user_filter *f, int64_t after,
    int64_t limit, struct rows *rs);
/* Queue: how many fit, as total. */
void user_count(struct tx *tx, const struct user_filter *f, struct rows *rs);

#endif
