// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/crypto.h>

#include "sealctl/enroll_dir.h"
#include "sealctl/enroll_ek.h"
#include "sealctl/enroll_host.h"
#include "verify/bind.h"

static const char hint_force[] =
	"--force makes new keys in their place; certificates of the old ones become useless";

static int tpm_error(struct enroll_host *host, int ret, struct enroll_error *err)
{
	const char *hint = "is /dev/tpmrm0 there, and is nobody else using the TPM?";

	if (ret == -EACCES)
		hint = "the owner and endorsement hierarchies must have an empty authValue";
	if (ret == -ENOTSUP)
		hint = "choose another --ak-algorithm; tpm2_getcap lists algorithms and ecc-curves";
	return enroll_refuse(err, hint, "%s", att_tpm_error(host->tpm));
}

/* As tpm2_create -G writes them. */
enum att_key_kind enroll_ak_kind(const char *word)
{
	static const struct {
		const char *word;
		enum att_key_kind kind;
	} words[] = {
		{ "ecc256", ATT_KEY_AK },
		{ "ecc384", ATT_KEY_AK_P384 },
		{ "rsa2048:rsapss", ATT_KEY_AK_RSAPSS },
		{ "rsa2048:rsassa", ATT_KEY_AK_RSASSA },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(words[i].word, word))
			return words[i].kind;
	return ATT_KEY_NONE;
}

static int refuse_handle(struct enroll_host *host, uint32_t handle, struct enroll_error *err)
{
	if (host->force || !att_tpm_at_handle(host->tpm, handle))
		return 0;
	return enroll_refuse(err, hint_force, "the TPM has a key at 0x%08x already", handle);
}

static int make_ek(struct enroll_host *host, struct enroll_error *err)
{
	uint8_t print[SEAL_SHA256_LEN];
	char hex[2 * SEAL_SHA256_LEN + 1];
	int ret;

	ret = att_tpm_open(&host->tpm, host->conf.tcti);
	if (ret)
		return tpm_error(host, ret, err);
	if (refuse_handle(host, host->conf.ak_handle, err) ||
	    (host->conf.key_in_tpm && refuse_handle(host, host->conf.tik_handle, err)))
		return -1;
	ret = att_tpm_ek(host->tpm, &host->ek);
	if (ret)
		return tpm_error(host, ret, err);
	if (enroll_ek_print(&host->ek.key.pub, print, err))
		return -1;
	enroll_step("ek", "%s, %s certificate", enroll_hex(hex, print, sizeof(print)),
		    host->ek.cert_len ? "with" : "without");
	return 0;
}

static void step_key(const char *what, const struct att_key *key)
{
	char hex[2 * ATT_NAME_SIZE + 1];

	enroll_step(what, "born in the TPM, name %s", enroll_hex(hex, key->name, ATT_NAME_SIZE));
}

static int make_file_key(struct enroll_host *host, struct enroll_error *err)
{
	if (enroll_key_new(host->key_pem, sizeof(host->key_pem), err) ||
	    enroll_csr_of_key(host->key_pem, &host->req.identity, host->req.csr,
			      sizeof(host->req.csr), err))
		return -1;
	enroll_step("tls key", "in a file");
	return 0;
}

static int make_tik(struct enroll_host *host, struct enroll_error *err)
{
	uint8_t data[SEAL_SHA256_LEN];
	int ret;

	ret = att_tpm_create(host->tpm, &host->ek, ATT_KEY_TIK, host->auth, &host->tik);
	if (ret)
		return tpm_error(host, ret, err);
	step_key("tls key", &host->tik);
	if (!seal_certify_data((struct seal_bytes){ host->ak.name, ATT_NAME_SIZE },
			       (struct seal_bytes){ host->tik.name, ATT_NAME_SIZE }, data))
		return enroll_refuse(err, "", "SHA-256 failed");
	ret = att_tpm_certify(host->tpm, &host->tik, &host->ak, data, &host->req.certify);
	if (ret)
		return tpm_error(host, ret, err);
	enroll_step("certify", "the attestation key vouches for the TLS key");
	return 0;
}

