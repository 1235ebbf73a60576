// SPDX-License-Identifier: GPL-2.0-or-later
/* verify/policy: every error with its line, every field, every match. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/tap.h"
#include "verify/policy.h"
#include "wire/log.h"

#define V32 "0808080808080808080808080808080808080808080808080808080808080808"
#define V48 V32 "08080808080808080808080808080808"

static struct seal_bytes bytes(const char *text)
{
	return (struct seal_bytes){ (const uint8_t *)text, strlen(text) };
}

/* @text is refused at @line, with @why in the sentence. */
static void wrong(const char *what, const char *text, unsigned int line, const char *why)
{
	struct seal_policy_set set = { 0 };
	struct seal_policy_error error;
	bool refused = !seal_policy_parse(&set, "dir/file.conf", bytes(text), &error);

	if (!refused || error.line != line || !strstr(error.text, why) || set.count ||
	    strcmp(error.file, "dir/file.conf"))
		note("%s:%u: %s", error.file, error.line, error.text);
	ok(refused && error.line == line && strstr(error.text, why) && !set.count &&
	   !strcmp(error.file, "dir/file.conf"), "line %u: %s", line, what);
	seal_policy_set_free(&set);
}

#define HEAD	"[policy p]\n"
#define TAIL_PCR "mode = require\npcrs = sha256:7\npcr-7 = " V32 "\n"
#define TAIL	"mode = require\npeer = *\npcrs = sha256:7\npcr-7 = " V32 "\n"

/* One bad line in a good policy: it is the second. */
static void bad_line(const char *line, const char *why)
{
	char text[20000], what[128];

	snprintf(text, sizeof(text), HEAD "%s\n", line);
	if (strncmp(line, "mode", 4))
		strcat(text, "mode = require\n");
	if (strncmp(line, "peer", 4))
		strcat(text, "peer = *\n");
	if (strncmp(line, "pcr", 3))
		strcat(text, "pcrs = sha256:7\npcr-7 = " V32 "\n");
	snprintf(what, sizeof(what), "%.60s", line);
	wrong(what, text, 2, why);
}

