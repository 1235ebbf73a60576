// SPDX-License-Identifier: GPL-2.0-or-later
/* Evidence of an honest machine, made for another than the victim. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "logs.h"
#include "../unit/lib/tap.h"
#include "verify/bind.h"
#include "wire/authenticator.h"
#include "wire/result.h"

/* The evidence in the authenticator that is in @body, to @cmw. */
static size_t take_evidence(struct plot *p)
{
	struct seal_authenticator auth;

	must(seal_authenticator_decode((struct seal_bytes){ p->body, p->len }, &auth) &&
	     auth.cmw.len && auth.cmw.len <= sizeof(p->cmw), "evidence of an honest host");
	memcpy(p->cmw, auth.cmw.data, auth.cmw.len);
	return auth.cmw.len;
}

/* Changes what goes from the victim to the honest host, or back. */
typedef void edit_fn(struct plot *p);

static void as_it_is(struct plot *p)
{
}

static void forward(struct plot *p, struct leg *from, struct leg *to, uint8_t type,
		    edit_fn *edit)
{
	hear(p, from, type);
	if (type == SEAL_FRAME_REQUEST) {
		memcpy(p->request, p->body, p->len);
		p->request_len = p->len;
	}
	edit(p);
	leg_put(to, type, p->body, p->len);
}

/* All frames between the two; only the authenticator is signed anew. */
static void relay_proof(struct plot *p, bool anonymous, edit_fn *to_server,
			edit_fn *to_client, edit_fn *ask)
{
	open_genuine(p, anonymous);
	open_victim(p, &(struct leg_how){ 0 });
	forward(p, &p->v, &p->g, SEAL_FRAME_HELLO, to_server);
	forward(p, &p->g, &p->v, SEAL_FRAME_HELLO, to_client);
	forward(p, &p->v, &p->g, SEAL_FRAME_REQUEST, ask);
	hear(p, &p->g, SEAL_FRAME_AUTHENTICATOR);
	answer_with(p, take_evidence(p));
}

static void relay(struct plot *p, bool anonymous, edit_fn *to_server, edit_fn *to_client,
		  edit_fn *ask)
{
	relay_proof(p, anonymous, to_server, to_client, ask);
	finish(p);
}

static void relay_file_key(struct plot *p)
{
	relay(p, true, as_it_is, as_it_is, as_it_is);
}

static FILE *open_beside(const char *name, const char *how)
{
	char path[300];

	snprintf(path, sizeof(path), "%s/%s", getenv("SEALD_HOSTS"), name);
	return fopen(path, how);
}

/* What the victim's worker wants to know, if it works for her. */
static bool wanted(uint8_t context[SEAL_BIND_LEN])
{
	FILE *f = open_beside("wanted", "r");
	bool there = f && !fseek(f, SEAL_BIND_LEN, SEEK_SET) && fgetc(f) == 1;

	/* Not with one look: it may be written at the time. */
	if (there)
		rewind(f);
	there = there && fread(context, 1, SEAL_BIND_LEN, f) == SEAL_BIND_LEN;

	if (f)
		fclose(f);
	return there;
}

static void give(const struct leg *leg, const uint8_t context[SEAL_BIND_LEN])
{
	uint8_t ekm[SEAL_SHA256_LEN];
	FILE *f = open_beside("given", "w");

	must(!gnutls_prf_rfc5705(leg->tls, strlen(SEAL_LABEL_BINDER), SEAL_LABEL_BINDER,
				 SEAL_BIND_LEN, (const char *)context, sizeof(ekm), (char *)ekm),
	     "exporter");
	must(f && fwrite(ekm, 1, sizeof(ekm), f) == sizeof(ekm) && !fclose(f), "given");
}

/*
 * The relay above, and a worker of the victim that brings the exporter of her session.
 * The control is no defence of ours: it shows what threat-model.rst says of such a worker.
 */
