/* SPDX-License-Identifier: MIT */
#ifndef APP_WEB_HEALTH_HTTP_H
#define APP_WEB_HEALTH_HTTP_H

#include "lib/route.h"

extern const struct shape health_shape, live_shape, root_shape;

handler get_health, get_livez, get_readyz, get_root, get_metrics;

#endif
