// SPDX-License-Identifier: GPL-2.0-or-later
/* seeds DIR: one honest input for each harness, as DIR/HARNESS/NAME. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "kinds.h"
#include "verify/cose.h"
#include "verify/dossier.h"
#include "verify/ear_json.h"
#include "verify/jws.h"
#include "verify/passport.h"
#include "wire/result.h"

static const char *dir;

static void seed(const char *harness, const char *name, const void *data, size_t len)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, harness);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/%s/%s", dir, harness, name);
	f = fopen(path, "wb");
	must(f && fwrite(data, 1, len, f) == len && !fclose(f), path);
}

#define TEXT(s)	((struct seal_bytes){ (const uint8_t *)(s), strlen(s) })

/* A result, and a passport with it around the evidence of the scene. */
static void seed_results(const struct scene *s)
{
	static uint8_t claims[SEAL_EAR_MAX], result[SEAL_EAR_MAX], record[SEAL_CMW_MAX];
	static const uint8_t signature[64], kid[SEAL_SHA256_LEN];
	static char json[SEAL_JWS_PAYLOAD_MAX], text[16384];
	struct seal_ear ear = {
		.subject = TEXT("dns:client.example.org"), .issued = NOW, .expires = NOW + DAY,
		.developer = TEXT("seal"), .build = TEXT("1"), .count = 1,
	};
	struct seal_ear_appraisal *a = &ear.appraisal[0];
	struct seal_cose cose = {
		.alg = SEAL_COSE_ES256, .protected = TEXT("\xa2\x01\x26\x03\x19\x01\x07"),
		.signature = { signature, sizeof(signature) },
	};
	struct seal_cmw cmw;
	size_t len;

	a->name = TEXT(SEAL_EAR_MACHINE);
	a->status = SEAL_TIER_AFFIRMING;
	a->has = 1 << SEAL_TRUST_EXECUTABLES;
	a->vector[SEAL_TRUST_EXECUTABLES] = SEAL_APPROVED_BOOT;
	a->policy[a->policy_count++] = TEXT("policy");
	a->anchored = true;
	a->anchor = (struct seal_anchor){ .ak.len = 34, .pcrs = { SEAL_TPM_ALG_SHA256, 1 },
					  .digest_len = 32, .consumers = 2 };
	cose.payload = (struct seal_bytes){ claims, seal_ear_encode(&ear, claims,
								    sizeof(claims)) };
	seed("ear", "result", claims, cose.payload.len);
	seed("jws", "claims", json, seal_ear_to_json(&ear, json, sizeof(json)));
	len = seal_jws_begin(SEAL_COSE_ES256, kid, TEXT(json), text, sizeof(text));
	seed("jws", "whole", text, seal_jws_end(text, len, sizeof(text), cose.signature));
	len = seal_cose_encode(&cose, result, sizeof(result));
	seed("cose", "result", result, len);
	len = seal_passport_wrap((struct seal_bytes){ result, len },
				 (struct seal_bytes){ s->evidence_raw, s->evidence_len },
				 record, sizeof(record));
	must(seal_cmw_decode((struct seal_bytes){ record, len }, &cmw), "passport");
	seed("passport", "passport", cmw.value.data, cmw.value.len);
}

static void seed_dossier(const struct scene *s)
{
	static uint8_t out[SEAL_DOSSIER_MAX];
	static const uint8_t binder[SEAL_SHA256_LEN];
	const struct seal_dossier d = {
		.evidence = { s->evidence_raw, s->evidence_len },
		.chain = { of(&s->tls_cert), of(&s->ak_cert) }, .chain_count = 2,
		.binder = { binder, sizeof(binder) }, .boot = TEXT("boot"), .ima = TEXT("ima"),
	};
	size_t len = seal_dossier_encode(&d, out, sizeof(out));

	must(len, "dossier");
	seed("dossier", "dossier", out, len);
}

#define HONEST	(2 * KIND_COUNT)

