// SPDX-License-Identifier: GPL-2.0-or-later

#include "store.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>

#include "log.h"
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

static bool is_netlink(int fd)
{
	int domain = 0, protocol = 0;
	socklen_t len = sizeof(domain);

	return !getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) &&
	       !getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &len) &&
	       domain == AF_NETLINK && protocol == NETLINK_GENERIC;
}

static bool netns_of(int fd, uint64_t *cookie)
{
	socklen_t len = sizeof(*cookie);

	return fd >= 0 && !getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, cookie, &len);
}

/* The unit may have been given another network namespace since: there it hears nothing. */
static bool of_use(int fd)
{
	int here = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	uint64_t its = 0, ours = 0;
	bool same = is_netlink(fd) && netns_of(fd, &its) && netns_of(here, &ours) && its == ours;

	if (here >= 0)
		close(here);
	return same;
}

/* What stays with the service manager would be in the way of the next. */
static void give_up(int fd)
{
	seald_log(LOG_WARNING, "the socket that the service manager kept is of another network "
		  "namespace, or no netlink socket: a new one listens");
	close(fd);
	if (notify_manager("FDSTOREREMOVE=1\nFDNAME=" STORE_NAME "\n", -1))
		seald_log(LOG_WARNING, "the service manager cannot be told to drop it");
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
	if (found < 0 || of_use(found))
		return found;
	give_up(found);
	return -1;
}

int store_put(int fd)
{
	/* Not polled: an overrun is an error on the socket, and no reason. */
	return notify_manager("FDSTORE=1\nFDNAME=" STORE_NAME "\nFDPOLL=0\n", fd);
}
