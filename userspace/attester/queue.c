// SPDX-License-Identifier: GPL-2.0-or-later
/* Who is next at the TPM, and what comes of it. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <gnutls/crypto.h>

#include "attester/server_private.h"
#include "seald/ipc.h"
#include "seald/log.h"

/*
 * Claims gather while signatures are made, up to so many and so long: with the
 * TLS key in the TPM, whose signatures are the bound, quotes take one
 * twentieth of its time.
 */
#define SIGNS_PER_QUOTE	20u
#define CLAIM_WAIT_NS	1000000000ull
#define FAILURES_MAX	3u		/* in a row: the TPM or its keys changed */
/* No more than this is believed of one operation: what was slow once may never be again. */
#define OP_MAX_NS	2000000000ull

static bool failed(struct conn *c, const char *why)
{
	seald_log(LOG_ERR, "handshake %llu: %s", (unsigned long long)c->ch.handshake, why);
	return conn_status(c, ATT_FAILED);
}

/* What the TPM did, or did not do. */
static void count_failure(struct att_server *s, enum att_job_kind kind, int ret)
{
	switch (ret) {
	case 0:
		s->failures = 0;
		break;
	case -EINVAL:		/* a peer can ask for that */
	case -EAGAIN:		/* a PCR that is extended all the time */
		break;
	case -ENOTSUP:		/* a bank that this TPM does not have: a peer, too */
		s->failures += kind != ATT_JOB_QUOTE;
		break;
	case -EACCES:
	case -ENOENT:		/* the key was replaced: a new start has to load that */
		s->failures = FAILURES_MAX;
		break;
	default:
		s->failures++;
	}
	if (s->failures >= FAILURES_MAX)
		s->broken = true;
}

static bool signed_by(struct conn *c, const uint8_t *data, size_t len)
{
	struct att_signature sig = { .status = ATT_OK, .length = (uint32_t)len };
	const enum att_type type = c->waiting;

	c->waiting = ATT_NONE;
	memcpy(sig.sig, data, len);
	return conn_granted(c, type, &sig, sizeof(sig), NULL, 0);
}

/* A key in memory waits for nobody, and says nothing of the TPM. */
static bool sign_now(struct att_server *s, struct conn *c)
{
	uint8_t sig[ATT_MAX_SIG];
	size_t len;
	int ret;

	if (c->guest)
		ret = att_key_sign(c->guest->key, c->ch.digest, c->guest->self.hash_len, sig, &len);
	else
		ret = att_keys_sign(s->keys, c->ch.digest, sig, &len);
	if (!ret)
		return signed_by(c, sig, len);
	c->waiting = ATT_NONE;
	return failed(c, "the key file does not sign");
}

static bool wants_sign(const struct conn *c)
{
	return c->waiting == ATT_SIGN_TLS || c->waiting == ATT_SIGN_EA;
}

/* May @c share a quote with @first? What expat quotes is no tree. */
static bool shares(const struct conn *c, const struct conn *first)
{
	return c->ch.profile == SEAL_PROFILE_SEAL1 &&
	       first->ch.profile == SEAL_PROFILE_SEAL1 &&
	       c->ch.selection.bank == first->ch.selection.bank &&
	       c->ch.selection.mask == first->ch.selection.mask;
}

static bool wants_quote(const struct conn *c)
{
	return c->waiting == ATT_CLAIM && !c->at_tpm;
}

/* Is it the first of those that will share a quote? */
static bool leads(const struct att_server *s, const struct conn *c)
{
	for (const struct conn *other = s->conn; other < c; other++)
		if (wants_quote(other) && shares(other, c))
			return false;
	return true;
}

/* Until all who wait for one have it; those who share one with @own have his. */
static uint64_t quotes_before(const struct att_server *s, const struct conn *own)
{
	uint64_t quotes = 0;

	for (const struct conn *c = s->conn; c < s->conn + s->count; c++)
		quotes += wants_quote(c) && !shares(c, own) && leads(s, c);
	return quotes;
}

