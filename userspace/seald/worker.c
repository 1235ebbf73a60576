// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * seald-worker: one TLS handshake and the SEAL exchange after it.
 *
 * Started by the monitor, which passes the job when there is one; until then
 * it only waits. Has a socket, a channel to the attester and one to the
 * verifier; opens no file, knows no policy and no key. Ends with the
 * connection: exit status 0 only after the record keys were given to the
 * monitor.
 */
#include "worker.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "seald/confine.h"
#include "seald/spawn_fds.h"
#include "verify/bind.h"

int worker_fail(struct worker *w, enum seal_reason reason, bool transient,
		const char *fmt, ...)
{
	va_list ap;

	if (w->has_failed || w->refused)
		return -1;
	w->has_failed = true;
	w->failed.reason = (uint16_t)reason;
	w->failed.transient = transient;
	va_start(ap, fmt);
	vsnprintf(w->failed.detail, sizeof(w->failed.detail), fmt, ap);
	va_end(ap);
	return -1;
}

static bool tls_error_transient(int err)
{
	return err == GNUTLS_E_TIMEDOUT || err == GNUTLS_E_PULL_ERROR ||
	       err == GNUTLS_E_PUSH_ERROR || err == GNUTLS_E_PREMATURE_TERMINATION;
}

int worker_fail_tls(struct worker *w, int err)
{
	if (w->tls.misuse)
		return worker_fail(w, SEAL_REASON_TLS_MISUSE, false,
				   "ticket or key update");
	if (w->tls.small_records)
		return worker_fail(w, SEAL_REASON_TLS, false,
				   "the peer takes no records of %u octets, which the kernel sends",
				   TLS_RECORD_MAX);
	if (err == GNUTLS_E_TIMEDOUT)
		return worker_fail(w, SEAL_REASON_TIMEOUT, true, "peer is silent");
	if (err == GNUTLS_E_FATAL_ALERT_RECEIVED)
		return worker_fail(w, SEAL_REASON_TLS, false, "peer sent alert: %s",
				   gnutls_alert_get_name(
					   gnutls_alert_get(w->tls.session)));
	return worker_fail(w, SEAL_REASON_TLS, tls_error_transient(err), "%s",
			   gnutls_strerror(err));
}

int worker_expect(struct worker *w, enum ipc_type expect)
{
	int err = ipc_wait(&w->verifier, &w->msg, w->job.deadline);

	if (err)
		return worker_fail(w, SEAL_REASON_VERIFIER, true, "%s",
				   strerror(-err));
	if (w->msg.type == IPC_REFUSE) {
		if (!ipc_refuse_decode(w->msg.body, &w->refuse))
			return worker_fail(w, SEAL_REASON_VERIFIER, true, "refuse");
		w->refused = true;
		return -1;
	}
	if (expect != IPC_NONE && w->msg.type != expect)
		return worker_fail(w, SEAL_REASON_VERIFIER, true, "answer is %s",
				   ipc_type_name(w->msg.type));
	return 0;
}

int worker_ask(struct worker *w, enum ipc_type type, struct seal_bytes body,
	       enum ipc_type expect)
{
	int err = ipc_send(&w->verifier, type, body, NULL, 0);

	if (err)
		return worker_fail(w, SEAL_REASON_VERIFIER, true, "%s: %s",
				   ipc_type_name(type), strerror(-err));
	return worker_expect(w, expect);
}

/* In the handshake: the verifier judges the chain, we send its alert. */
static bool check_chain(void *arg, const gnutls_datum_t *chain,
			unsigned int count)
{
	struct seal_bytes certs[SEAL_CERTS_MAX];
	struct worker *w = arg;
	size_t len;

	if (count > SEAL_CERTS_MAX) {
		worker_fail(w, SEAL_REASON_CERT_BAD, false, "%u certificates",
			    count);
		return false;
	}
	for (unsigned int i = 0; i < count; i++)
		certs[i] = (struct seal_bytes){ chain[i].data, chain[i].size };
	len = seal_chain_encode(certs, count, w->ipc, sizeof(w->ipc));
	if (!len || len > SEAL_CHAIN_MAX) {
		worker_fail(w, SEAL_REASON_CERT_BAD, false, "chain too long");
		return false;
	}
	if (worker_ask(w, IPC_CHAIN, (struct seal_bytes){ w->ipc, len },
		       IPC_CHAIN_OK)) {
		w->tls.alert = w->refused ? w->refuse.alert :
			       GNUTLS_A_INTERNAL_ERROR;
		return false;
	}
	return true;
}

