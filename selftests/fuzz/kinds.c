// SPDX-License-Identifier: GPL-2.0-or-later

#include "kinds.h"

#include <stdio.h>
#include <string.h>

#include <gnutls/crypto.h>

#include "../unit/lib/result.h"
#include "verify/bank.h"
#include "verify/eventlog.h"
#include "verify/ima.h"
#include "verify/issue.h"
#include "verify/passport.h"
#include "wire/cmw_tree.h"

#define TEXT(s)		((struct seal_bytes){ (const uint8_t *)(s), strlen(s) })
#define MINUTE		60
#define X8(x)		x x x x x x x x
#define NINES		X8("99999999")
#define BY_LOGS		"pcrs = sha256:0,1,7,10\nlogs = boot, ima\n"
#define BY_RESULT	"pcr-7 =\nverifier = office\n"

const char *const kinds[KIND_COUNT] = {
	"key = any\n", "key = any\nlogs = boot\n", "mode = offer\n", "mode = observe\n",
	"mode = never\n", "attest = no\n", "ak-trust = admitted\n", "clock = safe\n",
	"key = file\n", "mode = observe\nlogs = boot, ima\n", "mode = offer\nlogs = ima\n",
	"ak-trust = any-endorsed\n", "profile = expat\nattest = no\n",
	BY_LOGS, BY_LOGS "ima-digest = " NINES "\n", BY_LOGS "require-1 = " NINES "\n",
	BY_RESULT "modes = passport\n", BY_RESULT "modes = interactive\n",
	BY_RESULT "modes = plain\nage = 5m\n", "modes = evidence, passport\nverifier = office\n",
};

/* Other software signs it: keys, and what is known of them. */
static struct office {
	gnutls_privkey_t key;
	struct blob pem;
	uint8_t kid[SEAL_SHA256_LEN];
	struct authority between;
	struct blob ak_cert, ak_public;
	struct seal_tpm_public ak;
} office;

static struct seal_tpm_public public_of(gnutls_privkey_t key, struct blob *raw)
{
	struct seal_tpm_public pub;
	TPMT_PUBLIC area;

	public_area(key, GOOD_AK, TPM2_ALG_ECDSA, TPM2_ALG_SHA256, &area);
	marshal_public(&area, raw);
	must(seal_tpm_public_decode(of(raw), &pub), "AK");
	return pub;
}

static void open_office(void)
{
	static const struct profile machine = {
		.ids = { "dns:client.example.org", "dns:server.example.org" } };

	if (office.key)
		return;
	office.key = new_key(P256);
	public_pem(office.key, &office.pem, office.kid);
	new_authority(&office.between, "between", &world()->ak_ca);
	issue_ak(&office.between, world()->ak, &machine, &office.ak_cert);
	office.ak = public_of(world()->ak, &office.ak_public);
}

/* Logs */

static struct blob boot_log, ima_log;
static uint8_t boot_pcr[SEAL_SHA256_LEN], ima_pcr[SEAL_SHA256_LEN];

static void put_le(struct seal_writer *w, uint32_t v)
{
	for (int i = 0; i < 4; i++, v >>= 8)
		seal_put_u8(w, v & 0xff);
}

static void put_nines(struct seal_writer *w)
{
	for (int i = 0; i < 32; i++)
		seal_put_u8(w, 0x99);
}

/* One event, in PCR 1. */
static void make_boot_log(void)
{
	struct seal_writer w = seal_writer(boot_log.data, sizeof(boot_log.data));
	static const uint8_t zeros[20];
	struct seal_eventlog log;
	struct seal_bank bank;

	put_le(&w, 0);
	put_le(&w, SEAL_EV_NO_ACTION);
	seal_put_bytes(&w, zeros, sizeof(zeros));
	put_le(&w, 33);
	seal_put_bytes(&w, "Spec ID Event03\0\0\0\0\0\0\2\0\2\1\0\0\0\x0b\0\x20\0", 33);
	put_le(&w, 1);
	put_le(&w, 13);
	put_le(&w, 1);
	seal_put_bytes(&w, "\x0b\0", 2);
	put_nines(&w);
	put_le(&w, 4);
	put_le(&w, 0);
	boot_log.len = seal_writer_done(&w);
	must(seal_bank_init(&bank, SEAL_TPM_ALG_SHA256) &&
	     seal_eventlog_replay_bank(of(&boot_log), &bank, &log), "boot log");
	memcpy(boot_pcr, seal_bank_value(&bank, 1).data, sizeof(boot_pcr));
}

