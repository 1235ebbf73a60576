// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The worked example by the code of this tree:
 *
 *	example_test FILE		everything in it is what the code makes of it,
 *					and the verifier accepts both ends, as they are
 *	example_test --print FILE	a record as the text of the document
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/lib/tap.h"
#include "example.h"
#include "verify/rules.h"
#include "verify/verify.h"
#include "verify/x509.h"
#include "wire/result.h"

#define FLIPS	61u	/* one bit in so many: a prime, so that all bits of octets are met */

static struct example example;

static enum seal_side sender(const char *name)
{
	return name[0] == 'c' ? SEAL_SIDE_CLIENT : SEAL_SIDE_SERVER;
}

static void hello_of(const char *name, struct seal_hello *hello)
{
	must(seal_hello_decode(example_frame(&example, name), hello), name);
}

static void check_turns(void)
{
	struct seal_hello client, server;
	struct seal_turn turn;
	size_t i;

	hello_of("client.hello", &client);
	hello_of("server.hello", &server);
	seal_turn_start(&turn);
	for (i = 0; i < EXAMPLE_FRAMES; i++) {
		struct seal_frame frame;

		if (turn.state == SEAL_TURN_AGREE)
			seal_turn_agree(&turn, &client, &server);
		if (!seal_frame_decode(example_get(&example, example_frames[i]).data, &frame) ||
		    seal_turn_step(&turn, sender(example_frames[i]), &frame) != SEAL_STEP_TAKEN)
			break;
	}
	ok(i == EXAMPLE_FRAMES && seal_turn_complete(&turn), "turns: %zu of %u frames",
	   i, EXAMPLE_FRAMES);
}

/* All frames but SealDone, the client's first. */
static void check_transcript(void)
{
	struct seal_bytes parts[EXAMPLE_FRAMES];
	uint8_t want[SEAL_SHA256_LEN];
	struct seal_done client, server;
	size_t count = 0;

	for (int side = SEAL_SIDE_CLIENT; side <= SEAL_SIDE_SERVER; side++)
		for (size_t i = 0; i < EXAMPLE_FRAMES; i++)
			if (sender(example_frames[i]) == (enum seal_side)side &&
			    !strstr(example_frames[i], "done"))
				parts[count++] = example_get(&example, example_frames[i]);
	must(seal_hash_parts(SEAL_HASH_SHA256, parts, count, want) &&
	     seal_done_decode(example_frame(&example, "client.done"), &client) &&
	     seal_done_decode(example_frame(&example, "server.done"), &server), "done");
	ok(!memcmp(client.transcript, want, sizeof(want)) &&
	   !memcmp(server.transcript, want, sizeof(want)), "transcript of both SealDone");
}

static void check_extensions(void)
{
	struct seal_bytes ch = example_get(&example, "client-hello");
	struct seal_bytes ee = example_get(&example, "encrypted-extensions");
	const uint8_t head[] = { SEAL_EXT_NEGOTIATION >> 8, SEAL_EXT_NEGOTIATION & 0xff, 0, 2 };
	uint8_t body[2], flags;

	seal_negotiation_ch_encode(body);
	ok(ch.len == 6 && !memcmp(ch.data, head, 4) && !memcmp(ch.data + 4, body, 2),
	   "SealNegotiation of ClientHello");
	ok(ee.len == 6 && !memcmp(ee.data, head, 4) &&
	   seal_negotiation_ee_decode((struct seal_bytes){ ee.data + 4, 2 }, &flags),
	   "SealNegotiation of EncryptedExtensions");
}

static void check_derived(enum seal_side side)
{
	static struct example_derived d[EXAMPLE_DERIVED];
	size_t count = example_derive(&example, side, d);

	for (size_t i = 0; i < count; i++) {
		struct seal_bytes want = { d[i].data, d[i].len };
		char name[32];

		snprintf(name, sizeof(name), "%s.%s", example_side(side), d[i].name);
		ok(seal_bytes_equal(example_get(&example, name), want), "%s: %s", name, d[i].what);
	}
}

/* The verifier of the other side. */

static bool export(void *arg, const uint8_t context[SEAL_BIND_LEN], uint8_t ekm[SEAL_SHA256_LEN])
{
	example_export(&example, SEAL_LABEL_BINDER, (struct seal_bytes){ context, SEAL_BIND_LEN },
		       ekm, SEAL_SHA256_LEN);
	return true;
}

static struct seal_bytes text_of(const char *name)
{
	const char *text = example_text(&example, name);

	return (struct seal_bytes){ (const uint8_t *)text, strlen(text) };
}

static void load_rules(enum seal_side role, struct seal_rules *rules)
{
	const char *name = role == SEAL_SIDE_SERVER ? "policy-server" : "policy-client";
	struct seal_policy_error error;

	*rules = (struct seal_rules){ .x509 = seal_trust_new(), .ak = seal_trust_new() };
	if (!seal_policy_parse(&rules->policies, name, text_of(name), &error))
		note("%s:%u: %s", error.file, error.line, error.text);
	must(rules->policies.count == 1, name);
	must(seal_trust_add_pem(rules->x509, text_of("anchors-x509")) > 0 &&
	     seal_trust_add_pem(rules->ak, text_of("anchors-ak")) > 0, "anchors");
}

