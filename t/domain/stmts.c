/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include <stdio.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/log.h"
#include "lib/tx.h"
#include "lib/worker.h"

#include "app/errors.h"

#include "t/help/db.h"

/* Sent without parameters: a statement that has some is parsed, and only
 * its Bind is refused (08P01); one without is run and rolled back. */
static void
prepares(const struct stmt *st)
{
	struct tx *tx = db_begin();
	struct rows rs;
	int rc = tx_rows_(tx, &rs, st, NULL, 0);

	if (rc == -1 && strcmp(tx->err->sqlstate, "08P01") != 0)
		ck_abort_msg("%s (%s): %s %s", st->name, st->where,
		    tx->err->sqlstate, tx->err->internal != NULL ?
		    tx->err->internal : "");
	db_rollback(tx);
}

static void
prepare_all(void)
{
	const struct stmt *const *list;
	size_t n = stmt_all(&list);

	ck_assert_uint_gt(n, 10);
	for (size_t i = 0; i < n; i++)
		if (strncmp(list[i]->name, "tx_sql_", 7) != 0)
			prepares(list[i]);
}

START_TEST(every_statement_prepares)
{
	prepare_all();
}
END_TEST

STMT(test_narrow,
    "SELECT name || ' $' || n AS parameter FROM pg_prepared_statements,"
    " unnest(parameter_types::oid[]) WITH ORDINALITY p (type, n)"
    " WHERE type IN ('integer'::regtype, 'smallint'::regtype)");

static bool
may_be_narrow(const char *parameter)
{
	static const char *const list[] = { "idempotency_sql_settle $4",
		"idempotency_sql_store $5", "queue_sql_again $3",
		"queue_sql_dead $2", "queue_sql_done $2",
		"review_sql_insert $3", "stock_check_sql $4",
		"stock_check_sql $5", NULL };

	for (size_t i = 0; list[i] != NULL; i++)
		if (strcmp(list[i], parameter) == 0)
			return true;
	return false;
}

/* A parameter beside a bare number is an integer of 32 bits, and refuses
 * larger ids. */
START_TEST(parameters_are_wide)
{
	struct tx *tx;
	struct rows rs;

	prepare_all();
	tx = db_begin();
	ck_assert_int_eq(tx_rows(tx, &rs, &test_narrow), 0);
	for (int i = 0; i < rs.n; i++) {
		const char *parameter = rows_text(&rs, i, "parameter");

		ck_assert_msg(may_be_narrow(parameter), "%s", parameter);
	}
	db_rollback(tx);
}
END_TEST

/* With tables this small only what has no index is read whole. */
START_TEST(rare_statements_have_indexes)
{
	static const char *const names[] = { "erase_sql_",
	    "health_sql_jobs" };
	const struct stmt *const *list;
	size_t n = stmt_all(&list), seen = 0;

	db_exec("SET enable_seqscan = off");
	for (size_t i = 0; i < n * sizeof(names) / sizeof(names[0]); i++) {
		const struct stmt *st = list[i % n];
		const char *plan;

		if (strncmp(st->name, names[i / n],
		    strlen(names[i / n])) != 0)
			continue;
		seen++;
		db_exec("PREPARE x AS %s", st->sql);
		plan = db_text("EXPLAIN (FORMAT JSON) EXECUTE x%s",
		    strstr(st->sql, "$1") != NULL ? "(1)" : "");
		ck_assert_msg(strstr(plan, "Seq Scan") == NULL, "%s: %s",
		    st->name, plan);
		db_exec("DEALLOCATE x");
	}
	ck_assert_uint_gt(seen, 5);
}
END_TEST

START_TEST(names_are_unique)
{
	const struct stmt *const *list;
	size_t n = stmt_all(&list);

	for (size_t i = 0; i < n; i++) {
		ck_assert_uint_lt(strlen(list[i]->name), 64);
		for (size_t k = 0; k < i; k++)
			ck_assert_str_ne(list[i]->name, list[k]->name);
	}
}
END_TEST

/* Every CHECK, UNIQUE, foreign key and unique index of the schema stands in
 * app/constraint.c, with a kind or as one that no request reaches. */
