/* SPDX-License-Identifier: MIT */
#ifndef T_HELP_WEBHOOK_H
#define T_HELP_WEBHOOK_H

/* What payment providers send. */

#include "t/help/call.h"

/* What a provider signs a webhook with; at: unix seconds. */
const char *signature(const char *body, int64_t at, const char *secret);

/* Send one, signed, of the provider test or of stripe. */
struct answer webhook(const char *body);
struct answer webhook_stripe(const char *body);

#endif
