/* SPDX-License-Identifier: MIT */
#ifndef LIB_CONF_H
#define LIB_CONF_H

/* Configuration from the environment, by one table. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

enum conf_type { CONF_TEXT, CONF_INT, CONF_BOOL, CONF_SECRET };

struct conf_item {
	const char *name;	/* environment variable */
	enum conf_type type;
	size_t offset;		/* of const char *, int64_t or bool */
	const char *def;	/* default as text, NULL: none */
	int64_t min, max;	/* integers; lengths of texts */
	const char *doc;
};

/*
 * Fill the struct at base.  An empty variable counts as unset.  A max of 0
 * bounds no text.  Booleans are on, true, yes, 1 or off, false, no, 0.  A
 * secret may also come from the first line of the file named by NAME_FILE.
 * -1 and a message naming the variable, in *why_r (static storage).
 */
int conf_load(const struct conf_item *items, size_t n, void *base,
    const char **why_r);

/* NAME=value lines of the effective values, a comment line with doc above
 * each.  Secrets and the passwords in URLs and in libpq's key=value are
 * "********" (empty if unset). */
void conf_print(const struct conf_item *items, size_t n, const void *base,
    struct buf *out);

#endif
