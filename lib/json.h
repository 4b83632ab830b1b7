/* SPDX-License-Identifier: MIT */
#ifndef LIB_JSON_H
#define LIB_JSON_H

/*
 * Strict JSON (RFC 8259, RFC 8785's idea of valid): the only file that
 * includes json-c.  json-c accepts much that is not JSON (NaN, single
 * quotes, duplicate keys, truncated keys, bad UTF-8) and saturates big
 * integers, so a pre-pass of our own decides what is JSON, and numbers are
 * kept as text.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

enum json_type {
	JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT
};

struct json;	/* a value inside an arena */

/*
 * Parse a whole text.  NULL and *why_r (a static string) on: invalid UTF-8
 * (overlong forms and surrogates too), control characters, \u0000, lone
 * surrogate escapes, duplicate keys, nesting over 16 brackets, NaN,
 * trailing bytes and everything else that is not RFC 8259.
 */
struct json *json_parse(const char *text, size_t len, struct arena *mem,
    const char **why_r);

enum json_type json_type(const struct json *j);
bool json_bool(const struct json *j);

/* The number as it was written. */
const char *json_number(const struct json *j);

/* An integer without sign tricks, fraction or exponent, inside 64 bits. */
bool json_i64(const struct json *j, int64_t *n_r);

/* The string's bytes, NUL-terminated (no NUL inside). */
const char *json_string(const struct json *j, size_t *len_r);

size_t json_len(const struct json *j);		/* array or object */
const struct json *json_at(const struct json *j, size_t i);
const char *json_key(const struct json *j, size_t i);
const struct json *json_get(const struct json *j, const char *key);

/* Has it a number that the database could not hold, or that would grow
 * there? */
bool json_has_wild_number(const struct json *j);

/* The text of the value, minimal, in the arena. */
const char *json_text(const struct json *j, struct arena *mem);

/* Valid UTF-8 without NUL (RFC 3629). */
bool utf8_valid(const char *s, size_t len);
size_t utf8_chars(const char *s);		/* characters of valid UTF-8 */

/* Decimals of a currency as ISO 4217 has them: 0 for JPY, 3 for KWD, mostly
 * 2.  NULL: the shop's. */
int money_decimals(const char *currency);

/* The shop's currency, before anything is read; at first one of 2
 * decimals. */
void money_currency(const char *currency);

/*
 * Money: "29.99" to 2999, exactly and without a double.  Takes digits, and a
 * point followed by digits; no sign except '-', no exponent; more decimals
 * than the shop's currency has are refused (also trailing zeros beyond
 * them); magnitude <= INT64_MAX minor units.
 */
bool money_parse(const char *s, int64_t *minor_r);

/* The other way round. */
const char *money_decimal(struct arena *mem, int64_t minor, int decimals);

/* Decimal integer of the whole string, inside 64 bits. */
bool i64_parse(const char *s, int64_t *n_r);

#endif
