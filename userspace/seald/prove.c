// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Our own proof: an exported authenticator (RFC 9261 section 5.2) with the
 * attester's evidence in it. The attester builds the bind context, the claim
 * and the input of the signature itself; we only carry and assemble.
 */
#include <errno.h>
#include <string.h>

#include "verify/bind.h"
#include "verify/ea.h"
#include "wire/authenticator.h"
#include "worker.h"

static size_t prove_fail(struct worker *w, int err, const char *what)
{
	enum seal_reason reason = err == -EBUSY ? SEAL_REASON_BUSY :
				  err == -ETIMEDOUT ? SEAL_REASON_TIMEOUT :
				  err == -EHOSTDOWN ? SEAL_REASON_VERIFIER :
				  err == -ENOTSUP ? SEAL_REASON_SELECTION :
				  SEAL_REASON_ATTESTER;

	worker_fail(w, reason, reason != SEAL_REASON_SELECTION, "%s: %s", what, strerror(-err));
	return 0;
}

/* What our hello said; the attester asks the same again. */
static bool offered(const struct worker *w, uint8_t mode)
{
	return mode >= SEAL_MODE_EVIDENCE && mode <= SEAL_MODE_PLAIN &&
	       w->attester.identity.modes >> (mode - 1) & 1;
}

int prove_asked(struct worker *w)
{
	struct seal_bytes body = { w->ex.asked, w->ex.asked_len };
	struct seal_ask *ask = &w->proof.ask;

	if (!seal_ask_decode(body, ask) || ask->from == w->job.side ||
	    ask->exchange != 0)
		return worker_fail(w, SEAL_REASON_REQUEST_BAD, false, "%zu octets",
				   body.len);
	if (!offered(w, ask->mode))
		return worker_fail(w, SEAL_REASON_MODE, false, "asked for mode %u", ask->mode);
	if (!seal_ask_accepts(ask, (uint16_t)w->attester.identity.sig_scheme))
		return worker_fail(w, SEAL_REASON_SCHEME, false,
				   "peer does not take our scheme 0x%04x",
				   w->attester.identity.sig_scheme);
	return 0;
}

static int bind_connection(struct worker *w, uint8_t mode, uint8_t context[SEAL_BIND_LEN])
{
	struct seal_bytes peer = tls_peer_leaf(&w->tls);
	struct att_bind bind = {
		.type = ATT_BIND,
		.mode = mode,
		.profile = w->plan.profile,
		.tls_certificate = w->tls.sent_cert,
	};

	if (!seal_hello_hash(exchange_hello(w, SEAL_SIDE_CLIENT),
			     exchange_hello(w, SEAL_SIDE_SERVER), bind.hello_hash) ||
	    !seal_sha256(w->ex.asked, w->ex.asked_len, bind.request_hash))
		return -EIO;
	if (peer.len && !seal_sha256(peer.data, peer.len, bind.rp_cert_hash))
		return -EIO;
	return attester_bind(&w->attester, &bind, context);
}

/* What the profile binds to: our context, or the draft's. */
static bool export(struct worker *w, const struct seal_ask *ask,
		   const uint8_t context[SEAL_BIND_LEN], uint8_t ekm[SEAL_SHA256_LEN])
{
	if (w->plan.profile == SEAL_PROFILE_EXPAT)
		return tls_export(&w->tls, SEAL_LABEL_EXPAT, (struct seal_bytes){
					ask->context, sizeof(ask->context) },
				  ekm, SEAL_SHA256_LEN);
	return tls_export(&w->tls, SEAL_LABEL_BINDER, (struct seal_bytes){
				context, SEAL_BIND_LEN }, ekm, SEAL_SHA256_LEN);
}

/* Evidence for this connection is asked for. */
static int claim_evidence(struct worker *w, const struct seal_ask *ask)
{
	bool expat = w->plan.profile == SEAL_PROFILE_EXPAT;
	uint8_t context[SEAL_BIND_LEN], ekm[SEAL_SHA256_LEN];
	int err;

	err = bind_connection(w, ask->mode, context);
	if (err)
		return err;
	if (!export(w, ask, context, ekm))
		return -EIO;
	err = attester_claim_begin(&w->attester, ask->pcr_select,
				   expat ? tls_hash(&w->tls) : SEAL_HASH_NONE, ekm);
	explicit_bzero(ekm, sizeof(ekm));
	return err;
}

static bool own_exporters(struct worker *w, struct seal_ea_keys *keys)
{
	bool client = w->job.side == SEAL_SIDE_CLIENT;
	struct seal_bytes none = { 0 };
	size_t len;

	keys->hash = tls_hash(&w->tls);
	len = seal_hash_len(keys->hash);
	return len &&
	       tls_export(&w->tls, client ? SEAL_LABEL_EA_CLIENT_CONTEXT :
			  SEAL_LABEL_EA_SERVER_CONTEXT, none, keys->context, len) &&
	       tls_export(&w->tls, client ? SEAL_LABEL_EA_CLIENT_FINISHED :
			  SEAL_LABEL_EA_SERVER_FINISHED, none, keys->finished, len);
}

