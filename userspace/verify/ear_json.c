// SPDX-License-Identifier: GPL-2.0-or-later
/* The JSON of attestation results. Each object is read by a table of its names. */
#include "verify/ear_json.h"

#include <jansson.h>
#include <string.h>

#include "verify/base64.h"


/**
 * struct reader - what the getters share
 * @room: for octets that stood in base64url
 */
struct reader {
	bool bad, foreign;
	uint8_t room[SEAL_EAR_MAX];
	size_t used;
};

/* A name that an object may have, and what reads its value. */
struct name {
	const char *name;
	bool mandatory;
	void (*get)(struct reader *r, const json_t *value, void *to);
};

/* No other names, none missing. */
static void get_object(struct reader *r, const json_t *object, const struct name *names,
		       size_t count, void *to)
{
	size_t seen = 0;

	if (!json_is_object(object)) {
		r->bad = true;
		return;
	}
	for (size_t i = 0; i < count && !r->bad; i++) {
		const json_t *value = json_object_get(object, names[i].name);

		if (value)
			names[i].get(r, value, to);
		else if (names[i].mandatory)
			r->bad = true;
		seen += !!value;
	}
	if (seen != json_object_size(object))
		r->bad = true;
}

#define GET_OBJECT(r, object, names, to) \
	get_object(r, object, names, sizeof(names) / sizeof((names)[0]), to)

static struct seal_bytes get_text(struct reader *r, const json_t *value)
{
	if (!json_is_string(value))
		r->bad = true;
	return (struct seal_bytes){ (const uint8_t *)json_string_value(value),
				    json_string_length(value) };
}

/* Octets that live in @r. */
static struct seal_bytes get_octets(struct reader *r, const json_t *value)
{
	struct seal_bytes out = { r->room + r->used, 0 };

	if (!seal_base64_decode(get_text(r, value), r->room + r->used,
				sizeof(r->room) - r->used, &out.len) || !out.len)
		r->bad = true;
	r->used += r->bad ? 0 : out.len;
	return out;
}

/* Octets for a field of @size, at least @min. */
static size_t copy_octets(struct reader *r, const json_t *value, uint8_t *to, size_t min,
			  size_t size)
{
	size_t len = 0;

	if (!seal_base64_decode(get_text(r, value), to, size, &len) || len < min)
		r->bad = true;
	return len;
}

static int64_t get_int(struct reader *r, const json_t *value, int64_t min, int64_t max)
{
	json_int_t v = json_integer_value(value);

	if (!json_is_integer(value) || v < min || v > max)
		r->bad = true;
	return v;
}

static void get_subject_key(struct reader *r, const json_t *value, void *to)
{
	copy_octets(r, value, ((struct seal_anchor *)to)->subject_key, SEAL_SHA256_LEN,
		    SEAL_SHA256_LEN);
}

static void get_ak(struct reader *r, const json_t *value, void *to)
{
	struct seal_anchor *a = to;

	a->ak.len = copy_octets(r, value, a->ak.data, 1, sizeof(a->ak.data));
}

static void get_pcrs(struct reader *r, const json_t *value, void *to)
{
	uint8_t raw[SEAL_PCR_SELECT_MAX];
	size_t len = copy_octets(r, value, raw, 1, sizeof(raw));

	if (!seal_pcrs_decode((struct seal_bytes){ raw, len }, &((struct seal_anchor *)to)->pcrs))
		r->bad = true;
}

static void get_digest(struct reader *r, const json_t *value, void *to)
{
	struct seal_anchor *a = to;

	a->digest_len = copy_octets(r, value, a->digest, 1, sizeof(a->digest));
}

static void get_reset(struct reader *r, const json_t *value, void *to)
{
	((struct seal_anchor *)to)->reset_count = get_int(r, value, 0, UINT32_MAX);
}

static void get_restart(struct reader *r, const json_t *value, void *to)
{
	((struct seal_anchor *)to)->restart_count = get_int(r, value, 0, UINT32_MAX);
}

static void get_clock(struct reader *r, const json_t *value, void *to)
{
	((struct seal_anchor *)to)->clock = get_int(r, value, 0, INT64_MAX);
}

static void get_consumers(struct reader *r, const json_t *value, void *to)
{
	((struct seal_anchor *)to)->consumers = get_int(r, value, 0, UINT32_MAX);
}

static void get_anchor(struct reader *r, const json_t *value, void *to)
{
	static const struct name names[] = {
		{ "subject_key", true, get_subject_key }, { "ak", true, get_ak },
		{ "pcrs", true, get_pcrs }, { "digest", true, get_digest },
		{ "reset_count", true, get_reset }, { "restart_count", true, get_restart },
		{ "clock", true, get_clock }, { "consumers", true, get_consumers },
	};
	struct seal_ear_appraisal *a = to;

	GET_OBJECT(r, value, names, &a->anchor);
	a->anchored = true;
}

