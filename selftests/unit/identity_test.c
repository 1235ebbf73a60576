// SPDX-License-Identifier: GPL-2.0-or-later
/* verify/x509: one spelling for each identity, and paths that end well. */
#include <string.h>

#include "lib/party.h"
#include "verify/x509.h"

static bool name(const char *in, const char *want)
{
	struct seal_identity id = { "untouched" };
	bool got = seal_identity_of_name(in, &id);

	return want ? got && !strcmp(id.text, want) : !got && !strcmp(id.text, "untouched");
}

static bool text(const char *in, const char *want)
{
	struct seal_identity id = { "untouched" };
	bool got = seal_identity_parse(in, &id);

	return want ? got && !strcmp(id.text, want) : !got && !strcmp(id.text, "untouched");
}

static void names(void)
{
	char longest[300];

	ok(name("Server.Example.ORG", "dns:server.example.org"), "name: in lower case");
	ok(name("server.example.org.", "dns:server.example.org"), "name: no final dot");
	ok(name("192.0.2.1", "ip:192.0.2.1"), "name: an address is an address");
	ok(name("2001:DB8:0:0::1", "ip:2001:db8::1"), "name: in its one spelling");
	ok(name("", NULL) && name(".", NULL) && name("a..b", NULL) && name(".a", NULL),
	   "name: no empty label");
	ok(name("a b", NULL) && name("a/b", NULL) && name("*.example.org", NULL) &&
	   name("h\xc3\xb6st", NULL), "name: no odd octets, no star");
	memset(longest, 'a', sizeof(longest));
	longest[251] = '\0';
	ok(name(longest, NULL) == false, "name: 251 octets");
	longest[251] = 'a';
	longest[252] = '\0';
	ok(name(longest, NULL), "name: not 252, which would be cut");
}

static void texts(void)
{
	ok(text("dns:Host.example.org", "dns:host.example.org"), "text: dns");
	ok(text("ip:::1", "ip:::1") && text("ip:10.0.0.1", "ip:10.0.0.1"), "text: ip");
	ok(text("uri:spiffe://example.org/A", "uri:spiffe://example.org/A"), "text: uri as it is");
	ok(text("host", NULL) && text("dns:", NULL) && text("ip:host", NULL) &&
	   text("ip:10.0.0.1/8", NULL) && text("uri:nothing", NULL) &&
	   text("uri:a b://c", NULL) && text("email:x@y", NULL) && text("", NULL),
	   "text: nothing else");
	ok(text("dns:*.example.org", NULL) && text("uri:spiffe://example.org/*", NULL),
	   "text: no pattern");
}

/* RFC 3986 has none of these, and files and lines of a log are made of identities. */
static void odd_uris(void)
{
	static const char odd[] = "*\"\\<>^`{|} \x01\x7f\x80";
	char uri[] = "uri:spiffe://example.org/?/h";

	for (const char *c = odd; *c; c++) {
		uri[sizeof("uri:spiffe://example.org/") - 1] = *c;
		ok(text(uri, NULL), "uri: not with octet %#x", (unsigned char)*c);
	}
	ok(text("uri:a://b/%22-._~:/?#[]@!$&'()+,;=", "uri:a://b/%22-._~:/?#[]@!$&'()+,;="),
	   "uri: with all that there may be");
}

