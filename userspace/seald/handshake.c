// SPDX-License-Identifier: GPL-2.0-or-later

#include "handshake.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "handover.h"
#include "log.h"
#include "trace.h"
#include "verify/reason.h"
#include "wire/hello.h"

/*
 * The kernel gives SUNRPC's server 5 s and every other consumer 10 s from the
 * moment it asked; we count from ACCEPT and must be done well before.
 */
#define SERVER_NS	4300000000u
#define CLIENT_NS	9000000000u

/* The worker stops by itself this much earlier, to tell the peer. */
#define MARGIN_NS	500000000u

/* So long a peer may say nothing while another waits for its place. */
#define SILENT_NS	250000000u

/* And one that is through with TLS as nobody: it may be making its proof, which takes a TPM. */
#define NOBODY_NS	2000000000u

/*
 * Who has been at work for longer than that, and does not say that it waits, may wait for the
 * lock of a socket, which wants no CPU either and cannot be told.
 */
#define BUSY_NS		1000000000u

/* After a refusal: time for SealError and for the peer to read it. */
#define REFUSAL_NS	700000000u

static void handshake_step(struct handshake *hs, enum handshake_event event)
{
	enum handshake_state before = hs->state;

	hs->state = handshake_next(before, event);
	hs->cause = event;
	trace_step(hs, before);
}

static bool take_address(int fd, bool remote, struct ipc_address *out)
{
	struct sockaddr_storage ss = { 0 };
	socklen_t len = sizeof(ss);
	const struct sockaddr_in6 *in6 = (const void *)&ss;
	const struct sockaddr_in *in4 = (const void *)&ss;

	if (remote ? getpeername(fd, (struct sockaddr *)&ss, &len) :
		     getsockname(fd, (struct sockaddr *)&ss, &len))
		return false;
	out->family = ss.ss_family;
	if (ss.ss_family == AF_INET) {
		out->port = ntohs(in4->sin_port);
		memcpy(out->ip, &in4->sin_addr, sizeof(in4->sin_addr));
	} else if (ss.ss_family == AF_INET6) {
		out->port = ntohs(in6->sin6_port);
		memcpy(out->ip, &in6->sin6_addr, sizeof(in6->sin6_addr));
	} else {
		return false;
	}
	return true;
}

static void fail(struct handshake *hs, enum seal_reason reason, bool transient,
		 const char *detail)
{
	hs->state = HS_OVER;
	hs->cause = EV_FAIL;
	hs->failed.reason = (uint16_t)reason;
	hs->failed.transient = transient;
	snprintf(hs->failed.detail, sizeof(hs->failed.detail), "%s", detail);
}

/* The kernel's own limit, if the consumer named one, less a tenth. */
static uint64_t time_limit(const struct accept_request *req)
{
	uint64_t ns = req->server ? SERVER_NS : CLIENT_NS;

	if (req->timeout_ms)
		ns = (uint64_t)req->timeout_ms * 900000u;
	return ns < 2 * MARGIN_NS ? 2 * MARGIN_NS : ns;
}

/* Asking again changes nothing: final, whoever the peer is. */
static void not_served(struct handshake *hs, const char *detail)
{
	fail(hs, SEAL_REASON_INTERNAL, false, detail);
	hs->verdict.fail = true;
}

uid_t handshake_owner(int fd)
{
	struct stat st;

	return fstat(fd, &st) ? 0 : st.st_uid;
}

struct handshake *handshake_new(struct monitor *m, struct accept_request *req,
				uint64_t number)
{
	struct handshake *hs = calloc(1, sizeof(*hs));

	if (!hs)
		return NULL;
	hs->number = number;
	hs->req = *req;
	hs->owner = handshake_owner(req->fd);
	hs->state = HS_QUEUED;
	hs->started = ipc_now();
	hs->deadline = hs->started + time_limit(req);
	pair_clear(&hs->pair);
	hs->attacher = (struct attacher){ .child.pidfd = -1, .answer = -1 };
	if (!take_address(req->fd, false, &hs->local) ||
	    !take_address(req->fd, true, &hs->remote))
		fail(hs, SEAL_REASON_TLS, true, "the connection is gone");
	else if (req->auth == ACCEPT_AUTH_UNKNOWN)
		not_served(hs, "unknown kind of request");
	else if (!req->certificate != !req->privkey)
		not_served(hs, "a certificate without a key, or the other way round");
	return hs;
}

