/* SPDX-License-Identifier: MIT */
#ifndef APP_CATALOG_IMPORT_H
#define APP_CATALOG_IMPORT_H

/*
 * Products from a file: a JSON array of objects, or CSV (RFC 4180) whose
 * first record names the columns.  Names are those of the create body and
 * their aliases; `category` is a category's name, of the one
 * with the slug `category_slug` if that is given.  Other scalar members
 * become attributes, everything else is ignored and counted.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/catalog/product.h"

struct arena;
struct buf;
struct tx;

/* ---- the file as rows ---------------------------------------------------- */

struct import_file {
	const char *text;
	size_t len, pos;
	bool csv;
	const char **columns;	/* of CSV */
	size_t ncolumns;
	int64_t rows;		/* read so far */
};

/* text must be NUL-terminated and stay.  Column names go to mem.  -1: no
 * such file, *why_r says why. */
int import_open(struct import_file *f, const char *text, size_t len,
    struct arena *mem, const char **why_r);

/* The next row as JSON text in mem, or NULL with *why_r if it cannot be read.
 * 0: there is none; -1: and what is left cannot be told apart (*why_r). */
int import_next(struct import_file *f, struct arena *mem,
    const char **json_r, const char **why_r);

/* ---- one row ------------------------------------------------------------- */

struct import_row {
	int64_t number;		/* from 1 */
	struct product_in in;
	const char *category;	/* by name, or NULL */
	const char *slug;	/* which of that name, or NULL */
	const char **ignored;	/* names of members */
	size_t nignored;
	const char *why;	/* a bad one: the reason */
};

/* Check one row with the create body's own rules. */
void import_read(const char *json, struct arena *mem,
    struct import_row *row_r);

enum import_result { IMPORT_CREATED, IMPORT_UPDATED };

/* Create the product, or change the one that has its SKU.  *category_r is
 * true if the row's category was made. */
int import_put(struct tx *tx, const struct import_row *row,
    enum import_result *result_r, bool *category_r);

/* The row of a table that takes a name, or NULL. */
const struct field *import_field(const struct table *t, const char *name);

#endif
