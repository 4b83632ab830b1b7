/* SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include "app/web/openapi.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/shapes.h"

extern const struct shape *const __start_shapes[];
extern const struct shape *const __stop_shapes[];

/* Examples by the name of a property, so that they look alike all over. */
static const struct { const char *name, *json; } examples[] = {
	{ "email", "\"alice@example.com\"" }, { "username", "\"alice\"" },
	{ "password", "\"correct-horse-alice\"" },
	{ "new_password", "\"battery-staple-alice\"" },
	{ "current_password", "\"correct-horse-alice\"" },
	{ "first_name", "\"Alice\"" }, { "last_name", "\"Archer\"" },
	{ "phone", "\"+1 555 0100\"" }, { "title", "\"Linen shirt\"" },
	{ "name", "\"Alice Archer\"" }, { "sku", "\"SHIRT-S\"" },
	{ "slug", "\"linen-shirt\"" }, { "line1", "\"1 Main Street\"" },
	{ "city", "\"Springfield\"" }, { "region", "\"IL\"" },
	{ "state", "\"IL\"" }, { "postal_code", "\"62701\"" },
	{ "country", "\"US\"" }, { "currency", "\"USD\"" },
	{ "price_cents", "2999" }, { "unit_price_cents", "2999" },
	{ "subtotal_cents", "5998" }, { "total_cents", "5998" },
	{ "amount_cents", "5998" }, { "price", "29.99" },
	{ "min_price", "10.00" }, { "max_price", "50.00" },
	{ "quantity", "2" }, { "rating", "5" }, { "limit", "20" },
	{ "token", "\"tok_visa\"" }, { "number", "\"SO-100001\"" },
	{ "access_token", "\"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.x\"" },
	{ "refresh_token", "\"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.y\"" },
	{ "url", "\"https://shop.example/hook\"" },
	{ "tracking", "\"1Z999\"" }, { "reason", "\"customer asked\"" },
	{ "country_code", "\"US\"" }, { "comment", "\"Fits well\"" },
	{ "shipping_country", "\"US\"" }, { "q", "\"shirt\"" },
};

static const char *
example_of(const char *name)
{
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
		if (strcmp(examples[i].name, name) == 0)
			return examples[i].json;
	return NULL;
}

/* ---- shapes ---------------------------------------------------------- */

struct prop { char name[64], type[160]; bool null, admin; };

static void
split(const char *spec, struct prop *p)
{
	const char *sp = strchr(spec, ' ');
	char *mark;

	memset(p, 0, sizeof(*p));
	snprintf(p->name, sizeof(p->name), "%.*s", (int)(sp - spec), spec);
	snprintf(p->type, sizeof(p->type), "%s", sp + 1);
	if ((mark = strstr(p->type, "@admin")) != NULL) {
		p->admin = true;
		*mark = '\0';
	}
	if ((mark = strchr(p->type, '?')) != NULL) {
		p->null = true;
		*mark = '\0';
	}
}

static const struct shape *
shape_named(const char *name, size_t len)
{
	for (const struct shape *const *s = __start_shapes;
	    s < __stop_shapes; s++)
		if (strlen((*s)->name) == len &&
		    strncmp((*s)->name, name, len) == 0)
			return *s;
	return NULL;
}

static const struct { const char *name, *type, *format, *example; }
    scalars[] = {
	{ "int", "integer", "int64", "1" },
	{ "bool", "boolean", NULL, "true" },
	{ "number", "number", NULL, "4.5" },
	{ "string", "string", NULL, "\"text\"" },
	{ "time", "string", "date-time", "\"2026-11-24T12:00:00Z\"" },
	{ "uuid", "string", "uuid",
	    "\"6f1c2e0a-5d3b-4c7e-9a8f-0b1c2d3e4f50\"" },
	{ "email", "string", "email", "\"alice@example.com\"" },
	{ "url", "string", "uri", "\"https://shop.example/shirt.webp\"" },
	{ "object", "object", NULL, "{}" },
	{ "any", NULL, NULL, "null" },
};

