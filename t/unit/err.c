/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/err.h"

static struct arena *mem;
static struct ctx { struct err *err; } ctx;
static struct err e;
static struct buf out;

static void
setup(void)
{
	mem = arena_new(1 << 20);
	err_init(&e, mem);
	ctx.err = &e;
	buf_init(&out, mem, 0);
}

static void
teardown(void)
{
	arena_free(mem);
}

START_TEST(first_error_wins)
{
	ck_assert_int_eq(fail(&ctx, E_NOT_FOUND, "No order %d", 7), -1);
	ck_assert_int_eq(fail(&ctx, E_FORBIDDEN, "x"), -1);
	ck_assert_ptr_eq(e.kind, &E_NOT_FOUND);
	ck_assert_str_eq(e.detail, "No order 7");
	ck_assert_ptr_nonnull(strstr(e.where, "t/unit/err.c:"));
}
END_TEST

START_TEST(internal_text_stays_inside)
{
	fail(&ctx, E_INTERNAL, "password=%s", "hunter2");
	ck_assert_str_eq(e.internal, "password=hunter2");
	err_problem(&e, "req-12345678", &out);
	ck_assert_ptr_null(strstr(out.data, "hunter2"));
	ck_assert_str_eq(out.data, "{\"type\":\"urn:shopd:problem:internal\","
	    "\"title\":\"Internal error\",\"status\":500,"
	    "\"detail\":\"Internal error\",\"code\":\"internal\","
	    "\"request_id\":\"req-12345678\"}");
}
END_TEST

START_TEST(faults_of_one_code_or_several)
{
	ck_assert_int_eq(faults(&ctx), 0);
	err_add(&e, "role", "unknown_field", "is not known");
	ck_assert_int_eq(faults(&ctx), -1);
	ck_assert_ptr_eq(e.kind, &E_UNKNOWN_FIELD);
	err_init(&e, mem);
	err_add(&e, "role", "unknown_field", "is not known");
	err_add(&e, "email", "required", "is missing");
	ck_assert_int_eq(faults(&ctx), -1);
	ck_assert_ptr_eq(e.kind, &E_VALIDATION_FAILED);
}
END_TEST

START_TEST(problem_document)
{
	struct err_item *item;

	item = err_add(&e, "items[0]", "insufficient_stock", "only %d", 2);
	item->members = "\"available\":2";
	err_add(&e, "a\"b", "required", "is missing");
	faults(&ctx);
	e.members = "\"from\":\"paid\",\"to\":\"x\"";
	err_problem(&e, "0123456789", &out);
	ck_assert_str_eq(out.data,
	    "{\"type\":\"urn:shopd:problem:validation_failed\","
	    "\"title\":\"Validation failed\",\"status\":422,"
	    "\"detail\":\"The request has invalid fields\","
	    "\"code\":\"validation_failed\",\"request_id\":\"0123456789\","
	    "\"errors\":[{\"field\":\"items[0]\","
	    "\"code\":\"insufficient_stock\",\"detail\":\"only 2\","
	    "\"available\":2},{\"field\":\"a\\\"b\",\"code\":\"required\","
	    "\"detail\":\"is missing\"}],\"from\":\"paid\",\"to\":\"x\"}");
}
END_TEST

START_TEST(whole_errors_array)
{
	fail(&ctx, E_PRECONDITION_FAILED, "stale");
	e.errors_json = "[{\"field\":\"x\"}]";
	err_problem(&e, "0123456789", &out);
	ck_assert_ptr_nonnull(strstr(out.data,
	    ",\"errors\":[{\"field\":\"x\"}]}"));
}
END_TEST

START_TEST(kinds_are_listed_once)
{
	const struct err_kind *const *list;
	size_t i, n = err_kinds(&list);

	ck_assert_uint_ge(n, 18);
	for (i = 0; i < n; i++) {
		ck_assert_ptr_eq(err_kind_by_code(list[i]->code), list[i]);
		ck_assert_int_ge(list[i]->status, 400);
		ck_assert_int_lt(list[i]->status, 600);
		ck_assert_uint_eq(strspn(list[i]->code,
		    "abcdefghijklmnopqrstuvwxyz_"), strlen(list[i]->code));
	}
	ck_assert_ptr_eq(err_kind_by_code("not_found"), &E_NOT_FOUND);
	ck_assert_ptr_null(err_kind_by_code("no_such_code"));
}
END_TEST

SUITE(err)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, first_error_wins);
	tcase_add_test(tc, internal_text_stays_inside);
	tcase_add_test(tc, faults_of_one_code_or_several);
	tcase_add_test(tc, problem_document);
	tcase_add_test(tc, whole_errors_array);
	tcase_add_test(tc, kinds_are_listed_once);
}
