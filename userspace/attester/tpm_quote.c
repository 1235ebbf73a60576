// SPDX-License-Identifier: GPL-2.0-or-later
/* What the keys state and sign: quotes with their PCR values, certify, ECDSA. */
#include <errno.h>
#include <string.h>

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <tss2/tss2_mu.h>

#include "attester/tpm_private.h"

#define QUOTE_TRIES	5	/* a PCR that is extended faster than that is not quotable */

static int pack_attest(struct att_tpm *tpm, const TPM2B_ATTEST *attest,
		       const TPMT_SIGNATURE *sig, struct att_attest *out)
{
	size_t off = 0;

	if (attest->size > sizeof(out->attest.data))
		return att_tpm_invalid(tpm, "TPMS_ATTEST too long");
	memcpy(out->attest.data, attest->attestationData, attest->size);
	out->attest.len = attest->size;
	if (Tss2_MU_TPMT_SIGNATURE_Marshal(sig, out->sig.data, sizeof(out->sig.data), &off))
		return att_tpm_invalid(tpm, "TPMT_SIGNATURE too long");
	out->sig.len = off;
	return 0;
}

int att_tpm_certify(struct att_tpm *tpm, const struct att_key *object, const struct att_key *ak,
		    const uint8_t *qualifying, struct att_attest *out)
{
	const TPMT_SIG_SCHEME scheme = { .scheme = TPM2_ALG_NULL };	/* the key's own */
	TPM2B_DATA data = { .size = 32 };
	TPM2B_ATTEST *attest;
	TPMT_SIGNATURE *sig;
	TSS2_RC rc;
	int ret;

	memcpy(data.buffer, qualifying, 32);
	tpm->ops.certify++;
	rc = Esys_Certify(tpm->esys, object->object, ak->object, ESYS_TR_PASSWORD,
			  ESYS_TR_PASSWORD, ESYS_TR_NONE, &data, &scheme, &attest, &sig);
	if (rc)
		return att_tpm_fail(tpm, "TPM2_Certify", rc);
	ret = pack_attest(tpm, attest, sig, out);
	Esys_Free(attest);
	Esys_Free(sig);
	return ret;
}

static TPML_PCR_SELECTION tpm_selection(uint16_t bank, uint32_t mask)
{
	TPML_PCR_SELECTION sel = { .count = 1 };
	unsigned int i;

	sel.pcrSelections[0].hash = bank;
	sel.pcrSelections[0].sizeofSelect = 3;
	for (i = 0; i < 3; i++)
		sel.pcrSelections[0].pcrSelect[i] = mask >> (8 * i);
	return sel;
}

/* One PCR_Read gives at most eight values and says which. Returns those, or 0. */
static uint32_t read_some(struct att_tpm *tpm, uint32_t want, struct att_quote *out, int *ret)
{
	TPML_PCR_SELECTION in = tpm_selection(out->selection.bank, want), *sel;
	TPML_DIGEST *values;
	uint32_t got = 0, n = 0;
	unsigned int i;
	TSS2_RC rc;

	tpm->ops.pcr_read++;
	rc = Esys_PCR_Read(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &in, NULL,
			   &sel, &values);
	if (rc) {
		*ret = att_tpm_fail(tpm, "TPM2_PCR_Read", rc);
		return 0;
	}
	if (sel->count == 1)
		for (i = 0; i < 3; i++)
			got |= (uint32_t)sel->pcrSelections[0].pcrSelect[i] << (8 * i);
	got &= want;
	for (i = 0; i < ATT_PCRS_MAX; i++) {
		if (!(got & (1u << i)))
			continue;
		if (n >= values->count || values->digests[n].size != out->digest_len) {
			got = 0;
			break;
		}
		memcpy(out->pcr[i], values->digests[n++].buffer, out->digest_len);
	}
	Esys_Free(sel);
	Esys_Free(values);
	if (!got)
		*ret = att_tpm_invalid(tpm, "the TPM has no such PCR bank");
	return got;
}

static int read_pcrs(struct att_tpm *tpm, struct att_quote *out)
{
	uint32_t left = out->selection.mask, got;
	int ret = 0;

	while (left) {
		got = read_some(tpm, left, out, &ret);
		if (!got)
			return ret;
		left &= ~got;
	}
	return 0;
}

