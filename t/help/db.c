/* SPDX-License-Identifier: MIT */
#include "t/help/db.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "t/help/suite.h"

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/log.h"
#include "lib/metrics.h"
#include "lib/password.h"
#include "lib/random.h"
#include "lib/token.h"
#include "lib/worker.h"

#include "app/config.h"
#include "app/errors.h"
#include "app/routes.h"

static struct {
	pid_t pid;
	struct arena *mem;
	struct pg *pg;
	struct err err;
	struct tx tx;
} db;

static void
setup(void)
{
	struct token_conf tc = { .alg = "HS256", .issuer = "shopd",
	    .audience = "shopd", .access_ttl = 900, .refresh_ttl = 86400 };
	const char *why;

	if (db.pid == getpid())
		return;
	db.pid = getpid();
	setenv("JWT_SECRET", "0f1e2d3c4b5a69788796a5b4c3d2e1f00123456789", 0);
	setenv("PASSWORD_COST", "1", 0);
	setenv("TEST_WEBHOOK_SECRET", "a secret of the tests", 0);
	ck_assert_msg(getenv("DATABASE_URL") != NULL,
	    "DATABASE_URL is not set: run by t/pg.sh");
	ck_assert_msg(config_load(&why) == 0, "%s", why);
	tc.secret = config.jwt_secret;
	ck_assert_msg(token_init(&tc, &why) == 0, "%s", why);
	password_init((int)config.password_cost);
	log_init("test", LOG_ERROR);
	metrics_init(routes.n);
	pg_set_error_map(constraint_map);
	/* A parent's are left alone: its connection is not ours to close. */
	db.mem = arena_new((size_t)1 << 30);
	db.pg = pg_new(config.database_url);
}

struct arena *
db_mem(void)
{
	setup();
	return db.mem;
}

struct pg *
db_pg(void)
{
	setup();
	return db.pg;
}

static const struct stmt *
make_stmt(const char *fmt, va_list ap)
{
	static int serial;
	struct stmt *st = arena_alloc(db.mem, sizeof(*st));

	*st = (struct stmt){
		.name = arena_printf(db.mem, "test_%d", serial++),
		.sql = arena_vprintf(db.mem, fmt, ap),
		.where = "test",
	};
	return st;
}

static void
query(struct rows *rs, const char *fmt, va_list ap)
{
	static struct pg *own;
	static pid_t pid;
	static int n;
	struct err e;
	struct tx tx = { 0 };
	int rc;

	setup();
	if (pid != getpid()) {
		own = pg_new(config.database_url);
		pid = getpid();
	}
	/* Each is a statement of its own, and a connection keeps them. */
	if (++n % 500 == 0)
		pg_disconnect(own);
	/* A connection holds what the program has, not thousands. */
	if (++n % 256 == 0)
		pg_disconnect(own);
	err_init(&e, db.mem);
	tx_begin(&tx, own, TX_READ, db.mem, &e, now_ms() + 10000);
	rc = tx_rows_(&tx, rs, make_stmt(fmt, ap), NULL, 0);
	ck_assert_msg(rc == 0, "%s", e.internal != NULL ? e.internal :
	    e.detail != NULL ? e.detail : "no database");
}

void
db_exec(const char *sql, ...)
{
	struct rows rs;
	va_list ap;

	va_start(ap, sql);
	query(&rs, sql, ap);
	va_end(ap);
}

int64_t
db_i64(const char *sql, ...)
{
	struct rows rs;
	va_list ap;

	va_start(ap, sql);
	query(&rs, sql, ap);
	va_end(ap);
	ck_assert_int_ge(rs.n, 1);
	return rows_first_i64(&rs);
}

const char *
db_text(const char *sql, ...)
{
	struct rows rs;
	va_list ap;

	va_start(ap, sql);
	query(&rs, sql, ap);
	va_end(ap);
	return rs.n == 0 ? NULL : rows_first_text(&rs);
}

struct tx *
db_begin(void)
{
	setup();
	err_init(&db.err, db.mem);
	memset(&db.tx, 0, sizeof(db.tx));
	tx_begin(&db.tx, db.pg, TX_WRITE, db.mem, &db.err, now_ms() + 60000);
	return &db.tx;
}

void
db_rollback(struct tx *tx)
{
	tx_rollback(tx);
}

struct persona
persona_new(bool admin)
{
	struct persona p;
	struct token t = { .use = TOKEN_ACCESS };
	const char *tag;

	setup();
	tag = random_hex(8, db.mem);
	p.email = arena_printf(db.mem, "p-%s@example.com", tag);
	p.id = db_i64("INSERT INTO users (email, password_hash, role)"
	    " VALUES ('%s', '*', '%s') RETURNING id", p.email,
	    admin ? "admin" : "customer");
	p.session = db_i64("INSERT INTO sessions (user_id, refresh_hash,"
	    " expires_at) VALUES (%lld, 'x', now() + interval '1 day')"
	    " RETURNING id", (long long)p.id);
	t.sub = p.id;
	t.session = p.session;
	t.admin = admin;
	p.token = token_sign(&t, db.mem);
	return p;
}

struct goods
goods_new(int64_t price_cents, int64_t stock)
{
	struct goods g;
	const char *tag = random_hex(8, db_mem());

	g.product = db_i64("INSERT INTO products (sku, slug, title)"
	    " VALUES ('S-%s', 's-%s', 'Thing %s') RETURNING id", tag, tag,
	    tag);
	g.variant = db_i64("INSERT INTO product_variants (product_id, sku,"
	    " title, price_cents, is_default) VALUES (%lld, 'V-%s', 'Thing',"
	    " %lld, true) RETURNING id", (long long)g.product, tag,
	    (long long)price_cents);
	db_exec("WITH i AS (INSERT INTO inventory (variant_id, available)"
	    " VALUES (%lld, %lld) RETURNING *) INSERT INTO"
	    " inventory_movements (variant_id, kind, delta_available,"
	    " delta_reserved) SELECT variant_id, 'receive', available, 0"
	    " FROM i", (long long)g.variant, (long long)stock);
	return g;
}
