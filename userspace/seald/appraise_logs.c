// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The peer's logs, piece by piece, as much of them as policy allows, and only what
 * came since the last connection. They are octets until they were replayed
 * against the quote.
 */
#include <stdlib.h>
#include <string.h>

#include "appraise.h"

static bool append(struct appraisal_log *log, struct seal_bytes data)
{
	size_t size = log->size ? log->size : SEAL_LOG_PIECE_MAX;
	uint8_t *more;

	while (size < log->len + data.len)
		size *= 2;
	if (size > log->size) {
		more = realloc(log->data, size);
		if (!more)
			return false;
		log->data = more;
		log->size = size;
	}
	memcpy(log->data + log->len, data.data, data.len);
	log->len += data.len;
	return true;
}

/* So many octets are asked for once more, to see that the log is the one we know. */
#define OVERLAP	32u

static size_t overlap_of(const struct appraisal_log *log)
{
	if (log->len > log->kept)
		return 0;	/* the peer went on from there */
	return log->len < OVERLAP ? log->len : OVERLAP;
}

static void start_over(struct appraisal_log *log)
{
	log->len = 0;
	log->kept = 0;
}

/* A log that is shorter now, or another one, is had from its beginning. */
static bool goes_on(const struct appraisal_log *log, struct seal_bytes data, size_t overlap)
{
	return data.len >= overlap &&
	       !memcmp(log->data + log->len - overlap, data.data, overlap);
}

static enum seal_reason take(struct appraisal *a, struct appraisal_log *log,
			     struct seal_bytes data)
{
	if (log->len + data.len > (size_t)a->policy->log_limit << 20)
		return SEAL_REASON_LOG_TOO_LONG;
	return !data.len || append(log, data) ? SEAL_REASON_ACCEPTED : SEAL_REASON_INTERNAL;
}

/* One piece more. */
static enum seal_reason fetch(struct appraisal *a, enum seal_log which,
			      appraise_ask_log *ask_log, void *arg, bool *final)
{
	struct appraisal_log *log = &a->log[which];
	const size_t overlap = log->len ? overlap_of(log) : 0;
	const struct seal_log_ask ask = {
		.log = which, .from = log->len - overlap, .max = SEAL_LOG_PIECE_MAX,
	};
	struct seal_log_piece piece;
	struct seal_bytes body;

	if (!ask_log(arg, &ask, &body))
		return SEAL_REASON_VERIFIER;
	if (!seal_log_piece_decode(body, &piece) || !seal_log_answers(&piece, &ask))
		return SEAL_REASON_FRAME_BAD;
	if (overlap && !goes_on(log, piece.data, overlap)) {
		start_over(log);
		return SEAL_REASON_ACCEPTED;
	}
	piece.data.data += overlap;
	piece.data.len -= overlap;
	*final = piece.final;
	return take(a, log, piece.data);
}

/* What is kept of it, for a start; it has not grown if nothing comes after it. */
static void begin_with_kept(struct appraisal *a, enum seal_log which)
{
	struct appraisal_log *log = &a->log[which];

	if (!a->has_log_key || log->data)
		return;
	log->len = log_cache_load(&a->log_key, which, (size_t)a->policy->log_limit << 20,
				  &log->data);
	log->size = log->kept = log->len;
}

static enum seal_reason fetch_all(struct appraisal *a, enum seal_log which,
				  appraise_ask_log *ask_log, void *arg)
{
	enum seal_reason reason = SEAL_REASON_ACCEPTED;
	bool final = false;

	begin_with_kept(a, which);
	while (!final && reason == SEAL_REASON_ACCEPTED)
		reason = fetch(a, which, ask_log, arg, &final);
	if (reason == SEAL_REASON_ACCEPTED && !a->log[which].len)
		return SEAL_REASON_LOG_MISSING;
	return reason;
}

enum seal_reason appraise_logs(struct appraisal *a, appraise_ask_log *ask_log,
			       void *arg)
{
	enum seal_reason reason = SEAL_REASON_ACCEPTED;

	for (unsigned int log = SEAL_LOG_BOOT;
	     log < SEAL_LOG_COUNT && reason == SEAL_REASON_ACCEPTED; log++)
		if (a->policy->logs & SEAL_WANT_LOG(log))
			reason = fetch_all(a, log, ask_log, arg);
	return reason;
}

bool appraise_logs_forget(struct appraisal *a)
{
	bool any = false;

	for (unsigned int log = SEAL_LOG_BOOT; log < SEAL_LOG_COUNT; log++) {
		any |= a->log[log].kept > 0;
		if (a->log[log].kept)
			log_cache_drop(&a->log_key, log);
		start_over(&a->log[log]);
	}
	return any;
}

void appraise_logs_keep(const struct appraisal *a)
{
	for (unsigned int log = SEAL_LOG_BOOT; log < SEAL_LOG_COUNT; log++)
		if (a->has_log_key && a->log[log].len > a->log[log].kept)
			log_cache_store(&a->log_key, log, (struct seal_bytes){
						a->log[log].data, a->log[log].len });
}
