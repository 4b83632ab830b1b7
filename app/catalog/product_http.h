/* SPDX-License-Identifier: MIT */
#ifndef APP_CATALOG_PRODUCT_HTTP_H
#define APP_CATALOG_PRODUCT_HTTP_H

#include "lib/route.h"

extern const struct table products_query_table, all_products_query_table,
    product_delete_query_table;

handler get_products, get_product_all_products, get_products_id,
    post_products, patch_products_id, delete_products_id;

/* The answer to an anonymous reader may be kept for a second. */
void catalog_cache(const struct req *rq, struct resp *rs);

#endif
