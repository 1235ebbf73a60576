// SPDX-License-Identifier: GPL-2.0-or-later
/* What sealctl doctor finds in files beside the configuration: rules, keys, passport. */
#include "sealctl/doctor.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "rules/rules.h"
#include "sealctl/enroll_cert.h"
#include "sealctl/enroll_dir.h"
#include "verify/envelope.h"
#include "verify/result.h"
#include "verify/rules.h"

void doctor_rules(const struct host *host, struct finding *finding)
{
	static const char hint[] = "sealctl rules check; after a boot no program may ask";
	static struct rules rules;
	struct rules_error error;
	char path[ENROLL_PATH_MAX];

	snprintf(path, sizeof(path), "%s", enroll_path(host->dir, "rules"));
	if (rules_load(&rules, path, true, &error))
		finding_set(finding, HEALTH_OK, NULL, "%zu rules", rules.count);
	else if (error.line)
		finding_set(finding, HEALTH_FAIL, hint, "%.200s:%u: %s", path, error.line,
			    error.text);
	else
		finding_set(finding, HEALTH_FAIL, hint, "%.200s: %s", path, error.text);
}

/* The key of a TPM2B_PUBLIC, or of a private key in PEM. */
static bool key_of(const struct host *host, const char *name, struct enroll_spki *spki,
		   struct enroll_error *err)
{
	char data[ENROLL_PEM_MAX];
	ssize_t len = enroll_read(host->dir, name, data, sizeof(data), err);
	struct seal_bytes inner;
	struct att_blob blob;
	bool good;

	if (len < 0)
		return false;
	if (strstr(name, ".pem")) {
		good = !enroll_spki_of_key(data, spki, err);
		explicit_bzero(data, sizeof(data));
		return good;
	}
	inner = seal_tpm_public_inner((struct seal_bytes){ (uint8_t *)data, (size_t)len });
	if (!inner.len || inner.len > sizeof(blob.data))
		return !enroll_refuse(err, "", "%s holds no key", name);
	memcpy(blob.data, inner.data, inner.len);
	blob.len = inner.len;
	return !enroll_spki_of(&blob, spki, err);
}

static bool is_key_of(const struct enroll_spki *spki, gnutls_x509_crt_t crt)
{
	struct enroll_spki other = { .len = sizeof(other.der) };
	gnutls_pubkey_t pub;
	int ret;

	if (gnutls_pubkey_init(&pub))
		return false;
	ret = gnutls_pubkey_import_x509(pub, crt, 0);
	if (!ret)
		ret = gnutls_pubkey_export(pub, GNUTLS_X509_FMT_DER, other.der, &other.len);
	gnutls_pubkey_deinit(pub);
	return !ret && spki->len == other.len && !memcmp(spki->der, other.der, other.len);
}

/* False, with the finding filled, where a certificate is there and is not that key's. */
static bool belong(const struct host *host, const char *key, const char *certificate,
		   struct finding *finding)
{
	struct enroll_error err = { 0 };
	struct enroll_spki spki;
	gnutls_x509_crt_t crt;
	bool good;

	if (!enroll_exists(host->dir, certificate))
		return true;
	if (!key_of(host, key, &spki, &err)) {
		finding_set(finding, HEALTH_FAIL, DOCTOR_AGAIN, "%s", err.reason);
		return false;
	}
	crt = doctor_certificate(host, certificate, finding);
	if (!crt)
		return false;
	good = is_key_of(&spki, crt);
	gnutls_x509_crt_deinit(crt);
	if (!good)
		finding_set(finding, HEALTH_FAIL, DOCTOR_AGAIN,
			    "%s is for another key than %s", certificate, key);
	return good;
}

void doctor_keys(const struct host *host, struct finding *finding)
{
	const char *key = host->conf.key_in_tpm ? "identity/tik.pub" : "identity/key.pem";

	if (!host->conf_read || !enroll_exists(host->dir, "identity/tls.pem"))
		finding_set(finding, HEALTH_SKIP, NULL, "not enrolled, or no configuration");
	else if (belong(host, key, "identity/tls.pem", finding) &&
		 belong(host, "identity/ak.pub", "identity/ak.pem", finding))
		finding_set(finding, HEALTH_OK, NULL, "the certificates are for these keys");
}

static bool passport_times(struct seal_bytes file, struct seal_ear *ear)
{
	struct seal_envelope envelope;
	uint8_t room[SEAL_EAR_MAX];

	return seal_envelope_open(file, &envelope) == SEAL_REASON_ACCEPTED &&
	       seal_envelope_claims(&envelope, room, ear) == SEAL_REASON_ACCEPTED;
}

static void judge_passport(const struct seal_ear *ear, struct finding *finding)
{
	static const char hint[] = "sealctl result request and issue; identity/result.cwt";
	int64_t left = ear->expires - time(NULL);

	if (left <= 0)
		finding_set(finding, HEALTH_FAIL, hint,
			    "the passport has ended: peers with modes = passport refuse this host");
	else if (left < (ear->expires - ear->issued) / 4)
		finding_set(finding, HEALTH_WARN, hint, "the passport ends in %" PRId64 " minutes",
			    left / 60);
	else
		finding_set(finding, HEALTH_OK, NULL, "the passport is good for %" PRId64
			    " minutes", left / 60);
}

