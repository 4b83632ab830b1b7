/* SPDX-License-Identifier: MIT */
#ifndef T_HELP_SOUND_H
#define T_HELP_SOUND_H

#include <stdint.h>

/* Every invariant of `shopd check` holds in the whole database; fails the
 * test with those that do not. */
void ck_sound(void);

/* How many rows break the invariant of this name. */
int64_t violations(const char *name);

#endif
