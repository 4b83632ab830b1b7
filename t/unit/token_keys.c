/* SPDX-License-Identifier: MIT */
#include "lib/token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/random.h"
#include "lib/token_cache.h"
#include "t/help/forge.h"
#include "t/help/suite.h"

#define SECRET "0123456789abcdef0123456789ABCDEF"
#define OTHER "fedcba9876543210FEDCBA9876543210"

static struct arena *mem;
static struct err err;
static struct token got;

static const struct token_conf hs256 = {
	.alg = "HS256", .secret = SECRET, .issuer = "shop", .audience = "api",
	.access_ttl = 900, .refresh_ttl = 86400,
};

static void
init(const struct token_conf *c)
{
	const char *why = NULL;

	ck_assert_msg(token_init(c, &why) == 0, "%s", why);
}

static void
setup(void)
{
	mem = arena_new(8 << 20);
	init(&hs256);
}

static void
teardown(void)
{
	arena_free(mem);
}

static const char *
refused(const struct token_conf *c)
{
	const char *why = NULL;

	ck_assert_int_eq(token_init(c, &why), -1);
	ck_assert_ptr_nonnull(why);
	return why;
}

static const struct err_kind *
verdict_as(const char *text, enum token_use use)
{
	err_init(&err, mem);
	token_verify(text, use, mem, &err, &got);
	return err.kind;
}

static const struct err_kind *
verdict(const char *text)
{
	return verdict_as(text, TOKEN_ACCESS);
}

static const char *
sign_as(int64_t sub, enum token_use use)
{
	struct token t = { .sub = sub, .session = 42, .use = use };
	const char *text = token_sign(&t, mem);

	ck_assert_ptr_nonnull(text);
	return text;
}

static const char *
sign(int64_t sub)
{
	return sign_as(sub, TOKEN_ACCESS);
}

START_TEST(test_use)
{
	const char *access = sign(1);
	const char *refresh = sign_as(1, TOKEN_REFRESH);
	int i;

	/* Twice: the second answer comes from memory. */
	for (i = 0; i < 2; i++) {
		ck_assert_ptr_null(verdict_as(access, TOKEN_ACCESS));
		ck_assert_ptr_null(verdict_as(refresh, TOKEN_REFRESH));
		ck_assert_int_eq(got.use, TOKEN_REFRESH);
		ck_assert_int_eq(got.exp - got.iat, 86400);
		ck_assert_ptr_eq(verdict_as(refresh, TOKEN_ACCESS),
		    &E_INVALID_TOKEN);
		ck_assert_ptr_eq(verdict_as(access, TOKEN_REFRESH),
		    &E_INVALID_TOKEN);
	}
}
END_TEST

START_TEST(test_rotation)
{
	struct token_conf c = hs256;
	const char *before = sign(1), *after;

	c.secret = OTHER;
	c.old_secret = SECRET;
	init(&c);
	after = sign(2);
	ck_assert_ptr_null(verdict(before));
	ck_assert_int_eq(got.sub, 1);
	ck_assert_ptr_null(verdict(after));
	c.old_secret = NULL;
	init(&c);
	ck_assert_ptr_eq(verdict(before), &E_INVALID_TOKEN);
	ck_assert_ptr_null(verdict(after));
	init(&hs256);
	ck_assert_ptr_eq(verdict(after), &E_INVALID_TOKEN);
	ck_assert_ptr_null(verdict(before));
}
END_TEST

START_TEST(test_secrets)
{
	static const char *const bad[] = { NULL, "", "short",
	    "0123456789abcdef0123456789ABCDE",
	    "change-me-change-me-change-me-change-me",
	    "CHANGE-ME-change-me-CHANGE-ME-change-me",
	    "your-secret-key-at-least-32-bytes-long",
	    "your-256-bit-secret-your-256-bit-secret",
	    "please-change-this-in-production-0001",
	    "supersecretsupersecretsupersecret",
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	    "abababababababababababababababababababab" };
	struct token_conf c = hs256;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		c.secret = bad[i];
		c.old_secret = NULL;
		refused(&c);
		if (bad[i] == NULL || *bad[i] == '\0')
			continue;
		c.secret = SECRET;
		c.old_secret = bad[i];
		refused(&c);
	}
	ck_assert_ptr_eq(verdict("x.y.z"), &E_INVALID_TOKEN);
	c.secret = SECRET;
	c.old_secret = "";
	init(&c);
}
END_TEST

START_TEST(test_configuration)
{
	struct token_conf c = hs256;
	char *name = arena_alloc(mem, 1000);

	c.alg = "HS512";
	refused(&c);
	c.alg = "none";
	refused(&c);
	c.alg = NULL;
	refused(&c);
	c = hs256;
	c.issuer = "";
	refused(&c);
	c = hs256;
	c.access_ttl = 0;
	refused(&c);
	c = hs256;
	memset(name, 'n', 999);
	c.audience = name;
	ck_assert_ptr_nonnull(strstr(refused(&c), "1,024"));
}
END_TEST

