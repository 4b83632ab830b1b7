/* SPDX-License-Identifier: MIT */
#include "t/fuzz/help/fuzz.h"

#include <string.h>
#include <time.h>

#include <openssl/evp.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/http.h"
#include "lib/json.h"
#include "lib/token.h"

#include "t/help/forge.h"

/*
 * Bearer tokens.  The first byte picks what the rest is: a whole token; a
 * payload or a header, signed with the right secret; or changes to a good
 * token.  Whatever is taken must be signed and must say what it should.
 */

#define SECRET	"0f1e2d3c4b5a69788796a5b4c3d2e1f00123456789"
#define TTL	(365 * 86400)

static char good[1024], payload[1024];

static void
setup(void)
{
	static const struct token_conf c = { .alg = "HS256",
	    .secret = SECRET, .issuer = "shopd", .audience = "shopd",
	    .access_ttl = TTL, .refresh_ttl = TTL };
	struct token t = { .sub = 7, .session = 9, .use = TOKEN_ACCESS };
	const char *why, *dot;
	struct arena *mem = fuzz_arena();
	size_t len;

	must(token_init(&c, &why) == 0);
	strncpy(good, token_sign(&t, mem), sizeof(good) - 1);
	dot = strchr(good, '.') + 1;
	strncpy(payload, b64url_decode(mem, arena_strndup(mem, dot,
	    strcspn(dot, ".")), &len), sizeof(payload) - 1);
	arena_free(mem);
}

/* The signature as we compute it. */
static bool
is_signed(const char *text, struct arena *mem)
{
	const char *dot = strrchr(text, '.');
	unsigned char mac[32];
	struct buf b;

	if (dot == NULL)
		return false;
	hmac_sha256(SECRET, strlen(SECRET), text, (size_t)(dot - text), mac);
	buf_init(&b, mem, 64);
	b64url_encode(&b, mac, sizeof(mac));
	return strcmp(b.data, dot + 1) == 0;
}

static bool
says(const struct json *j, const char *name, const char *want)
{
	const struct json *v = json_get(j, name);

	return v != NULL && json_type(v) == JSON_STRING &&
	    strcmp(json_string(v, NULL), want) == 0;
}

/* What the payload says is what was read, and it is in order. */
static void
claims(const char *text, const struct token *t, struct arena *mem)
{
	const char *dot = strchr(text, '.') + 1, *why;
	size_t len;
	const char *body = b64url_decode(mem, arena_strndup(mem, dot,
	    strcspn(dot, ".")), &len);
	const struct json *j;
	int64_t now = time(NULL), exp;

	if (body == NULL || strlen(body) != len ||
	    (j = json_parse(body, len, mem, &why)) == NULL)
		return;
	must(says(j, "iss", "shopd") && says(j, "aud", "shopd"));
	must(says(j, "use", "access"));
	must(says(j, "role", t->admin ? "admin" : "customer"));
	must(says(j, "jti", t->jti));
	must(says(j, "sub", arena_printf(mem, "%lld", (long long)t->sub)));
	must(json_i64(json_get(j, "exp"), &exp) && exp == t->exp);
	must(t->sub > 0 && t->session > 0);
	must(t->exp > now - 5 && t->nbf <= now + 5 && t->iat <= now + 5);
	must(t->exp - t->iat <= TTL);
}

/* Changes as pairs of bytes: where and to what. */
static const char *
changed(const uint8_t *data, size_t size, struct arena *mem)
{
	char *s = arena_strdup(mem, good);
	size_t len = strlen(s);

	for (; size >= 2; data += 2, size -= 2)
		s[(data[0] * 2u + (data[1] >> 7)) % len] =
		    (char)(data[1] & 0x7f);
	return s;
}

static const char *
make(uint8_t mode, const uint8_t *data, size_t size, struct arena *mem)
{
	switch (mode % 4) {
	case 0:
		return fuzz_text(data, size, mem);
	case 1:
		return forge_mac(EVP_sha256(), SECRET, FORGE_HEAD, data, size,
		    mem);
	case 2:
		return forge_mac(EVP_sha256(), SECRET, fuzz_text(data, size,
		    mem), payload, strlen(payload), mem);
	default:
		return changed(data, size, mem);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *mem;
	struct token t;
	struct err e;
	const char *text;

	if (good[0] == '\0')
		setup();
	if (size == 0)
		return 0;
	mem = fuzz_arena();
	err_init(&e, mem);
	text = make(data[0], data + 1, size - 1, mem);
	if (token_verify(text, TOKEN_ACCESS, mem, &e, &t) == 0) {
		must(is_signed(text, mem));
		must(strncmp(text, good, strcspn(good, ".") + 1) == 0);
		must(data[0] % 4 != 3 || strcmp(text, good) == 0);
		claims(text, &t, mem);
	} else {
		must(e.kind->status == 401 && t.sub == 0);
		must(data[0] % 4 != 3 || strcmp(text, good) != 0);
	}
	arena_free(mem);
	return 0;
}
