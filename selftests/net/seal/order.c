// SPDX-License-Identifier: GPL-2.0-only
/*
 * One errno for each mistake; of several the one that comes first in
 * Documentation/userspace-api/seal.rst. Every socket here has the mistake that is
 * told and the next one, or all that follow.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "handshake.h"
#include "lib.h"
#include "rule.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

#define USER	1000

static int ulp_set(int fd)
{
	return setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", 3) ? -errno : 0;
}

static int request(int fd)
{
	return ask_as(USER, fd, SEAL_ROLE_CLIENT, 20000);
}

static int require(int fd)
{
	uint32_t ms = 50;

	return setsockopt(fd, IPPROTO_IP, SEAL_SO_REQUIRE, &ms, sizeof(ms)) ? -errno : 0;
}

static int set(int fd, int option, const void *data, socklen_t len)
{
	return setsockopt(fd, IPPROTO_IP, option, data, len) ? -errno : 0;
}

/* An MPTCP socket that fell back to TCP, since what it is connected to is no more. */
static int fell_back(int listener)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(addr);
	int fd = socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);

	if (fd < 0)
		return -errno;
	if (bind(listener, (void *)&addr, len) || listen(listener, 1) ||
	    getsockname(listener, (void *)&addr, &len) || connect(fd, (void *)&addr, len)) {
		close(fd);
		return -EPROTO;
	}
	return fd;
}

FIXTURE(order)
{
	struct nl nl;
	struct nl hs;
	int fd[2];
};

FIXTURE_SETUP(order)
{
	ASSERT_EQ(0, netns_new());
	ASSERT_EQ(0, nl_open(&self->nl, "seal", NULL));
	ASSERT_EQ(0, nl_open(&self->hs, "handshake", "tlshd"));
	ASSERT_EQ(0, nl_subscribe(&self->hs));
	ASSERT_EQ(0, pair_open(V4, self->fd));
}

FIXTURE_TEARDOWN(order)
{
	pair_close(self->fd);
	EXPECT_EQ(0, hs_refuse_all(&self->hs));
	nl_close(&self->nl);
	nl_close(&self->hs);
}

/* USER may ask, this often. */
static int let(struct nl *nl, uint32_t max)
{
	struct rule rule = rule_nothing;

	rule.uid_min = USER;
	rule.max = max;
	return rules_set(nl, &rule, 1);
}

