/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an appraisal looked at: one row a check, with what was seen and what
 * was wanted, so that a refusal can be explained and an acceptance believed.
 */
#ifndef SEAL_VERIFY_CHECK_H
#define SEAL_VERIFY_CHECK_H

#include "verify/reason.h"

#define SEAL_CHECKS_MAX		24u
#define SEAL_CHECK_TEXT_MAX	240u

enum seal_standing {
	SEAL_CHECK_NOT_DONE = 0,	/* one before it failed, or nobody asked */
	SEAL_CHECK_FAILED,
	SEAL_CHECK_OK,
};

struct seal_check {
	const char *name;
	enum seal_standing standing;
	enum seal_reason reason;	/* SEAL_REASON_ACCEPTED when it is ok */
	bool unasked;			/* the policy does not speak of it */
	char seen[SEAL_CHECK_TEXT_MAX];
	char wanted[SEAL_CHECK_TEXT_MAX];
};

struct seal_report {
	size_t count;
	struct seal_check check[SEAL_CHECKS_MAX];
};

/* A new row, not done. The last row again when there is no more room. */
struct seal_check *seal_report_add(struct seal_report *report, const char *name);
/* The texts of a row; cut when too long. */
void seal_check_seen(struct seal_check *check, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void seal_check_wanted(struct seal_check *check, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Octets in hex behind what @text holds, at most @max of them. */
void seal_check_hex(char text[SEAL_CHECK_TEXT_MAX], struct seal_bytes b, size_t max);
/* The first row that failed, or NULL. */
const struct seal_check *seal_report_failed(const struct seal_report *report);

#endif /* SEAL_VERIFY_CHECK_H */
