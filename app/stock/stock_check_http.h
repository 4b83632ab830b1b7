/* SPDX-License-Identifier: MIT */
#ifndef APP_STOCK_STOCK_CHECK_HTTP_H
#define APP_STOCK_STOCK_CHECK_HTTP_H

#include "lib/route.h"

extern const struct table stock_check_query_table;

handler get_orders_health_stock_check;

#endif
