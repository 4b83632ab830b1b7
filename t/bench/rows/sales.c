/* SPDX-License-Identifier: MIT */
#include "t/bench/rows/rows.h"

#include <stdio.h>
#include <stdlib.h>

#define ENOUGH 1000000		/* in stock */

static int64_t *
zeros(int64_t n)
{
	int64_t *p = calloc((size_t)n, sizeof(*p));

	if (p == NULL) {
		perror("rows");
		exit(1);
	}
	return p;
}

/* ---- orders -------------------------------------------------------------- */

void
print_orders(void)
{
	char at[40], expires[40];

	stamp(now + DAY, expires);
	for (int64_t n = 1; n <= orders; n++) {
		struct order o = order_of(n);

		stamp(o.at, at);
		printf("%" N "\t%" N "\t%s\t%s\t%d\tUSD\t%" N "\t%" N "\t"
		    "{\"name\":\"Bench\",\"line1\":\"1 Main Street\","
		    "\"line2\":null,\"city\":\"Springfield\","
		    "\"region\":\"IL\",\"postal_code\":\"62701\","
		    "\"country\":\"US\",\"phone\":null}\t%s\t%s\t%s\n",
		    ID(n), ID(o.user), status_names[o.status],
		    !o.paid ? "unpaid" : o.refunded ? "partially_refunded" :
		    "paid", o.refunded, o.cents, o.cents, at, at,
		    o.status == PENDING ? expires : "\\N");
	}
}

void
print_order_items(void)
{
	char t[128];

	for (int64_t n = 1; n <= orders; n++) {
		struct order o = order_of(n);

		for (int k = 0; k < 2; k++) {
			const struct line *l = &o.lines[k];

			printf("%" N "\t%" N "\t%" N "\tB-%" N "-%d\t%s\t%" N
			    "\t%" N "\t%" N "\n", ID(n), ID(l->variant),
			    ID(l->product), l->product,
			    (int)((l->variant - 1) % 3) + 1,
			    title(l->product, t), l->quantity, l->price,
			    l->quantity * l->price);
		}
	}
}

void
print_order_events(void)
{
	char at[40];

	for (int64_t n = 1; n <= orders; n++) {
		struct order o = order_of(n);
		int last = o.status == CANCELLED ? PENDING : (int)o.status;

		stamp(o.at, at);
		for (int s = PENDING; s <= last; s++)
			printf("%" N "\t%s\t%" N "\t%s\t%s\n", ID(n), at,
			    ID(o.user), s == PENDING ? "\\N" :
			    status_names[s - 1], status_names[s]);
		if (o.status == CANCELLED)
			printf("%" N "\t%s\t%" N "\tpending\tcancelled\n",
			    ID(n), at, ID(o.user));
	}
}

void
print_payments(void)
{
	char at[40];

	for (int64_t n = 1; n <= orders; n++) {
		struct order o = order_of(n);

		stamp(o.at, at);
		if (o.paid)
			printf("%" N "\t%" N "\t%" N "\ttest\tbench-%" N
			    "\t%s\t%" N "\t%d\tUSD\t%s\t%s\n", ID(n), ID(n),
			    ID(o.user), ID(n), o.refunded ?
			    "partially_refunded" : "succeeded", o.cents,
			    o.refunded, at, at);
	}
}

void
print_refunds(void)
{
	char at[40];

	for (int64_t n = 1; n <= orders; n++) {
		struct order o = order_of(n);

		if (o.refunded)
			printf("%" N "\t1\ta cent\tsucceeded\t%s\n", ID(n),
			    stamp(o.at, at));
	}
}

/* The keys of a day. */
void
print_idempotency_keys(void)
{
	for (int64_t n = orders > 20000 ? orders - 19999 : 1; n <= orders; n++)
		printf("%" N "\t\tbench-%" N "\t%032" PRIx64 "\t201\t"
		    "/api/v1/orders/%" N "\t\"1\"\t{}\n",
		    ID(order_of(n).user), ID(n), (uint64_t)n, ID(n));
}

void
print_sales_journal(void)
{
	int64_t first = came(0, orders) / DAY, days = now / DAY - first + 1;
	int64_t *count = zeros(days * NSTATUSES);
	int64_t *cents = zeros(days * NSTATUSES);
	char day[40];

	for (int64_t n = 1; n <= orders; n++) {
		struct order o = order_of(n);
		int64_t i = (o.at / DAY - first) * NSTATUSES + o.status;

		count[i]++;
		cents[i] += o.paid ? o.cents - o.refunded : 0;
	}
	for (int64_t i = 0; i < days * NSTATUSES; i++)
		if (count[i] > 0)
			printf("%s\t%s\t%" N "\t%" N "\n",
			    date(first + i / NSTATUSES, day),
			    status_names[i % NSTATUSES], count[i], cents[i]);
}

