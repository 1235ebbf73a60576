// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What others got wrong, one case for each advisory, named after it. The lie
 * of each is told by a peer that does everything else right.
 */
#include <stdio.h>
#include <string.h>

#include "lib/lies.h"
#include "seald/log.h"

QUOTE(QUOTE_MAGIC, cve_2024_29038, "CVE-2024-29038: magic is checked")
{
	a->magic = 0;
}

EVIDENCE(QUOTE_TYPE, ghsa_gwfg_w3jr_xh66,
	 "GHSA-gwfg-w3jr-xh66: a statement of another type is no quote")
{
	e->quote = e->certify;
	e->quote_sig = e->certify_sig;
}

QUOTE(QUOTE_SELECTION, cve_2024_29039, "CVE-2024-29039: the selection is compared")
{
	a->attested.quote.pcrSelect.pcrSelections[0].pcrSelect[0] = 0x83 ^ 0x02;
}

/* Digest and values fit the smaller selection: only the comparison is left. */
static void fewer_pcrs(struct scene *s)
{
	s->pcr_mask = 1 << 7;
}

SCENE(QUOTE_SELECTION, cve_2022_0317,
      "CVE-2022-0317: a whole quote over fewer PCRs than asked for")
{
	s->edit_hello = fewer_pcrs;
}

QUOTE(QUOTE_DATA, cve_2026_92702_empty, "CVE-2026-92702: empty qualifying data")
{
	a->extraData.size = 0;
}

QUOTE(QUOTE_DATA, cve_2026_92702_zeros, "CVE-2026-92702: qualifying data of zeros")
{
	memset(a->extraData.buffer, 0, SEAL_SHA256_LEN);
}

CERTIFY(CERTIFY_DATA, cve_2026_92702_certify, "CVE-2026-92702: the same of the TLS key")
{
	a->extraData.size = 0;
}

QUOTE(QUOTE_DATA, cve_2026_92701, "CVE-2026-92701: one bit of the binding")
{
	a->extraData.buffer[17] ^= 4;
}

INPUT(QUOTE_DATA, cve_2026_33697, "CVE-2026-33697: fresh evidence relayed to another session")
{
	/* Even with Finished and CertificateVerify made right on that session. */
	s->secret[31] ^= 1;
}

SCENE(AK_IDENTITY, cve_2026_100835, "CVE-2026-100835: any genuine machine's report")
{
	issue_ak(&world()->ak_ca, s->ak, &(struct profile){
		.ids = { "dns:genuine.example.org" } }, &s->ak_cert);
}

static void other_host(struct scene *s, struct seal_verify_in *in)
{
	static struct seal_identity wanted;

	must(seal_identity_of_name("victim.example.org", &wanted), "name");
	in->reference = &wanted;
}

SCENE(IDENTITY_REFERENCE, cve_2026_119344,
      "CVE-2026-119344: good evidence of a machine that was not asked for")
{
	s->role = SEAL_SIDE_CLIENT;
	s->edit_in = other_host;
}

static void same_ak(struct scene *s, struct seal_verify_in *in)
{
	static struct seal_tpm_public pub;

	must(seal_tpm_public_decode(of(&s->ak_public), &pub), "AK");
	in->own_ak = seal_tpm_name_bytes(&pub.name);
}

SCENE(AK_OWN, cmc_406, "cmc 406: our own report reflected")
{
	s->edit_in = same_ak;
}

BIND(QUOTE_DATA, cmc_406_binder, "cmc 406: a binder that is the same in both directions")
{
	b->attester = seal_side_other(b->attester);
}

/* The record that is checked is a genuine machine's, the key that signs is hers. */
SCENE(AK_CERT_KEY, cve_2022_1053, "CVE-2022-1053: the AK that is certified is the one that signs")
{
	s->ak = world()->other_ak;
}

SCENE(AK_UNKNOWN, cve_2021_3406, "CVE-2021-3406: an AK that nobody tied to a TPM")
{
	s->no_ak_cert = true;
}

