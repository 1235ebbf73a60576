// SPDX-License-Identifier: GPL-2.0-or-later

#include "ciphers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <kcapi.h>
#include <linux/tls.h>

#include "log.h"
#include "messages.h"

#ifndef SOL_TLS
#define SOL_TLS	282
#endif

static const struct cipher_row {
	uint8_t bit;
	const char *kernel;	/* name in the kernel's crypto API */
	uint32_t key;		/* octets */
	uint16_t tls;		/* cipher_type of linux/tls.h */
	socklen_t info;		/* size of its structure */
} cipher_rows[] = {
	{ IPC_CIPHER_AES256_GCM, "gcm(aes)", 32, TLS_CIPHER_AES_GCM_256,
	  sizeof(struct tls12_crypto_info_aes_gcm_256) },
	{ IPC_CIPHER_CHACHA20, "rfc7539(chacha20,poly1305)", 32,
	  TLS_CIPHER_CHACHA20_POLY1305,
	  sizeof(struct tls12_crypto_info_chacha20_poly1305) },
	{ IPC_CIPHER_AES128_GCM, "gcm(aes)", 16, TLS_CIPHER_AES_GCM_128,
	  sizeof(struct tls12_crypto_info_aes_gcm_128) },
	{ IPC_CIPHER_AES128_CCM, "ccm(aes)", 16, TLS_CIPHER_AES_CCM_128,
	  sizeof(struct tls12_crypto_info_aes_ccm_128) },
};

#define CIPHER_ROWS	(sizeof(cipher_rows) / sizeof(cipher_rows[0]))

static bool alg_family_there(void)
{
	int fd = socket(AF_ALG, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

static bool ask_crypto_api(const struct cipher_row *row)
{
	static const uint8_t key[32];
	struct kcapi_handle *handle = NULL;
	bool ok;

	if (kcapi_aead_init(&handle, row->kernel, 0))
		return false;
	ok = !kcapi_aead_setkey(handle, key, row->key) &&
	     !kcapi_aead_settaglen(handle, 16);
	kcapi_aead_destroy(handle);
	return ok;
}

/* A connected pair over loopback; needs lo to be up. */
static bool loopback_pair(int pair[2])
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(addr);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	pair[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	pair[1] = -1;
	if (!bind(listener, (struct sockaddr *)&addr, len) &&
	    !listen(listener, 1) &&
	    !getsockname(listener, (struct sockaddr *)&addr, &len) &&
	    !connect(pair[0], (struct sockaddr *)&addr, len))
		pair[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	close(listener);
	return pair[1] >= 0;
}

static bool try_kernel_tls(const struct cipher_row *row)
{
	uint8_t info[IPC_CRYPTO_MAX] = { 0 };
	struct tls_crypto_info head = {
		.version = TLS_1_3_VERSION, .cipher_type = row->tls,
	};
	bool ok = false;
	int pair[2];

	memcpy(info, &head, sizeof(head));
	if (loopback_pair(pair))
		ok = !setsockopt(pair[0], IPPROTO_TCP, TCP_ULP, "tls",
				 sizeof("tls")) &&
		     !setsockopt(pair[0], SOL_TLS, TLS_TX, info, row->info);
	close(pair[0]);
	close(pair[1]);
	return ok;
}

uint8_t ciphers_probe(void)
{
	bool api = alg_family_there();
	uint8_t found = 0;

	if (!api)
		seald_log(LOG_INFO, "no AF_ALG in this kernel: record ciphers "
			  "found by trying kernel TLS over loopback");
	for (size_t i = 0; i < CIPHER_ROWS; i++)
		if (api ? ask_crypto_api(&cipher_rows[i]) :
			  try_kernel_tls(&cipher_rows[i]))
			found |= cipher_rows[i].bit;
	return found;
}
