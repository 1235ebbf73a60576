// SPDX-License-Identifier: GPL-2.0-or-later
/* verify: evidence that lies, by its keys, its quote or what it says: a reason each. */
#include <gnutls/x509.h>
#include <stdio.h>
#include <string.h>

#include "lib/lies.h"

/* The attestation key */

EVIDENCE(AK_BAD, ak_junk, "an AK that is no public area")
{
	e->ak_public.len -= 1;
}

static void use_tik_as_ak(struct scene *s)
{
	static const struct profile client = { .ids = { "dns:client.example.org" } };

	s->ak = s->tik;
	issue_ak(&world()->ak_ca, s->ak, &client, &s->ak_cert);
}

SCENE(AK_IS_TIK, one_key, "one key as AK and TLS key")
{
	use_tik_as_ak(s);
}

SCENE(AK_IS_TIK, one_key_file, "the same, said to be in a file")
{
	use_tik_as_ak(s);
	s->key_in_file = true;
	s->policy = scene_policy("key = any");
}

static void own_ak(struct scene *s, struct seal_verify_in *in)
{
	static struct seal_tpm_public pub;

	must(seal_tpm_public_decode(of(&s->ak_public), &pub), "AK");
	in->own_ak = seal_tpm_name_bytes(&pub.name);
}

SCENE(AK_OWN, reflection, "our own AK")
{
	s->edit_in = own_ak;
}

SCENE(ACCEPTED, own_allowed, "our own AK, where policy allows it")
{
	s->edit_in = own_ak;
	s->policy = scene_policy("own-ak = allow");
}

SCENE(AK_UNKNOWN, no_cert, "an AK without certificate")
{
	s->no_ak_cert = true;
}

SCENE(AK_UNTRUSTED, ak_wrong_ca, "an AK certificate of another CA")
{
	static const struct profile client = { .ids = { "dns:client.example.org" } };

	issue_ak(&world()->other_ca, s->ak, &client, &s->ak_cert);
}

SCENE(AK_UNTRUSTED, tls_ca_for_ak, "an AK certificate of the CA for TLS")
{
	static const struct profile client = { .ids = { "dns:client.example.org" } };

	issue_ak(&world()->tls_ca, s->ak, &client, &s->ak_cert);
}

SCENE(AK_TIME, ak_expired, "an expired AK certificate")
{
	issue_ak(&world()->ak_ca, s->ak, &(struct profile){
		.ids = { "dns:client.example.org" }, .from = NOW - 2 * DAY,
		.until = NOW - 1 }, &s->ak_cert);
}

INPUT(AK_REVOKED, ak_revoked, "a revoked AK certificate")
{
	static struct blob pem;

	revoke_cert(&world()->ak_ca, &s->ak_cert, &pem);
	must(seal_trust_add_crl(s->rules.ak, of(&pem)) == 1, "CRL");
}

SCENE(AK_PURPOSE, ak_cert_tls, "a TLS certificate for an attestation key")
{
	static const struct profile client = { .ids = { "dns:client.example.org" } };

	issue(&world()->ak_ca, s->ak, &client, &s->ak_cert);
}

SCENE(AK_PURPOSE, ak_cert_any, "a certificate for any purpose for an attestation key")
{
	static const struct profile client = {
		.ids = { "dns:client.example.org" }, .no_purpose = true };

	issue(&world()->ak_ca, s->ak, &client, &s->ak_cert);
}

SCENE(AK_CERT_KEY, ak_cert_other, "the certificate of another AK")
{
	s->ak = world()->other_ak;
}

SCENE(AK_IDENTITY, ak_other_host, "a genuine AK under another machine's certificate")
{
	issue_ak(&world()->ak_ca, s->ak, &(struct profile){
		.ids = { "dns:other.example.org" } }, &s->ak_cert);
}