/* The verifier knows whose identity it is, and has the key if it is anybody's. */
static bool get_psk(void *arg, struct seal_bytes identity, struct ipc_psk *psk)
{
	struct worker *w = arg;

	if (identity.len > IPC_PSK_IDENTITY_MAX) {
		worker_fail(w, SEAL_REASON_PSK_UNMAPPED, false, "%zu octets",
			    identity.len);
		return false;
	}
	if (!worker_ask(w, IPC_PSK, identity, IPC_PSK_KEY)) {
		if (ipc_psk_decode(w->msg.body, psk))
			return true;
		worker_fail(w, SEAL_REASON_VERIFIER, true, "psk");
	}
	/* As for a wrong key: who guesses identities learns nothing. */
	w->tls.alert = GNUTLS_A_DECRYPT_ERROR;
	return false;
}

static int take_job(struct worker *w)
{
	if (ipc_wait(&w->monitor, &w->msg, UINT64_MAX) ||
	    w->msg.type != IPC_WORKER ||
	    !ipc_worker_decode(w->msg.body, &w->job) ||
	    w->msg.fd_count != (w->job.has_attester ? 2 : 1))
		return -1;
	w->patience.monitor = &w->monitor;
	w->tls.patience = w->attester.patience = &w->patience;
	w->tls.fd = w->msg.fds[0];
	w->tls.deadline = w->job.deadline;
	w->attester.fd = w->job.has_attester ? w->msg.fds[1] : -1;
	w->attester.deadline = w->job.deadline;
	return 0;
}

static int take_offer(struct worker *w)
{
	if (worker_expect(w, IPC_OFFER))
		return -1;
	if (!ipc_offer_decode(w->msg.body, &w->offer))
		return worker_fail(w, SEAL_REASON_VERIFIER, true, "offer");
	return 0;
}

static int fail_identity(struct worker *w)
{
	return worker_fail(w, w->no_identity == -EBUSY ? SEAL_REASON_BUSY :
			   SEAL_REASON_ATTESTER, true, "identity: %s",
			   strerror(-w->no_identity));
}

/* Who shows no certificate in the handshake can do without, until it is to attest. */
static int take_identity(struct worker *w)
{
	w->no_identity = attester_identity(&w->attester);
	if (w->no_identity && w->job.auth == IPC_AUTH_X509)
		return fail_identity(w);
	return 0;
}

/* The peer lacks the extension and must not: the verifier tells the monitor. */
static int report_no_seal(struct worker *w)
{
	struct ipc_peer peer = { 0 };
	uint8_t body[8];
	size_t len = ipc_peer_encode(&peer, body, sizeof(body));

	if (!worker_ask(w, IPC_PEER, (struct seal_bytes){ body, len }, IPC_REFUSE))
		worker_fail(w, SEAL_REASON_VERIFIER, true, "not refused");
	return -1;
}

static int do_handshake(struct worker *w)
{
	int err;

	w->tls.side = w->job.side;
	w->tls.offer = w->offer.offer;
	w->tls.demand = w->offer.demand;
	w->tls.attester = &w->attester;
	w->tls.check = check_chain;
	w->tls.psk = w->job.auth == IPC_AUTH_PSK ? get_psk : NULL;
	w->tls.arg = w;
	err = tls_open(&w->tls, w->job.ciphers, w->job.auth == IPC_AUTH_X509,
		       w->job.peername);
	if (!err)
		err = tls_handshake(&w->tls);
	if (!err)
		return 0;
	if (err == GNUTLS_E_MISSING_EXTENSION)
		return report_no_seal(w);
	return worker_fail_tls(w, err);
}

/* After TLS, to one who waits for frames or for the application's octets. */
static void say_no(struct worker *w, bool seal, enum seal_code code, uint8_t alert)
{
	if (seal)
		exchange_error(w, code);
	else
		tls_alert(&w->tls, alert);
}

