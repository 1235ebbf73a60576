// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the worker says that our own side said and showed is what the verifier knows of it: a
 * worker that was taken over cannot take the demand for proof out of our hello.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/etc.h"
#include "lib/party.h"
#include "lib/tap.h"
#include "seald/appraise.h"
#include "verify/reason.h"

static const char *dir;

/* Up to the plan: a server of nfsd whose client shows no certificate. */
static void plan(struct appraisal *a, const char *policy, struct ipc_plan *plan_ret)
{
	const struct ipc_peer peer = { .complete = true, .seal = true };
	struct ipc_offer offer;
	char text[512];

	snprintf(text, sizeof(text), "[policy p]\npeer = *\nanonymous = yes\n%s", policy);
	etc_put("policy.d/test.conf", text, strlen(text));
	*a = (struct appraisal){
		.job = { .side = SEAL_SIDE_SERVER, .auth = IPC_AUTH_X509,
			 .class = SEAL_CLASS_NFSD, .has_attester = true,
			 .local = { .family = AF_INET, .port = 2049 },
			 .remote = { .family = AF_INET, .port = 700 } },
	};
	must(appraise_begin(a, dir, &offer) != SEAL_DECIDE_REFUSE, "begin");
	must(appraise_peer(a, &peer, plan_ret) == SEAL_DECIDE_ATTESTED, "peer");
}

#define FRAME	(SEAL_FRAME_HEADER_LEN + SEAL_HELLO_MAX)

static struct seal_bytes frame(const struct seal_hello *hello, uint8_t *out)
{
	size_t len = seal_hello_encode(hello, out + SEAL_FRAME_HEADER_LEN, SEAL_HELLO_MAX);
	const struct seal_frame header = { .type = SEAL_FRAME_HELLO, .length = (uint32_t)len };

	must(len, "hello");
	seal_frame_encode(&header, out);
	return (struct seal_bytes){ out, SEAL_FRAME_HEADER_LEN + len };
}

/* What exchange.c makes of a plan. */
static struct seal_hello hello_of(const struct ipc_plan *plan)
{
	struct seal_hello hello = {
		.can_attest = plan->attest, .wants_peer = plan->wants_peer,
		.modes = SEAL_HELLO_EVIDENCE, .profile = plan->profile,
		.consumer = SEAL_CLASS_NFSD, .media_count = plan->media_count,
	};

	memcpy(hello.media_types, plan->media_types, sizeof(hello.media_types));
	return hello;
}

static void quiet(struct seal_hello *ours)
{
	ours->wants_peer = false;
}

static void asks(struct seal_hello *ours)
{
	ours->wants_peer = true;
}

static void attests(struct seal_hello *ours)
{
	ours->can_attest = true;
}

static void modest(struct seal_hello *ours)
{
	ours->can_attest = false;
}

static void other_profile(struct seal_hello *ours)
{
	ours->profile = SEAL_PROFILE_EXPAT;
}

static void other_consumer(struct seal_hello *ours)
{
	ours->consumer = SEAL_CLASS_NVME;
}

static void a_user(struct seal_hello *ours)
{
	ours->consumer = SEAL_CLASS_USER;
	ours->uid = 1000;
}

static void fewer_types(struct seal_hello *ours)
{
	ours->media_count--;
}

static void other_types(struct seal_hello *ours)
{
	ours->media_types[0] = (struct seal_bytes){ (const uint8_t *)"application/x", 13 };
}

static void verifiers(struct seal_hello *ours)
{
	ours->verifier_ids = (struct seal_bytes){ (const uint8_t *)"v", 1 };
}

#define PCRS	"pcrs = sha256:7\npcr-7 = " \
	"0000000000000000000000000000000000000000000000000000000000000000\n"
#define REQUIRE	"mode = require\n" PCRS
#define OFFER	"mode = offer\n" PCRS
#define OBSERVE	"mode = observe\n" PCRS
#define NEVER	"mode = never\n"
#define SILENT	REQUIRE "attest = no\n"

static const struct lie {
	const char *name;
	const char *policy;
	void (*tell)(struct seal_hello *ours);
} lies[] = {
	{ "it asks for no proof, mode require", REQUIRE, quiet },
	{ "it asks for no proof, mode offer", OFFER, quiet },
	{ "it asks for no proof, mode observe", OBSERVE, quiet },
	{ "it asks for proof, mode never", NEVER, asks },
	{ "it can attest, and policy says no", SILENT, attests },
	{ "another profile", REQUIRE, other_profile },
	{ "another consumer", REQUIRE, other_consumer },
	{ "a user", REQUIRE, a_user },
	{ "less evidence is known", REQUIRE, fewer_types },
	{ "other evidence is known", REQUIRE, other_types },
	{ "verifiers are named", REQUIRE, verifiers },
};

