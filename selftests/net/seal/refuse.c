// SPDX-License-Identifier: GPL-2.0-only
/*
 * What cannot be attached, one errno and one text for each mistake, and of
 * several mistakes the one that is first in Documentation/networking/seal.rst.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "lib.h"

#ifndef AF_SMC
#define AF_SMC 43
#endif
#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

FIXTURE(refuse)
{
	struct nl nl;
};

FIXTURE_SETUP(refuse)
{
	ASSERT_EQ(0, netns_new());
	ASSERT_EQ(0, nl_open(&self->nl, "seal", NULL));
}

FIXTURE_TEARDOWN(refuse)
{
	nl_close(&self->nl);
}

/* Connected over loopback, with other protocols at the two ends. */
static int pair_of(int client_protocol, int server_protocol, int fd[2])
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(addr);
	int listener = socket(AF_INET, SOCK_STREAM, server_protocol);

	fd[0] = socket(AF_INET, SOCK_STREAM, client_protocol);
	if (listener < 0 || fd[0] < 0 || bind(listener, (void *)&addr, len) ||
	    listen(listener, 1) || getsockname(listener, (void *)&addr, &len) ||
	    connect(fd[0], (void *)&addr, len))
		return -errno;
	fd[1] = accept(listener, NULL, NULL);
	close(listener);
	return fd[1] < 0 ? -errno : 0;
}

static int capabilities_drop(void)
{
	struct __user_cap_header_struct hdr = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct none[2] = {};

	return syscall(SYS_capset, &hdr, none);
}

#define EXPECT_REFUSED(error, text, fd) do {					\
	EXPECT_EQ(-(error), attach(&self->nl, fd, true, boottime() + 100 * SEC, NULL));	\
	EXPECT_STREQ(text, self->nl.extack);					\
} while (0)

TEST_F(refuse, what_is_no_tcp_socket)
{
	static const int kinds[][3] = {
		{ AF_INET, SOCK_DGRAM, 0 },
		{ AF_INET6, SOCK_DGRAM, 0 },
		{ AF_INET, SOCK_RAW, IPPROTO_ICMP },
		{ AF_UNIX, SOCK_STREAM, 0 },
		{ AF_NETLINK, SOCK_RAW, 0 },
		{ AF_INET, SOCK_STREAM, IPPROTO_MPTCP },
		{ AF_SMC, SOCK_STREAM, 0 },
	};
	size_t i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		fd = socket(kinds[i][0], kinds[i][1], kinds[i][2]);
		/* A kernel without it has nothing to refuse; the distribution's has it. */
		if (fd < 0) {
			EXPECT_FALSE(distribution_kernel(kinds[i][0] == AF_SMC ? "6.12." : ""));
			continue;
		}
		EXPECT_REFUSED(EPROTONOSUPPORT, "not a plain TCP socket", fd);
		close(fd);
	}
	fd = open("/dev/null", O_RDONLY);
	EXPECT_REFUSED(ENOTSOCK, "no such socket", fd);
	close(fd);
	EXPECT_REFUSED(EBADF, "no such socket", 1000);
}

TEST_F(refuse, what_is_not_established)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0), pair[2];
	struct linger reset = { .l_onoff = 1 };

	EXPECT_REFUSED(ENOTCONN, "the socket is not connected", fd);
	ASSERT_EQ(0, bind(fd, (void *)&addr, sizeof(addr)));
	ASSERT_EQ(0, listen(fd, 1));
	EXPECT_REFUSED(ENOTCONN, "the socket is not connected", fd);
	close(fd);

	ASSERT_EQ(0, pair_open(V4, pair));
	shutdown(pair[0], SHUT_WR);
	EXPECT_REFUSED(ENOTCONN, "the socket is not connected", pair[0]);
	EXPECT_REFUSED(ENOTCONN, "the socket is not connected", pair[1]);
	pair_close(pair);

	ASSERT_EQ(0, pair_open(V6, pair));
	setsockopt(pair[1], SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(pair[1]);
	EXPECT_REFUSED(ENOTCONN, "the socket is not connected", pair[0]);
	close(pair[0]);
}

TEST_F(refuse, sockmap)
{
	int fd[2], map;

	ASSERT_EQ(0, pair_open(V4, fd));
	map = sockmap_add(fd[0]);
	ASSERT_LE(0, map);
	EXPECT_REFUSED(EBUSY, "the socket is in a sockmap", fd[0]);
	EXPECT_EQ(4096, do_send(fd[0], 0));
	/* And the other way round: what is attested gets into none. */
	close(map);
	pair_close(fd);
	ASSERT_EQ(0, pair_open(V6, fd));
	ASSERT_EQ(0, attach(&self->nl, fd[0], true, boottime() + 100 * SEC, NULL));
	EXPECT_GT(0, sockmap_add(fd[0]));
	pair_close(fd);
}

