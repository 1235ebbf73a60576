// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * verify: the honest peer is accepted; what is wrong before its evidence has its
 * own reason each. Evidence itself is in quote_test.
 */
#include <gnutls/x509.h>
#include <stdio.h>
#include <string.h>

#include "lib/lies.h"

/* Accepted */

SCENE(ACCEPTED, honest, "an honest client")
{
}

SCENE(ACCEPTED, honest_server, "an honest server")
{
	s->role = SEAL_SIDE_CLIENT;
}

SCENE(ACCEPTED, sha384, "a SHA-384 cipher suite")
{
	s->tls_hash = SEAL_HASH_SHA384;
}

ASK(ACCEPTED, later_exchange, "a later exchange of the connection")
{
	s->ask.exchange = 3;
}

SCENE(ACCEPTED, alone, "a quote for this connection alone")
{
	s->batch = 1;
}

SCENE(ACCEPTED, pair, "a quote for two")
{
	s->batch = 2;
}

SCENE(ACCEPTED, largest_batch, "a quote for 65536")
{
	s->batch = SEAL_BATCH_MAX;
}

SCENE(ACCEPTED, file_key, "a key in a file, where policy allows it")
{
	s->key_in_file = true;
	s->policy = scene_policy("key = any");
}

SCENE(ACCEPTED, file_key_wanted, "a key in a file, where policy wants that")
{
	s->key_in_file = true;
	s->policy = scene_policy("key = file");
}

static void new_ak(struct scene *s, enum kind kind, uint16_t scheme, uint16_t hash)
{
	static const struct profile client = { .ids = { "dns:client.example.org" } };

	s->ak = new_key(kind);
	s->ak_scheme = scheme;
	s->ak_hash = hash;
	issue_ak(&world()->ak_ca, s->ak, &client, &s->ak_cert);
}

SCENE(ACCEPTED, ak_p384, "an AK on P-384 with SHA-384")
{
	new_ak(s, P384, TPM2_ALG_ECDSA, TPM2_ALG_SHA384);
}

SCENE(ACCEPTED, ak_p256_sha384, "an AK on P-256 with SHA-384")
{
	new_ak(s, P256, TPM2_ALG_ECDSA, TPM2_ALG_SHA384);
}

SCENE(ACCEPTED, ak_rsassa, "an AK with RSASSA")
{
	new_ak(s, RSA2048, TPM2_ALG_RSASSA, TPM2_ALG_SHA256);
}

SCENE(ACCEPTED, ak_rsapss, "an AK with RSAPSS")
{
	new_ak(s, RSA2048, TPM2_ALG_RSAPSS, TPM2_ALG_SHA256);
}

SCENE(ACCEPTED, bank384, "the SHA-384 bank")
{
	static char text[512];

	s->bank = TPM2_ALG_SHA384;
	snprintf(text, sizeof(text), "[policy big]\npeer = *\nmode = require\n"
		 "pcrs = sha384:0,1,7\npcr-1 = ");
	for (unsigned int i = 0; i < 48; i++)
		strcat(text, "02");
	s->policy = text;
}

static void new_tik(struct scene *s, enum kind kind, uint16_t scheme)
{
	static const struct profile client = { .ids = { "dns:client.example.org" } };

	s->tik = new_key(kind);
	s->ea_scheme = scheme;
	issue(&world()->tls_ca, s->tik, &client, &s->tls_cert);
}

SCENE(ACCEPTED, tik_p384, "a TLS key on P-384")
{
	new_tik(s, P384, SEAL_SCHEME_P384);
}

SCENE(ACCEPTED, tik_rsa, "a TLS key with RSA-PSS")
{
	new_tik(s, RSA2048, SEAL_SCHEME_PSS_SHA256);
}

SCENE(ACCEPTED, anonymous, "no certificate in the handshake, where policy allows it")
{
	s->no_handshake_cert = true;
	s->policy = scene_policy("anonymous = yes");
}

SCENE(ACCEPTED, endorsed, "an AK of another machine, where policy says any")
{
	static const struct profile other = { .ids = { "dns:other.example.org" } };

	s->policy = scene_policy("ak-trust = any-endorsed");
	issue_ak(&world()->ak_ca, s->ak, &other, &s->ak_cert);
}

