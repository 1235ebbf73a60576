// SPDX-License-Identifier: GPL-2.0-or-later
/* verify/constraints: a CA of some names vouches for no others. */
#include <string.h>

#include "lib/party.h"
#include "verify/constraints.h"

#define NAMES_MAX	3

/* What a CA is limited to, a name that a host below it has, and whether it may. */
static const struct row {
	const char *limits[NAMES_MAX], *id;
	bool good;
} rows[] = {
	{ { "+uri:example.org" }, "uri:spiffe://example.org/x", true },
	{ { "+uri:example.org" }, "uri:spiffe://Example.ORG:443/x", true },
	{ { "+uri:example.org" }, "uri:spiffe://bank.org/x", false },
	{ { "+uri:example.org" }, "uri:spiffe://a.example.org/x", false },
	{ { "+uri:example.org" }, "uri:spiffe://example.org@bank.org/x", false },
	{ { "+uri:example.org" }, "uri:spiffe://bank.org?://example.org/", false },
	{ { "+uri:example.org" }, "uri:spiffe://example.org.bank.org", false },
	{ { "+uri:example.org" }, "uri:spiffe:bank.org://example.org/", false },
	{ { "+uri:example.org" }, "uri:spiffe://a@b@example.org/x", false },
	{ { "+uri:example.org" }, "uri:spiffe://%65xample.org/x", false },
	{ { "+uri:example.org" }, "uri:spiffe:///x", false },
	{ { "+uri:example.org" }, "uri:spiffe://192.0.2.1/x", false },
	{ { "+uri:example.org" }, "uri:spiffe://[2001:db8::1]/x", false },
	{ { "+uri:.example.org" }, "uri:spiffe://a.b.example.org/x", true },
	{ { "+uri:.example.org" }, "uri:spiffe://example.org/x", false },
	{ { "+uri:.example.org" }, "uri:spiffe://anexample.org/x", false },
	{ { "+uri:bank.org", "+uri:example.org" }, "uri:spiffe://example.org/x", true },
	{ { "+uri:spiffe://example.org" }, "uri:spiffe://example.org/x", false },
	{ { "+uri:example.org" }, "dns:bank.org", true },
	{ { "+uri:example.org" }, "ip:192.0.2.1", true },
	{ { "-uri:bank.org" }, "uri:spiffe://bank.org/x", false },
	{ { "-uri:.bank.org" }, "uri:spiffe://a.bank.org/x", false },
	{ { "-uri:bank.org" }, "uri:spiffe://192.0.2.1/x", false },
	{ { "-uri:spiffe://bank.org" }, "uri:spiffe://example.org/x", false },
	{ { "-uri:bank.org" }, "dns:bank.org", true },
	{ { "+dns:example.org", "+uri:example.org" }, "uri:spiffe://bank.org/x", false },
	{ { "+ip:10.0.0.0/8" }, "ip:10.1.2.3", true },
	{ { "+ip:10.0.0.0/8" }, "ip:11.1.2.3", false },
	{ { "+ip:10.0.0.0/8" }, "ip:2001:db8::1", false },
	{ { "+ip:10.0.0.0/8" }, "ip:::ffff:10.1.2.3", false },
	{ { "+ip:10.0.0.0/8", "+ip:2001:db8::/33" }, "ip:2001:db8::1", true },
	{ { "+ip:10.0.0.0/8", "+ip:2001:db8::/33" }, "ip:2001:db8:8000::1", false },
	{ { "+ip:2001:db8::/32" }, "ip:10.1.2.3", false },
	{ { "-ip:10.0.0.0/9" }, "ip:10.1.2.3", false },
	{ { "-ip:10.0.0.0/9" }, "ip:10.128.2.3", true },
	{ { "-ip:10.0.0.0/9" }, "ip:::ffff:10.1.2.3", false },
	{ { "-ip:10.0.0.0/8" }, "ip:2001:db8::1", true },
	{ { "-ip:::ffff:10.0.0.0/104" }, "ip:10.1.2.3", false },
	{ { "-ip:0.0.0.0/0", "-ip:::/0" }, "ip:10.1.2.3", false },
	{ { "-ip:0.0.0.0/0", "-ip:::/0" }, "ip:2001:db8::1", false },
	{ { "+dns:example.org" }, "dns:example.org", true },
	{ { "+dns:Example.org" }, "dns:a.EXAMPLE.org", true },
	{ { "+dns:example.org" }, "dns:anexample.org", false },
	{ { "+dns:example.org" }, "dns:org", false },
	{ { "+dns:.example.org" }, "dns:example.org", false },
	{ { "+dns:.example.org" }, "dns:a.example.org", true },
	{ { "-dns:bank.org" }, "dns:a.bank.org.", false },
	{ { "-dns:.bank.org" }, "dns:bank.org", false },
	{ { "-dns:*.bank.org" }, "dns:example.org", false },
	{ { "-dns:bank.org" }, "dns:example.org", true },
};

