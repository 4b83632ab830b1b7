/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/json.h"

#include "app/config.h"
#include "app/routes.h"
#include "app/shapes.h"
#include "app/web/openapi.h"

static struct arena *mem;

static void
setup(void)
{
	mem = arena_new((size_t)64 << 20);
	config.public_url = "https://shop.example";
}

static void
teardown(void)
{
	arena_free(mem);
}

static const struct json *
at(const struct json *j, const char *name)
{
	ck_assert_msg(j != NULL && json_type(j) == JSON_OBJECT, "%s", name);
	return json_get(j, name);
}

/* Also: no name is there twice, a shape's and a table's say. */
START_TEST(is_json)
{
	struct buf b;
	const struct json *doc, *paths;
	const char *why = "";

	buf_init(&b, mem, 1 << 16);
	openapi_write(&routes, &b);
	doc = json_parse(b.data, b.len, mem, &why);
	ck_assert_msg(doc != NULL, "%s", why);
	ck_assert_str_eq(json_string(at(doc, "openapi"), NULL), "3.1.0");
	paths = at(doc, "paths");
	for (size_t i = 0; i < routes.n; i++) {
		const char *p = openapi_path(mem, routes.routes[i].path);

		ck_assert_msg((json_get(paths, p) != NULL) !=
		    ((routes.routes[i].flags & R_HIDDEN) != 0), "%s", p);
	}
	for (size_t i = 0; i < routes.naliases; i++) {
		const char *p = openapi_path(mem, routes.aliases[i].path);

		ck_assert_msg(json_get(paths, p) != NULL, "%s", p);
	}
}
END_TEST

static void
check_examples(const char *where, const struct json *content)
{
	for (size_t i = 0; content != NULL && i < json_len(content); i++) {
		const struct json *type = json_at(content, i);

		ck_assert_msg(json_get(type, "schema") != NULL &&
		    (json_get(type, "example") != NULL ||
		    json_get(type, "examples") != NULL), "%s: %s", where,
		    json_key(content, i));
	}
}

static void
check_operation(const char *path, const struct json *op)
{
	const struct json *body = json_get(op, "requestBody");
	const struct json *answers = at(op, "responses");

	if (body != NULL)
		check_examples(path, at(body, "content"));
	for (size_t i = 0; i < json_len(answers); i++)
		check_examples(path, json_get(json_at(answers, i),
		    "content"));
}

START_TEST(bodies_have_examples)
{
	struct buf b;
	const struct json *paths, *path;
	const char *why;

	buf_init(&b, mem, 1 << 16);
	openapi_write(&routes, &b);
	paths = at(json_parse(b.data, b.len, mem, &why), "paths");
	for (size_t i = 0; i < json_len(paths); i++) {
		path = json_at(paths, i);
		for (size_t k = 0; k < json_len(path); k++)
			check_operation(json_key(paths, i),
			    json_at(path, k));
	}
}
END_TEST

/* Of two names for one thing just one is taken. */
START_TEST(names_exclude_each_other)
{
	struct buf b;

	buf_init(&b, mem, 1 << 16);
	openapi_write(&routes, &b);
	ck_assert_ptr_nonnull(strstr(b.data,
	    "{\"oneOf\":[{\"required\":[\"title\"]},"
	    "{\"required\":[\"name\"]}]}"));
}
END_TEST

/* A form's names are its parameters: attr.color, not color. */
START_TEST(free_names_are_whole)
{
	struct buf b;

	buf_init(&b, mem, 1 << 16);
	openapi_write(&routes, &b);
	ck_assert_ptr_nonnull(strstr(b.data,
	    "\"propertyNames\":{\"pattern\":\"^attr[.].\"}"));
}
END_TEST

static bool
says(const struct json *type, const char *word)
{
	for (size_t i = 0; type != NULL && json_type(type) == JSON_ARRAY &&
	    i < json_len(type); i++)
		if (says(json_at(type, i), word))
			return true;
	return type != NULL && json_type(type) == JSON_STRING &&
	    strcmp(json_string(type, NULL), word) == 0;
}

/* Each schema of an object says which members it has, or that it may have
 * any: where nothing is said, generated clients know none. */
static void
check_objects(const char *where, const struct json *j)
{
	bool object = json_type(j) == JSON_OBJECT;

	if (object && says(json_get(j, "type"), "object"))
		ck_assert_msg(json_get(j, "properties") != NULL ||
		    json_get(j, "additionalProperties") != NULL, "%s: %s",
		    where, json_text(j, mem));
	for (size_t i = 0; (object || json_type(j) == JSON_ARRAY) &&
	    i < json_len(j); i++)
		check_objects(object ? json_key(j, i) : where,
		    json_at(j, i));
}

START_TEST(objects_are_open_or_closed)
{
	struct buf b;
	const char *why;

	buf_init(&b, mem, 1 << 16);
	openapi_write(&routes, &b);
	check_objects("", json_parse(b.data, b.len, mem, &why));
}
END_TEST

static const char *
schema_of(const struct field *f)
{
	struct buf b;

	buf_init(&b, mem, 256);
	openapi_field(&b, f);
	return b.data;
}

START_TEST(bounds_are_shown)
{
	struct field price = { .type = FT_CENTS, .flags = F_DECIMAL,
	    .min = 0, .max = 500000 };
	struct field title = { .type = FT_TEXT, .kind = &kind_printable };

	ck_assert_ptr_nonnull(strstr(schema_of(&price),
	    "\"minimum\":0,\"maximum\":5000.00}"));
	ck_assert_ptr_nonnull(strstr(schema_of(&price),
	    "\"pattern\":\"^(0|[1-9][0-9]*)([.][0-9]{1,2})?$\""));
	price.max = INT64_MAX;
	ck_assert_ptr_null(strstr(schema_of(&price), "maximum"));
	ck_assert_ptr_nonnull(strstr(schema_of(&title),
	    "\"pattern\":\"^[^\\\\u0000-"));
}
END_TEST

