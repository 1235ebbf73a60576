// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What an enrolment that fails, is cut off or is not alone leaves of a host: what it had,
 * and nothing that its peers would refuse.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/swtpm.h"
#include "lib/tap.h"
#include "sealctl/enroll_dir.h"
#include "sealctl/enroll_host.h"
#include "verify/admitted.h"

static char dir[64], host[64], sealctl[4096];
static struct swtpm tpm;

#define HOST	"dns:host-a.example"
#define BY_CA	"--ca-command '%s ca serve %s/ca --any-identity'"
#define BY_WRAP	"--force --ca-command %s/wrap"

/* What sealctl enroll says is in DIR/out. */
static bool enroll(const char *how)
{
	return sh("%s enroll -c %s --tcti %s --identity " HOST " %s >%s/out 2>&1", sealctl, host,
		  tpm.tcti, how, dir);
}

static bool says(const char *pattern)
{
	bool does = sh("grep -q '%s' %s/out", pattern, dir);

	if (!does)
		sh("sed 's/^/# /' %s/out", dir);
	return does;
}

static bool doctor_says(const char *pattern)
{
	return sh("%s doctor -c %s >%s/out 2>&1; grep -qE '%s' %s/out", sealctl, host, dir, pattern,
		  dir) || !sh("sed 's/^/# /' %s/out", dir);
}

static void remember(void)
{
	must(sh("rm -rf %s/before && cp -r %s %s/before", dir, host, dir), "cp");
}

static bool as_before(void)
{
	return sh("diff -r %s %s/before", host, dir) && doctor_says("^ok +ak ");
}

static void keeps(const char *how, const char *reason, const char *what)
{
	remember();
	ok(!enroll(how) && says(reason) && as_before(), "%s: the host is as it was", what);
}

/* DIR/wrap: our CA, whose last words sed(1) changes. */
static void wrap(const char *script)
{
	struct enroll_error err = { 0 };
	char text[8192];
	int n = snprintf(text, sizeof(text), "#!/bin/sh\n%s ca serve %s/ca --any-identity | "
			 "sed -u '%s'\n", sealctl, dir, script);

	must(n < (int)sizeof(text) && !enroll_write(dir, "wrap", 0755, text, (size_t)n, &err),
	     "wrap");
}

static void certificates(void)
{
	static const struct {
		const char *script, *reason, *what;
	} rows[] = {
		{ "s/\"tls_trust\":\"[^\"]*\"/\"tls_trust\":\"no PEM\"/",
		  "tls_trust: the CA.s certificate cannot be read", "a CA of no PEM" },
		{ "s/\"ak_trust\":\"[^\"]*\"/\"ak_trust\":\"no PEM\"/",
		  "ak_trust: the CA.s certificate cannot be read", "a CA of AKs of no PEM" },
		{ "s/tls_trust/X/; s/ak_trust/tls_trust/; s/X\":/ak_trust\":/",
		  "good by the CA.s tls_trust: certificate-untrusted", "a chain to another CA" },
	};
	char how[128], chain[ENROLL_PEM_MAX], ca[ENROLL_PEM_MAX];
	struct enroll_error err = { 0 };

	snprintf(how, sizeof(how), BY_WRAP, dir);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		wrap(rows[i].script);
		keeps(how, rows[i].reason, rows[i].what);
	}
	must(enroll_read(host, "identity/tls.pem", chain, sizeof(chain), &err) > 0 &&
	     enroll_read(dir, "ca/tls-ca.pem", ca, sizeof(ca), &err) > 0, "TLS");
	ok(!enroll_chain_leads(ENROLL_KIND_TLS, chain, ca, "x", &err) &&
	   enroll_chain_leads(ENROLL_KIND_AK, chain, ca, "x", &err) &&
	   strstr(err.reason, "not good by x: certificate-purpose"),
	   "a chain for TLS is none for an AK: %s", err.reason);
}

