/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Measurement lists of the kernel's IMA, binary and ASCII (Linux,
 * Documentation/security/IMA-templates.rst). Each entry has a template hash,
 * which PCR 10 was extended by, and the data under it: the hash is computed
 * again here, and an entry whose data it does not cover proves nothing.
 */
#ifndef SEAL_VERIFY_IMA_H
#define SEAL_VERIFY_IMA_H

#include "verify/eventlog.h"

#define SEAL_IMA_FIELDS_MAX	12u
#define SEAL_IMA_NAME_MAX	255u	/* template and, in "ima", file names */

/**
 * struct seal_ima_entry - one measurement, as views that live until the next
 * @number: from 0
 * @offset: of its first octet in the list
 * @pcr: below 24
 * @hash: template hash: SHA-1, or the algorithm of the list's own bank
 * @template: name of the template
 * @data: template data; empty when the text of an unknown template hides it
 * @violation: the hash is zeros, and PCRs are extended by ones: something
 *	was written while it was measured
 * @proven: @hash was computed again from @data and is the same
 * @known: the fields of the template could be told apart, and follow
 * @type: of @digest: "ima:", "verity:", or empty where the template does not say
 * @alg: of @digest: "sha256"
 * @digest: of the file
 * @name: of the file, or of what was measured
 * @sig: contents of security.ima
 * @buf: a measured buffer: a key, a command line
 */
struct seal_ima_entry {
	uint32_t number;
	size_t offset;
	uint32_t pcr;
	struct seal_bytes hash;
	struct seal_bytes template;
	struct seal_bytes data;
	bool violation;
	bool proven;
	bool known;
	struct seal_bytes type;
	struct seal_bytes alg;
	struct seal_bytes digest;
	struct seal_bytes name;
	struct seal_bytes sig;
	struct seal_bytes buf;
};

struct seal_ima_field;

/* The fields of a template, as its name says them. */
struct seal_ima_layout {
	struct seal_bytes name;
	size_t count;
	const struct seal_ima_field *field[SEAL_IMA_FIELDS_MAX];
};

/**
 * struct seal_ima - where the parser is
 * @all: the list
 * @left: what was not read yet
 * @text: the ASCII form
 * @hash_len: octets of every template hash
 * @layout: of the template of the last entry
 * @scratch: where the data of a line of text is put together
 * @scratch_len: octets
 * @count: entries read
 * @error: NULL, or why the list is malformed
 * @error_at: the offset of the entry that is
 */
struct seal_ima {
	struct seal_bytes all;
	struct seal_reader left;
	bool text;
	size_t hash_len;
	struct seal_ima_layout layout;
	uint8_t *scratch;
	size_t scratch_len;
	uint32_t count;
	const char *error;
	size_t error_at;
};

/* Begin. False when out of memory. seal_ima_close() in every case. */
bool seal_ima_open(struct seal_ima *ima, struct seal_bytes list);
void seal_ima_close(struct seal_ima *ima);
/*
 * The next entry. False at the end, and when @ima->error says why not. Linear
 * in the octets of the list. Fuzz target: ima.
 */
bool seal_ima_next(struct seal_ima *ima, struct seal_ima_entry *entry_ret);

/*
 * How a bank other than that of the template hash was extended: by a hash of
 * the template data (Linux 5.8 and later), or by the SHA-1 one with zeros (before,
 * and where the kernel lacks the algorithm).
 */
enum seal_ima_extend {
	SEAL_IMA_HASHED = 0,
	SEAL_IMA_PADDED,
};

/*
 * Extend @bank as the kernel did for @entry. False, and the PCR is lost, when
 * that takes data that the list does not have.
 */
bool seal_ima_extend(struct seal_bank *bank, const struct seal_ima_entry *entry,
		     enum seal_ima_extend how);
/* The template hash of @entry by @alg, from its data. False when it has none. */
bool seal_ima_hash(const struct seal_ima_entry *entry, uint16_t alg,
		   uint8_t out[SEAL_PCR_VALUE_MAX]);

#endif /* SEAL_VERIFY_IMA_H */