static void
enum_values(struct buf *out, const char *type, bool null)
{
	buf_str(out, "\"enum\":[");
	for (const char *p = type; *p != '\0'; ) {
		size_t n = strcspn(p, "|");

		buf_json_sep(out);
		buf_json_strn(out, p, n);
		p += n + (p[n] == '|');
	}
	buf_str(out, null ? ",null]" : "]");
}

static void
type_schema(struct buf *out, const char *type, size_t len, bool null)
{
	char inner[160];

	snprintf(inner, sizeof(inner), "%.*s", (int)len, type);
	buf_chr(out, '{');
	if (inner[0] == '[') {
		buf_str(out, null ? "\"type\":[\"array\",\"null\"],\"items\":" :
		    "\"type\":\"array\",\"items\":");
		type_schema(out, inner + 1, len - 2, false);
	} else if (inner[0] == '{') {
		inner[len - 1] = '\0';
		buf_printf(out, null ? "\"anyOf\":[{\"$ref\":"
		    "\"#/components/schemas/%s\"},{\"type\":\"null\"}]" :
		    "\"$ref\":\"#/components/schemas/%s\"", inner + 1);
	} else if (strchr(inner, '|') != NULL) {
		buf_str(out, null ? "\"type\":[\"string\",\"null\"]," :
		    "\"type\":\"string\",");
		enum_values(out, inner, null);
	} else
		for (size_t i = 0; i < sizeof(scalars) / sizeof(scalars[0]);
		    i++)
			if (strcmp(scalars[i].name, inner) == 0 &&
			    scalars[i].type != NULL) {
				buf_printf(out, null ? "\"type\":[\"%s\","
				    "\"null\"]" : "\"type\":\"%s\"",
				    scalars[i].type);
				if (scalars[i].format != NULL)
					buf_printf(out, ",\"format\":\"%s\"",
					    scalars[i].format);
			}
	buf_chr(out, '}');
}

static void
shape_schema(struct buf *out, const struct shape *s)
{
	struct prop p;

	buf_json_key(out, s->name);
	buf_str(out, "{\"type\":\"object\",\"additionalProperties\":false,"
	    "\"properties\":{");
	for (const char *const *q = s->props; *q != NULL; q++) {
		split(*q, &p);
		buf_json_key(out, p.name);
		type_schema(out, p.type, strlen(p.type), p.null);
	}
	buf_str(out, "},\"required\":[");
	for (const char *const *q = s->props; *q != NULL; q++) {
		split(*q, &p);
		if (p.admin)
			continue;
		buf_json_sep(out);
		buf_json_str(out, p.name);
	}
	buf_str(out, "]}");
}

void
openapi_shapes(struct buf *out)
{
	for (const struct shape *const *s = __start_shapes;
	    s < __stop_shapes; s++)
		shape_schema(out, *s);
}

static void
type_example(struct buf *out, const char *name, const char *type, size_t len,
    int depth)
{
	const char *ex = example_of(name);
	const struct shape *s;

	if (type[0] == '[') {
		buf_chr(out, '[');
		if (depth < 3)
			type_example(out, name, type + 1, len - 2, depth + 1);
		buf_chr(out, ']');
		return;
	}
	if (type[0] == '{') {
		s = shape_named(type + 1, len - 2);
		openapi_shape_example(out, s, depth + 1);
		return;
	}
	if (memchr(type, '|', len) != NULL) {
		buf_json_strn(out, type, strcspn(type, "|"));
		return;
	}
	for (size_t i = 0; i < sizeof(scalars) / sizeof(scalars[0]); i++)
		if (strlen(scalars[i].name) == len &&
		    strncmp(scalars[i].name, type, len) == 0) {
			bool fits = ex != NULL && (ex[0] == '"') ==
			    (scalars[i].example[0] == '"');

			buf_str(out, fits && strcmp(scalars[i].name,
			    "string") <= 0 ? ex : scalars[i].example);
			return;
		}
	buf_str(out, "null");
}

