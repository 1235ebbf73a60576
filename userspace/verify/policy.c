// SPDX-License-Identifier: GPL-2.0-or-later
/* Policies: matching, and what one asks and accepts. */
#include "verify/policy.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "wire/hello.h"

static void free_values(struct seal_policy_values *values)
{
	free(values->value);
	*values = (struct seal_policy_values){ 0 };
}

void seal_policy_set_free(struct seal_policy_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		struct seal_policy *p = &set->policy[i];

		for (size_t pcr = 0; pcr < SEAL_PCR_COUNT; pcr++) {
			free_values(&p->pcr[pcr]);
			free_values(&p->require[pcr]);
			free_values(&p->allow[pcr]);
		}
		free_values(&p->digests);
		free_values(&p->ima.digests);
		free(p->ima.keys);
		free(p->psks);
	}
	free(set->policy);
	*set = (struct seal_policy_set){ 0 };
}

bool seal_policy_query_peer(struct seal_policy_query *query,
			    const void *sockaddr, size_t len)
{
	const struct sockaddr_in6 *v6 = sockaddr;
	const struct sockaddr_in *v4 = sockaddr;

	memset(query->addr, 0, sizeof(query->addr));
	if (len >= sizeof(*v4) && v4->sin_family == AF_INET) {
		query->family = 4;
		memcpy(query->addr, &v4->sin_addr, 4);
		return true;
	}
	if (len < sizeof(*v6) || v6->sin6_family != AF_INET6)
		return false;
	if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
		query->family = 4;
		memcpy(query->addr, &v6->sin6_addr.s6_addr[12], 4);
		return true;
	}
	query->family = 6;
	memcpy(query->addr, &v6->sin6_addr, 16);
	return true;
}

bool seal_policy_net_holds(const struct seal_policy_net *net, uint8_t family,
			   const uint8_t addr[16])
{
	unsigned int whole = net->prefix / 8, rest = net->prefix % 8;
	uint8_t mask = rest ? 0xff << (8 - rest) : 0;

	return net->family == family && !memcmp(net->addr, addr, whole) &&
	       (!rest || !((net->addr[whole] ^ addr[whole]) & mask));
}

static bool port_matches(const struct seal_policy *policy,
			 const struct seal_policy_query *query)
{
	for (size_t i = 0; i < policy->port_count; i++)
		if (policy->ports[i] == query->port)
			return true;
	return !policy->port_count;
}

static bool address_matches(const struct seal_policy *policy,
			    const struct seal_policy_query *query)
{
	for (size_t i = 0; i < policy->net_count; i++)
		if (seal_policy_net_holds(&policy->nets[i], query->family, query->addr))
			return true;
	return !policy->net_count;
}

static bool socket_matches(const struct seal_policy *policy,
			   const struct seal_policy_query *query)
{
	return (policy->role == SEAL_SIDE_NONE || policy->role == query->role) &&
	       query->psk == (policy->psk_count > 0) &&
	       port_matches(policy, query) && address_matches(policy, query);
}

const struct seal_policy *
seal_policy_candidate(const struct seal_policy_set *set,
		      const struct seal_policy_query *query)
{
	for (size_t i = 0; i < set->count; i++)
		if (socket_matches(&set->policy[i], query))
			return &set->policy[i];
	return NULL;
}

/*
 * "dns:*.example.org" covers one more label, "uri:spiffe://example.org/..." with
 * a star at its end covers what begins like it, everything else itself.
 */
static bool pattern_covers(const char *pattern, const char *id)
{
	size_t len = strlen(pattern);

	if (!strncmp(pattern, "dns:*.", 6)) {
		const char *dot = strchr(id, '.');

		return !strncmp(id, "dns:", 4) && dot && dot > id + 4 &&
		       !strcmp(dot, pattern + 5);
	}
	if (len && pattern[len - 1] == '*')
		return !strncmp(pattern, id, len - 1) && strlen(id) >= len;
	return !strcmp(pattern, id);
}

bool seal_policy_covers(const struct seal_policy *policy,
			const struct seal_identity *id)
{
	if (policy->any_peer)
		return id->text[0];
	for (size_t i = 0; i < policy->peer_count; i++)
		if (pattern_covers(policy->peers[i].text, id->text))
			return true;
	return false;
}

static bool peer_matches(const struct seal_policy *policy,
			 const struct seal_cert *cert)
{
	if (!cert)
		return policy->anonymous;
	for (size_t i = 0; i < cert->id_count; i++)
		if (seal_policy_covers(policy, &cert->ids[i]))
			return true;
	return false;
}

const struct seal_policy *
seal_policy_match(const struct seal_policy_set *set,
		  const struct seal_policy_query *query,
		  const struct seal_cert *cert)
{
	for (size_t i = 0; i < set->count; i++)
		if (socket_matches(&set->policy[i], query) &&
		    peer_matches(&set->policy[i], cert))
			return &set->policy[i];
	return NULL;
}

/* The whole identity, or all before the star at the end of a pattern. */
static bool psk_matches(const struct seal_policy *policy,
			struct seal_bytes identity)
{
	for (size_t i = 0; i < policy->psk_count; i++) {
		const char *text = policy->psks[i].text;
		size_t len = strlen(text);
		bool star = text[len - 1] == '*';

		if (star ? identity.len >= len : identity.len == len)
			if (!memcmp(identity.data, text, len - star))
				return true;
	}
	return false;
}

const struct seal_policy *
seal_policy_match_psk(const struct seal_policy_set *set,
		      const struct seal_policy_query *query,
		      struct seal_bytes identity)
{
	for (size_t i = 0; i < set->count && query->psk; i++)
		if (socket_matches(&set->policy[i], query) &&
		    psk_matches(&set->policy[i], identity))
			return &set->policy[i];
	return NULL;
}