static void bad_values(void)
{
	bad_line("role = both", "unknown value 'both'");
	bad_line("role =", "no value");
	bad_line("role", "neither a section");
	bad_line("= x", "unknown key ''");
	bad_line("rolle = client", "unknown key 'rolle'");
	bad_line("ROLE = client", "unknown key 'ROLE'");
	bad_line("port = 0", "not a port");
	bad_line("port = 65536", "not a port");
	bad_line("port = 02049", "not a port");
	bad_line("port = -1", "not a port");
	bad_line("port = 99999999999999999999", "not a port");
	bad_line("port = nfs", "not a port");
	bad_line("port = 1,,2", "empty entry");
	bad_line("port = 1,", "empty entry");
	bad_line("port = 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17", "more than 16 ports");
	bad_line("address = 10.0.0", "not an address");
	bad_line("address = host", "not an address");
	bad_line("address = 10.0.0.0/33", "not a prefix");
	bad_line("address = 10.0.0.0/", "not a prefix");
	bad_line("address = 10.0.0.1/24", "bits behind");
	bad_line("address = 2001:db8::/129", "not a prefix");
	bad_line("address = 2001:db8::1/64", "bits behind");
	bad_line("address = ::ffff:10.0.0.1/104", "bits behind");
	bad_line("peer = ip:::ffff:10.0.0.1", "an address of IPv4");
	bad_line("peer = ip:::ffff:a00:1", "an address of IPv4");
	bad_line("peer = host.example.org", "not an identity");
	bad_line("peer = dns:*", "not an identity");
	bad_line("peer = dns:a.*.org", "not an identity");
	bad_line("peer = dns:*.*.org", "not an identity");
	bad_line("peer = ip:10.0.0.0/8", "not an identity");
	bad_line("peer = uri:spiffe", "not an identity");
	bad_line("peer = uri:*", "not an identity");
	bad_line("peer = uri:spiffe://example.org*", "behind the host and a slash");
	bad_line("peer = uri:spiffe://*", "behind the host and a slash");
	bad_line("anonymous = maybe", "unknown value");
	bad_line("mode = on", "unknown value 'on'");
	bad_line("ak-trust = all", "unknown value");
	bad_line("key = usb", "unknown value");
	bad_line("consumer = user", "unknown value");
	bad_line("clock = unsafe", "unknown value");
	bad_line("own-ak = yes", "unknown value");
	bad_line("attest = always", "unknown value");
	bad_line("refusal = die", "unknown value");
	bad_line("modes = anything", "unknown value 'anything'");
	bad_line("profile = altea", "unknown value 'altea'");
	bad_line("modes = evidence, evidence", "'evidence' twice");
	bad_line("verifier = ../x", "not a name");
	bad_line("verifier = a,b,c,d,e,f,g,h,i", "more than 8 verifiers");
	bad_line("lifetime = 3600", "a number and s, m, h or d");
	bad_line("lifetime = h", "1s to 30d");
	bad_line("lifetime = 0s", "1s to 30d");
	bad_line("lifetime = 31d", "1s to 30d");
	bad_line("lifetime = 1h30m", "1s to 30d");
	bad_line("lifetime = 99999999999999999999s", "1s to 30d");
	bad_line("digest = 00", "32 or 48 octets");
	bad_line("digest = " V32 "00", "32 or 48 octets");
	bad_line("digest = zz" V32 "zz", "32 or 48");
	bad_line("digest = zz08080808080808080808080808080808080808080808080808080808080808",
		 "not a value in hex");
	bad_line("pcrs = 7", "BANK:N");
	bad_line("pcrs = md5:7", "unknown bank 'md5'");
	bad_line("pcrs = sha256:", "empty entry");
	bad_line("pcrs = sha256:24", "not a PCR");
	bad_line("pcrs = sha256:x", "not a PCR");
	bad_line("pcrs = sha256:16", "reset");
	bad_line("pcrs = sha256:0,23", "reset");
	bad_line("pcrs = sha256:0-16", "reset");
	bad_line("pcrs = sha256:7-6", "not a PCR");
	bad_line("pcrs = sha256:0-", "not a PCR");
	bad_line("pcrs = sha256:-7", "not a PCR");
	bad_line("pcrs = sha256:0-7,7", "PCR 7 twice");
	bad_line("pcrs = sha1:7", "proves nothing");
	bad_line("require-24 = " V32, "not a PCR: 'require-24'");
	bad_line("require- = " V32, "not a PCR");
	bad_line("require-7 = 0", "not a value in hex");
	bad_line("allow-7 = " V32 ",", "not a value in hex");
	bad_line("allow-x = " V32, "not a PCR: 'allow-x'");
	bad_line("secure-boot = off", "unknown value");
	bad_line("lockdown = none", "unknown value");
	bad_line("reset-count = -1", "not a number");
	bad_line("reset-count = 4294967296", "not a number");
	bad_line("restart-count = 01", "not a number");
	bad_line("age = 5", "an age is a number and");
	bad_line("ima-digest = md5:00", "not a digest by SHA-256");
	bad_line("ima-digest = sha384:" V32, "not a digest by SHA-256");
	bad_line("ima-digest = sha1:0808080808080808080808080808080808080808",
		 "not a digest by SHA-256");
	bad_line("ima-violation = no", "unknown value");
	bad_line("pcrs = sha256:7,7", "PCR 7 twice");
	bad_line("pcr-24 = " V32, "not a PCR");
	bad_line("pcr-07 = " V32, "not a PCR");
	bad_line("pcr- = " V32, "not a PCR");
	bad_line("pcr-7 = 0x", "not a value in hex");
	bad_line("pcr-7 = 0x0x" V32, "not a value in hex");
	bad_line("pcr-7 = x" V32, "not a value in hex");
	bad_line("digest = 0x" V32 "00", "32 or 48 octets");
	bad_line("ima-digest = 0x" V32, "not a digest by SHA-256");
	bad_line("pcr-7 = 080", "not a value in hex");
	bad_line("pcr-7 = " V32 ",", "not a value in hex");
	bad_line("pcr-7 = " V48 V48, "not a value in hex");
	bad_line("\xc3\xa4 = 1", "not plain text");
	bad_line("mode = require\r", "not plain text");
}

