/* SPDX-License-Identifier: MIT */
#include "t/help/records.h"
#include "t/help/suite.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/fcgi.h"
#include "lib/http.h"
#include "lib/log.h"
#include "lib/worker.h"

/*
 * A worker in a process of its own; the tests speak FastCGI records to it,
 * as nginx does, and as nothing that is well does.
 */

#define BIG	(36 * 1024 * 1024)	/* more than one sendmsg takes */

static struct shared {
	_Atomic int calls, begun;
} *sh;

static pid_t worker;
static struct sockaddr_un address;
static socklen_t address_len;

/* ---- the worker ---------------------------------------------------------- */

static void
handle(struct req *rq, struct resp *rs, void *arg)
{
	size_t i;

	(void)arg;
	sh->begun++;
	rs->status = 200;
	rs->content_type = "text/plain";
	if (strcmp(rq->path, "/big") == 0) {
		for (i = 0; i < BIG; i++)
			buf_chr(&rs->body, (char)('a' + i % 23));
	} else if (strcmp(rq->path, "/slow") == 0) {
		poll(NULL, 0, 300);
		buf_str(&rs->body, "slow");
	} else if (strcmp(rq->path, "/proxy") == 0) {
		buf_printf(&rs->body, "%s", getenv("HTTP_PROXY") == NULL ?
		    "no proxy" : "a proxy");
	} else {
		buf_printf(&rs->body, "%s%s %s?%s %zu:%s", rq->head ?
		    "head-" : "", method_name(rq->method), rq->path,
		    rq->query_string, rq->body_len, rq->body);
	}
	sh->calls++;
}

static int
serve_fd(int pool, int fd, void *arg)
{
	struct arena *mem = arena_new(72 << 20);
	int status;

	(void)pool;
	status = fcgi_serve(fd, mem, 65536, handle, arg);
	arena_free(mem);
	return status;
}

/* Without a master, or under one with two workers. */
static void
start(bool with_master)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct worker_pool pool = { "main", fd, 2, serve_fd };
	const struct worker_conf conf = { &pool, 1, 100, 5, 0, NULL };

	sh = mmap(NULL, sizeof(*sh), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(sh, MAP_FAILED);
	address.sun_family = AF_UNIX;	/* the kernel finds a name */
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address,
	    sizeof(sa_family_t)), 0);
	address_len = sizeof(address);
	getsockname(fd, (struct sockaddr *)&address, &address_len);
	ck_assert_int_eq(listen(fd, 16), 0);
	worker = fork();
	if (worker == 0) {
		log_init("test", LOG_NONE);
		if (with_master)
			_exit(worker_master(&conf));
		worker_signals();
		_exit(serve_fd(0, fd, NULL));
	}
	close(fd);
}

static void
setup(void)
{
	start(false);
}

static int
wait_worker(void)
{
	int status = -1, tries = 0;

	while (waitpid(worker, &status, WNOHANG) == 0 && tries++ < 500)
		poll(NULL, 0, 10);
	ck_assert_int_lt(tries, 500);
	worker = 0;
	return status;
}

static void
teardown(void)
{
	if (worker > 0) {
		kill(worker, SIGKILL);
		waitpid(worker, NULL, 0);
	}
	munmap(sh, sizeof(*sh));
}

/* ---- the client ---------------------------------------------------------- */

static struct packet pk;
static char answer[BIG + 2 * 65536];

static int
dial(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address,
	    address_len), 0);
	return fd;
}

static bool
get(int fd)
{
	return records_get(fd, answer, sizeof(answer));
}

static const char *
ask(const char *method, const char *uri, const char *body)
{
	char length[24];
	int fd = dial();

	pk.len = 0;
	snprintf(length, sizeof(length), "%zu", strlen(body));
	add_head(&pk, method, uri, length, NULL);
	add_body(&pk, body, strlen(body));
	put(fd, &pk);
	ck_assert(get(fd));
	return answer;
}

#define ends_with(text) ck_assert_msg(strlen(answer) >= strlen(text) &&	\
	strcmp(answer + strlen(answer) - strlen(text), text) == 0,	\
	"%s", answer)
#define begins_with(text) \
	ck_assert_msg(strncmp(answer, text, strlen(text)) == 0, "%s", answer)

static void
works_still(void)
{
	ask("GET", "/still", "");
	ends_with("\r\n\r\nGET /still? 0:");
}

/* ---- tests --------------------------------------------------------------- */

