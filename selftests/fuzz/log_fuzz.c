// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz.h"
#include "wire/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t again[SEAL_LOG_HEAD_LEN + SEAL_LOG_PIECE_MAX];
	struct seal_log_piece piece;
	struct seal_log_ask ask;

	if (seal_log_ask_decode(input(data, size), &ask)) {
		seal_log_ask_encode(&ask, again);
		must(size == SEAL_LOG_REQUEST_MAX && !memcmp(again, data, size));
	}
	if (!seal_log_piece_decode(input(data, size), &piece))
		return 0;
	must(seal_log_piece_encode(&piece, again, sizeof(again)) == size &&
	     !memcmp(again, data, size));
	return 0;
}
