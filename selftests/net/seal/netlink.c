// SPDX-License-Identifier: GPL-2.0-only
/* Bad messages: one reason each, and the socket stays as it was. */

#define _GNU_SOURCE
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "lib.h"

/*
 * A refusal comes with the message that is refused, unless the sender wants it
 * shorter: what is in there is what was left of it in the kernel.
 */
static int comes_back(struct nl *nl, struct msg *msg, const void *data, size_t len)
{
	char buf[16384];
	struct nlmsghdr *hdr = (void *)buf;
	struct nlmsgerr *err = NLMSG_DATA(hdr);
	ssize_t got;

	msg->hdr.nlmsg_type = nl->family;
	msg->hdr.nlmsg_seq = ++nl->seq;
	if (send(nl->fd, msg, msg->hdr.nlmsg_len, 0) < 0)
		return -errno;
	got = recv(nl->fd, buf, sizeof(buf), 0);
	if (got < (ssize_t)msg->hdr.nlmsg_len || hdr->nlmsg_type != NLMSG_ERROR ||
	    !err->error || err->msg.nlmsg_len != msg->hdr.nlmsg_len)
		return -EPROTO;
	return !!memmem(buf, got, data, len);
}

FIXTURE(netlink)
{
	struct nl nl;
	int fd[2];
	struct msg msg;
	char big[1024];
};

FIXTURE_SETUP(netlink)
{
	memset(self->big, 'x', sizeof(self->big));
	ASSERT_EQ(0, netns_new());
	ASSERT_EQ(0, nl_open(&self->nl, "seal", "status"));
	ASSERT_EQ(0, pair_open(V4, self->fd));
	attach_msg(&self->msg, self->fd[0], true, boottime() + 100 * SEC);
}

/* Whatever was refused, the socket is as it was: text goes over it. */
FIXTURE_TEARDOWN(netlink)
{
	struct seal_status st;

	EXPECT_EQ(0, status_get(self->fd[0], &st));
	EXPECT_EQ(SEAL_STATE_NONE, st.state);
	EXPECT_EQ(4, send(self->fd[0], "text", 4, 0));
	EXPECT_EQ(4, do_recv(self->fd[1], 0));
	pair_close(self->fd);
	nl_close(&self->nl);
}

#define refused(err) do {						\
	EXPECT_EQ(err, nl_call(&self->nl, &self->msg));			\
	EXPECT_NE(0, self->nl.extack[0]) {				\
		TH_LOG("no reason given");				\
	}								\
} while (0)

#define refused_for(err, text) do {					\
	EXPECT_EQ(err, nl_call(&self->nl, &self->msg));			\
	EXPECT_STREQ(text, self->nl.extack);				\
} while (0)

/* The message again without attribute @type. */
static void drop(struct msg *msg, uint16_t type)
{
	struct msg old = *msg;
	size_t at = 0, len = old.hdr.nlmsg_len - NLMSG_LENGTH(GENL_HDRLEN);

	msg->hdr.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
	while (at < len) {
		struct nlattr *attr = (void *)(old.attrs + at);

		if (attr->nla_type != type)
			msg_put(msg, attr->nla_type, attr + 1, attr->nla_len - NLA_HDRLEN);
		at += NLA_ALIGN(attr->nla_len);
	}
}

TEST_F(netlink, missing)
{
	static const int wanted[] = {
		SEAL_A_SOCKET_SOCKFD, SEAL_A_SOCKET_DEADLINE, SEAL_A_SOCKET_PEER,
		SEAL_A_SOCKET_POLICY, SEAL_A_SOCKET_CONNECTION_ID,
		SEAL_A_SOCKET_TX_INFO, SEAL_A_SOCKET_RX_INFO,
	};
	unsigned int i;

	for (i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
		attach_msg(&self->msg, self->fd[0], true, boottime() + 100 * SEC);
		drop(&self->msg, wanted[i]);
		/* The kernel names the missing attribute by its number. */
		EXPECT_EQ(-EINVAL, nl_call(&self->nl, &self->msg));
	}
}

TEST_F(netlink, twice)
{
	msg_u32(&self->msg, SEAL_A_SOCKET_AUTHENTICATED, 1);
	refused(-EINVAL);
	EXPECT_STREQ("the attribute was given twice", self->nl.extack);
}

TEST_F(netlink, twice_in_a_registration)
{
	msg_init(&self->msg, SEAL_CMD_REGISTER);
	msg_u32(&self->msg, SEAL_A_AGENT_ON_DEATH, SEAL_ON_DEATH_CLOSE);
	msg_u32(&self->msg, SEAL_A_AGENT_ON_DEATH, SEAL_ON_DEATH_KEEP);
	refused(-EINVAL);
	EXPECT_STREQ("the attribute was given twice", self->nl.extack);
}

