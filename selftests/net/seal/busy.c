// SPDX-License-Identifier: GPL-2.0-only
/*
 * Callers that are inside when a socket is closed and never come to wait: their pages
 * come slowly enough that the peer is always ahead, or somebody takes the error away.
 * What they have in hand may pass, nothing after it.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "lib.h"

#define PAGE	4096
#define BIG	(16 << 20)	/* more than passes until it is over */
#define SLOW	10000		/* microseconds until a page is there */

/* What is said at a time: before the close was answered, and after it. */
enum { BEFORE = 'b', AFTER = 'a' };

/* Pages that come one by one, filled with what is said by then. */
struct slow {
	pthread_t thread;
	char *pages;
	int uffd;
	int stop[2];
};

static volatile char said;
static volatile bool stop;
static volatile bool held;

static void *bring_pages(void *arg)
{
	static char page[PAGE] __attribute__((aligned(PAGE)));
	struct slow *slow = arg;
	struct uffd_msg msg;

	while (read(slow->uffd, &msg, sizeof(msg)) == sizeof(msg)) {
		struct uffdio_copy copy = {
			.dst = msg.arg.pagefault.address & ~(PAGE - 1ull),
			.src = (unsigned long)page,
			.len = PAGE,
		};

		while (held && !stop)
			usleep(SLOW);
		if (!stop)
			usleep(SLOW);
		memset(page, said, PAGE);
		ioctl(slow->uffd, UFFDIO_COPY, &copy);
		if (copy.dst == (unsigned long)slow->pages + BIG)
			break;
	}
	return NULL;
}

static int slow_start(struct slow *slow)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };

	/* The last page is for who ends it. */
	slow->pages = mmap(NULL, BIG + PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	slow->uffd = syscall(SYS_userfaultfd, O_CLOEXEC);
	reg.range.start = (unsigned long)slow->pages;
	reg.range.len = BIG + PAGE;
	if (slow->pages == MAP_FAILED || slow->uffd < 0 ||
	    ioctl(slow->uffd, UFFDIO_API, &api) || ioctl(slow->uffd, UFFDIO_REGISTER, &reg) ||
	    pthread_create(&slow->thread, NULL, bring_pages, slow))
		return -errno;
	return 0;
}

static void slow_end(struct slow *slow)
{
	*(volatile char *)(slow->pages + BIG);
	pthread_join(slow->thread, NULL);
	munmap(slow->pages, BIG + PAGE);
	close(slow->uffd);
}

static struct slow slow;

static ssize_t do_recv_slow(int fd, int flags)
{
	return recv(fd, slow.pages, BIG, flags);
}

/* Its first page comes when it may. */
static ssize_t do_recv_held(int fd, int nr)
{
	held = true;
	return recv(fd, slow.pages + nr * 4 * PAGE, 3 * PAGE, MSG_WAITALL);
}

static ssize_t do_send_slow(int fd, int flags)
{
	return send(fd, slow.pages, BIG, flags | MSG_NOSIGNAL);
}

/* The peer, always ahead. */
static ssize_t do_flood(int fd, int arg)
{
	char buf[PAGE];

	while (!stop) {
		memset(buf, said, sizeof(buf));
		if (send(fd, buf, sizeof(buf), MSG_NOSIGNAL) < 0)
			break;
	}
	return 0;
}

/* The peer: how much it was told after the answer. */
static ssize_t do_drink(int fd, int arg)
{
	ssize_t late = 0, len, i;
	char buf[16384];

	while ((len = recv(fd, buf, sizeof(buf), 0)) > 0)
		for (i = 0; i < len; i++)
			late += buf[i] == AFTER;
	return late;
}

static ssize_t do_take_error(int fd, int arg)
{
	ssize_t taken = 0;

	while (!stop) {
		int error = 0;
		socklen_t len = sizeof(error);

		getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
		taken += !!error;
	}
	return taken;
}

FIXTURE(busy)
{
	struct nl nl;
	int fd[2];
	uint64_t id[2];
};

FIXTURE_VARIANT(busy)
{
	bool expire;
};

FIXTURE_VARIANT_ADD(busy, revoked) { .expire = false };
FIXTURE_VARIANT_ADD(busy, expired) { .expire = true };

FIXTURE_SETUP(busy)
{
	int size = 100000, one = 1;

	stop = false;
	held = false;
	said = BEFORE;
	ASSERT_EQ(0, netns_new());
	ASSERT_EQ(0, nl_open(&self->nl, "seal", NULL));
	ASSERT_EQ(0, pair_open(V4, self->fd));
	ASSERT_EQ(0, setsockopt(self->fd[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)));
	ASSERT_EQ(0, setsockopt(self->fd[0], IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)));
	ASSERT_EQ(0, pair_attach(&self->nl, self->fd, self->id));
	ASSERT_EQ(0, slow_start(&slow));
}

FIXTURE_TEARDOWN(busy)
{
	slow_end(&slow);
	pair_close(self->fd);
	nl_close(&self->nl);
}

