// SPDX-License-Identifier: GPL-2.0-or-later

#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log.h"

#define SPAWN_FDS_MAX	4u
#define SPAWN_FIRST	3

/*
 * GnuTLS must not read a system-wide file: worker and verifier have none, and
 * ktls = true in it would put keys into the kernel before the verdict. The TSS
 * must not write a line of its own for every bad octet that a peer sends.
 */
static char *const spawn_env[] = {
	"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
	"LC_ALL=C",
	"GNUTLS_SYSTEM_PRIORITY_FILE=/dev/null",
	"TSS2_LOG=all+none",
	NULL
};

static void spawn_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
}

/* Out of the way first: a source may sit on another one's target. */
static int spawn_place_fds(const int *fds, size_t count)
{
	int high[SPAWN_FDS_MAX];

	for (size_t i = 0; i < count; i++) {
		high[i] = fcntl(fds[i], F_DUPFD, SPAWN_FIRST + (int)SPAWN_FDS_MAX);
		if (high[i] < 0)
			return -1;
	}
	for (size_t i = 0; i < count; i++)
		if (dup2(high[i], SPAWN_FIRST + (int)i) < 0)
			return -1;
	return close_range(SPAWN_FIRST + (unsigned int)count, ~0u, 0);
}

struct program {
	const char *path;
	char *const *argv;
};

/* What reads the octets of strangers is not to live when others must die for it. */
static void spawn_may_die(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY);

	if (fd >= 0 && write(fd, "0", 1) < 0)
		seald_log(LOG_DEBUG, "oom_score_adj: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
}

static int spawn_program(void *arg)
{
	const struct program *program = arg;

	spawn_may_die();
	execve(program->path, program->argv, spawn_env);
	seald_log(LOG_ERR, "%s: %s", program->path, strerror(errno));
	return 127;
}

__attribute__((noreturn))
static void spawn_child(pid_t parent, int (*work)(void *arg), void *arg,
			const int *fds, size_t count)
{
	int null = open("/dev/null", O_RDWR);

	spawn_signals();
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
		_exit(126);
	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 ||
	    spawn_place_fds(fds, count))
		_exit(126);
	_exit(work(arg));
}

int spawn_work(struct child *child, int (*work)(void *arg), void *arg,
	       const int *fds, size_t count)
{
	pid_t parent = getpid();
	int err;

	*child = (struct child){ .pidfd = -1 };
	if (count > SPAWN_FDS_MAX)
		return -EINVAL;
	child->pid = fork();
	if (child->pid == 0)
		spawn_child(parent, work, arg, fds, count);
	if (child->pid < 0) {
		child->pid = 0;
		return -errno;
	}
	child->pidfd = pidfd_open(child->pid, 0);
	if (child->pidfd < 0) {
		err = -errno;
		child_end(child);
		return err;
	}
	return 0;
}

int spawn(struct child *child, const char *dir, const char *name,
	  const char *argument, const char *value, const int *fds, size_t count)
{
	char *argv[] = { (char *)name, (char *)argument, (char *)value, NULL };
	char path[4096];

	*child = (struct child){ .pidfd = -1 };
	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
		return -EINVAL;
	return spawn_work(child, spawn_program, &(struct program){ path, argv }, fds, count);
}

static void child_forget(struct child *child)
{
	if (child->pidfd >= 0)
		close(child->pidfd);
	*child = (struct child){ .pidfd = -1 };
}

bool child_exited(struct child *child, bool *ok)
{
	int status;
	pid_t pid;

	if (!child->pid)
		return false;
	pid = waitpid(child->pid, &status, WNOHANG);
	if (pid == 0 || (pid < 0 && errno == EINTR))
		return false;
	*ok = pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
	child_forget(child);
	return true;
}

void child_end(struct child *child)
{
	if (!child->pid)
		return;
	kill(child->pid, SIGKILL);
	while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
		;
	child_forget(child);
}

int socket_pair(int fds[2])
{
	int size = 256 << 10;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds))
		return -errno;
	for (int i = 0; i < 2; i++)
		setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	return 0;
}
