/* SPDX-License-Identifier: MIT */
#ifndef APP_ADMIN_ADMIN_HTTP_H
#define APP_ADMIN_ADMIN_HTTP_H

#include "lib/route.h"

extern const struct table dashboard_query_table, audit_query_table;

handler get_admin_dashboard, get_admin_audit_log;

#endif
