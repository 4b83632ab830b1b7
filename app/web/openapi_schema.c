/* SPDX-License-Identifier: MIT */
#include "app/web/openapi.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/json.h"

#include "app/errors.h"
#include "app/sales/order.h"
#include "app/shapes.h"

/* ---- shapes: what comes out ---------------------------------------------- */

static void
either(struct buf *out, const char *type, bool null)
{
	put(out, "'type':", null ? "['" : "'", type, null ? "','null']" :
	    "'");
}

/* Of any members: without the word for it, generated clients know none. */
static void
any_object(struct buf *out, bool null)
{
	either(out, "object", null);
	put(out, ",'additionalProperties':true");
}

static void
words(struct buf *out, const char *list, bool null)
{
	either(out, "string", null);
	put(out, ",'enum':[");
	for (const char *p = list; *p != '\0'; ) {
		size_t n = strcspn(p, "|");

		buf_json_sep(out);
		buf_json_strn(out, p, n);
		p += n + (p[n] == '|');
	}
	buf_str(out, null ? ",null]" : "]");
}

static void
schema_ref(struct buf *out, const char *name, bool null)
{
	put(out, null ? "'anyOf':[{" : "", "'$ref':'#/components/schemas/",
	    name, "'", null ? "},{'type':'null'}]" : "");
}

static void
scalar(struct buf *out, enum prop_type t, bool null)
{
	static const struct { const char *type, *format; } rows[] = {
		[PROP_INT] = { "integer", "int64" },
		[PROP_BOOL] = { "boolean", NULL },
		[PROP_NUMBER] = { "number", NULL },
		[PROP_STRING] = { "string", NULL },
		[PROP_TIME] = { "string", "date-time" },
		[PROP_DATE] = { "string", "date" },
		[PROP_UUID] = { "string", "uuid" },
		[PROP_EMAIL] = { "string", "email" },
		[PROP_URL] = { "string", "uri" },
	};

	if (t == PROP_ANY)
		return;
	either(out, rows[t].type, null);
	if (rows[t].format != NULL)
		put(out, ",'format':'", rows[t].format, "'");
}

static void
type_schema(struct buf *out, const char *type, bool null)
{
	char inner[192];
	enum prop_type t = shape_type(type, inner);

	buf_chr(out, '{');
	if (t == PROP_LIST) {
		either(out, "array", null);
		put(out, ",'items':");
		type_schema(out, inner, false);
	} else if (t == PROP_SHAPE)
		schema_ref(out, inner, null);
	else if (t == PROP_EITHER) {
		put(out, "'anyOf':[{");
		schema_ref(out, inner, null);
		put(out, "},{'const':'", strchr(type, '|') + 1, "'}]");
	} else if (t == PROP_ENUM)
		words(out, inner, null);
	else if (t == PROP_OBJECT)
		any_object(out, null);
	else
		scalar(out, t, null);
	buf_chr(out, '}');
}

static void
props_schema(struct buf *out, const char *const *props)
{
	struct prop p;

	for (const char *const *q = props; *q != NULL; q++) {
		shape_prop(*q, &p);
		buf_json_key(out, p.name);
		type_schema(out, p.type, p.null);
		if (p.admin) {
			out->len--;
			put(out, out->data[out->len - 1] == '{' ? "" : ",",
			    "'description':'Only admins see it'}");
		}
	}
}

static void
shape_schema(struct buf *out, const struct shape *s)
{
	struct prop p;

	buf_json_key(out, s->name);
	put(out, "{'type':'object','additionalProperties':false,"
	    "'properties':{");
	props_schema(out, s->props);
	put(out, "},'required':[");
	for (const char *const *q = s->props; *q != NULL; q++) {
		shape_prop(*q, &p);
		if (p.admin)
			continue;
		buf_json_sep(out);
		buf_json_str(out, p.name);
	}
	buf_str(out, "]}");
}

/* What the problems of some codes bring besides, and their errors. */
static const char *const problem_more[] = { "payment {payment}",
    "total_cents int", "order_status " ORDER_STATUSES,
    "from " ORDER_STATUSES, "to " ORDER_STATUSES,
    "allowed [" ORDER_STATUSES "]", NULL };
static const char *const fault_more[] = { "variant_id int", "requested int",
    "available int", NULL };

