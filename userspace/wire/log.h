/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Logs of measurements, in pieces: LogRequest asks for some octets of one of
 * them, LogData has them. Documentation/protocol.rst, "Logs".
 */
#ifndef SEAL_WIRE_LOG_H
#define SEAL_WIRE_LOG_H

#include "wire/buf.h"
#include "wire/limits.h"

enum seal_log {
	SEAL_LOG_NONE = 0,
	SEAL_LOG_BOOT = 1,	/* TCG PC Client event log */
	SEAL_LOG_IMA = 2,	/* measurement list of the kernel, binary */
	SEAL_LOG_COUNT
};

/* SealRequest.want_logs: a bit for each log. */
#define SEAL_WANT_LOG(log)	(1u << ((log) - 1))
#define SEAL_WANT_LOGS		(SEAL_WANT_LOG(SEAL_LOG_BOOT) | SEAL_WANT_LOG(SEAL_LOG_IMA))

/* "boot", "ima"; "unknown" for every other value. */
const char *seal_log_name(unsigned int log);

/**
 * struct seal_log_ask - body of a LogRequest frame
 * @log: which
 * @from: offset of the first octet wanted
 * @max: how many at most, 1 to SEAL_LOG_PIECE_MAX
 */
struct seal_log_ask {
	enum seal_log log;
	uint64_t from;
	uint32_t max;
};

void seal_log_ask_encode(const struct seal_log_ask *ask,
			 uint8_t out[SEAL_LOG_REQUEST_MAX]);
bool seal_log_ask_decode(struct seal_bytes body, struct seal_log_ask *ask_ret);

#define SEAL_LOG_HEAD_LEN	13u	/* of LogData, before the octets */

/**
 * struct seal_log_piece - body of a LogData frame
 * @log: which
 * @offset: of the first octet
 * @final: there are no more behind them now
 * @data: may be empty only if @final
 */
struct seal_log_piece {
	enum seal_log log;
	uint64_t offset;
	bool final;
	struct seal_bytes data;
};

/* Octets written, or 0 when it is not legal or does not fit. */
size_t seal_log_piece_encode(const struct seal_log_piece *piece, uint8_t *out,
			     size_t size);
/*
 * False for other logs, nothing that is not the end, and any octet over. Fuzz
 * target: log.
 */
bool seal_log_piece_decode(struct seal_bytes body,
			   struct seal_log_piece *piece_ret);
/* True when @piece is a legal answer to @ask. */
bool seal_log_answers(const struct seal_log_piece *piece,
		      const struct seal_log_ask *ask);

#endif /* SEAL_WIRE_LOG_H */
