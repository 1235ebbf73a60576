// SPDX-License-Identifier: GPL-2.0-or-later
/* What an enrolment that fails leaves of a host: what it had. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/swtpm.h"
#include "lib/tap.h"
#include "sealctl/enroll_dir.h"
#include "sealctl/enroll_host.h"

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
		{ "s/\"tls_trust\"/\"X\"/; s/\"ak_trust\"/\"tls_trust\"/; s/\"X\"/\"ak_trust\"/",
		  "not good by the CA.s tls_trust: certificate-untrusted", "a chain to another CA" },
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
	swtpm_stop(&tpm);
	return done();
}
