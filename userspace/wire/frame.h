/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SEAL/1 frames and whose turn it is. Documentation/protocol.rst, "Frames"
 * and "Turns".
 */
#ifndef SEAL_WIRE_FRAME_H
#define SEAL_WIRE_FRAME_H

#include "wire/buf.h"
#include "wire/limits.h"

/* A side of the TLS connection. Zero is no side and may do nothing. */
enum seal_side {
	SEAL_SIDE_NONE = 0,
	SEAL_SIDE_CLIENT = 1,
	SEAL_SIDE_SERVER = 2,
};

static inline enum seal_side seal_side_other(enum seal_side side)
{
	return side == SEAL_SIDE_CLIENT ? SEAL_SIDE_SERVER :
	       side == SEAL_SIDE_SERVER ? SEAL_SIDE_CLIENT : SEAL_SIDE_NONE;
}

enum seal_frame_type {
	SEAL_FRAME_NONE = 0,
	SEAL_FRAME_REQUEST = 0x01,
	SEAL_FRAME_AUTHENTICATOR = 0x02,
	SEAL_FRAME_HELLO = 0x10,
	SEAL_FRAME_LOG_REQUEST = 0x11,
	SEAL_FRAME_LOG_DATA = 0x12,
	SEAL_FRAME_RESULT = 0x13,
	SEAL_FRAME_DONE = 0x14,
	SEAL_FRAME_ERROR = 0x15,
};

/* "hello", "result" ...; "unknown" for a type that has no name. */
const char *seal_frame_name(uint8_t type);

/* LogRequest or LogData: counted by themselves, not part of the transcript. */
bool seal_frame_is_log(uint8_t type);

struct seal_frame {
	uint8_t type;
	uint32_t length;	/* octets of the body */
};

/* Write the five octets of a header. Fuzz target: frame. */
void seal_frame_encode(const struct seal_frame *frame,
		       uint8_t out[SEAL_FRAME_HEADER_LEN]);
/*
 * Read them. False, and *@frame_ret zeroed, for an unknown type below 0x80 and
 * for a body that is longer than its type may have; so a reader that asked for
 * five octets knows how much to read next and that it is little.
 */
bool seal_frame_decode(const uint8_t in[SEAL_FRAME_HEADER_LEN],
		       struct seal_frame *frame_ret);

/* Where an exchange is. Zero refuses everything. */
enum seal_turn_state {
	SEAL_TURN_CLOSED = 0,
	SEAL_TURN_HELLO_C,
	SEAL_TURN_HELLO_S,
	SEAL_TURN_AGREE,	/* both hellos are there: seal_turn_agree() */
	SEAL_TURN_REQUEST_C,
	SEAL_TURN_REQUEST_S,
	SEAL_TURN_AUTH_C,
	SEAL_TURN_RESULT_S,	/* or LogRequest */
	SEAL_TURN_LOG_C,
	SEAL_TURN_AUTH_S,
	SEAL_TURN_RESULT_C,	/* or LogRequest */
	SEAL_TURN_LOG_S,
	SEAL_TURN_DONE_C,
	SEAL_TURN_DONE_S,
	SEAL_TURN_COMPLETE,
	SEAL_TURN_COUNT
};

/* What a frame did. Zero refuses. */
enum seal_step {
	SEAL_STEP_REFUSED = 0,	/* out of turn or too much: the exchange is over */
	SEAL_STEP_TAKEN,	/* it was this frame's turn; decode its body */
	SEAL_STEP_IGNORED,	/* a type >= 0x80: counted, otherwise as if absent */
	SEAL_STEP_ENDED,	/* SealError: decode it; the exchange is over */
};

/**
 * struct seal_turn - one exchange as one side sees it
 * @state: see enum seal_turn_state
 * @client_asks: the client wants the server attested, and that is possible
 * @server_asks: the other way round
 * @frames: frames so far, by side (index SEAL_SIDE_*)
 * @bytes: octets so far, headers included, by side
 * @log_frames: of LogRequest and LogData, which do not count in @frames
 * @log_bytes: likewise
 *
 * Both sides keep one and step it for the frames they send and the frames they
 * receive alike. Zeroed memory is a closed exchange.
 */
struct seal_turn {
	enum seal_turn_state state;
	bool client_asks;
	bool server_asks;
	uint32_t frames[3];
	uint32_t bytes[3];
	uint32_t log_frames[3];
	uint32_t log_bytes[3];
};

struct seal_hello;

/* Begin: the client's hello is the first frame. */
void seal_turn_start(struct seal_turn *turn);
/* Who must send the next frame; SEAL_SIDE_NONE when nobody may. */
enum seal_side seal_turn_sender(const struct seal_turn *turn);
/*
 * The type that must come next; SEAL_FRAME_NONE when none may. In place of a
 * SealResult its sender may ask for a piece of a log, and gets it.
 */
enum seal_frame_type seal_turn_frame(const struct seal_turn *turn);
/*
 * @sender sent, or is about to send, a frame. Everything but the expected type
 * from the expected side is refused and closes the exchange, except SealError,
 * which either side may send at any time before the end. Not thread-safe.
 */
enum seal_step seal_turn_step(struct seal_turn *turn, enum seal_side sender,
			      const struct seal_frame *frame);
/*
 * After both hellos: settles which requests will follow. A side asks when it
 * wants the peer and the peer can attest. False, and closed, in any other state.
 */
bool seal_turn_agree(struct seal_turn *turn, const struct seal_hello *client,
		     const struct seal_hello *server);
/* True only after both SealDone. */
bool seal_turn_complete(const struct seal_turn *turn);

#endif /* SEAL_WIRE_FRAME_H */
