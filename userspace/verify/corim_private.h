/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files that read CoRIM share. */
#ifndef SEAL_VERIFY_CORIM_PRIVATE_H
#define SEAL_VERIFY_CORIM_PRIVATE_H

#include "verify/corim.h"
#include "wire/head.h"

/* Tags of CBOR itself and of the draft. */
enum {
	TAG_TIME = 1,
	TAG_SIGN1 = 18,
	TAG_UUID = 37,
	TAG_OID = 111,
	TAG_RIM = 500,		/* around everything, in older drafts */
	TAG_UNSIGNED = 501,
	TAG_SIGNED = 502,	/* around a COSE_Sign1, in older drafts */
	TAG_COSWID = 505,
	TAG_COMID = 506,
	TAG_COTL = 508,
	TAG_UEID = 550,
	TAG_BYTES = 560,
	TAG_MASKED = 563,
};

/* The error is the first one; after it every read fails. */
struct seal_corim_parse {
	struct seal_reader r;
	const struct seal_corim_in *in;
	struct seal_corim_error *error;
	struct seal_corim_state state;
	struct seal_bytes tag;		/* whose triples are read */
	struct seal_reader later;	/* at its triples */
	const char *(*each)(void *arg, const struct seal_corim_state *state);
	void *arg;
	void *into;		/* what the members of the map that is read go into */
};

/* A key of a map and what reads its value, or why it cannot be taken. */
struct seal_corim_row {
	uint32_t key;
	bool mandatory;
	void (*get)(struct seal_corim_parse *p);
	const char *refusal;
};

/* Where the reader stands, in octets of the file. */
size_t seal_corim_at(const struct seal_corim_parse *p);
void seal_corim_fail(struct seal_corim_parse *p, size_t at, const char *text);
/* The argument of a head of that type; @wanted is the complaint. */
uint64_t seal_corim_head(struct seal_corim_parse *p, enum seal_major major, const char *wanted);
struct seal_bytes seal_corim_string(struct seal_corim_parse *p, enum seal_major major,
				    const char *wanted);
/* A map with some of these keys, in any order; @unknown is the complaint on others. */
void seal_corim_map(struct seal_corim_parse *p, const struct seal_corim_row *rows, size_t count,
		    const char *unknown);
#define CORIM_MAP(p, rows, unknown) \
	seal_corim_map(p, rows, sizeof(rows) / sizeof((rows)[0]), unknown)
/* An array of one or more. */
void seal_corim_each(struct seal_corim_parse *p, void (*one)(struct seal_corim_parse *p));
/* One item, whatever it is. */
void seal_corim_skip(struct seal_corim_parse *p);
/* A byte string that has exactly one item, which @get reads. */
void seal_corim_inside(struct seal_corim_parse *p, void (*get)(struct seal_corim_parse *p));
/* { ? 0: not before, 1: not after }, held against the time. */
void seal_corim_validity(struct seal_corim_parse *p);
/* Are we after @until, or before @from? */
void seal_corim_check_time(struct seal_corim_parse *p, size_t at, int64_t from, int64_t until);
/* corim_sign.c: the members of a COSE_Sign1, behind its tag; then @get reads the payload. */
void seal_corim_signed(struct seal_corim_parse *p, void (*get)(struct seal_corim_parse *p));
/* corim_values.c: one environment; one measurement of it. */
void seal_corim_environment(struct seal_corim_parse *p);
void seal_corim_measurement(struct seal_corim_parse *p);

#endif /* SEAL_VERIFY_CORIM_PRIVATE_H */
