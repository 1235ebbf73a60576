// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The end of a handshake: what the kernel is told, and what the log says.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "handshake.h"
#include "ktls.h"
#include "log.h"
#include "verify/reason.h"

static const char *address_text(const struct ipc_address *a, char *out,
				size_t size)
{
	if (!a->family || !inet_ntop(a->family, a->ip, out, (socklen_t)size))
		snprintf(out, size, "unknown");
	return out;
}

/* Who it is, as far as we know: proven, asked for, or where it comes from. */
static const char *peer_text(const struct handshake *hs, char *out, size_t size)
{
	char address[INET6_ADDRSTRLEN];

	if (hs->verdict.peer[0])
		return seald_escape(out, size, hs->verdict.peer);
	if (hs->req.peername[0])
		return seald_escape(out, size, hs->req.peername);
	return seald_escape(out, size, address_text(&hs->remote, address,
						    sizeof(address)));
}

/* A server is known by the name the client mounts, a client by its address. */
static void known_name(const struct handshake *hs, char *out, size_t size)
{
	char address[INET6_ADDRSTRLEN];
	const char *name = hs->req.peername;

	if (hs->req.server || !*name)
		name = address_text(&hs->remote, address, sizeof(address));
	snprintf(out, size, "%s:%s", hs->req.server ? "client" : "server", name);
	for (char *c = out; *c; c++)
		*c = (char)tolower((unsigned char)*c);
}

static enum seal_reason final_reason(const struct handshake *hs,
				     const char **detail)
{
	*detail = hs->refused ? hs->verdict.detail : hs->failed.detail;
	if (hs->refused)
		return (enum seal_reason)hs->verdict.reason;
	if (hs->failed.reason != SEAL_REASON_UNSET)
		return (enum seal_reason)hs->failed.reason;
	switch (hs->cause) {
	case EV_DEADLINE:
		*detail = hs->pair.to_worker.fd < 0 ? "waited for a place" : "";
		return SEAL_REASON_TIMEOUT;
	case EV_VERIFIER_END:
		*detail = "seald-verifier ended";
		return SEAL_REASON_VERIFIER;
	case EV_BROKEN:
		*detail = "illegal message between programs of seald";
		return SEAL_REASON_INTERNAL;
	default:
		*detail = "seald-worker ended";
		return SEAL_REASON_INTERNAL;
	}
}

static bool is_transient(const struct handshake *hs, enum seal_reason reason)
{
	if (!hs->refused && hs->failed.transient)
		return true;
	return reason == SEAL_REASON_INTERNAL ? !hs->failed.reason :
	       seal_code_transient(seal_reason_code(reason));
}

/*
 * SUNRPC retries ETIMEDOUT and a hard mount waits; EACCES ends its requests.
 * So EACCES is for a peer that this namespace never had an attested connection
 * with, or where policy asks for it. An application gets the truth.
 */
static int refusal_status(const struct monitor *m, const struct handshake *hs,
			  enum seal_reason reason)
{
	char name[400];

	if (is_transient(hs, reason))
		return ETIMEDOUT;
	known_name(hs, name, sizeof(name));
	if (!hs->claimed.user && !hs->verdict.fail && known_has(m->known, name))
		return ETIMEDOUT;
	return EACCES;
}

static int attach(struct monitor *m, struct handshake *hs, uint64_t *id)
{
	const struct ipc_verdict *v = &hs->verdict;
	struct seal_attach attach = {
		.fd = hs->req.fd,
		.deadline = v->deadline,
		.authenticated = v->authenticated && hs->keys.certificate,
		.peer = v->peer,
		.policy = v->policy,
		.claims = v->claims,
		.ak_name = v->ak_name,
		.ak_name_len = v->ak_name_len,
		.pcr_digest = v->pcr_digest,
		.pcr_digest_len = v->pcr_digest_len,
		.connection_id = hs->keys.connection_id,
		.tx = hs->keys.tx,
		.tx_len = hs->keys.tx_len,
		.rx = hs->keys.rx,
		.rx_len = hs->keys.rx_len,
	};

	if (!m->seal)
		return -ENOENT;
	return genl_seal_attach(m->seal, &attach, id);
}

