/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * EAR in JSON: the same claims by their names, octets in base64url, and the anchor as
 * "seal_anchor": { "subject_key", "ak", "pcrs", "digest", "reset_count",
 * "restart_count", "clock", "consumers" }.
 */
#ifndef SEAL_VERIFY_EAR_JSON_H
#define SEAL_VERIFY_EAR_JSON_H

#include "verify/ear.h"

/*
 * Read by way of the CBOR in @room, whose rules hold: views of *@ret point there.
 * SEAL_REASON_ACCEPTED, EAR_PROFILE or EAR_BAD. Fuzz target: ear_json.
 */
enum seal_reason seal_ear_of_json(struct seal_bytes json, uint8_t room[SEAL_EAR_MAX],
				  struct seal_ear *ret);
/* Characters written, without a zero, or 0. */
size_t seal_ear_to_json(const struct seal_ear *ear, char *out, size_t size);

#endif /* SEAL_VERIFY_EAR_JSON_H */