static void bad_sections(void)
{
	char name[128];

	wrong("a key before any section", "role = client\n", 1, "before any");
	wrong("no section of another kind", "[polic p]\n", 1, "not a section");
	wrong("no open section", "[policy p\n", 1, "not a section");
	wrong("no name", "[policy ]\n", 1, "not a policy name");
	wrong("no capital in a name", "[policy Web]\n", 1, "not a policy name");
	wrong("no path in a name", "[policy ../x]\n", 1, "not a policy name");
	snprintf(name, sizeof(name), "[policy %064d]\n", 0);
	wrong("no name of 64", name, 1, "not a policy name");
	wrong("no name twice", HEAD TAIL HEAD TAIL, 6, "policy 'p' twice");
	wrong("no key twice", HEAD "role = client\nrole = client\n" TAIL, 3, "'role' twice");
	wrong("no PCR twice", HEAD "pcr-7 = " V32 "\npcr-7 = " V32 "\n", 3, "pcr-7 twice");
	wrong("a mode", "\n" HEAD "peer = *\npcrs = sha256:7\npcr-7 = " V32 "\n", 2, "no mode");
	wrong("a peer", HEAD "mode = require\npcrs = sha256:7\npcr-7 = " V32 "\n", 1, "no peer");
	wrong("PCRs", HEAD "mode = require\npeer = *\n", 1, "no pcrs");
	wrong("PCRs to observe", HEAD "mode = observe\npeer = *\n", 1, "no pcrs");
	wrong("something to hold it against", HEAD "mode = require\npeer = *\npcrs = sha256:7\n",
	      1, "accepts anything");
	wrong("also in an offer", HEAD "mode = offer\npeer = *\npcrs = sha256:7\n", 1,
	      "accepts anything");
	wrong("a verifier for passports", HEAD "modes = passport\n" TAIL, 1, "go together");
	wrong("passports of a verifier", HEAD "verifier = office\n" TAIL, 1, "go together");
	wrong("a passport only of what stays", HEAD "mode = require\npeer = *\n"
	      "pcrs = sha256:7,10\nmodes = passport\nverifier = office\n", 1,
	      "no passport holds for PCR 10");
	wrong("a verifier for results", HEAD "modes = interactive\nmode = require\npeer = *\n"
	      "pcrs = sha256:7\n", 1, "go together");
	wrong("plain results without an age", HEAD "modes = plain\nverifier = office\n"
	      "mode = require\npeer = *\npcrs = sha256:7\n", 1, "plain needs age");
	wrong("plain results of what changes", HEAD "modes = plain\nverifier = office\nage = 1h\n"
	      "mode = require\npeer = *\npcrs = sha256:7,10\n", 1, "no passport holds");
	wrong("values beside results alone", HEAD "modes = evidence, interactive\n"
	      "verifier = office\n" TAIL, 1, "shows no PCR, log or clock");
	wrong("a safe clock beside results alone", HEAD "modes = interactive\nclock = safe\n"
	      "verifier = office\nmode = require\npeer = *\npcrs = sha256:7\n", 1,
	      "shows no PCR, log or clock");
	wrong("logs beside results alone", HEAD "modes = interactive\nlogs = boot\n"
	      "verifier = office\nmode = require\npeer = *\npcrs = sha256:7\n", 1,
	      "shows no PCR, log or clock");
	wrong("something also beside passports", HEAD "mode = require\npeer = *\n"
	      "pcrs = sha256:7\nmodes = evidence, passport\nverifier = office\n", 1,
	      "accepts anything");
	wrong("expat in one direction", HEAD "profile = expat\n" TAIL, 1, "attests one way");
	wrong("expat by evidence", HEAD "profile = expat\nattest = no\nmodes = passport\n"
	      "verifier = office\n" TAIL, 1, "is for evidence");
	wrong("expat by certificates", HEAD "profile = expat\nattest = no\nanonymous = yes\n"
	      TAIL, 1, "is for evidence");
	wrong("a value only of what is asked for",
	      HEAD "mode = require\npeer = *\npcrs = sha256:7\npcr-8 = " V32 "\n", 1,
	      "pcr-8 is not among pcrs");
	wrong("lockdown where only GRUB measures",
	      HEAD "mode = require\npeer = *\npcrs = sha256:7,8\nlockdown = integrity\n", 1,
	      "lockdown is read from PCRs 8 and 12");
	wrong("lockdown where only systemd-stub measures",
	      HEAD "mode = require\npeer = *\npcrs = sha256:7,12\nlockdown = integrity\n", 1,
	      "lockdown is read from PCRs 8 and 12");
	wrong("values as long as the bank's",
	      HEAD "mode = require\npeer = *\npcrs = sha384:7\npcr-7 = " V32 "\n", 1,
	      "not 48 octets");
	wrong("the faults of a section that is not the last",
	      HEAD "peer = *\n[policy q]\n" TAIL, 1, "no mode");
}