/* Honest ones of both sides for each policy; one for each lie, behind what is ignored. */
static void seed_exchanges(void)
{
	uint8_t script[5 + 16] = { 0 };
	char name[32];

	for (unsigned int i = 0; i < HONEST + 2 * 10; i++) {
		script[0] = i % 2;
		script[1] = i < HONEST ? i / 2 : 0;
		script[2] = i < HONEST ? 0 : (i - HONEST) / 2;
		script[5] = i < HONEST ? 0 : 6;
		snprintf(name, sizeof(name), "script-%u", i);
		seed("exchange", name, script, sizeof(script));
	}
}

static void seed_bodies(void)
{
	const struct seal_result result = { SEAL_SIDE_CLIENT, 1, 3600 };
	const struct seal_error error = { SEAL_CODE_BUSY };
	const struct seal_done done = { { 1 } };
	uint8_t raw[SEAL_DONE_LEN];

	seal_result_encode(&result, raw);
	seed("frame", "result", raw, SEAL_RESULT_LEN);
	seal_done_encode(&done, raw);
	seed("frame", "done", raw, SEAL_DONE_LEN);
	seal_error_encode(&error, raw);
	seed("frame", "error", raw, SEAL_ERROR_LEN);
}

static size_t put_hex(char *out, const char *name, const struct blob *blob)
{
	size_t n = sprintf(out, ",\"%s\":\"", name);

	for (size_t i = 0; i < blob->len; i++)
		n += sprintf(out + n, "%02x", blob->data[i]);
	return n + sprintf(out + n, "\"");
}

static void seed_enrolment(const struct scene *s)
{
	static char text[32768];
	size_t n = sprintf(text, "{\"version\":1,\"identity\":\"dns:a.example\""), with_csr;

	n += put_hex(text + n, "ek_public", &s->tik_public);
	n += put_hex(text + n, "ak_public", &s->ak_public);
	with_csr = n;
	n += put_hex(text + n, "tik_public", &s->tik_public);
	n += put_hex(text + n, "certify", &s->certify);
	n += put_hex(text + n, "certify_signature", &s->certify_sig);
	seed("enroll", "key-in-tpm", text, n + sprintf(text + n, "}"));
	n = with_csr + sprintf(text + with_csr, ",\"csr\":\"-----BEGIN NEW\"}");
	seed("enroll", "key-in-file", text, n);
}

/* Of each kind that has parts, one that is accepted, after the octet of its kind. */
static void seed_messages(const struct scene *s)
{
	static uint8_t whole[80 + sizeof(s->auth_raw)];
	struct seal_writer w = seal_writer(whole, sizeof(whole));

	seed("ipc", "worker", "\0" "12345678" "\1\2\x0f\1\0\0\0\0\1" "12345678" "\0\1a", 29);
	seed("ipc", "keys", "\1" "connection-id-16" "\1\0\2tx\0\2rx", 26);
	seed("ipc", "failed", "\2\0\5\1\0\3why", 9);
	seed("ipc", "verifier", "\3" "12345678" "\1\3\1\0\0\0\0\1" "12345678"
	     "\0\2\1\1" "16-octets-of-ip." "\0\x0a\1\1" "16-octets-of-ip." "\0\0\0\1"
	     "\1\0\0\0\2\0\1a", 77);
	seed("ipc", "verdict", "\4\1\1\1\0\0" "\0\1" "12345678" "\0\0\0\0"
	     "\0\2ak\0\1d\0\1p\0\1q\0\0\0\0", 37);
	seed("ipc", "psk", "\6\0\2id\x20" "a-key-of-thirty-two-octets-here.", 38);
	seed("ipc", "plan", "\x08\0\1\1\0\1\4type", 11);
	seal_put_u8(&w, 10);
	for (int i = 0; i < 2; i++)
		seal_put_vec8(&w, (struct seal_bytes){ s->secret, sizeof(s->secret) });
	seal_put_vec16(&w, (struct seal_bytes){ 0 });
	seal_put_vec24(&w, (struct seal_bytes){ s->auth_raw, s->auth_len });
	seed("ipc", "authenticator", whole, seal_writer_done(&w));
}

