// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The exchange of either side, worker and verifier, with a scripted peer. The input
 * says who we are, what policy asks, which lie the peer's proof tells and what fails
 * when; then, octet by octet, what the peer does each time that it is read from. It
 * can play the whole protocol honestly, with keys and a TPM made of software.
 *
 * Whatever it does: nobody is attested by another proof than the honest one of this
 * exchange, the exchange ends, and a failure has one reason and at most one SealError.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "seald/appraise.h"
#include "seald/worker.h"
#include "verify/bind.h"
#include "wire/result.h"
#include "kinds.h"

#define STEPS_MAX	20000u

/* What the peer does next; the rest of the octet is what it needs for that. */
enum op { HONEST, HONEST_TOO, RAW, SHORT, CHANGED, END, IGNORED, COALESCED, ERROR, ASK_LOG, OPS };

enum lie { TRUTH, QUOTE_BIT, OTHER_AK, NO_EVIDENCE, AUTH_BIT, PCR, DIRECTION, EXPORTER,
	   REFUSAL_CERT, CLAIMS, LIES };

enum fault { NOTHING, MEMORY, TPM, TLS_EXPORT, FAULTS };

static struct seal_rules rules[KIND_COUNT][SEAL_SIDE_SERVER + 1];
static struct worker w;
static struct appraisal a;
static struct scene s;

/* The script, and what it made so far. */
static struct seal_reader script;
static enum lie lie;
static enum fault fault;
static unsigned int fault_at, steps, errors, piece;
static size_t kind;
static bool armed, honest_proof, proof_spoiled, faulted, pending, deviated;
static uint8_t out[2 * (SEAL_FRAME_HEADER_LEN + SEAL_FRAME_MAX)];
static size_t out_len, out_at;
static struct seal_log_ask asked;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void holds(bool claim)
{
	if (!claim)
		abort();
}

static bool fails(enum fault kind)
{
	if (!armed || fault != kind || !fault_at || --fault_at)
		return false;
	faulted = true;
	return true;
}

void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);
void *__real_realloc(void *p, size_t n);
void *__wrap_realloc(void *p, size_t n);
time_t __wrap_time(time_t *t);
ssize_t __wrap_getrandom(void *to, size_t len, unsigned int flags);
size_t __wrap_gnutls_record_check_pending(gnutls_session_t session);

void *__wrap_malloc(size_t n)
{
	return fails(MEMORY) ? NULL : __real_malloc(n);
}

void *__wrap_realloc(void *p, size_t n)
{
	return fails(MEMORY) ? NULL : __real_realloc(p, n);
}

time_t __wrap_time(time_t *t)
{
	return NOW;
}

ssize_t __wrap_getrandom(void *to, size_t len, unsigned int flags)
{
	memset(to, 0x77, len);
	return (ssize_t)len;
}

size_t __wrap_gnutls_record_check_pending(gnutls_session_t session)
{
	return pending;
}

/* The peer's frames */

static enum seal_side peer(void)
{
	return seal_side_other(w.job.side);
}

static size_t make_hello(uint8_t *to, size_t size)
{
	struct seal_hello hello = {
		.can_attest = true, .wants_peer = w.plan.attest,
		.consumer = SEAL_CLASS_NFS, .profile = w.plan.profile,
	};

	seal_evidence_offer(&hello);
	hello.modes = SEAL_HELLO_EVIDENCE | SEAL_HELLO_PASSPORT | SEAL_HELLO_INTERACTIVE |
		      SEAL_HELLO_PLAIN;
	memset(hello.random, 2, sizeof(hello.random));
	return seal_hello_encode(&hello, to, size);
}

static size_t make_request(uint8_t *to, size_t size)
{
	static const uint8_t context[SEAL_CONTEXT_LEN] = { 5 };
	uint8_t select[SEAL_PCR_SELECT_MAX];
	struct seal_ask ask;

	holds(seal_policy_ask(&rules[0][peer()].policies.policy[0], peer(), 0, context, select,
			      &ask));
	ask.want_logs = SEAL_WANT_LOG(SEAL_LOG_BOOT);
	return seal_ask_encode(&ask, to, size);
}

static void quote_bit(TPMS_ATTEST *attest)
{
	attest->extraData.buffer[7] ^= 1;
}

static void other_direction(struct seal_bind *bind)
{
	bind->attester = seal_side_other(bind->attester);
}