/* Whether we can attest at all the attester tells the worker alone. */
static const struct lie truths[] = {
	{ "as planned, mode require", REQUIRE, NULL },
	{ "as planned, mode observe", OBSERVE, NULL },
	{ "it cannot attest", REQUIRE, modest },
};

static enum seal_decision hellos(struct appraisal *a, const struct lie *what)
{
	static uint8_t client[FRAME], server[FRAME];
	struct seal_hello ours, theirs;
	struct ipc_hellos m;
	struct ipc_plan said;

	plan(a, what->policy, &said);
	ours = hello_of(&said);
	theirs = ours;
	theirs.can_attest = true;
	theirs.wants_peer = false;
	theirs.consumer = SEAL_CLASS_NFS;
	if (what->tell)
		what->tell(&ours);
	/* They are of one mind: two profiles are refused for another reason. */
	theirs.profile = ours.profile;
	m = (struct ipc_hellos){ frame(&theirs, client), frame(&ours, server) };
	return appraise_hellos(a, &m);
}

static void our_hello(void)
{
	static struct appraisal a;

	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++)
		if (!ok(hellos(&a, &lies[i]) == SEAL_DECIDE_REFUSE && !a.verdict.accepted &&
			a.verdict.reason == SEAL_REASON_INTERNAL,
			"our hello: %s", lies[i].name))
			note("accepted %d, %s", a.verdict.accepted,
			     seal_reason_name(a.verdict.reason));
	for (size_t i = 0; i < sizeof(truths) / sizeof(truths[0]); i++)
		ok(hellos(&a, &truths[i]) == SEAL_DECIDE_ATTESTED && a.request_len,
		   "our hello: %s", truths[i].name);
	ok(hellos(&a, &(struct lie){ "", NEVER, NULL }) == SEAL_DECIDE_PLAIN &&
	   a.verdict.accepted && !a.verdict.attested, "our hello: as planned, mode never");
}

/* The request of the verifier itself: what it asks once it never asks again. */
static void our_challenge(void)
{
	static struct appraisal a;
	struct seal_ask ask[2];

	for (size_t i = 0; i < 2; i++) {
		hellos(&a, &truths[0]);
		must(seal_ask_decode((struct seal_bytes){ a.request, a.request_len }, &ask[i]),
		     "request");
	}
	ok(memcmp(ask[0].context, ask[1].context, sizeof(ask[0].context)),
	   "CVE-2026-6420: two AuthRequests differ");
}

/* With what kind of authentication a side shows a certificate. */
static const struct {
	const char *name;
	enum seal_side side;
	enum ipc_auth auth;
	bool shown, good;
} certificates[] = {
	{ "a server shows its own", SEAL_SIDE_SERVER, IPC_AUTH_X509, true, true },
	{ "a server that showed none", SEAL_SIDE_SERVER, IPC_AUTH_X509, false, false },
	{ "a client shows its own", SEAL_SIDE_CLIENT, IPC_AUTH_X509, true, true },
	{ "a client that was asked for none", SEAL_SIDE_CLIENT, IPC_AUTH_X509, false, true },
	{ "a client without one shows one", SEAL_SIDE_CLIENT, IPC_AUTH_ANON, true, false },
	{ "a client without one", SEAL_SIDE_CLIENT, IPC_AUTH_ANON, false, true },
	{ "one beside a pre-shared key", SEAL_SIDE_SERVER, IPC_AUTH_PSK, true, false },
	{ "none beside a pre-shared key", SEAL_SIDE_SERVER, IPC_AUTH_PSK, false, true },
};

static void our_certificate(void)
{
	static struct appraisal a;
	static uint8_t zeros[32];
	const struct appraise_ask ask = { 0 };

	for (size_t i = 0; i < sizeof(certificates) / sizeof(certificates[0]); i++) {
		const struct ipc_authenticator auth = {
			.handshake_context = { zeros, 32 }, .finished_key = { zeros, 32 },
			.our_cert = { zeros, certificates[i].shown ? 32 : 0 },
		};

		hellos(&a, &truths[0]);
		a.job.side = certificates[i].side;
		a.job.auth = certificates[i].auth;
		/* What is good here fails in the next step: there is no proof. */
		appraise_authenticator(&a, &auth, &ask, NULL);
		ok(!strcmp(a.verdict.detail, "our own certificate") == !certificates[i].good,
		   "our certificate: %s", certificates[i].name);
	}
}

int main(void)
{
	struct authority ca;

	new_authority(&ca, "tls", NULL);
	dir = etc_make(&ca.pem);
	our_hello();
	our_challenge();
	our_certificate();
	etc_drop();
	return done();
}
