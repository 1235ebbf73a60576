// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Enrolment against the real CA program with real (software) TPMs: what works,
 * and every way to cheat that the CA must see through.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "attester/credential.h"
#include "lib/swtpm.h"
#include "lib/tap.h"
#include "sealctl/enroll_db.h"
#include "sealctl/enroll_dir.h"
#include "sealctl/enroll_host.h"
#include "sealctl/enroll_link.h"
#include "verify/bind.h"

static char dir[64], sealctl[4096];
static struct swtpm tpm_a, tpm_b, tpm_bare;

/* The reason of the last refusal, and did it have a hint? */
static bool refused_for(const struct enroll_error *err, const char *reason)
{
	bool good = strstr(err->reason, reason) && err->hint[0];

	if (!good)
		note("reason: %s; hint: %s", err->reason, err->hint);
	return good;
}

static void keys(struct enroll_host *host, const struct swtpm *tpm, const char *identity)
{
	struct enroll_error err = { 0 };

	memset(host, 0, sizeof(*host));
	host->dir = dir;
	host->force = true;
	host->conf.key_in_tpm = true;
	host->ak_kind = ATT_KEY_AK;
	snprintf(host->conf.tcti, sizeof(host->conf.tcti), "%s", tpm->tcti);
	must(!enroll_identity(identity, &host->req.identity, &err), "identity");
	if (enroll_host_keys(host, &err))
		note("%s", err.reason);
	must(!err.reason[0], "keys");
}

/* One conversation with the CA. @host answers the challenge; @wrong damages that. */
enum cheat { HONEST, WRONG_SECRET, SHORT_SECRET, OLD_SECRET, EXTRA_MEMBER, SILENT };

static uint8_t last_secret[ATT_AUTH_SIZE];

static json_t *answer(struct enroll_host *host, json_t *challenge, enum cheat cheat,
		      struct enroll_error *err)
{
	uint8_t secret[ATT_AUTH_SIZE] = { 0 };
	struct att_blob blob, enc;
	json_t *message = json_object();
	size_t len = sizeof(secret);

	if (enroll_blob(challenge, "credential_blob", &blob, err) ||
	    enroll_blob(challenge, "encrypted_secret", &enc, err) ||
	    enroll_host_activate(host, &blob, &enc, secret, &len, err)) {
		/* A cheater goes on all the same. */
		memset(err, 0, sizeof(*err));
	}
	if (cheat == OLD_SECRET)
		memcpy(secret, last_secret, sizeof(secret));
	else
		memcpy(last_secret, secret, sizeof(secret));
	if (cheat == WRONG_SECRET)
		secret[31] ^= 1;
	if (cheat == SHORT_SECRET)
		len = 31;
	enroll_set_bytes(message, "secret", secret, len);
	if (cheat == EXTRA_MEMBER)
		json_object_set_new(message, "more", json_true());
	return message;
}

/* The CA's last word, or NULL with its reason. Takes @request. */
static json_t *talk(struct enroll_host *host, json_t *request, const char *options,
		    enum cheat cheat, struct enroll_error *err)
{
	struct enroll_link link;
	json_t *message, *reply = NULL;
	char command[8192];

	memset(err, 0, sizeof(*err));
	snprintf(command, sizeof(command), "%s ca serve %s/ca %s 2>/dev/null", sealctl, dir,
		 options);
	must(!enroll_link_run(&link, command, err), "CA");
	if (!enroll_send(&link, request, err)) {
		message = enroll_recv(&link, err);
		if (message && cheat != SILENT &&
		    !enroll_send(&link, answer(host, message, cheat, err), err))
			reply = enroll_recv(&link, err);
		json_decref(message);
	}
	enroll_link_close(&link);
	return reply;
}

static bool is_refused(struct enroll_host *host, json_t *request, const char *options,
		       enum cheat cheat, const char *reason)
{
	struct enroll_error err;
	json_t *reply = talk(host, request, options, cheat, &err);
	bool got = reply != NULL;

	json_decref(reply);
	return !got && refused_for(&err, reason);
}

#define ANY "--any-identity"

static void honest(void)
{
	struct enroll_error err;
	struct enroll_host host;
	json_t *reply;

	keys(&host, &tpm_a, "dns:host-a.example");
	reply = talk(&host, enroll_request_json(&host.req), "--identity dns:host-a.example",
		     HONEST, &err);
	ok(reply && json_object_get(reply, "tls_chain") && json_object_get(reply, "ak_chain"),
	   "an honest host gets both certificates");
	ok(sh("cd %s/ca/issued && test $(ls dns%%3ahost-a.example-tls-*.pem | wc -l) = 1 && "
	      "certtool -i <$(ls dns*-ak-*.pem) | grep -q 2.23.133.8.3", dir),
	   "of which the CA keeps a copy");
	json_decref(reply);
	reply = talk(&host, enroll_request_json(&host.req), ANY, HONEST, &err);
	ok(reply != NULL, "and again: same identity, same TPM");
	json_decref(reply);
	enroll_host_close(&host);
}

static void secrets(void)
{
	struct enroll_host host;

	keys(&host, &tpm_a, "dns:host-a.example");
#define CHEAT(how, reason, what) \
	ok(is_refused(&host, enroll_request_json(&host.req), ANY, how, reason), what)
	CHEAT(WRONG_SECRET, "was not opened", "a wrong secret is refused");
	CHEAT(OLD_SECRET, "was not opened", "the secret of an earlier activation is refused");
	CHEAT(SHORT_SECRET, "bad length", "a short secret is refused");
	CHEAT(EXTRA_MEMBER, "unknown member", "a secret with more beside it is refused");
	enroll_host_close(&host);
}

/* All that the other side still says until it ends. */
static void hear_out(const struct enroll_link *link, char *out, size_t size)
{
	ssize_t n;

	while (size > 1 && (n = read(link->in, out, size - 1)) > 0) {
		out += n;
		size -= (size_t)n;
	}
	*out = '\0';
}

