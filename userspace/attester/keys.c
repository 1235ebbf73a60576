// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/crypto.h>
#include <gnutls/x509.h>

#include "attester/keys.h"
#include "verify/x509.h"

#define PEM_MAX		65536u

/** struct where - the directory and room for a reason */
struct where {
	const char *dir;
	char *why;
	size_t why_size;
};

static int fail(const struct where *at, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
static int fail(const struct where *at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(at->why, at->why_size, fmt, ap);
	va_end(ap);
	return -1;
}

/* Octets read, 0 when there is no such file, -1 with a reason. */
static ssize_t read_file(const struct where *at, const char *name, void *out, size_t size)
{
	char path[4096];
	size_t len;
	FILE *f;

	snprintf(path, sizeof(path), "%s/identity/%s", at->dir, name);
	f = fopen(path, "re");
	if (!f)
		return errno == ENOENT ? 0 : fail(at, "%s: %s", path, strerror(errno));
	len = fread(out, 1, size, f);
	fclose(f);
	return len && len < size ? (ssize_t)len : fail(at, "%s: empty or too long", path);
}

static bool append_cert(struct att_chain *chain, gnutls_x509_crt_t crt)
{
	struct seal_writer w = seal_writer(chain->data + chain->len,
					   sizeof(chain->data) - chain->len);
	gnutls_datum_t der;
	uint32_t len;

	if (gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_DER, &der))
		return false;
	len = der.size;		/* in host order, as attester_proto.h says */
	seal_put_bytes(&w, &len, sizeof(len));
	seal_put_bytes(&w, der.data, der.size);
	gnutls_free(der.data);
	chain->len += seal_writer_done(&w);
	chain->count += !!seal_writer_done(&w);
	return seal_writer_done(&w);
}

static int parse_chain(struct att_chain *chain, const gnutls_datum_t *pem)
{
	gnutls_x509_crt_t *crts;
	unsigned int count, i;
	bool ok;

	if (gnutls_x509_crt_list_import2(&crts, &count, pem, GNUTLS_X509_FMT_PEM,
					 GNUTLS_X509_CRT_LIST_FAIL_IF_UNSORTED))
		return -1;
	ok = count <= SEAL_CERTS_MAX;
	for (i = 0; i < count; i++) {
		ok = ok && append_cert(chain, crts[i]);
		gnutls_x509_crt_deinit(crts[i]);
	}
	gnutls_free(crts);
	return ok ? 0 : -1;
}

static int load_chain(const struct where *at, const char *name, struct att_chain *chain)
{
	uint8_t *text = calloc(1, PEM_MAX);
	gnutls_datum_t pem = { text, 0 };
	ssize_t len = -1;
	int ret = -1;

	if (text)
		len = read_file(at, name, text, PEM_MAX);
	pem.size = len > 0 ? len : 0;
	if (!len)
		ret = 0;
	else if (len > 0 && parse_chain(chain, &pem))
		fail(at, "identity/%s is not a PEM chain, leaf first, of at most %u certificates",
		     name, SEAL_CERTS_MAX);
	else if (len > 0)
		ret = 0;
	free(text);
	return ret;
}

size_t att_chain_get(const struct att_chain *chain, struct seal_bytes *certs, size_t max)
{
	const uint8_t *p = chain->data;
	uint32_t i, len;

	for (i = 0; i < chain->count && i < max; i++) {
		memcpy(&len, p, sizeof(len));
		certs[i] = (struct seal_bytes){ p + sizeof(len), len };
		p += sizeof(len) + len;
	}
	return i;
}

static bool leaf(const struct att_chain *chain, struct seal_cert *cert)
{
	struct seal_bytes der;

	return att_chain_get(chain, &der, 1) == 1 && seal_cert_decode(der, cert);
}

static bool leaf_has_key(const struct att_chain *chain, const uint8_t *spki, size_t len)
{
	uint8_t hash[SEAL_SHA256_LEN];
	struct seal_cert cert;

	return leaf(chain, &cert) && seal_sha256(spki, len, hash) &&
	       !memcmp(cert.spki_hash, hash, sizeof(hash));
}

