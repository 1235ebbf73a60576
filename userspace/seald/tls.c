// SPDX-License-Identifier: GPL-2.0-or-later

#include "tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "tls_key.h"
#include "tls_psk.h"
#include "wire/hello.h"

/* MSG_DONTWAIT in the place of O_NONBLOCK: the flag is the application's too. */
static ssize_t tls_push(gnutls_transport_ptr_t arg, const void *data, size_t len)
{
	struct tls *tls = arg;
	ssize_t n = send(tls->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0)
		gnutls_transport_set_errno(tls->session, errno);
	return n;
}

static ssize_t tls_pull(gnutls_transport_ptr_t arg, void *data, size_t len)
{
	struct tls *tls = arg;
	ssize_t n = recv(tls->fd, data, len, MSG_DONTWAIT);

	if (n < 0)
		gnutls_transport_set_errno(tls->session, errno);
	return n;
}

/* Never waits itself: tls_wait() does, by the deadline. */
static int tls_pull_timeout(gnutls_transport_ptr_t arg, unsigned int ms)
{
	struct tls *tls = arg;
	struct pollfd p = { .fd = tls->fd, .events = POLLIN };

	return poll(&p, 1, 0);
}

static enum ipc_silent silent(const struct tls *tls)
{
	if (!tls->complete || tls->refused)
		return IPC_SILENT_TLS;
	return tls->known ? IPC_SILENT_NOT : IPC_SILENT_NOBODY;
}

/* As poll(2), for the peer. */
static int peer_poll(struct tls *tls, struct pollfd *p, nfds_t n, int ms)
{
	if (tls->patience)
		tls->patience->silent = silent(tls);
	return patience_poll(tls->patience, p, n, ms);
}

static int tls_wait(struct tls *tls, uint64_t deadline)
{
	bool writing = gnutls_record_get_direction(tls->session) == 1;
	struct pollfd p[2] = {
		{ .fd = tls->fd, .events = writing ? POLLOUT : POLLIN },
		{ .fd = tls->meanwhile ? tls->attester->fd : -1, .events = POLLIN },
	};
	int ms = ipc_poll_ms(deadline);

	if (!ms)
		return GNUTLS_E_TIMEDOUT;
	if (peer_poll(tls, p, 2, ms) < 0) {
		if (errno != EINTR)
			return GNUTLS_E_PULL_ERROR;
	} else if (p[1].revents) {
		tls->meanwhile(tls->arg);
	}
	return 0;
}

/* 0: call again; else the error to give up with. */
static int tls_again(struct tls *tls, ssize_t ret, uint64_t deadline)
{
	if (ret == GNUTLS_E_AGAIN)
		return tls_wait(tls, deadline);
	if (ret == GNUTLS_E_INTERRUPTED)
		return 0;
	return (int)ret;
}

/*
 * The extension, Documentation/protocol.rst "Negotiation". After a
 * HelloRetryRequest both callbacks run again, so they must not depend on what
 * happened before.
 */
static int extension_recv(gnutls_session_t session, const unsigned char *data,
			  size_t len)
{
	struct tls *tls = gnutls_session_get_ptr(session);
	struct seal_bytes body = { data, len };
	uint8_t flags;

	if (tls->side == SEAL_SIDE_CLIENT) {
		if (!seal_negotiation_ee_decode(body, &flags))
			return GNUTLS_E_RECEIVED_ILLEGAL_PARAMETER;
		tls->peer_seal = true;
		return 0;
	}
	tls->peer_seal = seal_negotiation_ch_decode(body);
	return seal_negotiation_ch_legal(body) ? 0 : GNUTLS_E_RECEIVED_ILLEGAL_PARAMETER;
}

static int extension_send(gnutls_session_t session, gnutls_buffer_t out)
{
	struct tls *tls = gnutls_session_get_ptr(session);
	uint8_t body[2];

	if (!tls->offer)
		return 0;
	if (tls->side == SEAL_SIDE_CLIENT) {
		seal_negotiation_ch_encode(body);
	} else {
		if (!tls->peer_seal)
			return 0;
		seal_negotiation_ee_encode(0, body);
	}
	return gnutls_buffer_append_data(out, body, sizeof(body)) ?
	       GNUTLS_E_MEMORY_ERROR : (int)sizeof(body);
}

