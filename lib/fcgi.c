/* SPDX-License-Identifier: MIT */
#include "lib/fcgi.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <fcgiapp.h>

#include "lib/cgi.h"
#include "lib/http.h"
#include "lib/log.h"
#include "lib/metrics.h"
#include "lib/worker.h"

/*
 * libfcgi 2.4.2 is used to read a request, and for nothing else:
 *
 * - its accept waits up to 2 s for the first byte of a connection and has a
 *   gap in which a signal is lost: connections are accepted here;
 * - its reads have no time-out: the socket gets one;
 * - its writes take EINTR for an error, and an answer costs one write for
 *   each 8 KiB: the records are written here, in one piece;
 * - its close waits up to 2 s for the peer: the socket is closed here, also
 *   if nginx asked to keep it (an idle kept connection would hold a worker);
 *   FCGX_Detach makes it close at once where it closes by itself.
 */

#define READ_TIMEOUT_S	1	/* without a byte */
#define SEND_TIMEOUT_MS	10000	/* for a whole answer */
#define IDLE_MS		1000
#define RECORD_MAX	65528	/* content of one record */
#define LINGER_BYTES	(4 * 1024 * 1024)

struct server {
	FCGX_Request fcgx;
	struct arena *mem;
	size_t max_body;
	fcgi_handler *run;
	void *arg;
	int listen_fd, epoll_fd;
};

/* ---- the answer ---------------------------------------------------------- */

struct record {			/* FastCGI 1.0, 3.3 */
	unsigned char version, type, id[2], length[2], padding, reserved;
};

static struct record
record(int type, int id, size_t len)
{
	return (struct record){
		.version = 1, .type = (unsigned char)type,
		.id = { (unsigned char)(id >> 8), (unsigned char)id },
		.length = { (unsigned char)(len >> 8), (unsigned char)len },
	};
}

/* Sends all of it, whatever the socket takes at once. */
static int
send_all(int fd, struct iovec *iov, size_t n)
{
	int64_t end = now_ms() + SEND_TIMEOUT_MS, left;
	struct pollfd p = { fd, POLLOUT, 0 };
	struct msghdr msg = { .msg_iov = iov };
	ssize_t sent;

	while (n > 0) {
		msg.msg_iovlen = n < IOV_MAX ? n : IOV_MAX;
		sent = sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent == -1 && errno == EAGAIN &&
		    (left = end - now_ms()) > 0)
			poll(&p, 1, (int)left);
		else if (sent == -1 && errno != EINTR)
			return -1;
		for (; n > 0 && sent >= 0; msg.msg_iov++, n--) {
			if ((size_t)sent < msg.msg_iov->iov_len) {
				msg.msg_iov->iov_base = (char *)
				    msg.msg_iov->iov_base + sent;
				msg.msg_iov->iov_len -= (size_t)sent;
				break;
			}
			sent -= (ssize_t)msg.msg_iov->iov_len;
		}
	}
	return 0;
}

enum { STDOUT = 6, END_REQUEST = 3 };

struct sending {
	int id;
	struct record *heads;
	struct iovec *iov;
	size_t n;		/* records */
};

static size_t
records_of(const struct buf *b)
{
	return (b->len + RECORD_MAX - 1) / RECORD_MAX;
}

static void
add_records(struct sending *s, const struct buf *b)
{
	size_t at, len;

	for (at = 0; at < b->len; at += len) {
		len = b->len - at < RECORD_MAX ? b->len - at : RECORD_MAX;
		s->heads[s->n] = record(STDOUT, s->id, len);
		s->iov[2 * s->n] = (struct iovec){ &s->heads[s->n],
		    sizeof(*s->heads) };
		s->iov[2 * s->n++ + 1] = (struct iovec){ b->data + at, len };
	}
}

/* STDOUT records, the empty one that ends them, and END_REQUEST. */
static int
send_answer(int fd, int id, const struct buf *head, const struct buf *body,
    struct arena *mem)
{
	struct { struct record eof, end; char body[8]; } last = {
		record(STDOUT, id, 0), record(END_REQUEST, id, 8), { 0 }
	};
	size_t n = records_of(head) + records_of(body);
	struct sending s = {
		.id = id, .heads = arena_array(mem, n, sizeof(*s.heads)),
		.iov = arena_array(mem, 2 * n + 1, sizeof(*s.iov))
	};

	add_records(&s, head);
	add_records(&s, body);
	s.iov[2 * n] = (struct iovec){ &last, sizeof(last) };
	return send_all(fd, s.iov, 2 * n + 1);
}

/* Closing with unread bytes would take the answer away from the peer. */
static void
linger(int fd)
{
	static char waste[65536];
	int64_t end = now_ms() + READ_TIMEOUT_S * 1000;
	size_t total = 0;
	ssize_t n;

	shutdown(fd, SHUT_WR);
	do {
		n = recv(fd, waste, sizeof(waste), 0);
		total += n > 0 ? (size_t)n : 0;
	} while (n > 0 && total < LINGER_BYTES && now_ms() < end);
}

/* ---- the request --------------------------------------------------------- */

