/* SPDX-License-Identifier: MIT */
#include "app/config.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "lib/conf.h"
#include "lib/json.h"
#include "lib/log.h"

struct config config;

#define TEXT(name, member, def, doc) \
	{ name, CONF_TEXT, offsetof(struct config, member), def, 0, 4096, doc }
#define SECRET(name, member, doc) \
	{ name, CONF_SECRET, offsetof(struct config, member), 0, 0, 4096, doc }
#define INT(name, member, def, min, max, doc) \
	{ name, CONF_INT, offsetof(struct config, member), def, min, max, doc }
#define BOOL(name, member, def, doc) \
	{ name, CONF_BOOL, offsetof(struct config, member), def, 0, 1, doc }

static const struct conf_item items[] = {
	TEXT("DATABASE_URL", database_url, "postgresql:///shopd",
	    "libpq URI, role shopd"),
	TEXT("DATABASE_OWNER_URL", database_owner_url, 0,
	    "libpq URI of the schema's owner, for migrate"),
	TEXT("MIGRATIONS_DIR", migrations_dir, 0, "where the SQL files are"),
	SECRET("JWT_SECRET", jwt_secret, "signs tokens; 32 bytes or more"),
	SECRET("JWT_SECRET_OLD", jwt_secret_old,
	    "still verified, during a rotation"),
	TEXT("JWT_ALG", jwt_alg, "HS256", "HS256, RS256 or ES256"),
	TEXT("JWT_KEY_FILE", jwt_key_file, 0, "private key, PEM"),
	TEXT("JWT_ISSUER", jwt_issuer, "shopd", "claim iss"),
	TEXT("JWT_AUDIENCE", jwt_audience, "shopd", "claim aud"),
	INT("ACCESS_TTL", access_ttl_s, "900", 10, 86400,
	    "seconds an access token lives"),
	INT("REFRESH_TTL", refresh_ttl_s, "2592000", 60, 31536000,
	    "seconds a refresh token lives"),
	TEXT("SHOP_NAME", shop_name, "shopd", "in mails and on pages"),
	TEXT("PUBLIC_URL", public_url, "http://127.0.0.1:8080",
	    "where clients reach the shop"),
	TEXT("CURRENCY", currency, "USD", "ISO 4217"),
	TEXT("CORS_ORIGINS", cors_origins, 0,
	    "origins allowed by CORS, comma separated; nginx reads it too"),
	INT("ORDER_TTL_MINUTES", order_ttl_minutes, "60", 1, 43200,
	    "an unpaid order holds its stock as long"),
	INT("SHIPPING_CENTS", shipping_cents, "0", 0, 1000000000,
	    "flat shipping per order"),
	INT("FREE_SHIPPING_FROM_CENTS", free_shipping_from_cents, "0", 0,
	    1000000000000, "no shipping from this subtotal; 0: never"),
	INT("TAX_BASIS_POINTS", tax_basis_points, "0", 0, 10000,
	    "tax on the subtotal, 1900 is 19 %"),
	INT("LOW_STOCK", low_stock, "10", 1, 1000000,
	    "a low-stock alert is mailed at this many"),
	INT("WORKERS", workers, "0", 0, 256,
	    "workers that read; 0: one more than processors"),
	INT("WRITE_WORKERS", write_workers, "0", 0, 256,
	    "workers that write; 0: two more than processors"),
	INT("AUTH_WORKERS", auth_workers, "0", 0, 64,
	    "workers that hash passwords; 0: one for two processors"),
	INT("PAY_WORKERS", pay_workers, "0", 0, 256,
	    "workers that ask the payment provider; 0: 8"),
	INT("HISTORY_DAYS", history_days, "3650", 0, 36500,
	    "how long the ledger and the audit log reach back, at least 30; "
	    "0: for ever"),
	INT("MAX_REQUESTS", max_requests, "50000", 10000, 100000000,
	    "a worker leaves after so many, +-10 %"),
	INT("REQUEST_TIMEOUT_MS", request_timeout_ms, "5000", 500, 5000,
	    "deadline of a request, its wait for a worker included, 5000 at "
	    "most: nginx gives up soon after"),
	INT("DRAIN_SECONDS", drain_s, "10", 1, 600,
	    "how long TERM waits for running requests"),
	INT("PASSWORD_COST", password_cost, "5", 1, 11, "yescrypt cost"),
	TEXT("MAIL_URL", mail_url, 0,
	    "smtp://host:port or smtps://...; unset: files in MAIL_DIR"),
	TEXT("MAIL_FROM", mail_from, "shop@localhost", "sender address"),
	TEXT("MAIL_DIR", mail_dir, "var/mail", "where .eml files go"),
	TEXT("MAIL_USER", mail_user, 0, "SMTP user"),
	SECRET("MAIL_PASSWORD", mail_password, "SMTP password"),
	TEXT("PAYMENT_PROVIDER", payment_provider, "test",
	    "test or stripe; test takes no real money"),
	SECRET("TEST_WEBHOOK_SECRET", test_webhook_secret,
	    "signs webhooks of the test provider"),
	TEXT("STRIPE_API_BASE", stripe_api_base, "https://api.stripe.com",
	    "Stripe's API"),
	SECRET("STRIPE_SECRET_KEY", stripe_secret_key, "Stripe's key"),
	SECRET("STRIPE_WEBHOOK_SECRET", stripe_webhook_secret,
	    "verifies Stripe's webhooks"),
	BOOL("WEBHOOK_INSECURE", webhook_insecure, "off",
	    "webhooks may use http and private addresses"),
	BOOL("RATE_LIMITS", rate_limits, "on",
	    "off only for tests and benchmarks"),
	TEXT("CRASH_AT", crash_at, 0,
	    "test hook: a worker ends or stops at a point"),
	TEXT("LOG_LEVEL", log_level, "info", "debug, info, warn or error"),
};
#define NITEMS (sizeof(items) / sizeof(items[0]))