static void fill_request(struct enroll_host *host)
{
	host->req.ek_public = host->ek.key.pub;
	host->req.ek_cert_len = host->ek.cert_len;
	memcpy(host->req.ek_cert, host->ek.cert, host->ek.cert_len);
	host->req.ak_public = host->ak.pub;
	host->req.tik_public = host->tik.pub;
}

int enroll_host_keys(struct enroll_host *host, struct enroll_error *err)
{
	int ret;

	if (!host->force && enroll_exists(host->dir, "identity/ak.pub"))
		return enroll_refuse(err, hint_force, "%s is enrolled already", host->dir);
	if (make_ek(host, err))
		return -1;
	if (gnutls_rnd(GNUTLS_RND_KEY, host->auth, sizeof(host->auth)))
		return enroll_refuse(err, "", "no random numbers");
	ret = att_tpm_create(host->tpm, &host->ek, host->ak_kind, host->auth, &host->ak);
	if (ret)
		return tpm_error(host, ret, err);
	step_key("ak", &host->ak);
	if (host->conf.key_in_tpm ? make_tik(host, err) : make_file_key(host, err))
		return -1;
	fill_request(host);
	return 0;
}

void enroll_host_close(struct enroll_host *host)
{
	if (host->tpm) {
		att_tpm_flush(host->tpm, &host->tik);
		att_tpm_flush(host->tpm, &host->ak);
		if (!host->ek.persistent)
			att_tpm_flush(host->tpm, &host->ek.key);
	}
	att_tpm_close(host->tpm);
	gnutls_memset(host, 0, sizeof(*host));
}

int enroll_host_spki(const struct enroll_host *host, struct enroll_spki *out,
		     struct enroll_error *err)
{
	return host->conf.key_in_tpm ? enroll_spki_of(&host->tik.pub, out, err)
				     : enroll_spki_of_key(host->key_pem, out, err);
}

static int sign_by_tik(void *arg, const uint8_t *digest, uint8_t *sig, size_t *sig_len)
{
	struct enroll_host *host = arg;

	return att_tpm_sign(host->tpm, &host->tik, digest, sig, sig_len);
}

int enroll_host_csr(struct enroll_host *host, char *pem, size_t size, struct enroll_error *err)
{
	struct enroll_spki spki;

	if (!host->conf.key_in_tpm) {
		snprintf(pem, size, "%s", host->req.csr);
		return 0;
	}
	if (enroll_spki_of(&host->tik.pub, &spki, err))
		return -1;
	return enroll_csr_new(&spki, &host->req.identity, sign_by_tik, host, pem, size, err);
}

int enroll_host_activate(struct enroll_host *host, const struct att_blob *blob,
			 const struct att_blob *secret, uint8_t *out, size_t *len,
			 struct enroll_error *err)
{
	int ret = att_tpm_activate(host->tpm, &host->ek, &host->ak, blob, secret, out, len);

	if (ret == -EINVAL)
		return enroll_refuse(err, "the CA's credential is for another EK or AK",
				     "%s", att_tpm_error(host->tpm));
	return ret ? tpm_error(host, ret, err) : 0;
}

static int write_public(const char *dir, const char *name, const struct att_blob *pub,
			struct enroll_error *err)
{
	uint8_t tpm2b[2 + ATT_BLOB_MAX];

	tpm2b[0] = pub->len >> 8;
	tpm2b[1] = pub->len & 0xff;
	memcpy(tpm2b + 2, pub->data, pub->len);
	return enroll_write(dir, name, 0644, tpm2b, 2 + pub->len, err);
}

static int write_text(const char *dir, const char *name, mode_t mode, const char *text,
		      struct enroll_error *err)
{
	return text && *text ? enroll_write(dir, name, mode, text, strlen(text), err) : 0;
}

