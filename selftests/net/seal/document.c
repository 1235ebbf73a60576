// SPDX-License-Identifier: GPL-2.0-only
/*
 * The program in Documentation/userspace-api/seal.rst, taken out of there by the
 * Makefile: it is compiled, and does what the document says.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <linux/handshake.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "handshake.h"
#include "kselftest_harness.h"
#include "lib.h"

/* One request: attested, or refused with this status. */
static int serve(struct nl *hs, struct nl *seal, uint32_t status)
{
	int err = 0, fd;

	do {
		nl_event(hs, 1000);
		fd = hs_accept(hs);
	} while (fd == -EAGAIN);
	if (fd < 0)
		return fd;
	if (strcmp(nl_str(hs, HANDSHAKE_A_ACCEPT_PEERNAME), "server.example.org"))
		return -EPROTO;
	if (!status)
		err = attach(seal, fd, true, boottime() + 100 * SEC, NULL);
	return err ?: hs_done(hs, fd, status);
}

static pid_t agent_start(struct nl *seal, uint32_t status)
{
	struct nl hs;
	pid_t pid;

	if (nl_open(&hs, "handshake", "tlshd") || nl_subscribe(&hs))
		return -1;
	pid = fork();
	if (!pid)
		_exit(serve(&hs, seal, status) ? 1 : 0);
	nl_close(&hs);
	return pid;
}

static int ended(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int listen_there(void)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons(7000) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	inet_pton(AF_INET, "192.0.2.1", &addr.sin_addr);
	if (system("ip address add 192.0.2.1/32 dev lo") ||
	    bind(fd, (void *)&addr, sizeof(addr)) || listen(fd, 1))
		return -1;
	return fd;
}

/* The program, which was built beside this one. */
static pid_t program_start(int out)
{
	char path[PATH_MAX] = "", *dir;
	pid_t pid;

	if (readlink("/proc/self/exe", path, sizeof(path) - 1) < 0)
		return -1;
	dir = dirname(path);
	pid = fork();
	if (!pid) {
		char program[PATH_MAX + 32];

		dup2(out, STDOUT_FILENO);
		dup2(out, STDERR_FILENO);
		snprintf(program, sizeof(program), "%s/document_program", dir);
		execl(program, "document_program", NULL);
		_exit(127);
	}
	return pid;
}

FIXTURE(document)
{
	struct nl seal;
	int listener;
	int out[2];
	char said[256];
};

FIXTURE_SETUP(document)
{
	ASSERT_EQ(0, netns_new());
	ASSERT_EQ(0, nl_open(&self->seal, "seal", NULL));
	self->listener = listen_there();
	ASSERT_LE(0, self->listener);
	ASSERT_EQ(0, pipe(self->out));
}

FIXTURE_TEARDOWN(document)
{
	close(self->listener);
	nl_close(&self->seal);
}

/* All the program says, up to its end. */
static void hear(int fd[2], char *said, size_t size)
{
	size_t len = 0;
	ssize_t n;

	close(fd[1]);
	while ((n = read(fd[0], said + len, size - 1 - len)) > 0)
		len += n;
	said[len] = '\0';
}

TEST_F_TIMEOUT(document, attested, 60)
{
	struct tls12_crypto_info_aes_gcm_128 tx = key_make(2), rx = key_make(1);
	pid_t agent = agent_start(&self->seal, 0), program = program_start(self->out[1]);
	int fd = accept(self->listener, NULL, NULL);
	char buf[16] = "";

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", 3));
	ASSERT_EQ(0, setsockopt(fd, SOL_TLS, TLS_TX, &tx, sizeof(tx)));
	ASSERT_EQ(0, setsockopt(fd, SOL_TLS, TLS_RX, &rx, sizeof(rx)));
	EXPECT_EQ(6, recv(fd, buf, sizeof(buf), 0));
	EXPECT_STREQ("hello\n", buf);
	hear(self->out, self->said, sizeof(self->said));
	EXPECT_STREQ("dns:second by policy test\n", self->said);
	EXPECT_EQ(0, ended(program));
	EXPECT_EQ(0, ended(agent));
	close(fd);
}

TEST_F_TIMEOUT(document, refused, 60)
{
	pid_t agent = agent_start(&self->seal, EACCES), program = program_start(self->out[1]);
	int fd = accept(self->listener, NULL, NULL);

	ASSERT_LE(0, fd);
	hear(self->out, self->said, sizeof(self->said));
	EXPECT_STREQ("attested connection: Permission denied\n", self->said);
	EXPECT_EQ(1, ended(program));
	EXPECT_EQ(0, ended(agent));
	/* Not a byte in clear. */
	EXPECT_GE(0, recv(fd, self->said, sizeof(self->said), 0));
	close(fd);
}

TEST_F_TIMEOUT(document, without_an_agent, 60)
{
	pid_t program = program_start(self->out[1]);

	hear(self->out, self->said, sizeof(self->said));
	EXPECT_STREQ("attested connection: No such process\n", self->said);
	EXPECT_EQ(1, ended(program));
}

TEST_HARNESS_MAIN