#define DATABASE_FAULT "must be postgresql://user:password@host/database,"\
	" with %XX for what is neither a letter nor a digit of a password"

static bool
is_currency(const char *s)
{
	return strlen(s) == 3 &&
	    strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 3;
}

static bool
is_smtp(const char *url)
{
	return strncasecmp(url, "smtp://", 7) == 0 ||
	    strncasecmp(url, "smtps://", 8) == 0;
}

/* The hosts of a URI: no @ in them, and only digits for a port. */
static bool
are_hosts(const char *p, size_t len)
{
	const char *end = p + len;
	bool inside = false;	/* [::1] */

	for (; p < end; p++) {
		if (*p == '@')
			return false;
		if (*p == '[' || *p == ']')
			inside = *p == '[';
		if (*p != ':' || inside)
			continue;
		p += strspn(p + 1, "0123456789");
		if (p + 1 < end && p[1] != ',')
			return false;
	}
	return true;
}

/*
 * Of libpq's two notations, the URI is written as URIs are. libpq would take
 * an odd character of a password for the end of it, and tell the log what it
 * makes of the rest.
 */
static bool
is_database(const char *url)
{
	const char *p = strstr(url, "://"), *at;
	size_t len;

	if (strncmp(url, "postgresql://", 13) != 0 &&
	    strncmp(url, "postgres://", 11) != 0)
		return strchr(url, '=') != NULL;
	for (at = url; (at = strchr(at, '%')) != NULL; at++)
		if (!isxdigit((unsigned char)at[1]) ||
		    !isxdigit((unsigned char)at[2]))
			return false;
	p += 3;
	len = strcspn(p, "/?");
	at = memchr(p, '@', len);
	if (at != NULL) {
		len -= (size_t)(at + 1 - p);
		p = at + 1;
	}
	return are_hosts(p, len);
}

/* As browsers write them in Origin, which is compared letter by letter. */
static bool
are_origins(const char *list)
{
	const char *host;
	size_t n;

	for (const char *p = list + strspn(list, ", "); *p != '\0';
	    p += n, p += strspn(p, ", ")) {
		n = strcspn(p, ", ");
		host = memmem(p, n, "://", 3);
		if (host == NULL || host == p || host + 3 == p + n ||
		    memchr(host + 3, '/', (size_t)(p + n - host - 3)) != NULL)
			return false;
		for (size_t i = 0; i < n; i++)
			if (isupper((unsigned char)p[i]) || p[i] == '*')
				return false;
	}
	return true;
}

/* What the table's bounds do not say; NULL: nothing is wrong. */
static const char *
wrong(const struct config *c)
{
	if (!is_database(c->database_url))
		return "DATABASE_URL: " DATABASE_FAULT;
	if (c->database_owner_url != NULL &&
	    !is_database(c->database_owner_url))
		return "DATABASE_OWNER_URL: " DATABASE_FAULT;
	if (!is_currency(c->currency))
		return "CURRENCY: must be three capital letters";
	if (c->cors_origins != NULL && !are_origins(c->cors_origins))
		return "CORS_ORIGINS: each must be like https://shop.example, "
		    "in small letters, without a path or a slash at the end";
	if (c->history_days > 0 && c->history_days < 30)
		return "HISTORY_DAYS: must be 0 or at least 30";
	if (c->mail_url != NULL && !is_smtp(c->mail_url))
		return "MAIL_URL: must begin with smtp:// or smtps://";
	if (log_level(c->log_level) == LOG_NONE)
		return "LOG_LEVEL: must be debug, info, warn or error";
	return NULL;
}

int
config_load(const char **why_r)
{
	if (conf_load(items, NITEMS, &config, why_r) == -1 ||
	    (*why_r = wrong(&config)) != NULL)
		return -1;
	money_currency(config.currency);
	return 0;
}

void
config_print(struct buf *out)
{
	conf_print(items, NITEMS, &config, out);
}