static void certificates(void)
{
	const struct profile all = { .ids = { "dns:Host.Example.org", "ip:192.0.2.7",
					      "ip:2001:db8::7", "uri:spiffe://example.org/h" } };
	const struct profile odd = { .ids = { "dns:*.example.org", "dns:ok.example.org",
					      "uri:x://a*b" } };
	struct seal_cert cert, odd_cert;
	struct seal_identity id;
	struct authority ca;
	struct blob der, longer;
	gnutls_privkey_t key = new_key(P256);

	new_authority(&ca, "CA", NULL);
	issue(&ca, key, &all, &der);
	ok(seal_cert_decode(of(&der), &cert) && cert.id_count == 4 &&
	   !strcmp(cert.ids[0].text, "dns:host.example.org") &&
	   !strcmp(cert.ids[1].text, "ip:192.0.2.7") &&
	   !strcmp(cert.ids[2].text, "ip:2001:db8::7") &&
	   !strcmp(cert.ids[3].text, "uri:spiffe://example.org/h"), "certificate: its identities");
	must(seal_identity_of_name("HOST.example.org.", &id), "name");
	ok(seal_cert_names(&cert, &id), "certificate: names whom it names");
	must(seal_identity_of_name("other.example.org", &id), "name");
	ok(!seal_cert_names(&cert, &id), "certificate: and nobody else");
	ok(cert.not_before == NOW - DAY && cert.not_after > NOW, "certificate: its times");
	issue(&ca, key, &odd, &longer);
	ok(seal_cert_decode(of(&longer), &odd_cert) && odd_cert.id_count == 1 &&
	   !strcmp(odd_cert.ids[0].text, "dns:ok.example.org"),
	   "certificate: stars are not identities");
	ok(!memcmp(cert.spki_hash, odd_cert.spki_hash, 32) &&
	   memcmp(cert.hash, odd_cert.hash, 32),
	   "certificate: the key's hash is that of the key");
	longer = der;
	longer.data[longer.len++] = 0;
	ok(!seal_cert_decode(of(&longer), &cert), "certificate: no octet behind it");
	longer.len = der.len - 1;
	ok(!seal_cert_decode(of(&longer), &cert), "certificate: none missing");
	longer.len = 0;
	ok(!seal_cert_decode(of(&longer), &cert), "certificate: not nothing");
}

static struct seal_bytes chain[SEAL_CERTS_MAX + 1];

static enum seal_reason path(struct seal_trust *trust, size_t count,
			     enum seal_purpose purpose)
{
	return seal_trust_check(trust, chain, count, NOW, purpose, NULL);
}