TEST_F_TIMEOUT(order, form, 60)
{
	char page[4096] = "", *none = mmap(NULL, 4096, PROT_NONE,
					   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct seal_request *req = (void *)page;
	int udp = socket(AF_INET, SOCK_DGRAM, 0);

	ASSERT_NE(MAP_FAILED, none);
	ASSERT_EQ(0, seteuid(USER));
	/* Too short is told before it is read. */
	EXPECT_EQ(-EINVAL, set(udp, SEAL_SO_REQUEST, none, sizeof(*req) - 1));
	EXPECT_EQ(-EFAULT, set(udp, SEAL_SO_REQUEST, none, sizeof(*req)));
	page[sizeof(*req)] = 1;
	EXPECT_EQ(-E2BIG, set(udp, SEAL_SO_REQUEST, page, sizeof(*req) + 1));
	req->size = sizeof(*req) + 1;
	EXPECT_EQ(-E2BIG, set(udp, SEAL_SO_REQUEST, page, sizeof(*req) + 1));
	EXPECT_EQ(-E2BIG, set(udp, SEAL_SO_REQUEST, page, 1u << 30));
	page[sizeof(*req)] = 0;
	/* A later version with nothing in its tail is one of ours, */
	req->size = sizeof(*req) + 8;
	req->role = SEAL_ROLE_SERVER;
	EXPECT_EQ(-EPERM, set(udp, SEAL_SO_REQUEST, page, sizeof(*req) + 8));
	/* if it says its size. */
	req->size = sizeof(*req);
	EXPECT_EQ(-EINVAL, set(udp, SEAL_SO_REQUEST, page, sizeof(*req) + 8));
	EXPECT_EQ(-EPERM, set(udp, SEAL_SO_REQUEST, page, sizeof(*req)));
	req->timeout_ms = 30001;
	EXPECT_EQ(-EINVAL, set(udp, SEAL_SO_REQUEST, page, sizeof(*req)));
	req->timeout_ms = 0;
	req->flags = 2;
	EXPECT_EQ(-EINVAL, set(udp, SEAL_SO_REQUEST, page, sizeof(*req)));
	req->flags = SEAL_REQUEST_ANONYMOUS;
	EXPECT_EQ(-EINVAL, set(udp, SEAL_SO_REQUEST, page, sizeof(*req)));
	req->flags = 0;
	req->peername[0] = 'x';
	EXPECT_EQ(-EINVAL, set(udp, SEAL_SO_REQUEST, page, sizeof(*req)));
	req->role = SEAL_ROLE_CLIENT;
	EXPECT_EQ(-EPERM, set(udp, SEAL_SO_REQUEST, page, sizeof(*req)));
	memset(req->peername, 'x', sizeof(req->peername));
	EXPECT_EQ(-EINVAL, set(udp, SEAL_SO_REQUEST, page, sizeof(*req)));
	req->peername[0] = '\0';
	EXPECT_EQ(-EINVAL, set(udp, SEAL_SO_REQUEST, page, sizeof(*req)));
	req->role = 3;
	EXPECT_EQ(-EINVAL, set(udp, SEAL_SO_REQUEST, page, sizeof(*req)));
	EXPECT_EQ(-EFAULT, set(udp, SEAL_SO_REQUIRE, none, 4));
	EXPECT_EQ(-EINVAL, set(udp, SEAL_SO_REQUIRE, none, 8));
	EXPECT_EQ(-EINVAL, set(udp, SEAL_SO_REQUIRE, &(uint32_t){ 3600001 }, 4));
	EXPECT_EQ(-EPROTONOSUPPORT, set(udp, SEAL_SO_REQUIRE, &(uint32_t){ 3600000 }, 4));
	EXPECT_EQ(-EFAULT, set(udp, SEAL_SO_REVOKE, none, 4));
	EXPECT_EQ(-EINVAL, set(udp, SEAL_SO_REVOKE, &(uint32_t){ 1 }, 4));
	EXPECT_EQ(-ENOENT, set(udp, SEAL_SO_REVOKE, &(uint32_t){ 0 }, 4));
	EXPECT_EQ(-EFAULT, set(udp, SEAL_SO_TIGHTEN, none, 8));
	EXPECT_EQ(-EINVAL, set(udp, SEAL_SO_TIGHTEN, none, 4));
	EXPECT_EQ(-ENOENT, set(udp, SEAL_SO_TIGHTEN, &(uint64_t){ 1 }, 8));
	EXPECT_EQ(-ENOPROTOOPT, set(udp, SEAL_SO_REQUIRE + 1, page, 4));
	EXPECT_EQ(-ENOPROTOOPT, set(udp, SEAL_SO_STATUS, page, 4));
	ASSERT_EQ(0, seteuid(0));
	/* That is for the kernel's test of kTLS, in a module of its own (kernel/test_attach.c). */
	EXPECT_EQ(-ENOPROTOOPT, set(self->fd[0], 0x5ea8, NULL, 0));
	munmap(none, 4096);
	close(udp);
}

TEST_F_TIMEOUT(order, what_it_is, 60)
{
	int udp = socket(AF_INET, SOCK_DGRAM, 0), tcp = socket(AF_INET, SOCK_STREAM, 0);
	int map;

	EXPECT_EQ(-EPERM, request(udp));
	ASSERT_EQ(0, let(&self->nl, 8));
	EXPECT_EQ(-EPROTONOSUPPORT, request(udp));
	EXPECT_EQ(-EPROTONOSUPPORT, require(udp));
	EXPECT_EQ(-ENOTCONN, request(tcp));
	EXPECT_EQ(-ENOTCONN, require(tcp));
	map = sockmap_add(self->fd[0]);
	ASSERT_LE(0, map);
	/* In a sockmap, and with kTLS. */
	ASSERT_EQ(0, ulp_set(self->fd[0]));
	EXPECT_EQ(-EBUSY, request(self->fd[0]));
	EXPECT_EQ(-EBUSY, require(self->fd[0]));
	shutdown(self->fd[0], SHUT_WR);
	EXPECT_EQ(-ENOTCONN, request(self->fd[0]));
	EXPECT_EQ(-ENOTCONN, require(self->fd[0]));
	close(map);
	close(udp);
	close(tcp);
}

/* MPTCP hands on only what it knows, and a subflow is not the socket it comes with. */
TEST_F_TIMEOUT(order, fell_back, 60)
{
	int listener = socket(AF_INET, SOCK_STREAM, 0), fd = fell_back(listener);

	/* A kernel without MPTCP has nothing to refuse; the distribution's has it. */
	if (fd == -EPROTONOSUPPORT || fd == -EINVAL) {
		EXPECT_FALSE(distribution_kernel(""));
		return;
	}
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, let(&self->nl, 8));
	EXPECT_EQ(-ENOPROTOOPT, request(fd));
	EXPECT_EQ(-ENOPROTOOPT, require(fd));
	/* What is only asked for goes to the subflow, which is none of ours. */
	EXPECT_EQ(SEAL_STATE_NONE, state_of(fd));
	EXPECT_EQ(4, send(fd, "text", 4, MSG_NOSIGNAL));
	close(fd);
	close(listener);
}

