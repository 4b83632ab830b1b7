/* SPDX-License-Identifier: MIT */
#ifndef LIB_MEDIA_H
#define LIB_MEDIA_H

/* Media types as headers write them (RFC 9110 8.3 and 12.5.1).  NULL is no
 * header. */

#include <stdbool.h>

/* The type is this one, whatever its parameters. */
bool media_is(const char *type, const char *want);

/* application/json or application/<something>+json, in UTF-8 if it names a
 * charset. */
bool media_is_json(const char *type);

/* An Accept header takes JSON: no header, or one with a range that fits it
 * (application/json, any +json, application/<any>, any) whose weight is not
 * 0.  The closest range decides. */
bool media_accepts_json(const char *accept);

#endif
