// SPDX-License-Identifier: GPL-2.0-or-later
/* One attestation from both ends. */
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLIENT_ID	"dns:client.example.org"
#define SERVER_ID	"dns:server.example.org"

const struct world *world(void)
{
	static const struct profile client = { .ids = { CLIENT_ID, SERVER_ID } };
	static const struct profile ours = { .ids = { "dns:us.example.org" } };
	static struct world w;

	if (w.ak)
		return &w;
	new_authority(&w.tls_ca, "TLS CA", NULL);
	new_authority(&w.ak_ca, "AK CA", NULL);
	new_authority(&w.other_ca, "another CA", NULL);
	w.ak = new_key(P256);
	w.tik = new_key(P256);
	w.other_ak = new_key(P256);
	w.other_tik = new_key(P256);
	issue_ak(&w.ak_ca, w.ak, &client, &w.ak_cert);
	issue(&w.tls_ca, w.tik, &client, &w.tls_cert);
	issue(&w.tls_ca, w.other_tik, &ours, &w.our_cert);
	return &w;
}

/* PCR i is i + 1 in every octet. */
static void pcr_value(unsigned int i, uint8_t out[SEAL_PCR_VALUE_MAX])
{
	memset(out, i + 1, SEAL_PCR_VALUE_MAX);
}

const char *scene_policy(const char *extra)
{
	static char text[4096];

	snprintf(text, sizeof(text),
		 "[policy test]\n"
		 "peer = dns:*.example.org\n"
		 "mode = require\n"
		 "pcrs = sha256:0,1,7\n"
		 "pcr-7 = 0808080808080808080808080808080808080808080808080808080808080808\n"
		 "%s\n", extra);
	return text;
}

void scene_init(struct scene *s)
{
	const struct world *w = world();

	memset(s, 0, sizeof(*s));
	s->role = SEAL_SIDE_SERVER;
	s->tls_hash = SEAL_HASH_SHA256;
	s->policy = scene_policy("");
	s->batch = 4;
	s->pcr_mask = 1 << 0 | 1 << 1 | 1 << 7;
	s->bank = TPM2_ALG_SHA256;
	s->ak_scheme = TPM2_ALG_ECDSA;
	s->ak_hash = TPM2_ALG_SHA256;
	s->ea_scheme = SEAL_SCHEME_P256;
	s->ak = w->ak;
	s->tik = w->tik;
	s->ak_cert = w->ak_cert;
	s->tls_cert = w->tls_cert;
	for (unsigned int i = 0; i < SEAL_PCR_COUNT; i++)
		pcr_value(i, s->pcr[i]);
	for (unsigned int i = 0; i < sizeof(s->secret); i++)
		s->secret[i] = roll(256);
	for (unsigned int i = 0; i < SEAL_HASH_MAX; i++) {
		s->keys.context[i] = roll(256);
		s->keys.finished[i] = roll(256);
	}
	must(seal_identity_of_name("server.example.org", &s->reference), "reference");
}

bool scene_export(void *arg, const uint8_t context[SEAL_BIND_LEN],
		  uint8_t ekm[SEAL_SHA256_LEN])
{
	struct scene *s = arg;

	return seal_hmac(SEAL_HASH_SHA256,
			 (struct seal_bytes){ s->secret, sizeof(s->secret) },
			 (struct seal_bytes){ context, SEAL_BIND_LEN }, ekm);
}

static bool export_expat(void *arg, const uint8_t context[SEAL_CONTEXT_LEN],
			 uint8_t ekm[SEAL_SHA256_LEN])
{
	struct scene *s = arg;

	return seal_hmac(SEAL_HASH_SHA256,
			 (struct seal_bytes){ s->secret, sizeof(s->secret) },
			 (struct seal_bytes){ context, SEAL_CONTEXT_LEN }, ekm);
}

static void hello_frame(const struct seal_hello *hello, struct blob *out)
{
	struct seal_frame frame = { .type = SEAL_FRAME_HELLO };

	frame.length = seal_hello_encode(hello, out->data + SEAL_FRAME_HEADER_LEN,
					 sizeof(out->data) - SEAL_FRAME_HEADER_LEN);
	must(frame.length, "hello");
	seal_frame_encode(&frame, out->data);
	out->len = SEAL_FRAME_HEADER_LEN + frame.length;
}

