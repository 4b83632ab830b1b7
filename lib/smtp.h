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

enum smtp_end {
	SMTP_SENT,
	SMTP_REFUSED,	/* the server said no for good (5yz) to this sender,
			   recipient or message */
	SMTP_DEFERRED,	/* it said not now (4yz) to this one */
	SMTP_AWAY	/* no connection, no answer, no login, stopped: not
			   the message's fault */
};

/*
 * Send a message (lib/mime.h) from one address to another. STARTTLS is used
 * where the server offers it, whatever its certificate; if there is a
 * password to send, it is demanded, and a good one, as smtps:// always does.
 * If it was not sent, the reason in *why_r (static storage).
 */
enum smtp_end smtp_send(const struct smtp_server *s, const char *from,
    const char *to, const char *message, size_t len, const char **why_r);

#endif