static json_t *begin_talk(struct enroll_link *link, const struct enroll_host *host)
{
	struct enroll_error err;
	char command[8192];
	json_t *challenge;

	snprintf(command, sizeof(command), "%s ca serve %s/ca " ANY " 2>/dev/null", sealctl, dir);
	must(!enroll_link_run(link, command, &err) &&
	     !enroll_send(link, enroll_request_json(&host->req), &err), "CA");
	challenge = enroll_recv(link, &err);
	must(challenge != NULL, err.reason);
	return challenge;
}

/* CVE-2023-38201: no failure tells the secret, and there is one attempt for each. */
static void one_attempt(void)
{
	char heard[ENROLL_LINE_MAX], hex[2 * 8 + 1];
	struct enroll_error err = { 0 };
	struct enroll_host host;
	struct enroll_link link;
	json_t *challenge, *wrong, *right;

	keys(&host, &tpm_a, "dns:host-a.example");
	challenge = begin_talk(&link, &host);
	wrong = answer(&host, challenge, WRONG_SECRET, &err);
	right = json_object();
	enroll_set_bytes(right, "secret", last_secret, sizeof(last_secret));
	must(!enroll_send(&link, wrong, &err), "a wrong secret");
	/* And at once another, if it still listens; else this hears what it said. */
	enroll_send(&link, right, &err);
	hear_out(&link, heard, sizeof(heard));
	ok((strstr(heard, "was not opened") || strstr(err.reason, "was not opened")) &&
	   !strcasestr(heard, enroll_hex(hex, last_secret, 8)) && !strcasestr(err.reason, hex),
	   "CVE-2023-38201: who does not know the secret is not told it");
	ok(strchr(heard, '\n') == strrchr(heard, '\n') && !strstr(heard, "_chain"),
	   "CVE-2023-38201: a challenge is answered once");
	json_decref(challenge);
	enroll_link_close(&link);
	enroll_host_close(&host);
}

/* Each of these is a request of tpm_a with one thing of another. */
static void borrowed(void)
{
	struct enroll_host a, b;
	struct enroll_request req;
	uint8_t data[SEAL_SHA256_LEN];

	keys(&a, &tpm_a, "dns:host-a.example");
	keys(&b, &tpm_b, "dns:host-b.example");

	req = a.req;
	req.ek_public = b.req.ek_public;
	memcpy(req.ek_cert, b.req.ek_cert, sizeof(req.ek_cert));
	req.ek_cert_len = b.req.ek_cert_len;
	req.identity = b.req.identity;
	ok(is_refused(&a, enroll_request_json(&req), ANY, HONEST, "was not opened"),
	   "another machine's EK and certificate: its credential does not open here");
	req.ek_public = a.req.ek_public;
	ok(is_refused(&a, enroll_request_json(&req), ANY, HONEST, "another key than the EK"),
	   "another machine's EK certificate");
	req = a.req;
	req.ak_public = b.req.ak_public;
	ok(is_refused(&a, enroll_request_json(&req), ANY, HONEST, "not signed by"),
	   "another machine's AK");
	req = a.req;
	req.tik_public = b.req.tik_public;
	ok(is_refused(&a, enroll_request_json(&req), ANY, HONEST, "made for something else"),
	   "another machine's TLS key");
	req = a.req;
	req.ak_public = a.req.tik_public;
	ok(is_refused(&a, enroll_request_json(&req), ANY, HONEST, "not a restricted"),
	   "an unrestricted key in the place of the AK");
	req = a.req;
	req.tik_public = a.req.ak_public;
	ok(is_refused(&a, enroll_request_json(&req), ANY, HONEST, "not a signing key"),
	   "the AK in the place of the TLS key");
	req = a.req;
	must(seal_certify_data((struct seal_bytes){ a.ak.name, ATT_NAME_SIZE },
			       (struct seal_bytes){ a.tik.name, ATT_NAME_SIZE }, data) &&
	     !att_tpm_certify(a.tpm, &a.ak, &a.ak, data, &req.certify), "certify");
	ok(is_refused(&a, enroll_request_json(&req), ANY, HONEST, "is on another key"),
	   "a statement on another key, made for this one");
	req = a.req;
	req.certify.attest.data[req.certify.attest.len - 1] ^= 1;
	ok(is_refused(&a, enroll_request_json(&req), ANY, HONEST, "statement on the TLS key"),
	   "a changed statement");
	enroll_host_close(&a);
	enroll_host_close(&b);
}

/** struct csr_form - a request for host-a's certificate, its key by other means */
struct csr_form {
	const char *what, *key, *names, *reason;
};

#define HOST_A	"dns_name = host-a.example\n"
#define HOST_B	"dns_name = host-b.example\n"
#define EC_KEY	"--key-type ecdsa --curve "

static void make_csr(const struct csr_form *form, struct enroll_request *req)
{
	struct enroll_error err = { 0 };

	must(sh("cd %s && printf 'cn = x\n%s' >csr.t && certtool --generate-privkey %s --outfile "
		"csr.key >csr.log 2>&1 && certtool --generate-request --load-privkey csr.key "
		"--template csr.t --no-text --outfile csr.pem >>csr.log 2>&1", dir, form->names,
		form->key),
	     "certtool");
	must(enroll_read(dir, "csr.pem", req->csr, sizeof(req->csr), &err) > 0, "request");
	req->tik_public.len = 0;
}

/* A certificate is for whom the holder of its key asked for one. */
static void csrs(void)
{
	static const struct csr_form bad[] = {
		{ "for another host", EC_KEY "secp256r1", HOST_B, "not for" },
		{ "for two hosts", EC_KEY "secp256r1", HOST_A HOST_B, "not for" },
		{ "for an address, too", EC_KEY "secp256r1", HOST_A "ip_address = 192.0.2.1\n",
		  "not for" },
		{ "for a URI of that text", EC_KEY "secp256r1", "uri = host-a.example\n",
		  "not for" },
		{ "for nobody", EC_KEY "secp256r1", "", "not for" },
		{ "P-521", EC_KEY "secp521r1", HOST_A, "another kind" },
		{ "Ed25519", "--key-type ed25519", HOST_A, "another kind" },
		{ "RSA 1024", "--key-type rsa --bits 1024", HOST_A, "another kind" },
	};
	static const struct csr_form good[] = {
		{ "P-256", EC_KEY "secp256r1", HOST_A, NULL },
		{ "P-384", EC_KEY "secp384r1", HOST_A, NULL },
		{ "RSA 2048", "--key-type rsa --bits 2048", HOST_A, NULL },
	};
	struct enroll_error err;
	struct enroll_host host;
	json_t *reply;
	size_t i;

	keys(&host, &tpm_a, "dns:host-a.example");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		make_csr(&bad[i], &host.req);
		ok(is_refused(&host, enroll_request_json(&host.req), ANY, HONEST, bad[i].reason),
		   "request %s: refused", bad[i].what);
	}
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		make_csr(&good[i], &host.req);
		reply = talk(&host, enroll_request_json(&host.req), ANY, HONEST, &err);
		if (!ok(reply != NULL, "request %s: granted", good[i].what))
			note("%s", err.reason);
		json_decref(reply);
	}
	enroll_host_close(&host);
}

