// SPDX-License-Identifier: LGPL-2.1-or-later
/* The socket options of seal.ko as functions. */
#include "libseal/libseal.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define LIBSEAL_API __attribute__((visibility("default")))
#define NSEC_PER_SEC 1000000000ull
#define NSEC_PER_MSEC 1000000ull

static uint64_t boottime(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * NSEC_PER_SEC + (uint64_t)now.tv_nsec;
}

LIBSEAL_API int libseal_request(int fd, enum seal_role role, const char *peername,
				uint32_t flags, uint32_t timeout_ms)
{
	struct seal_request request = {
		.size = sizeof(request),
		.role = role,
		.flags = flags,
		.timeout_ms = timeout_ms,
	};
	size_t len = peername ? strlen(peername) : 0;

	if (len >= sizeof(request.peername)) {
		errno = EINVAL;
		return -1;
	}
	if (len)
		memcpy(request.peername, peername, len);
	return setsockopt(fd, SOL_IP, SEAL_SO_REQUEST, &request, sizeof(request));
}

LIBSEAL_API int libseal_require(int fd, uint32_t timeout_ms)
{
	return setsockopt(fd, SOL_IP, SEAL_SO_REQUIRE, &timeout_ms, sizeof(timeout_ms));
}

LIBSEAL_API int libseal_status(int fd, struct seal_status *status_ret, size_t size)
{
	socklen_t len = (socklen_t)size;

	if (size < offsetof(struct seal_status, id) || size > INT_MAX) {
		errno = EINVAL;
		return -1;
	}
	/* A newer caller than the kernel gets zeros for what is new, and by size he can tell. */
	memset(status_ret, 0, size);
	return getsockopt(fd, SOL_IP, SEAL_SO_STATUS, status_ret, &len);
}

/* Of a socket that is not attested, or not any more. */
static int state_error(uint32_t state)
{
	switch (state) {
	case SEAL_STATE_NONE:
		return ENOENT;
	case SEAL_STATE_PENDING:
		return EALREADY;
	case SEAL_STATE_ATTESTED:	/* its deadline has passed */
	case SEAL_STATE_EXPIRED:
		return EKEYREVOKED;
	default:
		return EKEYREJECTED;
	}
}

/* Never -1: to "if (libseal_attested(fd))" that would be yes. */
LIBSEAL_API int libseal_attested(int fd)
{
	struct seal_status status;

	if (libseal_status(fd, &status, sizeof(status)))
		return 0;
	if (status.state == SEAL_STATE_ATTESTED && libseal_remaining(&status) > 0)
		return 1;
	errno = state_error(status.state);
	return 0;
}

LIBSEAL_API int libseal_revoke(int fd)
{
	uint32_t zero = 0;

	return setsockopt(fd, SOL_IP, SEAL_SO_REVOKE, &zero, sizeof(zero));
}

LIBSEAL_API int libseal_tighten(int fd, uint32_t seconds)
{
	uint64_t deadline = boottime() + seconds * NSEC_PER_SEC;

	return setsockopt(fd, SOL_IP, SEAL_SO_TIGHTEN, &deadline, sizeof(deadline));
}

LIBSEAL_API int64_t libseal_remaining(const struct seal_status *status)
{
	uint64_t now = boottime();

	if (status->deadline <= now)
		return 0;
	return (int64_t)((status->deadline - now) / NSEC_PER_MSEC);
}