static void paths(void)
{
	const struct profile host = { .ids = { "dns:host.example.org" } };
	const struct profile plain = { .ids = { "dns:host.example.org" }, .no_purpose = true };
	struct authority root, sub, sub2;
	gnutls_privkey_t key = new_key(P256);
	struct blob leaf, any, self;
	struct seal_trust *trust = seal_trust_new(), *empty = seal_trust_new();

	new_authority(&root, "root", NULL);
	new_authority(&sub, "sub", &root);
	new_authority(&sub2, "sub2", &sub);
	must(seal_trust_add_pem(trust, of(&root.pem)) == 1, "trust");
	issue(&sub2, key, &host, &leaf);
	chain[0] = of(&leaf);
	chain[1] = of(&sub2.der);
	chain[2] = of(&sub.der);
	chain[3] = of(&root.der);
	ok(path(trust, 3, SEAL_PURPOSE_SERVER) == SEAL_REASON_ACCEPTED &&
	   path(trust, 4, SEAL_PURPOSE_CLIENT) == SEAL_REASON_ACCEPTED,
	   "path: through two issuing CAs, the root sent or not");
	ok(path(trust, 2, SEAL_PURPOSE_SERVER) == SEAL_REASON_CERT_UNTRUSTED,
	   "path: not with a gap");
	ok(path(trust, 0, SEAL_PURPOSE_SERVER) == SEAL_REASON_CERT_NONE, "path: not of nothing");
	ok(path(trust, 3, SEAL_PURPOSE_NONE) == SEAL_REASON_CERT_UNTRUSTED,
	   "path: not for no purpose");
	ok(path(empty, 3, SEAL_PURPOSE_SERVER) == SEAL_REASON_CERT_UNTRUSTED &&
	   path(NULL, 3, SEAL_PURPOSE_SERVER) == SEAL_REASON_CERT_UNTRUSTED,
	   "path: not where nobody is trusted");
	for (size_t i = 0; i < SEAL_CERTS_MAX + 1; i++)
		chain[i] = of(&leaf);
	ok(path(trust, SEAL_CERTS_MAX + 1, SEAL_PURPOSE_SERVER) == SEAL_REASON_CERT_BAD,
	   "path: not of nine");
	chain[1] = of(&sub.der);
	chain[2] = of(&sub2.der);
	ok(path(trust, 3, SEAL_PURPOSE_SERVER) == SEAL_REASON_CERT_UNTRUSTED,
	   "path: not out of order");
	chain[1] = (struct seal_bytes){ (const uint8_t *)"junk", 4 };
	ok(path(trust, 2, SEAL_PURPOSE_SERVER) == SEAL_REASON_CERT_BAD, "path: not of junk");
	issue(&root, key, &plain, &any);
	chain[0] = of(&any);
	ok(path(trust, 1, SEAL_PURPOSE_SERVER) == SEAL_REASON_ACCEPTED &&
	   path(trust, 1, SEAL_PURPOSE_AK) == SEAL_REASON_CERT_PURPOSE,
	   "path: a certificate without purposes is for TLS, not for an AK");
	issue(&root, key, &(struct profile){ .purpose = "1.3.6.1.5.5.7.3.4" }, &any);
	chain[0] = of(&any);
	ok(path(trust, 1, SEAL_PURPOSE_SERVER) == SEAL_REASON_CERT_PURPOSE &&
	   path(trust, 1, SEAL_PURPOSE_AK) == SEAL_REASON_CERT_PURPOSE,
	   "path: one for mail is neither for TLS nor for an AK");
	issue_ak(&root, key, &host, &any);
	chain[0] = of(&any);
	ok(path(trust, 1, SEAL_PURPOSE_AK) == SEAL_REASON_ACCEPTED &&
	   path(trust, 1, SEAL_PURPOSE_CLIENT) == SEAL_REASON_CERT_PURPOSE,
	   "path: one for an AK is not for TLS");
	issue(&sub, key, &host, &self);
	to_pem(&self, &any);
	must(seal_trust_add_pem(empty, of(&any)) == 1, "trust");
	chain[0] = of(&self);
	ok(path(empty, 1, SEAL_PURPOSE_SERVER) == SEAL_REASON_CERT_UNTRUSTED,
	   "path: a host's certificate among the CAs vouches for nobody, itself included");
	chain[0] = of(&root.der);
	ok(path(trust, 1, SEAL_PURPOSE_AK) != SEAL_REASON_ACCEPTED,
	   "path: a CA is not an end entity");
	/* A leaf that signs another leaf. */
	{
		struct authority rogue = { .key = key };
		gnutls_datum_t d = { leaf.data, leaf.len };

		must(!gnutls_x509_crt_init(&rogue.crt) &&
		     !gnutls_x509_crt_import(rogue.crt, &d, GNUTLS_X509_FMT_DER), "import");
		issue(&rogue, key, &host, &any);
		chain[0] = of(&any);
		chain[1] = of(&leaf);
		chain[2] = of(&sub2.der);
		chain[3] = of(&sub.der);
		ok(path(trust, 4, SEAL_PURPOSE_SERVER) == SEAL_REASON_CERT_UNTRUSTED,
		   "path: an end entity issues nothing");
		gnutls_x509_crt_deinit(rogue.crt);
	}
	seal_trust_free(trust);
	seal_trust_free(empty);
}