static void caps(void)
{
	static char text[2 << 20];
	struct seal_policy_set set = { 0 };
	struct seal_policy_error error;
	size_t len = 0;

	memset(text, '#', sizeof(text));
	text[SEAL_POLICY_LINE_MAX + 1] = '\0';
	wrong("a line of 8193 octets", text, 1, "longer than 8192");
	text[SEAL_POLICY_LINE_MAX + 1] = '#';
	text[(1 << 20) + 1] = '\0';
	wrong("a file above 1 MiB", text, 0, "larger than");
	for (unsigned int i = 0; i <= SEAL_POLICIES_MAX; i++)
		len += sprintf(text + len, "[policy p%u]\n" TAIL, i);
	wrong("257 policies", text, 256 * 5 + 1, "more than 256 policies");
	len = sprintf(text, "[policy p]\nmode = require\npeer = *\npcrs = sha256:7\npcr-7 = ");
	for (unsigned int i = 0; i < SEAL_POLICY_VALUES; i++)
		len += sprintf(text + len, "%s" V32, i ? "," : "");
	ok(seal_policy_parse(&set, "f", bytes(text), &error), "64 values");
	seal_policy_set_free(&set);
	sprintf(text + len, "," V32);
	wrong("65 values", text, 5, "more than 64 values");
	len = sprintf(text, HEAD "peer = dns:a");
	for (unsigned int i = 1; i < SEAL_POLICY_PEERS + 1; i++)
		len += sprintf(text + len, ", dns:a%u", i);
	wrong("33 peers", text, 2, "more than 32 peers");
	len = sprintf(text, HEAD "address = ::1");
	for (unsigned int i = 1; i < SEAL_POLICY_ADDRESSES + 1; i++)
		len += sprintf(text + len, ", ::%x", i);
	wrong("33 addresses", text, 2, "more than 32 addresses");
}

static void fields(void)
{
	static const char text[] =
		"# a comment\n"
		"\n"
		"\t [policy all-1]  # with a comment\n"
		"role=client\n"
		"port = 2049 , 20049\n"
		"address = 10.0.0.0/8, 2001:db8::/32,192.0.2.1\n"
		"peer = dns:*.Example.org, uri:spiffe://example.org/*, ip:192.0.2.1\n"
		"anonymous = yes\nmode = require\nak-trust = admitted\nkey = any\n"
		"pcrs = sha384:0, 7\npcr-7 = " V48 "," V48 "\ndigest = " V32 "\n"
		"consumer = kernel\nclock = safe\nown-ak = allow\nlifetime = 2d\n"
		"attest = no\nrefusal = fail\n"
		"[policy least]\nmode=never\npeer=*";
	struct seal_policy_set set = { 0 };
	struct seal_policy_error error;
	const struct seal_policy *p, *q;

	must(seal_policy_parse(&set, "f", bytes(text), &error), error.text);
	p = &set.policy[0];
	q = &set.policy[1];
	ok(set.count == 2 && !strcmp(p->name, "all-1"), "fields: two policies");
	ok(p->role == SEAL_SIDE_CLIENT && p->port_count == 2 && p->ports[1] == 20049,
	   "fields: role and ports");
	ok(p->net_count == 3 && p->nets[0].prefix == 8 && p->nets[1].family == 6 &&
	   p->nets[2].prefix == 32, "fields: addresses");
	ok(p->peer_count == 3 && !p->any_peer &&
	   !strcmp(p->peers[0].text, "dns:*.example.org"), "fields: peers");
	ok(p->anonymous && !p->attest && p->kernel_only && p->clock_safe && p->own_ak &&
	   p->mode == SEAL_POLICY_REQUIRE && p->ak_trust == SEAL_AK_ADMITTED &&
	   p->residency == SEAL_KEY_ANYWHERE && p->refusal == SEAL_REFUSAL_FAIL,
	   "fields: choices");
	ok(p->lifetime == 2 * 86400, "fields: lifetime");
	ok(p->pcrs.bank == SEAL_TPM_ALG_SHA384 && p->pcrs.mask == 0x81 &&
	   p->pcr[7].count == 2 && p->pcr[7].value[1].len == 48 && p->digests.count == 1,
	   "fields: PCRs");
	ok(q->role == SEAL_SIDE_NONE && q->any_peer && !q->anonymous && q->attest &&
	   !q->kernel_only && !q->clock_safe && !q->own_ak && q->lifetime == 3600 &&
	   q->ak_trust == SEAL_AK_CERTIFICATE && q->residency == SEAL_KEY_IN_TPM &&
	   q->refusal == SEAL_REFUSAL_WAIT, "fields: the strict is the default");
	ok(!seal_policy_parse(&set, "g", bytes("[policy least]\nmode=never\npeer=*\n"), &error) &&
	   error.line == 1 && set.count == 2, "fields: a name of another file is taken too");
	ok(seal_policy_parse(&set, "g", bytes("[policy third]\nmode=never\npeer=*\n"), &error) &&
	   set.count == 3, "fields: a second file is added");
	seal_policy_set_free(&set);
	ok(seal_policy_parse(&set, "g", bytes("[policy n]\nmode=never\n"), &error) &&
	   set.policy[0].any_peer, "fields: never may leave the peer out");
	seal_policy_set_free(&set);
	ok(seal_policy_parse(&set, "g", bytes(""), &error) && !set.count,
	   "fields: nothing is no policy");
}

