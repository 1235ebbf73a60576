// SPDX-License-Identifier: GPL-2.0-or-later
/* wire: every message there and back, and every wrong one refused. */
#include <stdio.h>
#include <string.h>

#include "lib/tap.h"
#include "wire/authenticator.h"
#include "wire/cmw.h"
#include "wire/hello.h"
#include "wire/log.h"
#include "wire/request.h"
#include "wire/result.h"

#define TEXT(s)	((struct seal_bytes){ (const uint8_t *)(s), strlen(s) })

static struct seal_bytes view(const uint8_t *data, size_t len)
{
	return (struct seal_bytes){ data, len };
}

/* A copy of @in with @len octets at @at replaced by @with. */
static struct seal_bytes splice(uint8_t *out, struct seal_bytes in, size_t at,
				size_t len, struct seal_bytes with)
{
	memcpy(out, in.data, at);
	if (with.len)
		memcpy(out + at, with.data, with.len);
	memcpy(out + at + with.len, in.data + at + len, in.len - at - len);
	return view(out, in.len - len + with.len);
}

static void negotiation(void)
{
	uint8_t ch[2], ee[2], flags = 0;
	size_t wrong = 0;

	seal_negotiation_ch_encode(ch);
	ok(is_hex(ch, 2, "01 01"), "ClientHello: the same two octets from everybody");
	ok(seal_negotiation_ch_decode(view(ch, 2)), "and they are accepted");
	ok(seal_negotiation_ch_decode(TEXT("\x03\x07\x01\x09")), "among other versions");
	ok(!seal_negotiation_ch_decode(TEXT("\x02\x07\x09")), "not without ours");
	ok(!seal_negotiation_ch_decode(view(NULL, 0)) &&
	   !seal_negotiation_ch_decode(view((uint8_t *)"\0", 1)) &&
	   !seal_negotiation_ch_decode(TEXT("\x01\x01\x01")) &&
	   !seal_negotiation_ch_decode(TEXT("\x02\x01")) &&
	   !seal_negotiation_ch_decode(TEXT("\x10\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1")),
	   "nor empty, longer, shorter, or of 16 versions");
	seal_negotiation_ee_encode(SEAL_EE_CLIENT_REQUIRED | SEAL_EE_SERVER_ATTESTS, ee);
	ok(seal_negotiation_ee_decode(view(ee, 2), &flags) && flags == 3,
	   "EncryptedExtensions: version and flags");
	for (unsigned int v = 0; v < 65536; v++) {
		uint8_t raw[2] = { v >> 8, v };
		bool legal = v >> 8 == 1 && !(v & 0xf8);

		wrong += seal_negotiation_ee_decode(view(raw, 2), &flags) != legal;
	}
	ok(!wrong, "no other version and no unknown flag");
	ok(!seal_negotiation_ee_decode(view(ee, 1), &flags) &&
	   !seal_negotiation_ee_decode(TEXT("\x01\x01\x01"), &flags),
	   "nor another length");
}

static struct seal_hello full_hello(void)
{
	struct seal_hello hello = {
		.can_attest = true,
		.wants_peer = true,
		.modes = SEAL_HELLO_EVIDENCE,
		.consumer = SEAL_CLASS_USER,
		.uid = 0x01020304,
		.media_types = { TEXT(SEAL_MEDIA_TPM), TEXT("application/other") },
		.media_count = 2,
		.verifier_ids = TEXT("v"),
	};

	memset(hello.random, 0x5a, sizeof(hello.random));
	return hello;
}

static bool hello_accepts(struct seal_bytes in, void *arg)
{
	struct seal_hello hello;
	uint8_t again[SEAL_HELLO_MAX];

	if (!seal_hello_decode(in, &hello))
		return false;
	/* Whatever is accepted has one encoding only. */
	must(seal_hello_encode(&hello, again, sizeof(again)) == in.len &&
	     !memcmp(again, in.data, in.len), "hello encodes as it was");
	return true;
}

