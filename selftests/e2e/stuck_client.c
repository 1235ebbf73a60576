// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stuck_client ADDRESS PORT PEERNAME COUNT: asks for handshakes on so many sockets, and
 * then keeps the lock of each, in a call from before that sleeps in page faults
 * (userfaultfd). Prints "held", waits for SIGTERM, and prints how each request ended.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/seal.h>

#define PAGE		4096u
#define COUNT_MAX	64
#define PLACE_TRIES	1000

struct held {
	int fd;
	int uffd;
	char *pages;
	pthread_t thread;
	struct seal_request ask;
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int connect_to(const char *address, const char *port)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons((unsigned short)atoi(port)),
	};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (inet_pton(AF_INET, address, &addr.sin_addr) != 1 ||
	    connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		die("connect");
	return fd;
}

/* Two pages that are not there. */
static void pages_missing(struct held *h)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };

	h->uffd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	h->pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0);
	reg.range.start = (unsigned long)h->pages;
	reg.range.len = 2 * PAGE;
	if (h->uffd < 0 || h->pages == MAP_FAILED || ioctl(h->uffd, UFFDIO_API, &api) ||
	    ioctl(h->uffd, UFFDIO_REGISTER, &reg))
		die("userfaultfd");
}

static void faults(const struct held *h)
{
	struct uffd_msg msg;

	if (read(h->uffd, &msg, sizeof(msg)) != sizeof(msg))
		die("no fault");
}

static void page_comes(const struct held *h, unsigned int n)
{
	struct uffdio_zeropage zero = {
		.range.start = (unsigned long)h->pages + n * PAGE,
		.range.len = PAGE,
	};

	if (ioctl(h->uffd, UFFDIO_ZEROPAGE, &zero))
		die("a page");
}

/* All options are read as a number before the lock, this one once more with it. */
static void *linger(void *arg)
{
	const struct held *h = arg;

	setsockopt(h->fd, SOL_SOCKET, SO_LINGER, h->pages + PAGE - sizeof(int),
		   sizeof(struct linger));
	return NULL;
}

static int request(const struct held *h)
{
	return setsockopt(h->fd, IPPROTO_IP, SEAL_SO_REQUEST, &h->ask, sizeof(h->ask)) ?
	       errno : 0;
}

/* Where the queue is full (EAGAIN), until there is a place. */
static int request_placed(const struct held *h)
{
	int err = request(h);

	for (int i = 0; err == EAGAIN && i < PLACE_TRIES; i++) {
		usleep(10000);
		err = request(h);
	}
	return err;
}

static void hold(struct held *h, const char *peername)
{
	int err;

	h->ask = (struct seal_request){
		.size = sizeof(h->ask), .role = SEAL_ROLE_CLIENT, .timeout_ms = 12000,
	};
	snprintf(h->ask.peername, sizeof(h->ask.peername), "%s", peername);
	pages_missing(h);
	if (pthread_create(&h->thread, NULL, linger, h))
		die("thread");
	faults(h);
	fcntl(h->fd, F_SETFL, O_NONBLOCK);
	err = request_placed(h);
	if (err != EINPROGRESS) {
		errno = err;
		die("request");
	}
	page_comes(h, 0);
	faults(h);
}

static void let_go(struct held *h)
{
	struct pollfd p = { .fd = h->fd, .events = POLLOUT };

	page_comes(h, 1);
	pthread_join(h->thread, NULL);
	poll(&p, 1, 10000);
	printf("ended: %s\n", strerrorname_np(request(h)));
}

int main(int argc, char **argv)
{
	static struct held held[COUNT_MAX];
	int count = argc == 5 ? atoi(argv[4]) : 0, sig;
	sigset_t term;

	if (count < 1 || count > COUNT_MAX)
		return 2;
	setlinebuf(stdout);
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	for (int i = 0; i < count; i++) {
		held[i].fd = connect_to(argv[1], argv[2]);
		hold(&held[i], argv[3]);
	}
	puts("held");
	sigwait(&term, &sig);
	for (int i = 0; i < count; i++)
		let_go(&held[i]);
	return 0;
}
