// SPDX-License-Identifier: GPL-2.0-or-later
/* sealctl result request: this host's evidence for a verifier elsewhere. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/crypto.h>

#include "attester/evidence.h"
#include "sealctl/enroll_dir.h"
#include "sealctl/result.h"
#include "sealctl/sealctl.h"
#include "verify/dossier.h"

/**
 * struct request - the command line, and what becomes of it
 * @cmw: record of evidence
 */
struct request {
	const char *dir, *file, *hex, *pcrs;
	bool logs;
	uint8_t nonce[SEAL_NONCE_MAX];
	size_t nonce_len;
	struct att_keys keys;
	struct att_selection selection;
	uint8_t cmw[ATT_MAX_EVIDENCE];
	struct seal_dossier dossier;
};

static bool parse(struct request *r, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "nonce", required_argument, NULL, 'n' },
		{ "pcrs", required_argument, NULL, 'p' },
		{ "logs", no_argument, NULL, 'l' },
		{ 0 } };
	int c;

	optind = 0;
	while ((c = getopt_long(argc, argv, "c:", longs, NULL)) != -1) {
		if (c == 'c')
			r->dir = optarg;
		else if (c == 'n')
			r->hex = optarg;
		else if (c == 'p')
			r->pcrs = optarg;
		else if (c == 'l')
			r->logs = true;
		else
			return false;
	}
	if (optind != argc - 1 || !r->hex)
		return false;
	r->file = argv[optind];
	return true;
}

/* A selection is written as in a policy, so a policy it is. */
static int read_pcrs(struct request *r, struct enroll_error *err)
{
	uint8_t select[SEAL_PCR_SELECT_MAX];
	struct seal_policy_set set = { 0 };
	struct seal_policy_error error;
	char text[512];
	bool ok = false;

	snprintf(text, sizeof(text), "[policy request]\npeer = *\nmode = never\npcrs = %.400s\n",
		 r->pcrs);
	if (seal_policy_parse(&set, "--pcrs", (struct seal_bytes){ (uint8_t *)text, strlen(text) },
			      &error))
		ok = att_selection_decode((struct seal_bytes){ select,
				seal_pcrs_encode(&set.policy->pcrs, select, sizeof(select)) },
				&r->selection);
	seal_policy_set_free(&set);
	return ok ? 0 : enroll_refuse(err, "as in pcrs = of a policy: sha256:0-9",
				      "--pcrs %.100s", r->pcrs);
}

static bool random_bytes(void *out, size_t len)
{
	return !gnutls_rnd(GNUTLS_RND_RANDOM, out, len);
}

/* The one leaf of a batch: what a connection would have, but for the binder. */
static bool make_batch(const struct request *r, struct seal_bytes claims, struct att_batch *batch)
{
	const struct seal_bytes nonce = { r->nonce, r->nonce_len };
	uint8_t binder[SEAL_SHA256_LEN], claim[1][SEAL_SHA256_LEN];

	return seal_nonce_binder(nonce, r->keys.self.spki_hash, binder) &&
	       seal_claim(binder, r->keys.self.tik_name, claims, claim[0]) &&
	       att_batch_build(batch, claim, 1, random_bytes);
}

static int quote(struct request *r, struct enroll_error *err)
{
	const struct att_evidence_type *type = att_evidence_type(SEAL_MEDIA_TPM);
	const struct seal_claims said = { .side = SEAL_SIDE_CLIENT };
	union att_proof *proof = calloc(1, sizeof(*proof));
	uint8_t raw[SEAL_CLAIMS_LEN];
	struct seal_bytes claims = { raw, seal_claims_encode(&said, raw, sizeof(raw)) };
	struct att_batch batch = { 0 };
	size_t len = 0;

	if (proof && make_batch(r, claims, &batch) &&
	    !type->attest(&r->keys, &r->selection,
			  (struct seal_bytes){ batch.data, sizeof(batch.data) }, proof))
		len = type->produce(&r->keys, proof, &batch, 0, claims, r->cmw, sizeof(r->cmw));
	att_batch_free(&batch);
	free(proof);
	r->dossier.evidence = (struct seal_bytes){ r->cmw, len };
	return len ? 0 : enroll_refuse(err, "is another bank active in this TPM?", "no quote: %s",
				       att_tpm_error(r->keys.tpm));
}

static int write_dossier(struct request *r, struct enroll_error *err)
{
	struct seal_dossier *d = &r->dossier;
	size_t size = SEAL_DOSSIER_MAX, len;
	uint8_t *out;
	int ret;

	d->chain_count = att_chain_get(&r->keys.tls, d->chain, SEAL_CERTS_MAX);
	if (r->logs) {
		/* After the quote: they may be longer than what was quoted. */
		d->boot = att_logs_all(&r->keys.logs, SEAL_LOG_BOOT);
		d->ima = att_logs_all(&r->keys.logs, SEAL_LOG_IMA);
	}
	size += d->boot.len + d->ima.len;
	out = malloc(size);
	len = out ? seal_dossier_encode(d, out, size) : 0;
	ret = len ? enroll_write("", r->file, 0600, out, len, err)
		  : enroll_refuse(err, "", "out of memory");
	free(out);
	return ret;
}

static int run(struct request *r, struct enroll_error *err)
{
	char why[512];

	if (att_keys_load(&r->keys, r->dir, why, sizeof(why)))
		return enroll_refuse(err, "", "%.300s", why);
	if (!r->keys.self.modes)
		return enroll_refuse(err, "sealctl enroll", "%s has no attestation key", r->dir);
	return quote(r, err) || write_dossier(r, err) ? -1 : 0;
}

int result_request(int argc, char **argv)
{
	struct request *r = calloc(1, sizeof(*r));
	struct enroll_error err = { 0 };
	int status;

	if (!r)
		return EXIT_FAILED;
	r->dir = SEALCTL_CONFIG;
	r->pcrs = "sha256:0-9";
	if (!parse(r, argc, argv))
		status = result_usage(EXIT_USAGE);
	else if (result_nonce(r->hex, r->nonce, &r->nonce_len, &err) || read_pcrs(r, &err))
		status = enroll_misuse("result request", &err);
	else
		status = run(r, &err) ? enroll_report("result request", &err) : EXIT_DONE;
	att_keys_free(&r->keys);
	free(r);
	return status;
}
