// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Appraisal of TPM evidence. Each step is one function that gives the first
 * reason to refuse, in the order of Documentation/protocol.rst, "Verification".
 */
#include "verify/appraise_tpm.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "verify/quote.h"
#include "verify/seen.h"

/* What the steps share. */
struct work {
	const struct seal_tpm_evidence *e;
	const struct seal_appraisal_in *in;
	struct seal_appraisal *out;
	struct seal_tpm_public ak;
	struct seal_tpm_public tik;	/* unset for a key in a file */
};

#define OK SEAL_REASON_ACCEPTED

__attribute__((format(printf, 2, 3)))
static void note(struct work *w, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(w->out->detail, sizeof(w->out->detail), format, args);
	va_end(args);
}

/* A few octets in hex, enough to tell two values apart. */
struct hex {
	char text[2 * 8 + 1];
};

static struct hex hex(struct seal_bytes b)
{
	struct hex h = { "" };

	for (size_t i = 0; i < b.len && i < 8; i++)
		snprintf(h.text + 2 * i, 3, "%02x", b.data[i]);
	return h;
}

static enum seal_reason ak_of_certificate(struct work *w)
{
	const struct seal_tpm_evidence *e = w->e;
	enum seal_reason reason;
	struct seal_cert cert;

	if (!e->ak_cert_count)
		return SEAL_REASON_AK_UNKNOWN;
	reason = seal_trust_check(w->in->ak_trust, e->ak_certs, e->ak_cert_count,
				  w->in->now, SEAL_PURPOSE_AK, &cert);
	if (reason == SEAL_REASON_CERT_EARLY || reason == SEAL_REASON_CERT_EXPIRED)
		return SEAL_REASON_AK_TIME;
	if (reason == SEAL_REASON_CERT_REVOKED)
		return SEAL_REASON_AK_REVOKED;
	if (reason == SEAL_REASON_CERT_PURPOSE)
		return SEAL_REASON_AK_PURPOSE;
	if (reason != OK)
		return SEAL_REASON_AK_UNTRUSTED;
	if (!seal_key_equal(&cert.key, &w->ak.key))
		return SEAL_REASON_AK_CERT_KEY;
	w->out->not_after = cert.not_after;
	if (w->in->policy->ak_trust == SEAL_AK_ANY_ENDORSED ||
	    seal_cert_names(&cert, w->in->identity))
		return OK;
	note(w, "enrolled for %s, presented for %s",
	     cert.id_count ? cert.ids[0].text : "nobody", w->in->identity->text);
	return SEAL_REASON_AK_IDENTITY;
}

static enum seal_reason ak_known(struct work *w)
{
	switch (w->in->policy->ak_trust) {
	case SEAL_AK_CERTIFICATE:
	case SEAL_AK_ANY_ENDORSED:
		return ak_of_certificate(w);
	case SEAL_AK_ADMITTED:
		return seal_admitted_check(w->in->admitted, w->in->identity,
					   &w->ak.name);
	case SEAL_AK_TRUST_NONE:
		break;
	}
	return SEAL_REASON_AK_UNKNOWN;
}

static enum seal_reason check_ak(struct work *w)
{
	struct seal_bytes name;
	enum seal_reason reason;

	if (!seal_tpm_public_decode(w->e->ak_public, &w->ak))
		return SEAL_REASON_AK_BAD;
	name = seal_tpm_name_bytes(&w->ak.name);
	w->out->ak_name = w->ak.name;
	note(w, "AK %s", hex((struct seal_bytes){ name.data + 2, name.len - 2 }).text);
	if (seal_key_equal(&w->ak.key, &w->in->cert->key))
		return SEAL_REASON_AK_IS_TIK;
	reason = ak_known(w);
	if (reason != OK)
		return reason;
	if (w->in->own_ak.len && seal_bytes_equal(name, w->in->own_ak) &&
	    !w->in->policy->own_ak)
		return SEAL_REASON_AK_OWN;
	if (!seal_tpm_is_ak(&w->ak)) {
		note(w, "attributes %08x, scheme %04x", w->ak.attributes, w->ak.scheme);
		return SEAL_REASON_AK_ATTRIBUTES;
	}
	return OK;
}