static bool all_eights(const struct seal_policy_values *values, size_t count)
{
	uint8_t eights[32];

	memset(eights, 8, sizeof(eights));
	for (size_t i = 0; i < values->count; i++)
		if (values->value[i].len != sizeof(eights) ||
		    memcmp(values->value[i].data, eights, sizeof(eights)))
			return false;
	return values->count == count;
}

/* As tpm2_pcrread prints them. */
static void prefixed(void)
{
	struct seal_policy_set set = { 0 };
	struct seal_policy_error error;
	const struct seal_policy *p;

	if (!ok(seal_policy_parse(&set, "f", bytes(HEAD "mode = require\npeer = *\n"
		"pcrs = sha256:7,8,9\nlogs = boot\npcr-7 = 0x" V32 ", 0X" V32 "\n"
		"digest = 0x" V32 "\nrequire-8 = 0x" V32 "\nallow-9 = " V32 ",0X" V32 "\n"),
		&error), "0x: is taken")) {
		note("%s", error.text);
		return;
	}
	p = set.policy;
	ok(all_eights(&p->pcr[7], 2), "0x: before a value of a PCR");
	ok(all_eights(&p->digests, 1), "0x: before a digest");
	ok(all_eights(&p->require[8], 1) && all_eights(&p->allow[9], 2), "0x: before events");
	seal_policy_set_free(&set);
}

static const struct seal_policy *find(const struct seal_policy_set *set,
				      enum seal_side role, uint16_t port,
				      const char *address, const struct seal_cert *cert)
{
	struct seal_policy_query q = { .role = role, .port = port };
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, address, &v4.sin_addr) == 1)
		must(seal_policy_query_peer(&q, &v4, sizeof(v4)), "v4");
	else
		must(inet_pton(AF_INET6, address, &v6.sin6_addr) == 1 &&
		     seal_policy_query_peer(&q, &v6, sizeof(v6)), "v6");
	return cert == (void *)-1 ? seal_policy_candidate(set, &q)
				  : seal_policy_match(set, &q, cert);
}

static bool named(const struct seal_policy *p, const char *name)
{
	if (!p || !name) {
		if (p)
			note("it is %s", p->name);
		return !p && !name;
	}
	return !strcmp(p->name, name);
}

#define ANY	((const struct seal_cert *)-1)

/* Peers in it are of IPv4: a prefix of it must be that of theirs. */
static void mapped(void)
{
	static const char text[] = HEAD "address = ::ffff:10.0.0.0/105, ::ffff:192.0.2.1,"
		"2001:db8::/64, ::fffe:0.0.0.0/96\npeer = *\nmode = never\n";
	const struct seal_policy *p;
	struct seal_policy_set set = { 0 };
	struct seal_policy_error error;

	must(seal_policy_parse(&set, "f", bytes(text), &error), error.text);
	p = &set.policy[0];
	ok(find(&set, SEAL_SIDE_SERVER, 1, "10.127.0.1", ANY) == p &&
	   find(&set, SEAL_SIDE_SERVER, 1, "::ffff:10.127.0.1", ANY) == p &&
	   !find(&set, SEAL_SIDE_SERVER, 1, "10.128.0.1", ANY) &&
	   find(&set, SEAL_SIDE_SERVER, 1, "192.0.2.1", ANY) == p &&
	   !find(&set, SEAL_SIDE_SERVER, 1, "192.0.2.2", ANY), "match: a mapped prefix");
	ok(p->nets[2].family == 6 && p->nets[3].family == 6 &&
	   find(&set, SEAL_SIDE_SERVER, 1, "::fffe:0:1", ANY) == p, "match: and others are not");
	seal_policy_set_free(&set);
}

