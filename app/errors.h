/* SPDX-License-Identifier: MIT */
#ifndef APP_ERRORS_H
#define APP_ERRORS_H

/* All error kinds of the API: those of lib/err.def and app/errors.def. */

#include "lib/err.h"

#define ERR(name, status, code, title) extern const struct err_kind E_##name;
#include "app/errors.def"
#undef ERR

/* Codes that stand for another status in one place: 403 for a wrong current
 * password, 400 for a bad reset or verification token. */
extern const struct err_kind E_WRONG_PASSWORD, E_BAD_RESET_TOKEN;

/* The map for pg_set_error_map(): constraint names and refuse() of the
 * database to kinds (app/constraint.c). */
struct arena;
struct pg_error;
const struct err_kind *constraint_map(const struct pg_error *e,
    struct arena *mem, const char **detail_r, const char **members_r);

/* The table behind it, ended by a NULL name; kind NULL: no request can
 * reach it. */
struct constraint_row {
	const char *name;
	const struct err_kind *kind;
	const char *detail;
};
const struct constraint_row *constraint_rows(void);

#endif
