// SPDX-License-Identifier: GPL-2.0-or-later
/* Hosts and authorities made of software. */
#include "party.h"

#include <arpa/inet.h>
#include <gnutls/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define YEAR	(365 * DAY)

struct seal_bytes of(const struct blob *blob)
{
	return (struct seal_bytes){ blob->len ? blob->data : NULL, blob->len };
}

static void keep(struct blob *blob, const gnutls_datum_t *d)
{
	must(d->size <= sizeof(blob->data), "blob is large enough");
	memcpy(blob->data, d->data, d->size);
	blob->len = d->size;
}

gnutls_privkey_t new_key(enum kind kind)
{
	gnutls_privkey_t key;
	int err;

	must(!gnutls_privkey_init(&key), "key");
	if (kind == RSA2048)
		err = gnutls_privkey_generate(key, GNUTLS_PK_RSA, 2048, 0);
	else
		err = gnutls_privkey_generate(key, GNUTLS_PK_ECDSA,
			GNUTLS_CURVE_TO_BITS(kind == P256 ? GNUTLS_ECC_CURVE_SECP256R1 :
					     GNUTLS_ECC_CURVE_SECP384R1), 0);
	must(!err, "key generation");
	keep_forever(key);
	return key;
}

static gnutls_x509_crt_t start(gnutls_privkey_t key, const char *name)
{
	static unsigned int serial;
	uint8_t raw[4] = { 1, 0, serial >> 8, serial };
	gnutls_pubkey_t pub;
	gnutls_x509_crt_t crt = NULL;

	serial++;
	must(!gnutls_pubkey_init(&pub) && !gnutls_x509_crt_init(&crt) &&
	     !gnutls_pubkey_import_privkey(pub, key, 0, 0) &&
	     !gnutls_x509_crt_set_version(crt, 3) &&
	     !gnutls_x509_crt_set_pubkey(crt, pub) &&
	     !gnutls_x509_crt_set_serial(crt, raw, sizeof(raw)) &&
	     !gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0,
					    name, strlen(name)), "certificate");
	gnutls_pubkey_deinit(pub);
	return crt;
}

static void finish(gnutls_x509_crt_t crt, gnutls_x509_crt_t issuer,
		   gnutls_privkey_t issuer_key, struct blob *der)
{
	uint8_t id[20];
	size_t size = sizeof(id);
	gnutls_datum_t out;

	if (!gnutls_x509_crt_get_subject_key_id(issuer, id, &size, NULL))
		must(!gnutls_x509_crt_set_authority_key_id(crt, id, size), "key identifier");
	must(!gnutls_x509_crt_privkey_sign(crt, issuer, issuer_key,
					   GNUTLS_DIG_SHA256, 0) &&
	     !gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_DER, &out), "signature");
	keep(der, &out);
	gnutls_free(out.data);
}

static void finish_authority(struct authority *ca, const struct authority *parent)
{
	gnutls_datum_t out;

	finish(ca->crt, parent ? parent->crt : ca->crt, parent ? parent->key : ca->key,
	       &ca->der);
	must(!gnutls_x509_crt_export2(ca->crt, GNUTLS_X509_FMT_PEM, &out), "PEM");
	keep(&ca->pem, &out);
	gnutls_free(out.data);
}

void new_authority(struct authority *ca, const char *name,
		   const struct authority *parent)
{
	ca->key = new_key(P256);
	ca->crt = start(ca->key, name);
	keep_forever(ca->crt);
	must(!gnutls_x509_crt_set_ca_status(ca->crt, 1) &&
	     !gnutls_x509_crt_set_key_usage(ca->crt, GNUTLS_KEY_KEY_CERT_SIGN |
					    GNUTLS_KEY_CRL_SIGN) &&
	     !gnutls_x509_crt_set_activation_time(ca->crt, NOW - DAY) &&
	     !gnutls_x509_crt_set_expiration_time(ca->crt, NOW + 2 * YEAR), "CA");
	finish_authority(ca, parent);
}

