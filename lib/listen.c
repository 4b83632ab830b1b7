/* SPDX-License-Identifier: MIT */
#include "lib/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define FIRST_PASSED	3	/* SD_LISTEN_FDS_START */

static char why[256];

static int
failed(const char *what, const char *path, int fd)
{
	snprintf(why, sizeof(why), "%s %s: %s", what, path, strerror(errno));
	if (fd != -1)
		close(fd);
	return -1;
}

static bool
is_listening(int fd)
{
	int yes = 0;
	socklen_t len = sizeof(yes);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &yes, &len) == 0 &&
	    yes != 0;
}

/* The which-th socket that systemd passed, or -1. */
static int
passed(size_t which)
{
	const char *pid = getenv("LISTEN_PID"), *n = getenv("LISTEN_FDS");
	int fd = FIRST_PASSED + (int)which;

	if (pid == NULL || n == NULL || which > 1000 ||
	    strtol(pid, NULL, 10) != (long)getpid() ||
	    strtol(n, NULL, 10) <= (long)which || !is_listening(fd))
		return -1;
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	return fd;
}

/* Made beside its place and then renamed: a client meets the old socket or
 * the new one, never none. */
static int
made(const char *path, int backlog)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	mode_t mask;
	int fd, n, rc;

	n = snprintf(sa.sun_path, sizeof(sa.sun_path), "%s.%d", path,
	    (int)getpid());
	if (n < 0 || (size_t)n >= sizeof(sa.sun_path)) {
		errno = ENAMETOOLONG;
		return failed("listen", path, -1);
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return failed("socket", path, -1);
	unlink(sa.sun_path);
	mask = umask(0117);
	rc = bind(fd, (const struct sockaddr *)&sa, sizeof(sa));
	umask(mask);
	if (rc == -1 || listen(fd, backlog) == -1)
		return failed("listen", path, fd);
	if (rename(sa.sun_path, path) == -1) {
		rc = errno;
		unlink(sa.sun_path);
		errno = rc;
		return failed("rename to", path, fd);
	}
	return fd;
}

int
worker_listen(size_t which, const char *path, int backlog,
    const char **why_r)
{
	int fd = passed(which);

	*why_r = why;
	if (fd != -1)
		return fd;
	if (path != NULL)
		return made(path, backlog);
	if (which == 0 && is_listening(STDIN_FILENO))
		return STDIN_FILENO;
	snprintf(why, sizeof(why), "no listening socket: neither LISTEN_FDS, "
	    "nor a path, nor descriptor 0");
	return -1;
}