static void hellos(void)
{
	struct seal_hello hello = full_hello(), got;
	uint8_t raw[SEAL_HELLO_MAX], bad[SEAL_HELLO_MAX];
	size_t len = seal_hello_encode(&hello, raw, sizeof(raw)), wrong = 0;
	struct seal_bytes good = view(raw, len);

	sturdy("hello", hello_accepts, NULL, good);
	ok(seal_hello_decode(good, &got) && got.can_attest && got.wants_peer &&
	   got.consumer == SEAL_CLASS_USER && got.uid == 0x01020304 &&
	   got.media_count == 2 && got.verifier_ids.len == 1 && got.random[31] == 0x5a,
	   "hello: comes back as it went");
	ok(seal_hello_lists(&got, TEXT(SEAL_MEDIA_TPM)) &&
	   !seal_hello_lists(&got, TEXT("application/othe")), "hello: lists what it lists");
	for (unsigned int roles = 0; roles < 256; roles++) {
		memcpy(bad, raw, len);
		bad[1] = roles;
		wrong += hello_accepts(view(bad, len), NULL) != !(roles & ~3u);
	}
	ok(!wrong, "hello: no unknown role bit");
	wrong = 0;
	for (unsigned int class = 0; class < 256; class++) {
		memcpy(bad, raw, len);
		bad[3] = class;
		wrong += hello_accepts(view(bad, len), NULL) != (class == SEAL_CLASS_USER);
		memset(bad + 4, 0, 4);
		wrong += hello_accepts(view(bad, len), NULL) != (class < SEAL_CLASS_COUNT);
	}
	ok(!wrong, "hello: no unknown class, a uid only for a user");
	memcpy(bad, raw, len);
	bad[0] = 2;
	ok(!hello_accepts(view(bad, len), NULL), "hello: no other version");
	memcpy(bad, raw, len);
	bad[13] = '2';
	ok(!hello_accepts(view(bad, len), NULL), "hello: no other profile");
	good = splice(bad, view(raw, len), 13, 1, view(NULL, 0));
	bad[8] = 4;
	ok(!hello_accepts(good, NULL), "hello: nor the beginning of ours");
	good = splice(bad, view(raw, len), 14, 0, TEXT("2"));
	bad[8] = 6;
	ok(!hello_accepts(good, NULL), "hello: nor one that begins like it");
	hello.media_count = 0;
	ok(!seal_hello_encode(&hello, raw, sizeof(raw)), "hello: who attests names a type");
	hello.can_attest = false;
	hello.wants_peer = false;
	ok(seal_hello_encode(&hello, raw, sizeof(raw)), "hello: who does not need not");
	hello.media_count = SEAL_MEDIA_MAX;
	for (size_t i = 0; i < SEAL_MEDIA_MAX; i++)
		hello.media_types[i] = TEXT("a");
	len = seal_hello_encode(&hello, raw, sizeof(raw));
	ok(hello_accepts(view(raw, len), NULL), "hello: 16 media types");
	good = splice(bad, view(raw, len), 16, 0, TEXT("\x01" "a"));
	bad[15] += 2;
	ok(!hello_accepts(good, NULL), "hello: not 17");
	hello = full_hello();
	hello.verifier_ids = view(raw, sizeof(raw));
	ok(!seal_hello_encode(&hello, bad, sizeof(bad)), "hello: not larger than its frame");
}

static struct seal_ask full_ask(void)
{
	static const uint8_t select[] = { 0, 0, 0, 1, 0, 0x0b, 3, 0xff, 0x03, 0 };
	struct seal_ask ask = {
		.from = SEAL_SIDE_SERVER,
		.schemes = { 0x0403, 0x0804 },
		.scheme_count = 2,
		.exchange = 7,
		.mode = SEAL_MODE_EVIDENCE,
		.pcr_select = view(select, sizeof(select)),
		.tcg_from = 1,
		.ima_from = 2,
		.nonce = TEXT("nonce"),
	};

	memset(ask.context, 0xc0, sizeof(ask.context));
	return ask;
}

static bool ask_accepts(struct seal_bytes in, void *arg)
{
	struct seal_ask ask;

	return seal_ask_decode(in, &ask);
}

/* The list of extensions of an AuthRequest: where it is, and its three parts. */
enum { EXT_AT = 4 + 1 + 32 + 2, SCHEMES_LEN = 4 + 2 + 4, CMW_LEN = 4 };

/* @ask with its extensions replaced by those. */
static struct seal_bytes with_extensions(uint8_t *out, struct seal_bytes ask,
					 struct seal_bytes list)
{
	struct seal_bytes b = splice(out, ask, EXT_AT, ask.len - EXT_AT, list);