/* What could be bound and not be kept would be bound for ever. */
static void long_names(void)
{
	char text[SEAL_IDENTITY_MAX + 1] = "dns:";
	struct enroll_error err = { 0 };
	struct enroll_host b;
	json_t *reply;

	keys(&b, &tpm_b, "dns:host-b.example");
	for (unsigned int i = 0; i < 205; i++)
		strcat(text, i % 50 == 49 ? "." : "z");	/* no digit of a hash */
	must(!enroll_identity(text, &b.req.identity, &err), "identity");
	ok(is_refused(&b, enroll_request_json(&b.req), ANY, HONEST, "is too long") &&
	   !sh("ls %s/ca/db | grep -q zzz", dir), "an identity too long for a file: not bound");
	text[strlen("dns:") + ENROLL_NAME_MAX - strlen("dns%3a") - 3] = '\0';
	must(!enroll_identity(text, &b.req.identity, &err), "identity");
	reply = talk(&b, enroll_request_json(&b.req), ANY, HONEST, &err);
	if (!ok(reply != NULL, "the longest there is: both certificates"))
		note("%s", err.reason);
	must(sh("cd %s/ca/db && grep -l zzz * | xargs rm -f", dir), "db");
	json_decref(reply);
	enroll_host_close(&b);
}

static void bindings(void)
{
	struct enroll_error err;
	struct enroll_host b;
	json_t *reply;

	keys(&b, &tpm_b, "dns:host-a.example");
	ok(is_refused(&b, enroll_request_json(&b.req), ANY, HONEST, "bound to another TPM"),
	   "an identity of another TPM");
	ok(is_refused(&b, enroll_request_json(&b.req), "--identity dns:host-b.example", HONEST,
		      "may not be dns:host-a.example"), "an identity that was not foreseen");
	ok(is_refused(&b, enroll_request_json(&b.req), "", HONEST, "no identity to give"),
	   "a CA that was told of no identity");
	must(!enroll_identity("dns:host-b.example", &b.req.identity, &err), "identity");
	ok(is_refused(&b, enroll_request_json(&b.req), ANY " --ek-roots /dev/null", HONEST,
		      "no TPM maker"), "no roots for EK certificates");
	ok(is_refused(&b, enroll_request_json(&b.req), ANY " --ek-roots /tmp/none", HONEST,
		      "No such file"), "roots that are not there");
	reply = talk(&b, enroll_request_json(&b.req), ANY " --ek-roots /dev/null", HONEST, &err);
	ok(!reply && strstr(err.hint, "ek-roots.pem"), "and where they go, now that there is a CA");
	reply = talk(&b, enroll_request_json(&b.req), ANY, SILENT, &err);
	ok(!reply && !sh("ls %s/ca/db | grep -q host-b", dir),
	   "a host that goes away in between is not remembered");
	reply = talk(&b, enroll_request_json(&b.req), ANY, HONEST, &err);
	ok(reply != NULL, "host-b gets its own");
	json_decref(reply);
	must(!enroll_identity("dns:host-c.example", &b.req.identity, &err), "identity");
	ok(is_refused(&b, enroll_request_json(&b.req), ANY, HONEST, "bound to another identity"),
	   "a second identity for one TPM");
	enroll_host_close(&b);
}

/* The CA's last words to two TPMs that are both at its challenge for one identity. */
static void race_of(struct enroll_host host[2], bool at_once, char (*heard)[ENROLL_LINE_MAX])
{
	struct enroll_error err = { 0 };
	struct enroll_link link[2];
	json_t *reply[2];

	must(sh("rm -f %s/ca/db/*", dir), "db");
	for (int i = 0; i < 2; i++) {
		json_t *challenge = begin_talk(&link[i], &host[i]);

		reply[i] = answer(&host[i], challenge, HONEST, &err);
		json_decref(challenge);
	}
	for (int i = 0; i < 2; i++) {
		must(!enroll_send(&link[i], reply[i], &err), "secret");
		if (!at_once)
			hear_out(&link[i], heard[i], sizeof(heard[i]));
	}
	for (int i = 0; i < 2; i++) {
		if (at_once)
			hear_out(&link[i], heard[i], sizeof(heard[i]));
		enroll_link_close(&link[i]);
	}
}

/* CVE-2025-13609: when the identity was looked up, nobody had it. */
static void race(void)
{
	static char heard[2][ENROLL_LINE_MAX];
	struct enroll_host host[2];

	must(sh("cp -a %s/ca/db %s/db", dir, dir), "db");
	keys(&host[0], &tpm_a, "dns:host-r.example");
	keys(&host[1], &tpm_b, "dns:host-r.example");
	for (int at_once = 0; at_once < 2; at_once++) {
		bool first, second;

		race_of(host, at_once, heard);
		first = strstr(heard[0], "ak_chain");
		second = strstr(heard[1], "ak_chain");
		if (!ok(first != second && (at_once || first) &&
			strstr(heard[first], "bound to another TPM"),
			"CVE-2025-13609: of two TPMs for one identity one gets it, %s",
			at_once ? "both at once" : "the other too late"))
			note("%s%s", heard[0], heard[1]);
		ok(sh("cd %s/ca/db && test $(ls | wc -l) = 2 && cmp -s id-* ek-*", dir),
		   "CVE-2025-13609: and the CA remembers that one alone");
	}
	must(sh("rm -r %s/ca/db && mv %s/db %s/ca/db", dir, dir, dir), "db");
	for (int i = 0; i < 2; i++)
		enroll_host_close(&host[i]);
}

