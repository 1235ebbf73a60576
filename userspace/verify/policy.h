/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Policies: what is asked of whom. policy.c holds and matches them,
 * policy_parse.c reads their text; files are read by rules.c only. The format
 * is in Documentation/man/seal-policy.5.
 */
#ifndef SEAL_VERIFY_POLICY_H
#define SEAL_VERIFY_POLICY_H

#include "verify/tpm.h"
#include "verify/x509.h"
#include "wire/frame.h"
#include "wire/hello.h"
#include "wire/request.h"

#define SEAL_POLICY_NAME_MAX	63u
#define SEAL_POLICIES_MAX	256u
#define SEAL_POLICY_PORTS	16u
#define SEAL_POLICY_ADDRESSES	32u
#define SEAL_POLICY_PEERS	32u
#define SEAL_POLICY_VALUES	64u	/* of one pcr-N, and of digest */
#define SEAL_POLICY_PSKS	16u
#define SEAL_PSK_IDENTITY_MAX	575u	/* two NVMe names, a digest and room */
#define SEAL_POLICY_EVENTS	8192u	/* of one require-N or allow-N */
#define SEAL_POLICY_FILES	(1u << 20)	/* digests of files, all lists together */
#define SEAL_POLICY_KEYS	16u	/* that sign files */
#define SEAL_POLICY_NAMES	8u	/* of lists or keys */
#define SEAL_POLICY_PATH_MAX	255u
#define SEAL_POLICY_FILE_MAX	(1u << 20)
#define SEAL_POLICY_LINE_MAX	8192u
#define SEAL_POLICY_VERIFIERS	8u
#define SEAL_LIFETIME_MAX	(30u * 86400u)

/* Zero is not a choice; a policy must make it. */
enum seal_policy_mode {
	SEAL_POLICY_MODE_NONE = 0,
	SEAL_POLICY_REQUIRE,
	SEAL_POLICY_OFFER,	/* attest if the peer can, refuse bad evidence */
	SEAL_POLICY_OBSERVE,	/* attest, log, refuse no state */
	SEAL_POLICY_NEVER,
};

enum seal_ak_trust {
	SEAL_AK_TRUST_NONE = 0,
	SEAL_AK_CERTIFICATE,	/* AK certificate for the same identity */
	SEAL_AK_ADMITTED,	/* pinned for this identity */
	SEAL_AK_ANY_ENDORSED,	/* AK certificate for whatever identity */
};

enum seal_residency {
	SEAL_KEY_IN_TPM = 0,	/* the strictest is the default */
	SEAL_KEY_IN_FILE,
	SEAL_KEY_ANYWHERE,
};

enum seal_refusal {
	SEAL_REFUSAL_WAIT = 0,	/* after a first success: ETIMEDOUT */
	SEAL_REFUSAL_FAIL,	/* EACCES always */
};

struct seal_policy_net {
	uint8_t family;		/* 4 or 6 */
	uint8_t prefix;
	uint8_t addr[16];
};

struct seal_policy_value {
	uint8_t len;
	uint8_t data[SEAL_PCR_VALUE_MAX];
};

struct seal_policy_values {
	size_t count;
	struct seal_policy_value *value;
};

/* A PSK identity, or what one begins with and a star. */
struct seal_policy_psk {
	char text[SEAL_PSK_IDENTITY_MAX + 1];
};

enum seal_lockdown {
	SEAL_LOCKDOWN_ANY = 0,
	SEAL_LOCKDOWN_INTEGRITY,
	SEAL_LOCKDOWN_CONFIDENTIALITY,
};

/* A file that a policy names: its content is loaded by rules.c. */
struct seal_policy_name {
	char path[SEAL_POLICY_PATH_MAX + 1];
};

/**
 * struct seal_policy_ima - which measured files are known to be good
 * @digests: of files, sorted by seal_policy_sort()
 * @keys: that sign files
 * @key_count: of @keys
 * @lists: files with digests
 * @list_count: of @lists
 * @key_files: files with keys
 * @key_file_count: of @key_files
 * @loaded: the files were read, or are open (rules.h)
 * @violations: entries of files written while they were measured may be there
 */
