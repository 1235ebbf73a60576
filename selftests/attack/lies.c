// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An enrolled machine that lies: root on host f, or the thief of its TLS key
 * with another genuine machine, does all but one thing right.
 */
#include <string.h>

#include "plot.h"
#include "../unit/lib/tap.h"
#include "verify/bind.h"
#include "verify/x509.h"
#include "wire/result.h"

static const struct leg_how usual;

static void prove_as(struct plot *p, struct att_keys *who, bool file_key, const uint8_t *data)
{
	size_t len = leg_evidence(&p->v, who, file_key, request_of(p), data, p->cmw,
				  sizeof(p->cmw));

	must(len, "evidence");
	answer_with(p, len);
}

static void honest(struct plot *p)
{
	struct att_keys *f = own_machine("f");

	open_victim(p, &usual);
	be_asked(p, SEAL_HELLO_CAN_ATTEST);
	prove_as(p, f, true, NULL);
	finish(p);
}

static void divert(struct plot *p)
{
	struct att_keys *b = own_machine("b");

	open_victim(p, &usual);
	be_asked(p, SEAL_HELLO_CAN_ATTEST);
	prove_as(p, b, true, NULL);
	finish(p);
}

static void exported_key(struct plot *p)
{
	struct att_keys *f = own_machine("f");
	size_t len;

	import_stolen_key(f);
	open_victim(p, &usual);
	be_asked(p, SEAL_HELLO_CAN_ATTEST);
	len = leg_evidence(&p->v, f, false, request_of(p), NULL, p->cmw, sizeof(p->cmw));
	att_tpm_flush(f->tpm, &f->tik);
	must(len, "evidence");
	answer_with(p, len);
	finish(p);
}

/* Another service has quoted a nonce of its own with the same key. */
static void oracle(struct plot *p)
{
	static const uint8_t nonce[SEAL_SHA256_LEN] = "of another protocol altogether";
	struct att_keys *f = own_machine("f");

	open_victim(p, &usual);
	be_asked(p, SEAL_HELLO_CAN_ATTEST);
	prove_as(p, f, true, nonce);
	finish(p);
}

/*
 * The machine is genuine and quotes what can be known before the handshake is complete: the
 * nonce of who asks, and the key. With the stolen key it is shown on a connection of hers.
 */
static void early_evidence(struct plot *p)
{
	uint8_t parts[2 * SEAL_SHA256_LEN], claim[SEAL_SHA256_LEN], data[SEAL_SHA256_LEN];
	struct seal_bytes file = stolen_file("f/identity/tls.pem");
	struct att_keys *f = own_machine("f");
	gnutls_datum_t pem = { (unsigned char *)file.data, (unsigned int)file.len };
	unsigned int count = 1;
	gnutls_x509_crt_t crt;
	struct seal_cert cert;
	gnutls_datum_t der;

	must(gnutls_x509_crt_list_import(&crt, &count, &pem, GNUTLS_X509_FMT_PEM, 0) > 0 &&
	     !gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_DER, &der) &&
	     seal_cert_decode((struct seal_bytes){ der.data, der.size }, &cert), "certificate");
	open_victim(p, &usual);
	be_asked(p, SEAL_HELLO_CAN_ATTEST);
	memcpy(parts + SEAL_SHA256_LEN, cert.spki_hash, SEAL_SHA256_LEN);
	must(seal_sha256(p->request, p->request_len, parts) &&
	     seal_sha256(parts, sizeof(parts), claim) &&
	     seal_tree_data(claim, 1, 0, NULL, 0, data), "hash");
	prove_as(p, f, true, data);
	finish(p);
}

static void no_evidence(struct plot *p)
{
	open_victim(p, &usual);
	be_asked(p, SEAL_HELLO_CAN_ATTEST);
	answer_with(p, 0);
	finish(p);
}

/* Asked, she goes on as if she had answered. */
static void no_authenticator(struct plot *p)
{
	open_victim(p, &usual);
	be_asked(p, SEAL_HELLO_CAN_ATTEST);
	leg_put_done(&p->v, false);
}

static void refusal(struct plot *p)
{
	open_victim(p, &usual);
	be_asked(p, SEAL_HELLO_CAN_ATTEST);
	leg_put(&p->v, SEAL_FRAME_AUTHENTICATOR, p->out,
		leg_refuse(&p->v, request_of(p), p->out, sizeof(p->out)));
	finish(p);
}

/* No hello: nobody has asked for anything, and nothing was said that could be bound. */
static void no_hello(struct plot *p)
{
	open_victim(p, &usual);
	leg_put_done(&p->v, false);
}

