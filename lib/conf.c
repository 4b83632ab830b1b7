/* SPDX-License-Identifier: MIT */
#include "lib/conf.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "lib/buf.h"

#define SECRET_MAX	4096

static char why[256];

static const void *
member(const struct conf_item *it, const void *base)
{
	return (const char *)base + it->offset;
}

static int
set_text(const struct conf_item *it, const char *text, const char **slot)
{
	int64_t len = text == NULL ? 0 : (int64_t)strlen(text);

	if (text != NULL && (len < it->min || (it->max > 0 && len > it->max))) {
		snprintf(why, sizeof(why), "%s: must have %" PRId64
		    " to %" PRId64 " characters", it->name, it->min,
		    it->max > 0 ? it->max : INT64_MAX);
		return -1;
	}
	*slot = text;
	return 0;
}

static int
set_int(const struct conf_item *it, const char *text, int64_t *slot)
{
	char *end;

	errno = 0;
	*slot = strtoll(text, &end, 10);
	if (errno == 0 && end != text && *end == '\0' && *slot >= it->min &&
	    *slot <= it->max)
		return 0;
	snprintf(why, sizeof(why), "%s: must be an integer from %" PRId64
	    " to %" PRId64, it->name, it->min, it->max);
	return -1;
}

static int
set_bool(const struct conf_item *it, const char *text, bool *slot)
{
	static const struct { const char *text; bool value; } words[] = {
		{ "on", true }, { "true", true }, { "yes", true },
		{ "1", true }, { "off", false }, { "false", false },
		{ "no", false }, { "0", false },
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(text, words[i].text) == 0) {
			*slot = words[i].value;
			return 0;
		}
	snprintf(why, sizeof(why), "%s: must be on or off", it->name);
	return -1;
}

/* The first line of the file named by NAME_FILE, for secrets that should
 * not stand in an environment.  NULL: no such variable. */
static int
secret_file(const struct conf_item *it, const char **text_r)
{
	char name[128], text[SECRET_MAX + 1];
	const char *path;
	ssize_t n;
	int fd;

	*text_r = NULL;
	snprintf(name, sizeof(name), "%s_FILE", it->name);
	path = getenv(name);
	if (path == NULL || *path == '\0')
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd == -1 ? -1 : read(fd, text, SECRET_MAX);
	if (fd != -1)
		close(fd);
	if (n >= 0) {
		text[n] = '\0';
		text[strcspn(text, "\r\n")] = '\0';
		*text_r = strdup(text);
	}
	explicit_bzero(text, sizeof(text));
	if (*text_r != NULL)
		return 0;
	snprintf(why, sizeof(why), "%s: cannot read the file", name);
	return -1;
}

static int
load_item(const struct conf_item *it, void *base)
{
	void *slot = (char *)base + it->offset;
	const char *text = getenv(it->name);

	if (text == NULL || *text == '\0') {
		text = NULL;
		if (it->type == CONF_SECRET && secret_file(it, &text) == -1)
			return -1;
		if (text == NULL)
			text = it->def;
	}
	switch (it->type) {
	case CONF_INT:
		return set_int(it, text != NULL ? text : "0", slot);
	case CONF_BOOL:
		return set_bool(it, text != NULL ? text : "off", slot);
	case CONF_TEXT:
	case CONF_SECRET:
		break;
	}
	return set_text(it, text, slot);
}

int
conf_load(const struct conf_item *items, size_t n, void *base,
    const char **why_r)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (load_item(&items[i], base) == -1) {
			*why_r = why;
			return -1;
		}
	return 0;
}

/* What follows "password=", with blanks as libpq allows them, or NULL. */
static const char *
after_password(const char *text)
{
	const char *p = text;

	while ((p = strcasestr(p, "password")) != NULL) {
		p += strlen("password");
		if (p[strspn(p, " \t\r\n")] == '=')
			return p + strspn(p, " \t\r\n") + 1;
	}
	return NULL;
}

/*
 * Text without the password that a URL or libpq's key=value may hold:
 * scheme://user:HERE@host, password=HERE.  Where a password ends depends on
 * who reads it, so rather too much is hidden: up to the last @, and from
 * password= to the end.
 */
static void
print_text(const char *text, struct buf *out)
{
	const char *from = strstr(text, "://"), *to = NULL;
	const char *value = after_password(text);

	if (from != NULL && (from = strchr(from + 3, ':')) != NULL)
		to = strrchr(from, '@');
	if (to != NULL && (value == NULL || from < value)) {
		buf_add(out, text, (size_t)(from + 1 - text));
		buf_str(out, "********");
		text = to;
		value = after_password(text);
	}
	buf_add(out, text, value != NULL ? (size_t)(value - text) :
	    strlen(text));
	if (value != NULL)
		buf_str(out, "********");
}

static void
print_value(const struct conf_item *it, const void *slot, struct buf *out)
{
	const char *text;

	switch (it->type) {
	case CONF_INT:
		buf_i64(out, *(const int64_t *)slot);
		return;
	case CONF_BOOL:
		buf_str(out, *(const bool *)slot ? "on" : "off");
		return;
	case CONF_TEXT:
	case CONF_SECRET:
		break;
	}
	text = *(const char *const *)slot;
	if (text == NULL || *text == '\0')
		return;
	if (it->type == CONF_SECRET)
		buf_str(out, "********");
	else
		print_text(text, out);
}

void
conf_print(const struct conf_item *items, size_t n, const void *base,
    struct buf *out)
{
	size_t i;

	for (i = 0; i < n; i++) {
		buf_str(out, "# ");
		buf_str(out, items[i].doc);
		buf_chr(out, '\n');
		buf_str(out, items[i].name);
		buf_chr(out, '=');
		print_value(&items[i], member(&items[i], base), out);
		buf_chr(out, '\n');
	}
}
