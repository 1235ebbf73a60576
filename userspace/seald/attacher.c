// SPDX-License-Identifier: GPL-2.0-or-later

#include "attacher.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

struct answer {
	uint64_t id;
	int error;
};

/* What it has of the monitor's descriptors. */
#define ATTACHER_SOCKET	3
#define ATTACHER_ANSWER	4

/*
 * In the child, by a channel of its own: the monitor's ends with the monitor, also if we
 * still wait then.
 */
static int attacher_work(void *arg)
{
	struct seal_attach attach = *(const struct seal_attach *)arg;
	struct answer answer = { .error = -ENOENT };
	struct genl_seal *seal = genl_seal_open();

	attach.fd = ATTACHER_SOCKET;
	if (seal)
		answer.error = genl_seal_attach(seal, &attach, &answer.id);
	if (write(ATTACHER_ANSWER, &answer, sizeof(answer)) == sizeof(answer))
		while (true)
			pause();
	return 1;
}

int attacher_start(struct attacher *at, const struct seal_attach *attach)
{
	int answer[2], err;

	if (pipe2(answer, O_CLOEXEC | O_NONBLOCK))
		return -errno;
	err = spawn_work(&at->child, attacher_work, (void *)attach,
			 (int[]){ attach->fd, answer[1] }, 2);
	close(answer[1]);
	if (err)
		close(answer[0]);
	else
		at->answer = answer[0];
	return err;
}

int attacher_end(struct attacher *at, uint64_t *id)
{
	struct answer answer;
	ssize_t n = read(at->answer, &answer, sizeof(answer));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return -EINPROGRESS;
	/* One that was killed may have attached: the socket closes with DONE. */
	if (n != sizeof(answer))
		answer = (struct answer){ .error = -EIO };
	close(at->answer);
	at->answer = -1;
	*id = answer.id;
	return answer.error;
}