/* What the peer's hello says of the records that it takes. */
struct records {
	bool fragment;	/* max_fragment_length, 4096 octets at most: RFC 6066 section 4 */
	bool limit;	/* record_size_limit, in whose presence that is ignored: RFC 8449 */
	unsigned int octets;	/* with that of the content type */
};

enum { EXT_MAX_FRAGMENT_LENGTH = 1, EXT_RECORD_SIZE_LIMIT = 28 };

static int read_records(void *arg, unsigned int id, const unsigned char *data,
			unsigned int size)
{
	struct records *records = arg;

	if (id == EXT_MAX_FRAGMENT_LENGTH)
		records->fragment = true;
	if (id != EXT_RECORD_SIZE_LIMIT)
		return 0;
	if (size != 2)
		return GNUTLS_E_UNEXPECTED_EXTENSIONS_LENGTH;
	records->limit = true;
	records->octets = (unsigned int)data[0] << 8 | data[1];
	return 0;
}

/* GnuTLS keeps this to itself, and the kernel would not keep to it. */
static int check_records(struct tls *tls, unsigned int type, const gnutls_datum_t *msg)
{
	bool hello = type == GNUTLS_HANDSHAKE_CLIENT_HELLO;
	struct records records = { 0 };
	int err;

	if (!hello && type != GNUTLS_HANDSHAKE_ENCRYPTED_EXTENSIONS)
		return 0;
	err = gnutls_ext_raw_parse(&records, read_records, msg,
				   hello ? GNUTLS_EXT_RAW_FLAG_TLS_CLIENT_HELLO : 0);
	if (err < 0)
		return err;
	tls->small_records = records.limit ? records.octets < TLS_RECORD_MAX + 1 :
					     records.fragment;
	if (!tls->small_records)
		return 0;
	tls->alert = GNUTLS_A_HANDSHAKE_FAILURE;
	return GNUTLS_E_UNIMPLEMENTED_FEATURE;
}

/*
 * What GnuTLS would take and we must not: a ticket or a key update would move
 * sequence numbers or keys under the hand-over, GNUTLS_NO_TICKETS does not
 * refuse a ticket that comes unasked.
 */
static int handshake_hook(gnutls_session_t session, unsigned int type,
			  unsigned int when, unsigned int incoming,
			  const gnutls_datum_t *msg)
{
	struct tls *tls = gnutls_session_get_ptr(session);

	if (!incoming)
		return 0;
	if (type == GNUTLS_HANDSHAKE_NEW_SESSION_TICKET ||
	    type == GNUTLS_HANDSHAKE_KEY_UPDATE) {
		tls->misuse = true;
		return GNUTLS_E_UNEXPECTED_PACKET;
	}
	if (when == GNUTLS_HOOK_PRE)
		return check_records(tls, type, msg);
	if (!tls->demand || tls->peer_seal)
		return 0;
	/* EncryptedExtensions are not parsed yet when their own hook runs. */
	if (type == GNUTLS_HANDSHAKE_CLIENT_HELLO ||
	    (tls->side == SEAL_SIDE_CLIENT &&
	     type == GNUTLS_HANDSHAKE_CERTIFICATE_PKT)) {
		tls->alert = GNUTLS_A_MISSING_EXTENSION;
		return GNUTLS_E_MISSING_EXTENSION;
	}
	return 0;
}

static int verify_peer(gnutls_session_t session)
{
	struct tls *tls = gnutls_session_get_ptr(session);
	unsigned int count = 0;
	const gnutls_datum_t *chain = gnutls_certificate_get_peers(session, &count);

	if (!chain || !count)
		return tls->side == SEAL_SIDE_SERVER ? 0 :
		       GNUTLS_E_NO_CERTIFICATE_FOUND;
	return tls->check(tls->arg, chain, count) ? 0 :
	       GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR;
}

static const struct {
	uint8_t bit;
	const char *name;
} cipher_words[] = {
	{ IPC_CIPHER_AES256_GCM, ":+AES-256-GCM" },
	{ IPC_CIPHER_CHACHA20, ":+CHACHA20-POLY1305" },
	{ IPC_CIPHER_AES128_GCM, ":+AES-128-GCM" },
	{ IPC_CIPHER_AES128_CCM, ":+AES-128-CCM" },
};

