/* SPDX-License-Identifier: MIT */
#include "lib/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int
write_all(int fd, const char *data, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = write(fd, data, len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

int
spool_write(const char *dir, const char *name, const void *data, size_t len,
    const char **why_r)
{
	char path[PATH_MAX], temp[PATH_MAX];
	int fd, rc = -1;

	*why_r = "the path is too long";
	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >=
	    (int)sizeof(path) || snprintf(temp, sizeof(temp), "%s/.%s.%ld",
	    dir, name, (long)getpid()) >= (int)sizeof(temp))
		return -1;
	mkdir(dir, 0750);
	fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	if (fd != -1) {
		rc = write_all(fd, data, len);
		if (close(fd) == -1)
			rc = -1;
	}
	if (rc == 0)
		rc = rename(temp, path);
	if (rc == -1) {
		*why_r = strerror(errno);
		unlink(temp);
	}
	return rc;
}
