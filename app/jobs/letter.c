/* SPDX-License-Identifier: MIT */
#include "app/jobs/letter.h"

#include <stdarg.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/json.h"
#include "lib/pg.h"

#include "app/config.h"
#include "app/jobs/topic.h"

/* ---- pieces --------------------------------------------------------- */

static void
html(struct buf *out, const char *s)
{
	for (; *s != '\0'; s++)
		switch (*s) {
		case '<':
			buf_str(out, "&lt;");
			break;
		case '>':
			buf_str(out, "&gt;");
			break;
		case '&':
			buf_str(out, "&amp;");
			break;
		case '"':
			buf_str(out, "&quot;");
			break;
		case '\n':
			buf_str(out, "<br>\n");
			break;
		default:
			buf_chr(out, *s);
		}
}

/* A paragraph. */
static void __attribute__((format(printf, 2, 3)))
say(struct letter *l, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = arena_vprintf(l->mem, fmt, ap);
	va_end(ap);
	buf_printf(&l->text, "%s\n\n", s);
	buf_str(&l->html, "<p>");
	html(&l->html, s);
	buf_str(&l->html, "</p>\n");
}

/* Something to copy, on a line of its own. */
static void
show(struct letter *l, const char *s)
{
	buf_printf(&l->text, "    %s\n\n", s);
	buf_str(&l->html, "<p><code>");
	html(&l->html, s);
	buf_str(&l->html, "</code></p>\n");
}

static void
row(struct letter *l, const char *label, const char *value)
{
	buf_printf(&l->text, "  %-40s %16s\n", label, value);
	buf_str(&l->html, "<tr><td>");
	html(&l->html, label);
	buf_str(&l->html, "</td><td align=\"right\">");
	html(&l->html, value);
	buf_str(&l->html, "</td></tr>\n");
}

static void
open_rows(struct letter *l)
{
	buf_str(&l->html, "<table cellpadding=\"4\">\n");
}

static void
close_rows(struct letter *l)
{
	buf_chr(&l->text, '\n');
	buf_str(&l->html, "</table>\n");
}

/* ---- values --------------------------------------------------------- */

const char *
money_text(struct arena *mem, int64_t cents, const char *currency)
{
	return arena_printf(mem, "%s %s", money_decimal(mem, cents,
	    money_decimals(currency)), currency);
}

static const char *
column(const struct letter *l, const char *name)
{
	const char *s = rows_text(l->row, l->at, name);

	return s != NULL ? s : "";
}

static const char *
amount(const struct letter *l, const char *name)
{
	return money_text(l->mem, rows_i64(l->row, l->at, name),
	    column(l, "currency"));
}

static const char *
member(const struct letter *l, const char *key)
{
	const struct json *v = json_get(l->payload, key);
	size_t len;

	return v != NULL && json_type(v) == JSON_STRING ?
	    json_string(v, &len) : "";
}

static int64_t
number(const struct json *object, const char *key)
{
	const struct json *v = json_get(object, key);
	int64_t n;

	return v != NULL && json_i64(v, &n) ? n : 0;
}

static void
greet(struct letter *l)
{
	const char *name = column(l, "first_name");

	if (*name != '\0')
		say(l, "Hello %s,", name);
	else
		say(l, "Hello,");
}

static void
subject(struct letter *l, const char *what)
{
	l->subject = *column(l, "number") == '\0' ?
	    arena_printf(l->mem, "%s: %s", config.shop_name, what) :
	    arena_printf(l->mem, "%s: order %s %s", config.shop_name,
	    column(l, "number"), what);
}

