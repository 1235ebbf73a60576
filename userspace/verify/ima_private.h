/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of ima share. */
#ifndef SEAL_VERIFY_IMA_PRIVATE_H
#define SEAL_VERIFY_IMA_PRIVATE_H

#include "verify/ima.h"

#define IMA_DIGEST_LEN	20u	/* of the first template, "ima" */

enum seal_ima_kind {
	SEAL_IMA_DIGEST_OLD,	/* octets of SHA-1 or MD5 */
	SEAL_IMA_NAME_OLD,	/* at most 255 octets, hashed as 256 */
	SEAL_IMA_DIGEST,	/* "sha256:", a zero, octets; perhaps "verity:" first */
	SEAL_IMA_NAME,		/* with a zero at the end */
	SEAL_IMA_HEX,		/* octets, hex in text */
	SEAL_IMA_TEXT,		/* octets, as they are in text */
	SEAL_IMA_U16,
	SEAL_IMA_U32,
};

/**
 * struct seal_ima_field - one kind of field
 * @id: in the names of templates
 * @kind: what it looks like
 * @role: offset of the view in struct seal_ima_entry; 0: nobody asks for it
 */
struct seal_ima_field {
	const char *id;
	enum seal_ima_kind kind;
	size_t role;
};

/* Fill @layout by a template's name: no fields when it is unknown, or not to be believed. */
void seal_ima_layout(struct seal_ima_layout *layout, struct seal_bytes name);
bool seal_ima_is_old(struct seal_bytes name);
/* Give @value to the entry: false when it is not what its field promises. */
bool seal_ima_field(struct seal_ima_entry *entry, const struct seal_ima_field *field,
		    struct seal_bytes value);
/* Is the template hash that of the data? Sets @entry->proven and ->violation. */
bool seal_ima_prove(struct seal_ima_entry *entry);
/* One line, without its end. NULL, or what is wrong with it. */
const char *seal_ima_line(struct seal_ima *ima, struct seal_bytes line,
			  struct seal_ima_entry *entry);

#endif /* SEAL_VERIFY_IMA_PRIVATE_H */
