// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel's side of sealctl doctor: module, handshakes, ciphers, NFS. */
#include "sealctl/doctor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/tls.h>

#include "sealctl/sockets.h"
#include "wire/release.h"

#ifndef SOL_TLS
#define SOL_TLS 282
#endif

void doctor_module(const struct host *host, struct finding *finding)
{
	struct sockets *sockets = sockets_open();

	if (!sockets && errno == ENOENT)
		finding_set(finding, HEALTH_FAIL,
			    "modprobe seal; Secure Boot wants it signed: quickstart.rst",
			    "seal.ko is not loaded");
	else if (!sockets)
		finding_set(finding, HEALTH_FAIL, NULL, "generic netlink does not answer: %s",
			    strerror(errno));
	else
		finding_set(finding, HEALTH_OK, NULL, "seal.ko is loaded");
	sockets_close(sockets);
}

void doctor_version(const struct host *host, struct finding *finding)
{
	FILE *file = fopen("/sys/module/seal/version", "re");
	char version[32] = "";

	if (file && fgets(version, sizeof(version), file))
		version[strcspn(version, "\n")] = '\0';
	if (!version[0])
		finding_set(finding, HEALTH_SKIP, NULL, "no module that says which it is");
	else if (strcmp(version, SEAL_RELEASE))
		finding_set(finding, HEALTH_FAIL,
			    "operations.rst, \"A new version of seal\": load the module anew",
			    "the module is %s, the programs are %s", version, SEAL_RELEASE);
	else
		finding_set(finding, HEALTH_OK, NULL, "module and programs are %s", version);
	if (file)
		fclose(file);
}

void doctor_handshake(const struct host *host, struct finding *finding)
{
	int group = sockets_group("handshake", "tlshd");

	if (group < 0)
		finding_set(finding, HEALTH_FAIL,
			    "the kernel needs CONFIG_NET_HANDSHAKE (6.4 and later)",
			    "the kernel has no handshake service");
	else
		finding_set(finding, HEALTH_OK, NULL, "the kernel asks for handshakes by group %d",
			    group);
}

/* A connected pair over the loopback device; false with errno. */
static bool tcp_pair(int pair[2])
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(addr);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	pair[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	pair[1] = -1;
	if (listener >= 0 && pair[0] >= 0 &&
	    !bind(listener, (struct sockaddr *)&addr, sizeof(addr)) && !listen(listener, 1) &&
	    !getsockname(listener, (struct sockaddr *)&addr, &len) &&
	    !connect(pair[0], (struct sockaddr *)&addr, sizeof(addr)))
		pair[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	close(listener);
	return pair[1] >= 0;
}

/* Does kTLS take a key of this cipher? 0 or an errno. */
static int try_cipher(unsigned short cipher, size_t size)
{
	union {
		struct tls_crypto_info info;
		struct tls12_crypto_info_aes_gcm_128 gcm128;
		struct tls12_crypto_info_aes_gcm_256 gcm256;
		struct tls12_crypto_info_chacha20_poly1305 chacha;
	} crypto;
	int pair[2], error = 0;

	memset(&crypto, 0, sizeof(crypto));
	crypto.info.version = TLS_1_3_VERSION;
	crypto.info.cipher_type = cipher;
	if (!tcp_pair(pair) || setsockopt(pair[0], IPPROTO_TCP, TCP_ULP, "tls", 3) ||
	    setsockopt(pair[0], SOL_TLS, TLS_TX, &crypto, (socklen_t)size))
		error = errno;
	close(pair[0]);
	close(pair[1]);
	return error;
}

void doctor_ciphers(const struct host *host, struct finding *finding)
{
	static const struct {
		const char *name;
		unsigned short cipher;
		size_t size;
	} ciphers[] = {
		{ "AES-128-GCM", TLS_CIPHER_AES_GCM_128,
		  sizeof(struct tls12_crypto_info_aes_gcm_128) },
		{ "AES-256-GCM", TLS_CIPHER_AES_GCM_256,
		  sizeof(struct tls12_crypto_info_aes_gcm_256) },
		{ "CHACHA20-POLY1305", TLS_CIPHER_CHACHA20_POLY1305,
		  sizeof(struct tls12_crypto_info_chacha20_poly1305) },
	};
	char names[128] = "";
	int error = 0;

	for (size_t i = 0; i < sizeof(ciphers) / sizeof(ciphers[0]); i++) {
		int ret = try_cipher(ciphers[i].cipher, ciphers[i].size);

		if (ret)
			error = ret;
		else
			snprintf(names + strlen(names), sizeof(names) - strlen(names), " %s",
				 ciphers[i].name);
	}
	if (names[0])
		finding_set(finding, HEALTH_OK, NULL, "kernel TLS takes%s", names);
	else
		finding_set(finding, HEALTH_FAIL, "modprobe tls; is lo up in this namespace?",
			    "kernel TLS takes no cipher: %s", strerror(error));
}

/* The first line of @path that has @word; false when there is none. */
static bool line_with(const char *path, const char *word, char *line, size_t size)
{
	FILE *file = fopen(path, "re");
	bool found = false;

	if (!file)
		return false;
	while (!found && fgets(line, (int)size, file))
		found = strstr(line, word) && line[0] != '#';
	fclose(file);
	return found;
}

static bool nfsd_runs(void)
{
	FILE *file = fopen("/proc/fs/nfsd/threads", "re");
	int threads = 0;

	if (!file)
		return false;
	if (fscanf(file, "%d", &threads) != 1)
		threads = 0;
	fclose(file);
	return threads > 0;
}

void doctor_nfs(const struct host *host, struct finding *finding)
{
	bool client = !access("/sbin/mount.nfs4", X_OK) || !access("/usr/sbin/mount.nfs4", X_OK);
	char line[512];

	if (nfsd_runs()) {
		if (line_with("/var/lib/nfs/etab", "xprtsec=", line, sizeof(line)))
			finding_set(finding, HEALTH_OK, NULL,
				    "nfsd runs and an export asks for TLS");
		else
			finding_set(finding, HEALTH_WARN, "exports(5): xprtsec=mtls",
				    "nfsd runs but no export demands TLS");
	} else if (client) {
		finding_set(finding, HEALTH_OK, NULL,
			    "mount.nfs4 is there: mount -o xprtsec=mtls");
	} else {
		finding_set(finding, HEALTH_SKIP, NULL, "no NFS on this host");
	}
}
