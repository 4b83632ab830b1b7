/* SPDX-License-Identifier: MIT */
#ifndef APP_WEB_OPENAPI_H
#define APP_WEB_OPENAPI_H

#include "lib/route.h"

/*
 * The API document (OpenAPI 3.1), written from the tables that route,
 * authorise and validate: app/routes.c, the input tables, the shapes and
 * the error kinds. Nothing in it is said twice.
 */
void openapi_write(const struct route_table *t, struct buf *out);

/* Parts, in app/web/openapi_schema.c. */
void openapi_shapes(struct buf *out);		/* members of schemas */
void openapi_tables(const struct route_table *t, struct buf *out);
void openapi_field(struct buf *out, const struct field *f);
void openapi_shape_example(struct buf *out, const struct shape *s, int depth);
void openapi_table_example(struct buf *out, const struct table *t);

handler get_openapi_json;

#endif
