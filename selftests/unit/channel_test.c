// SPDX-License-Identifier: GPL-2.0-or-later
/* What a worker may ask of the attester: every message in every state, and bad ones. */
#include <string.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "attester/channel.h"
#include "lib/tap.h"
#include "wire/hello.h"

static const char *const names[] = {
	"none", "open", "identity", "sign-tls", "bind", "claim", "sign-ea", "log" };

static uint8_t certificate[1024];
static size_t certificate_len = sizeof(certificate);

/* Any: its key is what expat binds to. */
static void make_certificate(void)
{
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t crt;

	must(!gnutls_x509_privkey_init(&key) && !gnutls_x509_crt_init(&crt) &&
	     !gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
					   GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0) &&
	     !gnutls_x509_crt_set_key(crt, key) && !gnutls_x509_crt_set_version(crt, 3) &&
	     !gnutls_x509_crt_set_serial(crt, "\1", 1) &&
	     !gnutls_x509_crt_set_activation_time(crt, 1) &&
	     !gnutls_x509_crt_set_expiration_time(crt, 2) &&
	     !gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0) &&
	     !gnutls_x509_crt_export(crt, GNUTLS_X509_FMT_DER, certificate, &certificate_len),
	     "certificate");
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_privkey_deinit(key);
}

static uint8_t tik_name[ATT_NAME_SIZE] = { 0x00, 0x0b, 0x5e, 0xa1 };

static struct att_self host(void)
{
	struct att_self self = {
		.modes = SEAL_HELLO_EVIDENCE, .hash_len = 32, .pcrs.any = true,
		.tik_name = { tik_name, sizeof(tik_name) } };

	seal_sha256("attester-cert", 13, self.cert_hash);
	seal_sha256("spki", 4, self.spki_hash);
	return self;
}

/** union message - any message, with room for one octet too many */
union message {
	uint32_t type;
	struct att_open open;
	struct att_request identity;
	struct att_sign sign;
	struct att_bind bind;
	struct att_claim claim;
	struct att_log log;
	uint8_t bytes[512];
};

/* A good message of each type, for a server that showed no certificate yet. */
static size_t good(enum att_type type, bool signed_tls, union message *m)
{
	memset(m, 0, sizeof(*m));
	m->type = type;
	switch (type) {
	case ATT_IDENTITY:
		return sizeof(m->identity);
	case ATT_SIGN_TLS:
	case ATT_SIGN_EA:
		m->sign.hash_len = 32;
		memset(m->sign.hash, 0x5a, 32);
		return sizeof(m->sign);
	case ATT_BIND:
		m->bind.mode = SEAL_MODE_EVIDENCE;
		m->bind.tls_certificate = signed_tls;
		seal_sha256("hello", 5, m->bind.hello_hash);
		seal_sha256("request", 7, m->bind.request_hash);
		seal_sha256("rp-cert", 7, m->bind.rp_cert_hash);
		return sizeof(m->bind);
	case ATT_CLAIM:
		m->claim.pcr_select_len = unhex("00000001000b03ff0300",
						m->claim.pcr_select, 64);
		unhex("440f9a71bacf16a96019c1c2742eaf6e3caee56425609b4f6545a13f04971221",
		      m->claim.ekm, 32);
		return sizeof(m->claim);
	case ATT_LOG:
		m->log.log = SEAL_LOG_IMA;
		m->log.max = ATT_MAX_LOG;
		return sizeof(m->log);
	default:
		return sizeof(m->identity);
	}
}

static void open_server(struct att_channel *ch)
{
	const struct att_open open = {
		.type = ATT_OPEN, .version = ATT_PROTO_VERSION, .handshake = 7,
		.role = SEAL_SIDE_SERVER, .consumer = SEAL_CLASS_NFSD, .tls_certificate = 1 };

	must(att_channel_open(ch, &open, sizeof(open)), "open");
}

static bool step(struct att_channel *ch, enum att_type type)
{
	const struct att_self self = host();
	union message m;
	size_t len = good(type, ch->state == ATT_STATE_SIGNED, &m);

	if (att_channel_receive(ch, &self, &m, len) != type || type == ATT_NONE)
		return false;
	att_channel_answered(ch, type);
	return true;
}

