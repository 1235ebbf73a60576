// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The endorsement key, and what needs it: keys born under it, and credential
 * activation. Templates are from the TCG EK Credential Profile 2.5, B.3.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <gnutls/gnutls.h>
#include <tss2/tss2_mu.h>

#include "attester/tpm_private.h"

#define CHUNK	512	/* bytes per NV read: every TPM takes that */

/* PolicySecret(TPM_RH_ENDORSEMENT) in SHA-256, "PolicyA" of the profile. */
#define EK_POLICY { .size = 32, .buffer = { \
	0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xb3, 0xf8, 0x1a, 0x90, 0xcc, 0x8d, \
	0x46, 0xa5, 0xd7, 0x24, 0xfd, 0x52, 0xd7, 0x6e, 0x06, 0x52, 0x0b, 0x64, \
	0xf2, 0xa1, 0xda, 0x1b, 0x33, 0x14, 0x69, 0xaa } }

#define EK_ATTRIBUTES	(TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | \
			 TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_ADMINWITHPOLICY | \
			 TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT)

static const TPMT_PUBLIC ek_ecc = {
	.type = TPM2_ALG_ECC,
	.nameAlg = TPM2_ALG_SHA256,
	.objectAttributes = EK_ATTRIBUTES,
	.authPolicy = EK_POLICY,
	.parameters.eccDetail = {
		.symmetric = { TPM2_ALG_AES, { .aes = 128 }, { .aes = TPM2_ALG_CFB } },
		.scheme.scheme = TPM2_ALG_NULL,
		.curveID = TPM2_ECC_NIST_P256,
		.kdf.scheme = TPM2_ALG_NULL,
	},
	.unique.ecc = { { .size = 32 }, { .size = 32 } },
};

static const TPMT_PUBLIC ek_rsa = {
	.type = TPM2_ALG_RSA,
	.nameAlg = TPM2_ALG_SHA256,
	.objectAttributes = EK_ATTRIBUTES,
	.authPolicy = EK_POLICY,
	.parameters.rsaDetail = {
		.symmetric = { TPM2_ALG_AES, { .aes = 128 }, { .aes = TPM2_ALG_CFB } },
		.scheme.scheme = TPM2_ALG_NULL,
		.keyBits = 2048,
	},
	.unique.rsa.size = 256,
};

static const struct ek_row {
	const TPMT_PUBLIC *template;
	uint32_t cert;		/* NV index */
	uint32_t handle;	/* where provisioned TPMs keep the key */
} ek_rows[] = {
	{ &ek_ecc, 0x01c0000a, 0x81010002 },	/* L-2 */
	{ &ek_rsa, 0x01c00002, 0x81010001 },	/* L-1 */
};

#define KEY_ATTRIBUTES	(TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | \
			 TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_USERWITHAUTH | \
			 TPMA_OBJECT_SIGN_ENCRYPT | TPMA_OBJECT_NODA)

/** struct key_row - what differs between the keys that we make */
struct key_row {
	uint16_t type, curve;
	uint16_t scheme, hash;	/* TPM2_ALG_NULL: any, named with each signature */
};

static const struct key_row key_rows[] = {
	[ATT_KEY_TIK] = { TPM2_ALG_ECC, TPM2_ECC_NIST_P256, TPM2_ALG_NULL, 0 },
	[ATT_KEY_AK] = { TPM2_ALG_ECC, TPM2_ECC_NIST_P256, TPM2_ALG_ECDSA, TPM2_ALG_SHA256 },
	[ATT_KEY_AK_P384] = { TPM2_ALG_ECC, TPM2_ECC_NIST_P384, TPM2_ALG_ECDSA, TPM2_ALG_SHA384 },
	[ATT_KEY_AK_RSAPSS] = { TPM2_ALG_RSA, 0, TPM2_ALG_RSAPSS, TPM2_ALG_SHA256 },
	[ATT_KEY_AK_RSASSA] = { TPM2_ALG_RSA, 0, TPM2_ALG_RSASSA, TPM2_ALG_SHA256 },
};

static const struct key_row *key_row(enum att_key_kind kind)
{
	bool known = kind < sizeof(key_rows) / sizeof(key_rows[0]) && key_rows[kind].type;

	return known ? &key_rows[kind] : NULL;
}

static TPMU_PUBLIC_PARMS key_parms(const struct key_row *row)
{
	TPMU_PUBLIC_PARMS parms = { 0 };

	if (row->type == TPM2_ALG_RSA) {
		parms.rsaDetail = (TPMS_RSA_PARMS){
			.symmetric.algorithm = TPM2_ALG_NULL, .scheme.scheme = row->scheme,
			.scheme.details.anySig.hashAlg = row->hash, .keyBits = 2048 };
		return parms;
	}
	parms.eccDetail = (TPMS_ECC_PARMS){
		.symmetric.algorithm = TPM2_ALG_NULL, .scheme.scheme = row->scheme,
		.scheme.details.anySig.hashAlg = row->hash, .curveID = row->curve,
		.kdf.scheme = TPM2_ALG_NULL };
	return parms;
}

