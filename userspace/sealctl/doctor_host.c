// SPDX-License-Identifier: GPL-2.0-or-later
/* The host's own side of sealctl doctor: keys, certificates, policy, clock. */
#include "sealctl/doctor.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>
#include <time.h>

#include <gnutls/x509.h>

#include "attester/tpm.h"
#include "sealctl/enroll_dir.h"
#include "verify/rules.h"

#define DAY 86400
#define WARN_DAYS 14
#define BUILD_YEAR 2026		/* no clock is right before this */

#define HINT_ENROLL "sealctl enroll"
#define HINT_CUT "where both keys are: rm -rf identity && mv identity.new identity, there"

void doctor_config(const struct host *host, struct finding *finding)
{
	if (host->conf_read)
		finding_set(finding, HEALTH_OK, NULL, "%s: TLS key in %s, %s", host->dir,
			    host->conf.key_in_tpm ? "the TPM" : "a file", host->conf.tcti);
	else
		finding_set(finding, HEALTH_FAIL, "seald.conf(5)", "%s", host->conf_why);
}

void doctor_policy(const struct host *host, struct finding *finding)
{
	struct seal_policy_error error = { 0 };
	struct seal_rules rules;

	if (!seal_rules_load(host->dir, &rules, &error)) {
		finding_set(finding, HEALTH_FAIL, "sealctl policy check; seal-policy(5)",
			    "%.200s:%u: %.160s", error.file, error.line, error.text);
		return;
	}
	if (rules.policies.count)
		finding_set(finding, HEALTH_OK, NULL, "%zu policies", rules.policies.count);
	else
		finding_set(finding, HEALTH_FAIL,
			    "examples are in share/doc/seal/policy.d; seal-policy(5)",
			    "no policy in %s/policy.d: every peer is refused", host->dir);
	seal_rules_free(&rules);
}

static int with_tpm(const struct host *host, struct finding *finding, struct att_tpm **tpm)
{
	int ret = att_tpm_open(tpm, host->conf.tcti);

	if (ret)
		finding_set(finding, HEALTH_FAIL, "is the TPM on in the firmware? see [tpm] tcti =",
			    "%s", att_tpm_error(*tpm));
	return ret;
}

void doctor_tpm(const struct host *host, struct finding *finding)
{
	struct att_tpm *tpm = NULL;

	if (!host->conf_read) {
		finding_set(finding, HEALTH_SKIP, NULL, "without a configuration");
		return;
	}
	if (!with_tpm(host, finding, &tpm))
		finding_set(finding, HEALTH_OK, NULL, "%s answers", host->conf.tcti);
	att_tpm_close(tpm);
}

static bool read_auth(const struct host *host, uint8_t auth[ATT_AUTH_SIZE])
{
	uint8_t data[ATT_AUTH_SIZE + 2];
	struct enroll_error err = { 0 };
	bool good;

	good = enroll_read(host->dir, "identity/auth", data, sizeof(data), &err) == ATT_AUTH_SIZE;
	if (good)
		memcpy(auth, data, ATT_AUTH_SIZE);
	explicit_bzero(data, sizeof(data));
	return good;
}

/* The attester ends where the TPM has another key than was enrolled. */
static bool is_enrolled(const struct host *host, const struct att_key *key, const char *file)
{
	uint8_t data[2 + ATT_BLOB_MAX + 1];
	struct enroll_error err = { 0 };
	ssize_t len = enroll_read(host->dir, file, data, sizeof(data), &err);
	struct seal_bytes want;

	if (len < 0)
		return false;
	want = seal_tpm_public_inner((struct seal_bytes){ data, (size_t)len });
	return want.len && want.len == key->pub.len && !memcmp(want.data, key->pub.data, want.len);
}

static void check_key(const struct host *host, struct finding *finding, uint32_t handle,
		      const char *what, const char *file)
{
	char hex[2 * ATT_NAME_SIZE + 1], cut[64];
	struct att_tpm *tpm = NULL;
	uint8_t auth[ATT_AUTH_SIZE] = { 0 };
	struct att_key key = { 0 };

	snprintf(cut, sizeof(cut), "identity.new/%s", strchr(file, '/') + 1);
	if (!read_auth(host, auth) && !enroll_exists(host->dir, cut)) {
		finding_set(finding, HEALTH_FAIL, HINT_ENROLL, "not enrolled: no %s/identity/auth",
			    host->dir);
		return;
	}
	if (with_tpm(host, finding, &tpm))
		goto out_close;
	if (att_tpm_load(tpm, handle, auth, &key))
		finding_set(finding, HEALTH_FAIL, HINT_ENROLL, "%s at 0x%08x: %s", what, handle,
			    att_tpm_error(tpm));
	else if (!is_enrolled(host, &key, file) && is_enrolled(host, &key, cut))
		finding_set(finding, HEALTH_FAIL, HINT_CUT,
			    "%s at 0x%08x is that of %s: an enrolment was cut off", what, handle,
			    cut);
	else if (!is_enrolled(host, &key, file))
		finding_set(finding, HEALTH_FAIL, DOCTOR_AGAIN, "%s at 0x%08x is not that of %s",
			    what, handle, file);
	else
		finding_set(finding, HEALTH_OK, NULL, "%s at 0x%08x, name %s", what, handle,
			    enroll_hex(hex, key.name, ATT_NAME_SIZE));
	att_tpm_flush(tpm, &key);
out_close:
	explicit_bzero(auth, sizeof(auth));
	att_tpm_close(tpm);
}

