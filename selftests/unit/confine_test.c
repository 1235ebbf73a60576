// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What one who took over a worker or a verifier can still do: each is tried by a
 * process of its own behind the walls of seald/confine.c, and without them first, so
 * that a call which fails for another reason proves nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/tap.h"
#include "seald/confine.h"

#define KILLED	(-1)

static char dir[] = "/tmp/seal-confine.XXXXXX";
static char outside[] = "/tmp/seal-secret.XXXXXX";
static pid_t other;
static int root_fd, pipe_fd[2], socket_fd[2];

/* Each returns 0, or the errno. */

static int result(long ret)
{
	return ret < 0 ? errno : 0;
}

static int reads_a_file(void)
{
	return result(open(outside, O_RDONLY));
}

static int reads_by_a_directory(void)
{
	return result(openat(root_fd, outside + 1, O_RDONLY));
}

static int writes_a_file(void)
{
	return result(open(outside, O_WRONLY));
}

static int reads_inside(void)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/kept", dir);
	return result(open(path, O_RDONLY));
}

static int keeps_inside(void)
{
	char path[64], fresh[70];
	int fd;

	snprintf(path, sizeof(path), "%s/kept", dir);
	snprintf(fresh, sizeof(fresh), "%s.1", path);
	fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return fd < 0 ? errno : result(write(fd, "log", 3)) ?: result(rename(fresh, path));
}

static int goes_out_by_a_link(void)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/link", dir);
	return result(open(path, O_RDONLY));
}

static int moves_something_out(void)
{
	char path[64], to[64];

	snprintf(path, sizeof(path), "%s/other", dir);
	snprintf(to, sizeof(to), "%s.moved", dir);
	return result(rename(path, to)) ?: result(rename(to, path));
}

static int makes_a_socket(void)
{
	return result(socket(AF_INET, SOCK_STREAM, 0));
}

static int speaks_netlink(void)
{
	return result(socket(AF_NETLINK, SOCK_RAW, 16));
}

static int connects(void)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };

	return result(connect(socket_fd[0], &none, sizeof(none))) == EINVAL ? 0 : errno;
}

static int executes(void)
{
	if (!fork())
		_exit(execl("/bin/true", "true", NULL));
	return 0;
}

static int forks(void)
{
	pid_t child = fork();

	if (!child)
		_exit(0);
	return result(child);
}

static int kills(void)
{
	return result(kill(other, 0));
}

static int traces(void)
{
	return result(ptrace(PTRACE_SEIZE, other, NULL, NULL));
}

static int reads_memory(void)
{
	char here;
	struct iovec to = { &here, 1 }, from = { dir, 1 };

	return result(process_vm_readv(other, &to, 1, &from, 1, 0));
}

static int takes_a_descriptor(void)
{
	int fd = (int)syscall(SYS_pidfd_open, other, 0);

	return fd < 0 ? errno : result(syscall(SYS_pidfd_getfd, fd, 0, 0));
}

static int runs_memory(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return result(mprotect(page, 4096, PROT_READ | PROT_EXEC));
}

static int maps_to_run(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
	       MAP_FAILED ? errno : 0;
}

static int changes_its_user(void)
{
	return result(setuid(65534));
}

static int gets_limits_back(void)
{
	struct rlimit limit = { 1, 1 };

	return result(setrlimit(RLIMIT_NPROC, &limit));
}

static int revokes_a_key(void)
{
	return result(syscall(SYS_keyctl, KEYCTL_CLEAR, KEY_SPEC_PROCESS_KEYRING)) == ENOKEY ?
	       0 : errno;
}

static int looks_for_a_key(void)
{
	errno = 0;
	syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_PROCESS_KEYRING, "user", "none", 0);
	/* A container may forbid keyctl(2). */
	return errno == ENOKEY || errno == ENOSYS || errno == EPERM ? 0 : errno;
}

static int controls_a_device(void)
{
	int here;

	return result(ioctl(pipe_fd[0], FIONREAD, &here));
}

static int uses_what_it_has(void)
{
	int buffer = 65536, n = (int)send(socket_fd[0], "seal", 4, 0);
	struct timespec ts;
	char text[4];

	if (n != 4 || recv(socket_fd[1], text, 4, 0) != 4)
		return errno;
	free(malloc(1 << 20));
	return result(clock_gettime(CLOCK_BOOTTIME, &ts)) ?:
	       result(setsockopt(socket_fd[0], SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer)));
}

/* The verifier has no connection: options of sockets are none of its business. */
static int talks_to_the_worker(void)
{
	char text[4];

	return send(socket_fd[0], "seal", 4, 0) == 4 && recv(socket_fd[1], text, 4, 0) == 4 ?
	       0 : errno;
}

static int speaks_in_the_log(void)
{
	char text[4];

	return write(STDERR_FILENO, "seal", 4) == 4 && read(pipe_fd[0], text, 4) == 4 ? 0 : EPIPE;
}

enum wall { NONE, WORKER, VERIFIER, VERIFIER_WITHOUT };

static bool build(enum wall wall)
{
	confine_start();
	return wall == NONE || (wall == WORKER ? confine_worker() :
				confine_verifier(wall == VERIFIER ? dir : NULL));
}

