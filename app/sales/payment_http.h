/* SPDX-License-Identifier: MIT */
#ifndef APP_SALES_PAYMENT_HTTP_H
#define APP_SALES_PAYMENT_HTTP_H

#include "lib/route.h"

handler post_payments, get_payments_id, get_orders_id_payments;

extern const struct table payment_new_table, payment_query_table;

#endif
