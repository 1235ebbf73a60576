// SPDX-License-Identifier: GPL-2.0-or-later
/* TPM 2.0 structures through libtss2-mu. */
#include "verify/tpm.h"

#include <string.h>
#include <tss2/tss2_mu.h>

#define MASK24	0xffffffu

enum seal_hash seal_tpm_hash(uint16_t alg)
{
	switch (alg) {
	case TPM2_ALG_SHA256:
		return SEAL_HASH_SHA256;
	case TPM2_ALG_SHA384:
		return SEAL_HASH_SHA384;
	default:
		return SEAL_HASH_NONE;
	}
}

static const struct bank {
	uint16_t alg;
	uint8_t len;
	const char *name;
} banks[] = {
	{ TPM2_ALG_SHA1, 20, "sha1" },
	{ TPM2_ALG_SHA256, 32, "sha256" },
	{ TPM2_ALG_SHA384, 48, "sha384" },
	{ TPM2_ALG_SHA512, 64, "sha512" },
};

#define BANKS	(sizeof(banks) / sizeof(banks[0]))

size_t seal_tpm_bank_len(uint16_t alg)
{
	for (size_t i = 0; i < BANKS; i++)
		if (banks[i].alg == alg)
			return banks[i].len;
	return 0;
}

uint16_t seal_tpm_bank_of(const char *name)
{
	for (size_t i = 0; i < BANKS; i++)
		if (!strcmp(banks[i].name, name))
			return banks[i].alg;
	return 0;
}

const char *seal_tpm_bank_name(uint16_t alg)
{
	for (size_t i = 0; i < BANKS; i++)
		if (banks[i].alg == alg)
			return banks[i].name;
	return NULL;
}

static uint32_t mask_of(const TPMS_PCR_SELECTION *sel)
{
	uint32_t mask = 0;

	for (unsigned int i = 0; i < sel->sizeofSelect && i < 4; i++)
		mask |= (uint32_t)sel->pcrSelect[i] << (8 * i);
	return mask;
}

/*
 * A list as a set: entries without a PCR do not count, and exactly one bank
 * must be left. False for two, or one twice, or a PCR that does not exist.
 */
static bool one_bank(const TPML_PCR_SELECTION *list, struct seal_pcrs *pcrs)
{
	struct seal_pcrs found = { 0 };

	for (uint32_t i = 0; i < list->count; i++) {
		uint32_t mask = mask_of(&list->pcrSelections[i]);

		if (!mask)
			continue;
		if (found.mask || mask & ~MASK24)
			return false;
		found.bank = list->pcrSelections[i].hash;
		found.mask = mask;
	}
	if (!found.mask || !seal_tpm_bank_len(found.bank))
		return false;
	*pcrs = found;
	return true;
}

bool seal_pcrs_decode(struct seal_bytes in, struct seal_pcrs *pcrs_ret)
{
	TPML_PCR_SELECTION list = { 0 };
	size_t off = 0;

	if (!in.len || Tss2_MU_TPML_PCR_SELECTION_Unmarshal(in.data, in.len,
							    &off, &list))
		return false;
	return off == in.len && list.count == 1 && one_bank(&list, pcrs_ret);
}

size_t seal_pcrs_encode(const struct seal_pcrs *pcrs, uint8_t *out, size_t size)
{
	struct seal_writer w = seal_writer(out, size);

	if (!seal_tpm_bank_len(pcrs->bank) || !pcrs->mask || pcrs->mask & ~MASK24)
		return 0;
	seal_put_u32(&w, 1);
	seal_put_u16(&w, pcrs->bank);
	seal_put_u8(&w, 3);
	seal_put_u8(&w, pcrs->mask);
	seal_put_u8(&w, pcrs->mask >> 8);
	seal_put_u8(&w, pcrs->mask >> 16);
	return seal_writer_done(&w);
}

bool seal_pcrs_safe(const struct seal_pcrs *pcrs)
{
	return pcrs->mask && !(pcrs->mask & ~MASK24) &&
	       !(pcrs->mask & SEAL_PCR_RESETTABLE) &&
	       seal_tpm_bank_len(pcrs->bank);
}

/* TPM 2.0 part 1, 16: nameAlg || H_nameAlg(TPMT_PUBLIC) */
static bool name_of(uint16_t alg, struct seal_bytes area,
		    struct seal_tpm_name *name)
{
	enum seal_hash hash = seal_tpm_hash(alg);

	name->data[0] = alg >> 8;
	name->data[1] = alg;
	name->len = 2 + seal_hash_len(hash);
	return seal_hash_parts(hash, &area, 1, name->data + 2);
}