/* The Name is by SHA-256 whatever the key signs with: ATT_NAME_SIZE. */
static TPM2B_PUBLIC key_template(const struct key_row *row)
{
	return (TPM2B_PUBLIC){ .publicArea = {
		.type = row->type,
		.nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = KEY_ATTRIBUTES |
			(row->scheme == TPM2_ALG_NULL ? 0 : TPMA_OBJECT_RESTRICTED),
		.parameters = key_parms(row),
	} };
}

/* The DER length, since an NV index may be longer than what it holds. */
static size_t der_length(const uint8_t *der, size_t size)
{
	size_t len;

	if (size < 4 || der[0] != 0x30 || der[1] != 0x82)
		return 0;
	len = 4 + ((size_t)der[2] << 8 | der[3]);
	return len <= size ? len : 0;
}

static int nv_chunk(struct att_tpm *tpm, ESYS_TR nv, size_t off, size_t n, uint8_t *out)
{
	TPM2B_MAX_NV_BUFFER *data;
	TSS2_RC rc;

	rc = Esys_NV_Read(tpm->esys, nv, nv, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
			  n, off, &data);
	if (rc)		/* the index without AUTHREAD: the owner may read it */
		rc = Esys_NV_Read(tpm->esys, ESYS_TR_RH_OWNER, nv, ESYS_TR_PASSWORD,
				  ESYS_TR_NONE, ESYS_TR_NONE, n, off, &data);
	if (rc)
		return att_tpm_fail(tpm, "TPM2_NV_Read of the EK certificate", rc);
	if (data->size == n)
		memcpy(out, data->buffer, n);
	else
		rc = 1;
	Esys_Free(data);
	return rc ? att_tpm_invalid(tpm, "short read of the EK certificate") : 0;
}

static int read_certificate(struct att_tpm *tpm, uint32_t index, struct att_ek *ek)
{
	TPM2B_NV_PUBLIC *pub;
	size_t size, off, n;
	ESYS_TR nv;
	TSS2_RC rc;
	int ret;

	ret = att_tpm_reference(tpm, index, &nv);
	if (ret)
		return ret;
	rc = Esys_NV_ReadPublic(tpm->esys, nv, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
				&pub, NULL);
	if (rc)
		return att_tpm_fail(tpm, "TPM2_NV_ReadPublic", rc);
	size = pub->nvPublic.dataSize;
	Esys_Free(pub);
	if (size > sizeof(ek->cert))
		return att_tpm_invalid(tpm, "EK certificate over 8 KiB");

	for (off = 0; off < size; off += n) {
		n = size - off < CHUNK ? size - off : CHUNK;
		ret = nv_chunk(tpm, nv, off, n, ek->cert + off);
		if (ret)
			return ret;
	}
	ek->cert_len = der_length(ek->cert, size);
	return ek->cert_len ? 0 : att_tpm_invalid(tpm, "EK certificate in NV is not DER");
}

/* Is the persistent object the key of the template? Its unique field is free. */
static bool is_template(const struct att_blob *have, const TPMT_PUBLIC *template)
{
	TPMT_PUBLIC pub = { 0 };
	struct att_blob want, got;
	size_t off = 0;

	if (Tss2_MU_TPMT_PUBLIC_Unmarshal(have->data, have->len, &off, &pub) ||
	    pub.type != template->type)
		return false;
	pub.unique = template->unique;
	return !att_tpm_pack_public(&pub, &got) && !att_tpm_pack_public(template, &want) &&
	       got.len == want.len && !memcmp(got.data, want.data, got.len);
}

static int use_persistent(struct att_tpm *tpm, const struct ek_row *row, struct att_ek *ek)
{
	ESYS_TR object;
	int ret;

	if (!att_tpm_at_handle(tpm, row->handle))
		return -ENOENT;
	ret = att_tpm_reference(tpm, row->handle, &object);
	if (!ret)
		ret = att_tpm_describe(tpm, object, &ek->key);
	if (ret)
		return ret;
	if (!is_template(&ek->key.pub, row->template)) {
		memset(&ek->key, 0, sizeof(ek->key));
		return -ENOENT;
	}
	ek->persistent = true;
	return 0;
}