/* The ways to each state. */
static const struct {
	const char *name;
	enum att_type way[6];
	enum att_type legal[2];
} states[] = {
	{ "open", { 0 }, { ATT_IDENTITY } },
	{ "known", { ATT_IDENTITY }, { ATT_SIGN_TLS, ATT_BIND } },
	{ "signed", { ATT_IDENTITY, ATT_SIGN_TLS }, { ATT_BIND } },
	{ "bound", { ATT_IDENTITY, ATT_SIGN_TLS, ATT_BIND }, { ATT_CLAIM } },
	{ "bound unsigned", { ATT_IDENTITY, ATT_BIND }, { ATT_CLAIM } },
	{ "claimed", { ATT_IDENTITY, ATT_BIND, ATT_CLAIM }, { ATT_SIGN_EA } },
	{ "proven", { ATT_IDENTITY, ATT_SIGN_TLS, ATT_BIND, ATT_CLAIM, ATT_SIGN_EA },
	  { ATT_LOG } },
	{ "after a log", { ATT_IDENTITY, ATT_BIND, ATT_CLAIM, ATT_SIGN_EA, ATT_LOG },
	  { ATT_LOG } },
};

static void walk(struct att_channel *ch, const enum att_type *way)
{
	open_server(ch);
	for (; *way != ATT_NONE; way++)
		must(step(ch, *way), names[*way]);
}

static void every_message_in_every_state(void)
{
	struct att_channel ch;
	size_t i;
	bool legal;
	uint32_t type;

	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		for (type = 0; type <= ATT_LOG; type++) {
			walk(&ch, states[i].way);
			legal = type && (type == states[i].legal[0] || type == states[i].legal[1]);
			ok(step(&ch, type) == legal, "%s in state %s: %s", names[type],
			   states[i].name, legal ? "granted" : "denied");
			if (!legal)
				ok(ch.state == ATT_STATE_CLOSED && !step(&ch, ATT_IDENTITY),
				   "and nothing is granted after it");
		}
}

/* After a denial no memory of it helps; busy is no denial. */
static void busy(void)
{
	const struct att_self self = host();
	struct att_channel ch;
	union message m;
	size_t len = good(ATT_SIGN_TLS, false, &m);

	walk(&ch, (enum att_type[]){ ATT_IDENTITY, ATT_NONE });
	ok(att_channel_receive(&ch, &self, &m, len) == ATT_SIGN_TLS, "a request not granted");
	ok(att_channel_receive(&ch, &self, &m, len) == ATT_SIGN_TLS, "may come again");
	att_channel_answered(&ch, ATT_SIGN_TLS);
	ok(att_channel_receive(&ch, &self, &m, len) == ATT_NONE, "until it was granted");
}

/* The message that is due in the state before it, changed in one place. */
static void changed(const char *what, enum att_type type, const struct att_self *self,
		    union message *m, size_t len)
{
	static const enum att_type way[] = {
		ATT_IDENTITY, ATT_BIND, ATT_CLAIM, ATT_SIGN_EA, ATT_NONE };
	enum att_type cut[5];
	struct att_channel ch;
	size_t i;

	for (i = 0; way[i] != ATT_NONE && way[i] < type; i++)
		cut[i] = way[i];
	cut[i] = ATT_NONE;
	walk(&ch, cut);
	ok(att_channel_receive(&ch, self, m, len) == ATT_NONE && ch.state == ATT_STATE_CLOSED,
	   "%s: %s denied", names[type], what);
}

static void sizes(void)
{
	const struct att_self self = host();
	union message m;
	enum att_type type;
	size_t len;

	for (type = ATT_IDENTITY; type <= ATT_LOG; type++) {
		len = good(type, false, &m);
		changed("one octet less", type, &self, &m, len - 1);
		changed("one octet more", type, &self, &m, len + 1);
		changed("empty", type, &self, &m, 0);
		changed("type only", type, &self, &m, 4);
		changed("very long", type, &self, &m, sizeof(m));
	}
}

#define CHANGED(what, kind, field, value) do {			\
	len = good(kind, false, &m);				\
	m.field = value;					\
	changed(what, kind, &self, &m, len);			\
} while (0)

