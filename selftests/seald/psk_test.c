// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a consumer brings along in the kernel's keyrings: pre-shared keys, as
 * NVMe/TCP has them, and certificates. Whole programs, run by
 * selftests/seald/hosts.
 */
#include <errno.h>
#include <keyutils.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/abstract.h>
#include <gnutls/x509.h>

#include "stand.h"
#include "../unit/lib/tap.h"
#include "wire/hello.h"

#define NAME	"NVMe1R01 nqn.2014-08.org.nvmexpress:uuid:b nqn.test:a"
#define HEAD	"[policy test]\nkey = any\nak-trust = certificate\npsk = " NAME "\n"
#define OF_B	HEAD "peer = dns:b.seal.test\n"
#define OF_A	HEAD "peer = dns:a.seal.test\n"
#define REQUIRE	"mode = require\n%P"

static struct stand_host a, b;
static struct stand_side c, s;
static key_serial_t ring;

static key_serial_t new_ring(void)
{
	key_serial_t serial = add_key("keyring", "seal-psk-test", NULL, 0,
				      KEY_SPEC_SESSION_KEYRING);

	must(serial > 0, "keyring");
	return serial;
}

static key_serial_t new_key(key_serial_t where, const char *name, size_t len, uint8_t fill)
{
	uint8_t key[64];
	key_serial_t serial;

	memset(key, fill, sizeof(key));
	serial = add_key("user", name, key, len, where);
	must(serial > 0, name);
	return serial;
}

/* b connects to a, both with what is in one keyring. */
static void begin(const char *server, const char *client)
{
	c = (struct stand_side){ .host = &b, .auth = ACCEPT_AUTH_PSK };
	s = (struct stand_side){ .host = &a, .auth = ACCEPT_AUTH_PSK, .server = true };
	host_policy(&a, "b", server);
	host_policy(&b, "a", client);
	host_forget(&a);
	host_forget(&b);
	ring = new_ring();
	keyctl_clear(ring);
	c.psk = (uint32_t)new_key(ring, NAME, 32, 7);
	c.keyring = s.keyring = (uint32_t)ring;
}

static bool refused(const struct stand_side *side, const char *reason)
{
	bool good = !side->told.attached && !side->told.plain && side->told.status &&
		    side->told.remote == GENL_REMOTE_NOBODY &&
		    !strcmp(told_reason(side), reason);

	/* Both would make the NVMe host forget the controller. */
	if (side->told.status == EKEYREJECTED || side->told.status == ENOKEY)
		good = false;
	if (!good)
		note("status %d, %s", side->told.status, side->told.line);
	return good;
}

static void test_attested(void)
{
	begin(OF_B REQUIRE, OF_A REQUIRE);
	run_both(&c, &s);
	ok(both_attested(&c, &s), "attested: %s%s", c.told.line, s.told.line);
	ok(!c.told.authenticated && !s.told.authenticated, "TLS verified no certificate");
	ok(c.told.remote == c.psk && s.told.remote == c.psk, "the consumer learns which key");
	ok(!strcmp(c.told.peer, "dns:a.seal.test") && !strcmp(s.told.peer, "dns:b.seal.test"),
	   "identities are those of the authenticators");
	ok(strstr(s.told.claims, "consumer=nvme") && strstr(c.told.claims, "consumer=nvme"),
	   "consumer: '%s' '%s'", c.told.claims, s.told.claims);
	begin(OF_B REQUIRE, OF_A REQUIRE);
	keyctl_clear(ring);
	c.psk = (uint32_t)new_key(ring, NAME, 48, 7);
	run_both(&c, &s);
	ok(both_attested(&c, &s), "a key of 48 octets");
	begin("[policy test]\nkey = any\npsk = NVMe1R01 *\npeer = dns:b.seal.test\n" REQUIRE,
	      OF_A REQUIRE);
	run_both(&c, &s);
	ok(both_attested(&c, &s), "a pattern");
}

