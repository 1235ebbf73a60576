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

/* What is wrong with an attach; all zero but @fd: nothing. */
struct wrong {
	int fd;
	bool twice;		/* an attribute */
	bool missing;		/* another */
	uint64_t deadline;	/* 0: one to come */
	uint16_t version;	/* of TLS, of the receiving key */
	uint16_t tx_cipher;
	uint16_t rx_cipher;
	uint32_t agent;
	bool too_long;
	bool revoked;		/* something, since it was claimed */
};

static int attach_wrong(struct nl *nl, const struct wrong *wrong)
{
	struct tls12_crypto_info_aes_gcm_128 tx = key_make(1), rx = key_make(2);
	char name[SEAL_AK_NAME_MAX + 1] = "";
	struct msg msg;

	rx.info.version = wrong->version ?: rx.info.version;
	tx.info.cipher_type = wrong->tx_cipher ?: tx.info.cipher_type;
	rx.info.cipher_type = wrong->rx_cipher ?: rx.info.cipher_type;
	msg_init(&msg, SEAL_CMD_ATTACH);
	msg_u32(&msg, SEAL_A_SOCKET_SOCKFD, wrong->fd);
	msg_u64(&msg, SEAL_A_SOCKET_DEADLINE, wrong->deadline ?: boottime() + 100 * SEC);
	msg_str(&msg, SEAL_A_SOCKET_PEER, "dns:second");
	if (wrong->twice)
		msg_str(&msg, SEAL_A_SOCKET_PEER, "dns:third");
	if (!wrong->missing)
		msg_str(&msg, SEAL_A_SOCKET_POLICY, "test");
	msg_put(&msg, SEAL_A_SOCKET_AK_NAME, name, sizeof(name) - !wrong->too_long);
	msg_put(&msg, SEAL_A_SOCKET_CONNECTION_ID, "0123456789abcdef", 16);
	msg_put(&msg, SEAL_A_SOCKET_TX_INFO, &tx, sizeof(tx));
	msg_put(&msg, SEAL_A_SOCKET_RX_INFO, &rx, sizeof(rx));
	if (wrong->agent)
		msg_u32(&msg, SEAL_A_SOCKET_AGENT, wrong->agent);
	if (wrong->revoked)
		msg_u32(&msg, SEAL_A_SOCKET_REVOKES, ~0u);
	return nl_call(nl, &msg);
}

#define EXPECT_WRONG(error, text) do {						\
	EXPECT_EQ(-(error), attach_wrong(&self->nl, &wrong));			\
	EXPECT_STREQ(text, self->nl.extack);					\
} while (0)

/* Every mistake at once; each is told when those before it are mended. */
TEST_F(refuse, in_order)
{
	struct wrong wrong = {
		.fd = 1000,
		.twice = true,
		.missing = true,
		.deadline = 1,
		.version = TLS_1_2_VERSION,
		.agent = 0x7fffffff,
		.too_long = true,
	};
	int null = open("/dev/null", O_RDONLY), foreign, other, fd[2], map;

	foreign = socket(AF_INET, SOCK_DGRAM, 0);
	ASSERT_EQ(0, netns_new());
	nl_close(&self->nl);
	ASSERT_EQ(0, nl_open(&self->nl, "seal", NULL));
	other = socket(AF_INET, SOCK_DGRAM, 0);

	EXPECT_WRONG(EINVAL, "the attribute was given twice");
	wrong.twice = false;
	EXPECT_WRONG(EBADF, "no such socket");
	wrong.fd = null;
	EXPECT_WRONG(ENOTSOCK, "no such socket");
	wrong.fd = foreign;
	EXPECT_WRONG(EXDEV, "the socket lives in another network namespace");
	wrong.fd = other;
	/* That one the kernel names by its number. */
	EXPECT_WRONG(EINVAL, "");
	wrong.missing = false;
	EXPECT_WRONG(ETIME, "the deadline has passed");
	wrong.deadline = 0;
	EXPECT_WRONG(EINVAL, "the key is not for TLS 1.3");
	wrong.version = 0;
	EXPECT_WRONG(ESRCH, "no agent is registered by that number");
	wrong.agent = 0;
	EXPECT_WRONG(ERANGE, "the attribute is too long");
	wrong.too_long = false;
	EXPECT_WRONG(EPROTONOSUPPORT, "not a plain TCP socket");

	ASSERT_EQ(0, pair_open(V4, fd));
	map = sockmap_add(fd[0]);
	ASSERT_LE(0, map);
	wrong.fd = fd[1];
	shutdown(fd[0], SHUT_WR);
	EXPECT_WRONG(ENOTCONN, "the socket is not connected");
	wrong.fd = fd[0];
	EXPECT_WRONG(ENOTCONN, "the socket is not connected");
	close(map);
	pair_close(fd);
	close(other);
	close(null);
	close(foreign);
}

