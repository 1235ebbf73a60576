// SPDX-License-Identifier: GPL-2.0-or-later

#include "daemons.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../unit/lib/tap.h"

static void daemon_run(const struct daemon *d, const char *name, int kernel)
{
	char path[300], dir[300], number[16];

	snprintf(path, sizeof(path), "%s/tests/seald_fake", getenv("SEAL_PROGRAMS"));
	snprintf(dir, sizeof(dir), "%s/%s", getenv("SEALD_HOSTS"), name);
	snprintf(number, sizeof(number), "%d", kernel);
	setenv("SEALD_FAKE_KERNEL", number, 1);
	dup2(open(d->log, O_WRONLY | O_CREAT | O_APPEND, 0600), STDERR_FILENO);
	execl(path, "seald", "-fv", "-c", dir, "-l", getenv("SEAL_PROGRAMS"), NULL);
	_exit(127);
}

void daemon_start(struct daemon *d, const char *name)
{
	int fd[2];

	must(!socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd), "socketpair");
	d->kernel = fd[0];
	d->reloads = false;
	snprintf(d->log, sizeof(d->log), "%s/%s.log", getenv("SEALD_HOSTS"), name);
	d->pid = fork();
	if (!d->pid) {
		close(fd[0]);
		daemon_run(d, name, fd[1]);
	}
	close(fd[1]);
}

bool daemon_stop(struct daemon *d)
{
	int status = 0, i;

	kill(d->pid, SIGTERM);
	for (i = 0; i < 500 && waitpid(d->pid, &status, WNOHANG) == 0; i++)
		usleep(10000);
	if (i == 500)
		kill(d->pid, SIGKILL);
	close(d->kernel);
	return i < 500 && WIFEXITED(status) && !WEXITSTATUS(status);
}

void daemon_request(struct daemon *d, uint32_t id, const char *peername, enum accept_auth auth,
		    uint32_t ms, int fd)
{
	struct fake_request m = {
		.id = id, .server = !peername, .auth = auth, .timeout_ms = ms,
		.reloads = d->reloads,
	};
	struct iovec iov = { .iov_base = &m, .iov_len = sizeof(m) };
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} space = { 0 };
	struct msghdr mh = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = space.buf, .msg_controllen = sizeof(space.buf),
	};
	struct cmsghdr *cm = CMSG_FIRSTHDR(&mh);

	d->reloads = false;
	if (peername)
		snprintf(m.peername, sizeof(m.peername), "%s", peername);
	cm->cmsg_level = SOL_SOCKET;
	cm->cmsg_type = SCM_RIGHTS;
	cm->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cm), &fd, sizeof(fd));
	must(sendmsg(d->kernel, &mh, 0) == sizeof(m), "request");
	close(fd);
}

bool daemon_done(struct daemon *d, struct fake_done *done, int ms)
{
	struct pollfd p = { .fd = d->kernel, .events = POLLIN };

	return poll(&p, 1, ms) == 1 &&
	       recv(d->kernel, done, sizeof(*done), 0) == sizeof(*done);
}

/* How many children it has whose program's name begins so; @last of them. */
static unsigned int children(const struct daemon *d, const char *program, pid_t *last)
{
	char path[64], comm[32] = "";
	unsigned int count = 0;
	FILE *f, *name;
	pid_t pid;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)d->pid, (int)d->pid);
	f = fopen(path, "r");
	must(f != NULL, path);
	*last = 0;
	while (fscanf(f, "%d", &pid) == 1) {
		snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
		name = fopen(path, "r");
		if (!name)
			continue;
		if (fscanf(name, "%31s", comm) == 1 && !strncmp(comm, program, strlen(program))) {
			*last = pid;
			count++;
		}
		fclose(name);
	}
	fclose(f);
	return count;
}

pid_t daemon_attester(const struct daemon *d)
{
	pid_t pid;

	children(d, "seald-attester", &pid);
	return pid;
}

unsigned int daemon_workers(const struct daemon *d)
{
	pid_t pid;

	return children(d, "seald-worker", &pid);
}

void daemon_rest(const struct daemon *d)
{
	for (int i = 0; i < 2000 && daemon_workers(d) != DAEMON_SPARE; i++)
		usleep(10000);
	must(daemon_workers(d) == DAEMON_SPARE, "pairs that wait");
	usleep(100000);
}