static void test_mapping(void)
{
	begin("[policy test]\nkey = any\npsk = NVMe1R01 other\npeer = dns:b.seal.test\n" REQUIRE,
	      OF_A REQUIRE);
	run_both(&c, &s);
	ok(refused(&s, "psk-not-in-policy") && strstr(s.told.line, NAME),
	   "an identity that no policy maps");
	ok(refused(&c, "tls-failed"), "and the client learns nothing");
	begin(HEAD "peer = dns:z.seal.test\n" REQUIRE, OF_A REQUIRE);
	run_both(&c, &s);
	ok(refused(&s, "identity-not-in-policy"), "another machine behind the key");
	begin(OF_B REQUIRE, HEAD "peer = dns:z.seal.test\n" REQUIRE);
	run_both(&c, &s);
	ok(refused(&c, "identity-not-in-policy"), "another server behind the key");
	begin("[policy test]\nkey = any\npeer = *\n" REQUIRE, OF_A REQUIRE);
	run_both(&c, &s);
	ok(refused(&s, "no-policy"), "a policy without psk is for certificates");
	begin(OF_B REQUIRE, "[policy test]\nkey = any\npsk = x\npeer = dns:a.seal.test\n" REQUIRE);
	run_both(&c, &s);
	ok(refused(&c, "psk-not-in-policy"), "a client has no use for a key it cannot map");
	begin(OF_B REQUIRE, OF_A REQUIRE);
	c.auth = s.auth = ACCEPT_AUTH_X509;
	c.peername = "a.seal.test";
	run_both(&c, &s);
	ok(refused(&s, "no-policy"), "a policy with psk is for pre-shared keys");
}

static void test_keys(void)
{
	key_serial_t other;

	begin(OF_B REQUIRE, OF_A REQUIRE);
	keyctl_clear(ring);
	c.psk = (uint32_t)new_key(ring, NAME, 31, 7);
	run_both(&c, &s);
	ok(refused(&c, "psk-unusable"), "a key of 31 octets");
	begin(OF_B REQUIRE, OF_A REQUIRE);
	other = add_key("keyring", "seal-psk-other", NULL, 0, KEY_SPEC_SESSION_KEYRING);
	keyctl_clear(other);
	s.keyring = (uint32_t)other;
	run_both(&c, &s);
	ok(refused(&s, "psk-unusable") && refused(&c, "tls-failed"), "a server without the key");
	new_key(other, NAME, 32, 8);
	run_both(&c, &s);
	ok(refused(&s, "tls-failed") && refused(&c, "tls-failed"), "with another one");
	new_key(other, NAME " and more", 32, 7);
	s.keyring = 0;
	run_both(&c, &s);
	ok(refused(&s, "psk-unusable"), "and without a keyring");
	begin(OF_B REQUIRE, OF_A REQUIRE);
	keyctl_revoke(other);
	s.keyring = (uint32_t)other;
	run_both(&c, &s);
	ok(refused(&s, "psk-unusable"), "with a keyring that was revoked");
	begin(OF_B REQUIRE, OF_A REQUIRE);
	keyctl_revoke((key_serial_t)c.psk);
	run_both(&c, &s);
	ok(refused(&c, "psk-not-in-policy"), "a revoked key has no name");
	begin(OF_B REQUIRE, OF_A REQUIRE);
	c.auth = ACCEPT_AUTH_X509;
	c.peername = "a.seal.test";
	host_policy(&b, "a", "[policy x]\npeer = *\nkey = any\n" REQUIRE);
	run_both(&c, &s);
	ok(refused(&s, "tls-failed") && refused(&c, "tls-failed"),
	   "a certificate is no pre-shared key");
}

static void test_plain(void)
{
	begin(HEAD "mode = never\nattest = no\n", OF_A "mode = offer\n%P");
	run_both(&c, &s);
	ok(s.told.plain && c.told.plain && !c.told.attached, "offer, never: TLS alone");
	ok(s.told.remote == c.psk && c.told.remote == c.psk && !s.told.authenticated,
	   "the key is named all the same");
	begin(HEAD "mode = never\nattest = no\n", OF_A REQUIRE);
	run_both(&c, &s);
	ok(refused(&c, "peer-without-seal"), "require: not without proof");
	begin(OF_B REQUIRE, HEAD "mode = never\nattest = no\n");
	run_both(&c, &s);
	ok(refused(&s, "peer-without-seal"), "nor a client");
}