void restrict_authority(struct authority *ca, const char *purpose,
			const struct authority *parent)
{
	must(!gnutls_x509_crt_set_key_purpose_oid(ca->crt, purpose, 0), "purpose");
	finish_authority(ca, parent);
}

void number_authority(struct authority *ca, uint8_t number, const struct authority *parent)
{
	must(!gnutls_x509_crt_set_subject_key_id(ca->crt, &number, 1), "key identifier");
	finish_authority(ca, parent);
}

void end_authority(struct authority *ca, int64_t until, const struct authority *parent)
{
	must(!gnutls_x509_crt_set_expiration_time(ca->crt, until), "end");
	finish_authority(ca, parent);
}

/* "10.0.0.0/8" as address and mask; how many octets that is. */
static unsigned int network(const char *text, uint8_t out[32])
{
	char address[INET6_ADDRSTRLEN] = "";
	unsigned int bits = strtoul(strchr(text, '/') + 1, NULL, 10), len = 4;

	memcpy(address, text, strchr(text, '/') - text);
	if (inet_pton(AF_INET, address, out) != 1) {
		must(inet_pton(AF_INET6, address, out) == 1, "network");
		len = 16;
	}
	for (unsigned int i = 0; i < len; i++)
		out[len + i] = bits >= 8 * (i + 1) ? 0xff :
			       bits > 8 * i ? 0xff00 >> (bits - 8 * i) : 0;
	return 2 * len;
}

static void add_constraint(gnutls_x509_name_constraints_t nc, const char *text)
{
	bool permitted = *text == '+';
	const char *name = strchr(text, ':') + 1;
	gnutls_datum_t d = { (uint8_t *)name, strlen(name) };
	unsigned int type = !strncmp(text + 1, "dns:", 4) ? GNUTLS_SAN_DNSNAME :
			    !strncmp(text + 1, "uri:", 4) ? GNUTLS_SAN_URI :
			    GNUTLS_SAN_IPADDRESS;
	uint8_t raw[32];

	if (type == GNUTLS_SAN_IPADDRESS)
		d = (gnutls_datum_t){ raw, network(name, raw) };
	must(!(permitted ? gnutls_x509_name_constraints_add_permitted(nc, type, &d) :
			   gnutls_x509_name_constraints_add_excluded(nc, type, &d)), text);
}

void constrain_authority(struct authority *ca, const char *const *names, size_t count,
			 const struct authority *parent)
{
	gnutls_x509_name_constraints_t nc;

	must(!gnutls_x509_name_constraints_init(&nc), "constraints");
	for (size_t i = 0; i < count && names[i]; i++)
		add_constraint(nc, names[i]);
	must(!gnutls_x509_crt_set_name_constraints(ca->crt, nc, 1), "constraints");
	gnutls_x509_name_constraints_deinit(nc);
	finish_authority(ca, parent);
}

static void add_id(gnutls_x509_crt_t crt, const char *id)
{
	uint8_t raw[16];
	int err;

	if (!strncmp(id, "dns:", 4))
		err = gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME,
				id + 4, strlen(id + 4), GNUTLS_FSAN_APPEND);
	else if (!strncmp(id, "uri:", 4))
		err = gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_URI,
				id + 4, strlen(id + 4), GNUTLS_FSAN_APPEND);
	else if (inet_pton(AF_INET, id + 3, raw) == 1)
		err = gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS,
				raw, 4, GNUTLS_FSAN_APPEND);
	else
		err = inet_pton(AF_INET6, id + 3, raw) != 1 ||
		      gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS,
				raw, 16, GNUTLS_FSAN_APPEND);
	must(!err, "subjectAltName");
}

