// SPDX-License-Identifier: GPL-2.0-or-later
/* sealctl revoke: close attested sockets and wait until they are closed. */
#include "sealctl/sealctl.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "sealctl/print.h"
#include "sealctl/sockets.h"
#include "verify/x509.h"

struct revocation {
	struct socket_match match;
	struct seal_identity peer;
	uint8_t ak_name[SEAL_AK_NAME_MAX];
	unsigned int selectors;
	bool json;
};

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' :
	       c >= 'a' && c <= 'f' ? c - 'a' + 10 :
	       c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool parse_hex(const char *text, uint8_t *out, size_t size, size_t *len_ret)
{
	size_t len = strlen(text);

	if (!len || len % 2 || len / 2 > size)
		return false;
	for (size_t i = 0; i < len / 2; i++) {
		int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	*len_ret = len / 2;
	return true;
}

/* The kernel compares octets: what is spelled in another way would match nobody. */
static bool parse_peer(const char *text, struct seal_identity *ret)
{
	if (seal_identity_parse(text, ret))
		return true;
	fprintf(stderr, "sealctl revoke: '%s' is none of dns:NAME, ip:ADDRESS and uri:URI\n", text);
	return false;
}

static bool parse_selector(struct revocation *r, int option, const char *text)
{
	char *end;

	switch (option) {
	case 'i':
		r->selectors++;
		r->match.id = strtoull(text, &end, 10);
		return r->match.id && !*end && text[0] != '-';
	case 'p':
		r->selectors++;
		r->match.peer = r->peer.text;
		return parse_peer(text, &r->peer);
	case 'k':
		r->selectors++;
		r->match.ak_name = r->ak_name;
		return parse_hex(text, r->ak_name, sizeof(r->ak_name), &r->match.ak_name_len);
	case 'y':
		r->selectors++;
		r->match.policy = text;
		return *text && strlen(text) < SEAL_POLICY_MAX;
	case 'a':
		r->selectors++;
		r->match.all = true;
		return true;
	case 'r':
		r->match.reason = text;
		return strlen(text) < SEAL_REASON_MAX;
	case 'j':
		r->json = true;
		return true;
	}
	return false;
}

static bool parse_arguments(struct revocation *r, int argc, char **argv)
{
	static const struct option options[] = {
		{ "id", required_argument, NULL, 'i' },
		{ "peer", required_argument, NULL, 'p' },
		{ "ak", required_argument, NULL, 'k' },
		{ "policy", required_argument, NULL, 'y' },
		{ "all", no_argument, NULL, 'a' },
		{ "reason", required_argument, NULL, 'r' },
		{ "json", no_argument, NULL, 'j' },
		{ 0 }
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (!parse_selector(r, c, optarg))
			return false;
	return optind == argc && r->selectors == 1;
}

static int64_t boottime(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec * 1000000000ll + now.tv_nsec;
}

static void report(const struct revocation *r, uint32_t count, uint32_t draining,
		   int64_t began, int64_t ended)
{
	double ms = (double)(ended - began) / 1e6;
	json_t *json;

	if (!r->json) {
		printf("revoked %u socket%s in %.3f ms", count, count == 1 ? "" : "s", ms);
		if (draining)
			printf(", %u still hold a caller that could not be woken", draining);
		putchar('\n');
		return;
	}
	json = json_pack("{s:I, s:I, s:f, s:I, s:I}", "revoked", (json_int_t)count,
			 "draining", (json_int_t)draining, "milliseconds", ms,
			 "began_ns", (json_int_t)began, "ended_ns", (json_int_t)ended);
	print_json(json);
}

int cmd_revoke(int argc, char **argv)
{
	struct revocation r = { 0 };
	uint32_t count, draining;
	struct sockets *sockets;
	int64_t began;
	int ret;

	if (!parse_arguments(&r, argc, argv))
		return usage_of("revoke");
	sockets = sockets_open();
	if (!sockets)
		return sockets_cannot("revoke", errno);

	began = boottime();
	ret = sockets_revoke(sockets, &r.match, &count, &draining);
	if (!ret)
		report(&r, count, draining, began, boottime());
	else if (ret != -ENOENT)
		fprintf(stderr, "sealctl revoke: %s%s%s\n", strerror(-ret),
			*sockets_error(sockets) ? ": " : "", sockets_error(sockets));
	sockets_close(sockets);
	if (ret && ret != -ENOENT)
		return EXIT_FAILED;
	if (ret || !count) {
		/* No failure to whoever asks this of all hosts. */
		fprintf(stderr, "sealctl revoke: no attested socket matches, and those that "
			"passed unproven are not among them (seal-policy(5), mode)\n");
		return EXIT_NOTHING;
	}
	return EXIT_DONE;
}
