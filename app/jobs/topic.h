/* SPDX-License-Identifier: MIT */
#ifndef APP_JOBS_TOPIC_H
#define APP_JOBS_TOPIC_H

/*
 * What events are about, and what becomes of them. The secrets in a payload
 * (token) go into mail only, and are wiped once it is sent.
 */

#include <stdbool.h>
#include <stddef.h>

#include "lib/field.h"

struct letter;

enum addressee { TO_NOBODY, TO_USER, TO_ADMINS };

struct topic {
	const char *name;
	bool is_public;		/* webhooks may hear of it */
	enum addressee to;	/* who gets mail */
	void (*write)(struct letter *l);
};

extern const struct topic topics[];
extern const size_t topics_n;

/* By name, or NULL. */
const struct topic *topic_find(const char *name);

/* Names of those that webhooks may ask for, and "*" for all of them. */
extern const struct field_kind kind_topic;

#endif
