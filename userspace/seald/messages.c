// SPDX-License-Identifier: GPL-2.0-or-later

#include "messages.h"

#include <string.h>
#include <sys/socket.h>

#include "verify/reason.h"

static struct seal_bytes view(const void *data, size_t len)
{
	return (struct seal_bytes){ .data = len ? data : NULL, .len = len };
}

static void put_text(struct seal_writer *w, const char *text)
{
	seal_put_vec16(w, view(text, strlen(text)));
}

/* @out has room for @max octets and a zero. */
static void get_text(struct seal_reader *r, char *out, size_t max)
{
	struct seal_bytes v = seal_get_vec16(r, 0, max);

	if (seal_bytes_chr(v, '\0'))
		r->bad = true;
	if (!r->bad && v.len)
		memcpy(out, v.data, v.len);
	out[r->bad ? 0 : v.len] = '\0';
}

/*
 * The same of printable ASCII, without blanks if it is one @word: what a verifier says becomes
 * part of lines that administrators and programs read.
 */
static void get_plain(struct seal_reader *r, bool word, char *out, size_t max)
{
	get_text(r, out, max);
	for (const char *c = out; *c; c++)
		if (*c < (word ? 0x21 : 0x20) || *c > 0x7e)
			r->bad = true;
}

static bool get_bool(struct seal_reader *r)
{
	uint8_t v = seal_get_u8(r);

	if (v > 1)
		r->bad = true;
	return v == 1 && !r->bad;
}

/* Into a buffer of @max octets; returns the length. */
static size_t get_blob(struct seal_reader *r, uint8_t *out, size_t max)
{
	struct seal_bytes v = seal_get_vec16(r, 0, max);

	if (v.len)
		memcpy(out, v.data, v.len);
	return v.len;
}

static enum seal_side get_side(struct seal_reader *r)
{
	uint8_t v = seal_get_u8(r);

	if (v != SEAL_SIDE_CLIENT && v != SEAL_SIDE_SERVER) {
		r->bad = true;
		return SEAL_SIDE_NONE;
	}
	return (enum seal_side)v;
}

static enum ipc_auth get_auth(struct seal_reader *r)
{
	uint8_t v = seal_get_u8(r);

	if (v != IPC_AUTH_ANON && v != IPC_AUTH_X509 && v != IPC_AUTH_PSK) {
		r->bad = true;
		return IPC_AUTH_NONE;
	}
	return (enum ipc_auth)v;
}

/* Nothing of a message that is bad in one place may be used. */
static bool finish(const struct seal_reader *r, void *m, size_t size)
{
	if (seal_reader_done(r))
		return true;
	memset(m, 0, size);
	return false;
}

size_t ipc_worker_encode(const struct ipc_worker *m, uint8_t *out, size_t size)
{
	struct seal_writer w = seal_writer(out, size);

	seal_put_u64(&w, m->handshake);
	seal_put_u8(&w, (uint8_t)m->side);
	seal_put_u8(&w, (uint8_t)m->auth);
	seal_put_u8(&w, m->ciphers);
	seal_put_u8(&w, m->class);
	seal_put_u32(&w, m->uid);
	seal_put_u8(&w, m->has_attester);
	seal_put_u64(&w, m->deadline);
	put_text(&w, m->peername);
	return seal_writer_done(&w);
}

bool ipc_worker_decode(struct seal_bytes body, struct ipc_worker *m)
{
	struct seal_reader r = seal_reader_of(body);

	memset(m, 0, sizeof(*m));
	m->handshake = seal_get_u64(&r);
	m->side = get_side(&r);
	m->auth = get_auth(&r);
	m->ciphers = seal_get_u8(&r);
	m->class = seal_get_u8(&r);
	m->uid = seal_get_u32(&r);
	m->has_attester = get_bool(&r);
	m->deadline = seal_get_u64(&r);
	get_text(&r, m->peername, IPC_PEERNAME_MAX);
	if (m->ciphers & ~IPC_CIPHER_ALL)
		r.bad = true;
	return finish(&r, m, sizeof(*m));
}

