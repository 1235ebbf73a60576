// SPDX-License-Identifier: GPL-2.0-only

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hostile.h"

#define PAGE	4096

/* Pages that are not there until somebody brings them; the one before them is. */
static char *pages;

static ssize_t do_recv_missing(int fd, int nr)
{
	return recv(fd, pages + nr * PAGE, PAGE, 0);
}

/* All options are read as a number before the lock, this one once more with it. */
static ssize_t do_linger_missing(int fd, int nr)
{
	return setsockopt(fd, SOL_SOCKET, SO_LINGER, pages - sizeof(int),
			  sizeof(struct linger));
}

/* That one is read under the lock once more, too, to say what to look for. */
static ssize_t do_filter_missing(int fd, int nr)
{
	socklen_t len = PAGE;

	return getsockopt(fd, IPPROTO_IP, IP_MSFILTER, pages, &len);
}

static int pages_missing(int count)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	int uffd = syscall(SYS_userfaultfd, O_CLOEXEC);

	pages = mmap(NULL, (count + 1) * PAGE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED)
		return -ENOMEM;
	memset(pages, 0, PAGE);
	pages += PAGE;
	reg.range.start = (unsigned long)pages;
	reg.range.len = count * PAGE;
	if (uffd < 0 || ioctl(uffd, UFFDIO_API, &api) ||
	    ioctl(uffd, UFFDIO_REGISTER, &reg))
		return -errno;
	return uffd;
}

/* How many faults have come in: as many sockets are locked for good. */
static int faults_taken(int uffd, int count)
{
	struct uffd_msg msg;
	int taken;

	for (taken = 0; taken < count; taken++)
		if (read(uffd, &msg, sizeof(msg)) != sizeof(msg))
			break;
	return taken;
}

static int hostile_open(struct nl *nl, struct hostile *h)
{
	struct tls12_crypto_info_aes_gcm_128 tx = key_make(2), rx = key_make(1);
	int err = pair_open(V4, h->fd);

	if (err)
		return err;
	if (setsockopt(h->fd[1], IPPROTO_TCP, TCP_ULP, "tls", 3) ||
	    setsockopt(h->fd[1], SOL_TLS, TLS_TX, &tx, sizeof(tx)) ||
	    setsockopt(h->fd[1], SOL_TLS, TLS_RX, &rx, sizeof(rx)))
		return -errno;
	err = attach(nl, h->fd[0], true, boottime() + 3600 * SEC, &h->id);
	if (err)
		return err;
	return do_send(h->fd[1], 0) == PAGE ? 0 : -errno;
}

int hostiles_start(struct hostiles *h, struct nl *nl, int count)
{
	struct rlimit files = { 4 * count + 100, 4 * count + 100 };
	int i, err;

	h->count = count;
	h->each = calloc(count, sizeof(*h->each));
	if (!h->each || setrlimit(RLIMIT_NOFILE, &files))
		return -ENOMEM;
	h->uffd = pages_missing(count);
	if (h->uffd < 0)
		return h->uffd;
	for (i = 0; i < count; i++) {
		err = hostile_open(nl, &h->each[i]);
		if (err)
			return err;
		call_start(&h->each[i].call, do_recv_missing, h->each[i].fd[0], i);
	}
	return faults_taken(h->uffd, count) == count ? 0 : -EIO;
}

static int pages_come(int uffd, int count)
{
	struct uffdio_zeropage zero = {
		.range.start = (unsigned long)pages,
		.range.len = count * PAGE,
	};

	return ioctl(uffd, UFFDIO_ZEROPAGE, &zero) ? -errno : 0;
}

int hostiles_wake(struct hostiles *h)
{
	return pages_come(h->uffd, h->count);
}

int hostiles_end(struct hostiles *h)
{
	int i, bad = 0;

	for (i = 0; i < h->count; i++) {
		bad += !call_end(&h->each[i].call, 10000) || !h->each[i].call.result;
		pair_close(h->each[i].fd);
	}
	close(h->uffd);
	free(h->each);
	return bad;
}

static int hostile_start(struct hostiles *h, ssize_t (*fn)(int fd, int nr), int fd,
			 int missing)
{
	h->count = 1;
	h->each = calloc(1, sizeof(*h->each));
	if (!h->each)
		return -ENOMEM;
	h->uffd = pages_missing(missing);
	if (h->uffd < 0)
		return h->uffd;
	call_start(&h->each->call, fn, fd, 0);
	return 0;
}

static int hostile_sleeps(struct hostiles *h)
{
	return faults_taken(h->uffd, 1) == 1 ? 0 : -EIO;
}

/* Where the number that all options begin with is missing as well: before the lock. */
static ssize_t do_linger_twice(int fd, int nr)
{
	return setsockopt(fd, SOL_SOCKET, SO_LINGER, pages + PAGE - sizeof(int),
			  sizeof(struct linger));
}

int hostile_comes(struct hostiles *h, int fd)
{
	int err = hostile_start(h, do_linger_twice, fd, 2);

	return err ?: hostile_sleeps(h);
}

int hostile_goes_on(struct hostiles *h)
{
	int err = pages_come(h->uffd, 1);

	pages += PAGE;
	return err ?: hostile_sleeps(h);
}

static ssize_t do_get_filter(int fd, int nr)
{
	socklen_t len = 1;

	return getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, pages, &len);
}

int hostile_dumps(struct hostiles *h, int fd)
{
	int err = hostile_start(h, do_get_filter, fd, 1);

	return err ?: hostile_sleeps(h);
}

int hostile_holds(struct hostiles *h, int fd)
{
	return hostile_start(h, do_linger_missing, fd, 1) ?: hostile_sleeps(h);
}

int hostile_asks(struct hostiles *h, int fd)
{
	return hostile_start(h, do_filter_missing, fd, 1) ?: hostile_sleeps(h);
}

/* All but the end of what says where to: that is read once, before the lock. */
static struct tcp_zerocopy_receive *zerocopy(void)
{
	return (void *)(pages - offsetof(struct tcp_zerocopy_receive, msg_control));
}

static ssize_t do_zerocopy_missing(int fd, int nr)
{
	socklen_t len = sizeof(struct tcp_zerocopy_receive);

	if (getsockopt(fd, IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE, zerocopy(), &len))
		return -errno;
	return zerocopy()->copybuf_len;
}

int hostile_receives(struct hostiles *h, int fd, char *data, int size)
{
	h->count = 1;
	h->each = calloc(1, sizeof(*h->each));
	h->uffd = pages_missing(1);
	if (!h->each || h->uffd < 0)
		return -ENOMEM;
	zerocopy()->copybuf_address = (unsigned long)data;
	zerocopy()->copybuf_len = size;
	call_start(&h->each->call, do_zerocopy_missing, fd, 0);
	return hostile_sleeps(h);
}

int hostile_reads(struct hostiles *h, int fd)
{
	return hostile_start(h, do_recv_missing, fd, 1);
}

ssize_t hostile_lets_go(struct hostiles *h)
{
	ssize_t result = hostiles_wake(h);

	if (!result)
		result = call_end(&h->each->call, 10000) ? h->each->call.result : -ETIMEDOUT;
	close(h->uffd);
	free(h->each);
	return result;
}
