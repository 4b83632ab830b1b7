/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include "lib/arena.h"
#include "lib/random.h"

#include "app/routes.h"

#include "t/help/call.h"
#include "t/help/db.h"

/* Every POST that takes an Idempotency-Key, from the table of routes. */

static struct persona buyer, admin;
static struct goods goods;

static void
setup(void)
{
	buyer = persona_new(false);
	admin = persona_new(true);
	goods = goods_new(500, 100);
}

static const char *
new_key(void)
{
	return random_hex(10, db_mem());
}

static struct answer
post(const char *path, const char *token, const char *key, const char *body)
{
	return call_with("POST", path, token, body, "Idempotency-Key", key,
	    NULL);
}

static const char *
line(int quantity)
{
	return pathf("{\"items\":[{\"variant_id\":%lld,\"quantity\":%d}],"
	    "\"delivery_address\":\"Here\"}", (long long)goods.variant,
	    quantity);
}

static void
ck_replay(const struct answer *a, struct answer b)
{
	ck_assert_msg(b.rs.replayed, "%d %s", b.status, b.body);
	ck_assert_int_eq(b.status, a->status);
	ck_assert_uint_eq(b.rs.body.len, a->rs.body.len);
	ck_assert_str_eq(b.body, a->body);
	ck_assert_pstr_eq(b.rs.location, a->rs.location);
	ck_assert_pstr_eq(b.rs.etag, a->rs.etag);
	ck_assert_pstr_eq(b.rs.content_type, a->rs.content_type);
}

struct ask { const char *path, *token, *body; };

static struct ask
for_users(void)
{
	return (struct ask){ "/api/v1/users", NULL, pathf("{\"email\":"
	    "\"k-%s@example.com\",\"password\":\"long enough 1\"}",
	    new_key()) };
}

static struct ask
for_addresses(void)
{
	return (struct ask){ "/api/v1/addresses", buyer.token,
	    "{\"line1\":\"1\",\"city\":\"C\",\"postal_code\":\"2\","
	    "\"country\":\"DE\"}" };
}

static struct ask
for_products(void)
{
	return (struct ask){ "/api/v1/products", admin.token,
	    "{\"title\":\"Keyed\",\"price_cents\":1,\"stock\":2}" };
}

static struct ask
for_variants(void)
{
	return (struct ask){ pathf("/api/v1/products/%lld/variants",
	    (long long)goods.product), admin.token,
	    "{\"title\":\"Keyed\",\"price_cents\":3}" };
}

static struct ask
for_categories(void)
{
	return (struct ask){ "/api/v1/categories", admin.token,
	    "{\"name\":\"Keyed\"}" };
}

static struct ask
for_reviews(void)
{
	return (struct ask){ pathf("/api/v1/products/%lld/reviews",
	    (long long)goods.product), buyer.token, "{\"rating\":4}" };
}

static struct ask
for_cart(void)
{
	return (struct ask){ "/api/v1/cart/items", buyer.token,
	    pathf("{\"variant_id\":%lld}", (long long)goods.variant) };
}

static struct ask
for_orders(void)
{
	return (struct ask){ "/api/v1/orders", buyer.token, line(1) };
}

static int64_t
placed(void)
{
	struct answer a = call("POST", "/api/v1/orders", buyer.token,
	    line(1));

	ck_status(a, 201);
	return jint(&a, "id");
}

static struct ask
for_cancel(void)
{
	return (struct ask){ pathf("/api/v1/orders/%lld/cancel",
	    (long long)placed()), buyer.token, NULL };
}

static struct ask
for_payments(void)
{
	return (struct ask){ "/api/v1/payments", buyer.token,
	    pathf("{\"order_id\":%lld,\"token\":\"tok_visa\"}",
	    (long long)placed()) };
}

static struct ask
for_refunds(void)
{
	struct ask p = for_payments();
	struct answer a = call("POST", p.path, p.token, p.body);

	ck_status(a, 201);
	return (struct ask){ pathf("/api/v1/payments/%lld/refunds",
	    (long long)jint(&a, "id")), admin.token,
	    "{\"amount_cents\":100}" };
}

