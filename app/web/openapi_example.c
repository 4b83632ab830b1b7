/* SPDX-License-Identifier: MIT */
#include "app/web/openapi.h"

#include <string.h>

#include "lib/json.h"

#include "app/shapes.h"

#define DEPTH_MAX 3

/* Examples by the name of a member, so that they look alike all over. */
static const struct { const char *name, *json; } examples[] = {
	{ "access_token", "\"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.x\"" },
	{ "action", "\"product.update\"" },
	{ "amount_cents", "5998" },
	{ "city", "\"Springfield\"" },
	{ "code", "\"insufficient_stock\"" },
	{ "comment", "\"Fits well\"" },
	{ "country", "\"US\"" },
	{ "currency", "\"USD\"" },
	{ "current_password", "\"correct-horse-alice\"" },
	{ "date", "\"2026-11-24\"" },
	{ "description", "\"Cool in summer\"" },
	{ "docs", "\"/docs\"" },
	{ "email", "\"alice@example.com\"" },
	{ "expires_in", "900" },
	{ "first_name", "\"Alice\"" },
	{ "from", "\"2026-10-26\"" },
	{ "ip", "\"203.0.113.7\"" },
	{ "last_name", "\"Archer\"" },
	{ "line1", "\"1 Main Street\"" },
	{ "message", "\"A complete shop backend\"" },
	{ "name", "\"Alice Archer\"" },
	{ "new_password", "\"battery-staple-alice\"" },
	{ "number", "\"SO-100001\"" },
	{ "openapi", "\"/openapi.json\"" },
	{ "password", "\"correct-horse-alice\"" },
	{ "phone", "\"+1 555 0100\"" },
	{ "postal_code", "\"62701\"" },
	{ "price_cents", "2999" },
	{ "provider", "\"test\"" },
	{ "q", "\"shirt\"" },
	{ "quantity", "2" },
	{ "rating", "5" },
	{ "reason", "\"customer asked\"" },
	{ "refresh_token", "\"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.y\"" },
	{ "region", "\"IL\"" },
	{ "request_id", "\"8f14e45fceea167a8f14e45fceea167a\"" },
	{ "role", "\"customer\"" },
	{ "shipping_country", "\"US\"" },
	{ "sku", "\"SHIRT-S\"" },
	{ "slug", "\"linen-shirt\"" },
	{ "state", "\"IL\"" },
	{ "stock", "100" },
	{ "subtotal_cents", "5998" },
	{ "target_type", "\"product\"" },
	{ "title", "\"Linen shirt\"" },
	{ "to", "\"2026-11-24\"" },
	{ "token", "\"tok_visa\"" },
	{ "token_type", "\"Bearer\"" },
	{ "total_cents", "5998" },
	{ "unit_price_cents", "2999" },
	{ "url", "\"https://shop.example/hook\"" },
	{ "username", "\"alice\"" },
	{ "version", "\"0.1.0\"" },
};

static const char *
example_of(const char *name)
{
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
		if (strcmp(examples[i].name, name) == 0)
			return examples[i].json;
	return NULL;
}

/* The same, if it is of the type: a string or not. */
static const char *
fitting(const char *name, bool string)
{
	const char *ex = example_of(name);

	return ex != NULL && (*ex == '"') == string ? ex : NULL;
}

/* ---- what comes out ------------------------------------------------------ */

static const char *
scalar(enum prop_type t, const char *name)
{
	static const char *const plain[] = {
		[PROP_INT] = "1", [PROP_BOOL] = "true", [PROP_NUMBER] = "4.5",
		[PROP_STRING] = "\"text\"",
		[PROP_TIME] = "\"2026-11-24T12:00:00Z\"",
		[PROP_DATE] = "\"2026-11-24\"",
		[PROP_UUID] = "\"6f1c2e0a-5d3b-4c7e-9a8f-0b1c2d3e4f50\"",
		[PROP_EMAIL] = "\"alice@example.com\"",
		[PROP_URL] = "\"https://shop.example/shirt.webp\"",
		[PROP_OBJECT] = "{}", [PROP_ANY] = "null",
	};
	const char *ex = NULL;

	if (t == PROP_INT || t == PROP_STRING)
		ex = fitting(name, t == PROP_STRING);
	return ex != NULL ? ex : plain[t];
}

