// SPDX-License-Identifier: GPL-2.0-or-later

#include "mallory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <gnutls/x509.h>
#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>

#include "attester/batch.h"
#include "attester/tpm_private.h"
#include "../unit/lib/tap.h"
#include "verify/bind.h"
#include "verify/x509.h"
#include "wire/cmw.h"
#include "wire/result.h"

static const char *host_file(const char *host, const char *name)
{
	static char path[300];

	snprintf(path, sizeof(path), "%s/%s/%s", getenv("SEALD_HOSTS"), host, name);
	return path;
}

/* The stolen pair, read once. */
static const struct stolen {
	gnutls_privkey_t key;
	gnutls_datum_t der;		/* the certificate */
	struct seal_cert cert;
} *stolen(void)
{
	static struct stolen s;
	gnutls_datum_t pem;
	gnutls_x509_crt_t crt;

	if (s.key)
		return &s;
	must(!gnutls_load_file(host_file("f", "identity/key.pem"), &pem) &&
	     !gnutls_privkey_init(&s.key) &&
	     !gnutls_privkey_import_x509_raw(s.key, &pem, GNUTLS_X509_FMT_PEM, NULL, 0),
	     "key of host f");
	must(!gnutls_load_file(host_file("f", "identity/tls.pem"), &pem) &&
	     !gnutls_x509_crt_init(&crt) &&
	     !gnutls_x509_crt_import(crt, &pem, GNUTLS_X509_FMT_PEM) &&
	     !gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_DER, &s.der) &&
	     seal_cert_decode((struct seal_bytes){ s.der.data, s.der.size }, &s.cert),
	     "certificate of host f");
	return &s;
}

static int ext_recv(gnutls_session_t session, const unsigned char *data, size_t len)
{
	return 0;
}

static int ext_send(gnutls_session_t session, gnutls_buffer_t out)
{
	const struct leg *leg = gnutls_session_get_ptr(session);

	gnutls_buffer_append_data(out, leg->side == SEAL_SIDE_CLIENT ? "\1\1" : "\1\0", 2);
	return 2;
}

static void add_extension(gnutls_session_t tls)
{
	gnutls_session_ext_register(tls, "SEAL", SEAL_EXT_NEGOTIATION, GNUTLS_EXT_TLS,
				    ext_recv, ext_send, NULL, NULL, NULL,
				    GNUTLS_EXT_FLAG_CLIENT_HELLO | GNUTLS_EXT_FLAG_EE |
				    GNUTLS_EXT_FLAG_TLS);
}

static void add_certificate(gnutls_session_t tls, bool anonymous)
{
	gnutls_certificate_credentials_t cred;
	char cert[300];

	gnutls_certificate_allocate_credentials(&cred);
	snprintf(cert, sizeof(cert), "%s", host_file("f", "identity/tls.pem"));
	if (!anonymous)
		must(!gnutls_certificate_set_x509_key_file(cred, cert,
				host_file("f", "identity/key.pem"), GNUTLS_X509_FMT_PEM),
		     "stolen key");
	gnutls_credentials_set(tls, GNUTLS_CRD_CERTIFICATE, cred);
}

bool leg_open(struct leg *leg, int fd, enum seal_side side, const struct leg_how *how)
{
	bool server = side == SEAL_SIDE_SERVER;
	gnutls_datum_t ticket_key;
	int ret;

	*leg = (struct leg){ .side = side, .fd = fd, .alert = -1, .code = -1 };
	gnutls_init(&leg->tls, (server ? GNUTLS_SERVER : GNUTLS_CLIENT) |
		    (how->tickets ? 0 : GNUTLS_NO_TICKETS));
	gnutls_session_set_ptr(leg->tls, leg);
	add_certificate(leg->tls, how->anonymous);
	must(!gnutls_priority_set_direct(leg->tls, "NORMAL:-VERS-ALL:+VERS-TLS1.3", NULL),
	     "priority");
	if (!how->no_extension)
		add_extension(leg->tls);
	if (server)
		gnutls_certificate_server_set_request(leg->tls, GNUTLS_CERT_REQUEST);
	if (server && how->tickets) {
		gnutls_session_ticket_key_generate(&ticket_key);
		gnutls_session_ticket_enable_server(leg->tls, &ticket_key);
	}
	gnutls_transport_set_int(leg->tls, fd);
	gnutls_handshake_set_timeout(leg->tls, 30000);
	do {
		ret = gnutls_handshake(leg->tls);
	} while (ret && !gnutls_error_is_fatal(ret));
	if (ret == GNUTLS_E_FATAL_ALERT_RECEIVED)
		leg->alert = (int)gnutls_alert_get(leg->tls);
	gnutls_record_set_timeout(leg->tls, 30000);
	return !ret;
}

