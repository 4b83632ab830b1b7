/* SPDX-License-Identifier: MIT */
#ifndef LIB_SPOOL_H
#define LIB_SPOOL_H

/* Whole files in a directory: there or not there, never half. */

#include <stddef.h>

/* Write dir/name (made anew; dir is made if it is missing, its parent is
 * not), by a temporary file beside it.  -1 and the reason in *why_r (static
 * storage). */
int spool_write(const char *dir, const char *name, const void *data,
    size_t len, const char **why_r);

#endif
