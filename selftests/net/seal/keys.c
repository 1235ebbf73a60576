// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys on their way to kTLS: who slips in meanwhile spoils the attach, who comes
 * late changes nothing, and the message that brought them keeps nothing.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <string.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "hostile.h"
#include "insider/insider.h"
#include "lib.h"
#include "stage.h"

FIXTURE(keys)
{
	struct nl nl;
	int fd[2];
};

FIXTURE_SETUP(keys)
{
	ASSERT_EQ(0, netns_new());
	ASSERT_EQ(0, nl_open(&self->nl, "seal", NULL));
	ASSERT_EQ(0, pair_open(V4, self->fd));
}

FIXTURE_TEARDOWN(keys)
{
	pair_close(self->fd);
	nl_close(&self->nl);
}

static int insider;

/* Reads from TCP itself, or writes there, as soon as keys are being installed. */
static ssize_t do_slip(int fd, int op)
{
	struct insider_call call = { .fd = fd, .op = op };

	return ioctl(insider, INSIDER_CALL, &call);
}

static void spoils(struct __test_metadata *_metadata, FIXTURE_DATA(keys) *self,
		   enum insider_op op, const char *why)
{
	uint64_t end = boottime() + 100 * SEC;
	struct call slip;
	int slipped = 0;

	insider = insider_open();
	ASSERT_LE(0, insider);
	/* Who comes when the keys are in place already has done nothing. */
	while (slipped < 3 && boottime() < end) {
		int err;

		pair_close(self->fd);
		ASSERT_EQ(0, pair_open(V4, self->fd));
		if (op == INSIDER_SLIP)
			ASSERT_EQ(4096, do_send(self->fd[1], 0));
		call_start(&slip, do_slip, self->fd[0], op);
		msleep(10);
		err = attach(&self->nl, self->fd[0], true, boottime() + 100 * SEC, NULL);
		ASSERT_TRUE(call_end(&slip, 60000));
		if (slip.result <= 0)
			continue;
		slipped++;
		EXPECT_EQ(-EBUSY, err);
		EXPECT_STREQ(why, self->nl.extack);
		EXPECT_EQ(-1, do_send(self->fd[0], 0));
		EXPECT_EQ(EKEYREJECTED, errno);
		EXPECT_EQ(-1, do_recv(self->fd[0], 0));
		EXPECT_EQ(EKEYREJECTED, errno);
	}
	EXPECT_EQ(3, slipped);
	insider_close(insider);
}

/* The bytes it took are records that kTLS never saw, or part of one. */
TEST_F_TIMEOUT(keys, who_reads_meanwhile_spoils_it, 120)
{
	spoils(_metadata, self, INSIDER_SLIP, "somebody read while the keys were installed");
}

/* What it sent is clear text. */
TEST_F_TIMEOUT(keys, who_writes_meanwhile_spoils_it, 120)
{
	spoils(_metadata, self, INSIDER_SLIP_SEND,
	       "somebody wrote while the keys were installed");
}

/* A key set or told as if the call had come past the table before it was ours. */
static ssize_t late(int fd, enum insider_op op, struct tls12_crypto_info_aes_gcm_128 *key)
{
	struct insider_call call = { .fd = fd, .op = op };
	ssize_t result;

	memcpy(call.data, key, sizeof(*key));
	result = ioctl(insider, INSIDER_CALL, &call) ? -errno : 0;
	memcpy(key, call.data, sizeof(*key));
	return result;
}

/* How many late calls got what they wanted. */
static int late_calls(int fd)
{
	struct tls12_crypto_info_aes_gcm_128 key = key_make(9), zero = {};
	int done = 0;

	done += !late(fd, INSIDER_SET_TX, &key);
	done += !late(fd, INSIDER_SET_RX, &key);
	key = zero;
	done += !late(fd, INSIDER_GET_TX, &key) || memcmp(key.key, zero.key, sizeof(key.key));
	done += !late(fd, INSIDER_GET_RX, &key) || memcmp(key.key, zero.key, sizeof(key.key));
	return done;
}

