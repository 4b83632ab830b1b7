/* SPDX-License-Identifier: MIT */
#ifndef APP_MIGRATE_H
#define APP_MIGRATE_H

#include <stdint.h>

/* The number of the newest migration file found when first asked (by the
 * master, for all its workers), 0 if the directory cannot be read (then
 * nothing is known to be pending). */
int64_t migrate_newest(void);

#endif
