// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The keys of policies. Each has one row in a table; an unknown, doubled or
 * badly valued one is an error with its line.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verify/hex.h"
#include "verify/policy_private.h"
#include "wire/log.h"

/* Call @one for each word of a comma-separated list; none may be empty. */
bool seal_parse_each(struct seal_parser *p, char *list,
		 bool (*one)(struct seal_parser *p, char *word))
{
	while (list) {
		char *comma = strchr(list, ',');

		if (comma)
			*comma++ = '\0';
		list = seal_parse_trim(list);
		if (!*list)
			return fail(p, "empty entry in the list");
		if (!one(p, list))
			return false;
		list = comma;
	}
	return true;
}

/* A decimal number without sign or leading zero, at most @max. */
bool seal_parse_number(const char *s, unsigned long max, unsigned long *ret)
{
	unsigned long v = 0;

	if (!*s || (*s == '0' && s[1]))
		return false;
	for (; *s; s++) {
		if (!isdigit((unsigned char)*s) || v > max / 10)
			return false;
		v = 10 * v + (*s - '0');
	}
	if (v > max)
		return false;
	*ret = v;
	return true;
}

/* Which of the words; @words ends with a row without a name. */
bool seal_parse_choose(struct seal_parser *p, const char *value, const struct seal_word *words,
		   int *ret)
{
	for (; words->name; words++) {
		if (strcmp(words->name, value))
			continue;
		*ret = words->value;
		return true;
	}
	return fail(p, "unknown value '%.64s'", value);
}

static bool yes_or_no(struct seal_parser *p, const char *value, const char *yes,
		      const char *no, bool *ret)
{
	const struct seal_word words[] = { { yes, 1 }, { no, 0 }, { NULL, 0 } };
	int v;

	if (!seal_parse_choose(p, value, words, &v))
		return false;
	*ret = v;
	return true;
}

static bool key_role(struct seal_parser *p, char *value)
{
	static const struct seal_word words[] = {
		{ "client", SEAL_SIDE_CLIENT }, { "server", SEAL_SIDE_SERVER }, { 0 },
	};
	int v;

	if (!seal_parse_choose(p, value, words, &v))
		return false;
	seal_parse_current(p)->role = v;
	return true;
}

static bool one_port(struct seal_parser *p, char *word)
{
	struct seal_policy *policy = seal_parse_current(p);
	unsigned long v;

	if (!seal_parse_number(word, 65535, &v) || !v)
		return fail(p, "not a port: '%.64s'", word);
	if (policy->port_count == SEAL_POLICY_PORTS)
		return fail(p, "more than %u ports", SEAL_POLICY_PORTS);
	policy->ports[policy->port_count++] = v;
	return true;
}

static bool key_port(struct seal_parser *p, char *value)
{
	return seal_parse_each(p, value, one_port);
}

/* No bit of the address may be set behind the prefix. */
static bool net_canonical(const struct seal_policy_net *net)
{
	for (unsigned int bit = net->prefix; bit < (net->family == 4 ? 32u : 128u); bit++)
		if (net->addr[bit / 8] & 0x80 >> bit % 8)
			return false;
	return true;
}

/* A peer in ::ffff:0:0/96 is one of IPv4: seal_policy_query_peer(). */
static void unmap(struct seal_policy_net *net)
{
	static const uint8_t mapped[12] = { [10] = 0xff, 0xff };

	if (net->family != 6 || net->prefix < 96 || memcmp(net->addr, mapped, sizeof(mapped)))
		return;
	net->family = 4;
	net->prefix -= 96;
	memmove(net->addr, net->addr + 12, 4);
	memset(net->addr + 4, 0, 12);
}

