/* SPDX-License-Identifier: MIT */
#include "lib/log.h"

#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/buf.h"

/* A pipe takes so much in one piece or not at all (pipe(7)). */
#define LINE_MAX_LEN	PIPE_BUF

static const char *service = "";
static enum log_level min_level = LOG_DEBUG;
static uint64_t dropped;
static bool to_journal;

/* Of systemd.exec(5): "device:inode" of the journal's end. */
static bool
is_journal(const struct stat *st)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char own[48];

	snprintf(own, sizeof(own), "%ju:%ju", (uintmax_t)st->st_dev,
	    (uintmax_t)st->st_ino);
	return stream != NULL && strcmp(stream, own) == 0;
}

void
log_init(const char *name, enum log_level min)
{
	struct stat st;
	int flags;

	service = name;
	min_level = min;
	to_journal = false;
	if (fstat(STDERR_FILENO, &st) == -1 ||
	    !(S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)))
		return;
	to_journal = is_journal(&st);
	flags = fcntl(STDERR_FILENO, F_GETFL);
	if (flags != -1)
		fcntl(STDERR_FILENO, F_SETFL, flags | O_NONBLOCK);
}

static void
add_time(struct buf *b)
{
	static time_t last;
	static char text[sizeof("2000-01-01T00:00:00")];
	struct timespec now;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	if (now.tv_sec != last) {
		gmtime_r(&now.tv_sec, &tm);
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
		last = now.tv_sec;
	}
	buf_str(b, text);
	buf_printf(b, ".%03dZ", (int)(now.tv_nsec / 1000000));
}

static void
add_value(struct buf *b, const struct log_kv *kv)
{
	buf_json_key(b, kv->key);
	switch (kv->kind) {
	case 0:
		buf_json_str(b, kv->text);
		break;
	case 1:
		buf_i64(b, kv->num);
		break;
	default:
		if (kv->num < 0)
			buf_chr(b, '-');
		buf_i64(b, kv->num < 0 ? -(kv->num / 1000) : kv->num / 1000);
		buf_printf(b, ".%03d", (int)(kv->num < 0 ? -(kv->num % 1000) :
		    kv->num % 1000));
	}
}

/* A pair that does not fit any more is left out, so that the line stays
 * JSON; two bytes are kept for its end. */
static void
add_pair(struct buf *b, const struct log_kv *kv)
{
	size_t before = b->len;

	add_value(b, kv);
	if (b->len + 2 < b->cap)
		return;
	b->len = before;
	b->data[before] = '\0';
}

void
log_msg(enum log_level level, const char *msg, ...)
{
	static const char *const names[] = {
		"debug", "info", "warn", "error"
	};
	static const char *const priorities[] = { "<7>", "<6>", "<4>", "<3>" };
	char line[LINE_MAX_LEN + 1];
	const struct log_kv *kv;
	struct buf b;
	va_list ap;

	if (level < min_level)
		return;
	buf_fixed(&b, line, sizeof(line) - 1);
	if (to_journal)
		buf_str(&b, priorities[level]);
	buf_str(&b, "{\"ts\":\"");
	add_time(&b);
	buf_chr(&b, '"');
	add_pair(&b, LS("level", names[level]));
	add_pair(&b, LS("service", service));
	add_pair(&b, LS("msg", msg));
	va_start(ap, msg);
	while ((kv = va_arg(ap, const struct log_kv *)) != NULL)
		add_pair(&b, kv);
	va_end(ap);
	buf_str(&b, "}\n");
	if (write(STDERR_FILENO, b.data, b.len) != (ssize_t)b.len)
		dropped++;
}

uint64_t
log_dropped(void)
{
	return dropped;
}

enum log_level
log_level(const char *name)
{
	static const char *const names[] = { "debug", "info", "warn",
	    "error" };

	for (int i = 0; i < 4; i++)
		if (strcmp(names[i], name) == 0)
			return (enum log_level)i;
	return LOG_NONE;
}
