/* SPDX-License-Identifier: MIT */
#include "lib/pg-private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"

/* Types of pg_type.dat, which never change. */
enum {
	OID_BOOL = 16, OID_INT8 = 20, OID_INT2 = 21, OID_INT4 = 23,
	OID_JSON = 114, OID_FLOAT4 = 700, OID_FLOAT8 = 701,
	OID_TIMESTAMPTZ = 1184, OID_NUMERIC = 1700, OID_JSONB = 3802
};

struct pgv
pg_i64(int64_t n)
{
	struct pgv v = { .value = NULL };
	struct buf b;

	buf_fixed(&b, v.num, sizeof(v.num));
	buf_i64(&b, n);
	return v;
}

struct pgv
pg_bool(bool b)
{
	return (struct pgv){ .value = b ? "t" : "f" };
}

struct pgv
pg_text(const char *s)
{
	return (struct pgv){ .value = s };
}

struct pgv
pg_null(void)
{
	return (struct pgv){ .value = NULL };
}

static char *
put(char *p, uint64_t n, int bytes)
{
	while (bytes-- > 0)
		*p++ = (char)(n >> 8 * bytes);
	return p;
}

/* As array_recv() of PostgreSQL reads it: dimensions, whether there are
 * nulls, the type; of the only dimension the length and the first index; of
 * each element the length and the bytes. A third of what text costs it. */
struct pgv
pg_i64s(struct arena *mem, const int64_t *v, size_t n)
{
	char *data = arena_alloc(mem, 20 + n * 12), *p = data;

	p = put(p, n > 0, 4);
	p = put(p, 0, 4);
	p = put(p, OID_INT8, 4);
	if (n > 0) {
		p = put(p, n, 4);
		p = put(p, 1, 4);
	}
	for (size_t i = 0; i < n; i++) {
		p = put(p, 8, 4);
		p = put(p, (uint64_t)v[i], 8);
	}
	return (struct pgv){ .value = data, .len = (int)(p - data) };
}

struct pgv
pg_texts(struct arena *mem, const char *const *v, size_t n)
{
	struct buf b;

	buf_init(&b, mem, n * 16 + 8);
	buf_chr(&b, '{');
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_chr(&b, ',');
		if (v[i] == NULL) {
			buf_str(&b, "NULL");
			continue;
		}
		buf_chr(&b, '"');
		for (const char *p = v[i]; *p != '\0'; p++) {
			if (*p == '"' || *p == '\\')
				buf_chr(&b, '\\');
			buf_chr(&b, *p);
		}
		buf_chr(&b, '"');
	}
	buf_chr(&b, '}');
	return pg_text(b.data);
}

/* A column that a statement does not have is a bug of the program. */
static int
must_col(const struct rows *rs, const char *col)
{
	int i = rs->res == NULL ? -1 : res_col(rs->res, col);

	if (i == -1) {
		fprintf(stderr, "no column %s in a result\n", col);
		abort();
	}
	return i;
}

bool
rows_has(const struct rows *rs, const char *col)
{
	return rs->res != NULL && res_col(rs->res, col) != -1;
}

bool
rows_null(const struct rows *rs, int row, const char *col)
{
	return res_null(rs->res, row, must_col(rs, col));
}

int64_t
rows_i64(const struct rows *rs, int row, const char *col)
{
	return strtoll(res_value(rs->res, row, must_col(rs, col)), NULL, 10);
}

bool
rows_bool(const struct rows *rs, int row, const char *col)
{
	return res_value(rs->res, row, must_col(rs, col))[0] == 't';
}

const char *
rows_text(const struct rows *rs, int row, const char *col)
{
	int i = must_col(rs, col);

	return res_null(rs->res, row, i) ? NULL : res_value(rs->res, row, i);
}

const char *
rows_first_text(const struct rows *rs)
{
	return res_null(rs->res, 0, 0) ? NULL : res_value(rs->res, 0, 0);
}

int64_t
rows_first_i64(const struct rows *rs)
{
	return strtoll(res_value(rs->res, 0, 0), NULL, 10);
}

/* "2026-11-24 21:31:06.1+00" becomes "2026-11-24T21:31:06.1Z". */
static void
write_time(struct buf *out, const char *s)
{
	size_t len = strlen(s);

	buf_chr(out, '"');
	if (len > 13 && s[10] == ' ' && strcmp(s + len - 3, "+00") == 0) {
		buf_add(out, s, 10);
		buf_chr(out, 'T');
		buf_add(out, s + 11, len - 14);
		buf_chr(out, 'Z');
	} else
		buf_add(out, s, len);
	buf_chr(out, '"');
}

static void
write_value(struct buf *out, unsigned type, const char *s)
{
	switch (type) {
	case OID_BOOL:
		buf_str(out, s[0] == 't' ? "true" : "false");
		break;
	case OID_INT2:
	case OID_INT4:
	case OID_INT8:
	case OID_NUMERIC:
	case OID_FLOAT4:
	case OID_FLOAT8:
	case OID_JSON:
	case OID_JSONB:
		buf_str(out, s);
		break;
	case OID_TIMESTAMPTZ:
		write_time(out, s);
		break;
	default:
		buf_json_str(out, s);
	}
}

void
rows_value(const struct rows *rs, int row, const char *col, struct buf *out)
{
	int i = must_col(rs, col);

	if (res_null(rs->res, row, i))
		buf_str(out, "null");
	else
		write_value(out, res_type(rs->res, i),
		    res_value(rs->res, row, i));
}

void
rows_members(const struct rows *rs, int row, bool admin, struct buf *out)
{
	int n = res_cols(rs->res);

	for (int i = 0; i < n; i++) {
		const char *name = res_name(rs->res, i);
		const char *mark = strstr(name, "__admin");

		if (name[0] == '_' || (mark != NULL && !admin))
			continue;
		buf_json_sep(out);
		buf_chr(out, '"');
		buf_add(out, name, mark != NULL ? (size_t)(mark - name) :
		    strlen(name));
		buf_str(out, "\":");
		if (res_null(rs->res, row, i))
			buf_str(out, "null");
		else
			write_value(out, res_type(rs->res, i),
			    res_value(rs->res, row, i));
	}
	if (row == 0 && rs->more != NULL) {
		buf_json_sep(out);
		buf_str(out, rs->more);
	}
}

void
rows_json(const struct rows *rs, int row, bool admin, struct buf *out)
{
	buf_chr(out, '{');
	rows_members(rs, row, admin, out);
	buf_chr(out, '}');
}