/* Having kTLS, and a caller inside. */
TEST_F_TIMEOUT(order, who_is_there, 60)
{
	struct call reader;
	int fd[2], i;

	ASSERT_EQ(0, let(&self->nl, 1));
	ASSERT_EQ(0, pair_open(V4, fd));
	fcntl(fd[0], F_SETFL, O_NONBLOCK);
	ASSERT_EQ(-EINPROGRESS, ask_as(USER, fd[0], SEAL_ROLE_CLIENT, 20000));
	/* The only place that USER has is taken. */
	call_start(&reader, do_recv, self->fd[0], 0);
	/* That is told, and changes nothing, until the reader is inside. */
	for (i = 0; i < 3000 && request(self->fd[0]) == -EDQUOT; i++)
		msleep(10);
	EXPECT_EQ(-EBUSY, request(self->fd[0]));
	EXPECT_EQ(-EBUSY, require(self->fd[0]));
	ASSERT_EQ(0, ulp_set(self->fd[0]));
	EXPECT_EQ(-EEXIST, request(self->fd[0]));
	EXPECT_EQ(-EEXIST, require(self->fd[0]));
	EXPECT_EQ(5, send(self->fd[1], "hello", 5, 0));
	ASSERT_TRUE(call_end(&reader, 10000));
	EXPECT_EQ(5, reader.result);
	EXPECT_EQ(-EDQUOT, request(self->fd[1]));
	pair_close(fd);
}

TEST_F_TIMEOUT(order, who_has_enough, 60)
{
	int share = half_the_queue() / 2 ?: 1, i, fd[16][2];

	ASSERT_GE(16, share);
	ASSERT_EQ(0, let(&self->nl, 1));
	for (i = 0; i < share; i++) {
		ASSERT_EQ(0, pair_open(V4, fd[i]));
		fcntl(fd[i][0], F_SETFL, O_NONBLOCK);
		ASSERT_EQ(-EINPROGRESS,
			  ask_as(USER + i, fd[i][0], SEAL_ROLE_CLIENT, 20000));
	}
	EXPECT_EQ(-EDQUOT, request(self->fd[0]));
	EXPECT_EQ(-EAGAIN, ask_as(USER + 100, self->fd[0], SEAL_ROLE_CLIENT, 20000));
	/* And it is as it was. */
	EXPECT_EQ(4096, do_send(self->fd[0], 0));
	for (i = 0; i < share; i++)
		pair_close(fd[i]);
}

