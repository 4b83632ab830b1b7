/* SPDX-License-Identifier: MIT */
#ifndef LIB_ARENA_H
#define LIB_ARENA_H

/*
 * Memory that lives as long as one request.  Everything allocated here is
 * given back by one arena_reset(); foreign objects are tied to it at birth
 * by arena_defer().  Allocation never returns NULL: going over the limit, or
 * running out of memory, is logged and ends the process with status 70, and
 * the master starts another worker.
 *
 * Built with -DARENA_DEBUG every allocation is a malloc of its own, so that
 * AddressSanitizer sees each overrun.
 */

#include <stdarg.h>
#include <stddef.h>

struct arena;
struct arena_mark { void *block; size_t used; void *defers; size_t total; };

/* A new arena that refuses to grow beyond limit bytes. */
struct arena *arena_new(size_t limit);

/* Run all deferred calls and give everything back, the arena too. */
void arena_free(struct arena *a);

/* Run all deferred calls (newest first), forget all allocations.  The first
 * block is kept for the next request. */
void arena_reset(struct arena *a);

/* Zeroed memory, aligned for any type. */
void *arena_alloc(struct arena *a, size_t size);

/* Zeroed array; an overflow of n * size is fatal. */
void *arena_array(struct arena *a, size_t n, size_t size);

/* Make an allocation bigger: without a second one if it is the newest and
 * has room behind it or its block for itself, else by a copy.  The new bytes
 * are zero. */
void *arena_grow(struct arena *a, void *p, size_t old, size_t size);

/* NUL-terminated copies; strndup stops at a NUL. */
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t len);

/* printf into the arena. */
char *arena_printf(struct arena *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

/* Call fn(ptr) when the arena is reset or rewound past this point. */
void arena_defer(struct arena *a, void (*fn)(void *), void *ptr);

/* Remember the present state, and go back to it (runs the deferred calls
 * registered since).  What is older must not be grown in between. */
struct arena_mark arena_mark(struct arena *a);
void arena_rewind(struct arena *a, struct arena_mark m);

/* Bytes handed out since the last reset. */
size_t arena_used(const struct arena *a);

#endif