/* Operations of the TPM until such a request of @c, if it came now, is answered. */
static uint64_t queue_length(const struct att_server *s, const struct conn *c,
			     enum att_type type)
{
	uint64_t signs = 0, quotes = 0;
	size_t i;

	for (i = 0; i < s->count; i++)
		signs += wants_sign(&s->conn[i]);
	if (type == ATT_CLAIM) {
		quotes = quotes_before(s, c);
		if (signs > SIGNS_PER_QUOTE * (quotes + 1))
			signs = SIGNS_PER_QUOTE * (quotes + 1);
	}
	return signs + quotes + (s->batch.n != 0) + 1;
}

static bool in_time(const struct att_server *s, const struct conn *c, enum att_type type,
		    uint64_t now)
{
	uint64_t operations = queue_length(s, c, type);

	/* A TPM that nobody wants is tried, or nothing would show that it is fast again. */
	if (operations == 1 && att_engine_idle(s->engine))
		return true;
	return now + operations * s->op_ns <= c->ch.deadline;
}

/*
 * Who cannot be served in time is told so at once, and the TPM's time goes to
 * others. A last signature is always tried.
 */
bool queue_add(struct att_server *s, struct conn *c, enum att_type type)
{
	const bool memory = type != ATT_CLAIM && (c->guest || !s->keys->key_in_tpm);
	const uint64_t now = ipc_now();

	if (type != ATT_SIGN_EA && !memory && !in_time(s, c, type, now))
		return conn_status(c, ATT_BUSY);
	c->waiting = type;
	c->since = now;
	c->turn = s->turn++;
	return memory ? sign_now(s, c) : true;
}

/* The last step of a handshake goes first, then who waits longest. */
static bool before(const struct conn *a, const struct conn *b)
{
	return a->waiting != b->waiting ? a->waiting == ATT_SIGN_EA : a->turn < b->turn;
}

static struct conn *longest_sign(struct att_server *s)
{
	struct conn *c, *found = NULL;

	for (c = s->conn; c < s->conn + s->count; c++)
		if (wants_sign(c) && (!found || before(c, found)))
			found = c;
	return found;
}

/* The claim that waits longest, of those that share a quote with @first, or of all. */
static struct conn *longest_claim(struct att_server *s, const struct conn *first)
{
	struct conn *c, *found = NULL;

	for (c = s->conn; c < s->conn + s->count; c++)
		if (wants_quote(c) && (!found || c->turn < found->turn) &&
		    (!first || shares(c, first)))
			found = c;
	return found;
}

static bool random_bytes(void *out, size_t len)
{
	return !gnutls_rnd(GNUTLS_RND_RANDOM, out, len);
}

/* @first, and as many as may share a quote with it. */
static uint32_t gather(struct att_server *s, struct conn *first,
		       uint8_t (*claim)[SEAL_SHA256_LEN])
{
	struct conn *c = first;
	uint32_t n = 0;

	for (; c && n < s->keys->batch; c = longest_claim(s, first)) {
		c->at_tpm = true;
		c->leaf = n;
		memcpy(claim[n++], c->ch.claim, SEAL_SHA256_LEN);
	}
	return n;
}

/* What a connection gets of the batch, in the mode that it is bound to. */
static size_t produce(const struct att_server *s, const struct conn *c,
		      const union att_proof *proof, uint8_t cmw[ATT_MAX_EVIDENCE])
{
	const struct seal_bytes claims = { c->ch.claims, c->ch.claims_len };
	size_t len = s->type->produce(s->keys, proof, &s->batch, c->leaf, claims, cmw,
				      ATT_MAX_EVIDENCE);

	return c->ch.mode == SEAL_MODE_PASSPORT ? att_result_join(&s->keys->result, cmw, len)
						: len;
}