static void say_hello(struct scene *s)
{
	struct seal_hello *us = s->role == SEAL_SIDE_SERVER ? &s->server : &s->client;
	struct seal_hello *peer = s->role == SEAL_SIDE_SERVER ? &s->client : &s->server;

	seal_evidence_offer(us);
	seal_evidence_offer(peer);
	if (s->expat)
		us->profile = peer->profile = SEAL_PROFILE_EXPAT;
	us->wants_peer = true;
	us->consumer = SEAL_CLASS_NFSD;
	peer->can_attest = true;
	peer->consumer = SEAL_CLASS_NFS;
	memset(us->random, 1, SEAL_RANDOM_LEN);
	memset(peer->random, 2, SEAL_RANDOM_LEN);
	s->claims = (struct seal_claims){
		.consumer = peer->consumer,
		.side = seal_side_other(s->role),
	};
	if (s->edit_hello)
		s->edit_hello(s);
	hello_frame(&s->client, &s->client_frame);
	hello_frame(&s->server, &s->server_frame);
}

static void ask(struct scene *s)
{
	static uint8_t select[SEAL_PCR_SELECT_MAX];
	uint8_t context[SEAL_CONTEXT_LEN];

	for (size_t i = 0; i < sizeof(context); i++)
		context[i] = roll(256);
	must(seal_policy_ask(&s->rules.policies.policy[0], s->role, 0, context,
			     select, &s->ask), "ask");
	if (s->edit_ask)
		s->edit_ask(s);
	s->request.len = seal_ask_encode(&s->ask, s->request.data,
					 sizeof(s->request.data));
	must(s->request.len, "request");
}

static struct seal_tpm_name name_of(const struct blob *area)
{
	struct seal_tpm_public pub;

	if (!seal_tpm_public_decode(of(area), &pub))
		memset(&pub, 0, sizeof(pub));
	return pub.name;
}

static void make_publics(struct scene *s)
{
	TPMT_PUBLIC area;

	public_area(s->ak, GOOD_AK, s->ak_scheme, s->ak_hash, &area);
	if (s->edit_ak)
		s->edit_ak(&area);
	marshal_public(&area, &s->ak_public);
	public_area(s->tik, GOOD_TIK, TPM2_ALG_NULL, 0, &area);
	if (s->edit_tik)
		s->edit_tik(&area);
	marshal_public(&area, &s->tik_public);
}

static TPMS_ATTEST statement(uint16_t type, struct seal_bytes data)
{
	TPMS_ATTEST a = {
		.magic = TPM2_GENERATED_VALUE,
		.type = type,
		.clockInfo = { .clock = 123456, .resetCount = 7, .restartCount = 3,
			       .safe = TPM2_YES },
	};

	a.extraData.size = (uint16_t)data.len;
	memcpy(a.extraData.buffer, data.data, data.len);
	return a;
}

static void certify(struct scene *s)
{
	struct seal_tpm_name ak = name_of(&s->ak_public), tik = name_of(&s->tik_public);
	uint8_t data[SEAL_SHA256_LEN];
	TPMS_ATTEST a;

	must(seal_certify_data(seal_tpm_name_bytes(&ak), seal_tpm_name_bytes(&tik), data),
	     "certify data");
	a = statement(TPM2_ST_ATTEST_CERTIFY, (struct seal_bytes){ data, sizeof(data) });
	a.attested.certify.name.size = tik.len;
	memcpy(a.attested.certify.name.name, tik.data, tik.len);
	if (s->edit_certify)
		s->edit_certify(&a);
	marshal_statement(&a, &s->certify);
	tpm_sign(s->ak, s->ak_scheme, s->ak_hash, of(&s->certify), &s->certify_sig);
}

static void bind(struct scene *s)
{
	const struct world *w = world();
	struct seal_bind b = {
		.attester = seal_side_other(s->role),
		.mode = s->ask.mode,
		.exchange = s->ask.exchange,
	};
	uint8_t context[SEAL_BIND_LEN], ekm[SEAL_SHA256_LEN];
	struct seal_cert cert;

	must(seal_cert_decode(of(&s->tls_cert), &cert), "certificate");
	must(seal_hello_hash(of(&s->client_frame), of(&s->server_frame), b.hello_hash) &&
	     seal_sha256(s->request.data, s->request.len, b.request_hash) &&
	     seal_sha256(w->our_cert.data, w->our_cert.len, b.rp_cert_hash), "hashes");
	memcpy(b.attester_cert_hash, cert.hash, SEAL_SHA256_LEN);
	memcpy(b.subject_key_hash, cert.spki_hash, SEAL_SHA256_LEN);
	if (s->edit_bind)
		s->edit_bind(&b);
	seal_bind_encode(&b, context);
	must(scene_export(s, context, ekm) && seal_binder(context, ekm, s->binder), "binder");
	if (s->expat) {
		must(export_expat(s, s->ask.context, ekm), "exporter");
		s->binding_len = seal_expat_binding(s->tls_hash, of(&s->tls_cert), ekm,
						    s->binding);
		must(s->binding_len, "binding");
	}
	if (s->edit_binder)
		s->edit_binder(s);
}