static int create_primary(struct att_tpm *tpm, const struct ek_row *row, struct att_ek *ek)
{
	const TPM2B_SENSITIVE_CREATE sensitive = { 0 };
	const TPM2B_PUBLIC in = { .publicArea = *row->template };
	const TPM2B_DATA outside = { 0 };
	const TPML_PCR_SELECTION pcrs = { 0 };
	ESYS_TR object;
	TSS2_RC rc;

	rc = Esys_CreatePrimary(tpm->esys, ESYS_TR_RH_ENDORSEMENT, ESYS_TR_PASSWORD, ESYS_TR_NONE,
				ESYS_TR_NONE, &sensitive, &in, &outside, &pcrs, &object,
				NULL, NULL, NULL, NULL);
	if (rc)
		return att_tpm_fail(tpm, "TPM2_CreatePrimary of the EK", rc);
	return att_tpm_describe(tpm, object, &ek->key);
}

int att_tpm_ek(struct att_tpm *tpm, struct att_ek *ek)
{
	const struct ek_row *row = NULL;
	unsigned int i;
	int ret;

	memset(ek, 0, sizeof(*ek));
	for (i = 0; i < sizeof(ek_rows) / sizeof(ek_rows[0]) && !row; i++)
		if (att_tpm_at_handle(tpm, ek_rows[i].cert))
			row = &ek_rows[i];
	if (row) {
		ret = read_certificate(tpm, row->cert, ek);
		if (ret)
			return ret;
	} else {
		row = &ek_rows[0];
	}
	ret = use_persistent(tpm, row, ek);
	return ret == -ENOENT ? create_primary(tpm, row, ek) : ret;
}

void att_tpm_end(struct att_tpm *tpm, ESYS_TR *session)
{
	if (*session != ESYS_TR_NONE)
		Esys_FlushContext(tpm->esys, *session);
	*session = ESYS_TR_NONE;
}

/* The EK's policy: know the authValue of the endorsement hierarchy. */
int att_tpm_policy_session(struct att_tpm *tpm, ESYS_TR *session)
{
	const TPMT_SYM_DEF none = { .algorithm = TPM2_ALG_NULL };
	TSS2_RC rc;

	*session = ESYS_TR_NONE;
	rc = Esys_StartAuthSession(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
				   ESYS_TR_NONE, ESYS_TR_NONE, NULL, TPM2_SE_POLICY, &none,
				   TPM2_ALG_SHA256, session);
	if (rc)
		return att_tpm_fail(tpm, "TPM2_StartAuthSession", rc);
	rc = Esys_PolicySecret(tpm->esys, ESYS_TR_RH_ENDORSEMENT, *session, ESYS_TR_PASSWORD,
			       ESYS_TR_NONE, ESYS_TR_NONE, NULL, NULL, NULL, 0, NULL, NULL);
	if (rc) {
		att_tpm_end(tpm, session);
		return att_tpm_fail(tpm, "TPM2_PolicySecret(endorsement)", rc);
	}
	return 0;
}

/* A session whose key only this TPM can know: for secrets on the bus. */
int att_tpm_secret_session(struct att_tpm *tpm, ESYS_TR ek, TPMA_SESSION attr, ESYS_TR *session)
{
	const TPMT_SYM_DEF aes = { TPM2_ALG_AES, { .aes = 128 }, { .aes = TPM2_ALG_CFB } };
	TSS2_RC rc;

	*session = ESYS_TR_NONE;
	rc = Esys_StartAuthSession(tpm->esys, ek, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
				   ESYS_TR_NONE, NULL, TPM2_SE_HMAC, &aes, TPM2_ALG_SHA256,
				   session);
	if (rc)
		return att_tpm_fail(tpm, "TPM2_StartAuthSession", rc);
	rc = Esys_TRSess_SetAttributes(tpm->esys, *session, attr | TPMA_SESSION_CONTINUESESSION,
				       0xff);
	if (rc) {
		att_tpm_end(tpm, session);
		return att_tpm_fail(tpm, "session attributes", rc);
	}
	return 0;
}

static int create_under(struct att_tpm *tpm, ESYS_TR ek, const struct key_row *row,
			const uint8_t *auth, TPM2B_PRIVATE **priv, TPM2B_PUBLIC **pub)
{
	TPM2B_SENSITIVE_CREATE sensitive = { .sensitive.userAuth.size = ATT_AUTH_SIZE };
	const TPM2B_PUBLIC in = key_template(row);
	const TPM2B_DATA outside = { 0 };
	const TPML_PCR_SELECTION pcrs = { 0 };
	ESYS_TR policy, secret = ESYS_TR_NONE;
	TSS2_RC rc;
	int ret;

	ret = att_tpm_policy_session(tpm, &policy);
	if (!ret)
		ret = att_tpm_secret_session(tpm, ek, TPMA_SESSION_DECRYPT, &secret);
	if (!ret) {
		memcpy(sensitive.sensitive.userAuth.buffer, auth, ATT_AUTH_SIZE);
		rc = Esys_Create(tpm->esys, ek, policy, secret, ESYS_TR_NONE, &sensitive, &in,
				 &outside, &pcrs, priv, pub, NULL, NULL, NULL);
		gnutls_memset(&sensitive, 0, sizeof(sensitive));
		if (rc)
			ret = att_tpm_fail(tpm, "TPM2_Create", rc);
	}
	att_tpm_end(tpm, &secret);
	att_tpm_end(tpm, &policy);
	return ret;
}