static void contents(void)
{
	struct att_self self = host();
	union message m;
	size_t len;

	CHANGED("type 99", ATT_IDENTITY, type, 99);
	CHANGED("type 2^32 - 1", ATT_IDENTITY, type, UINT32_MAX);
	CHANGED("reserved bit", ATT_IDENTITY, identity.reserved, 1);
	CHANGED("hash of 31", ATT_SIGN_TLS, sign.hash_len, 31);
	CHANGED("hash of 48 for P-256", ATT_SIGN_TLS, sign.hash_len, 48);
	CHANGED("hash of 2^32 - 1", ATT_SIGN_TLS, sign.hash_len, UINT32_MAX);
	CHANGED("octet behind the hash", ATT_SIGN_TLS, sign.hash[63], 1);
	CHANGED("profile 2", ATT_BIND, bind.profile, 2);
	CHANGED("reserved bit", ATT_BIND, bind.reserved2, 1);
	CHANGED("mode 0", ATT_BIND, bind.mode, 0);
	CHANGED("mode 2 without a result", ATT_BIND, bind.mode, 2);
	CHANGED("mode 5", ATT_BIND, bind.mode, 5);
	CHANGED("mode 65535", ATT_BIND, bind.mode, 65535);
	CHANGED("a later exchange", ATT_BIND, bind.exchange, 1);
	CHANGED("a certificate that we did not sign for", ATT_BIND, bind.tls_certificate, 1);
	CHANGED("tls_certificate 2", ATT_BIND, bind.tls_certificate, 2);
	CHANGED("selection over its field", ATT_CLAIM, claim.pcr_select_len, 65);
	CHANGED("no selection", ATT_CLAIM, claim.pcr_select_len, 0);
	CHANGED("octet behind the selection", ATT_CLAIM, claim.pcr_select[63], 1);
	CHANGED("SHA-1 bank", ATT_CLAIM, claim.pcr_select[5], 4);
	CHANGED("resettable PCR", ATT_CLAIM, claim.pcr_select[9], 1);
	CHANGED("a hash of the suite in seal1", ATT_CLAIM, claim.suite_hash, SEAL_HASH_SHA256);
	CHANGED("reserved bit", ATT_CLAIM, claim.reserved, 1);
	CHANGED("hash of 33", ATT_SIGN_EA, sign.hash_len, 33);
	CHANGED("octet behind the hash", ATT_SIGN_EA, sign.hash[40], 1);
	CHANGED("no log", ATT_LOG, log.log, SEAL_LOG_NONE);
	CHANGED("another log", ATT_LOG, log.log, SEAL_LOG_COUNT);
	CHANGED("log 2^32 - 1", ATT_LOG, log.log, UINT32_MAX);
	CHANGED("nothing of it", ATT_LOG, log.max, 0);
	CHANGED("too much of it", ATT_LOG, log.max, ATT_MAX_LOG + 1);
	CHANGED("reserved bit", ATT_LOG, log.reserved, 1);

	len = good(ATT_CLAIM, false, &m);
	memset(m.claim.ekm, 0, 32);
	changed("exporter of zeros", ATT_CLAIM, &self, &m, len);
	self.modes = 0;
	len = good(ATT_BIND, false, &m);
	changed("host without AK", ATT_BIND, &self, &m, len);
	self.hash_len = 0;
	len = good(ATT_SIGN_TLS, false, &m);
	changed("host without TLS key", ATT_SIGN_TLS, &self, &m, len);
}

/* A connection's share of logs, in large pieces or in small ones. */
static void log_share(uint32_t max, uint64_t most)
{
	const struct att_self self = host();
	struct att_channel ch;
	union message m;
	uint64_t n = 0;

	walk(&ch, states[6].way);
	good(ATT_LOG, false, &m);
	m.log.max = max;
	while (n < 10000 && att_channel_receive(&ch, &self, &m, sizeof(m.log)) == ATT_LOG) {
		att_channel_answered(&ch, ATT_LOG);
		n++;
	}
	ok(n == most, "pieces of %u: %llu of them", max, (unsigned long long)n);
}

static void signed_then_denied(void)
{
	const struct att_self self = host();
	struct att_channel ch;
	union message m;
	size_t len = good(ATT_BIND, false, &m);

	walk(&ch, (enum att_type[]){ ATT_IDENTITY, ATT_SIGN_TLS, ATT_NONE });
	ok(att_channel_receive(&ch, &self, &m, len) == ATT_NONE,
	   "bind without the certificate that we signed for: denied");
}

static const struct att_open user_open = {
	.type = ATT_OPEN, .version = ATT_PROTO_VERSION, .handshake = 7,
	.role = SEAL_SIDE_CLIENT, .consumer = SEAL_CLASS_USER, .uid = 1000 };

