/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include <stdio.h>
#include <string.h>

#include <libpq-fe.h>

#include "lib/http.h"
#include "lib/json.h"
#include "lib/pg.h"
#include "lib/route.h"

static const struct route things_route = { .path = "/things" };
static const struct route others_route = { .path = "/others" };
static struct arena *mem;
static struct err err;
static struct req rq;
static struct resp rs;

static void
setup(void)
{
	mem = arena_new(96 << 20);
	err_init(&err, mem);
	rq = (struct req){ .mem = mem, .err = &err, .method = GET,
	    .path = "/api/v1/things", .query_string = "",
	    .route = &things_route };
	rs.mem = mem;
	resp_clear(&rs);
}

static void
teardown(void)
{
	arena_free(mem);
}

static void
drop(void *res)
{
	PQclear(res);
}

/* A result of `n` columns: "name:oid", oid 20 a bigint, 25 a text. */
static struct rows
table(const char *const *cols, size_t n)
{
	PGresult *res = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
	PGresAttDesc d[8] = { 0 };
	char names[8][32];
	size_t i;
	unsigned oid;

	for (i = 0; i < n; i++) {
		ck_assert_int_eq(sscanf(cols[i], "%31[^:]:%u", names[i],
		    &oid), 2);
		d[i].name = names[i];
		d[i].typid = oid;
	}
	ck_assert(PQsetResultAttrs(res, (int)n, d));
	arena_defer(mem, drop, res);
	return (struct rows){ .res = res };
}

static void
set(struct rows *t, int row, int col, const char *value)
{
	char copy[64];

	snprintf(copy, sizeof(copy), "%s", value);
	ck_assert(PQsetvalue(t->res, row, col, copy, (int)strlen(copy)));
	if (t->n <= row)
		t->n = row + 1;
}

static struct rows
one(const char *version)
{
	static const char *const cols[] = { "id:20", "_version:20",
	    "cost__admin:20" };
	struct rows t = table(cols, 3);

	set(&t, 0, 0, "7");
	set(&t, 0, 1, version);
	set(&t, 0, 2, "99");
	return t;
}

