/* SPDX-License-Identifier: MIT */
#include "lib/http.h"

#include <string.h>

#include "lib/json.h"
#include "lib/pg.h"
#include "lib/route.h"
#include "lib/token.h"

#define MAC_LEN 8
#define LINK_MAX_BYTES 8192	/* nginx takes 16 KiB of headers */
#define PAGE_BYTES ((size_t)24 << 20)

/* A cursor is base64url of a keyed digest, which is of the list's path too,
 * and "sort\nid\nkey".  A client
 * that made one up could only make the database refuse its key, which would
 * look like a fault of ours. */
static unsigned char secret[32] = "shopd cursor";

void
page_secret(const unsigned char key[32])
{
	memcpy(secret, key, sizeof(secret));
}

static bool
by_id(const char *sort)
{
	return strcmp(sort, "id") == 0 || strcmp(sort, "-id") == 0;
}

static int
bad_page(struct req *rq, const char *name, const char *code,
    const char *detail)
{
	err_add(rq->err, name, code, "%s", detail);
	return fail(rq, E_INVALID_PARAMETER,
	    "The request has invalid parameters");
}

static void
sign(const struct req *rq, const char *plain, size_t len,
    unsigned char mac_r[32])
{
	struct buf b;

	buf_init(&b, rq->mem, len + 64);
	buf_printf(&b, "%s\n", rq->route->path);
	buf_add(&b, plain, len);
	hmac_sha256(secret, sizeof(secret), b.data, b.len, mac_r);
}

static const char *
cursor_make(const struct req *rq, const char *sort, int64_t id,
    const char *key)
{
	struct arena *mem = rq->mem;
	unsigned char mac[32];
	struct buf plain, out;

	buf_init(&plain, mem, 128);
	buf_printf(&plain, "%s\n", sort);
	buf_i64(&plain, id);
	buf_printf(&plain, "\n%s", key);
	sign(rq, plain.data, plain.len, mac);
	buf_init(&out, mem, 192);
	buf_add(&out, mac, MAC_LEN);
	buf_add(&out, plain.data, plain.len);
	buf_init(&plain, mem, 192);
	b64url_encode(&plain, out.data, out.len);
	return plain.data;
}

static bool
cursor_read(const struct req *rq, const char *cursor, const char *sort,
    struct page_start *start_r)
{
	unsigned char mac[32];
	size_t len, n = strlen(sort);
	char *s = b64url_decode(rq->mem, cursor, &len), *id, *key;

	if (s == NULL || len < MAC_LEN)
		return false;
	s += MAC_LEN;
	len -= MAC_LEN;
	sign(rq, s, len, mac);
	if (!equal_ct(mac, s - MAC_LEN, MAC_LEN))
		return false;
	if (strncmp(s, sort, n) != 0 || s[n] != '\n')
		return false;
	id = s + n + 1;
	if ((key = strchr(id, '\n')) == NULL)
		return false;
	*key++ = '\0';
	start_r->set = true;
	start_r->key = key;
	return i64_parse(id, &start_r->id);
}

int
page_start(struct req *rq, const struct page *p, const char *sort,
    struct page_start *start_r)
{
	memset(start_r, 0, sizeof(*start_r));
	if (p->after >= 0 && p->cursor != NULL)
		return bad_page(rq, "after", "conflict",
		    "must not be given beside cursor");
	if (p->after >= 0 && !by_id(sort))
		return bad_page(rq, "after", "conflict",
		    "needs a list in the order of its ids");
	if (p->cursor != NULL &&
	    !cursor_read(rq, p->cursor, sort, start_r))
		return bad_page(rq, "cursor", "invalid_value",
		    "is not a cursor of this list");
	if (p->after > 0)
		*start_r = (struct page_start){ true, "", p->after };
	return 0;
}

static void
link_path(struct buf *out, const char *path)
{
	const char *end;

	for (;; path = end + 1) {
		if ((end = strchr(path, '/')) == NULL) {
			url_encode(out, path);
			return;
		}
		url_encode(out, arena_strndup(out->mem, path,
		    (size_t)(end - path)));
		buf_chr(out, '/');
	}
}

/* One name=value of the request's query, unless it told the page. */
static void
link_pair(struct buf *out, const char *s, size_t len)
{
	const char *eq = memchr(s, '=', len);
	size_t nlen = eq != NULL ? (size_t)(eq - s) : len;
	const char *name = url_decode(out->mem, s, nlen, true);
	const char *value = eq == NULL ? "" :
	    url_decode(out->mem, eq + 1, len - nlen - 1, true);

	if (len == 0 || name == NULL || value == NULL ||
	    strcmp(name, "cursor") == 0 || strcmp(name, "after") == 0)
		return;
	url_encode(out, name);
	buf_chr(out, '=');
	url_encode(out, value);
	buf_chr(out, '&');
}

/* The query is decoded and encoded again: what came raw must not end up in
 * a header. NULL if that would be too long: the cursor is in the body. */
static const char *
link_next(struct req *rq, const char *cursor)
{
	const char *s = rq->query_string != NULL ? rq->query_string : "";
	struct buf out;
	size_t len;

	buf_init(&out, rq->mem, 256);
	buf_chr(&out, '<');
	link_path(&out, rq->path);
	buf_chr(&out, '?');
	for (;; s += len + 1) {
		len = strcspn(s, "&");
		link_pair(&out, s, len);
		if (s[len] == '\0')
			break;
	}
	buf_printf(&out, "cursor=%s>; rel=\"next\"", cursor);
	return out.len > LINK_MAX_BYTES ? NULL : out.data;
}

/* The cursor behind a row. */
static const char *
row_cursor(struct req *rq, const char *sort, const struct rows *rows, int i)
{
	const char *id = rows_has(rows, "_id") ? "_id" : "id", *key = "";

	if (rows_has(rows, "_key") && !rows_null(rows, i, "_key"))
		key = rows_text(rows, i, "_key");
	return cursor_make(rq, sort, rows_i64(rows, i, id), key);
}

int
resp_rows(struct req *rq, struct resp *rs, const struct rows *rows,
    int64_t limit)
{
	struct buf *b = &rs->body;
	int i;

	for (i = 0; i < rows->n && i < limit && b->len < PAGE_BYTES; i++) {
		buf_json_sep(b);
		rows_json(rows, i, req_admin(rq), b);
	}
	return i;
}

int
resp_list(struct req *rq, struct resp *rs, const struct page *p,
    const char *sort, const struct rows *rows, const struct rows *total)
{
	struct buf *b = &rs->body;
	const char *next = NULL;
	bool more;
	int n;

	rs->status = 200;
	buf_clear(b);
	buf_str(b, "{\"data\":[");
	n = resp_rows(rq, rs, rows, p->limit);
	more = rows->n > n;
	buf_str(b, more ? "],\"has_more\":true" : "],\"has_more\":false");
	if (more) {
		next = row_cursor(rq, sort, rows, n - 1);
		rs->link = link_next(rq, next);
	}
	buf_json_key(b, "next_cursor");
	buf_json_str(b, next);
	if (total != NULL && total->n > 0) {
		buf_json_key(b, "total_count");
		buf_i64(b, rows_i64(total, 0, "total"));
	}
	buf_chr(b, '}');
	return 0;
}