static void unsigned_quote(struct scene *s, struct seal_tpm_evidence *e)
{
	memcpy(s->spare.data, e->quote_sig.data, e->quote_sig.len);
	s->spare.data[e->quote_sig.len - 1] ^= 1;
	e->quote_sig.data = s->spare.data;
}

SCENE(QUOTE_SIGNATURE, cve_2023_3674, "CVE-2023-3674: a bad signature is not only logged")
{
	s->edit_evidence = unsigned_quote;
}

SCENE(POLICY_VACUOUS, empty_policy, "keylime 940861a2: an empty policy skips nothing")
{
	s->policy = "[policy empty]\npeer = *\nmode = observe\npcrs = sha256:0,1,7\n";
}

static void self_reported(struct scene *s, struct seal_tpm_evidence *e)
{
	static uint8_t good[SEAL_PCR_VALUE_MAX];

	memset(good, 8, sizeof(good));
	e->pcr[7].data = good;
}

SCENE(PCR_DIGEST, cmcp_429, "cmcp 429: PCR values are not believed but recomputed")
{
	s->pcr[7][0] ^= 1;
	s->edit_evidence = self_reported;
}

/* The octets are all there, and nobody signed them. */
EVIDENCE(QUOTE_SIGNATURE, cmcp_429_unsigned, "cmcp 429: a quote that no TPM signed")
{
	memcpy(s->spare.data, e->quote_sig.data, e->quote_sig.len);
	memset(s->spare.data + 6, 1, 32);
	e->quote_sig.data = s->spare.data;
}

/* Quoting fails, for the handle is none of a key, and what was read goes alone. */
static void no_quote(struct scene *s, struct seal_tpm_evidence *e)
{
	e->quote.len = 0;
}

SCENE(EVIDENCE_BAD, cmcp_430, "cmcp 430: values that were read, and no quote")
{
	s->edit_evidence = no_quote;
}

EVIDENCE(QUOTE_SIGNATURE, cmcp_430_handle, "cmcp 430: a quote by another handle than it claims")
{
	tpm_sign(world()->other_ak, TPM2_ALG_ECDSA, TPM2_ALG_SHA256, e->quote, &s->spare);
	e->quote_sig = of(&s->spare);
}

/* A TPM of software, or a key that was just made: with a chain, but of its own. */
SCENE(AK_UNTRUSTED, cmcp_431, "cmcp 431: an AK whose chain ends where nobody knows")
{
	issue_ak(&world()->other_ca, s->ak, &(struct profile){
		.ids = { "dns:client.example.org" } }, &s->ak_cert);
}

/* What a program measured of itself into a PCR, it can measure again. */
static void ask_for_pcr_23(struct scene *s)
{
	static const uint8_t select[] = { 0, 0, 0, 1, 0, 0x0b, 3, 0x83, 0, 0x80 };

	s->ask.pcr_select = (struct seal_bytes){ select, sizeof(select) };
}

SCENE(QUOTE_SELECTION, cmcp_432, "cmcp 432: a PCR that any program can reset")
{
	s->pcr_mask |= 1 << 23;
	s->edit_ask = ask_for_pcr_23;
}

#define TWOS	"0202020202020202020202020202020202020202020202020202020202020202"

SCENE(LOG_NEEDED, cmcp_433, "cmcp 433: values without the log that explains them")
{
	s->policy = scene_policy("logs = boot\nrequire-1 = " TWOS);
}

/* Text that was taken for values: of the right length, and not what was quoted. */
static void text_for_values(struct scene *s, struct seal_tpm_evidence *e)
{
	e->pcr[7].data = (const uint8_t *)"7 : 0x0808080808080808080808080808";
}

SCENE(PCR_DIGEST, cmcp_434, "cmcp 434: values that a parser made up")
{
	s->edit_evidence = text_for_values;
}

