/* SPDX-License-Identifier: MIT */
#ifndef LIB_TOKEN_H
#define LIB_TOKEN_H

/*
 * Bearer tokens: JWT (RFC 7519, RFC 8725).  The only file that includes
 * jwt.h.  libjwt 1.10 takes the algorithm from the token and checks no
 * claim, so the header must equal the one we emit byte for byte, the
 * signature is checked before anything is parsed, and every claim is
 * checked here.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct err;

enum token_use { TOKEN_ACCESS, TOKEN_REFRESH };

struct token {
	int64_t sub;		/* user id */
	int64_t session;	/* session id: the first part of jti */
	const char *jti;	/* "<session>.<128 random bits in hex>" */
	bool admin;
	int64_t iat, nbf, exp;	/* Unix seconds */
	enum token_use use;
};

struct token_conf {
	const char *alg;	/* "HS256", "RS256", "ES256" */
	const char *secret;	/* HS256: 32 bytes or more */
	const char *old_secret;	/* still verified, or NULL */
	const char *key_file;	/* RS256, ES256: private key, PEM */
	const char *issuer, *audience;
	int access_ttl, refresh_ttl;	/* seconds */
};

/* Check and keep the configuration (copied).  -1 and a message in *why_r:
 * secret missing, under 32 bytes or the sample one; unreadable key. */
int token_init(const struct token_conf *c, const char **why_r);

/* Sign a token that is good from this moment on; fills t->jti, iat, nbf, exp.
 * t->session, sub, admin, use are input. */
const char *token_sign(struct token *t, struct arena *mem);

/*
 * Verify a compact token of at most 1,024 bytes.  E_INVALID_TOKEN or
 * E_TOKEN_EXPIRED (5 s leeway on exp, nbf and iat).
 */
int token_verify(const char *text, enum token_use use, struct arena *mem,
    struct err *e, struct token *t_r);

/* HMAC-SHA-256 under the key that signs, 32 bytes to out: for what nobody else
 * may make or guess. */
void token_mac(const void *data, size_t len, unsigned char out[32]);

/* Lower case hex SHA-256, for what is stored instead of a secret. */
const char *sha256_hex(const void *data, size_t len, struct arena *mem);
/* HMAC-SHA-256, 32 bytes to out. */
void hmac_sha256(const void *key, size_t keylen, const void *data, size_t len,
    unsigned char out[32]);
/* Equal in constant time. */
bool equal_ct(const void *a, const void *b, size_t len);

#endif
