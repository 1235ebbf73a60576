// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who is an agent is told by what he may, and who made the socket. In a network namespace of
 * its own; the group is one that each kernel has, "notify" of the family "nlctrl".
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/genetlink.h>
#include <linux/netlink.h>

#include "lib/tap.h"
#include "seald/agents.h"

#define GROUP	GENL_ID_CTRL
#define NOBODY	65534

static int member(uint32_t port)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_pid = port };
	int group = GROUP, fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);

	must(fd >= 0 && !bind(fd, (struct sockaddr *)&addr, sizeof(addr)) &&
	     !setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)),
	     "a member");
	return fd;
}

static int users_member(uint32_t port)
{
	int fd;

	setfsuid(NOBODY);
	fd = member(port);
	setfsuid(0);
	return fd;
}

static struct agents look(void)
{
	struct agents agents;

	must(!agents_look(GROUP, (uint32_t[]){ 4711 }, 1, &agents), "look");
	return agents;
}

/* In a process of its own, until it is told to end. */
static pid_t process(uid_t uid, const char *name, uint32_t port, int *hold)
{
	int ready[2], stay[2];
	pid_t pid;
	char c;

	must(!pipe(ready) && !pipe(stay), "pipes");
	pid = fork();
	if (!pid) {
		close(stay[1]);
		must(!setuid(uid), "setuid");
		prctl(PR_SET_NAME, name);
		member(port);
		must(write(ready[1], "", 1) == 1, "ready");
		_exit(read(stay[0], &c, 1) > 0);
	}
	close(ready[1]);
	close(stay[0]);
	must(pid > 0 && read(ready[0], &c, 1) == 1, "process");
	close(ready[0]);
	*hold = stay[1];
	return pid;
}

static void let_go(pid_t pid, int hold)
{
	close(hold);
	waitpid(pid, NULL, 0);
}

static void test_own(void)
{
	struct agents agents = look();
	int fd;

	ok(!agents.sockets && !agents.agents, "nobody listens");
	fd = member(4711);
	agents = look();
	ok(!agents.sockets && !agents.agents, "nor does one's own count");
	close(fd);
	fd = member(0);
	agents = look();
	ok(agents.sockets == 1 && agents.agents == 1 && !agents.unknown, "another socket of root");
	close(fd);
}

static void test_users(void)
{
	int hold, fd;
	pid_t pid = process(NOBODY, "tlshd", (uint32_t)getpid(), &hold);
	struct agents agents = look();

	ok(agents.sockets == 1 && !agents.agents && agents.unknown == 1,
	   "one of a user, called tlshd, with the port number of a process of root");
	let_go(pid, hold);
	fd = users_member(0);
	agents = look();
	ok(agents.sockets == 1 && !agents.agents && agents.unknown == 1,
	   "one that a user made, in a process of root");
	close(fd);
}

/* A user, but one that the kernel gives requests. */
static pid_t confined(int *hold)
{
	cap_t caps = cap_from_text("cap_net_admin=ep");
	int ready[2], stay[2];
	pid_t pid;
	char c;

	must(caps && !pipe(ready) && !pipe(stay), "pipes");
	pid = fork();
	if (!pid) {
		close(stay[1]);
		prctl(PR_SET_KEEPCAPS, 1);
		must(!setuid(NOBODY) && !cap_set_proc(caps), "rights");
		member(0);
		must(write(ready[1], "", 1) == 1, "ready");
		_exit(read(stay[0], &c, 1) > 0);
	}
	cap_free(caps);
	close(ready[1]);
	close(stay[0]);
	must(pid > 0 && read(ready[0], &c, 1) == 1, "process");
	close(ready[0]);
	*hold = stay[1];
	return pid;
}

static void test_confined(void)
{
	int hold;
	pid_t pid = confined(&hold);
	struct agents agents = look();

	ok(agents.sockets == 1 && agents.agents == 1,
	   "an agent that is not root, but has CAP_NET_ADMIN");
	let_go(pid, hold);
}

static void test_roots(void)
{
	int hold, fds[40];
	pid_t pid = process(0, "tlshd", 0, &hold);
	struct agents agents;

	for (unsigned int i = 0; i < 40; i++)
		fds[i] = users_member(0);
	agents = look();
	ok(agents.sockets == 41 && agents.agents == 1 && !agents.seald, "tlshd beside 40 users: %s",
	   agents.who);
	for (unsigned int i = 0; i < 40; i++)
		close(fds[i]);
	let_go(pid, hold);
	pid = process(0, "seald", 0, &hold);
	agents = look();
	ok(agents.agents == 1 && agents.seald, "a seald: %s", agents.who);
	let_go(pid, hold);
}

/* On its way from one process to another, where it can stay as long as who sent it likes. */
static void test_nobodys(void)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} space = { .align = { CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS } };
	struct iovec iov = { "", 1 };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &space,
			     .msg_controllen = sizeof(space) };
	struct agents agents;
	int pair[2], fd = users_member(0);

	*(int *)CMSG_DATA(&space.align) = fd;
	must(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair) && sendmsg(pair[0], &mh, 0) == 1, "send");
	close(fd);
	agents = look();
	ok(agents.sockets == 1 && !agents.agents && agents.unknown == 1,
	   "one that no process has");
	close(pair[0]);
	close(pair[1]);
}

static pid_t ends_as_it_is_read;

/* For agents.c: the path has been walked when the process ends, and then is no more. */
ssize_t readlink(const char *path, char *buf, size_t len)
{
	pid_t pid = ends_as_it_is_read;
	char its[64];
	ssize_t got;
	int fd;

	snprintf(its, sizeof(its), "/proc/%d/ns/user", pid);
	if (!pid || strcmp(path, its))
		return readlinkat(AT_FDCWD, path, buf, len);
	fd = open(path, O_PATH | O_NOFOLLOW);
	must(fd >= 0 && !kill(pid, SIGKILL) && waitpid(pid, NULL, 0) == pid, "end it");
	ends_as_it_is_read = 0;
	got = readlinkat(fd, "", buf, len);
	must(got < 0 && errno == EACCES, "the kernel refuses what is no more");
	close(fd);
	errno = EACCES;
	return got;
}

/* Some machines have processes that hide from root: what can be told there is the number. */
static void test_short_lived(void)
{
	int hold, keep;
	pid_t user = process(NOBODY, "tlshd", 0, &hold);
	bool blind = look().blind;

	ends_as_it_is_read = process(0, "short", 0, &keep);
	ok(look().blind == blind && !ends_as_it_is_read,
	   "who ends as he is looked at hides nothing from another look");
	close(keep);
	let_go(user, hold);
}

/* As in the unit, after the start. */
static void test_no_more(void)
{
	int hold;
	pid_t pid = process(NOBODY, "tlshd", 0, &hold);
	struct agents agents;

	ok(agents_look_no_more() && !cap_get_bound(CAP_SYS_PTRACE) &&
	   !cap_get_bound(CAP_SETPCAP) && cap_get_bound(CAP_NET_ADMIN) == 1 &&
	   agents_look_no_more(), "what looking needs is given up");
	agents = look();
	ok(agents.sockets == 1 && !agents.agents && agents.unknown == 1 && agents.blind,
	   "and then it cannot be told");
	let_go(pid, hold);
}

int main(void)
{
	test_own();
	test_users();
	test_confined();
	test_roots();
	test_nobodys();
	test_short_lived();
	test_no_more();
	return done();
}
