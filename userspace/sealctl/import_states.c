// SPDX-License-Identifier: GPL-2.0-or-later
/* States of PCRs as lines of a policy. */
#include "sealctl/import_states.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sealctl/print.h"

/* A quote is hashed by either, as its key has it. */
static const uint16_t hashes[] = { SEAL_TPM_ALG_SHA256, SEAL_TPM_ALG_SHA384 };

#define HASHES	(sizeof(hashes) / sizeof(hashes[0]))

static size_t len_of(const struct import_states *states)
{
	return seal_tpm_bank_len(states->bank);
}

static bool equal(const struct import_states *states, const struct import_state *a,
		  const struct import_state *b)
{
	if (a->pcrs != b->pcrs)
		return false;
	for (unsigned int i = 0; i < SEAL_PCR_COUNT; i++)
		if (a->pcrs >> i & 1 && memcmp(a->value[i], b->value[i], len_of(states)))
			return false;
	return true;
}

bool import_states_add(struct import_states *states, const char *file,
		       const struct seal_corim_state *state)
{
	struct import_state *grown = realloc(states->state, (states->count + 1) * sizeof(*grown));
	struct import_state *s;

	if (!grown)
		return false;
	states->state = grown;
	s = &grown[states->count];
	*s = (struct import_state){ .file = file, .at = state->at, .pcrs = state->pcrs };
	for (unsigned int i = 0; i < SEAL_PCR_COUNT; i++)
		if (s->pcrs >> i & 1)
			memcpy(s->value[i], state->value[i].data, len_of(states));
	for (size_t i = 0; i < states->count; i++)
		if (equal(states, &grown[i], s))
			return true;
	states->count++;
	return true;
}

/* Those of the same PCRs beside each other, else in the order in which they came. */
static int by_pcrs(const void *a, const void *b)
{
	const struct import_state *x = a, *y = b;

	if (x->pcrs != y->pcrs)
		return x->pcrs < y->pcrs ? -1 : 1;
	return strcmp(x->file, y->file) ? strcmp(x->file, y->file) :
	       x->at < y->at ? -1 : x->at > y->at;
}

static bool overlap(const struct import_states *states)
{
	for (size_t i = 0; i < states->count; i++)
		for (size_t k = 0; k < i; k++) {
			const struct import_state *a = &states->state[k], *b = &states->state[i];

			if (a->pcrs == b->pcrs || !(a->pcrs & b->pcrs))
				continue;
			fprintf(stderr, "sealctl: %s: octet %zu: a state of some of the PCRs of "
				"that at octet %zu of %s, and of others: which belong together "
				"cannot be said\n", b->file, b->at, a->at, a->file);
			return true;
		}
	return false;
}

/* The first state behind group @g. */
static size_t end_of(const struct import_states *states, size_t g)
{
	return g + 1 < states->groups ? states->group[g + 1] : states->count;
}

static size_t size_of(const struct import_states *states, size_t g)
{
	return end_of(states, g) - states->group[g];
}

/* Has a group several states of several PCRs, which pcr-N alone would mix? */
static bool mixes(const struct import_states *states)
{
	for (size_t g = 0; g < states->groups; g++) {
		uint32_t pcrs = states->state[states->group[g]].pcrs;

		if (size_of(states, g) > 1 && pcrs & (pcrs - 1))
			return true;
	}
	return false;
}

static bool fits(const struct import_states *states)
{
	size_t most = mixes(states) ? SEAL_POLICY_VALUES / HASHES : SIZE_MAX, all = 1;

	for (size_t g = 0; g < states->groups; g++) {
		if (size_of(states, g) > SEAL_POLICY_VALUES || size_of(states, g) > most / all) {
			fprintf(stderr, "sealctl: more states than one policy can list: "
				"import fewer manifests at once\n");
			return false;
		}
		all *= most == SIZE_MAX ? 1 : size_of(states, g);
	}
	return true;
}