TEST_F(keys, who_comes_late_gets_nothing)
{
	uint64_t id[2];

	insider = insider_open();
	ASSERT_LE(0, insider);
	ASSERT_EQ(0, pair_attach(&self->nl, self->fd, id));
	EXPECT_EQ(0, late_calls(self->fd[0]));
	EXPECT_EQ(4096, do_send(self->fd[0], 0));
	EXPECT_EQ(4096, do_recv(self->fd[1], 0));
	EXPECT_EQ(4096, do_send(self->fd[1], 0));
	EXPECT_EQ(4096, do_recv(self->fd[0], 0));
	/* With a table of its own kTLS would take the gate away. */
	ASSERT_EQ(0, revoke_id(&self->nl, id[0]));
	EXPECT_EQ(0, late_calls(self->fd[0]));
	EXPECT_EQ(-1, do_send(self->fd[0], 0));
	EXPECT_EQ(EKEYREJECTED, errno);
	insider_close(insider);
}

TEST_F(keys, who_comes_late_to_a_pending_socket_gets_nothing)
{
	uint32_t ms = 60000;

	insider = insider_open();
	ASSERT_LE(0, insider);
	ASSERT_EQ(0, setsockopt(self->fd[0], IPPROTO_IP, SEAL_SO_REQUIRE, &ms, sizeof(ms)));
	EXPECT_EQ(0, late_calls(self->fd[0]));
	EXPECT_EQ(-1, do_send(self->fd[0], MSG_DONTWAIT));
	EXPECT_EQ(EAGAIN, errno);
	insider_close(insider);
}

/* One key is in, the other was refused: there is room for one of somebody else. */
TEST_F(keys, who_comes_late_to_a_failed_attach_gets_nothing)
{
	struct tls12_crypto_info_aes_gcm_256 rx = {
		.info.version = TLS_1_3_VERSION,
		.info.cipher_type = TLS_CIPHER_AES_GCM_256,
	};
	struct msg msg;

	insider = insider_open();
	ASSERT_LE(0, insider);
	attach_msg(&msg, self->fd[0], true, boottime() + 100 * SEC);
	msg.hdr.nlmsg_len -= NLA_HDRLEN + sizeof(struct tls12_crypto_info_aes_gcm_128);
	msg_put(&msg, SEAL_A_SOCKET_RX_INFO, &rx, sizeof(rx));
	ASSERT_EQ(-EINVAL, nl_call(&self->nl, &msg));
	EXPECT_STREQ("kTLS refused the receiving key", self->nl.extack);
	EXPECT_EQ(0, late_calls(self->fd[0]));
	EXPECT_EQ(-1, do_send(self->fd[0], 0));
	EXPECT_EQ(EKEYREJECTED, errno);
	insider_close(insider);
}

static ssize_t do_slip_key(int fd, int arg)
{
	struct tls12_crypto_info_aes_gcm_128 key = key_make(9);

	return late(fd, INSIDER_SLIP_SET_TX, &key);
}

/* Since 6.14. */
static bool keys_change(void)
{
	struct tls12_crypto_info_aes_gcm_128 key = key_make(9);
	bool change;
	int fd[2];

	if (pair_open(V4, fd))
		return false;
	change = !pair_plain_tls(fd) && !setsockopt(fd[0], SOL_TLS, TLS_TX, &key, sizeof(key));
	pair_close(fd);
	return change;
}

/* The verdict would be about others. Once it is given they cannot be set. */
TEST_F_TIMEOUT(keys, who_sets_another_meanwhile_spoils_it, 120)
{
	int slipped = 0, tries;
	struct call slip;

	insider = insider_open();
	ASSERT_LE(0, insider);
	for (tries = 0; tries < 50 && slipped < 3; tries++) {
		int err;

		pair_close(self->fd);
		ASSERT_EQ(0, pair_open(V4, self->fd));
		call_start(&slip, do_slip_key, self->fd[0], 0);
		msleep(10);
		err = attach(&self->nl, self->fd[0], true, boottime() + 100 * SEC, NULL);
		ASSERT_TRUE(call_end(&slip, 60000));
		if (slip.result) {
			EXPECT_EQ(-EBUSY, slip.result);
			EXPECT_EQ(0, err);
			continue;
		}
		slipped++;
		EXPECT_EQ(-EBUSY, err);
		EXPECT_STREQ("somebody set other keys", self->nl.extack);
	}
	EXPECT_EQ(keys_change(), slipped > 0);
	TH_LOG("%d of %d slipped in", slipped, tries);
	insider_close(insider);
}

