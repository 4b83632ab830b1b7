/* SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include <stdio.h>

#include "app/command.h"
#include "app/routes.h"
#include "app/web/openapi.h"

#define DOCUMENT_MEMORY	((size_t)64 << 20)

/* Written once per process: the tables do not change. */
static const struct buf *
document(void)
{
	static struct buf doc;

	if (doc.data == NULL) {
		buf_init(&doc, arena_new(DOCUMENT_MEMORY), 1 << 19);
		openapi_write(&routes, &doc);
	}
	return &doc;
}

int
get_openapi_json(struct req *rq, struct resp *rs)
{
	(void)rq;
	buf_add(&rs->body, document()->data, document()->len);
	return 0;
}

int
cmd_openapi(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	puts(document()->data);
	return 0;
}
