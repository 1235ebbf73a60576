// SPDX-License-Identifier: GPL-2.0-or-later
/* libseal on a machine without seal.ko: words, claims and errors. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <libseal.h>

#if LIBSEAL_VERSION_NUMBER < 0x010000 || LIBSEAL_VERSION_NUMBER >= 0x020000
#error "a version that can be compared"
#endif

static int failures;

#define EXPECT(condition) \
	do { \
		if (!(condition)) { \
			printf("%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			failures++; \
		} \
	} while (0)

/* Octets of the status of a kernel that is not this one; 0: the real one is asked. */
static uint32_t kernel_size;
/* What that kernel says of a socket; NULL: octets that mean nothing. */
static const struct seal_status *kernel_status;

int getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	_Alignas(struct seal_status) char status[2 * sizeof(struct seal_status)];

	if (!kernel_size)
		return (int)syscall(SYS_getsockopt, fd, level, name, value, len);
	memset(status, 'k', kernel_size);
	if (kernel_status)
		memcpy(status, kernel_status, sizeof(*kernel_status));
	((struct seal_status *)status)->size = kernel_size;
	if (*len > kernel_size)
		*len = kernel_size;
	memcpy(value, status, *len);
	return 0;
}

/* What a program of another version than the kernel gets: what that has, then zeros. */
static void sizes(void)
{
	const uint32_t now = sizeof(struct seal_status), old = now - 16, new = now + 16;
	const struct { uint32_t kernel, program; } rows[] = {
		{ now, now }, { old, now }, { now, old }, { now, new }, { new, new },
		{ new, new + 16 }, { old, new } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		_Alignas(struct seal_status) char status[2 * sizeof(struct seal_status)];
		uint32_t both = rows[i].kernel < rows[i].program ? rows[i].kernel
								   : rows[i].program;

		memset(status, 'p', sizeof(status));
		kernel_size = rows[i].kernel;
		EXPECT(!libseal_status(0, (struct seal_status *)status, rows[i].program));
		EXPECT(((struct seal_status *)status)->size == kernel_size);
		for (uint32_t at = sizeof(kernel_size); at < sizeof(status); at++)
			EXPECT(status[at] == (at < both ? 'k' : at < rows[i].program ? 0 : 'p'));
	}
	kernel_size = 0;
	EXPECT(libseal_status(0, NULL, (size_t)INT32_MAX + 1) == -1 && errno == EINVAL);
}

/* One word for yes, and all else is no: a program says if (libseal_attested(fd)). */
static void answers(void)
{
	static const struct {
		uint32_t state;
		uint64_t deadline;
		int answer, error;
	} rows[] = {
		{ SEAL_STATE_ATTESTED, UINT64_MAX, 1, 0 },
		{ SEAL_STATE_ATTESTED, 1, 0, EKEYREVOKED },
		{ SEAL_STATE_NONE, 0, 0, ENOENT },
		{ SEAL_STATE_PENDING, 0, 0, EALREADY },
		{ SEAL_STATE_EXPIRED, UINT64_MAX, 0, EKEYREVOKED },
		{ SEAL_STATE_REVOKED, UINT64_MAX, 0, EKEYREJECTED },
		{ SEAL_STATE_REJECTED, UINT64_MAX, 0, EKEYREJECTED },
		{ SEAL_STATE_REJECTED + 1, UINT64_MAX, 0, EKEYREJECTED },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct seal_status status = { .state = rows[i].state,
						    .deadline = rows[i].deadline };

		kernel_size = sizeof(status);
		kernel_status = &status;
		errno = 0;
		EXPECT(libseal_attested(0) == rows[i].answer && errno == rows[i].error);
	}
	kernel_size = 0;
	kernel_status = NULL;
	EXPECT(!libseal_attested(-1) && errno == EBADF);
	EXPECT(!libseal_attested(open("/dev/null", O_RDONLY)) && errno == ENOTSOCK);
}

