// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The log and the quote are of different moments. She is root on host f, so what
 * she measures is in its TPM, and its measurement list, $SEALD_HOSTS/f.race, has
 * what all plays before this one measured: they only work in their order.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/crypto.h>
#include <tss2/tss2_esys.h>

#include "attester/tpm_private.h"
#include "plot.h"
#include "../unit/lib/tap.h"
#include "wire/log.h"

#define NAME		"/bin/x"
#define DATA_LEN	(4u + 8 + 32 + 4 + sizeof(NAME))	/* ima-ng: d-ng, n-ng */
#define ENTRY_LEN	(4u + 20 + 4 + 6 + 4 + DATA_LEN)
#define LIST_MAX	(32u * ENTRY_LEN)

static const struct leg_how usual;

static void put_le(struct seal_writer *w, uint32_t v)
{
	for (int i = 0; i < 4; i++, v >>= 8)
		seal_put_u8(w, v & 0xff);
}

/* A file whose digest is all @digest. */
static void template_data(uint8_t digest, uint8_t out[DATA_LEN])
{
	struct seal_writer w = seal_writer(out, DATA_LEN);

	put_le(&w, 8 + 32);
	seal_put_bytes(&w, "sha256:", 8);
	for (int i = 0; i < 32; i++)
		seal_put_u8(&w, digest);
	put_le(&w, sizeof(NAME));
	seal_put_bytes(&w, NAME, sizeof(NAME));
	must(seal_writer_done(&w) == DATA_LEN, "template data");
}

static void entry(uint8_t digest, uint8_t out[ENTRY_LEN])
{
	struct seal_writer w = seal_writer(out, ENTRY_LEN);
	uint8_t data[DATA_LEN], hash[20];

	template_data(digest, data);
	must(!gnutls_hash_fast(GNUTLS_DIG_SHA1, data, sizeof(data), hash), "hash");
	put_le(&w, 10);
	seal_put_bytes(&w, hash, sizeof(hash));
	put_le(&w, 6);
	seal_put_bytes(&w, "ima-ng", 6);
	put_le(&w, sizeof(data));
	seal_put_bytes(&w, data, sizeof(data));
	must(seal_writer_done(&w) == ENTRY_LEN, "entry");
}

static const char *list_path(void)
{
	static char path[300];

	snprintf(path, sizeof(path), "%s/f.race", getenv("SEALD_HOSTS"));
	return path;
}

/* The list without the entries of the file @except, 0: all. */
static size_t read_list(uint8_t except, uint8_t out[LIST_MAX])
{
	uint8_t left_out[ENTRY_LEN];
	FILE *f = fopen(list_path(), "r");
	size_t len = 0;

	entry(except, left_out);
	while (f && len < LIST_MAX && fread(out + len, 1, ENTRY_LEN, f) == ENTRY_LEN)
		len += memcmp(out + len, left_out, ENTRY_LEN) ? ENTRY_LEN : 0;
	if (f)
		fclose(f);
	return len;
}

/* As the kernel does: PCR 10 first, then the list. */
static void measure(struct att_keys *f, uint8_t digest)
{
	TPML_DIGEST_VALUES values = { .count = 1, .digests[0].hashAlg = TPM2_ALG_SHA256 };
	uint8_t data[DATA_LEN], line[ENTRY_LEN];
	FILE *list = fopen(list_path(), "a");

	template_data(digest, data);
	must(seal_sha256(data, sizeof(data), values.digests[0].digest.sha256), "hash");
	must(!Esys_PCR_Extend(f->tpm->esys, ESYS_TR_PCR10, ESYS_TR_PASSWORD, ESYS_TR_NONE,
			      ESYS_TR_NONE, &values), "PCR_Extend");
	entry(digest, line);
	must(list && fwrite(line, 1, sizeof(line), list) == sizeof(line) && !fclose(list),
	     "measurement list");
}

/* A boot log of one event, which extended @pcr by @digest if it is true. */
static size_t boot_log(uint32_t pcr, uint8_t digest, uint8_t *out, size_t size)
{
	struct seal_writer w = seal_writer(out, size);
	static const uint8_t zeros[20];

	put_le(&w, 0);
	put_le(&w, 3);
	seal_put_bytes(&w, zeros, sizeof(zeros));
	put_le(&w, 33);
	seal_put_bytes(&w, "Spec ID Event03\0\0\0\0\0\0\2\0\2\1\0\0\0\x0b\0\x20\0", 33);
	put_le(&w, pcr);
	put_le(&w, 13);		/* EV_IPL */
	put_le(&w, 1);
	seal_put_bytes(&w, "\x0b\0", 2);
	for (int i = 0; i < 32; i++)
		seal_put_u8(&w, digest);
	put_le(&w, 0);
	return seal_writer_done(&w);
}