/* 0, an errno, or KILLED for a system call that is none of its own. */
static int try(enum wall wall, int (*what)(void))
{
	pid_t child = fork();
	int status;

	if (!child) {
		dup2(pipe_fd[1], STDERR_FILENO);
		_exit(build(wall) ? what() : 255);
	}
	must(waitpid(child, &status, 0) == child, "waitpid");
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS ? KILLED :
	       WIFEXITED(status) ? WEXITSTATUS(status) : 254;
}

static const struct attempt {
	const char *name;
	int (*what)(void);
	int worker, verifier, without;	/* what comes of it behind each wall */
} attempts[] = {
	{ "reads a file", reads_a_file, EACCES, EACCES, EACCES },
	{ "reads a file by a directory that it has", reads_by_a_directory, EACCES, EACCES, EACCES },
	{ "writes a file", writes_a_file, EACCES, EACCES, EACCES },
	{ "reads what is kept", reads_inside, EACCES, 0, EACCES },
	{ "keeps something", keeps_inside, EACCES, 0, EACCES },
	{ "goes out by a link", goes_out_by_a_link, EACCES, EACCES, EACCES },
	{ "moves something out", moves_something_out, KILLED, EACCES, KILLED },
	{ "makes a socket", makes_a_socket, KILLED, KILLED, KILLED },
	{ "speaks netlink", speaks_netlink, KILLED, KILLED, KILLED },
	{ "connects", connects, KILLED, KILLED, KILLED },
	{ "executes", executes, KILLED, KILLED, KILLED },
	{ "forks", forks, KILLED, KILLED, KILLED },
	{ "kills", kills, KILLED, KILLED, KILLED },
	{ "traces", traces, KILLED, KILLED, KILLED },
	{ "reads another one's memory", reads_memory, KILLED, KILLED, KILLED },
	{ "takes another one's descriptor", takes_a_descriptor, KILLED, KILLED, KILLED },
	{ "runs memory that it wrote", runs_memory, KILLED, KILLED, KILLED },
	{ "maps memory to run", maps_to_run, KILLED, KILLED, KILLED },
	{ "changes its user", changes_its_user, KILLED, KILLED, KILLED },
	{ "changes its limits", gets_limits_back, KILLED, KILLED, KILLED },
	{ "clears a keyring", revokes_a_key, KILLED, KILLED, KILLED },
	{ "looks for a key", looks_for_a_key, KILLED, 0, 0 },
	{ "controls a device", controls_a_device, KILLED, KILLED, KILLED },
	{ "uses what it has", uses_what_it_has, 0, KILLED, KILLED },
	{ "talks over what it has", talks_to_the_worker, 0, 0, 0 },
	{ "speaks in the monitor's log", speaks_in_the_log, EPIPE, EPIPE, EPIPE },
};

static void test_attempts(void)
{
	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		const struct attempt *a = &attempts[i];
		int none = try(NONE, a->what), worker = try(WORKER, a->what);
		int verifier = try(VERIFIER, a->what);
		int without = try(VERIFIER_WITHOUT, a->what);

		if (!ok(!none && worker == a->worker && verifier == a->verifier &&
			without == a->without, "%s", a->name))
			note("free %d, worker %d, verifier %d, and without a directory %d", none,
			     worker, verifier, without);
	}
}

/* By what the kernel says of it. */
static bool has_no_capability(enum wall wall)
{
	pid_t child = fork();
	char path[64], text[4096];
	int status, n;
	FILE *f;

	if (!child) {
		if (!build(wall))
			_exit(1);
		for (;;)
			poll(NULL, 0, 1000);
	}
	snprintf(path, sizeof(path), "/proc/%d/status", (int)child);
	for (n = 0; n < 3000; n++) {
		size_t len = 0;

		f = fopen(path, "re");
		if (f) {
			len = fread(text, 1, sizeof(text) - 1, f);
			fclose(f);
		}
		text[len] = '\0';
		if (strstr(text, "Seccomp:\t2"))
			break;
		usleep(10000);
	}
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	return strstr(text, "CapEff:\t0000000000000000") &&
	       strstr(text, "CapPrm:\t0000000000000000") && strstr(text, "NoNewPrivs:\t1") &&
	       strstr(text, "Seccomp:\t2");
}

static void stage(void)
{
	char path[64];
	int fd;

	other = fork();
	if (!other)
		for (;;)
			pause();
	fd = mkstemp(outside);
	must(mkdtemp(dir) && fd >= 0, "files");
	close(fd);
	snprintf(path, sizeof(path), "%s/link", dir);
	must(!symlink(outside, path), "link");
	snprintf(path, sizeof(path), "%s/kept", dir);
	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	snprintf(path, sizeof(path), "%s/other", dir);
	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	root_fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(root_fd >= 0 && !pipe2(pipe_fd, O_NONBLOCK) &&
	     !socketpair(AF_UNIX, SOCK_STREAM, 0, socket_fd), "descriptors");
	fd = open("/dev/null", O_RDWR);
	dup2(fd, STDIN_FILENO);
}

static void clear(void)
{
	static const char * const names[] = { "link", "kept", "other" };
	char path[64];

	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	rmdir(dir);
	unlink(outside);
}

int main(void)
{
	stage();
	test_attempts();
	ok(has_no_capability(WORKER), "a worker has no capability");
	ok(has_no_capability(VERIFIER), "a verifier has none");
	clear();
	return done();
}