/* Our claim in a batch of others; the data to quote. */
static void batch(struct scene *s, const uint8_t claim[SEAL_SHA256_LEN],
		  struct seal_tpm_evidence *e, uint8_t data[SEAL_SHA256_LEN])
{
	static uint8_t node[2 * SEAL_BATCH_MAX][SEAL_SHA256_LEN];
	uint32_t n = s->batch;

	e->batch = n;
	e->index = n > 2 ? 2 : n - 1;
	e->depth = seal_tree_depth(n);
	for (uint32_t i = n; i < 2 * n; i++)
		memset(node[i], i, SEAL_SHA256_LEN);
	memcpy(node[n + e->index], claim, SEAL_SHA256_LEN);
	must(seal_tree_build(node, n) && seal_quote_data(n, node[1], data), "tree");
	seal_tree_path(node, n, e->index, e->path);
}

static void digest_of_pcrs(struct scene *s, TPM2B_DIGEST *digest)
{
	size_t len = seal_tpm_bank_len(s->bank), count = 0;
	struct seal_bytes parts[SEAL_PCR_COUNT];
	enum seal_hash hash = seal_tpm_hash(s->ak_hash);

	for (unsigned int i = 0; i < SEAL_PCR_COUNT; i++)
		if (s->pcr_mask >> i & 1)
			parts[count++] = (struct seal_bytes){ s->pcr[i], len };
	must(seal_hash_parts(hash, parts, count, digest->buffer), "digest");
	digest->size = seal_hash_len(hash);
}

static void quote(struct scene *s, struct seal_bytes data)
{
	TPMS_ATTEST a = statement(TPM2_ST_ATTEST_QUOTE, data);
	TPMS_PCR_SELECTION *sel = &a.attested.quote.pcrSelect.pcrSelections[0];

	a.attested.quote.pcrSelect.count = 1;
	sel->hash = s->bank;
	sel->sizeofSelect = 3;
	for (unsigned int i = 0; i < 3; i++)
		sel->pcrSelect[i] = s->pcr_mask >> (8 * i);
	digest_of_pcrs(s, &a.attested.quote.pcrDigest);
	if (s->edit_quote)
		s->edit_quote(&a);
	marshal_statement(&a, &s->quote);
	tpm_sign(s->ak, s->ak_scheme, s->ak_hash, of(&s->quote), &s->quote_sig);
}

static void collect(struct scene *s, struct seal_tpm_evidence *e)
{
	size_t len = seal_tpm_bank_len(s->bank);

	e->quote = of(&s->quote);
	e->quote_sig = of(&s->quote_sig);
	e->ak_public = of(&s->ak_public);
	if (!s->no_ak_cert)
		e->ak_certs[e->ak_cert_count++] = of(&s->ak_cert);
	if (s->ak_issuer.len)
		e->ak_certs[e->ak_cert_count++] = of(&s->ak_issuer);
	if (!s->key_in_file) {
		e->tik_public = of(&s->tik_public);
		e->certify = of(&s->certify);
		e->certify_sig = of(&s->certify_sig);
	}
	e->bank = s->bank;
	for (unsigned int i = 0; i < SEAL_PCR_COUNT; i++)
		if (s->pcr_mask >> i & 1)
			e->pcr[i] = (struct seal_bytes){ s->pcr[i], len };
	e->claims = of(&s->claims_raw);
}

static void make_evidence(struct scene *s)
{
	struct seal_tpm_name tik = name_of(&s->tik_public);
	struct seal_tpm_evidence e = { 0 };
	uint8_t claim[SEAL_SHA256_LEN], data[SEAL_SHA256_LEN];
	struct seal_cmw cmw = {
		.type = { (const uint8_t *)SEAL_MEDIA_TPM, strlen(SEAL_MEDIA_TPM) },
		.ind = SEAL_CMW_EVIDENCE,
	};
	static uint8_t map[SEAL_CMW_MAX];

	s->claims_raw.len = seal_claims_encode(&s->claims, s->claims_raw.data,
					       SEAL_CLAIMS_LEN);
	if (s->edit_claims)
		s->edit_claims(&s->claims_raw);
	if (s->key_in_file)
		tik.len = 0;
	must(s->claims_raw.len && seal_claim(s->binder, seal_tpm_name_bytes(&tik),
					     of(&s->claims_raw), claim), "claim");
	batch(s, claim, &e, data);
	quote(s, s->expat ? (struct seal_bytes){ s->binding, s->binding_len }
			  : (struct seal_bytes){ data, sizeof(data) });
	collect(s, &e);
	if (s->edit_evidence)
		s->edit_evidence(s, &e);
	cmw.value = (struct seal_bytes){ map, seal_evidence_encode(&e, map, sizeof(map)) };
	must(cmw.value.len, "evidence");
	if (s->edit_cmw)
		s->edit_cmw(&cmw);
	s->evidence_len = seal_cmw_encode(&cmw, s->evidence_raw, sizeof(s->evidence_raw));
}