START_TEST(test_cache)
{
	const char *texts[600], *text;
	struct token copy;
	char *bad;
	int i, round;

	for (i = 0; i < 600; i++)
		texts[i] = sign(i + 1);
	for (round = 0; round < 3; round++)
		for (i = 0; i < 600; i++) {
			ck_assert_ptr_null(verdict(texts[i]));
			ck_assert_int_eq(got.sub, i + 1);
			ck_assert_int_eq(got.session, 42);
		}
	copy = got;
	bad = arena_strdup(mem, texts[599]);
	text = strchr(bad, '.') + 10;
	bad[text - bad] ^= 1;
	ck_assert_ptr_eq(verdict(bad), &E_INVALID_TOKEN);
	ck_assert_uint_eq(strlen(copy.jti), 35);
}
END_TEST

static double
micros(const char *text, int n)
{
	struct timespec a, b;
	int i;

	clock_gettime(CLOCK_MONOTONIC, &a);
	for (i = 0; i < n; i++)
		ck_assert_ptr_null(verdict(text));
	clock_gettime(CLOCK_MONOTONIC, &b);
	return ((double)(b.tv_sec - a.tv_sec) * 1e6 +
	    (double)(b.tv_nsec - a.tv_nsec) / 1e3) / n;
}

START_TEST(test_cache_saves_time)
{
	double first = 1e9, again = 1e9, t;
	const char *text;
	int i;

	for (i = 0; i < 50; i++) {
		text = sign(i + 1);
		t = micros(text, 1);
		first = t < first ? t : first;
		t = micros(text, 10);
		again = t < again ? t : again;
	}
	ck_assert_msg(again * 2 < first, "%.2f us, from memory %.2f us",
	    first, again);
}
END_TEST

