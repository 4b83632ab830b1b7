/* SPDX-License-Identifier: MIT */
#ifndef APP_ACCOUNT_PASSWORD_RULE_H
#define APP_ACCOUNT_PASSWORD_RULE_H

/* What makes a new password good enough (NIST SP 800-63B 5.1.1.2): long
 * enough, not one that everybody uses, not the account's own name.  Nothing
 * is asked of its composition. */

#include <stdbool.h>
#include <stddef.h>

#include "lib/field.h"

#define PASSWORD_MIN	8	/* characters */
#define PASSWORD_MAX	128

struct err;

/* A field for a new password: not a common one. */
extern const struct field_kind kind_password;

#define PASSWORD_FIELD(st, member)					\
	FIELD(st, member, REQUIRED | F_SECRET, PASSWORD_MIN, PASSWORD_MAX,\
	    .kind = &kind_password, .doc = "8 to 128 characters, not a "\
	    "common password and not the e-mail address")

/* Is it (case aside) on the list of common ones? */
bool password_common(const char *s, size_t len);

/* Add a fault for `field` if the password is the e-mail address, its local
 * part or the username (NULL: none), case aside. */
void password_not_own(struct err *e, const char *field, const char *password,
    const char *email, const char *username);

#endif
