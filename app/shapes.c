/* SPDX-License-Identifier: MIT */
#include "app/shapes.h"

#include <stdio.h>
#include <string.h>

static bool
cut_mark(char *type, const char *mark)
{
	char *at = strstr(type, mark);

	if (at != NULL)
		*at = '\0';
	return at != NULL;
}

void
shape_prop(const char *spec, struct prop *p)
{
	size_t n = strcspn(spec, " ");

	memset(p, 0, sizeof(*p));
	snprintf(p->name, sizeof(p->name), "%.*s", (int)n, spec);
	snprintf(p->type, sizeof(p->type), "%s", spec + n + 1);
	p->admin = cut_mark(p->type, "@admin");
	p->null = cut_mark(p->type, "?");
}

enum prop_type
shape_type(const char *type, char *inner)
{
	static const char *const words[] = {
		[PROP_INT] = "int", [PROP_BOOL] = "bool",
		[PROP_NUMBER] = "number", [PROP_STRING] = "string",
		[PROP_TIME] = "time", [PROP_DATE] = "date",
		[PROP_UUID] = "uuid", [PROP_EMAIL] = "email",
		[PROP_URL] = "url", [PROP_OBJECT] = "object",
		[PROP_ANY] = "any",
	};
	size_t len = strlen(type);

	if (*type == '{' && type[len - 1] != '}') {
		len = strcspn(type, "}") - 1;
		memmove(inner, type + 1, len);
		inner[len] = '\0';
		return PROP_EITHER;
	}
	if (*type == '[' || *type == '{') {
		memmove(inner, type + 1, len - 2);
		inner[len - 2] = '\0';
		return *type == '[' ? PROP_LIST : PROP_SHAPE;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i], type) == 0)
			return (enum prop_type)i;
	memmove(inner, type, len + 1);
	return PROP_ENUM;
}

const struct shape *
shape_named(const char *name)
{
	for (const struct shape *const *s = __start_shapes;
	    s < __stop_shapes; s++)
		if (strcmp((*s)->name, name) == 0)
			return *s;
	return NULL;
}
