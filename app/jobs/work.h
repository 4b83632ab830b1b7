/* SPDX-License-Identifier: MIT */
#ifndef APP_JOBS_WORK_H
#define APP_JOBS_WORK_H

/*
 * `shopd work`: what is done after the answer. A master keeps one process
 * for each role, so that none waits for another: a mail server that hangs
 * delays no webhook, and neither delays expiry. Several `shopd work`, also
 * on several machines, share the work: whatever is taken up is locked (SKIP
 * LOCKED) or leased.
 */

#include <stdbool.h>

#include "lib/err.h"

struct arena;
struct pg;
struct tx;

/* What a role works with; mem is reset after each turn. */
struct job {
	struct pg *pg;
	struct arena *mem;
	struct err *err;
	const char *role;
};

/*
 * One transaction around fn, with the retries of any other; it acts for the
 * system. -1: failed, and logged (a database that is away: once).
 */
int job_tx(struct job *j, int (*fn)(struct tx *, void *), void *arg);

/* True when the process was told to end; long work looks at it. */
bool work_leaving(void);

enum work_next {
	WORK_IDLE,	/* after idle_ms, or a NOTIFY on the channel */
	WORK_PAUSE,	/* after half a minute, whatever is notified: a server
			   is away */
	WORK_REST,	/* more is due, after a rest: statements in batches */
	WORK_MORE,	/* more is due at once: people or servers wait */
};

/* A role's turn does some of what is due and says when the next one is. */
struct work_role {
	const char *name;
	enum work_next (*turn)(struct job *);
	int idle_ms;
	const char *channel;	/* or NULL */
	bool background;
};

enum work_next clock_turn(struct job *j);	/* expiry, events, pruning */
enum work_next settle_turn(struct job *j);	/* money in doubt */
enum work_next mailer_turn(struct job *j);
enum work_next deliver_turn(struct job *j);	/* webhooks */

#endif
