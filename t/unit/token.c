/* SPDX-License-Identifier: MIT */
#include "lib/token.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "t/help/forge.h"
#include "t/help/suite.h"

#define SECRET "0123456789abcdef0123456789ABCDEF"

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

/* A token that the secret really signs. */
static const char *
forge(const char *body)
{
	return forge_token(SECRET, body, mem);
}

/* All the claims, with one of them replaced, or left out (NULL). */
static const char *
body_but(const char *name, const char *json)
{
	long now = (long)time(NULL);
	const char *claims[][2] = {
		{ "iss", "\"shop\"" }, { "aud", "\"api\"" },
		{ "sub", "\"7\"" }, { "role", "\"customer\"" },
		{ "jti", "\"5.0123456789abcdef0123456789abcdef\"" },
		{ "iat", arena_printf(mem, "%ld", now) },
		{ "nbf", arena_printf(mem, "%ld", now) },
		{ "exp", arena_printf(mem, "%ld", now + 600) },
		{ "use", "\"access\"" },
	};
	char *out = arena_strdup(mem, "{\"v\":1");
	size_t i;

	for (i = 0; i < sizeof(claims) / sizeof(*claims); i++) {
		if (name != NULL && strcmp(name, claims[i][0]) == 0)
			claims[i][1] = json;
		if (claims[i][1] != NULL)
			out = arena_printf(mem, "%s,\"%s\":%s", out,
			    claims[i][0], claims[i][1]);
	}
	return arena_printf(mem, "%s}", out);
}

static const struct err_kind *
verdict_as(const char *text, enum token_use use)
{
	err_init(&err, mem);
	if (token_verify(text, use, mem, &err, &got) == 0) {
		ck_assert_ptr_null(err.kind);
		return NULL;
	}
	ck_assert_ptr_nonnull(err.kind);
	ck_assert_int_eq(got.sub, 0);
	return err.kind;
}

static const struct err_kind *
verdict(const char *text)
{
	return verdict_as(text, TOKEN_ACCESS);
}

static void
claim_refused(const char *name, const char *json)
{
	ck_assert_msg(verdict(forge(body_but(name, json))) == &E_INVALID_TOKEN,
	    "%s = %s", name, json != NULL ? json : "(none)");
}

static const char *
sign(int64_t sub, enum token_use use)
{
	struct token t = { .sub = sub, .session = 42, .use = use };
	const char *text = token_sign(&t, mem);

	ck_assert_ptr_nonnull(text);
	return text;
}

START_TEST(test_round_trip)
{
	struct token t = { .sub = 12, .session = 34, .admin = true };
	const char *text = token_sign(&t, mem);

	ck_assert_ptr_null(verdict(text));
	ck_assert_int_eq(got.sub, 12);
	ck_assert_int_eq(got.session, 34);
	ck_assert(got.admin);
	ck_assert_int_eq(got.use, TOKEN_ACCESS);
	ck_assert_int_eq(got.exp - got.iat, 900);
	ck_assert_int_eq(got.nbf, got.iat);
	ck_assert_int_le(labs((long)(got.iat - time(NULL))), 2);
	ck_assert_str_eq(got.jti, t.jti);
	ck_assert_int_eq(strncmp(got.jti, "34.", 3), 0);
	ck_assert_uint_eq(strlen(got.jti), 3 + 32);
	ck_assert_str_ne(sign(12, TOKEN_ACCESS), sign(12, TOKEN_ACCESS));
}
END_TEST

START_TEST(test_forged_control)
{
	ck_assert_ptr_null(verdict(forge(body_but(NULL, NULL))));
	ck_assert_int_eq(got.sub, 7);
	ck_assert_int_eq(got.session, 5);
	ck_assert(!got.admin);
}
END_TEST

START_TEST(test_alg_none)
{
	static const char *const algs[] = { "none", "None", "nOnE", "NONE" };
	const char *body = body_but(NULL, NULL), *head, *text;
	size_t i;

	for (i = 0; i < 4; i++) {
		head = arena_printf(mem, "{\"alg\":\"%s\",\"typ\":\"JWT\"}",
		    algs[i]);
		text = arena_printf(mem, "%s.%s.",
		    forge_b64(head, strlen(head), mem),
		    forge_b64(body, strlen(body), mem));
		ck_assert_ptr_eq(verdict(text), &E_INVALID_TOKEN);
		text = forge_mac(EVP_sha256(), SECRET, head, body,
		    strlen(body), mem);
		ck_assert_ptr_eq(verdict(text), &E_INVALID_TOKEN);
	}
}
END_TEST