static void
problem_schema(struct buf *out)
{
	buf_json_key(out, "problem");
	put(out, "{'type':'object','description':'RFC 9457; some "
	    "codes bring more members','required':['type','title','status',"
	    "'detail','code','request_id'],'properties':{'type':{'type':"
	    "'string','format':'uri'},'title':{'type':'string'},"
	    "'status':{'type':'integer','minimum':400,'maximum':599},"
	    "'detail':{'type':'string','minLength':1},"
	    "'code':{'type':'string','pattern':'^[a-z_]+$'},"
	    "'request_id':{'type':'string'},'errors':{'type':'array',"
	    "'items':{'type':'object','required':['field','code','detail'],"
	    "'properties':{'field':{'type':'string'},'code':{'type':"
	    "'string'},'detail':{'type':'string'}");
	props_schema(out, fault_more);
	put(out, "}}}");
	props_schema(out, problem_more);
	put(out, "}}");
}

void
openapi_shapes(struct buf *out)
{
	problem_schema(out);
	for (const struct shape *const *s = __start_shapes;
	    s < __stop_shapes; s++)
		shape_schema(out, *s);
}

/* ---- input tables: what goes in ------------------------------------------ */

static void
bounds(struct buf *out, const struct field *f, const char *lo, const char *hi)
{
	bool number = strcmp(lo, "minimum") == 0;

	if (f->min == 0 && f->max == 0)
		return;
	if (f->min != 0 || number)
		buf_printf(out, ",\"%s\":%" PRId64, lo, f->min);
	if (f->max != INT64_MAX && (f->max != 0 || number))
		buf_printf(out, ",\"%s\":%" PRId64, hi, f->max);
}

static bool
nullable(const struct field *f)
{
	return (f->flags & F_NULLABLE) != 0;
}

static void
kind_schema(struct buf *out, const struct field_kind *k, bool secret,
    bool null)
{
	if (k != NULL && k->values != NULL) {
		put(out, ",'enum':[");
		for (const char *const *v = k->values; *v != NULL; v++) {
			buf_json_sep(out);
			buf_json_str(out, *v);
		}
		buf_str(out, null ? ",null]" : "]");
		return;
	}
	if (secret)
		put(out, ",'format':'password'");
	else if (k != NULL && k->format != NULL)
		put(out, ",'format':'", k->format, "'");
	if (k != NULL && k->pattern != NULL) {
		buf_str(out, ",\"pattern\":");
		buf_json_str(out, k->pattern);
	}
}

static void
money_schema(struct buf *out, const struct field *f)
{
	int decimals = money_decimals(NULL);
	bool positive = f->min >= 0 && f->max > 0;

	put(out, "'anyOf':[{'type':'", decimals > 0 ? "number'" : "integer'",
	    positive ? ",'minimum':0" : "");
	if (f->max > 0 && f->max != INT64_MAX)
		buf_printf(out, ",\"maximum\":%s",
		    money_decimal(out->mem, f->max, decimals));
	put(out, "},{'type':'string','pattern':'^", positive ? "" : "-?",
	    "(0|[1-9][0-9]*)");
	if (decimals > 0)
		buf_printf(out, "([.][0-9]{1,%d})?", decimals);
	put(out, "$'}", nullable(f) ? ",{'type':'null'}" : "", "]");
}

static void
text_schema(struct buf *out, const struct field *f)
{
	either(out, "string", nullable(f));
	if (f->kind == NULL || f->kind->values == NULL)
		bounds(out, f, "minLength", "maxLength");
	kind_schema(out, f->kind, (f->flags & F_SECRET) != 0, nullable(f));
}

static void
integer_schema(struct buf *out, const struct field *f)
{
	if (f->type == FT_CENTS && (f->flags & F_DECIMAL)) {
		money_schema(out, f);
		return;
	}
	either(out, "integer", nullable(f));
	put(out, ",'format':'int64'");
	bounds(out, f, "minimum", "maximum");
}

static void
array_schema(struct buf *out, const struct field *f)
{
	either(out, "array", nullable(f));
	put(out, ",'items':{");
	if (f->type == FT_LIST)
		schema_ref(out, f->sub->name, false);
	else {
		put(out, "'type':'string','minLength':1");
		kind_schema(out, f->kind, false, false);
	}
	buf_chr(out, '}');
	bounds(out, f, "minItems", "maxItems");
}

