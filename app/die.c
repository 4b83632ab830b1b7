/* SPDX-License-Identifier: MIT */
#include "app/command.h"

#include <stdarg.h>
#include <stdio.h>

int
die(const char *fmt, ...)
{
	va_list ap;

	fputs("shopd: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return 1;
}
