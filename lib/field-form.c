/* SPDX-License-Identifier: MIT */
#include "lib/field-private.h"

#include <string.h>
#include <strings.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/err.h"
#include "lib/http.h"
#include "lib/json.h"

#define FREE_MAX 16		/* free names in one query */
#define FREE_NAME_MAX 64	/* characters */
#define FREE_VALUE_MAX 200

static const struct table no_rows = { .name = "none" };

/* Name=value pairs being read into a struct. */
struct pairs {
	struct in in;
	const struct table *t;
	bool *given;
	void *out;
	const char *free_names[FREE_MAX];
	size_t nfree;
	struct buf free;	/* JSON members */
};

static void
read_integer(struct in *in, const struct where *w, const struct field *f,
    const char *s, void *out)
{
	int64_t n;

	if (i64_parse(s, &n))
		in_i64(in, w, f, n, out);
	else if (*s != '\0' && s[strspn(s, "-0123456789")] == '\0')
		in_fault(in, w, "out_of_range", "is no number within bounds");
	else
		in_fault(in, w, "invalid_type", "must be an integer");
}

static void
read_bool(struct in *in, const struct where *w, const struct field *f,
    const char *s, void *out)
{
	if (strcasecmp(s, "true") == 0 || strcmp(s, "1") == 0)
		in_bool(f, true, out);
	else if (strcasecmp(s, "false") == 0 || strcmp(s, "0") == 0)
		in_bool(f, false, out);
	else
		in_fault(in, w, "invalid_type", "must be true or false");
}

static void
read_more(struct in *in, const struct where *w, const struct field *f,
    const char *s, void *out)
{
	struct texts *to = in_member(f, out);
	const char **v;

	if (!in_text_ok(in, w, 1, 0, f->kind, s) ||
	    !in_count_ok(in, w, f, to->n + 1))
		return;
	/* Doubled at each power of two. */
	if ((to->n & (to->n - 1)) == 0) {
		v = arena_array(in->mem, 2 * to->n + 1, sizeof(*v));
		if (to->n > 0)
			memcpy(v, to->v, to->n * sizeof(*v));
		to->v = v;
	}
	to->set = true;
	to->v[to->n++] = s;
}

static void
read_value(struct in *in, const struct where *w, const struct field *f,
    const char *s, void *out)
{
	switch (f->type) {
	case FT_CENTS:
		if (f->flags & F_DECIMAL) {
			in_money(in, w, f, s, out);
			break;
		}
		/* FALLTHROUGH */
	case FT_I64:
	case FT_OPT_I64:
		read_integer(in, w, f, s, out);
		break;
	case FT_BOOL:
	case FT_OPT_BOOL:
		read_bool(in, w, f, s, out);
		break;
	case FT_TEXT:
	case FT_OPT_TEXT:
		in_text(in, w, f, s, out);
		break;
	case FT_TEXTS:
		read_more(in, w, f, s, out);
		break;
	case FT_JSON:
	case FT_LIST:
	case FT_OBJ:
		in_fault(in, w, "invalid_type", "must come as JSON");
		break;
	}
}

static void
read_free(struct pairs *p, const struct where *w, const char *name,
    const char *value)
{
	struct in *in = &p->in;
	size_t i;

	if (!in_text_ok(in, w, 0, FREE_VALUE_MAX, NULL, value))
		return;
	if (*name == '\0' || utf8_chars(name) > FREE_NAME_MAX) {
		in_fault(in, w, "invalid_format", "is not a good name");
		return;
	}
	for (i = 0; i < p->nfree; i++)
		if (strcmp(p->free_names[i], name) == 0) {
			in_fault(in, w, "conflict",
			    "is given more than once");
			return;
		}
	if (p->nfree == FREE_MAX) {
		in_fault(in, w, "too_many", "is one too many of its sort");
		return;
	}
	p->free_names[p->nfree++] = name;
	buf_json_key(&p->free, name);
	buf_json_str(&p->free, value);
}

static bool
has_control(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return true;
	return false;
}

static void
read_pair(struct pairs *p, const char *s, size_t len)
{
	const char *eq = memchr(s, '=', len), *value, *prefix = p->t->open;
	size_t nlen = eq != NULL ? (size_t)(eq - s) : len;
	struct where w = { .name = url_decode(p->in.mem, s, nlen, true) };
	const struct field *f;

	if (w.name == NULL || has_control(w.name)) {
		w.name = "";
		in_fault(&p->in, &w, "invalid_format",
		    "a name is encoded wrongly");
		return;
	}
	value = eq == NULL ? "" :
	    url_decode(p->in.mem, eq + 1, len - nlen - 1, true);
	if (value == NULL || has_control(value))
		in_fault(&p->in, &w, "invalid_format", "is encoded wrongly");
	else if (prefix != NULL &&
	    strncmp(w.name, prefix, strlen(prefix)) == 0)
		read_free(p, &w, w.name + strlen(prefix), value);
	else if ((f = in_row(&p->in, &w, p->t, p->given)) != NULL)
		read_value(&p->in, &w, f, value, p->out);
}

static void
read_pairs(const struct table *t, const char *s, size_t len,
    struct arena *mem, struct err *e, void *out)
{
	struct pairs p = { .in = { .mem = mem, .err = e }, .t = t,
	    .out = out };
	const char *end = s + len, *amp;

	p.given = arena_array(mem, t->n + 1, sizeof(*p.given));
	buf_init(&p.free, mem, 64);
	buf_chr(&p.free, '{');
	for (; s < end; s = amp + 1) {
		if ((amp = memchr(s, '&', (size_t)(end - s))) == NULL)
			amp = end;
		if (amp > s)
			read_pair(&p, s, (size_t)(amp - s));
	}
	in_end(&p.in, NULL, t, p.given, out);
	if (p.nfree > 0) {
		buf_chr(&p.free, '}');
		((struct json_obj *)(void *)((char *)out +
		    t->open_offset))->text = p.free.data;
	}
}

int
field_form(const struct table *t, const char *body, size_t len,
    struct arena *mem, struct err *e, void *out)
{
	memset(out, 0, t->size);
	read_pairs(t, body, len, mem, e, out);
	return err_faults(e, ERR_HERE);
}

int
field_query(const struct table *t, const char *query, struct arena *mem,
    struct err *e, void *out)
{
	if (t == NULL)
		t = &no_rows;
	else
		memset(out, 0, t->size);
	if (query == NULL)
		query = "";
	read_pairs(t, query, strlen(query), mem, e, out);
	if (e->items == NULL)
		return 0;
	return err_set(e, &E_INVALID_PARAMETER, ERR_HERE,
	    "The request has invalid parameters");
}