static void endorsement(void)
{
	char options[256], hex[65];
	uint8_t print[SEAL_SHA256_LEN];
	struct enroll_error err = { 0 };
	struct enroll_host host;
	struct enroll_spki spki;
	json_t *reply;

	keys(&host, &tpm_bare, "ip:192.0.2.7");
	ok(!host.req.ek_cert_len && host.req.ek_public.data[1] == 0x23,
	   "a TPM without EK certificate: its EK is ECC");
	ok(is_refused(&host, enroll_request_json(&host.req), ANY, HONEST, "no EK certificate"),
	   "refused unless its fingerprint is accepted");
	must(!enroll_spki_of(&host.req.ek_public, &spki, &err) &&
	     seal_sha256(spki.der, spki.len, print), "fingerprint");
	snprintf(options, sizeof(options), ANY " --accept-ek %s",
		 enroll_hex(hex, print, sizeof(print)));
	ok(is_refused(&host, enroll_request_json(&host.req), options, WRONG_SECRET,
		      "was not opened"), "accepted or not, the credential must be opened");
	reply = talk(&host, enroll_request_json(&host.req), options, HONEST, &err);
	ok(reply != NULL, "and enrolled when it is (ECC MakeCredential)");
	json_decref(reply);
	host.req.ek_public.data[7] &= ~0x02;	/* TPMA_OBJECT_FIXEDTPM */
	ok(is_refused(&host, enroll_request_json(&host.req), options, HONEST,
		      "not one we can use"), "an EK that may leave its TPM");
	enroll_host_close(&host);

	keys(&host, &tpm_a, "dns:host-a.example");
	snprintf(options, sizeof(options), ANY " --ek-roots %s/ca/tls-ca.pem", dir);
	ok(is_refused(&host, enroll_request_json(&host.req), options, HONEST, "does not chain"),
	   "an EK certificate of a maker that is not trusted");
	enroll_host_close(&host);
}

/* A maker's CA, and what it may put into the certificate of an EK. */
static char maker_key[ENROLL_PEM_MAX], maker_pem[ENROLL_PEM_MAX];

#define OID_EK	"2.23.133.8.1"

/** struct ek_form - how a certificate differs from a good one */
struct ek_form {
	const char *what, *reason, *purpose;
	bool ca, critical, expired;
};

static void issue_ek(const struct ek_form *form, struct enroll_request *req)
{
	/* GeneralNames { [4] directoryName: 2.23.133.2.1 = "id:00" } as the TCG wants it */
	static const uint8_t san[] = {
		0x30, 0x18, 0xa4, 0x16, 0x30, 0x14, 0x31, 0x12, 0x30, 0x10, 0x06, 0x05, 0x67,
		0x81, 0x05, 0x02, 0x01, 0x0c, 0x07, 'i', 'd', ':', '0', '0', '0', '0' };
	struct enroll_issuer maker;
	struct enroll_error err = { 0 };
	struct enroll_spki spki;
	gnutls_datum_t der;
	gnutls_pubkey_t pub = NULL;
	gnutls_x509_crt_t crt = NULL;

	must(!enroll_issuer_load(&maker, maker_key, maker_pem, &err) &&
	     !enroll_spki_of(&req->ek_public, &spki, &err), "maker");
	der = (gnutls_datum_t){ spki.der, spki.len };
	must(!gnutls_pubkey_init(&pub) && !gnutls_x509_crt_init(&crt), "memory");
	must(!gnutls_pubkey_import(pub, &der, GNUTLS_X509_FMT_DER) &&
	     !gnutls_x509_crt_set_pubkey(crt, pub) && !gnutls_x509_crt_set_version(crt, 3) &&
	     !gnutls_x509_crt_set_serial(crt, "\1", 1) &&
	     !gnutls_x509_crt_set_activation_time(crt, time(NULL) - 7200) &&
	     !gnutls_x509_crt_set_expiration_time(crt, time(NULL) + (form->expired ? -60 : 60)) &&
	     !gnutls_x509_crt_set_basic_constraints(crt, form->ca, -1) &&
	     !gnutls_x509_crt_set_extension_by_oid(crt, "2.5.29.17", san, sizeof(san), 1),
	     "EK certificate");
	must(!form->purpose || !gnutls_x509_crt_set_key_purpose_oid(crt, form->purpose, 0), "EKU");
	must(!form->critical || !gnutls_x509_crt_set_extension_by_oid(crt, "1.2.3.4", "\5\0", 2, 1),
	     "extension");
	must(!gnutls_x509_crt_privkey_sign(crt, maker.crt, maker.key, GNUTLS_DIG_SHA256, 0) &&
	     !gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_DER, &der), "sign");
	must(der.size <= sizeof(req->ek_cert), "size");
	memcpy(req->ek_cert, der.data, req->ek_cert_len = der.size);
	gnutls_free(der.data);
	gnutls_x509_crt_deinit(crt);
	gnutls_pubkey_deinit(pub);
	enroll_issuer_free(&maker);
}

/* Whose key can be factored, and with it TPMs be made of software. */
static void weak_maker(void)
{
	size_t size = sizeof(maker_key);
	struct enroll_error err = { 0 };
	gnutls_x509_privkey_t key;

	must(!gnutls_x509_privkey_init(&key) &&
	     !gnutls_x509_privkey_generate(key, GNUTLS_PK_RSA, 1024, 0) &&
	     !gnutls_x509_privkey_export(key, GNUTLS_X509_FMT_PEM, maker_key, &size), "key");
	gnutls_x509_privkey_deinit(key);
	must(!enroll_ca_new(maker_key, "TPM maker", maker_pem, sizeof(maker_pem), &err) &&
	     !enroll_write(dir, "weak.pem", 0644, maker_pem, strlen(maker_pem), &err), "maker");
}

