// SPDX-License-Identifier: GPL-2.0-or-later
/* sealctl status: what the kernel knows of attested sockets. */
#include "sealctl/sealctl.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "libseal/libseal.h"
#include "sealctl/enroll_say.h"
#include "sealctl/print.h"
#include "sealctl/sockets.h"

#define HEX_MAX (2 * SEAL_AK_NAME_MAX + 1)

struct view {
	uint64_t id;		/* 0: all */
	json_t *json;		/* NULL: for people */
	unsigned int seen;
};

static int64_t remaining_ms(uint64_t deadline)
{
	struct seal_status status = { .deadline = deadline };

	return libseal_remaining(&status);
}

static const char *consumer_name(uint32_t consumer)
{
	return consumer == SEAL_CONSUMER_KERNEL ? "kernel" :
	       consumer == SEAL_CONSUMER_USER ? "user" : "unknown";
}

static void print_hex(const char *what, const uint8_t *data, size_t len)
{
	char hex[HEX_MAX];

	if (len)
		printf("  %-10s %s\n", what, enroll_hex(hex, data, len));
}

/* Of peers, policies and programs, none of which is to move the cursor. */
static void print_line(const char *what, const char *text, const char *more)
{
	if (!text[0])
		return;
	printf("  %-10s ", what);
	print_text(bytes_of(text));
	puts(more);
}

static void print_status(const struct socket_status *s)
{
	int64_t ms = remaining_ms(s->deadline);

	printf("%" PRIu64 "  %s  %s -> %s\n", s->id, libseal_state_name(s->state),
	       s->local, s->remote);
	print_line("peer", s->peer, s->authenticated ? "" : " (no TLS certificate)");
	print_line("policy", s->policy, "");
	print_hex("ak", s->ak_name, s->ak_name_len);
	print_hex("pcrs", s->pcr_digest, s->pcr_digest_len);
	print_hex("connection", s->connection_id, s->connection_id_len);
	print_line("claims", s->claims, "");
	if (s->consumer == SEAL_CONSUMER_USER)
		printf("  %-10s user %u\n", "owner", s->uid);
	else
		print_line("owner", consumer_name(s->consumer), "");
	if (s->state == SEAL_STATE_ATTESTED)
		printf("  %-10s in %" PRId64 " min %" PRId64 " s\n", "deadline",
		       ms / 60000, ms / 1000 % 60);
	print_line("reason", s->reason, "");
}

static json_t *octets_json(const uint8_t *data, size_t len)
{
	return hex_json((struct seal_bytes){ data, len });
}

static json_t *status_json(const struct socket_status *s)
{
	return json_pack("{s:I, s:s, s:s, s:s, s:o, s:b, s:o, s:o, s:o, s:o,"
			 " s:o, s:s, s:I, s:I, s:I, s:I, s:o}",
			 "id", (json_int_t)s->id,
			 "state", libseal_state_name(s->state),
			 "local", s->local,
			 "remote", s->remote,
			 "peer", text_json(bytes_of(s->peer)),
			 "authenticated", (int)s->authenticated,
			 "policy", text_json(bytes_of(s->policy)),
			 "ak", octets_json(s->ak_name, s->ak_name_len),
			 "pcr_digest", octets_json(s->pcr_digest, s->pcr_digest_len),
			 "connection_id", octets_json(s->connection_id, s->connection_id_len),
			 "claims", text_json(bytes_of(s->claims)),
			 "consumer", consumer_name(s->consumer),
			 "uid", (json_int_t)s->uid,
			 "cookie", (json_int_t)s->cookie,
			 "deadline_ns", (json_int_t)s->deadline,
			 "remaining_ms", (json_int_t)remaining_ms(s->deadline),
			 "reason", text_json(bytes_of(s->reason)));
}

static void show(const struct socket_status *status, void *arg)
{
	struct view *view = arg;

	if (view->id && view->id != status->id)
		return;
	view->seen++;
	if (view->json)
		json_array_append_new(view->json, status_json(status));
	else
		print_status(status);
}

static int look(struct view *view)
{
	struct sockets *sockets = sockets_open();
	int ret;

	if (!sockets)
		return sockets_cannot("status", errno);
	ret = sockets_each(sockets, show, view);
	if (ret)
		fprintf(stderr, "sealctl status: %s%s%s\n", strerror(-ret),
			*sockets_error(sockets) ? ": " : "", sockets_error(sockets));
	sockets_close(sockets);
	if (ret)
		return EXIT_FAILED;
	if (view->id && !view->seen) {
		fprintf(stderr, "sealctl status: no socket %" PRIu64 " here\n", view->id);
		return EXIT_FAILED;
	}
	return EXIT_DONE;
}

static bool parse_id(const char *text, uint64_t *id_ret)
{
	char *end;

	errno = 0;
	*id_ret = strtoull(text, &end, 10);
	return !errno && !*end && *id_ret && text[0] != '-';
}

int cmd_status(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ 0 }
	};
	struct view view = { 0 };
	bool json = false;
	int c, ret;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c != 'j')
			return usage_of("status");
		json = true;
	}
	if (argc - optind > 1 || (argc > optind && !parse_id(argv[optind], &view.id)))
		return usage_of("status");

	if (json)
		view.json = json_array();
	ret = look(&view);
	if (view.json && !ret)
		print_json(view.json);
	else
		json_decref(view.json);
	return ret;
}
