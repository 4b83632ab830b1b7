/* SPDX-License-Identifier: MIT */
#ifndef T_HELP_SALES_H
#define T_HELP_SALES_H

/* Orders that are paid, for tests over calls. */

#include "t/help/call.h"

extern struct persona buyer, other, admin;
extern struct goods goods;

/* New ones of each; ten are there of the goods, for 10.00. */
void sales_setup(void);

/* A new order of three units, 30.00; its id. */
int64_t placed(void);

struct answer pay(int64_t order, const char *token);

/* PUT its status, as the admin. */
struct answer move(int64_t order, const char *to);

/* fmt: a path below /api/v1 whose # is the id. */
struct answer get(const char *fmt, int64_t id, const struct persona *who);

/* "confirmed paid 0": status, payment status, cents that were refunded. */
const char *order_is(int64_t id);

/* How many events of the topic the order has. */
int64_t events(int64_t order, const char *topic);

#endif
