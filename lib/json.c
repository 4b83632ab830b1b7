/* SPDX-License-Identifier: MIT */
#include "lib/json.h"

#include <stdlib.h>
#include <string.h>

/* Two of its type names are ours. */
#define json_type jc_type
#define json_bool jc_bool
#include <json-c/json.h>
#undef json_type
#undef json_bool

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/json-private.h"

#define NUMBER_MAX 40		/* characters of a number that is not wild */
#define EXPONENT_MAX 2		/* digits of its exponent */

struct json {
	enum json_type type;
	bool truth;
	size_t len;		/* bytes, elements or members */
	const char *text;	/* of a string or a number */
	struct json *items;	/* elements, or values of the members */
	const char **keys;
};

/* json-c's tree on its way into the arena.  at runs through the text beside
 * it, since json-c does not keep what a number looked like. */
struct copy {
	struct arena *mem;
	const char *at, *end;
	size_t members;
};

static void copy_value(struct copy *c, struct json_object *from,
    struct json *to);

static void
copy_number(struct copy *c, struct json *to)
{
	size_t len = 0;
	const char *p = json_scan_number(c->at, c->end, &len);

	/* There are fewer only if a key came twice, which is refused. */
	if (p == NULL)
		return;
	to->text = arena_strndup(c->mem, p, len);
	to->len = len;
	c->at = p + len;
}

static void
copy_array(struct copy *c, struct json_object *from, struct json *to)
{
	size_t i;

	if ((to->len = json_object_array_length(from)) == 0)
		return;
	to->items = arena_array(c->mem, to->len, sizeof(*to->items));
	for (i = 0; i < to->len; i++)
		copy_value(c, json_object_array_get_idx(from, i),
		    &to->items[i]);
}

static void
copy_object(struct copy *c, struct json_object *from, struct json *to)
{
	struct json_object_iter it;
	size_t i = 0;

	if ((to->len = (size_t)json_object_object_length(from)) == 0)
		return;
	to->items = arena_array(c->mem, to->len, sizeof(*to->items));
	to->keys = arena_array(c->mem, to->len, sizeof(*to->keys));
	c->members += to->len;
	json_object_object_foreachC(from, it) {
		to->keys[i] = arena_strdup(c->mem, it.key);
		copy_value(c, it.val, &to->items[i++]);
	}
}

static void
copy_value(struct copy *c, struct json_object *from, struct json *to)
{
	switch (json_object_get_type(from)) {
	case json_type_null:
		to->type = JSON_NULL;
		break;
	case json_type_boolean:
		to->type = JSON_BOOL;
		to->truth = json_object_get_boolean(from);
		break;
	case json_type_double:
	case json_type_int:
		to->type = JSON_NUMBER;
		copy_number(c, to);
		break;
	case json_type_string:
		to->type = JSON_STRING;
		to->len = (size_t)json_object_get_string_len(from);
		to->text = arena_strndup(c->mem, json_object_get_string(from),
		    to->len);
		break;
	case json_type_array:
		to->type = JSON_ARRAY;
		copy_array(c, from, to);
		break;
	case json_type_object:
		to->type = JSON_OBJECT;
		copy_object(c, from, to);
		break;
	}
}

/* json-c's idea of the text, with false if it has none: NULL is null. */
static bool
build(const char *text, size_t len, struct json_object **tree_r)
{
	struct json_tokener *tok = json_tokener_new_ex(JSON_DEPTH + 1);
	enum json_tokener_error err;

	*tree_r = NULL;
	if (tok == NULL)
		return false;
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT);
	*tree_r = json_tokener_parse_ex(tok, text, (int)len);
	/* A number at the very end is told by what follows. */
	if (json_tokener_get_error(tok) == json_tokener_continue)
		*tree_r = json_tokener_parse_ex(tok, "", 1);
	err = json_tokener_get_error(tok);
	json_tokener_free(tok);
	return err == json_tokener_success;
}

