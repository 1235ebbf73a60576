/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the verifier decides at each step of a handshake, over userspace/verify.
 * No message is sent or received here except through the exporter callback.
 */
#ifndef SEALD_APPRAISE_H
#define SEALD_APPRAISE_H

#include "seald/log_cache.h"
#include "seald/messages.h"
#include "verify/verify.h"
#include "wire/log.h"

/**
 * struct appraisal - one handshake as the verifier sees it
 * @job: what the monitor said
 * @rules: policies, CAs and pinned keys as they are now
 * @query: role, port and address for policies
 * @reference: client: who was to be reached; @has_reference
 * @policy: that decides, once the peer's identity is known; before that the
 *	first that may, so that refusals can name one
 * @chain: the peer's certificates, in @chain_der; @chain_count 0: it showed none
 * @cert: the end entity, verified
 * @identity: of the peer, once known
 * @psk: serial number of the pre-shared key that was handed out, or 0
 * @own_ak: TPM name of our own AK
 * @hello: both SealHello frames, by side, in @hello_data
 * @request: body of our AuthRequest
 * @asked_at: CLOCK_BOOTTIME when it was handed out, ns
 * @state: the daemon's state directory, or NULL: nothing is kept
 * @log_key: under which the peer's logs are kept; @has_log_key
 * @log: of the peer, by enum seal_log; as far as policy asks for it. The first
 *	@kept octets came with another connection
 * @verdict: filled when decided
 */
struct appraisal {
	struct ipc_verifier job;
	struct seal_rules rules;
	bool rules_loaded;
	struct seal_policy_query query;
	struct seal_identity reference;
	bool has_reference;
	const struct seal_policy *policy;
	struct seal_bytes chain[SEAL_CERTS_MAX];
	size_t chain_count;
	uint8_t chain_der[SEAL_CHAIN_MAX];
	struct seal_cert cert;
	struct seal_identity identity;
	uint32_t psk;
	struct seal_tpm_name own_ak;
	struct seal_bytes hello[3];
	uint8_t hello_data[2 * (SEAL_FRAME_HEADER_LEN + SEAL_HELLO_MAX)];
	uint8_t request[SEAL_REQUEST_MAX];
	size_t request_len;
	bool request_used;
	uint64_t asked_at;
	const char *state;
	struct log_key log_key;
	bool has_log_key;
	struct appraisal_log {
		uint8_t *data;
		size_t len;
		size_t size;
		size_t kept;
	} log[SEAL_LOG_COUNT];
	struct ipc_verdict verdict;
};

/*
 * Have the peer's answer to @ask: the body of a LogData frame into *@data_ret,
 * valid until the next call. False when it cannot be had.
 */
typedef bool appraise_ask_log(void *arg, const struct seal_log_ask *ask,
			      struct seal_bytes *data_ret);

/* What only the worker can answer. */
struct appraise_ask {
	seal_export_fn *exporter;
	seal_export_expat_fn *expat;
	appraise_ask_log *log;
};

/*
 * Each step returns what to do. On SEAL_DECIDE_REFUSE @a->verdict says why; on
 * SEAL_DECIDE_PLAIN and, after appraise_authenticator(), SEAL_DECIDE_ATTESTED it
 * is the accepting verdict. Otherwise SEAL_DECIDE_ATTESTED means "go on".
 */

/** appraise_begin - load @dir and find what may apply before the peer speaks */
enum seal_decision appraise_begin(struct appraisal *a, const char *dir,
				  struct ipc_offer *offer);

/** appraise_chain - the peer's certificates, inside the TLS handshake */
enum seal_decision appraise_chain(struct appraisal *a, struct seal_bytes list);

/**
 * appraise_psk - the key for a handshake by pre-shared key
 * @identity: what the client said; empty when we are the client
 * @key: room of IPC_PSK_MAX octets
 * @name: room of IPC_PSK_IDENTITY_MAX + 1 octets
 * @psk_ret: points into both
 *
 * Decides the policy: only an identity that one maps to a peer gets a key.
 */
enum seal_decision appraise_psk(struct appraisal *a, struct seal_bytes identity,
				uint8_t *key, char *name,
				struct ipc_psk *psk_ret);

/** appraise_plan - what our own side is to say to this peer, by the policy that decides */
void appraise_plan(const struct appraisal *a, struct ipc_plan *plan);

/** appraise_said - did it? @ours: our hello, by the worker's word */
bool appraise_said(const struct appraisal *a, const struct seal_hello *ours);

/** appraise_showed - may it have? @our_cert: our certificate in TLS, by the worker's word */
bool appraise_showed(const struct appraisal *a, struct seal_bytes our_cert);

/** appraise_peer - TLS is complete, or ended because the peer lacks SEAL */
enum seal_decision appraise_peer(struct appraisal *a, const struct ipc_peer *peer,
				 struct ipc_plan *plan);

/**
 * appraise_hellos - who attests
 *
 * On SEAL_DECIDE_ATTESTED @a->request is what to ask.
 */
enum seal_decision appraise_hellos(struct appraisal *a,
				   const struct ipc_hellos *hellos);

/** appraise_authenticator - the peer's proof; @arg is for all callbacks */
enum seal_decision appraise_authenticator(struct appraisal *a,
					  const struct ipc_authenticator *auth,
					  const struct appraise_ask *ask, void *arg);

/**
 * appraise_logs - have the logs that the policy asks for
 *
 * SEAL_REASON_ACCEPTED when they are in @a->log, which proves nothing.
 */
enum seal_reason appraise_logs(struct appraisal *a, appraise_ask_log *ask_log,
			       void *arg);

/**
 * appraise_logs_forget - none of what was kept before is in @a->log any more
 *
 * False if nothing was. Otherwise appraise_logs() has the whole.
 */
bool appraise_logs_forget(struct appraisal *a);

/** appraise_logs_keep - they led to an accepted quote: for the next connection */
void appraise_logs_keep(const struct appraisal *a);

/** appraise_refuse - fill the verdict with a reason against; SEAL_DECIDE_REFUSE */
enum seal_decision appraise_refuse(struct appraisal *a, enum seal_reason reason,
				   const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** appraise_alert - the TLS alert for a refusal, RFC 8446 section 6.2 */
uint8_t appraise_alert(enum seal_reason reason);

#endif /* SEALD_APPRAISE_H */