static void tell(enum lie which)
{
	switch (which) {
	case QUOTE_BIT:
		s.edit_quote = quote_bit;
		break;
	case OTHER_AK:
		s.ak = world()->other_ak;
		break;
	case NO_EVIDENCE:
		s.no_evidence = true;
		break;
	case PCR:
		s.pcr[7][3] ^= 1;
		break;
	case DIRECTION:
		s.edit_bind = other_direction;
		break;
	case EXPORTER:
		s.secret[0] ^= 1;
		break;
	case REFUSAL_CERT:
		s.tls_cert = world()->our_cert;
		break;
	case CLAIMS:
		s.claims.consumer = SEAL_CLASS_NVME;
		break;
	default:
		break;
	}
}

/*
 * Does this lie make a difference? A result alone says nothing of a quote, one that is
 * not of this connection nothing of that, and the draft's binding has no direction.
 */
static bool is_told(void)
{
	switch (lie) {
	case TRUTH:
		return false;
	case QUOTE_BIT:
	case OTHER_AK:
	case PCR:
	case CLAIMS:
		return s.ask.mode == SEAL_MODE_EVIDENCE || s.ask.mode == SEAL_MODE_PASSPORT;
	case DIRECTION:
		return s.ask.mode != SEAL_MODE_PLAIN && !s.expat;
	case EXPORTER:
		return s.ask.mode != SEAL_MODE_PLAIN;
	default:
		return true;
	}
}

/* The proof of this very exchange: of the frames that were really sent. */
static size_t make_authenticator(uint8_t *to, size_t size)
{
	struct seal_bytes request = { w.ex.request, w.ex.request_len };
	struct seal_bytes client = exchange_hello(&w, SEAL_SIDE_CLIENT);
	struct seal_bytes server = exchange_hello(&w, SEAL_SIDE_SERVER);
	struct seal_bytes ours = exchange_hello(&w, peer());
	struct seal_hello said;

	scene_init(&s);
	s.role = w.job.side;
	s.batch = 1;
	s.client_frame.len = client.len;
	memcpy(s.client_frame.data, client.data, client.len);
	s.server_frame.len = server.len;
	memcpy(s.server_frame.data, server.data, server.len);
	s.request.len = request.len;
	memcpy(s.request.data, request.data, request.len);
	if (!seal_ask_decode(of(&s.request), &s.ask))
		return 0;
	ours.data += SEAL_FRAME_HEADER_LEN;
	ours.len -= SEAL_FRAME_HEADER_LEN;
	holds(seal_hello_decode(ours, &said));
	s.claims = (struct seal_claims){ said.consumer, said.uid, peer() };
	memset(s.secret, 3, sizeof(s.secret));
	memset(&s.keys, 4, sizeof(s.keys));
	kind_machine(&a.rules, &s);
	tell(lie);
	if (!scene_prove(&s) || s.auth_len > size)
		return 0;
	if (lie == AUTH_BIT)
		s.auth_raw[seal_get_u16(&script) % s.auth_len] ^= 1 << seal_get_u8(&script) % 8;
	memcpy(to, s.auth_raw, s.auth_len);
	/* One that was spoiled before and ignored is none. */
	honest_proof = !is_told();
	proof_spoiled = false;
	return s.auth_len;
}

/* What was asked for, or a piece of it. */
static size_t make_log(uint8_t *to, size_t size)
{
	const struct seal_log_ask *ask = &asked;
	struct seal_bytes log = kind_log(ask->log);
	size_t left = ask->from < log.len ? log.len - ask->from : 0;
	size_t max = piece && piece < ask->max ? piece : ask->max;
	struct seal_log_piece p = {
		.log = ask->log, .offset = ask->from, .final = left <= max,
		.data = { left ? log.data + ask->from : NULL, left < max ? left : max },
	};

	return seal_log_piece_encode(&p, to, size);
}

static size_t make_result(uint8_t *to, size_t size)
{
	struct seal_result result = { .attester = w.job.side, .valid_for = 60 };

	seal_result_encode(&result, to);
	return SEAL_RESULT_LEN;
}

static size_t make_done(uint8_t *to, size_t size)
{
	struct seal_bytes parts[2] = {
		{ w.ex.log[SEAL_SIDE_CLIENT].data, w.ex.log[SEAL_SIDE_CLIENT].len },
		{ w.ex.log[SEAL_SIDE_SERVER].data, w.ex.log[SEAL_SIDE_SERVER].len },
	};
	struct seal_done done = { 0 };

	holds(seal_hash_parts(SEAL_HASH_SHA256, parts, 2, done.transcript));
	seal_done_encode(&done, to);
	return SEAL_DONE_LEN;
}