static void matching(void)
{
	static const char text[] =
		"[policy server]\nrole = server\nport = 2049\naddress = 10.0.0.0/9\n"
		"peer = dns:*.example.org\n" "mode = require\npcrs = sha256:7\npcr-7=" V32 "\n"
		"[policy v6]\nrole = server\naddress = 2001:db8::/33\npeer = *\nmode = never\n"
		"[policy anon]\nport = 99\npeer = *\nanonymous = yes\nmode = never\n"
		"[policy client]\nrole = client\npeer = uri:spiffe://example.org/nfs/*\n"
		"mode = never\n";
	struct seal_policy_set set = { 0 };
	struct seal_policy_error error;
	struct seal_cert org = { .id_count = 2 }, net = { .id_count = 1 }, nobody = { 0 };

	strcpy(org.ids[0].text, "ip:10.0.0.1");
	strcpy(org.ids[1].text, "dns:a.example.org");
	strcpy(net.ids[0].text, "uri:spiffe://example.org/nfs/7");
	must(seal_policy_parse(&set, "f", bytes(text), &error), error.text);
	ok(named(find(&set, SEAL_SIDE_SERVER, 2049, "10.127.9.9", &org), "server"),
	   "match: role, port, address, one of the identities");
	ok(named(find(&set, SEAL_SIDE_SERVER, 2049, "10.128.0.0", &org), NULL),
	   "match: not past the prefix");
	ok(named(find(&set, SEAL_SIDE_SERVER, 2050, "10.0.0.1", &org), NULL),
	   "match: not the port");
	ok(named(find(&set, SEAL_SIDE_CLIENT, 2049, "10.0.0.1", &org), NULL),
	   "match: not the role");
	ok(named(find(&set, SEAL_SIDE_SERVER, 2049, "10.0.0.1", &net), NULL),
	   "match: not the peer");
	ok(named(find(&set, SEAL_SIDE_SERVER, 2049, "::ffff:10.0.0.1", &org), "server"),
	   "match: a mapped address is the one it maps");
	ok(named(find(&set, SEAL_SIDE_SERVER, 1, "2001:db8:7fff::1", &net), "v6") &&
	   named(find(&set, SEAL_SIDE_SERVER, 1, "2001:db8:8000::1", &net), NULL),
	   "match: IPv6 prefixes");
	ok(named(find(&set, SEAL_SIDE_CLIENT, 99, "192.0.2.1", NULL), "anon") &&
	   named(find(&set, SEAL_SIDE_CLIENT, 98, "192.0.2.1", NULL), NULL),
	   "match: without certificate only where it is allowed");
	ok(named(find(&set, SEAL_SIDE_CLIENT, 99, "192.0.2.1", &nobody), NULL),
	   "match: a certificate without identity is nobody, not anonymous");
	ok(named(find(&set, SEAL_SIDE_CLIENT, 1, "192.0.2.1", &net), "client"), "match: by uri");
	ok(named(find(&set, SEAL_SIDE_SERVER, 2049, "10.0.0.1", ANY), "server") &&
	   named(find(&set, SEAL_SIDE_CLIENT, 1, "10.0.0.1", ANY), "client") &&
	   named(find(&set, SEAL_SIDE_SERVER, 1, "10.0.0.1", ANY), NULL),
	   "match: a candidate before the peer is known");
	ok(!seal_policy_query_peer(&(struct seal_policy_query){ 0 }, "\1\0", 2) &&
	   !seal_policy_query_peer(&(struct seal_policy_query){ 0 },
				   &(struct sockaddr){ .sa_family = AF_UNIX },
				   sizeof(struct sockaddr)), "match: no other addresses");
	seal_policy_set_free(&set);
}

static bool by_psk(const struct seal_policy_set *set, uint16_t port, const char *identity,
		   const char *name)
{
	struct seal_policy_query q = {
		.role = SEAL_SIDE_SERVER, .port = port, .family = 4, .psk = true,
	};

	return named(seal_policy_match_psk(set, &q, bytes(identity)), name);
}

static void pre_shared(void)
{
	static const char text[] =
		"[policy one]\nport = 4420\npsk = NVMe1R01 nqn.h nqn.s, x,NVMe1R01 nqn.i *\n"
		"peer = dns:a.org\n" TAIL_PCR
		"[policy two]\npsk = NVMe1R01 *\nmode = never\n"
		"[policy three]\nmode = never\n";
	struct seal_policy_query q = { .role = SEAL_SIDE_SERVER, .port = 4420, .family = 4 };
	struct seal_policy_set set = { 0 };
	struct seal_policy_error error;
	struct seal_cert org = { .id_count = 1 };

	strcpy(org.ids[0].text, "dns:a.org");
	must(seal_policy_parse(&set, "f", bytes(text), &error), error.text);
	ok(by_psk(&set, 4420, "NVMe1R01 nqn.h nqn.s", "one") && by_psk(&set, 4420, "x", "one") &&
	   by_psk(&set, 4420, "NVMe1R01 nqn.i nqn.s", "one"), "psk: as a whole, or what follows");
	ok(by_psk(&set, 4420, "NVMe1R01 nqn.h nqn.s2", "two") &&
	   by_psk(&set, 4420, "NVMe1R01 nqn.h nqn", "two") && by_psk(&set, 1, "x", NULL) &&
	   by_psk(&set, 4420, "NVMe1R01 ", NULL) && by_psk(&set, 4420, "", NULL) &&
	   by_psk(&set, 4420, "y", NULL), "psk: neither more nor less, and the port");
	ok(named(seal_policy_match(&set, &q, &org), "three") &&
	   !seal_policy_match_psk(&set, &q, bytes("x")), "psk: not for certificates");
	q.psk = true;
	q.port = 9;
	ok(named(seal_policy_candidate(&set, &q), "two"), "psk: a candidate has it");
	seal_policy_set_free(&set);
	wrong("psk without a peer", HEAD "psk = x\n" TAIL, 1, "names no peer");
	bad_line("psk = *", "not a PSK identity");
	bad_line("psk = a,,b", "empty entry");
	ok(!seal_policy_parse(&set, "f", bytes(HEAD "mode = never\npsk = 1,2,3,4,5,6,7,8,9,10,"
					       "11,12,13,14,15,16,17\n"), &error) &&
	   strstr(error.text, "more than 16"), "psk: at most 16");
}

