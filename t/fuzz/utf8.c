/* SPDX-License-Identifier: MIT */
#include "t/fuzz/help/fuzz.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/http.h"
#include "lib/json.h"

/*
 * UTF-8 against a decoder that goes by code points, and the writers that
 * rest on it: JSON strings, percent and base64url coding come back as they
 * went in.
 */

/* Decode the sequence at p by the book: bytes, or 0 if it is none. */
static size_t
decode(const uint8_t *p, size_t len)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t c = p[0];
	size_t n = c < 0x80 ? 1 : c >> 5 == 6 ? 2 : c >> 4 == 14 ? 3 :
	    c >> 3 == 30 ? 4 : 0;

	if (n == 0 || n > len)
		return 0;
	if (n > 1)
		c &= 0x7fu >> n;
	for (size_t i = 1; i < n; i++) {
		if (p[i] >> 6 != 2)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	return c >= least[n] && c <= 0x10ffff && c >> 11 != 0x1b ? n : 0;
}

static void
json_string_round(const char *s, size_t len, bool valid, struct arena *mem)
{
	const struct json *j;
	const char *why, *back;
	struct buf b;
	size_t n;

	if (memchr(s, '\0', len) != NULL)
		return;
	buf_init(&b, mem, 16);
	buf_json_strn(&b, s, len);
	must(other_json(b.data, b.len) == 1);
	j = json_parse(b.data, b.len, mem, &why);
	must(j != NULL);
	back = json_string(j, &n);
	if (valid)
		must(n == len && memcmp(back, s, n) == 0);
}

static void
codings(const char *s, size_t len, bool valid, struct arena *mem)
{
	const char *text = arena_strndup(mem, s, len), *back;
	struct buf b;
	size_t n;

	buf_init(&b, mem, 16);
	b64url_encode(&b, s, len);
	back = b64url_decode(mem, b.data, &n);
	must(back != NULL && n == len && memcmp(back, s, n) == 0);
	/* What decodes is what encoding makes. */
	if ((back = b64url_decode(mem, text, &n)) != NULL) {
		buf_clear(&b);
		b64url_encode(&b, back, n);
		must(strcmp(b.data, text) == 0);
	}
	if (!valid)
		return;
	buf_clear(&b);
	url_encode(&b, text);
	must(strspn(b.data, "%-._~0123456789abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == b.len);
	back = url_decode(mem, b.data, b.len, true);
	must(back != NULL && strcmp(back, text) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *mem = fuzz_arena();
	const char *s = (const char *)data, *text;
	bool valid = true;
	size_t n, chars = 0;

	for (size_t i = 0; i < size; i += n == 0 ? 1 : n) {
		n = decode(data + i, size - i);
		must(utf8_seq(s + i, size - i) == n);
		valid = valid && n > 0 && data[i] != 0;
		chars++;
	}
	must(utf8_valid(s, size) == valid);
	if (valid)
		must(utf8_chars(arena_strndup(mem, s, size)) == chars);
	json_string_round(s, size, valid, mem);
	codings(s, size, valid, mem);
	text = url_decode(mem, s, size, false);
	must(text == NULL || utf8_valid(text, strlen(text)));
	arena_free(mem);
	return 0;
}
