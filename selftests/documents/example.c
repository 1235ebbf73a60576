// SPDX-License-Identifier: GPL-2.0-or-later
#include "example.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/lib/exporter.h"
#include "../unit/lib/tap.h"
#include "verify/bind.h"
#include "verify/rules.h"
#include "verify/x509.h"

#define INDENT	"   "

const char *const example_frames[EXAMPLE_FRAMES] = {
	"client.hello", "server.hello", "client.request", "server.request",
	"client.authenticator", "server.result", "server.authenticator", "client.result",
	"client.done", "server.done",
};

const char *example_side(enum seal_side side)
{
	return side == SEAL_SIDE_CLIENT ? "client" : "server";
}

/* "``NAME``...::" */
static bool head(const char *line, char name[32])
{
	size_t len = strlen(line);

	return sscanf(line, "``%31[a-z0-9.-]``", name) == 1 && len > 2 &&
	       !strcmp(line + len - 2, "::");
}

/* Octets, or NULL when it is a text of another kind. */
static uint8_t *octets(const char *text, size_t *len_ret)
{
	uint8_t *data = malloc(strlen(text) / 2 + 1);
	unsigned int v;
	int used;

	must(data, "malloc");
	keep_forever(data);
	for (*len_ret = 0;; text += used) {
		text += strspn(text, " \n");
		if (!strncmp(text, "/*", 2)) {
			const char *end = strstr(text, "*/");

			must(end, "a comment ends");
			used = end + 2 - text;
			continue;
		}
		if (sscanf(text, "%2x%n", &v, &used) != 1 || used != 2)
			return *text ? NULL : data;
		data[(*len_ret)++] = v;
	}
}

static void add(struct example *example, const char *name, char *text)
{
	struct example_block *b = &example->block[example->count];

	must(example->count++ < EXAMPLE_BLOCKS, "room for blocks");
	must(!example_has(example, name), name);
	strcpy(b->name, name);
	b->text = text;
	b->data = octets(text, &b->len);
}

/* What is indented below a head. */
static char *body(FILE *in, char **line, size_t *size)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	must(out, "memory");
	while (getline(line, size, in) > 0) {
		if (!strncmp(*line, INDENT, strlen(INDENT)))
			fputs(*line + strlen(INDENT), out);
		else if (**line != '\n')
			break;
	}
	fclose(out);
	keep_forever(text);
	return text;
}

void example_load(struct example *example, const char *path)
{
	FILE *in = fopen(path, "r");
	char *line = NULL, name[32];
	size_t size = 0;
	bool more;

	*example = (struct example){ 0 };
	must(in, path);
	more = getline(&line, &size, in) > 0;
	while (more) {
		line[strcspn(line, "\n")] = '\0';
		if (head(line, name)) {
			add(example, name, body(in, &line, &size));
			more = !feof(in);
		} else {
			more = getline(&line, &size, in) > 0;
		}
	}
	free(line);
	fclose(in);
}

static const struct example_block *find(const struct example *example, const char *name)
{
	for (size_t i = 0; i < example->count; i++)
		if (!strcmp(example->block[i].name, name))
			return &example->block[i];
	return NULL;
}

bool example_has(const struct example *example, const char *name)
{
	return find(example, name);
}

struct seal_bytes example_get(const struct example *example, const char *name)
{
	const struct example_block *b = find(example, name);

	must(b && b->data, name);
	return (struct seal_bytes){ b->data, b->len };
}

const char *example_text(const struct example *example, const char *name)
{
	const struct example_block *b = find(example, name);

	must(b, name);
	return b->text;
}

struct seal_bytes example_frame(const struct example *example, const char *name)
{
	struct seal_bytes whole = example_get(example, name);
	struct seal_frame frame;

	must(whole.len >= SEAL_FRAME_HEADER_LEN && seal_frame_decode(whole.data, &frame) &&
	     frame.length == whole.len - SEAL_FRAME_HEADER_LEN, name);
	return (struct seal_bytes){ whole.data + SEAL_FRAME_HEADER_LEN, frame.length };
}

enum seal_hash example_hash(const struct example *example)
{
	return strstr(example_text(example, "suite"), "SHA384") ? SEAL_HASH_SHA384 :
	       SEAL_HASH_SHA256;
}

