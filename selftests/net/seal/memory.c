// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an attested socket takes beyond one of kTLS, and who pays: the control
 * group of its owner, not that of the agent.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "lib.h"

#define PAIRS		400
#define SOCKET_MAX	1536	/* bytes */
#define SOCKET_MIN	256	/* less was not charged at all */
#define ROOT		"/sys/fs/cgroup/"
#define OWNER		ROOT "seal-owner/"
#define AGENT		ROOT "seal-agent/"

static int put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	ssize_t done = write(fd, text, strlen(text));

	close(fd);
	return done < 0 ? -errno : 0;
}

static int enter(const char *procs)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", getpid());
	return put(procs, text);
}

static long kernel_bytes(const char *path)
{
	FILE *file = fopen(path, "r");
	char word[64];
	long value, result = -1;

	while (file && fscanf(file, "%63s %ld", word, &value) == 2)
		if (!strcmp(word, "kernel"))
			result = value;
	if (file)
		fclose(file);
	return result;
}

FIXTURE(memory)
{
	struct nl nl;
	int fd[PAIRS][2];
};

FIXTURE_SETUP(memory)
{
	struct rlimit limit = { 4 * PAIRS, 4 * PAIRS };
	int i;

	put(ROOT "cgroup.subtree_control", "+memory");
	mkdir(OWNER, 0755);
	mkdir(AGENT, 0755);
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	ASSERT_EQ(0, enter(OWNER "cgroup.procs"));
	ASSERT_EQ(0, netns_new());
	for (i = 0; i < PAIRS; i++)
		ASSERT_EQ(0, pair_open(V4, self->fd[i]));
	ASSERT_EQ(0, enter(AGENT "cgroup.procs"));
	ASSERT_EQ(0, nl_open(&self->nl, "seal", NULL));
}

FIXTURE_TEARDOWN(memory)
{
	int i;

	for (i = 0; i < PAIRS; i++)
		pair_close(self->fd[i]);
	nl_close(&self->nl);
	enter(ROOT "cgroup.procs");
	rmdir(OWNER);
	rmdir(AGENT);
}

TEST_F_TIMEOUT(memory, the_owner_pays, 300)
{
	long before = kernel_bytes(OWNER "memory.stat"), each;
	uint64_t id[2];
	int i;

	for (i = 0; i < PAIRS; i++)
		ASSERT_EQ(0, pair_attach(&self->nl, self->fd[i], id));
	each = (kernel_bytes(OWNER "memory.stat") - before) / (2 * PAIRS);
	TH_LOG("%ld bytes a socket", each);
	EXPECT_LE(SOCKET_MIN, each);
	EXPECT_GE(SOCKET_MAX, each);
}

TEST_HARNESS_MAIN
