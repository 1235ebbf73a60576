// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * seald/tls against the other end's own words: that process tells its
 * exporter_secret, of which we compute what GnuTLS must have exported here. And
 * nothing is exported before the peer's Finished was verified.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gnutls/x509.h>

#include "lib/exporter.h"
#include "lib/party.h"
#include "lib/tap.h"
#include "seald/tls.h"
#include "verify/bind.h"
#include "verify/ea.h"

static int report;	/* the other end tells by this */

static int tell(gnutls_session_t session, const char *label, const gnutls_datum_t *secret)
{
	uint8_t out[1 + SEAL_HASH_MAX] = { (uint8_t)secret->size };

	if (strcmp(label, "EXPORTER_SECRET"))
		return 0;
	must(secret->size <= SEAL_HASH_MAX, "secret");
	memcpy(out + 1, secret->data, secret->size);
	must(write(report, out, sizeof(out)) == sizeof(out), "report");
	return 0;
}

/* Silent until its peer has given up; then all that was said: how many octets. */
static size_t hear(gnutls_session_t session)
{
	static uint8_t octets[20000];
	size_t heard = 0;
	ssize_t n;

	usleep(600000);
	while ((n = gnutls_record_recv(session, octets, sizeof(octets))) > 0)
		heard += (size_t)n;
	return heard;
}

/* A server of that cipher, with a certificate that nobody has issued. */
static void serve(int fd, const char *cipher, size_t most)
{
	const struct profile profile = { .ids = { "dns:a.test" } };
	gnutls_certificate_credentials_t cred;
	gnutls_privkey_t own = new_key(P256);
	struct authority ca;
	struct blob pem, der;
	gnutls_session_t session;
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t crt;
	char priority[128];
	int ret;

	new_authority(&ca, "tls", NULL);
	issue(&ca, own, &profile, &der);
	to_pem(&der, &pem);
	gnutls_x509_crt_init(&crt);
	must(!gnutls_x509_crt_import(crt, &(gnutls_datum_t){ pem.data, pem.len },
				     GNUTLS_X509_FMT_PEM) &&
	     !gnutls_privkey_export_x509(own, &key) &&
	     !gnutls_certificate_allocate_credentials(&cred) &&
	     !gnutls_certificate_set_x509_key(cred, &crt, 1, key), "key");
	gnutls_init(&session, GNUTLS_SERVER | GNUTLS_NO_TICKETS);
	snprintf(priority, sizeof(priority),
		 "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+%s", cipher);
	must(!gnutls_priority_set_direct(session, priority, NULL), priority);
	gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, cred);
	gnutls_session_set_keylog_function(session, tell);
	gnutls_transport_set_int(session, fd);
	do {
		ret = gnutls_handshake(session);
	} while (ret && !gnutls_error_is_fatal(ret));
	_exit(ret || (most && hear(session) > most));
}

static bool anybody(void *arg, const gnutls_datum_t *chain, unsigned int count)
{
	struct tls *tls = arg;
	uint8_t out[32];

	/* Inside the handshake GnuTLS would give a value, but another one. */
	ok(!tls_export(tls, SEAL_LABEL_BINDER, (struct seal_bytes){ 0 }, out, sizeof(out)),
	   "no exporter inside the handshake");
	return true;
}

static bool exports(struct tls *tls, const uint8_t *secret, const char *label,
		    struct seal_bytes context, size_t len)
{
	uint8_t got[64], want[64];

	exporter(tls_hash(tls), secret, label, context, want, len);
	return tls_export(tls, label, context, got, len) && !memcmp(got, want, len);
}

static void compare(struct tls *tls, const uint8_t *secret, size_t len)
{
	static const uint8_t context[SEAL_BIND_LEN] = { 1, 2, 3 };
	struct seal_bytes none = { 0 };

	ok(len == seal_hash_len(tls_hash(tls)) &&
	   exports(tls, secret, SEAL_LABEL_EA_CLIENT_CONTEXT, none, len) &&
	   exports(tls, secret, SEAL_LABEL_EA_CLIENT_FINISHED, none, len) &&
	   exports(tls, secret, SEAL_LABEL_EA_SERVER_CONTEXT, none, len) &&
	   exports(tls, secret, SEAL_LABEL_EA_SERVER_FINISHED, none, len),
	   "RFC 9261: empty context, %zu octets", len);
	ok(exports(tls, secret, SEAL_LABEL_BINDER,
		   (struct seal_bytes){ context, sizeof(context) }, 32) &&
	   exports(tls, secret, SEAL_LABEL_CONNECTION_ID, none, 16), "our own labels");
}

