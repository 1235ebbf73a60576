// SPDX-License-Identifier: GPL-2.0-or-later
/* The text of policies: how a peer may prove itself, and whose word counts. */
#include "verify/policy_private.h"

#include <string.h>

bool seal_parse_name_legal(const char *name)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return len && len <= SEAL_POLICY_NAME_MAX && !name[len];
}

static bool one_mode(struct seal_parser *p, char *word)
{
	static const struct seal_word words[] = {
		{ "evidence", SEAL_HELLO_EVIDENCE }, { "passport", SEAL_HELLO_PASSPORT },
		{ "interactive", SEAL_HELLO_INTERACTIVE }, { "plain", SEAL_HELLO_PLAIN }, { 0 },
	};
	struct seal_policy *policy = seal_parse_current(p);
	int v;

	if (!seal_parse_choose(p, word, words, &v))
		return false;
	if (policy->modes & v)
		return fail(p, "'%s' twice", word);
	policy->modes |= v;
	return true;
}

bool seal_key_profile(struct seal_parser *p, char *value)
{
	static const struct seal_word words[] = {
		{ "seal1", SEAL_PROFILE_SEAL1 }, { "expat", SEAL_PROFILE_EXPAT }, { 0 },
	};
	int v;

	if (!seal_parse_choose(p, value, words, &v))
		return false;
	seal_parse_current(p)->profile = v;
	return true;
}

bool seal_key_modes(struct seal_parser *p, char *value)
{
	seal_parse_current(p)->modes = 0;
	return seal_parse_each(p, value, one_mode);
}

static bool one_verifier(struct seal_parser *p, char *word)
{
	struct seal_policy *policy = seal_parse_current(p);

	if (!seal_parse_name_legal(word))
		return fail(p, "not a name: '%.64s'", word);
	if (policy->verifier_count == SEAL_POLICY_VERIFIERS)
		return fail(p, "more than %u verifiers", SEAL_POLICY_VERIFIERS);
	strcpy(policy->verifiers[policy->verifier_count++], word);
	return true;
}

bool seal_key_verifier(struct seal_parser *p, char *value)
{
	return seal_parse_each(p, value, one_verifier);
}

/*
 * In expat the same binding holds in both directions, and what is bound to it is
 * evidence: so one side attests, by evidence.
 */
static bool check_profile(struct seal_parser *p, const struct seal_policy *policy)
{
	if (policy->profile != SEAL_PROFILE_EXPAT)
		return true;
	if (seal_policy_wants(policy) && policy->attest)
		return fail(p, "policy '%s': profile expat attests one way: attest = no or "
			    "mode = never", policy->name);
	if (policy->modes != SEAL_HELLO_EVIDENCE || policy->psk_count || policy->anonymous)
		return fail(p, "policy '%s': profile expat is for evidence and certificates",
			    policy->name);
	return true;
}

#define BY_RESULT	(SEAL_HELLO_PASSPORT | SEAL_HELLO_INTERACTIVE | SEAL_HELLO_PLAIN)
#define WITHOUT_QUOTE	(SEAL_HELLO_INTERACTIVE | SEAL_HELLO_PLAIN)

/* What only values and logs can tell, of which a result alone has none. */
static bool wants_values(const struct seal_policy *policy)
{
	for (unsigned int i = 0; i < SEAL_PCR_COUNT; i++)
		if (policy->pcr[i].count || policy->require[i].count || policy->allow[i].count)
			return true;
	return policy->secure_boot || policy->lockdown || policy->logs || policy->clock_safe ||
	       seal_policy_reads_ima(policy);
}

/* The peer must not get around a key of the policy by the choice of a mode. */
static bool check_without_quote(struct seal_parser *p, const struct seal_policy *policy)
{
	if (!(policy->modes & WITHOUT_QUOTE))
		return true;
	if (wants_values(policy))
		return fail(p, "policy '%s': a result alone shows no PCR, log or clock: with "
			    "interactive or plain only digest", policy->name);
	if (policy->modes & SEAL_HELLO_PLAIN && !policy->age)
		return fail(p, "policy '%s': plain needs age", policy->name);
	return true;
}

/* A passport rests on PCRs that stay as they were; this one never does. */
bool seal_check_mode_keys(struct seal_parser *p, const struct seal_policy *policy)
{
	if (!(policy->modes & BY_RESULT) != !policy->verifier_count)
		return fail(p, "policy '%s': modes with passport, interactive or plain and "
			    "verifier go together", policy->name);
	if (policy->modes & (SEAL_HELLO_PASSPORT | SEAL_HELLO_PLAIN) &&
	    policy->pcrs.mask >> SEAL_PCR_IMA & 1)
		return fail(p, "policy '%s': no passport holds for PCR %u",
			    policy->name, SEAL_PCR_IMA);
	return check_without_quote(p, policy) && check_profile(p, policy);
}
