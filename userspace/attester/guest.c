// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include <keyutils.h>

#include <gnutls/crypto.h>

#include "attester/guest.h"
#include "verify/x509.h"

#define KEY_MAX		8192u

/* One DER certificate, as chains hold it. */
static bool read_cert(struct att_chain *chain, uint32_t serial)
{
	uint32_t len;
	long n = keyctl_read((key_serial_t)serial, (char *)chain->data + sizeof(len),
			     sizeof(chain->data) - sizeof(len));

	if (n <= 0 || (size_t)n > sizeof(chain->data) - sizeof(len))
		return false;
	len = (uint32_t)n;
	memcpy(chain->data, &len, sizeof(len));
	chain->len = sizeof(len) + len;
	chain->count = 1;
	return true;
}

static bool set_self(struct att_guest *guest, const struct seal_cert *cert)
{
	guest->scheme = cert->key.type == SEAL_KEY_P256 ? SEAL_SCHEME_P256 :
			cert->key.type == SEAL_KEY_P384 ? SEAL_SCHEME_P384 : 0;
	guest->self.hash_len = seal_hash_len(seal_scheme_hash(guest->scheme));
	memcpy(guest->self.cert_hash, cert->hash, sizeof(cert->hash));
	memcpy(guest->self.spki_hash, cert->spki_hash, sizeof(cert->spki_hash));
	return guest->scheme;
}

static bool import(struct att_guest *guest, const gnutls_datum_t *der)
{
	return !gnutls_privkey_init(&guest->key) &&
	       !gnutls_privkey_import_x509_raw(guest->key, der, GNUTLS_X509_FMT_DER, NULL, 0);
}

static bool same_key(const struct att_guest *guest, const struct seal_cert *cert)
{
	uint8_t spki[1024], hash[SEAL_SHA256_LEN];
	size_t len = sizeof(spki);
	gnutls_pubkey_t pub;
	bool same;

	if (gnutls_pubkey_init(&pub))
		return false;
	same = !gnutls_pubkey_import_privkey(pub, guest->key, 0, 0) &&
	       !gnutls_pubkey_export(pub, GNUTLS_X509_FMT_DER, spki, &len) &&
	       seal_sha256(spki, len, hash) && !memcmp(hash, cert->spki_hash, sizeof(hash));
	gnutls_pubkey_deinit(pub);
	return same;
}

static bool read_key(struct att_guest *guest, uint32_t serial, const struct seal_cert *cert)
{
	uint8_t data[KEY_MAX];
	gnutls_datum_t der = { data, 0 };
	long n = keyctl_read((key_serial_t)serial, (char *)data, sizeof(data));
	bool good = false;

	if (n > 0 && (size_t)n <= sizeof(data)) {
		der.size = (unsigned int)n;
		good = import(guest, &der) && same_key(guest, cert);
	}
	gnutls_memset(data, 0, sizeof(data));
	return good;
}

static bool load(struct att_guest *guest, const struct att_open *open, bool *own,
		 const struct att_keys *keys)
{
	struct seal_bytes der[1];
	struct seal_cert cert;

	if (!read_cert(&guest->tls, open->certificate) ||
	    att_chain_get(&guest->tls, der, 1) != 1 || !seal_cert_decode(der[0], &cert))
		return false;
	*own = keys->tls.count && !memcmp(cert.hash, keys->self.cert_hash, sizeof(cert.hash));
	return *own || (set_self(guest, &cert) && read_key(guest, open->privkey, &cert));
}

bool att_guest_load(const struct att_keys *own, const struct att_open *open,
		    struct att_guest **guest_ret)
{
	struct att_guest *guest;
	bool ours = false, good;

	*guest_ret = NULL;
	if (!open->certificate)
		return true;
	guest = calloc(1, sizeof(*guest));
	if (!guest)
		return false;
	/* Allowed there what the consumer is allowed, and not after it. */
	if (open->keyring)
		keyctl_link((key_serial_t)open->keyring, KEY_SPEC_PROCESS_KEYRING);
	good = load(guest, open, &ours, own);
	keyctl_clear(KEY_SPEC_PROCESS_KEYRING);
	if (good && !ours) {
		*guest_ret = guest;
		return true;
	}
	att_guest_free(guest);
	return good;
}

void att_guest_free(struct att_guest *guest)
{
	if (!guest)
		return;
	gnutls_privkey_deinit(guest->key);
	free(guest);
}