/* The signed data of a free signature beside a quote is not the quote's. */
EVIDENCE(QUOTE_DATA, go_2023_1583, "GO-2023-1583: claims beside the quote are under it")
{
	memcpy(s->spare.data, e->claims.data, e->claims.len);
	s->spare.data[2] = SEAL_CLASS_NVME;
	e->claims.data = s->spare.data;
}

/* A data field of 64 octets that begins like ours is not cut to fit. */
QUOTE(QUOTE_DATA, trustee_report_data, "trustee: longer data is not cut to the expected")
{
	a->extraData.size = 48;
}

/* Bound to a value that was there before the handshake was complete. */
static void early_binder(struct scene *s, struct seal_verify_in *in)
{
	seal_hmac(SEAL_HASH_SHA256, (struct seal_bytes){ s->secret, sizeof(s->secret) },
		  (struct seal_bytes){ (const uint8_t *)"e exp master", 12 }, s->secret);
}

SCENE(QUOTE_DATA, cve_2026_112377, "CVE-2026-112377: evidence bound to an early secret")
{
	s->edit_in = early_binder;
}

/* The victim's platform is revoked, as is usual for the one whose key was stolen. */
static void revoke_victim(struct scene *s, struct seal_verify_in *in)
{
	struct blob crl;

	revoke_cert(&world()->ak_ca, &world()->ak_cert, &crl);
	must(seal_trust_add_crl(s->rules.ak, of(&crl)) == 1, "revocation list");
}

SCENE(AK_IDENTITY, cve_2026_108362,
      "CVE-2026-108362: evidence of a machine that is not revoked, under another's name")
{
	s->ak = world()->other_ak;
	issue_ak(&world()->ak_ca, s->ak, &(struct profile){
		.ids = { "dns:genuine.example.org" } }, &s->ak_cert);
	s->edit_in = revoke_victim;
}

/* The binder is demanded, not checked where there is one. */
static bool no_exporter(void *arg, const uint8_t context[SEAL_BIND_LEN],
			uint8_t ekm[SEAL_SHA256_LEN])
{
	return false;
}

INPUT(INTERNAL, cve_2026_108265, "CVE-2026-108265: no binder, no verdict")
{
	in->export = no_exporter;
}

/* A quote that answers our challenge, and would answer it on any connection. */
static uint8_t challenge[SEAL_CONTEXT_LEN];

static void hear_challenge(struct scene *s)
{
	memcpy(challenge, s->ask.context, sizeof(challenge));
}

static void quote_challenge(TPMS_ATTEST *a)
{
	memcpy(a->extraData.buffer, challenge, sizeof(challenge));
}

static void quote_challenge_and_key(TPMS_ATTEST *a)
{
	struct seal_cert cert;
	struct seal_bytes parts[2] = { { cert.spki_hash, sizeof(cert.spki_hash) },
				       { challenge, sizeof(challenge) } };

	must(seal_cert_decode(of(&world()->tls_cert), &cert) &&
	     seal_hash_parts(SEAL_HASH_SHA256, parts, 2, a->extraData.buffer), "hash");
}

SCENE(QUOTE_DATA, cve_2026_108266, "CVE-2026-108266: evidence over the challenge alone")
{
	s->edit_ask = hear_challenge;
	s->edit_quote = quote_challenge;
}

SCENE(QUOTE_DATA, cve_2026_108267, "CVE-2026-108267: evidence over the challenge and the key")
{
	s->edit_ask = hear_challenge;
	s->edit_quote = quote_challenge_and_key;
}

/* With a server's certificate and a quote that nobody else waits for. */
SCENE(QUOTE_DATA, cve_2026_108268, "CVE-2026-108268: a client takes that no more than a server")
{
	s->role = SEAL_SIDE_CLIENT;
	s->batch = 1;
	s->edit_ask = hear_challenge;
	s->edit_quote = quote_challenge_and_key;
}

/* Evidence that could be in a certificate: over its key, and no connection. */
static void quote_key(TPMS_ATTEST *a)
{
	struct seal_cert cert;

	must(seal_cert_decode(of(&world()->tls_cert), &cert), "certificate");
	memcpy(a->extraData.buffer, cert.spki_hash, SEAL_SHA256_LEN);
}

