// SPDX-License-Identifier: GPL-2.0-or-later
/* verify/ear: what a result says, and when it is refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/diag.h"
#include "verify/ear.h"

#define TEXT(s)	((struct seal_bytes){ (const uint8_t *)(s), strlen(s) })
#define OK	SEAL_REASON_ACCEPTED
#define NOW	1800000000

static bool accepts(struct seal_bytes in, void *arg)
{
	static uint8_t again[SEAL_EAR_MAX];
	struct seal_ear ear;

	if (seal_ear_decode(in, &ear) != OK)
		return false;
	must(seal_ear_encode(&ear, again, sizeof(again)) == in.len &&
	     !memcmp(again, in.data, in.len), "a result encodes as it was");
	return true;
}

static struct seal_ear sample(void)
{
	struct seal_ear ear = {
		.subject = TEXT("dns:client.example.org"), .issued = NOW - 60,
		.expires = NOW + 3600, .developer = TEXT("seal"), .build = TEXT("1"), .count = 1,
	};
	struct seal_ear_appraisal *a = &ear.appraisal[0];

	a->name = TEXT(SEAL_EAR_MACHINE);
	a->status = SEAL_TIER_AFFIRMING;
	a->has = 1 << SEAL_TRUST_INSTANCE_IDENTITY | 1 << SEAL_TRUST_EXECUTABLES;
	a->vector[SEAL_TRUST_INSTANCE_IDENTITY] = SEAL_TRUSTWORTHY_INSTANCE;
	a->vector[SEAL_TRUST_EXECUTABLES] = SEAL_APPROVED_BOOT;
	a->policy[a->policy_count++] = TEXT("storage");
	a->anchored = true;
	a->anchor = (struct seal_anchor){
		.ak.len = 34, .pcrs = { SEAL_TPM_ALG_SHA256, 0x83 }, .digest_len = 32,
		.reset_count = 7, .restart_count = 3, .clock = 1ull << 40, .consumers = 0x2e,
	};
	memset(a->anchor.subject_key, 5, 32);
	memset(a->anchor.ak.data, 6, 34);
	memset(a->anchor.digest, 7, 32);
	return ear;
}

static void round_trip(void)
{
	struct seal_ear ear = sample(), got;
	uint8_t raw[1024], small[1024];
	size_t len = seal_ear_encode(&ear, raw, sizeof(raw));
	const struct seal_anchor *a = &got.appraisal[0].anchor;

	sturdy("result", accepts, NULL, (struct seal_bytes){ raw, len });
	ok(seal_ear_decode((struct seal_bytes){ raw, len }, &got) == OK &&
	   seal_bytes_equal(got.subject, ear.subject) && got.issued == ear.issued &&
	   got.expires == ear.expires && got.appraisal[0].status == SEAL_TIER_AFFIRMING &&
	   got.appraisal[0].vector[SEAL_TRUST_EXECUTABLES] == SEAL_APPROVED_BOOT &&
	   !memcmp(a->subject_key, ear.appraisal[0].anchor.subject_key, 32) &&
	   a->ak.len == 34 && a->pcrs.mask == 0x83 && a->digest_len == 32 &&
	   a->reset_count == 7 && a->restart_count == 3 && a->clock == 1ull << 40 &&
	   a->consumers == 0x2e, "result: comes back as it went");
	for (size_t room = 0; room < len; room++)
		must(!seal_ear_encode(&ear, small, room), "no more than there is room for");
	ear.nonce = TEXT("12345678");
	ear.raw_evidence = TEXT("raw");
	ear.subject.len = 0;
	len = seal_ear_encode(&ear, raw, sizeof(raw));
	ok(accepts((struct seal_bytes){ raw, len }, NULL), "result: with nonce and evidence");
}

static enum seal_reason judge(const char *text, bool sorted, struct seal_ear *ret)
{
	static uint8_t raw[4096];

	return seal_ear_decode((struct seal_bytes){ raw, diag(text, sorted, raw, sizeof(raw)) },
			       ret);
}

static void example_of_the_draft(void)
{
	size_t len;
	char *text = (char *)corpus("cmw-ear/ear-cbor-1.diag", &len);
	const struct seal_anchor *anchor;
	struct seal_ear ear;

	if (!text) {
		skip("no corpus");
		return;
	}
	text[len] = '\0';
	ok(judge(text, true, &ear) == OK && ear.issued == 1666529184 && !ear.expires &&
	   ear.count == 1 && seal_bytes_equal(ear.appraisal[0].name, TEXT("PSA")) &&
	   ear.appraisal[0].status == SEAL_TIER_CONTRAINDICATED &&
	   ear.appraisal[0].has == 0x15 && ear.appraisal[0].vector[2] == 96 &&
	   seal_bytes_equal(ear.raw_evidence, TEXT("lifeboatman")) &&
	   seal_bytes_equal(ear.developer, TEXT("https://veraison-project.org")),
	   "example of the draft: what it says");
	ok(judge(text, false, &ear) == SEAL_REASON_EAR_BAD, "example: not in another order");
	must(judge(text, true, &ear) == OK, "example");
	ok(seal_ear_check(&ear, NOW, &anchor) == SEAL_REASON_EAR_STALE, "example: has no end");
	ear.expires = NOW + 1;
	ok(seal_ear_check(&ear, NOW, &anchor) == SEAL_REASON_EAR_UNBOUND, "example: is unbound");
}

#define P	"265:\"tag:ietf.org,2026:rats/ear#03\""
#define V	"1004:{0:\"a\",1:\"b\"}"
#define S	"266:{\"x\":{1000:0}}"
#define ANCHOR(pcrs, consumers)								\
	"-71001:{1:h'0000000000000000000000000000000000000000000000000000000000000000',"	\
	"2:h'000b0000000000000000000000000000000000000000000000000000000000000000',"	\
	"3:" pcrs ","									\
	"4:h'0000000000000000000000000000000000000000000000000000000000000000',"	\
	"5:1,6:1,7:1,8:" consumers "}"

static bool bad(const char *text)
{
	struct seal_ear ear;

	return judge(text, false, &ear) == SEAL_REASON_EAR_BAD;
}

static bool good(const char *text)
{
	struct seal_ear ear;

	return judge(text, false, &ear) == OK;
}

static void forms(void)
{
	struct seal_ear ear;

	ok(good("{6:1," P "," S "," V "}"), "form: the least there is");
	ok(bad("{" P "," S "," V "}") && bad("{6:1," P "," V "}") && bad("{6:1," P "," S "}"),
	   "form: time, appraisals and verifier must be there");
	ok(judge("{6:1,265:\"tag:ietf.org,2026:rats/ear#04\"," S "," V "}", false, &ear) ==
	   SEAL_REASON_EAR_PROFILE && judge("{6:1," S "," V "}", false, &ear) ==
	   SEAL_REASON_EAR_PROFILE && judge("{6:1,265:h'00'," S "," V "}", false, &ear) ==
	   SEAL_REASON_EAR_PROFILE, "form: this profile and no other");
	ok(bad("{6:1," P "," S "," V ",-1:0}") && bad("{6:1," P "," S ",999:0," V "}") &&
	   bad("{6:1," P ",\"a\":1," S "," V "}"), "form: no claim that we do not know");
	ok(bad("{6:1," P "," P "," S "," V "}") && bad("{6:1," P "," S "," V "," V "}"),
	   "form: no claim twice");
	ok(bad("{6:-1," P "," S "," V "}") && bad("{6:0," P "," S "," V "}") &&
	   bad("{4:0,6:1," P "," S "," V "}"), "form: times since 1970");
	ok(bad("{6:1,10:h'00'," P "," S "," V "}") && bad("{2:\"\",6:1," P "," S "," V "}"),
	   "form: a nonce of eight octets, a subject with a name");
	ok(bad("{6:1," P ",266:{}," V "}") && bad("{6:1," P ",266:{\"x\":{}}," V "}") &&
	   bad("{6:1," P ",266:{\"x\":{1000:1}}," V "}") &&
	   bad("{6:1," P ",266:{\"x\":{1000:3}}," V "}"), "form: a status, and a known one");
	ok(good("{6:1," P ",266:{\"b\":{1000:0},\"aa\":{1000:0}}," V "}") &&
	   bad("{6:1," P ",266:{\"b\":{1000:0},\"a\":{1000:0}}," V "}") &&
	   bad("{6:1," P ",266:{\"b\":{1000:0},\"b\":{1000:0}}," V "}"),
	   "form: appraisals in order, each once");
	ok(good("{6:1," P ",266:{\"x\":{1000:96,1001:{0:2,7:-128}}}," V "}") &&
	   bad("{6:1," P ",266:{\"x\":{1000:96,1001:{}}}," V "}") &&
	   bad("{6:1," P ",266:{\"x\":{1000:96,1001:{8:2}}}," V "}") &&
	   bad("{6:1," P ",266:{\"x\":{1000:96,1001:{1:2,0:2}}}," V "}") &&
	   bad("{6:1," P ",266:{\"x\":{1000:96,1001:{1:128}}}," V "}"), "form: the vector");
	ok(bad("{6:1," P ",266:{\"x\":{1000:2,1001:{0:2,2:32}}}," V "}") &&
	   bad("{6:1," P ",266:{\"x\":{1000:2,1001:{0:-97}}}," V "}") &&
	   good("{6:1," P ",266:{\"x\":{1000:32,1001:{0:2,2:32}}}," V "}"),
	   "form: no status better than its parts");
	ok(bad("{6:1," P ",266:{\"x\":{1000:0,1003:[]}}," V "}"), "form: no empty list");
}

static void anchors(void)
{
	ok(good("{6:1," P ",266:{\"x\":{1000:0,"
		ANCHOR("h'00000001000b03830000'", "2") "}}," V "}"),
	   "anchor: whole");
	ok(bad("{6:1," P ",266:{\"x\":{1000:0,"
	       ANCHOR("h'00000001000b0183'", "2") "}}," V "}") &&
	   bad("{6:1," P ",266:{\"x\":{1000:0,"
	       ANCHOR("h'00000001000b03000000'", "2") "}}," V "}"),
	   "anchor: the selection in one encoding");
	ok(bad("{6:1," P ",266:{\"x\":{1000:0,"
	       ANCHOR("h'00000001000b03830000'", "0") "}}," V "}") &&
	   bad("{6:1," P ",266:{\"x\":{1000:0,"
	       ANCHOR("h'00000001000b03830000'", "64") "}}," V "}"),
	   "anchor: for somebody, and somebody known");
	ok(bad("{6:1," P ",266:{\"x\":{1000:0,-71001:{1:h'00'}}}," V "}") &&
	   bad("{6:1," P ",266:{\"x\":{1000:0,-71001:{}}}," V "}"), "anchor: not in part");
}

static enum seal_reason check(struct seal_ear ear, int64_t now)
{
	const struct seal_anchor *anchor = NULL;
	enum seal_reason reason = seal_ear_check(&ear, now, &anchor);

	must((reason == OK) == !!anchor, "an anchor only with a yes");
	return reason;
}

static void meaning(void)
{
	struct seal_ear ear = sample();

	ok(check(ear, NOW) == OK, "check: good");
	ok(check(ear, NOW + 3599) == OK && check(ear, NOW + 3600) == SEAL_REASON_EAR_STALE,
	   "check: until it ends");
	ok(check(ear, NOW - 60 - SEAL_EAR_SKEW) == OK &&
	   check(ear, NOW - 61 - SEAL_EAR_SKEW) == SEAL_REASON_EAR_EARLY,
	   "check: not before it was made");
	ear.expires = 0;
	ok(check(ear, NOW) == SEAL_REASON_EAR_STALE, "check: not without an end");
	ear = sample();
	ear.appraisal[0].anchored = false;
	ok(check(ear, NOW) == SEAL_REASON_EAR_UNBOUND, "check: not without an anchor");
	ear = sample();
	ear.appraisal[0].name = TEXT("PSA");
	ok(check(ear, NOW) == SEAL_REASON_EAR_UNBOUND, "check: not on something else");
	ear = sample();
	ear.appraisal[0].status = SEAL_TIER_WARNING;
	ok(check(ear, NOW) == SEAL_REASON_EAR_STATUS, "check: not with a warning");
	ear = sample();
	ear.appraisal[0].has = 1 << SEAL_TRUST_EXECUTABLES;
	ok(check(ear, NOW) == SEAL_REASON_EAR_STATUS, "check: not without an identity");
	ear = sample();
	ear.appraisal[0].vector[SEAL_TRUST_EXECUTABLES] = 0;
	ok(check(ear, NOW) == SEAL_REASON_EAR_STATUS, "check: not without what was booted");
}

static void tiers(void)
{
	size_t wrong = 0;

	for (int v = -128; v < 128; v++) {
		enum seal_tier want = v >= 96 || v <= -97 ? SEAL_TIER_CONTRAINDICATED :
				      v >= 32 || v <= -33 ? SEAL_TIER_WARNING :
				      v >= 2 || v <= -2 ? SEAL_TIER_AFFIRMING : SEAL_TIER_NONE;

		wrong += seal_ear_tier(v) != want;
	}
	ok(!wrong, "tiers: of all values");
	ok(!strcmp(seal_tier_name(32), "warning") && !strcmp(seal_tier_name(3), "unknown") &&
	   !strcmp(seal_trust_claim_name(2), "executables") &&
	   !strcmp(seal_trust_claim_name(8), "unknown"), "names: of tiers and claims");
}

int main(void)
{
	round_trip();
	example_of_the_draft();
	forms();
	anchors();
	meaning();
	tiers();
	return done();
}
