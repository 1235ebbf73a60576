// SPDX-License-Identifier: GPL-2.0-only
/* Calls of kernel code on the socket, made for us by insider.ko. */

#include <string.h>
#include <sys/ioctl.h>

#include "entries.h"
#include "insider/insider.h"

static ssize_t insider(struct scene *s, enum insider_op op)
{
	struct insider_call call = { .fd = s->fd, .op = op };
	ssize_t result;

	memcpy(call.data, s->page, STAMP_LEN);
	result = outcome(ioctl(s->insider, INSIDER_CALL, &call));
	memcpy(s->page, call.data, STAMP_LEN);
	return result;
}

ssize_t kernel_own(struct scene *s)
{
	return insider(s, INSIDER_OWN);
}

ssize_t kernel_out(struct scene *s)
{
	return insider(s, INSIDER_SEND);
}

ssize_t kernel_out_pages(struct scene *s)
{
	return insider(s, INSIDER_SEND_PAGES);
}

ssize_t kernel_in(struct scene *s)
{
	return insider(s, INSIDER_RECV);
}

ssize_t kernel_read_sock(struct scene *s)
{
	return insider(s, INSIDER_READ_SOCK);
}

ssize_t kernel_sendmsg_locked(struct scene *s)
{
	return insider(s, INSIDER_SENDMSG_LOCKED);
}

ssize_t kernel_read_skb(struct scene *s)
{
	return insider(s, INSIDER_READ_SKB);
}

ssize_t kernel_peek_len(struct scene *s)
{
	return insider(s, INSIDER_PEEK_LEN);
}

ssize_t kernel_poll(struct scene *s)
{
	return insider(s, INSIDER_POLL);
}