SCENE(QUOTE_DATA, cve_2026_108269, "CVE-2026-108269: evidence over the key alone")
{
	s->edit_quote = quote_key;
}

/* The client of a server whose certificate brings its evidence along. */
SCENE(QUOTE_DATA, ra_tls, "Interoperable RA-TLS: evidence of a certificate, whose key it names")
{
	s->role = SEAL_SIDE_CLIENT;
	s->batch = 1;
	s->edit_quote = quote_key;
}

SCENE(CERT_NONE, cve_2026_1709, "CVE-2026-1709: whoever shows no certificate is nobody")
{
	s->no_handshake_cert = true;
}

/* What every route has to ask for, with all that is not the certificate in order. */
SCENE(CERT_NONE, cve_2026_1709_server, "CVE-2026-1709: nor is a server")
{
	s->role = SEAL_SIDE_CLIENT;
	s->no_handshake_cert = true;
}

SCENE(CERT_NONE, cve_2026_1709_expat, "CVE-2026-1709: nor is a peer of profile expat")
{
	s->expat = true;
	s->batch = 1;
	s->policy = scene_policy("profile = expat\nattest = no");
	s->no_handshake_cert = true;
}

SCENE(CERT_NONE, cve_2026_1709_file, "CVE-2026-1709: nor is one whose key is in a file")
{
	s->key_in_file = true;
	s->policy = scene_policy("key = any");
	s->no_handshake_cert = true;
}

/* Its first AK is pinned; another one, well certified, does not take its place. */
SCENE(AK_UNKNOWN, pinned, "an identity keeps the AK that it came with")
{
	s->policy = scene_policy("ak-trust = admitted");
}

/* A value cut short, of the right bank. */
EVIDENCE(EVIDENCE_BAD, trustee_pcr, "trustee: a PCR value of another length is none")
{
	e->pcr[7].len = seal_tpm_bank_len(TPM2_ALG_SHA1);
}

/* CVE-2026-6420: the evidence for one challenge does not answer another. */
static void one_challenge(void)
{
	static struct scene a, b;

	scene_init(&a);
	scene_init(&b);
	scene_speak(&a);
	scene_speak(&b);
	must(memcmp(a.request.data, b.request.data, a.request.len), "two challenges");
	memcpy(b.auth_raw, a.auth_raw, a.auth_len);
	b.auth_len = a.auth_len;
	ok(scene_judge(&b) == SEAL_REASON_CONTEXT_FOREIGN,
	   "CVE-2026-6420: an answer is for one challenge");
	scene_end(&a);
	scene_end(&b);
}

/* CVE-2023-38201: what a peer is told on failure holds no secret, and no hint either. */
static void coarse(void)
{
	size_t wrong = 0;

	for (unsigned int r = SEAL_REASON_CONTEXT_FOREIGN; r <= SEAL_REASON_CONSUMER; r++) {
		enum seal_code code = seal_reason_code(r);

		wrong += code != SEAL_CODE_REJECTED && code != SEAL_CODE_MALFORMED &&
			 code != SEAL_CODE_UNSUPPORTED;
	}
	ok(!wrong && SEAL_ERROR_LEN == 3, "CVE-2023-38201: a failure says one code of three");
}

/* CVE-2022-3500: what was interrupted was not decided, and that is no. */
static void interrupted(void)
{
	const struct seal_policy policy = { .mode = SEAL_POLICY_OFFER,
					    .modes = SEAL_HELLO_EVIDENCE };
	struct seal_verdict verdict = { 0 };

	ok(seal_decide(&policy, verdict.reason) == SEAL_DECIDE_REFUSE && !verdict.lifetime,
	   "CVE-2022-3500: no verdict is a refusal, with no life in it");
}

