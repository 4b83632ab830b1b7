/* SPDX-License-Identifier: MIT */
#ifndef APP_ROUTES_H
#define APP_ROUTES_H

#include "lib/route.h"

/* THE table: every URL the service answers (app/routes.c). */
extern const struct route_table routes;

#endif
