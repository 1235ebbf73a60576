// SPDX-License-Identifier: GPL-2.0-only
/*
 * Zero-copy receive of io_uring (7.3; 6.12 has none) goes to the queue of a TCP socket, and
 * by no table of operations: it has to find that it is none.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <liburing.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "lib.h"

/* Of linux/io_uring.h and linux/io_uring/zcrx.h of a kernel that has it. */
#define OP_RECV_ZC		58
#define REGISTER_ZCRX_IFQ	32
#define ZCRX_REG_NODEV		2
#define MEM_REGION_TYPE_USER	1

struct zc_area_reg {
	__u64	addr;
	__u64	len;
	__u64	rq_area_token;
	__u32	flags;
	__u32	dmabuf_fd;
	__u64	resv[2];
};

struct zc_region_desc {
	__u64	user_addr;
	__u64	size;
	__u32	flags;
	__u32	id;
	__u64	mmap_offset;
	__u64	resv[4];
};

struct zc_ifq_reg {
	__u32	if_idx;
	__u32	if_rxq;
	__u32	rq_entries;
	__u32	flags;
	__u64	area_ptr;
	__u64	region_ptr;
	__u32	offsets[4];
	__u64	offsets_resv[2];
	__u32	zcrx_id;
	__u32	rx_buf_len;
	__u64	event_desc;
	__u64	resv[2];
};

#define AREA	(64 * 4096)
#define REGION	4096

FIXTURE(zcrx)
{
	struct io_uring ring;
	struct nl nl;
	int fd[2];
	uint32_t ifq;
};

static void *memory(size_t size)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
}

/* All is copied: there is no device. */
static int ifq_register(struct io_uring *ring, uint32_t *id)
{
	struct zc_area_reg area = { .addr = (unsigned long)memory(AREA), .len = AREA };
	struct zc_region_desc region = {
		.user_addr = (unsigned long)memory(REGION),
		.size = REGION,
		.flags = MEM_REGION_TYPE_USER,
	};
	struct zc_ifq_reg reg = {
		.rq_entries = 64,
		.flags = ZCRX_REG_NODEV,
		.area_ptr = (unsigned long)&area,
		.region_ptr = (unsigned long)&region,
	};

	if (syscall(SYS_io_uring_register, ring->ring_fd, REGISTER_ZCRX_IFQ, &reg, 1))
		return -errno;
	*id = reg.zcrx_id;
	return 0;
}

FIXTURE_SETUP(zcrx)
{
	ASSERT_EQ(0, netns_new());
	ASSERT_EQ(0, nl_open(&self->nl, "seal", NULL));
	ASSERT_EQ(0, pair_open(V4, self->fd));
	ASSERT_EQ(0, io_uring_queue_init(8, &self->ring, IORING_SETUP_CQE32 |
					 IORING_SETUP_SINGLE_ISSUER |
					 IORING_SETUP_DEFER_TASKRUN));
	ASSERT_EQ(0, ifq_register(&self->ring, &self->ifq));
}

FIXTURE_TEARDOWN(zcrx)
{
	io_uring_queue_exit(&self->ring);
	pair_close(self->fd);
	nl_close(&self->nl);
}

static void submit(struct io_uring *ring, uint32_t ifq, int fd)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	io_uring_prep_rw(OP_RECV_ZC, sqe, fd, NULL, 0, 0);
	sqe->ioprio = IORING_RECV_MULTISHOT;
	/* zcrx_ifq_idx: where splice has its descriptor. */
	sqe->splice_fd_in = (int)ifq;
	io_uring_submit(ring);
}

/* What comes of it; -EAGAIN: nothing. */
static int result(struct io_uring *ring)
{
	struct __kernel_timespec ts = { .tv_sec = 1 };
	struct io_uring_cqe *cqe;
	int res;

	if (io_uring_wait_cqe_timeout(ring, &cqe, &ts))
		return -EAGAIN;
	res = cqe->res;
	io_uring_cqe_seen(ring, cqe);
	return res;
}

static int require(int fd, uint32_t ms)
{
	return setsockopt(fd, IPPROTO_IP, SEAL_SO_REQUIRE, &ms, sizeof(ms));
}

static int queued(int fd)
{
	int n = -1;

	return ioctl(fd, FIONREAD, &n) ? -errno : n;
}

TEST_F(zcrx, takes_what_a_plain_socket_has)
{
	EXPECT_EQ(5, send(self->fd[1], "plain", 5, MSG_NOSIGNAL));
	submit(&self->ring, self->ifq, self->fd[0]);
	EXPECT_EQ(5, result(&self->ring));
}

TEST_F(zcrx, takes_nothing_of_a_pending_one)
{
	ASSERT_EQ(0, require(self->fd[0], 60000));
	EXPECT_EQ(5, send(self->fd[1], "plain", 5, MSG_NOSIGNAL));
	submit(&self->ring, self->ifq, self->fd[0]);
	EXPECT_EQ(-EPROTONOSUPPORT, result(&self->ring));
	EXPECT_EQ(5, queued(self->fd[0]));
}

TEST_F(zcrx, takes_nothing_any_more_where_it_waited_before)
{
	submit(&self->ring, self->ifq, self->fd[0]);
	EXPECT_EQ(-EAGAIN, result(&self->ring));
	ASSERT_EQ(0, require(self->fd[0], 60000));
	EXPECT_EQ(5, send(self->fd[1], "plain", 5, MSG_NOSIGNAL));
	EXPECT_EQ(-EPROTONOSUPPORT, result(&self->ring));
	EXPECT_EQ(5, queued(self->fd[0]));
}

TEST_F(zcrx, takes_nothing_of_one_that_was_closed)
{
	uint32_t zero = 0;

	ASSERT_EQ(0, require(self->fd[0], 60000));
	EXPECT_EQ(5, send(self->fd[1], "plain", 5, MSG_NOSIGNAL));
	ASSERT_EQ(0, setsockopt(self->fd[0], IPPROTO_IP, SEAL_SO_REVOKE, &zero, sizeof(zero)));
	submit(&self->ring, self->ifq, self->fd[0]);
	EXPECT_EQ(-EPROTONOSUPPORT, result(&self->ring));
}

TEST_F(zcrx, takes_nothing_of_an_attested_one)
{
	ASSERT_EQ(0, attach(&self->nl, self->fd[0], true, boottime() + 100 * SEC, NULL));
	submit(&self->ring, self->ifq, self->fd[0]);
	EXPECT_EQ(-EPROTONOSUPPORT, result(&self->ring));
	/* And it is one of kTLS. */
	EXPECT_EQ(4096, do_send(self->fd[0], 0));
}

TEST_HARNESS_MAIN