START_TEST(requests)
{
	ask("GET", "/a%20b/?x=1", "");
	begins_with("Status: 200 OK\r\nContent-Type: text/plain\r\n");
	ends_with("\r\n\r\nGET /a b?x=1 0:");
	ask("HEAD", "/", "");
	ends_with("\r\n\r\nhead-GET /? 0:");
	ask("POST", "/x", "{\"a\":1}");
	ends_with("\r\n\r\nPOST /x? 7:{\"a\":1}");
	ck_assert_int_eq(sh->calls, 3);
}
END_TEST

START_TEST(body_at_and_over_the_limit)
{
	static char body[65538];

	memset(body, 'x', 65536);
	ask("POST", "/x", body);
	begins_with("Status: 200 ");
	ck_assert_uint_gt(strlen(answer), 65536);
	body[65536] = 'x';
	ask("POST", "/x", body);
	begins_with("Status: 413 Content Too Large\r\n"
	    "Content-Type: application/problem+json\r\n");
	ck_assert_ptr_nonnull(strstr(answer,
	    "\"code\":\"payload_too_large\""));
	ck_assert_int_eq(sh->calls, 1);
}
END_TEST

/* The body of a request whose Content-Length says 100. */
static void
body_of_another_length(const char *body, bool end_record, bool close_it)
{
	int fd = dial();

	pk.len = 0;
	add_head(&pk, "POST", "/x", "100", NULL);
	add_record(&pk, STDIN, body, strlen(body));
	if (end_record)
		add_record(&pk, STDIN, NULL, 0);
	put(fd, &pk);
	if (close_it)
		shutdown(fd, SHUT_WR);
	ck_assert(get(fd));
	begins_with("Status: 400 Bad Request\r\n");
	ck_assert_ptr_nonnull(strstr(answer, "\"code\":\"bad_request\""));
	ck_assert_int_eq(sh->begun, 0);
}

START_TEST(body_shorter_than_its_length)
{
	body_of_another_length("{\"a\":1}", true, false);
	body_of_another_length("{\"a\":1}", false, true);
	body_of_another_length("{\"a\":1}", false, false);
	works_still();
}
END_TEST

START_TEST(body_longer_than_its_length)
{
	char body[102];

	memset(body, 'x', 101);
	body[101] = '\0';
	body_of_another_length(body, true, false);
	works_still();
}
END_TEST

START_TEST(duplicate_header)
{
	int fd = dial();

	pk.len = 0;
	add_head(&pk, "GET", "/x", "0", "CONTENT_LENGTH");
	add_body(&pk, "", 0);
	put(fd, &pk);
	ck_assert(get(fd));
	begins_with("Status: 400 Bad Request\r\n");
	ck_assert_ptr_nonnull(strstr(answer, "given twice"));
	ck_assert_int_eq(sh->begun, 0);
}
END_TEST

START_TEST(term_in_the_middle_of_an_answer)
{
	struct pollfd p;
	size_t i, wrong = 0;
	char *body;
	int fd = dial();

	pk.len = 0;
	add_head(&pk, "GET", "/big", "0", NULL);
	add_body(&pk, "", 0);
	put(fd, &pk);
	p = (struct pollfd){ fd, POLLIN, 0 };
	ck_assert_int_eq(poll(&p, 1, 5000), 1);	/* it writes and must wait */
	for (i = 0; i < 5; i++) {
		kill(worker, SIGTERM);
		poll(NULL, 0, 20);
	}
	ck_assert(get(fd));
	body = strstr(answer, "\r\n\r\n") + 4;
	ck_assert_uint_eq(strlen(body), BIG);
	for (i = 0; i < BIG; i++)
		wrong += body[i] != (char)('a' + i % 23);
	ck_assert_uint_eq(wrong, 0);
	ck_assert_int_eq(wait_worker(), 0);
}
END_TEST

START_TEST(term_in_the_middle_of_the_work)
{
	int fd = dial();

	pk.len = 0;
	add_head(&pk, "GET", "/slow", "0", NULL);
	add_body(&pk, "", 0);
	put(fd, &pk);
	while (sh->begun == 0)
		poll(NULL, 0, 5);
	kill(worker, SIGTERM);
	ck_assert(get(fd));
	ends_with("slow");
	ck_assert_int_eq(wait_worker(), 0);
}
END_TEST

START_TEST(term_while_idle)
{
	int64_t t;

	works_still();
	t = now_ms();
	kill(worker, SIGTERM);
	ck_assert_int_eq(wait_worker(), 0);
	ck_assert_int_lt(now_ms() - t, 500);
}
END_TEST

