/* SPDX-License-Identifier: MIT */
#include "app/jobs/work.h"

#include <poll.h>
#include <time.h>

#include "lib/arena.h"
#include "lib/log.h"
#include "lib/pg.h"
#include "lib/tx.h"
#include "lib/worker.h"

#include "app/command.h"
#include "app/config.h"
#include "app/errors.h"
#include "app/sales/provider.h"

#define MEMORY		((size_t)256 << 20)
#define TX_MS		10000
#define MAX_TRIES	3
#define AWAY_MS		500	/* between tries while the database is */
#define PAUSE_MS	30000
#define LISTEN_EVERY_MS	30000
#define STUCK_S		120
#define DRAIN_S		1
#define REST		19	/* times as long as the turn took, ... */
#define REST_MS		2000	/* ... and no longer */

/*
 * The queue is polled: one look at a partial index, twice a second. A
 * NOTIFY in each purchase would wake the jobs sooner, but every transaction
 * that notifies takes one lock of the whole server until it is committed,
 * so purchases would queue up behind each other's disk writes (8 clients,
 * one insert each: 4,800 commits a second without, 500 with). Only what a
 * person waits for (mail about an account, an admin's retry) and the jobs
 * among themselves notify.
 */
static const struct work_role roles[] = {
	{ "clock", clock_turn, 500, "outbox_event", false },
	{ "settle", settle_turn, 5000, NULL, false },
	{ "mail", mailer_turn, 1000, "outbox_mail", true },
	{ "webhooks", deliver_turn, 1000, "outbox_webhook", true },
};
#define NROLES (sizeof(roles) / sizeof(roles[0]))

/* Wait for at most ms, for a signal or something to read from fd, if that is
 * not -1; signals come in nowhere else. */
static void
wait_for(int fd, int64_t ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	ppoll(&p, fd != -1, &t, worker_wait_mask());
}

bool
work_leaving(void)
{
	wait_for(-1, 0);
	return worker_leaving();
}

/*
 * Batches of statements rest 19 times as long as a turn took, but not so
 * long that a slow one stops them: they get a twentieth of a processor,
 * and the less the busier people keep the machine.
 */
static void
rest(int64_t worked_ms)
{
	wait_for(-1, worked_ms * REST < REST_MS ? worked_ms * REST : REST_MS);
}

/* Cut short by nothing but the end. */
static void
pause_whole(void)
{
	int64_t until_ms = now_ms() + PAUSE_MS, left;

	while (!work_leaving() && (left = until_ms - now_ms()) > 0)
		wait_for(-1, left);
}

static bool away;	/* the database, and it has been said */

static void
complain(struct job *j)
{
	bool now_away = j->err->kind == &E_UNAVAILABLE;

	if (!now_away || !away)
		log_msg(LOG_ERROR, "job failed", LS("role", j->role),
		    LS("code", j->err->kind != NULL ? j->err->kind->code : ""),
		    LS("where", j->err->where), LS("sqlstate",
		    j->err->sqlstate), LS("error", j->err->internal != NULL ?
		    j->err->internal : ""), NULL);
	away = now_away;
}

int
job_tx(struct job *j, int (*fn)(struct tx *, void *), void *arg)
{
	struct tx tx = { 0 };
	int rc;

	tx.request_id = "jobs";
	for (tx.attempt = 1; ; tx.attempt++) {
		err_init(j->err, j->mem);
		tx_begin(&tx, j->pg, TX_WRITE, j->mem, j->err,
		    now_ms() + TX_MS);
		rc = fn(&tx, arg);
		if (rc == 0)
			rc = tx_commit(&tx);
		if (rc == 0) {
			away = false;
			return 0;
		}
		tx_rollback(&tx);
		if (!tx_retryable(&tx) || tx.attempt == MAX_TRIES)
			break;
	}
	complain(j);
	return -1;
}

/* Listen anew now and then: the connection may be another by now. */
static void
listen_on(struct job *j, const char *channel, int64_t *due_ms)
{
	if (channel == NULL || (now_ms() < *due_ms && pg_connected(j->pg)))
		return;
	err_init(j->err, j->mem);
	if (pg_script(j->pg, j->err, arena_printf(j->mem, "LISTEN %s",
	    channel), AWAY_MS) == 0)
		*due_ms = now_ms() + LISTEN_EVERY_MS;
}

static int
run_role(int pool, int listen_fd, void *arg)
{
	const struct work_role *r = &roles[pool];
	struct err err;
	struct job j = { .pg = pg_new(config.database_url),
	    .mem = arena_new(MEMORY), .err = &err, .role = r->name };
	int64_t listen_due_ms = 0, start_ms;
	enum work_next next;

	(void)listen_fd;
	(void)arg;
	if (r->background)
		worker_background();
	/* A queue that was empty when the plan was made is not for long. */
	pg_plan_anew(j.pg);
	worker_ready();
	while (!work_leaving()) {
		worker_busy();
		listen_on(&j, r->channel, &listen_due_ms);
		start_ms = now_ms();
		next = r->turn(&j);
		worker_idle();
		arena_reset(j.mem);
		if (next == WORK_REST)
			rest(now_ms() - start_ms);
		else if (next == WORK_PAUSE)
			pause_whole();
		else if (next == WORK_IDLE && !pg_notified(j.pg))
			wait_for(pg_socket(j.pg), pg_connected(j.pg) ?
			    r->idle_ms : AWAY_MS);
	}
	pg_free(j.pg);
	arena_free(j.mem);
	return 0;
}

int
cmd_work(int argc, char **argv)
{
	struct worker_pool pools[NROLES];
	struct worker_conf wc = { .pools = pools, .npools = NROLES,
	    .drain_s = DRAIN_S, .stuck_s = STUCK_S };
	const char *why;

	(void)argc;
	(void)argv;
	log_init("shopd-work", log_level(config.log_level));
	if (provider_check(&why) == -1)
		return die("%s", why);
	for (size_t i = 0; i < NROLES; i++)
		pools[i] = (struct worker_pool){ roles[i].name, -1, 1,
		    run_role };
	return worker_master(&wc);
}
