// SPDX-License-Identifier: GPL-2.0-or-later
/* SealResult, SealDone, SealError. */
#include "wire/result.h"

static const char *const code_names[SEAL_CODE_COUNT] = {
	[SEAL_CODE_OK]				= "ok",
	[SEAL_CODE_ATTESTATION_REQUIRED]	= "attestation-required",
	[SEAL_CODE_UNSUPPORTED]			= "unsupported",
	[SEAL_CODE_MALFORMED]			= "malformed",
	[SEAL_CODE_REJECTED]			= "rejected",
	[SEAL_CODE_STALE]			= "stale",
	[SEAL_CODE_VERIFIER_UNAVAILABLE]	= "verifier-unavailable",
	[SEAL_CODE_REFUSED]			= "refused",
	[SEAL_CODE_TIMEOUT]			= "timeout",
	[SEAL_CODE_INTERNAL]			= "internal",
	[SEAL_CODE_EXPIRED]			= "expired",
	[SEAL_CODE_BUSY]			= "busy",
};

const char *seal_code_name(unsigned int code)
{
	if (code >= SEAL_CODE_COUNT || !code_names[code])
		return "unknown";
	return code_names[code];
}

bool seal_code_transient(unsigned int code)
{
	return code == SEAL_CODE_VERIFIER_UNAVAILABLE ||
	       code == SEAL_CODE_TIMEOUT || code == SEAL_CODE_INTERNAL ||
	       code == SEAL_CODE_BUSY;
}

void seal_result_encode(const struct seal_result *result,
			uint8_t out[SEAL_RESULT_LEN])
{
	struct seal_writer w = seal_writer(out, SEAL_RESULT_LEN);

	seal_put_u8(&w, result->attester);
	seal_put_u64(&w, result->exchange);
	seal_put_u16(&w, SEAL_CODE_OK);
	seal_put_u32(&w, result->valid_for);
	seal_put_vec16(&w, (struct seal_bytes){ 0 });	/* ar_cmw */
}

bool seal_result_decode(struct seal_bytes body, struct seal_result *result_ret)
{
	struct seal_reader r = seal_reader_of(body);
	struct seal_result result;
	uint16_t code;

	result.attester = seal_get_u8(&r);
	result.exchange = seal_get_u64(&r);
	code = seal_get_u16(&r);
	result.valid_for = seal_get_u32(&r);
	seal_get_vec16(&r, 0, 0);
	if (!seal_reader_done(&r) || code != SEAL_CODE_OK || !result.valid_for)
		return false;
	if (result.attester != SEAL_SIDE_CLIENT &&
	    result.attester != SEAL_SIDE_SERVER)
		return false;
	*result_ret = result;
	return true;
}

void seal_done_encode(const struct seal_done *done, uint8_t out[SEAL_DONE_LEN])
{
	struct seal_writer w = seal_writer(out, SEAL_DONE_LEN);

	seal_put_u8(&w, SEAL_DONE_READY);
	seal_put_bytes(&w, done->transcript, sizeof(done->transcript));
}

bool seal_done_decode(struct seal_bytes body, struct seal_done *done_ret)
{
	struct seal_reader r = seal_reader_of(body);
	uint8_t status = seal_get_u8(&r);
	struct seal_done done;

	seal_get_copy(&r, done.transcript, sizeof(done.transcript));
	if (!seal_reader_done(&r) || status != SEAL_DONE_READY)
		return false;
	*done_ret = done;
	return true;
}

void seal_error_encode(const struct seal_error *error,
		       uint8_t out[SEAL_ERROR_LEN])
{
	struct seal_writer w = seal_writer(out, SEAL_ERROR_LEN);

	seal_put_u16(&w, error->code != SEAL_CODE_OK ? error->code
						     : SEAL_CODE_INTERNAL);
	seal_put_u8(&w, 1);	/* fatal: there is no other kind in seal1 */
}

bool seal_error_decode(struct seal_bytes body, struct seal_error *error_ret)
{
	struct seal_reader r = seal_reader_of(body);
	uint16_t code = seal_get_u16(&r);
	uint8_t fatal = seal_get_u8(&r);

	if (!seal_reader_done(&r) || code == SEAL_CODE_OK || fatal != 1)
		return false;
	error_ret->code = code < SEAL_CODE_COUNT && code_names[code]
			  ? (enum seal_code)code : SEAL_CODE_INTERNAL;
	return true;
}
