/* SPDX-License-Identifier: MIT */
#ifndef APP_CATALOG_REVIEW_HTTP_H
#define APP_CATALOG_REVIEW_HTTP_H

#include "lib/route.h"

extern const struct table reviews_query_table;

handler get_products_id_reviews, post_products_id_reviews,
    patch_products_id_reviews_rid, delete_products_id_reviews_rid;

#endif
