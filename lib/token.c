/* SPDX-License-Identifier: MIT */
#include "lib/token.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jwt.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/random.h"
#include "lib/token_cache.h"
#include "lib/token_key.h"

#define TOKEN_MAX 1024
#define LEEWAY 5
#define YEAR_9999 INT64_C(253402300799)

/* What libjwt 1.10 writes as the first segment: {"alg":"…","typ":"JWT"}. */
static const struct alg {
	const char *name;
	jwt_alg_t jwt;
	const char *head;
} algs[] = {
	[TOKEN_HS256] = { "HS256", JWT_ALG_HS256,
	    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9." },
	[TOKEN_RS256] = { "RS256", JWT_ALG_RS256,
	    "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9." },
	[TOKEN_ES256] = { "ES256", JWT_ALG_ES256,
	    "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9." },
};

static struct {
	const struct alg *alg;
	struct token_key key, old;
	char *issuer, *audience;
	int ttl[2];		/* by enum token_use */
} conf;

static const char *const use_names[] = {
	[TOKEN_ACCESS] = "access", [TOKEN_REFRESH] = "refresh"
};

static const struct alg *
alg_by_name(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(algs) / sizeof(*algs); i++)
		if (name != NULL && strcmp(algs[i].name, name) == 0)
			return &algs[i];
	return NULL;
}

static void
forget(void)
{
	token_key_clear(&conf.key);
	token_key_clear(&conf.old);
	free(conf.issuer);
	free(conf.audience);
	memset(&conf, 0, sizeof(conf));
	token_cache_init();
}

static int
load_keys(const struct token_conf *c, const char **why_r)
{
	enum token_alg alg = (enum token_alg)(conf.alg - algs);

	if (alg != TOKEN_HS256)
		return token_key_file(&conf.key, alg, c->key_file, why_r);
	if (token_key_secret(&conf.key, c->secret, why_r) != 0)
		return -1;
	if (c->old_secret == NULL || *c->old_secret == '\0')
		return 0;
	return token_key_secret(&conf.old, c->old_secret, why_r);
}

/*
 * One token there and back.  A library that emits another header, or a key
 * or a name so long that its tokens are refused, stops the start.
 */
static const char *
try_once(void)
{
	struct arena *mem = arena_new(1 << 16);
	struct token t = { .sub = 999999999999, .session = 999999999999,
	    .use = TOKEN_REFRESH }, back;
	const char *text = token_sign(&t, mem), *why = NULL;
	struct err e;

	err_init(&e, mem);
	if (text == NULL)
		why = "libjwt cannot sign a token";
	else if (strncmp(text, conf.alg->head, strlen(conf.alg->head)) != 0)
		why = "libjwt writes another header than expected";
	else if (strlen(text) > TOKEN_MAX)
		why = "the tokens of this key, issuer and audience are longer "
		    "than 1,024 bytes";
	else if (token_verify(text, TOKEN_REFRESH, mem, &e, &back) != 0)
		why = "a token just signed is not valid";
	arena_free(mem);
	return why;
}

static int
load(const struct token_conf *c, const char **why_r)
{
	conf.alg = alg_by_name(c->alg);
	if (conf.alg == NULL) {
		*why_r = "the token algorithm must be HS256, RS256 or ES256";
		return -1;
	}
	if (load_keys(c, why_r) != 0)
		return -1;
	conf.ttl[TOKEN_ACCESS] = c->access_ttl;
	conf.ttl[TOKEN_REFRESH] = c->refresh_ttl;
	if (c->access_ttl <= 0 || c->refresh_ttl <= 0) {
		*why_r = "the lifetimes of tokens must be positive";
		return -1;
	}
	if (c->issuer == NULL || *c->issuer == '\0' || c->audience == NULL ||
	    *c->audience == '\0') {
		*why_r = "tokens need an issuer and an audience";
		return -1;
	}
	conf.issuer = strdup(c->issuer);
	conf.audience = strdup(c->audience);
	if (conf.issuer == NULL || conf.audience == NULL)
		*why_r = "no memory";
	else
		*why_r = try_once();
	return *why_r == NULL ? 0 : -1;
}