START_TEST(test_cache_is_shared)
{
	struct token t = { .sub = 7, .jti = "1.2", .exp = 9 }, back = { 0 };
	char text[641];
	int status;
	pid_t pid;

	memset(text, 'a', sizeof(text));
	token_cache_init();
	ck_assert(!token_cache_get(text, 640, mem, &back));
	pid = fork();
	if (pid == 0) {
		token_cache_put(text, 640, &t);
		token_cache_put(text, 641, &t);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(token_cache_get(text, 640, mem, &back));
	ck_assert_int_eq(back.sub, 7);
	ck_assert_int_eq(back.exp, 9);
	ck_assert_str_eq(back.jti, "1.2");
	ck_assert(!token_cache_get(text, 639, mem, &back));
	ck_assert(!token_cache_get(text, 641, mem, &back));
	text[0] = 'b';
	ck_assert(!token_cache_get(text, 640, mem, &back));
	text[0] = 'a';
	token_cache_init();
	ck_assert(!token_cache_get(text, 640, mem, &back));
}
END_TEST

/* Whether each of the tokens, which share a set, is remembered. */
static const char *
remembered(char text[5][64])
{
	static char seen[6];
	struct token back;

	for (int i = 0; i < 5; i++)
		seen[i] = token_cache_get(text[i], 63, mem, &back) ? 'y' : 'n';
	return seen;
}

START_TEST(test_cache_forgets_the_least_used)
{
	struct token t = { .sub = 7, .jti = "1.2" }, back;
	char text[5][64];

	token_cache_init();
	for (int i = 0; i < 5; i++) {
		memset(text[i], 'a' + i, 40);
		memset(text[i] + 40, 'z', 24);
	}
	for (int i = 0; i < 4; i++) {
		token_cache_put(text[i], 63, &t);
		usleep(2000);
	}
	ck_assert(token_cache_get(text[0], 63, mem, &back));
	ck_assert(token_cache_get(text[2], 63, mem, &back));
	usleep(2000);
	token_cache_put(text[4], 63, &t);
	ck_assert_str_eq(remembered(text), "ynyyy");
	token_cache_init();
	ck_assert_str_eq(remembered(text), "nnnnn");
}
END_TEST

static EVP_PKEY *
new_key(const char *kind, int bits)
{
	if (strcmp(kind, "RSA") == 0)
		return EVP_RSA_gen((unsigned int)bits);
	return EVP_EC_gen(bits == 256 ? "P-256" : "P-384");
}

/* The path of a fresh private key, removed at the end of the test. */
static char *
key_file(EVP_PKEY *pkey)
{
	char *path = arena_strdup(mem, "/tmp/token-key-XXXXXX");
	int fd = mkstemp(path);
	FILE *f = fdopen(fd, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(PEM_write_PrivateKey(f, pkey, NULL, NULL, 0, NULL,
	    NULL), 1);
	fclose(f);
	return path;
}

static int
init_key(const char *alg, const char *kind, int bits, const char **why_r)
{
	EVP_PKEY *pkey = new_key(kind, bits);
	struct token_conf c = hs256;
	char *path = key_file(pkey);
	int rc;

	c.alg = alg;
	c.secret = NULL;
	c.key_file = path;
	rc = token_init(&c, why_r);
	unlink(path);
	EVP_PKEY_free(pkey);
	return rc;
}

static void
key_pair(const char *alg, const char *kind, int bits)
{
	const char *why = NULL, *text, *hs = sign(1);
	char *bad;
	size_t i, len;

	ck_assert_msg(init_key(alg, kind, bits, &why) == 0, "%s", why);
	text = sign(9);
	ck_assert_ptr_null(verdict(text));
	ck_assert_int_eq(got.sub, 9);
	ck_assert_ptr_eq(verdict(hs), &E_INVALID_TOKEN);
	len = strlen(text);
	bad = arena_strdup(mem, text);
	for (i = 0; i < len; i++) {
		bad[i] = bad[i] == 'A' ? 'B' : 'A';
		ck_assert_ptr_eq(verdict(bad), &E_INVALID_TOKEN);
		bad[i] = text[i];
	}
	for (i = 1; i < 100; i++)
		ck_assert_ptr_eq(verdict(arena_strndup(mem, text, len - i)),
		    &E_INVALID_TOKEN);
	ck_assert_int_eq(init_key(alg, kind, bits, &why), 0);
	ck_assert_ptr_eq(verdict(text), &E_INVALID_TOKEN);
}

START_TEST(test_rs256)
{
	key_pair("RS256", "RSA", 2048);
}
END_TEST

START_TEST(test_es256)
{
	key_pair("ES256", "EC", 256);
}
END_TEST

START_TEST(test_keys_refused)
{
	struct token_conf c = hs256;
	const char *why = NULL;

	ck_assert_int_eq(init_key("RS256", "RSA", 1024, &why), -1);
	ck_assert_int_eq(init_key("RS256", "EC", 256, &why), -1);
	ck_assert_int_eq(init_key("ES256", "RSA", 2048, &why), -1);
	ck_assert_int_eq(init_key("ES256", "EC", 384, &why), -1);
	c.alg = "RS256";
	refused(&c);
	c.key_file = "/nonexistent";
	refused(&c);
	c.key_file = "/dev/null";
	refused(&c);
}
END_TEST

/* The public key as the HMAC secret: the classic confusion. */
START_TEST(test_public_key_as_secret)
{
	const char *why = NULL, *body = "{\"sub\":\"1\"}";
	EVP_PKEY *pkey = new_key("RSA", 2048);
	struct token_conf c = hs256;
	BIO *bio = BIO_new(BIO_s_mem());
	char *path = key_file(pkey), *pem;
	long len;

	c.alg = "RS256";
	c.key_file = path;
	ck_assert_int_eq(token_init(&c, &why), 0);
	unlink(path);
	PEM_write_bio_PUBKEY(bio, pkey);
	len = BIO_get_mem_data(bio, &pem);
	pem = arena_strndup(mem, pem, (size_t)len);
	ck_assert_ptr_eq(verdict(forge_token(pem, body, mem)),
	    &E_INVALID_TOKEN);
	ck_assert_ptr_eq(verdict(forge_mac(EVP_sha256(), pem,
	    "{\"alg\":\"RS256\",\"typ\":\"JWT\"}", body, strlen(body), mem)),
	    &E_INVALID_TOKEN);
	BIO_free(bio);
	EVP_PKEY_free(pkey);
}
END_TEST

START_TEST(test_digests)
{
	unsigned char mac[32];
	const char *a, *b;

	ck_assert_str_eq(sha256_hex("abc", 3, mem), "ba7816bf8f01cfea414140de"
	    "5dae2223b00361a396177a9cb410ff61f20015ad");
	ck_assert_str_eq(sha256_hex("", 0, mem), "e3b0c44298fc1c149afbf4c8"
	    "996fb92427ae41e4649b934ca495991b7852b855");
	/* RFC 4231, case 2 */
	hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28, mac);
	ck_assert_mem_eq(mac, "\x5b\xdc\xc1\x46\xbf\x60\x75\x4e\x6a\x04\x24"
	    "\x26\x08\x95\x75\xc7\x5a\x00\x3f\x08\x9d\x27\x39\x83\x9d\xec"
	    "\x58\xb9\x64\xec\x38\x43", 32);
	a = random_hex(300, mem);
	b = random_hex(300, mem);
	ck_assert_uint_eq(strlen(a), 600);
	ck_assert_uint_eq(strspn(a, "0123456789abcdef"), 600);
	ck_assert_str_ne(a, b);
	ck_assert_str_ne(a + 520, b + 520);
	ck_assert(equal_ct("abc", "abd", 2));
	ck_assert(!equal_ct("abc", "abd", 3));
}
END_TEST

SUITE(token_keys)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_use);
	tcase_add_test(tc, test_rotation);
	tcase_add_test(tc, test_secrets);
	tcase_add_test(tc, test_configuration);
	tcase_add_test(tc, test_cache);
	tcase_add_test(tc, test_cache_saves_time);
	tcase_add_test(tc, test_cache_is_shared);
	tcase_add_test(tc, test_cache_forgets_the_least_used);
	tcase_add_test(tc, test_rs256);
	tcase_add_test(tc, test_es256);
	tcase_add_test(tc, test_keys_refused);
	tcase_add_test(tc, test_public_key_as_secret);
	tcase_add_test(tc, test_digests);
}
