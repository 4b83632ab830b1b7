/* SPDX-License-Identifier: MIT */
#ifndef LIB_NOTIFY_H
#define LIB_NOTIFY_H

/* What a service tells systemd, by sd_notify(3)'s protocol. */

#include <stdint.h>

/* Send to $NOTIFY_SOCKET, if there is one; a failure is ignored. */
void notify(const char *state);

/* $WATCHDOG_USEC in ms if it is meant for this process, else 0. */
int64_t notify_watchdog_ms(void);

#endif
