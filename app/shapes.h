/* SPDX-License-Identifier: MIT */
#ifndef APP_SHAPES_H
#define APP_SHAPES_H

/*
 * What an answer looks like, for the API document, declared beside the
 * statement that produces it (the SELECT list is the response; the call
 * tests compare the two).  Each property is "name type", the type one of
 *
 *	int  bool  number  string  time  date  uuid  email  object  url  any
 *	[T]		a list of T
 *	{shape}		an object of another shape
 *	a|b|c		one of these strings (no spaces); one alone: always it
 *	{shape}|a	an object of another shape, or that string
 *
 * followed by ? if it may be null, and @admin if only admins see it:
 *
 *	SHAPE(product, "id int", "category {category_ref}?",
 *	    "variants [{variant}]", "status active|draft|archived");
 */

#include <stdbool.h>

#include "lib/route.h"

#define SHAPE(id, ...)							\
	static const char *const id##_props[] = { __VA_ARGS__, NULL };	\
	const struct shape id##_shape = { #id, id##_props };		\
	static const struct shape *const id##_shape_listed		\
	    __attribute__((section("shapes"), used)) = &id##_shape

/* All shapes of the program. */
extern const struct shape *const __start_shapes[];
extern const struct shape *const __stop_shapes[];

/* One property, read. */
struct prop { char name[64], type[192]; bool null, admin; };

enum prop_type {
	PROP_INT, PROP_BOOL, PROP_NUMBER, PROP_STRING, PROP_TIME, PROP_DATE,
	PROP_UUID, PROP_EMAIL, PROP_URL, PROP_OBJECT, PROP_ANY,
	PROP_LIST, PROP_SHAPE, PROP_ENUM, PROP_EITHER
};

void shape_prop(const char *spec, struct prop *p_r);

/* What a type is; its inside, if it has one (an element's type, a shape's
 * name, the strings), goes to inner[192], and of PROP_EITHER the shape's
 * name; the string stands behind the '|'. */
enum prop_type shape_type(const char *type, char *inner);

/* A shape by its name, or NULL. */
const struct shape *shape_named(const char *name);

#endif
