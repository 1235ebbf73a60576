// SPDX-License-Identifier: GPL-2.0-or-later
/* wire/frame: headers, caps, and every state x sender x frame type. */
#include <stdio.h>
#include <string.h>

#include "lib/tap.h"
#include "wire/frame.h"
#include "wire/hello.h"

static bool header(uint8_t type, uint32_t length)
{
	uint8_t raw[5] = { type, length >> 24, length >> 16, length >> 8, length };
	struct seal_frame frame = { 9, 9 };
	bool accepted = seal_frame_decode(raw, &frame);

	must(accepted ? frame.type == type && frame.length == length
		      : !frame.type && !frame.length, "frame is what was read");
	return accepted;
}

static void headers(void)
{
	static const struct { uint8_t type; uint32_t max; const char *name; } known[] = {
		{ 0x01, 1024, "request" }, { 0x02, 98304, "authenticator" },
		{ 0x10, 4096, "hello" }, { 0x11, 13, "log-request" },
		{ 0x12, 65536, "log-data" }, { 0x13, 1024, "result" },
		{ 0x14, 33, "done" }, { 0x15, 3, "error" },
	};
	size_t wrong = 0, count = 0;
	uint8_t raw[5];

	for (size_t i = 0; i < 8; i++)
		ok(header(known[i].type, known[i].max) &&
		   !header(known[i].type, known[i].max + 1) &&
		   !header(known[i].type, UINT32_MAX) &&
		   !strcmp(seal_frame_name(known[i].type), known[i].name),
		   "%s: at most %u octets", known[i].name, known[i].max);
	for (unsigned int type = 0; type < 0x80; type++)
		count += header(type, 0);
	ok(count == 8, "no other type below 0x80 is known");
	for (unsigned int type = 0x80; type < 0x100; type++)
		wrong += !header(type, 65536) || header(type, 65537);
	ok(!wrong, "types from 0x80 on are read, to be ignored");
	seal_frame_encode(&(struct seal_frame){ 0x13, 0x01020304 }, raw);
	ok(is_hex(raw, 5, "13 01020304"), "a header is type and length");
}

/* The sequence of an exchange, written down here a second time. */
struct expect {
	enum seal_turn_state state;
	enum seal_side sender;
	uint8_t type;
};

