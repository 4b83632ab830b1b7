/* SPDX-License-Identifier: MIT */
#ifndef APP_WEB_OPENAPI_H
#define APP_WEB_OPENAPI_H

#include "lib/route.h"

/*
 * The API document (OpenAPI 3.1), written from the tables that route,
 * authorise and validate: app/routes.c, the input tables, the shapes and
 * the error kinds.  Nothing in it is said twice.
 */
void openapi_write(const struct route_table *t, struct buf *out);

/* ---- its parts ------------------------------------------------------- */

/* Append strings with each ' as a ": put(out, "{'a':'", name, "'}"). */
#define put(out, ...) \
	openapi_put(out, (const char *const[]){ __VA_ARGS__, NULL })
void openapi_put(struct buf *out, const char *const *pieces);

/* One operation as a member of its path; alias_of NULL: none. */
void openapi_operation(struct buf *out, const struct route *r, enum method m,
    const char *path, const char *alias_of);

/* The path of a row as the document writes it. */
const char *openapi_path(struct arena *mem, const char *path);

/* Its responses, and the components that they refer to. */
void openapi_responses(struct buf *out, const struct route *r, enum method m,
    const char *path);
void openapi_response_components(struct buf *out);

/* True if a POST of this route takes an Idempotency-Key; if a GET may be
 * answered with 304; if If-Match counts. */
bool openapi_takes_key(const struct route *r, enum method m);
bool openapi_has_etag(const struct route *r, enum method m,
    const char *path);
bool openapi_if_match(enum method m, const char *path);

/* The schemas, as members of one object, and one field's. */
void openapi_shapes(struct buf *out);
void openapi_tables(const struct route_table *t, struct buf *out);
void openapi_field(struct buf *out, const struct field *f);

/* Events that are sent to others, and their schema. */
void openapi_webhooks(struct buf *out);
void openapi_event_schema(struct buf *out);

/* Examples that fit the schemas. */
void openapi_shape_example(struct buf *out, const struct shape *s, int depth);
void openapi_table_example(struct buf *out, const struct table *t);
void openapi_field_example(struct buf *out, const struct field *f);

handler get_openapi_json;

#endif
