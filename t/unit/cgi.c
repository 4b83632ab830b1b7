/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include <stdio.h>

#include "lib/cgi.h"
#include "lib/http.h"

static struct arena *mem;
static struct err e;
static struct req rq;
static struct resp rs;
static struct buf out;
static size_t length;

static void
setup(void)
{
	mem = arena_new(1 << 20);
	err_init(&e, mem);
	memset(&rq, 0, sizeof(rq));
	memset(&rs, 0, sizeof(rs));
	rq.mem = rs.mem = mem;
	rq.err = &e;
	buf_init(&rs.body, mem, 0);
	buf_init(&out, mem, 0);
}

static void
teardown(void)
{
	arena_free(mem);
}

/* A request of these variables, ended by NULL. */
#define request(...) request_((const char *[]){ __VA_ARGS__, NULL })
static int
request_(const char **list)
{
	char **vars = arena_array(mem, 300, sizeof(*vars));
	size_t i;

	err_init(&e, mem);
	memset(&rq, 0, sizeof(rq));
	rq.mem = mem;
	rq.err = &e;
	for (i = 0; list[i] != NULL; i++)
		vars[i] = arena_strdup(mem, list[i]);
	return cgi_request(vars, &rq, &length);
}

static int
uri(const char *text)
{
	return request("REQUEST_METHOD=GET",
	    arena_printf(mem, "REQUEST_URI=%s", text));
}

static void
refused(int rc, const char *detail)
{
	ck_assert_int_eq(rc, -1);
	ck_assert_ptr_eq(e.kind, &E_BAD_REQUEST);
	ck_assert_msg(strstr(e.detail, detail) != NULL, "%s", e.detail);
	ck_assert_ptr_nonnull(rq.request_id);
	ck_assert_ptr_nonnull(rq.path);
}

START_TEST(members)
{
	ck_assert_int_eq(request("FCGI_ROLE=RESPONDER", "REQUEST_METHOD=PATCH",
	    "REQUEST_URI=/api/v1/orders/7?x=%31&y", "CONTENT_LENGTH=42",
	    "CONTENT_TYPE=application/json", "HTTP_AUTHORIZATION=Bearer x",
	    "HTTP_IF_MATCH=\"1\"", "HTTP_IF_NONE_MATCH=", "HTTP_ACCEPT=*/*",
	    "HTTP_IDEMPOTENCY_KEY=", "HTTP_X_USER_ID=",
	    "HTTP_X_REQUEST_ID=abc-12345._Z", "REMOTE_ADDR=10.0.0.1",
	    "REQUEST_STARTED=1790000000.250",
	    "HTTP_STRIPE_SIGNATURE=t=1,v1=2"), 0);
	ck_assert_int_eq(rq.method, PATCH);
	ck_assert(!rq.head);
	ck_assert_str_eq(rq.path, "/api/v1/orders/7");
	ck_assert_str_eq(rq.query_string, "x=%31&y");
	ck_assert_uint_eq(length, 42);
	ck_assert_str_eq(rq.content_type, "application/json");
	ck_assert_str_eq(rq.authorization, "Bearer x");
	ck_assert_str_eq(rq.if_match, "\"1\"");
	ck_assert_ptr_null(rq.if_none_match);
	ck_assert_str_eq(rq.idempotency_key, "");
	ck_assert_str_eq(rq.x_user_id, "");
	ck_assert_str_eq(rq.request_id, "abc-12345._Z");
	ck_assert_str_eq(rq.remote_addr, "10.0.0.1");
	ck_assert_str_eq(rq.started, "1790000000.250");
	ck_assert_str_eq(rq.header(&rq, "HTTP_STRIPE_SIGNATURE"),
	    "t=1,v1=2");
	ck_assert_ptr_null(rq.header(&rq, "HTTP_STRIPE"));
	ck_assert_str_eq(rq.body, "");
}
END_TEST

/* A client that has lost the tag must not overwrite what it has not seen. */
START_TEST(no_tag_is_no_match)
{
	ck_assert_int_eq(request("REQUEST_METHOD=PATCH", "REQUEST_URI=/",
	    "HTTP_IF_MATCH="), 0);
	ck_assert_ptr_nonnull(rq.if_match);
	ck_assert_str_eq(rq.if_match, "");
}
END_TEST

START_TEST(methods)
{
	request("REQUEST_METHOD=HEAD", "REQUEST_URI=/");
	ck_assert_int_eq(rq.method, GET);
	ck_assert(rq.head);
	request("REQUEST_METHOD=BREW", "REQUEST_URI=/");
	ck_assert_int_eq((int)rq.method, 0);
	request("REQUEST_URI=/");
	ck_assert_int_eq((int)rq.method, 0);
}
END_TEST

