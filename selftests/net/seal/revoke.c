// SPDX-License-Identifier: GPL-2.0-only
/*
 * Revoke: whoever was inside comes out with a partial count or the errno, never
 * with the end of the stream; whoever comes later moves no byte.
 */

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <linux/userfaultfd.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "hostile.h"
#include "lib.h"
#include "uring.h"
#include "waits.h"

#define BIG	(64 << 20)	/* more than any socket buffer holds */

/* Who was inside is out before the answer; so long he may take to look at the clock. */
#define LOOK_NS	(2 * SEC)

FIXTURE(revoke)
{
	struct nl nl;
	int fd[2];
	uint64_t id[2];
};

FIXTURE_VARIANT(revoke)
{
	enum family family;
};

FIXTURE_VARIANT_ADD(revoke, v4) { .family = V4 };
FIXTURE_VARIANT_ADD(revoke, v6) { .family = V6 };
FIXTURE_VARIANT_ADD(revoke, mapped) { .family = MAPPED };

FIXTURE_SETUP(revoke)
{
	ASSERT_EQ(0, netns_new());
	ASSERT_EQ(0, nl_open(&self->nl, "seal", "status"));
	ASSERT_EQ(0, pair_open(variant->family, self->fd));
	ASSERT_EQ(0, pair_attach(&self->nl, self->fd, self->id));
}

FIXTURE_TEARDOWN(revoke)
{
	pair_close(self->fd);
	nl_close(&self->nl);
}

TEST_F(revoke, blocked_readers)
{
	struct call call[6];
	uint64_t answered;
	int i;

	call_start(&call[0], do_recv, self->fd[0], 0);
	call_start(&call[1], do_recv, self->fd[0], 0);
	call_start(&call[2], do_recv, self->fd[0], MSG_PEEK);
	call_start(&call[3], do_recv, self->fd[0], MSG_WAITALL);
	call_start(&call[4], do_splice, self->fd[0], 0);
	call_start(&call[5], do_splice, self->fd[0], 0);
	msleep(100);
	ASSERT_EQ(0, revoke_id(&self->nl, self->id[0]));
	answered = boottime();
	EXPECT_EQ(1, nl_u32(&self->nl, SEAL_A_SOCKET_COUNT, 99));
	EXPECT_EQ(0, nl_u32(&self->nl, SEAL_A_SOCKET_DRAINING, 99));
	for (i = 0; i < 6; i++) {
		ASSERT_TRUE(call_end(&call[i], 10000));
		EXPECT_EQ(-EKEYREJECTED, call[i].result);
		EXPECT_GT(answered + LOOK_NS, call[i].when);
	}
}

TEST_F(revoke, blocked_writers)
{
	struct call call[3];
	uint64_t answered;
	int i;

	for (i = 0; i < 3; i++)
		call_start(&call[i], do_send_all, self->fd[0], BIG);
	msleep(200);
	ASSERT_EQ(0, revoke_id(&self->nl, self->id[0]));
	answered = boottime();
	EXPECT_EQ(0, nl_u32(&self->nl, SEAL_A_SOCKET_DRAINING, 99));
	for (i = 0; i < 3; i++) {
		ASSERT_TRUE(call_end(&call[i], 10000));
		EXPECT_LT(call[i].result, BIG);
		EXPECT_GT(answered + LOOK_NS, call[i].when);
		if (call[i].result <= 0) {
			EXPECT_EQ(-EKEYREJECTED, call[i].result);
		}
	}
}

TEST_F(revoke, blocked_poll)
{
	struct call call;
	uint64_t answered;

	call_start(&call, do_poll, self->fd[0], POLLIN);
	msleep(50);
	ASSERT_EQ(0, revoke_id(&self->nl, self->id[0]));
	answered = boottime();
	ASSERT_TRUE(call_end(&call, 10000));
	EXPECT_GT(answered + LOOK_NS, call.when);
	EXPECT_TRUE(call.result & POLLERR);
	EXPECT_FALSE(call.result & POLLIN);
}