/* The hello of the victim's worker does not ask, whatever its policy says. */
static void unasked(struct plot *p)
{
	open_victim(p, &usual);
	greet(p, SEAL_HELLO_CAN_ATTEST);
	leg_put_done(&p->v, false);
}

static void cannot_attest(struct plot *p)
{
	open_victim(p, &usual);
	greet(p, 0);
	leg_put_done(&p->v, false);
}

static void no_extension(struct plot *p)
{
	open_victim(p, &(struct leg_how){ .no_extension = true });
}

static void authenticator_twice(struct plot *p)
{
	struct att_keys *f = own_machine("f");

	open_victim(p, &usual);
	be_asked(p, SEAL_HELLO_CAN_ATTEST);
	prove_as(p, f, true, NULL);
	hear(p, &p->v, SEAL_FRAME_RESULT);
	answer_with(p, leg_evidence(&p->v, f, true, request_of(p), NULL, p->cmw,
				    sizeof(p->cmw)));
	leg_put_done(&p->v, false);
}

/* The victim's own proof is not judged, but it is to go on as if it were. */
static void no_result(struct plot *p)
{
	struct att_keys *f = own_machine("f");

	open_victim(p, &usual);
	greet(p, SEAL_HELLO_CAN_ATTEST | SEAL_HELLO_WANTS_PEER);
	leg_put(&p->v, SEAL_FRAME_REQUEST, p->out,
		leg_request(&p->v, SEAL_MODE_EVIDENCE, p->out, sizeof(p->out)));
	hear_request(p);
	prove_as(p, f, true, NULL);
	hear(p, &p->v, SEAL_FRAME_AUTHENTICATOR);
	leg_put_done(&p->v, false);
}

/* She asks first, and wants to see what the victim made of it before it knows her. */
static void harvest(struct plot *p, const char *machine, bool anonymous)
{
	struct seal_result result = { .attester = SEAL_SIDE_SERVER, .valid_for = 60 };
	struct att_keys *who = own_machine(machine);
	uint8_t body[SEAL_RESULT_LEN];

	open_victim(p, &(struct leg_how){ .anonymous = anonymous });
	greet(p, SEAL_HELLO_CAN_ATTEST | SEAL_HELLO_WANTS_PEER);
	leg_put(&p->v, SEAL_FRAME_REQUEST, p->out,
		leg_request(&p->v, SEAL_MODE_EVIDENCE, p->out, sizeof(p->out)));
	hear_request(p);
	prove_as(p, who, true, NULL);
	hear(p, &p->v, SEAL_FRAME_AUTHENTICATOR);
	seal_result_encode(&result, body);
	leg_put(&p->v, SEAL_FRAME_RESULT, body, sizeof(body));
	leg_put_done(&p->v, false);
}

static void harvest_by_another(struct plot *p)
{
	harvest(p, "b", false);
}

static void harvest_by_nobody(struct plot *p)
{
	harvest(p, "f", true);
}

/* The victim has proved itself; the word on that is of somebody else. */
static void false_result(struct plot *p, const struct seal_result *result)
{
	struct att_keys *f = own_machine("f");
	uint8_t body[SEAL_RESULT_LEN];

	open_victim(p, &usual);
	greet(p, SEAL_HELLO_CAN_ATTEST | SEAL_HELLO_WANTS_PEER);
	leg_put(&p->v, SEAL_FRAME_REQUEST, p->out,
		leg_request(&p->v, SEAL_MODE_EVIDENCE, p->out, sizeof(p->out)));
	hear_request(p);
	prove_as(p, f, true, NULL);
	hear(p, &p->v, SEAL_FRAME_AUTHENTICATOR);
	seal_result_encode(result, body);
	leg_put(&p->v, SEAL_FRAME_RESULT, body, sizeof(body));
	leg_put_done(&p->v, false);
}

static void result_on_herself(struct plot *p)
{
	false_result(p, &(struct seal_result){ .attester = SEAL_SIDE_CLIENT, .valid_for = 60 });
}

static void result_of_later(struct plot *p)
{
	false_result(p, &(struct seal_result){
		.attester = SEAL_SIDE_SERVER, .exchange = 1, .valid_for = 60 });
}

static void other_transcript(struct plot *p)
{
	struct att_keys *f = own_machine("f");

	open_victim(p, &usual);
	be_asked(p, SEAL_HELLO_CAN_ATTEST);
	prove_as(p, f, true, NULL);
	hear(p, &p->v, SEAL_FRAME_RESULT);
	leg_put_done(&p->v, true);
}