static void logs(void)
{
	struct seal_policy_set set = { 0 };
	struct seal_policy_error error;
	uint8_t context[SEAL_CONTEXT_LEN] = { 0 }, select[SEAL_PCR_SELECT_MAX];
	struct seal_ask ask;

	must(seal_policy_parse(&set, "f", bytes(HEAD TAIL "logs = ima, boot\nlog-limit = 3\n"
						"[policy q]\n" TAIL), &error), error.text);
	ok(set.policy[0].logs == SEAL_WANT_LOGS && set.policy[0].log_limit == 3 &&
	   !set.policy[1].logs && set.policy[1].log_limit == 16, "logs: which, and how much");
	ok(seal_policy_ask(&set.policy[0], SEAL_SIDE_SERVER, 0, context, select, &ask) &&
	   ask.want_logs == SEAL_WANT_LOGS, "logs: are asked for");
	seal_policy_set_free(&set);
	bad_line("logs = none", "not a log");
	bad_line("logs = boot,,ima", "empty entry");
	bad_line("log-limit = 0", "1 to 64");
	bad_line("log-limit = 65", "1 to 64");
	bad_line("log-limit = 1M", "1 to 64");
}

static bool covers(const char *pattern, const char *id)
{
	struct seal_policy p = { .peer_count = 1 };
	struct seal_identity i;

	strcpy(p.peers[0].text, pattern);
	strcpy(i.text, id);
	return seal_policy_covers(&p, &i);
}

static void patterns(void)
{
	ok(covers("dns:a.org", "dns:a.org") && !covers("dns:a.org", "dns:b.a.org") &&
	   !covers("dns:a.org", "dns:a.org.evil"), "pattern: itself");
	ok(covers("dns:*.a.org", "dns:x.a.org") && !covers("dns:*.a.org", "dns:x.y.a.org") &&
	   !covers("dns:*.a.org", "dns:a.org") && !covers("dns:*.a.org", "dns:.a.org") &&
	   !covers("dns:*.a.org", "dns:x-a.org") && !covers("dns:*.a.org", "uri:x.a.org"),
	   "pattern: one label more");
	ok(covers("uri:spiffe://a/b/*", "uri:spiffe://a/b/c/d") &&
	   !covers("uri:spiffe://a/b/*", "uri:spiffe://a/b/") &&
	   !covers("uri:spiffe://a/b/*", "uri:spiffe://a/bc") &&
	   !covers("uri:spiffe://a/b/*", "dns:spiffe"), "pattern: what begins like it");
	ok(!covers("ip:10.0.0.1", "dns:10.0.0.1"), "pattern: an address is not a name");
	ok(seal_policy_covers(&(struct seal_policy){ .any_peer = true },
			      &(struct seal_identity){ "dns:x" }) &&
	   !seal_policy_covers(&(struct seal_policy){ .any_peer = true },
			       &(struct seal_identity){ "" }) &&
	   !seal_policy_covers(&(struct seal_policy){ 0 }, &(struct seal_identity){ "" }),
	   "pattern: a star is anybody, not nobody");
}

