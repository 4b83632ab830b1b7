/* SPDX-License-Identifier: MIT */
#ifndef APP_JOBS_LETTER_H
#define APP_JOBS_LETTER_H

/*
 * The mails' words. A letter is written once and comes out as text and as
 * HTML; everything put into it is escaped for both.
 */

#include <stdint.h>

#include "lib/buf.h"

struct json;
struct rows;

struct letter {
	struct arena *mem;
	const char *topic;
	const struct json *payload;	/* of the event, an object */
	const struct rows *row;		/* first_name, number, currency,
					   *_cents, items, paid: of the
					   order */
	int at;				/* the row's index */
	const char *subject;		/* set by the writer */
	struct buf text, html;
};

/* Write the letter of its topic. -1: the topic has none. */
int letter_write(struct letter *l);

/* "29.99 USD", in arena mem. */
const char *money_text(struct arena *mem, int64_t cents,
    const char *currency);

#endif