START_TEST(request_ids)
{
	static const char *const bad[] = {
		"1234567", "has space", "semi;colon", "quote\"1234",
		"x\r\nSet-Cookie: a=b", "",
		"12345678901234567890123456789012345678901234567890123456789"
		"012345"
	};
	char first[33];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		request("REQUEST_URI=/", arena_printf(mem,
		    "HTTP_X_REQUEST_ID=%s", bad[i]));
		ck_assert_uint_eq(strlen(rq.request_id), 32);
		ck_assert_uint_eq(strspn(rq.request_id, "0123456789abcdef"),
		    32);
		ck_assert(i == 0 || strcmp(first, rq.request_id) != 0);
		memcpy(first, rq.request_id, 33);
	}
	for (i = 0; i < 100; i++) {
		uri("/");
		ck_assert_str_ne(rq.request_id, first);
	}
}
END_TEST

START_TEST(paths)
{
	static const struct { const char *uri, *path, *query; } rows[] = {
		{ "/", "/", "" },
		{ "/?", "/", "" },
		{ "/a/", "/a", "" },
		{ "/a//", "/a/", "" },
		{ "//a", "//a", "" },
		{ "/api%2fv1", "/api/v1", "" },
		{ "/a%2520b", "/a%20b", "" },
		{ "/a+b", "/a+b", "" },
		{ "/%C3%a9?q=%zz", "/\xc3\xa9", "q=%zz" },
		{ "/.well-known/x", "/.well-known/x", "" },
		{ "/a..b/...", "/a..b/...", "" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert_int_eq(uri(rows[i].uri), 0);
		ck_assert_str_eq(rq.path, rows[i].path);
		ck_assert_str_eq(rq.query_string, rows[i].query);
	}
}
END_TEST

START_TEST(bad_paths)
{
	refused(uri("/%"), "malformed");
	refused(uri("/%4"), "malformed");
	refused(uri("/%zz"), "malformed");
	refused(uri("/a%00b"), "malformed");
	refused(uri("/a%0d%0aX: y"), "control");
	refused(uri("/a%7f"), "control");
	refused(uri("/%ff"), "UTF-8");
	refused(uri("/%c0%af"), "UTF-8");
	refused(uri("/%ed%a0%80"), "UTF-8");
	refused(uri("/a/../b"), "dot");
	refused(uri("/a/.."), "dot");
	refused(uri("/./a"), "dot");
	refused(uri("/a/%2e%2E/b"), "dot");
	refused(uri("/a/..%2fb"), "dot");
	refused(uri("a"), "missing");
	refused(uri("*"), "missing");
	refused(request("REQUEST_METHOD=GET"), "missing");
}
END_TEST

START_TEST(repeated_headers)
{
	refused(request("REQUEST_URI=/", "HTTP_IDEMPOTENCY_KEY=a",
	    "HTTP_ACCEPT=x", "HTTP_IDEMPOTENCY_KEY=b"), "twice");
	refused(request("REQUEST_URI=/", "HTTP_HOST=a", "HTTP_HOST=a"),
	    "twice");
	refused(request("REQUEST_URI=/", "CONTENT_LENGTH=1",
	    "CONTENT_LENGTH=1"), "twice");
	refused(request("REQUEST_URI=/", "REQUEST_URI=/b"), "twice");
	ck_assert_int_eq(request("REQUEST_URI=/", "HTTP_A=1", "HTTP_AB=1",
	    "HTTP_B=1"), 0);
	ck_assert_int_eq(request("REQUEST_URI=/", "HTTP_X_ANY=a",
	    "HTTP_VIA=1.1 a", "HTTP_X_ANY=a", "HTTP_VIA=1.1 b"), 0);
	ck_assert_int_eq(request("REQUEST_URI=/", "HTTP_ACCEPT=text/html",
	    "HTTP_ACCEPT=*/*"), 0);
	ck_assert_str_eq(rq.accept, "text/html, */*");
}
END_TEST

START_TEST(too_many_headers)
{
	const char *list[260] = { "REQUEST_URI=/" };
	int i;

	for (i = 1; i < 200; i++)
		list[i] = arena_printf(mem, "HTTP_X_%d=v", i);
	ck_assert_int_eq(request_(list), 0);
	list[200] = "HTTP_ONE_MORE=v";
	refused(request_(list), "Too many");
}
END_TEST

START_TEST(content_lengths)
{
	static const char *const bad[] = {
		"+5", "-1", "5x", " 5", "0x5", "9999999999999"
	};
	size_t i;

	request("REQUEST_URI=/", "CONTENT_LENGTH=");
	ck_assert_uint_eq(length, 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refused(request("REQUEST_URI=/", arena_printf(mem,
		    "CONTENT_LENGTH=%s", bad[i])), "Content-Length");
}
END_TEST

START_TEST(user_agent_is_made_clean)
{
	request("REQUEST_URI=/", "HTTP_USER_AGENT=a\xff\x1b[2J\xc3\xa9\xc3");
	ck_assert_str_eq(rq.user_agent, "a??[2J\xc3\xa9?");
	request("REQUEST_URI=/", "HTTP_USER_AGENT=curl/7");
	ck_assert_str_eq(rq.user_agent, "curl/7");
}
END_TEST

START_TEST(rendered)
{
	rq.request_id = "0123456789";
	rs.status = 200;
	buf_str(&rs.body, "{}");
	ck_assert(cgi_head(&rq, &rs, &out));
	ck_assert_str_eq(out.data, "Status: 200 OK\r\n"
	    "Content-Type: application/json\r\nContent-Length: 2\r\n"
	    "X-Request-Id: 0123456789\r\nCache-Control: no-store\r\n\r\n");
}
END_TEST

START_TEST(rendered_in_full)
{
	rq.request_id = "0123456789";
	rs = (struct resp){ .status = 405, .body = rs.body,
	    .cache_control = "public, max-age=1", .etag = "\"1\"",
	    .location = "/x", .link = "</y>; rel=\"next\"",
	    .allow = "GET, HEAD", .www_authenticate = "Bearer",
	    .content_disposition = "attachment", .retry_after = 3,
	    .replayed = true, .vary_origin = true,
	    .headers = "X-More: 1\r\n" };
	cgi_head(&rq, &rs, &out);
	ck_assert_str_eq(out.data, "Status: 405 Method Not Allowed\r\n"
	    "Content-Type: application/problem+json\r\n"
	    "Content-Length: 0\r\nX-Request-Id: 0123456789\r\n"
	    "Cache-Control: public, max-age=1\r\nETag: \"1\"\r\n"
	    "Location: /x\r\nLink: </y>; rel=\"next\"\r\n"
	    "Allow: GET, HEAD\r\nWWW-Authenticate: Bearer\r\n"
	    "Content-Disposition: attachment\r\nRetry-After: 3\r\n"
	    "Idempotent-Replayed: true\r\nVary: Origin\r\n"
	    "X-More: 1\r\n\r\n");
}
END_TEST

START_TEST(no_body_no_type)
{
	static const int without[] = { 204, 304 };
	size_t i;

	rq.request_id = "0123456789";
	buf_str(&rs.body, "never");
	for (i = 0; i < 2; i++) {
		buf_clear(&out);
		rs.status = without[i];
		ck_assert(!cgi_head(&rq, &rs, &out));
		ck_assert_ptr_null(strstr(out.data, "Content-"));
	}
	buf_clear(&out);
	rs.status = 0;
	cgi_head(&rq, &rs, &out);
	ck_assert_ptr_eq(strstr(out.data, "Status: 500 "), out.data);
}
END_TEST

START_TEST(no_line_is_smuggled_in)
{
	rq.request_id = "0123456789";
	rs.status = 201;
	rs.location = "/a\r\nSet-Cookie: x=y\r\n\r\n<html>";
	rs.etag = "\"1\"\nX: y";
	cgi_head(&rq, &rs, &out);
	ck_assert_ptr_null(strstr(out.data, "Set-Cookie"));
	ck_assert_ptr_null(strstr(out.data, "X: y"));
	ck_assert_ptr_nonnull(strstr(out.data, "Location: /a\r\n"));
}
END_TEST

SUITE(cgi)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, members);
	tcase_add_test(tc, no_tag_is_no_match);
	tcase_add_test(tc, methods);
	tcase_add_test(tc, request_ids);
	tcase_add_test(tc, paths);
	tcase_add_test(tc, bad_paths);
	tcase_add_test(tc, repeated_headers);
	tcase_add_test(tc, too_many_headers);
	tcase_add_test(tc, content_lengths);
	tcase_add_test(tc, user_agent_is_made_clean);
	tcase_add_test(tc, rendered);
	tcase_add_test(tc, rendered_in_full);
	tcase_add_test(tc, no_body_no_type);
	tcase_add_test(tc, no_line_is_smuggled_in);
}