static void answer_log(struct plot *p, struct seal_bytes log)
{
	struct seal_log_ask ask;
	struct seal_log_piece piece;
	size_t left;

	must(seal_log_ask_decode((struct seal_bytes){ p->body, p->len }, &ask), "log request");
	left = ask.from < log.len ? log.len - (size_t)ask.from : 0;
	piece = (struct seal_log_piece){
		.log = ask.log, .offset = ask.from, .final = left <= ask.max,
		.data = { left ? log.data + ask.from : NULL, left < ask.max ? left : ask.max },
	};
	leg_put(&p->v, SEAL_FRAME_LOG_DATA, p->out,
		seal_log_piece_encode(&piece, p->out, sizeof(p->out)));
}

/* What was quoted, then this log for as long as she is asked for it. */
static void answer_with_log(struct plot *p, size_t cmw_len, struct seal_bytes log)
{
	uint8_t type;

	answer_with(p, cmw_len);
	while (leg_get(&p->v, &type, p->body, &p->len) && type == SEAL_FRAME_LOG_REQUEST)
		answer_log(p, log);
	leg_put_done(&p->v, false);
}

static size_t quote(struct plot *p, struct att_keys *f)
{
	return leg_evidence(&p->v, f, true, request_of(p), NULL, p->cmw, sizeof(p->cmw));
}

static void race(struct plot *p, uint8_t before, uint8_t after, uint8_t except)
{
	struct att_keys *f = own_machine("f");
	static uint8_t list[LIST_MAX];
	size_t cmw_len;

	if (before)
		measure(f, before);
	open_victim(p, &usual);
	be_asked(p, SEAL_HELLO_CAN_ATTEST);
	cmw_len = quote(p, f);
	if (after)
		measure(f, after);
	answer_with_log(p, cmw_len, (struct seal_bytes){ list, read_list(except, list) });
}

/* Nothing is wrong: another file was used between the quote and the log. */
static void list_grows(struct plot *p)
{
	race(p, 0x11, 0x22, 0);
}

static void list_grows_again(struct plot *p)
{
	race(p, 0x11, 0x33, 0);
}

/* She used a file before the quote, and shows the list as it was before that. */
static void list_of_before(struct plot *p)
{
	race(p, 0x44, 0, 0x44);
}

/* She shows the log as it will be when what policy asks for has happened. */
static void boot_log_of_after(struct plot *p, uint32_t pcr)
{
	struct att_keys *f = own_machine("f");
	uint8_t log[256];

	open_victim(p, &usual);
	be_asked(p, SEAL_HELLO_CAN_ATTEST);
	answer_with_log(p, quote(p, f), (struct seal_bytes){
				log, boot_log(pcr, 0x99, log, sizeof(log)) });
}

static void firmware_of_after(struct plot *p)
{
	boot_log_of_after(p, 9);
}

/* PCR 11 is extended behind the back of that log, so it may hold another value. */
static void system_of_after(struct plot *p)
{
	boot_log_of_after(p, 11);
}

#define X8(x)		x x x x x x x x
#define FILE_OF(xx)	X8(xx xx xx xx)
#define LOGS(which)	HEAD "key = any\nmode = require\npcrs = sha256:0-11\nlogs = " which "\n"
#define FILES(xx)	LOGS("ima") "ima-digest = " xx
#define EVENT(pcr)	LOGS("boot") "require-" pcr " = " FILE_OF("99") "\n"
#define A(text)		{ .name = "a", .server = true, .policy = text }

const struct attack races[] = {
	{ "log/quote race, a list that grows", list_grows,
	  A(FILES(FILE_OF("11")) "\n"), { 0 }, NULL, -1, NULL, NULL, NULL },
	{ "log/quote race, where what comes after is judged", list_grows_again,
	  A(FILES(FILE_OF("11") ", " FILE_OF("22")) "\n"), { 0 },
	  "file-unknown", SEAL_CODE_REJECTED, "prefix", NULL, NULL },
	{ "log/quote race, the list of before", list_of_before,
	  A(FILES(FILE_OF("11") ", " FILE_OF("22") ", " FILE_OF("33")) "\n"), { 0 },
	  "measurement-list-differs", SEAL_CODE_REJECTED, NULL, "replay", NULL },
	{ "log/quote race, the boot log of after", firmware_of_after,
	  A(EVENT("9")), { 0 }, "boot-log-differs", SEAL_CODE_REJECTED, NULL, "replay", NULL },
	{ "log/quote race, an event of after in PCR 11", system_of_after,
	  A(EVENT("11")), { 0 }, "boot-log-missing", SEAL_CODE_REJECTED, NULL, "replay", NULL },
	{ 0 }
};