static int hand_over(struct monitor *m, struct handshake *hs, uint64_t *id)
{
	if (hs->verdict.attested)
		return attach(m, hs, id);
	/* An application asked for an attested socket, not for any socket. */
	if (hs->claimed.user)
		return -EACCES;
	return ktls_install(hs->req.fd, &hs->keys);
}

static void log_accepted(const struct handshake *hs, uint64_t id)
{
	const struct ipc_verdict *v = &hs->verdict;
	char peer[SEALD_ESCAPED(IPC_PEERNAME_MAX)];
	char detail[SEALD_ESCAPED(IPC_TEXT_MAX)];
	const char *role = hs->req.server ? "server" : "client";
	unsigned int ms = (unsigned int)((ipc_now() - hs->started) / 1000000);

	peer_text(hs, peer, sizeof(peer));
	if (v->attested)
		seald_log(LOG_NOTICE, "handshake %" PRIu64 ": attested peer=%s "
			  "role=%s policy=%s id=%" PRIu64 " ms=%u", hs->number,
			  peer, role, v->policy, id, ms);
	else
		seald_log(LOG_NOTICE, "handshake %" PRIu64 ": %s peer=%s "
			  "role=%s policy=%s reason=%s detail=\"%s\" ms=%u",
			  hs->number, v->observed ? "observed" : "unattested",
			  peer, role, v->policy,
			  v->reason == SEAL_REASON_UNSET ? "policy" :
			  seal_reason_name(v->reason),
			  seald_escape(detail, sizeof(detail), v->detail), ms);
}

static void log_refused(const struct handshake *hs, enum seal_reason reason,
			const char *text, int status)
{
	char peer[SEALD_ESCAPED(IPC_PEERNAME_MAX)];
	char detail[SEALD_ESCAPED(IPC_TEXT_MAX)];
	unsigned int ms = (unsigned int)((ipc_now() - hs->started) / 1000000);

	seald_log(LOG_WARNING, "handshake %" PRIu64 ": refused peer=%s role=%s "
		  "reason=%s detail=\"%s\" hint=\"%s\" status=%s ms=%u",
		  hs->number, peer_text(hs, peer, sizeof(peer)),
		  hs->req.server ? "server" : "client", seal_reason_name(reason),
		  seald_escape(detail, sizeof(detail), text),
		  seal_reason_hint(reason),
		  status == EACCES ? "EACCES" : "ETIMEDOUT", ms);
}

/* Returns the status for DONE. */
static int conclude(struct monitor *m, struct handshake *hs)
{
	enum seal_reason reason;
	const char *detail;
	uint64_t id = 0;
	char name[400];
	int status, err;

	if (hs->state == HS_GOOD) {
		err = hand_over(m, hs, &id);
		if (!err) {
			known_name(hs, name, sizeof(name));
			if (hs->verdict.attested)
				known_add(m->known, name);
			log_accepted(hs, id);
			return 0;
		}
		hs->refused = false;
		hs->failed.reason = SEAL_REASON_KERNEL;
		hs->failed.transient = err != -EACCES;
		snprintf(hs->failed.detail, sizeof(hs->failed.detail), "%s: %s",
			 hs->verdict.attested ? "attach" : "kernel TLS",
			 strerror(-err));
	}
	reason = final_reason(hs, &detail);
	status = refusal_status(m, hs, reason);
	log_refused(hs, reason, detail, status);
	return status;
}

/*
 * An NVMe consumer looks the key up that it is told of; others take any number
 * for a certificate that TLS has verified.
 */
static uint32_t remote_auth(const struct handshake *hs)
{
	if (hs->req.auth == ACCEPT_AUTH_PSK)
		return hs->verdict.psk;
	return hs->verdict.authenticated && hs->keys.certificate ?
	       GENL_REMOTE_CERTIFICATE : GENL_REMOTE_NOBODY;
}

void handshake_finish(struct monitor *m, struct handshake *hs)
{
	int status;

	/* Nobody else may hold the socket or the keys when the kernel hears. */
	if (pair_there(&hs->pair))
		m->running--;
	pair_end(&hs->pair);
	status = conclude(m, hs);
	genl_handshake_done(m->handshakes, hs->req.fd, status,
			    status ? GENL_REMOTE_NOBODY : remote_auth(hs));
	close(hs->req.fd);
	explicit_bzero(&hs->keys, sizeof(hs->keys));
	free(hs);
}