/* The message as the kernel has it afterwards: a refusal sends it back. */
static int message_after(struct nl *nl, struct msg *msg, char *buf, size_t size)
{
	struct nlmsghdr *hdr = (void *)buf;
	struct nlmsgerr *err = NLMSG_DATA(hdr);
	int error;

	msg->hdr.nlmsg_type = nl->family;
	msg->hdr.nlmsg_seq = ++nl->seq;
	if (send(nl->fd, msg, msg->hdr.nlmsg_len, 0) < 0)
		return -errno;
	if (recv(nl->fd, buf, size, 0) < (ssize_t)NLMSG_LENGTH(msg->hdr.nlmsg_len))
		return -EMSGSIZE;
	error = err->error;
	if (hdr->nlmsg_type != NLMSG_ERROR || !error)
		return -EPROTO;
	memmove(buf, &err->msg, msg->hdr.nlmsg_len);
	return error;
}

TEST_F(keys, nothing_of_them_stays_in_the_message)
{
	struct tls12_crypto_info_aes_gcm_128 zero = {}, tx = key_make(1);
	char buf[16384];
	struct msg msg;
	size_t tx_at;

	/* Refused before anything was looked at, and after both were used. */
	attach_msg(&msg, self->fd[0], true, boottime());
	ASSERT_GT(0, message_after(&self->nl, &msg, buf, sizeof(buf)));
	tx_at = msg.hdr.nlmsg_len - 2 * sizeof(tx) - NLA_HDRLEN;
	ASSERT_EQ(0, memcmp((char *)&msg + tx_at, &tx, sizeof(tx)));
	EXPECT_EQ(0, memcmp(buf + tx_at, &zero, sizeof(zero)));
	EXPECT_EQ(0, memcmp(buf + msg.hdr.nlmsg_len - sizeof(zero), &zero, sizeof(zero)));

	ASSERT_EQ(0, attach(&self->nl, self->fd[0], true, boottime() + 100 * SEC, NULL));
	attach_msg(&msg, self->fd[0], true, boottime() + 100 * SEC);
	ASSERT_EQ(-EEXIST, message_after(&self->nl, &msg, buf, sizeof(buf)));
	EXPECT_EQ(0, memcmp(buf + tx_at, &zero, sizeof(zero)));
	EXPECT_EQ(0, memcmp(buf + msg.hdr.nlmsg_len - sizeof(zero), &zero, sizeof(zero)));
}

/* Options that call the operations of the socket that the sock has just then. */
static volatile bool stop;

static ssize_t do_peername(int fd, int arg)
{
	struct sockaddr_in addr;
	ssize_t named = 0;
	socklen_t len;

	while (!stop) {
		len = sizeof(addr);
		if (getsockopt(fd, SOL_SOCKET, SO_PEERNAME, &addr, &len))
			return -1;
		named++;
	}
	return named;
}

static ssize_t do_rcvlowat(int fd, int arg)
{
	int one = 1;
	ssize_t set = 0;

	while (!stop) {
		if (setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &one, sizeof(one)) ||
		    setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &one, sizeof(one)))
			return -1;
		set++;
	}
	return set;
}

/* Beside one attach after the other, for a few seconds: how often it failed. */
static int beside_attach(struct nl *nl, ssize_t (*option)(int fd, int arg))
{
	uint64_t end = boottime() + 4 * SEC;
	int round, failed = 0, fd[2];
	uint32_t ms = 0;

	for (round = 0; round < 200 && boottime() < end; round++) {
		struct call call;

		stop = false;
		if (pair_open(V4, fd) ||
		    setsockopt(fd[0], IPPROTO_IP, SEAL_SO_REQUIRE, &ms, sizeof(ms)))
			return -1;
		call_start(&call, option, fd[0], 0);
		usleep(500);
		failed += !!attach(nl, fd[0], true, boottime() + 100 * SEC, NULL);
		stop = true;
		if (!call_end(&call, 10000))
			return -1;
		failed += call.result < 0;
		pair_close(fd);
	}
	return failed;
}

