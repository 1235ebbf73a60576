// SPDX-License-Identifier: GPL-2.0-only
/* Ways to send. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "entries.h"
#include "lib.h"
#include "uring.h"

ssize_t outcome(ssize_t result)
{
	return result < 0 ? -errno : result;
}

static ssize_t send_flags(struct scene *s, int flags)
{
	return outcome(send(s->fd, s->page, STAMP_LEN, flags | MSG_NOSIGNAL));
}

ssize_t out_send(struct scene *s)
{
	return send_flags(s, 0);
}

ssize_t out_sendto(struct scene *s)
{
	return outcome(sendto(s->fd, s->page, STAMP_LEN, MSG_NOSIGNAL, NULL, 0));
}

ssize_t out_sendmsg(struct scene *s)
{
	struct iovec iov = { s->page, STAMP_LEN };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	return outcome(sendmsg(s->fd, &msg, MSG_NOSIGNAL));
}

/* Of several, kTLS refuses all but the last. */
static ssize_t sendmmsg_of(struct scene *s, int count)
{
	int part = STAMP_LEN / count, sent;
	struct iovec iov[2] = {
		{ s->page, part },
		{ s->page + part, part },
	};
	struct mmsghdr msg[2] = {
		{ .msg_hdr = { .msg_iov = &iov[0], .msg_iovlen = 1 } },
		{ .msg_hdr = { .msg_iov = &iov[1], .msg_iovlen = 1 } },
	};

	sent = outcome(sendmmsg(s->fd, msg, count, MSG_NOSIGNAL));
	return sent < 0 ? sent : sent * part;
}

ssize_t out_sendmmsg(struct scene *s)
{
	return sendmmsg_of(s, 1);
}

ssize_t out_sendmmsg_two(struct scene *s)
{
	return sendmmsg_of(s, 2);
}

ssize_t out_write(struct scene *s)
{
	return outcome(write(s->fd, s->page, STAMP_LEN));
}

ssize_t out_writev(struct scene *s)
{
	struct iovec iov[2] = {
		{ s->page, 1 },
		{ s->page + 1, STAMP_LEN - 1 },
	};

	return outcome(writev(s->fd, iov, 2));
}

ssize_t out_sendfile(struct scene *s)
{
	int file = memfd_create("stamp", MFD_CLOEXEC);
	ssize_t sent = -EIO;
	off_t at = 0;

	if (write(file, s->page, STAMP_LEN) == STAMP_LEN)
		sent = outcome(sendfile(s->fd, file, &at, STAMP_LEN));
	close(file);
	return sent;
}

int pipe_filled(struct scene *s, int pipes[2], bool by_reference)
{
	struct iovec iov = { s->page, STAMP_LEN };
	ssize_t filled;

	if (pipe2(pipes, O_CLOEXEC))
		return -errno;
	filled = by_reference ? vmsplice(pipes[1], &iov, 1, 0) :
				write(pipes[1], s->page, STAMP_LEN);
	return filled == STAMP_LEN ? 0 : -EIO;
}

void pipe_close(int pipes[2])
{
	close(pipes[0]);
	close(pipes[1]);
}

static ssize_t splice_in(struct scene *s, bool by_reference)
{
	int pipes[2], err = pipe_filled(s, pipes, by_reference);
	ssize_t sent;

	if (err)
		return err;
	sent = outcome(splice(pipes[0], NULL, s->fd, NULL, STAMP_LEN, 0));
	pipe_close(pipes);
	return sent;
}

ssize_t out_splice(struct scene *s)
{
	return splice_in(s, false);
}

ssize_t out_vmsplice(struct scene *s)
{
	return splice_in(s, true);
}

ssize_t out_zerocopy(struct scene *s)
{
	int one = 1;

	setsockopt(s->fd, SOL_SOCKET, SO_ZEROCOPY, &one, sizeof(one));
	return send_flags(s, MSG_ZEROCOPY);
}

ssize_t out_oob(struct scene *s)
{
	return send_flags(s, MSG_OOB);
}

/* A record that stays open, and its end. */
ssize_t out_more(struct scene *s)
{
	ssize_t first, second;

	first = outcome(send(s->fd, s->page, 32, MSG_MORE | MSG_NOSIGNAL));
	second = outcome(send(s->fd, s->page + 32, STAMP_LEN - 32, MSG_NOSIGNAL));
	if (first < 0 || second < 0)
		return first < 0 && second < 0 ? second : -EPROTO;
	return first + second;
}

