// SPDX-License-Identifier: GPL-2.0-or-later
/* sealctl enroll: give this host its keys and their certificates. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gnutls/crypto.h>

#include "sealctl/commands.h"
#include "sealctl/enroll_dir.h"
#include "sealctl/enroll_host.h"
#include "sealctl/enroll_link.h"

static int usage(int status)
{
	fputs("usage: sealctl enroll [-c DIR] --identity ID --ca-command CMD | --csr FILE\n"
	      "                 [--key tpm|file] [--ak-algorithm A] [--tcti TCTI] [--force]\n"
	      "       sealctl enroll [-c DIR] --install CHAIN.pem [--ca FILE.pem]\n"
	      "\n"
	      "  -c, --config DIR   default /etc/seal\n"
	      "  --identity ID      dns:host.example.org, ip:192.0.2.1 or uri:spiffe://...\n"
	      "  --ca-command CMD   talk to a CA: 'ssh ca sealctl ca serve DIR --identity ID'\n"
	      "  --csr FILE         write a request for an existing CA, and FILE.json for\n"
	      "                     sealctl admit on the hosts that shall trust this one\n"
	      "  --install FILE     put the chain that the CA gave back into its place\n"
	      "  --ca FILE          and trust this CA for TLS certificates\n"
	      "  --key tpm|file     where the TLS key lives, default tpm\n"
	      "  --ak-algorithm A   of the attestation key: ecc256 (default), ecc384,\n"
	      "                     rsa2048:rsapss or rsa2048:rsassa\n"
	      "  --tcti TCTI        default device:/dev/tpmrm0\n"
	      "  --force            make new keys although there are some\n",
	      status ? stderr : stdout);
	return status;
}

/** struct enroll_options - the command line */
struct enroll_options {
	const char *dir, *identity, *ca_command, *csr, *install, *ca, *key, *tcti, *ak;
	bool force;
};

/* 0, or 1 for a wrong command line. */
static int parse(struct enroll_options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "identity", required_argument, NULL, 'i' },
		{ "ca-command", required_argument, NULL, 'C' },
		{ "csr", required_argument, NULL, 'r' },
		{ "install", required_argument, NULL, 'I' },
		{ "ca", required_argument, NULL, 'a' },
		{ "key", required_argument, NULL, 'k' },
		{ "ak-algorithm", required_argument, NULL, 'A' },
		{ "tcti", required_argument, NULL, 't' },
		{ "force", no_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 } };
	const struct { char c; const char **to; } texts[] = {
		{ 'c', &o->dir }, { 'i', &o->identity }, { 'C', &o->ca_command },
		{ 'r', &o->csr }, { 'I', &o->install }, { 'a', &o->ca }, { 'k', &o->key },
		{ 't', &o->tcti }, { 'A', &o->ak } };
	unsigned int i;
	int c;

	optind = 0;	/* a fresh start: the main program has used getopt */
	while ((c = getopt_long(argc, argv, "c:h", longs, NULL)) != -1) {
		if (c == 'f')
			o->force = true;
		for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
			if (texts[i].c == c)
				*texts[i].to = optarg;
		if (c == '?' || c == 'h')
			return 1;
	}
	if (o->key && strcmp(o->key, "tpm") && strcmp(o->key, "file"))
		return 1;
	if (o->ak && (o->install || enroll_ak_kind(o->ak) == ATT_KEY_NONE))
		return 1;
	/* One of the three ways, and an identity for the two that make keys. */
	return optind != argc || !!o->ca_command + !!o->csr + !!o->install != 1 ||
	       !o->identity != !!o->install || (o->ca && !o->install);
}

/* seald.conf rules: what is said here and there must not differ. */
static int read_conf(struct enroll_host *host, const struct enroll_options *o,
		     struct enroll_error *err)
{
	bool key_in_tpm = !o->key || !strcmp(o->key, "tpm");
	char why[512];
	int found = att_hostconf_read(o->dir, &host->conf, why, sizeof(why));

	if (found < 0)
		return enroll_refuse(err, "see seald.conf(5)", "%s", why);
	if (found && ((o->key && key_in_tpm != host->conf.key_in_tpm) ||
		      (o->tcti && strcmp(o->tcti, host->conf.tcti))))
		return enroll_refuse(err, "change it there first",
				     "%s/seald.conf has another key = or tcti =", o->dir);
	if (!found)
		host->conf.key_in_tpm = key_in_tpm;
	if (o->tcti && snprintf(host->conf.tcti, ATT_TCTI_MAX, "%s", o->tcti) >= (int)ATT_TCTI_MAX)
		return enroll_refuse(err, "", "--tcti is too long");
	return 0;
}

static int answer_challenge(struct enroll_host *host, struct enroll_link *link,
			    struct enroll_error *err)
{
	static const char *const names[] = { "credential_blob", "encrypted_secret", NULL };
	json_t *message = enroll_recv(link, err);
	uint8_t secret[ATT_AUTH_SIZE];
	struct att_blob blob, enc;
	size_t len;
	int ret;

