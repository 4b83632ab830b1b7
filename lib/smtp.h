/* SPDX-License-Identifier: MIT */
#ifndef LIB_SMTP_H
#define LIB_SMTP_H

/* One mail to one mailbox by SMTP (RFC 5321), through libcurl. */

#include <stdbool.h>
#include <stddef.h>

struct smtp_server {
	const char *url;	/* smtp://host:port or smtps://host:port */
	const char *user, *password;	/* NULL: no authentication */
	int timeout_ms;
	/* Asked every 100 ms: true ends the attempt. NULL: never. */
	bool (*stop)(void);
};

/*
 * Send a message (lib/mime.h) from one address to another. STARTTLS is used
 * where the server offers it, and demanded if there is a password to send.
 * -1 and the reason in *why_r (static storage); *refused_r: the server said
 * no for good (5yz to this sender, recipient or message), so trying again
 * is of no use.
 */
int smtp_send(const struct smtp_server *s, const char *from, const char *to,
    const char *message, size_t len, const char **why_r, bool *refused_r);

#endif
