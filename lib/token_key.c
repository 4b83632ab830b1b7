/* SPDX-License-Identifier: MIT */
#include "lib/token_key.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/pem.h>

#include "lib/token.h"

/* A 4,096 bit RSA signature is 683 characters. */
#define SIG_TEXT 768

/* What manuals, READMEs and templates say; none of it is secret. */
static const char *const samples[] = {
	"change-me", "changeme", "change_me", "change-this", "change_this",
	"your-secret", "your_secret", "yoursecret", "your-256-bit",
	"replace-me", "replaceme", "replace_me", "replace-this",
	"secret-key-here", "secret_key_here", "supersecret", "super-secret",
	"super_secret", "my-secret", "my_secret", "mysecret", "dev-secret",
	"dev_secret", "example-secret", "example_secret", "sample-secret",
	"sample_secret", "default-secret", "jwt-secret-key",
	"shhhhh", "keyboard cat",
};

static const char weak[] = "the token secret is a sample value";

static size_t
distinct_bytes(const char *s)
{
	bool seen[256] = { false };
	size_t n = 0;

	for (; *s != '\0'; s++) {
		n += !seen[(unsigned char)*s];
		seen[(unsigned char)*s] = true;
	}
	return n;
}

static const char *
secret_fault(const char *secret)
{
	size_t i;

	if (secret == NULL || *secret == '\0')
		return "the token secret is not set";
	if (strlen(secret) < 32)
		return "the token secret is shorter than 32 bytes";
	if (strlen(secret) > 4096)
		return "the token secret is longer than 4,096 bytes";
	for (i = 0; i < sizeof(samples) / sizeof(*samples); i++)
		if (strcasestr(secret, samples[i]) != NULL)
			return weak;
	if (distinct_bytes(secret) < 5)
		return "the token secret repeats a few characters";
	return NULL;
}

int
token_key_secret(struct token_key *k, const char *secret, const char **why_r)
{
	const char *why = secret_fault(secret);

	if (why != NULL) {
		*why_r = why;
		return -1;
	}
	*k = (struct token_key){ .alg = TOKEN_HS256 };
	k->sign_len = k->check_len = (int)strlen(secret);
	k->sign = (unsigned char *)strdup(secret);
	k->check = (unsigned char *)strdup(secret);
	if (k->sign != NULL && k->check != NULL)
		return 0;
	token_key_clear(k);
	*why_r = "no memory for the token secret";
	return -1;
}

static bool
key_fits(EVP_PKEY *pkey, enum token_alg alg)
{
	char group[32];
	size_t len;

	if (alg == TOKEN_RS256)
		return EVP_PKEY_is_a(pkey, "RSA") == 1 &&
		    EVP_PKEY_get_bits(pkey) >= 2048;
	return EVP_PKEY_is_a(pkey, "EC") == 1 &&
	    EVP_PKEY_get_group_name(pkey, group, sizeof(group), &len) == 1 &&
	    strcmp(group, "prime256v1") == 0;
}

static unsigned char *
bio_bytes(BIO *bio, int *len_r)
{
	char *data;
	long len = BIO_get_mem_data(bio, &data);
	unsigned char *copy = calloc((size_t)len + 1, 1);

	if (copy != NULL)
		memcpy(copy, data, (size_t)len);
	*len_r = (int)len;
	return copy;
}

/* libjwt wants keys as PEM text, the private one and the public one. */
static bool
key_texts(struct token_key *k)
{
	BIO *priv = BIO_new(BIO_s_secmem()), *pub = BIO_new(BIO_s_mem());

	if (priv != NULL && pub != NULL &&
	    PEM_write_bio_PrivateKey(priv, k->pkey, NULL, NULL, 0, NULL,
	    NULL) == 1 && PEM_write_bio_PUBKEY(pub, k->pkey) == 1) {
		k->sign = bio_bytes(priv, &k->sign_len);
		k->check = bio_bytes(pub, &k->check_len);
	}
	BIO_free(priv);
	BIO_free(pub);
	return k->sign != NULL && k->check != NULL;
}

/* A key under a passphrase must fail rather than ask on the terminal. */
static int
no_passphrase(char *buf, int size, int rwflag, void *arg)
{
	(void)buf, (void)size, (void)rwflag, (void)arg;
	return -1;
}

static EVP_PKEY *
read_private(const char *path)
{
	FILE *f = path != NULL ? fopen(path, "re") : NULL;
	EVP_PKEY *pkey;

	if (f == NULL)
		return NULL;
	pkey = PEM_read_PrivateKey(f, NULL, no_passphrase, NULL);
	fclose(f);
	return pkey;
}

