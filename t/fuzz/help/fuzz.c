/* SPDX-License-Identifier: MIT */
#include "t/fuzz/help/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/err.h"
#include "lib/field.h"
#include "lib/json.h"
#include "lib/log.h"

#define MEMORY ((size_t)256 << 20)

void
broken(const char *what, const char *file, int line)
{
	fprintf(stderr, "%s:%d: not true: %s\n", file, line, what);
	abort();
}

struct arena *
fuzz_arena(void)
{
	log_init("fuzz", LOG_NONE);
	return arena_new(MEMORY);
}

char *
fuzz_text(const uint8_t *data, size_t size, struct arena *mem)
{
	size_t len = strnlen((const char *)data, size);

	return arena_strndup(mem, (const char *)data, len);
}

char *
fuzz_line(char **text)
{
	char *line = *text, *end;

	if (line == NULL)
		return NULL;
	if ((end = strchr(line, '\n')) != NULL)
		*end++ = '\0';
	*text = end;
	return line;
}

static void
text_fits(const struct field *f, const char *s)
{
	int64_t n;

	if (s == NULL)
		return;
	n = (int64_t)utf8_chars(s);
	must(utf8_valid(s, strlen(s)));
	must(n >= f->min && (f->max == 0 || n <= f->max));
	if (f->kind != NULL && f->kind->check != NULL)
		must(f->kind->check(s, strlen(s)));
}

static void
number_fits(const struct field *f, bool set, int64_t n)
{
	if (set && (f->min != 0 || f->max != 0))
		must(n >= f->min && n <= f->max);
}

static void
texts_fit(const struct field *f, const struct texts *t)
{
	if (!t->set)
		return;
	must(f->max == 0 || t->n <= (size_t)f->max);
	for (size_t i = 0; i < t->n; i++)
		must(t->v[i] != NULL && utf8_valid(t->v[i],
		    strlen(t->v[i])));
}

static void
list_fits(const struct field *f, const struct list *l)
{
	if (!l->set)
		return;
	must((int64_t)l->n >= f->min && (f->max == 0 ||
	    l->n <= (size_t)f->max));
	for (size_t i = 0; i < l->n; i++)
		fuzz_input(f->sub, (const char *)l->v + i * f->sub->size);
}

static void
member_fits(const struct field *f, const void *p)
{
	const struct json_obj *free_obj = p;
	const struct opt_i64 *oi = p;
	const struct cents *c = p;
	const struct obj *o = p;

	switch (f->type) {
	case FT_I64:
		number_fits(f, *(const int64_t *)p != f->def,
		    *(const int64_t *)p);
		break;
	case FT_OPT_I64:
		number_fits(f, oi->set && !oi->null, oi->v);
		break;
	case FT_CENTS:
		number_fits(f, c->set, c->v);
		break;
	case FT_TEXT:
		text_fits(f, *(const char *const *)p);
		break;
	case FT_OPT_TEXT:
		text_fits(f, ((const struct opt_text *)p)->v);
		break;
	case FT_JSON:
		must(free_obj->text == NULL || other_json(free_obj->text,
		    strlen(free_obj->text)) != 0);
		break;
	case FT_TEXTS:
		texts_fit(f, p);
		break;
	case FT_LIST:
		list_fits(f, p);
		break;
	case FT_OBJ:
		if (o->v != NULL)
			fuzz_input(f->sub, o->v);
		break;
	case FT_BOOL:
	case FT_OPT_BOOL:
		break;
	}
}

/* A member that several rows fill keeps to the bounds of one of them; the
 * widest is not known here, so only those with a row of their own count. */
static bool
shared(const struct table *t, const struct field *f)
{
	for (size_t i = 0; i < t->n; i++)
		if (&t->fields[i] != f && t->fields[i].offset == f->offset)
			return true;
	return false;
}

void
fuzz_input(const struct table *t, const void *in)
{
	for (size_t i = 0; i < t->n; i++)
		if (!shared(t, &t->fields[i]))
			member_fits(&t->fields[i],
			    (const char *)in + t->fields[i].offset);
}

void
fuzz_problem(const struct err *e, struct arena *mem)
{
	struct buf b;

	must(e->kind != NULL && e->kind->status >= 400);
	buf_init(&b, mem, 256);
	err_problem(e, "0123456789abcdef", &b);
	must(other_json(b.data, b.len) == 1);
}
