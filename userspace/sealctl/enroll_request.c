// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "sealctl/enroll_request.h"
#include "verify/bind.h"

static const char hint_key[] =
	"the host must make its keys with sealctl enroll; nothing else is accepted";

static void set_blob(json_t *object, const char *name, const struct att_blob *blob)
{
	enroll_set_bytes(object, name, blob->data, blob->len);
}

json_t *enroll_request_json(const struct enroll_request *req)
{
	json_t *message = json_pack("{s:i, s:s}", "version", 1, "identity", req->identity.text);

	if (!message)
		return NULL;
	set_blob(message, "ek_public", &req->ek_public);
	if (req->ek_cert_len)
		enroll_set_bytes(message, "ek_certificate", req->ek_cert, req->ek_cert_len);
	set_blob(message, "ak_public", &req->ak_public);
	if (req->tik_public.len) {
		set_blob(message, "tik_public", &req->tik_public);
		set_blob(message, "certify", &req->certify.attest);
		set_blob(message, "certify_signature", &req->certify.sig);
	} else {
		json_object_set_new(message, "csr", json_string(req->csr));
	}
	return message;
}

static int parse_tik(const json_t *message, struct enroll_request *req, struct enroll_error *err)
{
	if (json_object_get(message, "csr")) {
		if (json_object_get(message, "tik_public"))
			return enroll_refuse(err, "", "both csr and tik_public");
		return enroll_text(message, "csr", req->csr, sizeof(req->csr), err);
	}
	if (enroll_blob(message, "tik_public", &req->tik_public, err) ||
	    enroll_blob(message, "certify", &req->certify.attest, err) ||
	    enroll_blob(message, "certify_signature", &req->certify.sig, err))
		return -1;
	return 0;
}

int enroll_request_parse(const json_t *message, struct enroll_request *req,
			 struct enroll_error *err)
{
	static const char *const names[] = {
		"version", "identity", "ek_public", "ek_certificate", "ak_public", "tik_public",
		"certify", "certify_signature", "csr", NULL };
	char text[SEAL_IDENTITY_MAX + 1];

	memset(req, 0, sizeof(*req));
	if (enroll_only(message, names, err))
		return -1;
	if (json_integer_value(json_object_get(message, "version")) != 1)
		return enroll_refuse(err, "use the same version of seal on both sides",
				     "a request of another version");
	if (enroll_text(message, "identity", text, sizeof(text), err) ||
	    enroll_identity(text, &req->identity, err))
		return -1;
	if (enroll_blob(message, "ek_public", &req->ek_public, err) ||
	    enroll_blob(message, "ak_public", &req->ak_public, err))
		return -1;
	if (json_object_get(message, "ek_certificate") &&
	    enroll_bytes(message, "ek_certificate", req->ek_cert, 1, sizeof(req->ek_cert),
			 &req->ek_cert_len, err))
		return -1;
	return parse_tik(message, req, err);
}

static struct seal_bytes view(const struct att_blob *blob)
{
	return (struct seal_bytes){ blob->data, blob->len };
}

/* TPM2_Certify of the TIK by the AK, over our own qualifying data. */
static const char *certify_problem(const struct enroll_request *req,
				   const struct seal_tpm_public *ak,
				   const struct seal_tpm_public *tik)
{
	const struct seal_bytes ak_name = seal_tpm_name_bytes(&ak->name);
	const struct seal_bytes tik_name = seal_tpm_name_bytes(&tik->name);
	struct seal_tpm_statement st = { 0 };
	struct seal_tpm_signature sig = { 0 };
	uint8_t expected[SEAL_SHA256_LEN];

	if (!seal_tpm_statement_decode(view(&req->certify.attest), &st) ||
	    !seal_tpm_signature_decode(view(&req->certify.sig), &sig))
		return "cannot be read";
	if (st.magic != SEAL_TPM_MAGIC || st.type != SEAL_TPM_ST_CERTIFY)
		return "is no TPM2_Certify";
	if (!seal_tpm_signature_fits(&sig, ak) ||
	    !seal_tpm_signature_check(&sig, ak, view(&req->certify.attest)))
		return "is not signed by the attestation key";
	if (!seal_certify_data(ak_name, tik_name, expected) ||
	    st.extra_len != sizeof(expected) || memcmp(st.extra, expected, sizeof(expected)))
		return "was made for something else";
	if (!seal_bytes_equal(seal_tpm_name_bytes(&st.name), tik_name))
		return "is on another key";
	return NULL;
}

static int check_tik(const struct enroll_request *req, const struct seal_tpm_public *ak,
		     struct enroll_error *err)
{
	struct seal_tpm_public tik;
	const char *problem;

	if (!seal_tpm_public_decode(view(&req->tik_public), &tik))
		return enroll_refuse(err, hint_key, "the TLS key cannot be read");
	if (!seal_tpm_is_tik(&tik))
		return enroll_refuse(err, hint_key,
				     "the TLS key is not a signing key born in and fixed to a TPM");
	if (seal_key_equal(&tik.key, &ak->key))
		return enroll_refuse(err, hint_key, "the TLS key and the attestation key are one");
	problem = certify_problem(req, ak, &tik);
	if (problem)
		return enroll_refuse(err, hint_key, "the statement on the TLS key %s", problem);
	return 0;
}

int enroll_request_check(const struct enroll_request *req, struct seal_tpm_public *ak,
			 struct enroll_error *err)
{
	if (!seal_tpm_public_decode(view(&req->ak_public), ak))
		return enroll_refuse(err, hint_key, "the attestation key cannot be read");
	if (!seal_tpm_is_ak(ak))
		return enroll_refuse(err, hint_key, "the attestation key is not a restricted "
				     "signing key born in and fixed to a TPM");
	if (ak->name.len != ATT_NAME_SIZE)
		return enroll_refuse(err, hint_key, "the attestation key's nameAlg is not SHA-256");
	return req->tik_public.len ? check_tik(req, ak, err) : 0;
}

int enroll_identity(const char *text, struct seal_identity *id, struct enroll_error *err)
{
	if (seal_identity_parse(text, id))
		return 0;
	return enroll_refuse(err, "write dns:host.example.org, ip:192.0.2.1 or uri:spiffe://...",
			     "\"%.80s\" is no identity", text);
}
