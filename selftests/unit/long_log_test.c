// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A measurement list as long as one may be, 64 MiB of what a real kernel wrote
 * (SEAL_CORPUS), from the attester's file over LogData to the verdict: as a whole,
 * and what came since the last connection.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gnutls/crypto.h>

#include "attester/logs.h"
#include "lib/scene.h"
#include "seald/appraise.h"
#include "verify/bank.h"
#include "verify/eventlog.h"
#include "verify/ima.h"

#define MEMORY_KIB	(5 * (SEAL_LOG_MAX >> 10))	/* the list, and both ends of it */
#define SECONDS		60

static char dir[] = "/tmp/seal-long-log.XXXXXX", path[64];
static uint8_t *list;
static size_t moved, frames;

static void put_le(uint8_t **at, uint32_t v)
{
	for (int i = 0; i < 4; i++, v >>= 8)
		*(*at)++ = v & 0xff;
}

/* An entry by template ima-ng, as the kernel has it in its binary list; octets. */
static size_t put_entry(uint8_t *to, const uint8_t digest[32], const char *name, size_t name_len)
{
	uint8_t *at = to, *data, *hash;

	put_le(&at, 10);
	hash = at;
	at += 20;
	put_le(&at, 6);
	memcpy(at, "ima-ng", 6);
	at += 6;
	put_le(&at, 4 + 8 + 32 + 4 + name_len + 1);
	data = at;
	put_le(&at, 8 + 32);
	memcpy(at, "sha256:", 8);
	memcpy(at + 8, digest, 32);
	at += 40;
	put_le(&at, name_len + 1);
	memcpy(at, name, name_len);
	at[name_len] = '\0';
	at += name_len + 1;
	must(!gnutls_hash_fast(GNUTLS_DIG_SHA1, data, at - data, hash), "hash");
	return at - to;
}

#define EMPTY_ENTRY	(4u + 20 + 4 + 6 + 4 + 4 + 8 + 32 + 4 + 1)
#define LINE_MAX_LEN	1000u

/* The lines of a real list, again and again; the last name is as long as it takes. */
static bool make_list(void)
{
	static char name[2 * LINE_MAX_LEN], hex[65], real[LINE_MAX_LEN];
	char *text, *line;
	uint8_t digest[32];
	size_t len, at = 0;

	text = (char *)corpus("golden-hpe/ascii_runtime_measurements", &len);
	list = malloc(SEAL_LOG_MAX + 1);
	must(list, "memory");
	if (!text)
		return false;
	text[len] = '\0';
	while (SEAL_LOG_MAX - at >= 2 * LINE_MAX_LEN)
		for (line = text; *line && SEAL_LOG_MAX - at >= 2 * LINE_MAX_LEN;
		     line = strchr(line, '\n') + 1) {
			must(sscanf(line, "10 %*40s ima-ng sha256:%64s %999[^\n]", hex, real) == 2,
			     "a line of the real list");
			for (int i = 0; i < 32; i++)
				must(sscanf(hex + 2 * i, "%2hhx", &digest[i]) == 1, "digest");
			at += put_entry(list + at, digest, real, strlen(real));
		}
	memset(name, 'x', sizeof(name));
	at += put_entry(list + at, digest, name, SEAL_LOG_MAX - at - EMPTY_ENTRY);
	must(at == SEAL_LOG_MAX, "64 MiB");
	return true;
}

static void serve(size_t len)
{
	FILE *f = fopen(path, "w");

	must(f && fwrite(list, 1, len, f) == len && !fclose(f), path);
}

/* What the TPM of such a machine has in PCR 10. */
static void replay(size_t len, uint8_t pcr[SEAL_PCR_VALUE_MAX])
{
	struct seal_ima_entry e;
	struct seal_bank bank;
	struct seal_ima ima;

	must(seal_bank_init(&bank, SEAL_TPM_ALG_SHA256) &&
	     seal_ima_open(&ima, (struct seal_bytes){ list, len }), "list");
	while (seal_ima_next(&ima, &e))
		seal_ima_extend(&bank, &e, SEAL_IMA_HASHED);
	seal_ima_close(&ima);
	memcpy(pcr, seal_bank_value(&bank, 10).data, bank.len);
}

/* LogRequest and LogData as they are on the wire. */
static bool ask_log(void *arg, const struct seal_log_ask *ask, struct seal_bytes *data_ret)
{
	static uint8_t request[SEAL_LOG_REQUEST_MAX], body[SEAL_LOG_DATA_MAX];
	struct seal_log_piece piece;
	struct seal_log_ask heard;

	seal_log_ask_encode(ask, request);
	must(seal_log_ask_decode((struct seal_bytes){ request, sizeof(request) }, &heard), "ask");
	piece = att_logs_piece(arg, &heard);
	moved += piece.data.len;
	frames++;
	*data_ret = (struct seal_bytes){ body, seal_log_piece_encode(&piece, body, sizeof(body)) };
	return data_ret->len;
}