/* Nobody needs a privilege for that, and without the lock of the socket. */
TEST_F(keys, who_asks_for_the_name_of_the_peer_meanwhile_is_told)
{
	EXPECT_EQ(0, beside_attach(&self->nl, do_peername));
}

TEST_F(keys, who_sets_an_option_meanwhile_has_set_it)
{
	EXPECT_EQ(0, beside_attach(&self->nl, do_rcvlowat));
}

static struct nl *agent;

static ssize_t do_attach(int fd, int arg)
{
	errno = -attach(agent, fd, true, boottime() + 100 * SEC, NULL);
	return errno ? -1 : 0;
}

static ssize_t do_family(int fd, int arg)
{
	struct insider_call call = { .fd = fd, .op = INSIDER_FAMILY };

	return ioctl(insider, INSIDER_CALL, &call) ? -errno : 0;
}

/*
 * A caller sleeps in a page fault with the lock of the socket, and the attach waits
 * for it. Who loads a family of generic netlink waits for all that are in a call of
 * generic netlink, and everybody behind him.
 */
TEST_F(keys, an_attach_that_waits_holds_up_no_other)
{
	struct call attaches, family;
	struct hostiles holder;
	bool came;

	insider = insider_open();
	ASSERT_LE(0, insider);
	agent = &self->nl;
	ASSERT_EQ(0, hostile_holds(&holder, self->fd[0]));
	call_start(&attaches, do_attach, self->fd[0], 0);
	msleep(300);
	EXPECT_FALSE(attaches.returned);
	call_start(&family, do_family, self->fd[0], 0);
	came = call_end(&family, 5000);
	EXPECT_TRUE(came);
	EXPECT_FALSE(attaches.returned);
	EXPECT_EQ(0, hostile_lets_go(&holder));
	ASSERT_TRUE(call_end(&attaches, 20000));
	EXPECT_EQ(0, attaches.result);
	ASSERT_TRUE(came || call_end(&family, 20000));
	EXPECT_EQ(0, family.result);
	EXPECT_EQ(4096, do_send(self->fd[0], 0));
	insider_close(insider);
}

/* The refusal, and not only success, comes when all is done. */
TEST_F(keys, an_attach_that_waited_tells_why_it_failed)
{
	struct hostiles holder;
	struct call attaches;

	agent = &self->nl;
	ASSERT_EQ(0, hostile_holds(&holder, self->fd[0]));
	call_start(&attaches, do_attach, self->fd[0], 0);
	msleep(300);
	EXPECT_FALSE(attaches.returned);
	EXPECT_EQ(0, shutdown(self->fd[1], SHUT_RDWR));
	EXPECT_EQ(0, hostile_lets_go(&holder));
	ASSERT_TRUE(call_end(&attaches, 20000));
	EXPECT_EQ(-ENOTCONN, attaches.result);
	EXPECT_STREQ("cannot put kTLS and tables on the socket", self->nl.extack);
}

/* By an agent of its own; NULL: all, 0: whatever its id is. */
static int revoke_peer(const char *peer, uint64_t id)
{
	struct msg msg;
	struct nl nl;
	int err;

	err = nl_open(&nl, "seal", NULL);
	if (err)
		return err;
	msg_init(&msg, SEAL_CMD_REVOKE);
	if (id)
		msg_u64(&msg, SEAL_A_SOCKET_ID, id);
	if (peer)
		msg_str(&msg, SEAL_A_SOCKET_PEER, peer);
	else
		msg_put(&msg, SEAL_A_SOCKET_ALL, NULL, 0);
	err = nl_call(&nl, &msg);
	nl_close(&nl);
	return err;
}

static void revoked_meanwhile(struct __test_metadata *_metadata, struct nl *nl, int fd,
			      const char *peer)
{
	struct seal_status st = {};
	struct hostiles holder;
	struct call attaches;

	agent = nl;
	ASSERT_EQ(0, hostile_holds(&holder, fd));
	call_start(&attaches, do_attach, fd, 0);
	msleep(300);
	EXPECT_FALSE(attaches.returned);
	EXPECT_EQ(0, revoke_peer(peer, 0));
	EXPECT_EQ(0, hostile_lets_go(&holder));
	ASSERT_TRUE(call_end(&attaches, 20000));
	EXPECT_EQ(-ECANCELED, attaches.result);
	EXPECT_STREQ("something was revoked meanwhile", nl->extack);
	EXPECT_EQ(0, status_get(fd, &st));
	EXPECT_EQ(SEAL_STATE_REJECTED, st.state);
	EXPECT_EQ(-1, do_send(fd, 0));
}

