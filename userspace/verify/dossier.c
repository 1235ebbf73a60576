// SPDX-License-Identifier: GPL-2.0-or-later
/* Evidence on paper, as it were: carried to a verifier by whomever. */
#include "verify/dossier.h"

#include <string.h>

#include "verify/appraise_tpm.h"
#include "wire/cmw_tree.h"

#define OK	SEAL_REASON_ACCEPTED
#define CERT	"application/pkix-cert"
#define OCTETS	"application/octet-stream"

enum { MEMBER_EVIDENCE, MEMBER_CHAIN, MEMBER_BINDER, MEMBER_BOOT, MEMBER_IMA };

static struct seal_bytes text(const char *s)
{
	return (struct seal_bytes){ (const uint8_t *)s, strlen(s) };
}

static void add(struct seal_cmw_tree *tree, int64_t number, size_t parent, const char *type,
		struct seal_bytes value)
{
	tree->node[tree->count++] = (struct seal_cmw_node){
		.form = type ? SEAL_CMW_RECORD : SEAL_CMW_COLLECTION, .parent = parent,
		.number = number, .type = type ? text(type) : (struct seal_bytes){ 0 },
		.value = value,
	};
}

static void add_octets(struct seal_cmw_tree *tree, int64_t number, struct seal_bytes value)
{
	if (value.len)
		add(tree, number, 0, OCTETS, value);
}

size_t seal_dossier_encode(const struct seal_dossier *d, uint8_t *out, size_t size)
{
	const struct seal_bytes none = { 0 };
	struct seal_cmw_tree tree = { 0 };
	struct seal_cmw record;

	if (!seal_cmw_decode(d->evidence, &record) || d->chain_count > SEAL_CERTS_MAX)
		return 0;
	add(&tree, 0, 0, NULL, none);
	add(&tree, MEMBER_EVIDENCE, 0, SEAL_MEDIA_TPM, record.value);
	tree.node[1].ind = SEAL_CMW_EVIDENCE;
	add(&tree, MEMBER_CHAIN, 0, NULL, none);
	for (size_t i = 0; i < d->chain_count; i++)
		add(&tree, i, 2, CERT, d->chain[i]);
	add_octets(&tree, MEMBER_BINDER, d->binder);
	add_octets(&tree, MEMBER_BOOT, d->boot);
	add_octets(&tree, MEMBER_IMA, d->ima);
	return seal_cmw_tree_encode(&tree, out, size);
}

static bool is_record(const struct seal_cmw_node *n, const char *type, uint32_t ind)
{
	return n && n->form == SEAL_CMW_RECORD && n->ind == ind &&
	       seal_bytes_equal(n->type, text(type));
}

static bool get_evidence(const struct seal_cmw_node *n, uint8_t *record, struct seal_dossier *d)
{
	const struct seal_cmw cmw = {
		.type = text(SEAL_MEDIA_TPM), .ind = SEAL_CMW_EVIDENCE,
		.value = n ? n->value : (struct seal_bytes){ 0 },
	};

	if (!is_record(n, SEAL_MEDIA_TPM, SEAL_CMW_EVIDENCE))
		return false;
	d->evidence = (struct seal_bytes){ record, seal_cmw_encode(&cmw, record, SEAL_CMW_MAX) };
	return d->evidence.len;
}

/* Certificates are numbered from 0 on, and nothing else is there. */
static bool get_chain(const struct seal_cmw_tree *tree, const struct seal_cmw_node *n,
		      struct seal_dossier *d, size_t *used)
{
	size_t index = n ? (size_t)(n - tree->node) : 0;
	const struct seal_cmw_node *cert;

	if (!n || n->form != SEAL_CMW_COLLECTION || n->type.len)
		return false;
	while ((cert = seal_cmw_tree_find(tree, index, d->chain_count))) {
		if (d->chain_count == SEAL_CERTS_MAX || !is_record(cert, CERT, 0))
			return false;
		d->chain[d->chain_count++] = cert->value;
	}
	*used += 1 + d->chain_count;
	return d->chain_count;
}

static bool get_octets(const struct seal_cmw_tree *tree, int64_t number, struct seal_bytes *ret,
		       size_t *used)
{
	const struct seal_cmw_node *n = seal_cmw_tree_find(tree, 0, number);

	if (!n)
		return true;
	*ret = n->value;
	++*used;
	return is_record(n, OCTETS, 0);
}