static void get_status(struct reader *r, const json_t *value, void *to)
{
	static const enum seal_tier tiers[] = {
		SEAL_TIER_NONE, SEAL_TIER_AFFIRMING, SEAL_TIER_WARNING, SEAL_TIER_CONTRAINDICATED,
	};
	const char *name = json_string_value(value);

	for (size_t i = 0; name && i < sizeof(tiers) / sizeof(tiers[0]); i++)
		if (!strcmp(name, seal_tier_name(tiers[i]))) {
			((struct seal_ear_appraisal *)to)->status = tiers[i];
			return;
		}
	r->bad = true;
}

static void get_vector(struct reader *r, const json_t *value, void *to)
{
	struct seal_ear_appraisal *a = to;
	size_t seen = 0;

	for (unsigned int i = 0; i < SEAL_TRUST_CLAIMS; i++) {
		const json_t *claim = json_object_get(value, seal_trust_claim_name(i));

		if (!claim)
			continue;
		a->vector[i] = get_int(r, claim, INT8_MIN, INT8_MAX);
		a->has |= 1 << i;
		seen++;
	}
	if (!seen || seen != json_object_size(value))
		r->bad = true;
}

static void get_policies(struct reader *r, const json_t *value, void *to)
{
	struct seal_ear_appraisal *a = to;
	size_t count = json_array_size(value);

	if (!count || count > SEAL_EAR_POLICIES_MAX) {
		r->bad = true;
		return;
	}
	while (a->policy_count < count) {
		a->policy[a->policy_count] = get_text(r, json_array_get(value, a->policy_count));
		a->policy_count++;
	}
}

static void get_appraisal(struct reader *r, const char *name, const json_t *value,
			  struct seal_ear_appraisal *a)
{
	static const struct name names[] = {
		{ "ear_status", true, get_status },
		{ "ear_trustworthiness_vector", false, get_vector },
		{ "ear_appraisal_policy_ids", false, get_policies },
		{ "seal_anchor", false, get_anchor },
	};

	a->name = (struct seal_bytes){ (const uint8_t *)name, strlen(name) };
	GET_OBJECT(r, value, names, a);
}

static bool before(const struct seal_ear_appraisal *a, const struct seal_ear_appraisal *b)
{
	return seal_bytes_order(a->name, b->name) < 0;
}

/* In the order of their names, as CBOR has them; in JSON there is none. */
static void sort(struct seal_ear *ear)
{
	for (size_t i = 1; i < ear->count; i++)
		for (size_t k = i; k && before(&ear->appraisal[k], &ear->appraisal[k - 1]); k--) {
			struct seal_ear_appraisal other = ear->appraisal[k];

			ear->appraisal[k] = ear->appraisal[k - 1];
			ear->appraisal[k - 1] = other;
		}
}

static void get_submods(struct reader *r, const json_t *value, void *to)
{
	struct seal_ear *ear = to;
	const json_t *appraisal;
	const char *name;

	if (!json_object_size(value) || json_object_size(value) > SEAL_EAR_APPRAISALS_MAX) {
		r->bad = true;
		return;
	}
	json_object_foreach((json_t *)value, name, appraisal)
		get_appraisal(r, name, appraisal, &ear->appraisal[ear->count++]);
	sort(ear);
}

static void get_developer(struct reader *r, const json_t *value, void *to)
{
	((struct seal_ear *)to)->developer = get_text(r, value);
}

static void get_build(struct reader *r, const json_t *value, void *to)
{
	((struct seal_ear *)to)->build = get_text(r, value);
}

static void get_verifier(struct reader *r, const json_t *value, void *to)
{
	static const struct name names[] = {
		{ "developer", true, get_developer }, { "build", true, get_build },
	};

	GET_OBJECT(r, value, names, to);
}

static void get_sub(struct reader *r, const json_t *value, void *to)
{
	struct seal_ear *ear = to;

	ear->subject = get_text(r, value);
	if (!ear->subject.len)
		r->bad = true;
}

static void get_exp(struct reader *r, const json_t *value, void *to)
{
	((struct seal_ear *)to)->expires = get_int(r, value, 1, INT64_MAX);
}

static void get_iat(struct reader *r, const json_t *value, void *to)
{
	((struct seal_ear *)to)->issued = get_int(r, value, 1, INT64_MAX);
}

static void get_nonce(struct reader *r, const json_t *value, void *to)
{
	((struct seal_ear *)to)->nonce = get_octets(r, value);
}

static void get_raw_evidence(struct reader *r, const json_t *value, void *to)
{
	((struct seal_ear *)to)->raw_evidence = get_octets(r, value);
}

static void get_profile(struct reader *r, const json_t *value, void *to)
{
	const char *name = json_string_value(value);

	r->foreign = name && strcmp(name, SEAL_EAR_PROFILE);
	if (!name || r->foreign)
		r->bad = true;
}

