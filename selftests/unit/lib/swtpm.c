// SPDX-License-Identifier: GPL-2.0-or-later
#include "swtpm.h"

#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

static char top[32];

bool sh(const char *format, ...)
{
	char text[8192];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	must(n > 0 && n < (int)sizeof(text), "command too long");
	return !system(text);
}

static void clean_up(void)
{
	sh("rm -rf %s", top);
}

static const char *top_dir(void)
{
	if (!top[0]) {
		strcpy(top, "/tmp/seal-XXXXXX");
		must(mkdtemp(top) != NULL, "mkdtemp");
		atexit(clean_up);
	}
	return top;
}

void swtpm_dir(char *out, size_t size, const char *name)
{
	must(snprintf(out, size, "%s/%s", top_dir(), name) < (int)size, "path");
	must(sh("mkdir -p %s", out), "mkdir");
}

const char *swtpm_ca(void)
{
	static char dir[64];

	if (dir[0])
		return dir;
	swtpm_dir(dir, sizeof(dir), "ek-ca");
	must(sh("cd %s && printf 'statedir = %%s\nsigningkey = %%s/sign.pem\n"
		"issuercert = %%s/issuer.pem\ncertserial = %%s/serial\n' $PWD $PWD $PWD $PWD "
		">localca.conf && : >localca.options && "
		"printf 'create_certs_tool = /usr/bin/swtpm_localca\n"
		"create_certs_tool_config = %%s/localca.conf\n"
		"create_certs_tool_options = %%s/localca.options\n' $PWD $PWD >setup.conf", dir),
	     "EK CA");
	return dir;
}

static void provision(const struct swtpm *tpm)
{
	const char *ca = swtpm_ca();

	must(sh("swtpm_setup --tpm2 --tpmstate %s --runas root --createek --create-ek-cert "
		"--pcr-banks sha256 --config %s/setup.conf >%s/setup.log 2>&1 && "
		"cat %s/issuer.pem %s/swtpm-localca-rootca-cert.pem >%s/roots.pem",
		tpm->dir, ca, tpm->dir, ca, ca, ca), "swtpm_setup");
}

static pid_t run(const struct swtpm *tpm)
{
	char server[128], ctrl[128], state[128];
	pid_t pid = fork();
	int null;

	if (pid)
		return pid;
	snprintf(server, sizeof(server), "type=unixio,path=%s/sock", tpm->dir);
	snprintf(ctrl, sizeof(ctrl), "type=unixio,path=%s/sock.ctrl", tpm->dir);
	snprintf(state, sizeof(state), "dir=%s", tpm->dir);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	null = open("/dev/null", O_RDWR);
	dup2(null, 1);
	dup2(null, 2);
	execlp("swtpm", "swtpm", "socket", "--tpm2", "--server", server, "--ctrl", ctrl,
	       "--tpmstate", state, "--flags", "not-need-init,startup-clear", (char *)NULL);
	_exit(127);
}

void swtpm_start(struct swtpm *tpm, bool certified)
{
	static unsigned int number;
	char name[16];
	int tries;

	snprintf(name, sizeof(name), "tpm%u", number++);
	swtpm_dir(tpm->dir, sizeof(tpm->dir), name);
	if (certified)
		provision(tpm);
	tpm->pid = run(tpm);
	must(tpm->pid > 0, "swtpm");
	snprintf(tpm->tcti, sizeof(tpm->tcti), "swtpm:path=%s/sock", tpm->dir);
	for (tries = 0; tries < 500 && !sh("test -S %s/sock.ctrl", tpm->dir); tries++)
		usleep(10000);
	must(tries < 500, "swtpm does not listen");
}

void swtpm_stop(struct swtpm *tpm)
{
	if (tpm->pid <= 0)
		return;
	kill(tpm->pid, SIGKILL);
	waitpid(tpm->pid, NULL, 0);
	tpm->pid = -1;
}

/* Tests are BUILD/tests/NAME. */
const char *built(const char *name)
{
	static char path[4096], self[2048];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	must(n > 0, "/proc/self/exe");
	self[n] = '\0';
	snprintf(path, sizeof(path), "%s/%s", dirname(dirname(self)), name);
	return path;
}
