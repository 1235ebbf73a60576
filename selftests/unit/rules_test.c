// SPDX-License-Identifier: GPL-2.0-or-later
/* verify/rules, verify/admitted, verify/hex: files in, rules out, or nothing. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/result.h"
#include "verify/hex.h"
#include "verify/verify.h"

#define V32 "0808080808080808080808080808080808080808080808080808080808080808"
#define TEXT(s) ((struct seal_bytes){ (const uint8_t *)(s), strlen(s) })
#define POLICY(n) "[policy " n "]\npeer = *\nmode = require\npcrs = sha256:7\npcr-7 = " V32 "\n"

static char dir[] = "/tmp/seal-rules-XXXXXX";

static const char *path(const char *name)
{
	static char buf[4096];

	snprintf(buf, sizeof(buf), "%s/%s", dir, name);
	return buf;
}

static void put(const char *name, const void *data, size_t len)
{
	FILE *f = fopen(path(name), "wb");

	must(f && fwrite(data, 1, len, f) == len && !fclose(f), name);
}

static void put_text(const char *name, const char *text)
{
	put(name, text, strlen(text));
}

static void drop(const char *name)
{
	must(!unlink(path(name)), name);
}

/* Loading fails, and the error names the file and says why. */
static void fails(const char *what, const char *file, unsigned int line, const char *why)
{
	struct seal_policy_error error;
	struct seal_rules rules;
	bool loaded = seal_rules_load(dir, &rules, &error);

	if (loaded || strcmp(error.file, path(file)) || error.line != line ||
	    !strstr(error.text, why))
		note("%s:%u: %s", error.file, error.line, error.text);
	ok(!loaded && !strcmp(error.file, path(file)) && error.line == line &&
	   strstr(error.text, why) && !rules.policies.count && !rules.x509,
	   "rules: %s", what);
	if (loaded)
		seal_rules_free(&rules);
}

static void policies(void)
{
	struct seal_policy_error error;
	struct seal_rules rules;

	ok(seal_rules_load(dir, &rules, &error) && !rules.policies.count && !rules.x509 &&
	   !rules.ak && !rules.admitted.count, "rules: an empty directory is no rules");
	seal_rules_free(&rules);
	must(!mkdir(path("policy.d"), 0700) && !mkdir(path("trust"), 0700) &&
	     !mkdir(path("admitted"), 0700), "mkdir");
	put_text("policy.d/20-b.conf", POLICY("b"));
	put_text("policy.d/10-a.conf", POLICY("a"));
	put_text("policy.d/B.conf", POLICY("c"));
	put_text("policy.d/.hidden.conf", "junk");
	put_text("policy.d/notes.txt", "junk");
	put_text("policy.d/.conf", "junk");
	ok(seal_rules_load(dir, &rules, &error) && rules.policies.count == 3 &&
	   !strcmp(rules.policies.policy[0].name, "a") &&
	   !strcmp(rules.policies.policy[1].name, "b") &&
	   !strcmp(rules.policies.policy[2].name, "c"), "rules: policies in the order of names");
	seal_rules_free(&rules);
	put_text("policy.d/30.conf", "[policy d]\npeer = *\nmode = x\n");
	fails("a bad policy", "policy.d/30.conf", 3, "unknown value");
	put_text("policy.d/30.conf", POLICY("a"));
	fails("a name in two files", "policy.d/30.conf", 1, "policy 'a' twice");
	drop("policy.d/30.conf");
	must(!symlink("/dev/zero", path("policy.d/40.conf")), "symlink");
	fails("a device", "policy.d/40.conf", 0, strerror(EINVAL));
	drop("policy.d/40.conf");
	must(!symlink("nowhere", path("policy.d/40.conf")), "symlink");
	fails("a link to nowhere", "policy.d/40.conf", 0, strerror(ENOENT));
	drop("policy.d/40.conf");
	must(!mkfifo(path("policy.d/40.conf"), 0600), "fifo");
	fails("a pipe that nobody writes", "policy.d/40.conf", 0, strerror(EINVAL));
	drop("policy.d/40.conf");
}

