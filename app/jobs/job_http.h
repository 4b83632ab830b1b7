/* SPDX-License-Identifier: MIT */
#ifndef APP_JOBS_JOB_HTTP_H
#define APP_JOBS_JOB_HTTP_H

#include "lib/route.h"

handler get_admin_jobs, post_admin_jobs_id_retry;

extern const struct table jobs_query_table;

#endif
