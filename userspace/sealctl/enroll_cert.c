// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <string.h>
#include <time.h>

#include <gnutls/crypto.h>

#include "sealctl/enroll_cert.h"

#define P256		GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1)
#define CA_DAYS		3650u
#define DAY		86400

static int library_error(struct enroll_error *err, const char *what, int ret)
{
	return enroll_refuse(err, "", "%s: %s", what, gnutls_strerror(ret));
}

static gnutls_datum_t text_datum(const char *text)
{
	return (gnutls_datum_t){ (void *)text, strlen(text) };
}

/* Copies @out, which GnuTLS allocated, as a text; wipes and frees it. */
static int take_pem(int ret, gnutls_datum_t *out, char *pem, size_t size, const char *what,
		    struct enroll_error *err)
{
	if (!ret && out->size >= size)
		ret = GNUTLS_E_SHORT_MEMORY_BUFFER;
	if (!ret) {
		memcpy(pem, out->data, out->size);
		pem[out->size] = '\0';
	}
	if (out->data)
		gnutls_memset(out->data, 0, out->size);
	gnutls_free(out->data);
	return ret ? library_error(err, what, ret) : 0;
}

int enroll_key_new(char *pem, size_t size, struct enroll_error *err)
{
	gnutls_datum_t out = { 0 };
	gnutls_x509_privkey_t key;
	int ret;

	ret = gnutls_x509_privkey_init(&key);
	if (ret)
		return library_error(err, "private key", ret);
	ret = gnutls_x509_privkey_generate(key, GNUTLS_PK_EC, P256, 0);
	if (!ret)
		ret = gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_PEM, NULL,
							GNUTLS_PKCS_PLAIN, &out);
	gnutls_x509_privkey_deinit(key);
	return take_pem(ret, &out, pem, size, "private key", err);
}

static int load_key(gnutls_privkey_t *key, const char *pem)
{
	const gnutls_datum_t in = text_datum(pem);
	int ret = gnutls_privkey_init(key);

	return ret ? ret : gnutls_privkey_import_x509_raw(*key, &in, GNUTLS_X509_FMT_PEM, NULL, 0);
}

static int load_pair(gnutls_privkey_t *key, gnutls_pubkey_t *pub, const char *pem)
{
	int ret = load_key(key, pem);

	if (!ret)
		ret = gnutls_pubkey_init(pub);
	return ret ? ret : gnutls_pubkey_import_privkey(*pub, *key, 0, 0);
}

static int set_times(gnutls_x509_crt_t crt, unsigned int days)
{
	const time_t now = time(NULL);
	uint8_t serial[16];
	int ret = gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof(serial));

	serial[0] = (serial[0] & 0x7f) | 0x40;	/* positive, no leading zeros */
	if (!ret)
		ret = gnutls_x509_crt_set_version(crt, 3);
	if (!ret)
		ret = gnutls_x509_crt_set_serial(crt, serial, sizeof(serial));
	if (!ret)	/* an hour for clocks that are slow */
		ret = gnutls_x509_crt_set_activation_time(crt, now - 3600);
	if (!ret)
		ret = gnutls_x509_crt_set_expiration_time(crt, now + (time_t)days * DAY);
	return ret;
}

static int set_key_id(gnutls_x509_crt_t crt)
{
	uint8_t id[64];
	size_t len = sizeof(id);
	int ret = gnutls_x509_crt_get_key_id(crt, GNUTLS_KEYID_USE_SHA256, id, &len);

	return ret ? ret : gnutls_x509_crt_set_subject_key_id(crt, id, 20);
}

static int fill_ca(gnutls_x509_crt_t crt, gnutls_privkey_t key, gnutls_pubkey_t pub,
		   const char *name)
{
	int ret = set_times(crt, CA_DAYS);

	if (!ret)
		ret = gnutls_x509_crt_set_pubkey(crt, pub);
	if (!ret)
		ret = gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, name,
						    strlen(name));
	if (!ret)
		ret = gnutls_x509_crt_set_basic_constraints(crt, 1, 0);
	if (!ret)
		ret = gnutls_x509_crt_set_key_usage(crt, GNUTLS_KEY_KEY_CERT_SIGN |
							 GNUTLS_KEY_CRL_SIGN);
	if (!ret)
		ret = set_key_id(crt);
	if (!ret)
		ret = gnutls_x509_crt_privkey_sign(crt, crt, key, GNUTLS_DIG_SHA256, 0);
	return ret;
}

