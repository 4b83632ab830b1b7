/* SPDX-License-Identifier: MIT */
#include "lib/field-private.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/err.h"
#include "lib/json.h"

#define FAULTS_MAX 100
#define NAME_MAX_SHOWN 64	/* bytes of a name that a client made up */

static void
path_to(const struct where *w, struct buf *out)
{
	size_t len;

	if (w->up != NULL)
		path_to(w->up, out);
	if (w->name == NULL) {
		buf_printf(out, "[%zu]", w->i);
		return;
	}
	if (out->len > 0)
		buf_chr(out, '.');
	len = strnlen(w->name, NAME_MAX_SHOWN);
	if (len == NAME_MAX_SHOWN)
		while ((w->name[len] & 0xc0) == 0x80)
			len--;
	buf_add(out, w->name, len);
}

void
in_fault(struct in *in, const struct where *w, const char *code,
    const char *fmt, ...)
{
	va_list ap;
	struct buf path;
	const char *detail;
	size_t most = FAULTS_MAX;

	/* The last place is for one that makes it more than unknown fields. */
	if (strcmp(code, "unknown_field") == 0)
		most--;
	if (in->faults >= most)
		return;
	in->faults++;
	buf_init(&path, in->mem, 64);
	path_to(w, &path);
	va_start(ap, fmt);
	detail = arena_vprintf(in->mem, fmt, ap);
	va_end(ap);
	err_add(in->err, path.data, code, "%s", detail);
}

/* True if a space separated list holds the word. */
static bool
listed(const char *list, const char *word)
{
	size_t len = strlen(word), n;

	if (list == NULL || len == 0)
		return false;
	for (;;) {
		list += strspn(list, " ");
		if ((n = strcspn(list, " ")) == 0)
			return false;
		if (n == len && memcmp(list, word, len) == 0)
			return true;
		list += n;
	}
}

/* True if the row, or another one that fills the same member, was given. */
static bool
filled(const struct table *t, const bool *given, const struct field *f)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (given[i] && t->fields[i].offset == f->offset)
			return true;
	return false;
}

const struct field *
in_row(struct in *in, const struct where *w, const struct table *t,
    bool *given)
{
	const struct field *f;
	size_t i;

	for (i = 0; i < t->n; i++) {
		f = &t->fields[i];
		if (strcmp(f->name, w->name) != 0 &&
		    !listed(f->aliases, w->name))
			continue;
		if (filled(t, given, f)) {
			if (given[i] && (f->flags & F_REPEAT))
				return f;
			in_fault(in, w, "conflict",
			    "is given more than once");
			return NULL;
		}
		given[i] = true;
		return f;
	}
	in_fault(in, w, "unknown_field", "is not known here");
	return NULL;
}

void
in_end(struct in *in, const struct where *up, const struct table *t,
    const bool *given, void *out)
{
	const struct field *f;
	struct where w = { .up = up };
	size_t i;

	for (i = 0; i < t->n; i++) {
		f = &t->fields[i];
		if (filled(t, given, f))
			continue;
		w.name = f->name;
		if (f->flags & REQUIRED)
			in_fault(in, &w, "required", "is required");
		else if (f->type == FT_I64)
			*(int64_t *)in_member(f, out) = f->def;
		else if (f->type == FT_BOOL)
			*(bool *)in_member(f, out) = f->def != 0;
	}
}

void *
in_member(const struct field *f, void *out)
{
	return (char *)out + f->offset;
}

/* A bound as the member would be given, whose cents may be a decimal. */
static const char *
bound(struct in *in, const struct field *f, int64_t n)
{
	if (!(f->flags & F_DECIMAL))
		return arena_printf(in->mem, "%" PRId64, n);
	return money_decimal(in->mem, n, money_decimals(NULL));
}

static bool
in_range(struct in *in, const struct where *w, const struct field *f,
    int64_t n)
{
	if ((f->min == 0 && f->max == 0) || (n >= f->min && n <= f->max))
		return true;
	if (n < f->min)
		in_fault(in, w, "out_of_range", "must be at least %s",
		    bound(in, f, f->min));
	else
		in_fault(in, w, "out_of_range", "must be at most %s",
		    bound(in, f, f->max));
	return false;
}

