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
		return seald_escape_word(out, size, hs->verdict.peer);
	if (hs->req.peername[0])
		return seald_escape_word(out, size, hs->req.peername);
	return seald_escape_word(out, size, address_text(&hs->remote, address,
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
		*detail = !hs->placed ? "waited for a place" : hs->attacher.child.pid ?
			  "attach: a call of its owner keeps the socket locked" : "";
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

static void log_accepted(const struct handshake *hs)
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
			  peer, role, v->policy, hs->id, ms);
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
	char remote[INET6_ADDRSTRLEN];

	seald_log(LOG_WARNING, "handshake %" PRIu64 ": refused peer=%s role=%s "
		  "reason=%s detail=\"%s\" hint=\"%s\" policy=%s remote=%s port=%u "
		  "status=%s ms=%u",
		  hs->number, peer_text(hs, peer, sizeof(peer)),
		  hs->req.server ? "server" : "client", seal_reason_name(reason),
		  seald_escape(detail, sizeof(detail), text), seal_reason_hint(reason),
		  hs->verdict.policy[0] ? hs->verdict.policy : "-",
		  address_text(&hs->remote, remote, sizeof(remote)), hs->remote.port,
		  status == EACCES ? "EACCES" : "ETIMEDOUT", ms);
}

static void count_accepted(struct monitor *m, const struct handshake *hs)
{
	const struct ipc_verdict *v = &hs->verdict;
	enum tally_end end = v->observed ? TALLY_OBSERVED : TALLY_UNATTESTED;

	if (v->attested)
		tally_add(&m->tally, TALLY_ATTESTED, hs->req.server, SEAL_REASON_ACCEPTED);
	else
		tally_add(&m->tally, end, hs->req.server, (enum seal_reason)v->reason);
}

/* Returns the status for DONE. */
static int conclude(struct monitor *m, struct handshake *hs)
{
	enum seal_reason reason;
	const char *detail;
	char name[400];
	int status;

	if (hs->state == HS_GOOD) {
		known_name(hs, name, sizeof(name));
		if (hs->verdict.attested)
			known_add(m->known, name);
		log_accepted(hs);
		count_accepted(m, hs);
		return 0;
	}
	reason = final_reason(hs, &detail);
	status = refusal_status(m, hs, reason);
	log_refused(hs, reason, detail, status);
	tally_add(&m->tally, TALLY_REFUSED, hs->req.server, reason);
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

	/* Nobody may do anything with the socket or the keys when the kernel hears of success. */
	handshake_leave(m, hs);
	status = conclude(m, hs);
	genl_handshake_done(m->handshakes, hs->req.fd, status,
			    status ? GENL_REMOTE_NOBODY : remote_auth(hs));
	close(hs->req.fd);
	if (hs->attacher.answer >= 0)
		close(hs->attacher.answer);
	/* This one closes it last. */
	leaving_add(&m->leaving, &hs->attacher.child, hs->claimed.uid);
	explicit_bzero(&hs->keys, sizeof(hs->keys));
	free(hs);
}
