// SPDX-License-Identifier: GPL-2.0-or-later
/* verify/evidence: one encoding, and everything else refused. */
#include <stdlib.h>
#include <string.h>

#include "lib/tap.h"
#include "verify/evidence.h"

#define TEXT(s)	((struct seal_bytes){ (const uint8_t *)(s), strlen(s) })

static const uint8_t value[SEAL_PCR_VALUE_MAX] = { 1, 2, 3 };

static struct seal_tpm_evidence sample(void)
{
	struct seal_tpm_evidence e = {
		.quote = TEXT("quote"), .quote_sig = TEXT("sig"), .ak_public = TEXT("ak"),
		.ak_certs = { TEXT("leaf"), TEXT("ca") }, .ak_cert_count = 2,
		.tik_public = TEXT("tik"), .certify = TEXT("certify"),
		.certify_sig = TEXT("csig"), .bank = SEAL_TPM_ALG_SHA256,
		.claims = TEXT("claims"), .batch = 4, .index = 3, .depth = 2,
	};

	e.pcr[0] = (struct seal_bytes){ value, 32 };
	e.pcr[14] = (struct seal_bytes){ value, 32 };
	memset(e.path, 7, sizeof(e.path));
	return e;
}

static bool accepts(struct seal_bytes in, void *arg)
{
	static uint8_t again[SEAL_CMW_MAX];
	struct seal_tpm_evidence e;

	if (!seal_evidence_decode(in, &e))
		return false;
	must(seal_evidence_encode(&e, again, sizeof(again)) == in.len &&
	     !memcmp(again, in.data, in.len), "evidence encodes as it was");
	return true;
}

static void round_trip(void)
{
	struct seal_tpm_evidence e = sample(), got;
	uint8_t raw[1024], small[1024];
	size_t len = seal_evidence_encode(&e, raw, sizeof(raw)), wrong = 0;

	sturdy("evidence", accepts, NULL, (struct seal_bytes){ raw, len });
	ok(seal_evidence_decode((struct seal_bytes){ raw, len }, &got) &&
	   seal_bytes_equal(got.quote, e.quote) && seal_bytes_equal(got.claims, e.claims) &&
	   got.ak_cert_count == 2 && seal_bytes_equal(got.ak_certs[1], TEXT("ca")) &&
	   got.bank == SEAL_TPM_ALG_SHA256 && got.pcr[14].len == 32 && !got.pcr[1].len &&
	   got.batch == 4 && got.index == 3 && got.depth == 2 &&
	   !memcmp(got.path, e.path, 64), "evidence: comes back as it went");
	for (size_t room = 0; room < len; room++)
		wrong += seal_evidence_encode(&e, small, room) != 0;
	ok(!wrong, "evidence: no more than there is room for");
	e.tik_public.len = 0;
	e.ak_cert_count = 0;
	len = seal_evidence_encode(&e, raw, sizeof(raw));
	sturdy("evidence of a key in a file", accepts, NULL, (struct seal_bytes){ raw, len });
}

/* A map of these members, each CBOR by hand. */
static bool map(const char *const *members, size_t count)
{
	uint8_t raw[2048];
	size_t len = 1;

	raw[0] = 0xa0 + count;
	for (size_t i = 0; i < count; i++)
		len += unhex(members[i], raw + len, sizeof(raw) - len);
	return accepts((struct seal_bytes){ raw, len }, NULL);
}

#define V32	"5820 0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"
#define QUOTE	"01 4161"
#define SIG	"02 4161"
#define AK	"03 4161"
#define CERTS	"04 814161"
#define TIK	"05 4161"
#define CERT	"06 4161"
#define CSIG	"07 4161"
#define PCRS	"08 a10ba100" V32
#define CLAIMS	"09 4161"
#define BATCH	"0b 83 01 00 80"

#define MAP(...) map((const char *const[]){ __VA_ARGS__ },			\
		     sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