void
openapi_shape_example(struct buf *out, const struct shape *s, int depth)
{
	struct prop p;

	buf_chr(out, '{');
	for (const char *const *q = s->props; s != NULL && *q != NULL; q++) {
		split(*q, &p);
		if (p.admin)
			continue;
		buf_json_key(out, p.name);
		if (depth > 3 && p.null)
			buf_str(out, "null");
		else
			type_example(out, p.name, p.type, strlen(p.type),
			    depth);
	}
	buf_chr(out, '}');
}

/* ---- input tables ------------------------------------------------------ */

static void
bounds(struct buf *out, const struct field *f, const char *lo, const char *hi)
{
	if (f->min != 0 || strcmp(lo, "minimum") == 0)
		buf_printf(out, ",\"%s\":%" PRId64, lo, f->min);
	if (f->max != INT64_MAX && f->max != 0)
		buf_printf(out, ",\"%s\":%" PRId64, hi, f->max);
}

static const char *
type_json(const struct field *f, const char *type)
{
	static char both[64];

	snprintf(both, sizeof(both), f->flags & F_NULLABLE ?
	    "\"type\":[\"%s\",\"null\"]" : "\"type\":\"%s\"", type);
	return both;
}

static void
string_schema(struct buf *out, const struct field *f)
{
	const struct field_kind *k = f->kind;

	buf_str(out, type_json(f, "string"));
	if (k != NULL && k->values != NULL) {
		buf_str(out, ",\"enum\":[");
		for (const char *const *v = k->values; *v != NULL; v++) {
			buf_json_sep(out);
			buf_json_str(out, *v);
		}
		buf_str(out, f->flags & F_NULLABLE ? ",null]" : "]");
		return;
	}
	bounds(out, f, "minLength", "maxLength");
	if (k != NULL && k->format != NULL)
		buf_printf(out, ",\"format\":\"%s\"", k->format);
	if (k != NULL && k->pattern != NULL) {
		buf_json_key(out, "pattern");
		buf_json_str(out, k->pattern);
	}
	if (f->flags & F_SECRET)
		buf_str(out, ",\"format\":\"password\"");
}

static void
scalar_schema(struct buf *out, const struct field *f)
{
	switch (f->type) {
	case FT_I64:
	case FT_OPT_I64:
		buf_str(out, type_json(f, "integer"));
		buf_str(out, ",\"format\":\"int64\"");
		bounds(out, f, "minimum", "maximum");
		break;
	case FT_CENTS:
		if (f->flags & F_DECIMAL)
			buf_str(out, "\"type\":[\"number\",\"string\"]");
		else {
			buf_str(out, type_json(f, "integer"));
			buf_str(out, ",\"format\":\"int64\"");
			bounds(out, f, "minimum", "maximum");
		}
		break;
	case FT_BOOL:
	case FT_OPT_BOOL:
		buf_str(out, type_json(f, "boolean"));
		break;
	case FT_JSON:
		buf_str(out, type_json(f, "object"));
		break;
	case FT_TEXTS:
		buf_str(out, "\"type\":\"array\",\"items\":"
		    "{\"type\":\"string\"}");
		bounds(out, f, "minItems", "maxItems");
		break;
	default:
		string_schema(out, f);
	}
}

void
openapi_field(struct buf *out, const struct field *f)
{
	buf_chr(out, '{');
	if (f->type == FT_LIST) {
		buf_printf(out, "\"type\":\"array\",\"items\":{\"$ref\":"
		    "\"#/components/schemas/%s\"}", f->sub->name);
		bounds(out, f, "minItems", "maxItems");
	} else if (f->type == FT_OBJ)
		buf_printf(out, "\"$ref\":\"#/components/schemas/%s\"",
		    f->sub->name);
	else
		scalar_schema(out, f);
	if (f->def != 0)
		buf_printf(out, f->type == FT_BOOL ? ",\"default\":true" :
		    ",\"default\":%" PRId64, f->def);
	if (f->doc != NULL && f->type != FT_OBJ) {
		buf_json_key(out, "description");
		buf_json_str(out, f->doc);
	}
	buf_chr(out, '}');
}

static bool
listed(const struct table **seen, size_t n, const struct table *t)
{
	for (size_t i = 0; i < n; i++)
		if (seen[i] == t)
			return true;
	return false;
}