static size_t (*const make[])(uint8_t *to, size_t size) = {
	[SEAL_FRAME_HELLO] = make_hello,
	[SEAL_FRAME_REQUEST] = make_request,
	[SEAL_FRAME_AUTHENTICATOR] = make_authenticator,
	[SEAL_FRAME_LOG_DATA] = make_log,
	[SEAL_FRAME_RESULT] = make_result,
	[SEAL_FRAME_DONE] = make_done,
};

/* Into @out, header included. */
static void put(uint8_t type, size_t len)
{
	struct seal_frame frame = { .type = type, .length = len };

	seal_frame_encode(&frame, out);
	out_len = SEAL_FRAME_HEADER_LEN + len;
	out_at = 0;
}

static void put_due(void)
{
	enum seal_frame_type due = seal_turn_frame(&w.ex.turn);

	/* In the middle of what was cut short it may be nobody's turn. */
	if (due >= sizeof(make) / sizeof(make[0]) || !make[due])
		due = SEAL_FRAME_DONE;
	put(due, make[due](out + SEAL_FRAME_HEADER_LEN, SEAL_FRAME_MAX));
}

static void put_raw(uint8_t type)
{
	struct seal_bytes body = seal_get_bytes(&script, seal_get_u8(&script) % 64);

	if (body.len)
		memcpy(out + SEAL_FRAME_HEADER_LEN, body.data, body.len);
	put(type, body.len);
}

static void put_ask(void)
{
	const struct seal_log_ask ask = { .log = SEAL_LOG_BOOT, .max = 100 };

	seal_log_ask_encode(&ask, out + SEAL_FRAME_HEADER_LEN);
	put(SEAL_FRAME_LOG_REQUEST, SEAL_LOG_REQUEST_MAX);
}

/* The due one, and not as it should be. */
static void put_spoiled(void)
{
	bool proof = seal_turn_frame(&w.ex.turn) == SEAL_FRAME_AUTHENTICATOR;

	put_due();
	proof_spoiled |= proof;
}

/* False: the peer is gone. */
static bool act(void)
{
	bool ended = script.bad || !script.left;
	uint8_t octet = seal_get_u8(&script);
	enum op op = ended ? END : octet % OPS;

	deviated |= op != HONEST && op != HONEST_TOO && op != IGNORED;
	switch (op) {
	case RAW:
		put_raw(octet / OPS < 24 ? octet / OPS : SEAL_FRAME_AUTHENTICATOR);
		return true;
	case SHORT:
		put_spoiled();
		out_len -= 1 + octet / OPS < out_len ? 1 + octet / OPS : out_len - 1;
		return true;
	case CHANGED:
		put_spoiled();
		out[seal_get_u16(&script) % out_len] ^= 1 << octet / OPS % 8;
		return true;
	case END:
		return false;
	case IGNORED:
		put_raw(0x80 | octet);
		return true;
	case COALESCED:
		put_due();
		pending = true;
		return true;
	case ERROR:
		put_raw(SEAL_FRAME_ERROR);
		return true;
	case ASK_LOG:
		put_ask();
		return true;
	default:
		piece = 16 * (octet / OPS);
		put_due();
		return true;
	}
}

/* TLS, of which only the octets are left. */

int tls_recv(struct tls *tls, void *data, size_t len)
{
	uint8_t *to = data;

	while (len) {
		size_t n = out_len - out_at < len ? out_len - out_at : len;
		bool was_armed = armed, there = true;

		holds(++steps < STEPS_MAX);
		memcpy(to, out + out_at, n);
		out_at += n;
		to += n;
		len -= n;
		if (out_at < out_len)
			continue;
		armed = false;
		if (len)
			there = act();
		armed = was_armed;
		if (!there)
			return GNUTLS_E_PREMATURE_TERMINATION;
	}
	return 0;
}

int tls_send(struct tls *tls, const void *data, size_t len)
{
	const uint8_t *frame = data;

	holds(++steps < STEPS_MAX && !errors && len >= SEAL_FRAME_HEADER_LEN);
	errors += frame[0] == SEAL_FRAME_ERROR;
	return 0;
}

void tls_drain(struct tls *tls, uint64_t until)
{
}

enum seal_hash tls_hash(const struct tls *tls)
{
	return SEAL_HASH_SHA256;
}

struct seal_bytes tls_peer_leaf(const struct tls *tls)
{
	return of(&world()->tls_cert);
}