/* The object in the TPM must be the one that was enrolled. */
static int load_object(struct att_keys *keys, const struct where *at, const char *name,
		       uint32_t handle, const uint8_t *auth, const struct att_chain *chain,
		       struct att_key *key)
{
	uint8_t tpm2b[2 + ATT_BLOB_MAX + 1], spki[ATT_BLOB_MAX];
	size_t spki_len = sizeof(spki);
	struct seal_bytes want;
	ssize_t len;

	len = read_file(at, name, tpm2b, sizeof(tpm2b));
	if (len <= 0)
		return len ? -1 : fail(at, "identity/%s is missing", name);
	if (att_tpm_load(keys->tpm, handle, auth, key))
		return fail(at, "%s", att_tpm_error(keys->tpm));
	want = seal_tpm_public_inner((struct seal_bytes){ tpm2b, len });
	if (!want.len || want.len != key->pub.len || memcmp(want.data, key->pub.data, want.len))
		return fail(at, "the TPM's key at 0x%08x is not identity/%s: enrol again",
			    handle, name);
	if (!chain->count)
		return 0;
	if (att_spki(key->pub.data, key->pub.len, spki, &spki_len) ||
	    !leaf_has_key(chain, spki, spki_len))
		return fail(at, "the certificate of identity/%s is for another key", name);
	return 0;
}

static int certify(struct att_keys *keys, const struct where *at)
{
	uint8_t data[SEAL_SHA256_LEN];

	keys->self.tik_name = (struct seal_bytes){ keys->tik.name, ATT_NAME_SIZE };
	if (!seal_certify_data((struct seal_bytes){ keys->ak.name, ATT_NAME_SIZE },
			       keys->self.tik_name, data))
		return fail(at, "SHA-256 failed");
	if (att_tpm_certify(keys->tpm, &keys->tik, &keys->ak, data, &keys->certify))
		return fail(at, "%s", att_tpm_error(keys->tpm));
	return 0;
}

/* 1 when there is an AK, 0 when not. */
static int load_tpm(struct att_keys *keys, const struct where *at,
		    const struct att_hostconf *conf)
{
	uint8_t auth[ATT_AUTH_SIZE + 1], probe[2 + ATT_BLOB_MAX + 1];
	ssize_t len;
	int ret;

	len = read_file(at, "ak.pub", probe, sizeof(probe));
	if (len <= 0)
		return len;
	if (read_file(at, "auth", auth, sizeof(auth)) != ATT_AUTH_SIZE)
		return fail(at, "identity/auth is missing or not %u octets", ATT_AUTH_SIZE);
	if (att_tpm_open(&keys->tpm, conf->tcti))
		return fail(at, "%s", att_tpm_error(keys->tpm));
	ret = load_object(keys, at, "ak.pub", conf->ak_handle, auth, &keys->ak_certs, &keys->ak);
	if (!ret && conf->key_in_tpm) {
		ret = load_object(keys, at, "tik.pub", conf->tik_handle, auth, &keys->tls,
				  &keys->tik);
		if (!ret)
			ret = certify(keys, at);
	}
	gnutls_memset(auth, 0, sizeof(auth));
	return ret ? -1 : 1;
}

static int import_file_key(struct att_keys *keys, const gnutls_datum_t *pem)
{
	uint8_t spki[ATT_BLOB_MAX];
	size_t len = sizeof(spki);
	gnutls_pubkey_t pub;
	int ret;

	if (gnutls_privkey_init(&keys->file_key) ||
	    gnutls_privkey_import_x509_raw(keys->file_key, pem, GNUTLS_X509_FMT_PEM, NULL, 0) ||
	    gnutls_pubkey_init(&pub))
		return -1;
	ret = gnutls_pubkey_import_privkey(pub, keys->file_key, 0, 0);
	if (!ret)
		ret = gnutls_pubkey_export(pub, GNUTLS_X509_FMT_DER, spki, &len);
	gnutls_pubkey_deinit(pub);
	return ret || !leaf_has_key(&keys->tls, spki, len) ? -1 : 0;
}

static int load_file_key(struct att_keys *keys, const struct where *at)
{
	uint8_t text[16384];
	gnutls_datum_t pem = { text, 0 };
	ssize_t len = read_file(at, "key.pem", text, sizeof(text));
	int ret;

	if (len <= 0)
		return len ? -1 : fail(at, "identity/key.pem is missing");
	pem.size = len;
	ret = import_file_key(keys, &pem);
	gnutls_memset(text, 0, sizeof(text));
	return ret ? fail(at, "identity/key.pem is not the key of identity/tls.pem") : 0;
}