static void ek_certificates(void)
{
	static const struct ek_form forms[] = {
		{ "that of a server", "lacks the purpose", GNUTLS_KP_TLS_WWW_SERVER, .ca = false },
		{ "no purpose", "lacks the purpose", NULL, .ca = false },
		{ "that of a CA", "is that of a CA", OID_EK, .ca = true },
		{ "an unknown critical extension", "critical extension", OID_EK, .critical = true },
		{ "expired", "has expired", OID_EK, .expired = true },
	};
	static const struct ek_form good = { "good", NULL, OID_EK, .ca = false };
	char options[256];
	struct enroll_error err = { 0 };
	struct enroll_host host;
	json_t *reply;
	size_t i;

	must(!enroll_key_new(maker_key, sizeof(maker_key), &err) &&
	     !enroll_ca_new(maker_key, "TPM maker", maker_pem, sizeof(maker_pem), &err) &&
	     !enroll_write(dir, "maker.pem", 0644, maker_pem, strlen(maker_pem), &err), "maker");
	snprintf(options, sizeof(options), ANY " --ek-roots %s/maker.pem", dir);
	keys(&host, &tpm_bare, "ip:192.0.2.7");
	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		issue_ek(&forms[i], &host.req);
		ok(is_refused(&host, enroll_request_json(&host.req), options, HONEST,
			      forms[i].reason), "EK certificate, %s: refused", forms[i].what);
	}
	issue_ek(&good, &host.req);
	reply = talk(&host, enroll_request_json(&host.req), options, HONEST, &err);
	ok(reply != NULL, "EK certificate with a critical directoryName: taken");
	json_decref(reply);

	/* As a maker would have put it into the TPM (EK profile, L-2). */
	must(!enroll_write(dir, "ek.der", 0644, host.req.ek_cert, host.req.ek_cert_len, &err) &&
	     sh("tpm2_nvdefine -T %s 0x01c0000a -C p -s %zu -a 'ppwrite|ppread|authread|ownerread|"
		"no_da|platformcreate' >/dev/null && "
		"tpm2_nvwrite -T %s 0x01c0000a -C p -i %s/ek.der",
		tpm_bare.tcti, host.req.ek_cert_len + 9, tpm_bare.tcti, dir), "nvdefine");
	enroll_host_close(&host);
	keys(&host, &tpm_bare, "ip:192.0.2.7");
	ok(host.req.ek_cert_len && host.req.ek_public.data[1] == 0x23,
	   "an ECC EK's certificate is found in the TPM");
	reply = talk(&host, enroll_request_json(&host.req), options, HONEST, &err);
	ok(reply != NULL, "and enrolled by it");
	json_decref(reply);

	weak_maker();
	issue_ek(&good, &host.req);
	snprintf(options, sizeof(options), ANY " --ek-roots %s/weak.pem", dir);
	ok(is_refused(&host, enroll_request_json(&host.req), options, HONEST, "weak algorithm"),
	   "EK certificate, of a maker's CA with 1024 bits: refused");
	enroll_host_close(&host);
}

/* A line to the CA that is not a request. */
static void line(const char *what, const char *text, const char *reason)
{
	char command[8192];
	struct enroll_error err = { 0 };
	struct enroll_link link;
	json_t *reply;

	snprintf(command, sizeof(command), "%s ca serve %s/ca " ANY " 2>/dev/null", sealctl, dir);
	must(!enroll_link_run(&link, command, &err), "CA");
	must(write(link.out, text, strlen(text)) == (ssize_t)strlen(text), "write");
	reply = enroll_recv(&link, &err);
	ok(!reply && strstr(err.reason, reason), "%s: %s", what, err.reason);
	json_decref(reply);
	enroll_link_close(&link);
}

/* As makers' roots are collected, by which a CA knows all of their TPMs at once. */
static void makers(void)
{
	size_t len;
	const uint8_t *roots = corpus("tpm-roots/tpm-ca-certificates.pem", &len);
	struct enroll_error err = { 0 };
	struct enroll_host host;
	char options[256];
	json_t *reply;

	if (!roots) {
		skip("no corpus");
		return;
	}
	must(!enroll_write(dir, "makers.pem", 0644, roots, len, &err) &&
	     sh("cat %s/makers.pem %s/roots.pem >%s/and-ours.pem", dir, swtpm_ca(), dir),
	     "roots");
	keys(&host, &tpm_a, "dns:host-a.example");
	snprintf(options, sizeof(options), ANY " --ek-roots %s/makers.pem", dir);
	ok(is_refused(&host, enroll_request_json(&host.req), options, HONEST, "does not chain"),
	   "makers' roots: a TPM that none of them made");
	snprintf(options, sizeof(options), ANY " --ek-roots %s/and-ours.pem", dir);
	reply = talk(&host, enroll_request_json(&host.req), options, HONEST, &err);
	ok(reply != NULL, "makers' roots: a TPM of the last of them");
	json_decref(reply);
	enroll_host_close(&host);
}

static void lines(void)
{
	char *deep = malloc(70002);

	must(deep, "memory");
	line("no JSON", "hello\n", "not one JSON object");
	line("a list", "[1]\n", "not one JSON object");
	line("two objects", "{} {}\n", "not one JSON object");
	line("a member twice", "{\"version\": 1, \"version\": 1}\n", "not one JSON object");
	line("an unknown member", "{\"verson\": 1}\n", "unknown member");
	line("another version", "{\"version\": 2}\n", "another version");
	line("no identity", "{\"version\": 1}\n", "\"identity\" is missing");
	line("a bad identity", "{\"version\": 1, \"identity\": \"host\"}\n", "is no identity");
	line("a number for text", "{\"version\": 1, \"identity\": 5}\n", "missing");
	line("odd hex", "{\"version\": 1, \"identity\": \"dns:a.b\", \"ek_public\": \"0\"}\n",
	     "bad length");
	line("no hex", "{\"version\": 1, \"identity\": \"dns:a.b\", \"ek_public\": \"zz\"}\n",
	     "not hex");
	memset(deep, '[', 70000);
	strcpy(deep + 70000, "\n");
	line("70000 octets", deep, "over 65536 octets");
	free(deep);
}