/*
 * Readers and writers share one sk_err, which is told once: whoever finds it
 * gone must not take the closed socket for the end of the stream.
 */
TEST_F_TIMEOUT(revoke, readers_beside_writers, 300)
{
	struct call call[6];
	uint64_t id[2], answered;
	int fd[2], i, round;

	for (round = 0; round < 30; round++) {
		ASSERT_EQ(0, pair_open(variant->family, fd));
		ASSERT_EQ(0, pair_attach(&self->nl, fd, id));
		for (i = 0; i < 3; i++) {
			call_start(&call[i], i == 2 ? do_splice : do_recv, fd[0], 0);
			call_start(&call[3 + i], do_send_all, fd[0], BIG);
		}
		msleep(20 + round);
		ASSERT_EQ(0, revoke_id(&self->nl, id[0]));
		answered = boottime();
		for (i = 0; i < 6; i++) {
			ASSERT_TRUE(call_end(&call[i], 10000));
			EXPECT_GT(answered + LOOK_NS, call[i].when);
			if (i < 3 || call[i].result <= 0) {
				EXPECT_EQ(-EKEYREJECTED, call[i].result) {
					TH_LOG("round %d, call %d", round, i);
				}
			}
		}
		pair_close(fd);
	}
}

TEST_F(revoke, late_callers)
{
	struct sockaddr_in6 addr = { .sin6_family = AF_INET6 };
	struct tls12_crypto_info_aes_gcm_128 key = key_make(1);
	socklen_t len = sizeof(key);
	char buf[64];
	int fd = self->fd[0], n;

	/* Something to read: a record not begun, one half read. */
	EXPECT_EQ(4096, do_send(self->fd[1], 0));
	EXPECT_EQ(4096, do_send(self->fd[1], 0));
	EXPECT_EQ(64, recv(fd, buf, 64, 0));
	ASSERT_EQ(0, revoke_id(&self->nl, self->id[0]));

	EXPECT_EQ(-1, do_recv(fd, 0));
	EXPECT_EQ(EKEYREJECTED, errno);
	EXPECT_EQ(-1, do_recv(fd, MSG_DONTWAIT | MSG_PEEK));
	EXPECT_EQ(EKEYREJECTED, errno);
	EXPECT_EQ(-1, do_splice(fd, 0));
	EXPECT_EQ(EKEYREJECTED, errno);
	EXPECT_EQ(-1, do_send(fd, 0));
	EXPECT_EQ(EKEYREJECTED, errno);
	EXPECT_EQ(-1, do_send(fd, MSG_DONTWAIT));
	EXPECT_EQ(EKEYREJECTED, errno);
	EXPECT_EQ(-1, write(fd, "", 1));
	EXPECT_EQ(EKEYREJECTED, errno);
	EXPECT_EQ(-1, ioctl(fd, FIONREAD, &n));
	EXPECT_EQ(EKEYREJECTED, errno);
	EXPECT_EQ(-1, listen(fd, 1));
	EXPECT_EQ(EKEYREJECTED, errno);
	EXPECT_EQ(-1, connect(fd, (void *)&addr, sizeof(addr)));
	EXPECT_EQ(EKEYREJECTED, errno);
	EXPECT_EQ(-1, accept(fd, NULL, NULL));
	EXPECT_EQ(EKEYREJECTED, errno);
	EXPECT_EQ(-1, setsockopt(fd, SOL_TLS, TLS_TX, &key, sizeof(key)));
	EXPECT_EQ(EKEYREJECTED, errno);
	EXPECT_EQ(-1, getsockopt(fd, SOL_TLS, TLS_RX, &key, &len));
	EXPECT_EQ(EKEYREJECTED, errno);
	EXPECT_EQ(-1, do_recv(fd, 0));
	EXPECT_EQ(EKEYREJECTED, errno);
}

TEST_F(revoke, peer_is_reset)
{
	struct call call;

	call_start(&call, do_recv, self->fd[1], 0);
	msleep(50);
	ASSERT_EQ(0, revoke_id(&self->nl, self->id[0]));
	ASSERT_TRUE(call_end(&call, 10000));
	EXPECT_EQ(-ECONNRESET, call.result);
}