static void members(void)
{
	ok(MAP(QUOTE, SIG, AK, CERTS, TIK, CERT, CSIG, PCRS, CLAIMS, BATCH), "all");
	ok(MAP(QUOTE, SIG, AK, PCRS, CLAIMS, BATCH), "the least");
	ok(!MAP(SIG, AK, PCRS, CLAIMS, BATCH), "not without quote");
	ok(!MAP(QUOTE, AK, PCRS, CLAIMS, BATCH), "not without its signature");
	ok(!MAP(QUOTE, SIG, PCRS, CLAIMS, BATCH), "not without AK");
	ok(!MAP(QUOTE, SIG, AK, CLAIMS, BATCH), "not without PCRs");
	ok(!MAP(QUOTE, SIG, AK, PCRS, BATCH), "not without claims");
	ok(!MAP(QUOTE, SIG, AK, PCRS, CLAIMS), "not without batch");
	ok(!MAP(QUOTE, SIG, AK, TIK, PCRS, CLAIMS, BATCH) &&
	   !MAP(QUOTE, SIG, AK, TIK, CERT, PCRS, CLAIMS, BATCH) &&
	   !MAP(QUOTE, SIG, AK, CERT, CSIG, PCRS, CLAIMS, BATCH) &&
	   !MAP(QUOTE, SIG, AK, CSIG, PCRS, CLAIMS, BATCH), "TLS key: all three or none");
	ok(!MAP(QUOTE, QUOTE, SIG, AK, PCRS, CLAIMS, BATCH), "no key twice");
	ok(!MAP(SIG, QUOTE, AK, PCRS, CLAIMS, BATCH), "no other order");
	ok(!MAP(QUOTE, SIG, AK, PCRS, CLAIMS, "0a 820000", BATCH), "no log positions yet");
	ok(!MAP(QUOTE, SIG, AK, PCRS, CLAIMS, BATCH, "0c 4161"), "no key 12");
	ok(!MAP("00 4161", QUOTE, SIG, AK, PCRS, CLAIMS, BATCH), "no key 0");
	ok(!MAP("20 4161", QUOTE, SIG, AK, PCRS, CLAIMS, BATCH), "no negative key");
	ok(!MAP("6161 4161", QUOTE, SIG, AK, PCRS, CLAIMS, BATCH), "no key in text");
	ok(!MAP("01 6161", SIG, AK, PCRS, CLAIMS, BATCH), "no text for bytes");
	ok(!MAP("01 40", SIG, AK, PCRS, CLAIMS, BATCH), "nothing empty");
}

static void encodings(void)
{
	ok(!MAP("1801 4161", SIG, AK, PCRS, CLAIMS, BATCH), "no longer key than needed");
	ok(!MAP("01 580161", SIG, AK, PCRS, CLAIMS, BATCH), "no longer length than needed");
	ok(!MAP("01 5f4161ff", SIG, AK, PCRS, CLAIMS, BATCH), "no bytes in pieces");
	ok(!MAP("01 c24161", SIG, AK, PCRS, CLAIMS, BATCH), "no tag");
	ok(!MAP(QUOTE, SIG, AK, "04 9f4161ff", PCRS, CLAIMS, BATCH), "no open list");
	ok(!MAP(QUOTE, SIG, AK, "04 80", PCRS, CLAIMS, BATCH), "no empty chain");
	ok(!MAP(QUOTE, SIG, AK, "04 8140", PCRS, CLAIMS, BATCH), "no empty certificate");
	ok(MAP(QUOTE, SIG, AK, "04 884161416141614161 4161416141614161", PCRS, CLAIMS, BATCH),
	   "eight certificates");
	ok(!MAP(QUOTE, SIG, AK, "04 8941614161416141614161416141614161 4161", PCRS, CLAIMS,
		BATCH), "not nine");
	ok(!MAP(QUOTE, SIG, AK, PCRS, CLAIMS, "0b 83 01 00 8181818181818181818181818180"),
	   "no deep nesting");
	ok(!accepts(TEXT("\xbf\x01\x41\x61\xff"), NULL), "no open map");
	ok(!accepts(TEXT("\x86"), NULL) && !accepts(TEXT("\x41\x61"), NULL), "nothing else");
}

static void pcrs(void)
{
#define WITH(p)	MAP(QUOTE, SIG, AK, "08 " p, CLAIMS, BATCH)
	ok(WITH("a1 0b a2 00" V32 "17" V32), "PCR 0 and 23");
	ok(!WITH("a1 0b a1 1818" V32), "no PCR 24");
	ok(!WITH("a1 0b a2 00" V32 "00" V32), "no PCR twice");
	ok(!WITH("a1 0b a2 01" V32 "00" V32), "no other order");
	ok(!WITH("a1 0b a0") && !WITH("a0"), "no empty bank, not no bank");
	ok(!WITH("a2 0b a1 00" V32 "0c a1 00 5830" "0102030405060708090a0b0c0d0e0f10"
		 "0102030405060708090a0b0c0d0e0f100102030405060708090a0b0c0d0e0f10"),
	   "no two banks");
	ok(!WITH("a1 0c a1 00" V32), "no value of another length than its bank");
	ok(!WITH("a1 05 a1 00" V32), "no unknown bank");
	ok(!WITH("a1 1a0001000b a1 00" V32), "no bank number above 16 bits");
#undef WITH
}

