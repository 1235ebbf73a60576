// SPDX-License-Identifier: GPL-2.0-or-later
/* Identities: one spelling for each. */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "verify/x509.h"

#define DNS_MAX		(SEAL_IDENTITY_MAX - 4)	/* with "dns:" */

/* Letters, digits, hyphens and dots; lower case, no dot at either end. */
static bool dns_legal(const char *name)
{
	size_t len = strlen(name);

	if (!len || len > DNS_MAX || name[0] == '.' || name[len - 1] == '.' ||
	    strstr(name, ".."))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!islower((unsigned char)name[i]) &&
		    !isdigit((unsigned char)name[i]) && !strchr("-._", name[i]))
			return false;
	return true;
}

bool seal_identity_of_dns(const char *name, struct seal_identity *ret)
{
	char low[DNS_MAX + 2];
	size_t len = strlen(name);

	if (len > DNS_MAX + 1)
		return false;
	for (size_t i = 0; i <= len; i++)
		low[i] = tolower((unsigned char)name[i]);
	if (len && low[len - 1] == '.')
		low[len - 1] = '\0';
	if (!dns_legal(low))
		return false;
	snprintf(ret->text, sizeof(ret->text), "dns:%s", low);
	return true;
}

static bool set_ip_raw(int family, const void *raw, struct seal_identity *ret)
{
	char text[INET6_ADDRSTRLEN];

	if (!inet_ntop(family, raw, text, sizeof(text)))
		return false;
	snprintf(ret->text, sizeof(ret->text), "ip:%s", text);
	return true;
}

static bool set_ip(const char *text, struct seal_identity *ret)
{
	uint8_t raw[16];

	if (inet_pton(AF_INET, text, raw) == 1)
		return set_ip_raw(AF_INET, raw, ret);
	return inet_pton(AF_INET6, text, raw) == 1 &&
	       set_ip_raw(AF_INET6, raw, ret);
}

bool seal_identity_of_ip(struct seal_bytes raw, struct seal_identity *ret)
{
	return raw.len == 4 ? set_ip_raw(AF_INET, raw.data, ret) :
	       raw.len == 16 && set_ip_raw(AF_INET6, raw.data, ret);
}

/* Of octets that RFC 3986 knows, with a scheme; compared one by one, as SPIFFE says. */
bool seal_identity_of_uri(const char *text, struct seal_identity *ret)
{
	size_t len = strlen(text);

	if (!isalpha((unsigned char)text[0]) || !strstr(text, "://") ||
	    len > SEAL_IDENTITY_MAX - strlen("uri:"))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isgraph((unsigned char)text[i]) || strchr("*\"\\<>^`{|}", text[i]))
			return false;
	snprintf(ret->text, sizeof(ret->text), "uri:%s", text);
	return true;
}

bool seal_identity_of_name(const char *name, struct seal_identity *ret)
{
	struct seal_identity id = { 0 };

	if (!set_ip(name, &id) && !seal_identity_of_dns(name, &id))
		return false;
	*ret = id;
	return true;
}

bool seal_identity_parse(const char *text, struct seal_identity *ret)
{
	struct seal_identity id = { 0 };
	bool ok = false;

	if (!strncmp(text, "dns:", 4))
		ok = seal_identity_of_dns(text + 4, &id);
	else if (!strncmp(text, "ip:", 3))
		ok = set_ip(text + 3, &id);
	else if (!strncmp(text, "uri:", 4))
		ok = seal_identity_of_uri(text + 4, &id);
	if (ok)
		*ret = id;
	return ok;
}
