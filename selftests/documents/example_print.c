// SPDX-License-Identifier: GPL-2.0-or-later
/* The worked example as text: octets in lines of 32, cut where something ends. */
#include <stdio.h>
#include <string.h>

#include "../unit/lib/tap.h"
#include "example.h"
#include "wire/result.h"

#define LINE	32u

static void print_hex(const uint8_t *data, size_t len, const char *what)
{
	size_t last = len ? (len - 1) % LINE + 1 : 0;

	for (size_t i = 0; i < len; i++)
		printf("%s%02x", i ? i % LINE ? "" : "\n   " : "   ", data[i]);
	if (what)
		printf("%*s /* %s */", (int)(2 * (LINE - last)), "", what);
	printf("\n");
}

/* The next @len octets. */
static void cut(struct seal_reader *r, size_t len, const char *what)
{
	struct seal_bytes piece = seal_get_bytes(r, len);

	must(!r->bad, what);
	if (len)
		print_hex(piece.data, piece.len, what);
}

/* A vector, with its length of @width octets. */
static void cut_vector(struct seal_reader *r, size_t width, const char *what)
{
	size_t len = 0;

	must(r->left >= width, what);
	for (size_t i = 0; i < width; i++)
		len = len << 8 | r->at[i];
	cut(r, width + len, what);
}

/* Up to a view of the same octets, then that. */
static void cut_view(struct seal_reader *r, const char *before, struct seal_bytes view,
		     const char *what)
{
	cut(r, view.data - r->at, before);
	cut(r, view.len, what);
}

static void print_hello(struct seal_reader *r)
{
	cut(r, 1, "version");
	cut(r, 1, "roles");
	cut(r, 1, "modes");
	cut(r, 1, "consumer");
	cut(r, 4, "uid");
	cut_vector(r, 1, "profile");
	cut_vector(r, 2, "media_types");
	cut_vector(r, 2, "verifier_ids");
	cut(r, SEAL_RANDOM_LEN, "random");
}

static void print_seal_request(struct seal_reader *r)
{
	cut(r, 4, "seal_request");
	cut(r, 1, "version");
	cut(r, 8, "exchange");
	cut(r, 1, "mode");
	cut(r, 1, "hash_alg");
	cut_vector(r, 1, "pcr_select");
	cut(r, 1, "want_logs");
	cut(r, 8, "tcg_from");
	cut(r, 8, "ima_from");
	cut_vector(r, 1, "verifier_nonce");
}

static void print_request(struct seal_reader *r)
{
	cut(r, 4, r->at[0] == SEAL_HS_CERTIFICATE_REQUEST ? "CertificateRequest" :
	    "ClientCertificateRequest");
	cut_vector(r, 1, "context");
	cut(r, 2, "extensions");
	while (r->left) {
		uint16_t type = r->at[0] << 8 | r->at[1];

		if (type == SEAL_EXT_REQUEST)
			print_seal_request(r);
		else
			cut(r, 4 + (r->at[2] << 8 | r->at[3]),
			    type == SEAL_EXT_CMW_ATTESTATION ? "cmw_attestation" :
			    "signature_algorithms");
	}
}

/* The members of the map, each with the head before it. */
static void print_evidence(struct seal_reader *r, const struct seal_tpm_evidence *e)
{
	cut_view(r, "record, map, 1 =>", e->quote, "quote");
	cut_view(r, "2 =>", e->quote_sig, "its signature");
	cut_view(r, "3 =>", e->ak_public, "AK");
	for (size_t i = 0; i < e->ak_cert_count; i++)
		cut_view(r, "4 =>", e->ak_certs[i], "certificate of the AK");
	if (e->tik_public.len) {
		cut_view(r, "5 =>", e->tik_public, "TIK");
		cut_view(r, "6 =>", e->certify, "certify");
		cut_view(r, "7 =>", e->certify_sig, "its signature");
	}
	cut_view(r, "8 => PCR values, 9 =>", e->claims, "claims");
}

static void print_certificate(struct seal_reader *r, const struct seal_authenticator *auth)
{
	struct seal_tpm_evidence e;
	struct seal_cmw cmw;

	must(seal_cmw_decode(auth->cmw, &cmw) && seal_evidence_decode(cmw.value, &e), "evidence");
	cut(r, 4, "Certificate");
	cut_vector(r, 1, "context");
	cut(r, 3, "entries");
	cut_vector(r, 3, "end entity");
	cut(r, 2 + 4 + 2, "extensions, cmw_data");
	print_evidence(r, &e);
	cut(r, auth->cmw.data + auth->cmw.len - 1 - r->at, "11 => batch");
	cut(r, 1, "ind");
	for (size_t i = 1; i < auth->cert_count; i++)
		cut_view(r, "entry", auth->certs[i], "certificate");
	cut(r, auth->certificate_verify.data - r->at, "extensions");
}

