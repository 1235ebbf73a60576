// SPDX-License-Identifier: GPL-2.0-only
/*
 * What BPF programs learn of a socket, with the sample in bpf/ as the program:
 * in its control group only attested sockets carry bytes.
 */

#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "lib.h"

#define CGROUP	"/sys/fs/cgroup/seal-attested-only"

static bool has_types(void)
{
	return !access("/sys/kernel/btf/vmlinux", R_OK);
}

static int enter(const char *cgroup)
{
	char path[256], text[16];
	int fd, err = 0;

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	snprintf(text, sizeof(text), "%d", getpid());
	fd = open(path, O_WRONLY);
	if (write(fd, text, strlen(text)) < 0)
		err = -errno;
	close(fd);
	return err;
}

static struct bpf_object *object_open(const char *name)
{
	char exe[4096] = "", path[4200];

	if (readlink("/proc/self/exe", exe, sizeof(exe) - 1) < 0)
		return NULL;
	snprintf(path, sizeof(path), "%s/%s.bpf.o", dirname(exe), name);
	return bpf_object__open_file(path, NULL);
}

static struct bpf_object *sample_load(void)
{
	struct bpf_object *object = object_open("attested_only");

	if (object && bpf_object__load(object)) {
		bpf_object__close(object);
		return NULL;
	}
	return object;
}

static bool sample_attach(struct bpf_object *object, struct bpf_link *links[2])
{
	static const char * const names[] = { "attested_egress", "attested_ingress" };
	struct bpf_program *program;
	int i, cgroup = open(CGROUP, O_RDONLY);

	for (i = 0; i < 2; i++) {
		program = bpf_object__find_program_by_name(object, names[i]);
		links[i] = program ? bpf_program__attach_cgroup(program, cgroup) : NULL;
	}
	close(cgroup);
	return links[0] && links[1];
}

FIXTURE(bpf)
{
	struct bpf_object *object;
	struct bpf_link *links[2];
	struct nl nl;
	int fd[2];
	uint64_t id[2];
	char buf[65536];
};

FIXTURE_VARIANT(bpf)
{
	enum family family;
};

FIXTURE_VARIANT_ADD(bpf, v4) { .family = V4 };
FIXTURE_VARIANT_ADD(bpf, v6) { .family = V6 };

FIXTURE_SETUP(bpf)
{
	struct timeval timeout = { .tv_usec = 500000 };

	if (!has_types())
		return;
	mkdir(CGROUP, 0755);
	ASSERT_EQ(0, enter(CGROUP));
	ASSERT_EQ(0, netns_new());
	ASSERT_EQ(0, nl_open(&self->nl, "seal", "status"));
	ASSERT_EQ(0, pair_open(variant->family, self->fd));
	self->object = sample_load();
	ASSERT_NE(NULL, self->object);
	ASSERT_EQ(0, setsockopt(self->fd[1], SOL_SOCKET, SO_RCVTIMEO, &timeout,
				sizeof(timeout)));
}

FIXTURE_TEARDOWN(bpf)
{
	if (!has_types())
		return;
	bpf_link__destroy(self->links[0]);
	bpf_link__destroy(self->links[1]);
	bpf_object__close(self->object);
	enter("/sys/fs/cgroup");
	rmdir(CGROUP);
}

TEST_F(bpf, plain_sockets_are_silent)
{
	if (!has_types())
		return;
	/* Without the programs they are not. */
	EXPECT_EQ(5, send(self->fd[0], "hello", 5, 0));
	EXPECT_EQ(5, recv(self->fd[1], self->buf, 5, MSG_WAITALL));

	ASSERT_TRUE(sample_attach(self->object, self->links));
	EXPECT_EQ(5, send(self->fd[0], "hello", 5, 0));
	EXPECT_EQ(-1, recv(self->fd[1], self->buf, 5, MSG_WAITALL));
	EXPECT_EQ(EAGAIN, errno);
}