SCENE(AK_UNTRUSTED, endorsed_by_whom, "and one that nobody known endorsed, all the same")
{
	static const struct profile client = { .ids = { "dns:client.example.org" } };

	s->policy = scene_policy("ak-trust = any-endorsed");
	issue_ak(&world()->other_ca, s->ak, &client, &s->ak_cert);
}

SCENE(ACCEPTED, of_vendor, "an AK certificate of a TPM's maker, where policy says any")
{
	s->policy = scene_policy("ak-trust = any-endorsed");
	issue_ak(&world()->ak_ca, s->ak, &(struct profile){ .of_vendor = true }, &s->ak_cert);
}

SCENE(AK_IDENTITY, of_vendor_named, "which names no host")
{
	issue_ak(&world()->ak_ca, s->ak, &(struct profile){ .of_vendor = true }, &s->ak_cert);
}

/* A server that is @id, where @wanted is asked for. */
static void server_of_name(struct scene *s, const char *id, const char *wanted)
{
	const struct profile server = { .ids = { id } };

	s->role = SEAL_SIDE_CLIENT;
	s->policy = "[policy named]\npeer = *\nmode = require\nak-trust = certificate\n"
		"pcrs = sha256:0,1,7\npcr-1 = "
		"0202020202020202020202020202020202020202020202020202020202020202\n";
	issue(&world()->tls_ca, s->tik, &server, &s->tls_cert);
	issue_ak(&world()->ak_ca, s->ak, &server, &s->ak_cert);
	must(seal_identity_parse(wanted, &s->reference), "identity");
}

#define NAMED(reason, id, claim, is, wanted)				\
	SCENE(reason, id, claim)					\
	{								\
		server_of_name(s, is, wanted);				\
	}

NAMED(ACCEPTED, ip, "a server by its address", "ip:192.0.2.7", "ip:192.0.2.7")
NAMED(ACCEPTED, ip6, "by one of IPv6", "ip:2001:db8::7", "ip:2001:db8::7")
NAMED(IDENTITY_REFERENCE, other_ip, "another address", "ip:192.0.2.7", "ip:192.0.2.8")
NAMED(IDENTITY_REFERENCE, other_ip6, "another of IPv6", "ip:2001:db8::7", "ip:2001:db8::8")
NAMED(IDENTITY_REFERENCE, ip_as_name, "an address that is there as a name",
      "dns:192.0.2.7", "ip:192.0.2.7")
NAMED(ACCEPTED, uri, "a server by its URI", "uri:spiffe://example.org/a",
      "uri:spiffe://example.org/a")
NAMED(IDENTITY_REFERENCE, other_uri, "another URI", "uri:spiffe://example.org/a",
      "uri:spiffe://example.org/b")

/* @purpose is all that the issuing CA is good for; NULL: it does not say. */
static void intermediate(struct scene *s, const char *purpose)
{
	static const struct profile client = { .ids = { "dns:client.example.org" } };
	static struct authority sub;

	new_authority(&sub, "issuing CA", &world()->tls_ca);
	if (purpose)
		restrict_authority(&sub, purpose, &world()->tls_ca);
	issue(&sub, s->tik, &client, &s->tls_cert);
	s->certs[0] = of(&s->tls_cert);
	s->certs[1] = of(&sub.der);
	s->cert_count = 2;
}

SCENE(ACCEPTED, chain, "a certificate of an issuing CA, with it")
{
	intermediate(s, NULL);
}

SCENE(CERT_UNTRUSTED, half_chain, "a certificate of an issuing CA, without it")
{
	intermediate(s, NULL);
	s->cert_count = 1;
}

static void ak_issuer(struct scene *s, const char *purpose)
{
	static const struct profile client = { .ids = { "dns:client.example.org" } };
	static struct authority sub;

	new_authority(&sub, "issuing CA", &world()->ak_ca);
	if (purpose)
		restrict_authority(&sub, purpose, &world()->ak_ca);
	issue_ak(&sub, s->ak, &client, &s->ak_cert);
	s->ak_issuer = sub.der;
}

SCENE(ACCEPTED, ak_chain, "an AK certificate of an issuing CA")
{
	ak_issuer(s, NULL);
}