	out[1] = 0;
	out[2] = (b.len - 4) >> 8;
	out[3] = b.len - 4;
	out[EXT_AT - 2] = list.len >> 8;
	out[EXT_AT - 1] = list.len;
	return b;
}

/* Is a request with @count schemes, all the same, accepted? */
static bool schemes(unsigned int count)
{
	struct seal_ask ask = full_ask();
	uint8_t raw[1024], bad[1024], list[1024];
	size_t len = seal_ask_encode(&ask, raw, sizeof(raw));
	struct seal_writer w = seal_writer(list, sizeof(list));

	seal_put_u16(&w, SEAL_EXT_SIGNATURE_ALGORITHMS);
	seal_put_u16(&w, 2 + 2 * count);
	seal_put_u16(&w, 2 * count);
	while (count--)
		seal_put_u16(&w, 0x0403);
	seal_put_bytes(&w, raw + EXT_AT + SCHEMES_LEN, len - EXT_AT - SCHEMES_LEN);
	return ask_accepts(with_extensions(bad, view(raw, len),
					   view(list, seal_writer_done(&w))), NULL);
}

static void requests(void)
{
	struct seal_ask ask = full_ask(), got;
	uint8_t raw[1024], bad[2048], list[2048];
	size_t len = seal_ask_encode(&ask, raw, sizeof(raw)), wrong = 0, n;
	struct seal_bytes good = view(raw, len);
	size_t ext = len - EXT_AT;

	sturdy("request", ask_accepts, NULL, good);
	ok(seal_ask_decode(good, &got) && got.from == SEAL_SIDE_SERVER &&
	   got.exchange == 7 && got.tcg_from == 1 && got.ima_from == 2 &&
	   got.nonce.len == 5 && got.pcr_select.len == 10 && got.context[31] == 0xc0 &&
	   seal_ask_accepts(&got, 0x0804) && !seal_ask_accepts(&got, 0x0805),
	   "request: comes back as it went");
	for (unsigned int type = 0; type < 256; type++) {
		bool client = type == 17, server = type == 13;

		memcpy(bad, raw, len);
		bad[0] = type;
		wrong += seal_ask_decode(view(bad, len), &got) != (client || server);
		if (client || server)
			wrong += got.from != (client ? SEAL_SIDE_CLIENT : SEAL_SIDE_SERVER);
	}
	ok(!wrong, "request: message 13 is a server's, 17 a client's, no other");
	memcpy(list, raw + EXT_AT + SCHEMES_LEN, ext - SCHEMES_LEN);
	ok(!ask_accepts(with_extensions(bad, good, view(list, ext - SCHEMES_LEN)), NULL),
	   "request: not without signature_algorithms");
	memcpy(list, raw + EXT_AT, SCHEMES_LEN);
	memcpy(list + SCHEMES_LEN, raw + EXT_AT + SCHEMES_LEN + CMW_LEN,
	       ext - SCHEMES_LEN - CMW_LEN);
	ok(!ask_accepts(with_extensions(bad, good, view(list, ext - CMW_LEN)), NULL),
	   "request: not without cmw_attestation");
	memcpy(list, raw + EXT_AT, SCHEMES_LEN + CMW_LEN);
	ok(!ask_accepts(with_extensions(bad, good, view(list, SCHEMES_LEN + CMW_LEN)), NULL),
	   "request: not without seal_request");
	wrong = 0;
	for (unsigned int part = 0; part < 3; part++) {
		static const size_t at[] = { 0, SCHEMES_LEN, SCHEMES_LEN + CMW_LEN };
		size_t size = (part == 2 ? ext : at[part + 1]) - at[part];

		memcpy(list, raw + EXT_AT, ext);
		memcpy(list + ext, raw + EXT_AT + at[part], size);
		wrong += ask_accepts(with_extensions(bad, good, view(list, ext + size)), NULL);
	}
	ok(!wrong, "request: no extension twice");
	memcpy(list, raw + EXT_AT, ext);
	memcpy(list + ext, "\x12\x34\0\2ab", 6);
	ok(ask_accepts(with_extensions(bad, good, view(list, ext + 6)), NULL),
	   "request: an unknown extension is skipped");
	memcpy(list + ext + 6, "\x12\x34\0\0", 4);
	ok(!ask_accepts(with_extensions(bad, good, view(list, ext + 10)), NULL),
	   "request: but not twice");
	memcpy(list, raw + EXT_AT + SCHEMES_LEN, ext - SCHEMES_LEN);
	memcpy(list + ext - SCHEMES_LEN, raw + EXT_AT, SCHEMES_LEN);
	ok(ask_accepts(with_extensions(bad, good, view(list, ext)), NULL),
	   "request: extensions in another order");
	n = splice(bad, good, 5, 1, view(NULL, 0)).len;
	bad[4] = 31;
	bad[3]--;
	ok(!ask_accepts(view(bad, n), NULL), "request: a context of 31 octets");
	ask.context[0] = 0;
	ask.from = SEAL_SIDE_NONE;
	ok(!seal_ask_encode(&ask, bad, sizeof(bad)), "request: nobody asks nothing");
	ask = full_ask();
	ask.scheme_count = 0;
	ok(!seal_ask_encode(&ask, bad, sizeof(bad)), "request: names a scheme");
	ask.scheme_count = SEAL_SCHEMES_MAX;
	len = seal_ask_encode(&ask, raw, sizeof(raw));
	ok(ask_accepts(view(raw, len), NULL), "request: 16 schemes");
	ok(!seal_ask_encode(&ask, bad, len - 1), "request: no more than there is room for");
	ok(!schemes(0) && schemes(1) && schemes(16) && !schemes(17),
	   "request: 1 to 16 schemes and no other number");
}

