// SPDX-License-Identifier: GPL-2.0-or-later
/* AuthRequest: RFC 9261 CertificateRequest and ClientCertificateRequest. */
#include "wire/request.h"

#include "wire/hello.h"
#include "wire/log.h"

#define NONCE_MAX	64u

static uint8_t message_of(enum seal_side side)
{
	switch (side) {
	case SEAL_SIDE_CLIENT:
		return SEAL_HS_CLIENT_CERTIFICATE_REQUEST;
	case SEAL_SIDE_SERVER:
		return SEAL_HS_CERTIFICATE_REQUEST;
	case SEAL_SIDE_NONE:
		break;
	}
	return 0;
}

static enum seal_side side_of(uint8_t message)
{
	switch (message) {
	case SEAL_HS_CLIENT_CERTIFICATE_REQUEST:
		return SEAL_SIDE_CLIENT;
	case SEAL_HS_CERTIFICATE_REQUEST:
		return SEAL_SIDE_SERVER;
	default:
		return SEAL_SIDE_NONE;
	}
}

static void put_schemes(struct seal_writer *w, const struct seal_ask *ask)
{
	size_t ext, list;

	seal_put_u16(w, SEAL_EXT_SIGNATURE_ALGORITHMS);
	ext = seal_put_open(w, 2);
	list = seal_put_open(w, 2);
	for (size_t i = 0; i < ask->scheme_count; i++)
		seal_put_u16(w, ask->schemes[i]);
	seal_put_close(w, list, 2);
	seal_put_close(w, ext, 2);
}

static bool get_schemes(struct seal_bytes body, struct seal_ask *ask)
{
	struct seal_reader r = seal_reader_of(body);
	struct seal_reader list = seal_reader_of(
		seal_get_vec16(&r, 2, 2 * SEAL_SCHEMES_MAX));

	while (list.left && !list.bad)
		ask->schemes[ask->scheme_count++] = seal_get_u16(&list);
	return seal_reader_done(&r) && seal_reader_done(&list);
}

static void put_request(struct seal_writer *w, const struct seal_ask *ask)
{
	size_t ext;

	seal_put_u16(w, SEAL_EXT_REQUEST);
	ext = seal_put_open(w, 2);
	seal_put_u8(w, SEAL_VERSION);
	seal_put_u64(w, ask->exchange);
	seal_put_u8(w, ask->mode);
	seal_put_u8(w, SEAL_HASH_ALG_SHA256);
	seal_put_vec8(w, ask->pcr_select);
	seal_put_u8(w, ask->want_logs);
	seal_put_u64(w, ask->tcg_from);
	seal_put_u64(w, ask->ima_from);
	seal_put_vec8(w, ask->nonce);
	seal_put_close(w, ext, 2);
}

static bool mode_legal(uint8_t mode)
{
	return mode >= SEAL_MODE_EVIDENCE && mode <= SEAL_MODE_PLAIN;
}

static bool get_request(struct seal_bytes body, struct seal_ask *ask)
{
	struct seal_reader r = seal_reader_of(body);
	uint8_t version, hash;

	version = seal_get_u8(&r);
	ask->exchange = seal_get_u64(&r);
	ask->mode = seal_get_u8(&r);
	hash = seal_get_u8(&r);
	ask->pcr_select = seal_get_vec8(&r, 1, SEAL_PCR_SELECT_MAX);
	ask->want_logs = seal_get_u8(&r);
	ask->tcg_from = seal_get_u64(&r);
	ask->ima_from = seal_get_u64(&r);
	ask->nonce = seal_get_vec8(&r, 0, NONCE_MAX);
	return seal_reader_done(&r) && version == SEAL_VERSION &&
	       hash == SEAL_HASH_ALG_SHA256 && mode_legal(ask->mode) &&
	       !(ask->want_logs & ~SEAL_WANT_LOGS);
}

