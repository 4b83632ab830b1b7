/* SPDX-License-Identifier: MIT */
#ifndef APP_SALES_CART_HTTP_H
#define APP_SALES_CART_HTTP_H

#include "lib/route.h"

extern const struct table cart_item_new_table, cart_item_change_table;

handler get_cart, delete_cart, post_cart_items, patch_cart_items_id,
    delete_cart_items_id, delete_cart_product_id;

#endif
