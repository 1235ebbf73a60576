// SPDX-License-Identifier: GPL-2.0-or-later

#include "attester_channel.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "ipc.h"
#include "wire/authenticator.h"

static int answer_error(struct attester_channel *at, uint32_t status)
{
	at->busy = status == ATT_BUSY;
	switch (status) {
	case ATT_OK:
		return 0;
	case ATT_BUSY:
		return -EBUSY;
	case ATT_FAILED:
		return -EIO;
	case ATT_UNAVAILABLE:
		return -EHOSTDOWN;
	case ATT_SELECTION:
		return -ENOTSUP;
	}
	return -EACCES;
}

/* How often and how long to ask again while the TPM's queue is full. */
#define BUSY_WAIT_NS	40000000u
#define BUSY_TIMES	25u

/* Until there is something to read, if a request is out, or @until. */
static int attester_wait(const struct attester_channel *at, uint64_t until)
{
	struct pollfd p = { .fd = at->again ? -1 : at->fd, .events = POLLIN };
	int ms = ipc_poll_ms(until);
	int n;

	if (!ms)
		return -ETIMEDOUT;
	if (at->patience)
		at->patience->silent = IPC_SILENT_NOT;
	n = patience_poll(at->patience, &p, 1, ms);
	if (n < 0 && errno != EINTR)
		return -errno;
	return 0;
}