static void torn_ca(void)
{
	char how[8192];

	snprintf(how, sizeof(how), "--force --ca-command '%s ca serve %s/torn --any-identity'",
		 sealctl, dir);
	must(sh("cp -r %s/ca %s/torn && cp %s/ca/ak-ca.key %s/torn/tls-ca.key", dir, dir, dir, dir),
	     "cp");
	keeps(how, "the CA.s certificate is of another key", "a CA with the key of another day");
	must(sh("mkdir %s/two", dir), "mkdir");
	ok(sh("flock -o %s/two sh -c '%s ca init %s/two >/dev/null & sleep 1; ! test -e "
	      "%s/two/tls-ca.key'", dir, sealctl, dir, dir) &&
	   sh("for i in $(seq 200); do test -e %s/two/ak-ca.pem && exit; sleep 0.1; done; exit 1",
	      dir), "ca init waits until another one is through");
}

/* What is looked at at each change in the file system; "": nothing is. */
static char watched[80];
static int no_exchange;	/* the error for who wants one */
static unsigned int steps, incomplete;

static void look(void)
{
	static const char *const files[] = { "auth", "name", "ak.pub", "tik.pub" };
	char path[100];

	if (!watched[0])
		return;
	steps++;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", watched, files[i]);
		if (access(path, F_OK)) {
			incomplete++;
			return;
		}
	}
}

int unlinkat(int at, const char *name, int flags)
{
	int ret = (int)syscall(SYS_unlinkat, at, name, flags);

	look();
	return ret;
}

