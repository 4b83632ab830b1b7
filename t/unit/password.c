/* SPDX-License-Identifier: MIT */
#include "lib/password.h"

#include <string.h>
#include <time.h>

#include "lib/arena.h"
#include "t/help/suite.h"

static struct arena *mem;

static void
setup(void)
{
	mem = arena_new(1 << 20);
	password_init(1);
}

static void
teardown(void)
{
	arena_free(mem);
}

static const char *
hash(const char *phrase)
{
	const char *h = password_hash(phrase, mem);

	ck_assert_ptr_nonnull(h);
	return h;
}

static char *
repeat(char c, size_t n, const char *tail)
{
	char *s = arena_alloc(mem, n + strlen(tail) + 1);

	memset(s, c, n);
	memcpy(s + n, tail, strlen(tail));
	return s;
}

START_TEST(test_round_trip)
{
	const char *a = hash("correct horse"), *b = hash("correct horse");

	ck_assert_str_ne(a, b);
	ck_assert_int_eq(strncmp(a, "$y$", 3), 0);
	ck_assert(password_verify("correct horse", a));
	ck_assert(password_verify("correct horse", b));
	ck_assert(!password_verify("correct horsf", a));
	ck_assert(!password_verify("correct hors", a));
	ck_assert(!password_verify("correct horse ", a));
	ck_assert(!password_verify("Correct horse", a));
	ck_assert(!password_verify("", a));
}
END_TEST

/* Nothing is cut: not at 72 bytes as bcrypt does, not at 128, not at 255. */
START_TEST(test_no_truncation)
{
	static const size_t at[] = { 8, 71, 72, 73, 128, 255, 256, 400 };
	size_t i;

	for (i = 0; i < sizeof(at) / sizeof(*at); i++) {
		const char *x = repeat('a', at[i], "X");

		ck_assert(password_verify(x, hash(x)));
		ck_assert(!password_verify(repeat('a', at[i], "Y"), hash(x)));
		ck_assert(!password_verify(repeat('a', at[i], ""), hash(x)));
	}
}
END_TEST

START_TEST(test_bytes)
{
	static const char *const phrases[] = { "  spaces  ", "p\303\244ss",
	    "\360\237\220\264\360\237\224\213", "\x01\x7f\xff\x80", "a\tb" };
	size_t i;

	for (i = 0; i < sizeof(phrases) / sizeof(*phrases); i++)
		ck_assert(password_verify(phrases[i], hash(phrases[i])));
	ck_assert(!password_verify("spaces", hash(" spaces ")));
	ck_assert(!password_verify("\x01\x7f\xff",
	    hash("\x01\x7f\xff\x80")));
}
END_TEST

START_TEST(test_too_long)
{
	ck_assert_ptr_nonnull(password_hash(repeat('x', 511, ""), mem));
	ck_assert(password_verify(repeat('x', 512, ""),
	    hash(repeat('x', 512, ""))));
	ck_assert(!password_verify(repeat('x', 513, ""),
	    hash(repeat('x', 512, ""))));
	ck_assert(!password_verify(repeat('x', 512, "y"),
	    hash(repeat('x', 512, "z"))));
	ck_assert(!password_verify(repeat('x', 5000, ""), hash("x")));
	ck_assert(!password_verify(repeat('x', 5000, ""), NULL));
}
END_TEST

/* What crypt() returns for a failure must never be taken for a hash. */
START_TEST(test_failure_strings)
{
	static const char *const hashes[] = { "*0", "*1", "*", "!", "!!", "x",
	    "", "*0$y$j75$", "$y$", "$y$j75$", "$y$!!!$salt$hash", "$2b$",
	    "$99$nonsense", "plain text", ":", "$y$j75$\n" };
	static const char *const phrases[] = { "", "*0", "*1", "x",
	    "plain text", "secret" };
	size_t i, j;

	for (i = 0; i < sizeof(hashes) / sizeof(*hashes); i++)
		for (j = 0; j < sizeof(phrases) / sizeof(*phrases); j++)
			ck_assert_msg(!password_verify(phrases[j], hashes[i]),
			    "%s fits %s", phrases[j], hashes[i]);
}
END_TEST