int
token_key_file(struct token_key *k, enum token_alg alg, const char *path,
    const char **why_r)
{
	*k = (struct token_key){ .alg = alg };
	k->pkey = read_private(path);
	if (k->pkey == NULL)
		*why_r = "the token key file holds no readable private key";
	else if (!key_fits(k->pkey, alg))
		*why_r = alg == TOKEN_RS256 ?
		    "RS256 needs an RSA key of 2,048 bits or more" :
		    "ES256 needs an EC key on P-256";
	else if (!key_texts(k))
		*why_r = "the token key cannot be written as PEM";
	else
		return 0;
	token_key_clear(k);
	return -1;
}

/* base64url without padding (RFC 7515, appendix C). */
static void
b64url(const unsigned char *data, size_t len, char *out)
{
	char *p;

	EVP_EncodeBlock((unsigned char *)out, data, (int)len);
	for (p = out; *p != '\0' && *p != '='; p++) {
		if (*p == '+')
			*p = '-';
		else if (*p == '/')
			*p = '_';
	}
	*p = '\0';
}

static bool
same_text(const char *a, const char *b)
{
	size_t len = strlen(a);

	return len == strlen(b) && equal_ct(a, b, len);
}

/* The bytes of a signature; 0 unless the text is the canonical one. */
static size_t
sig_bytes(const char *sig, unsigned char out[SIG_TEXT])
{
	char padded[SIG_TEXT + 4], again[SIG_TEXT + 4];
	size_t i, len = strlen(sig), want = len * 3 / 4;

	if (len == 0 || len > SIG_TEXT - 4)
		return 0;
	for (i = 0; i < len; i++)
		padded[i] = sig[i] == '-' ? '+' : sig[i] == '_' ? '/' : sig[i];
	while (i % 4 != 0)
		padded[i++] = '=';
	if (EVP_DecodeBlock(out, (unsigned char *)padded, (int)i) < 0)
		return 0;
	b64url(out, want, again);
	return strcmp(again, sig) == 0 ? want : 0;
}

/* R and S side by side (RFC 7518, 3.4) as the DER that OpenSSL wants. */
static int
ecdsa_der(const unsigned char raw[64], unsigned char **der_r)
{
	ECDSA_SIG *s = ECDSA_SIG_new();
	int len = -1;

	if (s != NULL && ECDSA_SIG_set0(s, BN_bin2bn(raw, 32, NULL),
	    BN_bin2bn(raw + 32, 32, NULL)) == 1)
		len = i2d_ECDSA_SIG(s, der_r);
	ECDSA_SIG_free(s);
	return len;
}

static bool
digest_verify(EVP_PKEY *pkey, const unsigned char *sig, size_t siglen,
    const char *text, size_t len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok;

	ok = ctx != NULL &&
	    EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, pkey) == 1 &&
	    EVP_DigestVerify(ctx, sig, siglen, (const unsigned char *)text,
	    len) == 1;
	EVP_MD_CTX_free(ctx);
	return ok;
}

static bool
public_signed(const struct token_key *k, const char *text, size_t len,
    const char *sig)
{
	unsigned char raw[SIG_TEXT], *der = NULL;
	size_t n = sig_bytes(sig, raw);
	int derlen;
	bool ok;

	if (n == 0)
		return false;
	if (k->alg == TOKEN_RS256)
		return digest_verify(k->pkey, raw, n, text, len);
	if (n != 64 || (derlen = ecdsa_der(raw, &der)) <= 0)
		return false;
	ok = digest_verify(k->pkey, der, (size_t)derlen, text, len);
	OPENSSL_free(der);
	return ok;
}

bool
token_key_signed(const struct token_key *k, const char *text, size_t len,
    const char *sig)
{
	unsigned char mac[32];
	char want[48];

	if (k->alg != TOKEN_HS256)
		return public_signed(k, text, len, sig);
	hmac_sha256(k->check, (size_t)k->check_len, text, len, mac);
	b64url(mac, sizeof(mac), want);
	return same_text(want, sig);
}

static void
wipe(unsigned char *p, int len)
{
	if (p != NULL)
		explicit_bzero(p, (size_t)len);
	free(p);
}

void
token_key_clear(struct token_key *k)
{
	wipe(k->sign, k->sign_len);
	wipe(k->check, k->check_len);
	EVP_PKEY_free(k->pkey);
	*k = (struct token_key){ 0 };
}