static bool one_address(struct seal_parser *p, char *word)
{
	struct seal_policy *policy = seal_parse_current(p);
	struct seal_policy_net net = { 0 };
	char *slash = strchr(word, '/');
	unsigned long max, prefix;

	if (slash)
		*slash++ = '\0';
	if (inet_pton(AF_INET, word, net.addr) == 1)
		net.family = 4;
	else if (inet_pton(AF_INET6, word, net.addr) == 1)
		net.family = 6;
	else
		return fail(p, "not an address: '%.64s'", word);
	max = net.family == 4 ? 32 : 128;
	prefix = max;
	if (slash && !seal_parse_number(slash, max, &prefix))
		return fail(p, "not a prefix length: '%.64s'", slash);
	net.prefix = prefix;
	if (!net_canonical(&net))
		return fail(p, "'%.64s' has bits behind its prefix length", word);
	unmap(&net);
	if (policy->net_count == SEAL_POLICY_ADDRESSES)
		return fail(p, "more than %u addresses", SEAL_POLICY_ADDRESSES);
	policy->nets[policy->net_count++] = net;
	return true;
}

static bool key_address(struct seal_parser *p, char *value)
{
	return seal_parse_each(p, value, one_address);
}

/* A pattern is an identity, or one with a star where stars may be. */
static bool pattern(const char *word, struct seal_identity *ret)
{
	size_t len = strlen(word);
	char plain[SEAL_IDENTITY_MAX + 1];
	struct seal_identity id;

	if (len > SEAL_IDENTITY_MAX)
		return false;
	if (!strncmp(word, "dns:*.", 6)) {
		snprintf(plain, sizeof(plain), "dns:%s", word + 6);
		if (!seal_identity_parse(plain, &id) ||
		    strlen(id.text) + 2 > SEAL_IDENTITY_MAX)
			return false;
		snprintf(ret->text, sizeof(ret->text), "dns:*.%.249s", id.text + 4);
		return true;
	}
	if (!strncmp(word, "uri:", 4) && word[len - 1] == '*') {
		snprintf(plain, sizeof(plain), "%.*s", (int)len - 1, word);
		if (!seal_identity_parse(plain, &id))
			return false;
		snprintf(ret->text, sizeof(ret->text), "%s", word);
		return true;
	}
	return seal_identity_parse(word, ret);
}

/* Then the host is not a whole one: what begins like it may be anybody's. */
static bool star_in_host(const char *pattern_text)
{
	const char *host = strstr(pattern_text, "://");

	return !strncmp(pattern_text, "uri:", 4) && strchr(pattern_text, '*') && host &&
	       !strchr(host + 3, '/');
}

static bool one_peer(struct seal_parser *p, char *word)
{
	struct seal_policy *policy = seal_parse_current(p);

	if (!strcmp(word, "*")) {
		policy->any_peer = true;
		return true;
	}
	if (policy->peer_count == SEAL_POLICY_PEERS)
		return fail(p, "more than %u peers", SEAL_POLICY_PEERS);
	if (!pattern(word, &policy->peers[policy->peer_count]))
		return fail(p, "not an identity (dns:, ip:, uri: or *): '%.64s'", word);
	if (star_in_host(policy->peers[policy->peer_count].text))
		return fail(p, "a star only behind the host and a slash: '%.64s'", word);
	if (!strncmp(policy->peers[policy->peer_count].text, "ip:::ffff:", 10) &&
	    strchr(policy->peers[policy->peer_count].text, '.'))
		return fail(p, "an address of IPv4, to be written as such: '%.64s'", word);
	policy->peer_count++;
	return true;
}

static bool key_peer(struct seal_parser *p, char *value)
{
	return seal_parse_each(p, value, one_peer);
}

static bool one_psk(struct seal_parser *p, char *word)
{
	struct seal_policy *policy = seal_parse_current(p);
	struct seal_policy_psk *grown;

	if (!strcmp(word, "*") || strlen(word) > SEAL_PSK_IDENTITY_MAX)
		return fail(p, "not a PSK identity: '%.64s'", word);
	if (policy->psk_count == SEAL_POLICY_PSKS)
		return fail(p, "more than %u PSK identities", SEAL_POLICY_PSKS);
	grown = realloc(policy->psks, (policy->psk_count + 1) * sizeof(*grown));
	if (!grown)
		return fail(p, "out of memory");
	policy->psks = grown;
	strcpy(policy->psks[policy->psk_count++].text, word);
	return true;
}

