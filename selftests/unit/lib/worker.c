// SPDX-License-Identifier: GPL-2.0-or-later
#include "worker.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "swtpm.h"
#include "tap.h"
#include "verify/bind.h"
#include "wire/hello.h"

static char log_file[96];

struct attester start(const char *dir)
{
	struct attester at;
	int pair[2];
	char logs[64];

	swtpm_dir(logs, sizeof(logs), "log");
	snprintf(log_file, sizeof(log_file), "%s/attester", logs);
	must(!socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), "socketpair");
	at.pid = fork();
	if (!at.pid) {
		must(freopen(log_file, "w", stderr) != NULL, "log");
		if (dup2(pair[1], 3) == 3)
			execl(built("seald-attester"), "seald-attester", "-c", dir, (char *)NULL);
		_exit(127);
	}
	close(pair[1]);
	at.control = pair[0];
	return at;
}

/* Its exit status after the monitor went away, or -1 if a signal ended it. */
int stop(struct attester *at)
{
	int status;

	close(at->control);
	waitpid(at->pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool logged(const char *text)
{
	return sh("grep -q '%s' %s", text, log_file);
}

bool soon_logged(const char *text)
{
	for (unsigned int i = 0; i < 1000; i++) {
		if (logged(text))
			return true;
		usleep(10000);
	}
	return false;
}

bool show_log(const char *word)
{
	return sh("sed -n 's/.*\\(%s\\)/# \\1/p' %s", word, log_file);
}

void send_fds(int control, const void *message, size_t len, const int *fds, size_t count)
{
	union {
		struct cmsghdr align;
		char data[CMSG_SPACE(2 * sizeof(int))];
	} space = { 0 };
	struct iovec iov = { (void *)message, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (count) {
		msg.msg_control = &space;
		msg.msg_controllen = CMSG_SPACE(count * sizeof(int));
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(c), fds, count * sizeof(int));
	}
	must(sendmsg(control, &msg, MSG_NOSIGNAL) == (ssize_t)len, "to the attester");
}

const struct att_open nfsd = {
	.type = ATT_OPEN, .version = ATT_PROTO_VERSION, .handshake = 1, .deadline = UINT64_MAX,
	.role = SEAL_SIDE_SERVER, .consumer = SEAL_CLASS_NFSD, .tls_certificate = 1 };

/* Our end of a new worker's channel. */
int open_worker(const struct attester *at)
{
	return open_worker_until(at, UINT64_MAX);
}

int open_worker_until(const struct attester *at, uint64_t deadline)
{
	struct att_open open = nfsd;
	int pair[2];

	open.deadline = deadline;
	must(!socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), "socketpair");
	send_fds(at->control, &open, sizeof(open), &pair[1], 1);
	close(pair[1]);
	return pair[0];
}

/* Octets of the answer; 0: the channel was closed; -1: no answer in 5 s. */
ssize_t receive(int fd, union reply *r)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n;

	memset(r, 0, sizeof(*r));
	if (poll(&p, 1, 5000) != 1)
		return -1;
	n = recv(fd, r, sizeof(*r), 0);
	return n < 0 ? 0 : n;
}

ssize_t call(int fd, const void *message, size_t len, union reply *r)
{
	if (send(fd, message, len, MSG_NOSIGNAL) != (ssize_t)len)
		return 0;
	return receive(fd, r);
}

const uint8_t tls_hash[32] = { 1, 2, 3 };
const uint8_t transcript[48] = { 4, 5, 6 };

bool ask_identity(int fd, union reply *r)
{
	const struct att_request m = { .type = ATT_IDENTITY };

	return call(fd, &m, sizeof(m), r) > 0 && r->status == ATT_OK;
}

bool ask_sign(int fd, enum att_type type, const uint8_t *hash, size_t len, union reply *r)
{
	struct att_sign m = { .type = type, .hash_len = len };

	memcpy(m.hash, hash, len);
	return call(fd, &m, sizeof(m), r) > 0 && r->status == ATT_OK;
}

bool ask_bind(int fd, bool certificate, union reply *r)
{
	struct att_bind m = {
		.type = ATT_BIND, .mode = SEAL_MODE_EVIDENCE, .tls_certificate = certificate };

	memset(m.hello_hash, 1, 32);
	memset(m.request_hash, 2, 32);
	memset(m.rp_cert_hash, 3, 32);
	return call(fd, &m, sizeof(m), r) > 0 && r->status == ATT_OK;
}

/* PCRs 0 to 9 of the SHA-256 bank. */
struct att_claim claim_message(const uint8_t ekm[32])
{
	struct att_claim m = { .type = ATT_CLAIM };

	m.pcr_select_len = unhex("00000001000b03ff0300", m.pcr_select, sizeof(m.pcr_select));
	memcpy(m.ekm, ekm, 32);
	return m;
}
