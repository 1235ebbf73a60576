// SPDX-License-Identifier: GPL-2.0-only
/* Ways to receive. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <poll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "entries.h"
#include "uring.h"

static ssize_t recv_flags(struct scene *s, int flags)
{
	return outcome(recv(s->fd, s->page, STAMP_LEN, flags));
}

ssize_t in_recv(struct scene *s)
{
	return recv_flags(s, 0);
}

ssize_t in_recvfrom(struct scene *s)
{
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);

	return outcome(recvfrom(s->fd, s->page, STAMP_LEN, 0, (void *)&addr, &len));
}

static ssize_t recvmsg_flags(struct scene *s, int flags)
{
	struct iovec iov = { s->page, STAMP_LEN };
	char control[256];
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};

	return outcome(recvmsg(s->fd, &msg, flags));
}

ssize_t in_recvmsg(struct scene *s)
{
	return recvmsg_flags(s, 0);
}

ssize_t in_errqueue(struct scene *s)
{
	return recvmsg_flags(s, MSG_ERRQUEUE);
}

/* With something to be told: 0, for there is no byte in it. */
ssize_t in_told_of_sent(struct scene *s)
{
	struct pollfd pfd = { .fd = s->fd };
	ssize_t sent = out_zerocopy(s);

	if (sent != STAMP_LEN)
		return -EIO;
	return poll(&pfd, 1, s->patience_ms) == 1 && pfd.revents & POLLERR ?
	       in_errqueue(s) : -ETIMEDOUT;
}

ssize_t in_recvmmsg(struct scene *s)
{
	struct iovec iov = { s->page, STAMP_LEN };
	struct mmsghdr msg = { .msg_hdr = { .msg_iov = &iov, .msg_iovlen = 1 } };
	ssize_t got = outcome(recvmmsg(s->fd, &msg, 1, 0, NULL));

	return got < 0 ? got : msg.msg_len;
}

ssize_t in_read(struct scene *s)
{
	return outcome(read(s->fd, s->page, STAMP_LEN));
}

ssize_t in_readv(struct scene *s)
{
	struct iovec iov[2] = {
		{ s->page, 1 },
		{ s->page + 1, STAMP_LEN - 1 },
	};

	return outcome(readv(s->fd, iov, 2));
}

ssize_t in_peek(struct scene *s)
{
	return recv_flags(s, MSG_PEEK);
}

ssize_t in_waitall(struct scene *s)
{
	return recv_flags(s, MSG_WAITALL);
}

/* What came into a pipe counts as received. */
static ssize_t pipe_drain(struct scene *s, int pipes[2], ssize_t moved)
{
	if (moved > 0 && read(pipes[0], s->page, STAMP_LEN) != moved)
		moved = -EIO;
	pipe_close(pipes);
	return moved;
}

ssize_t in_splice(struct scene *s)
{
	int pipes[2];

	if (pipe2(pipes, O_CLOEXEC))
		return -errno;
	return pipe_drain(s, pipes, outcome(splice(s->fd, NULL, pipes[1], NULL,
						   STAMP_LEN, 0)));
}

ssize_t in_sendfile(struct scene *s)
{
	int pipes[2];

	if (pipe2(pipes, O_CLOEXEC))
		return -errno;
	return pipe_drain(s, pipes, outcome(sendfile(pipes[1], s->fd, NULL, STAMP_LEN)));
}

ssize_t in_aio(struct scene *s)
{
	struct iocb cb = {
		.aio_fildes = s->fd,
		.aio_lio_opcode = IOCB_CMD_PREAD,
		.aio_buf = (unsigned long)s->page,
		.aio_nbytes = STAMP_LEN,
	}, *list = &cb;
	struct io_event event = { .res = -EIO };
	aio_context_t ctx = 0;

	if (syscall(SYS_io_setup, 1, &ctx))
		return -errno;
	if (syscall(SYS_io_submit, ctx, 1, &list) != 1)
		event.res = -errno;
	else
		syscall(SYS_io_getevents, ctx, 1, 1, &event, NULL);
	syscall(SYS_io_destroy, ctx);
	return event.res;
}

ssize_t in_uring_recv(struct scene *s)
{
	struct io_uring ring;
	struct io_uring_sqe *sqe = uring_begin(&ring);

	if (!sqe)
		return -ENOSYS;
	io_uring_prep_recv(sqe, s->fd, s->page, STAMP_LEN, 0);
	return uring_end(&ring, s->patience_ms);
}

ssize_t in_uring_recvmsg(struct scene *s)
{
	struct iovec iov = { s->page, STAMP_LEN };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct io_uring ring;
	struct io_uring_sqe *sqe = uring_begin(&ring);

	if (!sqe)
		return -ENOSYS;
	io_uring_prep_recvmsg(sqe, s->fd, &msg, 0);
	return uring_end(&ring, s->patience_ms);
}

ssize_t in_uring_read(struct scene *s)
{
	struct io_uring ring;
	struct io_uring_sqe *sqe = uring_begin(&ring);

	if (!sqe)
		return -ENOSYS;
	io_uring_prep_read(sqe, s->fd, s->page, STAMP_LEN, 0);
	return uring_end(&ring, s->patience_ms);
}

ssize_t in_uring_splice(struct scene *s)
{
	struct io_uring ring;
	struct io_uring_sqe *sqe;
	int pipes[2];

	if (pipe2(pipes, O_CLOEXEC))
		return -errno;
	sqe = uring_begin(&ring);
	if (!sqe)
		return -ENOSYS;
	io_uring_prep_splice(sqe, s->fd, -1, pipes[1], -1, STAMP_LEN, 0);
	return pipe_drain(s, pipes, uring_end(&ring, s->patience_ms));
}
