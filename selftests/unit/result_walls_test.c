// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where sealctl reads a request, and what whoever takes that process over has: the place of
 * the parser and of the judge is taken by what would try something.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/tap.h"
#include "sealctl/result_appraise.h"

static enum seal_reason (*try)(struct seal_finding *f);
static bool binds;

bool seal_dossier_decode(struct seal_bytes in, uint8_t *record, struct seal_dossier *ret)
{
	*ret = (struct seal_dossier){ .binder = { record, binds ? SEAL_SHA256_LEN : 0 } };
	return in.len;
}

enum seal_reason seal_dossier_appraise(const struct seal_dossier *d,
				       const struct seal_dossier_in *in, struct seal_finding *f)
{
	*f = (struct seal_finding){ .connected = binds, .identity.text = "dns:a.test" };
	f->claims.consumer = SEAL_CLASS_NFS;
	return try(f);
}

static enum seal_reason nothing(struct seal_finding *f)
{
	return SEAL_REASON_ACCEPTED;
}

static enum seal_reason refuses(struct seal_finding *f)
{
	strcpy(f->found.detail, "pcr 7");
	return SEAL_REASON_PCR_VALUE;
}

/* Accepted says that it could. */
static enum seal_reason opens_a_file(struct seal_finding *f)
{
	return open("/dev/null", O_RDONLY) < 0 && errno == EACCES ? SEAL_REASON_INTERNAL :
								    SEAL_REASON_ACCEPTED;
}

static enum seal_reason answers_the_host(struct seal_finding *f)
{
	char octet;

	return read(STDIN_FILENO, &octet, 1) == 1 ? SEAL_REASON_ACCEPTED : SEAL_REASON_INTERNAL;
}

static enum seal_reason makes_a_socket(struct seal_finding *f)
{
	socket(AF_UNIX, SOCK_STREAM, 0);
	return SEAL_REASON_ACCEPTED;
}

static enum seal_reason dies(struct seal_finding *f)
{
	_exit(0);
}

static enum seal_reason of_no_connection(struct seal_finding *f)
{
	f->connected = !binds;
	return SEAL_REASON_ACCEPTED;
}

static enum seal_reason of_another(struct seal_finding *f)
{
	strcpy(f->identity.text, "dns:b.test");
	return SEAL_REASON_ACCEPTED;
}

static enum seal_reason too_long(struct seal_finding *f)
{
	f->found.digest_len = sizeof(f->found.digest) + 1;
	return SEAL_REASON_ACCEPTED;
}

static enum seal_reason for_nobody(struct seal_finding *f)
{
	f->claims.consumer = 200;
	return SEAL_REASON_ACCEPTED;
}

static enum seal_reason without_end(struct seal_finding *f)
{
	memset(f->identity.text, 'a', sizeof(f->identity.text));
	return SEAL_REASON_ACCEPTED;
}

static enum seal_reason of_no_name(struct seal_finding *f)
{
	return SEAL_REASON_COUNT;
}

/* The reason that comes of it, or SEAL_REASON_UNSET for none. */
static enum seal_reason comes_of(enum seal_reason (*what)(struct seal_finding *f),
				 struct seal_finding *finding, struct enroll_error *err)
{
	const struct seal_bytes request = { (const uint8_t *)"x", 1 };
	static struct seal_identity a;
	const struct seal_dossier_in in = { .identity = &a };
	enum seal_reason reason = SEAL_REASON_UNSET;

	must(seal_identity_parse("dns:a.test", &a), "identity");
	*err = (struct enroll_error){ 0 };
	try = what;
	if (result_appraise(request, binds, &in, &reason, finding, err))
		return SEAL_REASON_UNSET;
	return reason;
}

static void test_walls(void)
{
	static struct seal_finding f;
	struct enroll_error err;

	ok(comes_of(nothing, &f, &err) == SEAL_REASON_ACCEPTED &&
	   !strcmp(f.identity.text, "dns:a.test"), "what it finds comes back");
	ok(comes_of(refuses, &f, &err) == SEAL_REASON_PCR_VALUE &&
	   !strcmp(f.found.detail, "pcr 7"), "and why it refuses");
	ok(comes_of(opens_a_file, &f, &err) == SEAL_REASON_INTERNAL, "opens a file");
	ok(comes_of(answers_the_host, &f, &err) == SEAL_REASON_INTERNAL, "talks to the host");
	ok(!comes_of(makes_a_socket, &f, &err) && strstr(err.reason, "process of its own"),
	   "makes a socket: dies of it");
	ok(!comes_of(dies, &f, &err) && strstr(err.reason, "process of its own"),
	   "no answer is none");
	ok(!comes_of(of_no_connection, &f, &err), "of a connection for one of a nonce, or back");
	ok(!comes_of(of_another, &f, &err), "of another machine than the one that was asked for");
	ok(!comes_of(too_long, &f, &err) && !comes_of(for_nobody, &f, &err) &&
	   !comes_of(without_end, &f, &err) && !comes_of(of_no_name, &f, &err),
	   "fields that cannot be");
}

int main(void)
{
	int fd[2];

	must(!pipe(fd) && write(fd[1], "request", 7) == 7 && dup2(fd[0], STDIN_FILENO) == 0,
	     "standard input");
	test_walls();
	binds = true;
	test_walls();
	return done();
}
