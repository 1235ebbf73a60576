/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the commands of sealctl share. Exit status of every command: 0 done,
 * 1 failed or found nothing, 2 called wrongly, 3 nothing to revoke.
 */
#ifndef SEALCTL_SEALCTL_H
#define SEALCTL_SEALCTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sealctl/commands.h"

#define SEALCTL_CONFIG		"/etc/seal"

enum {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_NOTHING = 3,
};

int cmd_status(int argc, char **argv);
int cmd_revoke(int argc, char **argv);
int cmd_policy(int argc, char **argv);
int cmd_rules(int argc, char **argv);
int cmd_doctor(int argc, char **argv);

/** help_of - usage and purpose of one command on stdout; returns EXIT_DONE */
int help_of(const char *command);

/** usage_of - the usage line of one command on stderr; returns EXIT_USAGE */
int usage_of(const char *command);

#endif /* SEALCTL_SEALCTL_H */
