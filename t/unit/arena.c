/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "lib/arena.h"

static char order[8];

static void
note(void *what)
{
	strcat(order, what);
}

START_TEST(zeroed_and_aligned)
{
	struct arena *a = arena_new(1 << 20);
	unsigned char *p;
	size_t i, n;

	for (n = 1; n < 300; n++) {
		p = arena_alloc(a, n);
		ck_assert_uint_eq((uintptr_t)p % alignof(max_align_t), 0);
		for (i = 0; i < n; i++)
			ck_assert_uint_eq(p[i], 0);
		memset(p, 0xee, n);
	}
	arena_reset(a);
	p = arena_alloc(a, 1000);
	for (i = 0; i < 1000; i++)
		ck_assert_uint_eq(p[i], 0);
	arena_free(a);
}
END_TEST

START_TEST(bigger_than_a_block)
{
	struct arena *a = arena_new(8 << 20);
	char *p = arena_alloc(a, 3 << 20), *q = arena_alloc(a, 100);

	memset(p, 1, 3 << 20);
	memset(q, 2, 100);
	ck_assert_int_eq(p[(3 << 20) - 1], 1);
	ck_assert_uint_eq(arena_used(a), (3 << 20) + 100);
	arena_reset(a);
	ck_assert_uint_eq(arena_used(a), 0);
	arena_free(a);
}
END_TEST

START_TEST(copies)
{
	struct arena *a = arena_new(1 << 20);

	ck_assert_str_eq(arena_strdup(a, "order"), "order");
	ck_assert_str_eq(arena_strndup(a, "order", 3), "ord");
	ck_assert_str_eq(arena_strndup(a, "or\0der", 6), "or");
	ck_assert_str_eq(arena_strndup(a, "order", 99), "order");
	ck_assert_str_eq(arena_printf(a, "%s-%d", "a", 7), "a-7");
	ck_assert_ptr_nonnull(arena_alloc(a, 0));
	ck_assert_ptr_nonnull(arena_array(a, 0, 8));
	arena_free(a);
}
END_TEST

START_TEST(grows_in_place_or_by_copy)
{
	struct arena *a = arena_new(1 << 20);
	char *p = arena_strdup(a, "abc"), *q;

	q = arena_grow(a, p, 4, 200);
	memset(q + 4, 'x', 196);
#ifndef ARENA_DEBUG
	ck_assert_ptr_eq(p, q);
#endif
	ck_assert_uint_ge(arena_used(a), 200);
	arena_alloc(a, 8);
	p = arena_grow(a, q, 200, 300);
	ck_assert_ptr_ne(p, q);
	ck_assert_mem_eq(p, q, 200);
	ck_assert_int_eq(p[299], 0);
	p = arena_grow(a, p, 300, 500000);
	ck_assert_str_eq(p, "abc");
	arena_free(a);
}
END_TEST

START_TEST(what_is_big_grows_alone)
{
	struct arena *a = arena_new(8 << 20);
	size_t size = 128 << 10;
	char *p = arena_alloc(a, size);

	memset(p, 'x', size);
	for (; size < 4 << 20; size *= 2) {
		p = arena_grow(a, p, size, size * 2);
		ck_assert_int_eq(p[size - 1], 'x');
		ck_assert_int_eq(p[size], 0);
		ck_assert_int_eq(p[size * 2 - 1], 0);
		memset(p + size, 'x', size);
		ck_assert_uint_eq(arena_used(a), size * 2);
	}
	arena_alloc(a, 100);
	arena_reset(a);
	ck_assert_uint_eq(arena_used(a), 0);
	arena_free(a);
}
END_TEST

START_TEST(defers_run_newest_first)
{
	static char one[] = "1", two[] = "2", three[] = "3", four[] = "4";
	struct arena *a = arena_new(1 << 20);
	struct arena_mark m;

	order[0] = '\0';
	arena_defer(a, note, one);
	arena_defer(a, note, two);
	m = arena_mark(a);
	arena_defer(a, note, three);
	arena_alloc(a, 1 << 18);
	arena_rewind(a, m);
	ck_assert_str_eq(order, "3");
	ck_assert_uint_eq(arena_used(a), m.total);
	arena_defer(a, note, four);
	arena_reset(a);
	ck_assert_str_eq(order, "3421");
	arena_reset(a);
	ck_assert_str_eq(order, "3421");
	arena_defer(a, note, one);
	arena_free(a);
	ck_assert_str_eq(order, "34211");
}
END_TEST

START_TEST(rewind_keeps_what_was_before)
{
	struct arena *a = arena_new(1 << 20);
	char *kept = arena_strdup(a, "kept");
	struct arena_mark m = arena_mark(a);
	int i;

	for (i = 0; i < 100; i++) {
		memset(arena_alloc(a, 5000), i, 5000);
		arena_rewind(a, m);
	}
	ck_assert_str_eq(kept, "kept");
	arena_free(a);
}
END_TEST

START_TEST(over_the_limit_is_fatal)
{
	struct arena *a = arena_new(1000);

	arena_alloc(a, 900);
	arena_alloc(a, 101);
}
END_TEST

START_TEST(growing_over_the_limit_is_fatal)
{
	struct arena *a = arena_new(1000);

	arena_grow(a, arena_alloc(a, 900), 900, 1001);
}
END_TEST

START_TEST(array_overflow_is_fatal)
{
	arena_array(arena_new(1000), SIZE_MAX / 2, 3);
}
END_TEST

SUITE(arena)
{
	tcase_add_test(tc, zeroed_and_aligned);
	tcase_add_test(tc, bigger_than_a_block);
	tcase_add_test(tc, copies);
	tcase_add_test(tc, grows_in_place_or_by_copy);
	tcase_add_test(tc, what_is_big_grows_alone);
	tcase_add_test(tc, defers_run_newest_first);
	tcase_add_test(tc, rewind_keeps_what_was_before);
	if (forked()) {
		tcase_add_exit_test(tc, over_the_limit_is_fatal, 70);
		tcase_add_exit_test(tc, growing_over_the_limit_is_fatal, 70);
		tcase_add_exit_test(tc, array_overflow_is_fatal, 70);
	}
}
