/* SPDX-License-Identifier: MIT */
#include "lib/field-private.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/json.h"

#define MEMBERS_MAX 64		/* of a free object, unless its row says */

static void read_object(struct in *in, const struct where *up,
    const struct table *t, const struct json *j, void *out);

static void
bad_type(struct in *in, const struct where *w, const char *want)
{
	in_fault(in, w, "invalid_type", "must be %s", want);
}

static void
read_null(struct in *in, const struct where *w, const struct field *f,
    void *out)
{
	void *to = in_member(f, out);

	if (!(f->flags & F_NULLABLE))
		in_fault(in, w, "invalid_type", "must not be null");
	else if (f->type == FT_OPT_I64)
		*(struct opt_i64 *)to = (struct opt_i64){ true, true, 0 };
	else if (f->type == FT_OPT_BOOL)
		*(struct opt_bool *)to = (struct opt_bool){ true, true,
		    false };
	else if (f->type == FT_OPT_TEXT)
		*(struct opt_text *)to = (struct opt_text){ true, NULL };
}

static void
read_integer(struct in *in, const struct where *w, const struct field *f,
    const struct json *j, void *out)
{
	const char *s;
	int64_t n;

	if (json_i64(j, &n)) {
		in_i64(in, w, f, n, out);
		return;
	}
	s = json_type(j) == JSON_NUMBER ? json_number(j) : ".";
	if (s[strspn(s, "-0123456789")] == '\0')
		in_beyond(in, w, f, s);
	else
		bad_type(in, w, "an integer");
}

static void
read_decimal(struct in *in, const struct where *w, const struct field *f,
    const struct json *j, void *out)
{
	if (json_type(j) == JSON_NUMBER)
		in_money(in, w, f, json_number(j), out);
	else if (json_type(j) == JSON_STRING)
		in_money(in, w, f, json_string(j, NULL), out);
	else
		bad_type(in, w, "a decimal number or string");
}

static void
read_free(struct in *in, const struct where *w, const struct field *f,
    const struct json *j, void *out)
{
	struct field bounds = *f;

	if (json_type(j) != JSON_OBJECT) {
		bad_type(in, w, "an object");
		return;
	}
	if (bounds.max == 0)
		bounds.max = MEMBERS_MAX;
	if (!in_count_ok(in, w, &bounds, json_len(j)))
		return;
	if (json_has_wild_number(j))
		in_fault(in, w, "out_of_range",
		    "has a number that is too long");
	else
		((struct json_obj *)in_member(f, out))->text =
		    json_text(j, in->mem);
}

static void
read_texts(struct in *in, const struct where *w, const struct field *f,
    const struct json *j, void *out)
{
	struct texts *to = in_member(f, out);
	struct where at = { .up = w };

	if (json_type(j) != JSON_ARRAY) {
		bad_type(in, w, "an array");
		return;
	}
	if (!in_count_ok(in, w, f, json_len(j)))
		return;
	to->set = true;
	to->n = json_len(j);
	to->v = arena_array(in->mem, to->n + 1, sizeof(*to->v));
	for (at.i = 0; at.i < to->n; at.i++) {
		const struct json *e = json_at(j, at.i);

		if (json_type(e) != JSON_STRING)
			bad_type(in, &at, "a string");
		else if (in_text_ok(in, &at, 1, 0, f->kind,
		    json_string(e, NULL)))
			to->v[at.i] = json_string(e, NULL);
	}
}

static void
read_list(struct in *in, const struct where *w, const struct field *f,
    const struct json *j, void *out)
{
	struct list *to = in_member(f, out);
	struct where at = { .up = w };

	if (json_type(j) != JSON_ARRAY) {
		bad_type(in, w, "an array");
		return;
	}
	if (!in_count_ok(in, w, f, json_len(j)))
		return;
	to->set = true;
	to->n = json_len(j);
	to->v = arena_array(in->mem, to->n + 1, f->sub->size);
	for (at.i = 0; at.i < to->n; at.i++)
		read_object(in, &at, f->sub, json_at(j, at.i),
		    (char *)to->v + at.i * f->sub->size);
}

static void
read_sub(struct in *in, const struct where *w, const struct field *f,
    const struct json *j, void *out)
{
	struct obj *to = in_member(f, out);

	to->v = arena_alloc(in->mem, f->sub->size);
	read_object(in, w, f->sub, j, to->v);
}

static void
read_value(struct in *in, const struct where *w, const struct field *f,
    const struct json *j, void *out)
{
	if (json_type(j) == JSON_NULL) {
		read_null(in, w, f, out);
		return;
	}
	switch (f->type) {
	case FT_CENTS:
		if (f->flags & F_DECIMAL) {
			read_decimal(in, w, f, j, out);
			break;
		}
		/* FALLTHROUGH */
	case FT_I64:
	case FT_OPT_I64:
		read_integer(in, w, f, j, out);
		break;
	case FT_BOOL:
	case FT_OPT_BOOL:
		if (json_type(j) == JSON_BOOL)
			in_bool(f, json_bool(j), out);
		else
			bad_type(in, w, "true or false");
		break;
	case FT_TEXT:
	case FT_OPT_TEXT:
		if (json_type(j) == JSON_STRING)
			in_text(in, w, f, json_string(j, NULL), out);
		else
			bad_type(in, w, "a string");
		break;
	case FT_JSON:
		read_free(in, w, f, j, out);
		break;
	case FT_TEXTS:
		read_texts(in, w, f, j, out);
		break;
	case FT_LIST:
		read_list(in, w, f, j, out);
		break;
	case FT_OBJ:
		read_sub(in, w, f, j, out);
		break;
	}
}

static void
read_object(struct in *in, const struct where *up, const struct table *t,
    const struct json *j, void *out)
{
	struct where w = { .up = up };
	const struct field *f;
	bool *given;
	size_t i;

	if (json_type(j) != JSON_OBJECT) {
		bad_type(in, up, "an object");
		return;
	}
	given = arena_array(in->mem, t->n + 1, sizeof(*given));
	for (i = 0; i < json_len(j); i++) {
		w.name = json_key(j, i);
		if ((f = in_row(in, &w, t, given)) != NULL)
			read_value(in, &w, f, json_at(j, i), out);
	}
	in_end(in, up, t, given, out);
}

static bool
needs_a_body(const struct table *t)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (t->fields[i].flags & REQUIRED)
			return true;
	return false;
}

int
field_body(const struct table *t, const char *body, size_t len,
    bool empty_ok, struct arena *mem, struct err *e, void *out)
{
	struct in in = { .mem = mem, .err = e };
	const struct json *j;
	const char *why;

	memset(out, 0, t->size);
	if (len == 0 && empty_ok && !needs_a_body(t))
		body = "{}", len = 2;
	if (len == 0)
		return err_set(e, &E_MALFORMED_JSON, ERR_HERE,
		    "The body is empty");
	if ((j = json_parse(body, len, mem, &why)) == NULL)
		return err_set(e, &E_MALFORMED_JSON, ERR_HERE,
		    "The body is not JSON: %s", why);
	if (json_type(j) != JSON_OBJECT)
		return err_set(e, &E_MALFORMED_JSON, ERR_HERE,
		    "The body is not a JSON object");
	read_object(&in, NULL, t, j, out);
	return err_faults(e, ERR_HERE);
}