START_TEST(connection_without_a_byte)
{
	int64_t t = now_ms();
	int fd = dial();

	works_still();
	ck_assert_int_lt(now_ms() - t, 1500);
	close(fd);
	t = now_ms();
	close(dial());
	works_still();
	ck_assert_int_lt(now_ms() - t, 500);
	ck_assert_int_eq(sh->calls, 2);
}
END_TEST

START_TEST(half_a_record)
{
	static const size_t cuts[] = { 1, 7, 8, 15, 16, 20, 40, 60 };
	int64_t t;
	size_t i;
	int fd;

	for (i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		pk.len = 0;
		add_head(&pk, "GET", "/x", "0", NULL);
		add_body(&pk, "", 0);
		pk.len = cuts[i];
		fd = dial();
		put(fd, &pk);
		if (i % 4 != 1)		/* the peer goes, or stays silent */
			shutdown(fd, SHUT_RDWR);
		t = now_ms();
		works_still();
		ck_assert_int_lt(now_ms() - t, 1600);
		close(fd);
	}
	ck_assert_int_eq(sh->calls, (int)i);
}
END_TEST

START_TEST(records_that_do_not_belong)
{
	static const unsigned char filter[8] = { 0, 3 }, odd[8] = { 0, 9 };
	int fd, i;

	for (i = 0; i < 4; i++) {
		pk.len = 0;
		if (i == 0) {
			add_record(&pk, BEGIN, odd, 8);
		} else if (i == 1) {
			memset(pk.data, 0xff, 64);
			pk.len = 64;
		} else if (i == 2) {
			add_head(&pk, "POST", "/x", "3", NULL);
			add_record(&pk, ABORT, NULL, 0);
		} else {
			add_record(&pk, BEGIN, filter, 8);
			add_record(&pk, DATA, "abc", 3);
		}
		fd = dial();
		put(fd, &pk);
		shutdown(fd, SHUT_WR);
		get(fd);
		works_still();
	}
	ck_assert_int_eq(sh->calls, 4);
}
END_TEST

START_TEST(peer_that_does_not_read)
{
	int fd = dial();

	pk.len = 0;
	add_head(&pk, "GET", "/big", "0", NULL);
	add_body(&pk, "", 0);
	put(fd, &pk);
	while (sh->calls == 0)
		poll(NULL, 0, 5);
	close(fd);			/* EPIPE in the middle of the answer */
	works_still();
}
END_TEST

START_TEST(peer_that_keeps_the_connection)
{
	static const unsigned char keep[8] = { 0, 1, 1 };
	struct packet *p = &pk;
	int64_t t = now_ms();
	int fd = dial();

	p->len = 0;
	add_head(p, "GET", "/x", "0", NULL);
	memcpy(p->data + 8, keep, 8);	/* FCGI_KEEP_CONN */
	add_body(p, "", 0);
	put(fd, p);
	works_still();
	ck_assert(get(fd));
	ck_assert_int_lt(now_ms() - t, 500);
}
END_TEST

/* httpoxy: a header never becomes a variable of the environment. */
START_TEST(proxy_header)
{
	int fd = dial();

	pk.len = 0;
	add_head(&pk, "GET", "/proxy", "0", "HTTP_PROXY");
	add_body(&pk, "", 0);
	put(fd, &pk);
	ck_assert(get(fd));
	ends_with("no proxy");
}
END_TEST

START_TEST(replacing_workers_loses_no_request)
{
	int i;

	teardown();
	start(true);
	for (i = 0; i < 2000; i++) {	/* max_requests is 100, too */
		if (i % 400 == 200)
			kill(worker, SIGHUP);
		works_still();
	}
	ck_assert_int_eq(sh->calls, 2000);
	kill(worker, SIGTERM);
	ck_assert_int_eq(wait_worker(), 0);
}
END_TEST

SUITE(fcgi)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, requests);
	tcase_add_test(tc, body_at_and_over_the_limit);
	tcase_add_test(tc, body_shorter_than_its_length);
	tcase_add_test(tc, body_longer_than_its_length);
	tcase_add_test(tc, duplicate_header);
	tcase_add_test(tc, term_in_the_middle_of_an_answer);
	tcase_add_test(tc, term_in_the_middle_of_the_work);
	tcase_add_test(tc, term_while_idle);
	tcase_add_test(tc, connection_without_a_byte);
	tcase_add_test(tc, half_a_record);
	tcase_add_test(tc, records_that_do_not_belong);
	tcase_add_test(tc, peer_that_does_not_read);
	tcase_add_test(tc, peer_that_keeps_the_connection);
	tcase_add_test(tc, proxy_header);
	tcase_add_test(tc, replacing_workers_loses_no_request);
}