static int attester_send(struct attester_channel *at)
{
	at->again = 0;
	if (send(at->fd, at->request, at->request_len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return -errno;
	return 0;
}

static int attester_begin(struct attester_channel *at, const void *request, size_t len)
{
	if (at->fd < 0)
		return -EPIPE;
	if (at->request_len || len > sizeof(at->request))
		return -EINVAL;
	memcpy(at->request, request, len);
	at->request_len = len;
	at->tries = 0;
	return attester_send(at);
}

/* A fixed head that starts with the status, then a tail of any length. */
static int attester_receive(struct attester_channel *at, struct msghdr *answer, size_t *len)
{
	uint32_t status;
	ssize_t n;

	n = recvmsg(at->fd, answer, MSG_DONTWAIT);
	if (n < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	if (n == 0)
		return -EPIPE;
	if (answer->msg_flags & MSG_TRUNC || (size_t)n < sizeof(status))
		return -EPROTO;
	memcpy(&status, answer->msg_iov[0].iov_base, sizeof(status));
	*len = (size_t)n;
	return answer_error(at, status);
}

/* -EAGAIN: not yet. Patient while the attester says that it is busy. */
static int attester_try(struct attester_channel *at, struct msghdr *answer, size_t *len)
{
	uint64_t now = ipc_now();
	int err;

	if (at->again) {
		err = at->again > now ? -EAGAIN : attester_send(at);
		if (err)
			return err;
	}
	err = attester_receive(at, answer, len);
	if (err != -EBUSY || at->tries++ == BUSY_TIMES || now + BUSY_WAIT_NS >= at->deadline)
		return err;
	at->again = now + BUSY_WAIT_NS;
	return -EAGAIN;
}

/* The answer, of exactly @head_len octets and a tail; without @wait maybe -EAGAIN. */
static int attester_end(struct attester_channel *at, bool wait, void *head, size_t head_len,
			void *tail, size_t tail_size, size_t *tail_len)
{
	struct iovec iov[2] = {
		{ .iov_base = head, .iov_len = head_len },
		{ .iov_base = tail, .iov_len = tail_size },
	};
	struct msghdr answer = { .msg_iov = iov, .msg_iovlen = tail ? 2 : 1 };
	size_t len = 0;
	int err;

	while ((err = attester_try(at, &answer, &len)) == -EAGAIN) {
		if (!wait)
			return err;
		err = attester_wait(at, at->again ? at->again : at->deadline);
		if (err && !at->again)
			break;
	}
	explicit_bzero(at->request, sizeof(at->request));
	at->request_len = 0;
	if (err)
		return err;
	if (len < head_len)
		return -EPROTO;
	*tail_len = len - head_len;
	return 0;
}

static int attester_call(struct attester_channel *at, const void *request,
			 size_t request_len, void *head, size_t head_len,
			 void *tail, size_t tail_size, size_t *tail_len)
{
	int err = attester_begin(at, request, request_len);

	return err ? err : attester_end(at, true, head, head_len, tail, tail_size, tail_len);
}

/* From host-order lengths to views. */
static int identity_take_chain(struct attester_channel *at, size_t len)
{
	size_t at_byte = 0;

	if (at->identity.length != len || at->identity.count > SEAL_CERTS_MAX)
		return -EPROTO;
	for (uint32_t i = 0; i < at->identity.count; i++) {
		uint32_t n;

		if (len - at_byte < sizeof(n))
			return -EPROTO;
		memcpy(&n, at->chain + at_byte, sizeof(n));
		at_byte += sizeof(n);
		if (!n || n > len - at_byte)
			return -EPROTO;
		at->certs[i] = (struct seal_bytes){ at->chain + at_byte, n };
		at_byte += n;
	}
	if (at_byte != len)
		return -EPROTO;
	at->cert_count = at->identity.count;
	return 0;
}

int attester_identity(struct attester_channel *at)
{
	struct att_request request = { .type = ATT_IDENTITY };
	size_t len;
	int err;

	err = attester_call(at, &request, sizeof(request), &at->identity,
			    sizeof(at->identity), at->chain, sizeof(at->chain),
			    &len);
	if (!err)
		err = identity_take_chain(at, len);
	if (err)
		memset(&at->identity, 0, sizeof(at->identity));
	return err;
}

static int sign_begin(struct attester_channel *at, enum att_type type, struct seal_bytes hash)
{
	struct att_sign request = { .type = type, .hash_len = (uint32_t)hash.len };

	if (hash.len > sizeof(request.hash))
		return -EINVAL;
	memcpy(request.hash, hash.data, hash.len);
	return attester_begin(at, &request, sizeof(request));
}

static int sign_end(struct attester_channel *at, bool wait, uint8_t sig[ATT_MAX_SIG], size_t *len)
{
	struct att_signature answer;
	size_t rest;
	int err;

	err = attester_end(at, wait, &answer, sizeof(answer), NULL, 0, &rest);
	if (err)
		return err;
	if (!answer.length || answer.length > sizeof(answer.sig))
		return -EPROTO;
	memcpy(sig, answer.sig, answer.length);
	*len = answer.length;
	return 0;
}

int attester_sign_tls(struct attester_channel *at, struct seal_bytes hash,
		      uint8_t sig[ATT_MAX_SIG], size_t *len)
{
	int err = sign_begin(at, ATT_SIGN_TLS, hash);

	return err ? err : sign_end(at, true, sig, len);
}

int attester_sign_ea_begin(struct attester_channel *at, struct seal_bytes transcript)
{
	return sign_begin(at, ATT_SIGN_EA, transcript);
}

int attester_sign_ea_end(struct attester_channel *at, bool wait, uint8_t sig[ATT_MAX_SIG],
			 size_t *len)
{
	return sign_end(at, wait, sig, len);
}

int attester_bind(struct attester_channel *at, const struct att_bind *bind,
		  uint8_t context[ATT_BIND_CONTEXT])
{
	struct att_context answer;
	size_t rest;
	int err;

	err = attester_call(at, bind, sizeof(*bind), &answer, sizeof(answer),
			    NULL, 0, &rest);
	if (!err)
		memcpy(context, answer.context, ATT_BIND_CONTEXT);
	return err;
}

int attester_claim_begin(struct attester_channel *at, struct seal_bytes pcr_select,
			 enum seal_hash suite, const uint8_t ekm[32])
{
	struct att_claim request = {
		.type = ATT_CLAIM,
		.pcr_select_len = (uint32_t)pcr_select.len,
		.suite_hash = suite,
	};
	int err;

	if (!pcr_select.len || pcr_select.len > sizeof(request.pcr_select))
		return -EINVAL;
	memcpy(request.pcr_select, pcr_select.data, pcr_select.len);
	memcpy(request.ekm, ekm, sizeof(request.ekm));
	err = attester_begin(at, &request, sizeof(request));
	explicit_bzero(&request, sizeof(request));
	return err;
}

int attester_claim_end(struct attester_channel *at, bool wait, uint8_t *cmw, size_t *len)
{
	struct att_evidence answer;
	size_t tail;
	int err;

	err = attester_end(at, wait, &answer, sizeof(answer), cmw, ATT_MAX_EVIDENCE, &tail);
	if (err)
		return err;
	if (!answer.length || answer.length != tail)
		return -EPROTO;
	*len = tail;
	return 0;
}

int attester_log(struct attester_channel *at, const struct seal_log_ask *ask,
		 uint8_t *data, size_t *len, bool *final)
{
	struct att_log request = {
		.type = ATT_LOG, .log = ask->log, .from = ask->from, .max = ask->max,
	};
	struct att_log_data answer;
	int err;

	err = attester_call(at, &request, sizeof(request), &answer,
			    sizeof(answer), data, ATT_MAX_LOG, len);
	if (err)
		return err;
	if (answer.length != *len || *len > ask->max)
		return -EPROTO;
	*final = answer.final;
	return 0;
}
