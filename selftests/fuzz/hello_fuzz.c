// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz.h"
#include "wire/hello.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t again[SEAL_HELLO_MAX];
	struct seal_hello hello;
	uint8_t flags;

	seal_negotiation_ch_decode(input(data, size));
	seal_negotiation_ee_decode(input(data, size), &flags);
	if (size > sizeof(again) || !seal_hello_decode(input(data, size), &hello))
		return 0;
	must(seal_hello_encode(&hello, again, sizeof(again)) == size &&
	     !memcmp(again, data, size));
	return 0;
}
