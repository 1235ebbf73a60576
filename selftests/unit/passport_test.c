// SPDX-License-Identifier: GPL-2.0-or-later
/* verify/passport: a result of another verifier, and a quote of this connection. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/result.h"
#include "lib/scene.h"
#include "verify/passport.h"
#include "wire/cmw_tree.h"

#define TEXT(s)	((struct seal_bytes){ (const uint8_t *)(s), strlen(s) })
#define OK	SEAL_REASON_ACCEPTED
#define MINUTE	60

/**
 * struct office - the verifier that issued the result, and its lies
 * @key: that signs
 * @kid: that it says it signs with
 * @name: under which the relying party has its key; NULL: it has not
 * @edit: the claims
 * @edit_cose: before it is signed
 * @edit_raw: what was signed
 * @edit_tree: the collection
 */
static struct office {
	gnutls_privkey_t key;
	uint8_t kid[SEAL_SHA256_LEN];
	struct blob pem;
	const char *name;
	void (*edit)(struct seal_ear *ear, struct seal_anchor *anchor);
	void (*edit_cose)(struct seal_cose *cose);
	void (*edit_raw)(struct blob *raw);
	void (*edit_tree)(struct seal_cmw_tree *tree);
	bool plain_evidence;
} office;

static struct scene s;

/* An honest result on the machine of the scene. */
static struct seal_ear result_claims(void)
{
	struct seal_ear ear = {
		.subject = TEXT("dns:client.example.org"), .issued = NOW - MINUTE,
		.expires = NOW + 10 * MINUTE, .developer = TEXT("seal"), .build = TEXT("test"),
		.count = 1,
	};
	struct seal_ear_appraisal *a = &ear.appraisal[0];
	struct seal_tpm_statement quote;
	struct seal_tpm_public ak;
	struct seal_cert cert;

	must(seal_tpm_statement_decode(of(&s.quote), &quote) &&
	     seal_tpm_public_decode(of(&s.ak_public), &ak) &&
	     seal_cert_decode(of(&s.tls_cert), &cert), "the machine");
	a->name = TEXT(SEAL_EAR_MACHINE);
	a->status = SEAL_TIER_AFFIRMING;
	a->has = 1 << SEAL_TRUST_INSTANCE_IDENTITY | 1 << SEAL_TRUST_EXECUTABLES;
	a->vector[SEAL_TRUST_INSTANCE_IDENTITY] = SEAL_TRUSTWORTHY_INSTANCE;
	a->vector[SEAL_TRUST_EXECUTABLES] = SEAL_APPROVED_BOOT;
	a->anchored = true;
	a->anchor = (struct seal_anchor){
		.ak = ak.name, .pcrs = quote.pcrs, .digest_len = quote.digest_len,
		.reset_count = quote.reset_count, .restart_count = quote.restart_count,
		.clock = quote.clock - 1000, .consumers = 1 << SEAL_CLASS_NFS,
	};
	memcpy(a->anchor.digest, quote.digest, quote.digest_len);
	memcpy(a->anchor.subject_key, cert.spki_hash, SEAL_SHA256_LEN);
	return ear;
}

static void make_result(struct blob *out)
{
	uint8_t header[SEAL_COSE_HEADER_MAX], payload[SEAL_EAR_MAX];
	struct seal_ear ear = result_claims();
	struct seal_cose cose = {
		.alg = SEAL_COSE_ES256, .content = SEAL_FORMAT_EAT_CWT,
		.kid = { office.kid, sizeof(office.kid) },
	};

	if (office.edit)
		office.edit(&ear, &ear.appraisal[0].anchor);
	cose.payload = (struct seal_bytes){ payload, seal_ear_encode(&ear, payload,
								     sizeof(payload)) };
	must(cose.payload.len, "result");
	if (office.edit_cose)
		office.edit_cose(&cose);
	if (!cose.protected.len)
		cose.protected = (struct seal_bytes){
			header, seal_cose_header(&cose, header, sizeof(header)) };
	sign_cose(office.key, &cose, out);
	if (office.edit_raw)
		office.edit_raw(out);
}

