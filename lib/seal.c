/* SPDX-License-Identifier: MIT */
#include "lib/seal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <openssl/evp.h>

#include "lib/arena.h"
#include "lib/base64.h"
#include "lib/buf.h"

#define NONCE	12
#define TAG	16

static void
free_ctx(void *ctx)
{
	EVP_CIPHER_CTX_free(ctx);
}

static EVP_CIPHER_CTX *
begin(const unsigned char key[32], const unsigned char *nonce, int encrypt,
    struct arena *mem)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	if (ctx == NULL || EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL,
	    key, nonce, encrypt) != 1)
		abort();
	arena_defer(mem, free_ctx, ctx);
	return ctx;
}

const char *
seal(const unsigned char key[32], const char *text, struct arena *mem)
{
	size_t len = strlen(text);
	unsigned char *out = arena_alloc(mem, NONCE + len + TAG);
	EVP_CIPHER_CTX *ctx;
	struct buf b;
	int n;

	if (getrandom(out, NONCE, 0) != NONCE)
		abort();
	ctx = begin(key, out, 1, mem);
	if (EVP_CipherUpdate(ctx, out + NONCE, &n,
	    (const unsigned char *)text, (int)len) != 1 ||
	    EVP_CipherFinal_ex(ctx, out + NONCE + n, &n) != 1 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG,
	    out + NONCE + len) != 1)
		abort();
	buf_init(&b, mem, (NONCE + len + TAG) / 3 * 4 + 8);
	base64_encode(&b, out, NONCE + len + TAG);
	return b.data;
}

const char *
unseal(const unsigned char key[32], const char *sealed, struct arena *mem)
{
	size_t len;
	unsigned char *in = base64_decode(mem, sealed, &len), *text;
	EVP_CIPHER_CTX *ctx;
	int n;

	if (in == NULL || len < NONCE + TAG)
		return NULL;
	len -= NONCE + TAG;
	text = arena_alloc(mem, len + 1);
	ctx = begin(key, in, 0, mem);
	if (EVP_CipherUpdate(ctx, text, &n, in + NONCE, (int)len) != 1 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG,
	    in + NONCE + len) != 1 ||
	    EVP_CipherFinal_ex(ctx, text + n, &n) != 1)
		return NULL;
	return (const char *)text;
}
