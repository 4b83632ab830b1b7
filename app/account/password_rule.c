/* SPDX-License-Identifier: MIT */
#include "app/account/password_rule.h"

#include <string.h>
#include <strings.h>

#include "lib/err.h"

static bool
uncommon(const char *s, size_t len)
{
	return !password_common(s, len);
}

const struct field_kind kind_password = {
	.check = uncommon,
	.message = "is one of the most common passwords",
	.example = "correct-horse-alice",
};

void
password_not_own(struct err *e, const char *field, const char *password,
    const char *email, const char *username)
{
	size_t local = strcspn(email, "@");

	if (strcasecmp(password, email) == 0 ||
	    (strlen(password) == local &&
	    strncasecmp(password, email, local) == 0))
		err_add(e, field, "too_personal",
		    "must not be the e-mail address");
	else if (username != NULL && strcasecmp(password, username) == 0)
		err_add(e, field, "too_personal",
		    "must not be the username");
}
