// SPDX-License-Identifier: GPL-2.0-or-later

#include <errno.h>

#include "bad_frames.h"
#include "peer.h"
#include "wire/hello.h"
#include "wire/result.h"

static uint8_t script_body[SEAL_FRAME_MAX + 16];

static void say_hello(gnutls_session_t session, uint8_t roles)
{
	uint8_t hello[512];

	peer_frame(session, SEAL_FRAME_HELLO, hello,
		   peer_hello(roles, hello, sizeof(hello)));
}

static void say_nothing(gnutls_session_t session)
{
	peer_await(session, SEAL_FRAME_DONE);
}

static void say_short_hello(gnutls_session_t session)
{
	peer_frame(session, SEAL_FRAME_HELLO, "\1\1", 2);
}

static void say_long_hello(gnutls_session_t session)
{
	peer_frame(session, SEAL_FRAME_HELLO, script_body, SEAL_HELLO_MAX + 1);
}

static void say_unknown(gnutls_session_t session)
{
	peer_frame(session, 0x7f, script_body, 16);
}

static void say_done_first(gnutls_session_t session)
{
	peer_frame(session, SEAL_FRAME_DONE, script_body, SEAL_DONE_LEN);
}

static void say_two_hellos(gnutls_session_t session)
{
	say_hello(session, SEAL_HELLO_CAN_ATTEST);
	say_hello(session, SEAL_HELLO_CAN_ATTEST);
}

static void say_bad_request(gnutls_session_t session)
{
	say_hello(session, SEAL_HELLO_CAN_ATTEST | SEAL_HELLO_WANTS_PEER);
	peer_await(session, SEAL_FRAME_HELLO);
	peer_frame(session, SEAL_FRAME_REQUEST, script_body, 60);
	peer_await(session, SEAL_FRAME_REQUEST);
	peer_frame(session, SEAL_FRAME_AUTHENTICATOR, script_body, 60);
}

static void say_bad_authenticator(gnutls_session_t session)
{
	say_hello(session, SEAL_HELLO_CAN_ATTEST);
	peer_await(session, SEAL_FRAME_REQUEST);
	peer_frame(session, SEAL_FRAME_AUTHENTICATOR, script_body, 5000);
}

static void say_big_authenticator(gnutls_session_t session)
{
	say_hello(session, SEAL_HELLO_CAN_ATTEST);
	peer_await(session, SEAL_FRAME_REQUEST);
	peer_frame(session, SEAL_FRAME_AUTHENTICATOR, script_body,
		   SEAL_AUTHENTICATOR_MAX + 1);
}

static void say_largest_authenticator(gnutls_session_t session)
{
	say_hello(session, SEAL_HELLO_CAN_ATTEST);
	peer_await(session, SEAL_FRAME_REQUEST);
	peer_frame(session, SEAL_FRAME_AUTHENTICATOR, script_body,
		   SEAL_AUTHENTICATOR_MAX);
}

static void say_cannot(gnutls_session_t session)
{
	say_hello(session, 0);
}

static void say_error(gnutls_session_t session)
{
	say_hello(session, SEAL_HELLO_CAN_ATTEST);
	peer_frame(session, SEAL_FRAME_ERROR, "\0\14\1", 3);
}

static void say_half(gnutls_session_t session)
{
	gnutls_record_send(session, "\20\0\0", 3);
	gnutls_bye(session, GNUTLS_SHUT_WR);
}

static void say_ignored_forever(gnutls_session_t session)
{
	for (int i = 0; i < 70; i++)
		peer_frame(session, 0x90, script_body, 1);
}

static void say_key_update(gnutls_session_t session)
{
	say_hello(session, SEAL_HELLO_CAN_ATTEST);
	gnutls_session_key_update(session, 0);
	peer_frame(session, 0x90, script_body, 1);
}

const struct bad_frame bad_frames[] = {
	{ "silence", say_nothing, "timeout", ETIMEDOUT, SEAL_CODE_TIMEOUT },
	{ "short hello", say_short_hello, "hello-malformed", EACCES,
	  SEAL_CODE_MALFORMED },
	{ "long hello", say_long_hello, "frame-malformed", EACCES,
	  SEAL_CODE_MALFORMED },
	{ "unknown frame", say_unknown, "frame-malformed", EACCES,
	  SEAL_CODE_MALFORMED },
	{ "done first", say_done_first, "frame-out-of-turn", EACCES,
	  SEAL_CODE_MALFORMED },
	{ "two hellos", say_two_hellos, "frame-out-of-turn", EACCES,
	  SEAL_CODE_MALFORMED },
	{ "bad request", say_bad_request, "request-malformed", EACCES,
	  SEAL_CODE_MALFORMED },
	{ "bad authenticator", say_bad_authenticator,
	  "authenticator-malformed", EACCES, SEAL_CODE_MALFORMED },
	{ "oversized authenticator", say_big_authenticator,
	  "frame-malformed", EACCES, SEAL_CODE_MALFORMED },
	{ "largest authenticator", say_largest_authenticator,
	  "authenticator-malformed", EACCES, SEAL_CODE_MALFORMED },
	{ "cannot attest", say_cannot, "peer-cannot-attest", EACCES,
	  SEAL_CODE_ATTESTATION_REQUIRED },
	{ "error", say_error, "peer-error", ETIMEDOUT, -1 },
	{ "half a header", say_half, "tls-failed", ETIMEDOUT, -1 },
	{ "too many ignored", say_ignored_forever, "frame-out-of-turn",
	  EACCES, SEAL_CODE_MALFORMED },
	{ "key update", say_key_update, "tls-misuse", EACCES, -1 },
};

const size_t bad_frame_count = sizeof(bad_frames) / sizeof(bad_frames[0]);
