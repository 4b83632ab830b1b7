/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/err.h"
#include "lib/field.h"

struct ask {
	int64_t limit, id;
	const char *q;
	bool count;
	struct opt_bool in_stock;
	struct cents min_price;
	struct texts tags;
	struct json_obj attrs;
};
TABLE_OPEN(ask, "attr.", attrs,
	FIELD(ask, limit, OPTIONAL, 1, 100, .def = 20),
	FIELD(ask, id, OPTIONAL, 0, INT64_MAX),
	FIELD(ask, q, OPTIONAL, 2, 5, .aliases = "search"),
	FIELD(ask, count, OPTIONAL, 0, 1),
	FIELD(ask, in_stock, OPTIONAL, 0, 0),
	FIELD(ask, min_price, F_DECIMAL, 0, 1000000000000),
	FIELD(ask, tags, F_REPEAT, 0, 20));

struct login { const char *email, *password; };
TABLE(login,
	FIELD(login, email, REQUIRED, 1, 254, .aliases = "username"),
	FIELD(login, password, REQUIRED | F_SECRET, 0, 0));

static struct arena *mem;
static struct err err;
static struct ask ask;

static void
setup(void)
{
	mem = arena_new(64 << 20);
}

static void
teardown(void)
{
	arena_free(mem);
}

/* "path:code path:code" of the faults. */
static const char *
faults_text(void)
{
	const struct err_item *i;
	struct buf b;

	buf_init(&b, mem, 64);
	for (i = err.items; i != NULL; i = i->next)
		buf_printf(&b, "%s%s:%s", b.len > 0 ? " " : "", i->field,
		    i->code);
	return b.data;
}

static int
query(const char *s)
{
	err_init(&err, mem);
	return field_query(&ask_table, s, mem, &err, &ask);
}

static void
bad_query(const char *s, const char *want)
{
	ck_assert_int_eq(query(s), -1);
	ck_assert_str_eq(faults_text(), want);
	ck_assert_str_eq(err.kind->code, "invalid_parameter");
	ck_assert_int_eq(err.kind->status, 400);
}

START_TEST(query_types)
{
	ck_assert_int_eq(query("limit=5&id=12&q=a%C3%A4+b&count=true&"
	    "in_stock=False&min_price=9.90&&"), 0);
	ck_assert_int_eq(ask.limit, 5);
	ck_assert_int_eq(ask.id, 12);
	ck_assert_str_eq(ask.q, "a\xc3\xa4 b");
	ck_assert(ask.count);
	ck_assert(ask.in_stock.set && !ask.in_stock.v);
	ck_assert_int_eq(ask.min_price.v, 990);
	ck_assert_ptr_null(ask.attrs.text);
	ck_assert_int_eq(query(NULL), 0);
	ck_assert_int_eq(ask.limit, 20);
	ck_assert(!ask.in_stock.set);
	ck_assert_int_eq(query("search=ab"), 0);
	ck_assert_str_eq(ask.q, "ab");
}
END_TEST

START_TEST(query_faults)
{
	bad_query("limit=0", "limit:out_of_range");
	bad_query("limit=101", "limit:out_of_range");
	bad_query("limit=1e9", "limit:invalid_type");
	bad_query("limit=", "limit:invalid_type");
	bad_query("limit", "limit:invalid_type");
	bad_query("limit=+5", "limit:invalid_type");
	bad_query("limit=05", "limit:out_of_range");
	bad_query("id=9223372036854775808", "id:out_of_range");
	bad_query("id=-1", "id:out_of_range");
	bad_query("count=yes", "count:invalid_type");
	bad_query("min_price=1.999", "min_price:invalid_format");
	bad_query("q=a", "q:too_short");
	bad_query("q=abcdef", "q:too_long");
	bad_query("user=1&limit=x", "user:unknown_field limit:invalid_type");
	bad_query("limit=1&limit=1", "limit:conflict");
	bad_query("q=ab&search=ab", "search:conflict");
	bad_query("limit[]=1", "limit[]:unknown_field");
	bad_query("q=%", "q:invalid_format");
	bad_query("q=%4", "q:invalid_format");
	bad_query("q=%zz", "q:invalid_format");
	bad_query("q=ab%00", "q:invalid_format");
	bad_query("q=a%0d%0ab", "q:invalid_format");
	bad_query("q=%c0%af", "q:invalid_format");
	bad_query("q=%ed%a0%80", "q:invalid_format");
	bad_query("%00=1", ":invalid_format");
	bad_query("%=1", ":invalid_format");
	bad_query("=1", ":unknown_field");
}
END_TEST