static void one_field(size_t back, const char *what, unsigned int legal_low,
		      unsigned int legal_high)
{
	struct seal_ask ask = full_ask();
	uint8_t raw[1024];
	size_t len = seal_ask_encode(&ask, raw, sizeof(raw)), wrong = 0;

	for (unsigned int v = 0; v < 256; v++) {
		raw[len - back] = v;
		wrong += ask_accepts(view(raw, len), NULL) !=
			 (v >= legal_low && v <= legal_high);
	}
	ok(!wrong, "request: %s", what);
}

static void request_fields(void)
{
	/* From the end: nonce 6, ima 8, tcg 8, logs 1, select 11, hash, mode ... */
	one_field(6 + 8 + 8 + 1 + 11 + 1, "SHA-256 only", 1, 1);
	one_field(6 + 8 + 8 + 1 + 11 + 2, "a mode that has a number", 1, 4);
	one_field(6 + 8 + 8 + 1 + 11 + 2 + 9, "this version only", 1, 1);
}

struct auth_parts {
	struct seal_bytes certs[SEAL_CERTS_MAX + 1];
	size_t count;
	struct seal_bytes cmw;
};

static size_t put_auth(const struct auth_parts *p, uint8_t *out, size_t size)
{
	struct seal_writer w = seal_writer(out, size);

	seal_put_certificate(&w, TEXT("context"), p->certs, p->count, p->cmw);
	seal_put_certificate_verify(&w, 0x0403, TEXT("signature"));
	seal_put_finished(&w, TEXT("0123456789abcdef0123456789abcdef"));
	return seal_writer_done(&w);
}

static bool auth_accepts(struct seal_bytes in, void *arg)
{
	struct seal_authenticator auth;

	return seal_authenticator_decode(in, &auth);
}