/* RFC 9261: Certificate, CertificateVerify, Finished. */
static void authenticate(struct scene *s)
{
	struct seal_writer w = seal_writer(s->auth_raw, sizeof(s->auth_raw));
	uint8_t transcript[SEAL_HASH_MAX], digest[SEAL_HASH_MAX], mac[SEAL_HASH_MAX];
	size_t hash_len = seal_hash_len(s->keys.hash), cert_len;
	struct blob sig;

	if (!s->cert_count)
		s->certs[s->cert_count++] = of(&s->tls_cert);
	seal_put_certificate(&w, (struct seal_bytes){ s->ask.context, SEAL_CONTEXT_LEN },
			     s->certs, s->cert_count,
			     (struct seal_bytes){ s->evidence_raw, s->evidence_len });
	cert_len = w.len;
	must(seal_ea_transcript(&s->keys, of(&s->request),
				(struct seal_bytes){ s->auth_raw, cert_len }, transcript) &&
	     seal_ea_digest(s->ea_scheme, (struct seal_bytes){ transcript, hash_len }, digest),
	     "transcript");
	tls_sign(s->tik, s->ea_scheme, digest, &sig);
	seal_put_certificate_verify(&w, s->ea_scheme, of(&sig));
	must(seal_ea_finished(&s->keys, of(&s->request),
			      (struct seal_bytes){ s->auth_raw, cert_len },
			      (struct seal_bytes){ s->auth_raw + cert_len, w.len - cert_len },
			      mac), "finished");
	seal_put_finished(&w, (struct seal_bytes){ mac, hash_len });
	s->auth_len = seal_writer_done(&w);
	if (s->edit_auth)
		s->edit_auth(s);
}

static void load(struct scene *s)
{
	const struct world *w = world();
	struct seal_policy_error error;

	if (!seal_policy_parse(&s->rules.policies, "test", (struct seal_bytes){
				(const uint8_t *)s->policy, strlen(s->policy) }, &error)) {
		note("%s:%u: %s", error.file, error.line, error.text);
		must(false, "policy");
	}
	s->rules.x509 = seal_trust_new();
	s->rules.ak = seal_trust_new();
	must(seal_trust_add_pem(s->rules.x509, of(&w->tls_ca.pem)) == 1 &&
	     seal_trust_add_pem(s->rules.ak, of(&w->ak_ca.pem)) == 1, "trust");
}

bool scene_prove(struct scene *s)
{
	s->keys.hash = s->tls_hash;
	make_publics(s);
	certify(s);
	bind(s);
	if (!s->no_evidence)
		make_evidence(s);
	authenticate(s);
	return s->auth_len;
}

void scene_speak(struct scene *s)
{
	load(s);
	say_hello(s);
	ask(s);
	must(scene_prove(s), "authenticator");
}

enum seal_reason scene_judge(struct scene *s)
{
	struct seal_bytes chain[1] = { of(&s->tls_cert) };
	/* At the end of its memory, for the sanitizers. */
	uint8_t *auth = malloc(s->auth_len ? s->auth_len : 1);
	struct seal_verify_in in = {
		.rules = &s->rules,
		.policy = &s->rules.policies.policy[0],
		.role = s->role,
		.now = NOW,
		.reference = s->role == SEAL_SIDE_CLIENT ? &s->reference : NULL,
		.keys = s->keys,
		.client_hello = of(&s->client_frame),
		.server_hello = of(&s->server_frame),
		.request = of(&s->request),
		.request_used = &s->used,
		.peer_chain = chain,
		.peer_count = !s->no_handshake_cert,
		.our_cert = of(&world()->our_cert),
		.authenticator = { auth, s->auth_len },
		.export = scene_export,
		.export_expat = export_expat,
		.export_arg = s,
	};

	must(auth, "malloc");
	memcpy(auth, s->auth_raw, s->auth_len);
	if (s->edit_in)
		s->edit_in(s, &in);
	seal_verify(&in, &s->verdict);
	free(auth);
	return s->verdict.reason;
}

void scene_end(struct scene *s)
{
	seal_rules_free(&s->rules);
}

enum seal_reason scene_run(struct scene *s)
{
	enum seal_reason reason;

	scene_speak(s);
	reason = scene_judge(s);
	scene_end(s);
	return reason;
}
