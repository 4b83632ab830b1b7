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
	bool rests;		/* set by a turn: may rest before the next */
};

/*
 * One transaction around fn, with the retries of any other; it acts for the
 * system. -1: failed, and logged (a database that is away: once).
 */
int job_tx(struct job *j, int (*fn)(struct tx *, void *), void *arg);

/* True when the process was told to end; long work looks at it. */
bool work_leaving(void);

/* A role's turn: does some of what is due; true if more is due, at once
 * or after a rest.  Otherwise the next turn is after idle_ms, or a NOTIFY on
 * the channel. */
struct work_role {
	const char *name;
	bool (*turn)(struct job *);
	int idle_ms;
	const char *channel;	/* or NULL */
	bool background;
};

bool clock_turn(struct job *j);		/* expiry, events, pruning */
bool settle_turn(struct job *j);	/* payments and refunds unanswered */
bool mailer_turn(struct job *j);
bool deliver_turn(struct job *j);	/* webhooks */

#endif
