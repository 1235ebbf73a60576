// SPDX-License-Identifier: GPL-2.0-only
/*
 * LD_PRELOAD for the kernel's own test of kTLS (tools/testing/selftests/net/tls.c):
 * every socket that gets a key is attested from then on, by an option that only
 * the test build of the module has. What came of it is a line each in the file
 * that SEAL_SHIM_LOG names.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/tls.h>

#include <linux/seal.h>

#define SEAL_SO_TEST_ATTACH	0x5ea8
#define LEVEL_TLS		282

static int set_option(int fd, int level, int name, const void *value, socklen_t len)
{
	return syscall(SYS_setsockopt, fd, level, name, value, len);
}

static const char *attach(int fd)
{
	struct seal_status st;
	socklen_t len = sizeof(st);

	if (set_option(fd, 0, SEAL_SO_TEST_ATTACH, NULL, 0))
		return strerror(errno);
	if (getsockopt(fd, 0, SEAL_SO_STATUS, &st, &len))
		return strerror(errno);
	return st.state == SEAL_STATE_ATTESTED ? "attested" : "not attested";
}

static void attach_and_tell(int fd)
{
	const char *path = getenv("SEAL_SHIM_LOG");
	int log = open(path ?: "/dev/stderr", O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);

	if (log < 0 || dprintf(log, "%s\n", attach(fd)) < 0)
		abort();
	close(log);
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	int result = set_option(fd, level, name, value, len), err = errno;

	if (!result && level == LEVEL_TLS && (name == TLS_TX || name == TLS_RX))
		attach_and_tell(fd);
	errno = err;
	return result;
}