static bool residency_allowed(const struct work *w, bool in_tpm)
{
	switch (w->in->policy->residency) {
	case SEAL_KEY_IN_TPM:
		return in_tpm;
	case SEAL_KEY_IN_FILE:
		return !in_tpm;
	case SEAL_KEY_ANYWHERE:
		return true;
	}
	return false;
}

/* magic, type, signature, qualifying data, name: of the TLS key's statement */
static enum seal_reason check_statement(struct work *w)
{
	struct seal_tpm_statement st;
	struct seal_tpm_signature sig;
	uint8_t want[SEAL_SHA256_LEN];

	if (!seal_tpm_statement_decode(w->e->certify, &st))
		return SEAL_REASON_CERTIFY_BAD;
	if (st.magic != SEAL_TPM_MAGIC)
		return SEAL_REASON_CERTIFY_MAGIC;
	if (st.type != SEAL_TPM_ST_CERTIFY)
		return SEAL_REASON_CERTIFY_TYPE;
	if (!seal_tpm_signature_decode(w->e->certify_sig, &sig) ||
	    !seal_tpm_signature_fits(&sig, &w->ak) ||
	    !seal_seen_signature(w->in->signatures, w->in->now, &sig, &w->ak, w->e->certify))
		return SEAL_REASON_CERTIFY_SIGNATURE;
	if (!seal_certify_data(seal_tpm_name_bytes(&w->ak.name),
			       seal_tpm_name_bytes(&w->tik.name), want))
		return SEAL_REASON_INTERNAL;
	if (!seal_bytes_equal_ct((struct seal_bytes){ st.extra, st.extra_len },
				 (struct seal_bytes){ want, sizeof(want) }))
		return SEAL_REASON_CERTIFY_DATA;
	if (!seal_bytes_equal(seal_tpm_name_bytes(&st.name),
			      seal_tpm_name_bytes(&w->tik.name)))
		return SEAL_REASON_CERTIFY_NAME;
	return OK;
}

/* Where the TLS key lives, and that it is the certificate's. */
static enum seal_reason check_tls_key(struct work *w)
{
	bool in_tpm = w->e->tik_public.len;
	enum seal_reason reason;

	w->out->key_in_tpm = in_tpm;
	if (!residency_allowed(w, in_tpm)) {
		note(w, "TLS key in a %s", in_tpm ? "TPM" : "file");
		return SEAL_REASON_KEY_RESIDENCY;
	}
	if (!in_tpm)
		return OK;
	if (!seal_tpm_public_decode(w->e->tik_public, &w->tik))
		return SEAL_REASON_TIK_BAD;
	if (seal_key_equal(&w->ak.key, &w->tik.key))
		return SEAL_REASON_AK_IS_TIK;
	reason = check_statement(w);
	if (reason != OK)
		return reason;
	if (!seal_tpm_is_tik(&w->tik)) {
		note(w, "attributes %08x", w->tik.attributes);
		return SEAL_REASON_TIK_ATTRIBUTES;
	}
	return seal_key_equal(&w->tik.key, &w->in->cert->key)
	       ? OK : SEAL_REASON_TIK_KEY;
}

/* The qualifying data that the quote must have for this connection. */
static enum seal_reason expected_data(struct work *w, uint8_t out[SEAL_HASH_MAX], size_t *len)
{
	const struct seal_tpm_evidence *e = w->e;
	uint8_t claim[SEAL_SHA256_LEN];