static void words(void)
{
	EXPECT(!strcmp(libseal_state_name(SEAL_STATE_NONE), "none"));
	EXPECT(!strcmp(libseal_state_name(SEAL_STATE_REJECTED), "rejected"));
	EXPECT(!strcmp(libseal_state_name(SEAL_STATE_REJECTED + 1), "unknown"));
	EXPECT(!strcmp(libseal_state_name(UINT32_MAX), "unknown"));
	EXPECT(strstr(libseal_strerror(EKEYREVOKED), "expired"));
	EXPECT(strstr(libseal_strerror(ENOPROTOOPT), "MPTCP"));
	EXPECT(strstr(libseal_strerror(EAGAIN), "block"));
	EXPECT(strstr(libseal_strerror(ENOENT), "kernel TLS"));
	EXPECT(strstr(libseal_strerror(E2BIG), "older"));
	EXPECT(strlen(libseal_strerror(EBADF)) > 0);
	EXPECT(strlen(libseal_strerror(-1)) > 0);
}

static void claims(void)
{
	struct seal_status status = { .claims = "key=tpm consumer=nfs clock=" };
	char value[8];

	EXPECT(libseal_claim(&status, "key", value, sizeof(value)) == 3);
	EXPECT(!strcmp(value, "tpm"));
	EXPECT(libseal_claim(&status, "consumer", value, sizeof(value)) == 3);
	EXPECT(!strcmp(value, "nfs"));
	EXPECT(libseal_claim(&status, "clock", value, sizeof(value)) == 0);
	EXPECT(!strcmp(value, ""));
	EXPECT(libseal_claim(&status, "ke", value, sizeof(value)) == -1 && errno == ENOENT);
	EXPECT(libseal_claim(&status, "", value, sizeof(value)) == -1 && errno == ENOENT);
	EXPECT(libseal_claim(&status, "tpm", value, sizeof(value)) == -1 && errno == ENOENT);
	EXPECT(libseal_claim(&status, "key", value, 3) == -1 && errno == ERANGE);
	EXPECT(libseal_claim(&status, "key", value, 4) == 3);
}

static void deadlines(void)
{
	struct seal_status status = { 0 };

	EXPECT(libseal_remaining(&status) == 0);
	status.deadline = UINT64_MAX;
	EXPECT(libseal_remaining(&status) > 0);
}

/* A socket that is not one, and a kernel that may not have the module. */
static void sockets(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), loaded = !access("/proc/net/seal_stat", F_OK);
	struct seal_status status;
	char name[300];

	EXPECT(libseal_status(-1, &status, sizeof(status)) == -1 && errno == EBADF);
	EXPECT(libseal_status(0, &status, 4) == -1 && errno == EINVAL);
	memset(name, 'a', sizeof(name));
	name[299] = '\0';
	EXPECT(libseal_request(fd, SEAL_ROLE_CLIENT, name, 0, 0) == -1 && errno == EINVAL);
	if (loaded) {
		EXPECT(!libseal_status(fd, &status, sizeof(status)));
		EXPECT(status.state == SEAL_STATE_NONE && !status.id);
		EXPECT(!libseal_attested(fd) && errno == ENOENT);
		EXPECT(libseal_require(fd, 0) == -1 && errno == ENOTCONN);
		EXPECT(libseal_require(fd, 3600001) == -1 && errno == EINVAL);
	} else {
		EXPECT(libseal_status(fd, &status, sizeof(status)) == -1 && errno == ENOPROTOOPT);
		EXPECT(!libseal_attested(fd) && errno == ENOPROTOOPT);
		EXPECT(libseal_request(fd, SEAL_ROLE_CLIENT, "a", 0, 0) == -1);
		EXPECT(libseal_revoke(fd) == -1);
		EXPECT(libseal_tighten(fd, 1) == -1);
		EXPECT(libseal_require(fd, 0) == -1 && errno == ENOPROTOOPT);
	}
	close(fd);
}

/* Refused before seal.ko is asked, whether there is one or not. */
static void multipath(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);
	struct seal_status status;

	if (fd < 0)
		return;
	EXPECT(libseal_request(fd, SEAL_ROLE_CLIENT, "a", 0, 0) == -1 && errno == ENOPROTOOPT);
	EXPECT(libseal_require(fd, 0) == -1 && errno == ENOPROTOOPT);
	EXPECT(libseal_revoke(fd) == -1 && errno == ENOPROTOOPT);
	EXPECT(libseal_tighten(fd, 1) == -1 && errno == ENOPROTOOPT);
	EXPECT(libseal_status(fd, &status, sizeof(status)) == -1 && errno == EOPNOTSUPP);
	close(fd);
}

int main(void)
{
	words();
	claims();
	deadlines();
	sockets();
	multipath();
	sizes();
	answers();
	return failures != 0;
}
