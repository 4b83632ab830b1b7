/* SPDX-License-Identifier: MIT */
#include "t/fuzz/help/fuzz.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/json.h"
#include "lib/token.h"

#include "app/sales/provider.h"

/*
 * Webhooks of payment providers: a line is the signature's header, in which
 * '@' stands for the one that fits and '#' for the time; the rest is the
 * body.  What is taken fits by another reading, too, and what the body says
 * is either all there or nothing.
 */

#define NOW	1790000000
#define SECRET	"whsec_0f1e2d3c4b5a6978"

/* What "TIME.body" is signed with, in hex. */
static const char *
mac_of(const char *time, const char *body, size_t len, struct arena *mem)
{
	unsigned char mac[32];
	char *hex = arena_alloc(mem, 2 * sizeof(mac) + 1);
	struct buf b;

	buf_init(&b, mem, len + 32);
	buf_printf(&b, "%s.", time);
	buf_add(&b, body, len);
	hmac_sha256(SECRET, strlen(SECRET), b.data, b.len, mac);
	*hex_write(hex, mac, sizeof(mac)) = '\0';
	return hex;
}

static const char *
header(const char *line, const char *body, size_t len, struct arena *mem)
{
	struct buf b;

	buf_init(&b, mem, 256);
	for (; *line != '\0'; line++)
		if (*line == '@')
			buf_str(&b, mac_of("1790000000", body, len, mem));
		else if (*line == '#')
			buf_i64(&b, NOW);
		else
			buf_chr(&b, *line);
	return b.data;
}

/* Element by element; blanks and commas between them say nothing. */
static bool
fits(const char *text, const char *body, size_t len, struct arena *mem)
{
	char *at = arena_strdup(mem, text), *e;
	const char *time = NULL;
	bool one = false;
	int64_t t;

	while (time == NULL && (e = strsep(&at, ",")) != NULL) {
		e += strspn(e, " \t");
		if (strncmp(e, "t=", 2) == 0)
			time = e + 2;
	}
	if (time == NULL || !i64_parse(time, &t) || t < NOW - 300 ||
	    t > NOW + 300)
		return false;
	at = arena_strdup(mem, text);
	while ((e = strsep(&at, ",")) != NULL) {
		e += strspn(e, " \t");
		one |= strncmp(e, "v1=", 3) == 0 &&
		    strcmp(e + 3, mac_of(time, body, len, mem)) == 0;
	}
	return one;
}

static void
good_text(const char *s)
{
	must(s == NULL || utf8_valid(s, strlen(s)));
}

static void
good_notice(const struct provider *p, const struct notice *n)
{
	const struct outcome *o = &n->outcome;

	must(n->id != NULL);
	good_text(n->id);
	good_text(n->uuid);
	good_text(n->ref);
	good_text(n->payment_ref);
	good_text(o->ref);
	good_text(o->failure_code);
	must(n->amount_cents >= 0);
	if (n->kind == NOTICE_OTHER)
		return;
	must((o->kind == OUTCOME_FAILED) == (o->failure_code != NULL));
	if (p == &provider_stripe && o->kind != OUTCOME_UNKNOWN)
		must(o->ref != NULL && strcmp(o->ref, n->ref) == 0);
}

static void
read_by(const struct provider *p, const char *body, size_t len,
    struct arena *mem)
{
	struct notice n = { 0 };

	if (p->read(mem, body, len, &n) == 0) {
		must(other_json(body, len) != 0);
		must(body[strspn(body, " \t\r\n")] == '{');
		good_notice(p, &n);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *mem = fuzz_arena();
	char *body = fuzz_text(data, size, mem), *line = fuzz_line(&body);
	const char *text;
	size_t len;

	if (body == NULL)
		body = line;
	len = strlen(body);
	text = header(line, body, len, mem);
	must(signature_fits(mem, text, SECRET, body, len, NOW) ==
	    fits(text, body, len, mem));
	read_by(&provider_test, body, len, mem);
	read_by(&provider_stripe, body, len, mem);
	arena_free(mem);
	return 0;
}
