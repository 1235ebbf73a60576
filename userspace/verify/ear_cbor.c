// SPDX-License-Identifier: GPL-2.0-or-later
/* The CBOR of attestation results. Each map is read by a table of its keys. */
#include <string.h>

#include "verify/ear.h"
#include "wire/hello.h"
#include "wire/head.h"

/* Claims: CWT (RFC 8392), EAT (RFC 9711) and EAR. */
enum {
	CLAIM_SUB = 2,
	CLAIM_EXP = 4,
	CLAIM_IAT = 6,
	CLAIM_NONCE = 10,
	CLAIM_PROFILE = 265,
	CLAIM_SUBMODS = 266,
	CLAIM_STATUS = 1000,
	CLAIM_VECTOR = 1001,
	CLAIM_RAW_EVIDENCE = 1002,
	CLAIM_POLICIES = 1003,
	CLAIM_VERIFIER = 1004,
	CLAIM_ANCHOR = -71001,	/* ours; below -65536 is for private use */
};

enum { VERIFIER_DEVELOPER, VERIFIER_BUILD };

enum {
	ANCHOR_SUBJECT_KEY = 1,
	ANCHOR_AK,
	ANCHOR_PCRS,
	ANCHOR_DIGEST,
	ANCHOR_RESET,
	ANCHOR_RESTART,
	ANCHOR_CLOCK,
	ANCHOR_CONSUMERS,
};

#define NONCE_MIN	8u	/* RFC 9711 4.1 */
#define NONCE_MAX	64u
#define NAME_MIN	34u	/* algorithm and SHA-256 */

/* A key that a map may have, and what reads its value. */
struct key {
	int64_t key;
	bool mandatory;
	void (*get)(struct seal_reader *r, void *to);
};

/*
 * A map of integer keys, each once and in their order: positive ones rising, then
 * negative ones falling. An unknown key is an error.
 */
static void get_map(struct seal_reader *r, const struct key *keys, size_t count, void *to)
{
	uint32_t left = seal_get_head(r, SEAL_CBOR_MAP);

	for (size_t i = 0; i < count && !r->bad; i++) {
		struct seal_reader ahead = *r;

		if (left && seal_get_int(&ahead) == keys[i].key && !ahead.bad) {
			*r = ahead;
			keys[i].get(r, to);
			left--;
		} else if (keys[i].mandatory) {
			r->bad = true;
		}
	}
	if (left)
		r->bad = true;
}

#define GET_MAP(r, keys, to)	get_map(r, keys, sizeof(keys) / sizeof((keys)[0]), to)

static struct seal_bytes get_octets(struct seal_reader *r, size_t min, size_t max)
{
	struct seal_bytes b = seal_get_string(r, SEAL_CBOR_BSTR);

	if (b.len < min || b.len > max)
		r->bad = true;
	return b;
}

/* A copy for fields that are not views. */
static size_t copy(struct seal_reader *r, struct seal_bytes b, uint8_t *out)
{
	if (r->bad)
		return 0;
	memcpy(out, b.data, b.len);
	return b.len;
}

static int64_t get_time(struct seal_reader *r)
{
	int64_t t = seal_get_int(r);

	if (t <= 0)
		r->bad = true;
	return t;
}

static void get_subject_key(struct seal_reader *r, void *to)
{
	struct seal_anchor *a = to;

	copy(r, get_octets(r, SEAL_SHA256_LEN, SEAL_SHA256_LEN), a->subject_key);
}

static void get_ak(struct seal_reader *r, void *to)
{
	struct seal_anchor *a = to;

	a->ak.len = copy(r, get_octets(r, NAME_MIN, SEAL_TPM_NAME_MAX), a->ak.data);
}

/* Only the encoding that we write ourselves. */
static void get_pcrs(struct seal_reader *r, void *to)
{
	struct seal_bytes raw = get_octets(r, 1, SEAL_PCR_SELECT_MAX);
	uint8_t again[SEAL_PCR_SELECT_MAX];
	struct seal_anchor *a = to;

	if (r->bad || !seal_pcrs_decode(raw, &a->pcrs) ||
	    !seal_bytes_equal(raw, (struct seal_bytes){ again,
				seal_pcrs_encode(&a->pcrs, again, sizeof(again)) }))
		r->bad = true;
}

static void get_digest(struct seal_reader *r, void *to)
{
	struct seal_anchor *a = to;

	a->digest_len = copy(r, get_octets(r, SEAL_SHA256_LEN, SEAL_HASH_MAX), a->digest);
}

