// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <gnutls/crypto.h>

#include "attester/server.h"
#include "attester/server_private.h"
#include "seald/ipc.h"
#include "seald/log.h"

/* The last one takes the free place: order does not matter, turns do. */
static void drop(struct att_server *s, size_t i)
{
	close(s->conn[i].fd);
	att_guest_free(s->conn[i].guest);
	att_referral_free(s->conn[i].referral);
	gnutls_memset(&s->conn[i].ch, 0, sizeof(s->conn[i].ch));
	s->conn[i] = s->conn[--s->count];
}

/* False: the worker does not take its answer, and its channel must go. */
static bool answer(struct conn *c, const void *head, size_t head_len, const void *tail,
		   size_t tail_len)
{
	struct iovec iov[2] = { { (void *)head, head_len }, { (void *)tail, tail_len } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = tail_len ? 2 : 1 };

	return sendmsg(c->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)(head_len + tail_len);
}

bool conn_status(struct conn *c, uint32_t status)
{
	return answer(c, &status, sizeof(status), NULL, 0) && status == ATT_BUSY;
}

bool conn_granted(struct conn *c, enum att_type type, const void *head, size_t head_len,
		  const void *tail, size_t tail_len)
{
	att_channel_answered(&c->ch, type);
	return answer(c, head, head_len, tail, tail_len);
}

bool conn_claim(struct conn *c, const uint8_t *cmw, size_t len)
{
	const struct att_evidence head = { .status = ATT_OK, .length = len };

	return conn_granted(c, ATT_CLAIM, &head, sizeof(head), cmw, len);
}

static bool do_guest_identity(struct conn *c)
{
	const struct att_guest *guest = c->guest;
	struct att_identity id = {
		.status = ATT_OK, .sig_scheme = guest->scheme, .count = guest->tls.count,
		.length = guest->tls.len };

	memcpy(id.subject_key_hash, guest->self.spki_hash, sizeof(id.subject_key_hash));
	return conn_granted(c, ATT_IDENTITY, &id, sizeof(id), guest->tls.data, guest->tls.len);
}

static bool do_identity(struct att_server *s, struct conn *c)
{
	struct att_keys *keys = s->keys;
	struct att_identity id = {
		.status = ATT_OK, .key_in_tpm = keys->key_in_tpm, .sig_scheme = keys->scheme,
		.count = keys->tls.count, .length = keys->tls.len };

	if (c->guest)
		return do_guest_identity(c);
	att_keys_refresh(keys, time(NULL));
	id.modes = keys->self.modes;
	memcpy(id.subject_key_hash, keys->self.spki_hash, sizeof(id.subject_key_hash));
	return conn_granted(c, ATT_IDENTITY, &id, sizeof(id), keys->tls.data, keys->tls.len);
}

static bool do_bind(struct att_server *s, struct conn *c)
{
	struct att_context ctx = { .status = ATT_OK };

	memcpy(ctx.context, c->ch.context, sizeof(ctx.context));
	return conn_granted(c, ATT_BIND, &ctx, sizeof(ctx), NULL, 0);
}

static bool do_log(struct att_server *s, struct conn *c)
{
	const struct seal_log_piece piece = att_logs_piece(&s->keys->logs, &c->ch.log);
	const struct att_log_data head = {
		.status = ATT_OK, .length = piece.data.len, .final = piece.final };

	return conn_granted(c, ATT_LOG, &head, sizeof(head), piece.data.data, piece.data.len);
}

/* False: the channel must go. */
static bool serve(struct att_server *s, struct conn *c)
{
	uint8_t message[sizeof(struct att_bind) + sizeof(struct att_claim)];
	enum att_type type;
	ssize_t n;

	n = recv(c->fd, message, sizeof(message), MSG_DONTWAIT | MSG_TRUNC);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n <= 0)
		return false;
	/* With MSG_TRUNC n is the real length, also of what did not fit. */
	type = (size_t)n > sizeof(message) ? ATT_NONE
	       : att_channel_receive(&c->ch, c->guest ? &c->guest->self : &s->keys->self,
				     message, n);
	gnutls_memset(message, 0, sizeof(message));
	switch (type) {
	case ATT_IDENTITY:
		return do_identity(s, c);
	case ATT_BIND:
		return do_bind(s, c);
	case ATT_LOG:
		return do_log(s, c);
	case ATT_CLAIM:
		if (c->ch.mode == SEAL_MODE_PLAIN)
			return refer_plain(s, c);
		return queue_add(s, c, type);
	case ATT_SIGN_TLS:
	case ATT_SIGN_EA:
		return queue_add(s, c, type);
	default:
		seald_log(LOG_WARNING, "handshake %llu: %s, denied",
			  (unsigned long long)c->ch.handshake,
			  c->ch.refusal == ATT_SELECTION ? "PCRs that nobody may ask for"
							 : "a request out of order");
		return conn_status(c, c->ch.refusal);
	}
}

#define FDS_ROOM	8u	/* more than the monitor sends, to see what it should not */

/* The one descriptor of a message. Others are closed, and then there is none. */
static int passed_fd(struct msghdr *msg)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	int fds[FDS_ROOM];
	size_t count, i;

	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
		return -1;
	count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(fds, CMSG_DATA(c), count * sizeof(int));
	if (count == 1 && !(msg->msg_flags & MSG_CTRUNC))
		return fds[0];
	for (i = 0; i < count; i++)
		close(fds[i]);
	return -1;
}