static void authenticators(void)
{
	struct auth_parts p = {
		{ TEXT("leaf"), TEXT("intermediate") }, 2, TEXT("cmw"),
	};
	struct seal_authenticator got;
	uint8_t raw[1024], bad[1024];
	size_t len = put_auth(&p, raw, sizeof(raw)), finished = len - 36, wrong = 0;
	struct seal_bytes good = view(raw, len);
	struct seal_writer w;

	sturdy("authenticator", auth_accepts, NULL, good);
	ok(seal_authenticator_decode(good, &got) && !got.refusal && got.cert_count == 2 &&
	   seal_bytes_equal(got.certs[1], TEXT("intermediate")) &&
	   seal_bytes_equal(got.cmw, TEXT("cmw")) && got.scheme == 0x0403 &&
	   seal_bytes_equal(got.signature, TEXT("signature")) &&
	   seal_bytes_equal(got.context, TEXT("context")) && got.verify_data.len == 32,
	   "authenticator: comes back as it went");
	ok(got.certificate.data == raw &&
	   got.certificate.len + got.certificate_verify.len == finished &&
	   got.certificate_verify.data == raw + got.certificate.len,
	   "authenticator: the messages are whole, for the transcript");
	p.cmw = view(NULL, 0);
	len = put_auth(&p, bad, sizeof(bad));
	ok(seal_authenticator_decode(view(bad, len), &got) && !got.cmw.len,
	   "authenticator: also without evidence");
	ok(auth_accepts(view(raw + finished, 36), NULL), "authenticator: Finished alone");
	strict("refusal", auth_accepts, NULL, view(raw + finished, 36));
	memcpy(bad, raw + finished, 36);
	memcpy(bad + 36, raw + finished, 36);
	ok(!auth_accepts(view(bad, 72), NULL), "authenticator: not Finished twice");
	seal_authenticator_decode(good, &got);
	len = got.certificate.len;
	for (unsigned int type = 0; type < 256; type++) {
		memcpy(bad, raw, good.len);
		bad[0] = type;
		wrong += auth_accepts(view(bad, good.len), NULL) != (type == 11);
		memcpy(bad, raw, good.len);
		bad[len] = type;
		wrong += auth_accepts(view(bad, good.len), NULL) != (type == 15);
		memcpy(bad, raw, good.len);
		bad[finished] = type;
		wrong += auth_accepts(view(bad, good.len), NULL) != (type == 20);
	}
	ok(!wrong, "authenticator: no other message types");
	w = seal_writer(bad, sizeof(bad));
	seal_put_bytes(&w, raw + len, got.certificate_verify.len);
	seal_put_bytes(&w, raw, len);
	seal_put_bytes(&w, raw + finished, 36);
	ok(!auth_accepts(view(bad, w.len), NULL), "authenticator: no other order");
	w = seal_writer(bad, sizeof(bad));
	seal_put_bytes(&w, raw, len);
	seal_put_bytes(&w, raw + finished, 36);
	ok(!auth_accepts(view(bad, w.len), NULL), "authenticator: not without CertificateVerify");
	w = seal_writer(bad, sizeof(bad));
	seal_put_certificate(&w, TEXT("context"), NULL, 0, view(NULL, 0));
	seal_put_bytes(&w, raw + len, good.len - len);
	ok(!auth_accepts(view(bad, w.len), NULL), "authenticator: not without a certificate");
}

/* Certificate with the entries written by hand, then a whole authenticator. */
static bool by_hand(const char *entries, size_t len)
{
	uint8_t raw[1024];
	struct seal_writer w = seal_writer(raw, sizeof(raw));
	size_t body, list;

	seal_put_u8(&w, SEAL_HS_CERTIFICATE);
	body = seal_put_open(&w, 3);
	seal_put_vec8(&w, TEXT("context"));
	list = seal_put_open(&w, 3);
	seal_put_bytes(&w, entries, len);
	seal_put_close(&w, list, 3);
	seal_put_close(&w, body, 3);
	seal_put_certificate_verify(&w, 0x0403, TEXT("signature"));
	seal_put_finished(&w, TEXT("verify"));
	return auth_accepts(view(raw, seal_writer_done(&w)), NULL);
}

#define BY_HAND(s)	by_hand(s, sizeof(s) - 1)

static void entries(void)
{
	ok(BY_HAND("\0\0\1L\0\7\xff\0\0\3\0\1C" "\0\0\1I\0\0"),
	   "entries: evidence in the first");
	ok(!BY_HAND("\0\0\1L\0\0" "\0\0\1I\0\7\xff\0\0\3\0\1C"),
	   "entries: not in another");
	ok(!BY_HAND("\0\0\1L\0\7\xff\0\0\3\0\1C" "\0\0\1I\0\7\xff\0\0\3\0\1C"),
	   "entries: not in both");
	ok(!BY_HAND("\0\0\1L\0\16\xff\0\0\3\0\1C\xff\0\0\3\0\1C"),
	   "entries: not twice in the first");
	ok(!BY_HAND("\0\0\1L\0\4\0\5\0\0"), "entries: no extension that was not asked for");
	ok(!BY_HAND("\0\0\1L\0\13\xff\0\0\3\0\1C\0\5\0\0"), "entries: nor beside it");
	ok(!BY_HAND("\0\0\1L\0\6\xff\0\0\2\0\0"), "entries: no empty evidence");
	ok(!BY_HAND("\0\0\0\0\0"), "entries: no empty certificate");
	ok(BY_HAND("\0\0\1L\0\0\0\0\1L\0\0\0\0\1L\0\0\0\0\1L\0\0"
		   "\0\0\1L\0\0\0\0\1L\0\0\0\0\1L\0\0\0\0\1L\0\0"), "entries: eight");
	ok(!BY_HAND("\0\0\1L\0\0\0\0\1L\0\0\0\0\1L\0\0\0\0\1L\0\0\0\0\1L\0\0"
		    "\0\0\1L\0\0\0\0\1L\0\0\0\0\1L\0\0\0\0\1L\0\0"), "entries: not nine");
}

