/* SPDX-License-Identifier: MIT */
#include "t/help/shape.h"

#include <stdio.h>

#include "t/help/suite.h"

#include "lib/json.h"

#include "app/shapes.h"

#include "t/help/db.h"

static void object(const struct shape *s, const struct json *j, bool admin);

static bool
is_text(const struct json *j, const struct field_kind *k)
{
	const char *s;

	if (json_type(j) != JSON_STRING)
		return false;
	s = json_string(j, NULL);
	return k == NULL || k->check(s, strlen(s));
}

/* RFC 3339, UTC, with Z. */
static bool
is_time(const struct json *j)
{
	size_t n;

	return is_text(j, &kind_date_time) && json_string(j, &n)[n - 1] == 'Z';
}

static bool
is_word(const struct json *j, const char *words)
{
	const char *s;
	size_t n, k;

	if (json_type(j) != JSON_STRING)
		return false;
	for (s = json_string(j, &n); ; words += k + 1) {
		k = strcspn(words, "|");
		if (k == n && strncmp(words, s, n) == 0)
			return true;
		if (words[k] == '\0')
			return false;
	}
}

static bool
is_scalar(enum prop_type t, const struct json *j)
{
	int64_t n;

	switch (t) {
	case PROP_INT:
		return json_i64(j, &n);
	case PROP_BOOL:
		return json_type(j) == JSON_BOOL;
	case PROP_NUMBER:
		return json_type(j) == JSON_NUMBER;
	case PROP_STRING:
		return is_text(j, NULL);
	case PROP_TIME:
		return is_time(j);
	case PROP_DATE:
		return is_text(j, &kind_date);
	case PROP_UUID:
		return is_text(j, &kind_uuid);
	case PROP_EMAIL:
		return is_text(j, &kind_email);
	case PROP_URL:
		return is_text(j, &kind_url);
	case PROP_OBJECT:
		return json_type(j) == JSON_OBJECT;
	default:
		return t == PROP_ANY;
	}
}

static void
value(const char *where, const char *type, const struct json *j, bool admin)
{
	char inner[192];
	enum prop_type t = shape_type(type, inner);

	if (t == PROP_LIST) {
		ck_assert_msg(json_type(j) == JSON_ARRAY, "%s: %s", where,
		    json_text(j, db_mem()));
		for (size_t i = 0; i < json_len(j); i++)
			value(where, inner, json_at(j, i), admin);
	} else if (t == PROP_SHAPE || (t == PROP_EITHER &&
	    json_type(j) == JSON_OBJECT))
		object(shape_named(inner), j, admin);
	else
		ck_assert_msg(t == PROP_EITHER ?
		    is_word(j, strchr(type, '|') + 1) : t == PROP_ENUM ?
		    is_word(j, inner) : is_scalar(t, j), "%s is no %s: %s",
		    where, type, json_text(j, db_mem()));
}

static void
object(const struct shape *s, const struct json *j, bool admin)
{
	size_t known = 0;
	struct prop p;

	ck_assert_msg(json_type(j) == JSON_OBJECT, "no %s: %s", s->name,
	    json_text(j, db_mem()));
	for (const char *const *q = s->props; *q != NULL; q++) {
		const struct json *v;
		char where[160];

		shape_prop(*q, &p);
		snprintf(where, sizeof(where), "%s.%s", s->name, p.name);
		v = json_get(j, p.name);
		ck_assert_msg((v != NULL) == (admin || !p.admin),
		    "%s is %s: %s", where, v != NULL ? "shown" : "missing",
		    json_text(j, db_mem()));
		known += v != NULL;
		if (v != NULL && (json_type(v) != JSON_NULL || !p.null))
			value(where, p.type, v, admin);
	}
	ck_assert_msg(known == json_len(j), "%s has more members: %s",
	    s->name, json_text(j, db_mem()));
}

static void
array(const struct shape *s, const struct json *j, bool admin)
{
	ck_assert_msg(j != NULL && json_type(j) == JSON_ARRAY, "no list of %s",
	    s->name);
	for (size_t i = 0; i < json_len(j); i++)
		object(s, json_at(j, i), admin);
}

static void
list(const struct shape *s, const struct json *j, bool admin)
{
	static const char *const page[] = { "has_more bool",
	    "next_cursor string?", NULL };
	const struct json *total = json_get(j, "total_count");
	struct prop p;
	int64_t n;

	array(s, json_get(j, "data"), admin);
	for (const char *const *q = page; *q != NULL; q++) {
		shape_prop(*q, &p);
		ck_assert_msg(json_get(j, p.name) != NULL, "no %s", p.name);
		if (!p.null || json_type(json_get(j, p.name)) != JSON_NULL)
			value(p.name, p.type, json_get(j, p.name), admin);
	}
	ck_assert_msg(total == NULL || json_i64(total, &n), "total_count");
	ck_assert_msg(json_len(j) == 3 + (total != NULL),
	    "a list has more members: %s", json_text(j, db_mem()));
}

void
shape_check(const struct route *r, const struct json *body, bool admin)
{
	if (r->answer == NULL)
		return;
	ck_assert_msg(body != NULL, "no %s", r->answer->name);
	if (r->flags & R_LIST)
		list(r->answer, body, admin);
	else if (r->flags & R_ARRAY)
		array(r->answer, body, admin);
	else
		object(r->answer, body, admin);
}
