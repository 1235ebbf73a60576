// SPDX-License-Identifier: LGPL-2.1-or-later
/* States, errors and claims in words. */
#include "libseal/libseal.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define LIBSEAL_API __attribute__((visibility("default")))
#define ARRAY_SIZE(x) (sizeof(x) / sizeof((x)[0]))

static const char *const states[] = {
	[SEAL_STATE_NONE] = "none",
	[SEAL_STATE_PENDING] = "pending",
	[SEAL_STATE_ATTESTED] = "attested",
	[SEAL_STATE_EXPIRED] = "expired",
	[SEAL_STATE_REVOKED] = "revoked",
	[SEAL_STATE_REJECTED] = "rejected",
};

static_assert(ARRAY_SIZE(states) == SEAL_STATE_REJECTED + 1, "a state has no name");

static const struct {
	int error;
	const char *text;
} errors[] = {
	{ EKEYREJECTED, "the connection was revoked, or its handshake rejected" },
	{ EKEYREVOKED, "the attestation of the peer has expired" },
	{ EACCES, "the peer was refused, or refused us" },
	{ ETIMEDOUT, "no verdict in time; trying again later may help" },
	{ EINPROGRESS, "the handshake has begun; wait for POLLOUT and ask again" },
	{ EALREADY, "the handshake is under way" },
	{ ENOPROTOOPT, "this kernel has no seal.ko loaded, or the socket is one of MPTCP" },
	{ EISCONN, "the socket is attested already" },
	{ EPERM, "asking for a handshake needs CAP_NET_ADMIN, or a rule" },
	{ ESRCH, "no agent (seald) listens in this network namespace" },
	{ EAGAIN, "the call would block, or too many handshakes wait already" },
	{ EDQUOT, "this user has too many handshakes under way" },
	{ EEXIST, "TLS or another protocol was set up on this socket before" },
	{ ENOENT, "not a socket of seal, or the module of kernel TLS was removed" },
	{ ENOTCONN, "the socket is not connected" },
	{ EBUSY, "another thread reads or writes, or the socket is in a sockmap or with KCM" },
	{ EPROTONOSUPPORT, "not a plain TCP socket" },
	{ ENODEV, "seal.ko is about to be removed" },
	{ E2BIG, "seal.ko is older than this program, and does not know what it asks for" },
};

LIBSEAL_API const char *libseal_state_name(uint32_t state)
{
	return state < ARRAY_SIZE(states) ? states[state] : "unknown";
}

LIBSEAL_API const char *libseal_strerror(int error)
{
	const char *text;

	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		if (errors[i].error == error)
			return errors[i].text;
	text = strerrordesc_np(error);
	return text ? text : "unknown error";
}

LIBSEAL_API int libseal_claim(const struct seal_status *status, const char *name,
			      char *value_ret, size_t size)
{
	size_t name_len = strlen(name), len;
	const char *word = status->claims;

	while (*word) {
		len = strcspn(word, " ");
		if (name_len && len > name_len && word[name_len] == '=' &&
		    !memcmp(word, name, name_len)) {
			len -= name_len + 1;
			if (len >= size) {
				errno = ERANGE;
				return -1;
			}
			memcpy(value_ret, word + name_len + 1, len);
			value_ret[len] = '\0';
			return (int)len;
		}
		word += len;
		word += strspn(word, " ");
	}
	errno = ENOENT;
	return -1;
}