TEST_F(netlink, unknown_attribute)
{
	msg_u32(&self->msg, SEAL_A_SOCKET_MAX + 1, 1);
	refused(-EINVAL);
}

TEST_F(netlink, attribute_of_another_command)
{
	msg_u32(&self->msg, SEAL_A_SOCKET_STATE, 2);
	refused(-EINVAL);
}

TEST_F(netlink, too_long)
{
	static const struct {
		uint16_t type;
		size_t len;
		int err;
		const char *text;	/* NULL: generic netlink's own */
	} cases[] = {
		{ SEAL_A_SOCKET_AK_NAME, SEAL_AK_NAME_MAX + 1, -ERANGE,
		  "the attribute is too long" },
		{ SEAL_A_SOCKET_PCR_DIGEST, SEAL_PCR_DIGEST_MAX + 1, -ERANGE,
		  "the attribute is too long" },
		{ SEAL_A_SOCKET_CONNECTION_ID, 17, -ERANGE },
		{ SEAL_A_SOCKET_CONNECTION_ID, 15, -ERANGE },
		{ SEAL_A_SOCKET_TX_INFO, 1000, -EINVAL, "the key has a wrong length" },
		{ SEAL_A_SOCKET_RX_INFO, 3, -EINVAL, "the key has a wrong length" },
		{ SEAL_A_SOCKET_DEADLINE, 4, -EINVAL },
		{ SEAL_A_SOCKET_AUTHENTICATED, 8, -EINVAL },
	};
	unsigned int i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		attach_msg(&self->msg, self->fd[0], true, boottime() + 100 * SEC);
		drop(&self->msg, cases[i].type);
		msg_put(&self->msg, cases[i].type, self->big, cases[i].len);
		EXPECT_EQ(cases[i].err, nl_call(&self->nl, &self->msg)) {
			TH_LOG("case %u", i);
		}
		EXPECT_NE(0, self->nl.extack[0]);
		EXPECT_STREQ(cases[i].text ?: self->nl.extack, self->nl.extack);
	}
}

TEST_F(netlink, texts)
{
	static const struct {
		uint16_t type;
		size_t len;
	} cases[] = {
		{ SEAL_A_SOCKET_PEER, 256 },
		{ SEAL_A_SOCKET_POLICY, 64 },
		{ SEAL_A_SOCKET_CLAIMS, 256 },
	};
	unsigned int i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		attach_msg(&self->msg, self->fd[0], true, boottime() + 100 * SEC);
		drop(&self->msg, cases[i].type);
		self->big[cases[i].len] = 0;
		msg_put(&self->msg, cases[i].type, self->big, cases[i].len + 1);
		refused(-EINVAL);
		self->big[cases[i].len] = 'x';

		/* Not terminated. */
		drop(&self->msg, cases[i].type);
		msg_put(&self->msg, cases[i].type, self->big, 10);
		refused(-EINVAL);
	}
}

TEST_F(netlink, authenticated_is_a_bit)
{
	drop(&self->msg, SEAL_A_SOCKET_AUTHENTICATED);
	msg_u32(&self->msg, SEAL_A_SOCKET_AUTHENTICATED, 2);
	refused(-ERANGE);
}

TEST_F(netlink, negative_descriptor)
{
	drop(&self->msg, SEAL_A_SOCKET_SOCKFD);
	msg_u32(&self->msg, SEAL_A_SOCKET_SOCKFD, -1);
	refused(-ERANGE);
}

TEST_F(netlink, trailing_bytes)
{
	self->msg.hdr.nlmsg_len += 3;
	refused(-EINVAL);
}

TEST_F(netlink, truncated)
{
	self->msg.hdr.nlmsg_len -= 8;
	refused(-EINVAL);
}

TEST_F(netlink, old_tls)
{
	struct tls12_crypto_info_aes_gcm_128 key = key_make(1);

	key.info.version = TLS_1_2_VERSION;
	drop(&self->msg, SEAL_A_SOCKET_TX_INFO);
	msg_put(&self->msg, SEAL_A_SOCKET_TX_INFO, &key, sizeof(key));
	refused(-EINVAL);
}

TEST_F(netlink, unknown_command)
{
	self->msg.genl.cmd = SEAL_CMD_MAX + 1;
	EXPECT_EQ(-EOPNOTSUPP, nl_call(&self->nl, &self->msg));
	self->msg.genl.cmd = SEAL_CMD_STATUS_NTF;
	EXPECT_EQ(-EOPNOTSUPP, nl_call(&self->nl, &self->msg));
}

