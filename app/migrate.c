/* SPDX-License-Identifier: MIT */
#include "app/migrate.h"

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/err.h"
#include "lib/json.h"
#include "lib/pg.h"
#include "lib/token.h"
#include "lib/tx.h"
#include "lib/worker.h"

#include "app/command.h"
#include "app/config.h"

#define MAX_FILE	((size_t)1 << 20)
#define SCRIPT_MS	600000
#define PAUSE_S		2	/* between tries to get a table's lock */

/*
 * One at a time: the second runner waits and then finds nothing to do.  A
 * lock of a table is waited for as long as the requests that queue up behind
 * that wait would themselves wait for one, and no longer.
 */
static const char lock_script[] =
    "SET statement_timeout = 0; SET lock_timeout = 0;"
    "SET idle_in_transaction_session_timeout = 0;"
    "SELECT pg_advisory_lock(20261);"
    "CREATE TABLE IF NOT EXISTS schema_migrations ("
    " number bigint CONSTRAINT schema_migrations_pkey PRIMARY KEY,"
    " name text NOT NULL, checksum text NOT NULL,"
    " applied_at timestamptz NOT NULL DEFAULT now());"
    "DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'shopd')"
    " THEN GRANT SELECT ON schema_migrations TO shopd; END IF; END $$;"
    "SET lock_timeout = '300ms';";

STMT(migrate_sql_encoding,
    "SELECT current_setting('server_encoding') AS encoding");

STMT(migrate_sql_begun,
    "SELECT to_regclass('schema_migrations') IS NOT NULL AS begun");

STMT(migrate_sql_applied,
    "SELECT number, name, checksum FROM schema_migrations"
    " WHERE number = $1");

struct migration { int64_t number; const char *name, *sql, *checksum; };

/* As configured, of the checkout, or as installed: PREFIX/bin/shopd and
 * PREFIX/share/shopd. */
static const char *
directory(void)
{
	static const char share[] = "/share/shopd/migrations";
	static char path[PATH_MAX + sizeof(share)];
	struct stat st;
	ssize_t n;
	char *slash;

	if (config.migrations_dir != NULL)
		return config.migrations_dir;
	if (stat("db/migrations", &st) == 0)
		return "db/migrations";
	n = readlink("/proc/self/exe", path, PATH_MAX);
	path[n > 0 ? n : 0] = '\0';
	for (int i = 0; i < 2; i++)
		if ((slash = strrchr(path, '/')) != NULL)
			*slash = '\0';
	memcpy(path + strlen(path), share, sizeof(share));
	return path;
}

/* "0003_stock.sql" is 3; anything else 0. */
static int64_t
file_number(const char *name)
{
	char digits[5] = "";
	size_t len = strlen(name);
	int64_t n;

	if (len < 10 || name[4] != '_' || strcmp(name + len - 4, ".sql") != 0)
		return 0;
	memcpy(digits, name, 4);
	return i64_parse(digits[0] == '0' ? digits + strspn(digits, "0") :
	    digits, &n) ? n : 0;
}

int64_t
migrate_newest(void)
{
	static int64_t newest = -1;
	struct dirent *de;
	DIR *d;

	if (newest != -1)
		return newest;
	newest = 0;
	if ((d = opendir(directory())) == NULL)
		return 0;
	while ((de = readdir(d)) != NULL)
		if (file_number(de->d_name) > newest)
			newest = file_number(de->d_name);
	closedir(d);
	return newest;
}

static int
read_file(struct arena *mem, const char *dir, const char *name,
    struct migration *m)
{
	FILE *f = fopen(arena_printf(mem, "%s/%s", dir, name), "re");
	char *text = arena_alloc(mem, MAX_FILE);
	size_t len = 0;
	bool whole = false;

	if (f != NULL) {
		len = fread(text, 1, MAX_FILE, f);
		whole = len < MAX_FILE && ferror(f) == 0;
		fclose(f);
	}
	if (!whole)
		return die("migrate: %s/%s cannot be read", dir, name);
	m->number = file_number(name);
	m->name = arena_strdup(mem, name);
	m->sql = text;
	m->checksum = sha256_hex(text, len, mem);
	return 0;
}

/* All files in order of their numbers; the count, or -1. */
static int
read_all(struct arena *mem, struct migration *list, int max)
{
	const char *dir = directory();
	struct dirent *de;
	DIR *d = opendir(dir);
	int used = 0, rc = 0, i;

	if (d == NULL) {
		die("migrate: no directory %s (set MIGRATIONS_DIR)", dir);
		return -1;
	}
	while (rc == 0 && (de = readdir(d)) != NULL) {
		int64_t number = file_number(de->d_name);

		if (number == 0 || used == max)
			continue;
		for (i = used++; i > 0 && list[i - 1].number > number; i--)
			list[i] = list[i - 1];
		rc = read_file(mem, dir, de->d_name, &list[i]);
	}
	closedir(d);
	return rc == 0 ? used : -1;
}

struct runner { struct pg *pg; struct arena *mem; struct err err; };

