// SPDX-License-Identifier: GPL-2.0-or-later

#include "trace.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>

#include "log.h"
#include "wire/hello.h"

static const char *const states[HS_STATE_COUNT] = {
	[HS_OVER] = "over",
	[HS_QUEUED] = "queued",
	[HS_RUNNING] = "running",
	[HS_ACCEPTED] = "accepted",
	[HS_READY] = "ready",
	[HS_HANDING] = "handing",
	[HS_GOOD] = "good",
	[HS_REFUSED] = "refused",
	[HS_FAILED] = "failed",
};

static const char *const events[EV_COUNT] = {
	[EV_NONE] = "none",
	[EV_STARTED] = "started",
	[EV_ACCEPT] = "accept",
	[EV_REFUSE] = "refuse",
	[EV_KEYS] = "keys",
	[EV_FAIL] = "fail",
	[EV_WORKER_OK] = "worker-ok",
	[EV_WORKER_BAD] = "worker-bad",
	[EV_HANDED] = "handed",
	[EV_VERIFIER_END] = "verifier-end",
	[EV_DEADLINE] = "deadline",
	[EV_BROKEN] = "broken",
};

static const char *end_text(const struct ipc_address *a, char *out, size_t size)
{
	char ip[INET6_ADDRSTRLEN];

	if (!inet_ntop(a->family, a->ip, ip, sizeof(ip)))
		snprintf(ip, sizeof(ip), "unknown");
	snprintf(out, size, a->family == AF_INET6 ? "[%s]:%u" : "%s:%u", ip, a->port);
	return out;
}

void trace_request(const struct handshake *hs, uint8_t consumer)
{
	char local[INET6_ADDRSTRLEN + 8], remote[INET6_ADDRSTRLEN + 8];
	char peer[SEALD_ESCAPED(IPC_PEERNAME_MAX)];

	seald_log(LOG_DEBUG, "handshake %" PRIu64 ": request class=%s role=%s local=%s "
		  "remote=%s peername=\"%s\"", hs->number, seal_class_name(consumer),
		  hs->req.server ? "server" : "client",
		  end_text(&hs->local, local, sizeof(local)),
		  end_text(&hs->remote, remote, sizeof(remote)),
		  seald_escape(peer, sizeof(peer), hs->req.peername));
}

void trace_verdict(const struct handshake *hs)
{
	const struct ipc_verdict *v = &hs->verdict;
	char policy[SEALD_ESCAPED(sizeof(v->policy))];

	seald_log(LOG_DEBUG, "handshake %" PRIu64 ": verdict=%s policy=\"%s\"",
		  hs->number, v->accepted ? "accept" : "refuse",
		  seald_escape(policy, sizeof(policy), v->policy));
}

void trace_step(const struct handshake *hs, enum handshake_state before)
{
	if (hs->state != before)
		seald_log(LOG_DEBUG, "handshake %" PRIu64 ": %s -> %s event=%s", hs->number,
			  states[before], states[hs->state], events[hs->cause]);
}