SCENE(ACCEPTED, ak_chain_own, "an AK certificate of an issuing CA for attestation keys")
{
	ak_issuer(s, SEAL_OID_AK);
}

SCENE(AK_PURPOSE, ak_chain_tls, "an AK certificate of an issuing CA for TLS alone")
{
	ak_issuer(s, GNUTLS_KP_TLS_WWW_SERVER);
}

SCENE(AK_PURPOSE, ak_chain_any, "an AK certificate of an issuing CA for anything")
{
	ak_issuer(s, GNUTLS_KP_ANY);
}

SCENE(CERT_PURPOSE, chain_any, "a certificate of an issuing CA for anything")
{
	intermediate(s, GNUTLS_KP_ANY);
}

/* Turn, request, context, Finished */

HELLO(OUT_OF_TURN, cannot, "evidence of a peer that said it has none")
{
	s->client.can_attest = false;
}

HELLO(OUT_OF_TURN, unasked, "evidence that we did not ask for")
{
	s->server.wants_peer = false;
}

INPUT(HELLO_BAD, hello_cut, "a hello without its last octet")
{
	in->client_hello.len--;
}

INPUT(HELLO_BAD, hello_none, "no hello")
{
	in->server_hello.len = 0;
}

INPUT(REQUEST_BAD, request_role, "a request that is not ours")
{
	in->role = SEAL_SIDE_CLIENT;
}

INPUT(AUTHENTICATOR_BAD, auth_none, "an empty frame")
{
	in->authenticator.len = 0;
}

INPUT(AUTHENTICATOR_BAD, auth_cut, "an authenticator without its last octet")
{
	in->authenticator.len--;
}

INPUT(CONTEXT_USED, second, "a second answer to one request")
{
	seal_verify(in, &s->verdict);
	must(s->verdict.reason == SEAL_REASON_ACCEPTED, "the first is good");
}

INPUT(CONTEXT_FOREIGN, other_request, "an answer to another request of ours")
{
	s->request.data[10] ^= 1;
}

INPUT(FINISHED, request_changed, "an answer to this context, the request changed")
{
	s->request.data[s->request.len - 2] ^= 1;
}

INPUT(FINISHED, other_connection, "an authenticator of another connection")
{
	in->keys.context[0] ^= 1;
}

INPUT(FINISHED, other_key, "a Finished under another key")
{
	in->keys.finished[31] ^= 1;
}

AUTH(FINISHED, mac_bit, "one bit of Finished")
{
	s->auth_raw[s->auth_len - 1] ^= 1;
}

INPUT(FINISHED, wrong_hash, "the hash of another cipher suite")
{
	in->keys.hash = SEAL_HASH_SHA384;
}

static size_t refuse(struct scene *s)
{
	return seal_ea_refusal(&s->keys, of(&s->request),
			       (struct seal_bytes){ s->ask.context, SEAL_CONTEXT_LEN },
			       s->auth_raw, sizeof(s->auth_raw));
}

AUTH(PEER_REFUSED, refusal, "an authenticated refusal")
{
	s->auth_len = refuse(s);
}

AUTH(FINISHED, refusal_forged, "a refusal that somebody else made")
{
	s->auth_len = refuse(s);
	s->auth_raw[10] ^= 1;
}

INPUT(INTERNAL, no_policy, "no policy at all")
{
	in->policy = NULL;
}

INPUT(INTERNAL, no_role, "no role")
{
	in->role = SEAL_SIDE_NONE;
}

/* Certificates and identity */

SCENE(CERT_UNTRUSTED, wrong_ca, "a certificate of another CA")
{
	static const struct profile client = { .ids = { "dns:client.example.org" } };

	issue(&world()->other_ca, s->tik, &client, &s->tls_cert);
}

SCENE(CERT_UNTRUSTED, ak_ca_for_tls, "a TLS certificate of the CA for AKs")
{
	static const struct profile client = { .ids = { "dns:client.example.org" } };

	issue(&world()->ak_ca, s->tik, &client, &s->tls_cert);
}

static void reissue(struct scene *s, const struct profile *profile)
{
	issue(&world()->tls_ca, s->tik, profile, &s->tls_cert);
}

