/* SPDX-License-Identifier: MIT */
#ifndef APP_CATALOG_CATEGORY_HTTP_H
#define APP_CATALOG_CATEGORY_HTTP_H

#include "lib/route.h"

handler get_categories, get_categories_id, post_categories,
    patch_categories_id, delete_categories_id;

#endif