static void connection(const char *cipher, size_t hash_len)
{
	struct attester_channel nobody = { .fd = -1 };
	struct tls tls = {
		.side = SEAL_SIDE_CLIENT, .attester = &nobody, .check = anybody,
		.deadline = ipc_now() + 20000000000u,
	};
	uint8_t told[1 + SEAL_HASH_MAX] = { 0 }, out[32];
	int fd[2], ends[2];
	pid_t pid;

	must(!socketpair(AF_UNIX, SOCK_STREAM, 0, fd) && !pipe(ends), "socketpair");
	report = ends[1];
	fflush(stdout);
	pid = fork();
	if (!pid)
		serve(fd[1], cipher, 0);
	close(fd[1]);
	close(ends[1]);
	tls.fd = fd[0];
	tls.arg = &tls;
	must(!tls_open(&tls, IPC_CIPHER_ALL, false, ""), "open");
	ok(!tls_export(&tls, SEAL_LABEL_BINDER, (struct seal_bytes){ 0 }, out, sizeof(out)),
	   "%s: no exporter before the handshake", cipher);
	ok(!tls_handshake(&tls) && tls.known, "handshake with somebody");
	must(read(ends[0], told, sizeof(told)) == sizeof(told) && told[0] == hash_len, "secret");
	compare(&tls, told + 1, told[0]);
	tls_close(&tls);
	close(fd[0]);
	close(ends[0]);
	waitpid(pid, NULL, 0);
}

static bool whoever(void *arg, const gnutls_datum_t *chain, unsigned int count)
{
	return true;
}

/*
 * A peer that does not read stops us in the middle of a record. Who sends more then has
 * GnuTLS finish that one, and is told its length.
 */
static void cut(void)
{
	struct attester_channel nobody = { .fd = -1 };
	struct tls tls = {
		.side = SEAL_SIDE_CLIENT, .attester = &nobody, .check = whoever,
		.deadline = ipc_now() + 20000000000u,
	};
	static uint8_t frame[98304];
	int fd[2], small = 4096, status, err;
	pid_t pid;

	must(!socketpair(AF_UNIX, SOCK_STREAM, 0, fd) &&
	     !setsockopt(fd[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), "socketpair");
	report = open("/dev/null", O_WRONLY | O_CLOEXEC);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		close(fd[0]);
		serve(fd[1], "AES-128-GCM", sizeof(frame));
	}
	close(fd[1]);
	tls.fd = fd[0];
	tls.arg = &tls;
	must(!tls_open(&tls, IPC_CIPHER_ALL, false, "") && !tls_handshake(&tls), "handshake");
	tls.deadline = ipc_now() + 300000000u;
	ok(tls_send(&tls, frame, sizeof(frame)) == GNUTLS_E_TIMEDOUT, "a peer that does not read");
	usleep(600000);
	tls.deadline = ipc_now() + 1000000000u;
	err = tls_send(&tls, "\x15\0\0\0\3\0\xe\1", 8);
	shutdown(tls.fd, SHUT_WR);
	tls_close(&tls);
	ok(err && waitpid(pid, &status, 0) == pid && !status, "gets nothing after half a record");
	close(fd[0]);
}

/* What a monitor hears of a worker that waits. */
static struct ipc_channel ears(struct patience *patience, struct ipc_channel *worker)
{
	int fd[2];

	must(!socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd), "channel");
	*worker = (struct ipc_channel){ fd[1], IPC_W_RUNNING, IPC_WORKER_END, IPC_MONITOR };
	*patience = (struct patience){ .monitor = worker };
	return (struct ipc_channel){ fd[0], IPC_W_RUNNING, IPC_MONITOR, IPC_WORKER_END };
}

/* The first that it says, or -1: nothing. */
static int heard(struct ipc_channel *monitor)
{
	static struct ipc_message msg;

	if (ipc_recv(monitor, &msg) || msg.type != IPC_WAITS)
		return -1;
	return msg.body.len ? msg.body.data[0] : IPC_SILENT_NOT;
}

/* A peer that stays and says nothing takes no CPU, and the monitor hears so, and who it is. */
static void stays(struct tls tls, int want, const char *who)
{
	struct ipc_channel monitor, worker;
	struct patience patience;
	int fd[2];

	must(!socketpair(AF_UNIX, SOCK_STREAM, 0, fd), "socketpair");
	monitor = ears(&patience, &worker);
	tls.fd = fd[0];
	tls.patience = &patience;
	tls_drain(&tls, ipc_now() + 100000000u);
	ok(heard(&monitor) == want, "%s is waited for", who);
	close(fd[0]);
	close(fd[1]);
	close(monitor.fd);
	close(worker.fd);
}

int main(void)
{
	connection("AES-128-GCM", 32);
	connection("AES-256-GCM", 48);
	cut();
	stays((struct tls){ 0 }, IPC_SILENT_TLS, "who is not through with TLS");
	stays((struct tls){ .complete = true }, IPC_SILENT_NOBODY, "nobody who is");
	stays((struct tls){ .complete = true, .known = true }, IPC_SILENT_NOT, "somebody");
	stays((struct tls){ .complete = true, .known = true, .refused = true }, IPC_SILENT_TLS,
	      "somebody who was refused");
	return done();
}