size_t seal_ask_encode(const struct seal_ask *ask, uint8_t *out, size_t size)
{
	struct seal_writer w = seal_writer(out, size < SEAL_REQUEST_MAX ?
						size : SEAL_REQUEST_MAX);
	uint8_t message = message_of(ask->from);
	size_t body, list;

	if (!message || !ask->scheme_count || !ask->pcr_select.len ||
	    ask->scheme_count > SEAL_SCHEMES_MAX || !mode_legal(ask->mode) ||
	    ask->pcr_select.len > SEAL_PCR_SELECT_MAX || ask->nonce.len > NONCE_MAX)
		return 0;
	seal_put_u8(&w, message);
	body = seal_put_open(&w, 3);
	seal_put_vec8(&w, (struct seal_bytes){ ask->context, sizeof(ask->context) });
	list = seal_put_open(&w, 2);
	put_schemes(&w, ask);
	seal_put_u16(&w, SEAL_EXT_CMW_ATTESTATION);
	seal_put_u16(&w, 0);
	put_request(&w, ask);
	seal_put_close(&w, list, 2);
	seal_put_close(&w, body, 3);
	return seal_writer_done(&w);
}

/* Which of our three extensions were seen. */
enum { SAW_SCHEMES = 1, SAW_CMW = 2, SAW_REQUEST = 4, SAW_ALL = 7 };

/* One extension: its SAW_ bit, 0 when it is not ours, -1 when it is not legal. */
static int get_extension(uint16_t type, struct seal_bytes body,
			 struct seal_ask *ask)
{
	switch (type) {
	case SEAL_EXT_SIGNATURE_ALGORITHMS:
		return get_schemes(body, ask) ? SAW_SCHEMES : -1;
	case SEAL_EXT_CMW_ATTESTATION:
		return !body.len ? SAW_CMW : -1;
	case SEAL_EXT_REQUEST:
		return get_request(body, ask) ? SAW_REQUEST : -1;
	default:
		return 0;
	}
}

/* RFC 8446 4.2: no extension twice, known or not. */
static bool twice(struct seal_bytes list, const uint8_t *end, uint16_t type)
{
	struct seal_reader r = seal_reader(list.data, end - list.data);

	while (r.left) {
		if (seal_get_u16(&r) == type)
			return true;
		seal_get_vec16(&r, 0, 0xffff);
	}
	return false;
}

static bool get_extensions(struct seal_bytes list, struct seal_ask *ask)
{
	struct seal_reader r = seal_reader_of(list);
	unsigned int saw = 0;

	while (r.left && !r.bad) {
		const uint8_t *start = r.at;
		uint16_t type = seal_get_u16(&r);
		struct seal_bytes body = seal_get_vec16(&r, 0, 0xffff);
		int bit;

		if (r.bad || twice(list, start, type))
			return false;
		bit = get_extension(type, body, ask);
		if (bit < 0)
			return false;
		saw |= bit;
	}
	return seal_reader_done(&r) && saw == SAW_ALL;
}

bool seal_ask_decode(struct seal_bytes body, struct seal_ask *ask_ret)
{
	struct seal_reader r = seal_reader_of(body);
	struct seal_reader m;
	struct seal_ask ask = { 0 };
	struct seal_bytes context, list;

	ask.from = side_of(seal_get_u8(&r));
	m = seal_reader_of(seal_get_vec24(&r, 0, SEAL_REQUEST_MAX));
	if (!seal_reader_done(&r) || ask.from == SEAL_SIDE_NONE)
		return false;
	context = seal_get_vec8(&m, SEAL_CONTEXT_LEN, SEAL_CONTEXT_LEN);
	list = seal_get_vec16(&m, 2, SEAL_REQUEST_MAX);
	if (!seal_reader_done(&m) || !get_extensions(list, &ask))
		return false;
	for (size_t i = 0; i < context.len; i++)
		ask.context[i] = context.data[i];
	*ask_ret = ask;
	return true;
}

bool seal_ask_accepts(const struct seal_ask *ask, uint16_t scheme)
{
	for (size_t i = 0; i < ask->scheme_count; i++)
		if (ask->schemes[i] == scheme)
			return true;
	return false;
}