START_TEST(query_repeats)
{
	struct buf b;
	int i;

	ck_assert_int_eq(query("tags=a&tags=b&limit=1&tags=c"), 0);
	ck_assert_uint_eq(ask.tags.n, 3);
	ck_assert_str_eq(ask.tags.v[0], "a");
	ck_assert_str_eq(ask.tags.v[2], "c");
	buf_init(&b, mem, 64);
	for (i = 0; i < 20; i++)
		buf_printf(&b, "tags=%d&", i);
	ck_assert_int_eq(query(b.data), 0);
	ck_assert_uint_eq(ask.tags.n, 20);
	ck_assert_str_eq(ask.tags.v[19], "19");
	buf_str(&b, "tags=20");
	bad_query(b.data, "tags:too_many");
}
END_TEST

START_TEST(query_free_names)
{
	struct buf b;
	int i;

	ck_assert_int_eq(query("attr.color=deep%22red&attr.size=M"), 0);
	ck_assert_str_eq(ask.attrs.text,
	    "{\"color\":\"deep\\\"red\",\"size\":\"M\"}");
	bad_query("attr.a=1&attr.a=2", "attr.a:conflict");
	bad_query("attr.=1", "attr.:invalid_format");
	buf_init(&b, mem, 64);
	for (i = 0; i < 17; i++)
		buf_printf(&b, "attr.%d=1&", i);
	bad_query(b.data, "attr.16:too_many");
}
END_TEST

START_TEST(no_query_at_all)
{
	err_init(&err, mem);
	ck_assert_int_eq(field_query(NULL, "", mem, &err, NULL), 0);
	ck_assert_int_eq(field_query(NULL, "a=1", mem, &err, NULL), -1);
	ck_assert_str_eq(faults_text(), "a:unknown_field");
}
END_TEST

START_TEST(thousand_parameters)
{
	struct buf b;
	int i;

	buf_init(&b, mem, 64);
	for (i = 0; i < 1000; i++)
		buf_printf(&b, "p%d=1&", i);
	ck_assert_int_eq(query(b.data), -1);
	ck_assert_str_eq(err.kind->code, "invalid_parameter");
}
END_TEST

START_TEST(form)
{
	struct login l;
	const char *s = "username=a%40b.de&password=a+b%2Bc%26";

	err_init(&err, mem);
	ck_assert_int_eq(field_form(&login_table, s, strlen(s), mem, &err,
	    &l), 0);
	ck_assert_str_eq(l.email, "a@b.de");
	ck_assert_str_eq(l.password, "a b+c&");
	s = "username=a&email=b&x=1";
	ck_assert_int_eq(field_form(&login_table, s, strlen(s), mem, &err,
	    &l), -1);
	ck_assert_str_eq(faults_text(), "email:conflict x:unknown_field "
	    "password:required");
	ck_assert_int_eq(err.kind->status, 422);
}
END_TEST

SUITE(query)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, query_types);
	tcase_add_test(tc, query_faults);
	tcase_add_test(tc, query_repeats);
	tcase_add_test(tc, query_free_names);
	tcase_add_test(tc, no_query_at_all);
	tcase_add_test(tc, thousand_parameters);
	tcase_add_test(tc, form);
}