static void print_authenticator(struct seal_reader *r)
{
	struct seal_authenticator auth;

	must(seal_authenticator_decode((struct seal_bytes){ r->at, r->left }, &auth),
	     "authenticator");
	print_certificate(r, &auth);
	cut(r, 4, "CertificateVerify");
	cut(r, 2, "algorithm");
	cut_vector(r, 2, "signature");
	cut(r, 4, "Finished");
	cut(r, r->left, "verify_data");
}

static void print_result(struct seal_reader *r)
{
	cut(r, 1, "attester");
	cut(r, 8, "exchange");
	cut(r, 2, "code");
	cut(r, 4, "valid_for");
	cut_vector(r, 2, "ar_cmw");
}

static void print_done(struct seal_reader *r)
{
	cut(r, 1, "status");
	cut(r, SEAL_SHA256_LEN, "transcript");
}

static void (*const bodies[])(struct seal_reader *r) = {
	[SEAL_FRAME_HELLO] = print_hello,
	[SEAL_FRAME_REQUEST] = print_request,
	[SEAL_FRAME_AUTHENTICATOR] = print_authenticator,
	[SEAL_FRAME_RESULT] = print_result,
	[SEAL_FRAME_DONE] = print_done,
};

static void print_frame(const struct example *example, const char *name)
{
	struct seal_reader r = seal_reader_of(example_get(example, name));

	printf("``%s``, frame::\n\n", name);
	cut(&r, SEAL_FRAME_HEADER_LEN, "type, length");
	bodies[r.at[-(int)SEAL_FRAME_HEADER_LEN]](&r);
	must(!r.left, name);
	printf("\n");
}

static void print_block(const struct example *example, const char *name, const char *what)
{
	struct seal_bytes b = example_get(example, name);

	printf("``%s``, %s::\n\n", name, what);
	print_hex(b.data, b.len, NULL);
	printf("\n");
}

static void print_text(const struct example *example, const char *name, const char *what)
{
	const char *text = example_text(example, name);

	printf("``%s``, %s::\n\n", name, what);
	while (*text) {
		int n = strcspn(text, "\n");

		printf("   %.*s\n", n, text);
		text += n + (text[n] == '\n');
	}
	printf("\n");
}

static void print_derived(const char *side, const struct example_derived *d)
{
	struct seal_reader r = seal_reader(d->data, d->len);

	printf("``%s.%s``, %s::\n\n", side, d->name, d->what);
	for (const struct example_note *n = d->notes; n && n->len; n++)
		cut(&r, n->len, n->what);
	if (!d->notes)
		cut(&r, d->len, NULL);
	must(!r.left, d->name);
	printf("\n");
}

static void print_side(const struct example *example, enum seal_side side)
{
	static struct example_derived d[EXAMPLE_DERIVED];
	size_t count = example_derive(example, side, d);

	for (size_t i = 0; i < count; i++)
		print_derived(example_side(side), &d[i]);
}

static void heading(const char *text)
{
	printf("%s\n", text);
	for (size_t i = 0; i < strlen(text); i++)
		putchar('-');
	printf("\n\n");
}

void example_print(const struct example *example)
{
	heading("What was there before");
	print_text(example, "suite", "the cipher suite");
	print_block(example, "exporter-secret", "exporter_secret of the connection");
	print_text(example, "anchors-x509", "the CA for TLS at both ends");
	print_text(example, "anchors-ak", "the CA for attestation keys at both ends");
	print_text(example, "policy-server", "what the server asks");
	print_text(example, "policy-client", "what the client asks");
	heading("What was sent");
	print_block(example, "client-hello", "SealNegotiation in ClientHello");
	print_block(example, "encrypted-extensions", "SealNegotiation in EncryptedExtensions");
	for (size_t i = 0; i < EXAMPLE_FRAMES; i++)
		print_frame(example, example_frames[i]);
	heading("What the client proved");
	print_side(example, SEAL_SIDE_CLIENT);
	heading("What the server proved");
	print_side(example, SEAL_SIDE_SERVER);
}