START_TEST(methods)
{
	static const char *const names[] = { "GET", "POST", "PUT", "PATCH",
	    "DELETE", "HEAD", "OPTIONS" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		ck_assert_str_eq(method_name(method_parse(names[i])),
		    names[i]);
	ck_assert_int_eq(method_parse("TRACE"), 0);
	ck_assert_int_eq(method_parse("get"), 0);
	ck_assert_int_eq(method_parse(""), 0);
}
END_TEST

START_TEST(row)
{
	struct rows t = one("3");

	ck_assert_int_eq(resp_row(&rq, &rs, &t), 0);
	ck_assert_int_eq(rs.status, 200);
	ck_assert_str_eq(rs.etag, "\"3\"");
	ck_assert_str_eq(rs.body.data, "{\"id\":7}");
	rq.who.admin = true;
	resp_row(&rq, &rs, &t);
	ck_assert_str_eq(rs.body.data, "{\"id\":7,\"cost\":99}");
	rq.who.acting_for = 5;
	resp_row(&rq, &rs, &t);
	ck_assert_str_eq(rs.body.data, "{\"id\":7}");
	t.n = 0;
	ck_assert_int_eq(resp_row(&rq, &rs, &t), -1);
	ck_assert_str_eq(err.kind->code, "not_found");
}
END_TEST

START_TEST(row_with_more)
{
	struct rows t = one("3");

	t.more = "\"list\":[1]";
	t.mark = 0x1f;
	resp_row(&rq, &rs, &t);
	ck_assert_str_eq(rs.etag, "\"3.1f\"");
	ck_assert_str_eq(rs.body.data, "{\"id\":7,\"list\":[1]}");
}
END_TEST

START_TEST(row_with_a_text_tag)
{
	static const char *const cols[] = { "_version:20", "_etag:25",
	    "id:20" };
	struct rows t = table(cols, 3);

	set(&t, 0, 0, "3");
	set(&t, 0, 1, "3.17");
	set(&t, 0, 2, "7");
	resp_row(&rq, &rs, &t);
	ck_assert_str_eq(rs.etag, "\"3.17\"");
	rq.if_none_match = "\"3\"";
	resp_row(&rq, &rs, &t);
	ck_assert_int_eq(rs.status, 200);
	rq.if_none_match = "\"3.17\"";
	resp_row(&rq, &rs, &t);
	ck_assert_int_eq(rs.status, 304);
}
END_TEST

START_TEST(not_modified)
{
	struct rows t = one("3");

	rq.if_none_match = "\"2\", W/\"3\"";
	resp_row(&rq, &rs, &t);
	ck_assert_int_eq(rs.status, 304);
	ck_assert_uint_eq(rs.body.len, 0);
	ck_assert_str_eq(rs.etag, "\"3\"");
	rq.method = PATCH;
	resp_row(&rq, &rs, &t);
	ck_assert_int_eq(rs.status, 200);
	ck_assert_str_eq(rs.body.data, "{\"id\":7}");
}
END_TEST

START_TEST(created_and_none)
{
	struct rows t = one("1");

	rq.method = POST;
	ck_assert_int_eq(resp_created(&rq, &rs, &t, "/api/v1/things/%d", 7),
	    0);
	ck_assert_int_eq(rs.status, 201);
	ck_assert_str_eq(rs.location, "/api/v1/things/7");
	ck_assert_str_eq(rs.etag, "\"1\"");
	ck_assert_str_eq(rs.body.data, "{\"id\":7}");
	ck_assert_int_eq(resp_none(&rs), 0);
	ck_assert_int_eq(rs.status, 204);
	ck_assert_uint_eq(rs.body.len, 0);
	resp_clear(&rs);
	ck_assert_int_eq(rs.status, 0);
	ck_assert_ptr_null(rs.location);
	ck_assert_ptr_eq(rs.mem, mem);
}
END_TEST

START_TEST(etags)
{
	ck_assert(etag_matches("\"5\"", "\"5\"", true));
	ck_assert(etag_matches("W/\"5\"", "\"5\"", true));
	ck_assert(etag_matches("*", "\"5\"", true));
	ck_assert(etag_matches(" * ", "\"5\"", true));
	ck_assert(etag_matches("\"a,b\" , \"5\"", "\"5\"", true));
	ck_assert(etag_matches("\"4\",\"5\"", "\"5\"", false));
	ck_assert(etag_matches("\"5.1\"", "\"5.2\"", false));
	ck_assert(etag_matches("W/\"5.1\"", "\"5\"", false));
	ck_assert(!etag_matches("\"5.1\"", "\"5.2\"", true));
	ck_assert(!etag_matches("\"5.1\"", "\"5\"", true));
	ck_assert(!etag_matches("\"55\"", "\"5\"", true));
	ck_assert(!etag_matches("\"55\"", "\"5\"", false));
	ck_assert(!etag_matches("\"\"", "\"5\"", true));
	ck_assert(!etag_matches("5", "\"5\"", true));
	ck_assert(!etag_matches("\"5", "\"5\"", true));
	ck_assert(!etag_matches("w/\"5\"", "\"5\"", true));
	ck_assert(!etag_matches("*,\"4\"", "\"5\"", true));
	ck_assert(!etag_matches("", "\"5\"", true));
	ck_assert(!etag_matches(NULL, "\"5\"", true));
}
END_TEST

START_TEST(if_match)
{
	ck_assert_int_eq(req_if_match(&rq, 5), 0);
	rq.if_match = "\"5\"";
	ck_assert_int_eq(req_if_match(&rq, 5), 0);
	rq.if_match = "W/\"5.9\"";
	ck_assert_int_eq(req_if_match(&rq, 5), 0);
	rq.if_match = "*";
	ck_assert_int_eq(req_if_match(&rq, 5), 0);
	rq.if_match = "\"4\"";
	ck_assert_int_eq(req_if_match(&rq, 5), -1);
	ck_assert_int_eq(err.kind->status, 412);
}
END_TEST

static struct rows
things(int n)
{
	static const char *const cols[] = { "id:20", "_key:25" };
	struct rows t = table(cols, 2);
	char s[32];
	int i;

	for (i = 0; i < n; i++) {
		snprintf(s, sizeof(s), "%d", i + 1);
		set(&t, i, 0, s);
		snprintf(s, sizeof(s), "k\n\xc3\xa4%d", i + 1);
		set(&t, i, 1, s);
	}
	return t;
}

/* next_cursor of the answer. */
static const char *
next(void)
{
	const char *why;
	const struct json *j = json_parse(rs.body.data, rs.body.len, mem,
	    &why);

	ck_assert_ptr_nonnull(j);
	return json_string(json_get(j, "next_cursor"), NULL);
}

START_TEST(list_ends)
{
	struct rows t = things(2);
	struct page p = { .limit = 2, .after = -1 };

	ck_assert_int_eq(resp_list(&rq, &rs, &p, "id", &t, NULL), 0);
	ck_assert_str_eq(rs.body.data, "{\"data\":[{\"id\":1},{\"id\":2}],"
	    "\"has_more\":false,\"next_cursor\":null}");
	ck_assert_ptr_null(rs.link);
	t = things(0);
	resp_list(&rq, &rs, &p, "id", &t, NULL);
	ck_assert_str_eq(rs.body.data,
	    "{\"data\":[],\"has_more\":false,\"next_cursor\":null}");
}
END_TEST

START_TEST(list_goes_on)
{
	static const char *const cols[] = { "total:20" };
	struct rows t = things(3), total = table(cols, 1);
	struct page p = { .limit = 2, .after = -1 };
	struct page_start start;

	set(&total, 0, 0, "41");
	ck_assert_int_eq(resp_list(&rq, &rs, &p, "-price", &t, &total), 0);
	ck_assert_ptr_nonnull(strstr(rs.body.data, "{\"data\":[{\"id\":1},"
	    "{\"id\":2}],\"has_more\":true,\"next_cursor\":\""));
	ck_assert_ptr_nonnull(strstr(rs.body.data, ",\"total_count\":41}"));
	p.cursor = next();
	ck_assert_int_eq(page_start(&rq, &p, "-price", &start), 0);
	ck_assert(start.set);
	ck_assert_int_eq(start.id, 2);
	ck_assert_str_eq(start.key, "k\n\xc3\xa4" "2");
}
END_TEST

/* The page of four rows of so many bytes: how many are on it. */
static size_t
on_page(size_t bytes)
{
	static const char *const cols[] = { "id:20", "text:25" };
	char *text = arena_alloc(mem, bytes + 1);
	struct page p = { .limit = 3 };
	struct rows t = table(cols, 2);
	const struct json *j;
	const char *why;

	memset(text, 'x', bytes);
	for (int i = 0; i < 4; i++) {
		set(&t, i, 0, (char[]){ (char)('1' + i), '\0' });
		ck_assert(PQsetvalue(t.res, i, 1, text, (int)bytes));
	}
	resp_list(&rq, &rs, &p, "id", &t, NULL);
	j = json_parse(rs.body.data, rs.body.len, mem, &why);
	ck_assert_ptr_nonnull(j);
	ck_assert(json_bool(json_get(j, "has_more")));
	return json_len(json_get(j, "data"));
}

START_TEST(long_page_ends_early)
{
	struct page_start start;
	struct page p = { .after = -1 };
	char *cursor;

	ck_assert_uint_eq(on_page(1 << 20), 3);
	resp_clear(&rs);
	ck_assert_uint_eq(on_page(13 << 20), 2);
	cursor = strstr(rs.link, "cursor=") + strlen("cursor=");
	p.cursor = arena_strndup(mem, cursor, strcspn(cursor, ">"));
	ck_assert_int_eq(page_start(&rq, &p, "id", &start), 0);
	ck_assert_int_eq(start.id, 2);
}
END_TEST

START_TEST(longest_row_is_a_page)
{
	ck_assert_uint_eq(on_page(25 << 20), 1);
}
END_TEST

START_TEST(link_keeps_the_query)
{
	struct rows t = things(2);
	struct page p = { .limit = 1, .after = -1 };
	char want[512], raw[2800];

	rq.path = "/api/v1/th ings/\xc3\xa4>";
	rq.query_string = "q=a%3E+b&cursor=old&&limit=1&after=3&x>y\"&z=%C3%A4";
	resp_list(&rq, &rs, &p, "id", &t, NULL);
	snprintf(want, sizeof(want), "</api/v1/th%%20ings/%%C3%%A4%%3E?"
	    "q=a%%3E%%20b&limit=1&x%%3Ey%%22=&z=%%C3%%A4&cursor=%s>; "
	    "rel=\"next\"", next());
	ck_assert_str_eq(rs.link, want);
	memset(raw, '>', sizeof(raw) - 1);
	raw[sizeof(raw) - 1] = '\0';
	rq.query_string = raw;
	resp_list(&rq, &rs, &p, "id", &t, NULL);
	ck_assert_ptr_null(rs.link);
	ck_assert_ptr_nonnull(next());
	rq.query_string = NULL;
	rq.path = "/api/v1/things";
	resp_list(&rq, &rs, &p, "id", &t, NULL);
	snprintf(want, sizeof(want), "</api/v1/things?cursor=%s>; "
	    "rel=\"next\"", next());
	ck_assert_str_eq(rs.link, want);
}
END_TEST

static void
bad_start(const struct page *p, const char *sort, const char *field)
{
	struct page_start start;

	err_init(&err, mem);
	ck_assert_int_eq(page_start(&rq, p, sort, &start), -1);
	ck_assert_str_eq(err.kind->code, "invalid_parameter");
	ck_assert_str_eq(err.items->field, field);
}

START_TEST(starts)
{
	struct page_start start;
	struct page p = { .limit = 20, .after = -1 };

	ck_assert_int_eq(page_start(&rq, &p, "id", &start), 0);
	ck_assert(!start.set);
	p.after = 9;
	ck_assert_int_eq(page_start(&rq, &p, "-id", &start), 0);
	ck_assert(start.set);
	ck_assert_int_eq(start.id, 9);
	bad_start(&p, "price", "after");
	p.after = 0;
	ck_assert_int_eq(page_start(&rq, &p, "id", &start), 0);
	ck_assert(!start.set);
	bad_start(&p, "price", "after");
	p.cursor = "x";
	bad_start(&p, "id", "after");
}
END_TEST

START_TEST(foreign_cursors)
{
	static const char *const forged[] = { "", "x", "Zm9vYmFy",
	    "AAAAAAAAAABpZAoxCg", "../../x", "\xff" };
	struct rows t = things(2);
	struct page p = { .limit = 1, .after = -1 };
	struct page_start start;
	char *s;
	size_t i;

	resp_list(&rq, &rs, &p, "id", &t, NULL);
	s = arena_strdup(mem, next());
	p.cursor = s;
	ck_assert_int_eq(page_start(&rq, &p, "id", &start), 0);
	bad_start(&p, "-id", "cursor");
	bad_start(&p, "i", "cursor");
	bad_start(&p, "price", "cursor");
	rq.route = &others_route;
	bad_start(&p, "id", "cursor");
	rq.route = &things_route;
	for (i = 0; s[i] != '\0'; i++) {
		s[i] ^= 1;
		bad_start(&p, "id", "cursor");
		s[i] ^= 1;
	}
	for (i = 0; i < sizeof(forged) / sizeof(*forged); i++) {
		p.cursor = forged[i];
		bad_start(&p, "id", "cursor");
	}
	p.cursor = s;
	page_secret((const unsigned char *)"another key, of thirty-two bytes");
	bad_start(&p, "id", "cursor");
}
END_TEST

SUITE(http)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, methods);
	tcase_add_test(tc, row);
	tcase_add_test(tc, row_with_more);
	tcase_add_test(tc, row_with_a_text_tag);
	tcase_add_test(tc, not_modified);
	tcase_add_test(tc, created_and_none);
	tcase_add_test(tc, etags);
	tcase_add_test(tc, if_match);
	tcase_add_test(tc, list_ends);
	tcase_add_test(tc, list_goes_on);
	tcase_add_test(tc, long_page_ends_early);
	tcase_add_test(tc, longest_row_is_a_page);
	tcase_add_test(tc, link_keeps_the_query);
	tcase_add_test(tc, starts);
	tcase_add_test(tc, foreign_cursors);
}
