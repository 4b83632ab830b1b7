/* SPDX-License-Identifier: MIT */
#ifndef T_HELP_SHAPE_H
#define T_HELP_SHAPE_H

#include <stdbool.h>

struct json;
struct route;

/*
 * Fails the test unless a successful answer is as its row says (app/shapes.h):
 * all members and no others, of their types, null where they may be, lists
 * as lists; what only admins see if and only if an admin asked.
 */
void shape_check(const struct route *r, const struct json *body, bool admin);

#endif
