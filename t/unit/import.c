/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include "lib/arena.h"

#include "app/catalog/import.h"

static struct arena *mem;

static void
setup(void)
{
	mem = arena_new((size_t)16 << 20);
}

static void
teardown(void)
{
	arena_free(mem);
}

/* The rows of a file, joined by '|'; a bad one is "!reason", what cannot be
 * read to the end is "!!reason". */
static const char *
rows_of(const char *text)
{
	struct import_file f;
	const char *json, *why, *all = "";
	int rc;

	if (import_open(&f, text, strlen(text), mem, &why) == -1)
		return arena_printf(mem, "!!%s", why);
	while ((rc = import_next(&f, mem, &json, &why)) == 1)
		all = arena_printf(mem, "%s%s%s%s", all,
		    *all != '\0' ? "|" : "", json == NULL ? "!" : "",
		    json == NULL ? why : json);
	return rc == 0 ? all : arena_printf(mem, "%s|!!%s", all, why);
}

START_TEST(json_rows)
{
	static const struct { const char *text, *want; } files[] = {
		{ "[]", "" },
		{ " [ {} , 1,\"a,]\\\"}\" ] \n", "{}|1|\"a,]\\\"}\"" },
		{ "\xef\xbb\xbf[{\"a\":[1,{\"b\":\"]\"}]}]",
		    "{\"a\":[1,{\"b\":\"]\"}]}" },
		{ "[1,{\"a\"", "1|!!the file ends inside of this row" },
		{ "[1] x", "1|!!something follows the array" },
		{ "[1}2,3]", "1}2|3" },
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		ck_assert_str_eq(rows_of(files[i].text), files[i].want);
}
END_TEST

/* Found by fuzzing: a NUL ended a cell, but no row. */
START_TEST(nul_bytes)
{
	static const char text[] = "title\nA\0B\nC";
	struct import_file f;
	const char *json, *why;

	ck_assert_int_eq(import_open(&f, text, sizeof(text) - 1, mem, &why),
	    0);
	ck_assert_int_eq(import_next(&f, mem, &json, &why), 1);
	ck_assert_ptr_null(json);
	ck_assert_str_eq(why, "is not UTF-8");
	ck_assert_int_eq(import_next(&f, mem, &json, &why), 1);
	ck_assert_str_eq(json, "{\"title\":\"C\"}");
	ck_assert_int_eq(import_next(&f, mem, &json, &why), 0);
}
END_TEST

START_TEST(csv_rows)
{
	static const struct { const char *text, *want; } files[] = {
		{ "title,price\nA,1\n",
		    "{\"title\":\"A\",\"price\":\"1\"}" },
		{ "title,stock\r\n\"A, \"\"b\"\"\nc\",3\r\n\r\nB,",
		    "{\"title\":\"A, \\\"b\\\"\\nc\",\"stock\":3}"
		    "|{\"title\":\"B\"}" },
		{ "name,stock_quantity,images\nA,x,https://a/1 https://a/2\n",
		    "{\"name\":\"A\",\"stock_quantity\":\"x\",\"images\":"
		    "[\"https://a/1\",\"https://a/2\"]}" },
		{ "attributes,price_cents,weight\n\"{\"\"a\"\":1}\",5,7",
		    "{\"attributes\":{\"a\":1},\"price_cents\":5,"
		    "\"weight\":\"7\"}" },
		{ "title\n'=1+1\n'a\n''=x",
		    "{\"title\":\"=1+1\"}|{\"title\":\"'a\"}"
		    "|{\"title\":\"'=x\"}" },
		{ "title\nA,B\nC",
		    "!has more cells than there are columns"
		    "|{\"title\":\"C\"}" },
		{ "title\n\"A\nB", "!a quoted cell does not end" },
		{ "title\n\xff\nB", "!is not UTF-8|{\"title\":\"B\"}" },
		{ "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,title\nB,,,,,,,,,,,,,,,",
		    "{\"a\":\"B\"}" },
		{ "", "!!neither a JSON array nor CSV with a header" },
		{ "{\"title\":1}",
		    "!!neither a JSON array nor CSV with a header" },
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		ck_assert_str_eq(rows_of(files[i].text), files[i].want);
}
END_TEST

static struct import_row
read_row(const char *json)
{
	struct import_row r = { .number = 1 };

	import_read(json, mem, &r);
	return r;
}

START_TEST(other_scalars_are_attributes)
{
	struct import_row r = read_row("{\"title\":\"T\",\"price\":9.99,"
	    "\"stock\":3,\"brand\":\"B\",\"weight\":4,\"fragile\":false,"
	    "\"empty\":null,\"attr.color\":\"red\",\"tags\":[1],\"meta\":{},"
	    "\"attributes\":{\"weight\":5,\"deep\":{\"x\":1}},"
	    "\"category\":\"Books\",\"sku\":null}");

	ck_assert_msg(r.why == NULL, "%s", r.why);
	ck_assert_str_eq(r.in.title, "T");
	ck_assert_int_eq(r.in.price_cents.v, 999);
	ck_assert_int_eq(r.in.stock.v, 3);
	ck_assert_ptr_null(r.in.sku);
	ck_assert_str_eq(r.category, "Books");
	ck_assert_str_eq(r.in.attributes.text, "{\"weight\":5,\"deep\":"
	    "{\"x\":1},\"brand\":\"B\",\"fragile\":false,\"color\":\"red\"}");
	ck_assert_uint_eq(r.nignored, 2);
	ck_assert_str_eq(r.ignored[0], "tags");
	ck_assert_str_eq(r.ignored[1], "meta");
}
END_TEST

START_TEST(bad_rows_have_reasons)
{
	static const struct { const char *json, *why; } bad[] = {
		{ "{\"title\":1", NULL },
		{ "[]", "is no object" },
		{ "{\"price\":1}", "title is required" },
		{ "{\"title\":\"x\",\"price\":1.234}", NULL },
		{ "{\"title\":\"\",\"stock\":-1,\"price\":1}",
		    "title must not be empty; stock must be at least 0" },
		{ "{\"title\":\"x\",\"attributes\":5}",
		    "attributes must be an object" },
		{ "{\"title\":\"x\",\"category\":\"a\",\"category_id\":1}",
		    "category and category_id are given" },
		{ "{\"title\":\"x\",\"images\":[\"javascript:1\"]}", NULL },
		{ "{\"title\":\"x\",\"a\":1,\"a\":2}", NULL },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct import_row r = read_row(bad[i].json);

		ck_assert_msg(r.why != NULL, "%s", bad[i].json);
		if (bad[i].why != NULL)
			ck_assert_str_eq(r.why, bad[i].why);
	}
}
END_TEST

SUITE(import)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, json_rows);
	tcase_add_test(tc, csv_rows);
	tcase_add_test(tc, nul_bytes);
	tcase_add_test(tc, other_scalars_are_attributes);
	tcase_add_test(tc, bad_rows_have_reasons);
}