START_TEST(constraints_are_mapped)
{
	const struct constraint_row *r;
	const char *missing;
	char list[16384] = "('')";
	size_t len = strlen(list);

	for (r = constraint_rows(); r->name != NULL; r++)
		len += (size_t)snprintf(list + len, sizeof(list) - len,
		    ",('%s')", r->name);
	ck_assert_uint_lt(len, sizeof(list) - 1);
	missing = db_text("SELECT string_agg(c.name, ', ' ORDER BY c.name)"
	    " FROM (SELECT conname::text FROM pg_constraint"
	    "  WHERE connamespace = 'public'::regnamespace"
	    "  AND contype IN ('c', 'u', 'f') UNION"
	    "  SELECT c.relname::text FROM pg_index i"
	    "  JOIN pg_class c ON c.oid = i.indexrelid"
	    "  WHERE i.indisunique AND NOT i.indisprimary"
	    "  AND c.relnamespace = 'public'::regnamespace) c (name)"
	    " WHERE c.name NOT IN (SELECT x FROM (VALUES %s) v (x))", list);
	ck_assert_msg(missing == NULL, "not in app/constraint.c: %s",
	    missing);
}
END_TEST

START_TEST(service_role_cannot_rewrite_history)
{
	static const char *const forbidden[] = {
		"UPDATE inventory_movements SET reason = 'x'",
		"DELETE FROM inventory_movements",
		"UPDATE order_events SET reason = 'x'",
		"DELETE FROM order_events",
		"UPDATE audit_log SET action = 'x'", "DELETE FROM audit_log",
		"TRUNCATE audit_log", "CREATE TABLE x (y int)",
		"DROP TABLE orders", "ALTER TABLE orders ADD x int",
		"INSERT INTO order_transitions VALUES ('a', 'b')",
	};

	for (size_t i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]);
	    i++) {
		struct tx *tx = db_begin();
		const struct stmt st = { "forbidden", forbidden[i], "test" };
		struct rows rs;

		ck_assert_int_eq(tx_rows_(tx, &rs, &st, NULL, 0), -1);
		ck_assert_msg(strcmp(tx->err->sqlstate, "42501") == 0,
		    "%s: %s", forbidden[i], tx->err->sqlstate);
		db_rollback(tx);
		pg_disconnect(db_pg());
	}
}
END_TEST

/* Nor by the functions that end history with the owner's rights. */
START_TEST(service_role_keeps_recent_history)
{
	static const struct stmt far = { "t_far",
	    "SELECT ledger_extend(1000000001)", "test" };
	int64_t young;
	struct rows rs;
	struct tx *tx;

	db_exec("INSERT INTO audit_log (action) VALUES ('young')");
	young = db_i64("SELECT count(*) FROM audit_log"
	    " WHERE at > now() - interval '29 days'");
	db_exec("SELECT audit_prune(-1, 1000000)");
	ck_assert_int_eq(db_i64("SELECT count(*) FROM audit_log"
	    " WHERE at > now() - interval '29 days'"), young);
	goods_new(100, 1);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM"
	    " ledger_fold(-1, 1000000) x JOIN inventory_movements m"
	    " ON m.id = x WHERE m.created_at > now() - interval '1 h'"), 0);
	tx = db_begin();
	ck_assert_int_eq(tx_rows_(tx, &rs, &far, NULL, 0), -1);
	ck_assert_str_eq(tx->err->sqlstate, "22023");
	db_rollback(tx);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM pg_proc p,"
	    " aclexplode(coalesce(proacl, acldefault('f', proowner))) a"
	    " WHERE prosecdef AND pronamespace = 'public'::regnamespace"
	    " AND a.grantee = 0"), 0);
}
END_TEST

/* COMMIT of a failed transaction answers ROLLBACK, and that is an error. */
START_TEST(silent_rollback_is_an_error)
{
	static const struct stmt bad = { "t_bad", "SELECT 1 / 0", "test" };
	struct tx *tx = db_begin();
	struct rows rs;

	ck_assert_int_eq(tx_rows_(tx, &rs, &bad, NULL, 0), -1);
	err_init(tx->err, tx->mem);
	tx->failed = false;
	ck_assert_int_eq(tx_commit(tx), -1);
	ck_assert_ptr_eq(tx->err->kind, &E_INTERNAL);
}
END_TEST

