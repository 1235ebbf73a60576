// SPDX-License-Identifier: GPL-2.0-only

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "uring.h"
#include "waits.h"

#define WAIT_MS		20000	/* longer than a test looks */

ssize_t wait_epoll(int fd, int events)
{
	struct epoll_event event = { .events = events };
	int ep = epoll_create1(EPOLL_CLOEXEC), ready;

	if (ep < 0 || epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event))
		return -1;
	event.events = 0;
	ready = epoll_wait(ep, &event, 1, WAIT_MS);
	close(ep);
	return ready < 0 ? -1 : (ssize_t)event.events;
}

/* As system calls return it. */
static ssize_t ring_result(struct io_uring *ring)
{
	ssize_t result = uring_end(ring, WAIT_MS);

	errno = result < 0 ? -result : 0;
	return result < 0 ? -1 : result;
}

ssize_t wait_uring_poll(int fd, int events)
{
	struct io_uring ring;
	struct io_uring_sqe *sqe = uring_begin(&ring);

	if (!sqe)
		return -1;
	io_uring_prep_poll_add(sqe, fd, events);
	return ring_result(&ring);
}

ssize_t wait_uring_recv(int fd, int flags)
{
	struct io_uring ring;
	struct io_uring_sqe *sqe = uring_begin(&ring);
	char buf[4096];

	if (!sqe)
		return -1;
	io_uring_prep_recv(sqe, fd, buf, sizeof(buf), 0);
	sqe->flags |= flags;
	return ring_result(&ring);
}

ssize_t wait_uring_read(int fd, int flags)
{
	struct io_uring ring;
	struct io_uring_sqe *sqe = uring_begin(&ring);
	char buf[4096];

	if (!sqe)
		return -1;
	io_uring_prep_read(sqe, fd, buf, sizeof(buf), 0);
	sqe->flags |= flags;
	return ring_result(&ring);
}

ssize_t wait_sendfile(int fd, int arg)
{
	int file = memfd_create("waits", MFD_CLOEXEC), err;
	ssize_t sent = -1;

	if (!ftruncate(file, WAITS_BYTES))
		sent = sendfile(fd, file, NULL, WAITS_BYTES);
	err = errno;
	close(file);
	errno = err;
	return sent;
}

ssize_t wait_splice(int fd, int arg)
{
	static const char zeroes[65536];	/* what a pipe holds */
	ssize_t moved = sizeof(zeroes), all = 0;
	int pipes[2], err;

	if (pipe2(pipes, O_CLOEXEC))
		return -1;
	while (moved == sizeof(zeroes) && all < WAITS_BYTES) {
		if (write(pipes[1], zeroes, sizeof(zeroes)) != sizeof(zeroes))
			break;
		moved = splice(pipes[0], NULL, fd, NULL, sizeof(zeroes), 0);
		all += moved > 0 ? moved : 0;
	}
	err = errno;
	close(pipes[0]);
	close(pipes[1]);
	errno = err;
	return all ?: moved;
}
