// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Results in hands that they were not made for. They are no secret: whoever has
 * been shown one, or reads a disk, has it.
 */
#include <stdio.h>
#include <string.h>

#include "plot.h"
#include "../seald/office.h"
#include "../unit/lib/tap.h"
#include "verify/passport.h"
#include "wire/authenticator.h"

void prepare_passports(void)
{
	office_open();
	office_policy("f", "");
	must(!office_issue("f", "") && !office_issue("b", ""), "results");
	office_install("f", "f");
}

/* An authenticator with the result on host @on and a quote of @who. */
static void show(struct plot *p, const char *on, struct att_keys *who)
{
	struct seal_bytes quote = { p->out, 0 };
	char name[16];
	size_t len;

	quote.len = leg_evidence(&p->v, who, true, request_of(p), NULL, p->out, sizeof(p->out));
	snprintf(name, sizeof(name), "%s.cwt", on);
	len = seal_passport_wrap(stolen_file(name), quote, p->cmw, sizeof(p->cmw));
	must(len, "passport");
	answer_with(p, len);
	finish(p);
}

static void begin(struct plot *p, uint8_t modes)
{
	open_victim(p, &(struct leg_how){ 0 });
	p->v.modes = modes;
	be_asked(p, SEAL_HELLO_CAN_ATTEST);
}

static void honest(struct plot *p)
{
	struct att_keys *f = own_machine("f");

	begin(p, SEAL_HELLO_PASSPORT);
	show(p, "f", f);
}

/* The thief of f's TLS key has a good machine, and its result. */
static void result_of_another(struct plot *p)
{
	struct att_keys *b = own_machine("b");

	begin(p, SEAL_HELLO_PASSPORT);
	show(p, "b", b);
}

/* Or f's own result, which anybody may have, and that machine. */
static void quote_of_another(struct plot *p)
{
	struct att_keys *b = own_machine("b");

	begin(p, SEAL_HELLO_PASSPORT);
	show(p, "f", b);
}

/* Or what f has shown her on another connection. */
static void replay(struct plot *p)
{
	struct seal_authenticator auth;
	uint8_t said[SEAL_HELLO_MAX];
	size_t cmw_len, hello_len;

	open_genuine(p, true);
	leg_put_hello(&p->g, SEAL_HELLO_WANTS_PEER);
	hear(p, &p->g, SEAL_FRAME_HELLO);
	leg_put(&p->g, SEAL_FRAME_REQUEST, p->out,
		leg_request(&p->g, SEAL_MODE_PASSPORT, p->out, sizeof(p->out)));
	hear(p, &p->g, SEAL_FRAME_AUTHENTICATOR);
	must(seal_authenticator_decode((struct seal_bytes){ p->body, p->len }, &auth) &&
	     auth.cmw.len && auth.cmw.len <= sizeof(p->cmw), "a passport");
	cmw_len = auth.cmw.len;
	memcpy(p->cmw, auth.cmw.data, cmw_len);
	hello_len = p->g.frames[SEAL_SIDE_SERVER].hello - SEAL_FRAME_HEADER_LEN;
	memcpy(said, p->g.frames[SEAL_SIDE_SERVER].data + SEAL_FRAME_HEADER_LEN, hello_len);
	open_victim(p, &(struct leg_how){ 0 });
	hear(p, &p->v, SEAL_FRAME_HELLO);
	leg_put(&p->v, SEAL_FRAME_HELLO, said, hello_len);
	hear_request(p);
	answer_with(p, cmw_len);
	finish(p);
}

/* Or no machine at all. */
static void result_alone(struct plot *p, uint8_t modes)
{
	const struct seal_cmw record = {
		.type = { (const uint8_t *)SEAL_MEDIA_EAT_CWT, strlen(SEAL_MEDIA_EAT_CWT) },
		.value = stolen_file("f.cwt"), .ind = SEAL_CMW_RESULT,
	};

	begin(p, modes);
	answer_with(p, seal_cmw_encode(&record, p->cmw, sizeof(p->cmw)));
	finish(p);
}

static void of_no_connection(struct plot *p)
{
	result_alone(p, SEAL_HELLO_INTERACTIVE);
}

static void plain(struct plot *p)
{
	result_alone(p, SEAL_HELLO_PLAIN);
}

#define RESULTS	HEAD "key = any\nmode = require\npcrs = sha256:0-9\nverifier = office\nage = 1h\n"
#define INTERACTIVE RESULTS "modes = interactive\n"
#define PLAIN	RESULTS "modes = plain\n"
#define PASSPORTS HEAD "key = any\nmode = require\npcrs = sha256:0-9\nmodes = passport\n" \
	"verifier = office\n"
#define A_SERVER	{ .name = "a", .server = true, .policy = PASSPORTS }
#define B_CLIENT	{ .name = "b", .anonymous = true, .policy = PASSPORTS }
#define F_SERVER	{ .name = "f", .server = true, .policy = PROVES_TO_ANYONE }

const struct attack passports[] = {
	{ "root on the machine, with its passport", honest, A_SERVER, { 0 }, NULL, -1, NULL, NULL,
	  NULL },
	{ "result relay: on another machine", result_of_another, A_SERVER, { 0 },
	  "result-identity", SEAL_CODE_REJECTED, NULL, "result-binding", NULL },
	{ "result relay: another machine quotes", quote_of_another, A_SERVER, { 0 },
	  "result-ak", SEAL_CODE_REJECTED, NULL, "result-binding", NULL },
	{ "result relay: replay of a passport", replay, B_CLIENT, F_SERVER,
	  "quote-not-for-this-connection", SEAL_CODE_REJECTED, NULL, "exporter+hello+request",
	  NULL },
	{ "result relay: made for no connection", of_no_connection,
	  { .name = "a", .server = true, .policy = INTERACTIVE }, { 0 },
	  "result-not-for-this-connection", SEAL_CODE_REJECTED, NULL, "quote-data", NULL },
	{ "result relay: what modes = plain lets pass", plain,
	  { .name = "a", .server = true, .policy = PLAIN }, { 0 }, NULL, -1, NULL, NULL, NULL },
	{ 0 }
};