/* How many such lines the log has, and the last one's numbers. */
static unsigned int read_ops(const struct daemon *d, struct daemon_ops *ops)
{
	unsigned int lines = 0;
	char line[512];
	FILE *f = fopen(d->log, "r");

	while (f && fgets(line, sizeof(line), f)) {
		const char *at = strstr(line, "tpm-ops ");

		lines += at && sscanf(at, "tpm-ops quote=%lu sign=%lu certify=%lu claims=%lu",
				      &ops->quote, &ops->sign, &ops->certify,
				      &ops->claims) == 4;
	}
	if (f)
		fclose(f);
	return lines;
}

void daemon_ops(const struct daemon *d, struct daemon_ops *ops_ret)
{
	unsigned int before = read_ops(d, ops_ret);
	pid_t pid = daemon_attester(d);

	must(pid > 0 && !kill(pid, SIGUSR1), "there is an attester");
	for (int i = 0; i < 1000 && read_ops(d, ops_ret) == before; i++)
		usleep(10000);
}

/* Of process @pid: who its parent is, and its ticks, with those of children that ended. */
static pid_t read_stat(pid_t pid, unsigned long *ticks)
{
	char path[64], text[512] = "", *at;
	unsigned long t[4] = { 0 };
	pid_t parent = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "r");
	if (!f)
		return 0;
	at = fgets(text, sizeof(text), f) ? strrchr(text, ')') : NULL;
	fclose(f);
	if (!at || sscanf(at, ") %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %lu %lu",
			  &parent, t, t + 1, t + 2, t + 3) != 5)
		return 0;
	*ticks = t[0] + t[1] + t[2] + t[3];
	return parent;
}

/* Ticks of this process and of all that came of it. */
static unsigned long our_ticks(void)
{
	unsigned long sum = 0, ticks, other;
	struct dirent *entry;
	DIR *dir = opendir("/proc");

	must(dir != NULL, "/proc");
	while ((entry = readdir(dir))) {
		pid_t pid = (pid_t)atoi(entry->d_name), up;

		if (pid <= 0)
			continue;
		up = read_stat(pid, &ticks);
		if (pid != getpid())
			while (up > 1 && up != getpid())
				up = read_stat(up, &other);
		if (pid == getpid() || up == getpid())
			sum += ticks;
	}
	closedir(dir);
	return sum;
}

/* Marks those of @ends that ended well. */
static void collect(struct daemon *d, unsigned int count, uint32_t limit_ms, uint8_t *ends)
{
	struct fake_done done;

	for (unsigned int i = 0; i < count && daemon_done(d, &done, (int)limit_ms + 5000); i++)
		if (done.id < count && !done.status)
			ends[done.id]++;
}

void storm_run(struct storm *storm, struct daemon *client, struct daemon *server,
	       const char *peername)
{
	const long cpus = sysconf(_SC_NPROCESSORS_ONLN), hz = sysconf(_SC_CLK_TCK);
	uint8_t *ends = calloc(storm->count, 1);
	unsigned long ticks = our_ticks();
	uint64_t begin = ipc_now();
	int fd[2];

	must(ends != NULL, "memory");
	for (unsigned int i = 0; i < storm->count; i++) {
		tcp_pair(fd);
		daemon_request(client, i, peername, ACCEPT_AUTH_X509, storm->limit_ms, fd[0]);
		daemon_request(server, i, NULL, ACCEPT_AUTH_X509, storm->limit_ms, fd[1]);
	}
	collect(client, storm->count, storm->limit_ms, ends);
	collect(server, storm->count, storm->limit_ms, ends);
	storm->us = (ipc_now() - begin) / 1000;
	ticks = our_ticks() - ticks;
	storm->busy = (unsigned int)(100e6 * (double)ticks /
				     ((double)(hz * cpus) * (double)(storm->us + 1)));
	storm->good = 0;
	for (unsigned int i = 0; i < storm->count; i++)
		storm->good += ends[i] == 2;
	free(ends);
}

void daemon_policy(const char *name, const char *other, const char *text)
{
	struct stand_host host = { 0 };

	snprintf(host.dir, sizeof(host.dir), "%s/%s", getenv("SEALD_HOSTS"), name);
	host_policy(&host, other, text);
}

void daemon_tpm_delay(const char *name, unsigned int ms)
{
	char path[300];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s.delay", getenv("SEALD_HOSTS"), name);
	f = fopen(path, "w");
	must(f != NULL, path);
	fprintf(f, "%u\n", ms);
	fclose(f);
}
