/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/seal.h"

static struct arena *mem;
static unsigned char key[32] = "a key", other[32] = "another";

static void
setup(void)
{
	mem = arena_new(1 << 20);
}

static void
teardown(void)
{
	arena_free(mem);
}

START_TEST(there_and_back)
{
	static const char *const texts[] = { "", "x", "{\"user\":{}}" };

	for (size_t i = 0; i < 3; i++) {
		const char *s = seal(key, texts[i], mem);

		ck_assert_str_eq(unseal(key, s, mem), texts[i]);
		ck_assert_str_ne(seal(key, texts[i], mem), s);
		ck_assert_ptr_null(unseal(other, s, mem));
	}
}
END_TEST

START_TEST(no_byte_may_change)
{
	char *s = arena_strdup(mem, seal(key, "{\"id\":1}", mem));

	for (char *p = s; *p != '\0'; p++) {
		char was = *p;

		*p = was == 'A' ? 'B' : 'A';
		ck_assert_ptr_null(unseal(key, s, mem));
		*p = was;
	}
	s[strlen(s) - 4] = '\0';
	ck_assert_ptr_null(unseal(key, s, mem));
	ck_assert_ptr_null(unseal(key, "", mem));
	ck_assert_ptr_null(unseal(key, "{\"id\":1}", mem));
}
END_TEST

SUITE(seal)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, there_and_back);
	tcase_add_test(tc, no_byte_may_change);
}