struct seal_policy_ima {
	struct seal_policy_values digests;
	struct seal_key *keys;
	size_t key_count;
	struct seal_policy_name lists[SEAL_POLICY_NAMES];
	size_t list_count;
	struct seal_policy_name key_files[SEAL_POLICY_NAMES];
	size_t key_file_count;
	bool loaded;
	bool violations;
};

/* One [policy] section; see the format for the meaning of each field. */
struct seal_policy {
	char name[SEAL_POLICY_NAME_MAX + 1];
	enum seal_side role;		/* ours; SEAL_SIDE_NONE: both */
	enum seal_policy_mode mode;
	uint16_t ports[SEAL_POLICY_PORTS];
	size_t port_count;
	struct seal_policy_net nets[SEAL_POLICY_ADDRESSES];
	size_t net_count;
	struct seal_identity peers[SEAL_POLICY_PEERS];
	size_t peer_count;
	bool any_peer;
	struct seal_policy_psk *psks;	/* these handshakes, and no others */
	size_t psk_count;
	bool anonymous;
	bool attest;
	bool kernel_only;
	bool clock_safe;
	bool own_ak;
	enum seal_ak_trust ak_trust;
	enum seal_residency residency;
	enum seal_refusal refusal;
	uint8_t logs;			/* SEAL_WANT_LOG() */
	uint32_t log_limit;		/* MiB of each */
	uint32_t lifetime;		/* seconds */
	uint8_t modes;			/* SEAL_HELLO_* bits that are taken */
	enum seal_profile profile;
	char verifiers[SEAL_POLICY_VERIFIERS][SEAL_POLICY_NAME_MAX + 1];
	size_t verifier_count;		/* whose results are taken */
	struct seal_pcrs pcrs;
	struct seal_policy_values pcr[SEAL_PCR_COUNT];
	struct seal_policy_values digests;
	struct seal_policy_values require[SEAL_PCR_COUNT];
	struct seal_policy_values allow[SEAL_PCR_COUNT];
	bool secure_boot;
	enum seal_lockdown lockdown;
	bool reset_pinned, restart_pinned;
	uint32_t reset_count, restart_count;
	uint32_t age;			/* seconds; 0: any */
	struct seal_policy_ima ima;
};

struct seal_policy_set {
	struct seal_policy *policy;
	size_t count;
};

/* Where and why a text was refused. */
struct seal_policy_error {
	char file[256];
	unsigned int line;	/* 0: not one line's fault */
	bool vacuous;		/* legal, but it would accept anything */
	char text[256];
};

/*
 * Append the policies in @text to @set, in order. False, with @error filled
 * and @set unchanged, for anything that is not legal. @file is for messages
 * only. Allocates; seal_policy_set_free(). Fuzz target: policy.
 */
bool seal_policy_parse(struct seal_policy_set *set, const char *file,
		       struct seal_bytes text, struct seal_policy_error *error);
void seal_policy_set_free(struct seal_policy_set *set);

/**
 * struct seal_policy_query - what is known of a connection
 * @role: ours
 * @port: of the service: local for a server, remote for a client; host order
 * @family: of the peer's address, 4 or 6; 4-in-6 counts as 4
 * @addr: network order
 * @psk: by a pre-shared key: then only policies with psk = match, and without it
 *	only the others
 */
struct seal_policy_query {
	enum seal_side role;
	uint16_t port;
	bool psk;
	uint8_t family;
	uint8_t addr[16];
};

/* Fill family and address from a struct sockaddr_in or sockaddr_in6. */
bool seal_policy_query_peer(struct seal_policy_query *query,
			    const void *sockaddr, size_t len);
/* Is that address, as a query has it, one of @net? */
bool seal_policy_net_holds(const struct seal_policy_net *net, uint8_t family,
			   const uint8_t addr[16]);
/*
 * Before anything is known of the peer: the first policy whose role, port and
 * address match. Says whether to speak SEAL and to ask for a certificate at
 * all; not what decides in the end. NULL: refuse.
 */
