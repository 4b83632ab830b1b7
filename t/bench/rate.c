/* SPDX-License-Identifier: MIT */
/*
 * rate PORT FILE CONNECTIONS PER_SECOND SECONDS: send the requests of FILE
 * (raw, each ended by a NUL) at a fixed rate, whatever the answers do, and
 * print the latencies in ms as one line of JSON.  A request's clock starts
 * when it was due, also if no connection was free: a stalled server is not
 * spared the requests that it delays.  The first second is not counted: the
 * connections are new then.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define ROOM 262144
#define WARM_NS 1000000000

struct conn {
	int fd;
	size_t have, need;	/* need 0: the headers are not all there */
	bool chunked;
	int64_t due;
	char buf[ROOM];
};

static struct sockaddr_in peer = { .sin_family = AF_INET };
static struct conn **idle;	/* a stack */
static size_t nidle;
static int ep;
static char **texts;
static size_t ntexts;
static int64_t *taken;		/* latencies, ns */
static int64_t warm;		/* from when on they count */
static size_t ntaken, bad, sent;

static int64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static void
read_texts(const char *path)
{
	struct stat st;
	FILE *f = fopen(path, "r");
	char *all;

	if (f == NULL || fstat(fileno(f), &st) == -1)
		die(path);
	all = malloc((size_t)st.st_size + 1);
	texts = malloc(((size_t)st.st_size / 16 + 1) * sizeof(*texts));
	if (fread(all, 1, (size_t)st.st_size, f) != (size_t)st.st_size)
		die(path);
	for (char *p = all; p < all + st.st_size; p += strlen(p) + 1)
		texts[ntexts++] = p;
	fclose(f);
}

static void
dial(struct conn *c)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = c };
	int one = 1;

	c->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (c->fd == -1 || connect(c->fd, (struct sockaddr *)&peer,
	    sizeof(peer)) == -1)
		die("connect");
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &ev);
}

static void
start(struct conn *c, int64_t due)
{
	const char *text = texts[sent++ % ntexts];
	size_t len = strlen(text);

	c->have = c->need = 0;
	c->due = due;
	if (send(c->fd, text, len, MSG_NOSIGNAL) != (ssize_t)len)
		bad++;	/* its end is seen by the next read */
}

static void
finish(struct conn *c)
{
	if (c->due >= warm)
		taken[ntaken++] = now_ns() - c->due;
	if (c->have < 10 || c->buf[9] != '2')
		bad++;
	c->due = 0;
	idle[nidle++] = c;
}

/* True if the whole answer is there. */
static bool
complete(struct conn *c)
{
	char *end, *len;

	c->buf[c->have] = '\0';
	if (c->need == 0) {
		end = strstr(c->buf, "\r\n\r\n");
		if (end == NULL)
			return false;
		len = strcasestr(c->buf, "\r\nContent-Length:");
		c->chunked = len == NULL || len > end;
		c->need = (size_t)(end - c->buf) + 4;
		if (!c->chunked)
			c->need += strtoul(len + 17, NULL, 10);
	}
	if (c->chunked)
		return c->have >= c->need + 5 &&
		    memcmp(c->buf + c->have - 5, "0\r\n\r\n", 5) == 0;
	return c->have >= c->need;
}

static void
take(struct conn *c)
{
	ssize_t n = read(c->fd, c->buf + c->have, ROOM - 1 - c->have);

	if (n > 0) {
		c->have += (size_t)n;
		if (complete(c))
			finish(c);
		return;
	}
	close(c->fd);
	dial(c);
	if (c->due != 0) {	/* lost: counts as failed, now */
		c->have = 0;
		finish(c);
	}
}

/* Wait for answers until something is due, to the nanosecond: epoll_wait
 * knows milliseconds only. */
static void
wait_until(int64_t due)
{
	int64_t left = due - now_ns();
	struct timespec gap = { left / 1000000000, left % 1000000000 };
	struct epoll_event ev[64];
	int n;

	if (left <= 0)
		return;
	n = epoll_pwait2(ep, ev, 64, &gap, NULL);
	for (int i = 0; i < n; i++)
		take(ev[i].data.ptr);
}

static void
run(int64_t step, int64_t seconds, size_t conns)
{
	int64_t due = now_ns(), end = due + seconds * 1000000000;

	warm = due + WARM_NS;
	while (now_ns() < end) {
		for (; due <= now_ns() && nidle > 0; due += step)
			start(idle[--nidle], due);
		wait_until(nidle > 0 && due < end ? due : end);
	}
	/* The last answers; what was never sent has waited until now. */
	while (nidle < conns && now_ns() < end + 2000000000)
		wait_until(end + 2000000000);
	for (; due < end; due += step)
		taken[ntaken++] = now_ns() - due;
}

static int
compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static double
percentile(double p)
{
	size_t i = (size_t)(p * (double)ntaken);

	return ntaken == 0 ? 0 : (double)taken[i < ntaken ? i : ntaken - 1] /
	    1e6;
}

int
main(int argc, char **argv)
{
	int64_t rate, seconds;
	size_t n;

	if (argc != 6)
		return 2;
	peer.sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10));
	peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	read_texts(argv[2]);
	n = strtoul(argv[3], NULL, 10);
	rate = strtol(argv[4], NULL, 10);
	seconds = strtol(argv[5], NULL, 10);
	ep = epoll_create1(0);
	idle = calloc(n, sizeof(*idle));
	taken = calloc((size_t)(rate * (seconds + 3)) + n, sizeof(*taken));
	for (size_t i = 0; i < n; i++) {
		idle[nidle] = calloc(1, sizeof(struct conn));
		dial(idle[nidle++]);
	}
	run(1000000000 / rate, seconds, n);
	qsort(taken, ntaken, sizeof(*taken), compare);
	printf("{\"sent\": %zu, \"bad\": %zu, \"p50\": %.3f, \"p99\": %.3f, "
	    "\"max\": %.3f}\n", sent, bad, percentile(0.5), percentile(0.99),
	    percentile(1));
	return 0;
}