static bool get_ecc(const TPMT_PUBLIC *area, struct seal_tpm_public *pub)
{
	const TPMS_ECC_PARMS *parms = &area->parameters.eccDetail;
	const TPMS_ECC_POINT *point = &area->unique.ecc;
	enum seal_key_type type = parms->curveID == TPM2_ECC_NIST_P256 ? SEAL_KEY_P256 :
				  parms->curveID == TPM2_ECC_NIST_P384 ? SEAL_KEY_P384 :
				  SEAL_KEY_NONE;

	pub->scheme = parms->scheme.scheme;
	if (pub->scheme == TPM2_ALG_ECDSA)
		pub->scheme_hash = parms->scheme.details.ecdsa.hashAlg;
	return seal_key_of_point(type,
				 (struct seal_bytes){ point->x.buffer, point->x.size },
				 (struct seal_bytes){ point->y.buffer, point->y.size },
				 &pub->key);
}

static bool get_rsa(const TPMT_PUBLIC *area, struct seal_tpm_public *pub)
{
	const TPMS_RSA_PARMS *parms = &area->parameters.rsaDetail;
	const TPM2B_PUBLIC_KEY_RSA *n = &area->unique.rsa;

	pub->scheme = parms->scheme.scheme;
	if (pub->scheme == TPM2_ALG_RSASSA)
		pub->scheme_hash = parms->scheme.details.rsassa.hashAlg;
	else if (pub->scheme == TPM2_ALG_RSAPSS)
		pub->scheme_hash = parms->scheme.details.rsapss.hashAlg;
	return seal_key_of_modulus((struct seal_bytes){ n->buffer, n->size },
				   parms->exponent, &pub->key);
}

bool seal_tpm_public_decode(struct seal_bytes in, struct seal_tpm_public *ret)
{
	struct seal_tpm_public pub = { 0 };
	TPMT_PUBLIC area = { 0 };
	size_t off = 0;
	bool ok;

	if (!in.len || Tss2_MU_TPMT_PUBLIC_Unmarshal(in.data, in.len, &off, &area) ||
	    off != in.len)
		return false;
	pub.attributes = area.objectAttributes;
	if (area.type == TPM2_ALG_ECC)
		ok = get_ecc(&area, &pub);
	else
		ok = area.type == TPM2_ALG_RSA && get_rsa(&area, &pub);
	if (!ok || !name_of(area.nameAlg, in, &pub.name))
		return false;
	*ret = pub;
	return true;
}

struct seal_bytes seal_tpm_public_inner(struct seal_bytes tpm2b)
{
	struct seal_reader r = seal_reader_of(tpm2b);
	struct seal_bytes inner = seal_get_vec16(&r, 1, 0xffff);

	return seal_reader_done(&r) ? inner : (struct seal_bytes){ 0 };
}

#define BORN_HERE	(TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | \
			 TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_SIGN_ENCRYPT)

bool seal_tpm_is_ak(const struct seal_tpm_public *pub)
{
	uint32_t must = BORN_HERE | TPMA_OBJECT_RESTRICTED;
	uint32_t must_not = TPMA_OBJECT_DECRYPT | TPMA_OBJECT_X509SIGN;

	return (pub->attributes & must) == must &&
	       !(pub->attributes & must_not) &&
	       (pub->scheme == TPM2_ALG_ECDSA || pub->scheme == TPM2_ALG_RSASSA ||
		pub->scheme == TPM2_ALG_RSAPSS) &&
	       seal_tpm_hash(pub->scheme_hash) != SEAL_HASH_NONE;
}

bool seal_tpm_is_tik(const struct seal_tpm_public *pub)
{
	uint32_t must_not = TPMA_OBJECT_DECRYPT | TPMA_OBJECT_RESTRICTED;

	return (pub->attributes & BORN_HERE) == BORN_HERE &&
	       !(pub->attributes & must_not);
}

static bool get_quote(const TPMS_QUOTE_INFO *quote, struct seal_tpm_statement *st)
{
	if (quote->pcrDigest.size > sizeof(st->digest))
		return false;
	st->digest_len = quote->pcrDigest.size;
	memcpy(st->digest, quote->pcrDigest.buffer, st->digest_len);
	if (!one_bank(&quote->pcrSelect, &st->pcrs))
		st->pcrs = (struct seal_pcrs){ 0 };
	return true;
}

static bool get_certify(const TPMS_CERTIFY_INFO *certify,
			struct seal_tpm_statement *st)
{
	if (certify->name.size > sizeof(st->name.data))
		return false;
	st->name.len = certify->name.size;
	memcpy(st->name.data, certify->name.name, st->name.len);
	return true;
}

static bool get_statement(struct seal_bytes in, struct seal_tpm_statement *st)
{
	TPMS_ATTEST attest = { 0 };
	size_t off = 0;

	if (Tss2_MU_TPMS_ATTEST_Unmarshal(in.data, in.len, &off, &attest) ||
	    off != in.len || attest.extraData.size > sizeof(st->extra))
		return false;
	st->extra_len = attest.extraData.size;
	memcpy(st->extra, attest.extraData.buffer, st->extra_len);
	st->clock = attest.clockInfo.clock;
	st->reset_count = attest.clockInfo.resetCount;
	st->restart_count = attest.clockInfo.restartCount;
	st->safe = attest.clockInfo.safe == TPM2_YES;
	return st->type == SEAL_TPM_ST_QUOTE ?
	       get_quote(&attest.attested.quote, st) :
	       get_certify(&attest.attested.certify, st);
}

