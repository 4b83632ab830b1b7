/* SPDX-License-Identifier: MIT */
#include "t/help/records.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "t/help/suite.h"

void
add_record(struct packet *p, int type, const void *data, size_t len)
{
	unsigned char head[8] = { 1, (unsigned char)type, 0, 1,
	    (unsigned char)(len >> 8), (unsigned char)len };

	memcpy(p->data + p->len, head, 8);
	if (len > 0)
		memcpy(p->data + p->len + 8, data, len);
	p->len += 8 + len;
}

void
add_head(struct packet *p, const char *method, const char *uri,
    const char *length, const char *more)
{
	const char *pairs[8] = { "REQUEST_METHOD", method,
	    "REQUEST_URI", uri, "CONTENT_LENGTH", length, more, "v" };
	static const unsigned char begin[8] = { 0, 1 };
	char params[4096];
	size_t i, a, b, n = 0;

	for (i = 0; i < (more == NULL ? 6 : 8); i += 2) {
		a = strlen(pairs[i]);
		b = strlen(pairs[i + 1]);
		params[n++] = (char)a;
		params[n++] = (char)b;
		memcpy(params + n, pairs[i], a);
		memcpy(params + n + a, pairs[i + 1], b);
		n += a + b;
	}
	add_record(p, BEGIN, begin, 8);
	add_record(p, PARAMS, params, n);
	add_record(p, PARAMS, NULL, 0);
}

void
add_body(struct packet *p, const char *body, size_t len)
{
	size_t n;

	for (; len > 0; len -= n, body += n) {
		n = len < 32768 ? len : 32768;
		add_record(p, STDIN, body, n);
	}
	add_record(p, STDIN, NULL, 0);
}

void
put(int fd, const struct packet *p)
{
	ck_assert_int_eq(send(fd, p->data, p->len, MSG_NOSIGNAL),
	    (ssize_t)p->len);
}

bool
records_get(int fd, char *out, size_t size)
{
	static unsigned char raw[40 * 1024 * 1024];
	size_t n = 0, at = 0, len, got = 0;
	struct pollfd p = { fd, POLLIN, 0 };
	bool end = false;
	ssize_t r;

	for (;;) {
		ck_assert_int_eq(poll(&p, 1, 5000), 1);
		r = recv(fd, raw + n, sizeof(raw) - n, 0);
		if (r <= 0)
			break;
		n += (size_t)r;
	}
	while (n - at >= 8) {
		len = (size_t)raw[at + 4] << 8 | raw[at + 5];
		ck_assert_uint_le(len, n - at - 8);
		if (raw[at + 1] == STDOUT) {
			ck_assert_uint_lt(got + len, size);
			memcpy(out + got, raw + at + 8, len);
			got += len;
		}
		end = raw[at + 1] == END;
		at += 8 + len + raw[at + 6];
	}
	ck_assert_uint_eq(at, n);
	out[got] = '\0';
	close(fd);
	return end;
}