/* A pre-shared key, or a client that shows nothing: one signature alone, over what is ours. */
static void without_certificate(void)
{
	const struct att_self self = host();
	struct att_channel ch;
	union message m;

	must(att_channel_open(&ch, &user_open, sizeof(user_open)), "open");
	must(step(&ch, ATT_IDENTITY), "identity");
	ok(att_channel_receive(&ch, &self, &m, good(ATT_SIGN_TLS, false, &m)) == ATT_NONE &&
	   ch.state == ATT_STATE_CLOSED, "no TLS signature where TLS is without our certificate");
	must(att_channel_open(&ch, &user_open, sizeof(user_open)), "open");
	ok(step(&ch, ATT_IDENTITY) && step(&ch, ATT_BIND) && step(&ch, ATT_CLAIM) &&
	   step(&ch, ATT_SIGN_EA), "the proof is as always");
}

static void opening(const char *what, struct att_open open, size_t len, bool good)
{
	uint8_t bytes[sizeof(open) + 1] = { 0 };
	struct att_channel ch;

	memcpy(bytes, &open, sizeof(open));
	ok(att_channel_open(&ch, bytes, len) == good && (ch.state == ATT_STATE_OPEN) == good,
	   "open, %s: %s", what, good ? "taken" : "refused");
}

#define OPENING(what, field, value) do {			\
	struct att_open o = user_open;				\
	o.field = value;					\
	opening(what, o, sizeof(o), false);			\
} while (0)

static void opens(void)
{
	opening("client of a user", user_open, sizeof(user_open), true);
	opening("cut", user_open, sizeof(user_open) - 1, false);
	opening("long", user_open, sizeof(user_open) + 1, false);
	opening("empty", user_open, 0, false);
	OPENING("another type", type, ATT_IDENTITY);
	OPENING("version 0", version, 0);
	OPENING("a later version", version, ATT_PROTO_VERSION + 1);
	OPENING("role 0", role, 0);
	OPENING("role 3", role, 3);
	OPENING("consumer out of range", consumer, SEAL_CLASS_COUNT);
	OPENING("a uid of the kernel", consumer, SEAL_CLASS_NFS);
	OPENING("a kind of handshake that is none", tls_certificate, 2);
	OPENING("a certificate without a key", certificate, 1);
	OPENING("a key without a certificate", privkey, 1);
}

/* The binder of research note 3.5, and what is built on top of it. */
static void values(void)
{
	static const uint8_t claims[] = { 0xa3, 1, 2, 2, 0, 3, 2 };	/* nfsd, 0, server */
	uint8_t text[256] = "SEAL-quote-v1", expected[32], binder[32];
	struct att_channel ch;
	size_t len = 14;

	walk(&ch, (enum att_type[]){ ATT_IDENTITY, ATT_BIND, ATT_CLAIM, ATT_NONE });
	unhex("440f9a71bacf16a96019c1c2742eaf6e3caee56425609b4f6545a13f04971221", text + 64, 32);
	ok(seal_binder(ch.context, text + 64, binder) &&
	   is_hex(binder, 32, "3df6f6ae73ab6fed343a649ecdf860a114e00fc0d5352652f08f218825dfcced"),
	   "the context gives the binder of the vector");
	memset(text + 14, 0, sizeof(text) - 14);
	memcpy(text + len, binder, 32);
	len += 32;
	text[len + 1] = ATT_NAME_SIZE;
	memcpy(text + len + 2, tik_name, ATT_NAME_SIZE);
	len += 2 + ATT_NAME_SIZE;
	gnutls_hash_fast(GNUTLS_DIG_SHA256, claims, sizeof(claims), text + len);
	gnutls_hash_fast(GNUTLS_DIG_SHA256, text, len + 32, expected);
	ok(!memcmp(ch.claim, expected, 32), "the claim names the TLS key and our consumer");

	must(step(&ch, ATT_SIGN_EA), "sign-ea");
	memset(text, ' ', 64);
	memcpy(text + 64, "Exported Authenticator", 23);
	memset(text + 87, 0x5a, 32);
	gnutls_hash_fast(GNUTLS_DIG_SHA256, text, 119, expected);
	ok(!memcmp(ch.digest, expected, 32), "an authenticator is signed with its context string");
}

