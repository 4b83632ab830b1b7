/* SPDX-License-Identifier: MIT */
#include "lib/cgi.h"

#include <stdbool.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/http.h"
#include "lib/random.h"

#define VARS_MAX	200
#define BODY_DIGITS	12	/* of a CONTENT_LENGTH */

#define VAR(name, member) { name, sizeof(name) - 1, \
	offsetof(struct req, member), false, false }
#define LIST(name, member) { name, sizeof(name) - 1, \
	offsetof(struct req, member), true, false }
#define BLANK(name, member) { name, sizeof(name) - 1, \
	offsetof(struct req, member), false, true }
static const struct {
	const char *name;
	size_t len, offset;
	bool list;	/* given twice, both are one list (RFC 9110, 5.3) */
	bool blank;	/* given without a value, it is not absent */
} variables[] = {
	VAR("CONTENT_TYPE", content_type),
	VAR("HTTP_AUTHORIZATION", authorization),
	LIST("HTTP_ACCEPT", accept),
	BLANK("HTTP_IF_MATCH", if_match),
	VAR("HTTP_IF_NONE_MATCH", if_none_match),
	BLANK("HTTP_IDEMPOTENCY_KEY", idempotency_key),
	BLANK("HTTP_X_USER_ID", x_user_id),
	VAR("HTTP_X_REQUEST_ID", request_id),
	VAR("HTTP_ORIGIN", origin),
	LIST("HTTP_USER_AGENT", user_agent),
	VAR("HTTP_ACCESS_CONTROL_REQUEST_METHOD", acrm),
	VAR("REMOTE_ADDR", remote_addr),
	VAR("REQUEST_STARTED", started),
};

static const char *
variable(const struct req *rq, const char *name)
{
	char **v = rq->transport;
	size_t len = strlen(name);

	for (; *v != NULL; v++)
		if (strncmp(*v, name, len) == 0 && (*v)[len] == '=')
			return *v + len + 1;
	return NULL;
}

/* The row of a variable, or -1. */
static int
known(const char *var, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
		if (variables[i].len == len &&
		    memcmp(variables[i].name, var, len) == 0)
			return (int)i;
	return -1;
}

static void
keep(struct req *rq, int row, const char *value)
{
	const char **slot;

	if (row == -1 || (*value == '\0' && !variables[row].blank))
		return;
	slot = (const char **)((char *)rq + variables[row].offset);
	*slot = *slot == NULL ? value :
	    arena_printf(rq->mem, "%s, %s", *slot, value);
}

/* Of these two values would contradict each other: those that the request
 * has a member for, and what is no header at all. */
static bool
single(const char *var, size_t len, int row)
{
	static const char *const more[] = { "HTTP_HOST", "HTTP_CONTENT_TYPE",
	    "HTTP_CONTENT_LENGTH", "HTTP_CONTENT_ENCODING" };
	size_t i;

	if (row != -1)
		return !variables[row].list;
	for (i = 0; i < sizeof(more) / sizeof(more[0]); i++)
		if (strlen(more[i]) == len && memcmp(more[i], var, len) == 0)
			return true;
	return strncmp(var, "HTTP_", 5) != 0;
}

/* Keeps what the request has a member for, and looks for repetitions. */
static int
scan(char **vars, struct req *rq)
{
	uint32_t hashes[VARS_MAX], h;
	size_t n, i, len;
	int row;

	for (n = 0; vars[n] != NULL; n++) {
		if (n == VARS_MAX)
			return fail(rq, E_BAD_REQUEST, "Too many headers");
		for (h = 5381, len = 0; vars[n][len] != '=' &&
		    vars[n][len] != '\0'; len++)
			h = h * 33 + (unsigned char)vars[n][len];
		hashes[n] = h;
		if (vars[n][len] == '\0')
			continue;
		row = known(vars[n], len);
		for (i = 0; i < n; i++)
			if (hashes[i] == h &&
			    strncmp(vars[i], vars[n], len + 1) == 0 &&
			    single(vars[n], len, row))
				return fail(rq, E_BAD_REQUEST,
				    "A header is given twice");
		keep(rq, row, vars[n] + len + 1);
	}
	return 0;
}