size_t ipc_keys_encode(const struct ipc_keys *m, uint8_t *out, size_t size)
{
	struct seal_writer w = seal_writer(out, size);

	seal_put_bytes(&w, m->connection_id, sizeof(m->connection_id));
	seal_put_u8(&w, m->certificate);
	seal_put_vec16(&w, view(m->tx, m->tx_len));
	seal_put_vec16(&w, view(m->rx, m->rx_len));
	return seal_writer_done(&w);
}

bool ipc_keys_decode(struct seal_bytes body, struct ipc_keys *m)
{
	struct seal_reader r = seal_reader_of(body);

	memset(m, 0, sizeof(*m));
	seal_get_copy(&r, m->connection_id, sizeof(m->connection_id));
	m->certificate = get_bool(&r);
	m->tx_len = get_blob(&r, m->tx, sizeof(m->tx));
	m->rx_len = get_blob(&r, m->rx, sizeof(m->rx));
	if (!m->tx_len || !m->rx_len)
		r.bad = true;
	return finish(&r, m, sizeof(*m));
}

size_t ipc_failed_encode(const struct ipc_failed *m, uint8_t *out, size_t size)
{
	struct seal_writer w = seal_writer(out, size);

	seal_put_u16(&w, m->reason);
	seal_put_u8(&w, m->transient);
	put_text(&w, m->detail);
	return seal_writer_done(&w);
}

bool ipc_failed_decode(struct seal_bytes body, struct ipc_failed *m)
{
	struct seal_reader r = seal_reader_of(body);

	memset(m, 0, sizeof(*m));
	m->reason = seal_get_u16(&r);
	m->transient = get_bool(&r);
	get_text(&r, m->detail, IPC_TEXT_MAX);
	if (m->reason == SEAL_REASON_ACCEPTED || m->reason >= SEAL_REASON_COUNT)
		r.bad = true;
	return finish(&r, m, sizeof(*m));
}

static void put_address(struct seal_writer *w, const struct ipc_address *a)
{
	seal_put_u16(w, a->family);
	seal_put_u16(w, a->port);
	seal_put_bytes(w, a->ip, sizeof(a->ip));
}

static void get_address(struct seal_reader *r, struct ipc_address *a)
{
	a->family = seal_get_u16(r);
	a->port = seal_get_u16(r);
	seal_get_copy(r, a->ip, sizeof(a->ip));
	if (a->family != AF_INET && a->family != AF_INET6)
		r->bad = true;
}

size_t ipc_verifier_encode(const struct ipc_verifier *m, uint8_t *out,
			   size_t size)
{
	struct seal_writer w = seal_writer(out, size);

	seal_put_u64(&w, m->handshake);
	seal_put_u8(&w, (uint8_t)m->side);
	seal_put_u8(&w, (uint8_t)m->auth);
	seal_put_u8(&w, m->class);
	seal_put_u32(&w, m->uid);
	seal_put_u8(&w, m->has_attester);
	seal_put_u64(&w, m->deadline);
	put_address(&w, &m->local);
	put_address(&w, &m->remote);
	seal_put_u32(&w, m->keyring);
	seal_put_u8(&w, (uint8_t)m->psk_count);
	for (size_t i = 0; i < m->psk_count; i++)
		seal_put_u32(&w, m->psks[i]);
	put_text(&w, m->peername);
	return seal_writer_done(&w);
}

bool ipc_verifier_decode(struct seal_bytes body, struct ipc_verifier *m)
{
	struct seal_reader r = seal_reader_of(body);

	memset(m, 0, sizeof(*m));
	m->handshake = seal_get_u64(&r);
	m->side = get_side(&r);
	m->auth = get_auth(&r);
	m->class = seal_get_u8(&r);
	m->uid = seal_get_u32(&r);
	m->has_attester = get_bool(&r);
	m->deadline = seal_get_u64(&r);
	get_address(&r, &m->local);
	get_address(&r, &m->remote);
	m->keyring = seal_get_u32(&r);
	m->psk_count = seal_get_u8(&r);
	if (m->psk_count > IPC_PSKS_MAX) {
		r.bad = true;
		m->psk_count = 0;
	}
	for (size_t i = 0; i < m->psk_count; i++)
		m->psks[i] = seal_get_u32(&r);
	get_text(&r, m->peername, IPC_PEERNAME_MAX);
	return finish(&r, m, sizeof(*m));
}