TEST_F(revoke, status_tells_why)
{
	struct seal_status st;

	ASSERT_EQ(0, revoke_id(&self->nl, self->id[0]));
	ASSERT_EQ(0, status_get(self->fd[0], &st));
	EXPECT_EQ(SEAL_STATE_REVOKED, st.state);
	EXPECT_EQ(EKEYREJECTED, st.error);
	EXPECT_STREQ("for a test", st.reason);
	EXPECT_STREQ("dns:second", st.peer);
	EXPECT_EQ(1, stat_counter("SealRevoked"));
	EXPECT_EQ(1, stat_counter("SealCurrAttested"));
}

TEST_F(revoke, twice_is_once)
{
	ASSERT_EQ(0, revoke_id(&self->nl, self->id[0]));
	ASSERT_EQ(0, revoke_id(&self->nl, self->id[0]));
	EXPECT_EQ(0, nl_u32(&self->nl, SEAL_A_SOCKET_COUNT, 99));
}

TEST_F(revoke, nobody_matches)
{
	ASSERT_EQ(0, revoke_id(&self->nl, self->id[1] + 1000));
	EXPECT_EQ(0, nl_u32(&self->nl, SEAL_A_SOCKET_COUNT, 99));
	EXPECT_EQ(4096, do_send(self->fd[0], 0));
}

TEST_F(revoke, by_peer)
{
	struct msg msg;

	msg_init(&msg, SEAL_CMD_REVOKE);
	msg_str(&msg, SEAL_A_SOCKET_PEER, "dns:first");
	ASSERT_EQ(0, nl_call(&self->nl, &msg));
	EXPECT_EQ(1, nl_u32(&self->nl, SEAL_A_SOCKET_COUNT, 99));
	EXPECT_EQ(-1, do_recv(self->fd[1], 0));
	EXPECT_EQ(EKEYREJECTED, errno);
}

TEST_F(revoke, by_policy_ak_and_all)
{
	struct msg msg;

	msg_init(&msg, SEAL_CMD_REVOKE);
	msg_str(&msg, SEAL_A_SOCKET_POLICY, "another");
	msg_put(&msg, SEAL_A_SOCKET_ALL, NULL, 0);
	ASSERT_EQ(0, nl_call(&self->nl, &msg));
	EXPECT_EQ(0, nl_u32(&self->nl, SEAL_A_SOCKET_COUNT, 99));

	msg_init(&msg, SEAL_CMD_REVOKE);
	msg_put(&msg, SEAL_A_SOCKET_AK_NAME, "\0\013name of a kex", 15);
	ASSERT_EQ(0, nl_call(&self->nl, &msg));
	EXPECT_EQ(0, nl_u32(&self->nl, SEAL_A_SOCKET_COUNT, 99));

	msg_init(&msg, SEAL_CMD_REVOKE);
	msg_str(&msg, SEAL_A_SOCKET_POLICY, "test");
	msg_str(&msg, SEAL_A_SOCKET_PEER, "dns:first");
	msg_put(&msg, SEAL_A_SOCKET_AK_NAME, "\0\013name of a key", 15);
	ASSERT_EQ(0, nl_call(&self->nl, &msg));
	EXPECT_EQ(1, nl_u32(&self->nl, SEAL_A_SOCKET_COUNT, 99));

	msg_init(&msg, SEAL_CMD_REVOKE);
	msg_put(&msg, SEAL_A_SOCKET_ALL, NULL, 0);
	ASSERT_EQ(0, nl_call(&self->nl, &msg));
	EXPECT_EQ(1, nl_u32(&self->nl, SEAL_A_SOCKET_COUNT, 99));
}