static void test_gone(void)
{
	begin(OF_B "mode = offer\n%P", OF_A REQUIRE);
	attester_process_stop(&b.m.attester);
	run_both(&c, &s);
	ok(refused(&c, "attester-failed") && c.told.status == ETIMEDOUT && !s.told.plain,
	   "an outage of the client's attester makes nothing plain");
	attester_process_start(&b.m.attester);
	attester_process_stop(&a.m.attester);
	begin(OF_B REQUIRE, OF_A "mode = offer\n%P");
	run_both(&c, &s);
	ok(refused(&s, "attester-failed") && s.told.status == ETIMEDOUT && !c.told.plain,
	   "nor does one of the server's");
	attester_process_start(&a.m.attester);
}

/* A file of host f, which has its key in one, as a key of the kernel. */
static uint32_t from_file(const char *name, bool is_key)
{
	gnutls_datum_t pem, der = { 0 };
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t crt;
	key_serial_t serial;
	char path[300];

	snprintf(path, sizeof(path), "%s/f/identity/%s", getenv("SEALD_HOSTS"), name);
	must(!gnutls_load_file(path, &pem), path);
	if (is_key) {
		gnutls_x509_privkey_init(&key);
		must(!gnutls_x509_privkey_import(key, &pem, GNUTLS_X509_FMT_PEM) &&
		     !gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_DER, NULL,
							GNUTLS_PKCS_PLAIN, &der), path);
	} else {
		gnutls_x509_crt_init(&crt);
		must(!gnutls_x509_crt_import(crt, &pem, GNUTLS_X509_FMT_PEM) &&
		     !gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_DER, &der), path);
	}
	serial = add_key("user", name, der.data, der.size, ring);
	must(serial > 0, path);
	return (uint32_t)serial;
}

static void as_f(const char *server, const char *client)
{
	begin(server, client);
	c.auth = s.auth = ACCEPT_AUTH_X509;
	c.peername = "a.seal.test";
	c.psk = 0;
	c.certificate = from_file("tls.pem", false);
	c.privkey = from_file("key.pem", true);
}

static void test_certificates(void)
{
	static struct stand_host f;

	as_f("[policy test]\npeer = dns:f.seal.test\nmode = offer\n%P",
	     "[policy test]\npeer = dns:a.seal.test\nkey = any\n" REQUIRE);
	run_both(&c, &s);
	ok(s.told.plain && s.told.authenticated && strstr(s.told.line, "dns:f.seal.test") &&
	   !strcmp(told_reason(&s), "peer-cannot-attest"), "a certificate of the consumer: %s",
	   s.told.line);
	ok(c.told.attached, "whose peer proves itself all the same");
	as_f("[policy test]\npeer = dns:f.seal.test\n" REQUIRE,
	     "[policy test]\npeer = dns:a.seal.test\nkey = any\n" REQUIRE);
	run_both(&c, &s);
	ok(refused(&s, "peer-cannot-attest"), "it is for TLS alone");
	c.privkey = c.certificate;
	run_both(&c, &s);
	ok(refused(&c, "attester-failed"), "a certificate is no key");
	c.privkey = 0;
	run_both(&c, &s);
	ok(refused(&c, "internal-error") && c.told.status == EACCES, "none at all");
	host_open(&f, "f");
	as_f("[policy test]\npeer = dns:f.seal.test\nkey = any\n" REQUIRE,
	     "[policy test]\npeer = *\nmode = never\n");
	host_policy(&f, "a", "[policy test]\npeer = dns:a.seal.test\nkey = any\n" REQUIRE);
	host_policy(&a, "f", "[policy test]\npeer = dns:f.seal.test\nkey = any\n" REQUIRE);
	c.host = &f;
	run_both(&c, &s);
	ok(both_attested(&c, &s), "the host's own certificate attests as always");
	host_close(&f);
}

static bool keyrings_work(void)
{
	return keyctl_join_session_keyring(NULL) > 0 &&
	       add_key("user", "seal-probe", "x", 1, KEY_SPEC_SESSION_KEYRING) > 0;
}

int main(void)
{
	if (!keyrings_work()) {
		skip("no keyrings here");
		return done();
	}
	host_open(&a, "a");
	host_open(&b, "b");
	test_attested();
	test_mapping();
	test_keys();
	test_plain();
	test_gone();
	test_certificates();
	host_close(&a);
	host_close(&b);
	return done();
}
