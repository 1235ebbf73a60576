// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/crypto.h>

#include "attester/credential.h"
#include "sealctl/enroll_ca.h"
#include "sealctl/enroll_cert.h"
#include "sealctl/enroll_db.h"
#include "sealctl/enroll_dir.h"

#define SECRET	32u

static int may_have(const struct enroll_ca *ca, const struct seal_identity *id,
		    struct enroll_error *err)
{
	size_t i;

	if (ca->any_identity)
		return 0;
	for (i = 0; i < ca->identity_count; i++)
		if (!strcmp(ca->identity[i].text, id->text))
			return 0;
	return enroll_refuse(err, "name it on the CA's side: sealctl ca serve DIR --identity ID",
			     "this host may not be %s", id->text);
}

static int keys_of(const struct enroll_request *req, struct enroll_spki *tls,
		   struct enroll_spki *ak, struct enroll_error *err)
{
	int ret = req->tik_public.len ? enroll_spki_of(&req->tik_public, tls, err)
				      : enroll_spki_of_csr(req->csr, &req->identity, tls, err);

	if (ret || enroll_spki_of(&req->ak_public, ak, err))
		return -1;
	if (tls->len == ak->len && !memcmp(tls->der, ak->der, ak->len))
		return enroll_refuse(err, "", "the TLS key and the attestation key are one");
	return 0;
}

static int check(const struct enroll_ca *ca, const struct enroll_request *req,
		 struct seal_tpm_public *ak, uint8_t print[SEAL_SHA256_LEN],
		 struct enroll_error *err)
{
	struct enroll_spki tls, own;

	if (may_have(ca, &req->identity, err) ||
	    enroll_ek_check(req, &ca->ek, print, err) ||
	    enroll_request_check(req, ak, err) ||
	    keys_of(req, &tls, &own, err))
		return -1;
	return enroll_db_check(ca->dir, &req->identity, print, err);
}

static int send_challenge(struct enroll_link *link, const struct enroll_request *req,
			  const struct seal_tpm_public *ak, const uint8_t secret[SECRET],
			  struct enroll_error *err)
{
	struct att_blob id, enc;
	json_t *message;

	if (att_credential_make(&req->ek_public, ak->name.data, secret, SECRET, &id, &enc))
		return enroll_refuse(err, "it must follow template L-1 or L-2 of the TCG profile",
				     "the endorsement key is not one we can use");
	message = json_object();
	enroll_set_bytes(message, "credential_blob", id.data, id.len);
	enroll_set_bytes(message, "encrypted_secret", enc.data, enc.len);
	return enroll_send(link, message, err);
}

static int recv_secret(struct enroll_link *link, uint8_t out[SECRET], struct enroll_error *err)
{
	static const char *const names[] = { "secret", NULL };
	json_t *message = enroll_recv(link, err);
	size_t len;
	int ret;

	if (!message)
		return -1;
	ret = enroll_only(message, names, err);
	if (!ret)
		ret = enroll_bytes(message, "secret", out, SECRET, SECRET, &len, err);
	json_decref(message);
	return ret;
}

static int challenge(struct enroll_link *link, const struct enroll_request *req,
		     const struct seal_tpm_public *ak, struct enroll_error *err)
{
	uint8_t secret[SECRET], answer[SECRET];
	int ret;

	if (gnutls_rnd(GNUTLS_RND_KEY, secret, sizeof(secret)))
		return enroll_refuse(err, "", "no random numbers");
	ret = send_challenge(link, req, ak, secret, err);
	if (!ret)
		ret = recv_secret(link, answer, err);
	if (!ret && gnutls_memcmp(secret, answer, sizeof(secret)))
		ret = enroll_refuse(err, "the attestation key is not in the TPM of this EK",
				    "the credential was not opened");
	gnutls_memset(secret, 0, sizeof(secret));
	gnutls_memset(answer, 0, sizeof(answer));
	return ret;
}