TEST_F(revoke, by_the_owner)
{
	uint32_t value = 1;
	struct seal_status st;
	int fd = self->fd[0];

	EXPECT_EQ(-1, setsockopt(fd, IPPROTO_IP, SEAL_SO_REVOKE, &value, sizeof(value)));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(4096, do_send(fd, 0));
	value = 0;
	EXPECT_EQ(0, setsockopt(fd, IPPROTO_IP, SEAL_SO_REVOKE, &value, sizeof(value)));
	EXPECT_EQ(-1, do_send(fd, 0));
	EXPECT_EQ(EKEYREJECTED, errno);
	EXPECT_EQ(0, status_get(fd, &st));
	EXPECT_EQ(SEAL_STATE_REVOKED, st.state);
	EXPECT_STREQ("by its owner", st.reason);
}

TEST_F(revoke, is_notified)
{
	struct nl events;

	ASSERT_EQ(0, nl_open(&events, "seal", "status"));
	ASSERT_EQ(0, nl_subscribe(&events));
	ASSERT_EQ(0, revoke_id(&self->nl, self->id[0]));
	ASSERT_EQ(SEAL_CMD_STATUS_NTF, nl_event(&events, 1000));
	EXPECT_EQ(self->id[0], nl_u64(&events, SEAL_A_SOCKET_ID));
	EXPECT_EQ(SEAL_STATE_REVOKED, nl_u32(&events, SEAL_A_SOCKET_STATE, 99));
	nl_close(&events);
}

/* Records that were accepted but not sent must not be sent by the close. */
TEST_F(revoke, close_sends_nothing)
{
	char buf[64];

	EXPECT_EQ(4, send(self->fd[0], "open", 4, MSG_MORE));
	ASSERT_EQ(0, revoke_id(&self->nl, self->id[0]));
	close(self->fd[0]);
	EXPECT_EQ(-1, recv(self->fd[1], buf, sizeof(buf), 0));
	EXPECT_EQ(ECONNRESET, errno);
	self->fd[0] = open("/dev/null", O_RDONLY);
}

/* True if one says that the socket with this id is revoked. */
static bool revoked_event(struct nl *events, uint64_t id)
{
	while (nl_event(events, 1000) == SEAL_CMD_STATUS_NTF)
		if (nl_u64(events, SEAL_A_SOCKET_ID) == id &&
		    nl_u32(events, SEAL_A_SOCKET_STATE, 99) == SEAL_STATE_REVOKED)
			return true;
	return false;
}

/* Nobody waits for that close; its owner may close sooner than the work begins. */
TEST_F(revoke, close_comes_before_the_work)
{
	struct nl agent, events;
	char buf[64];
	uint64_t id;
	int fd[2], i;

	ASSERT_EQ(0, nl_open(&events, "seal", "status"));
	ASSERT_EQ(0, nl_subscribe(&events));
	for (i = 0; i < 30; i++) {
		ASSERT_EQ(0, pair_open(variant->family, fd));
		ASSERT_EQ(0, nl_open(&agent, "seal", NULL));
		ASSERT_EQ(0, nl_register(&agent, SEAL_ON_DEATH_CLOSE));
		ASSERT_EQ(0, attach(&agent, fd[0], true, boottime() + 100 * SEC, &id));
		EXPECT_EQ(4, send(fd[0], "open", 4, MSG_MORE));
		nl_close(&agent);
		close(fd[0]);
		EXPECT_EQ(-1, recv(fd[1], buf, sizeof(buf), 0));
		EXPECT_EQ(ECONNRESET, errno);
		EXPECT_TRUE(revoked_event(&events, id));
		close(fd[1]);
	}
	nl_close(&events);
}

/* A page that is not there until somebody brings it. */
static char *page_missing(int *uffd)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	*uffd = syscall(SYS_userfaultfd, O_CLOEXEC);
	reg.range.start = (unsigned long)page;
	reg.range.len = 4096;
	if (*uffd < 0 || ioctl(*uffd, UFFDIO_API, &api) ||
	    ioctl(*uffd, UFFDIO_REGISTER, &reg))
		return NULL;
	return page;
}

static int page_bring(int uffd, char *page)
{
	struct uffdio_zeropage zero = {
		.range.start = (unsigned long)page,
		.range.len = 4096,
	};

	return ioctl(uffd, UFFDIO_ZEROPAGE, &zero);
}

static char *missing;

