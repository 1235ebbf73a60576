// SPDX-License-Identifier: GPL-2.0-or-later

#include "peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wire/cmw.h"
#include "wire/frame.h"
#include "wire/hello.h"
#include "wire/result.h"
#include "../unit/lib/tap.h"

static struct peer_end end = { .alert = -1, .code = -1 };

static int ext_recv(gnutls_session_t session, const unsigned char *data, size_t len)
{
	return 0;
}

static int ext_send(gnutls_session_t session, gnutls_buffer_t out)
{
	const struct peer *peer = gnutls_session_get_ptr(session);

	if (!peer->seal)
		return 0;
	gnutls_buffer_append_data(out, peer->seal, peer->seal_len);
	return (int)peer->seal_len;
}

static void show_cert(gnutls_certificate_credentials_t cred)
{
	char cert[300], key[300];

	snprintf(cert, sizeof(cert), "%s/f/identity/tls.pem", getenv("SEALD_HOSTS"));
	snprintf(key, sizeof(key), "%s/f/identity/key.pem", getenv("SEALD_HOSTS"));
	must(!gnutls_certificate_set_x509_key_file(cred, cert, key,
						   GNUTLS_X509_FMT_PEM),
	     "key of host f");
}

static void run(const struct peer *peer, int fd)
{
	unsigned int flags = peer->server ? GNUTLS_SERVER : GNUTLS_CLIENT;
	gnutls_certificate_credentials_t cred;
	gnutls_session_t session;
	int ret;

	gnutls_init(&session, flags | (peer->tickets ? 0 : GNUTLS_NO_TICKETS));
	gnutls_session_set_ptr(session, (void *)peer);
	gnutls_certificate_allocate_credentials(&cred);
	if (!peer->no_cert)
		show_cert(cred);
	gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, cred);
	must(!gnutls_priority_set_direct(session, peer->priority ? peer->priority :
					 "NORMAL:-VERS-ALL:+VERS-TLS1.3", NULL),
	     "priority");
	gnutls_session_ext_register(session, "SEAL", SEAL_EXT_NEGOTIATION,
				    GNUTLS_EXT_TLS, ext_recv, ext_send, NULL, NULL,
				    NULL, GNUTLS_EXT_FLAG_CLIENT_HELLO |
				    GNUTLS_EXT_FLAG_EE | GNUTLS_EXT_FLAG_TLS);
	if (peer->server) {
		gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUEST);
		if (peer->tickets) {
			gnutls_datum_t key;

			gnutls_session_ticket_key_generate(&key);
			gnutls_session_ticket_enable_server(session, &key);
		}
	}
	if (peer->records)
		must(!gnutls_record_set_max_recv_size(session, peer->records), "records");
	gnutls_transport_set_int(session, fd);
	if (!peer->stays)
		gnutls_handshake_set_timeout(session, 5000);
	do {
		ret = gnutls_handshake(session);
	} while (ret && !gnutls_error_is_fatal(ret));
	end.handshake = !ret;
	if (ret == GNUTLS_E_FATAL_ALERT_RECEIVED)
		end.alert = (int)gnutls_alert_get(session);
	while (peer->stays)
		pause();
	gnutls_record_set_timeout(session, 3000);
	if (!ret && peer->talk)
		peer->talk(session);
	/* Whatever is still said to us: a SealError or an alert. */
	if (!ret)
		peer_await(session, SEAL_FRAME_NONE);
}

pid_t peer_start(const struct peer *peer, int fd, int *report)
{
	int ends[2];
	pid_t pid;

	must(!pipe(ends), "pipe");
	pid = fork();
	if (!pid) {
		if (!peer->stays)
			alarm(10);
		run(peer, fd);
		must(write(ends[1], &end, sizeof(end)) == sizeof(end), "report");
		_exit(0);
	}
	close(ends[1]);
	close(fd);
	*report = ends[0];
	return pid;
}

struct peer_end peer_wait(pid_t pid, int report)
{
	struct peer_end got = { .alert = -1, .code = -1 };

	if (read(report, &got, sizeof(got)) != sizeof(got))
		note("the scripted peer died");
	close(report);
	waitpid(pid, NULL, 0);
	return got;
}

void peer_frame(gnutls_session_t session, uint8_t type, const void *body,
		size_t len)
{
	uint8_t *out = malloc(len + SEAL_FRAME_HEADER_LEN);
	struct seal_frame frame = { .type = type, .length = (uint32_t)len };
	size_t at = 0;

	seal_frame_encode(&frame, out);
	memcpy(out + SEAL_FRAME_HEADER_LEN, body, len);
	len += SEAL_FRAME_HEADER_LEN;
	while (at < len) {
		ssize_t n = gnutls_record_send(session, out + at, len - at);

		if (n <= 0)
			break;
		at += (size_t)n;
	}
	free(out);
}

size_t peer_hello(uint8_t roles, uint8_t *out, size_t size)
{
	struct seal_hello hello = {
		.can_attest = roles & SEAL_HELLO_CAN_ATTEST,
		.wants_peer = roles & SEAL_HELLO_WANTS_PEER,
		.modes = SEAL_HELLO_EVIDENCE,
		.consumer = SEAL_CLASS_NFS,
		.media_types = {
			{ (const uint8_t *)SEAL_MEDIA_TPM, strlen(SEAL_MEDIA_TPM) },
		},
		.media_count = 1,
	};

	return seal_hello_encode(&hello, out, size);
}

static bool read_all(gnutls_session_t session, uint8_t *out, size_t len)
{
	while (len) {
		ssize_t n = gnutls_record_recv(session, out, len);

		if (n == GNUTLS_E_FATAL_ALERT_RECEIVED)
			end.alert = (int)gnutls_alert_get(session);
		if (n <= 0)
			return false;
		out += n;
		len -= (size_t)n;
	}
	return true;
}

bool peer_await(gnutls_session_t session, uint8_t type)
{
	static uint8_t body[SEAL_FRAME_MAX];
	uint8_t header[SEAL_FRAME_HEADER_LEN];
	struct seal_frame frame;
	struct seal_error error;

	while (read_all(session, header, sizeof(header)) &&
	       seal_frame_decode(header, &frame) &&
	       read_all(session, body, frame.length)) {
		if (frame.type == SEAL_FRAME_ERROR &&
		    seal_error_decode((struct seal_bytes){ body, frame.length },
				      &error))
			end.code = (int)error.code;
		if (frame.type == type)
			return true;
	}
	return false;
}