static bool chain_accepts(struct seal_bytes in, void *arg)
{
	struct seal_bytes certs[SEAL_CERTS_MAX];
	size_t n;

	/* An empty list is legal; here it would hide a truncation to nothing. */
	return seal_chain_decode(in, certs, &n) && n == 2;
}

static void chains(void)
{
	struct seal_bytes certs[SEAL_CERTS_MAX + 1] = { TEXT("one"), TEXT("two") };
	struct seal_bytes out[SEAL_CERTS_MAX];
	uint8_t raw[128];
	size_t n = 9, len = seal_chain_encode(certs, 2, raw, sizeof(raw));

	sturdy("chain", chain_accepts, NULL, view(raw, len));
	ok(seal_chain_decode(view(NULL, 0), out, &n) && !n, "chain: nothing is no certificates");
	ok(!seal_chain_decode(view((uint8_t *)"\0\0\0", 4), out, &n), "chain: no empty one");
	ok(!seal_chain_encode(certs, SEAL_CERTS_MAX + 1, raw, sizeof(raw)),
	   "chain: not nine");
}

static bool cmw_accepts(struct seal_bytes in, void *arg)
{
	struct seal_cmw cmw;
	uint8_t again[256];

	if (!seal_cmw_decode(in, &cmw))
		return false;
	must(seal_cmw_encode(&cmw, again, sizeof(again)) == in.len &&
	     !memcmp(again, in.data, in.len), "cmw encodes as it was");
	return true;
}

#define CMW(s)	cmw_accepts(view((const uint8_t *)(s), sizeof(s) - 1), NULL)

static void wrappers(void)
{
	struct seal_cmw cmw = { TEXT(SEAL_MEDIA_TPM), TEXT("value"), SEAL_CMW_EVIDENCE };
	uint8_t raw[128], *big;
	static uint8_t value[70000], out[80000];
	size_t len = seal_cmw_encode(&cmw, raw, sizeof(raw));

	sturdy("cmw", cmw_accepts, NULL, view(raw, len));
	ok(is_hex(raw, len, "83 78 27 6170706c69636174696f6e2f766e642e7365616c2e74706d32"
			    "2d65766964656e63652b63626f72 45 76616c7565 04"),
	   "cmw: the record of RFC 9999");
	big = value;
	cmw.value = view(big, sizeof(value));
	len = seal_cmw_encode(&cmw, out, sizeof(out));
	ok(len && seal_cmw_decode(view(out, len), &cmw) && cmw.value.len == 70000,
	   "cmw: of 70000 octets");
	ok(!CMW("\x82\x61""a\x41v"), "cmw: not without ind");
	ok(!CMW("\x84\x61""a\x41v\x04\x00") && !CMW("\x84\x61""a\x41v\x04") &&
	   !CMW("\x82\x61""a\x41v\x04"), "cmw: three members, as many as it says");
	ok(!CMW("\x9f\x61""a\x41v\x04\xff"), "cmw: no indefinite array");
	ok(!CMW("\x83\x7f\x61""a\xff\x41v\x04"), "cmw: no indefinite text");
	ok(!CMW("\x83\x61""a\x5f\x41v\xff\x04"), "cmw: no indefinite bytes");
	ok(!CMW("\x83\x78\x01""a\x41v\x04"), "cmw: no longer length than needed");
	ok(!CMW("\x83\x61""a\x59\x00\x01v\x04"), "cmw: nor in two octets");
	ok(!CMW("\x83\x61""a\x41v\x18\x04"), "cmw: nor ind");
	ok(!CMW("\x83\x19\x01\x11\x41v\x04"), "cmw: no content format id");
	ok(!CMW("\x83\x41""a\x41v\x04"), "cmw: no type in bytes");
	ok(!CMW("\x83\x61""a\x61v\x04"), "cmw: no value in text");
	ok(!CMW("\x83\x61""a\x40\x04") && !CMW("\x83\x60\x41v\x04"), "cmw: nothing empty");
	ok(!CMW("\xda\x63\x74\x01\x01\x43v12"), "cmw: no tag");
	ok(!CMW("\xa1\x61""a\x83\x61""a\x41v\x04"), "cmw: no collection");
	ok(!CMW("\x83\x61""a\x5b\x00\x00\x00\x01\x00\x00\x00\x00v\x04"),
	   "cmw: no length of 64 bits");
	ok(!CMW("\x83\x61""a\x5a\xff\xff\xff\xffv\x04"), "cmw: no more than is there");
}

