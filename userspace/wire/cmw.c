// SPDX-License-Identifier: GPL-2.0-or-later
/* The CBOR record of a Conceptual Message Wrapper, RFC 9999 3.1. */
#include "wire/cmw.h"

#include "wire/head.h"

#define RECORD_MEMBERS	3u

size_t seal_cmw_encode(const struct seal_cmw *cmw, uint8_t *out, size_t size)
{
	struct seal_writer w = seal_writer(out, size);

	seal_put_head(&w, SEAL_CBOR_ARRAY, RECORD_MEMBERS);
	seal_put_string(&w, SEAL_CBOR_TSTR, cmw->type);
	seal_put_string(&w, SEAL_CBOR_BSTR, cmw->value);
	seal_put_head(&w, SEAL_CBOR_UINT, cmw->ind);
	return seal_writer_done(&w);
}

bool seal_cmw_decode(struct seal_bytes data, struct seal_cmw *cmw_ret)
{
	struct seal_reader r = seal_reader_of(data);
	struct seal_cmw cmw;

	if (seal_get_head(&r, SEAL_CBOR_ARRAY) != RECORD_MEMBERS)
		return false;
	cmw.type = seal_get_string(&r, SEAL_CBOR_TSTR);
	cmw.value = seal_get_string(&r, SEAL_CBOR_BSTR);
	cmw.ind = seal_get_head(&r, SEAL_CBOR_UINT);
	if (!seal_reader_done(&r) || !cmw.type.len || !cmw.value.len)
		return false;
	*cmw_ret = cmw;
	return true;
}