static void
field_schema(struct buf *out, const struct field *f)
{
	switch (f->type) {
	case FT_I64:
	case FT_OPT_I64:
	case FT_CENTS:
		integer_schema(out, f);
		break;
	case FT_BOOL:
	case FT_OPT_BOOL:
		either(out, "boolean", nullable(f));
		break;
	case FT_JSON:
		any_object(out, nullable(f));
		bounds(out, f, "minProperties", "maxProperties");
		break;
	case FT_TEXTS:
	case FT_LIST:
		array_schema(out, f);
		break;
	case FT_OBJ:
		schema_ref(out, f->sub->name, nullable(f));
		break;
	case FT_TEXT:
	case FT_OPT_TEXT:
		text_schema(out, f);
		break;
	}
}

static void
named_field(struct buf *out, const struct field *f, const char *alias_of)
{
	buf_chr(out, '{');
	field_schema(out, f);
	if (f->def > 0)		/* below: no value that could be given */
		buf_printf(out, f->type == FT_BOOL ? ",\"default\":true" :
		    ",\"default\":%" PRId64, f->def);
	if (alias_of != NULL)
		put(out, ",'description':'The same as ", alias_of,
		    "','x-alias-of':'", alias_of, "'");
	else if (f->doc != NULL) {
		buf_json_key(out, "description");
		buf_json_str(out, f->doc);
	}
	buf_chr(out, '}');
}

void
openapi_field(struct buf *out, const struct field *f)
{
	named_field(out, f, NULL);
}

/* Each name of a row: the row's own first.  NULL at the end. */
static const char *
next_name(struct arena *mem, const struct field *f, const char **rest)
{
	const char *name;
	size_t n;

	if (*rest == NULL) {
		*rest = f->aliases != NULL ? f->aliases : "";
		return f->name;
	}
	*rest += strspn(*rest, " ");
	if ((n = strcspn(*rest, " ")) == 0)
		return NULL;
	name = arena_strndup(mem, *rest, n);
	*rest += n;
	return name;
}

static void
properties(struct buf *out, const struct table *t)
{
	const char *rest, *name;

	put(out, "'properties':{");
	for (size_t i = 0; i < t->n; i++)
		for (rest = NULL; (name = next_name(out->mem, &t->fields[i],
		    &rest)) != NULL; ) {
			buf_json_key(out, name);
			named_field(out, &t->fields[i],
			    name == t->fields[i].name ? NULL :
			    t->fields[i].name);
		}
	buf_chr(out, '}');
}

/* The names that fill the same member as row i, as alternatives. */
static unsigned
alternatives(struct buf *out, const struct table *t, size_t i)
{
	const char *rest, *name;
	unsigned n = 0;

	for (size_t k = 0; k < t->n; k++) {
		if (t->fields[k].offset != t->fields[i].offset)
			continue;
		for (rest = NULL; (name = next_name(out->mem, &t->fields[k],
		    &rest)) != NULL; n++)
			put(out, n > 0 ? "," : "", "{'required':['", name,
			    "']}");
	}
	return n;
}

static void
required(struct buf *out, const struct table *t)
{
	struct buf one, plain, any;

	buf_init(&plain, out->mem, 128);
	buf_init(&any, out->mem, 128);
	for (size_t i = 0; i < t->n; i++) {
		if (!(t->fields[i].flags & REQUIRED))
			continue;
		buf_init(&one, out->mem, 128);
		if (alternatives(&one, t, i) == 1)
			put(&plain, plain.len > 0 ? ",'" : "'",
			    t->fields[i].name, "'");
		else
			put(&any, any.len > 0 ? "," : "", "{'oneOf':[",
			    one.data, "]}");
	}
	if (plain.len > 0)
		put(out, ",'required':[", plain.data, "]");
	if (any.len > 0)
		put(out, ",'allOf':[", any.data, "]");
}

static bool
listed(const struct table **seen, size_t n, const struct table *t)
{
	for (size_t i = 0; i < n; i++)
		if (seen[i] == t)
			return true;
	return false;
}

#define TABLES_MAX 200

static void
table_schema(struct buf *out, const struct table *t,
    const struct table **seen, size_t *n)
{
	if (listed(seen, *n, t) || *n == TABLES_MAX)
		return;
	seen[(*n)++] = t;
	buf_json_key(out, t->name);
	put(out, "{'type':'object','additionalProperties':false,");
	properties(out, t);
	required(out, t);
	buf_chr(out, '}');
	for (size_t i = 0; i < t->n; i++)
		if (t->fields[i].sub != NULL)
			table_schema(out, t->fields[i].sub, seen, n);
}

void
openapi_tables(const struct route_table *t, struct buf *out)
{
	const struct table *seen[TABLES_MAX];
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++)
		if (t->routes[i].body != NULL)
			table_schema(out, t->routes[i].body, seen, &n);
}
