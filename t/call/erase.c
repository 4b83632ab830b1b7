/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include "lib/arena.h"
#include "lib/random.h"

#include "t/help/call.h"
#include "t/help/db.h"

struct shopper { struct persona p; struct goods g; long long order; };

/* Somebody who has left traces everywhere. */
static struct shopper
shopper(void)
{
	struct shopper s = { persona_new(false), goods_new(1000, 10), 0 };
	long long id = (long long)s.p.id, v = (long long)s.g.variant;

	db_exec("UPDATE users SET username = 'n%lld', first_name = 'Ann',"
	    " phone = '1' WHERE id = %lld", id, id);
	db_exec("INSERT INTO addresses (user_id, line1, city, postal_code,"
	    " country) VALUES (%lld, '1', 'C', '1', 'DE')", id);
	db_exec("WITH c AS (INSERT INTO carts (user_id) VALUES (%lld)"
	    " RETURNING id) INSERT INTO cart_items (cart_id, variant_id,"
	    " quantity) SELECT id, %lld, 1 FROM c", id, v);
	db_exec("INSERT INTO reviews (product_id, user_id, rating)"
	    " VALUES (%lld, %lld, 5)", (long long)s.g.product, id);
	db_exec("INSERT INTO login_attempts (identifier, failures)"
	    " VALUES ('%s', 1), (E'\\treset %s', 1)", s.p.email, s.p.email);
	db_exec("INSERT INTO outbox (kind, topic, user_id, payload, state)"
	    " SELECT k, 'user.verify_email', %lld,"
	    " '{\"email\": \"trace@left.example\"}', 'done'"
	    " FROM unnest(ARRAY['event', 'mail']) k", id);
	s.order = db_i64("WITH o AS (INSERT INTO orders (user_id, currency,"
	    " subtotal_cents, total_cents, shipping_address) SELECT user_id,"
	    " 'USD', 2000, 2000, address_json(a) FROM addresses a"
	    " WHERE user_id = %lld RETURNING id),"
	    " i AS (INSERT INTO order_items (order_id, variant_id,"
	    " product_id, sku, title, quantity, unit_price_cents,"
	    " subtotal_cents) SELECT id, %lld, %lld, 's', 't', 2, 1000, 2000"
	    " FROM o), m AS (INSERT INTO inventory_movements (variant_id,"
	    " kind, delta_available, delta_reserved, order_id)"
	    " SELECT %lld, 'reserve', -2, 2, id FROM o),"
	    " v AS (UPDATE inventory SET available = available - 2,"
	    " reserved = reserved + 2 WHERE variant_id = %lld)"
	    " SELECT id FROM o", id, v, (long long)s.g.product, v, v);
	return s;
}

static int64_t
rows_of(const struct shopper *s, const char *table)
{
	return db_i64("SELECT count(*) FROM %s WHERE user_id = %lld", table,
	    (long long)s->p.id);
}

static void
check_erased(const struct shopper *s)
{
	static const char *const gone[] = { "addresses", "sessions", "carts",
	    "reviews", "one_time_tokens", "idempotency_keys" };

	for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++)
		ck_assert_int_eq(rows_of(s, gone[i]), 0);
	ck_assert_str_eq(db_text("SELECT concat_ws(',', email, username,"
	    " first_name, phone, password_hash, is_active) FROM users"
	    " WHERE id = %lld", (long long)s->p.id),
	    pathf("erased-%lld,*,f", (long long)s->p.id));
	ck_assert_int_eq(db_i64("SELECT count(*) FROM login_attempts"
	    " WHERE identifier LIKE '%%%s'", s->p.email), 0);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM outbox"
	    " WHERE user_id = %lld AND payload::text LIKE '%%@%%'",
	    (long long)s->p.id), 0);
	ck_assert_int_eq(db_i64("SELECT rating_count FROM products"
	    " WHERE id = %lld", (long long)s->g.product), 1);
	ck_assert_str_eq(db_text("SELECT status || (shipping_address->>"
	    "'line1') FROM orders WHERE id = %lld", s->order), "cancelled1");
	ck_assert_int_eq(db_i64("SELECT available * 100 + reserved"
	    " FROM inventory WHERE variant_id = %lld",
	    (long long)s->g.variant), 1000);
}

START_TEST(erased_by_oneself)
{
	struct shopper s = shopper();
	struct persona admin = persona_new(true);
	const char *path = pathf("/api/v1/users/%lld", (long long)s.p.id);
	const char *last;
	struct answer a;

	ck_problem(call_with("DELETE", path, s.p.token, NULL, "If-Match",
	    "\"77\"", NULL), 412, "precondition_failed");
	ck_status(call("DELETE", path, s.p.token, NULL), 204);
	check_erased(&s);
	ck_problem(call("GET", "/api/v1/auth/me", s.p.token, NULL), 401,
	    "token_revoked");
	ck_problem(call("GET", path, admin.token, NULL), 404, "not_found");
	ck_problem(call("DELETE", path, admin.token, NULL), 404,
	    "not_found");
	a = call("GET", pathf("/api/v1/users?limit=1&after=%lld",
	    (long long)s.p.id - 1), admin.token, NULL);
	ck_assert_int_ne(jint(&a, "data[0].id"), s.p.id);
	a = call("GET", pathf("/api/v1/orders/%lld/events", s.order),
	    admin.token, NULL);
	last = pathf("data[%zu].actor.id", jlen(&a, "data") - 1);
	ck_assert_int_eq(jint(&a, last), s.p.id);
	last = pathf("data[%zu].actor.email", jlen(&a, "data") - 1);
	ck_assert_msg(!jhas(&a, last), "%s", a.body);
	a = call("POST", "/api/v1/auth/register", NULL, pathf("{\"email\":"
	    "\"%s\",\"password\":\"long enough 1\"}", s.p.email));
	ck_status(a, 201);
}
END_TEST