int enroll_ca_new(const char *key_pem, const char *name, char *pem, size_t size,
		  struct enroll_error *err)
{
	gnutls_privkey_t key = NULL;
	gnutls_pubkey_t pub = NULL;
	gnutls_x509_crt_t crt = NULL;
	gnutls_datum_t out = { 0 };
	int ret;

	ret = load_pair(&key, &pub, key_pem);
	if (!ret)
		ret = gnutls_x509_crt_init(&crt);
	if (!ret)
		ret = fill_ca(crt, key, pub, name);
	if (!ret)
		ret = gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &out);
	gnutls_x509_crt_deinit(crt);
	gnutls_pubkey_deinit(pub);
	gnutls_privkey_deinit(key);
	return take_pem(ret, &out, pem, size, "CA certificate", err);
}

/* Restored from two days they are none, and what it signs leads nowhere. */
static int check_pair(gnutls_privkey_t key, gnutls_x509_crt_t crt, struct enroll_error *err)
{
	uint8_t ours[32], theirs[32];
	size_t len = sizeof(ours), their_len = sizeof(theirs);
	gnutls_pubkey_t pub;
	int ret = gnutls_pubkey_init(&pub);

	if (ret)
		return library_error(err, "CA key", ret);
	ret = gnutls_pubkey_import_privkey(pub, key, 0, 0);
	if (!ret)
		ret = gnutls_pubkey_get_key_id(pub, GNUTLS_KEYID_USE_SHA256, ours, &len);
	if (!ret)
		ret = gnutls_x509_crt_get_key_id(crt, GNUTLS_KEYID_USE_SHA256, theirs, &their_len);
	gnutls_pubkey_deinit(pub);
	if (ret)
		return library_error(err, "CA key or certificate", ret);
	if (len == their_len && !memcmp(ours, theirs, len))
		return 0;
	return enroll_refuse(err, "restore both from one copy of the CA's directory",
			     "the CA's certificate is of another key than its key");
}

int enroll_issuer_load(struct enroll_issuer *issuer, const char *key_pem, const char *cert_pem,
		       struct enroll_error *err)
{
	const gnutls_datum_t cert = text_datum(cert_pem);
	int ret;

	memset(issuer, 0, sizeof(*issuer));
	ret = load_key(&issuer->key, key_pem);
	if (!ret)
		ret = gnutls_x509_crt_init(&issuer->crt);
	if (!ret)
		ret = gnutls_x509_crt_import(issuer->crt, &cert, GNUTLS_X509_FMT_PEM);
	return ret ? library_error(err, "CA key or certificate", ret)
		   : check_pair(issuer->key, issuer->crt, err);
}

void enroll_issuer_free(struct enroll_issuer *issuer)
{
	gnutls_x509_crt_deinit(issuer->crt);
	gnutls_privkey_deinit(issuer->key);
	memset(issuer, 0, sizeof(*issuer));
}

/* An identity as GnuTLS wants a subjectAltName; @ip is room for an address. */
static gnutls_x509_subject_alt_name_t alt_name(const struct seal_identity *id, uint8_t ip[16],
					       gnutls_datum_t *value)
{
	const char *text = strchr(id->text, ':') + 1;

	*value = text_datum(text);
	if (!strncmp(id->text, "dns:", 4))
		return GNUTLS_SAN_DNSNAME;
	if (!strncmp(id->text, "uri:", 4))
		return GNUTLS_SAN_URI;
	value->data = ip;
	value->size = inet_pton(AF_INET, text, ip) == 1 ? 4 :
		      inet_pton(AF_INET6, text, ip) == 1 ? 16 : 0;
	return GNUTLS_SAN_IPADDRESS;
}

/* The subject is for humans only and its CN ends at 64 octets; SAN is what counts. */
static const char *common_name(const struct seal_identity *id)
{
	const char *text = strchr(id->text, ':') + 1;

	return strlen(text) <= 64 ? text : "see subjectAltName";
}

