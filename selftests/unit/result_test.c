// SPDX-License-Identifier: GPL-2.0-or-later
/* verify/result: results alone, made for one connection (interactive) or not (plain). */
#include <stdio.h>
#include <string.h>

#include "lib/result.h"
#include "lib/scene.h"
#include "verify/issue.h"
#include "verify/result.h"
#include "wire/cmw_tree.h"

#define TEXT(s)	((struct seal_bytes){ (const uint8_t *)(s), strlen(s) })
#define OK	SEAL_REASON_ACCEPTED
#define MINUTE	60
#define ZEROS	"0000000000000000000000000000000000000000000000000000000000000000"
#define VALUE	"0808080808080808080808080808080808080808080808080808080808080808"

/**
 * struct office - the verifier, and its lies
 * @key: that signs
 * @kid: of it
 * @edit: the claims
 * @record: that travels
 * @connected: it was asked for a connection
 */
static struct office {
	gnutls_privkey_t key;
	struct blob pem;
	uint8_t kid[SEAL_SHA256_LEN];
	void (*edit)(struct seal_ear *ear, struct seal_anchor *anchor);
	void (*edit_record)(struct seal_cmw *cmw);
	bool file_key;
	bool connected;
} office;

static struct scene s;
static char digest[2 * SEAL_HASH_MAX + 1];

/* What such a verifier has found when it looked at the evidence. */
static void find(struct seal_finding *f)
{
	struct seal_tpm_statement quote;
	struct seal_tpm_public ak;

	must(seal_tpm_statement_decode(of(&s.quote), &quote) &&
	     seal_tpm_public_decode(of(&s.ak_public), &ak) &&
	     seal_cert_decode(of(&s.tls_cert), &f->cert) &&
	     seal_identity_parse("dns:client.example.org", &f->identity), "the machine");
	memcpy(f->binder, s.binder, sizeof(f->binder));
	f->connected = office.connected;
	f->found = (struct seal_appraisal){
		.ak_name = ak.name, .digest_len = quote.digest_len, .key_in_tpm = !office.file_key,
		.reset_count = quote.reset_count, .restart_count = quote.restart_count,
		.clock = quote.clock, .not_after = NOW + DAY,
	};
	memcpy(f->found.digest, quote.digest, quote.digest_len);
	for (size_t i = 0; i < quote.digest_len; i++)
		snprintf(digest + 2 * i, 3, "%02x", quote.digest[i]);
}

static void make_result(struct blob *out)
{
	uint8_t header[SEAL_COSE_HEADER_MAX], payload[SEAL_EAR_MAX];
	struct seal_cose cose = {
		.alg = SEAL_COSE_ES256, .content = SEAL_FORMAT_EAT_CWT,
		.kid = { office.kid, sizeof(office.kid) },
	};
	struct seal_finding f = { 0 };
	struct seal_ear ear;

	find(&f);
	seal_issue_claims(&f, &s.rules.policies.policy[0], 1 << SEAL_CLASS_NFS, "1",
			  NOW - MINUTE, NOW + MINUTE, &ear);
	if (office.edit)
		office.edit(&ear, &ear.appraisal[0].anchor);
	cose.payload = (struct seal_bytes){ payload, seal_ear_encode(&ear, payload,
								     sizeof(payload)) };
	cose.protected = (struct seal_bytes){ header, seal_cose_header(&cose, header,
								       sizeof(header)) };
	sign_cose(office.key, &cose, out);
}

/* A result in the place of evidence. */
static void travel(struct seal_cmw *cmw)
{
	static struct blob result;

	make_result(&result);
	*cmw = (struct seal_cmw){ TEXT(SEAL_MEDIA_EAT_CWT), of(&result), SEAL_CMW_RESULT };
	if (office.edit_record)
		office.edit_record(cmw);
}

static void know_office(struct scene *scene)
{
	must(seal_verifiers_add(&scene->rules.verifiers, "office", of(&office.pem)), "verifier");
}

static const char *policy(const char *extra)
{
	static char text[2048];

	snprintf(text, sizeof(text),
		 "[policy test]\npeer = dns:*.example.org\nmode = require\n"
		 "pcrs = sha256:0,1,7\nverifier = office\n%s\n", extra);
	return text;
}

#define INTERACTIVE	"modes = interactive\n"
#define PLAIN		"modes = plain\nage = 5m\n"

static void begin(const char *extra)
{
	static gnutls_privkey_t key;

	scene_init(&s);
	if (!key)
		key = new_key(P256);
	office = (struct office){ .key = key, .connected = !strstr(extra, "plain") };
	public_pem(key, &office.pem, office.kid);
	s.policy = policy(extra);
	s.edit_hello = know_office;
	s.edit_cmw = travel;
}

