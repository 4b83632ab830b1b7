/* SPDX-License-Identifier: MIT */
#include "t/fuzz/help/fuzz.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/json.h"

/*
 * Money and integers against an own reading of the grammar with 128 bits,
 * and against what they print as.
 */

#define BIG ((__int128)1 << 100)

/* Digits at *s, moved behind them, at most BIG. */
static __int128
number(const char **s)
{
	__int128 n = 0;

	for (; **s >= '0' && **s <= '9'; (*s)++)
		if (n < BIG)
			n = n * 10 + (**s - '0');
	return n;
}

/* -?(0|[1-9][0-9]*), and for money (\.[0-9]{1,2})? ; -0 is none. */
static bool
expect(const char *s, int places, __int128 *n_r)
{
	bool minus = *s == '-';
	const char *from = s += minus, *point;
	__int128 n = number(&s);
	int given = 0;

	if (s == from || (*from == '0' && s - from > 1))
		return false;
	if (*s == '.' && places > 0) {
		point = ++s;
		(void)number(&s);
		given = s - point > places ? places + 1 : (int)(s - point);
		if (given == 0 || given > places)
			return false;
		for (int i = 0; i < given; i++)
			n = n * 10 + (point[i] - '0');
	}
	for (; given < places; given++)
		n *= 10;
	*n_r = minus ? -n : n;
	return *s == '\0' && !(minus && n == 0);
}

static void
print(char *out, size_t size, int64_t cents)
{
	uint64_t n = cents < 0 ? 0 - (uint64_t)cents : (uint64_t)cents;

	snprintf(out, size, "%s%" PRIu64 ".%02u", cents < 0 ? "-" : "",
	    n / 100, (unsigned)(n % 100));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *mem = fuzz_arena();
	const char *s = fuzz_text(data, size, mem);
	__int128 want = 0;
	int64_t n = 0, back = 0;
	char text[32];
	bool ok = expect(s, 2, &want) && want <= INT64_MAX &&
	    want >= -INT64_MAX;

	must(money_parse(s, &n) == ok);
	if (ok) {
		must(n == want);
		print(text, sizeof(text), n);
		must(money_parse(text, &back) && back == n);
	}
	ok = expect(s, 0, &want) && want <= INT64_MAX && want >= INT64_MIN;
	must(i64_parse(s, &n) == ok);
	if (ok) {
		must(n == want);
		snprintf(text, sizeof(text), "%" PRId64, n);
		must(strcmp(text, s) == 0);
	}
	arena_free(mem);
	return 0;
}
