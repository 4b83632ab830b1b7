/* SPDX-License-Identifier: MIT */
#ifndef LIB_FIELD_PRIVATE_H
#define LIB_FIELD_PRIVATE_H

/* What reading a JSON body and reading name=value pairs have in common. */

#include "lib/field.h"

/* The way to a value: a member (name) or an element (i) of what is at up. */
struct where {
	const struct where *up;
	const char *name;	/* NULL: an element */
	size_t i;
};

/* One input being read. */
struct in {
	struct arena *mem;
	struct err *err;
	size_t faults;
};

/* Add a fault, unless there are a hundred (ninety-nine unknown fields). */
void in_fault(struct in *in, const struct where *w, const char *code,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/*
 * The row that takes a name, or NULL after a fault: no row takes it, or its
 * member was given already.  given has an element for each row.
 */
const struct field *in_row(struct in *in, const struct where *w,
    const struct table *t, bool *given);

/* When everything was read: faults for what is missing, defaults for what
 * may be. */
void in_end(struct in *in, const struct where *up, const struct table *t,
    const bool *given, void *out);

/* Check a value against its row and put it into the struct. */
void in_i64(struct in *in, const struct where *w, const struct field *f,
    int64_t n, void *out);
void in_bool(const struct field *f, bool b, void *out);
void in_text(struct in *in, const struct where *w, const struct field *f,
    const char *s, void *out);
void in_money(struct in *in, const struct where *w, const struct field *f,
    const char *s, void *out);

/* A number that no int64_t holds is out of range. */
void in_beyond(struct in *in, const struct where *w, const struct field *f,
    const char *s);

/* A string against bounds (0, 0: none) and a kind (NULL: any). */
bool in_text_ok(struct in *in, const struct where *w, int64_t min,
    int64_t max, const struct field_kind *kind, const char *s);

/* A number of elements against bounds (0, 0: none). */
bool in_count_ok(struct in *in, const struct where *w,
    const struct field *f, size_t n);

/* The member of the struct that a row fills. */
void *in_member(const struct field *f, void *out);

#endif
