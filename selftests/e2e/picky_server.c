// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * picky_server PORT IDENTITY: a program that authorises by the verdict on its
 * socket, as libseal.3 shows it. Policy says who may connect at all; of those this
 * serves IDENTITY alone, and it only if its TLS key cannot leave its TPM: one
 * message of each connection is sent back. Others are closed before a byte of them
 * was read. Prints who came, by which policy and with which claims.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libseal/libseal.h"

static int listen_on(unsigned short port)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
	};
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) || listen(fd, 4)) {
		perror("listen");
		exit(1);
	}
	return fd;
}

static bool authorised(const struct seal_status *who, const char *identity)
{
	char key[8];

	return who->state == SEAL_STATE_ATTESTED && !strcmp(who->peer, identity) &&
	       libseal_claim(who, "key", key, sizeof(key)) > 0 && !strcmp(key, "tpm");
}

static void echo(int fd)
{
	char data[4096];
	ssize_t n = read(fd, data, sizeof(data));

	if (n <= 0 || write(fd, data, (size_t)n) != n)
		perror("echo");
}

static void serve(int fd, const char *identity)
{
	struct seal_status who;

	if (libseal_request(fd, SEAL_ROLE_SERVER, NULL, 0, 0) ||
	    libseal_status(fd, &who, sizeof(who))) {
		printf("not attested: %s\n", libseal_strerror(errno));
		return;
	}
	if (authorised(&who, identity))
		echo(fd);
	else
		libseal_revoke(fd);
	printf("%s %s, policy %s, %s\n", authorised(&who, identity) ? "served" : "refused",
	       who.peer, who.policy, who.claims);
}

int main(int argc, char **argv)
{
	int listener, fd;

	if (argc != 3)
		return 2;
	setlinebuf(stdout);
	listener = listen_on((unsigned short)atoi(argv[1]));
	puts("listening");
	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		serve(fd, argv[2]);
		close(fd);
	}
	perror("accept");
	return 1;
}
