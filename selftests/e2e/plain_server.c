// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * plain_server PORT: sends every connection's bytes back. Knows nothing of TLS
 * but one setsockopt: with it both ends are attested before the first byte.
 * Ends with its connection; prints the errno that a blocked read ended with,
 * and when (CLOCK_BOOTTIME, ns).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/seal.h>

static int listen_on(unsigned short port)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
	};
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) || listen(fd, 1)) {
		perror("listen");
		exit(1);
	}
	return fd;
}

static void echo(int fd)
{
	struct timespec now;
	char data[4096];
	ssize_t n;

	while ((n = read(fd, data, sizeof(data))) > 0)
		if (write(fd, data, (size_t)n) != n)
			break;
	if (n < 0)
		n = errno;
	clock_gettime(CLOCK_BOOTTIME, &now);
	printf("read ended: %s at %lld\n", n ? strerrorname_np((int)n) : "EOF",
	       now.tv_sec * 1000000000ll + now.tv_nsec);
}

int main(int argc, char **argv)
{
	struct seal_request ask = {
		.size = sizeof(ask),
		.role = SEAL_ROLE_SERVER,
	};
	int listener, fd;

	if (argc != 2)
		return 2;
	setlinebuf(stdout);
	listener = listen_on((unsigned short)atoi(argv[1]));
	puts("listening");
	fd = accept(listener, NULL, NULL);
	if (fd < 0 || setsockopt(fd, IPPROTO_IP, SEAL_SO_REQUEST, &ask, sizeof(ask))) {
		printf("refused: %s\n", strerrorname_np(errno));
		return 1;
	}
	puts("attested");
	echo(fd);
	return 0;
}