/* Not all engines know more than characters, classes, groups and counts; of
 * \u RE2 knows nothing, and its users translate four upper case digits. */
static bool
is_portable(const char *pattern)
{
	for (const char *p = pattern; (p = strstr(p, "\\u")) != NULL; p++)
		if (strspn(p + 2, "0123456789ABCDEF") < 4)
			return false;
	return strstr(pattern, "(?") == NULL;
}

static void
check_rule(const struct table *t, const struct field *f)
{
	const struct field_kind *k = f->kind;

	ck_assert_msg(k == NULL || k->pattern == NULL ||
	    is_portable(k->pattern), "%s: %s", t->name, k->pattern);
	ck_assert_msg(k == NULL || k->check == NULL || k->format != NULL ||
	    k->pattern != NULL || (f->flags & F_SECRET), "%s: %s", t->name,
	    f->name);
	for (size_t i = 0; f->sub != NULL && i < f->sub->n; i++)
		check_rule(f->sub, &f->sub->fields[i]);
}

/* What a field refuses, the document does not allow. */
START_TEST(rules_are_shown)
{
	for (size_t i = 0; i < routes.n; i++) {
		const struct table *t[] = { routes.routes[i].body,
		    routes.routes[i].query };

		for (size_t k = 0; k < 2; k++)
			for (size_t n = 0; t[k] != NULL && n < t[k]->n; n++)
				check_rule(t[k], &t[k]->fields[n]);
	}
}
END_TEST

/* What the document shows as a request is one that is taken. */
START_TEST(examples_are_taken)
{
	for (size_t i = 0; i < routes.n; i++) {
		const struct table *t = routes.routes[i].body;
		struct err e;
		struct buf b;

		if (t == NULL)
			continue;
		err_init(&e, mem);
		buf_init(&b, mem, 256);
		openapi_table_example(&b, t);
		ck_assert_msg(field_body(t, b.data, b.len, true, mem, &e,
		    arena_alloc(mem, t->size)) == 0, "%s: %s: %s %s", t->name,
		    b.data, e.items != NULL ? e.items->field : "",
		    e.items != NULL ? e.items->detail : "");
	}
}
END_TEST

static void
check_type(const struct shape *s, const char *type)
{
	char inner[192];
	enum prop_type t = shape_type(type, inner);

	if (t == PROP_LIST)
		check_type(s, inner);
	else if (t == PROP_SHAPE || t == PROP_EITHER)
		ck_assert_msg(shape_named(inner) != NULL, "%s: %s", s->name,
		    inner);
}

START_TEST(shapes_are_known)
{
	struct prop p;

	for (const struct shape *const *s = __start_shapes;
	    s < __stop_shapes; s++)
		for (const char *const *q = (*s)->props; *q != NULL; q++) {
			shape_prop(*q, &p);
			ck_assert_msg(p.name[0] != '\0' && p.type[0] != '\0',
			    "%s: %s", (*s)->name, *q);
			check_type(*s, p.type);
		}
}
END_TEST

START_TEST(properties_are_read)
{
	struct prop p;
	char inner[192];

	shape_prop("reserved int?@admin", &p);
	ck_assert_str_eq(p.name, "reserved");
	ck_assert_str_eq(p.type, "int");
	ck_assert(p.null && p.admin);
	ck_assert_int_eq(shape_type("[{variant}]", inner), PROP_LIST);
	ck_assert_str_eq(inner, "{variant}");
	ck_assert_int_eq(shape_type(inner, inner), PROP_SHAPE);
	ck_assert_str_eq(inner, "variant");
	ck_assert_int_eq(shape_type("a|b", inner), PROP_ENUM);
	ck_assert_int_eq(shape_type("time", inner), PROP_TIME);
	ck_assert_int_eq(shape_type("{user}|system", inner), PROP_EITHER);
	ck_assert_str_eq(inner, "user");
}
END_TEST

/* The codes that a row names are codes. */
START_TEST(errors_are_known)
{
	for (size_t i = 0; i < routes.n; i++) {
		const char *p = routes.routes[i].errors;

		while (p != NULL && *p != '\0') {
			size_t n = strcspn(p, " ");
			const char *code = arena_strndup(mem, p, n);

			if (strchr(code, ':') != NULL)
				code = strchr(code, ':') + 1;

			ck_assert_msg(err_kind_by_code(code) != NULL,
			    "%s: %s", routes.routes[i].path, code);
			p += n + strspn(p + n, " ");
		}
	}
}
END_TEST

/* Whoever may be told that a version is stale can say which it was. */
START_TEST(versions_can_be_named)
{
	for (size_t i = 0; i < routes.n; i++) {
		const struct route *r = &routes.routes[i];

		if (r->errors != NULL &&
		    strstr(r->errors, "precondition_failed") != NULL)
			ck_assert_msg(openapi_if_match(r->methods, r->path),
			    "%s", r->path);
	}
}
END_TEST

SUITE(openapi)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, is_json);
	tcase_add_test(tc, bodies_have_examples);
	tcase_add_test(tc, names_exclude_each_other);
	tcase_add_test(tc, free_names_are_whole);
	tcase_add_test(tc, objects_are_open_or_closed);
	tcase_add_test(tc, bounds_are_shown);
	tcase_add_test(tc, rules_are_shown);
	tcase_add_test(tc, examples_are_taken);
	tcase_add_test(tc, shapes_are_known);
	tcase_add_test(tc, properties_are_read);
	tcase_add_test(tc, errors_are_known);
	tcase_add_test(tc, versions_can_be_named);
}
