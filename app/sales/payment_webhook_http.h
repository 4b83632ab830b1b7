/* SPDX-License-Identifier: MIT */
#ifndef APP_SALES_PAYMENT_WEBHOOK_HTTP_H
#define APP_SALES_PAYMENT_WEBHOOK_HTTP_H

#include "lib/route.h"

handler post_payments_webhooks_provider;

extern const struct shape received_shape;

#endif