/* A revoke finds nothing of the socket, which would be open after it. */
TEST_F(keys, an_attach_that_waited_does_not_survive_a_revoke)
{
	revoked_meanwhile(_metadata, &self->nl, self->fd[0], NULL);
}

TEST_F(keys, nor_one_by_a_name_that_only_it_knows)
{
	revoked_meanwhile(_metadata, &self->nl, self->fd[0], "dns:second");
}

/* An agent that found its verdict between the claim and now. */
static int attach_since(struct nl *nl, int fd, bool first, uint32_t revokes)
{
	struct msg msg;

	attach_msg(&msg, fd, first, boottime() + 3600 * SEC);
	msg_u32(&msg, SEAL_A_SOCKET_REVOKES, revokes);
	return nl_call(nl, &msg);
}

/* What it was found by may have been taken back, and the socket was not there to be closed. */
TEST_F(keys, a_verdict_from_before_a_revoke_opens_nothing)
{
	uint32_t revokes;

	ASSERT_EQ(0, claim(&self->nl, self->fd[0]));
	revokes = nl_u32(&self->nl, SEAL_A_SOCKET_REVOKES, 0x80000000);
	EXPECT_EQ(0, revoke_peer("dns:somebody.else", 0));
	EXPECT_EQ(-ECANCELED, attach_since(&self->nl, self->fd[0], true, revokes));
	EXPECT_STREQ("something was revoked meanwhile", self->nl.extack);
	EXPECT_EQ(SEAL_STATE_REJECTED, state_of(self->fd[0]));
	EXPECT_EQ(-1, do_send(self->fd[0], 0));
}

TEST_F(keys, one_from_after_it_does)
{
	uint32_t revokes;
	int more[2];

	ASSERT_EQ(0, pair_open(V4, more));
	EXPECT_EQ(0, revoke_peer("dns:somebody.else", 0));
	ASSERT_EQ(0, claim(&self->nl, self->fd[0]));
	revokes = nl_u32(&self->nl, SEAL_A_SOCKET_REVOKES, 0x80000000);
	EXPECT_EQ(0, attach_since(&self->nl, self->fd[0], true, revokes));
	EXPECT_EQ(SEAL_STATE_ATTESTED, state_of(self->fd[0]));
	/* One that cannot have meant it. */
	ASSERT_EQ(0, revoke_id(&self->nl, nl_u64(&self->nl, SEAL_A_SOCKET_ID)));
	EXPECT_EQ(0, attach_since(&self->nl, more[0], true, revokes));
	pair_close(more);
}

static int require(int fd)
{
	uint32_t ms = 60000;

	return setsockopt(fd, IPPROTO_IP, SEAL_SO_REQUIRE, &ms, sizeof(ms));
}

/* The id finds it, and would if the name were not to match as well. */
TEST_F(keys, nor_one_by_its_id_and_a_name_that_only_it_knows)
{
	struct seal_status st = {};
	struct hostiles holder;
	struct call attaches;

	agent = &self->nl;
	ASSERT_EQ(0, hostile_comes(&holder, self->fd[0]));
	ASSERT_EQ(0, require(self->fd[0]));
	ASSERT_EQ(0, hostile_goes_on(&holder));
	ASSERT_EQ(0, status_get(self->fd[0], &st));
	call_start(&attaches, do_attach, self->fd[0], 0);
	msleep(300);
	EXPECT_FALSE(attaches.returned);
	EXPECT_EQ(0, revoke_peer("dns:second", st.id));
	EXPECT_EQ(0, hostile_lets_go(&holder));
	ASSERT_TRUE(call_end(&attaches, 20000));
	EXPECT_EQ(-ECANCELED, attaches.result);
	EXPECT_STREQ("something was revoked meanwhile", self->nl.extack);
	EXPECT_EQ(SEAL_STATE_REJECTED, state_of(self->fd[0]));
	EXPECT_EQ(-1, do_send(self->fd[0], 0));
}