void doctor_passport(const struct host *host, struct finding *finding)
{
	const char *path = enroll_path(host->dir, "identity/result.cwt");
	struct seal_ear ear;
	uint8_t *data;
	size_t len;

	if (!enroll_exists(host->dir, "identity/result.cwt")) {
		finding_set(finding, HEALTH_SKIP, NULL, "no identity/result.cwt");
		return;
	}
	if (!seal_file_read(path, SEAL_RESULT_MAX_LEN, &data, &len)) {
		finding_set(finding, HEALTH_FAIL, NULL, "%.200s cannot be read", path);
		return;
	}
	if (passport_times((struct seal_bytes){ data, len }, &ear))
		judge_passport(&ear, finding);
	else
		finding_set(finding, HEALTH_FAIL, "sealctl result show",
			    "identity/result.cwt is no attestation result");
	free(data);
}

/* One that died has left its socket there. Where many wait for it, it is busy. */
static bool listens(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool does;

	if (fd < 0)
		return false;
	/* It fits, or could not be read. */
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%.*s",
		 (int)sizeof(addr.sun_path) - 1, path);
	does = !connect(fd, (struct sockaddr *)&addr, sizeof(addr)) || errno == EAGAIN;
	close(fd);
	return does;
}

void doctor_verifier(const struct host *host, struct finding *finding)
{
	if (!host->conf_read || !*host->conf.verifier)
		finding_set(finding, HEALTH_SKIP, NULL, "no [verifier] is named");
	else if (!listens(host->conf.verifier))
		finding_set(finding, HEALTH_FAIL, "verifiers.rst; is it started?",
			    "nobody at %.200s: peers with modes = interactive refuse this host",
			    host->conf.verifier);
	else
		finding_set(finding, HEALTH_OK, NULL, "%.200s is there", host->conf.verifier);
}

/* Whoever may write what decides, decides; whoever reads @secret is this host. */
static bool is_ours(const char *path, bool secret, struct finding *finding)
{
	mode_t others = S_IWGRP | S_IWOTH | (secret ? S_IRGRP | S_IROTH : 0);
	struct stat st;

	if (stat(path, &st)) {
		if (errno == ENOENT)
			return true;
		finding_set(finding, HEALTH_FAIL, NULL, "%.200s: %s", path, strerror(errno));
	} else if (st.st_uid) {
		finding_set(finding, HEALTH_FAIL, "chown root, and who could write there?",
			    "%.200s belongs to uid %u, not to root", path, st.st_uid);
	} else if (st.st_mode & others) {
		finding_set(finding, HEALTH_FAIL, secret ? "chmod go=; who has read it is this "
			    "host: then " DOCTOR_AGAIN : "chmod go-w, and look what is in it",
			    "others may %s %.200s", st.st_mode & (S_IWGRP | S_IWOTH) ? "write" :
			    "read", path);
	} else {
		return true;
	}
	return false;
}

static bool are_ours(const struct host *host, const char *sub, struct finding *finding)
{
	DIR *d = opendir(enroll_path(host->dir, sub));
	char path[ENROLL_PATH_MAX];
	struct dirent *e;
	bool good = true;

	if (!d && errno == ENOENT)
		return true;
	if (!d) {
		finding_set(finding, HEALTH_FAIL, NULL, "%.200s: %s", enroll_path(host->dir, sub),
			    strerror(errno));
		return false;
	}
	while (good && (e = readdir(d))) {
		bool secret = !strcmp(e->d_name, "auth") || !strcmp(e->d_name, "key.pem");

		if (!strcmp(e->d_name, ".."))
			continue;
		snprintf(path, sizeof(path), "%.3000s/%s", enroll_path(host->dir, sub), e->d_name);
		good = is_ours(path, secret && !strcmp(sub, "identity"), finding);
	}
	closedir(d);
	return good;
}

/* Also where it is: who may write there puts another in its place. */
static bool is_ours_there(const char *file, struct finding *finding)
{
	const char *slash = strrchr(file, '/');
	char path[ENROLL_PATH_MAX];

	snprintf(path, sizeof(path), "%.*s.", slash ? (int)(slash + 1 - file) : 0, file);
	return is_ours(file, false, finding) && is_ours(path, false, finding);
}

/* The lists and keys that policies name. Where policies are none, doctor_policy() says so. */
static bool lists_are_ours(const struct host *host, struct finding *finding)
{
	struct seal_policy_error error;
	struct seal_rules rules;
	bool good = true;

	if (!seal_rules_open(host->dir, &rules, &error))
		return true;
	for (size_t i = 0; good && i < rules.file_count; i++)
		good = is_ours_there(rules.files[i].path, finding);
	seal_rules_free(&rules);
	return good;
}

void doctor_owners(const struct host *host, struct finding *finding)
{
	static const char *const files[] = { "", "seald.conf", "rules" };
	static const char *const dirs[] = {
		"policy.d", "trust", "admitted", "verifiers", "identity" };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (!is_ours(enroll_path(host->dir, files[i]), false, finding))
			return;
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		if (!are_ours(host, dirs[i], finding))
			return;
	if (!lists_are_ours(host, finding))
		return;
	finding_set(finding, HEALTH_OK, NULL, "%s is root's, and nobody else may write there",
		    host->dir);
}