SCENE(CERT_EXPIRED, expired, "an expired certificate")
{
	reissue(s, &(struct profile){ .ids = { "dns:client.example.org" },
				      .from = NOW - 2 * DAY, .until = NOW - 1 });
}

SCENE(CERT_EXPIRED, last_second, "a certificate that ends this second")
{
	reissue(s, &(struct profile){ .ids = { "dns:client.example.org" },
				      .until = NOW });
}

SCENE(CERT_EARLY, early, "a certificate of tomorrow")
{
	reissue(s, &(struct profile){ .ids = { "dns:client.example.org" },
				      .from = NOW + 1 });
}

SCENE(CERT_PURPOSE, server_only, "a client with a certificate for servers")
{
	reissue(s, &(struct profile){ .ids = { "dns:client.example.org" },
				      .purpose = GNUTLS_KP_TLS_WWW_SERVER });
}

SCENE(CERT_PURPOSE, client_only, "a server with a certificate for clients")
{
	s->role = SEAL_SIDE_CLIENT;
	reissue(s, &(struct profile){ .ids = { "dns:server.example.org" },
				      .purpose = GNUTLS_KP_TLS_WWW_CLIENT });
}

SCENE(CERT_PURPOSE, ca_leaf, "a CA as end entity")
{
	reissue(s, &(struct profile){ .ids = { "dns:client.example.org" }, .is_ca = true });
}

SCENE(CERT_PURPOSE, no_sign, "a key that may not sign")
{
	reissue(s, &(struct profile){ .ids = { "dns:client.example.org" },
				      .usage = GNUTLS_KEY_KEY_AGREEMENT });
}

INPUT(CERT_REVOKED, revoked, "a revoked certificate")
{
	static struct blob pem;

	revoke_cert(&world()->tls_ca, &s->tls_cert, &pem);
	must(seal_trust_add_crl(s->rules.x509, of(&pem)) == 1, "CRL");
}

INPUT(CERT_DIFFERS, other_cert, "another certificate than in the handshake")
{
	static struct seal_bytes chain[1];

	chain[0] = of(&world()->our_cert);
	in->peer_chain = chain;
}

SCENE(CERT_NONE, not_anonymous, "no certificate in the handshake")
{
	s->no_handshake_cert = true;
}

INPUT(CERT_UNTRUSTED, nobody_trusted, "no CA configured")
{
	seal_trust_free(s->rules.x509);
	s->rules.x509 = NULL;
}

SCENE(IDENTITY_NONE, nameless, "a certificate without a name")
{
	reissue(s, &(struct profile){ 0 });
}

SCENE(IDENTITY_NONE, wildcard, "a certificate for every host")
{
	reissue(s, &(struct profile){ .ids = { "dns:*.example.org" } });
}

SCENE(IDENTITY_POLICY, stranger, "a name that the policy does not have")
{
	reissue(s, &(struct profile){ .ids = { "dns:client.example.net" } });
}

SCENE(IDENTITY_REFERENCE, wrong_server, "a server with another name than asked for")
{
	s->role = SEAL_SIDE_CLIENT;
	must(seal_identity_of_name("elsewhere.example.org", &s->reference), "name");
}

static void forget_reference(struct scene *s, struct seal_verify_in *in)
{
	in->reference = NULL;
}

SCENE(IDENTITY_REFERENCE, no_reference, "any server, when no name was asked for")
{
	s->role = SEAL_SIDE_CLIENT;
	s->edit_in = forget_reference;
	s->policy = "[policy any]\npeer = *\nmode = observe\npcrs = sha256:0,1,7\n";
}

/* CertificateVerify */

static void other_signer(struct scene *s)
{
	/* Certificate and evidence of one machine, signature of another. */
	s->tik = world()->other_tik;
}

SCENE(CERT_VERIFY, not_its_key, "a certificate without its key")
{
	s->key_in_file = true;
	s->policy = scene_policy("key = any");
	other_signer(s);
}

ASK(SCHEME, scheme_not_asked, "a scheme that this request does not list")
{
	s->ask.schemes[0] = SEAL_SCHEME_P384;
	s->ask.scheme_count = 1;
}

/* CMW and map */