static void identities(void)
{
	struct seal_policy any = { .any_peer = true }, org = { .peer_count = 1 };
	struct seal_cert cert = { .id_count = 2 };
	struct seal_identity ref = { "dns:b.net" }, other = { "dns:c.net" }, got;

	strcpy(org.peers[0].text, "dns:a.org");
	strcpy(cert.ids[0].text, "dns:a.org");
	strcpy(cert.ids[1].text, "dns:b.net");
	ok(seal_policy_identity(&any, &cert, SEAL_SIDE_CLIENT, &ref, &got) ==
	   SEAL_REASON_ACCEPTED && !strcmp(got.text, "dns:b.net"),
	   "identity: the name that was to be reached");
	ok(seal_policy_identity(&org, &cert, SEAL_SIDE_CLIENT, &ref, &got) ==
	   SEAL_REASON_ACCEPTED && !strcmp(got.text, "dns:a.org"),
	   "identity: it must be there, policy's name counts");
	ok(seal_policy_identity(&org, &cert, SEAL_SIDE_CLIENT, &other, &got) ==
	   SEAL_REASON_IDENTITY_REFERENCE, "identity: not another host");
	ok(seal_policy_identity(&any, &cert, SEAL_SIDE_CLIENT, NULL, &got) ==
	   SEAL_REASON_IDENTITY_REFERENCE &&
	   seal_policy_identity(&any, &cert, SEAL_SIDE_NONE, NULL, &got) ==
	   SEAL_REASON_IDENTITY_REFERENCE, "identity: a client that reaches anybody is a mistake");
	ok(seal_policy_identity(&any, &cert, SEAL_SIDE_SERVER, NULL, &got) ==
	   SEAL_REASON_ACCEPTED && !strcmp(got.text, "dns:a.org"), "identity: a server may");
	strcpy(org.peers[0].text, "dns:z.org");
	ok(seal_policy_identity(&org, &cert, SEAL_SIDE_SERVER, NULL, &got) ==
	   SEAL_REASON_IDENTITY_POLICY, "identity: but policy must know it");
	cert.id_count = 0;
	ok(seal_policy_identity(&any, &cert, SEAL_SIDE_SERVER, NULL, &got) ==
	   SEAL_REASON_IDENTITY_NONE, "identity: there must be one");
}

static void measurements(void)
{
	static struct seal_policy_value v[2] = { { 1, { 5 } }, { 1, { 6 } } };
	struct seal_policy p = { 0 };
	struct seal_bytes value[SEAL_PCR_COUNT] = { { 0 } };
	struct seal_bytes digest = { (const uint8_t *)"\x06", 1 };
	unsigned int pcr = 99;

	value[3] = (struct seal_bytes){ (const uint8_t *)"\x06", 1 };
	ok(seal_policy_measurements(&p, value, digest, &pcr) == SEAL_REASON_POLICY_VACUOUS,
	   "measurements: an empty policy accepts nothing");
	p.pcr[3] = (struct seal_policy_values){ 2, v };
	ok(seal_policy_measurements(&p, value, digest, &pcr) == SEAL_REASON_ACCEPTED,
	   "measurements: one of the values");
	p.pcr[4] = (struct seal_policy_values){ 1, v };
	ok(seal_policy_measurements(&p, value, digest, &pcr) == SEAL_REASON_PCR_VALUE &&
	   pcr == 4, "measurements: every PCR that is named");
	p.pcr[4].count = 0;
	p.digests = (struct seal_policy_values){ 1, v };
	ok(seal_policy_measurements(&p, value, digest, &pcr) == SEAL_REASON_PCR_SET,
	   "measurements: and the digest");
	p.pcr[3].count = 0;
	p.digests.count = 2;
	ok(seal_policy_measurements(&p, value, digest, &pcr) == SEAL_REASON_ACCEPTED,
	   "measurements: or the digest alone");
}

static void asking(void)
{
	struct seal_policy p = { .mode = SEAL_POLICY_REQUIRE, .modes = SEAL_HELLO_EVIDENCE,
				 .pcrs = { SEAL_TPM_ALG_SHA256, 0x81 } };
	uint8_t context[SEAL_CONTEXT_LEN] = { 3 }, select[SEAL_PCR_SELECT_MAX], raw[1024];
	struct seal_ask ask, got;
	struct seal_pcrs pcrs;
	size_t len;

	must(seal_policy_ask(&p, SEAL_SIDE_SERVER, 2, context, select, &ask), "ask");
	len = seal_ask_encode(&ask, raw, sizeof(raw));
	ok(len && seal_ask_decode((struct seal_bytes){ raw, len }, &got) &&
	   got.exchange == 2 && got.context[0] == 3 && seal_ask_accepts(&got, 0x0403) &&
	   seal_pcrs_decode(got.pcr_select, &pcrs) && pcrs.mask == 0x81,
	   "asking: what the policy wants to see");
	p.pcrs.mask = 0;
	ok(!seal_policy_ask(&p, SEAL_SIDE_SERVER, 2, context, select, &ask),
	   "asking: not for nothing");
	ok(seal_policy_wants(&p) &&
	   seal_policy_wants(&(struct seal_policy){ .mode = SEAL_POLICY_OFFER }) &&
	   seal_policy_wants(&(struct seal_policy){ .mode = SEAL_POLICY_OBSERVE }) &&
	   !seal_policy_wants(&(struct seal_policy){ .mode = SEAL_POLICY_NEVER }) &&
	   !seal_policy_wants(&(struct seal_policy){ 0 }), "asking: in three modes");
}

int main(void)
{
	bad_values();
	bad_sections();
	caps();
	fields();
	prefixed();
	matching();
	mapped();
	pre_shared();
	logs();
	patterns();
	identities();
	measurements();
	asking();
	return done();
}