START_TEST(test_whole_string_compared)
{
	const char *h = hash("secret phrase");
	size_t len = strlen(h);
	char *other = arena_strdup(mem, h);

	ck_assert(!password_verify("secret phrase",
	    arena_strndup(mem, h, len - 1)));
	ck_assert(!password_verify("secret phrase",
	    arena_printf(mem, "%sx", h)));
	other[len - 1] = other[len - 1] == '.' ? '/' : '.';
	ck_assert(!password_verify("secret phrase", other));
}
END_TEST

/* Made by other programs, from crypt_blowfish's and libc's own tests. */
START_TEST(test_brought_hashes)
{
	static const struct { const char *phrase, *hash; } rows[] = {
		{ "U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC."
		    "E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW" },
		{ "U*U*U", "$2a$05$XXXXXXXXXXXXXXXXXXXXXO"
		    "AcXxm9kjPGEMsLznoKqmqw7tc8WCx4a" },
		{ "\xff\xff\xa3", "$2b$05$/OK.fbVrR/bpIqNJ5ianF."
		    "CE5elHaaO4EbggVDjb8P19RukzXSM3e" },
		{ "\xff\xff\xa3", "$2y$05$/OK.fbVrR/bpIqNJ5ianF."
		    "CE5elHaaO4EbggVDjb8P19RukzXSM3e" },
		{ "Hello world!", "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8i"
		    "KwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35"
		    "inz1" },
		{ "Hello world!", "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hs"
		    "xY/GNooZaBBGWEc5" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		ck_assert_msg(password_verify(rows[i].phrase, rows[i].hash),
		    "%s", rows[i].hash);
		ck_assert(!password_verify("U*V", rows[i].hash));
		ck_assert(password_stale(rows[i].hash));
	}
}
END_TEST

START_TEST(test_stale)
{
	const char *cheap = hash("x"), *dear;

	ck_assert(!password_stale(cheap));
	password_init(4);
	ck_assert(password_stale(cheap));
	ck_assert(password_verify("x", cheap));
	dear = hash("x");
	ck_assert(!password_stale(dear));
	password_init(3);
	ck_assert(!password_stale(dear));
	password_init(5);
	ck_assert(password_stale(dear));
	ck_assert(!password_stale("$y$j9T$F5Jx5fExrKuPp53xLKQ..1$"
	    "X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7"));
	ck_assert(password_stale("$7$CU..../....2Q9obwLhin8qvQl6sisAO/$"
	    "E1HizYWxBmnIH4sdPkd1UOML9t62Gf.wvNTnt5XFzs8"));
	ck_assert(password_stale(NULL));
	ck_assert(password_stale("*0"));
	ck_assert(password_stale("plain text"));
}
END_TEST

START_TEST(test_cost_is_clamped)
{
	password_init(-3);
	ck_assert(!password_stale(hash("x")));
	password_init(99);
	password_init(1);
	ck_assert(!password_stale(hash("x")));
}
END_TEST

static double
cpu(const char *h)
{
	struct timespec a, b;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	ck_assert(!password_verify("no such phrase", h));
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
	return (double)(b.tv_sec - a.tv_sec) * 1e3 +
	    (double)(b.tv_nsec - a.tv_nsec) / 1e6;
}

/* An unknown account, a locked and a damaged hash cost as much as a known
 * account with the wrong phrase. */
START_TEST(test_equal_work)
{
	const char *rows[] = { NULL, NULL, "*0", "!", "" };
	double best[5];
	size_t i, n;

	password_init(4);
	rows[0] = hash("the phrase");
	for (i = 0; i < 5; i++)
		best[i] = 1e9;
	for (n = 0; n < 7; n++)
		for (i = 0; i < 5; i++) {
			double t = cpu(rows[i]);

			best[i] = t < best[i] ? t : best[i];
		}
	for (i = 1; i < 5; i++)
		ck_assert_msg(best[i] > best[0] * 0.7 &&
		    best[i] < best[0] * 1.4, "row %zu: %.2f ms, known %.2f ms",
		    i, best[i], best[0]);
}
END_TEST

SUITE(password)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_round_trip);
	tcase_add_test(tc, test_no_truncation);
	tcase_add_test(tc, test_bytes);
	tcase_add_test(tc, test_too_long);
	tcase_add_test(tc, test_failure_strings);
	tcase_add_test(tc, test_whole_string_compared);
	tcase_add_test(tc, test_brought_hashes);
	tcase_add_test(tc, test_stale);
	tcase_add_test(tc, test_cost_is_clamped);
	tcase_add_test(tc, test_equal_work);
}
