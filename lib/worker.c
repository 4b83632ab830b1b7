/* SPDX-License-Identifier: MIT */
#include "lib/worker.h"

#include <linux/sched.h>
#include <linux/sched/types.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Without a master (tests, the jobs) a process is its own only worker. */
static struct worker_slot alone;
static struct worker_slot *self = &alone;
static pid_t master_pid;
static uint64_t my_limit;
static volatile sig_atomic_t term_came;
static sigset_t wait_mask;

int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
on_term(int sig)
{
	(void)sig;
	term_came = 1;
}

static void
on_nothing(int sig)
{
	(void)sig;
}

void
worker_signals(void)
{
	static const int ends[] = { SIGTERM, SIGINT, SIGQUIT };
	static const int others[] = { SIGHUP, SIGUSR1, SIGUSR2 };
	struct sigaction term = { .sa_handler = on_term };
	struct sigaction nothing = { .sa_handler = on_nothing };
	sigset_t block;
	size_t i;

	sigemptyset(&block);
	for (i = 0; i < 3; i++) {
		sigaction(ends[i], &term, NULL);
		sigaction(others[i], &nothing, NULL);
		sigaddset(&block, ends[i]);
		sigaddset(&block, others[i]);
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&wait_mask);
	sigprocmask(SIG_SETMASK, &block, NULL);
}

const sigset_t *
worker_wait_mask(void)
{
	return &wait_mask;
}

void
worker_harden(void)
{
	const struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

void
worker_background(void)
{
	const struct sched_attr attr = {
		.size = sizeof(attr), .sched_policy = SCHED_NORMAL,
		.sched_nice = 10, .sched_runtime = 100000000,	/* ns */
	};

	if (syscall(SYS_sched_setattr, 0, &attr, 0) == -1)
		setpriority(PRIO_PROCESS, 0, 10);
}

void
worker_ready(void)
{
	if (atomic_exchange(&self->ready, 1) == 0 && self != &alone)
		kill(master_pid, SIGUSR1);
}

bool
worker_draining(void)
{
	return term_came || self->leave;
}

bool
worker_leaving(void)
{
	return worker_draining() ||
	    (my_limit > 0 && self->requests >= my_limit);
}

void
worker_busy(void)
{
	self->busy_since_ms = now_ms();
}

void
worker_idle(void)
{
	self->busy_since_ms = 0;
	self->requests++;
}

/* max_requests +-10 %, so that a pool does not leave all at once. */
static uint64_t
limit_with_jitter(int64_t max)
{
	uint32_t dice = 0;
	uint64_t tenth = (uint64_t)max / 10;

	if (max <= 0)
		return 0;
	if (getrandom(&dice, sizeof(dice), GRND_NONBLOCK) == -1)
		dice = (uint32_t)getpid();
	return (uint64_t)max - tenth + dice % (2 * tenth + 1);
}

void
worker_enter(struct worker_slot *slot, pid_t master, int64_t max_requests)
{
	self = slot;
	self->writing = 0;
	self->pid = getpid();
	master_pid = master;
	my_limit = limit_with_jitter(max_requests);
	worker_signals();
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != master)	/* it died before we asked */
		exit(EXIT_SUCCESS);
}

int
worker_write_begin(void)
{
	const struct worker_slot *all;
	size_t n;
	int pool = 0, writing = 0;

	self->writing = 1;
	all = worker_slots(&n);
	for (size_t i = 0; i < n; i++)
		if (all[i].pid != 0 && all[i].pool == self->pool) {
			pool++;
			writing += all[i].writing;
		}
	return pool > 1 ? writing * 100 / pool : 0;
}

void
worker_write_end(void)
{
	self->writing = 0;
}