/*
 * Part 1, 17.6.2: the values one after another, the lowest PCR first, by the hash
 * that the key signs with.
 */
static bool digest_matches(const struct att_quote *pcrs, const TPM2B_DIGEST *digest)
{
	gnutls_digest_algorithm_t alg = digest->size == 48 ? GNUTLS_DIG_SHA384 : GNUTLS_DIG_SHA256;
	gnutls_hash_hd_t hash;
	uint8_t mine[48];
	unsigned int i;

	if (digest->size != gnutls_hash_get_len(alg) || gnutls_hash_init(&hash, alg))
		return false;
	for (i = 0; i < ATT_PCRS_MAX; i++)
		if (pcrs->selection.mask & (1u << i))
			gnutls_hash(hash, pcrs->pcr[i], pcrs->digest_len);
	gnutls_hash_deinit(hash, mine);
	return !memcmp(mine, digest->buffer, digest->size);
}

static int quote_once(struct att_tpm *tpm, const struct att_key *ak, const TPM2B_DATA *qualifying,
		      struct att_quote *out, TPM2B_DIGEST *digest)
{
	const TPMT_SIG_SCHEME scheme = { .scheme = TPM2_ALG_NULL };
	TPML_PCR_SELECTION sel = tpm_selection(out->selection.bank, out->selection.mask);
	TPM2B_ATTEST *attest;
	TPMT_SIGNATURE *sig;
	TPMS_ATTEST parsed;
	size_t off = 0;
	TSS2_RC rc;
	int ret;

	tpm->ops.quote++;
	rc = Esys_Quote(tpm->esys, ak->object, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
			qualifying, &scheme, &sel, &attest, &sig);
	if (rc)
		return att_tpm_fail(tpm, "TPM2_Quote", rc);
	ret = pack_attest(tpm, attest, sig, &out->proof);
	if (!ret && (Tss2_MU_TPMS_ATTEST_Unmarshal(attest->attestationData, attest->size, &off,
						   &parsed) ||
		     parsed.type != TPM2_ST_ATTEST_QUOTE))
		ret = att_tpm_invalid(tpm, "TPM2_Quote gave no quote");
	if (!ret)
		*digest = parsed.attested.quote.pcrDigest;
	Esys_Free(attest);
	Esys_Free(sig);
	return ret;
}

static size_t bank_size(uint16_t bank)
{
	return bank == TPM2_ALG_SHA256 ? 32 : bank == TPM2_ALG_SHA384 ? 48 : 0;
}

static bool same_selection(const struct att_selection *a, const struct att_selection *b)
{
	return a->bank == b->bank && a->mask == b->mask;
}

int att_tpm_quote(struct att_tpm *tpm, const struct att_key *ak,
		  const struct att_selection *selection, const uint8_t *qualifying, size_t len,
		  struct att_quote *out)
{
	TPM2B_DATA data = { .size = (uint16_t)len };
	TPM2B_DIGEST digest;
	int ret, i;

	/* PCRs seldom change: the values of the last quote are tried first. */
	if (same_selection(&tpm->pcrs.selection, selection))
		*out = tpm->pcrs;
	else
		memset(out, 0, sizeof(*out));
	out->selection = *selection;
	out->digest_len = bank_size(selection->bank);
	if (!out->digest_len || !selection->mask || selection->mask >> ATT_PCRS_MAX)
		return att_tpm_invalid(tpm, "PCR selection");
	if (!len || len > ATT_DIGEST_MAX)
		return att_tpm_invalid(tpm, "qualifying data");
	memcpy(data.buffer, qualifying, len);

	for (i = 0; i < QUOTE_TRIES; i++) {
		ret = quote_once(tpm, ak, &data, out, &digest);
		if (ret)
			return ret;
		if (digest_matches(out, &digest))
			break;
		ret = read_pcrs(tpm, out);
		if (ret)
			return ret;
		if (digest_matches(out, &digest))
			break;
	}
	if (i == QUOTE_TRIES) {
		att_tpm_invalid(tpm, "the PCRs change faster than they can be quoted");
		return -EAGAIN;
	}
	tpm->pcrs = *out;
	return 0;
}