/* Nobody can stand in the way with an address of their own. */
START_TEST(erased_in_spite_of_others)
{
	struct persona p = persona_new(false);
	static const char *const hosts[] = { "", "@invalid" };

	for (size_t i = 0; i < 2; i++)
		call("POST", "/api/v1/auth/register", NULL, pathf("{\"email\":"
		    "\"erased-%lld%s\",\"password\":\"long enough 1\"}",
		    (long long)p.id, hosts[i]));
	ck_status(call("DELETE", pathf("/api/v1/users/%lld",
	    (long long)p.id), p.token, NULL), 204);
}
END_TEST

START_TEST(erased_by_an_admin)
{
	struct shopper s = shopper();
	struct persona admin = persona_new(true);

	ck_status(call("DELETE", pathf("/api/v1/users/%lld",
	    (long long)s.p.id), admin.token, NULL), 204);
	check_erased(&s);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM audit_log WHERE"
	    " actor_id = %lld AND target_id = %lld AND action ="
	    " 'user.erase'", (long long)admin.id, (long long)s.p.id), 1);
}
END_TEST

/* Not even the address before the last. */
START_TEST(former_address_goes)
{
	struct persona p = persona_new(false), admin = persona_new(true);
	const char *path = pathf("/api/v1/users/%lld", (long long)p.id);

	call("POST", "/api/v1/auth/login", NULL, pathf("{\"email\":\"%s\","
	    "\"password\":\"wrong\"}", p.email));
	call("POST", "/api/v1/auth/forgot-password", NULL,
	    pathf("{\"email\":\"%s\"}", p.email));
	ck_assert_int_eq(db_i64("SELECT count(*) FROM login_attempts"
	    " WHERE identifier LIKE '%%%s'", p.email), 2);
	ck_status(call("PATCH", path, admin.token,
	    pathf("{\"email\":\"n%s\"}", p.email)), 200);
	ck_status(call("DELETE", path, admin.token, NULL), 204);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM login_attempts"
	    " WHERE identifier LIKE '%%%s'", p.email), 0);
}
END_TEST

START_TEST(waiting_mail_is_not_sent)
{
	struct answer a = call("POST", "/api/v1/auth/register", NULL,
	    pathf("{\"email\":\"%s@example.com\",\"password\":"
	    "\"long enough 1\"}", random_hex(8, db_mem())));
	long long id = jint(&a, "user.id");

	ck_status(call("DELETE", pathf("/api/v1/users/%lld", id),
	    jstr(&a, "access_token"), NULL), 204);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM outbox WHERE user_id ="
	    " %lld AND (state <> 'done' OR payload <> '{}')", id), 0);
}
END_TEST

/* What somebody else was answered about the person is not given again. */
START_TEST(kept_answers_go)
{
	const char *mine = random_hex(8, db_mem());
	const char *body = pathf("{\"email\":\"%s@example.com\","
	    "\"password\":\"long enough 1\"}", mine);
	const char *home = "{\"line1\":\"1 Lane\",\"city\":\"C\","
	    "\"postal_code\":\"1\",\"country\":\"DE\"}";
	struct persona admin = persona_new(true);
	struct answer a = call_with("POST", "/api/v1/users", NULL, body,
	    "Idempotency-Key", mine, NULL), b;
	long long id = jint(&a, "user.id");

	b = call_with("POST", "/api/v1/addresses", admin.token, home,
	    "Idempotency-Key", mine, "X-User-Id", pathf("%lld", id), NULL);
	ck_status(b, 201);
	ck_status(call("DELETE", pathf("/api/v1/users/%lld", id),
	    jstr(&a, "access_token"), NULL), 204);
	ck_assert_int_eq(db_i64("SELECT count(*) FROM idempotency_keys"
	    " WHERE key = '%s'", mine), 0);
	b = call_with("POST", "/api/v1/users", NULL, body,
	    "Idempotency-Key", mine, NULL);
	ck_status(b, 201);
	ck_assert(!b.rs.replayed);
	ck_assert_int_ne(jint(&b, "user.id"), id);
}
END_TEST

SUITE(erase_call)
{
	tcase_add_test(tc, erased_by_oneself);
	tcase_add_test(tc, erased_in_spite_of_others);
	tcase_add_test(tc, erased_by_an_admin);
	tcase_add_test(tc, former_address_goes);
	tcase_add_test(tc, waiting_mail_is_not_sent);
	tcase_add_test(tc, kept_answers_go);
}
