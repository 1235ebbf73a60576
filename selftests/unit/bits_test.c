// SPDX-License-Identifier: GPL-2.0-or-later
/* verify: every bit of an exchange matters: whichever is flipped, nothing is accepted. */
#include <string.h>

#include "lib/scene.h"

/* The sanitizers look for other things, and slowly: every 13th bit is enough. */
#ifdef __SANITIZE_ADDRESS__
#define STRIDE	13
#else
#define STRIDE	1
#endif

/* Every bit of what the peer sends, and no verdict but no. */
static void bits(const char *name, struct scene *s, uint8_t *data, size_t len)
{
	size_t accepted = 0, tried = 0;

	for (size_t bit = 0; bit < 8 * len; bit += STRIDE, tried++) {
		data[bit / 8] ^= 1 << bit % 8;
		s->used = false;
		if (scene_judge(s) == SEAL_REASON_ACCEPTED && !accepted++)
			note("bit %zu of octet %zu", bit % 8, bit / 8);
		data[bit / 8] ^= 1 << bit % 8;
	}
	ok(!accepted, "%s: each of %zu bits refuses", name, tried);
	s->used = false;
	must(scene_judge(s) == SEAL_REASON_ACCEPTED, "as it was");
}

static void every_bit(void)
{
	static struct scene s;

	scene_init(&s);
	scene_speak(&s);
	must(scene_judge(&s) == SEAL_REASON_ACCEPTED, "honest");
	bits("the authenticator", &s, s.auth_raw, s.auth_len);
	bits("the request", &s, s.request.data, s.request.len);
	bits("the client's hello", &s, s.client_frame.data, s.client_frame.len);
	bits("the server's hello", &s, s.server_frame.data, s.server_frame.len);
	bits("the exporter", &s, s.secret, sizeof(s.secret));
	scene_end(&s);
}

/*
 * Flips that Finished and CertificateVerify would catch first: here the peer
 * itself makes those right, so that only the evidence's own checks are left.
 */
enum part { PART_QUOTE, PART_QUOTE_SIG, PART_AK, PART_AK_CERT, PART_TIK,
	    PART_CERTIFY, PART_CERTIFY_SIG, PART_PCR, PART_CLAIMS, PART_COUNT };

static const char *const part_names[PART_COUNT] = {
	"quote", "quote signature", "AK", "AK certificate", "TLS key", "certify",
	"certify signature", "PCR value", "claims",
};

static enum part flip_part;
static size_t flip_bit, flip_bits;

static struct seal_bytes *part_of(struct seal_tpm_evidence *e)
{
	struct seal_bytes *parts[PART_COUNT] = {
		&e->quote, &e->quote_sig, &e->ak_public, &e->ak_certs[0], &e->tik_public,
		&e->certify, &e->certify_sig, &e->pcr[1], &e->claims,
	};

	return parts[flip_part];
}

static void flip(struct scene *s, struct seal_tpm_evidence *e)
{
	struct seal_bytes *part = part_of(e);

	flip_bits = 8 * part->len;
	if (flip_bit >= flip_bits)
		return;
	memcpy(s->spare.data, part->data, part->len);
	s->spare.data[flip_bit / 8] ^= 1 << flip_bit % 8;
	part->data = s->spare.data;
}

/* Signatures differ in length, each scene has its own: nothing is behind the end. */
static void every_bit_of_evidence(void)
{
	static struct scene s;

	for (flip_part = 0; flip_part < PART_COUNT; flip_part++) {
		size_t accepted = 0, tried = 0;

		flip_bits = 1;
		for (flip_bit = 0; flip_bit < flip_bits; flip_bit += STRIDE, tried++) {
			scene_init(&s);
			s.edit_evidence = flip;
			if (scene_run(&s) == SEAL_REASON_ACCEPTED && flip_bit < flip_bits &&
			    !accepted++)
				note("bit %zu of octet %zu", flip_bit % 8, flip_bit / 8);
		}
		ok(!accepted, "a peer that flips a bit of its %s: each of %zu refuses",
		   part_names[flip_part], tried);
	}
}
int main(void)
{
	every_bit();
	every_bit_of_evidence();
	return done();
}