/* The end of the socket, and until nobody is said to be inside. */
static int end_it(struct nl *nl, uint64_t id, bool expire)
{
	struct msg msg;
	int err;

	if (expire) {
		msg_init(&msg, SEAL_CMD_EXTEND);
		msg_u64(&msg, SEAL_A_SOCKET_ID, id);
		msg_u64(&msg, SEAL_A_SOCKET_DEADLINE, boottime() + 50 * MS);
		err = nl_call(nl, &msg);
		if (err)
			return err;
		msleep(100);
	}
	/* Of one that has ended already this waits only. */
	err = revoke_id(nl, id);
	said = AFTER;
	return err;
}

static int late_in(const char *buf, ssize_t len)
{
	int late = 0;
	ssize_t i;

	for (i = 0; i < len; i++)
		late += buf[i] == AFTER;
	return late;
}

/* Never out of records, it never gives the lock of the socket away. */
TEST_F_TIMEOUT(busy, who_reads_on_and_on, 120)
{
	struct call reader, peer;

	call_start(&peer, do_flood, self->fd[1], 0);
	call_start(&reader, do_recv_slow, self->fd[0], MSG_WAITALL);
	msleep(500);
	EXPECT_FALSE(reader.returned);
	EXPECT_EQ(0, end_it(&self->nl, self->id[0], variant->expire));
	EXPECT_EQ(0, nl_u32(&self->nl, SEAL_A_SOCKET_DRAINING, 99));
	EXPECT_TRUE(call_end(&reader, 5000));
	stop = true;
	/* What it had by then, told as it was sent: whole records. */
	EXPECT_LT(0, reader.result);
	EXPECT_GT(BIG, reader.result);
	EXPECT_EQ(0, reader.result % PAGE);
	EXPECT_EQ(0, late_in(slow.pages, reader.result));
	ASSERT_TRUE(call_end(&peer, 20000));
}

/* What a writer would have looked at after its record. */
TEST_F_TIMEOUT(busy, who_writes_while_the_error_is_taken_away, 120)
{
	struct call writer, taker, peer;

	call_start(&peer, do_drink, self->fd[1], 0);
	call_start(&writer, do_send_slow, self->fd[0], 0);
	call_start(&taker, do_take_error, self->fd[0], 0);
	msleep(500);
	EXPECT_FALSE(writer.returned);
	EXPECT_EQ(0, end_it(&self->nl, self->id[0], variant->expire));
	EXPECT_EQ(0, nl_u32(&self->nl, SEAL_A_SOCKET_DRAINING, 99));
	EXPECT_TRUE(call_end(&writer, 5000));
	stop = true;
	EXPECT_LT(0, writer.result);
	EXPECT_GT(BIG, writer.result);
	shutdown(self->fd[1], SHUT_RDWR);
	ASSERT_TRUE(call_end(&peer, 20000));
	EXPECT_EQ(0, peer.result);
	ASSERT_TRUE(call_end(&taker, 20000));
}

/* One record of a peer that is no kernel, and takes a nonce that it may think of. */
static int record_of(int to, int guess, unsigned char seq, char what)
{
	struct tls12_crypto_info_aes_gcm_128 key = key_make(2);
	char text[PAGE], record[PAGE + 22];
	int fd[2], err = 0;

	if (guess >= 0) {
		memset(key.iv, guess, sizeof(key.iv));
		memset(key.salt, guess, sizeof(key.salt));
	}
	key.rec_seq[7] = seq;
	memset(text, what, sizeof(text));
	if (pair_open(V4, fd))
		return -1;
	if (setsockopt(fd[0], IPPROTO_TCP, TCP_ULP, "tls", 3) ||
	    setsockopt(fd[0], SOL_TLS, TLS_TX, &key, sizeof(key)) ||
	    send(fd[0], text, sizeof(text), MSG_NOSIGNAL) != sizeof(text) ||
	    recv(fd[1], record, sizeof(record), MSG_WAITALL) != sizeof(record) ||
	    send(to, record, sizeof(record), MSG_NOSIGNAL) != sizeof(record))
		err = -1;
	pair_close(fd);
	return err;
}

/* The peer knows the key, and is the one who is not to be trusted any more. */
static const int guesses[] = { 0xff, 0x00, -1 };

TEST_F_TIMEOUT(busy, whose_peer_guesses, 120)
{
	unsigned int i;

	for (i = 0; i < 3; i++) {
		struct call reader;
		uint64_t id;
		int fd[2];

		said = BEFORE;
		ASSERT_EQ(0, pair_open(V4, fd));
		ASSERT_EQ(0, attach(&self->nl, fd[0], true, boottime() + 100 * SEC, &id));
		ASSERT_EQ(0, record_of(fd[1], -1, 0, BEFORE));
		ASSERT_EQ(0, record_of(fd[1], guesses[i], 1, BEFORE));
		msleep(100);
		call_start(&reader, do_recv_held, fd[0], i);
		while (!held)
			msleep(1);
		msleep(300);
		EXPECT_FALSE(reader.returned);
		EXPECT_EQ(0, end_it(&self->nl, id, variant->expire));
		ASSERT_EQ(0, record_of(fd[1], guesses[i], 2, AFTER));
		held = false;
		EXPECT_TRUE(call_end(&reader, 10000));
		/* The record in hand; the next one does not fit, whoever guessed. */
		EXPECT_EQ(PAGE, reader.result);
		pair_close(fd);
	}
}

TEST_HARNESS_MAIN
