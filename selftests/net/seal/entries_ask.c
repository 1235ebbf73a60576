// SPDX-License-Identifier: GPL-2.0-only
/* Ways to ask whether a call would pass. They wait for nothing. */

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <unistd.h>

#include "entries.h"
#include "uring.h"

#define BOTH	(POLLIN | POLLOUT)

ssize_t ask_poll(struct scene *s)
{
	struct pollfd pfd = { .fd = s->fd, .events = BOTH };

	return poll(&pfd, 1, 0) < 0 ? -errno : pfd.revents;
}

/* An error makes all three sets true. */
ssize_t ask_select(struct scene *s)
{
	struct timeval none = {};
	fd_set in, out, error;

	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_ZERO(&error);
	FD_SET(s->fd, &in);
	FD_SET(s->fd, &out);
	FD_SET(s->fd, &error);
	if (select(s->fd + 1, &in, &out, &error, &none) < 0)
		return -errno;
	return (FD_ISSET(s->fd, &in) ? POLLIN : 0) |
	       (FD_ISSET(s->fd, &out) ? POLLOUT : 0) |
	       (FD_ISSET(s->fd, &error) ? POLLPRI : 0);
}

static ssize_t ask_epoll(struct scene *s, uint32_t how)
{
	struct epoll_event event = { .events = BOTH | how };
	int ep = epoll_create1(EPOLL_CLOEXEC), ready;

	if (ep < 0 || epoll_ctl(ep, EPOLL_CTL_ADD, s->fd, &event))
		return -errno;
	event.events = 0;
	ready = epoll_wait(ep, &event, 1, 0);
	close(ep);
	return ready < 0 ? -EIO : ready ? (ssize_t)event.events : 0;
}

ssize_t ask_epoll_lt(struct scene *s)
{
	return ask_epoll(s, 0);
}

ssize_t ask_epoll_et(struct scene *s)
{
	return ask_epoll(s, EPOLLET);
}

ssize_t ask_uring_poll(struct scene *s)
{
	struct io_uring ring;
	struct io_uring_sqe *sqe = uring_begin(&ring);
	ssize_t events;

	if (!sqe)
		return -ENOSYS;
	io_uring_prep_poll_add(sqe, s->fd, BOTH);
	events = uring_end(&ring, PATIENCE_MS);
	return events == -EAGAIN ? 0 : events;
}