/* Up to here it is as it was; what is refused from here on is aborted. */
#define EXPECT_ABORTED(error, text) do {					\
	EXPECT_WRONG(error, text);						\
	EXPECT_EQ(SEAL_STATE_REJECTED, state_of(fd[0]));			\
	EXPECT_EQ(-1, do_send(fd[0], 0));					\
	pair_close(fd);								\
} while (0)

#define NO_CIPHER	0xfffe

TEST_F_TIMEOUT(refuse, in_order_with_the_gate_down, 60)
{
	struct wrong wrong = {
		.tx_cipher = NO_CIPHER,
		.rx_cipher = NO_CIPHER,
		.revoked = true,
	};
	struct call reader;
	int fd[2];

	ASSERT_EQ(0, pair_open(V4, fd));
	ASSERT_EQ(0, pair_plain_tls(fd));
	wrong.fd = fd[0];
	EXPECT_ABORTED(EBUSY, "the socket has keys already");

	ASSERT_EQ(0, pair_open(V6, fd));
	call_start(&reader, do_recv, fd[0], 0);
	msleep(200);
	wrong.fd = fd[0];
	EXPECT_ABORTED(EBUSY, "a call from before the handshake is still inside");
	ASSERT_TRUE(call_end(&reader, 10000));
	EXPECT_EQ(-EKEYREJECTED, reader.result);

	ASSERT_EQ(0, pair_open(V4, fd));
	ASSERT_EQ(15, send(fd[1], "no record at all", 15, 0));
	wrong.fd = fd[0];
	EXPECT_ABORTED(EINVAL, "kTLS refused the sending key");

	wrong.tx_cipher = 0;
	ASSERT_EQ(0, pair_open(V6, fd));
	ASSERT_EQ(15, send(fd[1], "no record at all", 15, 0));
	wrong.fd = fd[0];
	EXPECT_ABORTED(EINVAL, "kTLS refused the receiving key");

	wrong.rx_cipher = 0;
	ASSERT_EQ(0, pair_open(V4, fd));
	ASSERT_EQ(15, send(fd[1], "no record at all", 15, 0));
	wrong.fd = fd[0];
	EXPECT_ABORTED(EBADMSG, "what was received is no TLS record");

	ASSERT_EQ(0, pair_open(V6, fd));
	wrong.fd = fd[0];
	EXPECT_ABORTED(ECANCELED, "something was revoked meanwhile");

	wrong.revoked = false;
	ASSERT_EQ(0, pair_open(V4, fd));
	wrong.fd = fd[0];
	EXPECT_EQ(0, attach_wrong(&self->nl, &wrong));
	EXPECT_EQ(SEAL_STATE_ATTESTED, state_of(fd[0]));
	/* Once more, which it survives. */
	wrong.tx_cipher = NO_CIPHER;
	EXPECT_WRONG(EEXIST, "the socket was attached or closed before");
	EXPECT_EQ(SEAL_STATE_ATTESTED, state_of(fd[0]));
	EXPECT_EQ(4096, do_send(fd[0], 0));
	pair_close(fd);
}

/*
 * Ahead when the message is read, and over when the keys are in: how far ahead that is depends
 * on the machine, and is found by halves.
 */
TEST_F_TIMEOUT(refuse, whose_deadline_passes_meanwhile, 120)
{
	uint64_t early = 0, late = 100 * MS, ahead;
	struct wrong wrong = {};
	bool met = false;
	int fd[2], i, err;

	for (i = 0; i < 1000 && !met; i++) {
		ASSERT_EQ(0, pair_open(i % 2 ? V4 : V6, fd));
		ahead = (early + late) / 2;
		wrong.fd = fd[0];
		wrong.deadline = boottime() + ahead;
		err = attach_wrong(&self->nl, &wrong);
		met = !strcmp("the deadline has passed meanwhile", self->nl.extack);
		if (met) {
			EXPECT_EQ(-ETIME, err);
			EXPECT_EQ(SEAL_STATE_REJECTED, state_of(fd[0]));
			EXPECT_EQ(-1, do_send(fd[0], 0));
		} else if (err) {
			ASSERT_EQ(-ETIME, err);
			EXPECT_EQ(SEAL_STATE_NONE, state_of(fd[0]));
			early = ahead;
		} else {
			late = ahead;
		}
		/* It was another one's turn, or the machine is faster now. */
		if (late - early < 1000) {
			early /= 2;
			late *= 2;
		}
		pair_close(fd);
	}
	EXPECT_TRUE(met);
}

TEST_F(refuse, whom_it_does_not_know)
{
	struct wrong wrong = { .fd = 1000, .twice = true, .deadline = 1 };

	ASSERT_EQ(0, capabilities_drop());
	EXPECT_EQ(-EPERM, attach_wrong(&self->nl, &wrong));
}

TEST_HARNESS_MAIN
