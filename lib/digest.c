/* SPDX-License-Identifier: MIT */
#include "lib/token.h"

#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/hmac.h>

#include "lib/arena.h"
#include "lib/buf.h"

const char *
sha256_hex(const void *data, size_t len, struct arena *mem)
{
	unsigned char md[32];
	char *out = arena_alloc(mem, 2 * sizeof(md) + 1);

	/* Without a digest there is nothing safe to go on with. */
	if (EVP_Digest(data, len, md, NULL, EVP_sha256(), NULL) != 1)
		abort();
	*hex_write(out, md, sizeof(md)) = '\0';
	return out;
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