/* She hears what she is told after that, and was never held to what she heard before. */
static void no_done(struct plot *p)
{
	struct att_keys *f = own_machine("f");

	open_victim(p, &usual);
	be_asked(p, SEAL_HELLO_CAN_ATTEST);
	prove_as(p, f, true, NULL);
	hear(p, &p->v, SEAL_FRAME_RESULT);
	gnutls_bye(p->v.tls, GNUTLS_SHUT_WR);
}

/* The kernel is to take it for what an attested peer has written. */
static void data_for_done(struct plot *p)
{
	struct att_keys *f = own_machine("f");

	open_victim(p, &usual);
	be_asked(p, SEAL_HELLO_CAN_ATTEST);
	prove_as(p, f, true, NULL);
	hear(p, &p->v, SEAL_FRAME_RESULT);
	gnutls_record_send(p->v.tls, "GET / HTTP/1.0\r\n\r\n", 18);
}

static void key_update(struct plot *p)
{
	struct att_keys *f = own_machine("f");

	open_victim(p, &usual);
	be_asked(p, SEAL_HELLO_CAN_ATTEST);
	prove_as(p, f, true, NULL);
	hear(p, &p->v, SEAL_FRAME_RESULT);
	gnutls_session_key_update(p->v.tls, 0);
	if (p->v.side == SEAL_SIDE_SERVER)
		hear(p, &p->v, SEAL_FRAME_DONE);
	leg_put_done(&p->v, false);
}

/* Whatever she is told, she does as if all were well: nobody but the victim ends it. */
static void error_unheard(struct plot *p)
{
	struct att_keys *b = own_machine("b");

	open_victim(p, &usual);
	be_asked(p, SEAL_HELLO_CAN_ATTEST);
	prove_as(p, b, true, NULL);
	leg_drain(&p->v);
	leg_put_done(&p->v, false);
}

static void ticket(struct plot *p)
{
	struct att_keys *f = own_machine("f");

	open_victim(p, &(struct leg_how){ .tickets = true });
	be_asked(p, SEAL_HELLO_CAN_ATTEST);
	prove_as(p, f, true, NULL);
	finish(p);
}

#define A_SERVER	{ .name = "a", .server = true, .policy = ANY_KEY }
#define A_STRICT	{ .name = "a", .server = true, .policy = IN_TPM }
#define B_CLIENT	{ .name = "b", .policy = ANY_KEY }

#define OBSERVES	HEAD "key = any\nmode = observe\n%P"

