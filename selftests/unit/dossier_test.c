// SPDX-License-Identifier: GPL-2.0-or-later
/* verify/dossier and verify/issue: what a verifier without a connection finds and says. */
#include <stdlib.h>
#include <string.h>

#include "lib/scene.h"
#include "verify/issue.h"

#define TEXT(s)	((struct seal_bytes){ (const uint8_t *)(s), strlen(s) })
#define OK	SEAL_REASON_ACCEPTED
#define NONCE	"nonce-of-a-verifier"

static uint8_t record[SEAL_CMW_MAX];

static bool accepts(struct seal_bytes in, void *arg)
{
	static uint8_t again[SEAL_DOSSIER_MAX];
	struct seal_dossier d;

	if (!seal_dossier_decode(in, record, &d))
		return false;
	must(seal_dossier_encode(&d, again, sizeof(again)) == in.len &&
	     !memcmp(again, in.data, in.len), "dossier encodes as it was");
	return true;
}

static void forms(void)
{
	static const uint8_t binder[SEAL_SHA256_LEN] = { 1 };
	uint8_t evidence[64], raw[512];
	struct seal_cmw cmw = { TEXT(SEAL_MEDIA_TPM), TEXT("ev"), SEAL_CMW_EVIDENCE };
	struct seal_dossier d = {
		.evidence = { evidence, seal_cmw_encode(&cmw, evidence, sizeof(evidence)) },
		.chain = { TEXT("leaf"), TEXT("ca") }, .chain_count = 2,
		.binder = { binder, sizeof(binder) }, .boot = TEXT("boot"), .ima = TEXT("ima"),
	}, got;
	size_t len = seal_dossier_encode(&d, raw, sizeof(raw)), wrong = 0;
	uint8_t small[512];

	sturdy("dossier", accepts, NULL, (struct seal_bytes){ raw, len });
	ok(seal_dossier_decode((struct seal_bytes){ raw, len }, record, &got) &&
	   seal_bytes_equal(got.evidence, d.evidence) && got.chain_count == 2 &&
	   seal_bytes_equal(got.chain[1], TEXT("ca")) && seal_bytes_equal(got.ima, TEXT("ima")) &&
	   seal_bytes_equal(got.binder, d.binder), "dossier: comes back as it went");
	for (size_t room = 0; room < len; room++)
		wrong += seal_dossier_encode(&d, small, room) != 0;
	ok(!wrong, "dossier: no more than there is room for");
	d.binder.len = 31;
	len = seal_dossier_encode(&d, raw, sizeof(raw));
	ok(!seal_dossier_decode((struct seal_bytes){ raw, len }, record, &got),
	   "dossier: no binder of 31 octets");
	d.binder.len = d.boot.len = d.ima.len = 0;
	d.chain_count = 1;
	len = seal_dossier_encode(&d, raw, sizeof(raw));
	sturdy("dossier without what may be missing", accepts, NULL,
	       (struct seal_bytes){ raw, len });
	d.chain_count = 0;
	len = seal_dossier_encode(&d, raw, sizeof(raw));
	ok(!seal_dossier_decode((struct seal_bytes){ raw, len }, record, &got),
	   "dossier: not without a certificate");
	d.evidence = TEXT("x");
	ok(!seal_dossier_encode(&d, raw, sizeof(raw)), "dossier: only around a record");
}

static struct scene s;
static struct seal_finding found;

/* What differs from an honest dossier for a connection. */
static struct {
	bool by_nonce;
	const char *nonce, *identity;
	const struct blob *leaf;
	struct seal_bytes evidence;
} how;

static void answer_nonce(struct scene *scene)
{
	struct seal_cert cert;

	must(seal_cert_decode(of(&scene->tls_cert), &cert) &&
	     seal_nonce_binder(TEXT(NONCE), cert.spki_hash, scene->binder), "binder");
}

static void begin(void)
{
	scene_init(&s);
	memset(&how, 0, sizeof(how));
	how.nonce = NONCE;
}

static void of_no_connection(struct scene *scene)
{
	scene->claims = (struct seal_claims){ .side = SEAL_SIDE_CLIENT };
}

static void by_nonce(void)
{
	how.by_nonce = true;
	s.edit_hello = of_no_connection;
	s.edit_binder = answer_nonce;
}

static enum seal_reason appraise(void)
{
	struct seal_dossier_in in = { .now = NOW, .nonce = TEXT(how.nonce) };
	struct seal_identity id;
	struct seal_dossier d = { .chain_count = 1 };

	scene_speak(&s);
	d.chain[0] = of(how.leaf ? how.leaf : &s.tls_cert);
	d.evidence = (struct seal_bytes){ s.evidence_raw, s.evidence_len };
	if (how.evidence.len)
		d.evidence = how.evidence;
	if (!how.by_nonce)
		d.binder = (struct seal_bytes){ s.binder, sizeof(s.binder) };
	if (how.identity) {
		must(seal_identity_parse(how.identity, &id), "identity");
		in.identity = &id;
	}
	in.rules = &s.rules;
	in.policy = &s.rules.policies.policy[0];
	return seal_dossier_appraise(&d, &in, &found);
}

static void is(enum seal_reason want, const char *claim)
{
	enum seal_reason reason = appraise();

	if (!ok(reason == want, "%s", claim))
		note("%s: %s", seal_reason_name(reason), found.found.detail);
	scene_end(&s);
	begin();
}

static void foreign_ak(struct scene *scene, struct seal_tpm_evidence *e)
{
	e->ak_cert_count = 0;
}