static void is(enum seal_reason want, const char *claim)
{
	enum seal_reason reason = scene_run(&s);

	if (!ok(reason == want, "%s", claim))
		note("%s: %s", seal_reason_name(reason), s.verdict.detail);
}

static void accepted(void)
{
	char extra[256];

	begin(INTERACTIVE);
	is(OK, "interactive: accepted");
	ok(!strcmp(s.verdict.claims, "key=tpm consumer=nfs clock=unsafe mode=interactive "
		   "appraised=1799999940"), "interactive: '%s'", s.verdict.claims);
	ok(s.verdict.lifetime == MINUTE && s.verdict.ak_name_len == 34 &&
	   s.verdict.pcr_digest_len == 32 && s.verdict.reset_count == 7,
	   "interactive: the verdict");
	begin(PLAIN);
	is(OK, "plain: accepted");
	ok(strstr(s.verdict.claims, "mode=plain appraised=1799999940 not-covered=state"),
	   "plain: '%s'", s.verdict.claims);
	snprintf(extra, sizeof(extra), INTERACTIVE "digest = %s\n", digest);
	begin(extra);
	is(OK, "interactive: the digest that the policy wants");
	begin(INTERACTIVE "digest = " ZEROS "\n");
	is(SEAL_REASON_PCR_SET, "interactive: and no other");
}

#define EAR(id)	static void id(struct seal_ear *ear, struct seal_anchor *a)

EAR(no_nonce) { ear->nonce.len = 0; }
EAR(short_nonce) { ear->nonce.len = 31; }
EAR(other_nonce) { ear->nonce = TEXT("nonce-of-another-verifier-of-32o"); }
EAR(of_binder) { ear->nonce = (struct seal_bytes){ s.binder, sizeof(s.binder) }; }
EAR(own_nonce) { ear->nonce = TEXT("of a verifier"); }
EAR(old) { ear->issued = NOW - 6 * MINUTE; }
EAR(stale) { ear->expires = NOW; }
EAR(subject) { ear->subject = TEXT("dns:server.example.org"); }
EAR(tls_key) { a->subject_key[0] ^= 1; }
EAR(selection) { a->pcrs.mask = 1; }
EAR(consumer) { a->consumers = 1 << SEAL_CLASS_NVME; }
EAR(unbound) { ear->appraisal[0].anchored = false; }
EAR(in_software) { ear->appraisal[0].has &= ~(1 << SEAL_TRUST_STORAGE_OPAQUE); }
EAR(warned) { ear->appraisal[0].vector[SEAL_TRUST_STORAGE_OPAQUE] = 32;
	      ear->appraisal[0].status = SEAL_TIER_WARNING; }

