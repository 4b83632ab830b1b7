/* SPDX-License-Identifier: MIT */
/*
 * The rows of one table of a shop, as a script for psql:
 *	rows TABLE PRODUCTS USERS ORDERS NOW
 * NOW is in seconds since 1970. Without arguments it names the tables, those
 * that take longest first.
 */
#include "t/bench/rows/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int64_t products, users, orders, now;

static const struct table {
	const char *name, *columns;
	void (*print)(void);
} tables[] = {
	{ "inventory_movements", "variant_id, kind, delta_available, "
	    "delta_reserved, order_id, reason, created_at", print_movements },
	{ "products", "id, sku, slug, title, description, category_id, "
	    "attributes, facets, images, price_cents, min_price_cents, "
	    "max_price_cents, variant_count, rating_sum, rating_count, "
	    "created_at", print_products },
	{ "order_items", "order_id, variant_id, product_id, sku, title, "
	    "quantity, unit_price_cents, subtotal_cents", print_order_items },
	{ "orders", "id, user_id, status, payment_status, refunded_cents, "
	    "currency, subtotal_cents, total_cents, shipping_address, "
	    "created_at, updated_at, expires_at", print_orders },
	{ "order_events", "order_id, at, actor_id, from_status, to_status",
	    print_order_events },
	{ "payments", "id, order_id, user_id, provider, provider_ref, status, "
	    "amount_cents, refunded_cents, currency, created_at, updated_at",
	    print_payments },
	{ "product_variants", "id, product_id, sku, title, price_cents, "
	    "attributes, is_default, created_at", print_variants },
	{ "sales_products", "day, product_id, quantity, revenue_cents",
	    print_sales_products },
	{ "inventory", "variant_id, product_id, available, reserved, sold",
	    print_inventory },
	{ "users", "id, email, password_hash, first_name, last_name, role, "
	    "email_verified, created_at", print_users },
	{ "sessions", "user_id, refresh_hash, device, ip, created_at, "
	    "last_used_at, expires_at, revoked_at", print_sessions },
	{ "addresses", "user_id, name, line1, city, postal_code, country, "
	    "is_default", print_addresses },
	{ "carts", "id, user_id", print_carts },
	{ "audit_log", "at, actor_id, action, target_type, target_id",
	    print_audit_log },
	{ "reviews", "product_id, user_id, rating, title, comment",
	    print_reviews },
	{ "refunds", "payment_id, amount_cents, reason, status, created_at",
	    print_refunds },
	{ "idempotency_keys", "user_id, address, key, fingerprint, status, "
	    "location, etag, body", print_idempotency_keys },
	/* The jobs fold these into the days. */
	{ "sales_journal", "day, status, orders, revenue_cents",
	    print_sales_journal },
	{ "customer_journal", "day, opened, present",
	    print_customer_journal },
	{ "cart_items", "cart_id, variant_id, quantity", print_cart_items },
	{ "categories", "id, name, slug, parent_id", print_categories },
	{ NULL, NULL, NULL }
};

int
main(int argc, char **argv)
{
	static char buf[1 << 18];
	const struct table *t = tables;

	setvbuf(stdout, buf, _IOFBF, sizeof(buf));
	if (argc == 1)
		for (; t->name != NULL; t++)
			puts(t->name);
	if (argc != 6)
		return argc != 1;
	products = strtoll(argv[2], NULL, 10);
	users = strtoll(argv[3], NULL, 10);
	orders = strtoll(argv[4], NULL, 10);
	now = strtoll(argv[5], NULL, 10) * SECOND;
	while (t->name != NULL && strcmp(t->name, argv[1]) != 0)
		t++;
	if (t->name == NULL || products < 25 || users < 1 || orders < 1)
		return 1;
	printf("COPY %s (%s) FROM stdin :how;\n", t->name, t->columns);
	t->print();
	puts("\\.");
	return fflush(stdout) != 0 || ferror(stdout);
}
