/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The worked example of Documentation/protocol.rst: blocks of octets with names,
 * and what follows from them. A block is a line
 *
 *	``NAME``, words::
 *
 * and below it, indented, octets in hex with comments of C between them.
 */
#ifndef SEAL_DOCUMENTS_EXAMPLE_H
#define SEAL_DOCUMENTS_EXAMPLE_H

#include "verify/ea.h"
#include "verify/evidence.h"

#define EXAMPLE_BLOCKS	64u

struct example_block {
	char name[32];
	char *text;		/* as it stands there */
	uint8_t *data;		/* NULL: it is not hex */
	size_t len;
};

/** struct example - those of one file, in its order */
struct example {
	struct example_block block[EXAMPLE_BLOCKS];
	size_t count;
};

/* Read a file. Ends the program when it cannot. */
void example_load(struct example *example, const char *path);
/* The block of that name; ends the program when there is none. */
struct seal_bytes example_get(const struct example *example, const char *name);
const char *example_text(const struct example *example, const char *name);
bool example_has(const struct example *example, const char *name);
/* The body of a block that is a frame. */
struct seal_bytes example_frame(const struct example *example, const char *name);

/* The connection's hash, by the name of its cipher suite. */
enum seal_hash example_hash(const struct example *example);
/* TLS-Exporter of the connection. */
void example_export(const struct example *example, const char *label,
		    struct seal_bytes context, uint8_t *out, size_t len);
/* Exporters of the authenticator of that side. */
void example_keys(const struct example *example, enum seal_side side,
		  struct seal_ea_keys *keys);

/**
 * struct example_derived - what follows from the blocks above it
 * @name: without the side
 * @what: it is
 * @data: NULL: this side has none
 * @notes: lengths and names of the pieces, for printing; ends with a zero
 */
struct example_derived {
	const char *name;
	const char *what;
	uint8_t data[512];
	size_t len;
	const struct example_note {
		size_t len;
		const char *what;
	} *notes;
};

#define EXAMPLE_DERIVED	16u

/* Of the direction in which @side attests. How many. */
size_t example_derive(const struct example *example, enum seal_side side,
		      struct example_derived out[EXAMPLE_DERIVED]);
/* "client" or "server" */
const char *example_side(enum seal_side side);

/* The blocks that are frames, in the order in which they are sent. */
#define EXAMPLE_FRAMES	10u
extern const char *const example_frames[EXAMPLE_FRAMES];

/* All of it as the text of the document. */
void example_print(const struct example *example);

#endif /* SEAL_DOCUMENTS_EXAMPLE_H */