/* An agent that waits for him is not there for the others. */
static void nobody_waits(struct __test_metadata *_metadata, struct nl *nl, int fd,
			 int (*hold)(struct hostiles *h, int fd), ssize_t result)
{
	struct call attaches;
	struct hostiles holder;

	agent = nl;
	ASSERT_EQ(0, require(fd));
	ASSERT_EQ(0, hold(&holder, fd));
	call_start(&attaches, do_attach, fd, 0);
	EXPECT_TRUE(call_end(&attaches, 5000));
	EXPECT_FALSE(holder.each->call.returned);
	EXPECT_EQ(result, hostile_lets_go(&holder));
	if (!attaches.returned)
		ASSERT_TRUE(call_end(&attaches, 20000));
	EXPECT_EQ(0, attaches.result);
	EXPECT_EQ(4096, do_send(fd, 0));
}

TEST_F(keys, who_sets_an_option_of_a_pending_socket_does_not_keep_it)
{
	nobody_waits(_metadata, &self->nl, self->fd[0], hostile_holds, 0);
}

TEST_F(keys, who_asks_for_an_option_of_a_pending_socket_does_not_keep_it)
{
	nobody_waits(_metadata, &self->nl, self->fd[0], hostile_asks, -EINVAL);
}

static ssize_t do_peer(int fd, int nr)
{
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);

	return getpeername(fd, (void *)&addr, &len) ? -errno : (ssize_t)len;
}

/*
 * One that came before the gate keeps the socket all the same. An agent can ask whose it is,
 * and attach it in a process that waits, which opens it, or nothing if it is killed.
 */
static void another_waits(struct __test_metadata *_metadata, struct nl *nl, int fd,
			  struct hostiles *holder, ssize_t result)
{
	struct call asks;
	uint32_t number;
	int status;
	pid_t pid;

	number = nl_port(nl);
	pid = fork();
	if (!pid) {
		struct nl mine;

		_exit(nl_open(&mine, "seal", NULL) ||
		      attach_for(&mine, number, fd, true, boottime() + 100 * SEC));
	}
	msleep(300);
	call_start(&asks, do_peer, fd, 0);
	EXPECT_TRUE(call_end(&asks, 5000));
	EXPECT_EQ((ssize_t)sizeof(struct sockaddr_in), asks.result);
	EXPECT_EQ(0, waitpid(pid, &status, WNOHANG));
	EXPECT_FALSE(holder->each->call.returned);
	EXPECT_EQ(result, hostile_lets_go(holder));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(4096, do_send(fd, 0));
	/* It is the agent's, and not of the process, which has ended. */
	nl_close(nl);
	EXPECT_EQ(SEAL_STATE_REVOKED, wait_state(fd, SEAL_STATE_REVOKED));
	ASSERT_EQ(0, nl_open(nl, "seal", NULL));
}

TEST_F(keys, who_came_before_the_gate_keeps_only_who_attaches)
{
	struct hostiles holder;

	ASSERT_EQ(0, nl_register(&self->nl, SEAL_ON_DEATH_CLOSE));
	ASSERT_EQ(0, hostile_comes(&holder, self->fd[0]));
	ASSERT_EQ(0, require(self->fd[0]));
	ASSERT_EQ(0, hostile_goes_on(&holder));
	another_waits(_metadata, &self->nl, self->fd[0], &holder, 0);
}

TEST_F(keys, who_asks_for_a_filter_keeps_only_who_attaches)
{
	struct sock_filter all = BPF_STMT(BPF_RET | BPF_K, 0xffffffff);
	struct sock_fprog prog = { .len = 1, .filter = &all };
	struct hostiles holder;

	ASSERT_EQ(0, nl_register(&self->nl, SEAL_ON_DEATH_CLOSE));
	ASSERT_EQ(0, setsockopt(self->fd[0], SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)));
	ASSERT_EQ(0, require(self->fd[0]));
	ASSERT_EQ(0, hostile_dumps(&holder, self->fd[0]));
	another_waits(_metadata, &self->nl, self->fd[0], &holder, 0);
}