static void reading(void)
{
	static uint8_t big[4097];
	uint8_t *data;
	size_t len;

	put("file", big, 4096);
	ok(seal_file_read(path("file"), 4096, &data, &len) && len == 4096, "file: up to its cap");
	free(data);
	put("file", big, 4097);
	ok(!seal_file_read(path("file"), 4096, &data, &len) && errno == EFBIG,
	   "file: not an octet more");
	put("file", big, 0);
	ok(seal_file_read(path("file"), 4096, &data, &len) && !len, "file: an empty one");
	free(data);
	ok(!seal_file_read(dir, 4096, &data, &len) && errno == EINVAL, "file: not a directory");
	drop("file");
}

static void add(struct blob *all, const struct blob *one)
{
	must(all->len + one->len <= sizeof(all->data), "room");
	memcpy(all->data + all->len, one->data, one->len);
	all->len += one->len;
}

static void add_text(struct blob *all, const char *text)
{
	struct blob one = { .len = strlen(text) };

	memcpy(one.data, text, one.len);
	add(all, &one);
}

/* Of @x509 and @ak, in the two files, and of @foreign, in none. */
static void lists(struct authority *x509, struct authority *ak, struct authority *foreign,
		  const struct blob *cert)
{
	struct blob one, two, three, all = { 0 };
	struct seal_policy_error error;
	struct seal_rules rules;

	revoke_cert(x509, cert, &one);
	revoke_cert(ak, cert, &two);
	revoke_cert(foreign, cert, &three);
	add_text(&all, "The first:\n");
	add(&all, &one);
	add(&all, &two);
	add(&all, &one);
	add_text(&all, "\nThis was the last.\n");
	put("trust/crl.pem", all.data, all.len);
	ok(seal_rules_load(dir, &rules, &error), "trust: lists of both, and words: %s", error.text);
	seal_rules_free(&rules);
	add(&all, &three);
	put("trust/crl.pem", all.data, all.len);
	fails("a foreign list after ours", "trust/crl.pem", 0, "list 4 is not of a CA");
	all.len -= three.len;
	add(&all, &one);
	all.len -= 30;
	put("trust/crl.pem", all.data, all.len);
	fails("a list cut short", "trust/crl.pem", 0, "what begins after list 3");
	all = three;
	add(&all, &one);
	put("trust/crl.pem", all.data, all.len);
	fails("a foreign list before ours", "trust/crl.pem", 0, "list 1 is not of a CA");
	all = one;
	add_text(&all, "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n");
	put("trust/crl.pem", all.data, all.len);
	fails("a list that cannot be read", "trust/crl.pem", 0, "list 2 is not a revocation list");
}

/* A path ends at a CA of ours before a list is asked: a revoked one must go. */
static void revoked_cas(void)
{
	struct authority root, sub;
	struct blob both = { 0 }, crl;

	new_authority(&root, "root", NULL);
	new_authority(&sub, "issuing CA", &root);
	add(&both, &root.pem);
	add(&both, &sub.pem);
	revoke_cert(&root, &sub.der, &crl);
	put("trust/crl.pem", crl.data, crl.len);
	for (int ak = 0; ak < 2; ak++) {
		const char *file = ak ? "trust/ak.pem" : "trust/x509.pem";

		put(file, both.data, both.len);
		fails(ak ? "a CA for AKs that is revoked" : "a CA that is revoked", "trust/crl.pem",
		      0, "list 1 revokes a CA that is in trust/: CN=issuing CA");
		drop(file);
	}
	drop("trust/crl.pem");
}