void doctor_ak(const struct host *host, struct finding *finding)
{
	if (!host->conf_read)
		finding_set(finding, HEALTH_SKIP, NULL, "without a configuration");
	else
		check_key(host, finding, host->conf.ak_handle, "attestation key",
			  "identity/ak.pub");
}

void doctor_tls_key(const struct host *host, struct finding *finding)
{
	if (!host->conf_read)
		finding_set(finding, HEALTH_SKIP, NULL, "without a configuration");
	else if (host->conf.key_in_tpm)
		check_key(host, finding, host->conf.tik_handle, "TLS key",
			  "identity/tik.pub");
	else if (enroll_exists(host->dir, "identity/key.pem"))
		finding_set(finding, HEALTH_WARN, "key = tpm, and sealctl enroll again",
			    "the TLS key is a file: policies that say key = tpm refuse this host");
	else
		finding_set(finding, HEALTH_FAIL, HINT_ENROLL, "no %s/identity/key.pem",
			    host->dir);
}

gnutls_x509_crt_t doctor_certificate(const struct host *host, const char *name,
				     struct finding *finding)
{
	static char pem[65536];
	struct enroll_error err = { 0 };
	gnutls_x509_crt_t crt = NULL;
	ssize_t len = enroll_read(host->dir, name, pem, sizeof(pem), &err);
	gnutls_datum_t datum = { (unsigned char *)pem, len > 0 ? (unsigned int)len : 0 };

	if (len < 0) {
		finding_set(finding, HEALTH_FAIL, HINT_ENROLL, "%s", err.reason);
		return NULL;
	}
	if (gnutls_x509_crt_init(&crt))
		return NULL;
	if (gnutls_x509_crt_import(crt, &datum, GNUTLS_X509_FMT_PEM)) {
		gnutls_x509_crt_deinit(crt);
		finding_set(finding, HEALTH_FAIL, HINT_ENROLL, "%s/%s holds no certificate",
			    host->dir, name);
		return NULL;
	}
	return crt;
}

static void check_certificate(const struct host *host, const char *name, struct finding *finding)
{
	gnutls_x509_crt_t crt = doctor_certificate(host, name, finding);
	time_t now = time(NULL), begin, end;

	if (!crt)
		return;
	begin = gnutls_x509_crt_get_activation_time(crt);
	end = gnutls_x509_crt_get_expiration_time(crt);
	gnutls_x509_crt_deinit(crt);

	if (now < begin)
		finding_set(finding, HEALTH_FAIL, "is the clock right?",
			    "%s is not valid yet", name);
	else if (now > end)
		finding_set(finding, HEALTH_FAIL, DOCTOR_AGAIN, "%s has expired", name);
	else if (end - now < WARN_DAYS * DAY)
		finding_set(finding, HEALTH_WARN, DOCTOR_AGAIN, "%s expires in %jd days", name,
			    (intmax_t)(end - now) / DAY);
	else
		finding_set(finding, HEALTH_OK, NULL, "%s is good for %jd days", name,
			    (intmax_t)(end - now) / DAY);
}

void doctor_tls_certificate(const struct host *host, struct finding *finding)
{
	check_certificate(host, "identity/tls.pem", finding);
}

void doctor_ak_certificate(const struct host *host, struct finding *finding)
{
	if (enroll_exists(host->dir, "identity/ak.pem"))
		check_certificate(host, "identity/ak.pem", finding);
	else
		finding_set(finding, HEALTH_WARN,
			    "peers need: sealctl admit BUNDLE, ak-trust = admitted",
			    "no certificate for the attestation key");
}

void doctor_trust(const struct host *host, struct finding *finding)
{
	bool x509 = enroll_exists(host->dir, "trust/x509.pem");
	bool ak = enroll_exists(host->dir, "trust/ak.pem");

	if (!x509)
		finding_set(finding, HEALTH_FAIL, "put the CA certificates of your peers there",
			    "no %s/trust/x509.pem: no peer's certificate is trusted", host->dir);
	else if (!ak && !enroll_exists(host->dir, "admitted"))
		finding_set(finding, HEALTH_FAIL, "trust/ak.pem, or sealctl admit",
			    "no peer's attestation key is trusted");
	else
		finding_set(finding, HEALTH_OK, NULL, "TLS by CA, attestation keys by %s",
			    ak ? "CA" : "admission");
}

/* What cannot be asked is not held against the host. */
static bool clock_is_synchronised(void)
{
	struct timex timex = { 0 };

	return adjtimex(&timex) < 0 || !(timex.status & STA_UNSYNC);
}

void doctor_clock(const struct host *host, struct finding *finding)
{
	time_t now = time(NULL);
	struct tm tm;
	char text[64];

	if (!gmtime_r(&now, &tm))
		return;
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M UTC", &tm);
	if (tm.tm_year + 1900 < BUILD_YEAR)
		finding_set(finding, HEALTH_FAIL, "certificates cannot be checked: set the time",
			    "the clock says %s", text);
	else if (!clock_is_synchronised())
		finding_set(finding, HEALTH_WARN, "timedatectl set-ntp true, or chrony",
			    "%s, but nothing sets the clock by others", text);
	else
		finding_set(finding, HEALTH_OK, NULL, "%s", text);
}
