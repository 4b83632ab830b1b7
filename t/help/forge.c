/* SPDX-License-Identifier: MIT */
#include "t/help/forge.h"

#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "lib/arena.h"

char *
forge_b64(const void *data, size_t len, struct arena *mem)
{
	char *out = arena_alloc(mem, len * 4 / 3 + 8), *p;

	EVP_EncodeBlock((unsigned char *)out, data, (int)len);
	for (p = out; *p != '\0' && *p != '='; p++)
		*p = *p == '+' ? '-' : *p == '/' ? '_' : *p;
	*p = '\0';
	return out;
}

const char *
forge_mac(const EVP_MD *md, const char *secret, const char *head,
    const void *body, size_t len, struct arena *mem)
{
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned int maclen;
	char *text = arena_printf(mem, "%s.%s",
	    forge_b64(head, strlen(head), mem), forge_b64(body, len, mem));

	HMAC(md, secret, (int)strlen(secret), (unsigned char *)text,
	    strlen(text), mac, &maclen);
	return arena_printf(mem, "%s.%s", text, forge_b64(mac, maclen, mem));
}

const char *
forge_token(const char *secret, const char *body, struct arena *mem)
{
	return forge_mac(EVP_sha256(), secret, FORGE_HEAD, body, strlen(body),
	    mem);
}