/* One that is closed before the agent hears of it is in its queue all the same. */
TEST_F(keys, a_closed_socket_tells_its_names_without_the_lock)
{
	struct hostiles holder;
	uint32_t zero = 0;
	struct call asks;

	ASSERT_EQ(0, hostile_comes(&holder, self->fd[0]));
	ASSERT_EQ(0, require(self->fd[0]));
	ASSERT_EQ(0, hostile_goes_on(&holder));
	setsockopt(self->fd[0], IPPROTO_IP, SEAL_SO_REVOKE, &zero, sizeof(zero));
	EXPECT_EQ(SEAL_STATE_REVOKED, state_of(self->fd[0]));
	call_start(&asks, do_peer, self->fd[0], 0);
	EXPECT_TRUE(call_end(&asks, 5000));
	EXPECT_EQ((ssize_t)sizeof(struct sockaddr_in), asks.result);
	EXPECT_FALSE(holder.each->call.returned);
	hostile_lets_go(&holder);
	if (!asks.returned)
		ASSERT_TRUE(call_end(&asks, 20000));
}

/* An agent that dies while another process attaches for it leaves nothing open. */
TEST_F(keys, an_attach_that_waited_does_not_survive_its_agent)
{
	struct seal_status st = {};
	struct hostiles holder;
	uint32_t number;
	int status;
	pid_t pid;

	ASSERT_EQ(0, nl_register(&self->nl, SEAL_ON_DEATH_CLOSE));
	number = nl_port(&self->nl);
	ASSERT_EQ(0, hostile_holds(&holder, self->fd[0]));
	pid = fork();
	if (!pid) {
		struct nl mine;

		if (nl_open(&mine, "seal", NULL))
			_exit(1);
		close(self->nl.fd);
		_exit(-attach_for(&mine, number, self->fd[0], true,
				  boottime() + 100 * SEC));
	}
	msleep(300);
	nl_close(&self->nl);
	EXPECT_EQ(0, waitpid(pid, &status, WNOHANG));
	EXPECT_EQ(0, hostile_lets_go(&holder));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(ECANCELED, WEXITSTATUS(status));
	EXPECT_EQ(0, status_get(self->fd[0], &st));
	EXPECT_EQ(SEAL_STATE_REJECTED, st.state);
	EXPECT_EQ(-1, do_send(self->fd[0], 0));
	ASSERT_EQ(0, nl_open(&self->nl, "seal", NULL));
}

/* Options are what they were, also where their memory has to be brought. */
TEST_F(keys, options_of_a_pending_socket_are_set_and_told)
{
	struct linger linger = { .l_onoff = 1, .l_linger = 7 }, told = {};
	struct timeval tv = { .tv_sec = 5 };
	int one = 1, maxseg = 0;
	socklen_t len;
	char *fresh;

	ASSERT_EQ(0, require(self->fd[0]));
	EXPECT_EQ(0, setsockopt(self->fd[0], SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)));
	len = sizeof(told);
	EXPECT_EQ(0, getsockopt(self->fd[0], SOL_SOCKET, SO_LINGER, &told, &len));
	EXPECT_EQ(7, told.l_linger);
	EXPECT_EQ(0, setsockopt(self->fd[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	EXPECT_EQ(0, setsockopt(self->fd[0], IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)));
	EXPECT_EQ(-1, setsockopt(self->fd[0], IPPROTO_TCP, TCP_NODELAY, NULL, sizeof(one)));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, setsockopt(self->fd[0], SOL_SOCKET, 4711, &one, sizeof(one)));
	EXPECT_EQ(ENOPROTOOPT, errno);
	len = sizeof(maxseg);
	EXPECT_EQ(0, getsockopt(self->fd[0], IPPROTO_TCP, TCP_MAXSEG, &maxseg, &len));
	EXPECT_LT(0, maxseg);
	EXPECT_EQ(-1, getsockopt(self->fd[0], IPPROTO_TCP, TCP_MAXSEG, NULL, &len));
	EXPECT_EQ(EFAULT, errno);
	fresh = mmap(NULL, 2 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, fresh);
	EXPECT_EQ(0, setsockopt(self->fd[0], SOL_SOCKET, SO_LINGER, fresh, sizeof(linger)));
	len = sizeof(maxseg);
	EXPECT_EQ(0, getsockopt(self->fd[0], IPPROTO_TCP, TCP_MAXSEG, fresh + 4096, &len));
	munmap(fresh, 2 * 4096);
}

TEST_HARNESS_MAIN
