// SPDX-License-Identifier: GPL-2.0-or-later
/* Authenticators: Certificate, CertificateVerify, Finished of RFC 9261. */
#include "wire/authenticator.h"

#include <string.h>

static void put_entry(struct seal_writer *w, struct seal_bytes cert,
		      struct seal_bytes cmw)
{
	size_t list, ext;

	seal_put_vec24(w, cert);
	list = seal_put_open(w, 2);
	if (cmw.len) {
		seal_put_u16(w, SEAL_EXT_CMW_ATTESTATION);
		ext = seal_put_open(w, 2);
		seal_put_vec16(w, cmw);
		seal_put_close(w, ext, 2);
	}
	seal_put_close(w, list, 2);
}

void seal_put_certificate(struct seal_writer *w, struct seal_bytes context,
			  const struct seal_bytes *certs, size_t count,
			  struct seal_bytes cmw)
{
	const struct seal_bytes none = { 0 };
	size_t body, list;

	if (count > SEAL_CERTS_MAX || cmw.len > SEAL_CMW_MAX)
		w->bad = true;
	seal_put_u8(w, SEAL_HS_CERTIFICATE);
	body = seal_put_open(w, 3);
	seal_put_vec8(w, context);
	list = seal_put_open(w, 3);
	for (size_t i = 0; i < count && !w->bad; i++)
		put_entry(w, certs[i], i ? none : cmw);
	seal_put_close(w, list, 3);
	seal_put_close(w, body, 3);
}

void seal_put_certificate_verify(struct seal_writer *w, uint16_t scheme,
				 struct seal_bytes signature)
{
	size_t body;

	seal_put_u8(w, SEAL_HS_CERTIFICATE_VERIFY);
	body = seal_put_open(w, 3);
	seal_put_u16(w, scheme);
	seal_put_vec16(w, signature);
	seal_put_close(w, body, 3);
}

void seal_put_finished(struct seal_writer *w, struct seal_bytes verify_data)
{
	seal_put_u8(w, SEAL_HS_FINISHED);
	seal_put_vec24(w, verify_data);
}

/*
 * One handshake message of that type: its content, and in *@whole_ret all of
 * it with the header.
 */
static struct seal_bytes get_message(struct seal_reader *r, uint8_t type,
				     struct seal_bytes *whole_ret)
{
	const uint8_t *start = r->at;
	struct seal_bytes content;

	if (seal_get_u8(r) != type)
		r->bad = true;
	content = seal_get_vec24(r, 0, SEAL_AUTHENTICATOR_MAX);
	*whole_ret = r->bad ? (struct seal_bytes){ 0 }
			    : (struct seal_bytes){ start, r->at - start };
	return content;
}

/* The extensions of one entry: none, or cmw_attestation in the first. */
static bool get_entry_extensions(struct seal_bytes list, bool first,
				 struct seal_authenticator *auth)
{
	struct seal_reader r = seal_reader_of(list);
	struct seal_reader ext;

	if (!list.len)
		return true;
	if (!first || seal_get_u16(&r) != SEAL_EXT_CMW_ATTESTATION)
		return false;
	ext = seal_reader_of(seal_get_vec16(&r, 0, 0xffff));
	auth->cmw = seal_get_vec16(&ext, 1, SEAL_CMW_MAX);
	return seal_reader_done(&ext) && seal_reader_done(&r);
}

static bool get_entries(struct seal_bytes list, struct seal_authenticator *auth)
{
	struct seal_reader r = seal_reader_of(list);

	while (r.left && !r.bad) {
		size_t n = auth->cert_count;
		struct seal_bytes extensions;

		if (n == SEAL_CERTS_MAX)
			return false;
		auth->certs[n] = seal_get_vec24(&r, 1, SEAL_CHAIN_MAX);
		extensions = seal_get_vec16(&r, 0, 0xffff);
		if (r.bad || !get_entry_extensions(extensions, !n, auth))
			return false;
		auth->cert_count++;
	}
	return seal_reader_done(&r) && auth->cert_count;
}

static bool get_certificate(struct seal_bytes content,
			    struct seal_authenticator *auth)
{
	struct seal_reader r = seal_reader_of(content);
	struct seal_bytes list;

	auth->context = seal_get_vec8(&r, 0, 255);
	list = seal_get_vec24(&r, 0, SEAL_AUTHENTICATOR_MAX);
	return seal_reader_done(&r) && get_entries(list, auth);
}

static bool get_certificate_verify(struct seal_bytes content,
				   struct seal_authenticator *auth)
{
	struct seal_reader r = seal_reader_of(content);

	auth->scheme = seal_get_u16(&r);
	auth->signature = seal_get_vec16(&r, 1, SEAL_SIGNATURE_MAX);
	return seal_reader_done(&r);
}

static bool decode(struct seal_bytes body, struct seal_authenticator *auth)
{
	struct seal_reader r = seal_reader_of(body);
	struct seal_bytes content, whole;

	auth->refusal = body.len && body.data[0] == SEAL_HS_FINISHED;
	if (!auth->refusal) {
		content = get_message(&r, SEAL_HS_CERTIFICATE, &auth->certificate);
		if (r.bad || !get_certificate(content, auth))
			return false;
		content = get_message(&r, SEAL_HS_CERTIFICATE_VERIFY,
				      &auth->certificate_verify);
		if (r.bad || !get_certificate_verify(content, auth))
			return false;
	}
	auth->verify_data = get_message(&r, SEAL_HS_FINISHED, &whole);
	return seal_reader_done(&r) && auth->verify_data.len &&
	       auth->verify_data.len <= SEAL_HASH_MAX;
}

bool seal_authenticator_decode(struct seal_bytes body,
			       struct seal_authenticator *auth_ret)
{
	struct seal_authenticator auth = { 0 };

	if (!decode(body, &auth))
		return false;
	*auth_ret = auth;
	return true;
}

bool seal_chain_decode(struct seal_bytes list,
		       struct seal_bytes certs_ret[SEAL_CERTS_MAX],
		       size_t *count_ret)
{
	struct seal_reader r = seal_reader_of(list);
	size_t count = 0;

	*count_ret = 0;
	while (r.left && !r.bad) {
		uint32_t len = seal_get_u32(&r);

		if (count == SEAL_CERTS_MAX || !len || len > SEAL_CHAIN_MAX)
			return false;
		certs_ret[count++] = seal_get_bytes(&r, len);
	}
	if (!seal_reader_done(&r))
		return false;
	*count_ret = count;
	return true;
}

size_t seal_chain_encode(const struct seal_bytes *certs, size_t count,
			 uint8_t *out, size_t size)
{
	struct seal_writer w = seal_writer(out, size);

	if (count > SEAL_CERTS_MAX)
		return 0;
	for (size_t i = 0; i < count; i++) {
		seal_put_u32(&w, certs[i].len);
		seal_put_bytes(&w, certs[i].data, certs[i].len);
	}
	return seal_writer_done(&w);
}
