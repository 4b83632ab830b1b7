/* SPDX-License-Identifier: MIT */
#ifndef LIB_JSON_PRIVATE_H
#define LIB_JSON_PRIVATE_H

/* What lib/json-scan.c tells lib/json.c. */

#include <stdbool.h>
#include <stddef.h>

#define JSON_DEPTH 16	/* brackets */

/*
 * Decide whether a text is JSON as lib/json.h defines it, except for
 * duplicate keys.  True, and the number of object members in all of the
 * text in *members_r; or false, and a static string in *why_r.  Linear.
 */
bool json_scan(const char *text, size_t len, size_t *members_r,
    const char **why_r);

/* Write the pairs of surrogate escapes of a text that json_scan() took as the
 * UTF-8 that they stand for, in place, and return its length: json-c 0.16
 * makes U+FFFD of those whose code points end in d800 to dfff. */
size_t json_join(char *text, size_t len);

/* The next number of a text that json_scan() took, from p on: its length in
 * *len_r, or NULL if there is none before end. */
const char *json_scan_number(const char *p, const char *end, size_t *len_r);

#endif