#define ATTRIBUTE(bit, id)						\
	AK(AK_ATTRIBUTES, id, "an AK with the wrong " #bit)		\
	{								\
		a->objectAttributes ^= TPMA_OBJECT_##bit;		\
	}

ATTRIBUTE(RESTRICTED, ak_unrestricted)
ATTRIBUTE(SIGN_ENCRYPT, ak_no_sign)
ATTRIBUTE(FIXEDTPM, ak_movable)
ATTRIBUTE(FIXEDPARENT, ak_duplicable)
ATTRIBUTE(SENSITIVEDATAORIGIN, ak_imported)
ATTRIBUTE(DECRYPT, ak_decrypts)
ATTRIBUTE(X509SIGN, ak_x509)

AK(AK_ATTRIBUTES, ak_no_scheme, "an AK without a scheme of its own")
{
	a->parameters.eccDetail.scheme.scheme = TPM2_ALG_NULL;
}

/* The TLS key */

SCENE(KEY_RESIDENCY, in_file, "a key in a file, where policy wants a TPM")
{
	s->key_in_file = true;
}

SCENE(KEY_RESIDENCY, in_tpm, "a key in a TPM, where policy wants a file")
{
	s->policy = scene_policy("key = file");
}

EVIDENCE(TIK_BAD, tik_junk, "a TLS key that is no public area")
{
	e->tik_public.len -= 1;
}

EVIDENCE(CERTIFY_BAD, certify_cut, "a cut statement on the TLS key")
{
	e->certify.len -= 1;
}

CERTIFY(CERTIFY_MAGIC, certify_magic, "a statement on the TLS key that no TPM made")
{
	a->magic ^= 1;
}

EVIDENCE(CERTIFY_TYPE, certify_type, "a quote as statement on the TLS key")
{
	e->certify = e->quote;
	e->certify_sig = e->quote_sig;
}

EVIDENCE(CERTIFY_SIGNATURE, certify_other_ak, "a TLS key certified by another AK")
{
	tpm_sign(world()->other_ak, TPM2_ALG_ECDSA, TPM2_ALG_SHA256, e->certify, &s->spare);
	e->certify_sig = of(&s->spare);
}

CERTIFY(CERTIFY_DATA, certify_data, "a statement on the TLS key made for another AK")
{
	a->extraData.buffer[0] ^= 1;
}

CERTIFY(CERTIFY_DATA, certify_no_data, "a statement on the TLS key without data")
{
	a->extraData.size = 0;
}

CERTIFY(CERTIFY_NAME, certify_name, "a statement on another key")
{
	a->attested.certify.name.name[5] ^= 1;
}

#define TIK_ATTRIBUTE(bit, id)						\
	TIK(TIK_ATTRIBUTES, id, "a TLS key with the wrong " #bit)	\
	{								\
		a->objectAttributes ^= TPMA_OBJECT_##bit;		\
	}

TIK_ATTRIBUTE(RESTRICTED, tik_restricted)
TIK_ATTRIBUTE(SIGN_ENCRYPT, tik_no_sign)
TIK_ATTRIBUTE(FIXEDTPM, tik_movable)
TIK_ATTRIBUTE(FIXEDPARENT, tik_duplicable)
TIK_ATTRIBUTE(SENSITIVEDATAORIGIN, tik_imported)
TIK_ATTRIBUTE(DECRYPT, tik_decrypts)

static void foreign_tik(TPMT_PUBLIC *a)
{
	public_area(world()->other_tik, GOOD_TIK, TPM2_ALG_NULL, 0, a);
}

SCENE(TIK_KEY, tik_other, "a certified key that is not the certificate's")
{
	s->edit_tik = foreign_tik;
}

/* Batch and quote */

EVIDENCE(PATH, path_long, "a path longer than its tree")
{
	e->depth++;
}

EVIDENCE(PATH, path_short, "a path shorter than its tree")
{
	e->depth--;
}

EVIDENCE(PATH, batch_odd, "a batch of three")
{
	e->batch = 3;
}

EVIDENCE(PATH, batch_zero, "a batch of none")
{
	e->batch = 0;
}

EVIDENCE(PATH, index_high, "a leaf outside its tree")
{
	e->index = e->batch;
}

EVIDENCE(QUOTE_DATA, index_wrong, "another leaf of the tree")
{
	e->index ^= 1;
}

EVIDENCE(QUOTE_DATA, path_bit, "one bit of the path")
{
	e->path[1][31] ^= 1;
}

EVIDENCE(QUOTE_BAD, quote_cut, "a cut quote")
{
	e->quote.len -= 1;
}

QUOTE(QUOTE_MAGIC, quote_magic, "a quote that no TPM made")
{
	a->magic ^= 0x100;
}

EVIDENCE(QUOTE_TYPE, quote_type, "a statement on a key as quote")
{
	e->quote = e->certify;
	e->quote_sig = e->certify_sig;
}

EVIDENCE(QUOTE_SIGNATURE, quote_other_ak, "a quote of another AK")
{
	tpm_sign(world()->other_ak, TPM2_ALG_ECDSA, TPM2_ALG_SHA256, e->quote, &s->spare);
	e->quote_sig = of(&s->spare);
}

EVIDENCE(QUOTE_SIGNATURE, quote_changed, "a quote changed after it was signed")
{
	memcpy(s->spare.data, e->quote.data, e->quote.len);
	s->spare.data[e->quote.len - 40] ^= 1;
	s->spare.len = e->quote.len;
	e->quote = of(&s->spare);
}

EVIDENCE(QUOTE_SCHEME, quote_hash, "a quote signed with another hash than the AK's")
{
	tpm_sign(s->ak, TPM2_ALG_ECDSA, TPM2_ALG_SHA384, e->quote, &s->spare);
	e->quote_sig = of(&s->spare);
}

EVIDENCE(QUOTE_SCHEME, quote_no_sig, "a signature that is none")
{
	e->quote_sig = (struct seal_bytes){ (const uint8_t *)"\0\x10", 2 };
}

QUOTE(QUOTE_DATA, other_data, "a genuine quote for something else")
{
	a->extraData.buffer[31] ^= 0x80;
}

QUOTE(QUOTE_DATA, longer_data, "our data with an octet more")
{
	a->extraData.size++;
}

QUOTE(QUOTE_DATA, shorter_data, "our data with an octet less")
{
	a->extraData.size--;
}

BIND(QUOTE_DATA, other_side, "a binder of the other direction")
{
	b->attester = seal_side_other(b->attester);
}

BIND(QUOTE_DATA, other_exchange, "a binder of another exchange")
{
	b->exchange++;
}

BIND(QUOTE_DATA, other_mode, "a binder of another mode")
{
	b->mode++;
}

#define BIND_HASH(field)						\
	BIND(QUOTE_DATA, bind_##field, "a binder with another " #field)	\
	{								\
		b->field[0] ^= 1;					\
	}

BIND_HASH(hello_hash)
BIND_HASH(request_hash)
BIND_HASH(attester_cert_hash)
BIND_HASH(rp_cert_hash)
BIND_HASH(subject_key_hash)

INPUT(QUOTE_DATA, relayed, "genuine evidence on another TLS connection")
{
	s->secret[0] ^= 1;
}

static bool no_export(void *arg, const uint8_t *context, uint8_t *ekm)
{
	return false;
}

INPUT(INTERNAL, export_fails, "an exporter that fails")
{
	in->export = no_export;
}

QUOTE(QUOTE_SELECTION, fewer, "a quote of fewer PCRs")
{
	a->attested.quote.pcrSelect.pcrSelections[0].pcrSelect[0] = 0x80;
}

QUOTE(QUOTE_SELECTION, more, "a quote of more PCRs")
{
	a->attested.quote.pcrSelect.pcrSelections[0].pcrSelect[1] = 1;
}

QUOTE(QUOTE_SELECTION, other_bank, "a quote of another bank")
{
	a->attested.quote.pcrSelect.pcrSelections[0].hash = TPM2_ALG_SHA1;
}

QUOTE(QUOTE_SELECTION, second_bank, "a quote of two banks")
{
	a->attested.quote.pcrSelect.pcrSelections[1] =
		a->attested.quote.pcrSelect.pcrSelections[0];
	a->attested.quote.pcrSelect.pcrSelections[1].hash = TPM2_ALG_SHA1;
	a->attested.quote.pcrSelect.count = 2;
}

QUOTE(QUOTE_SELECTION, twice, "a quote of the bank twice")
{
	a->attested.quote.pcrSelect.pcrSelections[1] =
		a->attested.quote.pcrSelect.pcrSelections[0];
	a->attested.quote.pcrSelect.count = 2;
}

QUOTE(QUOTE_SELECTION, empty, "a quote of no PCRs")
{
	a->attested.quote.pcrSelect.count = 0;
}

QUOTE(ACCEPTED, empty_entries, "a bank without PCRs beside ours: the same set")
{
	a->attested.quote.pcrSelect.pcrSelections[1] = (TPMS_PCR_SELECTION){
		.hash = TPM2_ALG_SHA1, .sizeofSelect = 3 };
	a->attested.quote.pcrSelect.count = 2;
}

static void resettable(struct scene *s)
{
	static const uint8_t select[] = { 0, 0, 0, 1, 0, 0x0b, 3, 0x83, 0, 1 };

	s->ask.pcr_select = (struct seal_bytes){ select, sizeof(select) };
}

SCENE(QUOTE_SELECTION, pcr16, "PCR 16, even if we asked for it")
{
	s->pcr_mask |= 1 << 16;
	s->edit_ask = resettable;
}

static void unsafe(TPMS_ATTEST *a)
{
	a->clockInfo.safe = TPM2_NO;
}

SCENE(CLOCK, clock_unsafe, "an unsafe clock, where policy asks")
{
	s->edit_quote = unsafe;
	s->policy = scene_policy("clock = safe");
}

QUOTE(ACCEPTED, clock_any, "an unsafe clock, where policy does not ask")
{
	a->clockInfo.safe = TPM2_NO;
}

/* PCR values, claims, policy */

EVIDENCE(PCR_SHAPE, value_missing, "a value missing")
{
	e->pcr[1].len = 0;
}

EVIDENCE(PCR_SHAPE, value_extra, "a value that was not quoted")
{
	e->pcr[8] = e->pcr[7];
}

EVIDENCE(PCR_SHAPE, value_bank, "values of another bank")
{
	e->bank = TPM2_ALG_SHA1;
	for (unsigned int i = 0; i < SEAL_PCR_COUNT; i++)
		if (e->pcr[i].len)
			e->pcr[i].len = 20;
}

EVIDENCE(PCR_DIGEST, value_other, "other values than those quoted")
{
	memset(s->spare.data, 0x42, 32);
	e->pcr[1].data = s->spare.data;
}

EVIDENCE(PCR_DIGEST, value_swapped, "the values in another order")
{
	struct seal_bytes v = e->pcr[0];

	e->pcr[0] = e->pcr[1];
	e->pcr[1] = v;
}

QUOTE(PCR_DIGEST, digest_other, "a quote with another digest")
{
	a->attested.quote.pcrDigest.buffer[0] ^= 1;
}

QUOTE(PCR_DIGEST, digest_short, "a quote with a shorter digest")
{
	a->attested.quote.pcrDigest.size = 20;
}

EVIDENCE(EVIDENCE_BAD, claims_none, "no claims")
{
	e->claims.len = 0;
}

EVIDENCE(QUOTE_DATA, claims_other, "claims changed after they were signed")
{
	memcpy(s->spare.data, e->claims.data, e->claims.len);
	s->spare.data[2] = SEAL_CLASS_NFSD;
	e->claims.data = s->spare.data;
}

EVIDENCE(QUOTE_DATA, claims_junk, "claims that are not a map")
{
	e->claims = (struct seal_bytes){ (const uint8_t *)"\x01", 1 };
}

CLAIMS(CLAIMS_BAD, claims_quoted_junk, "claims that are not a map, and were quoted")
{
	c->data[0] ^= 0xff;
}

CLAIMS(CLAIMS_BAD, claims_quoted_longer, "claims with an octet more, and were quoted")
{
	c->data[c->len++] = 0;
}

EVIDENCE(AK_IS_TIK, ak_certified, "the AK in the place of the TLS key in the TPM")
{
	e->tik_public = e->ak_public;
}

SCENE(PCR_VALUE, extended, "a PCR that was extended")
{
	s->pcr[7][0] ^= 1;
}

SCENE(ACCEPTED, unconstrained, "another value where policy does not look")
{
	s->pcr[1][0] ^= 1;
}

SCENE(PCR_SET, digest, "a digest that policy does not list")
{
	s->policy = scene_policy("digest = 00000000000000000000000000000000"
				 "00000000000000000000000000000000");
}

SCENE(POLICY_VACUOUS, vacuous, "anything, where policy says nothing")
{
	s->policy = "[policy none]\npeer = *\nmode = observe\npcrs = sha256:0,1,7\n";
}

static void as_user(struct scene *s)
{
	s->client.consumer = SEAL_CLASS_USER;
	s->client.uid = 1000;
	s->claims.consumer = SEAL_CLASS_USER;
	s->claims.uid = 1000;
}

static void as_unknown(struct scene *s)
{
	s->client.consumer = SEAL_CLASS_UNKNOWN;
	s->claims.consumer = SEAL_CLASS_UNKNOWN;
}

SCENE(CONSUMER, user, "a user, where policy wants the kernel")
{
	s->edit_hello = as_user;
	s->policy = scene_policy("consumer = kernel");
}

SCENE(CONSUMER, unknown, "somebody unknown, where policy wants the kernel")
{
	s->edit_hello = as_unknown;
	s->policy = scene_policy("consumer = kernel");
}

SCENE(ACCEPTED, user_allowed, "a user, where policy does not mind")
{
	s->edit_hello = as_user;
}

SCENE(ACCEPTED, kernel, "the kernel, where policy wants it")
{
	s->policy = scene_policy("consumer = kernel");
}

HELLO(CLAIMS_DIFFER, claims_class, "signed claims of another class")
{
	s->claims.consumer = SEAL_CLASS_NVME;
}

HELLO(CLAIMS_DIFFER, claims_uid, "signed claims of another user")
{
	as_user(s);
	s->claims.uid = 0;
}

HELLO(CLAIMS_DIFFER, claims_side, "signed claims of the other side")
{
	s->claims.side = SEAL_SIDE_SERVER;
}

/* Pinned keys */

static void admit(struct scene *s, const char *identity)
{
	static char json[8192];
	struct seal_tpm_public pub;
	char why[128] = "", *at = json;

	must(seal_tpm_public_decode(of(&s->ak_public), &pub), "AK");
	at += sprintf(at, "{\"identity\":\"%s\",\"ak_public\":\"", identity);
	for (size_t i = 0; i < s->ak_public.len; i++)
		at += sprintf(at, "%02x", s->ak_public.data[i]);
	at += sprintf(at, "\",\"ak_name\":\"");
	for (size_t i = 0; i < pub.name.len; i++)
		at += sprintf(at, "%02x", pub.name.data[i]);
	at += sprintf(at, "\"}");
	must(seal_admitted_parse(&s->rules.admitted, (struct seal_bytes){
				(const uint8_t *)json, at - json }, why, sizeof(why)), why);
}

static void admit_right(struct scene *s, struct seal_verify_in *in)
{
	admit(s, "dns:client.example.org");
}

static void admit_other(struct scene *s, struct seal_verify_in *in)
{
	admit(s, "dns:other.example.org");
}

static void pinned(struct scene *s)
{
	s->policy = scene_policy("ak-trust = admitted");
	s->no_ak_cert = true;
}

SCENE(ACCEPTED, admitted, "an AK pinned for this identity")
{
	pinned(s);
	s->edit_in = admit_right;
}

SCENE(AK_IDENTITY, admitted_other, "an AK pinned for another identity")
{
	pinned(s);
	s->edit_in = admit_other;
}

SCENE(AK_UNKNOWN, not_admitted, "an AK that nobody pinned, certificate or not")
{
	s->policy = scene_policy("ak-trust = admitted");
}
int main(void)
{
	run_lies();
	return done();
}