static void credential(void)
{
	struct att_blob ek = { 0 }, id, enc;
	uint8_t name[ATT_NAME_SIZE] = { 0 }, secret[33] = { 1 };
	struct enroll_host host;

	keys(&host, &tpm_bare, "ip:192.0.2.7");
	ek = host.req.ek_public;
	ok(!att_credential_make(&ek, name, secret, 32, &id, &enc), "a credential is made");
	ok(att_credential_make(&ek, name, secret, 33, &id, &enc), "not of 33 octets");
	ok(att_credential_make(&ek, name, secret, 0, &id, &enc), "not of none");
	ek.data[ek.len - 1] ^= 1;
	ok(att_credential_make(&ek, name, secret, 32, &id, &enc), "not for a point off the curve");
	ek = host.req.ek_public;
	ek.len--;
	ok(att_credential_make(&ek, name, secret, 32, &id, &enc), "not for half a key");
	ok(att_credential_make(&host.req.ak_public, name, secret, 32, &id, &enc),
	   "not for a signing key");
	enroll_host_close(&host);
}

#define HONOR	"honor_crq_extensions\n"

/* A chain for the request in a.csr, by @ca in @dir, as @template has it besides. */
static void sign_request(const char *ca, const char *template, const char *out)
{
	must(sh("printf '%s\n' >%s/t && certtool --generate-certificate "
		"--load-request %s/a.csr --load-ca-certificate %s/%s/tls-ca.pem --load-ca-privkey "
		"%s/%s/tls-ca.key --template %s/t --outfile %s/%s >/dev/null 2>&1", template, dir,
		dir, dir, ca, dir, ca, dir, dir, out), "certtool");
}

/* What peers would refuse leaves both the chain and whom the host trusts as they were. */
static void install_refuses(const char *host)
{
	static const struct {
		const char *ca, *template, *reason;
	} rows[] = {
		{ "other-ca", HONOR, "certificate-untrusted" },
		{ "ca", "dns_name = host-a.example\nemail_protection_key", "certificate-purpose" },
		{ "ca", HONOR "activation_date = \"2020-01-01 00:00:00\"\n"
		  "expiration_date = \"2020-02-01 00:00:00\"",
		  "certificate-expired" },
		{ "ca", HONOR "activation_date = \"2100-01-01 00:00:00\"\n"
		  "expiration_date = \"2100-02-01 00:00:00\"",
		  "certificate-not-yet-valid" },
	};

	must(sh("%s ca init %s/other-ca >/dev/null 2>&1", sealctl, dir), "another CA");
	must(sh("cp -r %s %s/as-before", host, dir), "cp");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		sign_request(rows[i].ca, rows[i].template, "bad.pem");
		ok(!sh("%s enroll -c %s --install %s/bad.pem --ca %s/ca/tls-ca.pem >%s/out 2>&1",
		       sealctl, host, dir, dir, dir) &&
		   sh("grep -q 'not good by --ca: %s$' %s/out && diff -r %s %s/as-before",
		      rows[i].reason, dir, host, dir), "--install refuses: %s", rows[i].reason);
	}
	sign_request("ca", HONOR "tls_www_server", "a.pem");
	ok(!sh("%s enroll -c %s --install %s/a.pem --ca %s/a.csr >%s/out 2>&1", sealctl, host, dir,
	       dir, dir) && sh("grep -q 'CA.s certificate cannot be read' %s/out && diff -r %s "
			       "%s/as-before", dir, host, dir),
	   "--install refuses: a CA that is none");
	must(sh("(cat %s/a.pem; for i in 1 2 3 4 5 6 7 8; do cat %s/ca/tls-ca.pem; done) "
		">%s/long.pem", dir, dir, dir), "chain");
	ok(!sh("%s enroll -c %s --install %s/long.pem --ca %s/ca/tls-ca.pem >%s/out 2>&1",
	       sealctl, host, dir, dir, dir) && sh("grep -q 'certificate-malformed' %s/out", dir),
	   "--install refuses: a chain of nine");
}

