// SPDX-License-Identifier: GPL-2.0-or-later
/* base64url. */
#include "verify/base64.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

size_t seal_base64_encode(struct seal_bytes in, char *out)
{
	uint32_t bits = 0;
	size_t len = 0;
	int have = 0;

	for (size_t i = 0; i < in.len; i++) {
		bits = bits << 8 | in.data[i];
		for (have += 8; have >= 6; have -= 6)
			out[len++] = digits[bits >> (have - 6) & 63];
	}
	if (have)
		out[len++] = digits[bits << (6 - have) & 63];
	return len;
}

static int value(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '-' ? 62 : c == '_' ? 63 : -1;
}

bool seal_base64_decode(struct seal_bytes text, uint8_t *out, size_t size, size_t *len_ret)
{
	uint32_t bits = 0;
	size_t len = 0;
	int have = 0;

	for (size_t i = 0; i < text.len; i++) {
		int v = value(text.data[i]);

		if (v < 0)
			return false;
		bits = bits << 6 | (uint32_t)v;
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		if (len == size)
			return false;
		out[len++] = bits >> have;
	}
	*len_ret = len;
	return have < 6 && !(bits & ((1u << have) - 1));
}
