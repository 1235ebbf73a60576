// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * seald-verifier: reads the policy and judges one peer.
 *
 * Started by the monitor with the configuration directory as its argument;
 * waits until there is a connection to judge. Has no socket and no TPM. The
 * full verdict goes to the monitor alone, the worker learns yes, no and what
 * to tell the peer.
 */
#include "appraise.h"
#include "config.h"
#include "confine.h"
#include "keyring.h"
#include "log.h"
#include "log_cache.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "seald/spawn_fds.h"

struct verifier {
	struct ipc_channel monitor;
	struct ipc_channel worker;
	struct appraisal a;
	struct ipc_message msg;
	uint8_t body[IPC_MAX];
	struct config config;
	/* The exporter's only value, which whole logs may need a second time. */
	bool exported;
	uint8_t context[SEAL_BIND_LEN];
	uint8_t ekm[SEAL_SHA256_LEN];
};

static int send_verdict(struct verifier *v)
{
	uint8_t body[2048];
	size_t len = ipc_verdict_encode(&v->a.verdict, body, sizeof(body));

	if (!len)
		return -1;
	return ipc_send(&v->monitor, IPC_VERDICT,
			(struct seal_bytes){ body, len }, NULL, 0);
}

static int send_worker(struct verifier *v, enum ipc_type type, size_t len)
{
	return ipc_send(&v->worker, type, (struct seal_bytes){ v->body, len },
			NULL, 0);
}

/* The monitor first: nothing may happen at the peer before it can know why. */
static int send_refusal(struct verifier *v)
{
	enum seal_reason reason = (enum seal_reason)v->a.verdict.reason;
	struct ipc_refuse m = {
		.code = (uint16_t)seal_reason_code(reason),
		.alert = appraise_alert(reason),
	};

	if (!send_verdict(v))
		send_worker(v, IPC_REFUSE, ipc_refuse_encode(&m, v->body,
							     sizeof(v->body)));
	return -1;
}

static int receive(struct verifier *v)
{
	return ipc_wait(&v->worker, &v->msg, v->a.job.deadline);
}

/*
 * What is kept of peers stays within reach, and the keys of a consumer that brought some;
 * all else was read.
 */
static bool confine(const struct verifier *v, bool keys)
{
	char logs[LOG_CACHE_PATH_LEN];

	return confine_verifier(v->a.state && log_cache_dir(v->a.state, logs) ? logs : NULL,
				keys ? &v->a.job.keyring : NULL);
}

static int begin(struct verifier *v, const char *dir)
{
	enum seal_decision decision;
	struct ipc_offer offer;
	bool keys;
	char why[CONFIG_PATH_MAX + 128];

	if (ipc_wait(&v->monitor, &v->msg, UINT64_MAX) ||
	    v->msg.type != IPC_VERIFIER ||
	    !ipc_verifier_decode(v->msg.body, &v->a.job))
		return -1;
	if (config_load(&v->config, dir, why, sizeof(why)))
		v->a.state = v->config.state;
	else
		seald_log(LOG_ERR, "%s", why);
	decision = appraise_begin(&v->a, dir, &offer);
	keys = v->a.job.auth == IPC_AUTH_PSK && keyring_enclose(v->a.job.keyring);
	if (v->a.job.auth == IPC_AUTH_PSK && !keys && decision != SEAL_DECIDE_REFUSE)
		decision = appraise_refuse(&v->a, SEAL_REASON_PSK_KEY, "keyring %u: %s",
					   v->a.job.keyring, strerror(errno));
	if (!confine(v, keys))
		return -1;
	if (decision == SEAL_DECIDE_REFUSE)
		return send_refusal(v);
	return send_worker(v, IPC_OFFER, ipc_offer_encode(&offer, v->body,
							  sizeof(v->body)));
}

static int on_chain(struct verifier *v)
{
	if (appraise_chain(&v->a, v->msg.body) == SEAL_DECIDE_REFUSE)
		return send_refusal(v);
	return send_worker(v, IPC_CHAIN_OK, 0);
}

static int on_psk(struct verifier *v)
{
	char name[IPC_PSK_IDENTITY_MAX + 1];
	uint8_t key[IPC_PSK_MAX];
	struct ipc_psk psk;
	int err;

	if (appraise_psk(&v->a, v->msg.body, key, name, &psk) == SEAL_DECIDE_REFUSE)
		return send_refusal(v);
	err = send_worker(v, IPC_PSK_KEY, ipc_psk_encode(&psk, v->body,
							 sizeof(v->body)));
	explicit_bzero(v->body, IPC_PSK_IDENTITY_MAX + 64);
	explicit_bzero(key, sizeof(key));
	return err;
}

static int on_peer(struct verifier *v)
{
	struct ipc_peer peer;
	struct ipc_plan plan;

	if (!ipc_peer_decode(v->msg.body, &peer))
		return -1;
	switch (appraise_peer(&v->a, &peer, &plan)) {
	case SEAL_DECIDE_ATTESTED:
		break;
	case SEAL_DECIDE_PLAIN:
		if (send_verdict(v))
			return -1;
		break;
	default:
		return send_refusal(v);
	}
	return send_worker(v, IPC_PLAN, ipc_plan_encode(&plan, v->body,
							sizeof(v->body)));
}

