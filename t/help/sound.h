/* SPDX-License-Identifier: MIT */
#ifndef T_HELP_SOUND_H
#define T_HELP_SOUND_H

/* Every invariant of `shopd check` holds in the whole database; fails the
 * test with those that do not. */
void ck_sound(void);

#endif