/* The command itself, as a human uses it. */
static void commands(void)
{
	char a[64], pinned[64];

	swtpm_dir(a, sizeof(a), "host");
	swtpm_dir(pinned, sizeof(pinned), "pinned");
#define ENROLL "%s enroll -c %s --tcti %s --identity dns:host-a.example "
#define BY_CA  "--ca-command '%s ca serve %s/ca --identity dns:host-a.example' >%s/out 2>&1"
	ok(sh(ENROLL "--force " BY_CA, sealctl, a, tpm_a.tcti, sealctl, dir, dir),
	   "sealctl enroll");
	ok(sh("cd %s && test $(stat -c %%a identity/auth) = 600 && "
	      "certtool --verify --load-ca-certificate trust/x509.pem --infile identity/tls.pem "
	      ">/dev/null 2>&1 && certtool --verify --load-ca-certificate trust/ak.pem "
	      "--infile identity/ak.pem >/dev/null 2>&1", a), "leaves keys and chains in place");
	ok(sh("certtool --verify --load-ca-certificate %s/trust/ak.pem --infile "
	      "%s/identity/tls.pem >/dev/null 2>&1; test $? -ne 0", a, a),
	   "a TLS certificate does not pass as an AK certificate");
	ok(!sh(ENROLL BY_CA, sealctl, a, tpm_a.tcti, sealctl, dir, dir) &&
	   sh("grep -q 'enrolled already' %s/out && grep -q hint: %s/out", dir, dir),
	   "a second time is refused without --force");
	ok(!sh(ENROLL BY_CA, sealctl, pinned, tpm_a.tcti, sealctl, dir, dir) &&
	   sh("grep -q 'has a key at' %s/out && ! test -e %s/identity", dir, pinned),
	   "nor are the TPM's keys replaced from another directory");
	ok(sh("md5sum %s/identity/* >%s/before; ! " ENROLL "--force --ca-command 'exit 1' "
	      ">/dev/null 2>&1 && md5sum -c --quiet %s/before", a, dir, sealctl, a, tpm_a.tcti,
	      dir), "a CA that fails leaves the host as it was");
	must(sh("cp %s/identity/tls.pem %s/old.pem", a, dir), "cp");
	ok(sh(ENROLL "--force --csr %s/a.csr >/dev/null", sealctl, a, tpm_a.tcti, dir) &&
	   sh("certtool --crq-info --infile %s/a.csr | grep -q 'Self signature: verified'", dir),
	   "--csr: a request signed by the key in the TPM");
	ok(sh("%s admit -c %s %s/a.csr.json --identity dns:host-a.example >/dev/null", sealctl,
	      pinned, dir), "its bundle is admitted");
	ok(!sh("%s admit -c %s %s/identity/ak.pub --identity dns:host-a.example >/dev/null 2>&1",
	       sealctl, pinned, a), "once");
	ok(sh("%s admit -c %s %s/identity/ak.pub --identity dns:host-a.example --replace "
	      ">/dev/null", sealctl, pinned, a), "or with --replace");
	ok(!sh("%s admit -c %s %s/identity/ak.pub --identity dns:renamed.example >/dev/null 2>&1",
	       sealctl, pinned, a) &&
	   sh("%s policy check -c %s 2>/dev/null | grep -q 'admitted keys: 1'", sealctl, pinned),
	   "one key is admitted for one identity, or no rule would hold any more");
	ok(sh("python3 -c 'import json, sys; sys.exit(json.load(open(sys.argv[1]))"
	      "[\"identity\"] != \"dns:host-a.example\")' %s/admitted/*.json", pinned),
	   "what is written is JSON");
	ok(sh("%s admit -c %s %s/identity/ak.pub --identity 'uri:x://a\",\"b' >/dev/null 2>&1; "
	      "test $? = 2 && test $(ls %s/admitted | wc -l) = 1", sealctl, pinned, a, pinned),
	   "an identity that would be more than its text");
	ok(!sh("%s admit -c %s %s/a.csr.json --identity dns:host-x.example >/dev/null 2>&1",
	       sealctl, pinned, dir), "but not for another identity");
	ok(!sh("%s admit -c %s %s/identity/tik.pub --identity dns:host-x.example >/dev/null 2>&1",
	       sealctl, pinned, a), "nor a key that is no AK");
	install_refuses(a);
	sign_request("ca", HONOR "tls_www_client", "a.pem");
	must(sh("head -c -1 %s/trust/x509.pem >%s/x && cp %s/x %s/trust/x509.pem", a, dir, dir, a),
	     "cut");
	must(sh("sed '$a # ours' %s/ca/tls-ca.pem >%s/our-ca.pem", dir, dir), "CA");
	ok(sh("%s enroll -c %s --install %s/a.pem --ca %s/our-ca.pem >/dev/null", sealctl, a,
	      dir, dir) && sh("cmp -s %s/a.pem %s/identity/tls.pem", dir, a),
	   "--install puts the chain in place");
	ok(sh("test $(grep -cx -e '-----BEGIN CERTIFICATE-----' %s/trust/x509.pem) = 2", a),
	   "and its CA behind those that were there");
	ok(!sh("%s enroll -c %s --install %s/old.pem >/dev/null 2>&1", sealctl, a, dir),
	   "but not the certificate of an earlier key");
	ok(!sh("%s ca init %s/ca >/dev/null 2>&1", sealctl, dir), "a CA is not made twice");
}

static bool doctor_says(const char *host, const char *pattern)
{
	return sh("%s doctor -c %s >%s/out 2>&1; grep -qE '%s' %s/out", sealctl, host, dir, pattern,
		  dir);
}

/* What is in the TPM, in identity/ and in the certificates is one. */
static void doctor(void)
{
	char a[64];

	swtpm_dir(a, sizeof(a), "host");
	must(sh(ENROLL "--force " BY_CA " && printf '[tpm]\ntcti = %s\n' >%s/seald.conf && "
		"cp -r %s/identity %s/identity.good", sealctl, a, tpm_a.tcti, sealctl, dir, dir,
		tpm_a.tcti, a, a, a), "enroll");
	ok(doctor_says(a, "^ok +keys ") && doctor_says(a, "^ok +ak ") &&
	   doctor_says(a, "^ok +tls-key "), "doctor: the keys of one enrolment");
	must(sh("cp %s/identity/ak.pem %s/identity/tls.pem", a, a), "cp");
	ok(doctor_says(a, "^FAIL +keys +identity/tls.pem is for another key than "
			  "identity/tik.pub"), "doctor: not the certificate of the TLS key");
	must(sh("cd %s/identity && cp ../identity.good/tls.pem . && cp tik.pub ak.pub", a), "cp");
	ok(doctor_says(a, "^FAIL +keys +identity/ak.pem is for another key ") &&
	   doctor_says(a, "^FAIL +ak +attestation key at 0x[0-9a-f]+ is not that of "
			  "identity/ak.pub"), "doctor: nor the key of the TPM");
}

/* The other algorithms of an AK: the credential, the certificate, the pin. */
static bool file_is(const char *host, enum seal_key_type type, uint16_t scheme, uint16_t hash)
{
	uint8_t tpm2b[2 + ATT_BLOB_MAX + 1];
	struct seal_tpm_public pub = { 0 };
	struct enroll_error err = { 0 };
	ssize_t len = enroll_read(host, "identity/ak.pub", tpm2b, sizeof(tpm2b), &err);

	return len > 0 && seal_tpm_public_decode(seal_tpm_public_inner((struct seal_bytes){
						 tpm2b, (size_t)len }), &pub) &&
	       pub.key.type == type && pub.scheme == scheme && pub.scheme_hash == hash;
}

static void algorithm(const char *word, enum seal_key_type type, uint16_t scheme, uint16_t hash)
{
	char a[64], pinned[64];

	swtpm_dir(a, sizeof(a), "host");
	swtpm_dir(pinned, sizeof(pinned), "pinned");
	ok(sh(ENROLL "--force --ak-algorithm %s " BY_CA, sealctl, a, tpm_a.tcti, word, sealctl, dir,
	      dir), "%s: sealctl enroll", word);
	ok(file_is(a, type, scheme, hash), "%s: identity/ak.pub says so", word);
	ok(sh("certtool --verify --load-ca-certificate %s/trust/ak.pem --infile "
	      "%s/identity/ak.pem >/dev/null 2>&1", a, a), "%s: the AK has its certificate", word);
	ok(sh("%s admit -c %s %s/identity/ak.pub --identity dns:host-a.example --replace "
	      ">/dev/null", sealctl, pinned, a), "%s: it is admitted", word);
}

