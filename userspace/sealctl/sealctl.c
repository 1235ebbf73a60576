// SPDX-License-Identifier: GPL-2.0-or-later
/* sealctl: the administrator's side of seal. */
#include "sealctl/sealctl.h"

#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "wire/release.h"

static int cmd_help(int argc, char **argv);
static int cmd_version(int argc, char **argv);

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *arguments;
	const char *what;
} commands[] = {
	{ "status", cmd_status, "[--json] [ID]",
	  "attested sockets of this network namespace" },
	{ "revoke", cmd_revoke,
	  "(--id ID | --peer IDENTITY | --ak NAME | --policy POLICY | --all)\n"
	  "                      [--reason TEXT] [--json]",
	  "close every socket that matches, and wait until it is closed" },
	{ "rules", cmd_rules, "[show] [--json] | set [FILE] | check [FILE] | clear",
	  "who may ask for a handshake without being root" },
	{ "policy", cmd_policy, "check [-c DIR] [--json] | learn ... | import ...",
	  "read all policies as seald would; propose one" },
	{ "doctor", cmd_doctor, "[-c DIR] [--json]",
	  "what this host lacks for attested connections" },
	{ "appraise", cmd_appraise, "...",
	  "judge a quote, and logs, that are in files" },
	{ "explain", cmd_explain, "REASON|FILE|- | --list [--json]",
	  "a refusal: what was seen, what was wanted, what would make it pass" },
	{ "eventlog", cmd_eventlog, "FILE [--json]",
	  "what a boot log says, and the PCRs that it gives" },
	{ "ima", cmd_ima, "FILE [--json]",
	  "what the kernel measured, and the PCRs that it gives" },
	{ "result", cmd_result, "...",
	  "attestation results: passports for a host, and what others say" },
	{ "enroll", cmd_enroll, "...",
	  "make the keys of this host in its TPM and get certificates" },
	{ "ca", cmd_ca, "...",
	  "a small certification authority for attestation keys" },
	{ "admit", cmd_admit, "...",
	  "pin the attestation key of a peer on this host" },
	{ "help", cmd_help, "[COMMAND]", "this text" },
	{ "version", cmd_version, "", "version of this program" },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static void usage(FILE *to)
{
	fprintf(to, "usage: sealctl COMMAND [ARGUMENT...]\n\n");
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(to, "  %-9s %s\n", commands[i].name, commands[i].what);
	fprintf(to, "\nsealctl COMMAND --help tells more; manual page sealctl(8).\n"
		"Exit status: 0 done, 1 failed or nothing found, 2 called wrongly\n"
		"or a file to look at cannot be read, 3 nothing to revoke.\n");
}

int usage_of(const char *command)
{
	const struct command *c = find(command);

	fprintf(stderr, "usage: sealctl %s %s\n", c->name, c->arguments);
	return EXIT_USAGE;
}

int help_of(const char *command)
{
	const struct command *c = find(command);

	printf("usage: sealctl %s %s\n\n%s\n", c->name, c->arguments, c->what);
	return EXIT_DONE;
}

/* Commands with "..." know their own usage. */
static int cmd_help(int argc, char **argv)
{
	char *ask[] = { NULL, (char *)"--help", NULL };
	const struct command *c;

	if (argc < 2) {
		usage(stdout);
		return EXIT_DONE;
	}
	c = find(argv[1]);
	if (!c) {
		fprintf(stderr, "sealctl: no command \"%s\"; see sealctl help\n", argv[1]);
		return EXIT_USAGE;
	}
	if (!strcmp(c->arguments, "...")) {
		ask[0] = argv[1];
		return c->run(2, ask);
	}
	return help_of(c->name);
}

static int cmd_version(int argc, char **argv)
{
	printf("sealctl %s\n", SEAL_RELEASE);
	return EXIT_DONE;
}

static bool asks_for_help(int argc, char **argv)
{
	return argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"));
}

/* Of a command, or of one of its parts; behind an option it may be a value. */
static bool asks_for_help_of(int argc, char **argv)
{
	if (asks_for_help(argc, argv))
		return true;
	return argc > 2 && *argv[1] != '-' && asks_for_help(argc - 1, argv + 1);
}

/* The parts of "policy" that know their own usage. */
static bool has_own_help(char **argv)
{
	return !strcmp(argv[1], "policy") &&
	       (!strcmp(argv[2], "learn") || !strcmp(argv[2], "import"));
}

/* What is cut may look like a whole one: a policy with fewer PCRs. */
static int said(int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	fprintf(stderr, "sealctl: standard output cannot be written\n");
	return status ? status : EXIT_FAILED;
}

/* Keys of hosts, CAs and verifiers pass through here, beside what strangers sent. */
static void leave_no_core(void)
{
	const struct rlimit none = { 0 };

	prctl(PR_SET_DUMPABLE, 0);
	setrlimit(RLIMIT_CORE, &none);
}

int main(int argc, char **argv)
{
	const struct command *c;

	leave_no_core();
	if (argc < 2) {
		usage(stderr);
		return EXIT_USAGE;
	}
	if (asks_for_help(argc, argv)) {
		usage(stdout);
		return EXIT_DONE;
	}
	c = !strcmp(argv[1], "--version") ? find("version") : find(argv[1]);
	if (!c) {
		fprintf(stderr, "sealctl: no command \"%s\"; see sealctl help\n", argv[1]);
		return EXIT_USAGE;
	}
	if (asks_for_help_of(argc - 1, argv + 1) && !has_own_help(argv))
		return cmd_help(2, argv);
	return said(c->run(argc - 1, argv + 1));
}