size_t ipc_verdict_encode(const struct ipc_verdict *m, uint8_t *out, size_t size)
{
	struct seal_writer w = seal_writer(out, size);

	seal_put_u8(&w, m->accepted);
	seal_put_u8(&w, m->attested);
	seal_put_u8(&w, m->authenticated);
	seal_put_u8(&w, m->observed);
	seal_put_u8(&w, m->fail);
	seal_put_u16(&w, m->reason);
	seal_put_u64(&w, m->deadline);
	seal_put_u32(&w, m->psk);
	seal_put_vec16(&w, view(m->ak_name, m->ak_name_len));
	seal_put_vec16(&w, view(m->pcr_digest, m->pcr_digest_len));
	put_text(&w, m->peer);
	put_text(&w, m->policy);
	put_text(&w, m->claims);
	put_text(&w, m->detail);
	return seal_writer_done(&w);
}

bool ipc_verdict_decode(struct seal_bytes body, struct ipc_verdict *m)
{
	struct seal_reader r = seal_reader_of(body);

	memset(m, 0, sizeof(*m));
	m->accepted = get_bool(&r);
	m->attested = get_bool(&r);
	m->authenticated = get_bool(&r);
	m->observed = get_bool(&r);
	m->fail = get_bool(&r);
	m->reason = seal_get_u16(&r);
	m->deadline = seal_get_u64(&r);
	m->psk = seal_get_u32(&r);
	m->ak_name_len = get_blob(&r, m->ak_name, sizeof(m->ak_name));
	m->pcr_digest_len = get_blob(&r, m->pcr_digest, sizeof(m->pcr_digest));
	get_plain(&r, true, m->peer, sizeof(m->peer) - 1);
	get_plain(&r, true, m->policy, sizeof(m->policy) - 1);
	get_plain(&r, false, m->claims, sizeof(m->claims) - 1);
	get_text(&r, m->detail, sizeof(m->detail) - 1);
	if (m->reason >= SEAL_REASON_COUNT ||
	    m->attested != (m->reason == SEAL_REASON_ACCEPTED))
		r.bad = true;
	if (m->attested && (!m->accepted || !m->deadline || !m->ak_name_len))
		r.bad = true;
	return finish(&r, m, sizeof(*m));
}

static size_t put_flags(const bool *flags, size_t count, uint8_t *out,
			size_t size)
{
	struct seal_writer w = seal_writer(out, size);

	for (size_t i = 0; i < count; i++)
		seal_put_u8(&w, flags[i]);
	return seal_writer_done(&w);
}

size_t ipc_offer_encode(const struct ipc_offer *m, uint8_t *out, size_t size)
{
	return put_flags((bool[]){ m->offer, m->demand }, 2, out, size);
}

bool ipc_offer_decode(struct seal_bytes body, struct ipc_offer *m)
{
	struct seal_reader r = seal_reader_of(body);

	m->offer = get_bool(&r);
	m->demand = get_bool(&r);
	return finish(&r, m, sizeof(*m));
}

size_t ipc_psk_encode(const struct ipc_psk *m, uint8_t *out, size_t size)
{
	struct seal_writer w = seal_writer(out, size);

	seal_put_vec16(&w, m->identity);
	seal_put_vec8(&w, m->key);
	return seal_writer_done(&w);
}

bool ipc_psk_decode(struct seal_bytes body, struct ipc_psk *m)
{
	struct seal_reader r = seal_reader_of(body);

	m->identity = seal_get_vec16(&r, 1, IPC_PSK_IDENTITY_MAX);
	m->key = seal_get_vec8(&r, 32, IPC_PSK_MAX);
	if (m->key.len != 32 && m->key.len != 48)
		r.bad = true;
	return finish(&r, m, sizeof(*m));
}

size_t ipc_peer_encode(const struct ipc_peer *m, uint8_t *out, size_t size)
{
	return put_flags((bool[]){ m->complete, m->seal }, 2, out, size);
}

bool ipc_peer_decode(struct seal_bytes body, struct ipc_peer *m)
{
	struct seal_reader r = seal_reader_of(body);

	m->complete = get_bool(&r);
	m->seal = get_bool(&r);
	return finish(&r, m, sizeof(*m));
}