static void get_reset(struct seal_reader *r, void *to)
{
	((struct seal_anchor *)to)->reset_count = seal_get_head(r, SEAL_CBOR_UINT);
}

static void get_restart(struct seal_reader *r, void *to)
{
	((struct seal_anchor *)to)->restart_count = seal_get_head(r, SEAL_CBOR_UINT);
}

static void get_clock(struct seal_reader *r, void *to)
{
	((struct seal_anchor *)to)->clock = seal_get_head64(r, SEAL_CBOR_UINT);
}

static void get_consumers(struct seal_reader *r, void *to)
{
	uint32_t mask = seal_get_head(r, SEAL_CBOR_UINT);

	if (!mask || mask >> SEAL_CLASS_COUNT)
		r->bad = true;
	((struct seal_anchor *)to)->consumers = mask;
}

static void get_anchor(struct seal_reader *r, void *to)
{
	static const struct key keys[] = {
		{ ANCHOR_SUBJECT_KEY, true, get_subject_key },
		{ ANCHOR_AK, true, get_ak },
		{ ANCHOR_PCRS, true, get_pcrs },
		{ ANCHOR_DIGEST, true, get_digest },
		{ ANCHOR_RESET, true, get_reset },
		{ ANCHOR_RESTART, true, get_restart },
		{ ANCHOR_CLOCK, true, get_clock },
		{ ANCHOR_CONSUMERS, true, get_consumers },
	};
	struct seal_ear_appraisal *a = to;

	GET_MAP(r, keys, &a->anchor);
	a->anchored = true;
}

static bool tier_legal(uint32_t tier)
{
	return tier == SEAL_TIER_NONE || tier == SEAL_TIER_AFFIRMING ||
	       tier == SEAL_TIER_WARNING || tier == SEAL_TIER_CONTRAINDICATED;
}

static void get_status(struct seal_reader *r, void *to)
{
	struct seal_ear_appraisal *a = to;
	uint32_t tier = seal_get_head(r, SEAL_CBOR_UINT);

	if (!tier_legal(tier))
		r->bad = true;
	a->status = tier;
}

static void get_vector(struct seal_reader *r, void *to)
{
	uint32_t left = seal_get_head(r, SEAL_CBOR_MAP);
	struct seal_ear_appraisal *a = to;
	uint32_t next = 0;

	if (!left)
		r->bad = true;
	for (; left && !r->bad; left--) {
		uint32_t claim = seal_get_head(r, SEAL_CBOR_UINT);
		int64_t value = seal_get_int(r);

		if (claim < next || claim >= SEAL_TRUST_CLAIMS ||
		    value < INT8_MIN || value > INT8_MAX) {
			r->bad = true;
			return;
		}
		a->vector[claim] = value;
		a->has |= 1 << claim;
		next = claim + 1;
	}
}

static void get_policies(struct seal_reader *r, void *to)
{
	uint32_t count = seal_get_head(r, SEAL_CBOR_ARRAY);
	struct seal_ear_appraisal *a = to;

	if (!count || count > SEAL_EAR_POLICIES_MAX) {
		r->bad = true;
		return;
	}
	while (a->policy_count < count)
		a->policy[a->policy_count++] = seal_get_text(r, SEAL_EAR_TEXT_MAX);
}

/* No verifier may call a machine better than its parts (EAR, "ear_status"). */
static bool status_honest(const struct seal_ear_appraisal *a)
{
	for (size_t i = 0; i < SEAL_TRUST_CLAIMS; i++)
		if (seal_ear_tier(a->vector[i]) > a->status)
			return false;
	return true;
}

static void get_appraisal(struct seal_reader *r, struct seal_ear_appraisal *a)
{
	static const struct key keys[] = {
		{ CLAIM_STATUS, true, get_status },
		{ CLAIM_VECTOR, false, get_vector },
		{ CLAIM_POLICIES, false, get_policies },
		{ CLAIM_ANCHOR, false, get_anchor },
	};

	a->name = seal_get_text(r, SEAL_EAR_TEXT_MAX);
	GET_MAP(r, keys, a);
	if (!status_honest(a))
		r->bad = true;
}

/* Texts in the order of their encoding: the shorter one first. */
static bool rises(struct seal_bytes a, struct seal_bytes b)
{
	return seal_bytes_order(a, b) < 0;
}