static struct seal_authenticator authenticator_of(enum seal_side side)
{
	struct seal_authenticator auth;

	must(seal_authenticator_decode(example_frame(&example, side == SEAL_SIDE_CLIENT ?
						     "client.authenticator" :
						     "server.authenticator"), &auth),
	     "authenticator");
	return auth;
}

/* An hour after the last of the certificates began. */
static int64_t then(void)
{
	int64_t latest = 0;

	for (int side = SEAL_SIDE_CLIENT; side <= SEAL_SIDE_SERVER; side++) {
		struct seal_authenticator auth = authenticator_of(side);
		struct seal_cert cert;

		must(seal_cert_decode(auth.certs[0], &cert), "certificate");
		if (cert.not_before > latest)
			latest = cert.not_before;
	}
	return latest + 3600;
}

static enum seal_reason judge(enum seal_side role, const struct seal_rules *rules,
			      struct seal_bytes client_hello, struct seal_bytes server_hello,
			      struct seal_bytes request, struct seal_bytes body,
			      struct seal_verdict *verdict)
{
	struct seal_authenticator peer = authenticator_of(seal_side_other(role));
	struct seal_authenticator ours = authenticator_of(role);
	struct seal_identity reference;
	bool used = false;
	struct seal_verify_in in = {
		.rules = rules, .policy = &rules->policies.policy[0], .role = role,
		.now = then(), .client_hello = client_hello, .server_hello = server_hello,
		.request = request, .request_used = &used, .peer_chain = peer.certs,
		.peer_count = 1, .our_cert = ours.certs[0], .authenticator = body,
		.export = export,
	};

	must(seal_identity_of_name("a.seal.test", &reference), "name");
	if (role == SEAL_SIDE_CLIENT)
		in.reference = &reference;
	example_keys(&example, seal_side_other(role), &in.keys);
	seal_verify(&in, verdict);
	return verdict->reason;
}

/* What the relying party of that role has seen; one of them can be changed. */
struct seen {
	struct seal_bytes piece[4];
};

static struct seen seen_by(enum seal_side role)
{
	bool server = role == SEAL_SIDE_SERVER;

	return (struct seen){ {
		example_get(&example, "client.hello"),
		example_get(&example, "server.hello"),
		example_frame(&example, server ? "server.request" : "client.request"),
		example_frame(&example, server ? "client.authenticator" : "server.authenticator"),
	} };
}

static enum seal_reason judge_seen(enum seal_side role, const struct seal_rules *rules,
				   const struct seen *s, struct seal_verdict *verdict)
{
	return judge(role, rules, s->piece[0], s->piece[1], s->piece[2], s->piece[3], verdict);
}

/* One bit at a time, here and there. */
static void flip(enum seal_side role, const struct seal_rules *rules)
{
	struct seen honest = seen_by(role);
	struct seal_verdict verdict;
	size_t tried = 0, accepted = 0;

	for (size_t p = 0; p < 4; p++) {
		uint8_t *copy = malloc(honest.piece[p].len);
		struct seen s = honest;

		must(copy, "malloc");
		memcpy(copy, honest.piece[p].data, honest.piece[p].len);
		s.piece[p].data = copy;
		for (size_t bit = p; bit < 8 * s.piece[p].len; bit += FLIPS, tried++) {
			copy[bit / 8] ^= 1 << bit % 8;
			accepted += judge_seen(role, rules, &s, &verdict) == SEAL_REASON_ACCEPTED;
			copy[bit / 8] ^= 1 << bit % 8;
		}
		free(copy);
	}
	ok(!accepted, "%s: %zu flipped bits, %zu of them accepted", example_side(role), tried,
	   accepted);
}

static void check_verdict(enum seal_side role)
{
	struct seen honest = seen_by(role);
	struct seal_verdict verdict;
	struct seal_rules rules;

	load_rules(role, &rules);
	if (!ok(judge_seen(role, &rules, &honest, &verdict) == SEAL_REASON_ACCEPTED,
		"%s: its policy accepts the other side", example_side(role)))
		note("%s: %s", seal_reason_name(verdict.reason), verdict.detail);
	flip(role, &rules);
	seal_rules_free(&rules);
}

int main(int argc, char **argv)
{
	bool print = argc == 3 && !strcmp(argv[1], "--print");

	must(print || argc == 2, "usage: example_test [--print] FILE");
	example_load(&example, argv[argc - 1]);
	if (print) {
		example_print(&example);
		return 0;
	}
	check_extensions();
	check_turns();
	check_transcript();
	check_derived(SEAL_SIDE_CLIENT);
	check_derived(SEAL_SIDE_SERVER);
	check_verdict(SEAL_SIDE_SERVER);
	check_verdict(SEAL_SIDE_CLIENT);
	return done();
}