static int load_under(struct att_tpm *tpm, ESYS_TR ek, const uint8_t *auth,
		      const TPM2B_PRIVATE *priv, const TPM2B_PUBLIC *pub, struct att_key *key)
{
	TPM2B_AUTH value = { .size = ATT_AUTH_SIZE };
	ESYS_TR policy, object;
	TSS2_RC rc;
	int ret;

	ret = att_tpm_policy_session(tpm, &policy);
	if (ret)
		return ret;
	rc = Esys_Load(tpm->esys, ek, policy, ESYS_TR_NONE, ESYS_TR_NONE, priv, pub, &object);
	att_tpm_end(tpm, &policy);
	if (rc)
		return att_tpm_fail(tpm, "TPM2_Load", rc);

	memcpy(value.buffer, auth, ATT_AUTH_SIZE);
	rc = Esys_TR_SetAuth(tpm->esys, object, &value);
	gnutls_memset(&value, 0, sizeof(value));
	ret = rc ? att_tpm_fail(tpm, "authValue", rc) : att_tpm_describe(tpm, object, key);
	if (ret)
		Esys_FlushContext(tpm->esys, object);
	return ret;
}

int att_tpm_create(struct att_tpm *tpm, const struct att_ek *ek, enum att_key_kind kind,
		   const uint8_t *auth, struct att_key *key)
{
	const struct key_row *row = key_row(kind);
	TPM2B_PRIVATE *priv = NULL;
	TPM2B_PUBLIC *pub = NULL;
	int ret;

	memset(key, 0, sizeof(*key));
	if (!row)
		return att_tpm_invalid(tpm, "no such kind of key");
	ret = create_under(tpm, ek->key.object, row, auth, &priv, &pub);
	if (!ret)
		ret = load_under(tpm, ek->key.object, auth, priv, pub, key);
	Esys_Free(priv);
	Esys_Free(pub);
	return ret;
}

static int activate(struct att_tpm *tpm, const struct att_ek *ek, const struct att_key *ak,
		    const TPM2B_ID_OBJECT *blob, const TPM2B_ENCRYPTED_SECRET *secret,
		    TPM2B_DIGEST **credential)
{
	ESYS_TR policy, cover = ESYS_TR_NONE;
	TSS2_RC rc;
	int ret;

	ret = att_tpm_policy_session(tpm, &policy);
	if (!ret)
		ret = att_tpm_secret_session(tpm, ek->key.object, TPMA_SESSION_ENCRYPT, &cover);
	if (!ret) {
		rc = Esys_ActivateCredential(tpm->esys, ak->object, ek->key.object,
					     ESYS_TR_PASSWORD, policy, cover, blob, secret,
					     credential);
		if (rc)
			ret = att_tpm_fail(tpm, "TPM2_ActivateCredential", rc);
	}
	att_tpm_end(tpm, &cover);
	att_tpm_end(tpm, &policy);
	return ret;
}

int att_tpm_activate(struct att_tpm *tpm, const struct att_ek *ek, const struct att_key *ak,
		     const struct att_blob *blob, const struct att_blob *secret,
		     uint8_t *out, size_t *out_len)
{
	TPM2B_ID_OBJECT id = { .size = blob->len };
	TPM2B_ENCRYPTED_SECRET enc = { .size = secret->len };
	TPM2B_DIGEST *credential = NULL;
	int ret;

	if (blob->len > sizeof(id.credential) || secret->len > sizeof(enc.secret))
		return att_tpm_invalid(tpm, "credential too long");
	memcpy(id.credential, blob->data, blob->len);
	memcpy(enc.secret, secret->data, secret->len);
	ret = activate(tpm, ek, ak, &id, &enc, &credential);
	if (ret)
		return ret;
	if (credential->size > ATT_AUTH_SIZE) {
		ret = att_tpm_invalid(tpm, "credential too long");
	} else {
		memcpy(out, credential->buffer, credential->size);
		*out_len = credential->size;
	}
	gnutls_memset(credential, 0, sizeof(*credential));
	Esys_Free(credential);
	return ret;
}