static bool take_guest(struct att_server *s, struct conn *c, const void *message)
{
	struct att_open open;

	memcpy(&open, message, sizeof(open));
	if (att_guest_load(s->keys, &open, &c->guest))
		return true;
	seald_log(LOG_ERR, "handshake %llu: keys %u and %u are no certificate and its key",
		  (unsigned long long)open.handshake, open.certificate, open.privkey);
	return false;
}

static void open_channel(struct att_server *s, int fd, const void *message, ssize_t len)
{
	struct conn *c = &s->conn[s->count];

	if (fd < 0) {
		seald_log(LOG_ERR, "a message of the monitor without its one descriptor");
		return;
	}
	if (s->count < CONNS_MAX && att_channel_open(&c->ch, message, len) &&
	    take_guest(s, c, message)) {
		c->fd = fd;
		c->waiting = ATT_NONE;
		c->at_tpm = false;
		c->referral = NULL;
		s->count++;
		return;
	}
	seald_log(LOG_ERR, s->count < CONNS_MAX ? "a channel that cannot be opened"
						: "too many channels");
	close(fd);
}

/* False: the monitor is gone. */
static bool accept_channels(struct att_server *s, int control)
{
	union {
		struct cmsghdr align;
		char data[CMSG_SPACE(FDS_ROOM * sizeof(int))];
	} space;
	uint8_t message[sizeof(struct att_open) + 1];
	ssize_t n;

	for (;;) {
		struct iovec iov = { message, sizeof(message) };
		struct msghdr msg = {
			.msg_iov = &iov, .msg_iovlen = 1,
			.msg_control = &space, .msg_controllen = sizeof(space) };

		n = recvmsg(control, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		if (!n)
			return false;
		open_channel(s, passed_fd(&msg), message, n);
	}
}

static void log_counters(const struct att_server *s)
{
	seald_log(LOG_INFO, "tpm-ops quote=%lu sign=%lu certify=%lu claims=%lu", s->ops.quote,
		  s->ops.sign, s->ops.certify, s->claims);
}

/* False: end. */
static bool take_signal(struct att_server *s, int signals)
{
	struct signalfd_siginfo info;

	if (read(signals, &info, sizeof(info)) != sizeof(info))
		return true;
	if (info.ssi_signo != SIGUSR1)
		return false;
	log_counters(s);
	return true;
}

/* While our verifier is asked, only that end counts: it is never long. */
static struct pollfd events_of(const struct conn *c)
{
	if (c->referral)
		return (struct pollfd){ c->referral->fd, att_referral_events(c->referral), 0 };
	return (struct pollfd){ c->fd, c->waiting == ATT_NONE ? POLLIN : 0, 0 };
}

static int patience(const struct att_server *s)
{
	uint64_t until = UINT64_MAX;
	size_t i;

	for (i = 0; i < s->count; i++)
		if (s->conn[i].referral && s->conn[i].referral->deadline < until)
			until = s->conn[i].referral->deadline;
	return until == UINT64_MAX ? -1 : ipc_poll_ms(until);
}

static int wait_events(struct att_server *s)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		s->polls[FIRST + i] = events_of(&s->conn[i]);
	return poll(s->polls, FIRST + s->count, patience(s));
}

/* False: the channel must go. */
static bool serve_events(struct att_server *s, struct conn *c, short events)
{
	if (c->referral)
		return (!events && ipc_now() < c->referral->deadline) || refer_go(c);
	return !(events & (POLLHUP | POLLERR | POLLNVAL)) && (!(events & POLLIN) || serve(s, c));
}

/* From the last to the first: drop() moves only what was looked at. */
static void serve_all(struct att_server *s)
{
	size_t i = s->count;

	while (i--)
		if (!serve_events(s, &s->conn[i], s->polls[FIRST + i].revents))
			drop(s, i);
}

static int loop(struct att_server *s, int control, int signals)
{
	for (;;) {
		if (wait_events(s) < 0)
			continue;
		serve_all(s);
		if (s->polls[ENGINE].revents)
			queue_done(s);
		if (s->polls[SIGNALS].revents && !take_signal(s, signals))
			return 0;
		if (s->polls[CONTROL].revents && !accept_channels(s, control))
			return 0;
		queue_go(s);
		if (s->broken) {
			seald_log(LOG_ERR, "the TPM or its keys are not what they were, "
				  "starting anew");
			return -1;
		}
	}
}

int att_server_run(struct att_keys *keys, int control, int signals)
{
	struct att_server *s = calloc(1, sizeof(*s));
	int ret;

	if (!s)
		return -1;
	s->keys = keys;
	s->type = att_evidence_type(SEAL_MEDIA_TPM);
	if (keys->tpm) {
		s->ops = *att_tpm_ops(keys->tpm);
		s->engine = att_engine_start(keys, s->type);
		if (!s->engine) {
			free(s);
			return -1;
		}
	}
	s->polls[CONTROL] = (struct pollfd){ .fd = control, .events = POLLIN };
	s->polls[SIGNALS] = (struct pollfd){ .fd = signals, .events = POLLIN };
	s->polls[ENGINE] = (struct pollfd){ .fd = att_engine_fd(s->engine), .events = POLLIN };
	ret = loop(s, control, signals);
	att_engine_stop(s->engine);
	att_batch_free(&s->batch);
	log_counters(s);
	while (s->count)
		drop(s, 0);
	free(s);
	return ret;
}
