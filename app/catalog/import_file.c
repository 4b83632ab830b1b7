/* SPDX-License-Identifier: MIT */
#include "app/catalog/import.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/json.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void
skip_blanks(struct import_file *f)
{
	while (f->pos < f->len && is_blank(f->text[f->pos]))
		f->pos++;
}

/* ---- JSON ---------------------------------------------------------------- */

/* Where the value at pos ends: before the next comma or bracket of the array
 * that it stands in.  The value itself is judged by json_parse(). */
static size_t
value_end(const struct import_file *f)
{
	size_t i, depth = 0;
	bool quoted = false;

	for (i = f->pos; i < f->len; i++) {
		char c = f->text[i];

		if (quoted) {
			if (c == '\\')
				i++;
			else if (c == '"')
				quoted = false;
		} else if (c == '"')
			quoted = true;
		else if (c == '{' || c == '[')
			depth++;
		else if ((c == '}' || c == ']') && depth > 0)
			depth--;
		else if (depth == 0 && (c == ',' || c == ']'))
			return i;
	}
	return f->len;
}

static int
next_json(struct import_file *f, struct arena *mem, const char **json_r,
    const char **why_r)
{
	size_t start, end;

	skip_blanks(f);
	if (f->rows > 0 && f->pos < f->len && f->text[f->pos] == ',') {
		f->pos++;
		skip_blanks(f);
	} else if (f->pos < f->len && f->text[f->pos] == ']') {
		f->pos++;
		skip_blanks(f);
		*why_r = "something follows the array";
		return f->pos == f->len ? 0 : -1;
	}
	start = f->pos;
	if ((end = value_end(f)) == f->len) {
		*why_r = "the file ends inside of this row";
		return -1;
	}
	f->pos = end;
	f->rows++;
	while (end > start && is_blank(f->text[end - 1]))
		end--;
	*json_r = arena_strndup(mem, f->text + start, end - start);
	if (strlen(*json_r) != end - start) {
		*json_r = NULL;
		*why_r = "has a NUL byte";
	}
	return 1;
}

/* ---- CSV ----------------------------------------------------------------- */

static bool
ends_cell(char c)
{
	return c == ',' || c == '\r' || c == '\n';
}

/* What a quote at pos begins, up to the quote behind it. */
static void
read_quoted(struct import_file *f, struct buf *out, const char **why_r)
{
	const char *s = f->text;

	for (f->pos++; f->pos < f->len; f->pos++) {
		if (s[f->pos] == '"' && s[++f->pos] != '"')
			return;
		buf_chr(out, s[f->pos]);
	}
	*why_r = "a quoted cell does not end";
}

/* One cell, moving pos to the comma or line end behind it. */
static const char *
read_cell(struct import_file *f, struct arena *mem, const char **why_r)
{
	struct buf b;

	buf_init(&b, mem, 32);
	if (f->pos < f->len && f->text[f->pos] == '"')
		read_quoted(f, &b, why_r);
	/* Whatever stands between quote and comma belongs to the cell. */
	for (; f->pos < f->len && !ends_cell(f->text[f->pos]); f->pos++)
		buf_chr(&b, f->text[f->pos]);
	if (!utf8_valid(b.data, b.len))
		*why_r = "is not UTF-8";
	return b.data;
}

/* The cells of a record; 0 of them at the end of the file. */
static size_t
read_record(struct import_file *f, struct arena *mem, const char ***cells_r,
    const char **why_r)
{
	size_t n = 0, cap = 16;
	const char **cells = arena_array(mem, cap, sizeof(*cells));
	bool more;

	while (f->pos < f->len && (f->text[f->pos] == '\n' ||
	    f->text[f->pos] == '\r'))
		f->pos++;
	for (more = f->pos < f->len; more; ) {
		if (n == cap) {
			cells = arena_grow(mem, cells, cap * sizeof(*cells),
			    2 * cap * sizeof(*cells));
			cap *= 2;
		}
		cells[n++] = read_cell(f, mem, why_r);
		more = f->pos < f->len && f->text[f->pos] == ',';
		f->pos += more;
	}
	*cells_r = cells;
	return n;
}

/* Spreadsheets are kept from running what looks like a formula by a quote
 * before it (as `shopd export --csv` does). */
static const char *
plain(const char *cell)
{
	return cell[0] == '\'' && cell[1] != '\0' &&
	    strchr("=+-@\t\r'", cell[1]) != NULL ? cell + 1 : cell;
}

static void
write_texts(struct buf *out, const char *cell)
{
	size_t n;

	buf_chr(out, '[');
	while (*(cell += strspn(cell, " |\r\n\t")) != '\0') {
		n = strcspn(cell, " |\r\n\t");
		buf_json_sep(out);
		buf_json_strn(out, cell, n);
		cell += n;
	}
	buf_chr(out, ']');
}

/* A cell as the JSON that its column asks for; one that does not fit stays a
 * string, and is refused with the reason. */
static void
write_cell(struct buf *out, struct arena *mem, const char *column,
    const char *cell)
{
	const struct field *f = import_field(&product_in_table, column);
	enum field_type type = f != NULL ? f->type : FT_TEXT;
	const char *why;
	int64_t n;

	buf_json_key(out, column);
	if (((type == FT_I64 || type == FT_OPT_I64 || (type == FT_CENTS &&
	    !(f->flags & F_DECIMAL))) && i64_parse(cell, &n)) ||
	    (strchr("[{", cell[0]) != NULL && type >= FT_JSON &&
	    json_parse(cell, strlen(cell), mem, &why) != NULL))
		buf_str(out, cell);
	else if (type == FT_TEXTS)
		write_texts(out, cell);
	else
		buf_json_str(out, cell);
}

static int
next_csv(struct import_file *f, struct arena *mem, const char **json_r,
    const char **why_r)
{
	const char **cells;
	size_t n = read_record(f, mem, &cells, why_r);
	struct buf b;

	if (n == 0)
		return 0;
	f->rows++;
	if (*why_r != NULL)
		return 1;
	if (n > f->ncolumns) {
		*why_r = "has more cells than there are columns";
		return 1;
	}
	buf_init(&b, mem, 512);
	buf_chr(&b, '{');
	for (size_t i = 0; i < n; i++)
		if (cells[i][0] != '\0')
			write_cell(&b, mem, f->columns[i], plain(cells[i]));
	buf_chr(&b, '}');
	*json_r = b.data;
	return 1;
}

/* ---- both ---------------------------------------------------------------- */

int
import_open(struct import_file *f, const char *text, size_t len,
    struct arena *mem, const char **why_r)
{
	*f = (struct import_file){ .text = text, .len = len };
	*why_r = NULL;
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		f->pos = 3;
	skip_blanks(f);
	if (f->pos < len && text[f->pos] == '[') {
		f->pos++;
		return 0;
	}
	f->csv = true;
	f->ncolumns = read_record(f, mem, &f->columns, why_r);
	if (f->ncolumns == 0 || text[f->pos - 1] == '}')
		*why_r = "neither a JSON array nor CSV with a header";
	return *why_r == NULL ? 0 : -1;
}

int
import_next(struct import_file *f, struct arena *mem, const char **json_r,
    const char **why_r)
{
	*json_r = *why_r = NULL;
	return f->csv ? next_csv(f, mem, json_r, why_r) :
	    next_json(f, mem, json_r, why_r);
}
