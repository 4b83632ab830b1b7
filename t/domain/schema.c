/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include <stdio.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/tx.h"
#include "lib/worker.h"

#include "app/config.h"

#include "t/help/db.h"

/*
 * The rules of the schema hold by themselves: each is broken once, by SQL
 * alone, and must refuse. t/domain/mutate.sh drops them one by one and wants
 * to see this suite fail.
 */
static const struct { const char *says, *sql; } rules[] = {
#define BREAKS(says, sql) { says, sql },
#define FOLLOWS(change, holds)
#include "t/domain/schema.def"
#undef BREAKS
#undef FOLLOWS
};
#define NRULES (sizeof(rules) / sizeof(rules[0]))

static const struct { const char *change, *holds; } triggers[] = {
#define BREAKS(says, sql)
#define FOLLOWS(change, holds) { change, holds },
#include "t/domain/schema.def"
#undef BREAKS
#undef FOLLOWS
};
#define NTRIGGERS (sizeof(triggers) / sizeof(triggers[0]))

static const char fixture[] =
    "BEGIN;"
    "INSERT INTO users (id, email, username, password_hash) VALUES"
    " (901, 'a@x.example', 'anna', '*'), (902, 'b@x.example', 'bea', '*');"
    "INSERT INTO categories (id, name, slug, parent_id) VALUES"
    " (901, 'One', 'c901', NULL), (902, 'Two', 'c902', 901);"
    "INSERT INTO products (id, sku, slug, title) VALUES"
    " (901, 'P901', 'p901', 'One'), (902, 'P902', 'p902', 'Two');"
    "INSERT INTO product_variants (id, product_id, sku, title, price_cents)"
    " VALUES (901, 901, 'V901', 'One', 100), (902, 901, 'V902', 'Two', 100),"
    " (903, 902, 'V903', 'Three', 100);"
    "INSERT INTO inventory (variant_id, available) VALUES (901, 10),"
    " (902, 0);"
    "INSERT INTO carts (id, user_id) VALUES (901, 901);"
    "INSERT INTO cart_items (cart_id, variant_id, quantity)"
    " VALUES (901, 902, 1);"
    "INSERT INTO orders (id, user_id, currency, subtotal_cents,"
    " total_cents, shipping_address) VALUES (901, 901, 'USD', 100, 100,"
    " '{}'), (902, 901, 'USD', 100, 100, '{}');"
    "INSERT INTO order_items (order_id, variant_id, product_id, sku, title,"
    " quantity, unit_price_cents, subtotal_cents) VALUES (901, 901, 901,"
    " 'V901', 'One', 1, 100, 100);"
    "INSERT INTO payments (id, order_id, user_id, provider, provider_ref,"
    " status, amount_cents, currency) VALUES (901, 901, 901, 'test', 'r901',"
    " 'succeeded', 100, 'USD');"
    "INSERT INTO refunds (id, payment_id, amount_cents) VALUES"
    " (901, 901, 1), (902, 901, 1);"
    "INSERT INTO webhooks (id, url, events, secret) VALUES"
    " (901, 'https://x.example/', '{*}', 's');";

/* Some need the owner: the service's role could not even try. */
static struct pg *
owner(void)
{
	static struct pg *pg;

	if (pg == NULL) {
		db_mem();
		ck_assert_ptr_nonnull(config.database_owner_url);
		pg = pg_new(config.database_owner_url);
	}
	return pg;
}

START_TEST(rule_refuses)
{
	const char *says = rules[_i].says, *sql = rules[_i].sql;
	struct err e;

	err_init(&e, db_mem());
	ck_assert_msg(pg_script(owner(), &e, fixture, 5000) == 0, "%s",
	    e.internal);
	ck_assert_msg(pg_script(owner(), &e, sql, 5000) == -1,
	    "%s: it was not refused", says);
	ck_assert_msg(e.internal != NULL && strstr(e.internal, says) != NULL,
	    "%s: %s", says, e.internal);
	err_init(&e, db_mem());
	ck_assert_int_eq(pg_script(owner(), &e, "ROLLBACK", 5000), 0);
}
END_TEST

START_TEST(trigger_follows)
{
	const char *change = triggers[_i].change;
	struct err e;

	err_init(&e, db_mem());
	ck_assert_msg(pg_script(owner(), &e, fixture, 5000) == 0 &&
	    pg_script(owner(), &e, change, 5000) == 0, "%s: %s", change,
	    e.internal);
	ck_assert_msg(pg_script(owner(), &e, arena_printf(db_mem(),
	    "DO $x$ BEGIN IF (%s) IS NOT TRUE THEN RAISE 'it does not'; "
	    "END IF; END $x$", triggers[_i].holds), 5000) == 0, "%s: %s",
	    change, e.internal);
	ck_assert_int_eq(pg_script(owner(), &e, "ROLLBACK", 5000), 0);
}
END_TEST

/* Every rule of the schema is broken above; a _fit_check is the rules that
 * its function names. */
START_TEST(no_rule_is_forgotten)
{
	char list[16384] = "('')";
	size_t len = strlen(list);
	const char *missing;

	for (size_t i = 0; i < NRULES; i++)
		len += (size_t)snprintf(list + len, sizeof(list) - len,
		    ",('%s')", rules[i].says);
	missing = db_text("SELECT string_agg(c.name, ', ' ORDER BY c.name)"
	    " FROM (SELECT conname::text FROM pg_constraint"
	    "  WHERE connamespace = 'public'::regnamespace"
	    "  AND contype IN ('c', 'u', 'f') UNION"
	    "  SELECT c.relname::text FROM pg_index i"
	    "  JOIN pg_class c ON c.oid = i.indexrelid"
	    "  WHERE i.indisunique AND NOT i.indisprimary"
	    "  AND c.relnamespace = 'public'::regnamespace) c (name)"
	    " WHERE c.name !~ '_fit_check$'"
	    " AND c.name NOT IN (SELECT x FROM (VALUES %s) v (x))", list);
	ck_assert_msg(missing == NULL, "not in t/domain/schema.def: %s",
	    missing);
}
END_TEST

SUITE(schema)
{
	tcase_add_loop_test(tc, rule_refuses, 0, (int)NRULES);
	tcase_add_loop_test(tc, trigger_follows, 0, (int)NTRIGGERS);
	tcase_add_test(tc, no_rule_is_forgotten);
}
