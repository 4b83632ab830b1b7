/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include "lib/arena.h"
#include "lib/json.h"

#include "app/jobs/letter.h"

static void
money(const char *s, int64_t want)
{
	int64_t n = -1;

	ck_assert_msg(money_parse(s, &n), "%s is refused", s);
	ck_assert_int_eq(n, want);
}

START_TEST(exact)
{
	money("0", 0);
	money("0.00", 0);
	money("29.99", 2999);
	money("29.9", 2990);
	money("29", 2900);
	money("0.07", 7);
	money("0.29", 29);		/* 28.999... as a double */
	money("1.15", 115);
	money("-1.05", -105);
	money("9007199254.93", 900719925493);
}
END_TEST

START_TEST(bounds)
{
	int64_t n;

	money("92233720368547758", 9223372036854775800);
	money("92233720368547758.07", INT64_MAX);
	money("-92233720368547758.07", -INT64_MAX);
	ck_assert(!money_parse("92233720368547758.08", &n));
	ck_assert(!money_parse("-92233720368547758.08", &n));
	ck_assert(!money_parse("92233720368547759", &n));
	ck_assert(!money_parse("184467440737095516.16", &n));
	ck_assert(!money_parse("99999999999999999999999", &n));
}
END_TEST

START_TEST(not_money)
{
	static const char *const bad[] = {
		"", "-", ".", "-.5", ".5", "5.", "+5", " 5", "5 ", "1,5",
		"1e2", "1E2", "1.0e2", "1.000", "29.990", "29.999", "0x10",
		"007", "00", "NaN", "Infinity", "inf", "--1", "1.-1", "1..2",
		"1.2.3", "-0", "-0.00", "$1", "1_000", "\xd9\xa1",
	};
	int64_t n;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ck_assert_msg(!money_parse(bad[i], &n), "%s", bad[i]);
}
END_TEST

static void
both_ways(const char *s, int64_t n, const char *currency)
{
	struct arena *mem = arena_new(4096);

	money_currency(currency);
	money(s, n);
	ck_assert_str_eq(money_decimal(mem, n, money_decimals(currency)), s);
	ck_assert_str_eq(money_text(mem, n, currency),
	    arena_printf(mem, "%s %s", s, currency));
	arena_free(mem);
}

START_TEST(decimals_of_the_currency)
{
	int64_t n;

	both_ways("100", 100, "JPY");
	both_ways("-7", -7, "KRW");
	both_ways("1000000000000", 1000000000000, "CLP");
	ck_assert(!money_parse("99.50", &n));
	ck_assert(!money_parse("99.0", &n));
	ck_assert(!money_parse("99.", &n));
	both_ways("1.234", 1234, "KWD");
	both_ways("-0.005", -5, "TND");
	money("1.5", 1500);
	ck_assert(!money_parse("1.2345", &n));
	ck_assert(!money_parse("9223372036854775.808", &n));
	both_ways("0.05", 5, "USD");
	ck_assert_int_eq(money_decimals("MGA"), 2);
	ck_assert_int_eq(money_decimals(""), 2);
	ck_assert_int_eq(money_decimals("D K"), 2);
	ck_assert_int_eq(money_decimals(NULL), 2);
}
END_TEST

START_TEST(integers)
{
	static const char *const bad[] = {
		"", "-", "+1", " 1", "1 ", "1.0", "1e0", "01", "-0", "-01",
		"0x10", "9223372036854775808", "-9223372036854775809",
		"18446744073709551616", "99999999999999999999", "1a", "NaN",
	};
	int64_t n;
	size_t i;

	ck_assert(i64_parse("0", &n) && n == 0);
	ck_assert(i64_parse("-1", &n) && n == -1);
	ck_assert(i64_parse("9223372036854775807", &n) && n == INT64_MAX);
	ck_assert(i64_parse("-9223372036854775808", &n) && n == INT64_MIN);
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ck_assert_msg(!i64_parse(bad[i], &n), "%s", bad[i]);
}
END_TEST

SUITE(money)
{
	tcase_add_test(tc, exact);
	tcase_add_test(tc, bounds);
	tcase_add_test(tc, not_money);
	tcase_add_test(tc, decimals_of_the_currency);
	tcase_add_test(tc, integers);
}