/* In place of the record with evidence, one with both. */
static void travel(struct seal_cmw *cmw)
{
	static uint8_t record[SEAL_CMW_MAX], both[SEAL_CMW_MAX], again[SEAL_CMW_MAX];
	struct seal_bytes quote = { record, seal_cmw_encode(cmw, record, sizeof(record)) };
	static struct seal_cmw_tree tree;
	struct blob result;

	if (office.plain_evidence)
		return;
	make_result(&result);
	must(seal_cmw_decode((struct seal_bytes){ both, seal_passport_wrap(of(&result), quote, both,
									   sizeof(both)) }, cmw) &&
	     seal_cmw_tree_decode(cmw->value, &tree), "passport");
	if (!office.edit_tree)
		return;
	office.edit_tree(&tree);
	cmw->value = (struct seal_bytes){ again, seal_cmw_tree_encode(&tree, again,
								      sizeof(again)) };
}

static void know_office(struct scene *scene)
{
	if (office.name)
		must(seal_verifiers_add(&scene->rules.verifiers, office.name, of(&office.pem)),
		     "verifier");
}

/* A policy that takes passports of "office". */
static const char *policy(const char *extra)
{
	static char text[2048];

	snprintf(text, sizeof(text),
		 "[policy test]\npeer = dns:*.example.org\nmode = require\n"
		 "pcrs = sha256:0,1,7\nmodes = passport\nverifier = office\n%s\n", extra);
	return text;
}

static void begin(void)
{
	static gnutls_privkey_t key;

	scene_init(&s);
	if (!key)
		key = new_key(P256);
	office = (struct office){ .key = key, .name = "office" };
	public_pem(key, &office.pem, office.kid);
	s.policy = policy("");
	s.edit_hello = know_office;
	s.edit_cmw = travel;
}

static void is(enum seal_reason want, const char *claim)
{
	enum seal_reason reason = scene_run(&s);

	if (reason != want)
		note("%s: %s", seal_reason_name(reason), s.verdict.detail);
	ok(reason == want, "%s", claim);
	begin();
}

static void accepted(void)
{
	begin();
	is(OK, "passport: accepted");
	must(scene_run(&s) == OK, "honest");
	ok(s.verdict.lifetime == 10 * MINUTE && s.verdict.appraised == NOW - MINUTE,
	   "passport: until the result ends, since it was made");
	ok(!strcmp(s.verdict.claims, "key=tpm consumer=nfs clock=safe mode=passport "
		   "appraised=1799999940 not-covered=ima"),
	   "passport: says what it does not cover");
	begin();
	s.policy = policy("pcr-7 = "
			  "0808080808080808080808080808080808080808080808080808080808080808");
	is(OK, "passport: and what the policy itself wants");
	s.policy = policy("pcr-7 = "
			  "0909090909090909090909090909090909090909090909090909090909090909");
	is(SEAL_REASON_PCR_VALUE, "passport: which is refused if it is not so");
	s.policy = policy("digest = "
			  "0909090909090909090909090909090909090909090909090909090909090909");
	is(SEAL_REASON_PCR_SET, "passport: likewise the digest");
}

static void evidence_alone(struct scene *scene)
{
	know_office(scene);
	office.plain_evidence = true;
}

static void modes(void)
{
	begin();
	s.policy = scene_policy("");
	is(SEAL_REASON_MODE, "mode: a policy takes no passport if it does not say so");
	s.policy = scene_policy("modes = evidence, passport\nverifier = office\n");
	is(SEAL_REASON_MODE, "mode: not another one than was asked for");
	s.edit_hello = evidence_alone;
	is(SEAL_REASON_MODE, "mode: nor evidence, where it wants a passport");
}

