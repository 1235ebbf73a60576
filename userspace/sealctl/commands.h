/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands of sealctl: argv[0] is the command's name, the exit status returns. */
#ifndef SEALCTL_COMMANDS_H
#define SEALCTL_COMMANDS_H

int cmd_enroll(int argc, char **argv);
int cmd_ca(int argc, char **argv);
int cmd_admit(int argc, char **argv);
int cmd_appraise(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_learn(int argc, char **argv);
int cmd_import(int argc, char **argv);
int cmd_eventlog(int argc, char **argv);
int cmd_result(int argc, char **argv);
int cmd_ima(int argc, char **argv);

#endif /* SEALCTL_COMMANDS_H */