static int fill_leaf(gnutls_x509_crt_t crt, enum enroll_kind kind, const struct seal_identity *id,
		     unsigned int days)
{
	const char *cn = common_name(id);
	gnutls_x509_subject_alt_name_t type;
	gnutls_datum_t value;
	uint8_t ip[16];
	int ret = set_times(crt, days);

	type = alt_name(id, ip, &value);
	if (!ret)
		ret = gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, cn,
						    strlen(cn));
	if (!ret)
		ret = gnutls_x509_crt_set_subject_alt_name(crt, type, value.data, value.size,
							   GNUTLS_FSAN_SET);
	if (!ret)
		ret = gnutls_x509_crt_set_basic_constraints(crt, 0, -1);
	if (!ret)
		ret = gnutls_x509_crt_set_key_usage(crt, GNUTLS_KEY_DIGITAL_SIGNATURE);
	if (kind == ENROLL_KIND_AK)
		return ret ? ret : gnutls_x509_crt_set_key_purpose_oid(crt, SEAL_OID_AK, 0);
	if (!ret)
		ret = gnutls_x509_crt_set_key_purpose_oid(crt, GNUTLS_KP_TLS_WWW_CLIENT, 0);
	if (!ret)
		ret = gnutls_x509_crt_set_key_purpose_oid(crt, GNUTLS_KP_TLS_WWW_SERVER, 0);
	return ret;
}

static int set_authority(gnutls_x509_crt_t crt, gnutls_x509_crt_t issuer)
{
	uint8_t id[64];
	size_t len = sizeof(id);
	int ret = gnutls_x509_crt_get_subject_key_id(issuer, id, &len, NULL);

	return ret ? ret : gnutls_x509_crt_set_authority_key_id(crt, id, len);
}

static int import_spki(gnutls_pubkey_t *pub, const struct enroll_spki *key)
{
	const gnutls_datum_t der = { (void *)key->der, key->len };
	int ret = gnutls_pubkey_init(pub);

	return ret ? ret : gnutls_pubkey_import(*pub, &der, GNUTLS_X509_FMT_DER);
}

int enroll_issue(const struct enroll_issuer *issuer, enum enroll_kind kind,
		 const struct enroll_spki *key, const struct seal_identity *id,
		 unsigned int days, char *pem, size_t size, struct enroll_error *err)
{
	gnutls_x509_crt_t crt = NULL;
	gnutls_pubkey_t pub = NULL;
	gnutls_datum_t out = { 0 };
	int ret;

	if (kind == ENROLL_KIND_NONE)
		return enroll_refuse(err, "", "a certificate for nothing");
	ret = import_spki(&pub, key);
	if (!ret)
		ret = gnutls_x509_crt_init(&crt);
	if (!ret)
		ret = gnutls_x509_crt_set_pubkey(crt, pub);
	if (!ret)
		ret = fill_leaf(crt, kind, id, days);
	if (!ret)
		ret = set_key_id(crt);
	if (!ret)
		ret = set_authority(crt, issuer->crt);
	if (!ret)
		ret = gnutls_x509_crt_privkey_sign(crt, issuer->crt, issuer->key,
						   GNUTLS_DIG_SHA256, 0);
	if (!ret)
		ret = gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &out);
	gnutls_x509_crt_deinit(crt);
	gnutls_pubkey_deinit(pub);
	return take_pem(ret, &out, pem, size, "certificate", err);
}

int enroll_serial(const char *pem, char serial[ENROLL_SERIAL_MAX], struct enroll_error *err)
{
	const gnutls_datum_t in = text_datum(pem);
	gnutls_x509_crt_t crt = NULL;
	uint8_t number[20];		/* RFC 5280, 4.1.2.2 */
	size_t len = sizeof(number);
	int ret = gnutls_x509_crt_init(&crt);

	if (!ret)
		ret = gnutls_x509_crt_import(crt, &in, GNUTLS_X509_FMT_PEM);
	if (!ret)
		ret = gnutls_x509_crt_get_serial(crt, number, &len);
	gnutls_x509_crt_deinit(crt);
	if (ret)
		return library_error(err, "serial number", ret);
	enroll_hex(serial, number, len);
	return 0;
}

int enroll_spki_of(const struct att_blob *pub, struct enroll_spki *out, struct enroll_error *err)
{
	out->len = sizeof(out->der);
	if (!att_spki(pub->data, pub->len, out->der, &out->len))
		return 0;
	return enroll_refuse(err, "P-256, P-384 and RSA are what seal uses",
			     "a key of a kind we do not know");
}

static int export_spki(int ret, gnutls_pubkey_t pub, struct enroll_spki *out)
{
	out->len = sizeof(out->der);
	return ret ? ret : gnutls_pubkey_export(pub, GNUTLS_X509_FMT_DER, out->der, &out->len);
}