static struct seal_bytes certificate(const struct proof *p)
{
	return (struct seal_bytes){ p->out, p->certificate };
}

static struct seal_bytes request(const struct worker *w)
{
	return (struct seal_bytes){ w->ex.asked, w->ex.asked_len };
}

/* Certificate, with the evidence in it; its signature is asked for. */
static int put_certificate(struct worker *w, size_t cmw_len)
{
	struct proof *p = &w->proof;
	struct seal_writer out = seal_writer(p->out, sizeof(p->out));
	uint8_t hash[SEAL_HASH_MAX];

	if (!own_exporters(w, &p->keys))
		return -EIO;
	seal_put_certificate(&out, (struct seal_bytes){ p->ask.context, sizeof(p->ask.context) },
			     w->attester.certs, w->attester.cert_count,
			     (struct seal_bytes){ p->cmw, cmw_len });
	p->certificate = p->len = seal_writer_done(&out);
	if (!p->len || !seal_ea_transcript(&p->keys, request(w), certificate(p), hash))
		return -EIO;
	return attester_sign_ea_begin(&w->attester, (struct seal_bytes){
					hash, seal_hash_len(p->keys.hash) });
}

/* CertificateVerify || Finished */
static int put_signature(struct worker *w, struct seal_bytes sig)
{
	struct proof *p = &w->proof;
	struct seal_writer out = seal_writer(p->out + p->len, sizeof(p->out) - p->len);
	struct seal_bytes verify = { out.buf, 0 };
	uint8_t mac[SEAL_HASH_MAX];

	seal_put_certificate_verify(&out, (uint16_t)w->attester.identity.sig_scheme, sig);
	verify.len = out.len;
	if (!seal_ea_finished(&p->keys, request(w), certificate(p), verify, mac))
		return -EIO;
	seal_put_finished(&out, (struct seal_bytes){ mac, seal_hash_len(p->keys.hash) });
	if (!seal_writer_done(&out))
		return -EIO;
	p->len += seal_writer_done(&out);
	explicit_bzero(&p->keys, sizeof(p->keys));
	return 0;
}

static int take_evidence(struct worker *w, bool wait)
{
	size_t len;
	int err = attester_claim_end(&w->attester, wait, w->proof.cmw, &len);

	return err ? err : put_certificate(w, len);
}

static int take_signature(struct worker *w, bool wait)
{
	uint8_t sig[ATT_MAX_SIG];
	size_t len;
	int err = attester_sign_ea_end(&w->attester, wait, sig, &len);

	return err ? err : put_signature(w, (struct seal_bytes){ sig, len });
}

static const struct proof_step {
	int (*take)(struct worker *w, bool wait);
	enum proof_state next;
	const char *what;
} proof_steps[] = {
	[PROOF_CLAIMED] = { take_evidence, PROOF_SIGNING, "evidence" },
	[PROOF_SIGNING] = { take_signature, PROOF_READY, "authenticator" },
	[PROOF_READY] = { NULL, PROOF_FAILED, NULL },
	[PROOF_FAILED] = { NULL, PROOF_FAILED, NULL },
};

static void proof_failed(struct worker *w, int err, const char *what)
{
	w->proof.state = PROOF_FAILED;
	w->proof.err = err;
	w->proof.what = what;
}

/* As far as it goes; nothing is expected of the attester when it is over. */
static void proof_go_on(struct worker *w, bool wait)
{
	const struct proof_step *step;
	int err = 0;

	while (!err && (step = &proof_steps[w->proof.state])->take) {
		err = step->take(w, wait);
		if (!err)
			w->proof.state = step->next;
		else if (err != -EAGAIN)
			proof_failed(w, err, step->what);
	}
	if (err != -EAGAIN)
		w->tls.meanwhile = NULL;
}

static void proof_meanwhile(void *arg)
{
	proof_go_on(arg, false);
}

void prove_begin(struct worker *w)
{
	int err = claim_evidence(w, &w->proof.ask);

	if (err) {
		proof_failed(w, err, "evidence");	/* told when it is our turn */
		return;
	}
	w->proof.state = PROOF_CLAIMED;
	w->tls.meanwhile = proof_meanwhile;
}

size_t prove(struct worker *w, uint8_t *out, size_t size)
{
	struct proof *p = &w->proof;

	proof_go_on(w, true);
	if (p->state != PROOF_READY || p->len > size)
		return prove_fail(w, p->err ? p->err : -EIO, p->what ? p->what : "no request");
	memcpy(out, p->out, p->len);
	return p->len;
}

size_t prove_log(struct worker *w, uint8_t *out, size_t size)
{
	struct seal_log_piece piece = {
		.log = w->ex.log_ask.log, .offset = w->ex.log_ask.from,
		.data = { .data = w->ipc },
	};
	int err = attester_log(&w->attester, &w->ex.log_ask, w->ipc, &piece.data.len,
			       &piece.final);

	if (err)
		return prove_fail(w, err, "log");
	return seal_log_piece_encode(&piece, out, size);
}
