/* SPDX-License-Identifier: MIT */
#ifndef LIB_TOKEN_KEY_H
#define LIB_TOKEN_KEY_H

/*
 * The keys of lib/token.c and the check of a signature before anything of
 * the token is parsed.  Only lib/token.c uses this.
 */

#include <stdbool.h>
#include <stddef.h>

enum token_alg { TOKEN_HS256, TOKEN_RS256, TOKEN_ES256 };

struct token_key {
	enum token_alg alg;
	void *pkey;		/* EVP_PKEY, NULL with HS256 */
	unsigned char *sign;	/* the secret, or the private key as PEM */
	unsigned char *check;	/* the secret, or the public key as PEM */
	int sign_len, check_len;
};

/* Copy a secret.  -1 and *why_r if it is under 32 bytes, one that stands in
 * a manual, or of fewer than five different bytes. */
int token_key_secret(struct token_key *k, const char *secret,
    const char **why_r);

/* Read a private key: RSA of 2,048 bits or more, or EC on P-256. */
int token_key_file(struct token_key *k, enum token_alg alg, const char *path,
    const char **why_r);

/* True if sig (base64url without padding, canonical) signs the len bytes
 * at text. */
bool token_key_signed(const struct token_key *k, const char *text, size_t len,
    const char *sig);

/* Wipe and free. */
void token_key_clear(struct token_key *k);

#endif
