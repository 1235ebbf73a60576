// SPDX-License-Identifier: GPL-2.0-or-later
/* A request is read and judged by a process of its own. */
#include "sealctl/result_appraise.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "seald/confine.h"

#define ANSWER_FD	3

/* From the child. */
struct answer {
	bool is_request;
	enum seal_reason reason;
	struct seal_finding finding;
};

/* Nothing of ours is left to it but memory, and where its answer goes. */
static bool build_walls(int answer_fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
	    (answer_fd != ANSWER_FD && dup2(answer_fd, ANSWER_FD) < 0) ||
	    close_range(ANSWER_FD + 1, ~0u, 0))
		return false;
	confine_start();
	return confine_verifier(NULL, NULL);
}

__attribute__((noreturn))
static void judge(pid_t parent, int answer_fd, struct seal_bytes request, bool connected,
		  const struct seal_dossier_in *in)
{
	static uint8_t record[SEAL_CMW_MAX];
	static struct answer answer;
	struct seal_dossier d;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent || !build_walls(answer_fd))
		_exit(1);
	answer.is_request = seal_dossier_decode(request, record, &d) &&
			    !d.binder.len != connected;
	if (answer.is_request)
		answer.reason = seal_dossier_appraise(&d, in, &answer.finding);
	_exit(write(ANSWER_FD, &answer, sizeof(answer)) != sizeof(answer));
}

static bool take(int fd, struct answer *answer)
{
	uint8_t *at = (uint8_t *)answer;
	size_t len = 0;

	while (len < sizeof(*answer)) {
		ssize_t n = read(fd, at + len, sizeof(*answer) - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		len += (size_t)n;
	}
	return true;
}

/* By what its fields may be; and of whom and what was asked, whoever says so. */
static bool is_sound(struct answer *a, bool connected, const struct seal_identity *asked)
{
	struct seal_finding *f = &a->finding;
	struct seal_identity id;

	f->identity.text[sizeof(f->identity.text) - 1] = '\0';
	f->found.detail[sizeof(f->found.detail) - 1] = '\0';
	if (a->reason != SEAL_REASON_ACCEPTED)
		return a->reason > SEAL_REASON_UNSET && a->reason < SEAL_REASON_COUNT;
	return f->connected == connected && f->claims.consumer < SEAL_CLASS_COUNT &&
	       f->found.digest_len <= sizeof(f->found.digest) &&
	       f->found.ak_name.len <= sizeof(f->found.ak_name.data) &&
	       seal_identity_parse(f->identity.text, &id) && !strcmp(id.text, f->identity.text) &&
	       (!asked || !strcmp(asked->text, id.text));
}

int result_appraise(struct seal_bytes request, bool connected,
		    const struct seal_dossier_in *in, enum seal_reason *reason_ret,
		    struct seal_finding *finding_ret, struct enroll_error *err)
{
	pid_t parent = getpid(), child;
	static struct answer answer;
	bool came;
	int fd[2];

	if (pipe2(fd, O_CLOEXEC))
		return enroll_refuse(err, "", "no pipe: %s", strerror(errno));
	child = fork();
	if (!child)
		judge(parent, fd[1], request, connected, in);
	close(fd[1]);
	came = child > 0 && take(fd[0], &answer);
	close(fd[0]);
	/* Whatever it still does. */
	if (child > 0)
		kill(child, SIGKILL);
	while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	if (!came)
		return enroll_refuse(err, "it needs seccomp(2)", "the request could not be "
				     "read in a process of its own");
	if (!answer.is_request)
		return enroll_refuse(err, connected ? "seald makes them for connections" :
				     "made by sealctl result request", "not a request for a %s",
				     connected ? "connection" : "passport");
	if (!is_sound(&answer, connected, in->identity))
		return enroll_refuse(err, "", "what the request was read as is none");
	*reason_ret = answer.reason;
	*finding_ret = answer.finding;
	return 0;
}