static int get_plan(struct worker *w)
{
	/* A peer that offers what we did not take up expects no frames. */
	bool seal = w->offer.offer && w->tls.peer_seal;
	struct ipc_peer peer = { .complete = true, .seal = seal };
	static uint8_t copy[IPC_MAX];
	uint8_t body[8];
	size_t len = ipc_peer_encode(&peer, body, sizeof(body));

	if (worker_ask(w, IPC_PEER, (struct seal_bytes){ body, len }, IPC_PLAN)) {
		say_no(w, seal, w->refused ? (enum seal_code)w->refuse.code :
		       seal_reason_code(w->failed.reason),
		       w->refused ? w->refuse.alert : GNUTLS_A_INTERNAL_ERROR);
		return -1;
	}
	/* The plan's media types are views, and messages share their room. */
	memcpy(copy, w->msg.body.data, w->msg.body.len);
	if (!ipc_plan_decode((struct seal_bytes){ copy, w->msg.body.len },
			     &w->plan)) {
		say_no(w, seal, seal_reason_code(SEAL_REASON_VERIFIER),
		       GNUTLS_A_INTERNAL_ERROR);
		return worker_fail(w, SEAL_REASON_VERIFIER, true, "plan");
	}
	/* A lost attester passes; that we cannot attest would be said for good. */
	if (!w->plan.plain && w->plan.attest && w->no_identity) {
		fail_identity(w);
		say_no(w, seal, seal_reason_code(w->failed.reason), GNUTLS_A_INTERNAL_ERROR);
		return -1;
	}
	return 0;
}

static int send_keys(struct worker *w)
{
	struct ipc_keys keys = { .certificate = tls_peer_leaf(&w->tls).len > 0 };
	struct seal_bytes none = { 0 };
	uint8_t body[256];
	size_t len;
	int err;

	if (!tls_export(&w->tls, SEAL_LABEL_CONNECTION_ID, none,
			keys.connection_id, sizeof(keys.connection_id)) ||
	    !tls_keys(&w->tls, &keys))
		return worker_fail(w, SEAL_REASON_INTERNAL, false,
				   "no keys to hand over");
	len = ipc_keys_encode(&keys, body, sizeof(body));
	err = ipc_send(&w->monitor, IPC_KEYS, (struct seal_bytes){ body, len },
		       NULL, 0);
	explicit_bzero(body, sizeof(body));
	explicit_bzero(&keys, sizeof(keys));
	return err ? -1 : 0;
}

static int run(struct worker *w)
{
	if (take_offer(w) || take_identity(w) || do_handshake(w) || get_plan(w))
		return -1;
	/* kTLS on the kernels we know sends full records, whatever was agreed. */
	if (gnutls_record_get_max_size(w->tls.session) < TLS_RECORD_MAX) {
		say_no(w, !w->plan.plain, seal_reason_code(SEAL_REASON_TLS),
		       GNUTLS_A_HANDSHAKE_FAILURE);
		return worker_fail(w, SEAL_REASON_TLS, false,
				   "peer wants records below 16 KiB");
	}
	if (!w->plan.plain && exchange_run(w))
		return -1;
	return 0;
}

/* Frames are small and wait for answers; the option is the application's. */
static int run_without_delay(struct worker *w)
{
	int before = 0, on = 1, ret;
	socklen_t len = sizeof(before);
	bool changed;

	changed = !getsockopt(w->tls.fd, IPPROTO_TCP, TCP_NODELAY, &before, &len) &&
		  !before && !setsockopt(w->tls.fd, IPPROTO_TCP, TCP_NODELAY, &on,
					 sizeof(on));
	ret = run(w);
	if (changed)
		setsockopt(w->tls.fd, IPPROTO_TCP, TCP_NODELAY, &before,
			   sizeof(before));
	return ret;
}

static void report_failure(struct worker *w)
{
	uint8_t body[512];
	size_t len;

	/* A refusal is the verifier's to report. */
	if (w->refused)
		return;
	len = ipc_failed_encode(&w->failed, body, sizeof(body));
	ipc_send(&w->monitor, IPC_FAILED, (struct seal_bytes){ body, len }, NULL, 0);
}

int main(void)
{
	static struct worker worker = {
		.monitor = { SPAWN_FD_MONITOR, IPC_W_START, IPC_WORKER_END,
			     IPC_MONITOR },
		.verifier = { SPAWN_FD_PEER, IPC_P_START, IPC_WORKER_END,
			      IPC_VERIFIER_END },
		.attester = { .fd = -1 },
	};
	struct worker *w = &worker;
	int ret;

	confine_start();
	if (gnutls_global_init() || !confine_worker() || take_job(w))
		return EXIT_FAILURE;
	ret = run_without_delay(w);
	patience_end(&w->patience);
	if (!ret)
		ret = send_keys(w);
	if (ret)
		report_failure(w);
	tls_close(&w->tls);
	_exit(ret ? EXIT_FAILURE : EXIT_SUCCESS);
}
