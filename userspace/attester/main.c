// SPDX-License-Identifier: GPL-2.0-or-later
/* seald-attester: owns the TPM and the TLS key, started by seald. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "attester/server.h"
#include "seald/log.h"

#define CONTROL_FD	3

static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -1;
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static bool is_control(int fd)
{
	socklen_t len = sizeof(int);
	int type = 0;

	return !getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) && type == SOCK_SEQPACKET;
}

static void log_start(const struct att_keys *keys)
{
	char name[2 * ATT_NAME_SIZE + 1] = "none";
	unsigned int i;

	for (i = 0; keys->self.modes && i < ATT_NAME_SIZE; i++)
		sprintf(name + 2 * i, "%02x", keys->ak.name[i]);
	seald_log(LOG_INFO, "ak=%s tls-key=%s", name, !keys->tls.count ? "none" :
		  keys->key_in_tpm ? "tpm" : "file");
	if (!keys->self.modes && !keys->tls.count)
		seald_log(LOG_WARNING, "this host has no keys and proves nothing "
			  "hint=\"sealctl enroll\"");
}

static int check(const char *dir)
{
	struct att_hostconf conf;
	char why[512];

	if (att_hostconf_read(dir, &conf, why, sizeof(why)) >= 0)
		return 0;
	seald_log(LOG_ERR, "%s hint=\"seald.conf(5)\"", why);
	return 1;
}

int main(int argc, char **argv)
{
	static struct att_keys keys;
	const char *dir = "/etc/seal";
	bool only_check = false;
	char why[512];
	int c, ret;

	while ((c = getopt(argc, argv, "c:n:")) != -1) {
		if (c != 'c' && c != 'n')
			return 2;
		only_check = c == 'n';
		dir = optarg;
	}
	if (optind != argc || (!only_check && !is_control(CONTROL_FD))) {
		fputs("usage: seald-attester -c DIR, with seald's socket as descriptor 3\n"
		      "       seald-attester -n DIR, is DIR/seald.conf one that it can read?\n",
		      stderr);
		return 2;
	}
	seald_log_open("seald-attester", 0, 0);
	if (only_check)
		return check(dir);
	/* Keys and authValues live here: no core files, no ptrace. */
	prctl(PR_SET_DUMPABLE, 0);
	ret = att_keys_load(&keys, dir, why, sizeof(why));
	if (ret) {
		seald_log(LOG_ERR, "%s", why);
	} else {
		log_start(&keys);
		ret = att_server_run(&keys, CONTROL_FD, open_signals());
	}
	att_keys_free(&keys);
	return ret ? 1 : 0;
}