#define EAR(id)		static void id(struct seal_ear *ear, struct seal_anchor *a)
#define RAW(id)		static void id(struct blob *raw)
#define TREE(id)	static void id(struct seal_cmw_tree *t)

EAR(stale) { ear->expires = NOW; }
EAR(early) { ear->issued = NOW + 2 * MINUTE; }
EAR(endless) { ear->expires = 0; }
EAR(unbound) { ear->appraisal[0].anchored = false; }
EAR(warned) { ear->appraisal[0].status = SEAL_TIER_WARNING; }
EAR(subject) { ear->subject = TEXT("dns:server.example.org.evil.example"); }
EAR(nobody) { ear->subject.len = 0; }
EAR(tls_key) { a->subject_key[31] ^= 1; }
EAR(ak) { a->ak.data[5] ^= 1; }
EAR(selection) { a->pcrs.mask = 0x81; }
EAR(bank) { a->pcrs.bank = SEAL_TPM_ALG_SHA384; }
EAR(digest) { a->digest[0] ^= 1; }
EAR(reset) { a->reset_count--; }
EAR(restart) { a->restart_count--; }
EAR(clock_) { a->clock += 2000; }
EAR(consumer) { a->consumers = 1 << SEAL_CLASS_NFSD | 1 << SEAL_CLASS_USER; }

static void claims(void)
{
	static const struct {
		void (*edit)(struct seal_ear *ear, struct seal_anchor *anchor);
		enum seal_reason reason;
		const char *claim;
	} lies[] = {
		{ stale, SEAL_REASON_EAR_STALE, "claims: past its end" },
		{ early, SEAL_REASON_EAR_EARLY, "claims: of the future" },
		{ endless, SEAL_REASON_EAR_STALE, "claims: without an end" },
		{ unbound, SEAL_REASON_EAR_UNBOUND, "claims: for anybody" },
		{ warned, SEAL_REASON_EAR_STATUS, "claims: with a warning" },
		{ subject, SEAL_REASON_EAR_IDENTITY, "claims: on another machine" },
		{ nobody, SEAL_REASON_EAR_IDENTITY, "claims: on no machine" },
		{ tls_key, SEAL_REASON_EAR_KEY, "claims: on another TLS key" },
		{ ak, SEAL_REASON_EAR_AK, "claims: on another attestation key" },
		{ selection, SEAL_REASON_EAR_SELECTION, "claims: on fewer PCRs" },
		{ bank, SEAL_REASON_EAR_SELECTION, "claims: on another bank" },
		{ digest, SEAL_REASON_EAR_DIGEST, "claims: on another state" },
		{ reset, SEAL_REASON_EAR_RESET, "claims: before a reboot" },
		{ restart, SEAL_REASON_EAR_RESET, "claims: before a resume" },
		{ clock_, SEAL_REASON_EAR_CLOCK, "claims: of a later clock" },
		{ consumer, SEAL_REASON_EAR_CONSUMER, "claims: for other consumers" },
	};

	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		office.edit = lies[i].edit;
		is(lies[i].reason, lies[i].claim);
	}
}

static void no_content(struct seal_cose *cose) { cose->content = 0; }
static void no_kid(struct seal_cose *cose) { cose->kid.len = 0; }

static void critical(struct seal_cose *cose)
{
	cose->protected = (struct seal_bytes){ (const uint8_t *)"\xa2\x01\x26\x02\x81\x18\x6f", 7 };
}

static void foreign(struct seal_cose *cose)
{
	static uint8_t copy[SEAL_EAR_MAX];
	uint8_t *at;

	memcpy(copy, cose->payload.data, cose->payload.len);
	at = memmem(copy, cose->payload.len, "ear#03", 6);
	must(at, "profile");
	at[5] = '4';
	cose->payload.data = copy;
}

RAW(forged) { raw->data[raw->len - 1] ^= 1; }