bool tls_export(const struct tls *tls, const char *label, struct seal_bytes context,
		uint8_t *to, size_t len)
{
	struct scene same;

	if (fails(TLS_EXPORT))
		return false;
	memset(to, 4, len);
	if (!context.len)
		return true;
	memset(same.secret, 3, sizeof(same.secret));
	if (context.len == SEAL_CONTEXT_LEN)
		return seal_hmac(SEAL_HASH_SHA256, (struct seal_bytes){
					same.secret, sizeof(same.secret) }, context, to);
	return scene_export(&same, context.data, to);
}

/* The attester: answers like one, or not at all. */

static int answer(void)
{
	static const int errs[] = { -EBUSY, -ETIMEDOUT, -EPIPE, -EPROTO };

	return fails(TPM) ? errs[fault_at % 4] : 0;
}

int attester_bind(struct attester_channel *at, const struct att_bind *bind,
		  uint8_t context[ATT_BIND_CONTEXT])
{
	memset(context, 6, ATT_BIND_CONTEXT);
	return answer();
}

int attester_claim_begin(struct attester_channel *at, struct seal_bytes pcr_select,
			 enum seal_hash suite, const uint8_t ekm[32])
{
	return answer();
}

int attester_claim_end(struct attester_channel *at, bool wait, uint8_t *cmw, size_t *len)
{
	memset(cmw, 7, *len = 500);
	return answer();
}

int attester_sign_ea_begin(struct attester_channel *at, struct seal_bytes transcript)
{
	return answer();
}

int attester_sign_ea_end(struct attester_channel *at, bool wait, uint8_t sig[ATT_MAX_SIG],
			 size_t *len)
{
	memset(sig, 8, *len = 70);
	return answer();
}

int attester_log(struct attester_channel *at, const struct seal_log_ask *ask,
		 uint8_t *data, size_t *len, bool *final)
{
	memset(data, 9, *len = ask->max < 200 ? ask->max : 200);
	*final = true;
	return answer();
}

/* The rest of the worker, and the verifier without messages between them. */

int worker_fail(struct worker *worker, enum seal_reason reason, bool transient,
		const char *fmt, ...)
{
	holds(reason != SEAL_REASON_UNSET && reason != SEAL_REASON_ACCEPTED);
	if (!w.has_failed && !w.refused)
		w.failed.reason = reason;
	w.has_failed |= !w.refused;
	return -1;
}

int worker_fail_tls(struct worker *worker, int err)
{
	return worker_fail(worker, SEAL_REASON_TLS, true, "gone");
}

static int refused(void)
{
	/* A verifier whose worker failed beneath its question is not heard. */
	if (w.has_failed)
		return -1;
	holds(a.verdict.reason != SEAL_REASON_UNSET && a.verdict.reason != SEAL_REASON_ACCEPTED &&
	     !a.verdict.accepted && !a.verdict.attested);
	w.refused = true;
	w.refuse.code = seal_reason_code(a.verdict.reason);
	holds(w.refuse.code != SEAL_CODE_OK);
	return -1;
}

int worker_ask(struct worker *worker, enum ipc_type type, struct seal_bytes body,
	       enum ipc_type expect)
{
	struct ipc_hellos hellos;

	holds(type == IPC_HELLOS && ipc_hellos_decode(body, &hellos));
	switch (appraise_hellos(&a, &hellos)) {
	case SEAL_DECIDE_ATTESTED:
		w.msg.body = (struct seal_bytes){ a.request, a.request_len };
		return 0;
	case SEAL_DECIDE_PLAIN:
		w.msg.body.len = 0;
		return 0;
	default:
		return refused();
	}
}

static bool export_binder(void *arg, const uint8_t context[SEAL_BIND_LEN],
			  uint8_t ekm[SEAL_SHA256_LEN])
{
	return tls_export(&w.tls, SEAL_LABEL_BINDER, (struct seal_bytes){
				context, SEAL_BIND_LEN }, ekm, SEAL_SHA256_LEN);
}

static bool export_expat(void *arg, const uint8_t context[SEAL_CONTEXT_LEN],
			 uint8_t ekm[SEAL_SHA256_LEN])
{
	return tls_export(&w.tls, SEAL_LABEL_EXPAT, (struct seal_bytes){
				context, SEAL_CONTEXT_LEN }, ekm, SEAL_SHA256_LEN);
}

static bool ask_log(void *arg, const struct seal_log_ask *ask, struct seal_bytes *data_ret)
{
	uint8_t body[SEAL_LOG_REQUEST_MAX];

	asked = *ask;
	seal_log_ask_encode(ask, body);
	return !exchange_log(&w, (struct seal_bytes){ body, sizeof(body) }, data_ret);
}