enum seal_reason seal_policy_identity(const struct seal_policy *policy,
				      const struct seal_cert *cert,
				      enum seal_side role,
				      const struct seal_identity *reference,
				      struct seal_identity *id_ret)
{
	if (!cert->id_count)
		return SEAL_REASON_IDENTITY_NONE;
	if (reference && !seal_cert_names(cert, reference))
		return SEAL_REASON_IDENTITY_REFERENCE;
	/* Whom a client may have reached must come from somewhere. */
	if (role != SEAL_SIDE_SERVER && !reference && policy->any_peer)
		return SEAL_REASON_IDENTITY_REFERENCE;
	if (reference && seal_policy_covers(policy, reference)) {
		*id_ret = *reference;
		return SEAL_REASON_ACCEPTED;
	}
	for (size_t i = 0; i < cert->id_count; i++) {
		if (!seal_policy_covers(policy, &cert->ids[i]))
			continue;
		*id_ret = cert->ids[i];
		return SEAL_REASON_ACCEPTED;
	}
	return SEAL_REASON_IDENTITY_POLICY;
}

bool seal_policy_wants(const struct seal_policy *policy)
{
	switch (policy->mode) {
	case SEAL_POLICY_REQUIRE:
	case SEAL_POLICY_OFFER:
	case SEAL_POLICY_OBSERVE:
		return true;
	case SEAL_POLICY_NEVER:
	case SEAL_POLICY_MODE_NONE:
		break;
	}
	return false;
}

uint8_t seal_policy_mode(const struct seal_policy *policy, uint8_t offered)
{
	static const struct {
		uint8_t bit, mode;
	} best_first[] = {
		{ SEAL_HELLO_EVIDENCE, SEAL_MODE_EVIDENCE },
		{ SEAL_HELLO_INTERACTIVE, SEAL_MODE_INTERACTIVE },
		{ SEAL_HELLO_PASSPORT, SEAL_MODE_PASSPORT },
		{ SEAL_HELLO_PLAIN, SEAL_MODE_PLAIN },
	};

	for (size_t i = 0; i < sizeof(best_first) / sizeof(best_first[0]); i++)
		if (policy->modes & offered & best_first[i].bit)
			return best_first[i].mode;
	return 0;
}

bool seal_policy_takes(const struct seal_policy *policy, uint8_t mode)
{
	return mode >= SEAL_MODE_EVIDENCE && mode <= SEAL_MODE_PLAIN &&
	       policy->modes >> (mode - 1) & 1;
}

bool seal_policy_ask(const struct seal_policy *policy, enum seal_side from,
		     uint64_t exchange,
		     const uint8_t context[SEAL_CONTEXT_LEN],
		     uint8_t select[SEAL_PCR_SELECT_MAX],
		     struct seal_ask *ask_ret)
{
	static const uint16_t schemes[] = {
		SEAL_SCHEME_P256, SEAL_SCHEME_P384,
		SEAL_SCHEME_PSS_SHA256, SEAL_SCHEME_PSS_SHA384,
	};
	size_t len = seal_pcrs_encode(&policy->pcrs, select, SEAL_PCR_SELECT_MAX);
	struct seal_ask ask = {
		.from = from,
		.scheme_count = sizeof(schemes) / sizeof(schemes[0]),
		.exchange = exchange,
		.mode = seal_policy_mode(policy, policy->modes),
		.pcr_select = { select, len },
		.want_logs = policy->logs,
	};

	if (!len)
		return false;
	memcpy(ask.schemes, schemes, sizeof(schemes));
	memcpy(ask.context, context, SEAL_CONTEXT_LEN);
	*ask_ret = ask;
	return true;
}

bool seal_policy_lists(const struct seal_policy_values *values, struct seal_bytes v)
{
	for (size_t i = 0; i < values->count; i++)
		if (seal_bytes_equal(v, (struct seal_bytes){ values->value[i].data,
							     values->value[i].len }))
			return true;
	return false;
}

bool seal_policy_reads_ima(const struct seal_policy *policy)
{
	const struct seal_policy_ima *ima = &policy->ima;

	return ima->digests.count || ima->key_count || ima->list_count || ima->key_file_count;
}

bool seal_policy_vacuous(const struct seal_policy *policy)
{
	for (unsigned int i = 0; i < SEAL_PCR_COUNT; i++)
		if ((policy->pcr[i].count && !(SEAL_PCR_RESETTABLE >> i & 1)) ||
		    policy->require[i].count || policy->allow[i].count)
			return false;
	return !policy->digests.count && !policy->secure_boot && !policy->lockdown &&
	       !seal_policy_reads_ima(policy);
}

enum seal_reason
seal_policy_measurements(const struct seal_policy *policy,
			 const struct seal_bytes value[SEAL_PCR_COUNT],
			 struct seal_bytes digest, unsigned int *pcr_ret)
{
	if (seal_policy_vacuous(policy))
		return SEAL_REASON_POLICY_VACUOUS;
	for (unsigned int i = 0; i < SEAL_PCR_COUNT; i++) {
		if (!policy->pcr[i].count || SEAL_PCR_RESETTABLE >> i & 1 ||
		    seal_policy_lists(&policy->pcr[i], value[i]))
			continue;
		*pcr_ret = i;
		return SEAL_REASON_PCR_VALUE;
	}
	if (policy->digests.count && !seal_policy_lists(&policy->digests, digest))
		return SEAL_REASON_PCR_SET;
	return SEAL_REASON_ACCEPTED;
}