void
in_beyond(struct in *in, const struct where *w, const struct field *f,
    const char *s)
{
	bool any = f->min == 0 && f->max == 0;

	if (*s == '-')
		in_fault(in, w, "out_of_range", "must be at least %s",
		    bound(in, f, any ? INT64_MIN : f->min));
	else
		in_fault(in, w, "out_of_range", "must be at most %s",
		    bound(in, f, any ? INT64_MAX : f->max));
}

void
in_i64(struct in *in, const struct where *w, const struct field *f,
    int64_t n, void *out)
{
	void *to = in_member(f, out);

	if (!in_range(in, w, f, n))
		return;
	if (f->type == FT_OPT_I64)
		*(struct opt_i64 *)to = (struct opt_i64){ .set = true,
		    .v = n };
	else if (f->type == FT_CENTS)
		*(struct cents *)to = (struct cents){ .set = true, .v = n };
	else
		*(int64_t *)to = n;
}

void
in_bool(const struct field *f, bool b, void *out)
{
	void *to = in_member(f, out);

	if (f->type == FT_OPT_BOOL)
		*(struct opt_bool *)to = (struct opt_bool){ .set = true,
		    .v = b };
	else
		*(bool *)to = b;
}

/* As money_parse() takes it, however long. */
static bool
is_decimal(const char *s, size_t decimals)
{
	size_t n;

	s += *s == '-';
	n = strspn(s, "0123456789");
	if (n == 0 || (n > 1 && *s == '0'))
		return false;
	s += n;
	if (*s == '\0')
		return true;
	n = strspn(s + 1, "0123456789");
	return *s == '.' && n >= 1 && n <= decimals && s[n + 1] == '\0';
}

void
in_money(struct in *in, const struct where *w, const struct field *f,
    const char *s, void *out)
{
	int decimals = money_decimals(NULL);
	int64_t n;

	if (money_parse(s, &n))
		in_i64(in, w, f, n, out);
	else if (is_decimal(s, (size_t)decimals))
		in_beyond(in, w, f, s);
	else
		in_fault(in, w, "invalid_format", "must be a decimal number "
		    "of at most %d decimals", decimals);
}

static void
not_of_values(struct in *in, const struct where *w,
    const char *const *values)
{
	struct buf list;

	buf_init(&list, in->mem, 128);
	for (; *values != NULL; values++)
		buf_printf(&list, "%s%s", list.len > 0 ? ", " : "", *values);
	in_fault(in, w, "invalid_value", "must be one of: %s", list.data);
}

static bool
kind_ok(struct in *in, const struct where *w, const struct field_kind *kind,
    const char *s)
{
	const char *const *v;

	if (kind->values != NULL) {
		for (v = kind->values; *v != NULL; v++)
			if (strcmp(*v, s) == 0)
				break;
		if (*v == NULL) {
			not_of_values(in, w, kind->values);
			return false;
		}
	}
	if (kind->check != NULL && !kind->check(s, strlen(s))) {
		in_fault(in, w, "invalid_format", "%s",
		    kind->message != NULL ? kind->message : "is malformed");
		return false;
	}
	return true;
}

bool
in_text_ok(struct in *in, const struct where *w, int64_t min, int64_t max,
    const struct field_kind *kind, const char *s)
{
	int64_t n = (int64_t)utf8_chars(s);

	if (n < min) {
		if (n == 0)
			in_fault(in, w, "too_short", "must not be empty");
		else
			in_fault(in, w, "too_short", "must have %" PRId64
			    " characters or more", min);
		return false;
	}
	if (max > 0 && n > max) {
		in_fault(in, w, "too_long", "must have %" PRId64
		    " characters or fewer", max);
		return false;
	}
	return kind == NULL || kind_ok(in, w, kind, s);
}

bool
in_count_ok(struct in *in, const struct where *w, const struct field *f,
    size_t n)
{
	if ((int64_t)n < f->min) {
		in_fault(in, w, "too_few", "must have %" PRId64 " or more",
		    f->min);
		return false;
	}
	if (f->max > 0 && (int64_t)n > f->max) {
		in_fault(in, w, "too_many", "must have %" PRId64 " or fewer",
		    f->max);
		return false;
	}
	return true;
}

void
in_text(struct in *in, const struct where *w, const struct field *f,
    const char *s, void *out)
{
	void *to = in_member(f, out);

	if (!in_text_ok(in, w, f->min, f->max, f->kind, s))
		return;
	if (f->type == FT_OPT_TEXT)
		*(struct opt_text *)to = (struct opt_text){ true, s };
	else
		*(const char **)to = s;
}