/* subjectAltName as the TCG has it for EK and AK: a directoryName with TPMManufacturer. */
static void add_vendor(gnutls_x509_crt_t crt)
{
	static const uint8_t name[] = "\x30\x1c\xa4\x1a\x30\x18\x31\x16\x30\x14"
		"\x06\x05\x67\x81\x05\x02\x01\x0c\x0bid:49424D00";

	must(!gnutls_x509_crt_set_extension_by_oid(crt, "2.5.29.17", name, sizeof(name) - 1, 1),
	     "directoryName");
}

void issue(const struct authority *ca, gnutls_privkey_t key,
	   const struct profile *p, struct blob *der)
{
	gnutls_x509_crt_t crt = start(key, "host");

	must(!gnutls_x509_crt_set_activation_time(crt, p->from ? p->from : NOW - DAY) &&
	     !gnutls_x509_crt_set_expiration_time(crt, p->until ? p->until : NOW + YEAR) &&
	     !gnutls_x509_crt_set_ca_status(crt, p->is_ca) &&
	     !gnutls_x509_crt_set_key_usage(crt, p->usage ? p->usage :
					    GNUTLS_KEY_DIGITAL_SIGNATURE), "leaf");
	for (size_t i = 0; i < 4 && p->ids[i]; i++)
		add_id(crt, p->ids[i]);
	if (p->of_vendor)
		add_vendor(crt);
	if (p->purpose)
		gnutls_x509_crt_set_key_purpose_oid(crt, p->purpose, 0);
	else if (!p->no_purpose)
		must(!gnutls_x509_crt_set_key_purpose_oid(crt, GNUTLS_KP_TLS_WWW_CLIENT, 0) &&
		     !gnutls_x509_crt_set_key_purpose_oid(crt, GNUTLS_KP_TLS_WWW_SERVER, 0),
		     "purpose");
	finish(crt, ca->crt, ca->key, der);
	gnutls_x509_crt_deinit(crt);
}

void issue_ak(const struct authority *ca, gnutls_privkey_t key,
	      const struct profile *p, struct blob *der)
{
	struct profile ak = *p;

	ak.purpose = SEAL_OID_AK;
	issue(ca, key, &ak, der);
}

void to_pem(const struct blob *der, struct blob *pem)
{
	gnutls_datum_t in = { (uint8_t *)der->data, der->len }, out;

	must(!gnutls_pem_base64_encode2("CERTIFICATE", &in, &out), "PEM");
	keep(pem, &out);
	gnutls_free(out.data);
}

void revoke_cert(const struct authority *ca, const struct blob *der, struct blob *pem)
{
	gnutls_datum_t in = { (uint8_t *)der->data, der->len }, out;
	const uint8_t number[] = { 1 };
	gnutls_x509_crt_t crt;
	gnutls_x509_crl_t crl = NULL;

	must(!gnutls_x509_crt_init(&crt) && !gnutls_x509_crl_init(&crl) &&
	     !gnutls_x509_crt_import(crt, &in, GNUTLS_X509_FMT_DER) &&
	     !gnutls_x509_crl_set_version(crl, 2) &&
	     !gnutls_x509_crl_set_this_update(crl, NOW - DAY) &&
	     !gnutls_x509_crl_set_next_update(crl, NOW + YEAR) &&
	     !gnutls_x509_crl_set_number(crl, number, 1) &&
	     !gnutls_x509_crl_set_crt(crl, crt, NOW - DAY) &&
	     !gnutls_x509_crl_privkey_sign(crl, ca->crt, ca->key, GNUTLS_DIG_SHA256, 0) &&
	     !gnutls_x509_crl_export2(crl, GNUTLS_X509_FMT_PEM, &out), "CRL");
	keep(pem, &out);
	gnutls_free(out.data);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_crl_deinit(crl);
}

static void put_param(const gnutls_datum_t *d, uint8_t *out, uint16_t *size,
		      size_t room)
{
	must(d->size <= room, "parameter");
	memcpy(out, d->data, d->size);
	*size = d->size;
	gnutls_free(d->data);
}