static void get_submods(struct seal_reader *r, void *to)
{
	uint32_t count = seal_get_head(r, SEAL_CBOR_MAP);
	struct seal_ear *ear = to;

	if (!count || count > SEAL_EAR_APPRAISALS_MAX)
		r->bad = true;
	for (uint32_t i = 0; i < count && !r->bad; i++) {
		get_appraisal(r, &ear->appraisal[i]);
		if (!r->bad && i && !rises(ear->appraisal[i - 1].name, ear->appraisal[i].name))
			r->bad = true;
		ear->count++;
	}
}

static void get_developer(struct seal_reader *r, void *to)
{
	((struct seal_ear *)to)->developer = seal_get_text(r, SEAL_EAR_TEXT_MAX);
}

static void get_build(struct seal_reader *r, void *to)
{
	((struct seal_ear *)to)->build = seal_get_text(r, SEAL_EAR_TEXT_MAX);
}

static void get_verifier(struct seal_reader *r, void *to)
{
	static const struct key keys[] = {
		{ VERIFIER_DEVELOPER, true, get_developer },
		{ VERIFIER_BUILD, true, get_build },
	};

	GET_MAP(r, keys, to);
}

static void get_sub(struct seal_reader *r, void *to)
{
	((struct seal_ear *)to)->subject = seal_get_text(r, SEAL_EAR_TEXT_MAX);
}

static void get_exp(struct seal_reader *r, void *to)
{
	((struct seal_ear *)to)->expires = get_time(r);
}

static void get_iat(struct seal_reader *r, void *to)
{
	((struct seal_ear *)to)->issued = get_time(r);
}

static void get_nonce(struct seal_reader *r, void *to)
{
	((struct seal_ear *)to)->nonce = get_octets(r, NONCE_MIN, NONCE_MAX);
}

static void get_raw_evidence(struct seal_reader *r, void *to)
{
	((struct seal_ear *)to)->raw_evidence = get_octets(r, 1, SEAL_EAR_MAX);
}

/* Claims are those of an EAR only where its profile says so. */
struct claims {
	struct seal_ear ear;	/* first: what reads a claim takes it for the whole */
	bool ours, foreign;	/* neither: there is no profile */
};

static struct seal_bytes profile(void)
{
	return (struct seal_bytes){ (const uint8_t *)SEAL_EAR_PROFILE,
				    strlen(SEAL_EAR_PROFILE) };
}

static void get_profile(struct seal_reader *r, void *to)
{
	struct claims *claims = to;

	claims->ours = seal_bytes_equal(seal_get_text(r, SEAL_EAR_TEXT_MAX), profile());
	claims->foreign = !claims->ours;
	if (claims->foreign)
		r->bad = true;
}

enum seal_reason seal_ear_decode(struct seal_bytes in, struct seal_ear *ret)
{
	static const struct key keys[] = {
		{ CLAIM_SUB, false, get_sub },
		{ CLAIM_EXP, false, get_exp },
		{ CLAIM_IAT, true, get_iat },
		{ CLAIM_NONCE, false, get_nonce },
		{ CLAIM_PROFILE, false, get_profile },
		{ CLAIM_SUBMODS, true, get_submods },
		{ CLAIM_RAW_EVIDENCE, false, get_raw_evidence },
		{ CLAIM_VERIFIER, true, get_verifier },
	};
	struct seal_reader r = seal_reader_of(in);
	struct claims claims = { .ours = false, .foreign = false };

	if (in.len > SEAL_EAR_MAX || seal_next_major(&r) != SEAL_CBOR_MAP)
		return SEAL_REASON_EAR_BAD;
	GET_MAP(&r, keys, &claims);
	if (claims.foreign || (seal_reader_done(&r) && !claims.ours))
		return SEAL_REASON_EAR_PROFILE;
	if (!seal_reader_done(&r))
		return SEAL_REASON_EAR_BAD;
	*ret = claims.ear;
	return SEAL_REASON_ACCEPTED;
}

static void put_octets(struct seal_writer *w, int64_t key, struct seal_bytes v)
{
	seal_put_int(w, key);
	seal_put_string(w, SEAL_CBOR_BSTR, v);
}

static void put_text(struct seal_writer *w, int64_t key, struct seal_bytes v)
{
	seal_put_int(w, key);
	seal_put_string(w, SEAL_CBOR_TSTR, v);
}

static void put_number(struct seal_writer *w, int64_t key, uint64_t v)
{
	seal_put_int(w, key);
	seal_put_head(w, SEAL_CBOR_UINT, v);
}

