/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include "t/help/sales.h"

#include <stdio.h>
#include <string.h>

#include "t/help/db.h"

struct persona buyer, other, admin;
struct goods goods;

void
sales_setup(void)
{
	buyer = persona_new(false);
	other = persona_new(false);
	admin = persona_new(true);
	goods = goods_new(1000, 10);
}

int64_t
placed(void)
{
	struct answer a = call("POST", "/api/v1/orders", buyer.token,
	    pathf("{\"items\":[{\"variant_id\":%lld,\"quantity\":3}],"
	    "\"delivery_address\":\"Here\"}", (long long)goods.variant));

	ck_status(a, 201);
	return jint(&a, "id");
}

struct answer
pay(int64_t order, const char *token)
{
	return call("POST", "/api/v1/payments", buyer.token,
	    pathf("{\"order_id\":%lld,\"token\":\"%s\"}", (long long)order,
	    token));
}

struct answer
move(int64_t order, const char *to)
{
	return call("PUT", pathf("/api/v1/admin/orders/%lld/status",
	    (long long)order), admin.token,
	    pathf("{\"status\":\"%s\"}", to));
}

struct answer
get(const char *fmt, int64_t id, const struct persona *who)
{
	char path[100];

	snprintf(path, sizeof(path), "/api/v1%s", fmt);
	path[strcspn(path, "#")] = '\0';
	return call("GET", pathf("%s%lld%s", path, (long long)id,
	    strchr(fmt, '#') + 1), who->token, NULL);
}

const char *
order_is(int64_t id)
{
	struct answer a = get("/orders/#", id, &buyer);

	ck_status(a, 200);
	return pathf("%s %s %lld", jstr(&a, "status"),
	    jstr(&a, "payment_status"), (long long)jint(&a, "refunded_cents"));
}

int64_t
events(int64_t order, const char *topic)
{
	return db_i64("SELECT count(*) FROM outbox WHERE kind = 'event'"
	    " AND order_id = %lld AND topic = '%s'", (long long)order, topic);
}