int enroll_spki_of_key(const char *key_pem, struct enroll_spki *out, struct enroll_error *err)
{
	gnutls_privkey_t key = NULL;
	gnutls_pubkey_t pub = NULL;
	int ret;

	ret = load_pair(&key, &pub, key_pem);
	ret = export_spki(ret, pub, out);
	gnutls_pubkey_deinit(pub);
	gnutls_privkey_deinit(key);
	return ret ? library_error(err, "identity/key.pem", ret) : 0;
}

/* Whoever signed a request may have had another name in mind. */
static bool names_only(gnutls_x509_crq_t crq, const struct seal_identity *id)
{
	char name[SEAL_IDENTITY_MAX + 1];
	gnutls_x509_subject_alt_name_t type;
	size_t len = sizeof(name);
	gnutls_datum_t want;
	unsigned int got = 0;
	uint8_t ip[16];
	int ret;

	type = alt_name(id, ip, &want);
	ret = gnutls_x509_crq_get_subject_alt_name(crq, 0, name, &len, &got, NULL);
	if (ret < 0 || got != type || len != want.size || memcmp(name, want.data, len))
		return false;
	len = sizeof(name);
	ret = gnutls_x509_crq_get_subject_alt_name(crq, 1, name, &len, &got, NULL);
	return ret == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE;
}

static bool is_strong(gnutls_pubkey_t pub)
{
	gnutls_ecc_curve_t curve;
	unsigned int bits;

	if (gnutls_pubkey_get_pk_algorithm(pub, &bits) == GNUTLS_PK_RSA)
		return bits >= 2048;
	return !gnutls_pubkey_export_ecc_raw2(pub, &curve, NULL, NULL, 0) &&
	       (curve == GNUTLS_ECC_CURVE_SECP256R1 || curve == GNUTLS_ECC_CURVE_SECP384R1);
}

static int load_csr(gnutls_x509_crq_t crq, gnutls_pubkey_t pub, const char *pem)
{
	const gnutls_datum_t in = text_datum(pem);
	int ret = gnutls_x509_crq_import(crq, &in, GNUTLS_X509_FMT_PEM);

	if (!ret)
		ret = gnutls_x509_crq_verify(crq, 0);
	return ret ? ret : gnutls_pubkey_import_x509_crq(pub, crq, 0);
}

int enroll_spki_of_csr(const char *pem, const struct seal_identity *id, struct enroll_spki *out,
		       struct enroll_error *err)
{
	gnutls_x509_crq_t crq = NULL;
	gnutls_pubkey_t pub = NULL;
	int ret;

	if (gnutls_x509_crq_init(&crq) || gnutls_pubkey_init(&pub))
		ret = enroll_refuse(err, "", "out of memory");
	else if ((ret = load_csr(crq, pub, pem)))
		library_error(err, "certificate request", ret);
	else if (!names_only(crq, id))
		ret = enroll_refuse(err, "its subjectAltName has to be that and nothing else",
				    "the certificate request is not for %s", id->text);
	else if (!is_strong(pub))
		ret = enroll_refuse(err, "P-256, P-384 and RSA from 2048 bits on are taken",
				    "the certificate request has a key of another kind");
	else if ((ret = export_spki(0, pub, out)))
		library_error(err, "certificate request", ret);
	gnutls_pubkey_deinit(pub);
	gnutls_x509_crq_deinit(crq);
	return ret ? -1 : 0;
}

/* A key that GnuTLS cannot see, only have sign: ECDSA asks sign_hash alone. */
struct outside_key {
	enroll_sign_fn *sign;
	void *arg;
};

static int outside_sign(gnutls_privkey_t key, gnutls_sign_algorithm_t algo, void *data,
			unsigned int flags, const gnutls_datum_t *hash, gnutls_datum_t *signature)
{
	const struct outside_key *outside = data;
	uint8_t sig[ATT_SIG_MAX];
	size_t len = sizeof(sig);

	if (hash->size != 32 || outside->sign(outside->arg, hash->data, sig, &len))
		return GNUTLS_E_PK_SIGN_FAILED;
	signature->data = gnutls_malloc(len);
	if (!signature->data)
		return GNUTLS_E_MEMORY_ERROR;
	memcpy(signature->data, sig, len);
	signature->size = len;
	return 0;
}