static struct seal_bytes shown;

static void show(struct scene *s, struct seal_verify_in *in)
{
	in->ima = shown;
}

/* One connection to a machine whose list is @len octets long; @keep: we know it. */
static enum seal_reason connect_to(size_t len, bool keep)
{
	static struct scene s;
	const struct att_hostconf conf = { .boot_log = "/nonexistent" };
	struct att_hostconf host = conf;
	struct appraisal a = { .has_log_key = keep, .log_key = { .dir = dir } };
	struct att_logs logs;
	enum seal_reason reason;

	snprintf(host.ima_log, sizeof(host.ima_log), "%s", path);
	scene_init(&s);
	s.policy = "[policy test]\npeer = *\nmode = require\npcrs = sha256:0,1,7,10\n"
		   "pcr-7 = 0808080808080808080808080808080808080808080808080808080808080808\n"
		   "logs = ima\nlog-limit = 64\n";
	s.pcr_mask |= 1 << 10;
	replay(len < SEAL_LOG_MAX ? len : SEAL_LOG_MAX, s.pcr[10]);
	s.edit_in = show;
	serve(len);
	moved = frames = 0;
	att_logs_open(&logs, &host);
	scene_speak(&s);
	a.policy = &s.rules.policies.policy[0];
	reason = appraise_logs(&a, ask_log, &logs);
	shown = (struct seal_bytes){ a.log[SEAL_LOG_IMA].data, a.log[SEAL_LOG_IMA].len };
	if (reason == SEAL_REASON_ACCEPTED)
		reason = scene_judge(&s);
	if (keep && reason == SEAL_REASON_ACCEPTED)
		appraise_logs_keep(&a);
	note("%s: %zu octets in %zu frames, of %zu", seal_reason_name(reason), moved, frames,
	     shown.len);
	att_logs_close(&logs);
	free(a.log[SEAL_LOG_IMA].data);
	scene_end(&s);
	return reason;
}

/* The end of the entry that octet @at is in. */
static size_t end_of_entry(size_t at)
{
	struct seal_ima_entry e;
	struct seal_ima ima;
	size_t end = 0;

	must(seal_ima_open(&ima, (struct seal_bytes){ list, SEAL_LOG_MAX }), "list");
	while (end <= at && seal_ima_next(&ima, &e))
		end = e.offset;
	seal_ima_close(&ima);
	return end;
}

static void whole(void)
{
	ok(connect_to(SEAL_LOG_MAX, false) == SEAL_REASON_ACCEPTED && moved == SEAL_LOG_MAX &&
	   frames == SEAL_LOG_MAX / SEAL_LOG_PIECE_MAX + 1, "a real list of 64 MiB");
}

static void since_last_time(void)
{
	size_t half = end_of_entry(SEAL_LOG_MAX / 2);

	ok(connect_to(half, true) == SEAL_REASON_ACCEPTED && moved == half, "half of it");
	ok(connect_to(SEAL_LOG_MAX, true) == SEAL_REASON_ACCEPTED &&
	   moved == SEAL_LOG_MAX - half + 32, "and what came since");
	ok(connect_to(SEAL_LOG_MAX, true) == SEAL_REASON_ACCEPTED && moved == 32 && frames == 1,
	   "and nothing more");
}

static void too_long(void)
{
	list[SEAL_LOG_MAX] = 10;
	ok(connect_to(SEAL_LOG_MAX + 1, false) == SEAL_REASON_LOG_TOO_LONG,
	   "an octet more is log-too-long, and not shown as 64 MiB");
	ok(connect_to(SEAL_LOG_MAX + 1, true) == SEAL_REASON_LOG_TOO_LONG && moved < 64,
	   "likewise behind what was kept");
}

static void bounds(void)
{
	struct rusage used;

	must(!getrusage(RUSAGE_SELF, &used), "getrusage");
	note("%ld KiB, %ld s", used.ru_maxrss, (long)used.ru_utime.tv_sec);
	ok(used.ru_maxrss < (long)MEMORY_KIB && used.ru_utime.tv_sec < SECONDS,
	   "in less than %u MiB and %u s", MEMORY_KIB >> 10, SECONDS);
}

int main(void)
{
	char command[128];

	must(mkdtemp(dir), dir);
	snprintf(path, sizeof(path), "%s/list", dir);
	snprintf(command, sizeof(command), "%s/logs", dir);
	must(!mkdir(command, 0700), command);
	if (make_list()) {
		whole();
		since_last_time();
		too_long();
		bounds();
	} else {
		skip("no corpus");
	}
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	must(!system(command), command);
	return done();
}
