// SPDX-License-Identifier: GPL-2.0-only

#include <errno.h>
#include <stdbool.h>

#include "uring.h"

#define THE_REQUEST	1
#define THE_CANCEL	2

struct io_uring_sqe *uring_begin(struct io_uring *ring)
{
	struct io_uring_sqe *sqe;

	if (io_uring_queue_init(8, ring, 0))
		return NULL;
	sqe = io_uring_get_sqe(ring);
	io_uring_sqe_set_data64(sqe, THE_REQUEST);
	return sqe;
}

/* What became of the request; notifications that follow are not looked at. */
static bool uring_result(struct io_uring *ring, int timeout_ms, ssize_t *result)
{
	struct __kernel_timespec ts = {
		.tv_sec = timeout_ms / 1000,
		.tv_nsec = timeout_ms % 1000 * 1000000ll,
	};
	struct io_uring_cqe *cqe;
	bool found = false;

	while (!found && !io_uring_wait_cqe_timeout(ring, &cqe, &ts)) {
		if (io_uring_cqe_get_data64(cqe) == THE_REQUEST) {
			*result = cqe->res;
			found = true;
		}
		io_uring_cqe_seen(ring, cqe);
	}
	return found;
}

ssize_t uring_end(struct io_uring *ring, int timeout_ms)
{
	struct io_uring_sqe *sqe;
	ssize_t result = -EIO;

	io_uring_submit(ring);
	if (!uring_result(ring, timeout_ms, &result)) {
		sqe = io_uring_get_sqe(ring);
		io_uring_prep_cancel64(sqe, THE_REQUEST, 0);
		io_uring_sqe_set_data64(sqe, THE_CANCEL);
		io_uring_submit(ring);
		if (uring_result(ring, 10000, &result) &&
		    (result == -ECANCELED || result == -EINTR))
			result = -EAGAIN;
	}
	io_uring_queue_exit(ring);
	return result;
}
