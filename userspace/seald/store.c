// SPDX-License-Identifier: GPL-2.0-or-later

#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

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

static int send_descriptor(int to, const struct sockaddr_un *addr, socklen_t len,
			   int fd)
{
	/* Not polled: an overrun is an error on the socket, and no reason. */
	char text[] = "FDSTORE=1\nFDNAME=" STORE_NAME "\nFDPOLL=0\n";
	struct iovec iov = { .iov_base = text, .iov_len = sizeof(text) - 1 };
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} space = { 0 };
	struct msghdr mh = {
		.msg_name = (void *)addr, .msg_namelen = len,
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = space.buf, .msg_controllen = sizeof(space.buf),
	};
	struct cmsghdr *cm = CMSG_FIRSTHDR(&mh);

	cm->cmsg_level = SOL_SOCKET;
	cm->cmsg_type = SCM_RIGHTS;
	cm->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cm), &fd, sizeof(fd));
	return sendmsg(to, &mh, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

int store_put(int fd)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	size_t len;
	int to, err;

	if (!path)
		return 0;
	len = strlen(path);
	if ((path[0] != '/' && path[0] != '@') || len >= sizeof(addr.sun_path))
		return -EINVAL;
	memcpy(addr.sun_path, path, len);
	if (path[0] == '@')
		addr.sun_path[0] = '\0';
	to = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (to < 0)
		return -errno;
	err = send_descriptor(to, &addr,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
					  len), fd);
	close(to);
	return err;
}