	if (!message)
		return -1;
	ret = enroll_only(message, names, err) ||
	      enroll_blob(message, "credential_blob", &blob, err) ||
	      enroll_blob(message, "encrypted_secret", &enc, err) ||
	      enroll_host_activate(host, &blob, &enc, secret, &len, err);
	json_decref(message);
	if (ret)
		return -1;
	enroll_step("activate", "the TPM opened the CA's credential");
	message = json_object();
	enroll_set_bytes(message, "secret", secret, len);
	gnutls_memset(secret, 0, sizeof(secret));
	return enroll_send(link, message, err);
}

/** struct reply - what a CA gives at last */
struct reply {
	char tls[ENROLL_PEM_MAX], tls_ca[ENROLL_PEM_MAX];
	char ak[ENROLL_PEM_MAX], ak_ca[ENROLL_PEM_MAX];
};

static int recv_reply(struct enroll_link *link, struct reply *r, struct enroll_error *err)
{
	static const char *const names[] = {
		"tls_chain", "tls_trust", "ak_chain", "ak_trust", NULL };
	json_t *message = enroll_recv(link, err);
	int ret;

	if (!message)
		return -1;
	ret = enroll_only(message, names, err) ||
	      enroll_text(message, "tls_chain", r->tls, sizeof(r->tls), err) ||
	      enroll_text(message, "tls_trust", r->tls_ca, sizeof(r->tls_ca), err) ||
	      enroll_text(message, "ak_chain", r->ak, sizeof(r->ak), err) ||
	      enroll_text(message, "ak_trust", r->ak_ca, sizeof(r->ak_ca), err);
	json_decref(message);
	return ret ? -1 : 0;
}

/* Before anything of the host is changed: what its peers will say of all of this. */
static int check_reply(struct enroll_host *host, const struct reply *r, struct enroll_error *err)
{
	struct enroll_spki tls, ak;

	if (enroll_host_spki(host, &tls, err) || enroll_spki_of(&host->ak.pub, &ak, err) ||
	    enroll_chain_check("tls", r->tls, &tls, &host->req.identity, err) ||
	    enroll_chain_check("ak", r->ak, &ak, &host->req.identity, err) ||
	    enroll_chain_leads(ENROLL_KIND_TLS, r->tls, r->tls_ca, "the CA's tls_trust", err) ||
	    enroll_chain_leads(ENROLL_KIND_AK, r->ak, r->ak_ca, "the CA's ak_trust", err))
		return -1;
	enroll_step("ca", "issued certificates for both keys");
	return 0;
}

/* What can fail comes before the old keys are gone: trust, and the TPM last but one. */
static int install_reply(struct enroll_host *host, const struct reply *r,
			 struct enroll_error *err)
{
	if (check_reply(host, r, err) ||
	    enroll_host_trust(host->dir, "x509.pem", r->tls_ca, err) ||
	    enroll_host_trust(host->dir, "ak.pem", r->ak_ca, err))
		return -1;
	return enroll_host_install(host, r->tls, r->ak, err);
}

static int by_ca(struct enroll_host *host, const char *command, struct enroll_error *err)
{
	struct reply *r = calloc(1, sizeof(*r));
	struct enroll_link link;
	int ret;

	if (!r || enroll_host_keys(host, err) || enroll_link_run(&link, command, err)) {
		free(r);
		return enroll_refuse(err, "", "out of memory");
	}
	ret = enroll_send(&link, enroll_request_json(&host->req), err);
	if (!ret)
		ret = answer_challenge(host, &link, err);
	if (!ret)
		ret = recv_reply(&link, r, err);
	enroll_link_close(&link);
	if (!ret)
		ret = install_reply(host, r, err);
	free(r);
	return ret;
}

static int by_csr(struct enroll_host *host, const char *file, struct enroll_error *err)
{
	char pem[ENROLL_PEM_MAX], bundle[ENROLL_PATH_MAX], *text;
	json_t *message;
	int ret;

	snprintf(bundle, sizeof(bundle), "%.4000s.json", file);
	if (enroll_host_keys(host, err) || enroll_host_csr(host, pem, sizeof(pem), err))
		return -1;
	message = enroll_request_json(&host->req);
	text = message ? json_dumps(message, JSON_INDENT(1)) : NULL;
	json_decref(message);
	if (!text)
		return enroll_refuse(err, "", "out of memory");
	/* Nobody gets a request whose key is not in its place. */
	ret = enroll_prepare("", file, 0644, pem, strlen(pem), err) ||
	      enroll_prepare("", bundle, 0644, text, strlen(text), err) ||
	      enroll_host_install(host, NULL, NULL, err) || enroll_commit("", file, err) ||
	      enroll_commit("", bundle, err);
	enroll_forget("", file);
	enroll_forget("", bundle);
	free(text);
	if (ret)
		return -1;
	enroll_step("csr", "%s: take it to the CA, then sealctl enroll --install CHAIN.pem", file);
	enroll_step("bundle", "%s: for sealctl admit on the hosts that shall trust this one",
		    bundle);
	return 0;
}

