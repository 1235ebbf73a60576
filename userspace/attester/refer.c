// SPDX-License-Identifier: GPL-2.0-or-later
/* Claims that are answered with another verifier's word. */
#include "attester/server_private.h"
#include "seald/log.h"

static bool unavailable(struct conn *c, const char *why)
{
	seald_log(LOG_ERR, "handshake %llu: our verifier %s", (unsigned long long)c->ch.handshake,
		  why);
	return conn_status(c, ATT_UNAVAILABLE);
}

bool refer_plain(struct att_server *s, struct conn *c)
{
	const struct seal_bytes result = { s->keys->result.data, s->keys->result.len };
	static uint8_t cmw[ATT_MAX_EVIDENCE];
	size_t len = att_result_record(result, cmw);

	return len ? conn_claim(c, cmw, len) : conn_status(c, ATT_FAILED);
}

static struct seal_bytes log_of(struct att_server *s, enum seal_log log)
{
	const struct seal_bytes none = { 0 };

	return s->keys->verifier_logs ? att_logs_all(&s->keys->logs, log) : none;
}

bool refer_begin(struct att_server *s, struct conn *c, const uint8_t *cmw, size_t len)
{
	struct seal_dossier dossier = {
		.evidence = { cmw, len }, .binder = { c->ch.binder, sizeof(c->ch.binder) },
		.boot = log_of(s, SEAL_LOG_BOOT), .ima = log_of(s, SEAL_LOG_IMA),
	};

	dossier.chain_count = att_chain_get(&s->keys->tls, dossier.chain, SEAL_CERTS_MAX);
	c->referral = att_referral_new(s->keys->verifier, &dossier, c->ch.deadline);
	return c->referral || unavailable(c, "is not there");
}

bool refer_go(struct conn *c)
{
	static uint8_t cmw[ATT_MAX_EVIDENCE];
	enum att_referral_state state = att_referral_step(c->referral, c->ch.binder);
	struct seal_bytes result = { c->referral->in, c->referral->in_len };
	bool ok;

	if (state == ATT_REFERRAL_RUNS)
		return true;
	ok = state == ATT_REFERRAL_DONE
	     ? conn_claim(c, cmw, att_result_record(result, cmw))
	     : unavailable(c, result.len ? "did not answer as it should" :
			   "refuses, or is too slow");
	att_referral_free(c->referral);
	c->referral = NULL;
	return ok;
}
