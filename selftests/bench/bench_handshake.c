// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench_handshake server PORT
 * bench_handshake client ADDRESS PORT PEERNAME PAIRS AT-ONCE
 *
 * Pairs of handshakes through /dev/seal-bench. The time of a pair is from
 * connect(2) to the first byte that the server sent through it. The client
 * prints one line: pairs, failures, median and worst in ms, pairs a second.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "consumer/consumer.h"

#define PAIRS_MAX 1000

static int device;

static struct {
	struct sockaddr_in addr;
	const char *peername;
	unsigned int pairs, next, failed;
	double ms[PAIRS_MAX];
	pthread_mutex_t lock;
} work = { .lock = PTHREAD_MUTEX_INITIALIZER };

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static bool handshake(int fd, bool server, const char *peername)
{
	struct bench_handshake ask = { .fd = fd, .server = server };

	snprintf(ask.peername, sizeof(ask.peername), "%s", peername);
	if (!ioctl(device, BENCH_HANDSHAKE, &ask))
		return true;
	perror(server ? "server" : "client");
	return false;
}

static void *serve_one(void *arg)
{
	int fd = (int)(long)arg;
	char byte = 's';

	if (handshake(fd, true, "") && write(fd, &byte, 1) == 1)
		(void)!read(fd, &byte, 1);
	close(fd);
	return NULL;
}

static int serve(unsigned short port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons(port) };
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	pthread_t thread;
	long fd;

	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(listener, (struct sockaddr *)&addr, sizeof(addr)) || listen(listener, 128)) {
		perror("listen");
		return 1;
	}
	puts("listening");
	fflush(stdout);
	while ((fd = accept(listener, NULL, NULL)) >= 0)
		if (!pthread_create(&thread, NULL, serve_one, (void *)fd))
			pthread_detach(thread);
	return 1;
}

/* Milliseconds, or a negative number for a failure. */
static double one_pair(void)
{
	double began = now_ms(), ms = -1;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char byte;

	if (!connect(fd, (struct sockaddr *)&work.addr, sizeof(work.addr)) &&
	    handshake(fd, false, work.peername) && read(fd, &byte, 1) == 1)
		ms = now_ms() - began;
	close(fd);
	return ms;
}

static void *client_thread(void *arg)
{
	unsigned int index;
	double ms;

	for (;;) {
		pthread_mutex_lock(&work.lock);
		index = work.next++;
		pthread_mutex_unlock(&work.lock);
		if (index >= work.pairs)
			return NULL;
		ms = one_pair();
		work.ms[index] = ms;
		if (ms < 0)
			__atomic_add_fetch(&work.failed, 1, __ATOMIC_RELAXED);
	}
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void report(double total_ms)
{
	unsigned int good = work.pairs - work.failed;
	const double *ms = work.ms + work.failed;

	qsort(work.ms, work.pairs, sizeof(*work.ms), by_value);
	printf("pairs %u failed %u median-ms %.1f worst-ms %.1f per-second %.1f\n",
	       work.pairs, work.failed, good ? ms[good / 2] : 0, good ? ms[good - 1] : 0,
	       good * 1e3 / total_ms);
}

static int run_client(char **argv)
{
	unsigned int at_once = (unsigned int)atoi(argv[4]);
	pthread_t threads[PAIRS_MAX];
	double began;

	work.addr.sin_family = AF_INET;
	work.addr.sin_port = htons((unsigned short)atoi(argv[1]));
	work.peername = argv[2];
	work.pairs = (unsigned int)atoi(argv[3]);
	if (inet_pton(AF_INET, argv[0], &work.addr.sin_addr) != 1 ||
	    work.pairs > PAIRS_MAX || !at_once || at_once > PAIRS_MAX)
		return 2;

	began = now_ms();
	for (unsigned int i = 0; i < at_once; i++)
		pthread_create(&threads[i], NULL, client_thread, NULL);
	for (unsigned int i = 0; i < at_once; i++)
		pthread_join(threads[i], NULL);
	report(now_ms() - began);
	return work.failed != 0;
}

int main(int argc, char **argv)
{
	device = open("/dev/seal-bench", O_RDWR | O_CLOEXEC);
	if (device < 0) {
		perror("/dev/seal-bench");
		return 1;
	}
	if (argc == 3 && !strcmp(argv[1], "server"))
		return serve((unsigned short)atoi(argv[2]));
	if (argc == 7 && !strcmp(argv[1], "client"))
		return run_client(argv + 2);
	return 2;
}