static void put_anchor(struct seal_writer *w, const struct seal_anchor *a)
{
	uint8_t pcrs[SEAL_PCR_SELECT_MAX];

	seal_put_int(w, CLAIM_ANCHOR);
	seal_put_head(w, SEAL_CBOR_MAP, ANCHOR_CONSUMERS);
	put_octets(w, ANCHOR_SUBJECT_KEY,
		   (struct seal_bytes){ a->subject_key, SEAL_SHA256_LEN });
	put_octets(w, ANCHOR_AK, seal_tpm_name_bytes(&a->ak));
	put_octets(w, ANCHOR_PCRS, (struct seal_bytes){
			   pcrs, seal_pcrs_encode(&a->pcrs, pcrs, sizeof(pcrs)) });
	put_octets(w, ANCHOR_DIGEST, (struct seal_bytes){ a->digest, a->digest_len });
	put_number(w, ANCHOR_RESET, a->reset_count);
	put_number(w, ANCHOR_RESTART, a->restart_count);
	put_number(w, ANCHOR_CLOCK, a->clock);
	put_number(w, ANCHOR_CONSUMERS, a->consumers);
}

static void put_vector(struct seal_writer *w, const struct seal_ear_appraisal *a)
{
	uint32_t count = 0;

	for (size_t i = 0; i < SEAL_TRUST_CLAIMS; i++)
		count += a->has >> i & 1;
	seal_put_int(w, CLAIM_VECTOR);
	seal_put_head(w, SEAL_CBOR_MAP, count);
	for (size_t i = 0; i < SEAL_TRUST_CLAIMS; i++) {
		if (!(a->has >> i & 1))
			continue;
		seal_put_int(w, i);
		seal_put_int(w, a->vector[i]);
	}
}

static void put_policies(struct seal_writer *w, const struct seal_ear_appraisal *a)
{
	seal_put_int(w, CLAIM_POLICIES);
	seal_put_head(w, SEAL_CBOR_ARRAY, a->policy_count);
	for (size_t i = 0; i < a->policy_count; i++)
		seal_put_string(w, SEAL_CBOR_TSTR, a->policy[i]);
}

static void put_appraisal(struct seal_writer *w, const struct seal_ear_appraisal *a)
{
	seal_put_string(w, SEAL_CBOR_TSTR, a->name);
	seal_put_head(w, SEAL_CBOR_MAP, 1 + !!a->has + !!a->policy_count + a->anchored);
	put_number(w, CLAIM_STATUS, a->status);
	if (a->has)
		put_vector(w, a);
	if (a->policy_count)
		put_policies(w, a);
	if (a->anchored)
		put_anchor(w, &a->anchor);
}

static void put_submods(struct seal_writer *w, const struct seal_ear *ear)
{
	seal_put_int(w, CLAIM_SUBMODS);
	seal_put_head(w, SEAL_CBOR_MAP, ear->count);
	for (size_t i = 0; i < ear->count; i++)
		put_appraisal(w, &ear->appraisal[i]);
}

static void put_verifier(struct seal_writer *w, const struct seal_ear *ear)
{
	seal_put_int(w, CLAIM_VERIFIER);
	seal_put_head(w, SEAL_CBOR_MAP, 2);
	put_text(w, VERIFIER_DEVELOPER, ear->developer);
	put_text(w, VERIFIER_BUILD, ear->build);
}

size_t seal_ear_encode(const struct seal_ear *ear, uint8_t *out, size_t size)
{
	struct seal_writer w = seal_writer(out, size);

	seal_put_head(&w, SEAL_CBOR_MAP, 4 + !!ear->subject.len + !!ear->expires +
		      !!ear->nonce.len + !!ear->raw_evidence.len);
	if (ear->subject.len)
		put_text(&w, CLAIM_SUB, ear->subject);
	if (ear->expires)
		put_number(&w, CLAIM_EXP, ear->expires);
	put_number(&w, CLAIM_IAT, ear->issued);
	if (ear->nonce.len)
		put_octets(&w, CLAIM_NONCE, ear->nonce);
	put_text(&w, CLAIM_PROFILE, profile());
	put_submods(&w, ear);
	if (ear->raw_evidence.len)
		put_octets(&w, CLAIM_RAW_EVIDENCE, ear->raw_evidence);
	put_verifier(&w, ear);
	return seal_writer_done(&w);
}
