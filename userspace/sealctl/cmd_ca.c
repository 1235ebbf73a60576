// SPDX-License-Identifier: GPL-2.0-or-later
/* sealctl ca: a small CA that checks a TPM before it certifies its keys. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gnutls/crypto.h>

#include "sealctl/commands.h"
#include "sealctl/enroll_ca.h"
#include "sealctl/enroll_cert.h"
#include "sealctl/enroll_dir.h"

#define ROOTS_MAX	(1u << 20)

static int usage(int status)
{
	fputs("usage: sealctl ca init DIR [--name NAME] [--ek-roots FILE]\n"
	      "       sealctl ca serve DIR {--identity ID... | --any-identity}\n"
	      "                 [--ek-roots FILE] [--accept-ek SHA256]... [--days N]\n"
	      "\n"
	      "  --ek-roots FILE    CAs of TPM makers, PEM, intermediate ones included\n"
	      "  --accept-ek SHA256 an EK without a certificate, by its fingerprint\n"
	      "  --identity ID      what the host at the other end may be\n"
	      "  --any-identity     whatever it asks for, unless another TPM has it\n"
	      "  --days N           how long certificates are good, 1 to 3650; default 365\n"
	      "  --name NAME        in the CA's own certificates, 40 octets at most\n"
	      "\n"
	      "serve speaks with one host over stdin and stdout:\n"
	      "       sealctl enroll --ca-command 'ssh ca sealctl ca serve DIR --identity ID'\n",
	      status ? stderr : stdout);
	return status;
}

static int write_pair(const char *dir, const char *kind, const char *key, const char *cert,
		      struct enroll_error *err)
{
	char file[32], pem[32];
	int ret;

	snprintf(file, sizeof(file), "%s-ca.key", kind);
	snprintf(pem, sizeof(pem), "%s-ca.pem", kind);
	/* A key alone is of an init that came to no end: nobody has its certificate. */
	if (!enroll_exists(dir, pem))
		unlink(enroll_path(dir, file));
	ret = enroll_write_new(dir, file, 0600, key, strlen(key), err);
	if (ret > 0)
		return enroll_refuse(err, "choose another directory; a CA's keys are not replaced",
				     "%s has a CA already", dir);
	if (!ret && enroll_write(dir, pem, 0644, cert, strlen(cert), err)) {
		unlink(enroll_path(dir, file));
		ret = -1;
	}
	if (ret)
		return -1;
	enroll_step(kind, "%s/%s", dir, pem);
	return 0;
}

static int new_ca(const char *dir, const char *kind, const char *name, struct enroll_error *err)
{
	char key[ENROLL_PEM_MAX], cert[ENROLL_PEM_MAX], cn[128];
	int ret;

	snprintf(cn, sizeof(cn), "%s %s CA", name, strcmp(kind, "ak") ? "TLS" : "attestation key");
	ret = enroll_key_new(key, sizeof(key), err) ||
	      enroll_ca_new(key, cn, cert, sizeof(cert), err) ||
	      write_pair(dir, kind, key, cert, err);
	gnutls_memset(key, 0, sizeof(key));
	return ret ? -1 : 0;
}

/* One that came to an end before the last of its files was there. */
static bool half_made(const char *dir)
{
	return enroll_exists(dir, "tls-ca.key") && enroll_exists(dir, "tls-ca.pem") &&
	       !enroll_exists(dir, "ak-ca.pem");
}

static int make_ca(const char *dir, const char *name, const char *roots, ssize_t len,
		   struct enroll_error *err)
{
	int lock, ret = -1;

	if (enroll_mkdir(dir, "", 0700, err))
		return -1;
	/* Of two at once each would take the other's key for one of an init that was cut. */
	lock = enroll_lock(dir, "", true, err);
	if (lock < 0)
		return -1;
	if (!enroll_mkdir(dir, "db", 0700, err) &&
	    (half_made(dir) || !new_ca(dir, "tls", name, err)) && !new_ca(dir, "ak", name, err))
		ret = len ? enroll_write(dir, "ek-roots.pem", 0644, roots, len, err) : 0;
	close(lock);
	return ret;
}

/* What can be wrong with the arguments comes first: what is made is not made again. */
static int do_init(const char *dir, const char *name, const char *from, struct enroll_error *err)
{
	char *roots = malloc(ROOTS_MAX);
	ssize_t len = 0;
	int ret = -1;

	if (!roots)
		return enroll_refuse(err, "", "out of memory");
	if (from)
		len = enroll_read("", from, roots, ROOTS_MAX, err);
	if (len >= 0 && !(from && enroll_ek_roots(roots, err)))
		ret = make_ca(dir, name, roots, len, err);
	free(roots);
	return ret;
}

/** struct ca_options - the command line */
struct ca_options {
	struct enroll_ca ca;
	const char *name;
	const char *roots;
};

