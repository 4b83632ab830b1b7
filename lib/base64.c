/* SPDX-License-Identifier: MIT */
#include "lib/base64.h"

#include <stdint.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "abcdefghijklmnopqrstuvwxyz0123456789+/";

void
base64_encode(struct buf *out, const void *data, size_t len)
{
	const unsigned char *s = data;
	unsigned v;

	for (size_t i = 0; i < len; i += 3) {
		v = (unsigned)s[i] << 16;
		if (i + 1 < len)
			v |= (unsigned)s[i + 1] << 8;
		if (i + 2 < len)
			v |= s[i + 2];
		buf_chr(out, digits[v >> 18 & 63]);
		buf_chr(out, digits[v >> 12 & 63]);
		buf_chr(out, i + 1 < len ? digits[v >> 6 & 63] : '=');
		buf_chr(out, i + 2 < len ? digits[v & 63] : '=');
	}
}

void *
base64_decode(struct arena *mem, const char *s, size_t *len_r)
{
	size_t len = strlen(s), pad = 0, n = 0;
	unsigned char *out = arena_alloc(mem, len / 4 * 3 + 1);
	const char *at;
	uint32_t v = 0;

	if (len % 4 != 0)
		return NULL;
	while (pad < 2 && pad < len && s[len - 1 - pad] == '=')
		pad++;
	for (size_t i = 0; i < len; i++) {
		at = i >= len - pad ? digits : strchr(digits, s[i]);
		if (at == NULL)
			return NULL;
		v = v << 6 | (uint32_t)(at - digits);
		if (i % 4 != 3)
			continue;
		out[n++] = (unsigned char)(v >> 16);
		out[n++] = (unsigned char)(v >> 8);
		out[n++] = (unsigned char)v;
	}
	*len_r = n - pad;
	return out;
}