static struct ask
for_retry(void)
{
	return (struct ask){ pathf("/api/v1/admin/jobs/%lld/retry",
	    (long long)db_i64("INSERT INTO outbox (kind, topic, state)"
	    " VALUES ('mail', 'user.welcome', 'dead') RETURNING id")),
	    admin.token, NULL };
}

static struct ask
for_webhooks(void)
{
	return (struct ask){ "/api/v1/admin/webhooks", admin.token,
	    "{\"url\":\"https://example.com/h\",\"events\":[\"*\"]}" };
}

static int64_t
webhook(void)
{
	struct ask w = for_webhooks();
	struct answer a = call("POST", w.path, w.token, w.body);

	ck_status(a, 201);
	return jint(&a, "id");
}

static struct ask
for_rotate(void)
{
	return (struct ask){ pathf("/api/v1/admin/webhooks/%lld/"
	    "rotate-secret", (long long)webhook()), admin.token, NULL };
}

static struct ask
for_replay(void)
{
	int64_t id = webhook();

	return (struct ask){ pathf("/api/v1/admin/webhooks/%lld/deliveries/"
	    "%lld/replay", (long long)id, (long long)db_i64("INSERT INTO"
	    " outbox (kind, topic, state, webhook_id) VALUES ('webhook',"
	    " 'order.created', 'dead', %lld) RETURNING id", (long long)id)),
	    admin.token, NULL };
}

static const struct { const char *route; struct ask (*make)(void); } asks[] = {
	{ "/users", for_users },
	{ "/addresses", for_addresses },
	{ "/products", for_products },
	{ "/products/{id}/variants", for_variants },
	{ "/categories", for_categories },
	{ "/products/{id}/reviews", for_reviews },
	{ "/cart/items", for_cart },
	{ "/orders", for_orders },
	{ "/orders/{id:uuid}/cancel", for_cancel },
	{ "/payments", for_payments },
	{ "/payments/{id:uuid}/refunds", for_refunds },
	{ "/admin/jobs/{id}/retry", for_retry },
	{ "/admin/webhooks", for_webhooks },
	{ "/admin/webhooks/{id}/rotate-secret", for_rotate },
	{ "/admin/webhooks/{id}/deliveries/{did}/replay", for_replay },
};

static struct ask
ask_for(const struct route *r)
{
	for (size_t i = 0; i < sizeof(asks) / sizeof(asks[0]); i++)
		if (strcmp(asks[i].route, r->path) == 0)
			return asks[i].make();
	ck_abort_msg("%s: no request for it", r->path);
}

/* Whatever is done leaves one of these. */
static int64_t
traces(void)
{
	return db_i64("SELECT (SELECT count(*) FROM outbox)"
	    " + (SELECT count(*) FROM audit_log)"
	    " + (SELECT count(*) FROM addresses)"
	    " + (SELECT count(*) FROM reviews)"
	    " + (SELECT coalesce(sum(quantity), 0) FROM cart_items)"
	    " + (SELECT coalesce(sum(version), 0) FROM orders)");
}

/* The second one is the first one again, and changes nothing: without the
 * key most would be refused or do it twice. */
START_TEST(every_post)
{
	for (size_t i = 0; i < routes.n; i++) {
		const struct route *r = &routes.routes[i];
		const char *key = new_key();
		struct answer a;
		struct ask q;
		int64_t n;

		if (!(r->methods & POST) || r->flags & R_NOKEY)
			continue;
		q = ask_for(r);
		a = post(q.path, q.token, key, q.body);
		ck_assert_msg(a.status == r->status, "%s: %d %s", r->path,
		    a.status, a.body);
		ck_assert(!a.rs.replayed);
		ck_assert_int_eq(db_i64("SELECT count(*) FROM"
		    " idempotency_keys WHERE key = '%s'"
		    " AND body LIKE '%%_token\"%%'", key), 0);
		n = traces();
		ck_replay(&a, post(q.path, q.token, key, q.body));
		ck_replay(&a, post(q.path, q.token, key, q.body));
		ck_assert_int_eq(traces(), n);
		if (q.body == NULL)
			q.body = "{}";
		ck_problem(post(q.path, q.token, key, pathf("%s ", q.body)),
		    422, "idempotency_key_reused");
	}
}
END_TEST

SUITE(replay)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, every_post);
}