static bool result_accepts(struct seal_bytes in, void *arg)
{
	struct seal_result result;

	return seal_result_decode(in, &result);
}

static bool done_accepts(struct seal_bytes in, void *arg)
{
	struct seal_done got;

	return seal_done_decode(in, &got);
}

static bool error_accepts(struct seal_bytes in, void *arg)
{
	struct seal_error error;

	return seal_error_decode(in, &error);
}

static void results(void)
{
	struct seal_result result = { SEAL_SIDE_SERVER, 5, 3600 }, got;
	uint8_t raw[SEAL_RESULT_LEN];
	size_t wrong = 0;

	seal_result_encode(&result, raw);
	ok(is_hex(raw, sizeof(raw), "02 0000000000000005 0000 00000e10 0000"),
	   "result: side, exchange, code, lifetime, nothing");
	sturdy("result", result_accepts, NULL, view(raw, sizeof(raw)));
	ok(seal_result_decode(view(raw, sizeof(raw)), &got) &&
	   got.attester == SEAL_SIDE_SERVER && got.exchange == 5 && got.valid_for == 3600,
	   "result: comes back as it went");
	for (unsigned int v = 0; v < 256; v++) {
		raw[0] = v;
		wrong += result_accepts(view(raw, sizeof(raw)), NULL) != (v == 1 || v == 2);
	}
	raw[0] = 1;
	for (unsigned int v = 1; v < 256; v++) {
		raw[10] = v;
		wrong += result_accepts(view(raw, sizeof(raw)), NULL);
	}
	raw[10] = 0;
	memset(raw + 11, 0, 4);
	wrong += result_accepts(view(raw, sizeof(raw)), NULL);
	ok(!wrong, "result: of a side, with code ok, for more than no time");
}

static void ends(void)
{
	struct seal_done fin = { { 1, 2, 3 } };
	struct seal_error error = { SEAL_CODE_REJECTED };
	uint8_t raw[SEAL_DONE_LEN], err[SEAL_ERROR_LEN];
	size_t wrong = 0;

	seal_done_encode(&fin, raw);
	sturdy("done", done_accepts, NULL, view(raw, sizeof(raw)));
	for (unsigned int v = 0; v < 256; v++) {
		raw[0] = v;
		wrong += done_accepts(view(raw, sizeof(raw)), NULL) != (v == 1);
	}
	ok(!wrong, "done: no status but ready; zero is not");
	seal_error_encode(&error, err);
	sturdy("error", error_accepts, NULL, view(err, sizeof(err)));
	ok(seal_error_decode(view(err, 3), &error) && error.code == SEAL_CODE_REJECTED,
	   "error: comes back as it went");
	ok(seal_error_decode(TEXT("\x12\x34\x01"), &error) &&
	   error.code == SEAL_CODE_INTERNAL, "error: an unknown code is an error too");
	ok(!seal_error_decode(view((uint8_t *)"\0\0\1", 3), &error), "error: ok is not one");
	ok(!seal_error_decode(view((uint8_t *)"\0\4\0", 3), &error), "error: always fatal");
	error.code = SEAL_CODE_OK;
	seal_error_encode(&error, err);
	ok(is_hex(err, 3, "000f 01"), "error: ok cannot be sent as one");
	ok(seal_code_transient(SEAL_CODE_BUSY) && seal_code_transient(SEAL_CODE_TIMEOUT) &&
	   !seal_code_transient(SEAL_CODE_REJECTED) && !seal_code_transient(SEAL_CODE_OK),
	   "codes: busy passes, rejected stays");
	ok(!strcmp(seal_code_name(7), "unknown") && !strcmp(seal_code_name(99), "unknown") &&
	   !strcmp(seal_code_name(4), "rejected"), "codes: have names");
}