/* In quotes, for a command line. */
static const char *tcti_without_keys(const char *rc)
{
	static char text[512];

	snprintf(text, sizeof(text), "'cmd:%s /dev/null %s/sock %s'", built("tests/slow_tpm"),
		 tpm_a.dir, rc);
	return text;
}

static void algorithms(void)
{
	char a[64], pinned[64], fresh[64];

	swtpm_dir(a, sizeof(a), "host");
	swtpm_dir(pinned, sizeof(pinned), "pinned");
	swtpm_dir(fresh, sizeof(fresh), "fresh");
	algorithm("ecc384", SEAL_KEY_P384, SEAL_TPM_ALG_ECDSA, SEAL_TPM_ALG_SHA384);
	algorithm("rsa2048:rsapss", SEAL_KEY_RSA, SEAL_TPM_ALG_RSAPSS, SEAL_TPM_ALG_SHA256);
	algorithm("rsa2048:rsassa", SEAL_KEY_RSA, SEAL_TPM_ALG_RSASSA, SEAL_TPM_ALG_SHA256);
	ok(sh(ENROLL "--force --ak-algorithm ecc384 --csr %s/a.csr >/dev/null && %s admit -c %s "
	      "%s/a.csr.json --identity dns:host-a.example --replace >/dev/null", sealctl, a,
	      tpm_a.tcti, dir, sealctl, pinned, dir), "ecc384: its bundle is admitted");
	ok(!sh(ENROLL "--ak-algorithm rsa1024 --csr %s/a.csr >/dev/null 2>&1", sealctl, a,
	       tpm_a.tcti, dir), "an algorithm that is none");
	/* TPM_RC_CURVE and TPM_RC_FAILURE */
	ok(!sh(ENROLL "--force --ak-algorithm ecc384 --csr %s/a.csr >%s/out 2>&1", sealctl, fresh,
	       tcti_without_keys("2e6"), dir, dir) &&
	   sh("grep -q 'hint: choose another --ak-algorithm' %s/out", dir),
	   "an algorithm that the TPM lacks has its hint");
	ok(!sh(ENROLL "--force --ak-algorithm ecc384 --csr %s/a.csr >%s/out 2>&1", sealctl, fresh,
	       tcti_without_keys("101"), dir, dir) &&
	   sh("grep -q TPM2_Create %s/out && ! grep -q ak-algorithm %s/out", dir, dir),
	   "which another failure has not");
}

/*
 * What was given to the disk, in this order: "f" for a file, "d" for a directory, "l" for
 * another name of a file and "r" for one that was renamed.
 */
static char order[64];

static void note_step(char step)
{
	size_t len = strlen(order);

	if (len < sizeof(order) - 1)
		order[len] = step;
}

int fsync(int fd)
{
	struct stat st;

	note_step(!fstat(fd, &st) && S_ISDIR(st.st_mode) ? 'd' : 'f');
	return (int)syscall(SYS_fsync, fd);
}

int link(const char *from, const char *to)
{
	note_step('l');
	return (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int rename(const char *from, const char *to)
{
	note_step('r');
	return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

/* A power cut leaves no certificate whose name another TPM could be given. */
static void durable(void)
{
	static const uint8_t print[SEAL_SHA256_LEN] = { 1 }, other[SEAL_SHA256_LEN] = { 2 };
	struct enroll_error err = { 0 };
	struct seal_identity id;
	char ca[80];

	snprintf(ca, sizeof(ca), "%s/durable", dir);
	must(!enroll_mkdir(ca, "", 0700, &err) && !enroll_mkdir(ca, "db", 0700, &err) &&
	     seal_identity_parse("dns:durable.example", &id), "directory");
	memset(order, 0, sizeof(order));
	if (!ok(!enroll_db_bind(ca, &id, print, &err) && !strcmp(order, "fldfld"),
		"a binding is on the disk, its name too"))
		note("%s", order);
	memset(order, 0, sizeof(order));
	if (!ok(!enroll_db_bind(ca, &id, print, &err) && !strcmp(order, "fldfld"),
		"and so when it was there, whoever wrote it"))
		note("%s", order);
	ok(enroll_db_bind(ca, &id, other, &err), "it is not another TPM's");
	memset(order, 0, sizeof(order));
	if (!ok(!enroll_write(ca, "issued", 0644, "x", 1, &err) && !strcmp(order, "frd"),
		"and a certificate that was issued"))
		note("%s", order);
	memset(order, 0, sizeof(order));
	if (!ok(!enroll_mkdir(ca, "new", 0700, &err) && !strcmp(order, "d"), "and a directory"))
		note("%s", order);
	memset(order, 0, sizeof(order));
	if (!ok(!enroll_rename(ca, "new", "newer", &err) && !strcmp(order, "rd") &&
		enroll_exists(ca, "newer"), "and one by its other name"))
		note("%s", order);
	memset(order, 0, sizeof(order));
	ok(!enroll_write("", "/dev/shm/seal-enroll-test", 0600, "x", 1, &err) &&
	   !strcmp(order, "frd") && !unlink("/dev/shm/seal-enroll-test"),
	   "wherever a path says that it is");
}

int main(void)
{
	snprintf(sealctl, sizeof(sealctl), "%s", built("sealctl"));
	must(!access(sealctl, X_OK), "build sealctl first");
	must(freopen("/dev/null", "r", stdin) != NULL, "stdin");
	signal(SIGPIPE, SIG_IGN);
	swtpm_dir(dir, sizeof(dir), "enroll");
	swtpm_start(&tpm_a, true);
	swtpm_start(&tpm_b, true);
	swtpm_start(&tpm_bare, false);
	must(sh("%s ca init %s/ca --ek-roots %s/roots.pem >/dev/null", sealctl, dir, swtpm_ca()),
	     "ca init");
	honest();
	durable();
	secrets();
	one_attempt();
	borrowed();
	csrs();
	long_names();
	bindings();
	race();
	endorsement();
	ek_certificates();
	makers();
	lines();
	credential();
	commands();
	doctor();
	algorithms();
	swtpm_stop(&tpm_a);
	swtpm_stop(&tpm_b);
	swtpm_stop(&tpm_bare);
	return done();
}