const struct attack lies_told[] = {
	{ "root on the machine, as a client", honest, A_SERVER, { 0 }, NULL, -1, NULL, NULL,
	  NULL },
	{ "root on the machine, as a server", honest, B_CLIENT, { 0 }, NULL, -1, NULL, NULL,
	  NULL },
	{ "diversion", divert,
	  { .name = "a", .server = true, .policy = ANY_KEY, .pcrs_of = "b" }, { 0 },
	  "ak-identity", SEAL_CODE_REJECTED, NULL, "ak-identity", NULL },
	{ "stolen TLS key beside a genuine machine", honest, A_STRICT, { 0 },
	  "tls-key-residency", SEAL_CODE_REJECTED, NULL, "residency", ANY_KEY },
	{ "relay with an exported key", exported_key, A_STRICT, { 0 },
	  "tls-key-attributes", SEAL_CODE_REJECTED, NULL, "tls-key-attributes", NULL },
	{ "evidence oracle", oracle, A_SERVER, { 0 },
	  "quote-not-for-this-connection", SEAL_CODE_REJECTED, NULL, "quote-data", NULL },
	{ "CVE-2026-112377: evidence over nonce and key, of no session", early_evidence, A_SERVER,
	  { 0 }, "quote-not-for-this-connection", SEAL_CODE_REJECTED, NULL, "session", NULL },
	{ "CVE-2022-3500: what she shows is the end of the verifier", honest, A_SERVER, { 0 },
	  "verifier-unavailable", SEAL_CODE_VERIFIER_UNAVAILABLE, "survival", "death", NULL },
	{ "CVE-2022-3500: and of one that was to observe", honest,
	  { .name = "a", .server = true, .policy = OBSERVES }, { 0 },
	  "verifier-unavailable", SEAL_CODE_VERIFIER_UNAVAILABLE, "survival", "death", NULL },
	{ "CVE-2022-3500: the next time it is asked again", divert,
	  { .name = "a", .server = true, .policy = ANY_KEY, .pcrs_of = "b" }, { 0 },
	  "ak-identity", SEAL_CODE_REJECTED, NULL, "ak-identity", NULL },
	{ "stripped evidence", no_evidence, A_SERVER, { 0 },
	  "evidence-missing", SEAL_CODE_REJECTED, NULL, "verdict", NULL },
	{ "stripped SealError", error_unheard,
	  { .name = "a", .server = true, .policy = ANY_KEY, .pcrs_of = "b" }, { 0 },
	  "ak-identity", SEAL_CODE_REJECTED, NULL, "ak-identity", NULL },
	{ "stripped authenticator", no_authenticator, A_SERVER, { 0 },
	  "frame-out-of-turn", SEAL_CODE_MALFORMED, NULL, "turns+verdict-first", NULL },
	{ "stripped authenticator, the monitor alone stops it", no_authenticator, A_SERVER, { 0 },
	  "internal-error", -1, "turns", "verdict-first", NULL },
	{ "authenticated refusal", refusal, A_SERVER, { 0 },
	  "peer-refused", SEAL_CODE_REFUSED, NULL, "verdict", NULL },
	{ "stripped hello", no_hello, A_SERVER, { 0 },
	  "frame-out-of-turn", SEAL_CODE_MALFORMED, NULL, "turns+verdict-first", NULL },
	{ "stripped hello, the monitor alone stops it", no_hello, A_SERVER, { 0 },
	  "internal-error", -1, "turns", "verdict-first", NULL },
	{ "a worker of the victim does not ask", unasked, A_SERVER, { 0 },
	  "internal-error", SEAL_CODE_INTERNAL, "asking", "plan+verdict-first", NULL },
	{ "stripped role", cannot_attest, A_SERVER, { 0 },
	  "peer-cannot-attest", SEAL_CODE_ATTESTATION_REQUIRED, NULL, "demand", OFFER },
	{ "stripped extension", no_extension, A_SERVER, { 0 },
	  "peer-without-seal", -1, NULL, "extension+demand", OFFER },
	{ "stripped extension, the verdict alone stops it", no_extension, A_SERVER, { 0 },
	  "peer-without-seal", -1, "extension", "demand", NULL },
	{ "stripped extension of a server", no_extension, B_CLIENT, { 0 },
	  "peer-without-seal", -1, NULL, "extension+demand", OFFER },
	{ "replay within a connection", authenticator_twice, A_SERVER, { 0 },
	  "frame-out-of-turn", SEAL_CODE_MALFORMED, NULL, "turns", NULL },
	{ "stripped SealResult", no_result, A_SERVER, { 0 },
	  "frame-out-of-turn", SEAL_CODE_MALFORMED, NULL, "turns", NULL },
	{ "harvest, with evidence that is refused", harvest_by_another,
	  { .name = "a", .server = true, .policy = ANY_KEY, .pcrs_of = "b" }, { 0 },
	  "ak-identity", SEAL_CODE_REJECTED, NULL, "ak-identity", NULL },
	{ "harvest, without a certificate", harvest_by_nobody, A_SERVER, { 0 },
	  "certificate-missing", SEAL_CODE_REJECTED, NULL, NULL, ANY_KEY "anonymous = yes\n" },
	{ "SealResult on the other side", result_on_herself, A_SERVER, { 0 },
	  "result-malformed", SEAL_CODE_MALFORMED, NULL, "result", NULL },
	{ "SealResult of another exchange", result_of_later, A_SERVER, { 0 },
	  "result-malformed", SEAL_CODE_MALFORMED, NULL, "result", NULL },
	{ "another transcript", other_transcript, A_SERVER, { 0 },
	  "transcript-differs", SEAL_CODE_REJECTED, NULL, "transcript", NULL },
	{ "stripped SealDone", no_done, A_SERVER, { 0 },
	  "tls-failed", -1, NULL, "done", NULL },
	{ "application data for SealDone", data_for_done, A_SERVER, { 0 },
	  "frame-malformed", SEAL_CODE_MALFORMED, NULL, "done", NULL },
	{ "key update before the hand-over", key_update, A_SERVER, { 0 },
	  "tls-misuse", -1, NULL, "hook", NULL },
	{ "key update before the hand-over, to a client", key_update, B_CLIENT, { 0 },
	  "tls-misuse", -1, NULL, "hook", NULL },
	{ "unsolicited ticket", ticket, B_CLIENT, { 0 },
	  "tls-misuse", -1, NULL, "hook", NULL },
	{ 0 }
};