static bool log_ask_accepts(struct seal_bytes in, void *arg)
{
	struct seal_log_ask ask;

	return seal_log_ask_decode(in, &ask);
}

static bool log_accepts(struct seal_bytes in, void *arg)
{
	struct seal_log_piece piece;

	return seal_log_piece_decode(in, &piece);
}

static void logs(void)
{
	const struct seal_log_ask ask = { SEAL_LOG_IMA, 0x0102030405060708, 0xf000 };
	struct seal_log_piece piece = { SEAL_LOG_IMA, 7, true, TEXT("abc") }, got;
	uint8_t raw[SEAL_LOG_REQUEST_MAX], out[64];
	size_t wrong = 0, len;

	seal_log_ask_encode(&ask, raw);
	ok(is_hex(raw, 13, "02 0102030405060708 0000f000"), "log request: as specified");
	sturdy("log request", log_ask_accepts, NULL, view(raw, sizeof(raw)));
	for (unsigned int v = 0; v < 256; v++) {
		raw[0] = v;
		wrong += log_ask_accepts(view(raw, 13), NULL) != (v == 1 || v == 2);
	}
	ok(!wrong, "log request: two logs and no other");
	unhex("01 0000000000000000 0000f000", raw, sizeof(raw));
	wrong = !log_ask_accepts(view(raw, 13), NULL);
	raw[12]++;
	wrong += log_ask_accepts(view(raw, 13), NULL);
	memset(raw + 9, 0, 4);
	wrong += log_ask_accepts(view(raw, 13), NULL);
	ok(!wrong, "log request: for something, and not for too much");
	len = seal_log_piece_encode(&piece, out, sizeof(out));
	ok(is_hex(out, len, "02 0000000000000007 01 000003 616263"), "log data: as specified");
	sturdy("log data", log_accepts, NULL, view(out, len));
	ok(seal_log_piece_decode(view(out, len), &got) && got.log == SEAL_LOG_IMA &&
	   got.offset == 7 && got.final && got.data.len == 3, "log data: comes back as it went");
	out[9] = 2;
	ok(!log_accepts(view(out, len), NULL), "log data: final is yes or no");
	piece.data.len = 0;
	ok(seal_log_piece_encode(&piece, out, sizeof(out)) == SEAL_LOG_HEAD_LEN,
	   "log data: nothing more");
	out[9] = 0;
	piece.final = false;
	ok(!log_accepts(view(out, SEAL_LOG_HEAD_LEN), NULL) &&
	   !seal_log_piece_encode(&piece, out, sizeof(out)), "log data: no progress is refused");
	piece.data.len = SEAL_LOG_PIECE_MAX + 1;
	ok(!seal_log_piece_encode(&piece, out, sizeof(out)), "log data: at most 60 KiB");
	piece = (struct seal_log_piece){ SEAL_LOG_IMA, ask.from, false, TEXT("abc") };
	ok(seal_log_answers(&piece, &ask), "log data: answers what was asked");
	piece.offset++;
	wrong = seal_log_answers(&piece, &ask);
	piece.offset--;
	piece.log = SEAL_LOG_BOOT;
	wrong += seal_log_answers(&piece, &ask);
	piece.log = SEAL_LOG_IMA;
	wrong += seal_log_answers(&piece, &(struct seal_log_ask){ SEAL_LOG_IMA, ask.from, 2 });
	ok(!wrong, "log data: the log, the offset, no more than that");
	ok(!strcmp(seal_log_name(1), "boot") && !strcmp(seal_log_name(2), "ima") &&
	   !strcmp(seal_log_name(77), "unknown"), "logs: have names");
}

static void classes(void)
{
	ok(!strcmp(seal_class_name(SEAL_CLASS_NFSD), "nfsd") &&
	   !strcmp(seal_class_name(200), "unknown"), "classes: have names");
	ok(seal_class_in_kernel(SEAL_CLASS_NFS) && seal_class_in_kernel(SEAL_CLASS_KERNEL) &&
	   !seal_class_in_kernel(SEAL_CLASS_USER) &&
	   !seal_class_in_kernel(SEAL_CLASS_UNKNOWN) && !seal_class_in_kernel(200),
	   "classes: a user is not in the kernel, nor is the unknown");
}

int main(void)
{
	negotiation();
	hellos();
	requests();
	request_fields();
	authenticators();
	entries();
	chains();
	wrappers();
	results();
	ends();
	logs();
	classes();
	return done();
}