/* CVE-2026-108361: the verdict has an end, and belongs to the policy that gave it. */
static void bounded(void)
{
	static struct scene s;

	scene_init(&s);
	s.policy = scene_policy("lifetime = 90s");
	ok(scene_run(&s) == SEAL_REASON_ACCEPTED && s.verdict.lifetime == 90 &&
	   !strcmp(s.verdict.policy, "test"), "CVE-2026-108361: a verdict ends");
}

/* GHSA-6xx7-m45w-76m2, GHSA-hcm6-rjfh-f25p: size and depth are bounded first. */
static void bombs(void)
{
	static const uint8_t heads[] = { 0x81, 0xa1, 0x9f, 0xbf, 0xc1, 0xd8, 0x5b };
	static uint8_t deep[SEAL_CMW_MAX];
	struct seal_frame frame = {
		.type = SEAL_FRAME_AUTHENTICATOR, .length = SEAL_AUTHENTICATOR_MAX + 1 };
	uint8_t header[SEAL_FRAME_HEADER_LEN];
	static struct seal_tpm_evidence evidence;
	struct seal_cmw cmw;
	size_t taken = 0;

	for (size_t i = 0; i < sizeof(heads); i++) {
		struct seal_bytes in = { deep, sizeof(deep) };

		memset(deep, heads[i], sizeof(deep));
		taken += seal_evidence_decode(in, &evidence) || seal_cmw_decode(in, &cmw);
	}
	ok(!taken, "GHSA-hcm6-rjfh-f25p: nesting without end");
	seal_frame_encode(&frame, header);
	ok(!seal_frame_decode(header, &frame),
	   "GHSA-6xx7-m45w-76m2: too long is known before it is read");
}

/* CVE-2022-23949: what a peer says is no line of the log. */
static void spoofed_log(void)
{
	char out[SEALD_ESCAPED(64)];

	seald_escape(out, sizeof(out), "x\n<3>seald: attested peer=\"root\"\x1b[2J");
	ok(!strpbrk(out, "\n\"\x1b"), "CVE-2022-23949: %s", out);
}

/* keylime 73e759c4: what has no value is taken out of the policy, and the rest judged. */
static void empty_values(void)
{
	static const char *const keys[] = {
		"pcr-7", "digest", "require-7", "allow-7", "secure-boot", "lockdown", "logs",
		"ima-digest", "ima-list", "ima-key", "reset-count", "age", "consumer", "peer",
	};
	struct seal_policy_error error;
	struct seal_policy_set set;
	size_t taken = 0;
	char line[32];

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *text;

		snprintf(line, sizeof(line), "%s =", keys[i]);
		text = scene_policy(line);
		set = (struct seal_policy_set){ 0 };
		taken += seal_policy_parse(&set, "empty", (struct seal_bytes){
						   (const uint8_t *)text, strlen(text) }, &error) ||
			 !strstr(error.text, "has no value");
		seal_policy_set_free(&set);
	}
	ok(!taken, "keylime 73e759c4: a key without a value is an error in its line");
}

/* caliptra-rtl 139: a nonce of 32 bits. */
static void nonce(void)
{
	static struct scene s;
	struct seal_ask ask;

	scene_init(&s);
	scene_speak(&s);
	must(s.request.data[4] == SEAL_CONTEXT_LEN && SEAL_CONTEXT_LEN == 32, "context");
	s.request.data[4] = 4;
	memmove(s.request.data + 9, s.request.data + 5 + SEAL_CONTEXT_LEN,
		s.request.len - 5 - SEAL_CONTEXT_LEN);
	s.request.len -= SEAL_CONTEXT_LEN - 4;
	s.request.data[3] -= SEAL_CONTEXT_LEN - 4;
	ok(!seal_ask_decode(of(&s.request), &ask), "caliptra-rtl 139: 32 bits are no nonce");
	scene_end(&s);
}

int main(void)
{
	run_lies();
	one_challenge();
	coarse();
	interrupted();
	bounded();
	bombs();
	spoofed_log();
	empty_values();
	nonce();
	return done();
}