static void lies(void)
{
	static const struct {
		const char *mode;
		void (*edit)(struct seal_ear *ear, struct seal_anchor *anchor);
		enum seal_reason reason;
		const char *claim;
	} rows[] = {
		{ INTERACTIVE, no_nonce, SEAL_REASON_EAR_NONCE, "for no connection" },
		{ INTERACTIVE, short_nonce, SEAL_REASON_EAR_NONCE, "for half of one" },
		{ INTERACTIVE, other_nonce, SEAL_REASON_EAR_NONCE, "for another connection" },
		{ INTERACTIVE, old, OK, "made for it a while ago" },
		{ INTERACTIVE "age = 5m\n", old, SEAL_REASON_AGE, "but not too long" },
		{ PLAIN, no_nonce, OK, "plain, for none" },
		{ PLAIN, of_binder, SEAL_REASON_EAR_NONCE, "plain, for this one" },
		{ PLAIN, other_nonce, SEAL_REASON_EAR_NONCE, "plain, for another one" },
		{ PLAIN, own_nonce, SEAL_REASON_EAR_NONCE, "plain, for who asked the verifier" },
		{ PLAIN, old, SEAL_REASON_AGE, "plain, too old" },
		{ INTERACTIVE, stale, SEAL_REASON_EAR_STALE, "past its end" },
		{ PLAIN, stale, SEAL_REASON_EAR_STALE, "plain, past its end" },
		{ INTERACTIVE, subject, SEAL_REASON_EAR_IDENTITY, "on another machine" },
		{ PLAIN, subject, SEAL_REASON_EAR_IDENTITY, "plain, on another machine" },
		{ INTERACTIVE, tls_key, SEAL_REASON_EAR_KEY, "on another key" },
		{ PLAIN, tls_key, SEAL_REASON_EAR_KEY, "plain, on another key" },
		{ PLAIN, selection, SEAL_REASON_EAR_SELECTION, "on fewer PCRs" },
		{ PLAIN, consumer, SEAL_REASON_EAR_CONSUMER, "for other consumers" },
		{ PLAIN, unbound, SEAL_REASON_EAR_UNBOUND, "for anybody" },
		{ PLAIN, in_software, SEAL_REASON_KEY_RESIDENCY, "whose key is not in a TPM" },
		{ INTERACTIVE, warned, SEAL_REASON_EAR_STATUS, "with a warning" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin(rows[i].mode);
		office.edit = rows[i].edit;
		is(rows[i].reason, rows[i].claim);
	}
}

static void as_passport(struct seal_cmw *cmw) { cmw->type = TEXT(SEAL_MEDIA_PASSPORT); }
static void as_evidence(struct seal_cmw *cmw) { cmw->ind = SEAL_CMW_EVIDENCE; }
static void too_long(struct seal_cmw *cmw)
{
	static uint8_t long_one[SEAL_RESULT_MAX_LEN + 1];

	cmw->value = (struct seal_bytes){ long_one, sizeof(long_one) };
}

static void our_own_ak(struct scene *scene, struct seal_verify_in *in)
{
	static struct seal_tpm_public ak;

	must(seal_tpm_public_decode(of(&scene->ak_public), &ak), "AK");
	in->own_ak = seal_tpm_name_bytes(&ak.name);
}

static void claim_user(struct scene *scene)
{
	know_office(scene);
	scene->client.consumer = SEAL_CLASS_USER;
}

/* No text of a policy says so. */
static void any_age(struct scene *scene)
{
	know_office(scene);
	scene->rules.policies.policy[0].age = 0;
}

EAR(for_users) { a->consumers = 1 << SEAL_CLASS_USER; }

static void policies(void)
{
	begin(INTERACTIVE "key = file\n");
	is(SEAL_REASON_KEY_RESIDENCY, "policy: the key in a file, or not at all");
	begin(INTERACTIVE "key = any\n");
	office.file_key = true;
	is(OK, "policy: the key anywhere");
	begin(INTERACTIVE "reset-count = 8\n");
	is(SEAL_REASON_RESET, "policy: after that many resets");
	begin(INTERACTIVE "reset-count = 7\nrestart-count = 4\n");
	is(SEAL_REASON_RESET, "policy: and restarts");
	begin(INTERACTIVE "reset-count = 7\nrestart-count = 3\n");
	is(OK, "policy: and it may be so");
	begin(INTERACTIVE "consumer = kernel\n");
	s.edit_hello = claim_user;
	office.edit = for_users;
	is(SEAL_REASON_CONSUMER, "policy: a consumer in the kernel");
	begin(PLAIN);
	s.edit_hello = any_age;
	is(SEAL_REASON_AGE, "policy: a plain result of no age");
	begin(INTERACTIVE);
	s.edit_in = our_own_ak;
	is(SEAL_REASON_AK_OWN, "policy: not our own key");
	begin(INTERACTIVE "own-ak = allow\n");
	s.edit_in = our_own_ak;
	is(OK, "policy: unless it says so");
}

static void modes(void)
{
	begin("modes = passport\n");
	is(SEAL_REASON_MODE, "mode: no result alone, where a quote is wanted");
	s.policy = scene_policy("");
	begin("");
	s.policy = scene_policy("");
	is(SEAL_REASON_MODE, "mode: nor where evidence is");
	begin(INTERACTIVE);
	s.edit_cmw = NULL;
	is(SEAL_REASON_MODE, "mode: nor evidence, where a result is");
	begin(INTERACTIVE);
	office.edit_record = as_passport;
	is(SEAL_REASON_CMW_BAD, "record: not under another name");
	begin(INTERACTIVE);
	office.edit_record = as_evidence;
	is(SEAL_REASON_CMW_BAD, "record: nor as evidence");
	begin(INTERACTIVE);
	office.edit_record = too_long;
	is(SEAL_REASON_EVIDENCE_BAD, "record: nor longer than any");
	begin(INTERACTIVE);
	office.key = new_key(P256);
	is(SEAL_REASON_COSE_SIGNATURE, "record: signed by whom it names");
}

static void best(void)
{
	struct seal_policy all = { .modes = 0x0f };

	ok(seal_policy_mode(&all, 0x0f) == SEAL_MODE_EVIDENCE &&
	   seal_policy_mode(&all, 0x0e) == SEAL_MODE_INTERACTIVE &&
	   seal_policy_mode(&all, 0x0a) == SEAL_MODE_PASSPORT &&
	   seal_policy_mode(&all, 0x08) == SEAL_MODE_PLAIN && !seal_policy_mode(&all, 0xf0),
	   "mode: the best that both have");
}

int main(void)
{
	accepted();
	lies();
	policies();
	modes();
	best();
	return done();
}