/*
 * Which consumer asks, which the kernel does not say: of those it has only NVMe has pre-shared
 * keys, only SUNRPC has none.
 */
static uint8_t consumer_class(const struct handshake *hs)
{
	if (hs->claimed.user)
		return SEAL_CLASS_USER;
	if (hs->req.auth == ACCEPT_AUTH_PSK)
		return SEAL_CLASS_NVME;
	return hs->req.server ? SEAL_CLASS_NFSD : SEAL_CLASS_NFS;
}

static enum ipc_auth auth_of(const struct handshake *hs)
{
	switch (hs->req.auth) {
	case ACCEPT_AUTH_ANON:
		return IPC_AUTH_ANON;
	case ACCEPT_AUTH_PSK:
		return IPC_AUTH_PSK;
	case ACCEPT_AUTH_X509:
		return IPC_AUTH_X509;
	case ACCEPT_AUTH_UNKNOWN:
		break;
	}
	return IPC_AUTH_NONE;
}

static int open_attester(struct monitor *m, struct handshake *hs)
{
	struct att_open open = {
		.type = ATT_OPEN,
		.version = ATT_PROTO_VERSION,
		.handshake = hs->number,
		.deadline = hs->deadline - MARGIN_NS,
		.role = hs->req.server ? SEAL_SIDE_SERVER : SEAL_SIDE_CLIENT,
		.consumer = consumer_class(hs),
		.uid = hs->claimed.uid,
		.keyring = hs->req.keyring,
		.certificate = hs->req.certificate,
		.privkey = hs->req.privkey,
		.tls_certificate = hs->req.auth == ACCEPT_AUTH_X509,
	};

	return attester_process_open(&m->attester, &open);
}

static int send_verifier(struct handshake *hs, bool has_attester)
{
	struct ipc_verifier job = {
		.handshake = hs->number,
		.side = hs->req.server ? SEAL_SIDE_SERVER : SEAL_SIDE_CLIENT,
		.auth = auth_of(hs),
		.class = consumer_class(hs),
		.uid = hs->claimed.uid,
		.has_attester = has_attester,
		.keyring = hs->req.keyring,
		.psk_count = hs->req.psk_count,
		.deadline = hs->deadline,
		.local = hs->local,
		.remote = hs->remote,
	};
	uint8_t body[1024];
	size_t len;

	memcpy(job.psks, hs->req.psks, sizeof(job.psks));
	memcpy(job.peername, hs->req.peername, sizeof(job.peername));
	len = ipc_verifier_encode(&job, body, sizeof(body));
	if (!len)
		return -EINVAL;
	return ipc_send(&hs->pair.to_verifier, IPC_VERIFIER,
			(struct seal_bytes){ body, len }, NULL, 0);
}

static int send_worker(struct monitor *m, struct handshake *hs, int attester)
{
	struct ipc_worker job = {
		.handshake = hs->number,
		.side = hs->req.server ? SEAL_SIDE_SERVER : SEAL_SIDE_CLIENT,
		.auth = auth_of(hs),
		.ciphers = m->ciphers,
		.class = consumer_class(hs),
		.uid = hs->claimed.uid,
		.has_attester = attester >= 0,
		.deadline = hs->deadline - MARGIN_NS,
	};
	int fds[2] = { hs->req.fd, attester };
	uint8_t body[1024];
	size_t len;

	memcpy(job.peername, hs->req.peername, sizeof(job.peername));
	len = ipc_worker_encode(&job, body, sizeof(body));
	if (!len)
		return -EINVAL;
	return ipc_send(&hs->pair.to_worker, IPC_WORKER,
			(struct seal_bytes){ body, len }, fds,
			attester >= 0 ? 2 : 1);
}

static int claim(struct monitor *m, struct handshake *hs)
{
	int err = -ENOENT;

	if (m->seal)
		err = genl_seal_claim(m->seal, hs->req.fd, hs->pair.worker.pidfd,
				      &hs->claimed);
	if (err != -ENOENT)
		return err;
	/* Loaded since we looked, or taken out: its number is a new one. */
	if (!m->look_again(m))
		return -EIO;
	if (!m->seal)
		return 0;	/* then a consumer in the kernel asks */
	return genl_seal_claim(m->seal, hs->req.fd, hs->pair.worker.pidfd,
			       &hs->claimed);
}