static int outside_info(gnutls_privkey_t key, unsigned int flags, void *data)
{
	if (flags & GNUTLS_PRIVKEY_INFO_PK_ALGO)
		return GNUTLS_PK_EC;
	if (flags & GNUTLS_PRIVKEY_INFO_PK_ALGO_BITS)
		return 256;
	if (flags & GNUTLS_PRIVKEY_INFO_HAVE_SIGN_ALGO)
		return GNUTLS_FLAGS_TO_SIGN_ALGO(flags) == GNUTLS_SIGN_ECDSA_SHA256 ||
		       GNUTLS_FLAGS_TO_SIGN_ALGO(flags) == GNUTLS_SIGN_ECDSA_SECP256R1_SHA256;
	return -1;
}

static int fill_csr(gnutls_x509_crq_t crq, gnutls_pubkey_t pub, const struct seal_identity *id)
{
	const char *cn = common_name(id);
	gnutls_x509_subject_alt_name_t type;
	gnutls_datum_t value;
	uint8_t ip[16];
	int ret = gnutls_x509_crq_set_version(crq, 1);

	type = alt_name(id, ip, &value);
	if (!ret)
		ret = gnutls_x509_crq_set_pubkey(crq, pub);
	if (!ret)
		ret = gnutls_x509_crq_set_dn_by_oid(crq, GNUTLS_OID_X520_COMMON_NAME, 0, cn,
						    strlen(cn));
	if (!ret)
		ret = gnutls_x509_crq_set_subject_alt_name(crq, type, value.data, value.size,
							   GNUTLS_FSAN_SET);
	if (!ret)
		ret = gnutls_x509_crq_set_key_usage(crq, GNUTLS_KEY_DIGITAL_SIGNATURE);
	if (!ret)
		ret = gnutls_x509_crq_set_key_purpose_oid(crq, GNUTLS_KP_TLS_WWW_CLIENT, 0);
	if (!ret)
		ret = gnutls_x509_crq_set_key_purpose_oid(crq, GNUTLS_KP_TLS_WWW_SERVER, 0);
	return ret;
}

static int make_csr(gnutls_privkey_t key, gnutls_pubkey_t pub, const struct seal_identity *id,
		    char *pem, size_t size, struct enroll_error *err)
{
	gnutls_datum_t out = { 0 };
	gnutls_x509_crq_t crq;
	int ret;

	ret = gnutls_x509_crq_init(&crq);
	if (ret)
		return library_error(err, "certificate request", ret);
	ret = fill_csr(crq, pub, id);
	if (!ret)
		ret = gnutls_x509_crq_privkey_sign(crq, key, GNUTLS_DIG_SHA256, 0);
	if (!ret)
		ret = gnutls_x509_crq_export2(crq, GNUTLS_X509_FMT_PEM, &out);
	gnutls_x509_crq_deinit(crq);
	return take_pem(ret, &out, pem, size, "certificate request", err);
}

int enroll_csr_new(const struct enroll_spki *spki, const struct seal_identity *id,
		   enroll_sign_fn *sign, void *arg, char *pem, size_t size,
		   struct enroll_error *err)
{
	struct outside_key outside = { sign, arg };
	gnutls_privkey_t key = NULL;
	gnutls_pubkey_t pub = NULL;
	int ret;

	ret = import_spki(&pub, spki);
	if (!ret)
		ret = gnutls_privkey_init(&key);
	if (!ret)
		ret = gnutls_privkey_import_ext4(key, &outside, NULL, outside_sign, NULL, NULL,
						 outside_info, 0);
	ret = ret ? library_error(err, "certificate request", ret)
		  : make_csr(key, pub, id, pem, size, err);
	gnutls_privkey_deinit(key);
	gnutls_pubkey_deinit(pub);
	return ret;
}

int enroll_csr_of_key(const char *key_pem, const struct seal_identity *id, char *pem, size_t size,
		      struct enroll_error *err)
{
	gnutls_privkey_t key = NULL;
	gnutls_pubkey_t pub = NULL;
	int ret;

	ret = load_pair(&key, &pub, key_pem);
	ret = ret ? library_error(err, "identity/key.pem", ret)
		  : make_csr(key, pub, id, pem, size, err);
	gnutls_pubkey_deinit(pub);
	gnutls_privkey_deinit(key);
	return ret;
}