static void get_claims(struct reader *r, const json_t *root, struct seal_ear *ear)
{
	static const struct name names[] = {
		{ "eat_profile", true, get_profile },
		{ "sub", false, get_sub }, { "exp", false, get_exp }, { "iat", true, get_iat },
		{ "eat_nonce", false, get_nonce }, { "submods", true, get_submods },
		{ "ear_raw_evidence", false, get_raw_evidence },
		{ "ear_verifier_id", true, get_verifier },
	};

	GET_OBJECT(r, root, names, ear);
}

enum seal_reason seal_ear_of_json(struct seal_bytes json, uint8_t room[SEAL_EAR_MAX],
				  struct seal_ear *ret)
{
	struct reader r = { .bad = false };
	struct seal_ear ear = { 0 };
	size_t len = 0;
	json_t *root;

	root = json_loadb((const char *)json.data, json.len, JSON_REJECT_DUPLICATES, NULL);
	get_claims(&r, root, &ear);
	if (json_is_object(root) && !json_object_get(root, "eat_profile"))
		r.foreign = true;
	if (!r.bad)
		len = seal_ear_encode(&ear, room, SEAL_EAR_MAX);
	json_decref(root);
	if (r.foreign)
		return SEAL_REASON_EAR_PROFILE;
	return len ? seal_ear_decode((struct seal_bytes){ room, len }, ret) : SEAL_REASON_EAR_BAD;
}

static json_t *text_of(struct seal_bytes b)
{
	return json_stringn((const char *)b.data, b.len);
}

static json_t *octets_of(struct seal_bytes b)
{
	char text[SEAL_BASE64_LEN(SEAL_EAR_MAX)];

	return b.len <= SEAL_EAR_MAX ? json_stringn(text, seal_base64_encode(b, text)) : NULL;
}

static json_t *anchor_of(const struct seal_anchor *a)
{
	uint8_t pcrs[SEAL_PCR_SELECT_MAX];

	return json_pack("{s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:I}",
		"subject_key", octets_of((struct seal_bytes){ a->subject_key, SEAL_SHA256_LEN }),
		"ak", octets_of(seal_tpm_name_bytes(&a->ak)),
		"pcrs", octets_of((struct seal_bytes){ pcrs, seal_pcrs_encode(&a->pcrs, pcrs,
									     sizeof(pcrs)) }),
		"digest", octets_of((struct seal_bytes){ a->digest, a->digest_len }),
		"reset_count", (json_int_t)a->reset_count,
		"restart_count", (json_int_t)a->restart_count,
		"clock", (json_int_t)a->clock, "consumers", (json_int_t)a->consumers);
}

static json_t *appraisal_of(const struct seal_ear_appraisal *a)
{
	json_t *json = json_pack("{s:s}", "ear_status", seal_tier_name(a->status));
	json_t *vector = json_object(), *policies = json_array();

	for (unsigned int i = 0; i < SEAL_TRUST_CLAIMS; i++)
		if (a->has >> i & 1)
			json_object_set_new(vector, seal_trust_claim_name(i),
					    json_integer(a->vector[i]));
	for (size_t i = 0; i < a->policy_count; i++)
		json_array_append_new(policies, text_of(a->policy[i]));
	if (a->has)
		json_object_set(json, "ear_trustworthiness_vector", vector);
	if (a->policy_count)
		json_object_set(json, "ear_appraisal_policy_ids", policies);
	if (a->anchored)
		json_object_set_new(json, "seal_anchor", anchor_of(&a->anchor));
	json_decref(vector);
	json_decref(policies);
	return json;
}

static json_t *claims_of(const struct seal_ear *ear)
{
	json_t *json = json_pack("{s:s, s:I, s:{s:o, s:o}}", "eat_profile", SEAL_EAR_PROFILE,
				 "iat", (json_int_t)ear->issued, "ear_verifier_id",
				 "developer", text_of(ear->developer), "build",
				 text_of(ear->build));
	char name[SEAL_EAR_TEXT_MAX + 1];
	json_t *submods = json_object();

	for (size_t i = 0; i < ear->count && ear->appraisal[i].name.len < sizeof(name); i++) {
		memcpy(name, ear->appraisal[i].name.data, ear->appraisal[i].name.len);
		name[ear->appraisal[i].name.len] = '\0';
		json_object_set_new(submods, name, appraisal_of(&ear->appraisal[i]));
	}
	json_object_set_new(json, "submods", submods);
	if (ear->subject.len)
		json_object_set_new(json, "sub", text_of(ear->subject));
	if (ear->expires)
		json_object_set_new(json, "exp", json_integer(ear->expires));
	if (ear->nonce.len)
		json_object_set_new(json, "eat_nonce", octets_of(ear->nonce));
	if (ear->raw_evidence.len)
		json_object_set_new(json, "ear_raw_evidence", octets_of(ear->raw_evidence));
	return json;
}

size_t seal_ear_to_json(const struct seal_ear *ear, char *out, size_t size)
{
	json_t *json = claims_of(ear);
	size_t len = json_dumpb(json, out, size, JSON_COMPACT | JSON_SORT_KEYS);

	json_decref(json);
	return len <= size ? len : 0;
}
