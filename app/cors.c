/* SPDX-License-Identifier: MIT */
#include "app/cors.h"

#include <string.h>

#include "lib/http.h"

#include "app/config.h"

static bool
listed(const char *list, const char *origin)
{
	size_t len = strlen(origin), n;

	for (const char *p = list; *p != '\0'; p += n) {
		p += strspn(p, ", ");
		n = strcspn(p, ", ");
		if (n == len && n > 0 && strncmp(p, origin, n) == 0)
			return true;
	}
	return false;
}

void
cors_headers(const struct req *rq, struct resp *rs)
{
	struct buf b;

	if (config.cors_origins == NULL)
		return;
	rs->vary_origin = true;
	if (rq->origin == NULL || !listed(config.cors_origins, rq->origin))
		return;
	buf_init(&b, rq->mem, 256);
	buf_printf(&b, "Access-Control-Allow-Origin: %s\r\n"
	    "Access-Control-Allow-Credentials: true\r\n", rq->origin);
	if (rq->method == OPTIONS && rq->acrm != NULL)
		buf_printf(&b, "Access-Control-Allow-Methods: %s\r\n"
		    "Access-Control-Allow-Headers: Authorization, "
		    "Content-Type, Idempotency-Key, If-Match, If-None-Match, "
		    "X-Request-Id, X-User-Id\r\n"
		    "Access-Control-Max-Age: 600\r\n",
		    rs->allow != NULL ? rs->allow : "GET");
	else
		buf_str(&b, "Access-Control-Expose-Headers: ETag, Link, "
		    "Location, X-Request-Id, Retry-After, "
		    "Idempotent-Replayed\r\n");
	rs->headers = b.data;
}
