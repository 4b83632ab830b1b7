/* SPDX-License-Identifier: MIT */
#ifndef APP_SALES_ORDER_HTTP_H
#define APP_SALES_ORDER_HTTP_H

#include "lib/route.h"

extern const struct table orders_query_table, own_orders_query_table,
    order_events_query_table, order_cancel_table, order_status_table;

handler post_orders, get_orders, get_orders_own, get_orders_id,
    get_orders_id_events, post_orders_id_cancel, put_orders_id_status,
    delete_orders_id;

#endif