static void priority_string(uint8_t ciphers, bool psk, char *out, size_t size)
{
	const char *hybrid = "";
	size_t n;

	/* Known to the library, not only to its headers. */
	if (gnutls_group_get_id("X25519-MLKEM768") != GNUTLS_GROUP_INVALID)
		hybrid = ":+GROUP-X25519-MLKEM768";
	n = (size_t)snprintf(out, size,
			     "NORMAL:-VERS-ALL:+VERS-TLS1.3:%%NO_TICKETS"
			     ":-GROUP-ALL:+GROUP-X25519:+GROUP-SECP256R1"
			     ":+GROUP-SECP384R1%s%s:-CIPHER-ALL", hybrid,
			     psk ? TLS_PSK_PRIORITY : "");
	for (size_t i = 0; i < sizeof(cipher_words) / sizeof(cipher_words[0]); i++)
		if (ciphers & cipher_words[i].bit && n < size)
			n += (size_t)snprintf(out + n, size - n, "%s",
					      cipher_words[i].name);
}

static int set_server_name(struct tls *tls, const char *peername)
{
	uint8_t ip[16];

	if (tls->side != SEAL_SIDE_CLIENT || !*peername ||
	    inet_pton(AF_INET, peername, ip) == 1 ||
	    inet_pton(AF_INET6, peername, ip) == 1)
		return 0;
	return gnutls_server_name_set(tls->session, GNUTLS_NAME_DNS, peername,
				      strlen(peername));
}

static int open_credentials(struct tls *tls, bool show_cert)
{
	int err;

	if (tls->psk)
		return tls_psk_load(tls);
	err = gnutls_certificate_allocate_credentials(&tls->cred);
	if (!err && show_cert)
		err = tls_key_load(tls);
	if (!err)
		err = gnutls_credentials_set(tls->session, GNUTLS_CRD_CERTIFICATE,
					     tls->cred);
	if (!err && tls->side == SEAL_SIDE_SERVER)
		gnutls_certificate_server_set_request(tls->session,
						      GNUTLS_CERT_REQUEST);
	return err;
}

int tls_open(struct tls *tls, uint8_t ciphers, bool show_cert,
	     const char *peername)
{
	unsigned int flags = GNUTLS_NONBLOCK | GNUTLS_NO_TICKETS |
			     GNUTLS_NO_SIGNAL | GNUTLS_NO_AUTO_REKEY |
			     GNUTLS_NO_STATUS_REQUEST | GNUTLS_KEY_SHARE_TOP;
	char priority[512];
	int err;

	flags |= tls->side == SEAL_SIDE_SERVER ? GNUTLS_SERVER : GNUTLS_CLIENT;
	priority_string(ciphers, tls->psk, priority, sizeof(priority));
	err = gnutls_init(&tls->session, flags);
	if (err)
		return err;
	gnutls_session_set_ptr(tls->session, tls);
	gnutls_transport_set_ptr(tls->session, tls);
	gnutls_transport_set_push_function(tls->session, tls_push);
	gnutls_transport_set_pull_function(tls->session, tls_pull);
	gnutls_transport_set_pull_timeout_function(tls->session,
						   tls_pull_timeout);
	gnutls_handshake_set_hook_function(tls->session, GNUTLS_HANDSHAKE_ANY,
					   GNUTLS_HOOK_BOTH, handshake_hook);
	gnutls_session_set_verify_function(tls->session, verify_peer);
	err = gnutls_priority_set_direct(tls->session, priority, NULL);
	if (!err)
		err = gnutls_session_ext_register(tls->session, "SEAL",
				SEAL_EXT_NEGOTIATION, GNUTLS_EXT_TLS,
				extension_recv, extension_send, NULL, NULL, NULL,
				GNUTLS_EXT_FLAG_CLIENT_HELLO |
				GNUTLS_EXT_FLAG_EE | GNUTLS_EXT_FLAG_TLS);
	if (!err)
		err = set_server_name(tls, peername);
	if (!err)
		err = open_credentials(tls, show_cert);
	return err;
}

void tls_close(struct tls *tls)
{
	if (tls->session)
		gnutls_deinit(tls->session);
	if (tls->cred)
		gnutls_certificate_free_credentials(tls->cred);
	tls_key_free(tls);
	tls_psk_free(tls);
	tls->session = NULL;
	tls->cred = NULL;
}

static void send_handshake_alert(struct tls *tls, int err)
{
	int level, alert = gnutls_error_to_alert(err, &level);

	/* Nothing to say to a peer that spoke last or that is gone. */
	if (err == GNUTLS_E_FATAL_ALERT_RECEIVED || err == GNUTLS_E_PUSH_ERROR ||
	    err == GNUTLS_E_PULL_ERROR || err == GNUTLS_E_PREMATURE_TERMINATION)
		return;
	tls_alert(tls, tls->alert ? tls->alert : (uint8_t)alert);
}