bool seal_dossier_decode(struct seal_bytes in, uint8_t *record, struct seal_dossier *ret)
{
	struct seal_dossier d = { 0 };
	struct seal_cmw_tree tree;
	size_t used = 2;	/* the collection itself and the evidence */

	if (!seal_cmw_tree_decode(in, &tree) || tree.node[0].form != SEAL_CMW_COLLECTION ||
	    tree.node[0].type.len ||
	    !get_evidence(seal_cmw_tree_find(&tree, 0, MEMBER_EVIDENCE), record, &d) ||
	    !get_chain(&tree, seal_cmw_tree_find(&tree, 0, MEMBER_CHAIN), &d, &used) ||
	    !get_octets(&tree, MEMBER_BINDER, &d.binder, &used) ||
	    !get_octets(&tree, MEMBER_BOOT, &d.boot, &used) ||
	    !get_octets(&tree, MEMBER_IMA, &d.ima, &used))
		return false;
	if (used != tree.count || (d.binder.len && d.binder.len != SEAL_SHA256_LEN))
		return false;
	*ret = d;
	return true;
}

/* A TLS key may serve clients or servers; one of them is enough. */
static enum seal_reason check_chain(const struct seal_dossier *d,
				    const struct seal_dossier_in *in, struct seal_cert *cert)
{
	enum seal_reason reason;

	reason = seal_trust_check(in->rules->x509, d->chain, d->chain_count, in->now,
				  SEAL_PURPOSE_CLIENT, cert);
	if (reason == SEAL_REASON_CERT_PURPOSE)
		reason = seal_trust_check(in->rules->x509, d->chain, d->chain_count, in->now,
					  SEAL_PURPOSE_SERVER, cert);
	return reason;
}

/* What the evidence must answer. */
static enum seal_reason find_binder(const struct seal_dossier *d,
				    const struct seal_dossier_in *in, struct seal_finding *f)
{
	f->connected = d->binder.len;
	if (f->connected) {
		memcpy(f->binder, d->binder.data, SEAL_SHA256_LEN);
		return OK;
	}
	if (in->nonce.len < SEAL_NONCE_MIN || in->nonce.len > SEAL_NONCE_MAX)
		return SEAL_REASON_QUOTE_DATA;
	return seal_nonce_binder(in->nonce, f->cert.spki_hash, f->binder) ? OK :
	       SEAL_REASON_INTERNAL;
}

static const struct seal_claims no_connection = { .side = SEAL_SIDE_CLIENT };

/* The record says what it is for; in a connection the peer's SealHello would. */
static enum seal_reason find_claims(const struct seal_dossier *d,
				    const union seal_evidence *evidence, struct seal_finding *f)
{
	if (!seal_claims_decode(evidence->tpm.claims, &f->claims))
		return SEAL_REASON_CLAIMS_BAD;
	if (!d->binder.len)
		f->claims = no_connection;
	return OK;
}

static enum seal_reason check_evidence(const struct seal_dossier *d,
				       const struct seal_dossier_in *in, struct seal_finding *f)
{
	struct seal_policy policy = *in->policy;
	struct seal_appraisal_in a = {
		.policy = &policy, .admitted = &in->rules->admitted,
		.ak_trust = in->rules->ak, .now = in->now, .identity = &f->identity,
		.cert = &f->cert, .asked = in->policy->pcrs, .boot = d->boot, .ima = d->ima,
	};
	union seal_evidence evidence;
	enum seal_reason reason;
	struct seal_cmw cmw;

	if (!seal_cmw_decode(d->evidence, &cmw) ||
	    !seal_tpm_evidence_decode(cmw.value, &evidence))
		return SEAL_REASON_EVIDENCE_BAD;
	reason = find_claims(d, &evidence, f);
	if (reason != OK)
		return reason;
	/* We were not there when binder or nonce were made: nobody knows their age. */
	if (policy.age)
		return SEAL_REASON_AGE;
	/* Without a connection the result says for whom it holds. */
	if (!d->binder.len)
		policy.kernel_only = false;
	a.claims = f->claims;
	memcpy(a.binder, f->binder, SEAL_SHA256_LEN);
	return seal_tpm_appraise(&evidence, &a, &f->found);
}

enum seal_reason seal_dossier_appraise(const struct seal_dossier *d,
				       const struct seal_dossier_in *in,
				       struct seal_finding *ret)
{
	enum seal_reason reason;

	*ret = (struct seal_finding){ 0 };
	reason = check_chain(d, in, &ret->cert);
	if (reason == OK)	/* as a server would ask: no name that was to be reached */
		reason = seal_policy_identity(in->policy, &ret->cert, SEAL_SIDE_SERVER,
					      in->identity, &ret->identity);
	if (reason == OK)
		reason = find_binder(d, in, ret);
	return reason == OK ? check_evidence(d, in, ret) : reason;
}
