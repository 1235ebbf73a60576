// SPDX-License-Identifier: GPL-2.0-or-later
/* Frame headers, and the table of turns. */
#include "wire/frame.h"

#include <string.h>

#include "wire/hello.h"
#include "wire/result.h"

#define IGNORABLE	0x80u	/* this type and those above it */

struct frame_kind {
	const char *name;	/* NULL: no such type */
	uint32_t max;		/* octets of a body */
};

static const struct frame_kind kinds[] = {
	[SEAL_FRAME_REQUEST]		= { "request", SEAL_REQUEST_MAX },
	[SEAL_FRAME_AUTHENTICATOR]	= { "authenticator", SEAL_AUTHENTICATOR_MAX },
	[SEAL_FRAME_HELLO]		= { "hello", SEAL_HELLO_MAX },
	[SEAL_FRAME_LOG_REQUEST]	= { "log-request", SEAL_LOG_REQUEST_MAX },
	[SEAL_FRAME_LOG_DATA]		= { "log-data", SEAL_LOG_DATA_MAX },
	[SEAL_FRAME_RESULT]		= { "result", SEAL_RESULT_MAX },
	[SEAL_FRAME_DONE]		= { "done", SEAL_DONE_LEN },
	[SEAL_FRAME_ERROR]		= { "error", SEAL_ERROR_LEN },
};

static const struct frame_kind *kind_of(uint8_t type)
{
	static const struct frame_kind ignorable = { "ignorable", SEAL_IGNORED_MAX };

	if (type >= IGNORABLE)
		return &ignorable;
	if (type >= sizeof(kinds) / sizeof(kinds[0]) || !kinds[type].name)
		return NULL;
	return &kinds[type];
}

const char *seal_frame_name(uint8_t type)
{
	const struct frame_kind *kind = kind_of(type);

	return kind ? kind->name : "unknown";
}

bool seal_frame_is_log(uint8_t type)
{
	return type == SEAL_FRAME_LOG_REQUEST || type == SEAL_FRAME_LOG_DATA;
}

void seal_frame_encode(const struct seal_frame *frame,
		       uint8_t out[SEAL_FRAME_HEADER_LEN])
{
	struct seal_writer w = seal_writer(out, SEAL_FRAME_HEADER_LEN);

	seal_put_u8(&w, frame->type);
	seal_put_u32(&w, frame->length);
}

bool seal_frame_decode(const uint8_t in[SEAL_FRAME_HEADER_LEN],
		       struct seal_frame *frame_ret)
{
	struct seal_reader r = seal_reader(in, SEAL_FRAME_HEADER_LEN);
	struct seal_frame frame = {
		.type = seal_get_u8(&r),
		.length = seal_get_u32(&r),
	};
	const struct frame_kind *kind = kind_of(frame.type);
	bool legal = kind && frame.length <= kind->max;

	*frame_ret = legal ? frame : (struct seal_frame){ 0 };
	return legal;
}

/* When a turn exists at all. */
enum turn_if { ALWAYS = 0, CLIENT_ASKS, SERVER_ASKS };

/*
 * The whole state machine: in a state, one side may send one type, and then
 * comes the next state whose condition holds. Where a row has a state @asks, a
 * LogRequest may come instead and leads there. A row of zeros has no sender, so
 * the states without a row (closed, agree, complete) let nobody speak.
 */
static const struct turn {
	enum seal_side sender;
	enum seal_frame_type frame;
	enum turn_if only_if;
	enum seal_turn_state next;
	enum seal_turn_state asks;
} turns[SEAL_TURN_COUNT] = {
	[SEAL_TURN_HELLO_C] = {
		SEAL_SIDE_CLIENT, SEAL_FRAME_HELLO, ALWAYS,
		SEAL_TURN_HELLO_S
	},
	[SEAL_TURN_HELLO_S] = {
		SEAL_SIDE_SERVER, SEAL_FRAME_HELLO, ALWAYS,
		SEAL_TURN_AGREE
	},
	[SEAL_TURN_REQUEST_C] = {
		SEAL_SIDE_CLIENT, SEAL_FRAME_REQUEST, CLIENT_ASKS,
		SEAL_TURN_REQUEST_S
	},
	[SEAL_TURN_REQUEST_S] = {
		SEAL_SIDE_SERVER, SEAL_FRAME_REQUEST, SERVER_ASKS,
		SEAL_TURN_AUTH_C
	},
	[SEAL_TURN_AUTH_C] = {
		SEAL_SIDE_CLIENT, SEAL_FRAME_AUTHENTICATOR, SERVER_ASKS,
		SEAL_TURN_RESULT_S
	},
	[SEAL_TURN_RESULT_S] = {
		SEAL_SIDE_SERVER, SEAL_FRAME_RESULT, SERVER_ASKS,
		SEAL_TURN_AUTH_S, SEAL_TURN_LOG_C
	},
	[SEAL_TURN_LOG_C] = {
		SEAL_SIDE_CLIENT, SEAL_FRAME_LOG_DATA, SERVER_ASKS,
		SEAL_TURN_RESULT_S
	},
	[SEAL_TURN_AUTH_S] = {
		SEAL_SIDE_SERVER, SEAL_FRAME_AUTHENTICATOR, CLIENT_ASKS,
		SEAL_TURN_RESULT_C
	},
	[SEAL_TURN_RESULT_C] = {
		SEAL_SIDE_CLIENT, SEAL_FRAME_RESULT, CLIENT_ASKS,
		SEAL_TURN_DONE_C, SEAL_TURN_LOG_S
	},
	[SEAL_TURN_LOG_S] = {
		SEAL_SIDE_SERVER, SEAL_FRAME_LOG_DATA, CLIENT_ASKS,
		SEAL_TURN_RESULT_C
	},
	[SEAL_TURN_DONE_C] = {
		SEAL_SIDE_CLIENT, SEAL_FRAME_DONE, ALWAYS,
		SEAL_TURN_DONE_S
	},
	[SEAL_TURN_DONE_S] = {
		SEAL_SIDE_SERVER, SEAL_FRAME_DONE, ALWAYS,
		SEAL_TURN_COMPLETE
	},
};

