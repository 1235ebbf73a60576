// SPDX-License-Identifier: GPL-2.0-or-later
/* The connection to the TPM, its objects and its error texts. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/gnutls.h>
#include <gnutls/crypto.h>
#include <tss2/tss2_mu.h>
#include <tss2/tss2_rc.h>
#include <tss2/tss2_tctildr.h>

#include "attester/tpm_private.h"

/* Errors of authorization have their own errno: the hint for the user differs. */
static int rc_errno(TSS2_RC rc)
{
	if ((rc & TSS2_RC_LAYER_MASK) != TSS2_TPM_RC_LAYER &&
	    (rc & TSS2_RC_LAYER_MASK) != TSS2_RESMGR_TPM_RC_LAYER)
		return -EIO;
	if (rc & TPM2_RC_FMT1)
		rc &= TPM2_RC_FMT1 | 0x3f;	/* without the parameter's number */

	switch (rc & 0xfff) {
	case TPM2_RC_AUTH_FAIL:
	case TPM2_RC_BAD_AUTH:
	case TPM2_RC_POLICY_FAIL:
	case TPM2_RC_LOCKOUT:
		return -EACCES;
	case TPM2_RC_HANDLE:
		return -ENOENT;
	case TPM2_RC_NV_DEFINED:
		return -EEXIST;
	case TPM2_RC_ASYMMETRIC:
	case TPM2_RC_CURVE:
	case TPM2_RC_HASH:
	case TPM2_RC_SCHEME:
		return -ENOTSUP;
	case TPM2_RC_VALUE:
	case TPM2_RC_SIZE:
	case TPM2_RC_INTEGRITY:
		return -EINVAL;
	default:
		return -EIO;
	}
}

int att_tpm_fail(struct att_tpm *tpm, const char *what, TSS2_RC rc)
{
	snprintf(tpm->error, sizeof(tpm->error), "%s: %s", what, Tss2_RC_Decode(rc));
	return rc_errno(rc);
}

int att_tpm_invalid(struct att_tpm *tpm, const char *what)
{
	snprintf(tpm->error, sizeof(tpm->error), "%s", what);
	return -EINVAL;
}

const char *att_tpm_error(const struct att_tpm *tpm)
{
	return tpm ? tpm->error : "out of memory";
}

const struct att_tpm_ops *att_tpm_ops(const struct att_tpm *tpm)
{
	return &tpm->ops;
}

int att_tpm_open(struct att_tpm **out, const char *tcti)
{
	struct att_tpm *tpm = calloc(1, sizeof(*tpm));
	TSS2_RC rc;

	*out = tpm;
	if (!tpm)
		return -ENOMEM;

	/* The TSS would print its own lines; ours name the operation. */
	setenv("TSS2_LOG", "all+none", 0);
	rc = Tss2_TctiLdr_Initialize(tcti, &tpm->tcti);
	if (rc) {
		att_tpm_fail(tpm, tcti, rc);
		return -ENODEV;
	}
	rc = Esys_Initialize(&tpm->esys, tpm->tcti, NULL);
	if (rc)
		return att_tpm_fail(tpm, "TPM", rc);
	/* A simulator or a bare device may not have been started by firmware. */
	rc = Esys_Startup(tpm->esys, TPM2_SU_CLEAR);
	if (rc && rc != TPM2_RC_INITIALIZE)
		return att_tpm_fail(tpm, "TPM2_Startup", rc);
	return 0;
}

void att_tpm_close(struct att_tpm *tpm)
{
	if (!tpm)
		return;
	Esys_Finalize(&tpm->esys);
	Tss2_TctiLdr_Finalize(&tpm->tcti);
	gnutls_memset(tpm, 0, sizeof(*tpm));
	free(tpm);
}

int att_tpm_pack_public(const TPMT_PUBLIC *pub, struct att_blob *out)
{
	size_t off = 0;

	if (Tss2_MU_TPMT_PUBLIC_Marshal(pub, out->data, sizeof(out->data), &off))
		return -EINVAL;
	out->len = off;
	return 0;
}

/* The Name is computed here from the public area: the TPM's word is not needed. */
static int key_name(const struct att_blob *pub, uint8_t name[ATT_NAME_SIZE])
{
	name[0] = TPM2_ALG_SHA256 >> 8;
	name[1] = TPM2_ALG_SHA256 & 0xff;
	return gnutls_hash_fast(GNUTLS_DIG_SHA256, pub->data, pub->len, name + 2) ? -EIO : 0;
}

