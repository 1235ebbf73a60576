/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How enrolment talks to a human: a line a step, and one reason with a hint. */
#ifndef SEALCTL_ENROLL_SAY_H
#define SEALCTL_ENROLL_SAY_H

#include <stddef.h>
#include <stdint.h>

/** struct enroll_error - why something was refused and what to do about it */
struct enroll_error {
	char reason[320];
	char hint[320];
};

/**
 * enroll_refuse - note the reason; an earlier one stays
 * @hint: a sentence, kept as it is
 * @fmt: printf(3) format of the reason
 *
 * Return: -1 always, for `return enroll_refuse(...)`.
 */
int enroll_refuse(struct enroll_error *err, const char *hint, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** enroll_report - print reason and hint to stderr; returns the exit status 1 */
int enroll_report(const char *command, const struct enroll_error *err);

/** enroll_misuse - the same of the command line; returns the exit status 2 */
int enroll_misuse(const char *command, const struct enroll_error *err);

/** enroll_step - print "  what  text" to stdout, at once */
void enroll_step(const char *what, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** enroll_hex - lower-case hex; @out has 2 * len + 1 octets; returns @out */
const char *enroll_hex(char *out, const uint8_t *data, size_t len);

#endif /* SEALCTL_ENROLL_SAY_H */
