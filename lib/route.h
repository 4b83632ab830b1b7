/* SPDX-License-Identifier: MIT */
#ifndef LIB_ROUTE_H
#define LIB_ROUTE_H

/*
 * The route table: one row says everything about an endpoint.  Path
 * parameters: {id} a positive number, {id:slug} a number or a slug,
 * {id:uuid} a number or a UUID, {name:text} any one segment.  A static
 * segment wins over a parameter.  Paths are under /api/v1 and /api unless
 * they begin with "//".
 */

#include "lib/http.h"
#include "lib/tx.h"

enum role { ADMIN, CUSTOMER, ANYONE };	/* zero is the strictest */

typedef int handler(struct req *, struct resp *);

/* What an answer looks like: see SHAPE in app/shapes.h. */
struct shape { const char *name; const char *const *props; };

#define R_LIST		1u	/* {"data": [answer], ...} */
#define R_CACHED	2u	/* public catalogue read */
#define R_HASHES	4u	/* hashes passwords: the auth pool */
#define R_NOKEY		8u	/* POST that ignores Idempotency-Key */
#define R_FORM		16u	/* also takes a form body */
#define R_EMPTY_OK	32u	/* the body may be empty */
#define R_RAW		64u	/* the handler reads the raw body */
#define R_PLAIN		128u	/* not JSON (metrics) */
#define R_REFRESH	256u	/* takes a refresh token as bearer */
#define R_HIDDEN	512u	/* not in the API document */
#define R_ARRAY		1024u	/* a bare array of answers */
#define R_STATUS	2048u	/* 503 shows the answer, too */
#define R_SEALED	4096u	/* what a key keeps of it is secret */
#define R_PAYS		8192u	/* asks a payment provider: the pay pool */
_Static_assert((R_LIST ^ R_CACHED ^ R_HASHES ^ R_NOKEY ^ R_FORM ^ R_EMPTY_OK ^
    R_RAW ^ R_PLAIN ^ R_REFRESH ^ R_HIDDEN ^ R_ARRAY ^ R_STATUS ^ R_SEALED ^
    R_PAYS) == 16383u, "each flag is a bit of its own");

struct route {
	unsigned methods;
	const char *path;
	handler *run;
	enum role role;
	enum tx_mode tx;
	const struct table *body, *query;
	const struct shape *answer;
	int status;		/* of success; 0: 200, 201 on POST */
	unsigned flags;
	const char *tag, *summary;
	const char *errors;	/* codes beyond the usual, space separated;
				   "403:code" with another status than
				   that of its kind */
};

/* Another path for the same handler. */
struct alias {
	unsigned methods;
	const char *path;	/* as in a route row, "//" = server root */
	const char *target;	/* the path of the row it stands for */
};

struct route_table {
	const struct route *routes;
	size_t n;
	const struct alias *aliases;
	size_t naliases;
};

/*
 * Find the row for a request: sets rq->route, rq->ids, rq->refs.
 * E_NOT_FOUND, or E_METHOD_NOT_ALLOWED with *allow_r a bit set of methods.
 * For OPTIONS returns 0 with rq->route NULL and *allow_r set.
 */
int route_find(const struct route_table *t, struct req *rq,
    unsigned *allow_r);

/* "GET, HEAD, POST, OPTIONS" */
void route_allow(unsigned methods, struct buf *out);

#endif
