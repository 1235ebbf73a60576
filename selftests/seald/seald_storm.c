// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Many programs that want an attested connection at once.
 *
 *	seald_storm server PORT COUNT
 *	seald_storm client ADDRESS PORT COUNT PEERNAME
 *
 * One process for each connection; all connect first and ask together. Each
 * then sends an octet there and back. Ends with "COUNT of COUNT ..., slowest N
 * ms" and status 0 if all were attested.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/seal.h>

#define COUNT_MAX	512

/* What one process tells the first one. */
struct result {
	int err;
	unsigned int ms;
};

static unsigned int now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (unsigned int)(ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

static void die(const char *what)
{
	perror(what);
	exit(2);
}

static int ask(int fd, unsigned int role, const char *peername)
{
	struct seal_request request = {
		.size = sizeof(request), .role = role, .timeout_ms = 30000,
	};

	snprintf(request.peername, sizeof(request.peername), "%s", peername);
	for (int i = 0; i < 3000; i++) {
		if (!setsockopt(fd, SOL_IP, SEAL_SO_REQUEST, &request,
				sizeof(request)))
			return 0;
		/* The queue of the namespace is full: come again. */
		if (errno != EAGAIN)
			return errno;
		usleep(10000);
	}
	return EAGAIN;
}

static int ping(int fd, unsigned int role)
{
	char octet = 'x';

	if (role == SEAL_ROLE_CLIENT && send(fd, &octet, 1, 0) != 1)
		return errno;
	if (recv(fd, &octet, 1, 0) != 1)
		return errno ? errno : EPIPE;
	if (role == SEAL_ROLE_SERVER && send(fd, &octet, 1, 0) != 1)
		return errno;
	return 0;
}

static void one(int fd, unsigned int role, const char *peername, int go, int out)
{
	struct result result;
	unsigned int begin;
	char start;

	if (read(go, &start, 1) < 0)
		_exit(2);
	begin = now_ms();
	result.err = ask(fd, role, peername);
	result.ms = now_ms() - begin;
	if (!result.err)
		result.err = ping(fd, role);
	if (write(out, &result, sizeof(result)) != sizeof(result))
		_exit(2);
	/* The other end may still be reading. */
	shutdown(fd, SHUT_WR);
	recv(fd, &start, 1, 0);
	_exit(0);
}

static void start_one(int fd, unsigned int role, const char *peername,
		      const int go[2], const int out[2])
{
	if (!fork()) {
		close(go[1]);
		close(out[0]);
		one(fd, role, peername, go[0], out[1]);
	}
	close(fd);
}

static int open_listener(unsigned short port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) ||
	    listen(fd, COUNT_MAX))
		die("listen");
	return fd;
}

static int open_connection(const char *address, unsigned short port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (inet_pton(AF_INET, address, &addr.sin_addr) != 1 ||
	    connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		die("connect");
	return fd;
}

static int collect(int in, int count)
{
	int errs[COUNT_MAX] = { 0 }, good = 0;
	unsigned int slowest = 0;
	struct result r;

	for (int i = 0; i < count && read(in, &r, sizeof(r)) == sizeof(r); i++) {
		good += !r.err;
		errs[i] = r.err;
		if (r.ms > slowest)
			slowest = r.ms;
	}
	for (int i = 0; i < count; i++)
		if (errs[i])
			printf("failed: %s\n", strerror(errs[i]));
	printf("%d of %d attested, slowest %u ms\n", good, count, slowest);
	return good == count ? 0 : 1;
}

int main(int argc, char **argv)
{
	bool client = argc == 6 && !strcmp(argv[1], "client");
	int go[2], out[2], count, listener = -1;

	if (!client && (argc != 4 || strcmp(argv[1], "server"))) {
		fputs("usage: see the source\n", stderr);
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	count = atoi(argv[client ? 4 : 3]);
	if (count < 1 || count > COUNT_MAX || pipe(go) || pipe(out))
		return 2;
	if (!client)
		listener = open_listener((unsigned short)atoi(argv[2]));
	for (int i = 0; i < count; i++) {
		if (client)
			start_one(open_connection(argv[2],
						  (unsigned short)atoi(argv[3])),
				  SEAL_ROLE_CLIENT, argv[5], go, out);
		else
			start_one(accept(listener, NULL, NULL), SEAL_ROLE_SERVER,
				  "", go, out);
	}
	close(go[0]);
	close(go[1]);		/* the start */
	close(out[1]);
	return collect(out[0], count);
}
