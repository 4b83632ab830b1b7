/* SPDX-License-Identifier: MIT */
#include "lib/err.h"

#include <stdarg.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"

#define ERR(...) ERR_DEFINE(__VA_ARGS__)
#include "lib/err.def"
#undef ERR

extern const struct err_kind *const __start_errkinds[];
extern const struct err_kind *const __stop_errkinds[];

void
err_init(struct err *e, struct arena *mem)
{
	memset(e, 0, sizeof(*e));
	e->mem = mem;
	e->tail = &e->items;
}

int
err_set(struct err *e, const struct err_kind *kind, const char *where,
    const char *fmt, ...)
{
	va_list ap;
	const char *text;

	if (e->kind != NULL)
		return -1;
	va_start(ap, fmt);
	text = arena_vprintf(e->mem, fmt, ap);
	va_end(ap);
	e->kind = kind;
	e->where = where;
	if (kind->status == 500)
		e->internal = text;
	else
		e->detail = text;
	return -1;
}

struct err_item *
err_add(struct err *e, const char *field, const char *code,
    const char *fmt, ...)
{
	struct err_item *item = arena_alloc(e->mem, sizeof(*item));
	va_list ap;

	va_start(ap, fmt);
	item->detail = arena_vprintf(e->mem, fmt, ap);
	va_end(ap);
	item->field = field;
	item->code = code;
	*e->tail = item;
	e->tail = &item->next;
	return item;
}

int
err_faults(struct err *e, const char *where)
{
	const struct err_item *item = e->items;

	if (item == NULL)
		return e->kind == NULL ? 0 : -1;
	while (item != NULL && strcmp(item->code, E_UNKNOWN_FIELD.code) == 0)
		item = item->next;
	if (item == NULL)
		return err_set(e, &E_UNKNOWN_FIELD, where,
		    "The request has a field that is not known here");
	return err_set(e, &E_VALIDATION_FAILED, where,
	    "The request has invalid fields");
}

const struct err_kind *
err_kind_by_code(const char *code)
{
	const struct err_kind *const *k;

	for (k = __start_errkinds; k < __stop_errkinds; k++)
		if (strcmp((*k)->code, code) == 0)
			return *k;
	return NULL;
}

size_t
err_kinds(const struct err_kind *const **list_r)
{
	*list_r = __start_errkinds;
	return (size_t)(__stop_errkinds - __start_errkinds);
}

static void
text_member(struct buf *out, const char *key, const char *value)
{
	if (value == NULL)
		return;
	buf_json_key(out, key);
	buf_json_str(out, value);
}

static void
more_members(struct buf *out, const char *members)
{
	if (members == NULL || *members == '\0')
		return;
	buf_json_sep(out);
	buf_str(out, members);
}

static void
error_list(struct buf *out, const struct err_item *item)
{
	buf_chr(out, '[');
	for (; item != NULL; item = item->next) {
		buf_json_sep(out);
		buf_chr(out, '{');
		text_member(out, "field", item->field);
		text_member(out, "code", item->code);
		text_member(out, "detail", item->detail);
		more_members(out, item->members);
		buf_chr(out, '}');
	}
	buf_chr(out, ']');
}

void
err_problem(const struct err *e, const char *request_id, struct buf *out)
{
	const struct err_kind *kind = e->kind != NULL ? e->kind : &E_INTERNAL;

	buf_str(out, "{\"type\":\"urn:shopd:problem:");
	buf_str(out, kind->code);
	buf_chr(out, '"');
	text_member(out, "title", kind->title);
	buf_json_key(out, "status");
	buf_i64(out, kind->status);
	text_member(out, "detail", e->detail != NULL ? e->detail :
	    kind->title);
	text_member(out, "code", kind->code);
	text_member(out, "request_id", request_id);
	if (e->errors_json != NULL) {
		buf_json_key(out, "errors");
		buf_str(out, e->errors_json);
	} else if (e->items != NULL) {
		buf_json_key(out, "errors");
		error_list(out, e->items);
	}
	more_members(out, e->members);
	buf_chr(out, '}');
}