TEST_F(bpf, plain_ktls_is_silent)
{
	if (!has_types())
		return;
	ASSERT_TRUE(sample_attach(self->object, self->links));
	ASSERT_EQ(0, pair_plain_tls(self->fd));
	EXPECT_EQ(5, send(self->fd[0], "hello", 5, 0));
	EXPECT_EQ(-1, recv(self->fd[1], self->buf, 5, MSG_WAITALL));
	EXPECT_EQ(EAGAIN, errno);
}

TEST_F(bpf, attested_sockets_talk)
{
	if (!has_types())
		return;
	ASSERT_TRUE(sample_attach(self->object, self->links));
	ASSERT_EQ(0, pair_attach(&self->nl, self->fd, self->id));
	EXPECT_EQ(5, send(self->fd[0], "hello", 5, 0));
	EXPECT_EQ(5, recv(self->fd[1], self->buf, 5, MSG_WAITALL));
}

/* Most of it is still in the socket when its last descriptor goes. */
TEST_F(bpf, what_was_written_arrives_after_close)
{
	int small = 65536, sent = 0, got = 0, tries = 0, n;

	if (!has_types())
		return;
	ASSERT_TRUE(sample_attach(self->object, self->links));
	setsockopt(self->fd[1], SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	ASSERT_EQ(0, pair_attach(&self->nl, self->fd, self->id));
	while ((n = send(self->fd[0], self->buf, 4096, MSG_DONTWAIT)) > 0)
		sent += n;
	ASSERT_LT(small, sent);
	close(self->fd[0]);
	do {
		n = recv(self->fd[1], self->buf, sizeof(self->buf), 0);
		got += n > 0 ? n : 0;
	} while (n > 0 || (n < 0 && errno == EAGAIN && tries++ < 20));
	EXPECT_EQ(0, n);
	EXPECT_EQ(sent, got);
}

TEST_F(bpf, nothing_but_tcp)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons(9),
	};
	int fd;

	if (!has_types())
		return;
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	EXPECT_EQ(5, sendto(fd, "hello", 5, 0, (void *)&addr, sizeof(addr)));
	ASSERT_TRUE(sample_attach(self->object, self->links));
	EXPECT_EQ(-1, sendto(fd, "hello", 5, 0, (void *)&addr, sizeof(addr)));
	EXPECT_EQ(EPERM, errno);
	close(fd);
}

/* What the kernel says of this program of kinds.bpf.o, loaded alone. */
static int kind_load(const char *name)
{
	struct bpf_object *object = object_open("kinds");
	struct bpf_program *program;
	int err;

	if (!object)
		return -ENOENT;
	bpf_object__for_each_program(program, object)
		bpf_program__set_autoload(program, !strcmp(bpf_program__name(program), name));
	err = bpf_object__load(object);
	bpf_object__close(object);
	return err;
}

/* Beside those of the sample, which are of CGROUP_SKB: each type is named in kernel/kfunc.c. */
TEST(types_that_may_ask)
{
	if (!has_types())
		return;
	EXPECT_EQ(0, kind_load("sched_cls"));
	EXPECT_EQ(0, kind_load("tracing"));
	EXPECT_EQ(0, kind_load("sched_act_alone"));
	EXPECT_EQ(-EACCES, kind_load("sched_act"));
}

/* Lines of the kernel's log since the module was loaded last. */
static int log_count(const char *words, const char *since)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK), count = 0;
	char line[8192];
	ssize_t n;

	while ((n = read(fd, line, sizeof(line) - 1)) > 0 || (n < 0 && errno == EPIPE)) {
		line[n > 0 ? n : 0] = 0;
		if (strstr(line, since))
			count = 0;
		count += !!strstr(line, words);
	}
	close(fd);
	return count;
}

/* run writes the second line just before it loads the module. */
TEST(module_tells_where_there_are_no_types)
{
	EXPECT_EQ(!has_types(), log_count("seal: no BTF", "seal: loading"));
}

TEST_HARNESS_MAIN
