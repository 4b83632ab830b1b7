/* SPDX-License-Identifier: MIT */
#ifndef LIB_MIME_H
#define LIB_MIME_H

/* Internet messages (RFC 5322, RFC 2045 to 2047). */

#include <stdbool.h>
#include <stdint.h>

struct buf;

struct mail {
	const char *from_name, *from;	/* UTF-8, address */
	const char *to;			/* address */
	const char *subject;		/* UTF-8 */
	const char *message_id;		/* unique, without the brackets */
	const char *text, *html;	/* UTF-8, lines ended by \n */
	int64_t date_s;			/* Unix time */
};

/*
 * Append the whole message, lines ended by CR LF: multipart/alternative of
 * text and HTML. Control characters in a header become spaces, so that no
 * value can add a header; what is not ASCII becomes encoded words.
 */
void mail_write(const struct mail *m, struct buf *out);

/* Can it stand between < and > in a header and in SMTP?  Printable ASCII
 * without blanks, brackets, quotes or commas, one @, at most 254. */
bool mail_address_ok(const char *address);

#endif