/* The TLS key of a host whose keys were made by --csr. */
static int stored_spki(const struct enroll_host *host, struct enroll_spki *spki,
		       struct enroll_error *err)
{
	uint8_t tpm2b[2 + ATT_BLOB_MAX + 1];
	char key[ENROLL_PEM_MAX];
	struct seal_bytes inner;
	struct att_blob pub;
	ssize_t len;
	int ret;

	if (!host->conf.key_in_tpm) {
		if (enroll_read(host->dir, "identity/key.pem", key, sizeof(key), err) < 0)
			return -1;
		ret = enroll_spki_of_key(key, spki, err);
		gnutls_memset(key, 0, sizeof(key));
		return ret;
	}
	len = enroll_read(host->dir, "identity/tik.pub", tpm2b, sizeof(tpm2b), err);
	if (len < 0)
		return -1;
	inner = seal_tpm_public_inner((struct seal_bytes){ tpm2b, len });
	if (!inner.len || inner.len > sizeof(pub.data))
		return enroll_refuse(err, "enrol again", "identity/tik.pub cannot be read");
	memcpy(pub.data, inner.data, inner.len);
	pub.len = inner.len;
	return enroll_spki_of(&pub, spki, err);
}

static int install_chain(struct enroll_host *host, const struct enroll_options *o,
			 struct enroll_error *err)
{
	char name[SEAL_IDENTITY_MAX + 2], chain[ENROLL_PEM_MAX], ca[ENROLL_PEM_MAX];
	struct enroll_spki spki;

	if (!enroll_exists(o->dir, "identity/name"))
		return enroll_refuse(err, "sealctl enroll --csr FILE comes first",
				     "%s has no keys yet", o->dir);
	if (enroll_read(o->dir, "identity/name", name, sizeof(name), err) < 0 ||
	    enroll_identity(name, &host->req.identity, err) || stored_spki(host, &spki, err) ||
	    enroll_read("", o->install, chain, sizeof(chain), err) < 0 ||
	    enroll_chain_check("tls", chain, &spki, &host->req.identity, err))
		return -1;
	if (o->ca && (enroll_read("", o->ca, ca, sizeof(ca), err) < 0 ||
		      enroll_chain_leads(ENROLL_KIND_TLS, chain, ca, "--ca", err)))
		return -1;
	if ((o->ca && enroll_host_trust(o->dir, "x509.pem", ca, err)) ||
	    enroll_write(o->dir, "identity/tls.pem", 0644, chain, strlen(chain), err))
		return -1;
	enroll_step("install", "%s/identity/tls.pem for %s", o->dir, name);
	return 0;
}

static int enroll(struct enroll_host *host, const struct enroll_options *o,
		  struct enroll_error *err)
{
	if (read_conf(host, o, err))
		return -1;
	if (o->install)
		return install_chain(host, o, err);
	return o->csr ? by_csr(host, o->csr, err) : by_ca(host, o->ca_command, err);
}

/* Of two at once one would put its files between those of the other. */
static int enroll_alone(struct enroll_host *host, const struct enroll_options *o,
			struct enroll_error *err)
{
	int lock, ret;

	if (!o->install && enroll_mkdir(o->dir, "", 0755, err))
		return -1;
	lock = enroll_lock(o->dir, "", false, err);
	if (lock < 0)
		return -1;
	ret = enroll(host, o, err);
	close(lock);
	return ret;
}

int cmd_enroll(int argc, char **argv)
{
	struct enroll_options o = { .dir = "/etc/seal" };
	struct enroll_error err = { 0 };
	struct seal_identity id = { 0 };
	struct enroll_host *host;
	int ret;

	if (parse(&o, argc, argv))
		return usage(argc == 2 && !strcmp(argv[1], "--help") ? 0 : 2);
	if (!o.install && enroll_identity(o.identity, &id, &err))
		return enroll_misuse("enroll", &err);
	host = calloc(1, sizeof(*host));
	if (!host)
		return 1;
	host->req.identity = id;
	signal(SIGPIPE, SIG_IGN);
	host->dir = o.dir;
	host->force = o.force;
	host->ak_kind = o.ak ? enroll_ak_kind(o.ak) : ATT_KEY_AK;
	ret = enroll_alone(host, &o, &err);
	enroll_host_close(host);
	free(host);
	if (ret)
		return enroll_report("enroll", &err);
	if (!o.install)
		enroll_step("done", "%s is %s", o.dir, o.identity);
	return 0;
}
