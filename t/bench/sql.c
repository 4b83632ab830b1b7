/* SPDX-License-Identifier: MIT */
/* sql: the program's own statements, "name<TAB>text" a line. */
#include <stdio.h>

#include "lib/pg.h"

int
main(void)
{
	const struct stmt *const *list;
	size_t n = stmt_all(&list);

	for (size_t i = 0; i < n; i++)
		printf("%s\t%s\n", list[i]->name, list[i]->sql);
	return 0;
}
