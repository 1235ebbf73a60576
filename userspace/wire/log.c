// SPDX-License-Identifier: GPL-2.0-or-later
/* LogRequest and LogData. */
#include "wire/log.h"

static const char *const names[SEAL_LOG_COUNT] = {
	[SEAL_LOG_NONE] = "unknown",
	[SEAL_LOG_BOOT] = "boot",
	[SEAL_LOG_IMA]	= "ima",
};

const char *seal_log_name(unsigned int log)
{
	return names[log < SEAL_LOG_COUNT ? log : SEAL_LOG_NONE];
}

static enum seal_log get_log(struct seal_reader *r)
{
	uint8_t log = seal_get_u8(r);

	if (log == SEAL_LOG_NONE || log >= SEAL_LOG_COUNT)
		r->bad = true;
	return r->bad ? SEAL_LOG_NONE : (enum seal_log)log;
}

void seal_log_ask_encode(const struct seal_log_ask *ask,
			 uint8_t out[SEAL_LOG_REQUEST_MAX])
{
	struct seal_writer w = seal_writer(out, SEAL_LOG_REQUEST_MAX);

	seal_put_u8(&w, ask->log);
	seal_put_u64(&w, ask->from);
	seal_put_u32(&w, ask->max);
}

bool seal_log_ask_decode(struct seal_bytes body, struct seal_log_ask *ask_ret)
{
	struct seal_reader r = seal_reader_of(body);
	struct seal_log_ask ask = { 0 };

	ask.log = get_log(&r);
	ask.from = seal_get_u64(&r);
	ask.max = seal_get_u32(&r);
	if (!seal_reader_done(&r) || !ask.max || ask.max > SEAL_LOG_PIECE_MAX)
		return false;
	*ask_ret = ask;
	return true;
}

static bool legal(const struct seal_log_piece *piece)
{
	return piece->log != SEAL_LOG_NONE && piece->log < SEAL_LOG_COUNT &&
	       piece->data.len <= SEAL_LOG_PIECE_MAX &&
	       (piece->data.len || piece->final);
}

size_t seal_log_piece_encode(const struct seal_log_piece *piece, uint8_t *out,
			     size_t size)
{
	struct seal_writer w = seal_writer(out, size);

	if (!legal(piece))
		return 0;
	seal_put_u8(&w, piece->log);
	seal_put_u64(&w, piece->offset);
	seal_put_u8(&w, piece->final);
	seal_put_vec24(&w, piece->data);
	return seal_writer_done(&w);
}

bool seal_log_piece_decode(struct seal_bytes body,
			   struct seal_log_piece *piece_ret)
{
	struct seal_reader r = seal_reader_of(body);
	struct seal_log_piece piece = { 0 };
	uint8_t final;

	piece.log = get_log(&r);
	piece.offset = seal_get_u64(&r);
	final = seal_get_u8(&r);
	piece.final = final;
	piece.data = seal_get_vec24(&r, 0, SEAL_LOG_PIECE_MAX);
	if (!seal_reader_done(&r) || final > 1 || !legal(&piece))
		return false;
	*piece_ret = piece;
	return true;
}

bool seal_log_answers(const struct seal_log_piece *piece,
		      const struct seal_log_ask *ask)
{
	return piece->log == ask->log && piece->offset == ask->from &&
	       piece->data.len <= ask->max;
}
