/* SPDX-License-Identifier: MIT */
#ifndef APP_ACCOUNT_ADDRESS_HTTP_H
#define APP_ACCOUNT_ADDRESS_HTTP_H

#include "lib/route.h"

#include "app/account/address.h"

struct addresses_query { struct page page; };
extern const struct table addresses_query_table;

handler get_addresses, post_addresses, get_addresses_id, patch_addresses_id,
    delete_addresses_id;

#endif
