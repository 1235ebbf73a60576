/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All that a verifier goes by, read from one configuration directory:
 *
 *	policy.d/NAME.conf	in the order of their names
 *	trust/x509.pem		CAs for TLS identities
 *	trust/ak.pem		CAs for attestation keys
 *	trust/crl.pem		revocation lists of both, optional
 *	admitted/NAME.json	pinned attestation keys
 *	verifiers/NAME.pem	public keys of verifiers that policies name
 *
 * rules.c is the only file of verify/ that opens files.
 */
#ifndef SEAL_VERIFY_RULES_H
#define SEAL_VERIFY_RULES_H

#include "verify/admitted.h"
#include "verify/policy.h"
#include "verify/verifiers.h"

/* A list or keys that a policy names, open and not read: seal_rules_open(). */
struct seal_rules_file {
	size_t policy;		/* number in the set */
	int fd;			/* -1: it was read */
	bool keys;
	char *path;
};

struct seal_rules {
	struct seal_policy_set policies;
	struct seal_rules_file *files;
	size_t file_count;
	struct seal_trust *x509;	/* NULL: no file, nobody trusted */
	struct seal_trust *ak;		/* likewise */
	unsigned int crl_count;		/* lists in crl.pem */
	struct seal_admitted admitted;
	struct seal_verifiers verifiers;
	struct seal_seen *signatures;	/* NULL: none is remembered */
};

/*
 * Read @dir. False, with @error filled and *@rules_ret zeroed, when a file is
 * too large, unreadable or not legal; a directory or file that is not there
 * counts as empty, so without policies every peer is refused.
 */
bool seal_rules_load(const char *dir, struct seal_rules *rules_ret,
		     struct seal_policy_error *error);
void seal_rules_free(struct seal_rules *rules);

/* The pinned keys alone, whatever is with the rest; seal_admitted_free(). */
bool seal_rules_load_admitted(const char *dir, struct seal_admitted *ret,
			      struct seal_policy_error *error);

/*
 * The same for who judges one peer: the lists and keys of files that policies name, which
 * may be megabytes, are opened, and not read before one policy needs them. Then no file
 * system is asked for them.
 */
bool seal_rules_open(const char *dir, struct seal_rules *rules_ret,
		     struct seal_policy_error *error);
/*
 * Those of @policy, which is one of @rules. Without them fewer files are known, and none
 * passes that would not. False, with @error filled, when one is not legal.
 */
bool seal_rules_lists(struct seal_rules *rules, const struct seal_policy *policy,
		      struct seal_policy_error *error);

/*
 * Remember what is verified under these rules, until they are freed: at least
 * that many paths to each list of CAs, and four times as many signatures of AKs.
 * For who asks about a peer more than once; without memory for it nothing is
 * remembered.
 */
void seal_rules_remember(struct seal_rules *rules, uint32_t paths);

/*
 * The lists and keys that the policies of @set name, of which none was loaded
 * before, relative to the directory of @path, where their text is.
 */
bool seal_rules_load_lists(struct seal_policy_set *set, const char *path,
			   struct seal_policy_error *error);

/*
 * The octets of a regular file of at most @max octets, in malloc(3)ed memory.
 * False with errno set; EFBIG when it is larger.
 */
bool seal_file_read(const char *path, size_t max, uint8_t **data_ret,
		    size_t *len_ret);

#endif /* SEAL_VERIFY_RULES_H */
