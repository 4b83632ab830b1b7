/* SPDX-License-Identifier: MIT */
#ifndef APP_STOCK_INVENTORY_HTTP_H
#define APP_STOCK_INVENTORY_HTTP_H

#include "lib/route.h"

extern const struct table inventory_query_table, inventory_change_table,
    movements_query_table;

handler get_admin_inventory, put_admin_inventory_id,
    get_admin_inventory_id, get_admin_inventory_id_movements;

#endif
