// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * plain_client ADDRESS PORT PEERNAME: says hello, hears it back, waits for more.
 * Knows nothing of TLS but one setsockopt. Prints the errno that its blocked
 * read ended with, and when (CLOCK_BOOTTIME, ns).
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

static int connect_to(const char *address, unsigned short port)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
	};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (inet_pton(AF_INET, address, &addr.sin_addr) != 1 ||
	    connect(fd, (struct sockaddr *)&addr, sizeof(addr))) {
		perror("connect");
		exit(1);
	}
	return fd;
}

static void talk(int fd)
{
	static const char hello[] = "hello through the gate";
	struct timespec now;
	char data[64] = "";
	ssize_t n;

	if (write(fd, hello, sizeof(hello)) != sizeof(hello) ||
	    read(fd, data, sizeof(data)) != sizeof(hello)) {
		perror("talk");
		exit(1);
	}
	printf("heard: %s\n", data);

	n = read(fd, data, sizeof(data));
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
		.role = SEAL_ROLE_CLIENT,
	};
	int fd;

	if (argc != 4)
		return 2;
	setlinebuf(stdout);
	fd = connect_to(argv[1], (unsigned short)atoi(argv[2]));
	snprintf(ask.peername, sizeof(ask.peername), "%s", argv[3]);
	if (setsockopt(fd, IPPROTO_IP, SEAL_SO_REQUEST, &ask, sizeof(ask))) {
		printf("refused: %s\n", strerrorname_np(errno));
		return 1;
	}
	puts("attested");
	talk(fd);
	return 0;
}