int
token_init(const struct token_conf *c, const char **why_r)
{
	forget();
	if (load(c, why_r) == 0)
		return 0;
	forget();
	return -1;
}

static void
free_jwt(void *jwt)
{
	jwt_free(jwt);
}

static bool
add_claims(jwt_t *jwt, const struct token *t, struct arena *mem)
{
	return jwt_add_grant(jwt, "iss", conf.issuer) == 0 &&
	    jwt_add_grant(jwt, "aud", conf.audience) == 0 &&
	    jwt_add_grant(jwt, "sub",
	    arena_printf(mem, "%lld", (long long)t->sub)) == 0 &&
	    jwt_add_grant(jwt, "jti", t->jti) == 0 &&
	    jwt_add_grant_int(jwt, "iat", (long)t->iat) == 0 &&
	    jwt_add_grant_int(jwt, "nbf", (long)t->nbf) == 0 &&
	    jwt_add_grant_int(jwt, "exp", (long)t->exp) == 0 &&
	    jwt_add_grant(jwt, "role", t->admin ? "admin" : "customer") == 0 &&
	    jwt_add_grant(jwt, "use", use_names[t->use]) == 0;
}

const char *
token_sign(struct token *t, struct arena *mem)
{
	char *text, *copy;
	jwt_t *jwt;

	t->iat = t->nbf = time(NULL);
	t->exp = t->iat + conf.ttl[t->use];
	t->jti = arena_printf(mem, "%lld.%s", (long long)t->session,
	    random_hex(16, mem));
	if (jwt_new(&jwt) != 0)
		return NULL;
	arena_defer(mem, free_jwt, jwt);
	if (!add_claims(jwt, t, mem) || jwt_set_alg(jwt, conf.alg->jwt,
	    conf.key.sign, conf.key.sign_len) != 0)
		return NULL;
	text = jwt_encode_str(jwt);
	if (text == NULL)
		return NULL;
	copy = arena_strdup(mem, text);
	free(text);
	return copy;
}

void
token_mac(const void *data, size_t len, unsigned char out[32])
{
	hmac_sha256(conf.key.sign, (size_t)conf.key.sign_len, data, len, out);
}

/* A positive decimal number without leading zeros, up to the end or to
 * stop; returns where it ended, or NULL. */
static const char *
decimal(const char *s, char stop, int64_t *n_r)
{
	int64_t n = 0;

	if (*s < '1' || *s > '9')
		return NULL;
	for (; *s >= '0' && *s <= '9'; s++)
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, *s - '0', &n))
			return NULL;
	*n_r = n;
	return *s == stop ? s : NULL;
}

/* libjwt's own getter turns "5" and 5.9 into numbers; the claim's JSON text
 * shows its type. */
static bool
claim_time(jwt_t *jwt, const char *name, int64_t *n_r)
{
	char *text = jwt_get_grants_json(jwt, name);
	bool ok;

	ok = text != NULL && decimal(text, '\0', n_r) != NULL &&
	    *n_r <= YEAR_9999;
	free(text);
	return ok;
}

/* jwt_get_grant() gives strings only: an array of audiences is refused. */
static bool
claim_is(jwt_t *jwt, const char *name, const char *want)
{
	const char *value = jwt_get_grant(jwt, name);

	return value != NULL && strcmp(value, want) == 0;
}

static bool
claim_jti(jwt_t *jwt, struct arena *mem, struct token *t)
{
	const char *jti = jwt_get_grant(jwt, "jti");
	const char *dot = jti != NULL ? decimal(jti, '.', &t->session) : NULL;

	if (dot == NULL || strlen(dot + 1) != 32 ||
	    strspn(dot + 1, "0123456789abcdef") != 32)
		return false;
	t->jti = arena_strdup(mem, jti);
	return true;
}