bool seal_tpm_statement_decode(struct seal_bytes in,
			       struct seal_tpm_statement *ret)
{
	struct seal_reader r = seal_reader_of(in);
	struct seal_tpm_statement st = { 0 };

	st.magic = seal_get_u32(&r);
	st.type = seal_get_u16(&r);
	if (r.bad)
		return false;
	if (st.magic == SEAL_TPM_MAGIC &&
	    (st.type == SEAL_TPM_ST_QUOTE || st.type == SEAL_TPM_ST_CERTIFY) &&
	    !get_statement(in, &st))
		return false;
	*ret = st;
	return true;
}

static bool get_ecdsa(const TPMS_SIGNATURE_ECC *in,
		      struct seal_tpm_signature *sig)
{
	if (in->signatureR.size > sizeof(sig->s) ||
	    in->signatureS.size > sizeof(sig->s))
		return false;
	sig->hash = in->hash;
	sig->r_len = in->signatureR.size;
	memcpy(sig->r, in->signatureR.buffer, sig->r_len);
	sig->s_len = in->signatureS.size;
	memcpy(sig->s, in->signatureS.buffer, sig->s_len);
	return true;
}

static bool get_rsa_sig(const TPMS_SIGNATURE_RSA *in,
			struct seal_tpm_signature *sig)
{
	if (in->sig.size > sizeof(sig->r))
		return false;
	sig->hash = in->hash;
	sig->r_len = in->sig.size;
	memcpy(sig->r, in->sig.buffer, sig->r_len);
	return true;
}

bool seal_tpm_signature_decode(struct seal_bytes in,
			       struct seal_tpm_signature *ret)
{
	struct seal_tpm_signature sig = { 0 };
	TPMT_SIGNATURE raw = { 0 };
	size_t off = 0;
	bool ok;

	if (!in.len || Tss2_MU_TPMT_SIGNATURE_Unmarshal(in.data, in.len, &off, &raw) ||
	    off != in.len)
		return false;
	sig.alg = raw.sigAlg;
	switch (raw.sigAlg) {
	case TPM2_ALG_ECDSA:
		ok = get_ecdsa(&raw.signature.ecdsa, &sig);
		break;
	case TPM2_ALG_RSASSA:
		ok = get_rsa_sig(&raw.signature.rsassa, &sig);
		break;
	case TPM2_ALG_RSAPSS:
		ok = get_rsa_sig(&raw.signature.rsapss, &sig);
		break;
	default:	/* ECDAA and friends do not sign extraData as it is */
		ok = false;
		break;
	}
	if (ok)
		*ret = sig;
	return ok;
}

bool seal_tpm_signature_bare(struct seal_bytes in, const struct seal_key *key,
			     struct seal_tpm_signature *ret)
{
	struct seal_tpm_signature sig = { 0 };

	if (key->type == SEAL_KEY_RSA) {
		if (!in.len || in.len != key->len)
			return false;
		memcpy(sig.r, in.data, in.len);
		sig.r_len = in.len;
	} else {
		if (!seal_ecdsa_parts(in, sizeof(sig.s), sig.r, &sig.r_len, sig.s, &sig.s_len))
			return false;
		sig.alg = TPM2_ALG_ECDSA;
	}
	*ret = sig;
	return true;
}

struct seal_bytes seal_tpm_statement_inner(struct seal_bytes in)
{
	struct seal_reader r = seal_reader_of(in);
	struct seal_bytes inner = seal_get_vec16(&r, 1, 0xffff);

	return seal_reader_done(&r) ? inner : in;
}

bool seal_tpm_signature_fits(const struct seal_tpm_signature *sig,
			     const struct seal_tpm_public *pub)
{
	return sig->alg == pub->scheme && sig->hash == pub->scheme_hash &&
	       seal_tpm_hash(sig->hash) != SEAL_HASH_NONE;
}

bool seal_tpm_signature_check(const struct seal_tpm_signature *sig,
			      const struct seal_tpm_public *pub,
			      struct seal_bytes data)
{
	enum seal_hash hash = seal_tpm_hash(sig->hash);
	uint8_t digest[SEAL_HASH_MAX];

	if (!seal_hash_parts(hash, &data, 1, digest))
		return false;
	switch (sig->alg) {
	case TPM2_ALG_ECDSA:
		return seal_verify_ecdsa(&pub->key, hash, digest,
					 (struct seal_bytes){ sig->r, sig->r_len },
					 (struct seal_bytes){ sig->s, sig->s_len });
	case TPM2_ALG_RSASSA:
	case TPM2_ALG_RSAPSS:
		return seal_verify_rsa(&pub->key, hash,
				       sig->alg == TPM2_ALG_RSAPSS, digest,
				       (struct seal_bytes){ sig->r, sig->r_len });
	default:
		return false;
	}
}
