// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * verify/ea and wire/authenticator against the published vectors, which
 * selftests/vectors/exported_authenticators.py computes from the words of
 * RFC 9261 alone.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "lib/exporter.h"
#include "lib/tap.h"
#include "verify/bind.h"
#include "verify/ea.h"
#include "verify/x509.h"

#define FILE_NAME "selftests/vectors/exported_authenticators.json"
#define PIECE_MAX 4096

/* A piece of a vector, and the same made by us. */
struct piece {
	uint8_t data[PIECE_MAX];
	size_t len;
};

struct vector {
	json_t *json;
	const char *name;
	bool client;
	struct seal_ea_keys keys;
	struct piece request, context, cmw;
	struct piece cert[SEAL_CERTS_MAX];
	size_t cert_count;
	uint16_t scheme;
};

static struct seal_bytes view(const struct piece *p)
{
	return (struct seal_bytes){ p->data, p->len };
}

static const char *text(const struct vector *v, const char *key)
{
	const char *value = json_string_value(json_object_get(v->json, key));

	must(value, key);
	return value;
}

static void take(const char *hex, struct piece *out)
{
	out->len = unhex(hex, out->data, sizeof(out->data));
}

/* The content of the one extension that we know, or nothing. */
static void take_extension(struct vector *v)
{
	const json_t *list = json_object_get(v->json, "extensions");
	const json_t *first = json_array_get(list, 0);
	struct piece raw;

	v->cmw.len = 0;
	if (!json_array_size(list))
		return;
	must(json_array_size(list) == 1 && json_integer_value(json_object_get(
		first, "type")) == SEAL_EXT_CMW_ATTESTATION, "extension");
	take(json_string_value(json_object_get(first, "data")), &raw);
	v->cmw.len = raw.len - 2;
	memcpy(v->cmw.data, raw.data + 2, v->cmw.len);
}

static void take_certs(struct vector *v)
{
	const json_t *list = json_object_get(v->json, "certificates");

	v->cert_count = json_array_size(list);
	must(v->cert_count <= SEAL_CERTS_MAX, "certificates");
	for (size_t i = 0; i < v->cert_count; i++)
		take(json_string_value(json_array_get(list, i)), &v->cert[i]);
}

/* The exporters of the sender's side, from the secret. */
static void make_keys(struct vector *v)
{
	struct seal_bytes none = { 0 };
	uint8_t secret[SEAL_HASH_MAX];
	size_t len;

	v->keys.hash = !strcmp(text(v, "hash"), "sha384") ? SEAL_HASH_SHA384 : SEAL_HASH_SHA256;
	len = seal_hash_len(v->keys.hash);
	must(unhex(text(v, "exporter_secret"), secret, sizeof(secret)) == len, "secret");
	exporter(v->keys.hash, secret, v->client ? SEAL_LABEL_EA_CLIENT_CONTEXT :
		 SEAL_LABEL_EA_SERVER_CONTEXT, none, v->keys.context, len);
	exporter(v->keys.hash, secret, v->client ? SEAL_LABEL_EA_CLIENT_FINISHED :
		 SEAL_LABEL_EA_SERVER_FINISHED, none, v->keys.finished, len);
}

static void load(struct vector *v, json_t *json)
{
	v->json = json;
	v->name = text(v, "name");
	v->client = !strcmp(text(v, "sender"), "client");
	v->scheme = json_integer_value(json_object_get(json, "scheme"));
	take(text(v, "request"), &v->request);
	take(text(v, "context"), &v->context);
	take_extension(v);
	take_certs(v);
	make_keys(v);
}

static bool same(const struct vector *v, const char *key, const void *data, size_t len)
{
	bool equal = is_hex(data, len, text(v, key));

	if (!equal)
		note("%s: %s", v->name, key);
	return equal;
}

/* Certificate as we write it: with entries, or what a refusal is over. */
static bool make_certificate(const struct vector *v, struct piece *out)
{
	struct seal_writer w = seal_writer(out->data, sizeof(out->data));
	struct seal_bytes certs[SEAL_CERTS_MAX];

	for (size_t i = 0; i < v->cert_count; i++)
		certs[i] = view(&v->cert[i]);
	seal_put_certificate(&w, view(&v->context), certs, v->cert_count, view(&v->cmw));
	out->len = seal_writer_done(&w);
	return same(v, "certificate", out->data, out->len);
}

static bool keys_agree(const struct vector *v)
{
	size_t len = seal_hash_len(v->keys.hash);

	return same(v, "handshake_context", v->keys.context, len) &&
	       same(v, "finished_key", v->keys.finished, len);
}

