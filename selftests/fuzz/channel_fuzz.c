// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages of a worker one after another: each is granted once at most, in
 * their order, and nothing after a refusal; logs come last.
 */
#include "attester/channel.h"
#include "fuzz.h"

static const size_t sizes[ATT_TYPE_COUNT] = {
	[ATT_IDENTITY] = sizeof(struct att_request), [ATT_SIGN_TLS] = sizeof(struct att_sign),
	[ATT_BIND] = sizeof(struct att_bind), [ATT_CLAIM] = sizeof(struct att_claim),
	[ATT_SIGN_EA] = sizeof(struct att_sign), [ATT_LOG] = sizeof(struct att_log) };

/* An octet of type, then as many of content as that type has, zeros if they end. */
static size_t next(const uint8_t **data, size_t *left, uint8_t *message)
{
	uint32_t type = **data % 9;
	size_t len = type < ATT_TYPE_COUNT ? sizes[type] : **data, n;

	(*data)++;
	(*left)--;
	memset(message, 0, 512);
	memcpy(message, &type, sizeof(type));
	n = len <= sizeof(type) ? 0 : len - sizeof(type) < *left ? len - sizeof(type) : *left;
	memcpy(message + sizeof(type), *data, n);
	*data += n;
	*left -= n;
	return len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct att_open open = {
		.type = ATT_OPEN, .version = ATT_PROTO_VERSION, .role = 2, .consumer = 2,
		.tls_certificate = 1 };
	const struct att_self self = { .modes = SEAL_HELLO_EVIDENCE, .hash_len = 32,
					.pcrs.any = true };
	unsigned int granted[ATT_TYPE_COUNT] = { 0 };
	enum att_type type, before = ATT_NONE;
	struct att_channel ch;
	uint8_t message[512];
	bool refused = false;

	must(att_channel_open(&ch, &open, sizeof(open)));
	while (size) {
		size_t len = next(&data, &size, message);

		type = att_channel_receive(&ch, &self, message, len);
		must(!refused || type == ATT_NONE);
		refused = type == ATT_NONE;
		if (refused)
			continue;
		must(type == ATT_LOG ? before >= ATT_SIGN_EA : type > before && !granted[type]++);
		must(type != ATT_LOG || (ch.log.max && ch.log.log < SEAL_LOG_COUNT));
		must(type != ATT_CLAIM || (ch.selection.mask && !(ch.selection.mask >> 16)));
		before = type;
		att_channel_answered(&ch, type);
	}
	return 0;
}