static void ecc_area(gnutls_pubkey_t pub, uint16_t scheme, uint16_t hash,
		     TPMT_PUBLIC *area)
{
	TPMS_ECC_PARMS *parms = &area->parameters.eccDetail;
	gnutls_ecc_curve_t curve;
	gnutls_datum_t x, y;

	must(!gnutls_pubkey_export_ecc_raw2(pub, &curve, &x, &y,
					    GNUTLS_EXPORT_FLAG_NO_LZ), "point");
	area->type = TPM2_ALG_ECC;
	parms->symmetric.algorithm = TPM2_ALG_NULL;
	parms->scheme.scheme = scheme;
	parms->scheme.details.ecdsa.hashAlg = hash;
	parms->kdf.scheme = TPM2_ALG_NULL;
	parms->curveID = curve == GNUTLS_ECC_CURVE_SECP256R1 ? TPM2_ECC_NIST_P256
							     : TPM2_ECC_NIST_P384;
	put_param(&x, area->unique.ecc.x.buffer, &area->unique.ecc.x.size, 64);
	put_param(&y, area->unique.ecc.y.buffer, &area->unique.ecc.y.size, 64);
}

static void rsa_area(gnutls_pubkey_t pub, uint16_t scheme, uint16_t hash,
		     TPMT_PUBLIC *area)
{
	TPMS_RSA_PARMS *parms = &area->parameters.rsaDetail;
	gnutls_datum_t n, e;

	must(!gnutls_pubkey_export_rsa_raw2(pub, &n, &e, GNUTLS_EXPORT_FLAG_NO_LZ),
	     "modulus");
	area->type = TPM2_ALG_RSA;
	parms->symmetric.algorithm = TPM2_ALG_NULL;
	parms->scheme.scheme = scheme;
	parms->scheme.details.rsassa.hashAlg = hash;
	parms->keyBits = 2048;
	put_param(&n, area->unique.rsa.buffer, &area->unique.rsa.size, 512);
	gnutls_free(e.data);
}

void public_area(gnutls_privkey_t key, TPMA_OBJECT attributes, uint16_t scheme,
		 uint16_t hash, TPMT_PUBLIC *area)
{
	gnutls_pubkey_t pub;

	memset(area, 0, sizeof(*area));
	area->nameAlg = TPM2_ALG_SHA256;
	area->objectAttributes = attributes;
	must(!gnutls_pubkey_init(&pub) &&
	     !gnutls_pubkey_import_privkey(pub, key, 0, 0), "public key");
	if (gnutls_pubkey_get_pk_algorithm(pub, NULL) == GNUTLS_PK_RSA)
		rsa_area(pub, scheme, hash, area);
	else
		ecc_area(pub, scheme, hash, area);
	gnutls_pubkey_deinit(pub);
}

void marshal_public(const TPMT_PUBLIC *area, struct blob *out)
{
	out->len = 0;
	must(!Tss2_MU_TPMT_PUBLIC_Marshal(area, out->data, sizeof(out->data), &out->len),
	     "TPMT_PUBLIC");
}

void marshal_statement(const TPMS_ATTEST *attest, struct blob *out)
{
	out->len = 0;
	must(!Tss2_MU_TPMS_ATTEST_Marshal(attest, out->data, sizeof(out->data), &out->len),
	     "TPMS_ATTEST");
}

static gnutls_datum_t sign(gnutls_privkey_t key, gnutls_sign_algorithm_t algo,
			   struct seal_bytes data)
{
	gnutls_datum_t in = { (uint8_t *)data.data, data.len }, sig;

	must(!gnutls_privkey_sign_data2(key, algo, 0, &in, &sig), "signature");
	return sig;
}