int tls_handshake(struct tls *tls)
{
	int ret, err = 0;

	do {
		ret = gnutls_handshake(tls->session);
		if (ret)
			err = gnutls_error_is_fatal(ret) || ret == GNUTLS_E_AGAIN ?
			      tls_again(tls, ret, tls->deadline) : 0;
	} while (ret && !err);
	if (ret) {
		send_handshake_alert(tls, err);
		return err;
	}
	if (gnutls_protocol_get_version(tls->session) != GNUTLS_TLS1_3 ||
	    gnutls_session_is_resumed(tls->session))
		return GNUTLS_E_UNSUPPORTED_VERSION_PACKET;
	/* Keys that GnuTLS gave to the kernel by itself cannot be bound. */
	if (gnutls_transport_is_ktls_enabled(tls->session))
		return GNUTLS_E_INVALID_REQUEST;
	if (tls->psk && !tls_psk_used(tls))
		return GNUTLS_E_INSUFFICIENT_CREDENTIALS;
	tls->complete = true;
	tls->known = tls->psk || tls_peer_leaf(tls).len;
	return 0;
}

void tls_alert(struct tls *tls, uint8_t alert)
{
	gnutls_alert_send(tls->session, GNUTLS_AL_FATAL,
			  (gnutls_alert_description_t)alert);
}

int tls_send(struct tls *tls, const void *data, size_t len)
{
	const uint8_t *at = data;

	/* GnuTLS would finish that record and tell its length as that of @data. */
	if (tls->cut)
		return GNUTLS_E_PUSH_ERROR;
	while (len) {
		ssize_t n = gnutls_record_send(tls->session, at, len);
		int err;

		if (n > 0) {
			at += n;
			len -= (size_t)n;
			continue;
		}
		err = tls_again(tls, n, tls->deadline);
		if (err) {
			tls->cut = true;
			return err;
		}
	}
	return 0;
}

int tls_recv(struct tls *tls, void *data, size_t len)
{
	uint8_t *at = data;

	while (len) {
		ssize_t n = gnutls_record_recv(tls->session, at, len);
		int err;

		if (n == 0)
			return GNUTLS_E_PREMATURE_TERMINATION;
		if (n > 0) {
			at += n;
			len -= (size_t)n;
			continue;
		}
		if (tls->misuse)
			return GNUTLS_E_UNEXPECTED_PACKET;
		err = tls_again(tls, n, tls->deadline);
		if (err)
			return err;
	}
	return 0;
}

void tls_drain(struct tls *tls, uint64_t until)
{
	uint8_t scratch[4096];
	ssize_t n;

	/* Records are of no interest any more, only that the peer is done. */
	do {
		struct pollfd p = { .fd = tls->fd, .events = POLLIN };
		int ms = ipc_poll_ms(until);

		if (!ms || peer_poll(tls, &p, 1, ms) <= 0)
			break;
		n = recv(tls->fd, scratch, sizeof(scratch), MSG_DONTWAIT);
	} while (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)));
}

enum seal_hash tls_hash(const struct tls *tls)
{
	switch (gnutls_prf_hash_get(tls->session)) {
	case GNUTLS_DIG_SHA256:
		return SEAL_HASH_SHA256;
	case GNUTLS_DIG_SHA384:
		return SEAL_HASH_SHA384;
	default:
		return SEAL_HASH_NONE;
	}
}

bool tls_export(const struct tls *tls, const char *label,
		struct seal_bytes context, uint8_t *out, size_t len)
{
	/* Non-NULL selects the form with a context; none and empty are equal. */
	const char *data = context.len ? (const char *)context.data : "";

	return tls->complete &&
	       gnutls_prf_rfc5705(tls->session, strlen(label), label,
				  context.len, data, len, (char *)out) == 0;
}

struct seal_bytes tls_peer_leaf(const struct tls *tls)
{
	unsigned int count = 0;
	const gnutls_datum_t *chain =
		gnutls_certificate_get_peers(tls->session, &count);

	if (!chain || !count)
		return (struct seal_bytes){ 0 };
	return (struct seal_bytes){ chain[0].data, chain[0].size };
}
