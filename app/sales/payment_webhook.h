/* SPDX-License-Identifier: MIT */
#ifndef APP_SALES_PAYMENT_WEBHOOK_H
#define APP_SALES_PAYMENT_WEBHOOK_H

#include "app/sales/provider.h"

struct tx;

/*
 * Take in what a provider told by a webhook whose signature has been
 * verified. Every event is kept in provider_events; one that was there
 * before, is of no interest or names nothing of ours changes nothing. A
 * refund made with the provider becomes one of the shop's; the provider is
 * to tell of it again later while another refund for the same money is under
 * way (E_REFUND_EXCEEDS_PAYMENT) or while nobody knows which payment it is of
 * (E_UNAVAILABLE). Money that came for a payment which is taken for failed,
 * and was made again, is an event for the admins; money that came for an
 * order that has ended is claimed back, by the jobs. Locks order, payment,
 * refund.
 */
int payment_webhook(struct tx *tx, const struct provider *p,
    const struct notice *n, const char *body);

#endif
