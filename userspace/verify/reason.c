// SPDX-License-Identifier: GPL-2.0-or-later
/* The reasons as a table. */
#include "verify/reason.h"

static const struct row {
	const char *name;
	const char *hint;
	enum seal_code code;
} rows[] = {
#define SEAL_REASON_ROW(id, name, code, hint) \
	[SEAL_REASON_##id] = { name, hint, SEAL_CODE_##code },
	SEAL_REASONS(SEAL_REASON_ROW)
#undef SEAL_REASON_ROW
};

_Static_assert(sizeof(rows) / sizeof(rows[0]) == SEAL_REASON_COUNT,
	       "one row for each reason");

static const struct row *row(unsigned int reason)
{
	return &rows[reason < SEAL_REASON_COUNT ? reason : SEAL_REASON_UNSET];
}

const char *seal_reason_name(unsigned int reason)
{
	return row(reason)->name;
}

const char *seal_reason_hint(unsigned int reason)
{
	return row(reason)->hint;
}

enum seal_code seal_reason_code(unsigned int reason)
{
	return row(reason)->code;
}

enum seal_reason seal_reason_of_code(enum seal_code code)
{
	switch (code) {
	case SEAL_CODE_REFUSED:
		return SEAL_REASON_PEER_REFUSED;
	case SEAL_CODE_BUSY:
		return SEAL_REASON_BUSY;
	case SEAL_CODE_TIMEOUT:
		return SEAL_REASON_TIMEOUT;
	default:
		return SEAL_REASON_PEER_ERROR;
	}
}
