/* SPDX-License-Identifier: MIT */
#ifndef LIB_SEAL_H
#define LIB_SEAL_H

/*
 * Text for a place where others may read it: AES-256-GCM under a key of one's
 * own (token_mac() makes some), a random nonce before it, in base 64.
 */

struct arena;

const char *seal(const unsigned char key[32], const char *text,
    struct arena *mem);

/* NULL if it was sealed under another key, or changed. */
const char *unseal(const unsigned char key[32], const char *sealed,
    struct arena *mem);

#endif