static void
order_rows(struct letter *l)
{
	const char *why, *text = column(l, "items");
	const struct json *items = json_parse(text, strlen(text), l->mem,
	    &why), *it;
	size_t len;

	open_rows(l);
	for (size_t i = 0; items != NULL && i < json_len(items); i++) {
		it = json_at(items, i);
		row(l, arena_printf(l->mem, "%lld x %s",
		    (long long)number(it, "quantity"),
		    json_string(json_get(it, "title"), &len)),
		    money_text(l->mem, number(it, "subtotal_cents"),
		    column(l, "currency")));
	}
	if (rows_i64(l->row, l->at, "discount_cents") > 0)
		row(l, "Discount", amount(l, "discount_cents"));
	if (rows_i64(l->row, l->at, "shipping_cents") > 0)
		row(l, "Shipping", amount(l, "shipping_cents"));
	if (rows_i64(l->row, l->at, "tax_cents") > 0)
		row(l, "Tax", amount(l, "tax_cents"));
	row(l, "Total", amount(l, "total_cents"));
	close_rows(l);
}

static void
ship_to(struct letter *l)
{
	say(l, "It goes to:\n%s", column(l, "ship_to"));
}

/* ---- letters -------------------------------------------------------- */

static void
welcome(struct letter *l)
{
	subject(l, "welcome");
	greet(l);
	say(l, "your account is ready: %s", config.public_url);
}

static void
verify_email(struct letter *l)
{
	subject(l, "confirm your e-mail address");
	greet(l);
	say(l, "please confirm that this e-mail address is yours, with this "
	    "code:");
	show(l, member(l, "token"));
	say(l, "If you have not asked for this, do nothing.");
}

static void
password_reset(struct letter *l)
{
	subject(l, "reset your password");
	greet(l);
	say(l, "somebody, we hope you, asked to reset the password of your "
	    "account. This code sets a new one, once, within an hour:");
	show(l, member(l, "token"));
	say(l, "If it was not you, do nothing: your password stays as it is.");
}

static void
order_created(struct letter *l)
{
	subject(l, "received");
	greet(l);
	say(l, "thank you for your order %s:", column(l, "number"));
	order_rows(l);
	ship_to(l);
	if (*column(l, "expires_at") != '\0')
		say(l, "We keep the goods for you until %s; please pay by "
		    "then.", column(l, "expires_at"));
}

static void
payment_succeeded(struct letter *l)
{
	subject(l, "paid");
	greet(l);
	say(l, "we have received your payment of %s for order %s.",
	    money_text(l->mem, number(l->payload, "amount_cents"),
	    column(l, "currency")), column(l, "number"));
	order_rows(l);
}

static void
order_shipped(struct letter *l)
{
	subject(l, "shipped");
	greet(l);
	say(l, "your order %s is on its way.", column(l, "number"));
	order_rows(l);
	ship_to(l);
}

static void
order_cancelled(struct letter *l)
{
	subject(l, "cancelled");
	greet(l);
	if (strcmp(member(l, "reason"), "expired") == 0)
		say(l, "your order %s was not paid in time and has been "
		    "cancelled.", column(l, "number"));
	else
		say(l, "your order %s has been cancelled.",
		    column(l, "number"));
	order_rows(l);
	if (rows_bool(l->row, l->at, "paid"))
		say(l, "What you have paid is paid back; another mail tells "
		    "you when.");
}

static void
refund_succeeded(struct letter *l)
{
	subject(l, "refunded");
	greet(l);
	say(l, "we have paid back %s for your order %s.",
	    money_text(l->mem, number(l->payload, "amount_cents"),
	    column(l, "currency")), column(l, "number"));
}

static void
refund_failed(struct letter *l)
{
	subject(l, "refund failed");
	say(l, "Refund %lld of %s for order %s failed: %s.",
	    (long long)number(l->payload, "refund_id"),
	    money_text(l->mem, number(l->payload, "amount_cents"),
	    column(l, "currency")), column(l, "number"),
	    member(l, "failure_code"));
	say(l, "The shop has the money still. A new refund of payment %lld "
	    "tries again.", (long long)number(l->payload, "payment_id"));
}

