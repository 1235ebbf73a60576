/* SPDX-License-Identifier: GPL-2.0-only */
/* One request of io_uring at a time. */
#ifndef SEAL_TEST_URING_H
#define SEAL_TEST_URING_H

#include <liburing.h>

/*
 * An entry to fill in. NULL if io_uring is not to be had, which the kernels of
 * the tests all have.
 */
struct io_uring_sqe *uring_begin(struct io_uring *ring);
/* Submit and wait: its result, or -EAGAIN if it had to be taken back. */
ssize_t uring_end(struct io_uring *ring, int timeout_ms);

#endif /* SEAL_TEST_URING_H */