bool import_states_group(struct import_states *states)
{
	if (overlap(states))
		return false;
	qsort(states->state, states->count, sizeof(states->state[0]), by_pcrs);
	states->group = calloc(states->count, sizeof(states->group[0]));
	if (!states->group)
		return false;
	for (size_t i = 0; i < states->count; i++)
		if (!i || states->state[i].pcrs != states->state[i - 1].pcrs)
			states->group[states->groups++] = i;
	return fits(states);
}

/* The group that has values of PCR @pcr, or @groups. */
static size_t group_of(const struct import_states *states, unsigned int pcr)
{
	size_t g = 0;

	while (g < states->groups && !(states->state[states->group[g]].pcrs >> pcr & 1))
		g++;
	return g;
}

static bool seen_before(const struct import_states *states, size_t g, size_t at, unsigned int pcr)
{
	for (size_t i = states->group[g]; i < at; i++)
		if (!memcmp(states->state[i].value[pcr], states->state[at].value[pcr],
			    len_of(states)))
			return true;
	return false;
}

static void print_pcr(const struct import_states *states, unsigned int pcr)
{
	char hex[2 * SEAL_PCR_VALUE_MAX + 1];
	size_t g = group_of(states, pcr);

	if (g == states->groups)
		return;
	printf("pcr-%u =", pcr);
	for (size_t i = states->group[g]; i < end_of(states, g); i++)
		if (!seen_before(states, g, i, pcr))
			printf("%s %s", i > states->group[g] ? "," : "",
			       hex_text((struct seal_bytes){ states->state[i].value[pcr],
							     len_of(states) }, hex));
	putchar('\n');
}

/* The digest by @alg over all PCRs, in the state @choice[g] of each group. */
static void print_digest(const struct import_states *states, const size_t *choice, uint16_t alg)
{
	struct seal_bytes parts[SEAL_PCR_COUNT];
	char hex[2 * SEAL_PCR_VALUE_MAX + 1];
	uint8_t digest[SEAL_PCR_VALUE_MAX];
	size_t count = 0;

	for (unsigned int i = 0; i < SEAL_PCR_COUNT; i++) {
		size_t g = group_of(states, i);

		if (g < states->groups)
			parts[count++] = (struct seal_bytes){
				states->state[states->group[g] + choice[g]].value[i],
				len_of(states) };
	}
	seal_bank_hash(alg, parts, count, digest);
	printf("%s", hex_text((struct seal_bytes){ digest, seal_tpm_bank_len(alg) }, hex));
}

/* Like an odometer; false when all were there. */
static bool next_choice(const struct import_states *states, size_t *choice)
{
	for (size_t g = 0; g < states->groups; g++) {
		if (++choice[g] < size_of(states, g))
			return true;
		choice[g] = 0;
	}
	return false;
}

/* Which values belong together only a digest over all of them can say. */
static void print_digests(const struct import_states *states)
{
	size_t choice[SEAL_PCR_COUNT] = { 0 };
	const char *before = "digest =";

	do {
		for (size_t i = 0; i < HASHES; i++) {
			printf("%s ", before);
			print_digest(states, choice, hashes[i]);
			before = ",";
		}
	} while (next_choice(states, choice));
	putchar('\n');
}

void import_states_print(const struct import_states *states)
{
	const char *before = "";

	printf("pcrs = %s:", seal_tpm_bank_name(states->bank));
	for (unsigned int i = 0; i < SEAL_PCR_COUNT; i++) {
		if (group_of(states, i) == states->groups)
			continue;
		printf("%s%u", before, i);
		before = ",";
	}
	putchar('\n');
	for (unsigned int i = 0; i < SEAL_PCR_COUNT; i++)
		print_pcr(states, i);
	if (mixes(states)) {
		printf("# Which of these values belong together:\n");
		print_digests(states);
	}
}

void import_states_free(struct import_states *states)
{
	free(states->state);
	free(states->group);
	*states = (struct import_states){ 0 };
}