/* Only the claims, as anybody can write them. */
RAW(unsigned_)
{
	struct seal_cose cose;

	must(seal_cose_decode(of(raw), &cose) == OK, "COSE");
	memmove(raw->data, cose.payload.data, cose.payload.len);
	raw->len = cose.payload.len;
}

static void envelopes(void)
{
	office.name = "another";
	is(SEAL_REASON_COSE_KEY, "envelope: of a verifier that the policy does not name");
	office.name = NULL;
	is(SEAL_REASON_COSE_KEY, "envelope: of a verifier whose key is not there");
	office.edit_cose = no_kid;
	is(SEAL_REASON_COSE_KEY, "envelope: of nobody");
	office.edit_raw = forged;
	is(SEAL_REASON_COSE_SIGNATURE, "envelope: not signed by the key that it names");
	office.key = new_key(P256);
	is(SEAL_REASON_COSE_SIGNATURE, "envelope: signed by another key");
	office.edit_raw = unsigned_;
	is(SEAL_REASON_COSE_UNSIGNED, "envelope: not signed");
	office.edit_cose = critical;
	is(SEAL_REASON_COSE_CRITICAL, "envelope: with a critical header");
	office.edit_cose = no_content;
	is(SEAL_REASON_COSE_BAD, "envelope: around something else");
	office.edit_cose = foreign;
	is(SEAL_REASON_EAR_PROFILE, "envelope: around another profile");
}

TREE(swapped) { t->node[1].number = 1; t->node[2].number = 0; }
TREE(typed) { t->node[0].type = TEXT("tag:example.org,2026:x"); }
TREE(alone) { t->count = 2; }
TREE(as_evidence) { t->node[1].ind = SEAL_CMW_EVIDENCE; }
TREE(named) { t->node[1].type = TEXT("application/eat+cwt"); }
TREE(no_quote) { t->node[2].type = TEXT(SEAL_MEDIA_PASSPORT); }
TREE(third) { t->node[3] = t->node[2]; t->node[3].number = 2; t->count = 4; }
TREE(cut) { t->node[2].value.len--; }

static void collections(void)
{
	static void (*const lies[])(struct seal_cmw_tree *t) = {
		swapped, typed, alone, as_evidence, named, no_quote, third, cut,
	};

	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		office.edit_tree = lies[i];
		is(SEAL_REASON_EVIDENCE_BAD, "collection: exactly a result and a quote");
	}
}

static void other_role(struct seal_bind *b) { b->attester = seal_side_other(b->attester); }
static void as_mode_1(struct seal_bind *b) { b->mode = SEAL_MODE_EVIDENCE; }
static void as_evidence_record(struct seal_cmw *cmw)
{
	travel(cmw);
	cmw->ind = SEAL_CMW_EVIDENCE;
}

static void quotes(void)
{
	s.edit_bind = other_role;
	is(SEAL_REASON_QUOTE_DATA, "quote: reflected");
	s.edit_bind = as_mode_1;
	is(SEAL_REASON_QUOTE_DATA, "quote: made for another mode");
	s.edit_cmw = as_evidence_record;
	is(SEAL_REASON_CMW_BAD, "record: says that it has both");
	s.ak = world()->other_ak;
	s.no_ak_cert = true;
	is(OK, "quote: by a key that no CA certified, but the result names");
	s.key_in_file = true;
	is(SEAL_REASON_KEY_RESIDENCY, "quote: the TLS key stays where the policy wants it");
}

/* No text of a policy says so. */
static void want_ima(struct scene *scene)
{
	know_office(scene);
	scene->rules.policies.policy[0].pcrs.mask = 1 | 1 << SEAL_PCR_IMA;
}

static void imas(void)
{
	begin();
	s.edit_hello = want_ima;
	s.pcr_mask = 1 | 1 << SEAL_PCR_IMA;
	is(SEAL_REASON_EAR_SELECTION, "selection: not what changes with every program");
}

int main(void)
{
	accepted();
	modes();
	claims();
	envelopes();
	collections();
	quotes();
	imas();
	return done();
}
