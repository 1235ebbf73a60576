// SPDX-License-Identifier: GPL-2.0-or-later
/* Which names a CA may vouch for. */
#include "verify/constraints.h"

#include <arpa/inet.h>
#include <gnutls/x509.h>
#include <string.h>

/* How @name stands to a subtree of its kind. */
enum place { OUTSIDE, INSIDE, UNKNOWN };

static unsigned int kind_of(const struct seal_identity *id)
{
	return !strncmp(id->text, "dns:", 4) ? GNUTLS_SAN_DNSNAME :
	       !strncmp(id->text, "ip:", 3) ? GNUTLS_SAN_IPADDRESS : GNUTLS_SAN_URI;
}

/* A constraint's domain, spelled as an identity; @below: it began with a dot. */
static bool domain_of(struct seal_bytes base, struct seal_identity *ret, bool *below)
{
	char name[SEAL_IDENTITY_MAX + 1] = "";

	if (base.len > SEAL_IDENTITY_MAX || seal_bytes_chr(base, '\0'))
		return false;
	memcpy(name, base.data, base.len);
	*below = name[0] == '.';
	return seal_identity_of_dns(name + *below, ret);
}

/* @host is a name below @domain. */
static bool is_below(const struct seal_identity *host, const struct seal_identity *domain)
{
	const char *h = host->text + strlen("dns:"), *d = domain->text + strlen("dns:");
	size_t more = strlen(h) > strlen(d) ? strlen(h) - strlen(d) : 0;

	return more && h[more - 1] == '.' && !strcmp(h + more, d);
}

/* The RFC gives an initial dot no meaning for names of hosts; others do. */
static enum place place_dns(const struct seal_identity *id, struct seal_bytes base)
{
	struct seal_identity domain;
	bool below;

	if (!base.len)
		return INSIDE;
	if (!domain_of(base, &domain, &below))
		return UNKNOWN;
	if (!strcmp(id->text, domain.text))
		return below ? UNKNOWN : INSIDE;
	return is_below(id, &domain) ? INSIDE : OUTSIDE;
}

/* The host of "uri:scheme://user@host:port/..", if it has a name. */
static bool host_of(const struct seal_identity *id, struct seal_identity *ret)
{
	const char *host = strchr(id->text + strlen("uri:"), ':') + 1;
	char name[SEAL_IDENTITY_MAX + 1];
	const uint8_t *at;
	uint8_t raw[4];
	size_t len;

	if (strncmp(host, "//", 2))
		return false;
	host += 2;
	len = strcspn(host, "/?#");
	at = seal_bytes_chr((struct seal_bytes){ (const uint8_t *)host, len }, '@');
	if (at) {
		len -= (const char *)at + 1 - host;
		host = (const char *)at + 1;
	}
	memcpy(name, host, len);
	name[len] = '\0';
	name[strcspn(name, ":")] = '\0';
	return inet_pton(AF_INET, name, raw) != 1 && seal_identity_of_dns(name, ret);
}

static enum place place_uri(const struct seal_identity *id, struct seal_bytes base)
{
	struct seal_identity host, domain;
	bool below;

	if (!host_of(id, &host) || !domain_of(base, &domain, &below))
		return UNKNOWN;
	return (below ? is_below(&host, &domain) : !strcmp(host.text, domain.text)) ? INSIDE
										    : OUTSIDE;
}

static bool is_mapped(struct seal_bytes base)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	return base.len == 32 && !memcmp(base.data, mapped, sizeof(mapped));
}

/*
 * @base is an address and a mask. An address of the other family is outside, but one of
 * IPv4 in the clothes of IPv6 might be meant.
 */
static enum place place_ip(const struct seal_identity *id, struct seal_bytes base)
{
	int family = strchr(id->text + strlen("ip:"), ':') ? AF_INET6 : AF_INET;
	size_t len = family == AF_INET6 ? 16 : 4;
	uint8_t raw[16];

	if ((base.len != 8 && base.len != 32) ||
	    inet_pton(family, id->text + strlen("ip:"), raw) != 1)
		return UNKNOWN;
	if (base.len != 2 * len)
		return (family == AF_INET6 ? strchr(id->text, '.') != NULL : is_mapped(base)) ?
		       UNKNOWN : OUTSIDE;
	for (size_t i = 0; i < len; i++)
		if ((raw[i] ^ base.data[i]) & base.data[len + i])
			return OUTSIDE;
	return INSIDE;
}

static enum place place_of(const struct seal_identity *id, const gnutls_datum_t *name)
{
	struct seal_bytes base = { name->data, name->size };

	switch (kind_of(id)) {
	case GNUTLS_SAN_DNSNAME:
		return place_dns(id, base);
	case GNUTLS_SAN_IPADDRESS:
		return place_ip(id, base);
	default:
		return place_uri(id, base);
	}
}

/* Inside one of the permitted subtrees of its kind, if there are any. */
static bool is_permitted(gnutls_x509_name_constraints_t nc, const struct seal_identity *id)
{
	gnutls_datum_t name;
	unsigned int type;
	bool limited = false;

	for (unsigned int i = 0; !gnutls_x509_name_constraints_get_permitted(nc, i, &type, &name);
	     i++) {
		if (type != kind_of(id))
			continue;
		limited = true;
		if (place_of(id, &name) == INSIDE)
			return true;
	}
	return !limited;
}

static bool is_excluded(gnutls_x509_name_constraints_t nc, const struct seal_identity *id)
{
	gnutls_datum_t name;
	unsigned int type;

	for (unsigned int i = 0; !gnutls_x509_name_constraints_get_excluded(nc, i, &type, &name);
	     i++)
		if (type == kind_of(id) && place_of(id, &name) != OUTSIDE)
			return true;
	return false;
}

bool seal_constraints_permit(gnutls_x509_crt_t issuer, const struct seal_cert *leaf)
{
	gnutls_x509_name_constraints_t nc;
	unsigned int critical;
	bool ok;
	int err;

	if (gnutls_x509_name_constraints_init(&nc) < 0)
		return false;
	err = gnutls_x509_crt_get_name_constraints(issuer, nc, 0, &critical);
	ok = err >= 0 || err == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE;
	for (size_t i = 0; i < leaf->id_count && ok && err >= 0; i++)
		ok = is_permitted(nc, &leaf->ids[i]) && !is_excluded(nc, &leaf->ids[i]);
	gnutls_x509_name_constraints_deinit(nc);
	return ok;
}