void example_export(const struct example *example, const char *label,
		    struct seal_bytes context, uint8_t *out, size_t len)
{
	struct seal_bytes secret = example_get(example, "exporter-secret");

	must(secret.len == seal_hash_len(example_hash(example)), "exporter-secret");
	exporter(example_hash(example), secret.data, label, context, out, len);
}

void example_keys(const struct example *example, enum seal_side side,
		  struct seal_ea_keys *keys)
{
	bool client = side == SEAL_SIDE_CLIENT;
	const struct seal_bytes none = { 0 };
	size_t len;

	keys->hash = example_hash(example);
	len = seal_hash_len(keys->hash);
	example_export(example, client ? SEAL_LABEL_EA_CLIENT_CONTEXT :
		       SEAL_LABEL_EA_SERVER_CONTEXT, none, keys->context, len);
	example_export(example, client ? SEAL_LABEL_EA_CLIENT_FINISHED :
		       SEAL_LABEL_EA_SERVER_FINISHED, none, keys->finished, len);
}

static struct seal_bytes side_frame(const struct example *example, enum seal_side side,
				    const char *what)
{
	char name[32];

	snprintf(name, sizeof(name), "%s.%s", example_side(side), what);
	return example_frame(example, name);
}

/* What one direction is computed from. */
struct direction {
	const struct example *example;
	enum seal_side side;		/* that attests */
	struct seal_bytes request;
	struct seal_authenticator auth;
	struct seal_tpm_evidence e;
	struct seal_cert cert;
	struct seal_ea_keys keys;
	struct seal_tpm_public tik, ak;
	uint8_t context[SEAL_BIND_LEN];
	uint8_t ekm[SEAL_SHA256_LEN];
	uint8_t binder[SEAL_SHA256_LEN];
	uint8_t claim[SEAL_SHA256_LEN];
};

static void read_direction(struct direction *d)
{
	enum seal_side other = seal_side_other(d->side);
	struct seal_cmw cmw;

	d->request = side_frame(d->example, other, "request");
	must(seal_authenticator_decode(side_frame(d->example, d->side, "authenticator"),
				       &d->auth) &&
	     seal_cmw_decode(d->auth.cmw, &cmw) && seal_evidence_decode(cmw.value, &d->e) &&
	     seal_cert_decode(d->auth.certs[0], &d->cert) &&
	     seal_tpm_public_decode(d->e.ak_public, &d->ak), "authenticator");
	must(!d->e.tik_public.len || seal_tpm_public_decode(d->e.tik_public, &d->tik), "TIK");
	example_keys(d->example, d->side, &d->keys);
}

/* The relying party's certificate is that of its own authenticator. */
static void bind_direction(struct direction *d)
{
	struct seal_bind bind = { .attester = d->side, .mode = SEAL_MODE_EVIDENCE };
	struct seal_authenticator rp;

	must(seal_authenticator_decode(side_frame(d->example, seal_side_other(d->side),
						  "authenticator"), &rp), "authenticator");
	must(seal_hello_hash(example_get(d->example, "client.hello"),
			     example_get(d->example, "server.hello"), bind.hello_hash) &&
	     seal_sha256(d->request.data, d->request.len, bind.request_hash) &&
	     seal_sha256(rp.certs[0].data, rp.certs[0].len, bind.rp_cert_hash), "hashes");
	memcpy(bind.attester_cert_hash, d->cert.hash, SEAL_SHA256_LEN);
	memcpy(bind.subject_key_hash, d->cert.spki_hash, SEAL_SHA256_LEN);
	seal_bind_encode(&bind, d->context);
	example_export(d->example, SEAL_LABEL_BINDER,
		       (struct seal_bytes){ d->context, SEAL_BIND_LEN }, d->ekm, SEAL_SHA256_LEN);
	must(seal_binder(d->context, d->ekm, d->binder) &&
	     seal_claim(d->binder, seal_tpm_name_bytes(&d->tik.name), d->e.claims, d->claim),
	     "claim");
}