static size_t expected(bool client_asks, bool server_asks, struct expect *out)
{
	size_t n = 0;

#define TURN(st, who, what) \
	(out[n++] = (struct expect){ SEAL_TURN_##st, SEAL_SIDE_##who, what })
	TURN(HELLO_C, CLIENT, 0x10);
	TURN(HELLO_S, SERVER, 0x10);
	if (client_asks)
		TURN(REQUEST_C, CLIENT, 0x01);
	if (server_asks) {
		TURN(REQUEST_S, SERVER, 0x01);
		TURN(AUTH_C, CLIENT, 0x02);
		TURN(RESULT_S, SERVER, 0x11);
		TURN(LOG_C, CLIENT, 0x12);
		TURN(RESULT_S, SERVER, 0x13);
	}
	if (client_asks) {
		TURN(AUTH_S, SERVER, 0x02);
		TURN(RESULT_C, CLIENT, 0x11);
		TURN(LOG_S, SERVER, 0x12);
		TURN(RESULT_C, CLIENT, 0x13);
	}
	TURN(DONE_C, CLIENT, 0x14);
	TURN(DONE_S, SERVER, 0x14);
#undef TURN
	return n;
}

static void agree(struct seal_turn *turn, bool client_asks, bool server_asks)
{
	struct seal_hello c = { .wants_peer = client_asks, .can_attest = server_asks };
	struct seal_hello s = { .wants_peer = server_asks, .can_attest = client_asks };

	if (turn->state == SEAL_TURN_AGREE)
		must(seal_turn_agree(turn, &c, &s), "agree");
}

static struct seal_turn at(const struct expect *seq, size_t step, bool ca, bool sa)
{
	struct seal_turn turn;

	seal_turn_start(&turn);
	for (size_t i = 0; i < step; i++) {
		struct seal_frame f = { seq[i].type, 1 };

		must(seal_turn_step(&turn, seq[i].sender, &f) == SEAL_STEP_TAKEN,
		     "the way there");
		agree(&turn, ca, sa);
	}
	return turn;
}

/* A request for a log and a result are due at the same times. */
static bool may(const struct expect *due, uint8_t type)
{
	bool choice = due->state == SEAL_TURN_RESULT_S || due->state == SEAL_TURN_RESULT_C;

	return choice ? type == 0x11 || type == 0x13 : type == due->type;
}

/* What one frame does in one state must be what the rules say, no more. */
static bool one(struct seal_turn turn, const struct expect *due,
		enum seal_side sender, uint8_t type)
{
	struct seal_turn before = turn;
	enum seal_step want = SEAL_STEP_REFUSED, got;
	uint8_t raw[5] = { type };
	struct seal_frame f;

	if (type == SEAL_FRAME_ERROR)
		want = SEAL_STEP_ENDED;
	else if (due && sender == due->sender && may(due, type))
		want = SEAL_STEP_TAKEN;
	else if (due && sender == due->sender && type >= 0x80)
		want = SEAL_STEP_IGNORED;
	if (!seal_frame_decode(raw, &f))
		f.type = type;
	got = seal_turn_step(&turn, sender, &f);
	if (got != want) {
		note("state %d side %d type %02x: %d, not %d", before.state, sender,
		     type, got, want);
		return false;
	}
	if (got == SEAL_STEP_IGNORED)
		return turn.state == before.state;
	if (got == SEAL_STEP_TAKEN)
		return turn.state != before.state && turn.state != SEAL_TURN_CLOSED;
	return turn.state == SEAL_TURN_CLOSED;
}

static void every_frame_in_every_state(bool ca, bool sa)
{
	struct expect seq[16];
	size_t n = expected(ca, sa, seq), wrong = 0;

	for (size_t i = 0; i < n; i++) {
		struct seal_turn turn = at(seq, i, ca, sa);

		wrong += turn.state != seq[i].state ||
			 seal_turn_sender(&turn) != seq[i].sender ||
			 !may(&seq[i], seal_turn_frame(&turn)) ||
			 seal_turn_complete(&turn);
		for (unsigned int type = 0; type < 256; type++)
			wrong += !one(turn, &seq[i], SEAL_SIDE_CLIENT, type) +
				 !one(turn, &seq[i], SEAL_SIDE_SERVER, type);
	}
	ok(!wrong, "client asks %d, server asks %d: %zu turns, 512 frames in each",
	   ca, sa, n);
	ok(({ struct seal_turn t = at(seq, n, ca, sa); seal_turn_complete(&t); }),
	   "client asks %d, server asks %d: it ends complete", ca, sa);
}

/* In states where nobody may speak, nothing but an end comes of any frame. */
static void silent_states(void)
{
	static const struct { enum seal_turn_state state; bool errors; } silent[] = {
		{ SEAL_TURN_CLOSED, false }, { SEAL_TURN_AGREE, true },
		{ SEAL_TURN_COMPLETE, false }, { SEAL_TURN_COUNT, false },
		{ 77, false },
	};
	size_t wrong = 0;

	for (size_t i = 0; i < 5; i++)
		for (unsigned int f = 0; f < 512; f++) {
			struct seal_turn turn = { .state = silent[i].state };
			struct seal_frame frame = { f & 0xff, 1 };
			enum seal_step got = seal_turn_step(&turn, 1 + (f >> 8), &frame);
			bool error = (f & 0xff) == SEAL_FRAME_ERROR && silent[i].errors;

			wrong += got != (error ? SEAL_STEP_ENDED : SEAL_STEP_REFUSED) ||
				 turn.state != SEAL_TURN_CLOSED;
		}
	ok(!wrong, "closed, agree, complete and no state at all: nobody may speak");
}

static void zero_denies(void)
{
	struct seal_turn turn = { 0 };
	struct seal_hello hello = { .wants_peer = true, .can_attest = true };
	struct seal_frame frame = { SEAL_FRAME_HELLO, 1 };

	ok(seal_turn_sender(&turn) == SEAL_SIDE_NONE &&
	   seal_turn_frame(&turn) == SEAL_FRAME_NONE && !seal_turn_complete(&turn),
	   "zeroed memory expects nobody and is not complete");
	ok(!seal_turn_agree(&turn, &hello, &hello), "and cannot agree");
	ok(seal_turn_step(&turn, SEAL_SIDE_CLIENT, &frame) == SEAL_STEP_REFUSED,
	   "and takes no hello");
	seal_turn_start(&turn);
	ok(!seal_turn_agree(&turn, &hello, &hello) && turn.state == SEAL_TURN_CLOSED,
	   "agreeing before both hellos closes");
	seal_turn_start(&turn);
	ok(seal_turn_step(&turn, SEAL_SIDE_NONE, &frame) == SEAL_STEP_REFUSED &&
	   turn.state == SEAL_TURN_CLOSED, "no side may not speak");
	seal_turn_start(&turn);
	ok(seal_turn_step(&turn, 3, &frame) == SEAL_STEP_REFUSED, "nor may a third");
}

static void who_asks(void)
{
	size_t wrong = 0;

	for (unsigned int bits = 0; bits < 16; bits++) {
		struct seal_hello c = { .wants_peer = bits & 1, .can_attest = bits & 2 };
		struct seal_hello s = { .wants_peer = bits & 4, .can_attest = bits & 8 };
		struct seal_turn turn = { .state = SEAL_TURN_AGREE };

		must(seal_turn_agree(&turn, &c, &s), "agree");
		wrong += turn.client_asks != ((bits & 1) && (bits & 8)) ||
			 turn.server_asks != ((bits & 4) && (bits & 2));
	}
	ok(!wrong, "a side asks if it wants and the other can, in all 16 cases");
}

/* Logs are as long as policy says, not as the frames of an exchange. */
static void log_caps(void)
{
	struct seal_frame ask = { SEAL_FRAME_LOG_REQUEST, SEAL_LOG_REQUEST_MAX };
	struct seal_frame data = { SEAL_FRAME_LOG_DATA, SEAL_LOG_DATA_MAX };
	struct seal_turn turn = { .state = SEAL_TURN_RESULT_S, .server_asks = true };
	unsigned int n = 0;

	while (n < 5000 &&
	       seal_turn_step(&turn, SEAL_SIDE_SERVER, &ask) == SEAL_STEP_TAKEN &&
	       seal_turn_step(&turn, SEAL_SIDE_CLIENT, &data) == SEAL_STEP_TAKEN)
		n++;
	ok(n == SEAL_LOG_BYTES_MAX / (SEAL_LOG_DATA_MAX + 5) &&
	   turn.state == SEAL_TURN_CLOSED && !turn.frames[SEAL_SIDE_CLIENT] &&
	   !turn.bytes[SEAL_SIDE_CLIENT], "two logs of 64 MiB in %u pieces", n);
	turn = (struct seal_turn){ .state = SEAL_TURN_RESULT_S, .server_asks = true };
	data.length = 14;
	for (n = 0; n < 5000 &&
	     seal_turn_step(&turn, SEAL_SIDE_SERVER, &ask) == SEAL_STEP_TAKEN &&
	     seal_turn_step(&turn, SEAL_SIDE_CLIENT, &data) == SEAL_STEP_TAKEN;)
		n++;
	ok(n == SEAL_LOG_FRAMES_MAX && turn.state == SEAL_TURN_CLOSED,
	   "in no more than %u pieces", n);
}

static void caps(void)
{
	struct seal_frame ignored = { 0x80, 0 };
	struct seal_turn turn;
	unsigned int n = 0;

	seal_turn_start(&turn);
	while (n < 1000 &&
	       seal_turn_step(&turn, SEAL_SIDE_CLIENT, &ignored) == SEAL_STEP_IGNORED)
		n++;
	ok(n == SEAL_FRAMES_MAX && turn.state == SEAL_TURN_CLOSED,
	   "one side may send %u frames", n);
	seal_turn_start(&turn);
	turn.bytes[SEAL_SIDE_CLIENT] = SEAL_BYTES_MAX - 5;
	ok(seal_turn_step(&turn, SEAL_SIDE_CLIENT, &ignored) == SEAL_STEP_IGNORED,
	   "up to 8 MiB");
	ok(seal_turn_step(&turn, SEAL_SIDE_CLIENT, &ignored) == SEAL_STEP_REFUSED,
	   "and not an octet more");
	seal_turn_start(&turn);
	ok(seal_turn_step(&turn, SEAL_SIDE_CLIENT,
			  &(struct seal_frame){ SEAL_FRAME_HELLO, 4097 }) ==
	   SEAL_STEP_REFUSED, "a frame over its type's cap is refused here too");
}

int main(void)
{
	headers();
	for (unsigned int asks = 0; asks < 4; asks++)
		every_frame_in_every_state(asks & 1, asks & 2);
	silent_states();
	zero_denies();
	who_asks();
	caps();
	log_caps();
	return done();
}
