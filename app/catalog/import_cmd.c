/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/err.h"
#include "lib/tx.h"
#include "lib/worker.h"

#include "app/catalog/import.h"
#include "app/command.h"
#include "app/config.h"
#include "app/errors.h"

#define FILE_MAX_BYTES	((size_t)2 << 30)
#define BATCH		25	/* rows in one transaction, ... */
#define FEW		3	/* ... if they have no more variants */
#define TRIES		3
#define PATIENCE_MS	60000
#define NAMES_MAX	200

/* How often each name came up. */
struct tally {
	const char *names[NAMES_MAX];
	int64_t counts[NAMES_MAX], total;
	size_t n;
};

struct import {
	struct import_file file;
	struct arena *keep, *mem;	/* for the run, for a batch */
	struct pg *pg;
	bool dry_run, terminal;
	bool doubt;			/* the answer to a COMMIT was lost */
	int64_t created, updated, bad;
	struct tally ignored, categories;
};

static void
count(struct import *im, struct tally *t, const char *name)
{
	size_t i = 0;

	while (i < t->n && strcmp(t->names[i], name) != 0)
		i++;
	t->total += i == t->n;
	if (i == NAMES_MAX)
		return;
	if (i == t->n)
		t->names[t->n++] = arena_strdup(im->keep, name);
	t->counts[i]++;
}

static const char *
reason(const struct err *e)
{
	if (e->items != NULL)
		return e->items->detail;
	if (e->kind->status >= 500 && e->internal != NULL)
		return e->internal;
	if (e->detail != NULL && *e->detail != '\0')
		return e->detail;
	return e->kind->title;
}

/* ---- rows into the database ---------------------------------------------- */

struct outcome { enum import_result result; bool category; };

/* All good rows of a batch in one transaction. */
static int
put_all(struct import *im, struct tx *tx, const struct import_row *rows,
    size_t n, struct outcome *out)
{
	for (size_t i = 0; i < n; i++)
		if (rows[i].why == NULL && import_put(tx, &rows[i],
		    &out[i].result, &out[i].category) == -1)
			return -1;
	if (!im->dry_run)
		return tx_commit(tx);
	tx_rollback(tx);
	return 0;
}

/* -1 with the reason in e.  Lost commits are not tried again. */
static int
put_batch(struct import *im, const struct import_row *rows, size_t n,
    struct outcome *out, struct err *e)
{
	struct tx tx = { .admin = true };

	for (int try = 1; ; try++) {
		err_init(e, im->mem);
		tx_begin(&tx, im->pg, TX_WRITE, im->mem, e,
		    now_ms() + PATIENCE_MS);
		if (put_all(im, &tx, rows, n, out) == 0)
			return 0;
		tx_rollback(&tx);
		im->doubt = tx_uncertain(&tx);
		if (!tx_retryable(&tx) || try == TRIES)
			return -1;
	}
}

static void
note(struct import *im, const struct import_row *row,
    const struct outcome *out)
{
	if (row->why != NULL) {
		if (im->terminal)
			fputs("\r\033[K", stderr);
		fprintf(stderr, "row %lld: %s\n", (long long)row->number,
		    row->why);
		im->bad++;
		return;
	}
	if (out->result == IMPORT_CREATED)
		im->created++;
	else
		im->updated++;
	if (out->category)
		count(im, &im->categories, row->category);
	for (size_t i = 0; i < row->nignored; i++)
		count(im, &im->ignored, row->ignored[i]);
}

static int
give_up(const struct import *im, const struct import_row *rows, size_t n,
    const struct err *e)
{
	return die("import: rows %lld to %lld%s: %s",
	    (long long)rows[0].number, (long long)rows[n - 1].number,
	    im->doubt ? " may be in, or not" : "", reason(e));
}

/* A batch that fails is done again row by row, so that a bad row costs
 * nothing but itself; not one that may be in, or rows without a SKU would be
 * two products, nor without a database.  -1: that is gone. */
static int
put_rows(struct import *im, struct import_row *rows, size_t n)
{
	struct outcome out[BATCH];
	struct err e;
	bool whole = put_batch(im, rows, n, out, &e) == 0;

	if (!whole && (im->doubt || !pg_connected(im->pg)))
		return give_up(im, rows, n, &e);
	for (size_t i = 0; i < n; i++) {
		if (!whole && rows[i].why == NULL &&
		    put_batch(im, &rows[i], 1, &out[i], &e) == -1) {
			if (e.kind == &E_UNAVAILABLE)
				return give_up(im, &rows[i], 1, &e);
			rows[i].why = reason(&e);
		}
		note(im, &rows[i], &out[i]);
	}
	return 0;
}

