/* SPDX-License-Identifier: MIT */
#ifndef APP_JOBS_WEBHOOK_HTTP_H
#define APP_JOBS_WEBHOOK_HTTP_H

#include "lib/route.h"

handler get_admin_webhooks, post_admin_webhooks, get_admin_webhooks_id,
    patch_admin_webhooks_id, delete_admin_webhooks_id,
    post_admin_webhooks_id_rotate, get_admin_webhooks_id_deliveries,
    post_admin_webhooks_id_deliveries_id_replay;

extern const struct table webhooks_query_table, deliveries_query_table;

#endif
