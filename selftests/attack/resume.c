// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * She comes with a ticket, sealed with a key that she knows, and data before
 * the handshake. An attested server resumes nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broken.h"
#include "plot.h"
#include "../unit/lib/tap.h"

#define PRIORITY	"NORMAL:-VERS-ALL:+VERS-TLS1.3"

static gnutls_certificate_credentials_t stolen_pair(void)
{
	gnutls_certificate_credentials_t cred;
	char cert[300], key[300];

	snprintf(cert, sizeof(cert), "%s/f/identity/tls.pem", getenv("SEALD_HOSTS"));
	snprintf(key, sizeof(key), "%s/f/identity/key.pem", getenv("SEALD_HOSTS"));
	gnutls_certificate_allocate_credentials(&cred);
	must(!gnutls_certificate_set_x509_key_file(cred, cert, key, GNUTLS_X509_FMT_PEM),
	     "key of host f");
	return cred;
}

static gnutls_session_t session_on(int fd, unsigned int flags)
{
	gnutls_session_t tls;

	must(!gnutls_init(&tls, flags), "gnutls_init");
	gnutls_credentials_set(tls, GNUTLS_CRD_CERTIFICATE, stolen_pair());
	must(!gnutls_priority_set_direct(tls, PRIORITY, NULL), "priority");
	gnutls_transport_set_int(tls, fd);
	gnutls_handshake_set_timeout(tls, 30000);
	return tls;
}

static int shake(gnutls_session_t tls)
{
	int ret;

	do {
		ret = gnutls_handshake(tls);
	} while (ret && !gnutls_error_is_fatal(ret));
	return ret;
}

/* A server of hers that gives the ticket. */
static void give_ticket(int fd)
{
	static uint8_t octets[64] = BROKEN_TICKET_KEY;
	const gnutls_datum_t key = { octets, sizeof(octets) };
	gnutls_session_t tls = session_on(fd, GNUTLS_SERVER | GNUTLS_ENABLE_EARLY_DATA);

	gnutls_record_set_max_early_data_size(tls, 1024);
	must(!gnutls_session_ticket_enable_server(tls, &key) && !shake(tls) &&
	     gnutls_record_send(tls, "x", 1) == 1, "a server of tickets");
	_exit(0);
}

static gnutls_datum_t get_ticket(void)
{
	gnutls_datum_t data = { 0 };
	gnutls_session_t tls;
	char octet;
	int fd[2];
	pid_t pid;

	must(!socketpair(AF_UNIX, SOCK_STREAM, 0, fd), "socketpair");
	pid = fork();
	if (!pid)
		give_ticket(fd[1]);
	close(fd[1]);
	tls = session_on(fd[0], GNUTLS_CLIENT);
	must(!shake(tls), "a server of tickets");
	while (gnutls_record_recv(tls, &octet, 1) < 0)
		;
	must(gnutls_session_get_flags(tls) & GNUTLS_SFLAGS_SESSION_TICKET &&
	     !gnutls_session_get_data2(tls, &data), "a ticket");
	waitpid(pid, NULL, 0);
	return data;
}

static int seen = -1;

/* How long she waits: a server takes early data of tickets younger than itself. */
static unsigned int patience;

/* Says what TLS made of it: resumed, early data taken. */
static void come_again(int fd)
{
	bool said[3] = { 0 };
	gnutls_datum_t ticket;
	gnutls_session_t tls;

	sleep(patience);
	ticket = get_ticket();
	tls = session_on(fd, GNUTLS_CLIENT | GNUTLS_ENABLE_EARLY_DATA);
	must(!gnutls_session_set_data(tls, ticket.data, ticket.size), "session data");
	said[2] = !gnutls_record_send_early_data(tls, "early", 5);
	if (!shake(tls)) {
		said[0] = gnutls_session_is_resumed(tls);
		said[1] = gnutls_session_get_flags(tls) & GNUTLS_SFLAGS_EARLY_DATA;
	}
	must(write(seen, said, sizeof(said)) == sizeof(said), "report");
	_exit(0);
}

static void try_ticket(const char *programs, struct stand_side *side, bool said[3])
{
	struct stand_side *const sides[] = { side };
	static struct stand_host a;
	int fd[2], report[2];
	pid_t pid;

	setenv("SEAL_PROGRAMS", programs, 1);
	host_open(&a, "a");
	host_policy(&a, "f", OFFER);
	tcp_pair(fd);
	must(!pipe(report), "pipe");
	pid = fork();
	if (!pid) {
		alarm(100);
		close(fd[1]);
		seen = report[1];
		come_again(fd[0]);
	}
	close(report[1]);
	close(fd[0]);
	*side = (struct stand_side){ .host = &a, .server = true, .limit_ms = 60000 };
	side_start(side, fd[1]);
	sides_run(sides, 1, NULL, NULL);
	must(read(report[0], said, 3) == 3, "report");
	close(report[0]);
	waitpid(pid, NULL, 0);
	host_close(&a);
}

void attack_resumption(void)
{
	struct stand_side side;
	bool said[3];

	try_ticket(programs_without(NULL, NULL), &side, said);
	ok(said[2] && !said[1], "early data: sent, and not taken");
	ok(!said[0], "botan 5818, golang 77217, draft-fossati-seat-expat: no resumption");
	try_ticket(programs_without(NULL, "no-tickets"), &side, said);
	ok(said[0], "resumption: TLS resumes without no-tickets");
	ok(!said[1], "early data: not taken even then");
	/* The second line: what was resumed is not taken for a handshake. */
	ok(!side.told.attached && !side.told.plain &&
	   !strcmp(told_reason(&side), "tls-failed"), "resumption: and it is refused even then");
	for (patience = 1; !said[1] && patience < 20; patience *= 2)
		try_ticket(programs_without("no-tickets", "no-early-data"), &side, said);
	ok(said[1], "early data: TLS takes it without no-early-data");
	ok(!side.told.attached && !side.told.plain, "early data: and it is refused even then");
}