int main(int argc, char **argv)
{
	static const uint8_t turns[] = {
		3, 1, 0x10, 0, 0, 0, 1, 2, 0x10, 0, 0, 0, 1, 1, 1, 0, 0, 0, 1,
		2, 1, 0, 0, 0, 1, 1, 2, 0, 0, 0, 1, 2, 0x13, 0, 0, 0, 1,
		2, 2, 0, 0, 0, 1, 1, 0x13, 0, 0, 0, 1, 1, 0x14, 0, 0, 0, 1,
		2, 0x14, 0, 0, 0, 1,
	};
	static const uint8_t collection[] = {
		0xa3, 0x68, '_', '_', 'c', 'm', 'w', 'c', '_', 't', 0x61, 'a',
		0x00, 0x83, 0x01, 0x41, 0x00, 0x08,
		0x20, 0xa1, 0x61, 'b', 0xda, 0x63, 0x74, 0x01, 0x01, 0x41, 0x00,
	};
	static const char rules[] =
		"allow user=1000-2000 role=client peer=10.0.0.0/8 port=2049-2050\n"
		"# a remark\n\nallow group=adm cgroup=/a.slice peer=2001:db8::/32 pending=4\n";
	static const char list[] =
		"\x0a\0\0\0" "hash-of-20-octets...\x07\0\0\0ima-sig" "\x1d\0\0\0"
		"\x0b\0\0\0sha256:\0abc" "\3\0\0\0/a\0" "\3\0\0\0\3\2\4";
	static const char log[] =
		"\0\0\0\0\3\0\0\0" "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" "\x21\0\0\0"
		"Spec ID Event03\0\0\0\0\0\0\2\0\2\1\0\0\0\x0b\0\x20\0\0"
		"\7\0\0\0\4\0\0\0\1\0\0\0\x0b\0" "digest-of-32-octets............."
		"\4\0\0\0\0\0\0\0";
	static struct scene s;

	must(argc == 2, "usage: seeds DIR");
	dir = argv[1];
	scene_init(&s);
	scene_speak(&s);
	must(scene_judge(&s) == SEAL_REASON_ACCEPTED, "honest");
	seed("frame", "whole", turns, sizeof(turns));
	seed_bodies();
	seed("hello", "client", s.client_frame.data + 5, s.client_frame.len - 5);
	seed("hello", "ee", "\1\3", 2);
	seed("request", "server", s.request.data, s.request.len);
	seed("authenticator", "client", s.auth_raw, s.auth_len);
	seed("cmw", "collection", collection, sizeof(collection));
	seed("evidence", "cmw", s.evidence_raw, s.evidence_len);
	seed("evidence", "claims", s.claims_raw.data, s.claims_raw.len);
	seed_results(&s);
	seed_exchanges();
	seed_dossier(&s);
	seed_messages(&s);
	seed_enrolment(&s);
	seed("tpm", "quote", s.quote.data, s.quote.len);
	seed("tpm", "certify", s.certify.data, s.certify.len);
	seed("tpm", "signature", s.quote_sig.data, s.quote_sig.len);
	seed("tpm", "ak", s.ak_public.data, s.ak_public.len);
	seed("policy", "policy", s.policy, strlen(s.policy));
	seed("policy", "digests", "sha256:00112233445566778899aabbccddeeff"
	     "00112233445566778899aabbccddeeff  /bin/sh\n", 81);
	seed("policy", "certificate", s.tls_cert.data, s.tls_cert.len);
	seed("rules", "all", rules, strlen(rules));
	seed("log", "ask", "\1\0\0\0\0\0\0\0\7\0\0\1\0", 13);
	seed("log", "piece", "\2\0\0\0\0\0\0\0\7\1\0\0\2ab", 15);
	seed("cert", "tls", s.tls_cert.data, s.tls_cert.len);
	seed("ima", "binary", list, sizeof(list) - 1);
	seed("eventlog", "header", log, sizeof(log) - 1);
	scene_end(&s);
	return 0;
}