static bool
request_id_valid(const char *s)
{
	size_t len = s == NULL ? 0 : strspn(s, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

	return len >= 8 && len <= 64 && s[len] == '\0';
}

static bool
control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

/* Length of the text's beginning that is UTF-8 without control characters. */
static size_t
clean_span(const char *s, size_t len)
{
	size_t i, n;

	for (i = 0; i < len; i += n) {
		n = utf8_seq(s + i, len - i);
		if (n == 0 || control(s[i]))
			break;
	}
	return i;
}

static const char *
clean(struct arena *mem, const char *s)
{
	size_t len = s == NULL ? 0 : strlen(s), at = clean_span(s, len);
	char *copy;

	if (at == len)
		return s;
	copy = arena_strdup(mem, s);
	while (at < len) {
		copy[at++] = '?';
		at += clean_span(copy + at, len - at);
	}
	return copy;
}

/* "/a/./b", "/a/..", also when written as %2e. */
static bool
dot_segment(const char *path)
{
	const char *p;

	for (p = path; (p = strstr(p, "/.")) != NULL; p++) {
		if (p[2] == '/' || p[2] == '\0')
			return true;
		if (p[2] == '.' && (p[3] == '/' || p[3] == '\0'))
			return true;
	}
	return false;
}

static int
split_uri(struct req *rq)
{
	const char *uri = variable(rq, "REQUEST_URI");
	size_t raw, len;
	char *path;

	rq->query_string = "";
	rq->path = "/";
	if (uri == NULL || *uri != '/')
		return fail(rq, E_BAD_REQUEST, "The path is missing");
	raw = strcspn(uri, "?");
	if (uri[raw] == '?')
		rq->query_string = uri + raw + 1;
	path = url_decode(rq->mem, uri, raw, false);
	if (path == NULL)
		return fail(rq, E_BAD_REQUEST,
		    "The path has a malformed escape or is not UTF-8");
	len = strlen(path);
	if (clean_span(path, len) != len)
		return fail(rq, E_BAD_REQUEST,
		    "The path has control characters");
	if (dot_segment(path))
		return fail(rq, E_BAD_REQUEST, "The path has dot segments");
	if (len > 1 && path[len - 1] == '/')
		path[len - 1] = '\0';
	rq->path = path;
	return 0;
}

static int
content_length(struct req *rq, size_t *length_r)
{
	const char *text = variable(rq, "CONTENT_LENGTH"), *p;

	if (text == NULL)
		return 0;
	for (p = text; *p >= '0' && *p <= '9' && p - text < BODY_DIGITS; p++)
		*length_r = *length_r * 10 + (size_t)(*p - '0');
	if (*p == '\0')
		return 0;
	return fail(rq, E_BAD_REQUEST, "Content-Length is not a number");
}

static void
set_method(struct req *rq)
{
	const char *name = variable(rq, "REQUEST_METHOD");

	rq->method = name == NULL ? 0 : method_parse(name);
	rq->head = rq->method == HEAD;
	if (rq->head)
		rq->method = GET;
}

int
cgi_request(char **vars, struct req *rq, size_t *length_r)
{
	int rc;

	*length_r = 0;
	rq->transport = vars;
	rq->header = variable;
	rc = scan(vars, rq);
	if (!request_id_valid(rq->request_id))
		rq->request_id = random_name(rq->mem);
	if (rq->remote_addr == NULL)
		rq->remote_addr = "";
	rq->user_agent = clean(rq->mem, rq->user_agent);
	rq->body = "";
	set_method(rq);
	if (split_uri(rq) == -1 || content_length(rq, length_r) == -1)
		return -1;
	return rc;
}

/* ---- the answer ---------------------------------------------------------- */

static const char *
reason(int status)
{
	static const struct { int status; const char *text; } rows[] = {
		{ 200, "OK" }, { 201, "Created" }, { 202, "Accepted" },
		{ 204, "No Content" }, { 302, "Found" },
		{ 303, "See Other" }, { 304, "Not Modified" },
		{ 307, "Temporary Redirect" }, { 308, "Permanent Redirect" },
		{ 400, "Bad Request" }, { 401, "Unauthorized" },
		{ 402, "Payment Required" }, { 403, "Forbidden" },
		{ 404, "Not Found" }, { 405, "Method Not Allowed" },
		{ 406, "Not Acceptable" }, { 408, "Request Timeout" },
		{ 409, "Conflict" }, { 410, "Gone" },
		{ 412, "Precondition Failed" }, { 413, "Content Too Large" },
		{ 414, "URI Too Long" }, { 415, "Unsupported Media Type" },
		{ 422, "Unprocessable Content" },
		{ 428, "Precondition Required" },
		{ 429, "Too Many Requests" },
		{ 431, "Request Header Fields Too Large" },
		{ 500, "Internal Server Error" }, { 501, "Not Implemented" },
		{ 502, "Bad Gateway" }, { 503, "Service Unavailable" },
		{ 504, "Gateway Timeout" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].status == status)
			return rows[i].text;
	return "Unknown";
}

/* A value with a control character ends before it: no line can be smuggled
 * into the head. */
static void
header(struct buf *out, const char *name, const char *value)
{
	size_t len = 0;

	if (value == NULL)
		return;
	while (value[len] != '\0' && !control(value[len]))
		len++;
	buf_str(out, name);
	buf_str(out, ": ");
	buf_add(out, value, len);
	buf_str(out, "\r\n");
}

static void
header_num(struct buf *out, const char *name, int64_t n)
{
	buf_str(out, name);
	buf_str(out, ": ");
	buf_i64(out, n);
	buf_str(out, "\r\n");
}

static const char *
content_type(const struct resp *rs)
{
	if (rs->content_type != NULL)
		return rs->content_type;
	return rs->status < 400 ? "application/json" :
	    "application/problem+json";
}

bool
cgi_head(const struct req *rq, const struct resp *rs, struct buf *out)
{
	int status = rs->status < 200 ? 500 : rs->status;
	bool body = status != 204 && status != 304;

	buf_str(out, "Status: ");
	buf_i64(out, status);
	buf_chr(out, ' ');
	buf_str(out, reason(status));
	buf_str(out, "\r\n");
	if (body) {
		header(out, "Content-Type", content_type(rs));
		header_num(out, "Content-Length", (int64_t)rs->body.len);
	}
	header(out, "X-Request-Id", rq->request_id);
	header(out, "Cache-Control",
	    rs->cache_control != NULL ? rs->cache_control : "no-store");
	header(out, "ETag", rs->etag);
	header(out, "Location", rs->location);
	header(out, "Link", rs->link);
	header(out, "Allow", rs->allow);
	header(out, "WWW-Authenticate", rs->www_authenticate);
	header(out, "Content-Disposition", rs->content_disposition);
	if (rs->retry_after > 0)
		header_num(out, "Retry-After", rs->retry_after);
	if (rs->stale_at != 0) {
		buf_str(out, "X-Accel-Expires: @");
		buf_i64(out, rs->stale_at);
		buf_str(out, "\r\n");
	}
	if (rs->replayed)
		header(out, "Idempotent-Replayed", "true");
	if (rs->vary_origin)
		header(out, "Vary", "Origin");
	if (rs->headers != NULL)
		buf_str(out, rs->headers);
	buf_str(out, "\r\n");
	return body;
}
