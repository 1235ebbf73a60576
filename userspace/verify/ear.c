// SPDX-License-Identifier: GPL-2.0-or-later
/* What a result means: tiers, time, and what it is bound to. */
#include "verify/ear.h"

#include <string.h>

enum seal_tier seal_ear_tier(int8_t value)
{
	int v = value < 0 ? -1 - value : value;	/* the signs mirror each other */

	if (v >= 96)
		return SEAL_TIER_CONTRAINDICATED;
	if (v >= 32)
		return SEAL_TIER_WARNING;
	if (value >= 2 || value <= -2)
		return SEAL_TIER_AFFIRMING;
	return SEAL_TIER_NONE;
}

const char *seal_tier_name(unsigned int tier)
{
	switch (tier) {
	case SEAL_TIER_NONE:
		return "none";
	case SEAL_TIER_AFFIRMING:
		return "affirming";
	case SEAL_TIER_WARNING:
		return "warning";
	case SEAL_TIER_CONTRAINDICATED:
		return "contraindicated";
	default:
		return "unknown";
	}
}

const char *seal_trust_claim_name(unsigned int claim)
{
	static const char *const names[SEAL_TRUST_CLAIMS] = {
		[SEAL_TRUST_INSTANCE_IDENTITY]	= "instance-identity",
		[SEAL_TRUST_CONFIGURATION]	= "configuration",
		[SEAL_TRUST_EXECUTABLES]	= "executables",
		[SEAL_TRUST_FILE_SYSTEM]	= "file-system",
		[SEAL_TRUST_HARDWARE]		= "hardware",
		[SEAL_TRUST_RUNTIME_OPAQUE]	= "runtime-opaque",
		[SEAL_TRUST_STORAGE_OPAQUE]	= "storage-opaque",
		[SEAL_TRUST_SOURCED_DATA]	= "sourced-data",
	};

	return claim < SEAL_TRUST_CLAIMS ? names[claim] : "unknown";
}

static const struct seal_ear_appraisal *machine(const struct seal_ear *ear)
{
	const struct seal_bytes name = { (const uint8_t *)SEAL_EAR_MACHINE,
					 strlen(SEAL_EAR_MACHINE) };

	for (size_t i = 0; i < ear->count; i++)
		if (seal_bytes_equal(ear->appraisal[i].name, name))
			return &ear->appraisal[i];
	return NULL;
}

static bool affirmed(const struct seal_ear_appraisal *a, enum seal_trust_claim claim)
{
	return a->has >> claim & 1 && seal_ear_tier(a->vector[claim]) == SEAL_TIER_AFFIRMING;
}

bool seal_ear_affirms(const struct seal_ear *ear, enum seal_trust_claim claim)
{
	const struct seal_ear_appraisal *a = machine(ear);

	return a && affirmed(a, claim);
}

/* What a quote can affirm must be affirmed, and the whole as well. */
static bool affirms(const struct seal_ear_appraisal *a)
{
	static const enum seal_trust_claim needed[] = {
		SEAL_TRUST_INSTANCE_IDENTITY, SEAL_TRUST_EXECUTABLES,
	};

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!affirmed(a, needed[i]))
			return false;
	return a->status == SEAL_TIER_AFFIRMING;
}

enum seal_reason seal_ear_check(const struct seal_ear *ear, int64_t now,
				const struct seal_anchor **anchor_ret)
{
	const struct seal_ear_appraisal *a = machine(ear);

	if (ear->issued > now + SEAL_EAR_SKEW)
		return SEAL_REASON_EAR_EARLY;
	if (ear->expires <= now || ear->expires <= ear->issued)
		return SEAL_REASON_EAR_STALE;
	if (!a || !a->anchored)
		return SEAL_REASON_EAR_UNBOUND;
	if (!affirms(a))
		return SEAL_REASON_EAR_STATUS;
	*anchor_ret = &a->anchor;
	return SEAL_REASON_ACCEPTED;
}
