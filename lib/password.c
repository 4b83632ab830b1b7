/* SPDX-License-Identifier: MIT */
#include "lib/password.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <crypt.h>

#include "lib/arena.h"
#include "lib/token.h"

static int cost = 5;
/* What is hashed against when there is no account: never a match. */
static char dummy[CRYPT_GENSALT_OUTPUT_SIZE];

/* A fresh setting.  crypt takes its random bytes from the kernel. */
static bool
new_setting(char out[CRYPT_GENSALT_OUTPUT_SIZE])
{
	return crypt_gensalt_rn("$y$", (unsigned long)cost, NULL, 0, out,
	    CRYPT_GENSALT_OUTPUT_SIZE) != NULL;
}

void
password_init(int new_cost)
{
	cost = new_cost < 1 ? 1 : new_cost > 11 ? 11 : new_cost;
	if (!new_setting(dummy))
		abort();
}

/* crypt_ra() leaves the phrase in its 32 KiB of working memory. */
static void
wipe(void *data, int size)
{
	if (data != NULL)
		explicit_bzero(data, (size_t)size);
	free(data);
}

/* crypt takes 511 bytes.  128 characters may be one more: a longer phrase
 * goes in as its digest, never cut. */
static const char *
fitting(const char *phrase, char hex[65])
{
	unsigned char digest[32];
	size_t i, len = strlen(phrase);

	if (len < CRYPT_MAX_PASSPHRASE_SIZE)
		return phrase;
	hmac_sha256("", 0, phrase, len, digest);
	for (i = 0; i < sizeof(digest); i++)
		snprintf(hex + 2 * i, 3, "%02x", (unsigned int)digest[i]);
	return hex;
}

const char *
password_hash(const char *phrase, struct arena *mem)
{
	char setting[CRYPT_GENSALT_OUTPUT_SIZE], hex[65];
	const char *hash, *copy = NULL;
	void *data = NULL;
	int size = 0;

	if (!new_setting(setting))
		return NULL;
	hash = crypt_ra(fitting(phrase, hex), setting, &data, &size);
	if (hash != NULL && hash[0] != '*')
		copy = arena_strdup(mem, hash);
	wipe(data, size);
	return copy;
}

/* A hash that nothing fits ("", "*", "!", damaged) is no account. */
static bool
usable(const char *hash)
{
	return hash != NULL && hash[0] != '\0' && hash[0] != '*' &&
	    crypt_checksalt(hash) != CRYPT_SALT_INVALID;
}

bool
password_verify(const char *phrase, const char *hash)
{
	bool known = usable(hash), same = false;
	const char *setting, *got;
	char hex[65];
	void *data = NULL;
	int size = 0;
	size_t len;

	if (dummy[0] == '\0')
		password_init(cost);
	setting = known ? hash : dummy;
	got = crypt_ra(fitting(phrase, hex), setting, &data, &size);
	len = strlen(setting);
	if (got != NULL && got[0] != '*' && strlen(got) == len)
		same = equal_ct(got, setting, len);
	wipe(data, size);
	return same && known;
}

/* The value of one of crypt's 64 digits, or -1. */
static int
digit64(char c)
{
	static const char digits[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz";
	const char *p = c != '\0' ? strchr(digits, c) : NULL;

	return p != NULL ? (int)(p - digits) : -1;
}

/*
 * Memory of a yescrypt hash in blocks of 128 bytes, N times r, from
 * "$y$j9T$…": flags, log2(N) - 1, r - 1.  0 for all that crypt_gensalt()
 * would not write.
 */
static uint64_t
memory(const char *hash)
{
	int n, r;

	if (strncmp(hash, "$y$j", 4) != 0 || (n = digit64(hash[4])) < 0 ||
	    (r = digit64(hash[5])) < 0 || hash[6] != '$' || n > 40)
		return 0;
	return ((uint64_t)2 << n) * ((uint64_t)r + 1);
}

bool
password_stale(const char *hash)
{
	if (dummy[0] == '\0')
		password_init(cost);
	return !usable(hash) || memory(hash) < memory(dummy);
}
