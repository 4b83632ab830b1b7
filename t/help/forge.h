/* SPDX-License-Identifier: MIT */
#ifndef T_HELP_FORGE_H
#define T_HELP_FORGE_H

/*
 * Tokens that lib/token.c would never make, signed with a secret that the
 * test knows.
 */

#include <stddef.h>

#include <openssl/types.h>

struct arena;

#define FORGE_HEAD "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"

/* base64url without padding. */
char *forge_b64(const void *data, size_t len, struct arena *mem);

/* head and body encoded, and their HMAC by any digest. */
const char *forge_mac(const EVP_MD *md, const char *secret, const char *head,
    const void *body, size_t len, struct arena *mem);

/* The same with HS256 and its right header. */
const char *forge_token(const char *secret, const char *body,
    struct arena *mem);

#endif
