/* SPDX-License-Identifier: MIT */
#include "t/fuzz/help/fuzz.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/mime.h"

/*
 * Messages: whatever stands in their values, they have the headers that we
 * wrote, and no more; all is ASCII, in lines that SMTP takes.
 */

static const char *const names[] = { "From: ", "To: ", "Subject: ", "Date: ",
	"Message-ID: ", "Auto-Submitted: ", "MIME-Version: ",
	"Content-Type: " };
#define NNAMES (sizeof(names) / sizeof(names[0]))

static void
check_headers(char *text)
{
	size_t n = 0;
	char *line;

	while ((line = fuzz_line(&text)) != NULL && strcmp(line, "\r") != 0)
		if (*line != ' ') {
			must(n < NNAMES);
			must(strncmp(line, names[n], strlen(names[n])) == 0);
			n++;
		}
	must(n == NNAMES);
}

static void
check_lines(const char *s)
{
	size_t line = 0;

	for (; *s != '\0'; s++) {
		must((unsigned char)*s < 0x80);
		must(*s != '\r' || s[1] == '\n');
		line = *s == '\n' ? 0 : line + 1;
		must(line <= 998);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *mem = fuzz_arena();
	char *text = fuzz_text(data, size, mem), *name, *subject, *id;
	struct mail m = { .from = "a@example.com", .to = "b@example.com",
	    .date_s = 1790000000 };
	struct buf b;

	name = strsep(&text, "|");
	subject = text != NULL ? strsep(&text, "|") : name;
	id = text != NULL ? strsep(&text, "|") : name;
	m.from_name = arena_strndup(mem, name, 100);
	m.subject = arena_strndup(mem, subject, 400);
	m.message_id = arena_strndup(mem, id, 100);
	m.text = m.html = text != NULL ? text : subject;
	buf_init(&b, mem, 1024);
	mail_write(&m, &b);
	check_lines(b.data);
	check_headers(b.data);
	if (mail_address_ok(subject))
		must(strpbrk(subject, "\r\n <>") == NULL);
	arena_free(mem);
	return 0;
}
