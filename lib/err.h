/* SPDX-License-Identifier: MIT */
#ifndef LIB_ERR_H
#define LIB_ERR_H

/*
 * Errors.  A function that can fail returns 0, or -1 with the error of its
 * request set at the point of failure: `return fail(tx, E_CART_EMPTY, "...")`.
 * The first error wins.  Kinds are objects: lib defines the generic ones,
 * the application adds its own rows:
 *
 *	#define ERR(...) ERR_DECLARE(__VA_ARGS__)	(app/errors.h)
 *	#include "app/errors.def"
 *	#undef ERR
 *
 * and the same with ERR_DEFINE in one .c file.
 */

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct buf;

struct err_kind {
	int status;		/* HTTP status */
	const char *code;	/* stable snake_case name */
	const char *title;	/* short, for people */
};

struct err_item {		/* one fault of a body or a query */
	struct err_item *next;
	const char *field;	/* "items[0].quantity" */
	const char *code;
	const char *detail;
	const char *members;	/* more JSON members, or NULL */
};

struct err {
	struct arena *mem;		/* where details are kept */
	const struct err_kind *kind;	/* NULL: no error */
	const char *where;		/* "app/sales/order.c:118" */
	const char *detail;		/* for the client, or NULL */
	const char *internal;		/* for the log only, or NULL */
	char sqlstate[6];
	struct err_item *items, **tail;
	const char *errors_json;	/* whole "errors" array, or NULL */
	const char *members;		/* more JSON members, or NULL */
	int retry_after;		/* seconds, 0: none */
};

#define ERR_DECLARE(name, status, code, title)				\
	extern const struct err_kind E_##name;
/* Also lists the kind among all of the program, in an ELF section. */
#define ERR_DEFINE(name, status, code, title)				\
	const struct err_kind E_##name = { status, code, title };	\
	static const struct err_kind *const E_##name##_listed		\
	    __attribute__((section("errkinds"), used)) = &E_##name;

/* The generic kinds, one row each in lib/err.def. */
#define ERR(...) ERR_DECLARE(__VA_ARGS__)
#include "lib/err.def"
#undef ERR

#define ERR_STR2(x) #x
#define ERR_STR(x) ERR_STR2(x)
#define ERR_HERE __FILE__ ":" ERR_STR(__LINE__)

/* Set the error of a context (anything with a member `err`) and return -1.
 * Does nothing but return -1 if one is set already.  The text is the detail
 * that the client reads, except with E_INTERNAL (status 500): there it goes
 * to `internal`, for the log only. */
#define fail(ctx, kind, ...) \
	err_set((ctx)->err, &(kind), ERR_HERE, __VA_ARGS__)

void err_init(struct err *e, struct arena *mem);
int err_set(struct err *e, const struct err_kind *kind, const char *where,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Add one fault to the list; does not set a kind.  Returns the item, for
 * its members; field is not copied. */
struct err_item *err_add(struct err *e, const char *field, const char *code,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* If faults were added: set E_UNKNOWN_FIELD (when all are of that code) or
 * E_VALIDATION_FAILED and return -1, else 0. */
int err_faults(struct err *e, const char *where);
#define faults(ctx) err_faults((ctx)->err, ERR_HERE)

/* Kind by code among all kinds of the program, or NULL. */
const struct err_kind *err_kind_by_code(const char *code);
size_t err_kinds(const struct err_kind *const **list_r);

/*
 * The problem document of RFC 9457: type "urn:shopd:problem:<code>", title,
 * status, detail (if there is one), code, request_id, errors (if there are
 * any), and the members.  No kind: as E_INTERNAL.  Members, here and of the
 * items, are JSON text without a comma at either end.
 */
void err_problem(const struct err *e, const char *request_id, struct buf *out);

#endif