static void revocation(void)
{
	const struct profile host = { .ids = { "dns:host.example.org" } };
	struct seal_trust *trust = seal_trust_new();
	struct authority root, other;
	gnutls_privkey_t key = new_key(P256);
	struct blob good, bad, crl, foreign;

	new_authority(&root, "root", NULL);
	new_authority(&other, "other", NULL);
	must(seal_trust_add_pem(trust, of(&root.pem)) == 1, "trust");
	issue(&root, key, &host, &good);
	issue(&root, key, &host, &bad);
	revoke_cert(&root, &bad, &crl);
	revoke_cert(&other, &good, &foreign);
	ok(seal_trust_add_crl(trust, of(&foreign)) == 0, "revocation: not by somebody else");
	chain[0] = of(&bad);
	must(path(trust, 1, SEAL_PURPOSE_CLIENT) == SEAL_REASON_ACCEPTED, "before");
	ok(seal_trust_add_crl(trust, of(&crl)) == 1, "revocation: by its issuer");
	ok(path(trust, 1, SEAL_PURPOSE_CLIENT) == SEAL_REASON_CERT_REVOKED &&
	   path(trust, 1, SEAL_PURPOSE_CLIENT) == SEAL_REASON_CERT_REVOKED,
	   "revocation: the revoked is refused");
	ok(seal_trust_check(trust, chain, 1, NOW + 300LL * DAY, SEAL_PURPOSE_CLIENT, NULL) ==
	   SEAL_REASON_CERT_REVOKED, "revocation: also by an old list");
	chain[0] = of(&good);
	ok(path(trust, 1, SEAL_PURPOSE_CLIENT) == SEAL_REASON_ACCEPTED,
	   "revocation: the other is not");
	ok(seal_trust_add_pem(trust, of(&crl)) < 0 &&
	   seal_trust_add_crl(trust, of(&root.pem)) < 0 &&
	   seal_trust_add_pem(trust, (struct seal_bytes){ (const uint8_t *)"x", 1 }) < 0,
	   "trust: no junk");
	seal_trust_free(trust);
	seal_trust_free(NULL);
}

/* Two CAs of one name, as two that were made without one are. */
static void namesakes(void)
{
	const struct profile host = { .ids = { "dns:host.example.org" } };
	struct seal_trust *trust = seal_trust_new();
	struct authority ca[2], third;
	struct blob leaf[2], crl[2], foreign;

	for (size_t i = 0; i < 2; i++) {
		new_authority(&ca[i], "CA", NULL);
		number_authority(&ca[i], i, NULL);
		must(seal_trust_add_pem(trust, of(&ca[i].pem)) == 1, "trust");
		issue(&ca[i], new_key(P256), &host, &leaf[i]);
		revoke_cert(&ca[i], &leaf[i], &crl[i]);
	}
	new_authority(&third, "CA", NULL);
	revoke_cert(&third, &leaf[0], &foreign);
	ok(seal_trust_add_crl(trust, of(&foreign)) == 0,
	   "revocation: the name of a CA is not its signature");
	ok(seal_trust_add_crl(trust, of(&crl[1])) == 1 &&
	   seal_trust_add_crl(trust, of(&crl[0])) == 1,
	   "revocation: of two CAs of one name, by either");
	for (size_t i = 0; i < 2; i++) {
		chain[0] = of(&leaf[i]);
		ok(path(trust, 1, SEAL_PURPOSE_CLIENT) == SEAL_REASON_CERT_REVOKED,
		   "revocation: by %s of them", i ? "the second" : "the first");
	}
	seal_trust_free(trust);
}

static void revoked_ca(void)
{
	struct seal_trust *trust = seal_trust_new();
	struct authority root, sub;
	struct blob crl, other;
	char name[64], cut[4];

	new_authority(&root, "root", NULL);
	new_authority(&sub, "sub", &root);
	must(seal_trust_add_pem(trust, of(&root.pem)) == 1 &&
	     seal_trust_add_pem(trust, of(&sub.pem)) == 1, "trust");
	issue(&root, new_key(P256), &(struct profile){ 0 }, &other);
	revoke_cert(&root, &other, &crl);
	must(seal_trust_add_crl(trust, of(&crl)) == 1, "list");
	ok(!seal_trust_revokes_ca(trust, name, sizeof(name)) &&
	   !seal_trust_revokes_ca(NULL, name, sizeof(name)), "revoked CA: none");
	revoke_cert(&root, &sub.der, &crl);
	must(seal_trust_add_crl(trust, of(&crl)) == 1, "list");
	ok(seal_trust_revokes_ca(trust, name, sizeof(name)) && !strcmp(name, "CN=sub"),
	   "revoked CA: one that is trusted itself: %s", name);
	ok(seal_trust_revokes_ca(trust, cut, sizeof(cut)) && !*cut, "revoked CA: a name too long");
	seal_trust_free(trust);
}

int main(void)
{
	names();
	texts();
	odd_uris();
	certificates();
	paths();
	revocation();
	namesakes();
	revoked_ca();
	return done();
}