/* An overlay moves no directory of a lower layer. */
int rename(const char *from, const char *to)
{
	const char *last = strrchr(from, '/');
	int ret;

	if (no_exchange == EXDEV && last && !strcmp(last, "/identity")) {
		errno = EXDEV;
		return -1;
	}
	ret = (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
	look();
	return ret;
}

int renameat2(int from_at, const char *from, int to_at, const char *to, unsigned int flags)
{
	int ret;

	if (no_exchange && flags) {
		errno = no_exchange;
		return -1;
	}
	ret = (int)syscall(SYS_renameat2, from_at, from, to_at, to, flags);
	look();
	return ret;
}

/* New keys in the host's place; what they are, in hex. */
static bool install(char name[2 * ATT_NAME_SIZE + 1])
{
	struct enroll_host *h = calloc(1, sizeof(*h));
	struct enroll_error err = { 0 };
	bool worked;

	must(h, "memory");
	h->dir = host;
	h->force = true;
	h->ak_kind = ATT_KEY_AK;
	must(att_hostconf_read(host, &h->conf, err.reason, sizeof(err.reason)) > 0 &&
	     !enroll_identity(HOST, &h->req.identity, &err), "host");
	worked = !enroll_host_keys(h, &err);
	enroll_hex(name, h->ak.name, ATT_NAME_SIZE);
	worked = worked && !enroll_host_install(h, NULL, NULL, &err);
	enroll_host_close(h);
	free(h);
	if (!worked)
		note("%s", err.reason);
	return worked;
}

static void without_exchange(int error)
{
	char name[2 * ATT_NAME_SIZE + 1], pattern[128];

	no_exchange = error;
	ok(install(name), "where the file system exchanges no names: %s", strerror(error));
	no_exchange = 0;
	snprintf(pattern, sizeof(pattern), "^ok +ak .*name %s", name);
	ok(sh("test $(ls -d %s/identity* %s/replaced 2>/dev/null | wc -l) = 1", host, host) &&
	   doctor_says(pattern), "likewise");
}

static void at_any_moment(void)
{
	char name[2 * ATT_NAME_SIZE + 1], pattern[128];
	bool worked;

	snprintf(watched, sizeof(watched), "%s/identity", host);
	worked = install(name);
	watched[0] = '\0';
	if (!ok(worked && steps > 10 && !incomplete, "identity/ is whole at any moment"))
		note("not at %u of %u", incomplete, steps);
	snprintf(pattern, sizeof(pattern), "^ok +ak .*name %s", name);
	ok(sh("! test -e %s/identity.new", host) && doctor_says(pattern),
	   "and has the new keys, the old ones are nowhere");
	without_exchange(EINVAL);
	without_exchange(ENOSYS);
	without_exchange(EXDEV);
}

static void in_the_right_order(void)
{
	char how[8192];

	snprintf(how, sizeof(how), "--force " BY_CA, sealctl, dir);
	must(sh("mv %s/trust %s/trust && touch %s/trust", host, dir, host), "trust");
	keeps(how, "trust/x509.pem: Not a directory", "trust that cannot be written");
	must(sh("rm %s/trust && mv %s/trust %s/trust && touch %s/identity.new", host, dir, host,
		host), "trust");
	snprintf(how, sizeof(how), "--force --csr %s/a.csr", dir);
	keeps(how, "identity.new: Not a directory", "identity.new in the way");
	ok(!sh("ls %s/a.csr* 2>/dev/null", dir), "and nobody has a request for a key that is gone");
	must(sh("rm %s/identity.new", host), "rm");
	keeps("--force --csr /nowhere/a.csr", "/nowhere/a.csr: No such file",
	      "a request that cannot be written");
	keeps("--force --csr ''", "No such file", "a request without a name");
	snprintf(how, sizeof(how), "--force --csr %s/ca", dir);
	keeps(how, "/ca: Is a directory", "a request where a directory is");
	must(sh("mkdir %s/c.csr.json", dir), "mkdir");
	snprintf(how, sizeof(how), "--force --csr %s/c.csr", dir);
	keeps(how, "/c.csr.json: Is a directory", "a bundle where a directory is");
	ok(sh("test -z \"$(ls -d %s/c.csr %s/*.new-* 2>/dev/null)\"", dir, dir),
	   "and nothing is left beside it");
}

static void alone(void)
{
	remember();
	ok(!sh("flock -o %s %s enroll -c %s --tcti %s --identity " HOST " --force --csr %s/b.csr "
	       ">%s/out 2>&1", host, sealctl, host, tpm.tcti, dir, dir) &&
	   says("another sealctl is at work in") && as_before(),
	   "one enrolment at a time: the host is as it was");
}

/* As the power went when the TPM had the new keys, and the directory was the old one. */
static void cut_off(void)
{
	static const char cut[] = "^FAIL +ak +.* is that of identity.new/ak.pub: an enrolment was "
				  "cut off";
	char name[2 * ATT_NAME_SIZE + 1];

	must(sh("cp -r %s/identity %s/old", host, dir), "cp");
	must(install(name), "install");
	must(sh("cd %s && mv identity identity.new && mv %s/old identity", host, dir), "mv");
	ok(doctor_says(cut) && doctor_says("hint: .*mv identity.new identity"),
	   "doctor knows what was cut off");
	must(sh("rm -r %s/identity", host), "rm");
	ok(doctor_says(cut), "also at the first enrolment");
	must(sh("cd %s && rm -rf identity && mv identity.new identity", host), "mv");
	ok(doctor_says("^ok +ak ") && doctor_says("^ok +tls-key "), "and its hint mends it");
}

#define ADMIT "%s admit -c %s/pins %s/identity/ak.pub --identity "

/* Two keys are legal for one identity: beside ours.json the file that has its name is free. */
static void second_key(void)
{
	char before[80];

	snprintf(before, sizeof(before), "%s/before", dir);
	ok(sh(ADMIT "dns:a.example >/dev/null", sealctl, dir, before) &&
	   sh(ADMIT "dns:a.example --replace >/dev/null", sealctl, dir, before),
	   "admit: a second key for one identity, and again");
	ok(!sh(ADMIT "dns:a.example --replace >%s/out 2>&1", sealctl, dir, host, dir) &&
	   says("by a file of another name") && sh("! cmp -s %s/pins/admitted/*.json", dir),
	   "admit: nor the first in its file, too");
	must(sh("rm %s/pins/admitted/dns*", dir), "rm");
}

/* One key twice, and the rules are none: admit may leave none such, whatever else is wrong. */
static void pins(void)
{
	must(sh("mkdir -p %s/pins/policy.d && echo 'mistake' >%s/pins/policy.d/10.conf && "
		ADMIT "dns:a.example >/dev/null", dir, dir, sealctl, dir, host), "admit");
	ok(!sh(ADMIT "dns:b.example >%s/out 2>&1", sealctl, dir, host, dir) &&
	   says("pinned for another identity already"),
	   "admit: no second identity, also beside a policy with a mistake");
	must(sh("mv %s/pins/admitted/*.json %s/pins/admitted/ours.json", dir, dir), "mv");
	ok(!sh(ADMIT "dns:a.example >%s/out 2>&1", sealctl, dir, host, dir) &&
	   says("by a file of another name"), "admit: nor a second file");
	second_key();
	must(sh("echo '{' >%s/pins/admitted/cut.json", dir), "file");
	ok(!sh(ADMIT "dns:b.example >%s/out 2>&1", sealctl, dir, host, dir) &&
	   says("cut.json: not JSON"), "admit: nor beside a file that cannot be read");
	must(sh("rm %s/pins/admitted/cut.json && mv %s/pins/admitted/ours.json %s/ours.json", dir,
		dir, dir), "rm");
	/* It waits, and then there is the other one's file. */
	ok(sh("flock -o %s/pins/admitted sh -c '" ADMIT "dns:b.example >%s/out 2>&1 & sleep 1; "
	      "cp %s/ours.json %s/pins/admitted/a.json' && for i in $(seq 100); do "
	      "grep -q hint: %s/out && break; sleep 0.1; done", dir, sealctl, dir, host, dir, dir,
	      dir, dir) && says("pinned for another identity already"),
	   "admit: nor one of two at once");
}

/* As many other keys as there may be: with another point each. */
static void fill_pins(void)
{
	char pub[2 * ATT_BLOB_MAX + 1], name[2 * SEAL_TPM_NAME_MAX + 1], path[128];
	struct enroll_error err = { 0 };
	uint8_t data[2 + ATT_BLOB_MAX];
	struct seal_tpm_public ak;
	struct seal_bytes area;
	ssize_t len;

	len = enroll_read(host, "identity/ak.pub", data, sizeof(data), &err);
	must(len > 4, "ak.pub");
	area = seal_tpm_public_inner((struct seal_bytes){ data, (size_t)len });
	data[len - 3] ^= 1;
	for (unsigned int i = 0; i < SEAL_ADMITTED_MAX; i++) {
		FILE *f;

		data[len - 2] = (uint8_t)(i >> 8);
		data[len - 1] = (uint8_t)i;
		must(seal_tpm_public_decode(area, &ak), "a key");
		snprintf(path, sizeof(path), "%s/many/admitted/dns%%3am%u.example.json", dir, i);
		f = fopen(path, "w");
		must(f && fprintf(f, "{\"identity\": \"dns:m%u.example\", \"ak_public\": \"%s\", "
				  "\"ak_name\": \"%s\"}", i,
				  enroll_hex(pub, area.data, area.len),
				  enroll_hex(name, ak.name.data, ak.name.len)) > 0 && !fclose(f),
		     path);
	}
}

#define MANY "%s admit -c %s/many %s/identity/ak.pub --identity "

static void many_pins(void)
{
	must(sh("mkdir -p %s/many/admitted", dir), "mkdir");
	fill_pins();
	ok(!sh(MANY "dns:more.example >%s/out 2>&1", sealctl, dir, host, dir) &&
	   says("4096 keys are pinned already"), "admit: nor more than there may be");
	ok(sh(MANY "dns:m7.example --replace >/dev/null", sealctl, dir, host) &&
	   sh("test $(ls %s/many/admitted | wc -l) = 4096", dir),
	   "admit: but another one for one of them");
}

int main(void)
{
	char how[8192];

	snprintf(sealctl, sizeof(sealctl), "%s", built("sealctl"));
	must(!access(sealctl, X_OK), "build sealctl first");
	must(freopen("/dev/null", "r", stdin) != NULL, "stdin");
	signal(SIGPIPE, SIG_IGN);
	swtpm_dir(dir, sizeof(dir), "keep");
	swtpm_dir(host, sizeof(host), "keep-host");
	swtpm_start(&tpm, true);
	snprintf(how, sizeof(how), BY_CA, sealctl, dir);
	must(sh("%s ca init %s/ca --ek-roots %s/roots.pem >/dev/null", sealctl, dir, swtpm_ca()) &&
	     enroll(how), "a host and its CA");
	certificates();
	torn_ca();
	at_any_moment();
	in_the_right_order();
	alone();
	cut_off();
	pins();
	many_pins();
	swtpm_stop(&tpm);
	return done();
}