static int
say_error(struct runner *r, const char *what)
{
	return die("migrate: %s: %s", what, r->err.internal != NULL ?
	    r->err.internal : r->err.detail != NULL ? r->err.detail : "?");
}

/* The one row of a question without parameters. */
static int
ask(struct runner *r, const struct stmt *st, struct rows *rs)
{
	struct tx tx = { 0 };

	tx_begin(&tx, r->pg, TX_READ, r->mem, &r->err, now_ms() + SCRIPT_MS);
	return tx_one(&tx, rs, st) == 0 ? 0 : say_error(r, "cannot prepare");
}

/* In any other slugs cannot be made, which only the first product shows. */
static int
check_encoding(struct runner *r)
{
	struct rows rs;
	const char *encoding;

	if (ask(r, &migrate_sql_encoding, &rs) != 0)
		return 1;
	encoding = rows_text(&rs, 0, "encoding");
	if (strcmp(encoding, "UTF8") == 0)
		return 0;
	return die("migrate: the database is encoded as %s; make one with "
	    "createdb -E UTF8 -T template0 --locale=C.UTF-8", encoding);
}

/* Whether there is a table of what is applied: `up` makes one, but who only
 * looks may have no right to. */
static int
prepare(struct runner *r, bool up, bool *begun_r)
{
	struct rows rs;

	if (!up) {
		if (ask(r, &migrate_sql_begun, &rs) != 0)
			return 1;
		*begun_r = rows_bool(&rs, 0, "begun");
		return 0;
	}
	if (check_encoding(r) != 0)
		return 1;
	if (pg_script(r->pg, &r->err, lock_script, SCRIPT_MS) == -1)
		return say_error(r, "cannot prepare");
	*begun_r = true;
	return 0;
}

/* 1 applied, 0 pending, -1 error (said). */
static int
is_applied(struct runner *r, const struct migration *m)
{
	struct tx tx = { 0 };
	struct rows rs;

	tx_begin(&tx, r->pg, TX_READ, r->mem, &r->err, now_ms() + SCRIPT_MS);
	if (tx_opt(&tx, &rs, &migrate_sql_applied, pg_i64(m->number)) == -1) {
		say_error(r, m->name);
		return -1;
	}
	if (rs.n == 0)
		return 0;
	if (strcmp(rows_text(&rs, 0, "checksum"), m->checksum) != 0) {
		die("migrate: %s was changed after it was applied; "
		    "write a new migration instead", m->name);
		return -1;
	}
	return 1;
}

/* Run it, again while somebody else has the lock it needs. */
static int
run(struct runner *r, const struct migration *m, const char *script)
{
	int64_t end = now_ms() + SCRIPT_MS;
	bool said = false;

	while (pg_script(r->pg, &r->err, script, SCRIPT_MS) == -1) {
		if ((strcmp(r->err.sqlstate, "55P03") != 0 &&
		    strcmp(r->err.sqlstate, "40P01") != 0) ||
		    now_ms() >= end)
			return -1;
		if (!said)
			die("migrate: %s waits for a lock that another session"
			    " has (see pg_locks)", m->name);
		said = true;
		err_init(&r->err, r->mem);
		if (pg_script(r->pg, &r->err, "ROLLBACK", SCRIPT_MS) == -1)
			return -1;
		sleep(PAUSE_S);
	}
	return 0;
}

static int
apply(struct runner *r, const struct migration *m)
{
	struct buf b;

	buf_init(&b, r->mem, strlen(m->sql) + 512);
	buf_str(&b, "BEGIN;\n");
	buf_str(&b, m->sql);
	buf_printf(&b, "\n;INSERT INTO schema_migrations (number, name, "
	    "checksum) VALUES (%lld, '%s', '%s');COMMIT;",
	    (long long)m->number, m->name, m->checksum);
	if (run(r, m, b.data) == -1)
		return say_error(r, m->name);
	printf("applied %s\n", m->name);
	return 0;
}

int
cmd_migrate(int argc, char **argv)
{
	static struct migration list[1000];
	struct arena *mem = arena_new((size_t)1 << 31);
	struct runner r = { .mem = mem };
	bool up = argc == 2 && strcmp(argv[1], "up") == 0, begun = false;
	int n, state, rc, pending = 0;

	if (!up && (argc != 2 || strcmp(argv[1], "status") != 0)) {
		die("usage: shopd migrate up|status");
		return 2;
	}
	if ((n = read_all(mem, list, 1000)) == -1)
		return 1;
	err_init(&r.err, mem);
	r.pg = pg_new(config.database_owner_url != NULL ?
	    config.database_owner_url : config.database_url);
	rc = prepare(&r, up, &begun);
	for (int i = 0; i < n && rc == 0; i++) {
		if ((state = begun ? is_applied(&r, &list[i]) : 0) == -1)
			rc = 1;
		else if (!up)
			printf("%-8s %s\n", state ? "applied" : "pending",
			    list[i].name);
		else if (state == 0)
			rc = apply(&r, &list[i]);
		pending += state == 0;
	}
	if (rc == 0 && up && pending == 0)
		puts("nothing to do");
	pg_free(r.pg);
	arena_free(mem);
	return rc;
}