/* Two files by template ima-ng. */
static void make_ima_log(void)
{
	struct seal_writer w = seal_writer(ima_log.data, sizeof(ima_log.data));
	uint8_t data[4 + 8 + 32 + 4 + 7], hash[20];
	struct seal_writer d = seal_writer(data, sizeof(data));
	struct seal_ima_entry e;
	struct seal_bank bank;
	struct seal_ima ima;

	put_le(&d, 40);
	seal_put_bytes(&d, "sha256:", 8);
	put_nines(&d);
	put_le(&d, 7);
	seal_put_bytes(&d, "/bin/x", 7);
	must(seal_writer_done(&d) && !gnutls_hash_fast(GNUTLS_DIG_SHA1, data, d.len, hash), "hash");
	for (int i = 0; i < 2; i++) {
		put_le(&w, 10);
		seal_put_bytes(&w, hash, sizeof(hash));
		put_le(&w, 6);
		seal_put_bytes(&w, "ima-ng", 6);
		put_le(&w, d.len);
		seal_put_bytes(&w, data, d.len);
	}
	ima_log.len = seal_writer_done(&w);
	must(seal_bank_init(&bank, SEAL_TPM_ALG_SHA256) && seal_ima_open(&ima, of(&ima_log)),
	     "list");
	while (seal_ima_next(&ima, &e))
		must(seal_ima_extend(&bank, &e, SEAL_IMA_HASHED), "extend");
	seal_ima_close(&ima);
	memcpy(ima_pcr, seal_bank_value(&bank, 10).data, sizeof(ima_pcr));
}

struct seal_bytes kind_log(enum seal_log log)
{
	if (!boot_log.len)
		make_boot_log();
	if (!ima_log.len)
		make_ima_log();
	return of(log == SEAL_LOG_BOOT ? &boot_log : &ima_log);
}

/* Rules */

static bool sets(const char *extra, const char *key)
{
	char words[40];

	snprintf(words, sizeof(words), "\n%s =", key);
	return !strncmp(extra, words + 1, strlen(words + 1)) || strstr(extra, words);
}

static const char *policy_text(const char *extra)
{
	static const char *const usual[][2] = {
		{ "mode", "require" }, { "pcrs", "sha256:0,1,7" }, { "pcr-7", X8("08080808") },
	};
	const bool none = !strncmp(extra, "pcr-7 =\n", 8);
	static char text[4096];
	size_t at = sprintf(text, "[policy test]\npeer = dns:*.example.org\n");

	for (size_t i = 0; i < 3; i++)
		if (!sets(extra, usual[i][0]))
			at += sprintf(text + at, "%s = %s\n", usual[i][0], usual[i][1]);
	snprintf(text + at, sizeof(text) - at, "%s", extra + (none ? 8 : 0));
	return text;
}

static void admit(struct seal_rules *rules, const char *identity)
{
	static char json[8192];
	char why[128] = "", *at = json;

	at += sprintf(at, "{\"identity\":\"%s\",\"ak_public\":\"", identity);
	for (size_t i = 0; i < office.ak_public.len; i++)
		at += sprintf(at, "%02x", office.ak_public.data[i]);
	at += sprintf(at, "\",\"ak_name\":\"");
	for (size_t i = 0; i < office.ak.name.len; i++)
		at += sprintf(at, "%02x", office.ak.name.data[i]);
	sprintf(at, "\"}");
	must(seal_admitted_parse(&rules->admitted, TEXT(json), why, sizeof(why)), why);
}

static const char *name_of(enum seal_side judge)
{
	return judge == SEAL_SIDE_SERVER ? "dns:client.example.org" : "dns:server.example.org";
}

void kind_rules(size_t kind, enum seal_side side, struct seal_rules *rules)
{
	struct seal_policy_error error;

	open_office();
	if (!seal_policy_parse(&rules->policies, "f", TEXT(policy_text(kinds[kind])), &error)) {
		note("%s: %u: %s", kinds[kind], error.line, error.text);
		must(false, "policy");
	}
	rules->x509 = seal_trust_new();
	rules->ak = seal_trust_new();
	must(seal_trust_add_pem(rules->x509, of(&world()->tls_ca.pem)) == 1 &&
	     seal_trust_add_pem(rules->ak, of(&world()->ak_ca.pem)) == 1 &&
	     seal_verifiers_add(&rules->verifiers, "office", of(&office.pem)), "trust");
	admit(rules, name_of(side));
}

