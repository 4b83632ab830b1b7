/* SPDX-License-Identifier: MIT */
#include "app/catalog/import.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/err.h"
#include "lib/json.h"

#include "app/catalog/category.h"

#define ATTRIBUTE_MAX 64	/* characters of its name */

static bool
has_word(const char *list, const char *word)
{
	size_t len = strlen(word), n;

	for (; list != NULL && *list != '\0'; list += n + (list[n] == ' ')) {
		n = strcspn(list, " ");
		if (n == len && memcmp(list, word, n) == 0)
			return true;
	}
	return false;
}

const struct field *
import_field(const struct table *t, const char *name)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->fields[i].name, name) == 0 ||
		    has_word(t->fields[i].aliases, name))
			return &t->fields[i];
	return NULL;
}

static bool
is_scalar(const struct json *j)
{
	return json_type(j) != JSON_OBJECT && json_type(j) != JSON_ARRAY;
}

/* The attributes: those of the row's own object, then the other scalars. */
static void
write_attributes(struct buf *out, struct arena *mem, const struct json *row)
{
	const struct json *own = json_get(row, "attributes");

	if (own != NULL && json_type(own) != JSON_OBJECT) {
		buf_json_key(out, "attributes");	/* to be refused */
		buf_str(out, json_text(own, mem));
		return;
	}
	buf_json_key(out, "attributes");
	buf_chr(out, '{');
	for (size_t i = 0; own != NULL && i < json_len(own); i++) {
		buf_json_key(out, json_key(own, i));
		buf_str(out, json_text(json_at(own, i), mem));
	}
	for (size_t i = 0; i < json_len(row); i++) {
		const char *key = json_key(row, i);
		const struct json *v = json_at(row, i);

		if (strncmp(key, "attr.", 5) == 0)
			key += 5;
		if (!is_scalar(v) || json_type(v) == JSON_NULL ||
		    import_field(&product_in_table, key) != NULL ||
		    strcmp(key, "category") == 0 ||
		    strcmp(key, "category_slug") == 0 ||
		    utf8_chars(key) > ATTRIBUTE_MAX ||
		    (own != NULL && json_get(own, key) != NULL))
			continue;
		buf_json_key(out, key);
		buf_str(out, json_text(v, mem));
	}
	buf_chr(out, '}');
}

/* The row as a create body: what the body knows, and the attributes. */
static void
write_body(struct buf *out, struct arena *mem, const struct json *row,
    struct import_row *r)
{
	r->ignored = arena_array(mem, json_len(row) + 1,
	    sizeof(*r->ignored));
	buf_chr(out, '{');
	for (size_t i = 0; i < json_len(row); i++) {
		const char *key = json_key(row, i);
		const struct json *v = json_at(row, i);

		if (json_type(v) == JSON_NULL ||
		    strcmp(key, "attributes") == 0)
			continue;
		if (strcmp(key, "category") == 0 &&
		    json_type(v) == JSON_STRING)
			r->category = json_string(v, NULL);
		else if (strcmp(key, "category_slug") == 0 &&
		    json_type(v) == JSON_STRING)
			r->slug = *json_string(v, NULL) != '\0' ?
			    json_string(v, NULL) : NULL;
		else if (import_field(&product_in_table, key) != NULL) {
			buf_json_key(out, key);
			buf_str(out, json_text(v, mem));
		} else if (!is_scalar(v) || utf8_chars(key) > ATTRIBUTE_MAX)
			r->ignored[r->nignored++] = key;
	}
	write_attributes(out, mem, row);
	buf_chr(out, '}');
}

static const char *
reasons(const struct err *e, struct arena *mem)
{
	struct buf b;

	buf_init(&b, mem, 128);
	for (const struct err_item *i = e->items; i != NULL; i = i->next)
		buf_printf(&b, "%s%s %s", b.len > 0 ? "; " : "", i->field,
		    i->detail);
	if (b.len == 0)
		buf_str(&b, e->detail != NULL ? e->detail : e->kind->title);
	return b.data;
}

static void
check_category(struct import_row *r)
{
	const struct field *f = import_field(&category_in_table, "name");

	if (r->category == NULL)
		return;
	if (*r->category == '\0')
		r->category = NULL;
	else if ((int64_t)utf8_chars(r->category) > f->max ||
	    !f->kind->check(r->category, strlen(r->category)))
		r->why = "category is no good name";
	else if (r->slug != NULL && !kind_slug.check(r->slug,
	    strlen(r->slug)))
		r->why = "category_slug is no slug";
	else if (r->in.category_id != 0)
		r->why = "category and category_id are given";
}

void
import_read(const char *json, struct arena *mem, struct import_row *row_r)
{
	const struct json *row;
	struct buf body;
	struct err e;

	row = json_parse(json, strlen(json), mem, &row_r->why);
	if (row == NULL)
		return;
	row_r->why = NULL;
	if (json_type(row) != JSON_OBJECT) {
		row_r->why = "is no object";
		return;
	}
	buf_init(&body, mem, strlen(json) + 64);
	write_body(&body, mem, row, row_r);
	err_init(&e, mem);
	if (field_body(&product_in_table, body.data, body.len, false, mem, &e,
	    &row_r->in) == -1)
		row_r->why = reasons(&e, mem);
	else
		check_category(row_r);
}
