// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "attester/referral.h"
#include "seald/ipc.h"
#include "verify/envelope.h"

/* At once or not at all: a full queue is a verifier that is too slow. */
static int connect_to(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || strlen(path) >= sizeof(addr.sun_path))
		goto fail;
	strcpy(addr.sun_path, path);
	if (!connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return fd;
fail:
	if (fd >= 0)
		close(fd);
	return -1;
}

static bool write_dossier(struct att_referral *r, const struct seal_dossier *dossier)
{
	size_t size = SEAL_DOSSIER_MAX + dossier->boot.len + dossier->ima.len;

	r->out = malloc(size);
	r->out_len = r->out ? seal_dossier_encode(dossier, r->out, size) : 0;
	return r->out_len;
}

struct att_referral *att_referral_new(const char *path, const struct seal_dossier *dossier,
				      uint64_t deadline)
{
	struct att_referral *r = calloc(1, sizeof(*r));
	uint64_t latest = ipc_now() + ATT_REFERRAL_NS;

	if (!r)
		return NULL;
	r->deadline = deadline < latest ? deadline : latest;
	r->fd = connect_to(path);
	if (r->fd >= 0 && write_dossier(r, dossier))
		return r;
	att_referral_free(r);
	return NULL;
}

void att_referral_free(struct att_referral *r)
{
	if (!r)
		return;
	if (r->fd >= 0)
		close(r->fd);
	free(r->out);
	free(r);
}

short att_referral_events(const struct att_referral *r)
{
	return r->sent < r->out_len ? POLLOUT : POLLIN;
}

static bool again(void)
{
	return errno == EAGAIN || errno == EINTR;
}

static enum att_referral_state send_more(struct att_referral *r)
{
	while (r->sent < r->out_len) {
		ssize_t n = send(r->fd, r->out + r->sent, r->out_len - r->sent, MSG_NOSIGNAL);

		if (n < 0)
			return again() ? ATT_REFERRAL_RUNS : ATT_REFERRAL_FAILED;
		r->sent += (size_t)n;
	}
	return shutdown(r->fd, SHUT_WR) ? ATT_REFERRAL_FAILED : ATT_REFERRAL_RUNS;
}

/* Whatever was answered must be shown to the peer, so look at it first. */
static bool answers(const struct att_referral *r, const uint8_t binder[SEAL_SHA256_LEN])
{
	struct seal_envelope envelope;
	uint8_t room[SEAL_EAR_MAX];
	struct seal_ear ear;

	return seal_envelope_open((struct seal_bytes){ r->in, r->in_len }, &envelope) ==
	       SEAL_REASON_ACCEPTED &&
	       seal_envelope_claims(&envelope, room, &ear) == SEAL_REASON_ACCEPTED &&
	       seal_bytes_equal(ear.nonce, (struct seal_bytes){ binder, SEAL_SHA256_LEN });
}

static enum att_referral_state receive_more(struct att_referral *r,
					    const uint8_t binder[SEAL_SHA256_LEN])
{
	ssize_t n = 1;

	while (n > 0 && r->in_len < sizeof(r->in)) {
		n = recv(r->fd, r->in + r->in_len, sizeof(r->in) - r->in_len, 0);
		if (n < 0)
			return again() ? ATT_REFERRAL_RUNS : ATT_REFERRAL_FAILED;
		r->in_len += (size_t)n;
	}
	return !n && answers(r, binder) ? ATT_REFERRAL_DONE : ATT_REFERRAL_FAILED;
}

enum att_referral_state att_referral_step(struct att_referral *r,
					  const uint8_t binder[SEAL_SHA256_LEN])
{
	if (ipc_now() >= r->deadline)
		return ATT_REFERRAL_FAILED;
	return r->sent < r->out_len ? send_more(r) : receive_more(r, binder);
}