/* MPTCP keeps its own operations also where it fell back to TCP by itself. */
TEST_F(refuse, mptcp)
{
	int fd[2];

	ASSERT_EQ(0, pair_of(IPPROTO_MPTCP, IPPROTO_MPTCP, fd));
	EXPECT_REFUSED(EPROTONOSUPPORT, "not a plain TCP socket", fd[0]);
	EXPECT_REFUSED(EPROTONOSUPPORT, "not a plain TCP socket", fd[1]);
	pair_close(fd);
	ASSERT_EQ(0, pair_of(IPPROTO_MPTCP, 0, fd));
	EXPECT_REFUSED(EPROTONOSUPPORT, "not a plain TCP socket", fd[0]);
	pair_close(fd);
}

/* SMC gives its file to the socket of TCP below when it falls back, and stays its owner. */
TEST_F(refuse, smc_that_fell_back)
{
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);
	uint32_t zero = 0;
	int listener, fd;

	fd = socket(AF_SMC, SOCK_STREAM, 0);
	if (fd < 0) {
		EXPECT_FALSE(distribution_kernel("6.12."));
		return;
	}
	listener = listener_open(V4);
	ASSERT_LE(0, listener);
	ASSERT_EQ(0, getsockname(listener, (void *)&addr, &len));
	ASSERT_EQ(0, connect(fd, (void *)&addr, len));
	EXPECT_EQ(-1, setsockopt(fd, IPPROTO_IP, SEAL_SO_REQUIRE, &zero, sizeof(zero)));
	EXPECT_EQ(EPROTONOSUPPORT, errno);
	EXPECT_REFUSED(EPROTONOSUPPORT, "not a plain TCP socket", fd);
	close(fd);
	close(listener);
}

/* What such a listener accepts from a TCP client is a TCP socket and no more. */
TEST_F(refuse, but_not_what_fell_back_before_accept)
{
	struct seal_status st;
	uint64_t id;
	int fd[2];

	ASSERT_EQ(0, pair_of(0, IPPROTO_MPTCP, fd));
	ASSERT_EQ(0, attach(&self->nl, fd[1], true, boottime() + 100 * SEC, &id)) {
		TH_LOG("%s", self->nl.extack);
	}
	ASSERT_EQ(0, status_get(fd[1], &st));
	EXPECT_EQ(SEAL_STATE_ATTESTED, st.state);
	ASSERT_EQ(0, revoke_id(&self->nl, id));
	EXPECT_EQ(-1, do_send(fd[1], 0));
	EXPECT_EQ(EKEYREJECTED, errno);
	EXPECT_EQ(-1, do_recv(fd[1], 0));
	EXPECT_EQ(EKEYREJECTED, errno);
	pair_close(fd);
}

/* Every mistake at once; each is told when those before it are mended. */
TEST_F(refuse, in_order)
{
	int other = socket(AF_INET, SOCK_DGRAM, 0);
	int null = open("/dev/null", O_RDONLY), foreign, fd[2], map;
	struct tls12_crypto_info_aes_gcm_128 rx = key_make(2);
	uint64_t past = boottime();
	struct msg msg;

	foreign = socket(AF_INET, SOCK_DGRAM, 0);
	ASSERT_EQ(0, netns_new());
	nl_close(&self->nl);
	ASSERT_EQ(0, nl_open(&self->nl, "seal", NULL));
	close(other);
	other = socket(AF_INET, SOCK_DGRAM, 0);

	EXPECT_EQ(-EBADF, attach(&self->nl, 1000, true, past, NULL));
	EXPECT_EQ(-ENOTSOCK, attach(&self->nl, null, true, past, NULL));
	EXPECT_EQ(-EXDEV, attach(&self->nl, foreign, true, past, NULL));
	EXPECT_EQ(-ETIME, attach(&self->nl, other, true, past, NULL));
	EXPECT_STREQ("the deadline has passed", self->nl.extack);
	/* The key for receiving is the last attribute. */
	attach_msg(&msg, other, true, boottime() + 100 * SEC);
	rx.info.version = TLS_1_2_VERSION;
	memcpy((char *)&msg + msg.hdr.nlmsg_len - sizeof(rx), &rx, sizeof(rx));
	EXPECT_EQ(-EINVAL, nl_call(&self->nl, &msg));
	EXPECT_STREQ("the key is not for TLS 1.3", self->nl.extack);
	EXPECT_REFUSED(EPROTONOSUPPORT, "not a plain TCP socket", other);

	ASSERT_EQ(0, pair_open(V4, fd));
	map = sockmap_add(fd[0]);
	ASSERT_LE(0, map);
	shutdown(fd[0], SHUT_WR);
	EXPECT_REFUSED(ENOTCONN, "the socket is not connected", fd[0]);
	close(map);
	pair_close(fd);
	close(other);
	close(null);
	close(foreign);
}

TEST_F(refuse, whom_it_does_not_know)
{
	ASSERT_EQ(0, capabilities_drop());
	EXPECT_EQ(-EPERM, attach(&self->nl, 1000, true, boottime(), NULL));
}

TEST_HARNESS_MAIN