const struct seal_policy *
seal_policy_candidate(const struct seal_policy_set *set,
		      const struct seal_policy_query *query);
/*
 * The policy that decides: the first that matches, now also by identity.
 * @cert is the peer's verified handshake certificate, or NULL when it has
 * none: then only policies with anonymous = yes match. NULL: refuse.
 */
const struct seal_policy *
seal_policy_match(const struct seal_policy_set *set,
		  const struct seal_policy_query *query,
		  const struct seal_cert *cert);
/*
 * The policy that decides where TLS was by a pre-shared key: the first that
 * matches and has @identity among its psk =. Its peer = is then whom the
 * certificate of the authenticator must name. NULL: refuse.
 */
const struct seal_policy *
seal_policy_match_psk(const struct seal_policy_set *set,
		      const struct seal_policy_query *query,
		      struct seal_bytes identity);
/* True when one of the patterns of @policy covers @id. */
bool seal_policy_covers(const struct seal_policy *policy,
			const struct seal_identity *id);
/*
 * The identity of @cert that @policy accepts. @reference is the name that was
 * to be reached, as a client has it, or NULL: then the first that matches, for
 * a client only when the policy names its peers. SEAL_REASON_ACCEPTED, or
 * SEAL_REASON_IDENTITY_*.
 */
enum seal_reason seal_policy_identity(const struct seal_policy *policy,
				      const struct seal_cert *cert,
				      enum seal_side role,
				      const struct seal_identity *reference,
				      struct seal_identity *id_ret);

/* True when the policy says which measured files are good. */
bool seal_policy_reads_ima(const struct seal_policy *policy);
/* True when @v is one of @values. */
bool seal_policy_lists(const struct seal_policy_values *values, struct seal_bytes v);
/* Sort, for seal_policy_find(), which is fast; the entry, or NULL. */
void seal_policy_sort(struct seal_policy_values *values);
const struct seal_policy_value *
seal_policy_find(const struct seal_policy_values *values, struct seal_bytes v);
/* Append the digests in @text, lines of [ALGORITHM:]HEX [NAME]. */
bool seal_policy_digests(struct seal_policy_values *values, const char *file,
			 struct seal_bytes text, struct seal_policy_error *error);
/* Append the keys in @pem (or one in DER), public keys or certificates. */
bool seal_policy_keys(struct seal_policy_ima *ima, struct seal_bytes pem);
/* True when the policy constrains no measurement: nothing may pass by it. */
bool seal_policy_vacuous(const struct seal_policy *policy);
/* True when the policy wants evidence of the peer. */
bool seal_policy_wants(const struct seal_policy *policy);
/*
 * The mode to ask a peer for that offers @offered (SEAL_HELLO_*): evidence before
 * a result for this connection, that before a passport, and a plain result last.
 * 0 when the policy takes none of them.
 */
uint8_t seal_policy_mode(const struct seal_policy *policy, uint8_t offered);
/* Is evidence of that mode taken? */
bool seal_policy_takes(const struct seal_policy *policy, uint8_t mode);
/*
 * The AuthRequest of @policy, in the best mode that it takes: @from is our
 * side, @context fresh random octets; @select is room for the PCR selection and
 * must outlive @ask_ret.
 */
bool seal_policy_ask(const struct seal_policy *policy, enum seal_side from,
		     uint64_t exchange,
		     const uint8_t context[SEAL_CONTEXT_LEN],
		     uint8_t select[SEAL_PCR_SELECT_MAX],
		     struct seal_ask *ask_ret);
/*
 * Do these measurements satisfy the policy? SEAL_REASON_ACCEPTED, or
 * POLICY_VACUOUS, PCR_VALUE (with the PCR in *@pcr_ret) or PCR_SET.
 * @value[i] is the value of PCR i, of @value_len octets, for each bit of the
 * selection.
 */
enum seal_reason
seal_policy_measurements(const struct seal_policy *policy,
			 const struct seal_bytes value[SEAL_PCR_COUNT],
			 struct seal_bytes digest, unsigned int *pcr_ret);

#endif /* SEAL_VERIFY_POLICY_H */
