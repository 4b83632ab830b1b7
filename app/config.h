/* SPDX-License-Identifier: MIT */
#ifndef APP_CONFIG_H
#define APP_CONFIG_H

/* The settings of the service; app/config.c has the table that reads them
 * from the environment, with defaults and bounds. */

#include <stdbool.h>
#include <stdint.h>

struct buf;

struct config {
	const char *database_url, *database_owner_url, *migrations_dir;
	const char *jwt_secret, *jwt_secret_old, *jwt_alg, *jwt_key_file,
	    *jwt_issuer, *jwt_audience;
	int64_t access_ttl_s, refresh_ttl_s;
	const char *shop_name, *public_url, *currency, *cors_origins;
	int64_t order_ttl_minutes;
	int64_t shipping_cents, free_shipping_from_cents, tax_basis_points;
	int64_t low_stock, history_days;
	int64_t workers, write_workers, auth_workers, pay_workers,
	    max_requests, request_timeout_ms, drain_s;
	int64_t password_cost;
	const char *mail_url, *mail_from, *mail_dir, *mail_user,
	    *mail_password;
	const char *payment_provider, *test_webhook_secret, *stripe_api_base,
	    *stripe_secret_key, *stripe_webhook_secret;
	bool webhook_insecure;	/* http and private addresses allowed */
	bool rate_limits;
	const char *crash_at;	/* test hook, see app/crash.h */
	const char *log_level;
};

extern struct config config;

/* Read the environment; -1 and a message in *why_r. */
int config_load(const char **why_r);
/* `shopd config`: the effective values, secrets masked. */
void config_print(struct buf *out);

#endif