static const struct example_note context_notes[] = {
	{ 8, "magic" }, { 1, "version" }, { 1, "attester" }, { 2, "mode" }, { 8, "exchange" },
	{ 32, "hello_hash" }, { 32, "request_hash" }, { 32, "attester_cert_hash" },
	{ 32, "rp_cert_hash" }, { 32, "subject_key_hash" }, { 0 },
};

/* For Names and digests of SHA-256, and a selection of three octets. */
static const struct example_note quote_notes[] = {
	{ 4, "magic" }, { 2, "type" }, { 2 + 34, "qualifiedSigner" }, { 2 + 32, "extraData" },
	{ 8, "clock" }, { 4, "resetCount" }, { 4, "restartCount" }, { 1, "safe" },
	{ 8, "firmwareVersion" }, { 4 + 2 + 1 + 3, "pcrSelect" }, { 2 + 32, "pcrDigest" }, { 0 },
};

struct list {
	struct example_derived *at;
	size_t count;
};

static struct example_derived *put(struct list *l, const char *name, const char *what,
				   const void *data, size_t len)
{
	struct example_derived *d = &l->at[l->count++];

	must(l->count <= EXAMPLE_DERIVED && len <= sizeof(d->data), name);
	*d = (struct example_derived){ .name = name, .what = what, .len = len };
	memcpy(d->data, data, len);
	return d;
}

static void put_hash(struct list *l, const char *name, const char *what, const uint8_t *hash)
{
	put(l, name, what, hash, SEAL_SHA256_LEN);
}

static void derive_claim(const struct direction *d, struct list *l)
{
	put(l, "context", "SealBindContext", d->context, SEAL_BIND_LEN)->notes = context_notes;
	put_hash(l, "ekm", "TLS-Exporter over it", d->ekm);
	put_hash(l, "binder", "the binder", d->binder);
	put(l, "claims", "CBOR: consumer, uid, side", d->e.claims.data, d->e.claims.len);
	if (d->tik.name.len)
		put(l, "tik-name", "Name_TIK", d->tik.name.data, d->tik.name.len);
	put_hash(l, "claim", "the claim", d->claim);
}

static void derive_quote(const struct direction *d, struct list *l)
{
	uint8_t out[SEAL_SHA256_LEN];

	must(seal_tree_leaf(d->claim, out), "leaf");
	put_hash(l, "leaf", "its leaf", out);
	if (d->e.depth)
		put(l, "path", "the siblings, from the leaf up", d->e.path,
		    d->e.depth * SEAL_SHA256_LEN);
	must(seal_tree_data(d->claim, d->e.batch, d->e.index, d->e.path[0], d->e.depth, out),
	     "qualifying data");
	put_hash(l, "qualifying", "qualifyingData of the quote", out);
	put(l, "quote", "TPMS_ATTEST of the quote", d->e.quote.data,
	    d->e.quote.len)->notes = quote_notes;
	if (!d->tik.name.len)
		return;
	must(seal_certify_data(seal_tpm_name_bytes(&d->ak.name),
			       seal_tpm_name_bytes(&d->tik.name), out), "certify");
	put_hash(l, "certify", "qualifyingData of the certify", out);
}

static void derive_authenticator(const struct direction *d, struct list *l)
{
	size_t len = seal_hash_len(d->keys.hash);
	uint8_t out[SEAL_HASH_MAX];

	put(l, "ea-context", "HandshakeContext of the authenticator", d->keys.context, len);
	put(l, "ea-key", "FinishedKey", d->keys.finished, len);
	must(seal_ea_transcript(&d->keys, d->request, d->auth.certificate, out), "transcript");
	put(l, "ea-hash", "H(HandshakeContext || request || Certificate)", out, len);
	must(seal_ea_finished(&d->keys, d->request, d->auth.certificate,
			      d->auth.certificate_verify, out), "finished");
	put(l, "ea-finished", "verify_data of Finished", out, len);
}

size_t example_derive(const struct example *example, enum seal_side side,
		      struct example_derived out[EXAMPLE_DERIVED])
{
	struct direction d = { .example = example, .side = side };
	struct list l = { .at = out };

	read_direction(&d);
	bind_direction(&d);
	derive_claim(&d, &l);
	derive_quote(&d, &l);
	derive_authenticator(&d, &l);
	return l.count;
}