static void relay_with_worker(struct plot *p)
{
	struct pollfd answer = { .fd = p->victim, .events = POLLIN };
	uint8_t context[SEAL_BIND_LEN];

	relay_proof(p, true, as_it_is, as_it_is, as_it_is);
	while (!wanted(context))
		if (poll(&answer, 1, 10))
			break;
	if (wanted(context))
		give(&p->g, context);
	finish(p);
}

/* Both ends are authenticated, each to her. */
static void unknown_key_share(struct plot *p)
{
	relay(p, false, as_it_is, as_it_is, as_it_is);
}

static void flip_last(struct plot *p)
{
	p->body[p->len - 1] ^= 1;
}

static void downgrade_hello(struct plot *p)
{
	relay(p, true, flip_last, as_it_is, as_it_is);
}

static void other_consumer(struct plot *p)
{
	p->body[3] = SEAL_CLASS_NVME;
}

static void downgrade_consumer(struct plot *p)
{
	relay(p, true, as_it_is, other_consumer, as_it_is);
}

/* The victim takes four schemes; the honest host is to see one. */
static void fewer_schemes(struct plot *p)
{
	struct seal_ask ask;
	uint8_t copy[SEAL_REQUEST_MAX];

	memcpy(copy, p->body, p->len);
	must(seal_ask_decode((struct seal_bytes){ copy, p->len }, &ask) &&
	     ask.scheme_count > 1, "request");
	ask.scheme_count = 1;
	p->len = seal_ask_encode(&ask, p->body, sizeof(p->body));
}

static void downgrade_request(struct plot *p)
{
	relay(p, true, as_it_is, as_it_is, fewer_schemes);
}

static void no_logs(struct plot *p)
{
	struct seal_ask ask;
	uint8_t copy[SEAL_REQUEST_MAX];

	memcpy(copy, p->body, p->len);
	must(seal_ask_decode((struct seal_bytes){ copy, p->len }, &ask) && ask.want_logs,
	     "request");
	ask.want_logs = 0;
	p->len = seal_ask_encode(&ask, p->body, sizeof(p->body));
}

/* The honest host is not to know that its log was asked for: she has a nicer one. */
static void strip_want_logs(struct plot *p)
{
	uint8_t log[256];

	open_genuine(p, true);
	open_victim(p, &(struct leg_how){ 0 });
	forward(p, &p->v, &p->g, SEAL_FRAME_HELLO, as_it_is);
	forward(p, &p->g, &p->v, SEAL_FRAME_HELLO, as_it_is);
	forward(p, &p->v, &p->g, SEAL_FRAME_REQUEST, no_logs);
	hear(p, &p->g, SEAL_FRAME_AUTHENTICATOR);
	answer_with_log(p, take_evidence(p), (struct seal_bytes){
				log, boot_log(0, EV_NO_ACTION, 0, log, sizeof(log)) }, NULL);
}

/* An earlier connection of her own to the honest host, and its evidence. */
static size_t record_evidence(struct plot *p)
{
	open_genuine(p, true);
	leg_put_hello(&p->g, SEAL_HELLO_WANTS_PEER);
	hear(p, &p->g, SEAL_FRAME_HELLO);
	leg_put(&p->g, SEAL_FRAME_REQUEST, p->out,
		leg_request(&p->g, SEAL_MODE_EVIDENCE, p->out, sizeof(p->out)));
	hear(p, &p->g, SEAL_FRAME_AUTHENTICATOR);
	return take_evidence(p);
}

static void replay_across(struct plot *p)
{
	size_t cmw_len = record_evidence(p), hello_len;
	uint8_t said[SEAL_HELLO_MAX];

	hello_len = p->g.frames[SEAL_SIDE_SERVER].hello - SEAL_FRAME_HEADER_LEN;
	memcpy(said, p->g.frames[SEAL_SIDE_SERVER].data + SEAL_FRAME_HEADER_LEN, hello_len);
	open_victim(p, &(struct leg_how){ 0 });
	hear(p, &p->v, SEAL_FRAME_HELLO);
	leg_put(&p->v, SEAL_FRAME_HELLO, said, hello_len);
	hear(p, &p->v, SEAL_FRAME_REQUEST);
	memcpy(p->request, p->body, p->len);
	p->request_len = p->len;
	answer_with(p, cmw_len);
	finish(p);
}