static ssize_t do_recv_missing(int fd, int flags)
{
	return recv(fd, missing, 4096, flags);
}

/* Its owner is not held up with it: he may close it, and ask how it is. */
TEST_F_TIMEOUT(revoke, stuck_caller_does_not_keep_its_owner_from_it, 60)
{
	struct seal_status st;
	struct call stuck;
	uint32_t zero = 0;
	uint64_t began;
	int uffd;

	missing = page_missing(&uffd);
	if (!missing)
		SKIP(return, "no userfaultfd");
	ASSERT_EQ(4096, do_send(self->fd[1], 0));
	call_start(&stuck, do_recv_missing, self->fd[0], 0);
	msleep(300);
	EXPECT_FALSE(stuck.returned);
	began = boottime();
	EXPECT_EQ(-1, setsockopt(self->fd[0], IPPROTO_IP, SEAL_SO_REVOKE, &zero, sizeof(zero)));
	EXPECT_EQ(EINPROGRESS, errno);
	EXPECT_LE(began + 4 * SEC, boottime());
	EXPECT_EQ(0, status_get(self->fd[0], &st));
	EXPECT_EQ(SEAL_STATE_REVOKED, st.state);
	EXPECT_FALSE(stuck.returned);
	ASSERT_EQ(0, page_bring(uffd, missing));
	ASSERT_TRUE(call_end(&stuck, 10000));
	close(uffd);
}

/* It sleeps with its socket locked: that may delay the answer, nobody else. */
TEST_F_TIMEOUT(revoke, stuck_caller_delays_itself, 60)
{
	struct call stuck, reader;
	uint64_t id[2], began;
	struct msg msg;
	int fd[2], uffd;

	missing = page_missing(&uffd);
	if (!missing)
		SKIP(return, "no userfaultfd");
	ASSERT_EQ(0, pair_open(variant->family, fd));
	ASSERT_EQ(0, pair_attach(&self->nl, fd, id));
	ASSERT_EQ(4096, do_send(self->fd[1], 0));
	call_start(&stuck, do_recv_missing, self->fd[0], 0);
	call_start(&reader, do_recv, fd[0], 0);
	msleep(300);
	EXPECT_FALSE(stuck.returned || reader.returned);

	msg_init(&msg, SEAL_CMD_REVOKE);
	msg_str(&msg, SEAL_A_SOCKET_PEER, "dns:second");
	began = boottime();
	ASSERT_EQ(0, nl_call(&self->nl, &msg));
	EXPECT_LE(began + 4 * SEC, boottime());
	EXPECT_EQ(2, nl_u32(&self->nl, SEAL_A_SOCKET_COUNT, 99));
	EXPECT_EQ(1, nl_u32(&self->nl, SEAL_A_SOCKET_DRAINING, 99));
	ASSERT_TRUE(call_end(&reader, 1000));
	EXPECT_EQ(-EKEYREJECTED, reader.result);
	EXPECT_GT(began + 4 * SEC, reader.when);
	EXPECT_FALSE(stuck.returned);
	EXPECT_EQ(-1, do_recv(self->fd[0], 0));
	EXPECT_EQ(EKEYREJECTED, errno);

	ASSERT_EQ(0, page_bring(uffd, missing));
	ASSERT_EQ(0, nl_call(&self->nl, &msg));
	EXPECT_EQ(0, nl_u32(&self->nl, SEAL_A_SOCKET_COUNT, 99));
	EXPECT_EQ(0, nl_u32(&self->nl, SEAL_A_SOCKET_DRAINING, 99));
	ASSERT_TRUE(call_end(&stuck, 10000));
	EXPECT_NE(0, stuck.result);
	close(uffd);
	pair_close(fd);
}

