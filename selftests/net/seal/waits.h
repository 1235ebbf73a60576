/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls that wait for a socket by another object: a set of epoll, a ring of io_uring, a file,
 * a pipe. They are for call_start() (lib.h).
 */
#ifndef SEAL_TEST_WAITS_H
#define SEAL_TEST_WAITS_H

#include <sys/types.h>

#define WAITS_BYTES	(4 << 20)	/* more than a full socket has room for */

/* For these events, maybe with EPOLLET: those that came. */
ssize_t wait_epoll(int fd, int events);
ssize_t wait_uring_poll(int fd, int events);

/* @flags: IOSQE_ASYNC and others */
ssize_t wait_uring_recv(int fd, int flags);
ssize_t wait_uring_read(int fd, int flags);

/* WAITS_BYTES: how many were taken. */
ssize_t wait_sendfile(int fd, int arg);
ssize_t wait_splice(int fd, int arg);

#endif /* SEAL_TEST_WAITS_H */
