/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of sealctl result. Each takes argv[0] = its own word. */
#ifndef SEALCTL_RESULT_H
#define SEALCTL_RESULT_H

int result_request(int argc, char **argv);
int result_issue(int argc, char **argv);
int result_answer(int argc, char **argv);
int result_show(int argc, char **argv);
int result_verify(int argc, char **argv);

/** result_usage - the text of all of them; returns @status */
int result_usage(int status);

#endif /* SEALCTL_RESULT_H */