/* DIR/issued/ID-tls-SERIAL.pem: what a revocation list is made from. */
static int record(const struct enroll_ca *ca, const char *kind, const struct seal_identity *id,
		  const char *pem, struct enroll_error *err)
{
	char name[1024] = "issued/", serial[ENROLL_SERIAL_MAX];
	const size_t off = strlen(name);

	if (enroll_serial(pem, serial, err) || enroll_mkdir(ca->dir, "issued", 0700, err))
		return -1;
	if (!enroll_file_name(id->text, name + off, ENROLL_NAME_MAX))
		return enroll_refuse(err, "choose a shorter one", "the identity is too long");
	snprintf(name + strlen(name), sizeof(serial) + 16, "-%s-%s.pem", kind, serial);
	return enroll_write(ca->dir, name, 0644, pem, strlen(pem), err);
}

static int issue(const struct enroll_ca *ca, enum enroll_kind kind, const char *name,
		 const struct enroll_spki *key, const struct seal_identity *id, json_t *reply,
		 struct enroll_error *err)
{
	char key_name[16], cert_name[16], member[16], trust[16];
	char key_pem[ENROLL_PEM_MAX], cert_pem[ENROLL_PEM_MAX], pem[ENROLL_PEM_MAX];
	struct enroll_issuer issuer = { 0 };
	int ret = -1;

	snprintf(key_name, sizeof(key_name), "%s-ca.key", name);
	snprintf(cert_name, sizeof(cert_name), "%s-ca.pem", name);
	snprintf(member, sizeof(member), "%s_chain", name);
	snprintf(trust, sizeof(trust), "%s_trust", name);
	if (enroll_read(ca->dir, key_name, key_pem, sizeof(key_pem), err) >= 0 &&
	    enroll_read(ca->dir, cert_name, cert_pem, sizeof(cert_pem), err) >= 0 &&
	    !enroll_issuer_load(&issuer, key_pem, cert_pem, err))
		ret = enroll_issue(&issuer, kind, key, id, ca->days, pem, sizeof(pem), err);
	gnutls_memset(key_pem, 0, sizeof(key_pem));
	enroll_issuer_free(&issuer);
	if (ret || record(ca, name, id, pem, err))
		return -1;
	json_object_set_new(reply, member, json_string(pem));
	json_object_set_new(reply, trust, json_string(cert_pem));
	return 0;
}

static json_t *certificates(const struct enroll_ca *ca, const struct enroll_request *req,
			    struct enroll_error *err)
{
	json_t *reply = json_object();
	struct enroll_spki tls, ak;
	int ret = keys_of(req, &tls, &ak, err);

	if (!ret)
		ret = issue(ca, ENROLL_KIND_TLS, "tls", &tls, &req->identity, reply, err);
	if (!ret)
		ret = issue(ca, ENROLL_KIND_AK, "ak", &ak, &req->identity, reply, err);
	if (!ret)
		return reply;
	json_decref(reply);
	return NULL;
}

static int serve(const struct enroll_ca *ca, struct enroll_link *link, struct enroll_request *req,
		 struct enroll_error *err)
{
	json_t *message = enroll_recv(link, err), *reply;
	uint8_t print[SEAL_SHA256_LEN];
	struct seal_tpm_public ak;
	int ret;

	if (!message)
		return -1;
	ret = enroll_request_parse(message, req, err);
	json_decref(message);
	if (ret || check(ca, req, &ak, print, err) || challenge(link, req, &ak, err) ||
	    enroll_db_bind(ca->dir, &req->identity, print, err))
		return -1;
	reply = certificates(ca, req, err);
	return reply ? enroll_send(link, reply, err) : -1;
}

int enroll_ca_serve(const struct enroll_ca *ca, struct enroll_link *link,
		    struct enroll_error *err)
{
	struct enroll_request *req = calloc(1, sizeof(*req));
	struct enroll_error unsent = { 0 };
	int ret = req ? serve(ca, link, req, err) : enroll_refuse(err, "", "out of memory");

	free(req);
	if (ret)
		enroll_send(link, json_pack("{s:s, s:s}", "error", err->reason, "hint", err->hint),
			    &unsent);
	return ret;
}