/* The victim proves itself first, and gets its own proof back. */
static void reflect(struct plot *p)
{
	struct seal_result result = { .attester = SEAL_SIDE_CLIENT, .valid_for = 60 };
	uint8_t body[SEAL_RESULT_LEN];
	size_t cmw_len;

	open_victim(p, &(struct leg_how){ 0 });
	be_asked(p, SEAL_HELLO_CAN_ATTEST | SEAL_HELLO_WANTS_PEER);
	/* Her question is the victim's own, but for the type of message. */
	memcpy(p->out, p->request, p->request_len);
	p->out[0] = SEAL_HS_CERTIFICATE_REQUEST;
	leg_put(&p->v, SEAL_FRAME_REQUEST, p->out, p->request_len);
	hear(p, &p->v, SEAL_FRAME_AUTHENTICATOR);
	cmw_len = take_evidence(p);
	seal_result_encode(&result, body);
	leg_put(&p->v, SEAL_FRAME_RESULT, body, sizeof(body));
	answer_with(p, cmw_len);
	finish(p);
}

#define NOT_HERE	"quote-not-for-this-connection"
#define REJECTED	SEAL_CODE_REJECTED
/* b wants f; f proves itself to anyone. */
#define B_CLIENT	{ .name = "b", .anonymous = true, .policy = ANY_KEY }
#define F_SERVER	{ .name = "f", .server = true, .policy = PROVES_TO_ANYONE }
#define F_CLIENT	{ .name = "f", .policy = ANY_KEY }
#define F_OWN_AK	{ .name = "f", .policy = ANY_KEY "own-ak = allow\n" }

const struct attack relays[] = {
	{ "relay with the stolen TLS key", relay_file_key, B_CLIENT, F_SERVER,
	  NOT_HERE, REJECTED, NULL, "exporter", NULL },
	{ "a worker of the victim lies for its peer", relay_with_worker, B_CLIENT, F_SERVER,
	  NOT_HERE, REJECTED, NULL, "own-session", NULL },
	{ "unknown key share", unknown_key_share,
	  { .name = "b", .policy = ANY_KEY }, F_SERVER,
	  NOT_HERE, REJECTED, "exporter", "certs", NULL },
	{ "downgrade of SealHello", downgrade_hello, B_CLIENT, F_SERVER,
	  NOT_HERE, REJECTED, "exporter", "hello", NULL },
	{ "downgrade of the consumer", downgrade_consumer, B_CLIENT, F_SERVER,
	  "claims-differ", REJECTED, "exporter+hello", "claims", NULL },
	{ "downgrade of AuthRequest", downgrade_request, B_CLIENT, F_SERVER,
	  NOT_HERE, REJECTED, "exporter", "request", NULL },
	{ "downgrade of AuthRequest, no logs", strip_want_logs,
	  { .name = "b", .anonymous = true, .policy = ANY_KEY "logs = boot\n" }, F_SERVER,
	  NOT_HERE, REJECTED, "exporter", "request", NULL },
	{ "replay across connections", replay_across, B_CLIENT, F_SERVER,
	  NOT_HERE, REJECTED, NULL, "exporter+hello+request", NULL },
	{ "replay, another request", replay_across, B_CLIENT, F_SERVER,
	  NOT_HERE, REJECTED, "exporter+hello", "request", NULL },
	{ "reflection", reflect, F_CLIENT, { 0 },
	  "ak-is-our-own", REJECTED, NULL, "own-ak+role+request+claims", NULL },
	{ "reflection, own AK allowed", reflect, F_OWN_AK, { 0 },
	  NOT_HERE, REJECTED, NULL, "role+request+claims", NULL },
	{ "reflection, the role alone stops it", reflect, F_OWN_AK, { 0 },
	  NOT_HERE, REJECTED, "request+claims", "role", NULL },
	{ "reflection, the claims alone stop it", reflect, F_OWN_AK, { 0 },
	  "claims-differ", REJECTED, "role+request", "claims", NULL },
	{ 0 }
};
