/* SPDX-License-Identifier: MIT */
#ifndef APP_SHAPES_H
#define APP_SHAPES_H

/*
 * What an answer looks like, for the API document, declared beside the
 * statement that produces it (the SELECT list is the response; a test
 * compares the two).  Each property is "name type", the type one of
 *
 *	int  bool  number  string  time  uuid  email  object  url
 *	[T]		a list of T
 *	{shape}		an object of another shape
 *	a|b|c		one of these strings (no spaces)
 *
 * followed by ? if it may be null, and @admin if only admins see it:
 *
 *	SHAPE(product, "id int", "category {category_ref}?",
 *	    "variants [{variant}]", "status active|draft|archived");
 */

#include "lib/route.h"

#define SHAPE(id, ...)							\
	static const char *const id##_props[] = { __VA_ARGS__, NULL };	\
	const struct shape id##_shape = { #id, id##_props };		\
	static const struct shape *const id##_shape_listed		\
	    __attribute__((section("shapes"), used)) = &id##_shape

#endif