static void
type_example(struct buf *out, const char *name, const char *type, int depth)
{
	char inner[192];
	enum prop_type t = shape_type(type, inner);

	if (t == PROP_LIST) {
		buf_chr(out, '[');
		if (depth < DEPTH_MAX)
			type_example(out, name, inner, depth + 1);
		buf_chr(out, ']');
	} else if (t == PROP_SHAPE || t == PROP_EITHER)
		openapi_shape_example(out, shape_named(inner), depth + 1);
	else if (t == PROP_ENUM)
		buf_json_strn(out, inner, strcspn(inner, "|"));
	else
		buf_str(out, scalar(t, name));
}

void
openapi_shape_example(struct buf *out, const struct shape *s, int depth)
{
	struct prop p;

	buf_chr(out, '{');
	for (const char *const *q = s->props; *q != NULL; q++) {
		shape_prop(*q, &p);
		if (p.admin)
			continue;
		buf_json_key(out, p.name);
		if (depth > DEPTH_MAX && p.null)
			buf_str(out, "null");
		else
			type_example(out, p.name, p.type, depth);
	}
	buf_chr(out, '}');
}

/* ---- what goes in -------------------------------------------------------- */

static void
text_example(struct buf *out, const struct field *f)
{
	const struct field_kind *k = f->kind;
	const char *ex = fitting(f->name, true);

	if (f->example != NULL)
		buf_json_str(out, f->example);
	else if (k != NULL && k->values != NULL)
		buf_json_str(out, k->values[0]);
	else if (ex != NULL)
		buf_str(out, ex);
	else
		buf_json_str(out, k != NULL && k->example != NULL ?
		    k->example : "text");
}

/* The row's own example is JSON here. */
static void
texts_example(struct buf *out, const struct field *f)
{
	struct field one = *f;

	if (f->example != NULL) {
		buf_str(out, f->example);
		return;
	}
	one.name = "";
	buf_chr(out, '[');
	text_example(out, &one);
	buf_chr(out, ']');
}

static void
number_example(struct buf *out, const struct field *f)
{
	const char *ex = f->example != NULL ? f->example :
	    fitting(f->name, false);

	if (f->flags & F_DECIMAL)
		buf_str(out, money_decimal(out->mem, 2999,
		    money_decimals(NULL)));
	else if (ex != NULL)
		buf_str(out, ex);
	else
		buf_i64(out, f->min > 1 ? f->min : 1);
}

void
openapi_field_example(struct buf *out, const struct field *f)
{
	switch (f->type) {
	case FT_LIST:
		buf_chr(out, '[');
		openapi_table_example(out, f->sub);
		buf_chr(out, ']');
		break;
	case FT_OBJ:
		openapi_table_example(out, f->sub);
		break;
	case FT_TEXTS:
		texts_example(out, f);
		break;
	case FT_JSON:
		buf_str(out, f->example != NULL ? f->example : "{}");
		break;
	case FT_BOOL:
	case FT_OPT_BOOL:
		buf_str(out, "true");
		break;
	case FT_TEXT:
	case FT_OPT_TEXT:
		text_example(out, f);
		break;
	case FT_I64:
	case FT_OPT_I64:
	case FT_CENTS:
		number_example(out, f);
		break;
	}
}

static bool
any_required(const struct table *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->fields[i].flags & REQUIRED)
			return true;
	return false;
}

/* What is required and what has an example of its own; where nothing is
 * required the first member. */
static bool
shown(const struct table *t, size_t i)
{
	const struct field *f = &t->fields[i];

	for (size_t k = 0; k < i; k++)
		if (t->fields[k].offset == f->offset)
			return false;
	return (f->flags & REQUIRED) || f->example != NULL ||
	    (i == 0 && !any_required(t));
}

void
openapi_table_example(struct buf *out, const struct table *t)
{
	buf_chr(out, '{');
	for (size_t i = 0; i < t->n; i++)
		if (shown(t, i)) {
			buf_json_key(out, t->fields[i].name);
			openapi_field_example(out, &t->fields[i]);
		}
	buf_chr(out, '}');
}
