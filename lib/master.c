/* SPDX-License-Identifier: MIT */
#include "lib/worker.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/jam.h"
#include "lib/log.h"
#include "lib/notify.h"

#define YOUNG_MS	5000	/* who dies before this died young */
#define DELAY_MIN_MS	100
#define DELAY_MAX_MS	5000
#define TICK_MS		100	/* while something is under way */
#define IDLE_TICK_MS	1000

struct child {			/* what the master knows of a slot */
	int64_t started_ms;
	unsigned generation;
	bool told;		/* to leave */
};

struct pool_state {
	int64_t delay_ms, not_before_ms;
};

static struct {
	const struct worker_conf *conf;
	struct worker_slot *slots;	/* shared with the workers */
	struct child *children;
	struct pool_state *pools;
	size_t n;
	pid_t pid;
	unsigned generation;
	bool draining, rolling, announced;
	int64_t kill_at_ms, next_watchdog_ms;
} master;

const struct worker_slot *
worker_slots(size_t *n_r)
{
	*n_r = master.n;
	return master.slots;
}

const char *
worker_pool_name(int pool)
{
	return master.conf->pools[pool].name;
}

static _Noreturn void
child_main(size_t i, int pool)
{
	const struct worker_pool *p = &master.conf->pools[pool];

	worker_enter(&master.slots[i], master.pid, master.conf->max_requests);
	exit(p->run(pool, p->listen_fd, master.conf->arg));
}

/* Several that die together count as one. */
static void
died_young(struct pool_state *p)
{
	if (now_ms() < p->not_before_ms)
		return;
	p->delay_ms = p->delay_ms == 0 ? DELAY_MIN_MS : p->delay_ms * 2;
	if (p->delay_ms > DELAY_MAX_MS)
		p->delay_ms = DELAY_MAX_MS;
	p->not_before_ms = now_ms() + p->delay_ms;
}

static void
spawn(int pool)
{
	struct worker_slot *slot = master.slots;
	size_t i;
	pid_t pid;

	for (i = 0; i < master.n && slot->pid != 0; i++)
		slot++;
	if (i == master.n)	/* all taken by workers that still drain */
		return;
	slot->pool = pool;
	slot->ready = 0;
	slot->leave = 0;
	slot->busy_since_ms = 0;
	slot->requests = 0;
	pid = fork();
	if (pid == 0)
		child_main(i, pool);
	if (pid == -1) {
		log_msg(LOG_ERROR, "cannot fork", LS("why", strerror(errno)),
		    NULL);
		died_young(&master.pools[pool]);
		return;
	}
	slot->pid = pid;
	master.children[i] = (struct child){
		.started_ms = now_ms(), .generation = master.generation
	};
}

static void
tell(size_t i)
{
	struct worker_slot *slot = &master.slots[i];

	master.children[i].told = true;
	slot->leave = 1;
	kill(slot->pid, SIGTERM);
}

static void
tell_all(void)
{
	size_t i;

	for (i = 0; i < master.n; i++)
		if (master.slots[i].pid != 0)
			tell(i);
}

static void
kill_all(void)
{
	size_t i;

	for (i = 0; i < master.n; i++)
		if (master.slots[i].pid != 0)
			kill(master.slots[i].pid, SIGKILL);
}

static size_t
count_all(void)
{
	size_t i, n = 0;

	for (i = 0; i < master.n; i++)
		n += master.slots[i].pid != 0;
	return n;
}

static void
ended(size_t i, int status)
{
	struct worker_slot *slot = &master.slots[i];
	struct pool_state *p = &master.pools[slot->pool];
	int64_t age = now_ms() - master.children[i].started_ms;
	bool clean = WIFEXITED(status) && WEXITSTATUS(status) == 0;

	log_msg(clean ? LOG_INFO : LOG_ERROR, "worker ended",
	    LS("pool", worker_pool_name(slot->pool)), LI("pid", slot->pid),
	    LI(WIFEXITED(status) ? "status" : "signal",
	    WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status)),
	    LI("requests", (int64_t)slot->requests), LF("age_s", age), NULL);
	/* Leaving cleanly, but unasked and with nothing done, counts too:
	 * else it could become a loop of forks. */
	if (age < YOUNG_MS && !master.children[i].told &&
	    (!clean || slot->requests == 0))
		died_young(p);
	else
		p->delay_ms = 0;
	slot->busy_since_ms = 0;
	slot->pid = 0;
}

static void
reap(void)
{
	size_t i;
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (i = 0; i < master.n; i++)
			if (master.slots[i].pid == pid) {
				ended(i, status);
				break;
			}
}

/* The workers of a pool that were not told to leave. */
struct census {
	int live, ready, old;
	size_t oldest;
};

static struct census
count(int pool)
{
	struct census c = { .oldest = master.n };
	const struct child *ch;
	size_t i;

	for (i = 0; i < master.n; i++) {
		ch = &master.children[i];
		if (master.slots[i].pid == 0 || ch->told ||
		    master.slots[i].pool != pool)
			continue;
		c.live++;
		c.ready += master.slots[i].ready;
		if (ch->generation == master.generation)
			continue;
		c.old++;
		if (c.oldest == master.n ||
		    ch->started_ms < master.children[c.oldest].started_ms)
			c.oldest = i;
	}
	return c;
}