/* After what is wrong with the socket, which stays as it was. */
TEST_F_TIMEOUT(order, the_module_is_to_go, 60)
{
	struct call reader;
	int i, fd[2];

	ASSERT_EQ(0, let(&self->nl, 1));
	ASSERT_EQ(0, pair_open(V4, fd));
	ASSERT_EQ(0, pair_plain_tls(fd));
	EXPECT_EQ(0, module_drain(true));
	/* Before its keys, too. */
	EXPECT_EQ(-ENODEV, attach(&self->nl, fd[0], true, boottime() + 100 * SEC, NULL));
	EXPECT_STREQ("the module is about to be removed", self->nl.extack);
	EXPECT_EQ(4096, do_send(fd[0], 0));
	pair_close(fd);
	call_start(&reader, do_recv, self->fd[0], 0);
	for (i = 0; i < 3000 && request(self->fd[0]) == -ENODEV; i++)
		msleep(10);
	EXPECT_EQ(-EBUSY, request(self->fd[0]));
	EXPECT_EQ(-EBUSY, require(self->fd[0]));
	EXPECT_EQ(-ENODEV, request(self->fd[1]));
	EXPECT_EQ(-ENODEV, require(self->fd[1]));
	EXPECT_EQ(-ENODEV, attach(&self->nl, self->fd[1], true, boottime() + 100 * SEC, NULL));
	EXPECT_STREQ("the module is about to be removed", self->nl.extack);
	EXPECT_EQ(5, send(self->fd[1], "hello", 5, 0));
	EXPECT_TRUE(call_end(&reader, 30000));
	EXPECT_EQ(5, reader.result);
	EXPECT_EQ(0, module_drain(false));
	EXPECT_EQ(0, attach(&self->nl, self->fd[1], true, boottime() + 100 * SEC, NULL));
}

/* Whoever may load it brings it back. */
TEST_F_TIMEOUT(order, without_ktls, 60)
{
	int tries, err = -1;

	ASSERT_EQ(0, let(&self->nl, 8));
	for (tries = 0; err && tries < 3000; tries++) {
		err = syscall(SYS_delete_module, "tls", O_NONBLOCK);
		if (err && errno == ENOENT)
			break;
		msleep(10);
	}
	/* Where it is part of the kernel nobody removes it; the distribution's is a module. */
	if (err && errno == ENOENT) {
		EXPECT_FALSE(distribution_kernel(""));
		return;
	}
	ASSERT_EQ(0, err);
	EXPECT_EQ(-ENOENT, request(self->fd[0]));
	EXPECT_EQ(SEAL_STATE_NONE, state_of(self->fd[0]));
	EXPECT_EQ(4096, do_send(self->fd[0], 0));
	EXPECT_EQ(0, require(self->fd[0]));
}

/* A page of it is brought before, since the copy must not sleep; the rest has to be there. */
TEST_F_TIMEOUT(order, a_long_option_of_a_pending_socket, 60)
{
	const uint32_t ms = 20000;
	char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, pages);
	ASSERT_EQ(0, set(self->fd[0], SEAL_SO_REQUIRE, &ms, sizeof(ms)));
	EXPECT_EQ(-EFAULT, set(self->fd[0], IP_MSFILTER, pages, 8192));
	memset(pages, 0, 8192);
	/* No address of a group. */
	EXPECT_EQ(-EINVAL, set(self->fd[0], IP_MSFILTER, pages, 8192));
	munmap(pages, 8192);
}

/* What is known of a socket already comes before who asks. */
TEST_F_TIMEOUT(order, the_state_comes_first, 60)
{
	fcntl(self->fd[0], F_SETFL, O_NONBLOCK);
	ASSERT_EQ(-EINPROGRESS, ask(self->fd[0], SEAL_ROLE_CLIENT, 20000));
	EXPECT_EQ(-EALREADY, request(self->fd[0]));
	EXPECT_EQ(-EALREADY, require(self->fd[0]));
	EXPECT_EQ(-EINVAL, ask_as(USER, self->fd[0], 3, 20000));
	ASSERT_EQ(0, attach(&self->nl, self->fd[0], true, boottime() + 100 * SEC, NULL));
	EXPECT_EQ(0, request(self->fd[0]));
	EXPECT_EQ(-EISCONN, request(self->fd[0]));
	EXPECT_EQ(-EISCONN, require(self->fd[0]));
	EXPECT_EQ(0, set(self->fd[0], SEAL_SO_REVOKE, &(uint32_t){ 0 }, 4));
	EXPECT_EQ(-EKEYREJECTED, request(self->fd[0]));
	EXPECT_EQ(-EKEYREJECTED, require(self->fd[0]));
}

TEST_HARNESS_MAIN
