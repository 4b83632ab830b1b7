/* SPDX-License-Identifier: MIT */
#ifndef T_BENCH_ROWS_ROWS_H
#define T_BENCH_ROWS_ROWS_H

/*
 * What stands in the rows of a shop of any size, as functions of a row's
 * number, so that tables can be made side by side and agree.
 *
 * Product n has id BASE + n, its variants BASE + 3 * n - 2, .. - 0; every 25th
 * product is short of stock. User n is bench<n>@example.com with the password
 * correct-horse-bench, the first one an admin. Orders are of the last three
 * years, oldest first; a few products sell most.
 */

#include <inttypes.h>
#include <stdbool.h>

#define BASE 1000
#define SECOND INT64_C(1000000)
#define DAY (86400 * SECOND)
#define N PRId64
#define ID(n) (BASE + (n))

enum status { PENDING, CONFIRMED, SHIPPED, DELIVERED, CANCELLED, NSTATUSES };

struct line {
	int64_t variant, product, quantity, price;	/* numbers, not ids */
};

struct order {
	int64_t user, at, cents;
	enum status status;
	bool paid, refunded;
	struct line lines[2];
};

/* How many there are, and the time in microseconds since 1970. */
extern int64_t products, users, orders, now;
extern const char *const status_names[];

/* A number from 0 up to below m that looks like chance. */
int64_t dice(int64_t n, int salt, int64_t m);

/* A made-up name of four syllables: a shop's vocabulary grows with it. */
const char *name(int64_t n, char buf[32]);

/* A time, and the day so many after the first of 1970, as text. */
const char *stamp(int64_t at, char buf[40]);
const char *date(int64_t day, char buf[40]);

/* When the nth of so many came, the last one now. */
int64_t came(int64_t n, int64_t of);

const char *colour(int64_t product);
const char *material(int64_t product);
const char *title(int64_t product, char buf[128]);
int64_t price(int64_t product);		/* of its first variant */
struct order order_of(int64_t n);

/* The rows of one table each. */
void print_users(void);
void print_addresses(void);
void print_carts(void);
void print_cart_items(void);
void print_sessions(void);
void print_customer_journal(void);
void print_categories(void);
void print_products(void);
void print_variants(void);
void print_reviews(void);
void print_audit_log(void);
void print_orders(void);
void print_order_items(void);
void print_order_events(void);
void print_payments(void);
void print_refunds(void);
void print_idempotency_keys(void);
void print_sales_journal(void);
void print_sales_products(void);
void print_inventory(void);
void print_movements(void);

#endif
