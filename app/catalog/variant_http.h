/* SPDX-License-Identifier: MIT */
#ifndef APP_CATALOG_VARIANT_HTTP_H
#define APP_CATALOG_VARIANT_HTTP_H

#include "lib/route.h"

handler post_products_id_variants, patch_products_id_variants_vid,
    delete_products_id_variants_vid;

#endif