static void ecc_signature(gnutls_datum_t der, TPMS_SIGNATURE_ECC *out)
{
	gnutls_datum_t r, s;

	must(!gnutls_decode_rs_value(&der, &r, &s), "r and s");
	/* GnuTLS gives DER integers, a zero before a high bit. */
	for (gnutls_datum_t *v = &r; v; v = v == &r ? &s : NULL) {
		TPM2B_ECC_PARAMETER *to = v == &r ? &out->signatureR : &out->signatureS;
		unsigned int skip_zero = v->size && !v->data[0];

		to->size = v->size - skip_zero;
		memcpy(to->buffer, v->data + skip_zero, to->size);
		gnutls_free(v->data);
	}
}

void tpm_sign(gnutls_privkey_t key, uint16_t alg, uint16_t hash,
	      struct seal_bytes data, struct blob *out)
{
	bool big = hash == TPM2_ALG_SHA384;
	TPMT_SIGNATURE sig = { .sigAlg = alg };
	gnutls_datum_t raw;

	if (alg == TPM2_ALG_ECDSA) {
		raw = sign(key, big ? GNUTLS_SIGN_ECDSA_SHA384 : GNUTLS_SIGN_ECDSA_SHA256,
			   data);
		sig.signature.ecdsa.hash = hash;
		ecc_signature(raw, &sig.signature.ecdsa);
	} else {
		raw = sign(key, alg == TPM2_ALG_RSAPSS ?
			   (big ? GNUTLS_SIGN_RSA_PSS_RSAE_SHA384 :
				  GNUTLS_SIGN_RSA_PSS_RSAE_SHA256) :
			   (big ? GNUTLS_SIGN_RSA_SHA384 : GNUTLS_SIGN_RSA_SHA256), data);
		sig.signature.rsassa.hash = hash;
		sig.signature.rsassa.sig.size = raw.size;
		memcpy(sig.signature.rsassa.sig.buffer, raw.data, raw.size);
	}
	gnutls_free(raw.data);
	out->len = 0;
	must(!Tss2_MU_TPMT_SIGNATURE_Marshal(&sig, out->data, sizeof(out->data), &out->len),
	     "TPMT_SIGNATURE");
}

void tls_sign(gnutls_privkey_t key, uint16_t scheme, const uint8_t *digest,
	      struct blob *out)
{
	gnutls_datum_t in = { (uint8_t *)digest, seal_hash_len(seal_scheme_hash(scheme)) };
	gnutls_sign_algorithm_t algo = scheme == SEAL_SCHEME_P256 ? GNUTLS_SIGN_ECDSA_SHA256 :
				       scheme == SEAL_SCHEME_P384 ? GNUTLS_SIGN_ECDSA_SHA384 :
				       scheme == SEAL_SCHEME_PSS_SHA256 ?
				       GNUTLS_SIGN_RSA_PSS_RSAE_SHA256 :
				       GNUTLS_SIGN_RSA_PSS_RSAE_SHA384;
	gnutls_datum_t sig;

	must(!gnutls_privkey_sign_hash2(key, algo, 0, &in, &sig), "TLS signature");
	keep(out, &sig);
	gnutls_free(sig.data);
}

char *admitted_json(gnutls_privkey_t key, TPMA_OBJECT attributes, const char *identity,
		    const char *extra, bool wrong_name)
{
	static char text[8192];
	struct seal_tpm_public pub;
	struct blob raw;
	TPMT_PUBLIC area;
	char *at = text;

	public_area(key, attributes, TPM2_ALG_ECDSA, TPM2_ALG_SHA256, &area);
	marshal_public(&area, &raw);
	must(seal_tpm_public_decode(of(&raw), &pub), "AK");
	at += sprintf(at, "{\"identity\":\"%s\",\"ak_public\":\"", identity);
	for (size_t i = 0; i < raw.len; i++)
		at += sprintf(at, "%02X", raw.data[i]);
	at += sprintf(at, "\",\"ak_name\":\"");
	for (size_t i = 0; i < pub.name.len; i++)
		at += sprintf(at, "%02x", pub.name.data[i] ^ (wrong_name && i == 9));
	sprintf(at, "\"%s}", extra);
	return text;
}
