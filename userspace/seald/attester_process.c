// SPDX-License-Identifier: GPL-2.0-or-later

#include "attester_process.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ipc.h"
#include "log.h"

#define DELAY_MIN	100000000u		/* 100 ms */
#define DELAY_MAX	5000000000u		/* 5 s */
#define GOOD_RUN	30000000000u		/* a run this long resets the delay */

bool attester_process_configured(const struct attester_process *ap)
{
	struct child child;
	struct pollfd p = { .events = POLLIN };
	bool ok = false;
	int err = spawn(&child, ap->programs, "seald-attester", "-n", ap->config, NULL, 0);

	if (err) {
		seald_log(LOG_ERR, "seald-attester: %s", strerror(-err));
		return false;
	}
	p.fd = child.pidfd;
	while (!child_exited(&child, &ok))
		poll(&p, 1, -1);
	return ok;
}

static void start_failed(struct attester_process *ap, int err)
{
	seald_log(LOG_ERR, "seald-attester: %s", strerror(-err));
	ap->retry_at = ipc_now() + ap->delay;
}

void attester_process_start(struct attester_process *ap)
{
	int pair[2], err;

	ap->control = -1;
	ap->child = (struct child){ .pidfd = -1 };
	if (!ap->delay)
		ap->delay = DELAY_MIN;
	ap->started_at = ipc_now();
	ap->retry_at = UINT64_MAX;
	err = socket_pair(pair);
	if (err) {
		start_failed(ap, err);
		return;
	}
	err = spawn(&ap->child, ap->programs, "seald-attester", "-c",
		    ap->config, &pair[1], 1);
	close(pair[1]);
	if (err) {
		close(pair[0]);
		start_failed(ap, err);
		return;
	}
	ap->control = pair[0];
}

static void attester_process_down(struct attester_process *ap)
{
	child_end(&ap->child);
	if (ap->control >= 0)
		close(ap->control);
	ap->control = -1;
}

void attester_process_stop(struct attester_process *ap)
{
	attester_process_down(ap);
	ap->retry_at = UINT64_MAX;
}

static void attester_process_died(struct attester_process *ap)
{
	uint64_t now = ipc_now();

	attester_process_down(ap);
	if (now - ap->started_at > GOOD_RUN)
		ap->delay = DELAY_MIN;
	ap->retry_at = now + ap->delay;
	seald_log(LOG_ERR, "seald-attester ended, again in %u ms",
		  (unsigned int)(ap->delay / 1000000));
	ap->delay *= 2;
	if (ap->delay > DELAY_MAX)
		ap->delay = DELAY_MAX;
}

uint64_t attester_process_tick(struct attester_process *ap)
{
	bool ok;

	if (child_exited(&ap->child, &ok))
		attester_process_died(ap);
	if (ap->retry_at <= ipc_now())
		attester_process_start(ap);
	return ap->retry_at;
}

static int send_open(int control, const struct att_open *open, int fd)
{
	struct iovec iov = {
		.iov_base = (void *)open, .iov_len = sizeof(*open),
	};
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} space = { 0 };
	struct msghdr mh = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = space.buf, .msg_controllen = sizeof(space.buf),
	};
	struct cmsghdr *cm = CMSG_FIRSTHDR(&mh);

	cm->cmsg_level = SOL_SOCKET;
	cm->cmsg_type = SCM_RIGHTS;
	cm->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cm), &fd, sizeof(fd));
	return sendmsg(control, &mh, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

int attester_process_open(struct attester_process *ap,
			  const struct att_open *open)
{
	int pair[2], err;

	if (ap->control < 0)
		return -EPIPE;
	err = socket_pair(pair);
	if (err)
		return err;
	err = send_open(ap->control, open, pair[1]);
	close(pair[1]);
	if (err) {
		close(pair[0]);
		return err;
	}
	return pair[0];
}
