// SPDX-License-Identifier: GPL-2.0-or-later
/* Octets in hexadecimal text. */
#include "verify/hex.h"

#include <string.h>

static int digit(char c)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	const char *at = c ? strchr(digits, c) : NULL;

	if (!at)
		return -1;
	return at - digits < 16 ? at - digits : at - digits - 6;
}

size_t seal_hex_decode(const char *text, uint8_t *out, size_t size)
{
	size_t len = strlen(text);

	if (!len || len % 2 || len / 2 > size)
		return 0;
	for (size_t i = 0; i < len; i += 2) {
		int high = digit(text[i]), low = digit(text[i + 1]);

		if (high < 0 || low < 0)
			return 0;
		out[i / 2] = high << 4 | low;
	}
	return len / 2;
}
