// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many attested sockets: what it takes to attach them, to list them, to close the
 * gates of all of them, and to get everybody out; and how that grows.
 */

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lib.h"

#define MANY	10000
#define FEW	1000

struct cost {
	double attach;		/* all in ms */
	double dump;
	double close;
	double abort;
};

static int fds[MANY];

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * SEC + ts.tv_nsec;
}

static double since(uint64_t began)
{
	return (now() - began) / 1e6;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int dump(struct nl *nl)
{
	char answer[32768];
	struct msg msg;
	int count = 0;
	ssize_t got;

	msg_init(&msg, SEAL_CMD_GET);
	msg.hdr.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	msg.hdr.nlmsg_type = nl->family;
	msg.hdr.nlmsg_seq = ++nl->seq;
	if (send(nl->fd, &msg, msg.hdr.nlmsg_len, 0) < 0)
		die("dump");
	for (;;) {
		struct nlmsghdr *hdr = (void *)answer;

		got = recv(nl->fd, answer, sizeof(answer), 0);
		if (got <= 0)
			die("dump");
		for (; NLMSG_OK(hdr, got); hdr = NLMSG_NEXT(hdr, got)) {
			if (hdr->nlmsg_type == NLMSG_DONE)
				return count;
			count++;
		}
	}
}

static void *revoke_all(void *arg)
{
	struct msg msg;

	msg_init(&msg, SEAL_CMD_REVOKE);
	msg_put(&msg, SEAL_A_SOCKET_ALL, NULL, 0);
	if (nl_call(arg, &msg))
		die("revoke");
	return NULL;
}

/*
 * The first phase goes by number: when the last gate is closed, all are. Who looks
 * rarely is not in the way.
 */
static void close_all(struct nl *nl, int n, struct cost *cost)
{
	uint64_t began = now();
	struct seal_status st;
	pthread_t thread;

	if (pthread_create(&thread, NULL, revoke_all, nl))
		die("thread");
	do {
		usleep(1000);
		if (status_get(fds[n - 1], &st))
			die("status");
	} while (st.state == SEAL_STATE_ATTESTED);
	cost->close = since(began);
	pthread_join(thread, NULL);
	cost->abort = since(began);
}

static struct cost measure(struct nl *nl, int n)
{
	uint64_t deadline = boottime() + 36000 * SEC, began;
	struct cost cost = {};
	int i;

	for (i = 0; i < n; i += 2)
		if (pair_open(V4, &fds[i]))
			die("pair");
	began = now();
	for (i = 0; i < n; i++)
		if (attach(nl, fds[i], !(i & 1), deadline, NULL))
			die("attach");
	cost.attach = since(began);
	began = now();
	if (dump(nl) != n)
		die("sockets are missing in the dump");
	cost.dump = since(began);
	close_all(nl, n, &cost);
	for (i = 0; i < n; i++)
		close(fds[i]);
	return cost;
}

static void show(const char *what, double few, double many)
{
	printf("scale %s ms %.1f for %d, %.1f for %d, times %.1f\n", what, few, FEW, many,
	       MANY, many / few);
}

int main(void)
{
	struct rlimit limit = { 2 * MANY, 2 * MANY };
	struct cost few, many;
	struct nl nl;

	if (setrlimit(RLIMIT_NOFILE, &limit) || netns_new() || nl_open(&nl, "seal", NULL))
		die("bench_scale");
	measure(&nl, FEW);	/* fills caches */
	few = measure(&nl, FEW);
	many = measure(&nl, MANY);
	show("attach", few.attach, many.attach);
	show("dump", few.dump, many.dump);
	show("close", few.close, many.close);
	show("abort", few.abort, many.abort);
	return 0;
}