static void trusts(void)
{
	const struct profile host = { .ids = { "dns:host.example.org" } };
	struct authority ca, other, foreign;
	struct blob leaf, ak, crl;
	struct seal_policy_error error;
	struct seal_rules rules;
	struct seal_cert cert;
	struct seal_bytes chain[1], ak_chain[1];

	new_authority(&ca, "CA", NULL);
	new_authority(&other, "other", NULL);
	put("trust/x509.pem", ca.pem.data, ca.pem.len);
	put("trust/ak.pem", other.pem.data, other.pem.len);
	issue(&ca, new_key(P256), &host, &leaf);
	issue_ak(&ca, new_key(P256), &host, &ak);
	chain[0] = of(&leaf);
	ak_chain[0] = of(&ak);
	must(seal_rules_load(dir, &rules, &error), error.text);
	ok(seal_verify_peer(&rules, chain, 1, SEAL_SIDE_CLIENT, NOW, &cert) == SEAL_REASON_ACCEPTED,
	   "trust: x509.pem is for TLS");
	ok(seal_trust_check(rules.ak, ak_chain, 1, NOW, SEAL_PURPOSE_AK, NULL) ==
	   SEAL_REASON_CERT_UNTRUSTED, "trust: ak.pem is for AKs");
	seal_rules_free(&rules);
	revoke_cert(&ca, &leaf, &crl);
	put("trust/crl.pem", crl.data, crl.len);
	must(seal_rules_load(dir, &rules, &error), error.text);
	ok(seal_trust_check(rules.x509, chain, 1, NOW, SEAL_PURPOSE_SERVER, NULL) ==
	   SEAL_REASON_CERT_REVOKED, "trust: crl.pem revokes");
	seal_rules_free(&rules);
	put_text("trust/crl.pem", "junk");
	fails("a list that is none", "trust/crl.pem", 0, "no revocation list");
	issue(&ca, new_key(P256), &host, &leaf);
	new_authority(&foreign, "foreign", NULL);
	lists(&ca, &other, &foreign, &leaf);
	new_authority(&ca, "CA", NULL);
	revoke_cert(&ca, &leaf, &crl);
	put("trust/crl.pem", crl.data, crl.len);
	fails("a list of a CA that nobody trusts", "trust/crl.pem", 0, "list 1 is not of a CA");
	drop("trust/crl.pem");
	put_text("trust/ak.pem", "");
	fails("a file without CAs", "trust/ak.pem", 0, "no certificates");
	put_text("trust/ak.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
	fails("a CA that cannot be read", "trust/ak.pem", 0, "no certificates");
	drop("trust/ak.pem");
	drop("trust/x509.pem");
}

/* Whatever the order in which they came. */
static void many(void)
{
	enum { MANY = 100 };
	struct seal_identity id[MANY], nobody = { "dns:nobody.org" };
	struct seal_admitted all = { 0 };
	unsigned int found = 0, twice = 0;
	gnutls_privkey_t key[MANY];
	char why[128];

	for (unsigned int i = 0; i < MANY; i++) {
		const char *text;

		key[i] = new_key(i % 2 ? P384 : P256);
		snprintf(id[i].text, sizeof(id[i].text), "dns:h%u.org", i);
		text = admitted_json(key[i], GOOD_AK, id[i].text, "", false);
		must(seal_admitted_parse(&all, TEXT(text), why, sizeof(why)), why);
	}
	for (unsigned int i = 0; i < MANY; i++) {
		const char *text = admitted_json(key[i], GOOD_AK, id[i].text, "", false);

		found += !strcmp(all.entry[i].identity.text, id[i].text) &&
			 seal_admitted_check(&all, &id[i], &all.entry[i].name) ==
				 SEAL_REASON_ACCEPTED &&
			 seal_admitted_check(&all, &nobody, &all.entry[i].name) ==
				 SEAL_REASON_AK_IDENTITY;
		twice += seal_admitted_parse(&all, TEXT(text), why, sizeof(why));
	}
	ok(all.count == MANY && found == MANY && !twice, "admitted: each of %u, and none twice",
	   MANY);
	seal_admitted_free(&all);
}

static void admitted(void)
{
	gnutls_privkey_t ak = new_key(P256), ak2 = new_key(P256);
	struct seal_identity a = { "dns:a.org" }, b = { "dns:b.org" };
	struct seal_policy_error error;
	struct seal_tpm_name name = { 0 };
	struct seal_rules rules;

	put_text("admitted/a.json", admitted_json(ak, GOOD_AK, "dns:A.org", "", false));
	put_text("admitted/a2.json", admitted_json(ak2, GOOD_AK, "dns:a.org", "", false));
	must(seal_rules_load(dir, &rules, &error), error.text);
	ok(rules.admitted.count == 2 &&
	   seal_admitted_check(&rules.admitted, &a, &rules.admitted.entry[0].name) ==
	   SEAL_REASON_ACCEPTED, "admitted: a key for its identity; two for one");
	ok(seal_admitted_check(&rules.admitted, &b, &rules.admitted.entry[0].name) ==
	   SEAL_REASON_AK_IDENTITY, "admitted: not for another");
	ok(seal_admitted_check(&rules.admitted, &a, &name) == SEAL_REASON_AK_UNKNOWN &&
	   seal_admitted_check(NULL, &a, &name) == SEAL_REASON_AK_UNKNOWN,
	   "admitted: nobody else");
	seal_rules_free(&rules);
	put_text("admitted/b.json", admitted_json(ak, GOOD_AK, "dns:b.org", "", false));
	fails("one key for two machines", "admitted/b.json", 0, "admitted already");
	put_text("admitted/b.json", admitted_json(ak, GOOD_AK, "dns:a.org", "", false));
	fails("one key twice", "admitted/b.json", 0, "admitted already");
	ak = new_key(P256);
	put_text("admitted/b.json", admitted_json(ak, GOOD_AK, "b.org", "", false));
	fails("no identity", "admitted/b.json", 0, "identity is not");
	put_text("admitted/b.json", admitted_json(ak, GOOD_AK, "dns:b.org", "", true));
	fails("the name of another key", "admitted/b.json", 0, "not the name of ak_public");
	put_text("admitted/b.json", admitted_json(ak, GOOD_TIK, "dns:b.org", "", false));
	fails("a key that is no AK", "admitted/b.json", 0, "not a restricted");
	put_text("admitted/b.json", admitted_json(ak, GOOD_AK, "dns:b.org", ",\"x\":1", false));
	fails("a member more", "admitted/b.json", 0, "not an object of");
	put_text("admitted/b.json", admitted_json(ak, GOOD_AK, "dns:b.org",
						  ",\"identity\":\"dns:c.org\"", false));
	fails("a member twice", "admitted/b.json", 0, "not JSON");
	put_text("admitted/b.json",
		 "{\"identity\":\"dns:b.org\",\"ak_public\":\"00\",\"ak_name\":1}");
	fails("junk as key", "admitted/b.json", 0, "not a TPMT_PUBLIC");
	put_text("admitted/b.json", "[]");
	fails("a list", "admitted/b.json", 0, "not an object");
	put_text("admitted/b.json", "{");
	fails("half an object", "admitted/b.json", 0, "not JSON");
	put_text("admitted/b.json", admitted_json(ak, GOOD_AK, "dns:b.org", "} {", false));
	fails("two objects", "admitted/b.json", 0, "not JSON");
	drop("admitted/b.json");
	drop("admitted/a.json");
	drop("admitted/a2.json");
}

/* A policy that takes passports of two verifiers. */
#define PASSPORT "[policy p]\npeer = *\nmode = require\npcrs = sha256:7\n"	\
	"modes = passport\nverifier = one, two\n"

static void verifiers(void)
{
	struct blob one, two, rsa;
	struct seal_policy_error error;
	const struct seal_verifier *v;
	struct seal_policy policy = { .verifiers = { "two" }, .verifier_count = 1 };
	struct seal_rules rules;
	uint8_t kid[SEAL_SHA256_LEN], other[SEAL_SHA256_LEN];

	public_pem(new_key(P256), &one, other);
	public_pem(new_key(P384), &two, kid);
	public_pem(new_key(RSA2048), &rsa, other);
	must(!mkdir(path("verifiers"), 0700), "mkdir");
	put_text("policy.d/passport.conf", PASSPORT);
	put("verifiers/one.pem", one.data, one.len);
	fails("a verifier without a key", "verifiers/two.pem", 0, "No such file");
	put("verifiers/two.pem", rsa.data, rsa.len);
	fails("a verifier with an RSA key", "verifiers/two.pem", 0, "not a public key");
	put("verifiers/two.pem", two.data, two.len);
	put_text("verifiers/unnamed.pem", "junk");
	must(seal_rules_load(dir, &rules, &error), error.text);
	v = seal_verifiers_trusted(&rules.verifiers, &policy,
				   (struct seal_bytes){ kid, sizeof(kid) });
	ok(rules.verifiers.count == 2 && v && !strcmp(v->name, "two"),
	   "verifiers: those that a policy names, by their keys");
	strcpy(policy.verifiers[0], "one");
	ok(!seal_verifiers_trusted(&rules.verifiers, &policy,
				   (struct seal_bytes){ kid, sizeof(kid) }),
	   "verifiers: not one that another policy names");
	seal_rules_free(&rules);
	drop("policy.d/passport.conf");
	drop("verifiers/one.pem");
	drop("verifiers/two.pem");
	drop("verifiers/unnamed.pem");
	must(!rmdir(path("verifiers")), "rmdir");
}

#define FILES(n) "[policy " n "]\npeer = *\nmode = require\nak-trust = certificate\n"	\
	"pcrs = sha256:10\nlogs = ima\nima-list = " n ".sha256\n"

/* Of two policies with lists, each is asked for its own. */
static void named_files(void)
{
	struct seal_policy_error error;
	const struct seal_policy *p;
	struct seal_rules rules;

	put_text("policy.d/files.conf", FILES("good") FILES("bad"));
	put_text("policy.d/good.sha256", V32 "  /bin/a\n" V32 "\n");
	put_text("policy.d/bad.sha256", V32 "  /bin/a\nnonsense\n");
	fails("a list that is none", "policy.d/bad.sha256", 2, "not a digest");
	must(seal_rules_open(dir, &rules, &error), error.text);
	p = rules.policies.policy + rules.policies.count - 2;
	ok(!p->ima.digests.count && seal_policy_reads_ima(p), "files: opened, and not read");
	drop("policy.d/good.sha256");
	ok(seal_rules_lists(&rules, p, &error) && p->ima.digests.count == 2 &&
	   !p[1].ima.digests.count, "files: read from what was opened, for one policy");
	ok(seal_rules_lists(&rules, p, &error) && p->ima.digests.count == 2, "files: once");
	ok(!seal_rules_lists(&rules, p + 1, &error) && error.line == 2 &&
	   !strcmp(error.file, path("policy.d/bad.sha256")), "files: one that is none, by then");
	seal_rules_free(&rules);
	ok(!seal_rules_open(dir, &rules, &error) &&
	   !strcmp(error.file, path("policy.d/good.sha256")), "files: one that is not there");
	must(!mkfifo(path("policy.d/good.sha256"), 0600), "fifo");
	ok(!seal_rules_open(dir, &rules, &error) && !strcmp(error.text, strerror(EINVAL)),
	   "files: nor a pipe");
	drop("policy.d/good.sha256");
	drop("policy.d/bad.sha256");
	drop("policy.d/files.conf");
}

static void hex(void)
{
	uint8_t out[4];

	ok(seal_hex_decode("00fFaB", out, 4) == 3 && is_hex(out, 3, "00ffab"), "hex: either case");
	ok(!seal_hex_decode("", out, 4) && !seal_hex_decode("0", out, 4) &&
	   !seal_hex_decode("0g", out, 4) && !seal_hex_decode("0 ", out, 4) &&
	   !seal_hex_decode("0102030405", out, 4), "hex: nothing else, and no more than fits");
}

int main(void)
{
	must(mkdtemp(dir), "mkdtemp");
	policies();
	reading();
	trusts();
	revoked_cas();
	admitted();
	many();
	verifiers();
	named_files();
	hex();
	drop("policy.d/20-b.conf");
	drop("policy.d/10-a.conf");
	drop("policy.d/B.conf");
	drop("policy.d/.hidden.conf");
	drop("policy.d/notes.txt");
	drop("policy.d/.conf");
	must(!rmdir(path("policy.d")) && !rmdir(path("trust")) && !rmdir(path("admitted")) &&
	     !rmdir(dir), "nothing is left");
	return done();
}