/* What expat quotes is as long as the hash that the worker names, and that is one. */
static void expat(uint32_t hash, size_t want)
{
	struct att_self self = host();
	struct att_channel ch;
	union message m;
	size_t len = good(ATT_BIND, false, &m);

	self.cert = (struct seal_bytes){ certificate, certificate_len };
	walk(&ch, (enum att_type[]){ ATT_IDENTITY, ATT_NONE });
	m.bind.profile = SEAL_PROFILE_EXPAT;
	must(att_channel_receive(&ch, &self, &m, len) == ATT_BIND, "bind");
	att_channel_answered(&ch, ATT_BIND);
	len = good(ATT_CLAIM, false, &m);
	m.claim.suite_hash = hash;
	ok(att_channel_receive(&ch, &self, &m, len) == (want ? ATT_CLAIM : ATT_NONE) &&
	   (!want || ch.binding_len == want), "expat, hash %u: %zu octets", hash, want);
}

static enum att_status asks(const char *list, const char *select, bool *granted)
{
	struct att_self self = host();
	struct att_channel ch;
	union message m;
	size_t len = good(ATT_CLAIM, false, &m);

	must(att_selections_parse(list, &self.pcrs), list);
	memset(m.claim.pcr_select, 0, sizeof(m.claim.pcr_select));
	m.claim.pcr_select_len = unhex(select, m.claim.pcr_select, 64);
	walk(&ch, (enum att_type[]){ ATT_IDENTITY, ATT_BIND, ATT_NONE });
	*granted = att_channel_receive(&ch, &self, &m, len) == ATT_CLAIM;
	return ch.refusal;
}

/* Its own answer, so that the peer learns why and the log says so. */
static void selections(void)
{
	bool granted;

	ok(asks("sha384:0; sha256:0-9", "00000001000b03ff0300", &granted) == ATT_DENIED && granted,
	   "a selection of the list");
	ok(asks("sha384:0; sha256:0-9", "00000001000b03ff0100", &granted) == ATT_SELECTION &&
	   !granted, "a part of one is another one");
	ok(asks("any", "00000001000403ff0300", &granted) == ATT_SELECTION && !granted,
	   "nobody gets the bank SHA-1");
	ok(asks("any", "00000001000b0301", &granted) == ATT_SELECTION && !granted,
	   "nor half a selection");
}

static void expats(void)
{
	make_certificate();
	expat(SEAL_HASH_SHA256, 32);
	expat(SEAL_HASH_SHA384, 48);
	expat(SEAL_HASH_NONE, 0);
	expat(SEAL_HASH_SHA384 + 1, 0);
	expat(UINT32_MAX, 0);
}

/* A P-384 key signs over SHA-384, whatever the suite's hash. */
static void p384(void)
{
	struct att_self self = host();
	uint8_t text[64 + 23 + 32], expected[48];
	struct att_channel ch;
	union message m;
	size_t len;

	self.hash_len = 48;
	walk(&ch, (enum att_type[]){ ATT_IDENTITY, ATT_NONE });
	len = good(ATT_SIGN_TLS, false, &m);
	ok(att_channel_receive(&ch, &self, &m, len) == ATT_NONE, "P-384: no hash of 32");
	walk(&ch, (enum att_type[]){ ATT_IDENTITY, ATT_NONE });
	m.sign.hash_len = 48;
	ok(att_channel_receive(&ch, &self, &m, len) == ATT_SIGN_TLS, "P-384: one of 48");
	walk(&ch, (enum att_type[]){ ATT_IDENTITY, ATT_BIND, ATT_CLAIM, ATT_NONE });
	len = good(ATT_SIGN_EA, false, &m);
	must(att_channel_receive(&ch, &self, &m, len) == ATT_SIGN_EA, "sign-ea");
	memset(text, ' ', 64);
	memcpy(text + 64, "Exported Authenticator", 23);
	memset(text + 87, 0x5a, 32);
	gnutls_hash_fast(GNUTLS_DIG_SHA384, text, sizeof(text), expected);
	ok(!memcmp(ch.digest, expected, 48), "P-384: an authenticator by SHA-384");
}

int main(void)
{
	every_message_in_every_state();
	busy();
	sizes();
	contents();
	signed_then_denied();
	log_share(ATT_MAX_LOG, SEAL_LOG_BYTES_MAX / ATT_MAX_LOG + 1);
	log_share(1, SEAL_LOG_FRAMES_MAX);
	opens();
	without_certificate();
	values();
	selections();
	expats();
	p384();
	return done();
}
