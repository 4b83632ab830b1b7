/* SPDX-License-Identifier: MIT */
#ifndef APP_SALES_PAYMENT_WEBHOOK_H
#define APP_SALES_PAYMENT_WEBHOOK_H

#include "app/sales/provider.h"

struct tx;

/*
 * Take in what a provider told by a webhook whose signature has been
 * verified. Every event is kept in provider_events; one that was there
 * before, is of no interest or names nothing of ours changes nothing. A
 * refund made with the provider becomes one of the shop's; it is
 * E_REFUND_EXCEEDS_PAYMENT, and told again later, while one of the shop's own
 * for the same money is under way. Money that came for a payment which is
 * taken for failed, and was made again, is an event for the admins.
 * *refund_due_r: money came too late and must go back, with
 * refund_settle(*order_id_r). Locks order, payment, refund.
 */
int payment_webhook(struct tx *tx, const struct provider *p,
    const struct notice *n, const char *body, int64_t *order_id_r,
    bool *refund_due_r);

#endif
