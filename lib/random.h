/* SPDX-License-Identifier: MIT */
#ifndef LIB_RANDOM_H
#define LIB_RANDOM_H

#include <stddef.h>

struct arena;

/* Random bytes of the kernel. Without them there is nothing safe to go on
 * with: each of these aborts. */

/* n of them as lower case hex, for what must not be guessed: the kernel is
 * asked each time. */
const char *random_hex(size_t n, struct arena *mem);

/* 32 hex digits for a name. The kernel is asked once for many; a process
 * never has what its parent fetched. */
const char *random_name(struct arena *mem);

/*
 * A version 7 UUID: milliseconds since 1970 and 74 random bits, from the same
 * store (RFC 9562, section 5.7). Those that are made one after the other lie
 * side by side in an index, so that a new one changes a page that is in
 * memory and in the log already.
 */
const char *uuid_v7(struct arena *mem);

#endif