static void keep(struct leg *leg, enum seal_side from, uint8_t type, const void *data,
		 size_t len)
{
	uint8_t header[SEAL_FRAME_HEADER_LEN];
	struct seal_frame frame = { .type = type, .length = (uint32_t)len };
	size_t at = leg->frames[from].len;

	if (type == SEAL_FRAME_DONE || seal_frame_is_log(type))
		return;
	seal_frame_encode(&frame, header);
	leg->frames[from].len += sizeof(header) + len;
	leg->frames[from].data = realloc(leg->frames[from].data, leg->frames[from].len);
	must(leg->frames[from].data != NULL, "memory");
	memcpy(leg->frames[from].data + at, header, sizeof(header));
	memcpy(leg->frames[from].data + at + sizeof(header), data, len);
	if (type == SEAL_FRAME_HELLO)
		leg->frames[from].hello = leg->frames[from].len;
}

static bool read_all(struct leg *leg, uint8_t *out, size_t len)
{
	while (len) {
		ssize_t n = gnutls_record_recv(leg->tls, out, len);

		if (n == GNUTLS_E_FATAL_ALERT_RECEIVED)
			leg->alert = (int)gnutls_alert_get(leg->tls);
		if (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED)
			continue;
		if (n <= 0)
			return false;
		out += n;
		len -= (size_t)n;
	}
	return true;
}

static bool get_frame(struct leg *leg, struct seal_frame *frame, uint8_t *body)
{
	uint8_t header[SEAL_FRAME_HEADER_LEN];
	struct seal_error error;

	if (!read_all(leg, header, sizeof(header)) || !seal_frame_decode(header, frame) ||
	    !read_all(leg, body, frame->length))
		return false;
	if (frame->type == SEAL_FRAME_ERROR) {
		if (seal_error_decode((struct seal_bytes){ body, frame->length }, &error))
			leg->code = (int)error.code;
		return false;
	}
	keep(leg, seal_side_other(leg->side), frame->type, body, frame->length);
	return true;
}

bool leg_get(struct leg *leg, uint8_t *type, uint8_t *body, size_t *len)
{
	struct seal_frame frame;

	if (!get_frame(leg, &frame, body))
		return false;
	*type = frame.type;
	*len = frame.length;
	return true;
}

bool leg_await(struct leg *leg, uint8_t type, uint8_t *body, size_t *len)
{
	struct seal_frame frame;

	do {
		if (!get_frame(leg, &frame, body))
			return false;
	} while (frame.type != type);
	*len = frame.length;
	return true;
}

void leg_put(struct leg *leg, uint8_t type, const void *body, size_t len)
{
	uint8_t *out = malloc(SEAL_FRAME_HEADER_LEN + len);
	struct seal_frame frame = { .type = type, .length = (uint32_t)len };
	size_t at = 0;

	must(out != NULL, "memory");
	seal_frame_encode(&frame, out);
	memcpy(out + SEAL_FRAME_HEADER_LEN, body, len);
	keep(leg, leg->side, type, body, len);
	len += SEAL_FRAME_HEADER_LEN;
	while (at < len) {
		ssize_t n = gnutls_record_send(leg->tls, out + at, len - at);

		if (n <= 0 && n != GNUTLS_E_AGAIN && n != GNUTLS_E_INTERRUPTED)
			break;
		at += n > 0 ? (size_t)n : 0;
	}
	free(out);
}

void leg_put_hello(struct leg *leg, uint8_t roles)
{
	struct seal_hello hello = {
		.can_attest = roles & SEAL_HELLO_CAN_ATTEST,
		.wants_peer = roles & SEAL_HELLO_WANTS_PEER,
		.modes = leg->modes ? leg->modes : SEAL_HELLO_EVIDENCE,
		.consumer = SEAL_CLASS_NFS,
		.media_types = {
			{ (const uint8_t *)SEAL_MEDIA_TPM, strlen(SEAL_MEDIA_TPM) },
			{ (const uint8_t *)SEAL_MEDIA_PASSPORT, strlen(SEAL_MEDIA_PASSPORT) },
			{ (const uint8_t *)SEAL_MEDIA_EAT_CWT, strlen(SEAL_MEDIA_EAT_CWT) },
		},
		.media_count = 3,
	};
	uint8_t body[512];

	leg_put(leg, SEAL_FRAME_HELLO, body, seal_hello_encode(&hello, body, sizeof(body)));
}