START_TEST(test_other_algorithms)
{
	const char *body = body_but(NULL, NULL);
	const struct { const char *alg; const EVP_MD *md; } rows[] = {
		{ "HS384", EVP_sha384() }, { "HS512", EVP_sha512() },
		{ "hs256", EVP_sha256() }, { "RS256", EVP_sha256() },
		{ "ES256", EVP_sha256() },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		ck_assert_ptr_eq(verdict(forge_mac(rows[i].md, SECRET,
		    arena_printf(mem, "{\"alg\":\"%s\",\"typ\":\"JWT\"}",
		    rows[i].alg), body, strlen(body), mem)), &E_INVALID_TOKEN);
}
END_TEST

START_TEST(test_headers)
{
	static const char *const heads[] = {
		"{\"alg\":\"HS256\",\"crit\":[\"b64\"],\"typ\":\"JWT\"}",
		"{\"alg\":\"HS256\",\"kid\":\"../../etc/passwd\","
		    "\"typ\":\"JWT\"}",
		"{\"alg\":\"HS256\",\"kid\":\"' OR 1=1\",\"typ\":\"JWT\"}",
		"{\"alg\":\"HS256\",\"jku\":\"http://127.0.0.1/\","
		    "\"typ\":\"JWT\"}",
		"{\"alg\":\"HS256\",\"x5u\":\"http://127.0.0.1/\","
		    "\"typ\":\"JWT\"}",
		"{\"alg\":\"HS256\",\"jwk\":{\"kty\":\"oct\"},"
		    "\"typ\":\"JWT\"}",
		"{\"alg\":\"HS256\"}", "{\"typ\":\"JWT\",\"alg\":\"HS256\"}",
		"{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}", "{}", "[]", "",
	};
	const char *body = body_but(NULL, NULL);
	size_t i;

	for (i = 0; i < sizeof(heads) / sizeof(*heads); i++)
		ck_assert_ptr_eq(verdict(forge_mac(EVP_sha256(), SECRET,
		    heads[i], body, strlen(body), mem)), &E_INVALID_TOKEN);
}
END_TEST

START_TEST(test_damaged)
{
	const char *good = sign(1, TOKEN_ACCESS);
	size_t len = strlen(good), head = strcspn(good, ".") + 1, i;
	char *text = arena_strdup(mem, good);
	static const char junk[] = "+/=. \t%\x80";

	for (i = 0; i < len; i++) {
		text[i] = text[i] == 'A' ? 'B' : 'A';
		ck_assert_ptr_eq(verdict(text), &E_INVALID_TOKEN);
		text[i] = good[i];
	}
	for (i = 0; i < sizeof(junk) - 1; i++) {
		text[head + 5] = junk[i];
		ck_assert_ptr_eq(verdict(text), &E_INVALID_TOKEN);
	}
	for (i = 0; i < len; i++)
		ck_assert_ptr_eq(verdict(arena_strndup(mem, good, i)),
		    &E_INVALID_TOKEN);
	ck_assert_ptr_null(verdict(good));
}
END_TEST

START_TEST(test_segments)
{
	const char *good = sign(1, TOKEN_ACCESS);
	const char *sig = strrchr(good, '.') + 1;
	char *head = arena_strndup(mem, good, strcspn(good, "."));
	const char *texts[] = {
		"", ".", "..", "...", "a.b.c",
		arena_printf(mem, "%s.", good),
		arena_printf(mem, "%s.%s", good, sig),
		arena_printf(mem, "%s..%s", head, sig),
		arena_printf(mem, "%s.%s", head, sig),
		arena_printf(mem, ".%s", strchr(good, '.') + 1),
		arena_printf(mem, "%s=", good),
		arena_printf(mem, " %s", good),
		arena_printf(mem, "%s ", good),
	};
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		ck_assert_msg(verdict(texts[i]) == &E_INVALID_TOKEN, "%s",
		    texts[i]);
}
END_TEST

/* The whole text of a token of exactly this length, properly signed; the
 * claim that fills it counts 3 bytes for 4 characters. */
static const char *
of_length(size_t want)
{
	const char *body = body_but(NULL, NULL), *text;
	char fill[1024];
	size_t n;

	memset(fill, 'x', sizeof(fill));
	for (n = 0; n < sizeof(fill); n++) {
		text = forge(arena_printf(mem, "{\"f\":\"%.*s\",%s", (int)n,
		    fill, body + 1));
		if (strlen(text) == want)
			return text;
	}
	return NULL;
}

START_TEST(test_length)
{
	char big[8193];
	const char *text;

	ck_assert_ptr_nonnull(text = of_length(1024));
	ck_assert_ptr_null(verdict(text));
	if ((text = of_length(1025)) == NULL)
		text = of_length(1026);
	ck_assert_ptr_nonnull(text);
	ck_assert_ptr_eq(verdict(text), &E_INVALID_TOKEN);
	memset(big, 'A', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	ck_assert_ptr_eq(verdict(big), &E_INVALID_TOKEN);
	memcpy(big, sign(1, TOKEN_ACCESS), 38);
	ck_assert_ptr_eq(verdict(big), &E_INVALID_TOKEN);
}
END_TEST

START_TEST(test_wrong_secret)
{
	const char *body = body_but(NULL, NULL);

	ck_assert_ptr_eq(verdict(forge_token("fedcba9876543210"
	    "FEDCBA9876543210", body, mem)), &E_INVALID_TOKEN);
	ck_assert_ptr_eq(verdict(forge_token("", body, mem)),
	    &E_INVALID_TOKEN);
}
END_TEST

START_TEST(test_missing_claims)
{
	static const char *const names[] = { "iss", "aud", "sub", "role",
	    "jti", "iat", "nbf", "exp", "use" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		claim_refused(names[i], NULL);
		claim_refused(names[i], "null");
		claim_refused(names[i], "true");
		claim_refused(names[i], "\"\"");
		claim_refused(names[i], "\"zzz\"");
		claim_refused(names[i], "[]");
		claim_refused(names[i], "{}");
		claim_refused(names[i], "-1");
		claim_refused(names[i], "1.0");
		claim_refused(names[i], "1e3");
	}
}
END_TEST

START_TEST(test_time_types)
{
	static const char *const names[] = { "exp", "iat", "nbf" };
	long now = (long)time(NULL);
	size_t i;

	for (i = 0; i < 3; i++) {
		claim_refused(names[i],
		    arena_printf(mem, "\"%ld\"", now));
		claim_refused(names[i], arena_printf(mem, "%ld.0", now));
		claim_refused(names[i], arena_printf(mem, "%ld.5e0", now));
		claim_refused(names[i], arena_printf(mem, "[%ld]", now));
		claim_refused(names[i], arena_printf(mem, "-%ld", now));
		claim_refused(names[i], "9000000000000000000");
		claim_refused(names[i], "99999999999999999999");
	}
	claim_refused("exp", "0");
	claim_refused("exp", "9e18");
	claim_refused("exp", arena_printf(mem, "%ld", now + 10000));
}
END_TEST

static const char *
forge_times(long iat, long nbf, long exp)
{
	return forge(arena_printf(mem, "{\"iss\":\"shop\",\"aud\":\"api\","
	    "\"sub\":\"7\",\"role\":\"admin\",\"use\":\"access\","
	    "\"jti\":\"5.0123456789abcdef0123456789abcdef\","
	    "\"iat\":%ld,\"nbf\":%ld,\"exp\":%ld}", iat, nbf, exp));
}

/* One of the times so far from now, with the clock standing still. */
static const struct err_kind *
at(const char *name, long offset)
{
	const struct err_kind *kind;
	long now, then;

	do {
		now = (long)time(NULL);
		then = now + offset;
		if (strcmp(name, "exp") == 0)
			kind = verdict(forge_times(now - 60, now - 60, then));
		else if (strcmp(name, "nbf") == 0)
			kind = verdict(forge_times(now, then, now + 300));
		else
			kind = verdict(forge_times(then, now, now + 300));
	} while (time(NULL) != now);
	return kind;
}

START_TEST(test_leeway)
{
	ck_assert_ptr_null(at("exp", 1));
	ck_assert_ptr_null(at("exp", 0));
	ck_assert_ptr_null(at("exp", -4));
	ck_assert_ptr_eq(at("exp", -5), &E_TOKEN_EXPIRED);
	ck_assert_ptr_eq(at("exp", -30), &E_TOKEN_EXPIRED);
	ck_assert_ptr_null(at("nbf", 5));
	ck_assert_ptr_eq(at("nbf", 6), &E_INVALID_TOKEN);
	ck_assert_ptr_eq(at("nbf", 60), &E_INVALID_TOKEN);
	ck_assert_ptr_null(at("iat", 5));
	ck_assert_ptr_eq(at("iat", 6), &E_INVALID_TOKEN);
	ck_assert_ptr_eq(at("iat", 61), &E_INVALID_TOKEN);
}
END_TEST

START_TEST(test_wrong_claims)
{
	claim_refused("iss", "\"shop2\"");
	claim_refused("iss", "\"Shop\"");
	claim_refused("aud", "\"web\"");
	claim_refused("aud", "[\"web\"]");
	claim_refused("aud", "[\"api\"]");
	claim_refused("use", "\"verify-email\"");
	claim_refused("use", "\"reset\"");
	claim_refused("use", "\"ACCESS\"");
	claim_refused("role", "\"root\"");
	claim_refused("role", "[\"admin\"]");
	claim_refused("sub", "7");
	claim_refused("sub", "\"0\"");
	claim_refused("sub", "\"-7\"");
	claim_refused("sub", "\"+7\"");
	claim_refused("sub", "\"07\"");
	claim_refused("sub", "\" 7\"");
	claim_refused("sub", "\"7 \"");
	claim_refused("sub", "\"7.0\"");
	claim_refused("sub", "\"9223372036854775808\"");
	claim_refused("jti", "\"0123456789abcdef0123456789abcdef\"");
	claim_refused("jti", "\"5.\"");
	claim_refused("jti", "\"5.0123456789abcdef0123456789abcde\"");
	claim_refused("jti", "\"5.0123456789abcdef0123456789abcdef0\"");
	claim_refused("jti", "\"5.0123456789ABCDEF0123456789ABCDEF\"");
	claim_refused("jti", "\"0.0123456789abcdef0123456789abcdef\"");
	claim_refused("jti", "\"99999999999999999999."
	    "0123456789abcdef0123456789abcdef\"");
}
END_TEST

START_TEST(test_signed_rubbish)
{
	static const char *const bodies[] = { "", "{}", "[]", "7", "null",
	    "\"x\"", "{", "{\"exp\":", "\xff\xfe" };
	char nul[512];
	size_t i;

	for (i = 0; i < sizeof(bodies) / sizeof(*bodies); i++)
		ck_assert_ptr_eq(verdict(forge(bodies[i])), &E_INVALID_TOKEN);
	memcpy(nul, "{\"iss\":\"shop\0\"}", 15);
	ck_assert_ptr_eq(verdict(forge_mac(EVP_sha256(), SECRET, FORGE_HEAD,
	    nul, 15, mem)), &E_INVALID_TOKEN);
	memset(nul, '[', sizeof(nul));
	ck_assert_ptr_eq(verdict(forge_mac(EVP_sha256(), SECRET, FORGE_HEAD,
	    nul, sizeof(nul), mem)), &E_INVALID_TOKEN);
}
END_TEST

START_TEST(test_lifetime_is_per_use)
{
	long now = (long)time(NULL);
	char *exp = arena_printf(mem, "%ld", now + 3600);
	const char *body = body_but("exp", exp);
	const char *use = strstr(body, "\"use\":\"access\"}");
	const char *refresh = arena_printf(mem, "%.*s\"use\":\"refresh\"}",
	    (int)(use - body), body);

	ck_assert_ptr_eq(verdict(forge(body)), &E_INVALID_TOKEN);
	ck_assert_ptr_null(verdict_as(forge(refresh), TOKEN_REFRESH));
}
END_TEST

START_TEST(test_cached_expires)
{
	long exp = (long)time(NULL) - 3;
	const char *text = forge_times(exp - 60, exp - 60, exp);
	const struct err_kind *kind;
	bool was_valid = false;

	while ((kind = verdict(text)) == NULL) {
		was_valid = true;
		ck_assert_int_le(time(NULL), exp + 9);
		usleep(20000);
	}
	ck_assert(was_valid);
	ck_assert_ptr_eq(kind, &E_TOKEN_EXPIRED);
}
END_TEST

SUITE(token)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_round_trip);
	tcase_add_test(tc, test_forged_control);
	tcase_add_test(tc, test_alg_none);
	tcase_add_test(tc, test_other_algorithms);
	tcase_add_test(tc, test_headers);
	tcase_add_test(tc, test_damaged);
	tcase_add_test(tc, test_segments);
	tcase_add_test(tc, test_length);
	tcase_add_test(tc, test_wrong_secret);
	tcase_add_test(tc, test_missing_claims);
	tcase_add_test(tc, test_time_types);
	tcase_add_test(tc, test_leeway);
	tcase_add_test(tc, test_wrong_claims);
	tcase_add_test(tc, test_signed_rubbish);
	tcase_add_test(tc, test_lifetime_is_per_use);
	tcase_add_test(tc, test_cached_expires);
}