TEST_F(netlink, revoke_wants_a_selector)
{
	const char *text = "say which sockets to revoke";
	const uint8_t name[SEAL_AK_NAME_MAX + 1] = {};

	msg_init(&self->msg, SEAL_CMD_REVOKE);
	refused_for(-EINVAL, text);
	msg_str(&self->msg, SEAL_A_SOCKET_REASON, "why not");
	refused_for(-EINVAL, text);
	msg_init(&self->msg, SEAL_CMD_REVOKE);
	msg_u64(&self->msg, SEAL_A_SOCKET_ID, 0);
	refused_for(-EINVAL, text);
	/* Not all that showed no key. */
	msg_init(&self->msg, SEAL_CMD_REVOKE);
	msg_put(&self->msg, SEAL_A_SOCKET_AK_NAME, name, 0);
	refused_for(-ERANGE, "not the name of a key");
	msg_init(&self->msg, SEAL_CMD_REVOKE);
	msg_put(&self->msg, SEAL_A_SOCKET_AK_NAME, name, sizeof(name));
	refused_for(-ERANGE, "not the name of a key");
}

TEST_F(netlink, get_wants_one_name)
{
	msg_init(&self->msg, SEAL_CMD_GET);
	refused_for(-EINVAL, "give either an id or a socket");
	msg_u64(&self->msg, SEAL_A_SOCKET_ID, 1);
	msg_u32(&self->msg, SEAL_A_SOCKET_SOCKFD, self->fd[0]);
	refused_for(-EINVAL, "give either an id or a socket");
	msg_init(&self->msg, SEAL_CMD_GET);
	msg_u64(&self->msg, SEAL_A_SOCKET_ID, ~0ull);
	refused_for(-ENOENT, "no socket has this id");
	msg_init(&self->msg, SEAL_CMD_GET);
	msg_u32(&self->msg, SEAL_A_SOCKET_SOCKFD, self->fd[0]);
	EXPECT_EQ(0, nl_call(&self->nl, &self->msg));
	EXPECT_EQ(SEAL_STATE_NONE, nl_u32(&self->nl, SEAL_A_SOCKET_STATE, 99));
}

TEST_F(netlink, claim_wants_a_process)
{
	msg_init(&self->msg, SEAL_CMD_CLAIM);
	msg_u32(&self->msg, SEAL_A_SOCKET_SOCKFD, self->fd[0]);
	EXPECT_EQ(-EINVAL, nl_call(&self->nl, &self->msg));
	msg_u32(&self->msg, SEAL_A_SOCKET_PIDFD, self->fd[1]);
	refused_for(-EBADF, "not a descriptor of a process");
}

static void claim_msg(struct msg *msg, int fd, int pidfd)
{
	msg_init(msg, SEAL_CMD_CLAIM);
	msg_u32(msg, SEAL_A_SOCKET_SOCKFD, fd);
	msg_u32(msg, SEAL_A_SOCKET_PIDFD, pidfd);
}

/* The descriptor is one of a process, which is gone. */
TEST_F(netlink, claim_wants_a_living_process)
{
	pid_t pid = fork();
	int pidfd;

	if (!pid)
		_exit(0);
	pidfd = syscall(SYS_pidfd_open, pid, 0);
	ASSERT_LE(0, pidfd);
	ASSERT_EQ(pid, waitpid(pid, NULL, 0));
	claim_msg(&self->msg, self->fd[0], pidfd);
	refused_for(-ESRCH, "not a living process");
	close(pidfd);
}

/* Once, and only while it is pending. */
TEST_F(netlink, claim_wants_a_pending_socket)
{
	int pidfd = syscall(SYS_pidfd_open, getpid(), 0), fd[2];
	const uint32_t ms = 20000;

	ASSERT_EQ(0, pair_open(V4, fd));
	ASSERT_EQ(0, setsockopt(fd[0], IPPROTO_IP, SEAL_SO_REQUIRE, &ms, sizeof(ms)));
	claim_msg(&self->msg, fd[0], pidfd);
	EXPECT_EQ(0, nl_call(&self->nl, &self->msg));
	refused_for(-EBUSY, "another process was named before");
	ASSERT_EQ(0, attach(&self->nl, fd[0], true, boottime() + 100 * SEC, NULL));
	claim_msg(&self->msg, fd[0], pidfd);
	refused_for(-EINVAL, "the socket does not wait for a handshake");
	pair_close(fd);
	close(pidfd);
}

TEST_F(netlink, extend_wants_an_attested_socket)
{
	msg_init(&self->msg, SEAL_CMD_EXTEND);
	msg_u32(&self->msg, SEAL_A_SOCKET_SOCKFD, self->fd[0]);
	msg_u64(&self->msg, SEAL_A_SOCKET_DEADLINE, boottime() + 100 * SEC);
	refused_for(-ENOENT, "the socket is not attested");
}