void handshake_start(struct monitor *m, struct handshake *hs, struct pair *pair)
{
	int attester, err;

	hs->placed = ipc_now();
	hs->busy_until = hs->placed + BUSY_NS;
	hs->pair = *pair;
	pair_clear(pair);
	pair_yield(&hs->pair, m->running++);
	/* Before the worker has the socket. */
	err = claim(m, hs);
	if (err) {
		fail(hs, SEAL_REASON_KERNEL, true, strerror(-err));
		return;
	}
	if (hs->claimed.user && !leaving_room(m->leaving, hs->claimed.uid)) {
		fail(hs, SEAL_REASON_BUSY, true,
		     "other sockets of this user cannot be attached: he keeps their lock");
		return;
	}
	trace_request(hs, consumer_class(hs));
	attester = open_attester(m, hs);
	handshake_step(hs, EV_STARTED);
	err = send_verifier(hs, attester >= 0);
	if (!err)
		err = send_worker(m, hs, attester);
	if (attester >= 0)
		close(attester);
	if (err)
		fail(hs, SEAL_REASON_INTERNAL, true, strerror(-err));
}

static void on_verdict(struct handshake *hs, struct seal_bytes body)
{
	if (!ipc_verdict_decode(body, &hs->verdict)) {
		handshake_step(hs, EV_BROKEN);
		return;
	}
	trace_verdict(hs);
	hs->refused = !hs->verdict.accepted;
	handshake_step(hs, hs->refused ? EV_REFUSE : EV_ACCEPT);
	if (hs->state != HS_REFUSED)
		return;
	/* It is told now, and has its time to hear that. */
	hs->placed = ipc_now();
	if (hs->deadline > hs->placed + REFUSAL_NS)
		hs->deadline = hs->placed + REFUSAL_NS;
}

static void on_keys(struct handshake *hs, struct seal_bytes body)
{
	handshake_step(hs, ipc_keys_decode(body, &hs->keys) ? EV_KEYS : EV_BROKEN);
}

static void on_failed(struct handshake *hs, struct seal_bytes body)
{
	handshake_step(hs, ipc_failed_decode(body, &hs->failed) ? EV_FAIL :
		       EV_BROKEN);
}

static void on_waits(struct handshake *hs, const struct ipc_message *msg)
{
	const struct seal_bytes body = msg->body;
	const uint64_t now = ipc_now();

	/* What our own TPM took is not the peer's silence. */
	if (hs->waits && !hs->silent)
		hs->placed += now - hs->waits_since;
	hs->waits_since = now;
	hs->waits = msg->type == IPC_WAITS;
	hs->silent = hs->waits && body.len == 1 && body.data[0] < IPC_SILENT_COUNT ?
		     (enum ipc_silent)body.data[0] : IPC_SILENT_NOT;
	hs->waited += hs->waits;
	hs->busy_until = now + BUSY_NS;
	/* One that says so without end would keep us from all the others. */
	if ((body.len && !hs->silent) || hs->waited > IPC_WAITS_MAX)
		handshake_step(hs, EV_BROKEN);
}

static void on_message(struct handshake *hs, const struct ipc_message *msg)
{
	switch (msg->type) {
	case IPC_VERDICT:
		on_verdict(hs, msg->body);
		break;
	case IPC_KEYS:
		on_keys(hs, msg->body);
		break;
	case IPC_FAILED:
		on_failed(hs, msg->body);
		break;
	case IPC_WAITS:
	case IPC_WORKS:
		on_waits(hs, msg);
		break;
	default:
		handshake_step(hs, EV_BROKEN);
	}
}

/* One message, if there is one; a closed channel is no news. */
static bool read_channel(struct handshake *hs, struct ipc_channel *ch,
			 struct ipc_message *msg)
{
	int err;

	if (handshake_over(hs) || ch->state == IPC_CLOSED)
		return false;
	err = ipc_recv(ch, msg);
	if (err && err != -EAGAIN && err != -EPIPE)
		handshake_step(hs, EV_BROKEN);
	return !err;
}

