/* SPDX-License-Identifier: MIT */
#include "t/help/suite.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/http_client.h"
#include "lib/worker.h"

static struct arena *mem;
static int listener;
static int port;
static pid_t server;

static void
setup(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);

	mem = arena_new(1 << 24);
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&a, sizeof(a)), 0);
	ck_assert_int_eq(listen(listener, 16), 0);
	getsockname(listener, (struct sockaddr *)&a, &len);
	port = ntohs(a.sin_port);
	server = 0;
}

static void
teardown(void)
{
	if (server > 0) {
		kill(server, SIGKILL);
		waitpid(server, NULL, 0);
	}
	close(listener);
	arena_free(mem);
}

/* Answer each connection with the text, after ms. */
static void
serve_text(const char *text, size_t len, int ms)
{
	char in[4096];
	int fd;

	if ((server = fork()) != 0)
		return;
	signal(SIGPIPE, SIG_IGN);
	for (;;) {
		fd = accept(listener, NULL, NULL);
		if (read(fd, in, sizeof(in)) > 0) {
			poll(NULL, 0, ms);
			if (write(fd, text, len) == -1)
				continue;
		}
		close(fd);
	}
}

static struct http_call
get(const char *host, bool guarded)
{
	return (struct http_call){ .mem = mem, .method = "GET",
	    .url = arena_printf(mem, "%s:%d/x", host, port),
	    .connect_ms = 1000, .total_ms = 1000, .max_answer = 1000,
	    .guarded = guarded };
}

#define HEAD "HTTP/1.1 200 OK\r\nConnection: close\r\n"
#define TEXT(s) s, sizeof(s) - 1

START_TEST(answer)
{
	struct http_call c = get("http://127.0.0.1", false);

	serve_text(TEXT(HEAD "Retry-After: 7\r\nContent-Length: 5\r\n\r\n"
	    "hello"), 0);
	http_do(&c);
	ck_assert_int_eq(c.status, 200);
	ck_assert_ptr_null(c.why);
	ck_assert_str_eq(c.answer.data, "hello");
	ck_assert_int_eq(c.retry_after, 7);
}
END_TEST

/* Nobody knocks at an inner address, however it is called. */
START_TEST(guarded)
{
	static const char *const hosts[] = { "https://127.0.0.1",
	    "https://localhost", "https://0", "https://0x7f.1",
	    "https://0.2%2e68", "https://127%2e0.0.1", "https://127.0.0.1.",
	    "https://2130706433", "https://[::ffff:127.0.0.1]",
	    "http://127.0.0.1" };
	struct http_call c;

	fcntl(listener, F_SETFL, O_NONBLOCK);
	for (size_t i = 0; i < sizeof(hosts) / sizeof(*hosts); i++) {
		c = get(hosts[i], true);
		http_do(&c);
		ck_assert_int_eq(c.status, 0);
		ck_assert_ptr_nonnull(c.why);
		ck_assert_msg(accept(listener, NULL, NULL) == -1 &&
		    errno == EAGAIN, "%s was called", hosts[i]);
	}
}
END_TEST

/* A proxy or a redirect would get around the guard. */
START_TEST(no_way_around)
{
	struct http_call c = get("http://127.0.0.1", false);
	const char *elsewhere = arena_printf(mem, "HTTP/1.1 302 Found\r\n"
	    "Location: http://127.0.0.1:%d/y\r\nContent-Length: 0\r\n"
	    "Connection: close\r\n\r\n", port);

	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
	serve_text(elsewhere, strlen(elsewhere), 0);
	http_do(&c);
	ck_assert_int_eq(c.status, 302);
	unsetenv("http_proxy");
	unsetenv("ALL_PROXY");
}
END_TEST

START_TEST(too_slow)
{
	struct http_call c = get("http://127.0.0.1", false);
	int64_t start = now_ms();

	serve_text(TEXT(HEAD "Content-Length: 1\r\n\r\nx"), 5000);
	http_do(&c);
	ck_assert_int_eq(c.status, 0);
	ck_assert_ptr_nonnull(c.why);
	ck_assert_int_le(now_ms() - start, 2000);
}
END_TEST