static int accept_ek(struct enroll_ek_rules *ek, const char *hex, struct enroll_error *err)
{
	json_t *object = json_pack("{s:s}", "hex", hex);
	struct enroll_error why = { 0 };
	size_t len;
	int ret = 0;

	if (ek->accept_count == ENROLL_ACCEPT_MAX)
		ret = enroll_refuse(err, "", "more than %u --accept-ek", ENROLL_ACCEPT_MAX);
	else if (enroll_bytes(object, "hex", ek->accept[ek->accept_count++], SEAL_SHA256_LEN,
			      SEAL_SHA256_LEN, &len, &why))
		ret = enroll_refuse(err, "64 hex digits", "--accept-ek %.80s", hex);
	json_decref(object);
	return ret;
}

static int add_identity(struct enroll_ca *ca, const char *text, struct enroll_error *err)
{
	if (ca->identity_count == ENROLL_CA_IDENTITIES)
		return enroll_refuse(err, "", "more than %u --identity", ENROLL_CA_IDENTITIES);
	return enroll_identity(text, &ca->identity[ca->identity_count++], err);
}

static int set_name(struct ca_options *o, const char *text, struct enroll_error *err)
{
	if (strlen(text) > 40)
		return enroll_refuse(err, "40 octets at most", "--name is too long");
	o->name = text;
	return 0;
}

static int set_days(struct enroll_ca *ca, const char *text, struct enroll_error *err)
{
	char *end;
	unsigned long days = strtoul(text, &end, 10);

	if (*end || !days || days > 3650)
		return enroll_refuse(err, "1 to 3650", "--days %.20s", text);
	ca->days = days;
	return 0;
}

/* 0, -1 with a reason, 1 for a wrong command line, or 2 where help is asked for. */
static int parse(struct ca_options *o, int argc, char **argv, struct enroll_error *err)
{
	static const struct option longs[] = {
		{ "name", required_argument, NULL, 'n' },
		{ "ek-roots", required_argument, NULL, 'r' },
		{ "accept-ek", required_argument, NULL, 'a' },
		{ "identity", required_argument, NULL, 'i' },
		{ "any-identity", no_argument, NULL, 'A' },
		{ "days", required_argument, NULL, 'd' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 } };
	int c, ret = 0;

	optind = 0;	/* a fresh start: the main program has used getopt */
	while (!ret && (c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		switch (c) {
		case 'n':
			ret = set_name(o, optarg, err);
			break;
		case 'r':
			o->roots = optarg;
			break;
		case 'a':
			ret = accept_ek(&o->ca.ek, optarg, err);
			break;
		case 'i':
			ret = add_identity(&o->ca, optarg, err);
			break;
		case 'A':
			o->ca.any_identity = true;
			break;
		case 'd':
			ret = set_days(&o->ca, optarg, err);
			break;
		case 'h':
			ret = 2;
			break;
		default:
			ret = 1;
		}
	}
	if (!ret && optind != argc - 1)
		ret = 1;
	if (!ret)
		o->ca.dir = argv[optind];
	return ret;
}

static int whole_ca(const char *dir, struct enroll_error *err)
{
	static const char *const files[] = { "tls-ca.key", "tls-ca.pem", "ak-ca.key", "ak-ca.pem" };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (!enroll_exists(dir, files[i]))
			return enroll_refuse(err,
					     "sealctl ca init DIR makes one; is the path right?",
					     "no CA in %s: %s is not there", dir, files[i]);
	return 0;
}

static int serve(struct ca_options *o, struct enroll_error *err)
{
	struct enroll_link link = { .in = 0, .out = 1 };
	char *roots = calloc(1, ROOTS_MAX);
	int ret = 0;

	if (!roots)
		return enroll_refuse(err, "", "out of memory");
	if (!o->ca.any_identity && !o->ca.identity_count)
		ret = enroll_refuse(err, "add --identity ID for this host, or --any-identity",
				    "no identity to give");
	else if (whole_ca(o->ca.dir, err))
		ret = -1;
	else if (o->roots)
		ret = enroll_read("", o->roots, roots, ROOTS_MAX, err);
	else if (enroll_exists(o->ca.dir, "ek-roots.pem"))
		ret = enroll_read(o->ca.dir, "ek-roots.pem", roots, ROOTS_MAX, err);
	o->ca.ek.roots = roots;
	if (ret < 0)	/* the host waits for an answer all the same */
		enroll_send(&link, json_pack("{s:s, s:s}", "error", err->reason, "hint",
					     err->hint), err);
	else
		ret = enroll_ca_serve(&o->ca, &link, err);
	free(roots);
	return ret;
}

int cmd_ca(int argc, char **argv)
{
	struct ca_options o = { .ca.days = 365, .name = "seal" };
	struct enroll_error err = { 0 };
	const char *what = argc > 1 ? argv[1] : "";
	int ret;

	if (!strcmp(what, "--help") || !strcmp(what, "-h"))
		return usage(0);
	if (strcmp(what, "init") && strcmp(what, "serve"))
		return usage(2);
	ret = parse(&o, argc - 1, argv + 1, &err);
	if (ret > 0)
		return usage(ret == 2 ? 0 : 2);
	if (ret)
		return enroll_misuse("ca", &err);
	signal(SIGPIPE, SIG_IGN);
	ret = strcmp(what, "init") ? serve(&o, &err) : do_init(o.ca.dir, o.name, o.roots, &err);
	return ret ? enroll_report("ca", &err) : 0;
}
