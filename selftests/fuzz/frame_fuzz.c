// SPDX-License-Identifier: GPL-2.0-or-later
/* Headers one after another through the table of turns, and bodies of fixed length. */
#include "fuzz.h"
#include "wire/frame.h"
#include "wire/hello.h"
#include "wire/result.h"

static void step(struct seal_turn *turn, enum seal_side side, const uint8_t *header,
		 struct seal_hello *hello)
{
	enum seal_turn_state before = turn->state;
	bool complete = seal_turn_complete(turn);
	struct seal_frame frame;
	enum seal_step did;

	if (!seal_frame_decode(header, &frame))
		return;
	must(frame.length <= SEAL_FRAME_MAX);
	did = seal_turn_step(turn, side, &frame);
	must(!complete || did == SEAL_STEP_REFUSED);
	must(did != SEAL_STEP_TAKEN || frame.type == SEAL_FRAME_LOG_DATA ||
	     turn->state > before);
	must(did == SEAL_STEP_TAKEN || did == SEAL_STEP_IGNORED ||
	     turn->state == SEAL_TURN_CLOSED);
	if (turn->state == SEAL_TURN_AGREE)
		must(seal_turn_agree(turn, hello, hello));
}

static void bodies(struct seal_bytes in)
{
	uint8_t again[SEAL_DONE_LEN];
	struct seal_result result;
	struct seal_error error;
	struct seal_done done;

	if (seal_result_decode(in, &result)) {
		seal_result_encode(&result, again);
		must(in.len == SEAL_RESULT_LEN && !memcmp(again, in.data, in.len));
	}
	if (seal_done_decode(in, &done)) {
		seal_done_encode(&done, again);
		must(in.len == SEAL_DONE_LEN && !memcmp(again, in.data, in.len));
	}
	if (seal_error_decode(in, &error))
		must(in.len == SEAL_ERROR_LEN && error.code != SEAL_CODE_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seal_hello hello = { 0 };
	struct seal_turn turn;

	bodies(input(data, size));
	if (!size)
		return 0;
	hello.wants_peer = data[0] & 1;
	hello.can_attest = data[0] & 2;
	seal_turn_start(&turn);
	for (data++, size--; size >= 6; data += 6, size -= 6)
		step(&turn, data[0] & 3, data + 1, &hello);
	return 0;
}