static int
by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Those of one day, whose products are listed in sold. */
static void
print_day(int64_t day, int64_t *sold, int64_t nsold, int64_t *quantity,
    int64_t *cents)
{
	char buf[40];

	date(day, buf);
	qsort(sold, (size_t)nsold, sizeof(*sold), by_number);
	for (int64_t i = 0; i < nsold; i++) {
		int64_t p = sold[i];

		printf("%s\t%" N "\t%" N "\t%" N "\n", buf, ID(p),
		    quantity[p], cents[p]);
		quantity[p] = cents[p] = 0;
	}
}

void
print_sales_products(void)
{
	int64_t *sold = zeros(products), nsold = 0, day = 0;
	int64_t *quantity = zeros(products + 1), *cents = zeros(products + 1);

	for (int64_t n = 1; n <= orders; n++) {
		struct order o = order_of(n);

		if (o.at / DAY != day) {
			print_day(day, sold, nsold, quantity, cents);
			nsold = 0;
			day = o.at / DAY;
		}
		for (int k = 0; o.paid && k < 2; k++) {
			const struct line *l = &o.lines[k];
			/* The cent paid back falls to the last variant. */
			bool last = l->variant > o.lines[1 - k].variant;

			if (quantity[l->product] == 0)
				sold[nsold++] = l->product;
			quantity[l->product] += l->quantity;
			cents[l->product] += l->quantity * l->price -
			    (last ? o.refunded : 0);
		}
	}
	print_day(day, sold, nsold, quantity, cents);
}

/* ---- stock --------------------------------------------------------------- */

static int64_t
available(int64_t variant)
{
	return (variant + 2) / 3 % 25 == 0 ? dice(variant, 14, 4) : ENOUGH;
}

/* By variant: what orders hold, and what left with them. */
static void
moved(int64_t **held_r, int64_t **gone_r)
{
	*held_r = zeros(3 * products + 1);
	*gone_r = zeros(3 * products + 1);
	for (int64_t n = 1; n <= orders; n++) {
		struct order o = order_of(n);
		int64_t *to = o.status == PENDING || o.status == CONFIRMED ?
		    *held_r : *gone_r;

		for (int k = 0; o.status != CANCELLED && k < 2; k++)
			to[o.lines[k].variant] += o.lines[k].quantity;
	}
}

/* All are sold at some time. */
void
print_inventory(void)
{
	int64_t *held, *gone;

	moved(&held, &gone);
	for (int64_t v = 1; v <= 3 * products; v++)
		printf("%" N "\t%" N "\t%" N "\t%" N "\tt\n", ID(v),
		    ID((v + 2) / 3), available(v), held[v]);
}

static void
movement(int64_t variant, const char *kind, int64_t more, int64_t held,
    int64_t order, const char *reason, const char *at)
{
	char id[32] = "\\N";

	if (order > 0)
		snprintf(id, sizeof(id), "%" N, ID(order));
	printf("%" N "\t%s\t%" N "\t%" N "\t%s\t%s\t%s\n", ID(variant), kind,
	    more, held, id, reason, at);
}

/* Received is what is there, what is held and what is gone; a cancelled
 * order's share is the buffer that its own lines came from. */
void
print_movements(void)
{
	int64_t *held, *gone;
	char at[40];

	moved(&held, &gone);
	for (int64_t v = 1; v <= 3 * products; v++)
		movement(v, "receive", available(v) + held[v] + gone[v] + 3,
		    0, 0, "initial", stamp(came((v + 2) / 3, products), at));
	for (int64_t n = 1; n <= orders; n++) {
		struct order o = order_of(n);

		stamp(o.at, at);
		for (int k = 0; k < 2; k++) {
			int64_t v = o.lines[k].variant;
			int64_t q = o.lines[k].quantity;

			movement(v, "reserve", -q, q, n, "\\N", at);
			if (o.status == CANCELLED)
				movement(v, "release", q, -q, n, "\\N", at);
			else if (o.status >= SHIPPED)
				movement(v, "ship", 0, -q, n, "\\N", at);
		}
	}
	stamp(now, at);
	for (int64_t v = 1; v <= 3 * products; v++)
		movement(v, "adjust", -3, 0, 0, "stocktaking", at);
}