static void pump_verifier(struct handshake *hs)
{
	static struct ipc_message msg;

	while (read_channel(hs, &hs->pair.to_verifier, &msg))
		on_message(hs, &msg);
}

/*
 * The verifier's word comes before the worker's, which may rest on it: what
 * the verifier sent before the worker could speak is in its channel by now.
 */
static void pump_worker(struct handshake *hs)
{
	static struct ipc_message msg;

	while (read_channel(hs, &hs->pair.to_worker, &msg)) {
		pump_verifier(hs);
		if (!handshake_over(hs))
			on_message(hs, &msg);
		/* Keys are the first octets of it, if they were in it. */
		explicit_bzero(msg.data, 512);
	}
}

/*
 * Who ended is looked at first and told last: what they sent before is in
 * their channels by then.
 */
static void pump_running(struct handshake *hs)
{
	bool ok = false, verifier_ok = false;
	bool verifier = child_exited(&hs->pair.verifier, &verifier_ok);
	bool worker = child_exited(&hs->pair.worker, &ok);

	pump_verifier(hs);
	pump_worker(hs);
	/* First: the verifier of a worker that is gone has nothing to say. */
	if (worker && !ok && !handshake_over(hs))
		handshake_step(hs, EV_WORKER_BAD);
	if (verifier && !handshake_over(hs))
		handshake_step(hs, EV_VERIFIER_END);
	if (worker && ok && !handshake_over(hs))
		handshake_step(hs, EV_WORKER_OK);
}

static bool is_running(const struct handshake *hs)
{
	return hs->state != HS_QUEUED && hs->state != HS_HANDING && !handshake_over(hs);
}

void handshake_leave(struct monitor *m, struct handshake *hs)
{
	if (pair_there(&hs->pair))
		m->running--;
	/* It may wait for the lock of the socket. */
	if (hs->claimed.user)
		leaving_add(&m->leaving, &hs->pair.worker, hs->claimed.uid);
	pair_end(&hs->pair);
}

/* Nobody else has the socket or the keys by then. */
static void pump_handing(struct monitor *m, struct handshake *hs)
{
	char why[sizeof(hs->failed.detail)];
	int err;

	if (pair_there(&hs->pair)) {
		handshake_leave(m, hs);
		if (!handover_room(m, hs)) {
			fail(hs, SEAL_REASON_BUSY, true,
			     "other sockets of this user wait to be attached, or too many of all");
			return;
		}
		err = handover_start(m, hs);
	} else {
		err = handover_end(hs);
	}
	if (err == -EINPROGRESS)
		return;
	if (!err) {
		handshake_step(hs, EV_HANDED);
		return;
	}
	snprintf(why, sizeof(why), "%s: %s", hs->verdict.attested ? "attach" : "kernel TLS",
		 strerror(-err));
	fail(hs, SEAL_REASON_KERNEL, err != -EACCES, why);
}

void handshake_pump(struct monitor *m, struct handshake *hs)
{
	if (is_running(hs))
		pump_running(hs);
	if (hs->state == HS_HANDING)
		pump_handing(m, hs);
	if (!handshake_over(hs) && ipc_now() >= hs->deadline)
		handshake_step(hs, EV_DEADLINE);
}

/*
 * Who was refused has only to read it, and keeps the reason; of whom nothing is asked is accepted
 * before he has proven to be anybody.
 */
static bool may_give_way(const struct handshake *hs)
{
	return hs->state == HS_RUNNING || hs->state == HS_ACCEPTED || hs->state == HS_REFUSED;
}

uint64_t handshake_place_until(const struct handshake *hs)
{
	if (!may_give_way(hs) || !hs->silent)
		return UINT64_MAX;
	return hs->placed + (hs->silent == IPC_SILENT_NOBODY ? NOBODY_NS : SILENT_NS);
}

void handshake_give_way(struct handshake *hs)
{
	fail(hs, SEAL_REASON_TIMEOUT, true, "silent while another waits for its place");
}

void handshake_stop(struct handshake *hs)
{
	fail(hs, SEAL_REASON_BUSY, true, "seald stops");
}