static bool key_psk(struct seal_parser *p, char *value)
{
	return seal_parse_each(p, value, one_psk);
}

static bool key_anonymous(struct seal_parser *p, char *value)
{
	return yes_or_no(p, value, "yes", "no", &seal_parse_current(p)->anonymous);
}

static bool key_attest(struct seal_parser *p, char *value)
{
	return yes_or_no(p, value, "yes", "no", &seal_parse_current(p)->attest);
}

static bool key_consumer(struct seal_parser *p, char *value)
{
	return yes_or_no(p, value, "kernel", "any", &seal_parse_current(p)->kernel_only);
}

static bool key_clock(struct seal_parser *p, char *value)
{
	return yes_or_no(p, value, "safe", "any", &seal_parse_current(p)->clock_safe);
}

static bool key_own_ak(struct seal_parser *p, char *value)
{
	return yes_or_no(p, value, "allow", "refuse", &seal_parse_current(p)->own_ak);
}

static bool key_mode(struct seal_parser *p, char *value)
{
	static const struct seal_word words[] = {
		{ "require", SEAL_POLICY_REQUIRE }, { "offer", SEAL_POLICY_OFFER },
		{ "observe", SEAL_POLICY_OBSERVE }, { "never", SEAL_POLICY_NEVER },
		{ 0 },
	};
	int v;

	if (!seal_parse_choose(p, value, words, &v))
		return false;
	seal_parse_current(p)->mode = v;
	return true;
}

static bool key_ak_trust(struct seal_parser *p, char *value)
{
	static const struct seal_word words[] = {
		{ "certificate", SEAL_AK_CERTIFICATE }, { "admitted", SEAL_AK_ADMITTED },
		{ "any-endorsed", SEAL_AK_ANY_ENDORSED }, { 0 },
	};
	int v;

	if (!seal_parse_choose(p, value, words, &v))
		return false;
	seal_parse_current(p)->ak_trust = v;
	return true;
}

static bool key_key(struct seal_parser *p, char *value)
{
	static const struct seal_word words[] = {
		{ "tpm", SEAL_KEY_IN_TPM }, { "file", SEAL_KEY_IN_FILE },
		{ "any", SEAL_KEY_ANYWHERE }, { 0 },
	};
	int v;

	if (!seal_parse_choose(p, value, words, &v))
		return false;
	seal_parse_current(p)->residency = v;
	return true;
}

static bool key_refusal(struct seal_parser *p, char *value)
{
	static const struct seal_word words[] = {
		{ "wait", SEAL_REFUSAL_WAIT }, { "fail", SEAL_REFUSAL_FAIL }, { 0 },
	};
	int v;

	if (!seal_parse_choose(p, value, words, &v))
		return false;
	seal_parse_current(p)->refusal = v;
	return true;
}

/* A number and s, m, h or d, as seconds. */
bool seal_parse_time(struct seal_parser *p, const char *what, char *value, uint32_t *ret)
{
	static const struct seal_word units[] = {
		{ "s", 1 }, { "m", 60 }, { "h", 3600 }, { "d", 86400 }, { 0 },
	};
	size_t len = strlen(value);
	unsigned long v;
	char unit[2] = "";
	int scale;

	if (len) {
		unit[0] = value[len - 1];
		value[len - 1] = '\0';
	}
	if (!seal_parse_choose(p, unit, units, &scale))
		return fail(p, "%s is a number and s, m, h or d", what);
	if (!seal_parse_number(value, SEAL_LIFETIME_MAX / scale, &v) || !v)
		return fail(p, "%s is 1s to 30d", what);
	*ret = v * scale;
	return true;
}

