// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A seald-worker that writes down what a listener with the keys would see: the
 * real objects, with the linker's --wrap between some of them (module.mk). Into
 * the file "record.PID" beside the program; mapped before main(), so that nothing
 * that a worker may not do is asked of it later.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include <gnutls/gnutls.h>

#include "seald/tls.h"

#define ROOM	(1u << 20)

static char *record;
static size_t len;
static gnutls_handshake_hook_func real_hook;

__attribute__((constructor)) static void open_record(void)
{
	const char *self = (const char *)getauxval(AT_EXECFN), *slash = strrchr(self, '/');
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "%.*s/record.%d", slash ? (int)(slash - self) : 1,
		 slash ? self : ".", (int)getpid());
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, ROOM))
		_exit(125);
	record = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (record == MAP_FAILED)
		_exit(125);
}

/* A line "WORD HEX". What does not fit is left out, and then the last line too. */
static void put(const char *word, const void *data, size_t size)
{
	const uint8_t *in = data;

	if (len + strlen(word) + 2 * size + 2 >= ROOM)
		return;
	len += sprintf(record + len, "%s ", word);
	for (size_t i = 0; i < size; i++)
		len += sprintf(record + len, "%02x", in[i]);
	record[len++] = '\n';
}

__typeof__(tls_open) __real_tls_open, __wrap_tls_open;
__typeof__(tls_handshake) __real_tls_handshake, __wrap_tls_handshake;
__typeof__(tls_send) __real_tls_send, __wrap_tls_send;
__typeof__(tls_recv) __real_tls_recv, __wrap_tls_recv;
__typeof__(gnutls_handshake_set_hook_function) __real_gnutls_handshake_set_hook_function,
	__wrap_gnutls_handshake_set_hook_function;

static int keylog(gnutls_session_t session, const char *label, const gnutls_datum_t *secret)
{
	if (!strcmp(label, "EXPORTER_SECRET"))
		put("secret", secret->data, secret->size);
	return 0;
}

/* SealNegotiation in a message that has it, or nothing. */
static void put_extension(const char *word, const gnutls_datum_t *msg)
{
	static const uint8_t head[] = { 0xff, 0x5e, 0, 2 };
	const uint8_t *at = memmem(msg->data, msg->size, head, sizeof(head));

	if (at && (size_t)(at - msg->data) + sizeof(head) + 2 <= msg->size)
		put(word, at, sizeof(head) + 2);
}

static int hook(gnutls_session_t session, unsigned int type, unsigned int when,
		unsigned int incoming, const gnutls_datum_t *msg)
{
	if (type == GNUTLS_HANDSHAKE_CLIENT_HELLO && when == GNUTLS_HOOK_POST)
		put_extension("client-hello", msg);
	if (type == GNUTLS_HANDSHAKE_ENCRYPTED_EXTENSIONS && when == GNUTLS_HOOK_POST)
		put_extension("encrypted-extensions", msg);
	return real_hook(session, type, when, incoming, msg);
}

void __wrap_gnutls_handshake_set_hook_function(gnutls_session_t session, unsigned int htype,
					       int when, gnutls_handshake_hook_func func)
{
	real_hook = func;
	__real_gnutls_handshake_set_hook_function(session, htype, when, hook);
}

int __wrap_tls_open(struct tls *tls, uint8_t ciphers, bool show_cert, const char *peername)
{
	int err = __real_tls_open(tls, ciphers, show_cert, peername);
	const uint8_t side = tls->side;

	put("side", &side, 1);
	if (!err)
		gnutls_session_set_keylog_function(tls->session, keylog);
	return err;
}

int __wrap_tls_handshake(struct tls *tls)
{
	int err = __real_tls_handshake(tls);
	const char *suite = gnutls_ciphersuite_get(tls->session);

	if (!err && suite)
		put("suite", suite, strlen(suite));
	return err;
}

int __wrap_tls_send(struct tls *tls, const void *data, size_t size)
{
	put("sent", data, size);
	return __real_tls_send(tls, data, size);
}

int __wrap_tls_recv(struct tls *tls, void *data, size_t size)
{
	int err = __real_tls_recv(tls, data, size);

	if (!err)
		put("received", data, size);
	return err;
}