/* What the batch or the lack of one means for those that wait for it. */
static void deliver(struct att_server *s, const struct att_job *job)
{
	static uint8_t cmw[ATT_MAX_EVIDENCE];
	struct conn *c;
	size_t len;
	bool ok;

	for (c = s->conn; c < s->conn + s->count; c++) {
		if (c->waiting != ATT_CLAIM || !c->at_tpm)
			continue;
		c->waiting = ATT_NONE;
		c->at_tpm = false;
		len = job->ret ? 0 : produce(s, c, &job->proof, cmw);
		ok = !len ? failed(c, job->error) :
		     c->ch.mode == SEAL_MODE_INTERACTIVE ? refer_begin(s, c, cmw, len) :
		     conn_claim(c, cmw, len);
		if (!ok)
			shutdown(c->fd, SHUT_RDWR);	/* poll() reports it, drop() follows */
	}
	s->claims += s->batch.count;
	att_batch_free(&s->batch);
}

static void set_data(struct att_job *job, const uint8_t *data, size_t len)
{
	memcpy(job->data, data, len);
	job->data_len = len;
}

static void quote(struct att_server *s, struct conn *first)
{
	static const struct att_job none = { .ret = -ENOMEM, .error = "out of memory" };
	static uint8_t claim[CONNS_MAX][SEAL_SHA256_LEN];
	struct att_job *job = att_engine_job(s->engine);
	uint32_t count;

	s->signs = 0;
	job->selection = first->ch.selection;
	count = gather(s, first, claim);
	if (!att_batch_build(&s->batch, claim, count, random_bytes)) {
		deliver(s, &none);
		return;
	}
	job->kind = ATT_JOB_QUOTE;
	if (first->ch.profile == SEAL_PROFILE_EXPAT)
		set_data(job, first->ch.binding, first->ch.binding_len);
	else
		set_data(job, s->batch.data, sizeof(s->batch.data));
	att_engine_go(s->engine);
}

static void sign(struct att_server *s, struct conn *c)
{
	struct att_job *job = att_engine_job(s->engine);

	s->signs++;
	c->at_tpm = true;
	job->kind = ATT_JOB_SIGN;
	memcpy(job->digest, c->ch.digest, sizeof(job->digest));
	att_engine_go(s->engine);
}

/* Signatures first, so that claims gather; but a claim does not starve. */
static bool claim_is_due(const struct att_server *s, const struct conn *claim)
{
	return s->signs >= SIGNS_PER_QUOTE || ipc_now() - claim->since >= CLAIM_WAIT_NS;
}

void queue_go(struct att_server *s)
{
	struct conn *next, *claim;

	if (!att_engine_idle(s->engine))
		return;
	next = longest_sign(s);
	claim = longest_claim(s, NULL);
	if (claim && (!next || claim_is_due(s, claim)))
		quote(s, claim);
	else if (next)
		sign(s, next);
}

/* Its worker may have gone meanwhile. */
static void deliver_signature(struct att_server *s, const struct att_job *job)
{
	struct conn *c;

	for (c = s->conn; c < s->conn + s->count && !c->at_tpm; c++)
		;
	if (c == s->conn + s->count)
		return;
	c->at_tpm = false;
	if (!job->ret) {
		if (signed_by(c, job->sig, job->sig_len))
			return;
	} else {
		c->waiting = ATT_NONE;
		failed(c, job->error);
	}
	shutdown(c->fd, SHUT_RDWR);
}

/* How slow is the TPM? What it did not do says nothing of that. */
static void learn(struct att_server *s, const struct att_job *job)
{
	const uint64_t took = job->took < OP_MAX_NS ? job->took : OP_MAX_NS;

	if (!job->ret)
		s->op_ns = s->op_ns ? (7 * s->op_ns + took) / 8 : took;
}

void queue_done(struct att_server *s)
{
	const struct att_job *job = att_engine_take(s->engine);

	if (!job)
		return;
	learn(s, job);
	s->ops = *att_tpm_ops(s->keys->tpm);
	count_failure(s, job->kind, job->ret);
	if (job->kind == ATT_JOB_QUOTE)
		deliver(s, job);
	else
		deliver_signature(s, job);
}