static bool one_log(struct seal_parser *p, char *word)
{
	struct seal_policy *policy = seal_parse_current(p);

	for (unsigned int log = SEAL_LOG_BOOT; log < SEAL_LOG_COUNT; log++)
		if (!strcmp(word, seal_log_name(log))) {
			policy->logs |= SEAL_WANT_LOG(log);
			return true;
		}
	return fail(p, "not a log (boot, ima): '%.64s'", word);
}

static bool key_logs(struct seal_parser *p, char *value)
{
	return seal_parse_each(p, value, one_log);
}

static bool key_log_limit(struct seal_parser *p, char *value)
{
	unsigned long v;

	if (!seal_parse_number(value, SEAL_LOG_MAX_MIB, &v) || !v)
		return fail(p, "log-limit is 1 to %u, in MiB", SEAL_LOG_MAX_MIB);
	seal_parse_current(p)->log_limit = v;
	return true;
}

static bool key_lifetime(struct seal_parser *p, char *value)
{
	return seal_parse_time(p, "a lifetime", value, &seal_parse_current(p)->lifetime);
}

static bool add_pcr(struct seal_parser *p, unsigned long v)
{
	struct seal_pcrs *pcrs = &seal_parse_current(p)->pcrs;

	if (SEAL_PCR_RESETTABLE >> v & 1)
		return fail(p, "PCR %lu can be reset by anybody", v);
	if (pcrs->mask >> v & 1)
		return fail(p, "PCR %lu twice", v);
	pcrs->mask |= 1u << v;
	return true;
}

/* "7" or "0-7" */
static bool one_pcr(struct seal_parser *p, char *word)
{
	char *dash = strchr(word, '-');
	unsigned long first, last;

	if (dash)
		*dash++ = '\0';
	if (!seal_parse_number(word, SEAL_PCR_COUNT - 1, &first) ||
	    !seal_parse_number(dash ? dash : word, SEAL_PCR_COUNT - 1, &last) || first > last)
		return fail(p, "not a PCR: '%.64s%s%.64s'", word, dash ? "-" : "",
			    dash ? dash : "");
	for (; first <= last; first++)
		if (!add_pcr(p, first))
			return false;
	return true;
}

static bool key_pcrs(struct seal_parser *p, char *value)
{
	char *colon = strchr(value, ':');

	if (!colon)
		return fail(p, "pcrs is BANK:N, N ...");
	*colon++ = '\0';
	seal_parse_current(p)->pcrs.bank = seal_tpm_bank_of(value);
	if (!seal_parse_current(p)->pcrs.bank)
		return fail(p, "unknown bank '%.64s'", value);
	if (seal_parse_current(p)->pcrs.bank == SEAL_TPM_ALG_SHA1)
		return fail(p, "the bank sha1 proves nothing");
	return seal_parse_each(p, colon, one_pcr);
}

bool seal_parse_value(struct seal_parser *p, struct seal_policy_values *values,
		      const char *word, size_t max)
{
	struct seal_policy_value value, *grown;

	value.len = seal_hex_decode(word, value.data, sizeof(value.data));
	if (!value.len)
		return fail(p, "not a value in hex: '%.64s'", word);
	if (values->count == max)
		return fail(p, "more than %zu values", max);
	if (!(values->count & (values->count - 1))) {
		grown = realloc(values->value,
				(values->count ? 2 * values->count : 1) * sizeof(*grown));
		if (!grown)
			return fail(p, "out of memory");
		values->value = grown;
	}
	values->value[values->count++] = value;
	return true;
}

/* tpm2_pcrread writes 0x before values. */
static const char *bare(const char *word)
{
	return *word == '0' && (word[1] == 'x' || word[1] == 'X') ? word + 2 : word;
}

