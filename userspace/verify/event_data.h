/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is inside the data of an event. Shapes only: whether the data is what
 * was measured is asked by seal_event_data_hashed().
 */
#ifndef SEAL_VERIFY_EVENT_DATA_H
#define SEAL_VERIFY_EVENT_DATA_H

#include "verify/eventlog.h"

/**
 * struct seal_variable - UEFI_VARIABLE_DATA
 * @guid: vendor, 16 octets as stored
 * @name: UTF-16LE, without a zero at the end
 * @value: may be empty
 */
struct seal_variable {
	struct seal_bytes guid;
	struct seal_bytes name;
	struct seal_bytes value;
};

/* False when @data is not exactly one variable. */
bool seal_event_variable(struct seal_bytes data, struct seal_variable *ret);
/* Is it that variable of the EFI specification (vendor 8be4df61-...)? */
bool seal_variable_is_global(const struct seal_variable *var, const char *name);

/*
 * The path of the image in an UEFI_IMAGE_LOAD_EVENT, UTF-16LE; empty when it
 * has none.
 */
struct seal_bytes seal_event_image_path(struct seal_bytes data);

/*
 * @text, UTF-16LE or plain octets (which of the two is seen from its zeros),
 * into @out as printable ASCII that ends at the first zero; what is not
 * printable becomes '?'. @size is at least 1.
 */
void seal_event_text(struct seal_bytes text, char *out, size_t size);
/*
 * Nothing in it but blanks and what is printable in ASCII, and shorter than @size:
 * seal_event_text() gives all of it. Zeros may end UTF-16, as it is measured with its
 * end; in plain octets they are a character of UTF-16 that is not of ASCII.
 */
bool seal_event_plain(struct seal_bytes text, size_t size);

/* Is @digest the hash of @data by @alg? */
bool seal_event_data_hashed(uint16_t alg, struct seal_bytes digest,
			    struct seal_bytes data);

#endif /* SEAL_VERIFY_EVENT_DATA_H */