int judge(struct worker *worker, struct seal_bytes body)
{
	static const struct appraise_ask ask = {
		.exporter = export_binder, .expat = export_expat, .log = ask_log };
	static uint8_t copy[SEAL_FRAME_MAX];
	uint8_t key[SEAL_SHA256_LEN];
	const struct ipc_authenticator m = {
		.our_cert = of(&world()->our_cert),
		.handshake_context = { key, sizeof(key) },
		.finished_key = { key, sizeof(key) },
		.body = { copy, body.len },
	};

	memset(key, 4, sizeof(key));
	memcpy(copy, body.data, body.len);
	if (appraise_authenticator(&a, &m, &ask, NULL) == SEAL_DECIDE_REFUSE || w.has_failed)
		return refused();
	w.ex.valid_for = 60;
	return 0;
}

/* One run */

static void load(void)
{
	for (size_t i = 0; i < KIND_COUNT; i++)
		for (int side = SEAL_SIDE_CLIENT; side <= SEAL_SIDE_SERVER; side++)
			kind_rules(i, (enum seal_side)side, &rules[i][side]);
}

static void begin(const struct seal_rules *by, enum seal_side side)
{
	static uint8_t chain[5000];
	const struct ipc_peer seal = { .complete = true, .seal = true };
	const struct seal_bytes certs[1] = { of(&world()->tls_cert) };
	size_t len = seal_chain_encode(certs, 1, chain, sizeof(chain));

	memset(&w, 0, sizeof(w));
	memset(&a, 0, sizeof(a));
	w.job.side = a.job.side = a.query.role = side;
	w.job.class = a.job.class = SEAL_CLASS_NFSD;
	a.job.auth = IPC_AUTH_X509;
	a.job.has_attester = true;
	w.tls.sent_cert = true;
	w.attester.identity.modes = SEAL_HELLO_EVIDENCE;
	w.attester.identity.sig_scheme = SEAL_SCHEME_P256;
	w.attester.certs[0] = of(&world()->our_cert);
	w.attester.cert_count = 1;
	a.rules = *by;
	a.query.family = 4;
	a.has_reference = side == SEAL_SIDE_CLIENT;
	holds(seal_identity_of_name("server.example.org", &a.reference));
	holds(appraise_chain(&a, (struct seal_bytes){ chain, len }) != SEAL_DECIDE_REFUSE &&
	     appraise_peer(&a, &seal, &w.plan) != SEAL_DECIDE_REFUSE);
	out_len = out_at = steps = errors = piece = 0;
	asked = (struct seal_log_ask){ .log = SEAL_LOG_BOOT, .max = SEAL_LOG_PIECE_MAX };
	honest_proof = proof_spoiled = faulted = pending = deviated = false;
}

static void check(int err)
{
	bool proof = honest_proof && !proof_spoiled;

	holds(!a.verdict.attested || proof);
	holds(!err == seal_turn_complete(&w.ex.turn) || err);
	if (err) {
		holds(w.refused != w.has_failed);
		holds(errors <= 1 && (!w.ex.ended || !errors));
		/* An honest peer and a host without faults understand each other. */
		holds(deviated || faulted || lie != TRUTH);
		return;
	}
	holds(!errors && !w.refused && !w.has_failed && a.verdict.accepted);
	if (a.policy->mode == SEAL_POLICY_REQUIRE)
		holds(a.verdict.attested && proof);
	/* Nor does policy let the truth pass as nothing. */
	if (lie == TRUTH && !deviated && !faulted && seal_policy_wants(a.policy))
		holds(a.verdict.attested);
}

static void end(void)
{
	free(w.ex.log[SEAL_SIDE_CLIENT].data);
	free(w.ex.log[SEAL_SIDE_SERVER].data);
	for (size_t i = 0; i < SEAL_LOG_COUNT; i++)
		free(a.log[i].data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum seal_side side;
	int err;

	if (!rules[0][SEAL_SIDE_CLIENT].x509)
		load();
	script = seal_reader(data, size);
	side = seal_get_u8(&script) % 2 ? SEAL_SIDE_SERVER : SEAL_SIDE_CLIENT;
	kind = seal_get_u8(&script) % KIND_COUNT;
	lie = seal_get_u8(&script) % LIES;
	fault = seal_get_u8(&script) % FAULTS;
	fault_at = seal_get_u8(&script);
	begin(&rules[kind][side], side);
	armed = true;
	err = exchange_run(&w);
	armed = false;
	check(err);
	end();
	return 0;
}