/* What took too long before leaves no time at all, not all there is. */
START_TEST(no_time)
{
	struct http_call c = get("http://127.0.0.1", false);
	int64_t start = now_ms();

	serve_text(TEXT(HEAD "Content-Length: 1\r\n\r\nx"), 3000);
	for (int ms = 0; ms >= -1; ms--) {
		c.total_ms = ms;
		http_do(&c);
		ck_assert_int_eq(c.status, 0);
	}
	ck_assert_int_le(now_ms() - start, 1000);
}
END_TEST

/* A time that is past is no pause, however long ago. */
START_TEST(retry_after)
{
	static const struct { const char *value; int want; } rows[] = {
		{ "7", 7 }, { "90000", 86400 }, { "-4000000000", 0 },
		{ "Mon, 01 Jan 1900 00:00:00 GMT", 0 },
	};
	struct http_call c;
	const char *text;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		text = arena_printf(mem, HEAD "Retry-After: %s\r\n"
		    "Content-Length: 0\r\n\r\n", rows[i].value);
		serve_text(text, strlen(text), 0);
		c = get("http://127.0.0.1", false);
		http_do(&c);
		ck_assert_int_eq(c.status, 200);
		ck_assert_int_eq(c.retry_after, rows[i].want);
		kill(server, SIGKILL);
		waitpid(server, NULL, 0);
	}
}
END_TEST

START_TEST(too_long)
{
	struct http_call c = get("http://127.0.0.1", false);
	char *text = arena_alloc(mem, 300000);
	int n = sprintf(text, HEAD "Content-Length: 200000\r\n\r\n");

	memset(text + n, 'x', 200000);
	serve_text(text, (size_t)n + 200000, 0);
	http_do(&c);
	ck_assert_int_eq(c.status, 200);
	ck_assert_uint_le(c.answer.len, 1000);
}
END_TEST

/* The end of the body never comes: that is no answer. */
START_TEST(cut_off)
{
	struct http_call c = get("http://127.0.0.1", false);

	serve_text(TEXT(HEAD "Content-Length: 50\r\n\r\nhello"), 0);
	http_do(&c);
	ck_assert_int_eq(c.status, 0);
}
END_TEST

START_TEST(side_by_side)
{
	struct http_many *m = http_many_new();
	struct http_call calls[8], *c;
	int64_t start = now_ms();
	int good = 0, bad = 0;

	serve_text(TEXT(HEAD "Content-Length: 1\r\n\r\nx"), 0);
	for (int i = 0; i < 8; i++) {
		calls[i] = get("http://127.0.0.1", i % 4 == 3);
		http_many_start(m, &calls[i]);
	}
	while (good + bad < 8 && now_ms() < start + 5000)
		if ((c = http_many_next(m, 100)) != NULL) {
			good += c->status == 200;
			bad += c->status == 0;
		}
	ck_assert_int_eq(good, 6);
	ck_assert_int_eq(bad, 2);
	ck_assert_ptr_null(http_many_next(m, 0));
	http_many_free(m);
}
END_TEST

START_TEST(form)
{
	struct buf b;

	buf_init(&b, mem, 64);
	http_form_add(&b, "metadata[a b]", "1&2=ä");
	http_form_add(&b, "x", "");
	ck_assert_str_eq(b.data, "metadata%5Ba%20b%5D=1%262%3D%C3%A4&x=");
}
END_TEST

SUITE(http_client)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, answer);
	tcase_add_test(tc, guarded);
	tcase_add_test(tc, no_way_around);
	tcase_add_test(tc, too_slow);
	tcase_add_test(tc, no_time);
	tcase_add_test(tc, retry_after);
	tcase_add_test(tc, too_long);
	tcase_add_test(tc, cut_off);
	tcase_add_test(tc, side_by_side);
	tcase_add_test(tc, form);
}