static void batches(void)
{
#define WITH(b)	MAP(QUOTE, SIG, AK, PCRS, CLAIMS, "0b " b)
	ok(WITH("83 02 01 81" V32), "a path of one");
	ok(!WITH("82 02 01") && !WITH("84 02 01 80 00"), "three members");
	ok(WITH("83 1a00010000 00 90" V32 V32 V32 V32 V32 V32 V32 V32
		V32 V32 V32 V32 V32 V32 V32 V32), "a path of sixteen");
	ok(!WITH("83 1a00010000 00 91" V32 V32 V32 V32 V32 V32 V32 V32
		 V32 V32 V32 V32 V32 V32 V32 V32 V32), "not of seventeen");
	ok(!WITH("83 02 01 81 41 61"), "no short node");
	ok(!WITH("83 1a00010001 00 80"), "no batch above 65536");
	ok(!WITH("83 1b0000000100000001 00 80"), "nor one that wraps");
	ok(!WITH("83 02 20 80"), "no negative index");
#undef WITH
}

static bool claims_accept(struct seal_bytes in, void *arg)
{
	struct seal_claims c;
	uint8_t again[SEAL_CLAIMS_LEN];

	if (!seal_claims_decode(in, &c))
		return false;
	must(seal_claims_encode(&c, again, sizeof(again)) == in.len &&
	     !memcmp(again, in.data, in.len), "claims encode as they were");
	return true;
}

static bool claims_hex(const char *hex)
{
	uint8_t raw[64];

	return claims_accept((struct seal_bytes){ raw, unhex(hex, raw, sizeof(raw)) }, NULL);
}

static void claims(void)
{
	struct seal_claims c = { SEAL_CLASS_USER, 0xfffffffe, SEAL_SIDE_SERVER }, got;
	uint8_t raw[SEAL_CLAIMS_LEN];
	size_t len = seal_claims_encode(&c, raw, sizeof(raw));

	ok(is_hex(raw, len, "a3 0104 021afffffffe 0302"), "claims: as specified");
	sturdy("claims", claims_accept, NULL, (struct seal_bytes){ raw, len });
	ok(seal_claims_decode((struct seal_bytes){ raw, len }, &got) &&
	   got.consumer == c.consumer && got.uid == c.uid && got.side == c.side,
	   "claims: come back as they went");
	ok(!claims_hex("a2 0104 0200") && !claims_hex("a4 0104 0200 0302 0400"),
	   "claims: three, no more and no fewer");
	ok(!claims_hex("a3 0200 0104 0302") && !claims_hex("a3 0104 0104 0302"),
	   "claims: in order, once each");
	ok(!claims_hex("a3 0106 0200 0302"), "claims: a known class");
	ok(!claims_hex("a3 0104 0200 0300") && !claims_hex("a3 0104 0200 0303"),
	   "claims: of a side");
	ok(!claims_hex("a3 0104 021b0000000100000000 0302"), "claims: a uid of 32 bits");
	ok(!claims_hex("a3 0104 0220 0302"), "claims: no negative uid");
}

static void types(void)
{
	struct seal_hello hello = { 0 };
	struct seal_tpm_evidence e = sample();
	static uint8_t raw[SEAL_CMW_MAX], big[40000];
	struct seal_cmw cmw;
	size_t len = seal_evidence_wrap(&e, raw, sizeof(raw));

	seal_evidence_offer(&hello);
	ok(hello.media_count == 4 && hello.modes == SEAL_HELLO_EVIDENCE &&
	   seal_hello_lists(&hello, TEXT(SEAL_MEDIA_TPM)) &&
	   seal_hello_lists(&hello, TEXT(SEAL_MEDIA_PASSPORT)) &&
	   seal_hello_lists(&hello, TEXT(SEAL_MEDIA_EAT_JWT)) &&
	   seal_hello_lists(&hello, TEXT(SEAL_MEDIA_EAT_CWT)), "types: we offer what we know");
	ok(seal_evidence_type(TEXT(SEAL_MEDIA_TPM)) && !seal_evidence_type(TEXT("")) &&
	   !seal_evidence_type(TEXT("application/vnd.seal.tpm2-evidence+cbo")) &&
	   !seal_evidence_type(TEXT("application/vnd.seal.tpm2-evidence+cbor ")),
	   "types: found by their whole name");
	ok(seal_cmw_decode((struct seal_bytes){ raw, len }, &cmw) &&
	   cmw.ind == SEAL_CMW_EVIDENCE && accepts(cmw.value, NULL),
	   "types: wrapped as evidence in a record");
	for (size_t i = 0; i < 2; i++)
		e.ak_certs[i] = (struct seal_bytes){ big, 30700 };
	ok(!seal_evidence_wrap(&e, raw, sizeof(raw)), "types: not larger than its frame");
}

int main(void)
{
	round_trip();
	members();
	encodings();
	pcrs();
	batches();
	claims();
	types();
	return done();
}
