// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A worker that was taken over asks the attester for more than its one
 * connection. What it can get at all is said in README: its machine vouches
 * once.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "plot.h"
#include "../seald/stand.h"
#include "../unit/lib/tap.h"

static uint8_t answer[sizeof(struct att_identity) + ATT_MAX_EVIDENCE];

static const uint8_t bank[] = { 0, 0, 0, 1, 0, 0x0b, 3, 0xff, 3, 0 };

/* True when it is granted. */
static bool ask(int fd, const void *message, size_t len)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint32_t status = ATT_DENIED;

	if (send(fd, message, len, MSG_NOSIGNAL) < 0 || poll(&p, 1, 30000) != 1 ||
	    recv(fd, answer, sizeof(answer), 0) < (ssize_t)sizeof(status))
		return false;
	memcpy(&status, answer, sizeof(status));
	return status == ATT_OK;
}

static bool ask_identity(int fd)
{
	const struct att_request request = { .type = ATT_IDENTITY };

	return ask(fd, &request, sizeof(request));
}

static bool ask_sign(int fd, enum att_type type, uint8_t fill)
{
	struct att_sign request = { .type = type, .hash_len = 32 };

	memset(request.hash, fill, 32);
	return ask(fd, &request, sizeof(request));
}

static bool ask_bind(int fd, bool certificate, uint64_t exchange)
{
	const struct att_bind request = {
		.type = ATT_BIND, .mode = SEAL_MODE_EVIDENCE, .exchange = exchange,
		.tls_certificate = certificate };

	return ask(fd, &request, sizeof(request));
}

static bool ask_claim(int fd, uint8_t fill)
{
	struct att_claim request = { .type = ATT_CLAIM, .pcr_select_len = sizeof(bank) };

	memcpy(request.pcr_select, bank, sizeof(bank));
	memset(request.ekm, fill, sizeof(request.ekm));
	return ask(fd, &request, sizeof(request));
}

/* Everything that it may have; then once more. */
static bool second_tls_signature(int fd)
{
	return ask_identity(fd) && ask_sign(fd, ATT_SIGN_TLS, 1) && ask_sign(fd, ATT_SIGN_TLS, 2);
}

static bool second_evidence(int fd)
{
	return ask_identity(fd) && ask_bind(fd, false, 0) && ask_claim(fd, 1) && ask_claim(fd, 2);
}

static bool second_exchange(int fd)
{
	return ask_identity(fd) && ask_sign(fd, ATT_SIGN_TLS, 1) && ask_bind(fd, true, 0) &&
	       ask_claim(fd, 1) && ask_sign(fd, ATT_SIGN_EA, 1) && ask_bind(fd, true, 1);
}

static bool signature_without_evidence(int fd)
{
	return ask_identity(fd) && ask_bind(fd, false, 0) && ask_sign(fd, ATT_SIGN_EA, 1);
}

/* Our certificate without our signature for it: another connection's. */
static bool certificate_not_shown(int fd)
{
	return ask_identity(fd) && ask_bind(fd, true, 0);
}

static bool later_exchange(int fd)
{
	return ask_identity(fd) && ask_bind(fd, false, 7);
}

/* An exporter value that anyone can compute. */
static bool zero_exporter(int fd)
{
	return ask_identity(fd) && ask_bind(fd, false, 0) && ask_claim(fd, 0);
}

static const struct {
	const char *name;
	bool (*get)(int fd);
	const char *removed;	/* without which it is granted */
} wishes[] = {
	{ "a second TLS signature", second_tls_signature, "order" },
	{ "a second evidence", second_evidence, "order" },
	{ "a second exchange", second_exchange, "order+exchange" },
	{ "an authenticator signature without evidence", signature_without_evidence, "order" },
	{ "a binding to a certificate that was not shown", certificate_not_shown, "order" },
	{ "a later exchange", later_exchange, "exchange" },
	{ "evidence over an exporter value of zeros", zero_exporter, "zeros" },
};

#define WISHES	(sizeof(wishes) / sizeof(wishes[0]))

static bool granted(struct stand_host *host, size_t i, bool *closed)
{
	const struct att_open open = {
		.type = ATT_OPEN, .version = ATT_PROTO_VERSION, .handshake = i + 1,
		.deadline = UINT64_MAX, .role = SEAL_SIDE_SERVER, .consumer = SEAL_CLASS_NFSD,
		.tls_certificate = 1 };
	int fd = attester_process_open(&host->m.attester, &open);
	bool got;

	must(fd >= 0, "channel to the attester");
	got = wishes[i].get(fd);
	*closed = !ask_identity(fd);
	close(fd);
	return got;
}

void attack_attester(void)
{
	static struct stand_host a;
	bool closed;

	setenv("SEAL_PROGRAMS", programs_without(NULL, NULL), 1);
	host_open(&a, "a");
	for (size_t i = 0; i < WISHES; i++) {
		bool got = granted(&a, i, &closed);

		ok(!got && closed, "compromised worker: refused %s", wishes[i].name);
	}
	host_close(&a);
	for (size_t i = 0; i < WISHES; i++) {
		setenv("SEAL_PROGRAMS", programs_without(NULL, wishes[i].removed), 1);
		host_open(&a, "a");
		ok(granted(&a, i, &closed), "compromised worker: %s without %s", wishes[i].name,
		   wishes[i].removed);
		host_close(&a);
	}
}
