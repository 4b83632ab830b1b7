/* SPDX-License-Identifier: MIT */
#ifndef LIB_FIELD_H
#define LIB_FIELD_H

/*
 * Input tables.  A table describes one struct of input: the rows name the
 * members of a JSON body or a query string, their bounds and aliases.  One
 * function turns the input into the struct or into a list of all its
 * faults; the OpenAPI schemas come from the same rows.
 *
 * The C type of the member picks the JSON type (anything else does not
 * compile):
 *
 *	int64_t		integer; 0 when absent (or .def)
 *	bool		boolean; false when absent (or .def != 0)
 *	const char *	string; NULL when absent
 *	struct opt_*	the same, knowing "absent" from "null" (PATCH)
 *	struct cents	money in minor units; a row with F_DECIMAL takes a
 *			decimal number or string (29.99) exactly, with the
 *			decimals of the shop's currency
 *	struct json_obj	an object, kept as JSON text; at most 64 members
 *			unless the row has a maximum
 *	struct texts	an array of strings
 *	struct list	an array of objects, with a table of its own (ROWS)
 *	struct obj	an object with a table of its own (OBJECT)
 *
 * Bounds of 0, 0 are none.  Two rows, or a name and its alias, may fill one
 * member; both given at once is a fault.
 *
 * Codes of faults: required, unknown_field, invalid_type, out_of_range,
 * too_short, too_long, invalid_format, invalid_value, too_few, too_many,
 * conflict.  At most a hundred are listed.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct err;

struct opt_i64 { bool set, null; int64_t v; };
struct opt_bool { bool set, null; bool v; };
struct opt_text { bool set; const char *v; };
struct cents { bool set; int64_t v; };
struct json_obj { const char *text; };
struct texts { bool set; size_t n; const char **v; };
struct list { bool set; size_t n; void *v; };
struct obj { void *v; };

enum field_type {
	FT_I64, FT_BOOL, FT_TEXT, FT_OPT_I64, FT_OPT_BOOL, FT_OPT_TEXT,
	FT_CENTS, FT_JSON, FT_TEXTS, FT_LIST, FT_OBJ
};

#define OPTIONAL	0u
#define REQUIRED	1u
#define F_NULLABLE	2u	/* null is taken, as absent or as "set, null" */
#define F_DECIMAL	4u	/* cents given as a decimal number or string */
#define F_SECRET	8u	/* never shown in examples or logs */
#define F_REPEAT	16u	/* query: may be given more than once */

/* A further rule for strings. */
struct field_kind {
	const char *format;		/* OpenAPI format, or NULL */
	const char *pattern;		/* OpenAPI pattern, or NULL */
	const char *const *values;	/* enumeration, NULL-terminated */
	bool (*check)(const char *s, size_t len);	/* or NULL */
	const char *message;		/* "is not an e-mail address" */
	const char *example;
};

struct field {
	const char *name;
	enum field_type type;
	size_t offset;
	unsigned flags;
	int64_t min, max;	/* value, characters or elements */
	const char *aliases;	/* space separated, or NULL */
	const struct field_kind *kind;
	const struct table *sub;	/* ROWS, OBJECT */
	int64_t def;
	const char *doc;	/* one line for the API document */
	const char *example;
};

struct table {
	const char *name;
	const struct field *fields;
	size_t n;		/* rows */
	size_t size;		/* of the struct */
	const char *open;	/* query: prefix of free names ("attr."),
				   collected into the member at open_offset */
	size_t open_offset;	/* of a struct json_obj */
};

#define FIELD_TYPE(x) _Generic((x),					\
	int64_t: FT_I64, bool: FT_BOOL, const char *: FT_TEXT,		\
	struct opt_i64: FT_OPT_I64, struct opt_bool: FT_OPT_BOOL,	\
	struct opt_text: FT_OPT_TEXT, struct cents: FT_CENTS,		\
	struct json_obj: FT_JSON, struct texts: FT_TEXTS,		\
	struct list: FT_LIST, struct obj: FT_OBJ)

/* FIELD(order_new, note, OPTIONAL, 0, 500, .aliases = "comment") */
#define FIELD(st, member, fl, lo, hi, ...)				\
	{ .name = #member, .type = FIELD_TYPE(((struct st *)0)->member),\
	  .offset = offsetof(struct st, member), .flags = (fl),		\
	  .min = (lo), .max = (hi), __VA_ARGS__ }

/* The same under another name than the member's. */
#define FIELD_AS(st, key, member, fl, lo, hi, ...)			\
	{ .name = key, .type = FIELD_TYPE(((struct st *)0)->member),	\
	  .offset = offsetof(struct st, member), .flags = (fl),		\
	  .min = (lo), .max = (hi), __VA_ARGS__ }

/* ROWS(order_new, items, REQUIRED, 1, 1000, &order_line_table) */
#define ROWS(st, member, fl, lo, hi, tab, ...)				\
	FIELD(st, member, fl, lo, hi, .sub = (tab), __VA_ARGS__)
#define OBJECT(st, member, fl, tab, ...)				\
	FIELD(st, member, fl, 0, 0, .sub = (tab), __VA_ARGS__)

/* TABLE(order_new, FIELD(...), ...);  defines order_new_table. */
#define TABLE(st, ...)							\
	static const struct field st##_fields[] = { __VA_ARGS__ };	\
	const struct table st##_table = { #st, st##_fields,		\
	    sizeof(st##_fields) / sizeof(st##_fields[0]), sizeof(struct st), \
	    NULL, 0 }
#define TABLE_OPEN(st, prefix, member, ...)				\
	static const struct field st##_fields[] = { __VA_ARGS__ };	\
	const struct table st##_table = { #st, st##_fields,		\
	    sizeof(st##_fields) / sizeof(st##_fields[0]), sizeof(struct st), \
	    prefix, offsetof(struct st, member) }

/*
 * Fill *out (zeroed first) from a JSON body.  Body limits, grammar and
 * encoding are those of lib/json.h: E_MALFORMED_JSON.  Wrong members:
 * faults in e, then E_UNKNOWN_FIELD or E_VALIDATION_FAILED.  An empty body
 * is malformed unless the table has no required row and empty_ok is set.
 */
int field_body(const struct table *t, const char *body, size_t len,
    bool empty_ok, struct arena *mem, struct err *e, void *out);

/* The same from application/x-www-form-urlencoded. */
int field_form(const struct table *t, const char *body, size_t len,
    struct arena *mem, struct err *e, void *out);

/* The same from a query string; unknown, repeated or bad parameters set
 * E_INVALID_PARAMETER (400).  t may be NULL: no parameters allowed. */
int field_query(const struct table *t, const char *query, struct arena *mem,
    struct err *e, void *out);

/* Kinds of general use. */
extern const struct field_kind kind_email, kind_country, kind_slug,
    kind_url, kind_date, kind_date_time, kind_printable, kind_uuid;
/* As kind_printable, or empty. */
extern const struct field_kind kind_line;

#endif
