/* SPDX-License-Identifier: MIT */
#ifndef LIB_PASSWORD_H
#define LIB_PASSWORD_H

/*
 * Password hashes by crypt(3) of libxcrypt: yescrypt ($y$) for new ones;
 * bcrypt and whatever else crypt knows still verify.  One hash takes 15 to
 * 50 ms: only the auth pool calls these.
 */

#include <stdbool.h>

struct arena;

/* yescrypt cost (1..11); the default 5 is 42 ms and 16 MiB. */
void password_init(int cost);

/* A new hash, or NULL (no memory). */
const char *password_hash(const char *phrase, struct arena *mem);

/* True if the phrase fits.  hash NULL: does the same work against a fixed
 * hash and returns false, so that an unknown account costs as much as a
 * known one. */
bool password_verify(const char *phrase, const char *hash);

/* True if the hash should be replaced at the next login (other method or
 * lower cost). */
bool password_stale(const char *hash);

#endif
