/* SPDX-License-Identifier: MIT */
#ifndef LIB_JAM_H
#define LIB_JAM_H

/*
 * Rows that somebody holds for too long, known to all processes that were
 * forked after jam_init(). Who cannot lock one in time tells the others; then
 * one request at a time waits for it, to find out whether it can be had
 * again, and the rest need not: they would take all workers. Without
 * jam_init() no row is ever jammed.
 */

#include <stdbool.h>
#include <stdint.h>

enum jam_kind { JAM_CART = 1, JAM_STOCK };	/* by user, by variant */

void jam_init(void);

/* Whether this process may wait for the row. */
bool jam_enter(enum jam_kind kind, int64_t id);

/* After jam_enter() said true: it could not be locked in time. All but one
 * are told so for the next 2 s, or until one has it. */
void jam_tell(enum jam_kind kind, int64_t id);

/* The same, if the process had the row, or ended its transaction for another
 * reason and does not wait any more. */
void jam_leave(enum jam_kind kind, int64_t id, bool had);

#endif