size_t ipc_plan_encode(const struct ipc_plan *m, uint8_t *out, size_t size)
{
	struct seal_writer w = seal_writer(out, size);

	seal_put_u8(&w, m->plain);
	seal_put_u8(&w, m->wants_peer);
	seal_put_u8(&w, m->attest);
	seal_put_u8(&w, m->profile);
	seal_put_u8(&w, (uint8_t)m->media_count);
	for (size_t i = 0; i < m->media_count; i++)
		seal_put_vec8(&w, m->media_types[i]);
	return seal_writer_done(&w);
}

bool ipc_plan_decode(struct seal_bytes body, struct ipc_plan *m)
{
	struct seal_reader r = seal_reader_of(body);

	m->plain = get_bool(&r);
	m->wants_peer = get_bool(&r);
	m->attest = get_bool(&r);
	m->profile = seal_get_u8(&r);
	if (m->profile >= SEAL_PROFILE_COUNT)
		r.bad = true;
	m->media_count = seal_get_u8(&r);
	if (m->media_count > SEAL_MEDIA_MAX) {
		r.bad = true;
		m->media_count = 0;
	}
	for (size_t i = 0; i < m->media_count; i++)
		m->media_types[i] = seal_get_vec8(&r, 1, 255);
	return finish(&r, m, sizeof(*m));
}

size_t ipc_hellos_encode(const struct ipc_hellos *m, uint8_t *out, size_t size)
{
	struct seal_writer w = seal_writer(out, size);

	seal_put_vec24(&w, m->client);
	seal_put_vec24(&w, m->server);
	return seal_writer_done(&w);
}

bool ipc_hellos_decode(struct seal_bytes body, struct ipc_hellos *m)
{
	const size_t max = SEAL_FRAME_HEADER_LEN + SEAL_HELLO_MAX;
	struct seal_reader r = seal_reader_of(body);

	m->client = seal_get_vec24(&r, SEAL_FRAME_HEADER_LEN, max);
	m->server = seal_get_vec24(&r, SEAL_FRAME_HEADER_LEN, max);
	return finish(&r, m, sizeof(*m));
}

size_t ipc_authenticator_encode(const struct ipc_authenticator *m, uint8_t *out,
				size_t size)
{
	struct seal_writer w = seal_writer(out, size);

	seal_put_vec8(&w, m->handshake_context);
	seal_put_vec8(&w, m->finished_key);
	seal_put_vec16(&w, m->our_cert);
	seal_put_vec24(&w, m->body);
	return seal_writer_done(&w);
}

bool ipc_authenticator_decode(struct seal_bytes body,
			      struct ipc_authenticator *m)
{
	struct seal_reader r = seal_reader_of(body);

	m->handshake_context = seal_get_vec8(&r, 32, SEAL_HASH_MAX);
	m->finished_key = seal_get_vec8(&r, 32, SEAL_HASH_MAX);
	m->our_cert = seal_get_vec16(&r, 0, SEAL_CHAIN_MAX);
	m->body = seal_get_vec24(&r, 1, SEAL_AUTHENTICATOR_MAX);
	return finish(&r, m, sizeof(*m));
}

size_t ipc_accept_encode(const struct ipc_accept *m, uint8_t *out, size_t size)
{
	struct seal_writer w = seal_writer(out, size);

	seal_put_u32(&w, m->valid_for);
	return seal_writer_done(&w);
}

bool ipc_accept_decode(struct seal_bytes body, struct ipc_accept *m)
{
	struct seal_reader r = seal_reader_of(body);

	m->valid_for = seal_get_u32(&r);
	return finish(&r, m, sizeof(*m));
}

size_t ipc_refuse_encode(const struct ipc_refuse *m, uint8_t *out, size_t size)
{
	struct seal_writer w = seal_writer(out, size);

	seal_put_u16(&w, m->code);
	seal_put_u8(&w, m->alert);
	return seal_writer_done(&w);
}

bool ipc_refuse_decode(struct seal_bytes body, struct ipc_refuse *m)
{
	struct seal_reader r = seal_reader_of(body);

	m->code = seal_get_u16(&r);
	m->alert = seal_get_u8(&r);
	return finish(&r, m, sizeof(*m));
}
