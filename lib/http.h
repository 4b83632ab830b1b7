/* SPDX-License-Identifier: MIT */
#ifndef LIB_HTTP_H
#define LIB_HTTP_H

/* Requests and answers as the handlers see them. */

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/err.h"
#include "lib/field.h"

struct route;
struct rows;
struct tx;

enum method {	/* bits, so that one row may serve PATCH | PUT */
	GET = 1, POST = 2, PUT = 4, PATCH = 8, DELETE = 16,
	HEAD = 32, OPTIONS = 64
};

const char *method_name(enum method m);
enum method method_parse(const char *name);	/* 0 if unknown */

struct actor {
	int64_t user;		/* the token's user, 0: nobody */
	bool admin;		/* by the token, checked by the database */
	int64_t session;
	int64_t acting_for;	/* X-User-Id of an admin, or 0 */
	bool acting_admin;	/* that user is an admin */
	int64_t token_exp;	/* Unix seconds */
	const char *token;	/* the bearer token as it came */
};

#define REQ_PARAMS 3

struct req {
	struct arena *mem;
	struct err *err;
	struct tx *tx;
	enum method method;	/* HEAD is GET with head set */
	bool head;
	const char *path;	/* decoded, without the query and one slash
				   at its end */
	const char *query_string;
	const char *body;
	size_t body_len;
	/* headers, NULL if absent */
	const char *content_type, *authorization, *accept, *if_match,
	    *if_none_match, *idempotency_key, *x_user_id, *origin,
	    *user_agent, *acrm;
	const char *request_id;		/* never NULL */
	const char *remote_addr;	/* never NULL */
	const char *started;		/* when nginx began to wait for the
					   answer, Unix time, or NULL */
	const struct route *route;
	int64_t ids[REQ_PARAMS];	/* path parameters as numbers, or 0 */
	const char *refs[REQ_PARAMS];	/* path parameters as text */
	const void *in;			/* the body's struct (route.body) */
	const void *q;			/* the query's struct (route.query) */
	struct actor who;
	int64_t deadline_ms;
	void *run;		/* of app/serve.c */
	const char *fingerprint;	/* of app/idempotency.c */
	unsigned stmts, flights, tries;	/* of the database, so far */
	const char *(*header)(const struct req *, const char *name);
	void *transport;		/* of whoever made the request */
};

struct resp {
	struct arena *mem;
	int status;
	struct buf body;
	const char *content_type;	/* NULL: application/json */
	const char *etag, *location, *link, *cache_control, *allow,
	    *www_authenticate, *content_disposition;
	bool replayed;
	bool vary_origin;
	int retry_after;
	int64_t stale_at;	/* Unix second after which nginx's cache asks
				   again; 0: as cache_control says */
	const char *headers;	/* more header lines, each ended by CR LF, or
				   NULL; the values must be the program's own */
};

/* A header by its CGI name ("HTTP_STRIPE_SIGNATURE"), or NULL. */
const char *req_header(const struct req *rq, const char *cgi_name);

/* True if the answer may show what only admins see: an admin who acts for
 * a user sees what that user sees. */
bool req_admin(const struct req *rq);

/* 200 and one row; the column "_version", or the text "_etag" if there is
 * one, becomes the ETag.  304 without a body if If-None-Match has it on a
 * GET.  No row: E_NOT_FOUND. */
int resp_row(struct req *rq, struct resp *rs, const struct rows *rows);

/* 201, Location (printf), one row. */
int resp_created(struct req *rq, struct resp *rs, const struct rows *rows,
    const char *location, ...) __attribute__((format(printf, 4, 5)));

int resp_none(struct resp *rs);			/* 204 */

/* Forget what was written, body and buffer too (before a rerun, once the
 * arena is rewound). */
void resp_clear(struct resp *rs);

/* ---- lists --------------------------------------------------------- */

/* The first members of every list's query struct. */
struct page {
	int64_t limit;		/* 1..100, default 20 */
	const char *cursor;
	int64_t after;		/* -1: not given */
	bool count;
};
#define PAGE_FIELDS(st)							\
	FIELD_AS(st, "limit", page.limit, OPTIONAL, 1, 100, .def = 20,	\
	    .doc = "How many, at most"),				\
	FIELD_AS(st, "cursor", page.cursor, OPTIONAL, 1, 1200,		\
	    .doc = "next_cursor of the page before"),			\
	FIELD_AS(st, "after", page.after, OPTIONAL, 0, INT64_MAX,	\
	    .def = -1,							\
	    .doc = "Id of the last entry seen (lists in id order)"),	\
	FIELD_AS(st, "count", page.count, OPTIONAL, 0, 1,		\
	    .doc = "Adds total_count")

/* Cursors are signed with this key: call it before the workers are forked. */
void page_secret(const unsigned char key[32]);

/* Where a page starts: after the entry with this sort key and id. */
struct page_start { bool set; const char *key; int64_t id; };

/*
 * Decode page->cursor (or after) for a list in the order `sort`.  A cursor
 * of another list or order, a forged one, or `after` with a list not in id
 * order (sort other than "id" and "-id"): E_INVALID_PARAMETER.
 */
int page_start(struct req *rq, const struct page *p, const char *sort,
    struct page_start *start_r);

/* Append rows as JSON objects, up to limit of them; none is begun in a body
 * that has 24 MiB already.  Returns how many. */
int resp_rows(struct req *rq, struct resp *rs, const struct rows *rows,
    int64_t limit);

/*
 * {"data": [...], "has_more", "next_cursor"} and the Link header.  rows has
 * up to limit + 1 rows, each with the columns id (or _id) and, unless the
 * order is by id, _key (the sort key as text).  A page that resp_rows() ends
 * early has more.  total: a result with the column total, or NULL.
 */
int resp_list(struct req *rq, struct resp *rs, const struct page *p,
    const char *sort, const struct rows *rows, const struct rows *total);

/* ---- conditional requests (RFC 9110 13.1) ------------------------------ */

/* True if the header lists the tag (or is "*"); a W/ prefix, which nginx
 * adds when it compresses, is ignored.  Everything behind a '.' inside the
 * tag is ignored for If-Match: it is the volatile part (stock). */
bool etag_matches(const char *header, const char *etag, bool volatile_too);

/* If-Match against a version: E_PRECONDITION_FAILED if it is stale.  No
 * header: 0. */
int req_if_match(struct req *rq, int64_t version);

/* Percent decoding, with plus as a space if wanted; NULL if an escape is
 * malformed, or if the result has a NUL or is not UTF-8. */
char *url_decode(struct arena *mem, const char *s, size_t len, bool plus);
/* Everything but unreserved characters (RFC 3986 2.3) as %XX. */
void url_encode(struct buf *out, const char *s);

/* base64url without padding (RFC 4648 5).  Decoding is strict: NULL for
 * every text that encoding does not make; a NUL follows the bytes. */
void b64url_encode(struct buf *out, const void *data, size_t len);
void *b64url_decode(struct arena *mem, const char *s, size_t *len_r);

#endif