/* Exactly CONTENT_LENGTH bytes and then the end, or nothing happens. */
static int
read_body(struct server *sv, struct req *rq, size_t len)
{
	FCGX_Stream *in = sv->fcgx.in;
	char *body;

	/* libfcgi takes an error between two parameters for their end. */
	if (FCGX_GetError(in) != 0)
		return fail(rq, E_BAD_REQUEST, "The headers end too early");
	if (len > sv->max_body)
		return fail(rq, E_PAYLOAD_TOO_LARGE,
		    "The body is longer than %zu bytes", sv->max_body);
	if (len > 0) {
		body = arena_alloc(rq->mem, len + 1);
		if (FCGX_GetStr(body, (int)len, in) != (int)len)
			return fail(rq, E_BAD_REQUEST,
			    "The body is shorter than its Content-Length");
		rq->body = body;
		rq->body_len = len;
	}
	if (FCGX_GetChar(in) != EOF || FCGX_GetError(in) != 0)
		return fail(rq, E_BAD_REQUEST,
		    "The body does not end at its Content-Length");
	return 0;
}

/* What is no request never gets to the handler. */
static void
refuse(const struct req *rq, struct resp *rs)
{
	rs->status = rq->err->kind->status;
	err_problem(rq->err, rq->request_id, &rs->body);
	metrics_request(METRICS_NO_ROUTE, rq->head ? HEAD : rq->method,
	    rs->status, 0, 0, 0);
	log_msg(LOG_INFO, "request refused",
	    LS("request_id", rq->request_id), LS("ip", rq->remote_addr),
	    LI("status", rs->status), LS("code", rq->err->kind->code),
	    LS("error", rq->err->where), LS("detail", rq->err->detail), NULL);
}

static void
answer(struct server *sv, int fd)
{
	struct err err;
	struct req rq = { .mem = sv->mem, .err = &err };
	struct resp rs = { .mem = sv->mem };
	struct buf head;
	size_t len;
	bool whole;

	err_init(&err, sv->mem);
	buf_init(&rs.body, sv->mem, 2048);
	whole = cgi_request(sv->fcgx.envp, &rq, &len) == 0 &&
	    read_body(sv, &rq, len) == 0;
	if (whole)
		sv->run(&rq, &rs, sv->arg);
	else
		refuse(&rq, &rs);
	buf_init(&head, sv->mem, 1024);
	if (!cgi_head(&rq, &rs, &head))
		buf_clear(&rs.body);
	if (send_answer(fd, sv->fcgx.requestId, &head, &rs.body,
	    sv->mem) == 0 && !whole && FCGX_GetError(sv->fcgx.in) == 0)
		linger(fd);
}

static void
serve(struct server *sv, int fd)
{
	const struct timeval limit = { READ_TIMEOUT_S, 0 };

	worker_busy();
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	sv->fcgx.ipcFd = fd;
	sv->fcgx.keepConnection = 1;
	FCGX_Detach(&sv->fcgx);
	if (FCGX_Accept_r(&sv->fcgx) == 0) {	/* else it has closed fd */
		answer(sv, fd);
		FCGX_Free(&sv->fcgx, 0);
		close(fd);
	}
	sv->fcgx.ipcFd = -1;
	arena_reset(sv->mem);
	worker_idle();
}

/* ---- the loop ------------------------------------------------------------ */

static int
start(struct server *sv)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLEXCLUSIVE };
	int flags = fcntl(sv->listen_fd, F_GETFL);

	/* It installs handlers where there are none; PIPE stays ignored. */
	if (FCGX_Init() != 0 || FCGX_InitRequest(&sv->fcgx, -1,
	    FCGI_FAIL_ACCEPT_ON_INTR) != 0)
		return -1;
	signal(SIGPIPE, SIG_IGN);
	/* With EPOLLEXCLUSIVE a connection wakes one worker, not all. */
	sv->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (sv->epoll_fd == -1 || epoll_ctl(sv->epoll_fd, EPOLL_CTL_ADD,
	    sv->listen_fd, &ev) == -1)
		return -1;
	return fcntl(sv->listen_fd, F_SETFL, flags | O_NONBLOCK);
}

/* Only here do signals come in. */
static void
wait_for_connection(struct server *sv, int error)
{
	struct epoll_event ev;

	if (error == EAGAIN)
		epoll_pwait(sv->epoll_fd, &ev, 1, IDLE_MS,
		    worker_wait_mask());
	else if (error != EINTR && error != ECONNABORTED) {
		log_msg(LOG_ERROR, "accept", LS("why", strerror(error)),
		    NULL);
		ppoll(NULL, 0, &(struct timespec){ 0, 100000000 },
		    worker_wait_mask());
	}
}

int
fcgi_serve(int listen_fd, struct arena *mem, size_t max_body,
    fcgi_handler *run, void *arg)
{
	struct server sv = {
		.mem = mem, .max_body = max_body, .run = run, .arg = arg,
		.listen_fd = listen_fd, .epoll_fd = -1
	};
	int fd;

	if (start(&sv) == -1) {
		log_msg(LOG_ERROR, "cannot serve",
		    LS("why", strerror(errno)), NULL);
		return EXIT_FAILURE;
	}
	worker_ready();
	while (!worker_leaving()) {
		/* Under load the next connection is there already. */
		fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);
		if (fd >= 0)
			serve(&sv, fd);
		else
			wait_for_connection(&sv, errno);
	}
	close(sv.epoll_fd);
	return EXIT_SUCCESS;
}
