/* SPDX-License-Identifier: MIT */
#include "t/bench/rows/rows.h"

#include <stdio.h>
#include <time.h>

#define YEARS (3 * 365 * DAY)
#define LENGTH(a) ((int)(sizeof(a) / sizeof((a)[0])))

const char *const status_names[] = { "pending", "confirmed", "shipped",
    "delivered", "cancelled" };
static const char *const colours[] = { "red", "blue", "green", "black",
    "white", "grey", "amber", "ivory", "coral", "olive", "teal", "plum",
    "rust", "sand", "slate", "pearl", "ruby", "jade", "onyx", "mint" };
static const char *const materials[] = { "oak", "steel", "linen", "cotton",
    "glass", "wool", "leather", "bamboo", "brass", "clay", "copper", "cork",
    "felt", "hemp", "iron", "maple", "paper", "silk", "stone", "tin" };
static const char *const things[] = { "kettle", "lamp", "chair", "table",
    "shelf", "basket", "blanket", "bottle", "bowl", "brush", "clock", "cup",
    "desk", "frame", "hook", "jar", "mat", "mirror", "pan", "rug" };

/* splitmix64 */
int64_t
dice(int64_t n, int salt, int64_t m)
{
	uint64_t x = (uint64_t)n * 64 + (uint64_t)salt;

	x *= UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return (int64_t)((x ^ x >> 31) >> 1) % m;
}

static const char *
capital(const char *word, char buf[32])
{
	snprintf(buf, 32, "%s", word);
	buf[0] = (char)(buf[0] - 'a' + 'A');
	return buf;
}

const char *
name(int64_t n, char buf[32])
{
	static const char *const s[] = { "ba", "ke", "di", "fo", "gu", "ha",
	    "je", "ki", "lo", "mu", "na", "pe", "qui", "ro", "su", "ta", "ve",
	    "wi", "xo", "zu" };
	char word[32];

	snprintf(word, sizeof(word), "%s%s%s%s", s[n % 20], s[n / 20 % 20],
	    s[n / 400 % 20], s[n / 8000 % 20]);
	return capital(word, buf);
}

const char *
stamp(int64_t at, char buf[40])
{
	time_t t = at / SECOND;
	struct tm tm;

	gmtime_r(&t, &tm);
	snprintf(buf, 40, "%04d-%02d-%02d %02d:%02d:%02d.%06d+00",
	    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
	    tm.tm_min, tm.tm_sec, (int)(at % SECOND));
	return buf;
}

const char *
date(int64_t day, char buf[40])
{
	stamp(day * DAY, buf);
	buf[10] = '\0';
	return buf;
}

int64_t
came(int64_t n, int64_t of)
{
	return now - (of - n) * (YEARS / of);
}

const char *
colour(int64_t product)
{
	return colours[dice(product, 1, LENGTH(colours))];
}

const char *
material(int64_t product)
{
	return materials[dice(product, 2, LENGTH(materials))];
}

int64_t
price(int64_t product)
{
	return 100 + dice(product, 5, 50000);
}

const char *
title(int64_t product, char buf[128])
{
	char a[32], b[32], c[32], d[32];

	snprintf(buf, 128, "%s %s %s %s",
	    capital(colour(product), a),
	    capital(material(product), b),
	    capital(things[dice(product, 3, LENGTH(things))], c),
	    name(product / 5, d));
	return buf;
}

static struct line
line_of(int64_t order, int k)
{
	double x = (double)dice(order, 10 + k, 1000000) / 1000000;
	int64_t half = (int64_t)((double)(products / 2) * x * x * x) %
	    (products / 2);
	int size = (int)dice(order, 12 + k, 3);
	struct line l;

	/* Odd and even products, so that no order has a variant twice. */
	l.product = 2 * half + k + 1;
	l.variant = 3 * l.product - 2 + size;
	l.quantity = 1 + dice(order, 8 + k, 3);
	l.price = price(l.product) + 100 * size;
	return l;
}

struct order
order_of(int64_t n)
{
	struct order o = { .user = 1 + dice(n, 7, users),
	    .at = came(n - 1, orders) };

	o.status = n * 1000 > orders * 995 ? PENDING :
	    n * 100 > orders * 99 ? CONFIRMED :
	    n * 100 > orders * 97 ? SHIPPED :
	    n % 20 == 0 ? CANCELLED : DELIVERED;
	o.paid = o.status != PENDING && o.status != CANCELLED;
	o.refunded = n * 100 < orders * 97 && n % 50 == 1;
	for (int k = 0; k < 2; k++) {
		o.lines[k] = line_of(n, k);
		o.cents += o.lines[k].quantity * o.lines[k].price;
	}
	return o;
}
