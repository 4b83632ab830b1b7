/* SPDX-License-Identifier: MIT */
#ifndef LIB_BASE64_H
#define LIB_BASE64_H

/* Base 64 with + and / and padding (RFC 4648 4); the URL form is in
 * lib/http.h. */

#include <stddef.h>

struct arena;
struct buf;

void base64_encode(struct buf *out, const void *data, size_t len);

/* NULL if it is malformed; the length in *len_r. */
void *base64_decode(struct arena *mem, const char *s, size_t *len_r);

#endif