static struct authority root, plain;
static gnutls_privkey_t key;

/* Asked of the CA alone, so that what the library refuses before is seen as well. */
static bool alone(const struct authority *ca, const struct blob *leaf)
{
	struct seal_cert cert;

	must(seal_cert_decode(of(leaf), &cert) && cert.id_count, "leaf");
	return seal_constraints_permit(ca->crt, &cert);
}

static enum seal_reason path(const struct authority *anchor, const struct blob *leaf,
			     const struct authority *const *between, size_t count)
{
	struct seal_trust *trust = seal_trust_new();
	struct seal_bytes chain[SEAL_CERTS_MAX] = { of(leaf) };
	enum seal_reason reason;

	must(seal_trust_add_pem(trust, of(&anchor->pem)) == 1, "trust");
	for (size_t i = 0; i < count; i++)
		chain[1 + i] = of(&between[i]->der);
	reason = seal_trust_check(trust, chain, 1 + count, NOW, SEAL_PURPOSE_SERVER, NULL);
	seal_trust_free(trust);
	return reason;
}

static void one_row(const struct row *row)
{
	const struct profile host = { .ids = { row->id } };
	enum seal_reason want = row->good ? SEAL_REASON_ACCEPTED : SEAL_REASON_CERT_UNTRUSTED;
	struct authority sub, below, anchor;
	struct blob near, far, under;

	new_authority(&sub, "sub", &root);
	constrain_authority(&sub, row->limits, NAMES_MAX, &root);
	new_authority(&below, "below", &sub);
	new_authority(&anchor, "anchor", NULL);
	constrain_authority(&anchor, row->limits, NAMES_MAX, NULL);
	issue(&sub, key, &host, &near);
	issue(&below, key, &host, &far);
	issue(&anchor, key, &host, &under);
	ok(alone(&sub, &near) == row->good, "%s%s%s: %s %s", row->limits[0],
	   row->limits[1] ? " " : "", row->limits[1] ? row->limits[1] : "", row->id,
	   row->good ? "is permitted" : "is not");
	ok(path(&root, &near, (const struct authority *[]){ &sub }, 1) == want &&
	   path(&root, &far, (const struct authority *[]){ &below, &sub }, 2) == want &&
	   path(&anchor, &under, NULL, 0) == want,
	   "and so by the CA that issues, one above it, and one that is trusted");
}

/* One name that may not be refuses the certificate; each CA narrows those above. */
static void several(void)
{
	static const char *const both[] = { "+dns:example.org", "+uri:example.org" };
	static const char *const wide[] = { "+uri:bank.org", "+uri:example.org" };
	const struct profile host = { .ids = { "dns:a.example.org", "uri:x://bank.org/" } };
	const struct profile uri = { .ids = { "uri:x://bank.org/" } };
	struct authority sub, below, dns;
	struct blob leaf;

	new_authority(&sub, "sub", &root);
	constrain_authority(&sub, both, 2, &root);
	issue(&sub, key, &host, &leaf);
	ok(!alone(&sub, &leaf) && path(&root, &leaf, (const struct authority *[]){ &sub }, 1) ==
	   SEAL_REASON_CERT_UNTRUSTED, "one good name of two is not enough");
	new_authority(&below, "below", &sub);
	constrain_authority(&below, wide, 2, &sub);
	issue(&below, key, &uri, &leaf);
	ok(alone(&below, &leaf) &&
	   path(&root, &leaf, (const struct authority *[]){ &below, &sub }, 2) ==
	   SEAL_REASON_CERT_UNTRUSTED, "a CA below gives no name that the one above has not");
	/* GnuTLS would take the common name for that of a host. */
	new_authority(&dns, "dns", &root);
	constrain_authority(&dns, both, 1, &root);
	issue(&dns, key, &uri, &leaf);
	ok(alone(&dns, &leaf), "a kind of names that no constraint is on is free");
	issue(&plain, key, &host, &leaf);
	ok(alone(&plain, &leaf) && path(&plain, &leaf, NULL, 0) == SEAL_REASON_ACCEPTED,
	   "without constraints, every name");
}

int main(void)
{
	new_authority(&root, "root", NULL);
	new_authority(&plain, "plain", NULL);
	key = new_key(P256);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		one_row(&rows[i]);
	several();
	return done();
}
