/* SPDX-License-Identifier: MIT */
#ifndef LIB_LOG_H
#define LIB_LOG_H

/*
 * One JSON object per line on stderr, one write(2) each.  A log that cannot
 * be written (disk full, reader stopped) never blocks or fails a request:
 * the line is dropped and counted.  Only main, serve, worker and the jobs
 * log; and lib/pg.c what the database warns of.
 */

#include <stdint.h>

enum log_level {
	LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR,
	LOG_NONE	/* as a minimum: nothing */
};

/* "debug", "info", "warn", "error"; LOG_NONE for anything else. */
enum log_level log_level(const char *name);

/* service is written on each line; fd 2 is made non-blocking when it is a
 * pipe or a socket.  Where that is the journal's, each line begins with its
 * priority (sd-daemon(3)), which the journal takes off. */
void log_init(const char *service, enum log_level min);

/* Key and value pairs, ended by NULL: log_msg(LOG_INFO, "worker started",
 * LS("pid", ...), LI("n", 3), NULL). */
struct log_kv { const char *key, *text; int64_t num; int kind; };
#define LS(k, v) (&(struct log_kv){ (k), (v), 0, 0 })
#define LI(k, v) (&(struct log_kv){ (k), 0, (v), 1 })
/* LF: thousandths, printed with three decimals. */
#define LF(k, v) (&(struct log_kv){ (k), 0, (v), 2 })
void log_msg(enum log_level level, const char *msg, ...)
    __attribute__((sentinel));

/* Lines that this process has dropped; lib/metrics.h shows them. */
uint64_t log_dropped(void);

#endif