/* Everything but the signature, which comes from the vector. */
static bool whole_agrees(const struct vector *v)
{
	uint8_t transcript[SEAL_HASH_MAX], digest[SEAL_HASH_MAX], want[SEAL_HASH_MAX];
	uint8_t mac[SEAL_HASH_MAX], out[PIECE_MAX];
	size_t len = seal_hash_len(v->keys.hash), mark;
	struct seal_writer w = seal_writer(out, sizeof(out));
	struct piece certificate, signature, input;
	struct seal_bytes verify, signed_input = { 0 };

	take(text(v, "signature"), &signature);
	take(text(v, "signed"), &input);
	if (!make_certificate(v, &certificate))
		return false;
	must(seal_ea_transcript(&v->keys, view(&v->request), view(&certificate), transcript) &&
	     seal_ea_digest(v->scheme, (struct seal_bytes){ transcript, len }, digest), "hash");
	signed_input = view(&input);
	must(seal_hash_parts(seal_scheme_hash(v->scheme), &signed_input, 1, want), "hash");
	if (!same(v, "transcript", transcript, len) ||
	    memcmp(digest, want, seal_hash_len(seal_scheme_hash(v->scheme))))
		return false;
	seal_put_bytes(&w, certificate.data, certificate.len);
	mark = w.len;
	seal_put_certificate_verify(&w, v->scheme, view(&signature));
	verify = (struct seal_bytes){ out + mark, w.len - mark };
	must(seal_ea_finished(&v->keys, view(&v->request), view(&certificate), verify, mac), "mac");
	seal_put_finished(&w, (struct seal_bytes){ mac, len });
	return same(v, "certificate_verify", verify.data, verify.len) &&
	       same(v, "authenticator", out, seal_writer_done(&w));
}

static bool refusal_agrees(const struct vector *v)
{
	struct piece certificate, out;

	out.len = seal_ea_refusal(&v->keys, view(&v->request), view(&v->context), out.data,
				  sizeof(out.data));
	return make_certificate(v, &certificate) &&
	       same(v, "authenticator", out.data, out.len) &&
	       same(v, "finished", out.data, out.len);
}

/* What the receiver's functions make of authenticator @raw. */
static bool accepted(const struct vector *v, const struct piece *raw,
		     const struct seal_key *key)
{
	struct seal_authenticator auth;

	if (!seal_authenticator_decode(view(raw), &auth) ||
	    !seal_ea_check_finished(&v->keys, view(&v->request), view(&v->context), &auth))
		return false;
	if (auth.refusal)
		return !v->cert_count;
	return seal_bytes_equal(auth.context, view(&v->context)) &&
	       seal_bytes_equal(auth.cmw, view(&v->cmw)) &&
	       auth.cert_count == v->cert_count &&
	       seal_ea_check_signature(&v->keys, view(&v->request), &auth, key);
}

static void receive(const struct vector *v)
{
	struct seal_cert cert = { 0 };
	struct vector other = *v;
	struct piece raw;
	size_t wrong = 0;

	take(text(v, "authenticator"), &raw);
	if (v->cert_count)
		must(seal_cert_decode(view(&v->cert[0]), &cert), "certificate");
	ok(accepted(v, &raw, &cert.key), "%s: accepted", v->name);
	for (size_t i = 0; i < raw.len; i++) {
		raw.data[i] ^= 1;
		wrong += accepted(v, &raw, &cert.key);
		raw.data[i] ^= 1;
	}
	other.client = !v->client;
	make_keys(&other);
	wrong += accepted(&other, &raw, &cert.key);
	other = *v;
	other.request.data[other.request.len++] = 0;
	wrong += accepted(&other, &raw, &cert.key);
	ok(!wrong, "%s: not with a bit changed, another sender or request", v->name);
}

static void run(json_t *json)
{
	static struct vector v;
	struct seal_ask ask;

	load(&v, json);
	ok(keys_agree(&v), "%s: exporters", v.name);
	ok(v.cert_count ? whole_agrees(&v) : refusal_agrees(&v), "%s: made", v.name);
	receive(&v);
	/* Only what asks for evidence is a request of this protocol. */
	ok(seal_ask_decode(view(&v.request), &ask) ==
	   (strstr(v.name, "evidence") || strstr(v.name, "empty")), "%s: request", v.name);
}

/* What profile expat binds evidence to. */
static void run_expat(json_t *json)
{
	struct vector v = { .json = json, .name = text(&(struct vector){ .json = json }, "name") };
	bool long_hash = !strcmp(text(&v, "hash"), "sha384");
	enum seal_hash hash = long_hash ? SEAL_HASH_SHA384 : SEAL_HASH_SHA256;
	uint8_t secret[SEAL_HASH_MAX], ekm[SEAL_SHA256_LEN], binding[SEAL_HASH_MAX];
	const size_t len = seal_hash_len(hash);
	struct piece cert, context;

	take(text(&v, "certificate"), &cert);
	take(text(&v, "context"), &context);
	must(unhex(text(&v, "exporter_secret"), secret, sizeof(secret)) == len, "secret");
	exporter(hash, secret, SEAL_LABEL_EXPAT, view(&context), ekm, sizeof(ekm));
	ok(same(&v, "exported", ekm, sizeof(ekm)) &&
	   seal_expat_binding(hash, view(&cert), ekm, binding) == len &&
	   same(&v, "binding", binding, len), "expat: %s", v.name);
	ok(!seal_expat_binding(SEAL_HASH_NONE, view(&cert), ekm, binding), "expat: by no hash");
	cert.len--;
	ok(!seal_expat_binding(hash, view(&cert), ekm, binding), "expat: no half certificate");
}

int main(void)
{
	json_t *file = json_load_file(FILE_NAME, JSON_REJECT_DUPLICATES, NULL);
	json_t *list = json_object_get(file, "vectors"), *json;
	size_t i;

	must(json_is_array(list), FILE_NAME);
	json_array_foreach(list, i, json)
		run(json);
	ok(json_array_size(list) == 14, "both hashes, sides and forms");
	list = json_object_get(file, "expat");
	must(json_array_size(list) == 4, "expat");
	json_array_foreach(list, i, json)
		run_expat(json);
	json_decref(file);
	return done();
}
