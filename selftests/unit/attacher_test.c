// SPDX-License-Identifier: GPL-2.0-or-later
/* Processes that attach, and those that cannot end: at most so many of one user. */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/tap.h"
#include "seald/attacher.h"
#include "seald/leaving.h"

/* What the kernel does in the next process. */
static int answer;
static bool waits;

struct genl_seal *genl_seal_open(void)
{
	static int any;

	return answer == -ENOENT ? NULL : (struct genl_seal *)&any;
}

static unsigned int descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int count = 0;

	while (readdir(dir))
		count++;
	closedir(dir);
	return count - 3;	/* two dots and its own */
}

/* Says by the id what it was told, and has. */
int genl_seal_attach(struct genl_seal *gs, const struct seal_attach *attach, uint64_t *id)
{
	while (waits)
		pause();
	*id = attach->agent * 100 + descriptors();
	return answer;
}

static struct leaving *all;

static bool start(struct attacher *at)
{
	*at = (struct attacher){ .child.pidfd = -1, .answer = -1 };
	return !attacher_start(at, &(struct seal_attach){ .fd = 0, .agent = 7 });
}

static int end(struct attacher *at, uint64_t *id)
{
	struct pollfd p = { .fd = at->answer, .events = POLLIN };

	poll(&p, 1, 10000);
	return attacher_end(at, id);
}

static void reap(void)
{
	for (int i = 0; i < 1000 && all; i++) {
		leaving_reap(&all);
		usleep(10000);
	}
	ok(!all, "and none is left");
}

/* Start, end, and whatever becomes of the process then. */
static int whole(uint64_t *id)
{
	struct attacher at;
	int err = start(&at) ? end(&at, id) : -EPROTO;

	leaving_add(&all, &at.child, 1);
	return err;
}

static void test_ends(void)
{
	struct attacher at;
	uint64_t id = 0;

	ok(whole(&id) == 0 && id == 705,
	   "attached, with the agent's number and two descriptors of his (%u)", (unsigned int)id);
	answer = -ENOTCONN;
	ok(whole(&id) == -ENOTCONN, "or why not");
	answer = -ENOENT;
	ok(whole(&id) == -ENOENT, "or no module");
	answer = 0;
	must(start(&at) && !end(&at, &id), "one that attaches");
	usleep(100000);
	ok(at.answer == -1 && !kill(at.child.pid, 0) &&
	   waitpid(at.child.pid, NULL, WNOHANG) == 0, "it stays, and closes the socket last");
	leaving_add(&all, &at.child, 1);
	waits = true;
	ok(start(&at) && attacher_end(&at, &id) == -EINPROGRESS, "nobody waits for it");
	kill(at.child.pid, SIGKILL);
	ok(end(&at, &id) == -EIO, "one that was killed attached nothing");
	leaving_add(&all, &at.child, 1);
	ok(!at.child.pid && at.child.pidfd == -1, "and is none any more");
	reap();
}

/* Keeps them from ending as they are killed, until it ends itself. */
static pid_t keep_from_ending(const struct attacher *at, unsigned int count)
{
	int ready[2];
	pid_t pid;
	char c;

	must(!pipe(ready), "pipe");
	pid = fork();
	if (!pid) {
		for (unsigned int i = 0; i < count; i++)
			if (ptrace(PTRACE_SEIZE, at[i].child.pid, 0, PTRACE_O_TRACEEXIT))
				_exit(1);
		if (write(ready[1], "", 1) != 1)
			_exit(1);
		while (true)
			pause();
	}
	close(ready[1]);
	must(read(ready[0], &c, 1) == 1, "traced");
	close(ready[0]);
	return pid;
}

static void test_stuck(void)
{
	struct attacher at[LEAVING_USER_MAX];
	struct child none = { .pidfd = -1 };
	pid_t keeper;

	waits = true;
	for (unsigned int i = 0; i < LEAVING_USER_MAX; i++)
		must(start(&at[i]), "start");
	keeper = keep_from_ending(at, LEAVING_USER_MAX);
	for (unsigned int i = 0; i < LEAVING_USER_MAX; i++)
		leaving_add(&all, &at[i].child, 1);
	leaving_add(&all, &none, 1);
	leaving_reap(&all);
	ok(all && leaving_room(all, 1), "who was killed just now has not had the time to end");
	usleep(1100000);
	leaving_reap(&all);
	ok(all && !leaving_room(all, 1), "who has does not end: no more of this user");
	ok(leaving_room(all, 2), "but of another");
	kill(keeper, SIGKILL);
	waitpid(keeper, NULL, 0);
	reap();
	ok(leaving_room(all, 1), "he is served again");
}

static void test_all(void)
{
	struct attacher at[LEAVING_MAX];
	pid_t keeper;

	waits = true;
	for (unsigned int i = 0; i < LEAVING_MAX; i++)
		must(start(&at[i]), "start");
	keeper = keep_from_ending(at, LEAVING_MAX);
	for (unsigned int i = 0; i < LEAVING_MAX; i++)
		leaving_add(&all, &at[i].child, i);
	usleep(1100000);
	leaving_reap(&all);
	ok(!leaving_room(all, 1000), "so many of all users, and no more");
	kill(keeper, SIGKILL);
	waitpid(keeper, NULL, 0);
	reap();
}

int main(void)
{
	test_ends();
	test_stuck();
	test_all();
	return done();
}
