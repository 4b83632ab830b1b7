/* SPDX-License-Identifier: MIT */
#include "app/crash.h"

#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "lib/json.h"
#include "lib/log.h"

#include "app/config.h"

void
crash_point(const char *point)
{
	const char *at = config.crash_at;
	static int64_t passed;
	int64_t nth;

	if (at == NULL)
		return;
	passed++;
	if (*at == '~')
		at++;
	if (*at == '#' ? !i64_parse(at + 1, &nth) || nth != passed :
	    strcmp(at, point) != 0)
		return;
	log_msg(LOG_WARN, "crash point", LS("point", point),
	    LI("passed", passed), NULL);
	if (at == config.crash_at)
		_exit(70);
	raise(SIGSTOP);
}
