/* SPDX-License-Identifier: MIT */
#include "t/fuzz/help/fuzz.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "lib/address.h"
#include "lib/arena.h"
#include "lib/http.h"
#include "lib/http_client.h"

/*
 * Where webhooks may go: a URL that is taken has the form that it must have,
 * and its host, read by another parser in every notation that a resolver
 * takes, is no inner address.
 */

static bool
inner4(const uint8_t *a)
{
	return a[0] == 0 || a[0] == 10 || a[0] == 127 || a[0] >= 224 ||
	    (a[0] == 100 && a[1] >> 6 == 1) || (a[0] == 169 && a[1] == 254) ||
	    (a[0] == 172 && a[1] >> 4 == 1) || (a[0] == 192 && a[1] == 168) ||
	    (a[0] == 198 && a[1] >> 1 == 9);
}

static bool
inner6(const uint8_t *a)
{
	static const uint8_t zero[16];

	if (memcmp(a, zero, 10) == 0 && a[10] == 0xff && a[11] == 0xff)
		return inner4(a + 12);
	if (memcmp(a, zero, 12) == 0)	/* unspecified, loopback, compatible */
		return true;
	if (a[0] == 0x20 && a[1] == 0x02)
		return inner4(a + 2);
	return a[0] >= 0xf0 || (a[0] & 0xfe) == 0xfc;
}

/* What stands between the slashes and the port. */
static const char *
host_of(const char *url, struct arena *mem)
{
	const char *s = strstr(url, "//") + 2, *end;

	if (*s == '[') {
		end = strchr(s, ']');
		must(end != NULL);
		return arena_strndup(mem, s + 1, (size_t)(end - s - 1));
	}
	s = url_decode(mem, s, strcspn(s, "/?#:"), false);
	return s != NULL ? s : "";
}

static void
taken(const char *url, struct arena *mem)
{
	const char *host = host_of(url, mem);
	struct in_addr a4;
	uint8_t a6[16];

	must(strncmp(url, "https://", 8) == 0 ||
	    strncasecmp(url, "https:", 6) == 0);
	must(strpbrk(url, " \t\r\n\\#") == NULL);
	must(memchr(url, '@', strcspn(url + 8, "/?") + 8) == NULL);
	must(strcasecmp(host, "localhost") != 0);
	if (inet_aton(host, &a4) != 0)
		must(!inner4((const uint8_t *)&a4));
	if (inet_pton(AF_INET6, host, a6) == 1)
		must(!inner6(a6));
}

static void
addresses(const uint8_t *data, size_t size)
{
	char text[64];

	if (size < 16)
		return;
	inet_ntop(AF_INET, data, text, sizeof(text));
	must(address_is(text));
	must(!inner4(data) || !address_public_text(text));
	inet_ntop(AF_INET6, data, text, sizeof(text));
	must(address_is(text));
	must(!inner6(data) || !address_public_text(text));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *mem = fuzz_arena();
	const char *url = fuzz_text(data, size, mem), *why;

	if (http_url_check(url, true, &why) == 0) {
		taken(url, mem);
		must(http_url_check(url, false, &why) == 0);
	} else
		must(why != NULL);
	addresses(data, size);
	arena_free(mem);
	return 0;
}