static void
show_progress(const struct import *im, bool last)
{
	size_t percent = im->file.len == 0 ? 100 :
	    im->file.pos * 100 / im->file.len;

	if (!im->terminal)
		return;
	fprintf(stderr, "\r\033[K%s%lld rows, %zu %%%s",
	    im->dry_run ? "dry run: " : "", (long long)im->file.rows, percent,
	    last ? "\n" : "");
}

/* How many rows from here on go together. One with many variants goes alone:
 * who wants to buy one of them waits for its transaction. */
static size_t
together(const struct import_row *rows, size_t n)
{
	size_t i = 0;

	while (i < n && rows[i].in.variants.n <= FEW)
		i++;
	return i > 0 ? i : 1;
}

static int
put_batches(struct import *im, struct import_row *rows, size_t n)
{
	for (size_t i = 0, k; i < n; i += k) {
		k = together(rows + i, n - i);
		if (put_rows(im, rows + i, k) != 0)
			return -1;
	}
	return 0;
}

/* 1: more rows may follow; 0: that was all; -1: given up (said). */
static int
run_batch(struct import *im)
{
	struct import_row rows[BATCH];
	const char *json, *why;
	size_t n = 0;
	int more = 1;

	memset(rows, 0, sizeof(rows));
	while (n < BATCH &&
	    (more = import_next(&im->file, im->mem, &json, &why)) == 1) {
		rows[n].number = im->file.rows;
		if (json == NULL)
			rows[n].why = why;
		else
			import_read(json, im->mem, &rows[n]);
		n++;
	}
	if (put_batches(im, rows, n) != 0)
		return -1;
	if (more == -1) {
		fprintf(stderr, "row %lld: %s; the rest cannot be read\n",
		    (long long)im->file.rows + 1, why);
		im->bad++;
	}
	show_progress(im, more != 1);
	arena_reset(im->mem);
	return more == 1;
}

static void
summary(const struct import *im)
{
	const struct tally *t = &im->ignored;

	printf("%s%lld rows: %lld created, %lld updated, %lld bad\n",
	    im->dry_run ? "dry run, nothing was changed: " : "",
	    (long long)(im->created + im->updated + im->bad),
	    (long long)im->created, (long long)im->updated,
	    (long long)im->bad);
	printf("%lld categories created\n", (long long)im->categories.total);
	if (t->n == 0)
		return;
	printf("ignored members:");
	for (size_t i = 0; i < t->n; i++)
		printf("%s %s (%lld)", i > 0 ? "," : "", t->names[i],
		    (long long)t->counts[i]);
	putchar('\n');
}

/* ---- the command --------------------------------------------------------- */

static int
read_file(const char *path, struct arena *mem, struct buf *out)
{
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
	char chunk[65536];
	size_t n;
	bool bad;

	if (f == NULL)
		return die("import: cannot open %s", path);
	buf_init(out, mem, sizeof(chunk));
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_add(out, chunk, n);
	bad = ferror(f) != 0;
	if (f != stdin)
		fclose(f);
	return bad ? die("import: cannot read %s", path) : 0;
}

static int
import_file(struct import *im, const char *path)
{
	struct buf text;
	const char *why;
	int more;

	if (read_file(path, im->keep, &text) != 0)
		return 1;
	if (import_open(&im->file, text.data, text.len, im->keep, &why) == -1)
		return die("import: %s: %s", path, why);
	while ((more = run_batch(im)) == 1)
		;
	summary(im);
	return more == -1 || im->bad > 0;
}

int
cmd_import(int argc, char **argv)
{
	struct import im = { .terminal = isatty(STDERR_FILENO) };
	const char *path = NULL;
	int rc;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--dry-run") == 0)
			im.dry_run = true;
		else if (path == NULL && (argv[i][0] != '-' ||
		    argv[i][1] == '\0'))
			path = argv[i];
		else
			path = "";
	}
	if (path == NULL || *path == '\0') {
		die("usage: shopd import [--dry-run] FILE");
		return 2;
	}
	im.keep = arena_new(FILE_MAX_BYTES);
	im.mem = arena_new((size_t)1 << 30);
	im.pg = pg_new(config.database_url);
	rc = import_file(&im, path);
	pg_free(im.pg);
	arena_free(im.mem);
	arena_free(im.keep);
	return rc;
}