static int first_der(const char *pem, gnutls_datum_t *der)
{
	const gnutls_datum_t in = text_datum(pem);
	gnutls_x509_crt_t crt;
	int ret;

	ret = gnutls_x509_crt_init(&crt);
	if (ret)
		return ret;
	ret = gnutls_x509_crt_import(crt, &in, GNUTLS_X509_FMT_PEM);
	if (!ret)
		ret = gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_DER, der);
	gnutls_x509_crt_deinit(crt);
	return ret;
}

int enroll_chain_check(const char *what, const char *pem, const struct enroll_spki *key,
		       const struct seal_identity *id, struct enroll_error *err)
{
	gnutls_datum_t der = { 0 };
	struct seal_cert cert;
	uint8_t hash[SEAL_SHA256_LEN];
	bool read;

	read = !first_der(pem, &der) &&
	       seal_cert_decode((struct seal_bytes){ der.data, der.size }, &cert);
	gnutls_free(der.data);
	if (!read)
		return enroll_refuse(err, "PEM, leaf first",
				     "the %s certificate cannot be read", what);
	if (!seal_sha256(key->der, key->len, hash) || memcmp(hash, cert.spki_hash, sizeof(hash)))
		return enroll_refuse(err, "was the request made by this host, and since its last "
				     "enrolment?", "the %s certificate is for another key", what);
	if (!seal_cert_names(&cert, id))
		return enroll_refuse(err, "the CA must copy subjectAltName from the request",
				     "the %s certificate does not name %s", what, id->text);
	return 0;
}

/* The octets of each certificate; how many, or -1. Frees nothing. */
static int all_der(const char *pem, gnutls_datum_t der[SEAL_CERTS_MAX])
{
	const gnutls_datum_t in = text_datum(pem);
	gnutls_x509_crt_t crts[SEAL_CERTS_MAX];
	unsigned int count = SEAL_CERTS_MAX;
	int ret;

	ret = gnutls_x509_crt_list_import(crts, &count, &in, GNUTLS_X509_FMT_PEM,
					  GNUTLS_X509_CRT_LIST_IMPORT_FAIL_IF_EXCEED);
	if (ret < 0)
		return -1;
	for (unsigned int i = 0; i < count; i++) {
		if (gnutls_x509_crt_export2(crts[i], GNUTLS_X509_FMT_DER, &der[i]))
			ret = -1;
		gnutls_x509_crt_deinit(crts[i]);
	}
	return ret < 0 ? -1 : (int)count;
}

static enum seal_reason check_path(enum enroll_kind kind, const char *pem,
				   const struct seal_trust *trust)
{
	gnutls_datum_t der[SEAL_CERTS_MAX] = { 0 };
	struct seal_bytes certs[SEAL_CERTS_MAX];
	enum seal_reason reason = SEAL_REASON_CERT_BAD;
	int count = all_der(pem, der);
	enum seal_purpose purpose = kind == ENROLL_KIND_AK ? SEAL_PURPOSE_AK : SEAL_PURPOSE_SERVER;
	int64_t now = time(NULL);

	for (int i = 0; i < count; i++)
		certs[i] = (struct seal_bytes){ der[i].data, der[i].size };
	if (count > 0)
		reason = seal_trust_check(trust, certs, count, now, purpose, NULL);
	if (reason == SEAL_REASON_CERT_PURPOSE && purpose == SEAL_PURPOSE_SERVER)
		reason = seal_trust_check(trust, certs, count, now, SEAL_PURPOSE_CLIENT, NULL);
	for (size_t i = 0; i < SEAL_CERTS_MAX; i++)
		gnutls_free(der[i].data);
	return reason;
}

int enroll_chain_leads(enum enroll_kind kind, const char *pem, const char *ca, const char *from,
		       struct enroll_error *err)
{
	struct seal_bytes cas = { (const uint8_t *)ca, strlen(ca) };
	struct seal_trust *trust = seal_trust_new();
	enum seal_reason reason;
	int count;

	if (!trust)
		return enroll_refuse(err, "", "out of memory");
	count = seal_trust_add_pem(trust, cas);
	reason = check_path(kind, pem, trust);
	seal_trust_free(trust);
	if (count <= 0)
		return enroll_refuse(err, "PEM", "%s: the CA's certificate cannot be read", from);
	if (reason != SEAL_REASON_ACCEPTED)
		return enroll_refuse(err, "peers would refuse it; is that CA its issuer, and does "
				     "the chain have all between?",
				     "the chain is not good by %s: %s", from,
				     seal_reason_name(reason));
	return 0;
}