TEST(sockets_of_another_namespace_stay)
{
	struct nl nl, other;
	uint64_t id[2];
	struct msg msg;
	int fd[2];

	ASSERT_EQ(0, netns_new());
	ASSERT_EQ(0, nl_open(&nl, "seal", NULL));
	ASSERT_EQ(0, pair_open(V4, fd));
	ASSERT_EQ(0, pair_attach(&nl, fd, id));
	ASSERT_EQ(0, netns_new());
	ASSERT_EQ(0, nl_open(&other, "seal", NULL));
	msg_init(&msg, SEAL_CMD_REVOKE);
	msg_put(&msg, SEAL_A_SOCKET_ALL, NULL, 0);
	ASSERT_EQ(0, nl_call(&other, &msg));
	EXPECT_EQ(0, nl_u32(&other, SEAL_A_SOCKET_COUNT, 99));
	msg_init(&msg, SEAL_CMD_GET);
	msg_u64(&msg, SEAL_A_SOCKET_ID, id[0]);
	EXPECT_EQ(-ENOENT, nl_call(&other, &msg));
	EXPECT_EQ(4096, do_send(fd[0], 0));
	pair_close(fd);
}

/* Revoke against close and against the other end, many times. */
TEST_F_TIMEOUT(revoke, races_with_close, 300)
{
	struct call call;
	uint64_t id[2];
	int fd[2], i;

	for (i = 0; i < 100; i++) {
		ASSERT_EQ(0, pair_open(variant->family, fd));
		ASSERT_EQ(0, pair_attach(&self->nl, fd, id));
		call_start(&call, do_recv, fd[0], 0);
		if (i & 2)
			close(fd[1]);
		EXPECT_EQ(0, revoke_id(&self->nl, id[0]));
		ASSERT_TRUE(call_end(&call, 10000));
		if (!(i & 2))
			close(fd[1]);
		close(fd[0]);
	}
	EXPECT_EQ(2, stat_counter("SealCurrAttested"));
}

/* A call of TCP that had its table before the socket was ours: nobody sees it. */
TEST_F(revoke, who_was_on_the_way_to_tcp_receives_nothing)
{
	struct hostiles late;
	char data[16384];
	uint64_t id[2];
	int fd[2];

	ASSERT_EQ(0, pair_open(variant->family, fd));
	ASSERT_EQ(0, hostile_receives(&late, fd[0], data, sizeof(data)));
	ASSERT_EQ(0, pair_attach(&self->nl, fd, id));
	ASSERT_EQ(4096, do_send(fd[1], 0));
	msleep(50);
	ASSERT_EQ(0, revoke_id(&self->nl, id[0]));
	EXPECT_EQ(1, nl_u32(&self->nl, SEAL_A_SOCKET_COUNT, 99));
	EXPECT_EQ(0, nl_u32(&self->nl, SEAL_A_SOCKET_DRAINING, 99));
	EXPECT_GE(0, hostile_lets_go(&late));
	EXPECT_EQ(-1, do_recv(fd[0], 0));
	EXPECT_EQ(EKEYREJECTED, errno);
	pair_close(fd);
}

/* The same of callers that wait by something else, each on a socket of its own. */

enum waiting { READS, POLLS, WRITES };

static const struct {
	ssize_t (*call)(int fd, int arg);
	int arg;
	enum waiting kind;
} waits[] = {
	{ wait_epoll,		EPOLLIN,		POLLS },
	{ wait_epoll,		EPOLLIN | EPOLLET,	POLLS },
	{ wait_uring_poll,	POLLIN,			POLLS },
	{ wait_uring_recv,	0,			READS },
	{ wait_uring_recv,	IOSQE_ASYNC,		READS },
	{ wait_uring_read,	0,			READS },
	{ wait_sendfile,	0,			WRITES },
	{ wait_splice,		0,			WRITES },
	{ wait_epoll,		EPOLLOUT,		POLLS },
	{ wait_uring_poll,	POLLOUT,		POLLS },
};

#define WAITS	(sizeof(waits) / sizeof(*waits))

FIXTURE(waits)
{
	struct nl nl;
	int fd[WAITS][2];
	struct call call[WAITS];
};

FIXTURE_VARIANT(waits)
{
	enum family family;
	bool expires;
};

