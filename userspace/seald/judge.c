// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The peer's proof: carried to the verifier, which asks back for the exporter of
 * its bind context and for logs.
 */
#include <string.h>

#include "verify/bind.h"
#include "verify/ea.h"
#include "worker.h"

static bool peer_exporters(struct worker *w, uint8_t *context, uint8_t *finished,
			   size_t len)
{
	bool client = w->job.side == SEAL_SIDE_SERVER;
	struct seal_bytes none = { 0 };

	return tls_export(&w->tls, client ? SEAL_LABEL_EA_CLIENT_CONTEXT :
			  SEAL_LABEL_EA_SERVER_CONTEXT, none, context, len) &&
	       tls_export(&w->tls, client ? SEAL_LABEL_EA_CLIENT_FINISHED :
			  SEAL_LABEL_EA_SERVER_FINISHED, none, finished, len);
}

/* The verifier rebuilds the context and needs its exporter value; its length says whose. */
static int export_for_verifier(struct worker *w)
{
	struct seal_bytes context = w->msg.body;
	uint8_t ekm[SEAL_SHA256_LEN];

	if ((context.len != SEAL_BIND_LEN && context.len != SEAL_CONTEXT_LEN) ||
	    !tls_export(&w->tls, context.len == SEAL_BIND_LEN ? SEAL_LABEL_BINDER :
			SEAL_LABEL_EXPAT, context, ekm, sizeof(ekm)))
		return worker_fail(w, SEAL_REASON_INTERNAL, false, "exporter");
	return worker_ask(w, IPC_EXPORTED, (struct seal_bytes){ ekm, sizeof(ekm) },
			  IPC_NONE);
}

/* What the verifier asks of the peer's logs, and what it gets. */
static int log_for_verifier(struct worker *w)
{
	struct seal_bytes data;

	/* Asked for only of whom all else was verified. */
	w->tls.known = true;
	if (exchange_log(w, w->msg.body, &data))
		return -1;
	return worker_ask(w, IPC_LOG, data, IPC_NONE);
}

int judge(struct worker *w, struct seal_bytes body)
{
	size_t hash_len = seal_hash_len(tls_hash(&w->tls));
	uint8_t context[SEAL_HASH_MAX], finished[SEAL_HASH_MAX];
	struct ipc_authenticator m = {
		.handshake_context = { context, hash_len },
		.finished_key = { finished, hash_len },
		.body = body,
	};
	struct ipc_accept accept;
	size_t len;

	if (!hash_len || !peer_exporters(w, context, finished, hash_len))
		return worker_fail(w, SEAL_REASON_INTERNAL, false, "exporter");
	if (w->tls.sent_cert)
		m.our_cert = w->attester.certs[0];
	len = ipc_authenticator_encode(&m, w->ipc, sizeof(w->ipc));
	if (worker_ask(w, IPC_AUTHENTICATOR, (struct seal_bytes){ w->ipc, len },
		       IPC_NONE))
		return -1;
	while (w->msg.type == IPC_LOG_ASK || w->msg.type == IPC_EXPORT)
		if (w->msg.type == IPC_LOG_ASK ? log_for_verifier(w) : export_for_verifier(w))
			return -1;
	if (w->msg.type != IPC_ACCEPT ||
	    !ipc_accept_decode(w->msg.body, &accept))
		return worker_fail(w, SEAL_REASON_VERIFIER, true, "answer is %s",
				   ipc_type_name(w->msg.type));
	w->tls.known = true;
	w->ex.valid_for = accept.valid_for;
	return 0;
}