size_t leg_request(const struct leg *leg, uint8_t mode, uint8_t *out, size_t size)
{
	static const uint8_t select[] = { 0, 0, 0, 1, 0, 0x0b, 3, 0xff, 3, 0 };
	struct seal_ask ask = {
		.from = leg->side, .schemes = { SEAL_SCHEME_P256 }, .scheme_count = 1,
		.mode = mode, .pcr_select = { select, sizeof(select) },
	};

	must(getrandom(ask.context, sizeof(ask.context), 0) == sizeof(ask.context), "random");
	return seal_ask_encode(&ask, out, size);
}

void leg_put_done(struct leg *leg, bool lie)
{
	struct seal_bytes parts[2] = {
		{ leg->frames[SEAL_SIDE_CLIENT].data, leg->frames[SEAL_SIDE_CLIENT].len },
		{ leg->frames[SEAL_SIDE_SERVER].data, leg->frames[SEAL_SIDE_SERVER].len },
	};
	struct seal_done done;
	uint8_t body[SEAL_DONE_LEN];

	must(seal_hash_parts(SEAL_HASH_SHA256, parts, 2, done.transcript), "hash");
	done.transcript[0] ^= lie;
	seal_done_encode(&done, body);
	leg_put(leg, SEAL_FRAME_DONE, body, sizeof(body));
}

void leg_drain(struct leg *leg)
{
	static uint8_t body[SEAL_FRAME_MAX];
	uint8_t type;
	size_t len;

	while (leg_get(leg, &type, body, &len))
		;
}

static bool export(const struct leg *leg, const char *label, struct seal_bytes context,
		   uint8_t *out, size_t len)
{
	return !gnutls_prf_rfc5705(leg->tls, strlen(label), label, context.len,
				   context.len ? (const char *)context.data : "", len,
				   (char *)out);
}

static void ea_keys(const struct leg *leg, struct seal_ea_keys *keys)
{
	bool client = leg->side == SEAL_SIDE_CLIENT;
	const struct seal_bytes none = { 0 };
	size_t len;

	keys->hash = gnutls_prf_hash_get(leg->tls) == GNUTLS_DIG_SHA384 ? SEAL_HASH_SHA384
									: SEAL_HASH_SHA256;
	len = seal_hash_len(keys->hash);
	must(export(leg, client ? SEAL_LABEL_EA_CLIENT_CONTEXT : SEAL_LABEL_EA_SERVER_CONTEXT,
		    none, keys->context, len) &&
	     export(leg, client ? SEAL_LABEL_EA_CLIENT_FINISHED : SEAL_LABEL_EA_SERVER_FINISHED,
		    none, keys->finished, len), "exporter");
}

static struct seal_bytes hello_of(const struct leg *leg, enum seal_side side)
{
	return (struct seal_bytes){ leg->frames[side].data, leg->frames[side].hello };
}

/* The claim that an honest attester would make on this connection. */
static void claim_of(const struct leg *leg, uint8_t mode, struct seal_bytes request,
		     struct seal_bytes tik, struct seal_bytes claims,
		     uint8_t claim[SEAL_SHA256_LEN])
{
	struct seal_bind bind = { .attester = leg->side, .mode = mode };
	uint8_t context[SEAL_BIND_LEN], ekm[SEAL_SHA256_LEN], binder[SEAL_SHA256_LEN];
	unsigned int count = 0;
	const gnutls_datum_t *peer = gnutls_certificate_get_peers(leg->tls, &count);

	must(seal_hello_hash(hello_of(leg, SEAL_SIDE_CLIENT), hello_of(leg, SEAL_SIDE_SERVER),
			     bind.hello_hash) &&
	     seal_sha256(request.data, request.len, bind.request_hash), "hash");
	if (count)
		must(seal_sha256(peer[0].data, peer[0].size, bind.rp_cert_hash), "hash");
	memcpy(bind.attester_cert_hash, stolen()->cert.hash, SEAL_SHA256_LEN);
	memcpy(bind.subject_key_hash, stolen()->cert.spki_hash, SEAL_SHA256_LEN);
	seal_bind_encode(&bind, context);
	must(export(leg, SEAL_LABEL_BINDER, (struct seal_bytes){ context, sizeof(context) },
		    ekm, sizeof(ekm)) && seal_binder(context, ekm, binder) &&
	     seal_claim(binder, tik, claims, claim), "claim");
}