/* Brings a pool one step nearer to what it should be; true if it is. */
static bool
tend(int pool)
{
	int workers = master.conf->pools[pool].workers;
	struct census c = count(pool);

	while (c.live < workers + (c.old > 0) &&
	    now_ms() >= master.pools[pool].not_before_ms) {
		spawn(pool);
		c.live++;
	}
	if (c.old > 0 && c.live > workers && c.ready == c.live)
		tell(c.oldest);
	return c.old == 0 && c.ready >= workers;
}

static bool
tend_all(void)
{
	bool settled = true;
	size_t i;

	for (i = 0; i < master.conf->npools; i++)
		settled &= tend((int)i);
	if (settled && (!master.announced || master.rolling)) {
		notify("READY=1");
		log_msg(LOG_INFO, master.rolling ? "workers replaced" :
		    "ready", NULL);
		master.announced = true;
		master.rolling = false;
	}
	return settled;
}

static void
kill_stuck(void)
{
	int64_t since, limit = (int64_t)master.conf->stuck_s * 1000;
	struct worker_slot *slot;
	size_t i;

	for (i = 0; limit > 0 && i < master.n; i++) {
		slot = &master.slots[i];
		since = slot->busy_since_ms;
		if (slot->pid == 0 || since == 0 || now_ms() - since < limit)
			continue;
		log_msg(LOG_ERROR, "worker stuck",
		    LS("pool", worker_pool_name(slot->pool)),
		    LI("pid", slot->pid), LF("busy_s", now_ms() - since),
		    NULL);
		kill(slot->pid, SIGKILL);
	}
}

static void
feed_watchdog(void)
{
	int64_t every = notify_watchdog_ms();

	if (every == 0 || now_ms() < master.next_watchdog_ms)
		return;
	notify("WATCHDOG=1");
	master.next_watchdog_ms = now_ms() + every / 2;
}

static void
start_draining(int sig)
{
	if (master.draining)
		return;
	log_msg(LOG_INFO, "draining", LS("signal", strsignal(sig)), NULL);
	notify("STOPPING=1");
	master.draining = true;
	master.kill_at_ms = now_ms() + (int64_t)master.conf->drain_s * 1000;
	tell_all();
}

static void
start_rolling(void)
{
	char text[64];

	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%lld",
	    (long long)now_ms() * 1000);
	notify(text);
	log_msg(LOG_INFO, "replacing workers", NULL);
	master.generation++;
	master.rolling = true;
}

static void
take(int sig)
{
	switch (sig) {
	case SIGTERM:
	case SIGINT:
	case SIGQUIT:
		start_draining(sig);
		break;
	case SIGHUP:
		if (!master.draining)
			start_rolling();
		break;
	}
}

/* One turn; false when all is over. */
static bool
turn(const sigset_t *set)
{
	struct timespec wait = { 0, 0 };
	int64_t ms = TICK_MS;
	int sig;

	reap();
	if (master.draining) {
		if (count_all() == 0)
			return false;
		if (now_ms() >= master.kill_at_ms)
			kill_all();
	} else if (tend_all()) {
		ms = IDLE_TICK_MS;
	}
	kill_stuck();
	feed_watchdog();
	if (notify_watchdog_ms() > 0 && notify_watchdog_ms() / 2 < ms)
		ms = notify_watchdog_ms() / 2;
	wait.tv_sec = ms / 1000;
	wait.tv_nsec = ms % 1000 * 1000000;
	sig = sigtimedwait(set, NULL, &wait);
	if (sig > 0)
		take(sig);
	return true;
}

static bool
prepare(const struct worker_conf *conf)
{
	size_t i, n = conf->npools;

	for (i = 0; i < conf->npools; i++)
		n += 2 * (size_t)conf->pools[i].workers;
	memset(&master, 0, sizeof(master));
	master.slots = mmap(NULL, n * sizeof(*master.slots),
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (master.slots == MAP_FAILED)
		return false;
	jam_init();
	master.children = calloc(n, sizeof(*master.children));
	master.pools = calloc(conf->npools, sizeof(*master.pools));
	master.conf = conf;
	master.n = n;
	master.pid = getpid();
	return master.children != NULL && master.pools != NULL;
}

int
worker_master(const struct worker_conf *conf)
{
	static const int signals[] = {
		SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGCHLD
	};
	/* PIPE comes once nobody reads the log any more. */
	static const int ignored[] = { SIGPIPE, SIGUSR2, SIGALRM };
	sigset_t set;
	size_t i;

	if (!prepare(conf)) {
		log_msg(LOG_ERROR, "out of memory", NULL);
		return EXIT_FAILURE;
	}
	worker_harden();
	sigemptyset(&set);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(&set, signals[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	/* A signal that is ignored (nohup) is not kept for sigtimedwait. */
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal(signals[i], SIG_DFL);
	for (i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	while (turn(&set))
		continue;
	log_msg(LOG_INFO, "ended", NULL);
	free(master.children);
	free(master.pools);
	return EXIT_SUCCESS;
}
