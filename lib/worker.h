/* SPDX-License-Identifier: MIT */
#ifndef LIB_WORKER_H
#define LIB_WORKER_H

/*
 * The prefork master.  It holds the listening sockets, forks the workers of
 * each pool, starts another when one ends (with a delay that grows from 100
 * ms to 5 s while they die young), and:
 *
 *	TERM, INT, QUIT	drain: workers finish their request and leave; KILL
 *			after drain_s seconds; then the master ends
 *	HUP		replace the workers one by one: a new one is ready
 *			before an old one is told to leave
 *	PIPE, USR2, ALRM
 *			nothing, for the workers too
 *
 * A worker leaves after max_requests (with jitter).  A worker whose current
 * request is older than stuck_s seconds is killed.  systemd is told READY=1,
 * RELOADING=1, STOPPING=1 and WATCHDOG=1 by NOTIFY_SOCKET (sd_notify(3)).
 */

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct worker_slot {		/* shared memory, one per worker */
	_Atomic int pid;
	_Atomic int pool;
	_Atomic int ready;
	_Atomic int leave;		/* told to; the same as TERM */
	_Atomic int64_t busy_since_ms;	/* CLOCK_MONOTONIC; 0: idle */
	_Atomic uint64_t requests;
	_Atomic int writing;		/* inside of a write transaction */
};

struct worker_pool {
	const char *name;	/* "main", "auth" */
	int listen_fd;
	int workers;
	/* Called in the child; serves until worker_leaving(), returns the
	 * exit status.  Must call worker_ready() once it accepts, which
	 * fcgi_serve() does. */
	int (*run)(int pool, int listen_fd, void *arg);
};

struct worker_conf {
	struct worker_pool *pools;
	size_t npools;
	int64_t max_requests;	/* per worker, +-10 % */
	int drain_s, stuck_s;	/* stuck_s 0: never */
	void *arg;
};

/*
 * Find the listening sockets: LISTEN_FDS (systemd, sd_listen_fds(3)), else
 * a unix socket made at path (mode 0660, backlog given, replaced
 * atomically), else fd 0 if that is a listening socket (spawn-fcgi).
 * Returns the descriptor of the which-th socket, -1 if there is none.
 */
int worker_listen(size_t which, const char *path, int backlog,
    const char **why_r);

/*
 * Run the master until it is told to end; returns the exit status.  Neither
 * it nor its workers dump core, gain privileges or can be traced.  Workers
 * get TERM when the master dies.
 */
int worker_master(const struct worker_conf *conf);

/* No core dumps, no tracing by other users, no new privileges (for other
 * processes than the master's). */
void worker_harden(void);

/*
 * Leave the processor to others, for work that takes long: this process gets
 * nice 10 and, where Linux knows them (6.12), time slices of 100 ms, which
 * whoever wakes up with a shorter one interrupts at once (sched(7)).
 */
void worker_background(void);

/*
 * For workers, and for any process that ends by TERM at a point of its own
 * choice: block TERM, INT, QUIT (which set worker_leaving()), HUP, USR1 and
 * USR2; ignore PIPE.  They come in only while waiting with
 * worker_wait_mask(), by ppoll(2) or epoll_pwait(2), which then fails with
 * EINTR.  The master does it for its workers.
 */
void worker_signals(void);
const sigset_t *worker_wait_mask(void);

/* For the master: become the worker of that slot. */
void worker_enter(struct worker_slot *slot, pid_t master,
    int64_t max_requests);

/* For workers. */
void worker_ready(void);
bool worker_leaving(void);	/* TERM came, or max_requests are served */
bool worker_draining(void);	/* TERM came, or the master says so */
void worker_busy(void);		/* a request begins */
void worker_idle(void);		/* ... and has been answered */

/*
 * A write transaction, which may wait for a row, begins and ends. Returns
 * how much of the pool is in one now, in percent, 0 for a pool of one: the
 * more there are the shorter each should wait, so that waiters on one row
 * never take all workers for long.
 */
int worker_write_begin(void);
void worker_write_end(void);

/* All slots, for the metrics; pid 0: free.  None without a master. */
const struct worker_slot *worker_slots(size_t *n_r);
const char *worker_pool_name(int pool);

/* Monotonic milliseconds. */
int64_t now_ms(void);

#endif
