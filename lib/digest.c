/* SPDX-License-Identifier: MIT */
#include "lib/token.h"

#include <stdlib.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/hmac.h>

#include "lib/arena.h"

static char *
to_hex(const unsigned char *data, size_t len, struct arena *mem)
{
	static const char digits[] = "0123456789abcdef";
	char *out = arena_alloc(mem, len * 2 + 1);
	size_t i;

	for (i = 0; i < len; i++) {
		out[i * 2] = digits[data[i] >> 4];
		out[i * 2 + 1] = digits[data[i] & 15];
	}
	return out;
}

const char *
sha256_hex(const void *data, size_t len, struct arena *mem)
{
	unsigned char md[32];

	/* Without a digest there is nothing safe to go on with. */
	if (EVP_Digest(data, len, md, NULL, EVP_sha256(), NULL) != 1)
		abort();
	return to_hex(md, sizeof(md), mem);
}

const char *
random_hex(size_t n, struct arena *mem)
{
	unsigned char *bytes = arena_alloc(mem, n);
	size_t i, part;

	/* getentropy() gives at most 256 bytes; guessable ones are worse
	 * than none. */
	for (i = 0; i < n; i += part) {
		part = n - i < 256 ? n - i : 256;
		if (getentropy(bytes + i, part) != 0)
			abort();
	}
	return to_hex(bytes, n, mem);
}

void
hmac_sha256(const void *key, size_t keylen, const void *data, size_t len,
    unsigned char out[32])
{
	if (HMAC(EVP_sha256(), key, (int)keylen, data, len, out, NULL) == NULL)
		abort();
}

bool
equal_ct(const void *a, const void *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}