#define NEW "identity.new"

static int stage(struct enroll_host *host, const char *tls_chain, const char *ak_chain,
		 struct enroll_error *err)
{
	const char *dir = host->dir;

	if (enroll_mkdir(dir, "", 0755, err) || enroll_remove_dir(dir, NEW, err) ||
	    enroll_mkdir(dir, NEW, 0700, err) ||
	    enroll_write(dir, NEW "/auth", 0600, host->auth, sizeof(host->auth), err) ||
	    write_text(dir, NEW "/name", 0644, host->req.identity.text, err) ||
	    write_public(dir, NEW "/ak.pub", &host->ak.pub, err) ||
	    write_text(dir, NEW "/tls.pem", 0644, tls_chain, err) ||
	    write_text(dir, NEW "/ak.pem", 0644, ak_chain, err) ||
	    write_text(dir, NEW "/key.pem", 0600, host->key_pem, err))
		return -1;
	return host->conf.key_in_tpm ? write_public(dir, NEW "/tik.pub", &host->tik.pub, err) : 0;
}

static int persist(struct enroll_host *host, uint32_t handle, struct att_key *key,
		   struct enroll_error *err)
{
	int ret = host->force ? att_tpm_evict(host->tpm, handle) : 0;

	if (!ret)
		ret = att_tpm_persist(host->tpm, key, handle);
	if (ret == -EEXIST)
		return enroll_refuse(err, hint_force, "the TPM has a key at 0x%08x", handle);
	return ret ? tpm_error(host, ret, err) : 0;
}

static int write_conf(const struct enroll_host *host, struct enroll_error *err)
{
	char text[1024];

	if (enroll_exists(host->dir, "seald.conf"))
		return 0;
	snprintf(text, sizeof(text),
		 "[identity]\nkey = %s\n\n[tpm]\ntcti = %s\nak-handle = 0x%08x\n"
		 "tik-handle = 0x%08x\n", host->conf.key_in_tpm ? "tpm" : "file",
		 host->conf.tcti, host->conf.ak_handle, host->conf.tik_handle);
	return write_text(host->dir, "seald.conf", 0644, text, err);
}

int enroll_host_install(struct enroll_host *host, const char *tls_chain, const char *ak_chain,
			struct enroll_error *err)
{
	if (stage(host, tls_chain, ak_chain, err) ||
	    persist(host, host->conf.ak_handle, &host->ak, err))
		return -1;
	if (host->conf.key_in_tpm && persist(host, host->conf.tik_handle, &host->tik, err))
		return -1;
	if (write_conf(host, err) || enroll_replace_dir(host->dir, NEW, "identity", err))
		return -1;
	enroll_step("install", "%s/identity", host->dir);
	return 0;
}

int enroll_host_trust(const char *dir, const char *name, const char *pem,
		      struct enroll_error *err)
{
	const size_t room = 1u << 20;
	char path[64], *have;
	ssize_t len = 0;
	int ret = -1;

	snprintf(path, sizeof(path), "trust/%s", name);
	have = calloc(1, room);
	if (!have)
		return enroll_refuse(err, "", "out of memory");
	if (enroll_mkdir(dir, "trust", 0755, err))
		len = -1;
	else if (enroll_exists(dir, path))
		len = enroll_read(dir, path, have, room, err);
	if (len >= 0 && strstr(have, pem)) {
		ret = 0;
	} else if (len >= 0 && len + strlen(pem) + 1 < room) {
		/* The last line of what is there may lack its end. */
		snprintf(have + len, room - len, "%s%s", len && have[len - 1] != '\n' ? "\n" : "",
			 pem);
		ret = enroll_write(dir, path, 0644, have, strlen(have), err);
		if (!ret)
			enroll_step("trust", "%s/%s: the CA was added", dir, path);
	}
	free(have);
	return ret;
}