static int set_self(struct att_keys *keys, const struct where *at)
{
	struct seal_cert cert;

	if (!leaf(&keys->tls, &cert) || !att_chain_get(&keys->tls, &keys->self.cert, 1))
		return fail(at, "identity/tls.pem has a key that is neither P-256 nor P-384");
	switch (cert.key.type) {
	case SEAL_KEY_P256:
		keys->scheme = SEAL_SCHEME_P256;
		break;
	case SEAL_KEY_P384:
		keys->scheme = SEAL_SCHEME_P384;
		break;
	default:
		return fail(at, "identity/tls.pem has a key that is neither P-256 nor P-384");
	}
	keys->self.hash_len = seal_hash_len(seal_scheme_hash(keys->scheme));
	memcpy(keys->self.cert_hash, cert.hash, sizeof(cert.hash));
	memcpy(keys->self.spki_hash, cert.spki_hash, sizeof(cert.spki_hash));
	return 0;
}

int att_keys_load(struct att_keys *keys, const char *dir, char *why, size_t why_size)
{
	const struct where at = { dir, why, why_size };
	struct att_hostconf conf;
	int ak;

	memset(keys, 0, sizeof(*keys));
	keys->logs = ATT_LOGS_NONE;
	att_result_open(&keys->result, dir);
	if (att_hostconf_read(dir, &conf, why, why_size) < 0)
		return -1;
	att_logs_open(&keys->logs, &conf);
	keys->batch = conf.batch;
	if (load_chain(&at, "tls.pem", &keys->tls) || load_chain(&at, "ak.pem", &keys->ak_certs))
		return -1;
	if (!keys->tls.count)
		return 0;	/* not enrolled: no identity, nothing to attest */
	if (set_self(keys, &at))
		return -1;
	ak = load_tpm(keys, &at, &conf);
	if (ak < 0 || (!conf.key_in_tpm && load_file_key(keys, &at)))
		return -1;
	if (!ak && conf.key_in_tpm)
		return fail(&at, "key = tpm, but identity/ak.pub is missing");
	keys->key_in_tpm = conf.key_in_tpm;
	keys->self.modes = !ak ? 0 : !*conf.verifier ? SEAL_HELLO_EVIDENCE :
			   SEAL_HELLO_EVIDENCE | SEAL_HELLO_INTERACTIVE;
	keys->self.pcrs = conf.pcrs;
	strcpy(keys->verifier, conf.verifier);
	keys->verifier_logs = conf.verifier_logs;
	return 0;
}

void att_keys_refresh(struct att_keys *keys, int64_t now)
{
	const struct seal_bytes ak = { keys->ak.name, ATT_NAME_SIZE };

	if (!keys->self.modes)
		return;
	keys->self.modes &= ~(SEAL_HELLO_PASSPORT | SEAL_HELLO_PLAIN);
	if (att_result_fresh(&keys->result, &keys->self, ak, now))
		keys->self.modes |= SEAL_HELLO_PASSPORT | SEAL_HELLO_PLAIN;
}

void att_keys_free(struct att_keys *keys)
{
	gnutls_privkey_deinit(keys->file_key);
	att_tpm_close(keys->tpm);
	att_logs_close(&keys->logs);
	memset(keys, 0, sizeof(*keys));
}

int att_key_sign(gnutls_privkey_t key, const uint8_t *digest, size_t len, uint8_t *sig,
		 size_t *sig_len)
{
	const gnutls_datum_t hash = { (void *)digest, len };
	gnutls_datum_t out;
	int ret;

	ret = gnutls_privkey_sign_hash(key, len == 48 ? GNUTLS_DIG_SHA384 : GNUTLS_DIG_SHA256, 0,
				       &hash, &out);
	if (ret || out.size > ATT_MAX_SIG)
		return -EIO;
	memcpy(sig, out.data, *sig_len = out.size);
	gnutls_free(out.data);
	return 0;
}

int att_keys_sign(struct att_keys *keys, const uint8_t *digest, uint8_t *sig, size_t *len)
{
	if (keys->key_in_tpm)
		return att_tpm_sign(keys->tpm, &keys->tik, digest, sig, len);
	return att_key_sign(keys->file_key, digest, keys->self.hash_len, sig, len);
}