/* Results: the office saw the machine as it is, whatever the peer says of it now. */

static struct scene *shown;
static const struct seal_policy *judged_by;

static void true_digest(uint8_t out[SEAL_PCR_VALUE_MAX])
{
	static const uint8_t pcrs[3] = { 0, 1, 7 };
	uint8_t value[3][SEAL_SHA256_LEN];
	struct seal_bytes parts[3];

	for (size_t i = 0; i < 3; i++) {
		memset(value[i], pcrs[i] + 1, SEAL_SHA256_LEN);
		parts[i] = (struct seal_bytes){ value[i], SEAL_SHA256_LEN };
	}
	must(seal_bank_hash(SEAL_TPM_ALG_SHA256, parts, 3, out), "digest");
}

static void find(struct seal_finding *f)
{
	must(seal_cert_decode(of(&world()->tls_cert), &f->cert) &&
	     seal_identity_parse(name_of(shown->role), &f->identity), "the machine");
	memcpy(f->binder, shown->binder, sizeof(f->binder));
	f->connected = shown->ask.mode == SEAL_MODE_INTERACTIVE;
	f->found = (struct seal_appraisal){
		.ak_name = office.ak.name, .digest_len = SEAL_SHA256_LEN, .key_in_tpm = true,
		.reset_count = 7, .restart_count = 3, .clock = 123000, .not_after = NOW + DAY,
	};
	true_digest(f->found.digest);
}

static void make_result(struct blob *out)
{
	uint8_t header[SEAL_COSE_HEADER_MAX], payload[SEAL_EAR_MAX];
	struct seal_cose cose = {
		.alg = SEAL_COSE_ES256, .content = SEAL_FORMAT_EAT_CWT,
		.kid = { office.kid, sizeof(office.kid) },
	};
	struct seal_finding f = { 0 };
	struct seal_ear ear;

	find(&f);
	seal_issue_claims(&f, judged_by, 1 << SEAL_CLASS_NFS, "1", NOW - MINUTE, NOW + 10 * MINUTE,
			  &ear);
	cose.payload = (struct seal_bytes){
		payload, seal_ear_encode(&ear, payload, sizeof(payload)) };
	cose.protected = (struct seal_bytes){
		header, seal_cose_header(&cose, header, sizeof(header)) };
	sign_cose(office.key, &cose, out);
}

/* In place of the record with evidence what the mode has. */
static void travel(struct seal_cmw *cmw)
{
	static uint8_t record[SEAL_CMW_MAX], both[SEAL_CMW_MAX];
	static struct blob result;
	struct seal_bytes quote;

	make_result(&result);
	if (shown->ask.mode != SEAL_MODE_PASSPORT) {
		*cmw = (struct seal_cmw){
			TEXT(SEAL_MEDIA_EAT_CWT), of(&result), SEAL_CMW_RESULT };
		return;
	}
	quote = (struct seal_bytes){ record, seal_cmw_encode(cmw, record, sizeof(record)) };
	must(seal_cmw_decode((struct seal_bytes){
				both, seal_passport_wrap(of(&result), quote, both, sizeof(both)) },
			     cmw), "passport");
}

void kind_machine(const struct seal_rules *rules, struct scene *s)
{
	shown = s;
	judged_by = &rules->policies.policy[0];
	s->expat = judged_by->profile == SEAL_PROFILE_EXPAT;
	s->key_in_file = judged_by->residency == SEAL_KEY_IN_FILE;
	if (s->ask.mode != SEAL_MODE_EVIDENCE)
		s->edit_cmw = travel;
	if (judged_by->ak_trust == SEAL_AK_ANY_ENDORSED) {
		s->ak_cert = office.ak_cert;
		s->ak_issuer = office.between.der;
	}
	if (!judged_by->logs)
		return;
	kind_log(SEAL_LOG_BOOT);
	memcpy(s->pcr[1], boot_pcr, sizeof(boot_pcr));
	memcpy(s->pcr[10], ima_pcr, sizeof(ima_pcr));
	s->pcr_mask = judged_by->pcrs.mask;
}