static bool
claim_times(jwt_t *jwt, struct token *t)
{
	return claim_time(jwt, "iat", &t->iat) &&
	    claim_time(jwt, "nbf", &t->nbf) &&
	    claim_time(jwt, "exp", &t->exp) &&
	    t->exp - t->iat <= conf.ttl[t->use];
}

static bool
claim_use(jwt_t *jwt, struct token *t)
{
	t->use = claim_is(jwt, "use", "refresh") ? TOKEN_REFRESH : TOKEN_ACCESS;
	return claim_is(jwt, "use", use_names[t->use]);
}

static bool
claims(jwt_t *jwt, struct arena *mem, struct token *t)
{
	const char *sub = jwt_get_grant(jwt, "sub");

	t->admin = claim_is(jwt, "role", "admin");
	return jwt_get_alg(jwt) == conf.alg->jwt &&
	    claim_is(jwt, "iss", conf.issuer) &&
	    claim_is(jwt, "aud", conf.audience) && claim_use(jwt, t) &&
	    sub != NULL && decimal(sub, '\0', &t->sub) != NULL &&
	    (t->admin || claim_is(jwt, "role", "customer")) &&
	    claim_times(jwt, t) && claim_jti(jwt, mem, t);
}

/* Our header, three parts of base64url, none empty: libjwt takes more.
 * Returns the dot before the signature. */
static const char *
shape(const char *text, size_t len)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789-_";
	size_t head = strlen(conf.alg->head), payload, sig;

	if (len > TOKEN_MAX || strncmp(text, conf.alg->head, head) != 0)
		return NULL;
	payload = strspn(text + head, alphabet);
	if (payload == 0 || text[head + payload] != '.')
		return NULL;
	sig = strspn(text + head + payload + 1, alphabet);
	if (sig == 0 || head + payload + 1 + sig != len)
		return NULL;
	return text + head + payload;
}

static const struct token_key *
signer(const char *text, const char *dot)
{
	size_t len = (size_t)(dot - text);

	if (token_key_signed(&conf.key, text, len, dot + 1))
		return &conf.key;
	if (conf.old.check != NULL &&
	    token_key_signed(&conf.old, text, len, dot + 1))
		return &conf.old;
	return NULL;
}

static bool
read_token(const char *text, size_t len, struct arena *mem, struct token *t)
{
	const char *dot = shape(text, len);
	const struct token_key *key = dot != NULL ? signer(text, dot) : NULL;
	jwt_t *jwt;
	bool ok;

	if (key == NULL ||
	    jwt_decode(&jwt, text, key->check, key->check_len) != 0)
		return false;
	ok = claims(jwt, mem, t);
	jwt_free(jwt);
	return ok;
}

static bool
early(const struct token *t, int64_t now)
{
	return t->nbf > now + LEEWAY || t->iat > now + LEEWAY;
}

static int
refuse(struct err *e, const struct err_kind *kind, const char *detail,
    struct token *t_r)
{
	*t_r = (struct token){ 0 };
	return err_set(e, kind, ERR_HERE, "%s", detail);
}

int
token_verify(const char *text, enum token_use use, struct arena *mem,
    struct err *e, struct token *t_r)
{
	static const char bad[] = "The token is not valid.";
	size_t len = strnlen(text, TOKEN_MAX + 1);
	int64_t now = time(NULL);

	if (conf.alg == NULL || len < 4)
		return refuse(e, &E_INVALID_TOKEN, bad, t_r);
	if (!token_cache_get(text, len, mem, t_r)) {
		if (!read_token(text, len, mem, t_r))
			return refuse(e, &E_INVALID_TOKEN, bad, t_r);
		token_cache_put(text, len, t_r);
	}
	if (t_r->use != use || early(t_r, now))
		return refuse(e, &E_INVALID_TOKEN, bad, t_r);
	if (now >= t_r->exp + LEEWAY)
		return refuse(e, &E_TOKEN_EXPIRED, "The token has expired.",
		    t_r);
	return 0;
}
