/* SPDX-License-Identifier: MIT */
#ifndef LIB_TOKEN_CACHE_H
#define LIB_TOKEN_CACHE_H

/*
 * Tokens whose signature and claims were found good, so that they need not
 * be read again: a read costs 7 us (HS256) to 100 us (ES256).  In memory that
 * a process shares with those it forks, as the next request of a client
 * seldom meets the same worker.  Only lib/token.c has use for it; the times
 * in a token are to be checked each time.
 */

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct token;

/* Start with nothing in it; before fork.  Without memory for it, nothing is
 * remembered. */
void token_cache_init(void);

/* len >= 4.  The token's jti is a copy in mem. */
bool token_cache_get(const char *text, size_t len, struct arena *mem,
    struct token *t_r);
/* One of more than 640 bytes is not kept. */
void token_cache_put(const char *text, size_t len, const struct token *t);

#endif