static bool turn_exists(const struct seal_turn *turn, enum seal_turn_state state)
{
	switch (turns[state].only_if) {
	case CLIENT_ASKS:
		return turn->client_asks;
	case SERVER_ASKS:
		return turn->server_asks;
	case ALWAYS:
		break;
	}
	return true;
}

static void enter(struct seal_turn *turn, enum seal_turn_state state)
{
	while (!turn_exists(turn, state))
		state = turns[state].next;
	turn->state = state;
}

/* The row of the state, or the row of zeros. */
static const struct turn *row(const struct seal_turn *turn)
{
	return &turns[(unsigned int)turn->state < SEAL_TURN_COUNT ? turn->state
							      : SEAL_TURN_CLOSED];
}

void seal_turn_start(struct seal_turn *turn)
{
	*turn = (struct seal_turn){ .state = SEAL_TURN_HELLO_C };
}

enum seal_side seal_turn_sender(const struct seal_turn *turn)
{
	return row(turn)->sender;
}

enum seal_frame_type seal_turn_frame(const struct seal_turn *turn)
{
	return row(turn)->frame;
}

bool seal_turn_complete(const struct seal_turn *turn)
{
	return turn->state == SEAL_TURN_COMPLETE;
}

/* Count the frame; false when its sender has sent too much. */
static bool within_caps(struct seal_turn *turn, enum seal_side sender,
			const struct seal_frame *frame)
{
	const struct frame_kind *kind = kind_of(frame->type);

	if (!kind || frame->length > kind->max)
		return false;
	if (seal_frame_is_log(frame->type)) {
		turn->log_frames[sender]++;
		turn->log_bytes[sender] += SEAL_FRAME_HEADER_LEN + frame->length;
		return turn->log_frames[sender] <= SEAL_LOG_FRAMES_MAX &&
		       turn->log_bytes[sender] <= SEAL_LOG_BYTES_MAX;
	}
	turn->frames[sender]++;
	turn->bytes[sender] += SEAL_FRAME_HEADER_LEN + frame->length;
	return turn->frames[sender] <= SEAL_FRAMES_MAX &&
	       turn->bytes[sender] <= SEAL_BYTES_MAX;
}

/* True while frames can still move: not closed, not complete. */
static bool running(const struct seal_turn *turn)
{
	return turn->state > SEAL_TURN_CLOSED && turn->state < SEAL_TURN_COMPLETE;
}

static enum seal_step step(struct seal_turn *turn, enum seal_side sender,
			   const struct seal_frame *frame)
{
	if (!running(turn))
		return SEAL_STEP_REFUSED;
	if (sender != SEAL_SIDE_CLIENT && sender != SEAL_SIDE_SERVER)
		return SEAL_STEP_REFUSED;
	if (!within_caps(turn, sender, frame))
		return SEAL_STEP_REFUSED;
	if (frame->type == SEAL_FRAME_ERROR)
		return SEAL_STEP_ENDED;
	if (sender != seal_turn_sender(turn))
		return SEAL_STEP_REFUSED;
	if (frame->type >= IGNORABLE)
		return SEAL_STEP_IGNORED;
	if (frame->type == SEAL_FRAME_LOG_REQUEST)
		return row(turn)->asks ? SEAL_STEP_TAKEN : SEAL_STEP_REFUSED;
	return frame->type == seal_turn_frame(turn) ? SEAL_STEP_TAKEN
						    : SEAL_STEP_REFUSED;
}

enum seal_step seal_turn_step(struct seal_turn *turn, enum seal_side sender,
			      const struct seal_frame *frame)
{
	enum seal_step did = step(turn, sender, frame);

	if (did == SEAL_STEP_TAKEN)
		enter(turn, frame->type == SEAL_FRAME_LOG_REQUEST ?
			    row(turn)->asks : row(turn)->next);
	else if (did != SEAL_STEP_IGNORED)
		turn->state = SEAL_TURN_CLOSED;
	return did;
}

bool seal_turn_agree(struct seal_turn *turn, const struct seal_hello *client,
		     const struct seal_hello *server)
{
	if (turn->state != SEAL_TURN_AGREE) {
		turn->state = SEAL_TURN_CLOSED;
		return false;
	}
	turn->client_asks = client->wants_peer && server->can_attest;
	turn->server_asks = server->wants_peer && client->can_attest;
	enter(turn, SEAL_TURN_REQUEST_C);
	return true;
}