static int der_signature(struct att_tpm *tpm, const TPMT_SIGNATURE *sig, uint8_t *out, size_t *len)
{
	gnutls_datum_t r = { (void *)sig->signature.ecdsa.signatureR.buffer,
			     sig->signature.ecdsa.signatureR.size };
	gnutls_datum_t s = { (void *)sig->signature.ecdsa.signatureS.buffer,
			     sig->signature.ecdsa.signatureS.size };
	gnutls_datum_t der;
	int ret = 0;

	if (sig->sigAlg != TPM2_ALG_ECDSA || gnutls_encode_rs_value(&der, &r, &s))
		return att_tpm_invalid(tpm, "TPM2_Sign gave no ECDSA signature");
	if (der.size > ATT_SIG_MAX)
		ret = att_tpm_invalid(tpm, "signature too long");
	else
		memcpy(out, der.data, *len = der.size);
	gnutls_free(der.data);
	return ret;
}

int att_tpm_sign(struct att_tpm *tpm, const struct att_key *tik, const uint8_t *digest,
		 uint8_t out[ATT_SIG_MAX], size_t *len)
{
	const TPMT_SIG_SCHEME scheme = {
		.scheme = TPM2_ALG_ECDSA, .details.ecdsa.hashAlg = TPM2_ALG_SHA256 };
	const TPMT_TK_HASHCHECK ticket = {
		.tag = TPM2_ST_HASHCHECK, .hierarchy = TPM2_RH_NULL };
	TPM2B_DIGEST in = { .size = 32 };
	TPMT_SIGNATURE *sig;
	TSS2_RC rc;
	int ret;

	memcpy(in.buffer, digest, 32);
	tpm->ops.sign++;
	rc = Esys_Sign(tpm->esys, tik->object, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
		       &in, &scheme, &ticket, &sig);
	if (rc)
		return att_tpm_fail(tpm, "TPM2_Sign", rc);
	ret = der_signature(tpm, sig, out, len);
	Esys_Free(sig);
	return ret;
}

static gnutls_ecc_curve_t curve_of(const TPMT_PUBLIC *pub)
{
	if (pub->type != TPM2_ALG_ECC)
		return GNUTLS_ECC_CURVE_INVALID;
	switch (pub->parameters.eccDetail.curveID) {
	case TPM2_ECC_NIST_P256:
		return GNUTLS_ECC_CURVE_SECP256R1;
	case TPM2_ECC_NIST_P384:
		return GNUTLS_ECC_CURVE_SECP384R1;
	default:
		return GNUTLS_ECC_CURVE_INVALID;
	}
}

static int import_public(gnutls_pubkey_t key, const TPMT_PUBLIC *pub)
{
	static const uint8_t f4[] = { 1, 0, 1 };
	gnutls_ecc_curve_t curve = curve_of(pub);
	gnutls_datum_t a, b;

	if (curve != GNUTLS_ECC_CURVE_INVALID) {
		a = (gnutls_datum_t){ (void *)pub->unique.ecc.x.buffer, pub->unique.ecc.x.size };
		b = (gnutls_datum_t){ (void *)pub->unique.ecc.y.buffer, pub->unique.ecc.y.size };
		return gnutls_pubkey_import_ecc_raw(key, curve, &a, &b);
	}
	if (pub->type == TPM2_ALG_RSA && !pub->parameters.rsaDetail.exponent) {
		a = (gnutls_datum_t){ (void *)pub->unique.rsa.buffer, pub->unique.rsa.size };
		b = (gnutls_datum_t){ (void *)f4, sizeof(f4) };
		return gnutls_pubkey_import_rsa_raw(key, &a, &b);
	}
	return -1;
}

int att_spki(const uint8_t *pub, size_t len, uint8_t *der, size_t *der_len)
{
	gnutls_pubkey_t key = NULL;
	TPMT_PUBLIC parsed = { 0 };
	size_t off = 0;
	int ret = -EINVAL;

	if (Tss2_MU_TPMT_PUBLIC_Unmarshal(pub, len, &off, &parsed) || off != len ||
	    gnutls_pubkey_init(&key))
		return -EINVAL;
	if (!import_public(key, &parsed) &&
	    !gnutls_pubkey_export(key, GNUTLS_X509_FMT_DER, der, der_len))
		ret = 0;
	gnutls_pubkey_deinit(key);
	return ret;
}