SCENE(CMW_NONE, bare, "an authenticator without evidence")
{
	s->no_evidence = true;
}

CMW(TYPE_UNKNOWN, media, "a media type that we do not know")
{
	c->type = (struct seal_bytes){ (const uint8_t *)"application/eat-ucs+cbor", 24 };
}

HELLO(TYPE_UNKNOWN, media_unlisted, "a media type that we did not list")
{
	s->server.media_types[0] = (struct seal_bytes){ (const uint8_t *)"other/type", 10 };
}

CMW(CMW_BAD, result, "an attestation result in place of evidence")
{
	c->ind = 8;
}

CMW(EVIDENCE_BAD, no_map, "a value that is not a map")
{
	c->value = (struct seal_bytes){ (const uint8_t *)"\x01", 1 };
}
/* What an accepted peer's verdict says. */
static void verdict(void)
{
	static struct scene s;
	const struct seal_verdict *v = &s.verdict;
	struct seal_tpm_public pub;

	scene_init(&s);
	s.policy = scene_policy("lifetime = 90s");
	scene_speak(&s);
	scene_judge(&s);
	must(seal_tpm_public_decode(of(&s.ak_public), &pub), "AK");
	ok(!strcmp(v->policy, "test") && !strcmp(v->identity, "dns:client.example.org"),
	   "verdict: policy and identity");
	ok(v->ak_name_len == 34 && !memcmp(v->ak_name, pub.name.data, 34), "verdict: AK");
	ok(v->pcr_digest_len == 32, "verdict: PCR digest");
	ok(!strcmp(v->claims, "key=tpm consumer=nfs clock=safe"), "verdict: claims");
	ok(v->key_in_tpm && v->clock_safe && v->consumer == SEAL_CLASS_NFS &&
	   v->reset_count == 7 && v->restart_count == 3, "verdict: key, clock, counts");
	ok(v->lifetime == 90, "verdict: the policy's lifetime");
	scene_end(&s);
}

static void shorter_lifetime(void)
{
	static struct scene s;

	scene_init(&s);
	s.policy = scene_policy("lifetime = 1h");
	reissue(&s, &(struct profile){ .ids = { "dns:client.example.org" },
				       .until = NOW + 60 });
	scene_run(&s);
	ok(s.verdict.reason == SEAL_REASON_ACCEPTED && s.verdict.lifetime == 60,
	   "verdict: not longer than the certificate");
	scene_init(&s);
	issue_ak(&world()->ak_ca, s.ak, &(struct profile){
		.ids = { "dns:client.example.org" }, .until = NOW + 30 }, &s.ak_cert);
	scene_run(&s);
	ok(s.verdict.reason == SEAL_REASON_ACCEPTED && s.verdict.lifetime == 30,
	   "verdict: not longer than the AK's certificate");
}

/* Issued by one that ends earlier than what it issued. */
static void shorter_issuer(void)
{
	static const struct profile client = { .ids = { "dns:client.example.org" } };
	static struct authority sub;
	static struct scene s;

	scene_init(&s);
	s.policy = scene_policy("lifetime = 1h");
	new_authority(&sub, "issuing CA", &world()->tls_ca);
	end_authority(&sub, NOW + 60, &world()->tls_ca);
	issue(&sub, s.tik, &client, &s.tls_cert);
	s.certs[0] = of(&s.tls_cert);
	s.certs[1] = of(&sub.der);
	s.cert_count = 2;
	scene_run(&s);
	ok(s.verdict.reason == SEAL_REASON_ACCEPTED && s.verdict.lifetime == 60,
	   "verdict: not longer than the certificate of an issuing CA");
	scene_init(&s);
	new_authority(&sub, "issuing CA", &world()->ak_ca);
	end_authority(&sub, NOW + 30, &world()->ak_ca);
	issue_ak(&sub, s.ak, &client, &s.ak_cert);
	s.ak_issuer = sub.der;
	scene_run(&s);
	ok(s.verdict.reason == SEAL_REASON_ACCEPTED && s.verdict.lifetime == 30,
	   "verdict: not longer than that of the AK's");
}

int main(void)
{
	run_lies();
	run_lies_again();
	verdict();
	shorter_lifetime();
	shorter_issuer();
	return done();
}