static int on_hellos(struct verifier *v)
{
	struct ipc_hellos hellos;

	if (!ipc_hellos_decode(v->msg.body, &hellos))
		return -1;
	switch (appraise_hellos(&v->a, &hellos)) {
	case SEAL_DECIDE_ATTESTED:
		memcpy(v->body, v->a.request, v->a.request_len);
		return send_worker(v, IPC_REQUEST, v->a.request_len);
	case SEAL_DECIDE_PLAIN:
		if (send_verdict(v))
			return -1;
		return send_worker(v, IPC_REQUEST, 0);
	default:
		return send_refusal(v);
	}
}

/* A worker that is gone told the monitor why: that is the reason, and we have none. */
static bool ask_worker(struct verifier *v, enum ipc_type ask, size_t len,
		       struct ipc_message *answer, enum ipc_type type)
{
	int err = send_worker(v, ask, len);

	if (!err)
		err = ipc_wait(&v->worker, answer, v->a.job.deadline);
	if (err == -EPIPE)
		_exit(EXIT_FAILURE);
	return !err && answer->type == type;
}

/* The worker owns the session: it alone can run the exporter. */
static bool export_over(struct verifier *v, const uint8_t *context, size_t len,
			uint8_t ekm[SEAL_SHA256_LEN])
{
	static struct ipc_message answer;

	if (v->exported) {
		memcpy(ekm, v->ekm, SEAL_SHA256_LEN);
		return !memcmp(v->context, context, len);
	}
	memcpy(v->body, context, len);
	memcpy(v->context, context, len);
	if (!ask_worker(v, IPC_EXPORT, len, &answer, IPC_EXPORTED) ||
	    answer.body.len != SEAL_SHA256_LEN)
		return false;
	v->exported = true;
	memcpy(v->ekm, answer.body.data, SEAL_SHA256_LEN);
	memcpy(ekm, v->ekm, SEAL_SHA256_LEN);
	return true;
}

static bool ask_exporter(void *arg, const uint8_t context[SEAL_BIND_LEN],
			 uint8_t ekm[SEAL_SHA256_LEN])
{
	return export_over(arg, context, SEAL_BIND_LEN, ekm);
}

static bool ask_expat(void *arg, const uint8_t context[SEAL_CONTEXT_LEN],
		      uint8_t ekm[SEAL_SHA256_LEN])
{
	return export_over(arg, context, SEAL_CONTEXT_LEN, ekm);
}

/* As for the exporter: the worker has the connection. */
static bool ask_log(void *arg, const struct seal_log_ask *ask,
		    struct seal_bytes *data_ret)
{
	static struct ipc_message answer;
	struct verifier *v = arg;

	seal_log_ask_encode(ask, v->body);
	if (!ask_worker(v, IPC_LOG_ASK, SEAL_LOG_REQUEST_MAX, &answer, IPC_LOG))
		return false;
	*data_ret = answer.body;
	return true;
}

static int on_authenticator(struct verifier *v)
{
	static const struct appraise_ask ask = { ask_exporter, ask_expat, ask_log };
	struct ipc_authenticator auth;
	struct ipc_accept accept;

	if (!ipc_authenticator_decode(v->msg.body, &auth))
		return -1;
	if (appraise_authenticator(&v->a, &auth, &ask, v) == SEAL_DECIDE_REFUSE)
		return send_refusal(v);
	if (send_verdict(v))
		return -1;
	accept.valid_for = v->a.policy->lifetime;
	if (v->a.verdict.attested)
		accept.valid_for = (uint32_t)((v->a.verdict.deadline -
					       v->a.asked_at) / 1000000000u);
	return send_worker(v, IPC_ACCEPT, ipc_accept_encode(&accept, v->body,
							    sizeof(v->body)));
}

/* ipc.c has checked that the message is legal now. */
static int step(struct verifier *v)
{
	switch (v->msg.type) {
	case IPC_CHAIN:
		return on_chain(v);
	case IPC_PSK:
		return on_psk(v);
	case IPC_PEER:
		return on_peer(v);
	case IPC_HELLOS:
		return on_hellos(v);
	case IPC_AUTHENTICATOR:
		return on_authenticator(v);
	default:
		return -1;
	}
}

/* Exit status 0: a verdict was given. The monitor goes by the verdict. */
int main(int argc, char **argv)
{
	static struct verifier verifier = {
		.monitor = { SPAWN_FD_MONITOR, IPC_V_START, IPC_VERIFIER_END,
			     IPC_MONITOR },
		.worker = { SPAWN_FD_PEER, IPC_P_START, IPC_VERIFIER_END,
			    IPC_WORKER_END },
	};
	struct verifier *v = &verifier;

	confine_start();
	if (argc != 2 || begin(v, argv[1]))
		_exit(EXIT_FAILURE);
	while (v->monitor.state != IPC_CLOSED)
		if (receive(v) || step(v))
			_exit(EXIT_FAILURE);
	_exit(EXIT_SUCCESS);
}