static void
alias_properties(struct buf *out, const struct field *f)
{
	for (const char *p = f->aliases; p != NULL && *p != '\0'; ) {
		size_t n = strcspn(p, " ");

		buf_json_sep(out);
		buf_json_strn(out, p, n);
		buf_chr(out, ':');
		openapi_field(out, f);
		p += n;
		p += strspn(p, " ");
	}
}

static void
table_schema(struct buf *out, const struct table *t,
    const struct table **seen, size_t *n)
{
	if (listed(seen, *n, t) || *n == 200)
		return;
	seen[(*n)++] = t;
	buf_json_key(out, t->name);
	buf_str(out, "{\"type\":\"object\",\"additionalProperties\":false,"
	    "\"properties\":{");
	for (size_t i = 0; i < t->n; i++) {
		buf_json_key(out, t->fields[i].name);
		openapi_field(out, &t->fields[i]);
		alias_properties(out, &t->fields[i]);
	}
	buf_str(out, "}");
	for (size_t i = 0, any = 0; i < t->n; i++)
		if ((t->fields[i].flags & REQUIRED) &&
		    t->fields[i].aliases == NULL) {
			buf_str(out, any++ ? "," : ",\"required\":[");
			buf_json_str(out, t->fields[i].name);
		}
	for (size_t i = 0; i < t->n; i++)
		if ((t->fields[i].flags & REQUIRED) &&
		    t->fields[i].aliases == NULL) {
			buf_chr(out, ']');
			break;
		}
	buf_chr(out, '}');
	for (size_t i = 0; i < t->n; i++)
		if (t->fields[i].sub != NULL)
			table_schema(out, t->fields[i].sub, seen, n);
}

void
openapi_tables(const struct route_table *t, struct buf *out)
{
	const struct table *seen[200];
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++)
		if (t->routes[i].body != NULL)
			table_schema(out, t->routes[i].body, seen, &n);
}

static bool
worth_showing(const struct table *t, size_t i)
{
	const struct field *f = &t->fields[i];

	if (f->flags & REQUIRED)
		return true;
	/* One of several rows for the same member is enough. */
	for (size_t k = 0; k < i; k++)
		if (t->fields[k].offset == f->offset)
			return false;
	return f->type == FT_TEXT && example_of(f->name) != NULL &&
	    i < 6;
}

static void
field_example(struct buf *out, const struct field *f)
{
	const char *ex = f->example != NULL ? f->example : NULL;

	if (f->type == FT_LIST) {
		buf_chr(out, '[');
		openapi_table_example(out, f->sub);
		buf_chr(out, ']');
	} else if (f->type == FT_OBJ)
		openapi_table_example(out, f->sub);
	else if (f->type == FT_TEXT || f->type == FT_OPT_TEXT) {
		if (ex == NULL && example_of(f->name) == NULL &&
		    f->kind != NULL)
			ex = f->kind->example;
		if (ex != NULL)
			buf_json_str(out, ex);
		else if (f->kind != NULL && f->kind->values != NULL)
			buf_json_str(out, f->kind->values[0]);
		else
			buf_str(out, example_of(f->name) != NULL &&
			    example_of(f->name)[0] == '"' ?
			    example_of(f->name) : "\"text\"");
	} else if (f->type == FT_BOOL || f->type == FT_OPT_BOOL)
		buf_str(out, "true");
	else if (f->type == FT_JSON)
		buf_str(out, "{}");
	else if (f->type == FT_TEXTS)
		buf_str(out, "[\"text\"]");
	else
		buf_str(out, ex != NULL ? ex : example_of(f->name) != NULL &&
		    example_of(f->name)[0] != '"' ? example_of(f->name) : "1");
}

void
openapi_table_example(struct buf *out, const struct table *t)
{
	buf_chr(out, '{');
	for (size_t i = 0; i < t->n; i++)
		if (worth_showing(t, i)) {
			buf_json_key(out, t->fields[i].name);
			field_example(out, &t->fields[i]);
		}
	buf_chr(out, '}');
}
