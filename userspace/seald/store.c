// SPDX-License-Identifier: GPL-2.0-or-later

#include "store.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "notify.h"

#define LISTEN_FIRST	3
#define LISTEN_MAX	16

static int passed_count(void)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	long count;

	if (!pid || !fds || strtol(pid, NULL, 10) != (long)getpid())
		return 0;
	count = strtol(fds, NULL, 10);
	return count > 0 && count <= LISTEN_MAX ? (int)count : 0;
}

/* Is name number @i of a colon-separated list ours? */
static int named_ours(const char *names, int i)
{
	size_t len;

	while (i-- > 0) {
		names = strchr(names, ':');
		if (!names++)
			return 0;
	}
	len = strcspn(names, ":");
	return len == strlen(STORE_NAME) && !strncmp(names, STORE_NAME, len);
}

int store_take(void)
{
	const char *names = getenv("LISTEN_FDNAMES");
	int count = passed_count(), found = -1;

	for (int i = 0; i < count; i++) {
		int fd = LISTEN_FIRST + i;

		if (found < 0 && names && named_ours(names, i)) {
			fcntl(fd, F_SETFD, FD_CLOEXEC);
			found = fd;
		} else {
			close(fd);
		}
	}
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	return found;
}

int store_put(int fd)
{
	/* Not polled: an overrun is an error on the socket, and no reason. */
	return notify_manager("FDSTORE=1\nFDNAME=" STORE_NAME "\nFDPOLL=0\n", fd);
}