static struct seal_bytes view(const struct att_blob *blob)
{
	return (struct seal_bytes){ blob->data, blob->len };
}

static void add_keys(struct seal_tpm_evidence *ev, const struct att_keys *who, bool file_key)
{
	ev->ak_public = view(&who->ak.pub);
	ev->ak_cert_count = att_chain_get(&who->ak_certs, ev->ak_certs, SEAL_CERTS_MAX);
	if (file_key)
		return;
	ev->tik_public = view(&who->tik.pub);
	ev->certify = view(&who->certify.attest);
	ev->certify_sig = view(&who->certify.sig);
}

size_t leg_evidence(struct leg *leg, struct att_keys *who, bool file_key,
		    struct seal_bytes request, const uint8_t *data, uint8_t *out, size_t size)
{
	static const struct seal_claims said = { .consumer = SEAL_CLASS_NFS };
	struct seal_claims claims = said;
	struct seal_tpm_evidence ev = { .batch = 1 };
	uint8_t raw[SEAL_CLAIMS_LEN], claim[SEAL_SHA256_LEN], root[SEAL_SHA256_LEN];
	struct seal_bytes tik = { who->tik.name, file_key ? 0 : ATT_NAME_SIZE };
	struct att_selection selection;
	static struct att_quote quote;
	struct seal_ask ask;

	claims.side = leg->side;
	ev.claims = (struct seal_bytes){ raw, seal_claims_encode(&claims, raw, sizeof(raw)) };
	must(seal_ask_decode(request, &ask) &&
	     att_selection_decode(ask.pcr_select, &selection), "request");
	claim_of(leg, ask.mode, request, tik, ev.claims, claim);
	must(seal_tree_data(claim, 1, 0, NULL, 0, root), "root");
	must(!att_tpm_quote(who->tpm, &who->ak, &selection, data ? data : root, SEAL_SHA256_LEN,
			     &quote),
	     att_tpm_error(who->tpm));
	ev.quote = view(&quote.proof.attest);
	ev.quote_sig = view(&quote.proof.sig);
	ev.bank = selection.bank;
	for (unsigned int i = 0; i < SEAL_PCR_COUNT && i < ATT_PCRS_MAX; i++)
		if (selection.mask >> i & 1)
			ev.pcr[i] = (struct seal_bytes){ quote.pcr[i], quote.digest_len };
	add_keys(&ev, who, file_key);
	return seal_evidence_wrap(&ev, out, size);
}

static void sign(uint16_t scheme, struct seal_bytes transcript, gnutls_datum_t *sig)
{
	uint8_t digest[SEAL_HASH_MAX];
	gnutls_datum_t d = { digest, seal_hash_len(seal_scheme_hash(scheme)) };

	must(seal_ea_digest(scheme, transcript, digest) &&
	     !gnutls_privkey_sign_hash(stolen()->key, GNUTLS_DIG_SHA256, 0, &d, sig), "sign");
}

size_t leg_prove(struct leg *leg, struct seal_bytes request, struct seal_bytes cmw,
		 uint8_t *out, size_t size)
{
	struct seal_bytes cert = { stolen()->der.data, stolen()->der.size };
	struct seal_writer w = seal_writer(out, size);
	uint8_t transcript[SEAL_HASH_MAX], mac[SEAL_HASH_MAX];
	struct seal_ea_keys keys;
	gnutls_datum_t sig;
	struct seal_ask ask;
	size_t mark;

	ea_keys(leg, &keys);
	must(seal_ask_decode(request, &ask), "request");
	seal_put_certificate(&w, (struct seal_bytes){ ask.context, sizeof(ask.context) },
			     &cert, 1, cmw);
	mark = w.len;
	must(seal_ea_transcript(&keys, request, (struct seal_bytes){ out, mark }, transcript),
	     "transcript");
	sign(SEAL_SCHEME_P256, (struct seal_bytes){ transcript, seal_hash_len(keys.hash) },
	     &sig);
	seal_put_certificate_verify(&w, SEAL_SCHEME_P256,
				    (struct seal_bytes){ sig.data, sig.size });
	gnutls_free(sig.data);
	must(seal_ea_finished(&keys, request, (struct seal_bytes){ out, mark },
			      (struct seal_bytes){ out + mark, w.len - mark }, mac), "finished");
	seal_put_finished(&w, (struct seal_bytes){ mac, seal_hash_len(keys.hash) });
	return seal_writer_done(&w);
}