struct json *
json_parse(const char *text, size_t len, struct arena *mem,
    const char **why_r)
{
	struct copy c = { .mem = mem };
	struct json_object *tree;
	struct json *j;
	size_t members;

	if (len > INT32_MAX) {
		*why_r = "it is too long";
		return NULL;
	}
	if (!json_scan(text, len, &members, why_r))
		return NULL;
	if (memchr(text, '\\', len) != NULL) {
		char *joined = arena_alloc(mem, len);

		memcpy(joined, text, len);
		len = json_join(joined, len);
		text = joined;
	}
	c.at = text;
	c.end = text + len;
	if (!build(text, len, &tree)) {
		*why_r = "it cannot be read";
		return NULL;
	}
	j = arena_alloc(mem, sizeof(*j));
	copy_value(&c, tree, j);
	json_object_put(tree);
	/* json-c lets the last of two equal keys win: one is missing then. */
	if (c.members != members) {
		*why_r = "a key occurs twice in an object";
		return NULL;
	}
	return j;
}

enum json_type
json_type(const struct json *j)
{
	return j->type;
}

bool
json_bool(const struct json *j)
{
	return j->truth;
}

const char *
json_number(const struct json *j)
{
	return j->text;
}

bool
json_i64(const struct json *j, int64_t *n_r)
{
	return j->type == JSON_NUMBER && i64_parse(j->text, n_r);
}

const char *
json_string(const struct json *j, size_t *len_r)
{
	if (len_r != NULL)
		*len_r = j->len;
	return j->text;
}

size_t
json_len(const struct json *j)
{
	return j->len;
}

const struct json *
json_at(const struct json *j, size_t i)
{
	return &j->items[i];
}

const char *
json_key(const struct json *j, size_t i)
{
	return j->keys[i];
}

const struct json *
json_get(const struct json *j, const char *key)
{
	size_t i;

	if (j->type != JSON_OBJECT)
		return NULL;
	for (i = 0; i < j->len; i++)
		if (strcmp(j->keys[i], key) == 0)
			return &j->items[i];
	return NULL;
}

/* Characters of a number as the database writes it: without an exponent. */
static long
plain_length(const char *s)
{
	size_t sign = *s == '-', whole = strspn(s + sign, "0123456789"), part;
	const char *rest = s + sign + whole;
	long exponent, before, behind;

	part = *rest == '.' ? strspn(rest + 1, "0123456789") : 0;
	rest += part > 0 ? part + 1 : 0;
	exponent = *rest != '\0' ? strtol(rest + 1, NULL, 10) : 0;
	before = (long)whole + exponent;
	behind = (long)part - exponent;
	return (long)sign + (before > 1 ? before : 1) +
	    (behind > 0 ? behind + 1 : 0);
}

bool
json_has_wild_number(const struct json *j)
{
	const char *e;
	size_t i;

	if (j->type == JSON_NUMBER) {
		if ((e = strpbrk(j->text, "eE")) != NULL)
			e += 1 + strspn(e + 1, "+-");
		return strlen(j->text) > NUMBER_MAX ||
		    (e != NULL && strlen(e) > EXPONENT_MAX) ||
		    plain_length(j->text) > NUMBER_MAX;
	}
	if (j->type == JSON_ARRAY || j->type == JSON_OBJECT)
		for (i = 0; i < j->len; i++)
			if (json_has_wild_number(&j->items[i]))
				return true;
	return false;
}

static void
print(const struct json *j, struct buf *out)
{
	size_t i;

	switch (j->type) {
	case JSON_NULL:
		buf_str(out, "null");
		break;
	case JSON_BOOL:
		buf_str(out, j->truth ? "true" : "false");
		break;
	case JSON_NUMBER:
		buf_str(out, j->text);
		break;
	case JSON_STRING:
		buf_json_strn(out, j->text, j->len);
		break;
	case JSON_ARRAY:
	case JSON_OBJECT:
		buf_chr(out, j->type == JSON_ARRAY ? '[' : '{');
		for (i = 0; i < j->len; i++) {
			if (i > 0)
				buf_chr(out, ',');
			if (j->type == JSON_OBJECT) {
				buf_json_str(out, j->keys[i]);
				buf_chr(out, ':');
			}
			print(&j->items[i], out);
		}
		buf_chr(out, j->type == JSON_ARRAY ? ']' : '}');
		break;
	}
}

const char *
json_text(const struct json *j, struct arena *mem)
{
	struct buf b;

	buf_init(&b, mem, 256);
	print(j, &b);
	return b.data;
}
