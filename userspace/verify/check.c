// SPDX-License-Identifier: GPL-2.0-or-later
/* Rows of what was looked at. */
#include "verify/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct seal_check *seal_report_add(struct seal_report *report, const char *name)
{
	struct seal_check *check;

	if (report->count < SEAL_CHECKS_MAX)
		report->count++;
	check = &report->check[report->count - 1];
	memset(check, 0, sizeof(*check));
	check->name = name;
	return check;
}

void seal_check_seen(struct seal_check *check, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(check->seen, sizeof(check->seen), format, args);
	va_end(args);
}

void seal_check_wanted(struct seal_check *check, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(check->wanted, sizeof(check->wanted), format, args);
	va_end(args);
}

void seal_check_hex(char text[SEAL_CHECK_TEXT_MAX], struct seal_bytes b, size_t max)
{
	static const char digits[] = "0123456789abcdef";
	size_t at = strlen(text);

	for (size_t i = 0; i < b.len && i < max && at + 3 <= SEAL_CHECK_TEXT_MAX; i++) {
		text[at++] = digits[b.data[i] >> 4];
		text[at++] = digits[b.data[i] & 15];
		text[at] = '\0';
	}
	if (b.len > max && at + 4 <= SEAL_CHECK_TEXT_MAX)
		strcpy(text + at, "...");
}

const struct seal_check *seal_report_failed(const struct seal_report *report)
{
	for (size_t i = 0; i < report->count; i++)
		if (report->check[i].standing == SEAL_CHECK_FAILED)
			return &report->check[i];
	return NULL;
}