FIXTURE_VARIANT_ADD(waits, revoked_v4) { .family = V4 };
FIXTURE_VARIANT_ADD(waits, revoked_v6) { .family = V6 };
FIXTURE_VARIANT_ADD(waits, expired_v4) { .family = V4, .expires = true };
FIXTURE_VARIANT_ADD(waits, expired_mapped) { .family = MAPPED, .expires = true };

FIXTURE_SETUP(waits)
{
	uint64_t id[2];
	size_t i;

	ASSERT_EQ(0, netns_new());
	ASSERT_EQ(0, nl_open(&self->nl, "seal", NULL));
	for (i = 0; i < WAITS; i++) {
		ASSERT_EQ(0, pair_open(variant->family, self->fd[i]));
		ASSERT_EQ(0, pair_attach(&self->nl, self->fd[i], id));
	}
}

FIXTURE_TEARDOWN(waits)
{
	size_t i;

	for (i = 0; i < WAITS; i++)
		pair_close(self->fd[i]);
	nl_close(&self->nl);
}

static bool waits_for_room(size_t i)
{
	return waits[i].kind == WRITES || (waits[i].kind == POLLS && waits[i].arg & EPOLLOUT);
}

/* Until nothing goes, also after what was on its way has arrived. */
static void waits_fill(FIXTURE_DATA(waits) *self)
{
	size_t i, pass;

	for (pass = 0; pass < 3; pass++) {
		for (i = 0; i < WAITS; i++)
			while (waits_for_room(i) && do_send(self->fd[i][0], MSG_DONTWAIT) > 0)
				;
		msleep(20);
	}
}

/* All first ends are closed, and nobody is inside. */
static void waits_close(struct __test_metadata *_metadata, FIXTURE_DATA(waits) *self,
			bool expires)
{
	uint64_t past = 1;
	struct msg msg;
	size_t i;

	for (i = 0; expires && i < WAITS; i++) {
		ASSERT_EQ(0, setsockopt(self->fd[i][0], IPPROTO_IP, SEAL_SO_TIGHTEN, &past,
					sizeof(past)));
		ASSERT_EQ(SEAL_STATE_EXPIRED, wait_state(self->fd[i][0], SEAL_STATE_EXPIRED));
	}
	/* Of what is closed already it waits for those inside. */
	msg_init(&msg, SEAL_CMD_REVOKE);
	msg_str(&msg, SEAL_A_SOCKET_PEER, "dns:second");
	ASSERT_EQ(0, nl_call(&self->nl, &msg));
	EXPECT_EQ(expires ? 0 : WAITS, nl_u32(&self->nl, SEAL_A_SOCKET_COUNT, 99));
	EXPECT_EQ(0, nl_u32(&self->nl, SEAL_A_SOCKET_DRAINING, 99));
}

static bool waits_told(enum waiting kind, ssize_t result, int error)
{
	if (kind == POLLS)
		return result > 0 && result & POLLERR && !(result & POLLIN);
	return result == -error || (kind == WRITES && result > 0 && result < WAITS_BYTES);
}

TEST_F(waits, none_is_left_behind)
{
	int error = variant->expires ? EKEYREVOKED : EKEYREJECTED;
	uint64_t answered;
	size_t i;

	waits_fill(self);
	for (i = 0; i < WAITS; i++)
		call_start(&self->call[i], waits[i].call, self->fd[i][0], waits[i].arg);
	msleep(200);
	for (i = 0; i < WAITS; i++) {
		EXPECT_FALSE(self->call[i].returned) {
			TH_LOG("caller %zu", i);
		}
	}
	waits_close(_metadata, self, variant->expires);
	answered = boottime();
	for (i = 0; i < WAITS; i++) {
		ASSERT_TRUE(call_end(&self->call[i], 10000)) {
			TH_LOG("caller %zu", i);
		}
		EXPECT_TRUE(waits_told(waits[i].kind, self->call[i].result, error)) {
			TH_LOG("caller %zu: %zd", i, self->call[i].result);
		}
		EXPECT_GT(answered + LOOK_NS, self->call[i].when) {
			TH_LOG("caller %zu", i);
		}
	}
}

TEST_HARNESS_MAIN