START_TEST(one_flight_for_queued_statements)
{
	static const struct stmt one = { "t_one", "SELECT 1 AS n", "test" };
	struct tx *tx = db_begin();
	struct rows a, b, c;

	pg_count_reset(db_pg());
	tx_send_(tx, &a, &one, NULL, 0);
	tx_send_(tx, &b, &one, NULL, 0);
	ck_assert_int_eq(tx_rows_(tx, &c, &one, NULL, 0), 0);
	ck_assert_int_eq(rows_i64(&a, 0, "n") + rows_i64(&b, 0, "n") +
	    rows_i64(&c, 0, "n"), 3);
	ck_assert_uint_eq(pg_count(db_pg()).flights, 1);
	ck_assert_uint_eq(pg_count(db_pg()).stmts, 4);
	tx_last(tx);
	ck_assert_int_eq(tx_rows_(tx, &c, &one, NULL, 0), 0);
	ck_assert_int_eq(tx_commit(tx), 0);
	ck_assert_uint_eq(pg_count(db_pg()).flights, 2);
}
END_TEST

START_TEST(too_many_for_one_flight_is_an_error)
{
	static const struct stmt one = { "t_one", "SELECT 1 AS n", "test" };
	struct tx *tx = db_begin();
	struct rows rs;

	for (int i = 0; i < 100; i++)
		tx_send_(tx, NULL, &one, NULL, 0);
	ck_assert_int_eq(tx_flush(tx), -1);
	ck_assert_ptr_eq(tx->err->kind, &E_INTERNAL);
	db_rollback(tx);
	tx = db_begin();
	ck_assert_int_eq(tx_rows_(tx, &rs, &one, NULL, 0), 0);
	db_rollback(tx);
}
END_TEST

START_TEST(deadline_ends_a_wait)
{
	static const struct stmt nap = { "t_nap", "SELECT pg_sleep(2)",
	    "test" };
	struct tx *tx = db_begin();
	int64_t start = now_ms();
	struct rows rs;

	tx->deadline_ms = start + 200;
	ck_assert_int_eq(tx_rows_(tx, &rs, &nap, NULL, 0), -1);
	ck_assert_ptr_eq(tx->err->kind, &E_UNAVAILABLE);
	ck_assert_int_lt(now_ms() - start, 1000);
	ck_assert(!pg_connected(db_pg()));
}
END_TEST

/* Such as that of a collation whose version is another. */
START_TEST(warnings_are_lines_of_the_log)
{
	FILE *log = tmpfile();
	int was = dup(STDERR_FILENO);
	struct err e;
	char line[4096];

	err_init(&e, db_mem());
	log_init("test", LOG_WARN);
	dup2(fileno(log), STDERR_FILENO);
	ck_assert_int_eq(pg_script(db_pg(), &e, "DO $$ BEGIN RAISE WARNING"
	    " 'one' USING DETAIL = 'two'; END $$", 1000), 0);
	dup2(was, STDERR_FILENO);
	log_init("test", LOG_ERROR);
	close(was);
	rewind(log);
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), log));
	ck_assert_int_eq(line[0], '{');
	ck_assert_ptr_nonnull(strstr(line, "WARNING:  one\\nDETAIL:  two"));
	ck_assert_ptr_null(fgets(line, sizeof(line), log));
	fclose(log);
}
END_TEST

SUITE(stmts)
{
	tcase_add_test(tc, every_statement_prepares);
	tcase_add_test(tc, parameters_are_wide);
	tcase_add_test(tc, rare_statements_have_indexes);
	tcase_add_test(tc, names_are_unique);
	tcase_add_test(tc, constraints_are_mapped);
	tcase_add_test(tc, service_role_cannot_rewrite_history);
	tcase_add_test(tc, service_role_keeps_recent_history);
	tcase_add_test(tc, silent_rollback_is_an_error);
	tcase_add_test(tc, one_flight_for_queued_statements);
	tcase_add_test(tc, too_many_for_one_flight_is_an_error);
	tcase_add_test(tc, deadline_ends_a_wait);
	tcase_add_test(tc, warnings_are_lines_of_the_log);
}
