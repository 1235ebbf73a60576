// SPDX-License-Identifier: GPL-2.0-or-later

#include "logs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/crypto.h>
#include <tss2/tss2_esys.h>

#include "attester/tpm_private.h"
#include "../unit/lib/tap.h"

static void put_le(struct seal_writer *w, uint32_t v)
{
	for (int i = 0; i < 4; i++, v >>= 8)
		seal_put_u8(w, v & 0xff);
}

static void template_data(uint8_t digest, uint8_t out[TEMPLATE_LEN])
{
	struct seal_writer w = seal_writer(out, TEMPLATE_LEN);

	put_le(&w, 8 + 32);
	seal_put_bytes(&w, "sha256:", 8);
	for (int i = 0; i < 32; i++)
		seal_put_u8(&w, digest);
	put_le(&w, sizeof(FILE_NAME));
	seal_put_bytes(&w, FILE_NAME, sizeof(FILE_NAME));
	must(seal_writer_done(&w) == TEMPLATE_LEN, "template data");
}

void list_entry(uint8_t digest, uint8_t out[ENTRY_LEN])
{
	struct seal_writer w = seal_writer(out, ENTRY_LEN);
	uint8_t data[TEMPLATE_LEN], hash[20];

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

size_t list_read(uint8_t except, uint8_t out[LIST_MAX])
{
	uint8_t left_out[ENTRY_LEN];
	FILE *f = fopen(list_path(), "r");
	size_t len = 0;

	list_entry(except, left_out);
	while (f && len < LIST_MAX && fread(out + len, 1, ENTRY_LEN, f) == ENTRY_LEN)
		len += memcmp(out + len, left_out, ENTRY_LEN) ? ENTRY_LEN : 0;
	if (f)
		fclose(f);
	return len;
}

void list_measure(struct att_keys *f, uint8_t digest)
{
	TPML_DIGEST_VALUES values = { .count = 1, .digests[0].hashAlg = TPM2_ALG_SHA256 };
	uint8_t data[TEMPLATE_LEN], line[ENTRY_LEN];
	FILE *list = fopen(list_path(), "a");

	template_data(digest, data);
	must(seal_sha256(data, sizeof(data), values.digests[0].digest.sha256), "hash");
	must(!Esys_PCR_Extend(f->tpm->esys, ESYS_TR_PCR10, ESYS_TR_PASSWORD, ESYS_TR_NONE,
			      ESYS_TR_NONE, &values), "PCR_Extend");
	list_entry(digest, line);
	must(list && fwrite(line, 1, sizeof(line), list) == sizeof(line) && !fclose(list),
	     "measurement list");
}

size_t boot_log(uint32_t pcr, uint32_t type, uint8_t digest, uint8_t *out, size_t size)
{
	struct seal_writer w = seal_writer(out, size);
	static const uint8_t zeros[20];

	put_le(&w, 0);
	put_le(&w, 3);
	seal_put_bytes(&w, zeros, sizeof(zeros));
	put_le(&w, 33);
	seal_put_bytes(&w, "Spec ID Event03\0\0\0\0\0\0\2\0\2\1\0\0\0\x0b\0\x20\0", 33);
	put_le(&w, pcr);
	put_le(&w, type);
	put_le(&w, 1);
	seal_put_bytes(&w, "\x0b\0", 2);
	for (int i = 0; i < 32; i++)
		seal_put_u8(&w, digest);
	put_le(&w, 0);
	return seal_writer_done(&w);
}

static void answer_log(struct plot *p, struct seal_bytes log, piece_fn *change)
{
	struct seal_log_ask ask;
	struct seal_log_piece piece;
	size_t left, len;

	must(seal_log_ask_decode((struct seal_bytes){ p->body, p->len }, &ask), "log request");
	left = ask.from < log.len ? log.len - (size_t)ask.from : 0;
	piece = (struct seal_log_piece){
		.log = ask.log, .offset = ask.from, .final = left <= ask.max,
		.data = { left ? log.data + ask.from : NULL, left < ask.max ? left : ask.max },
	};
	if (change)
		change(&piece, &ask, log);
	len = seal_log_piece_encode(&piece, p->out, sizeof(p->out));
	must(len, "LogData");
	leg_put(&p->v, SEAL_FRAME_LOG_DATA, p->out, len);
}

void answer_with_log(struct plot *p, size_t cmw_len, struct seal_bytes log, piece_fn *change)
{
	uint8_t type;

	answer_with(p, cmw_len);
	while (leg_get(&p->v, &type, p->body, &p->len) && type == SEAL_FRAME_LOG_REQUEST)
		answer_log(p, log, change);
	leg_put_done(&p->v, false);
}

size_t quote_of(struct plot *p, struct att_keys *f)
{
	return leg_evidence(&p->v, f, true, request_of(p), NULL, p->cmw, sizeof(p->cmw));
}