int att_tpm_describe(struct att_tpm *tpm, ESYS_TR object, struct att_key *key)
{
	TPM2B_PUBLIC *pub;
	TSS2_RC rc;
	int ret;

	rc = Esys_ReadPublic(tpm->esys, object, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
			     &pub, NULL, NULL);
	if (rc)
		return att_tpm_fail(tpm, "TPM2_ReadPublic", rc);
	if (pub->publicArea.nameAlg != TPM2_ALG_SHA256)
		ret = att_tpm_invalid(tpm, "key with a nameAlg other than SHA-256");
	else
		ret = att_tpm_pack_public(&pub->publicArea, &key->pub);
	Esys_Free(pub);
	if (!ret)
		ret = key_name(&key->pub, key->name);
	if (!ret)
		key->object = object;
	return ret;
}

bool att_tpm_at_handle(struct att_tpm *tpm, uint32_t handle)
{
	TPMS_CAPABILITY_DATA *cap = NULL;
	bool found = false;

	if (Esys_GetCapability(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
			       TPM2_CAP_HANDLES, handle, 1, NULL, &cap))
		return false;
	if (cap->data.handles.count)
		found = cap->data.handles.handle[0] == handle;
	Esys_Free(cap);
	return found;
}

int att_tpm_reference(struct att_tpm *tpm, uint32_t handle, ESYS_TR *object)
{
	char what[48];
	TSS2_RC rc;

	rc = Esys_TR_FromTPMPublic(tpm->esys, handle, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
				   object);
	if (!rc)
		return 0;
	snprintf(what, sizeof(what), "persistent object 0x%08x", handle);
	return att_tpm_fail(tpm, what, rc);
}

int att_tpm_load(struct att_tpm *tpm, uint32_t handle, const uint8_t *auth, struct att_key *key)
{
	TPM2B_AUTH value = { .size = ATT_AUTH_SIZE };
	ESYS_TR object;
	TSS2_RC rc;
	int ret;

	ret = att_tpm_reference(tpm, handle, &object);
	if (ret)
		return ret;
	memcpy(value.buffer, auth, ATT_AUTH_SIZE);
	rc = Esys_TR_SetAuth(tpm->esys, object, &value);
	gnutls_memset(&value, 0, sizeof(value));
	if (rc)
		return att_tpm_fail(tpm, "authValue", rc);
	return att_tpm_describe(tpm, object, key);
}

int att_tpm_persist(struct att_tpm *tpm, const struct att_key *key, uint32_t handle)
{
	ESYS_TR object = ESYS_TR_NONE;
	TSS2_RC rc;

	if (att_tpm_at_handle(tpm, handle)) {
		snprintf(tpm->error, sizeof(tpm->error), "0x%08x is in use", handle);
		return -EEXIST;
	}
	rc = Esys_EvictControl(tpm->esys, ESYS_TR_RH_OWNER, key->object, ESYS_TR_PASSWORD,
			       ESYS_TR_NONE, ESYS_TR_NONE, handle, &object);
	if (rc)
		return att_tpm_fail(tpm, "TPM2_EvictControl", rc);
	Esys_TR_Close(tpm->esys, &object);
	return 0;
}

int att_tpm_evict(struct att_tpm *tpm, uint32_t handle)
{
	ESYS_TR object, gone = ESYS_TR_NONE;
	TSS2_RC rc;
	int ret;

	if (!att_tpm_at_handle(tpm, handle))
		return 0;
	ret = att_tpm_reference(tpm, handle, &object);
	if (ret)
		return ret;
	rc = Esys_EvictControl(tpm->esys, ESYS_TR_RH_OWNER, object, ESYS_TR_PASSWORD,
			       ESYS_TR_NONE, ESYS_TR_NONE, handle, &gone);
	if (rc)
		return att_tpm_fail(tpm, "TPM2_EvictControl", rc);
	return 0;
}

void att_tpm_flush(struct att_tpm *tpm, struct att_key *key)
{
	if (tpm && key->object)
		Esys_FlushContext(tpm->esys, key->object);
	memset(key, 0, sizeof(*key));
}