static void no_claims(struct scene *scene, struct seal_tpm_evidence *e)
{
	e->claims = TEXT("\xa0");
}

static void findings(void)
{
	static struct blob cert;

	begin();
	is(OK, "appraise: for a connection");
	by_nonce();
	is(OK, "appraise: for a nonce");
	by_nonce();
	how.nonce = "another-nonce-of-a-verifier";
	is(SEAL_REASON_QUOTE_DATA, "appraise: not for another nonce");
	by_nonce();
	how.nonce = "short";
	is(SEAL_REASON_QUOTE_DATA, "appraise: not for one that can be guessed");
	how.by_nonce = true;
	is(SEAL_REASON_QUOTE_DATA, "appraise: evidence for a connection answers no nonce");
	s.edit_hello = of_no_connection;
	s.edit_binder = answer_nonce;
	how.by_nonce = false;
	is(OK, "appraise: a binder is whatever the quote commits to");
	how.by_nonce = true;
	s.edit_binder = answer_nonce;
	is(SEAL_REASON_CLAIMS_DIFFER, "appraise: for a nonce, but of a connection's consumer");
	how.identity = "dns:client.example.org";
	is(OK, "appraise: the identity that was wanted");
	how.identity = "dns:other.example.org";
	is(SEAL_REASON_IDENTITY_REFERENCE, "appraise: not of another machine");
	issue(&world()->other_ca, s.tik, &(struct profile){ .ids = { "dns:client.example.org" } },
	      &cert);
	how.leaf = &cert;
	is(SEAL_REASON_CERT_UNTRUSTED, "appraise: not under another CA");
	issue(&world()->tls_ca, s.tik, &(struct profile){ .ids = { "dns:client.example.org" },
	      .purpose = GNUTLS_KP_TLS_WWW_SERVER }, &cert);
	how.leaf = &cert;
	is(OK, "appraise: a key that only serves");
	issue(&world()->tls_ca, s.tik, &(struct profile){ .ids = { "dns:client.example.org" },
	      .purpose = SEAL_OID_AK }, &cert);
	how.leaf = &cert;
	is(SEAL_REASON_CERT_PURPOSE, "appraise: not a key for something else");
	issue(&world()->tls_ca, s.tik, &(struct profile){ .ids = { "dns:client.evil.example" } },
	      &cert);
	how.leaf = &cert;
	is(SEAL_REASON_IDENTITY_POLICY, "appraise: not one that the policy does not cover");
	s.edit_evidence = foreign_ak;
	is(SEAL_REASON_AK_UNKNOWN, "appraise: not an AK that nobody enrolled");
	s.edit_evidence = no_claims;
	is(SEAL_REASON_CLAIMS_BAD, "appraise: not without claims");
	how.evidence = TEXT("\x83\x01\x02\x03");
	is(SEAL_REASON_EVIDENCE_BAD, "appraise: not anything");
	s.policy = scene_policy("age = 1h\n");
	is(SEAL_REASON_AGE, "appraise: for a connection that nobody knows the age of");
	s.policy = scene_policy("age = 1h\n");
	by_nonce();
	is(SEAL_REASON_AGE, "appraise: nor of a nonce");
	s.policy = scene_policy("consumer = kernel\n");
	by_nonce();
	is(OK, "appraise: whose consumers come later, where the policy wants the kernel's");
}

static void issues(void)
{
	const struct seal_anchor *anchor;
	uint8_t raw[SEAL_EAR_MAX];
	struct seal_ear ear, got;
	size_t len;

	begin();
	must(appraise() == OK, "honest");
	ok(seal_issue_consumers(&s.rules.policies.policy[0]) ==
	   (1u << SEAL_CLASS_COUNT) - 2, "issue: for all kinds of consumers");
	seal_issue_claims(&found, &s.rules.policies.policy[0], 1 << SEAL_CLASS_NFS, "1", NOW,
			  NOW + 60, &ear);
	len = seal_ear_encode(&ear, raw, sizeof(raw));
	ok(seal_ear_decode((struct seal_bytes){ raw, len }, &got) == OK &&
	   seal_ear_check(&got, NOW, &anchor) == OK, "issue: what others take");
	ok(seal_bytes_equal(got.subject, TEXT("dns:client.example.org")) &&
	   got.expires == NOW + 60 && seal_bytes_equal(got.nonce, (struct seal_bytes){
			s.binder, SEAL_SHA256_LEN }), "issue: on whom, until when, for what");
	ok(anchor->reset_count == 7 && anchor->restart_count == 3 && anchor->clock == 123456 &&
	   anchor->consumers == 1 << SEAL_CLASS_NFS && anchor->digest_len == 32, "issue: anchored");
	seal_issue_claims(&found, &s.rules.policies.policy[0], 2, "1", NOW, INT64_MAX, &ear);
	ok(ear.expires == found.cert.not_after || ear.expires == found.found.not_after,
	   "issue: no longer than the certificates");
	scene_end(&s);
	begin();
	by_nonce();
	must(appraise() == OK, "honest");
	seal_issue_claims(&found, &s.rules.policies.policy[0], 2, "1", NOW, NOW + 60, &ear);
	ok(!ear.nonce.len, "issue: for no connection where there is none");
	scene_end(&s);
	begin();
	s.policy = scene_policy("consumer = kernel\n");
	must(appraise() == OK, "honest");
	ok(!(seal_issue_consumers(&s.rules.policies.policy[0]) >> SEAL_CLASS_USER & 1),
	   "issue: not for users, where the policy wants the kernel");
	scene_end(&s);
}

int main(void)
{
	forms();
	findings();
	issues();
	return done();
}