static void
payment_unexpected(struct letter *l)
{
	subject(l, "paid twice");
	say(l, "Payment %lld of %s for order %s had failed, as its provider "
	    "said, and another was made. Now the provider says that it "
	    "succeeded.", (long long)number(l->payload, "payment_id"),
	    money_text(l->mem, number(l->payload, "amount_cents"),
	    column(l, "currency")), column(l, "number"));
	say(l, "Pay it back with the provider, who calls it %s.",
	    member(l, "provider_ref"));
}

static void
stock_low(struct letter *l)
{
	l->subject = arena_printf(l->mem, "%s: low stock of %s",
	    config.shop_name, member(l, "sku"));
	say(l, "%s (%s, variant %lld) is nearly sold out: %lld left.",
	    member(l, "title"), member(l, "sku"),
	    (long long)number(l->payload, "variant_id"),
	    (long long)number(l->payload, "available"));
}

static void
webhook_disabled(struct letter *l)
{
	l->subject = arena_printf(l->mem, "%s: a webhook was switched off",
	    config.shop_name);
	say(l, "Webhook %lld (%s) was switched off: %s.",
	    (long long)number(l->payload, "webhook_id"), member(l, "url"),
	    member(l, "reason"));
	say(l, "What waits for it is kept, and sent after it is switched on "
	    "again. What happens until then is not sent to it.");
}

/* ---- the table ------------------------------------------------------ */

const struct topic topics[] = {
	{ "user.registered", true, TO_USER, welcome },
	{ "user.verify_email", false, TO_USER, verify_email },
	{ "user.password_reset", false, TO_USER, password_reset },
	{ "order.created", true, TO_USER, order_created },
	{ "order.confirmed", true, TO_NOBODY, NULL },
	{ "order.shipped", true, TO_USER, order_shipped },
	{ "order.delivered", true, TO_NOBODY, NULL },
	{ "order.cancelled", true, TO_USER, order_cancelled },
	{ "order.refunded", true, TO_NOBODY, NULL },
	{ "payment.succeeded", true, TO_USER, payment_succeeded },
	{ "payment.failed", true, TO_NOBODY, NULL },
	{ "refund.succeeded", true, TO_USER, refund_succeeded },
	{ "payment.unexpected", false, TO_ADMINS, payment_unexpected },
	{ "refund.failed", true, TO_ADMINS, refund_failed },
	{ "stock.low", true, TO_ADMINS, stock_low },
	{ "webhook.disabled", false, TO_ADMINS, webhook_disabled },
};
const size_t topics_n = sizeof(topics) / sizeof(topics[0]);

static const char *const public_topics[] = {
	"*", "user.registered", "order.created", "order.confirmed",
	"order.shipped", "order.delivered", "order.cancelled",
	"order.refunded", "payment.succeeded", "payment.failed",
	"refund.succeeded", "refund.failed", "stock.low", NULL
};
const struct field_kind kind_topic = {
	.values = public_topics, .message = "is no event",
	.example = "order.created",
};

const struct topic *
topic_find(const char *name)
{
	for (size_t i = 0; i < topics_n; i++)
		if (strcmp(topics[i].name, name) == 0)
			return &topics[i];
	return NULL;
}

int
letter_write(struct letter *l)
{
	const struct topic *t = topic_find(l->topic);

	if (t == NULL || t->write == NULL)
		return -1;
	buf_init(&l->text, l->mem, 1024);
	buf_init(&l->html, l->mem, 2048);
	buf_str(&l->html, "<!DOCTYPE html>\n<html><body>\n");
	t->write(l);
	buf_printf(&l->text, "-- \n%s\n%s\n", config.shop_name,
	    config.public_url);
	buf_str(&l->html, "<p>");
	html(&l->html, config.shop_name);
	buf_str(&l->html, "<br>\n");
	html(&l->html, config.public_url);
	buf_str(&l->html, "</p>\n</body></html>\n");
	return 0;
}