bool seal_parse_pcr_value(struct seal_parser *p, struct seal_policy_values *values,
			  const char *word, size_t max)
{
	return seal_parse_value(p, values, bare(word), max);
}

static bool one_digest(struct seal_parser *p, char *word)
{
	struct seal_policy_values *digests = &seal_parse_current(p)->digests;
	size_t len = strlen(bare(word)) / 2;

	if (len != 32 && len != 48)
		return fail(p, "a PCR digest has 32 or 48 octets");
	return seal_parse_pcr_value(p, digests, word, SEAL_POLICY_VALUES);
}

static bool key_digest(struct seal_parser *p, char *value)
{
	return seal_parse_each(p, value, one_digest);
}

static const struct key {
	const char *name;
	bool (*set)(struct seal_parser *p, char *value);
} keys[] = {
	{ "role", key_role },		{ "port", key_port },
	{ "address", key_address },	{ "peer", key_peer },
	{ "anonymous", key_anonymous },	{ "mode", key_mode },
	{ "ak-trust", key_ak_trust },	{ "key", key_key },
	{ "pcrs", key_pcrs },		{ "digest", key_digest },
	{ "consumer", key_consumer },	{ "clock", key_clock },
	{ "own-ak", key_own_ak },	{ "lifetime", key_lifetime },
	{ "attest", key_attest },	{ "refusal", key_refusal },
	{ "secure-boot", seal_key_secure_boot },
	{ "lockdown", seal_key_lockdown },
	{ "reset-count", seal_key_reset_count },
	{ "restart-count", seal_key_restart_count },
	{ "age", seal_key_age },
	{ "ima-violation", seal_key_ima_violation },
	{ "psk", key_psk },		{ "logs", key_logs },
	{ "log-limit", key_log_limit },
	{ "profile", seal_key_profile },
	{ "modes", seal_key_modes },	{ "verifier", seal_key_verifier },
};

/* These may be given again: lists that add up. */
static const struct key lists[] = {
	{ "ima-digest", seal_key_ima_digest },
	{ "ima-list", seal_key_ima_list },
	{ "ima-key", seal_key_ima_key },
};

#define LISTS	(sizeof(lists) / sizeof(lists[0]))

#define KEYS	(sizeof(keys) / sizeof(keys[0]))

static bool pcr_values(struct seal_parser *p, const char *index, char *value)
{
	unsigned long pcr;
	char *word = value;

	if (!seal_parse_number(index, SEAL_PCR_COUNT - 1, &pcr))
		return fail(p, "not a PCR: 'pcr-%.32s'", index);
	if (p->seen_pcr >> pcr & 1)
		return fail(p, "pcr-%lu twice", pcr);
	p->seen_pcr |= 1u << pcr;
	while (word) {
		char *comma = strchr(word, ',');

		if (comma)
			*comma++ = '\0';
		if (!seal_parse_pcr_value(p, &seal_parse_current(p)->pcr[pcr],
					  seal_parse_trim(word), SEAL_POLICY_VALUES))
			return false;
		word = comma;
	}
	return true;
}

bool seal_parse_key(struct seal_parser *p, const char *name, char *value)
{
	if (!strncmp(name, "pcr-", 4))
		return pcr_values(p, name + 4, value);
	if (!strncmp(name, "require-", 8))
		return seal_key_require(p, name + 8, value);
	if (!strncmp(name, "allow-", 6))
		return seal_key_allow(p, name + 6, value);
	for (size_t i = 0; i < LISTS; i++)
		if (!strcmp(lists[i].name, name))
			return lists[i].set(p, value);
	for (size_t i = 0; i < KEYS; i++) {
		if (strcmp(keys[i].name, name))
			continue;
		if (p->seen >> i & 1)
			return fail(p, "'%s' twice", name);
		p->seen |= 1ull << i;
		return keys[i].set(p, value);
	}
	return fail(p, "unknown key '%.64s'", name);
}
