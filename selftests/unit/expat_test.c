// SPDX-License-Identifier: GPL-2.0-or-later
/* Profile expat: what of it is checked, and that it is no way around seal1. */
#include <string.h>

#include "lib/scene.h"

#define OK	SEAL_REASON_ACCEPTED
#define EXPAT	"profile = expat\nattest = no\n"

static struct scene s;

static void begin(void)
{
	scene_init(&s);
	s.expat = true;
	s.batch = 1;
	s.policy = scene_policy(EXPAT);
}

static void is(enum seal_reason want, const char *claim)
{
	enum seal_reason reason = scene_run(&s);

	if (!ok(reason == want, "expat: %s", claim))
		note("%s: %s", seal_reason_name(reason), s.verdict.detail);
	begin();
}

static void of_another_key(struct scene *scene)
{
	uint8_t ekm[SEAL_SHA256_LEN];

	must(seal_hmac(SEAL_HASH_SHA256, (struct seal_bytes){ scene->secret, SEAL_SHA256_LEN },
		       (struct seal_bytes){ scene->ask.context, SEAL_CONTEXT_LEN }, ekm) &&
	     seal_expat_binding(scene->tls_hash, of(&world()->our_cert), ekm, scene->binding),
	     "binding");
}

static void of_another_connection(struct scene *scene)
{
	scene->secret[0] ^= 1;
}

/* The hash of another suite, or a piece of the right one. */
static void of_another_suite(struct scene *scene)
{
	uint8_t ekm[SEAL_SHA256_LEN];
	enum seal_hash other = scene->tls_hash == SEAL_HASH_SHA256 ? SEAL_HASH_SHA384
								   : SEAL_HASH_SHA256;

	must(seal_hmac(SEAL_HASH_SHA256, (struct seal_bytes){ scene->secret, SEAL_SHA256_LEN },
		       (struct seal_bytes){ scene->ask.context, SEAL_CONTEXT_LEN }, ekm), "ekm");
	scene->binding_len = seal_expat_binding(other, of(&scene->tls_cert), ekm, scene->binding);
}

static void cut_short(struct scene *scene)
{
	scene->binding_len = SEAL_SHA256_LEN;
}

static void of_seal1(struct scene *scene)
{
	memcpy(scene->binding, scene->binder, scene->binding_len = SEAL_SHA256_LEN);
}

static void nothing(struct scene *scene, struct seal_verify_in *in)
{
	in->export_expat = NULL;
}

static void one_speaks_seal1(struct scene *scene)
{
	scene->client.profile = SEAL_PROFILE_SEAL1;
}

static void both_speak_seal1(struct scene *scene)
{
	scene->client.profile = scene->server.profile = SEAL_PROFILE_SEAL1;
}

static void other_consumer(struct scene *scene)
{
	scene->claims.consumer = SEAL_CLASS_NVME;
}

static void bindings(void)
{
	is(OK, "accepted");
	must(scene_run(&s) == OK, "honest");
	ok(!strcmp(s.verdict.claims, "key=tpm consumer=nfs clock=safe profile=expat"),
	   "expat: the verdict says so");
	begin();
	s.role = SEAL_SIDE_CLIENT;
	is(OK, "also of a server");
	s.tls_hash = SEAL_HASH_SHA384;
	must(scene_run(&s) == OK, "honest");
	ok(s.binding_len == 48, "expat: accepted with 48 octets in a suite of SHA-384");
	begin();
	s.edit_binder = of_another_suite;
	is(SEAL_REASON_QUOTE_DATA, "not by SHA-384 in a suite of SHA-256");
	s.tls_hash = SEAL_HASH_SHA384;
	s.edit_binder = of_another_suite;
	is(SEAL_REASON_QUOTE_DATA, "nor the other way round");
	s.tls_hash = SEAL_HASH_SHA384;
	s.edit_binder = cut_short;
	is(SEAL_REASON_QUOTE_DATA, "nor the beginning of the right one");
	s.edit_binder = of_seal1;
	is(SEAL_REASON_QUOTE_DATA, "nor a binder of seal1");
	s.edit_binder = of_another_key;
	is(SEAL_REASON_QUOTE_DATA, "not bound to another key");
	s.edit_binder = of_another_connection;
	is(SEAL_REASON_QUOTE_DATA, "not bound to another connection");
	s.batch = 4;
	is(SEAL_REASON_PATH, "in no batch");
	s.edit_in = nothing;
	is(SEAL_REASON_INTERNAL, "not without an exporter");
	s.key_in_file = true;
	is(SEAL_REASON_KEY_RESIDENCY, "the key where the policy wants it");
	s.edit_hello = other_consumer;
	is(SEAL_REASON_CLAIMS_DIFFER, "the claims that the hello made");
}

static void profiles(void)
{
	s.edit_hello = one_speaks_seal1;
	is(SEAL_REASON_PROFILE, "not if one side speaks another");
	s.edit_hello = both_speak_seal1;
	is(SEAL_REASON_PROFILE, "not if both speak another than the policy");
	s.policy = scene_policy("");
	is(SEAL_REASON_PROFILE, "never where the policy does not name it");
	/* Evidence of the one, in a connection of the other. */
	s.edit_hello = both_speak_seal1;
	s.policy = scene_policy("");
	is(SEAL_REASON_QUOTE_DATA, "its evidence is none of seal1");
	s.expat = false;
	s.policy = scene_policy(EXPAT);
	is(SEAL_REASON_PROFILE, "nor the other way round");
}

static void hellos(void)
{
	struct seal_hello ours = { .profile = SEAL_PROFILE_EXPAT }, theirs = { 0 };
	struct seal_policy never = { .mode = SEAL_POLICY_NEVER };
	uint8_t body[512];

	ok(seal_verify_hello(&never, &ours, &theirs) == SEAL_REASON_PROFILE,
	   "expat: profiles must agree, also of those who ask for nothing");
	ours.media_types[0] = (struct seal_bytes){ (const uint8_t *)"a/b", 3 };
	ours.media_count = 1;
	ours.profile = SEAL_PROFILE_COUNT;
	ok(!seal_hello_encode(&ours, body, sizeof(body)), "expat: no third profile");
	ok(!strcmp(seal_profile_name(SEAL_PROFILE_COUNT), "unknown"), "expat: nor a name for it");
}

int main(void)
{
	begin();
	bindings();
	profiles();
	hellos();
	return done();
}