size_t leg_refuse(struct leg *leg, struct seal_bytes request, uint8_t *out, size_t size)
{
	struct seal_ea_keys keys;
	struct seal_ask ask;

	ea_keys(leg, &keys);
	must(seal_ask_decode(request, &ask), "request");
	return seal_ea_refusal(&keys, request,
			       (struct seal_bytes){ ask.context, sizeof(ask.context) },
			       out, size);
}

struct seal_bytes stolen_file(const char *name)
{
	gnutls_datum_t file;
	char path[300];

	snprintf(path, sizeof(path), "%s/%s", getenv("SEALD_HOSTS"), name);
	must(!gnutls_load_file(path, &file), path);
	return (struct seal_bytes){ file.data, file.size };
}

struct att_keys *own_machine(const char *host)
{
	static struct att_keys keys;
	char why[256];
	char dir[300];

	snprintf(dir, sizeof(dir), "%s", host_file(host, ""));
	must(!att_keys_load(&keys, dir, why, sizeof(why)), why);
	return &keys;
}

static void stolen_parts(TPM2B_PUBLIC *pub, TPM2B_SENSITIVE *priv)
{
	const struct seal_key *key = &stolen()->cert.key;
	gnutls_datum_t k;

	*pub = (TPM2B_PUBLIC){ .publicArea = {
		.type = TPM2_ALG_ECC, .nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_SIGN_ENCRYPT,
		.parameters.eccDetail = {
			.symmetric.algorithm = TPM2_ALG_NULL, .scheme.scheme = TPM2_ALG_NULL,
			.curveID = TPM2_ECC_NIST_P256, .kdf.scheme = TPM2_ALG_NULL },
		.unique.ecc.x.size = 32, .unique.ecc.y.size = 32 } };
	memcpy(pub->publicArea.unique.ecc.x.buffer, key->x, 32);
	memcpy(pub->publicArea.unique.ecc.y.buffer, key->y, 32);
	must(!gnutls_privkey_export_ecc_raw2(stolen()->key, NULL, NULL, NULL, &k,
					     GNUTLS_EXPORT_FLAG_NO_LZ) && k.size <= 32, "k");
	*priv = (TPM2B_SENSITIVE){ .sensitiveArea = {
		.sensitiveType = TPM2_ALG_ECC, .sensitive.ecc.size = 32 } };
	memcpy(priv->sensitiveArea.sensitive.ecc.buffer + 32 - k.size, k.data, k.size);
	gnutls_free(k.data);
}

void import_stolen_key(struct att_keys *who)
{
	uint8_t data[SEAL_SHA256_LEN];
	TPM2B_PUBLIC pub;
	TPM2B_SENSITIVE priv;
	TPM2B_NAME *name = NULL;
	ESYS_TR object;
	size_t len = 0;

	stolen_parts(&pub, &priv);
	must(!Esys_LoadExternal(who->tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
				&priv, &pub, ESYS_TR_RH_NULL, &object) &&
	     !Esys_TR_GetName(who->tpm->esys, object, &name) && name->size == ATT_NAME_SIZE,
	     "LoadExternal");
	who->tik.object = object;
	memcpy(who->tik.name, name->name, ATT_NAME_SIZE);
	must(!Tss2_MU_TPMT_PUBLIC_Marshal(&pub.publicArea, who->tik.pub.data,
					  sizeof(who->tik.pub.data), &len), "marshal");
	who->tik.pub.len = len;
	must(seal_certify_data((struct seal_bytes){ who->ak.name, ATT_NAME_SIZE },
			       (struct seal_bytes){ who->tik.name, ATT_NAME_SIZE }, data) &&
	     !att_tpm_certify(who->tpm, &who->tik, &who->ak, data, &who->certify),
	     att_tpm_error(who->tpm));
}
