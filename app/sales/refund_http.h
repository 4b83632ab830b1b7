/* SPDX-License-Identifier: MIT */
#ifndef APP_SALES_REFUND_HTTP_H
#define APP_SALES_REFUND_HTTP_H

#include "lib/route.h"

handler get_payments_id_refunds, post_payments_id_refunds;

extern const struct table refund_new_table, refund_query_table;

#endif