	if (seal_tree_depth(e->batch) < 0 || e->index >= e->batch ||
	    e->depth != (size_t)seal_tree_depth(e->batch))
		return SEAL_REASON_PATH;
	if (w->in->profile == SEAL_PROFILE_EXPAT) {
		memcpy(out, w->in->binding, *len = w->in->binding_len);
		return e->batch == 1 ? OK : SEAL_REASON_PATH;
	}
	*len = SEAL_SHA256_LEN;
	if (!seal_claim(w->in->binder, seal_tpm_name_bytes(&w->tik.name),
			e->claims, claim) ||
	    !seal_tree_data(claim, e->batch, e->index, e->path[0], e->depth,
			    out))
		return SEAL_REASON_INTERNAL;
	return OK;
}

/* As much of what was seen as has room in the log, together with what was wanted. */
#define SEEN_MAX	160

static bool is_long(const char *text)
{
	return !seal_bytes_chr((struct seal_bytes){ (const uint8_t *)text, SEEN_MAX + 1 }, '\0');
}

/* What the report says of the first failure, for the log and for sealctl explain. */
static void note_failure(struct work *w, const struct seal_report *report)
{
	const struct seal_check *failed = seal_report_failed(report);

	if (failed)
		note(w, "%.16s: %.*s%s%s%.60s", failed->name, SEEN_MAX, failed->seen,
		     is_long(failed->seen) ? "..." : "", *failed->wanted ? "; wanted: " : "",
		     failed->wanted);
}

static enum seal_reason check_quote(struct work *w)
{
	const struct seal_tpm_evidence *e = w->e;
	uint8_t want[SEAL_HASH_MAX];
	struct seal_quote_in in = {
		.policy = w->in->policy,
		.ak = &w->ak,
		.statement = e->quote,
		.signature = e->quote_sig,
		.signatures = w->in->signatures,
		.now = w->in->now,
		.data = { .data = want },
		.asked = w->in->asked,
		.exact = true,
		.given = e->pcr,
		.given_bank = e->bank,
		.boot = w->in->boot,
		.ima = w->in->ima,
		.before_logs = w->in->before_logs,
	};
	struct seal_report report = { 0 };
	enum seal_reason reason = expected_data(w, want, &in.data.len);
	struct seal_quote quote;

	if (reason != OK)
		return reason;
	reason = seal_quote_appraise(&in, &quote, &report);
	note_failure(w, &report);
	w->out->clock_safe = quote.statement.safe;
	w->out->reset_count = quote.statement.reset_count;
	w->out->restart_count = quote.statement.restart_count;
	w->out->clock = quote.statement.clock;
	w->out->digest_len = quote.statement.digest_len;
	memcpy(w->out->digest, quote.statement.digest, quote.statement.digest_len);
	return reason;
}

static enum seal_reason check_claims(struct work *w)
{
	const struct seal_claims *said = &w->in->claims;
	struct seal_claims claims;

	if (!seal_claims_decode(w->e->claims, &claims))
		return SEAL_REASON_CLAIMS_BAD;
	if (claims.consumer != said->consumer || claims.uid != said->uid ||
	    claims.side != said->side)
		return SEAL_REASON_CLAIMS_DIFFER;
	return OK;
}

static enum seal_reason check_consumer(struct work *w)
{
	if (w->in->policy->kernel_only &&
	    !seal_class_in_kernel(w->in->claims.consumer)) {
		note(w, "consumer is %s", seal_class_name(w->in->claims.consumer));
		return SEAL_REASON_CONSUMER;
	}
	return OK;
}

bool seal_tpm_evidence_decode(struct seal_bytes in, union seal_evidence *ret)
{
	return seal_evidence_decode(in, &ret->tpm);
}

enum seal_reason seal_tpm_appraise(const union seal_evidence *evidence,
				   const struct seal_appraisal_in *in,
				   struct seal_appraisal *ret)
{
	static enum seal_reason (*const steps[])(struct work *) = {
		check_ak,
		check_tls_key,
		check_quote,
		check_claims,
		check_consumer,
	};
	struct work w = { .e = &evidence->tpm, .in = in, .out = ret };

	*ret = (struct seal_appraisal){ .not_after = INT64_MAX };
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		enum seal_reason reason = steps[i](&w);

		if (reason != OK)
			return reason;
	}
	return OK;
}
