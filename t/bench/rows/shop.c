/* SPDX-License-Identifier: MIT */
#include "t/bench/rows/rows.h"

#include <stdio.h>

/* ---- people -------------------------------------------------------------- */

void
print_users(void)
{
	char first[32], last[32], at[40];

	for (int64_t n = 1; n <= users; n++)
		printf("%" N "\tbench%" N "@example.com\t"
		    "$y$j9T$FwpT1e0ykmkOoKYDAk5D4.$"
		    "Xj9D0dZpctT/EpklGVCioHphmBDhy6Pu75b7eO3VQBB\t"
		    "%s\t%s\t%s\tt\t%s\n", ID(n), n, name(n, first),
		    name(n * 7, last), n == 1 ? "admin" : "customer",
		    stamp(came(n, users), at));
}

void
print_addresses(void)
{
	for (int64_t n = 1; n <= users; n++)
		printf("%" N "\tBench %" N "\t%" N " Main Street\t"
		    "Springfield\t62701\tUS\tt\n", ID(n), n, n);
}

void
print_carts(void)
{
	for (int64_t n = 1; n <= users; n++)
		printf("%" N "\t%" N "\n", ID(n), ID(n));
}

/* Carts of the first thousand users have three lines. */
void
print_cart_items(void)
{
	for (int64_t n = 1; n <= users && n <= 1000; n++)
		for (int k = 0; k < 3; k++)
			printf("%" N "\t%" N "\t1\n", ID(n), ID(3 * (1 + 25 *
			    dice(n, 15 + k, products / 25)) - k));
}

/* One of each user, ended. */
void
print_sessions(void)
{
	char at[40], end[40];

	for (int64_t n = 1; n <= users; n++) {
		stamp(came(n, users), at);
		printf("%" N "\t%032" PRIx64 "\tBench\t127.0.0.1\t%s\t%s\t%s\t"
		    "%s\n", ID(n), (uint64_t)n, at, at,
		    stamp(came(n, users) + 30 * DAY, end), at);
	}
}

void
print_customer_journal(void)
{
	char day[40];

	for (int64_t n = 2, last; n <= users; n = last + 1) {
		int64_t d = came(n, users) / DAY;

		for (last = n; last < users &&
		    came(last + 1, users) / DAY == d; last++)
			continue;
		printf("%s\t%" N "\t%" N "\n", date(d, day), last - n + 1,
		    last - n + 1);
	}
}

/* ---- catalogue ----------------------------------------------------------- */

void
print_categories(void)
{
	char parent[32];

	for (int64_t n = 1; n <= 100; n++) {
		snprintf(parent, sizeof(parent), "%" N, ID(1 + n % 10));
		printf("%" N "\tBench category %" N "\tbench-%" N "\t%s\n",
		    ID(n), n, n, n > 10 ? parent : "\\N");
	}
}

void
print_products(void)
{
	static const char fine[] =
	    "A fine thing for house and garden, made to last. ";
	char f[80], t[128], at[40];

	for (int64_t n = 1; n <= products; n++) {
		int64_t p = price(n), rated = n % 10 == 0;

		snprintf(f, sizeof(f), "\"color\":\"%s\",\"material\":\"%s\"",
		    colour(n), material(n));
		printf("%" N "\tB-%" N "\tbench-%" N "\t%s\t%s%s%s%s\t%" N
		    "\t{%s}\t[{%s,\"size\":\"L\"},{%s,\"size\":\"M\"},"
		    "{%s,\"size\":\"S\"}]\t"
		    "[\"https://images.example/%" N ".jpg\"]\t%" N "\t%" N
		    "\t%" N "\t3\t%" N "\t%" N "\t%s\n", ID(n), n, n,
		    title(n, t), fine, fine, fine, fine,
		    ID(11 + dice(n, 4, 90)), f, f, f, f, n, p, p, p + 200,
		    rated * 4, rated, stamp(came(n, products), at));
	}
}

void
print_variants(void)
{
	static const char *const sizes[] = { "Small", "Medium", "Large" };
	char at[40];

	for (int64_t n = 1; n <= products; n++) {
		stamp(came(n, products), at);
		for (int k = 0; k < 3; k++)
			printf("%" N "\t%" N "\tB-%" N "-%d\t%s\t%" N
			    "\t{\"size\":\"%c\"}\t%c\t%s\n",
			    ID(3 * n - 2 + k), ID(n), n, k + 1, sizes[k],
			    price(n) + 100 * k, sizes[k][0],
			    k == 0 ? 't' : 'f', at);
	}
}

void
print_reviews(void)
{
	for (int64_t n = 10; n <= products; n += 10)
		printf("%" N "\t%" N "\t4\tGood\tIt does what it says.\n",
		    ID(n), ID(1 + dice(n, 6, users)));
}

void
print_audit_log(void)
{
	char at[40];

	for (int64_t n = 1; n <= products; n++)
		printf("%s\t%d\tproduct.create\tproduct\t%" N "\n",
		    stamp(came(n, products), at), ID(1), ID(n));
}