/* Somebody else's socket: the claim says so and does nothing. */
TEST_F(netlink, claim_of_a_foreign_socket)
{
	int pidfd = syscall(SYS_pidfd_open, getpid(), 0);

	ASSERT_LE(0, pidfd);
	msg_init(&self->msg, SEAL_CMD_CLAIM);
	msg_u32(&self->msg, SEAL_A_SOCKET_SOCKFD, self->fd[0]);
	msg_u32(&self->msg, SEAL_A_SOCKET_PIDFD, pidfd);
	EXPECT_EQ(0, nl_call(&self->nl, &self->msg));
	EXPECT_EQ(SEAL_STATE_NONE, nl_u32(&self->nl, SEAL_A_SOCKET_STATE, 99));
	EXPECT_EQ(SEAL_CONSUMER_KERNEL, nl_u32(&self->nl, SEAL_A_SOCKET_CONSUMER, 99));
	close(pidfd);
}

static int drop_capabilities(void)
{
	struct __user_cap_header_struct hdr = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct none[2] = {};

	return syscall(SYS_capset, &hdr, none);
}

TEST_F(netlink, wants_a_capability)
{
	struct nl events;
	int i;

	ASSERT_EQ(0, drop_capabilities());
	EXPECT_EQ(-EPERM, nl_call(&self->nl, &self->msg));
	for (i = SEAL_CMD_CLAIM; i <= SEAL_CMD_MAX; i++) {
		/* The second is a dump only. */
		if (i == SEAL_CMD_STATUS_NTF || i == SEAL_CMD_RULES_GET)
			continue;
		self->msg.genl.cmd = i;
		EXPECT_EQ(-EPERM, nl_call(&self->nl, &self->msg));
	}
	msg_init(&self->msg, SEAL_CMD_GET);
	self->msg.hdr.nlmsg_flags |= NLM_F_DUMP;
	EXPECT_EQ(-EPERM, nl_call(&self->nl, &self->msg));
	msg_init(&self->msg, SEAL_CMD_RULES_GET);
	self->msg.hdr.nlmsg_flags |= NLM_F_DUMP;
	EXPECT_EQ(-EPERM, nl_call(&self->nl, &self->msg));
	ASSERT_EQ(0, nl_open(&events, "seal", "status"));
	EXPECT_EQ(-EPERM, nl_subscribe(&events));
}

TEST_F(netlink, keys_do_not_come_back)
{
	struct tls12_crypto_info_aes_gcm_128 tx = key_make(1), rx = key_make(2);
	char policy[] = "test";
	struct msg msg;
	int udp = socket(AF_INET, SOCK_DGRAM, 0), fd[2];

	/* Not what we see to: a message that the policies refuse is never ours. */
	msg = self->msg;
	msg_put(&msg, SEAL_A_SOCKET_MAX + 1, NULL, 0);
	EXPECT_EQ(1, comes_back(&self->nl, &msg, tx.key, sizeof(tx.key)));
	/* Refused before anything is done, */
	msg = self->msg;
	msg_u32(&msg, SEAL_A_SOCKET_AUTHENTICATED, 1);
	EXPECT_EQ(0, comes_back(&self->nl, &msg, tx.key, sizeof(tx.key)));
	EXPECT_EQ(0, comes_back(&self->nl, &msg, rx.key, sizeof(rx.key)));
	msg = self->msg;
	msg_put(&msg, SEAL_A_SOCKET_TX_INFO, &tx, sizeof(tx));
	EXPECT_EQ(0, comes_back(&self->nl, &msg, tx.key, sizeof(tx.key)));
	/* for what it says, */
	attach_msg(&msg, self->fd[0], true, 1);
	EXPECT_EQ(0, comes_back(&self->nl, &msg, tx.key, sizeof(tx.key)));
	attach_msg(&msg, 1000, true, boottime() + 100 * SEC);
	EXPECT_EQ(0, comes_back(&self->nl, &msg, tx.key, sizeof(tx.key)));
	/* and for the socket it is about. The rest of it is what was sent. */
	attach_msg(&msg, udp, true, boottime() + 100 * SEC);
	EXPECT_EQ(0, comes_back(&self->nl, &msg, tx.key, sizeof(tx.key)));
	EXPECT_EQ(0, comes_back(&self->nl, &msg, rx.key, sizeof(rx.key)));
	EXPECT_EQ(1, comes_back(&self->nl, &msg, policy, sizeof(policy)));
	close(udp);
	/* What is refused after the command was read is wiped where one that succeeds is. */
	ASSERT_EQ(0, pair_open(V4, fd));
	ASSERT_EQ(0, pair_plain_tls(fd));
	attach_msg(&msg, fd[0], true, boottime() + 100 * SEC);
	EXPECT_EQ(0, comes_back(&self->nl, &msg, tx.key, sizeof(tx.key)));
	EXPECT_EQ(0, comes_back(&self->nl, &msg, rx.key, sizeof(rx.key)));
	EXPECT_EQ(1, comes_back(&self->nl, &msg, policy, sizeof(policy)));
	pair_close(fd);
}

TEST_HARNESS_MAIN