/* A record of a type that user space chose. */
static ssize_t send_record(struct scene *s, unsigned char type)
{
	union {
		struct cmsghdr hdr;
		char space[CMSG_SPACE(1)];
	} control = {
		.hdr = {
			.cmsg_level = SOL_TLS,
			.cmsg_type = TLS_SET_RECORD_TYPE,
			.cmsg_len = CMSG_LEN(1),
		},
	};
	struct iovec iov = { s->page, STAMP_LEN };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};

	*CMSG_DATA(&control.hdr) = type;
	return outcome(sendmsg(s->fd, &msg, MSG_NOSIGNAL));
}

ssize_t out_alert(struct scene *s)
{
	return send_record(s, 21);
}

ssize_t out_handshake(struct scene *s)
{
	return send_record(s, 22);
}

ssize_t out_aio(struct scene *s)
{
	struct iocb cb = {
		.aio_fildes = s->fd,
		.aio_lio_opcode = IOCB_CMD_PWRITE,
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

/* The same socket by other descriptors */

static ssize_t send_by(struct scene *s, int fd)
{
	struct scene other = *s;
	ssize_t sent;

	if (fd < 0)
		return -EIO;
	other.fd = fd;
	sent = out_send(&other);
	close(fd);
	return sent;
}

ssize_t out_dup(struct scene *s)
{
	return send_by(s, dup(s->fd));
}

ssize_t out_fork(struct scene *s)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		ssize_t sent = out_send(s);

		_exit(sent < 0 ? -sent : 200);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -EIO;
	return WEXITSTATUS(status) == 200 ? STAMP_LEN : -WEXITSTATUS(status);
}

static int fd_through_unix(int fd)
{
	union {
		struct cmsghdr hdr;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {
		.hdr = {
			.cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS,
			.cmsg_len = CMSG_LEN(sizeof(int)),
		},
	};
	struct iovec iov = { "x", 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	int ends[2], got = -1;
	char c;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return -1;
	memcpy(CMSG_DATA(&control.hdr), &fd, sizeof(fd));
	iov.iov_base = &c;
	if (sendmsg(ends[0], &msg, 0) == 1 && recvmsg(ends[1], &msg, 0) == 1)
		memcpy(&got, CMSG_DATA(&control.hdr), sizeof(got));
	close(ends[0]);
	close(ends[1]);
	return got;
}

ssize_t out_scm(struct scene *s)
{
	return send_by(s, fd_through_unix(s->fd));
}

ssize_t out_pidfd(struct scene *s)
{
	int pidfd = syscall(SYS_pidfd_open, getpid(), 0);
	ssize_t sent = send_by(s, syscall(SYS_pidfd_getfd, pidfd, s->fd, 0));

	close(pidfd);
	return sent;
}

/* io_uring */

ssize_t out_uring_send(struct scene *s)
{
	struct io_uring ring;
	struct io_uring_sqe *sqe = uring_begin(&ring);

	if (!sqe)
		return -ENOSYS;
	io_uring_prep_send(sqe, s->fd, s->page, STAMP_LEN, MSG_NOSIGNAL);
	return uring_end(&ring, s->patience_ms);
}

ssize_t out_uring_sendmsg(struct scene *s)
{
	struct iovec iov = { s->page, STAMP_LEN };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct io_uring ring;
	struct io_uring_sqe *sqe = uring_begin(&ring);

	if (!sqe)
		return -ENOSYS;
	io_uring_prep_sendmsg(sqe, s->fd, &msg, MSG_NOSIGNAL);
	return uring_end(&ring, s->patience_ms);
}

ssize_t out_uring_write(struct scene *s)
{
	struct io_uring ring;
	struct io_uring_sqe *sqe = uring_begin(&ring);

	if (!sqe)
		return -ENOSYS;
	io_uring_prep_write(sqe, s->fd, s->page, STAMP_LEN, 0);
	return uring_end(&ring, s->patience_ms);
}

ssize_t out_uring_zc(struct scene *s)
{
	struct io_uring ring;
	struct io_uring_sqe *sqe = uring_begin(&ring);

	if (!sqe)
		return -ENOSYS;
	io_uring_prep_send_zc(sqe, s->fd, s->page, STAMP_LEN, MSG_NOSIGNAL, 0);
	return uring_end(&ring, s->patience_ms);
}

ssize_t out_uring_splice(struct scene *s)
{
	struct io_uring ring;
	int pipes[2], err = pipe_filled(s, pipes, false);
	struct io_uring_sqe *sqe = err ? NULL : uring_begin(&ring);
	ssize_t sent;

	if (!sqe)
		return err ?: -ENOSYS;
	io_uring_prep_splice(sqe, pipes[0], -1, s->fd, -1, STAMP_LEN, 0);
	sent = uring_end(&ring, s->patience_ms);
	pipe_close(pipes);
	return sent;
}
