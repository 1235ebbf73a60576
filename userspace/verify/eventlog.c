// SPDX-License-Identifier: GPL-2.0-or-later
/* Boot logs: the parser. */
#include "verify/eventlog.h"

#include <string.h>

#include "verify/le.h"

#define SPEC_ID		"Spec ID Event03"	/* with its zero: 16 octets */
#define SPEC_ID_LEN	16u
#define SHA1_LEN	20u
#define NO_PCR		0xffffffffu

static const struct type {
	uint32_t type;
	const char *name;
} types[] = {
	{ 0x00000000, "EV_PREBOOT_CERT" },
	{ 0x00000001, "EV_POST_CODE" },
	{ 0x00000002, "EV_UNUSED" },
	{ SEAL_EV_NO_ACTION, "EV_NO_ACTION" },
	{ SEAL_EV_SEPARATOR, "EV_SEPARATOR" },
	{ SEAL_EV_ACTION, "EV_ACTION" },
	{ SEAL_EV_EVENT_TAG, "EV_EVENT_TAG" },
	{ 0x00000007, "EV_S_CRTM_CONTENTS" },
	{ SEAL_EV_S_CRTM_VERSION, "EV_S_CRTM_VERSION" },
	{ 0x00000009, "EV_CPU_MICROCODE" },
	{ 0x0000000a, "EV_PLATFORM_CONFIG_FLAGS" },
	{ 0x0000000b, "EV_TABLE_OF_DEVICES" },
	{ 0x0000000c, "EV_COMPACT_HASH" },
	{ SEAL_EV_IPL, "EV_IPL" },
	{ 0x0000000e, "EV_IPL_PARTITION_DATA" },
	{ 0x0000000f, "EV_NONHOST_CODE" },
	{ 0x00000010, "EV_NONHOST_CONFIG" },
	{ 0x00000011, "EV_NONHOST_INFO" },
	{ 0x00000012, "EV_OMIT_BOOT_DEVICE_EVENTS" },
	{ 0x00000013, "EV_POST_CODE2" },
	{ 0x80000000, "EV_EFI_EVENT_BASE" },
	{ SEAL_EV_VARIABLE_CONFIG, "EV_EFI_VARIABLE_DRIVER_CONFIG" },
	{ SEAL_EV_VARIABLE_BOOT, "EV_EFI_VARIABLE_BOOT" },
	{ SEAL_EV_APPLICATION, "EV_EFI_BOOT_SERVICES_APPLICATION" },
	{ SEAL_EV_DRIVER, "EV_EFI_BOOT_SERVICES_DRIVER" },
	{ SEAL_EV_RUNTIME_DRIVER, "EV_EFI_RUNTIME_SERVICES_DRIVER" },
	{ SEAL_EV_GPT, "EV_EFI_GPT_EVENT" },
	{ SEAL_EV_EFI_ACTION, "EV_EFI_ACTION" },
	{ 0x80000008, "EV_EFI_PLATFORM_FIRMWARE_BLOB" },
	{ 0x80000009, "EV_EFI_HANDOFF_TABLES" },
	{ 0x8000000a, "EV_EFI_PLATFORM_FIRMWARE_BLOB2" },
	{ 0x8000000b, "EV_EFI_HANDOFF_TABLES2" },
	{ 0x8000000c, "EV_EFI_VARIABLE_BOOT2" },
	{ 0x8000000d, "EV_EFI_GPT_EVENT2" },
	{ 0x80000010, "EV_EFI_HCRTM_EVENT" },
	{ SEAL_EV_AUTHORITY, "EV_EFI_VARIABLE_AUTHORITY" },
	{ 0x800000e1, "EV_EFI_SPDM_FIRMWARE_BLOB" },
	{ 0x800000e2, "EV_EFI_SPDM_FIRMWARE_CONFIG" },
	{ 0x800000e3, "EV_EFI_SPDM_DEVICE_POLICY" },
	{ 0x800000e4, "EV_EFI_SPDM_DEVICE_AUTHORITY" },
};

const char *seal_event_type(uint32_t type)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].type == type)
			return types[i].name;
	return NULL;
}

struct seal_eventlog seal_eventlog(struct seal_bytes log)
{
	return (struct seal_eventlog){
		.all = log,
		.left = seal_reader_of(log),
		.bank_count = 1,
		.bank = { { SEAL_TPM_ALG_SHA1, SHA1_LEN } },
	};
}

int seal_eventlog_bank(const struct seal_eventlog *log, uint16_t alg)
{
	for (size_t i = 0; i < log->bank_count; i++)
		if (log->bank[i].alg == alg)
			return i;
	return -1;
}

static bool bad(struct seal_eventlog *log, const struct seal_event *event, const char *why)
{
	log->error = why;
	log->error_at = event->offset;
	return false;
}

/* Firmware fills what it reserved for the log with zeros, or leaves erased flash. */
static bool only_padding(const struct seal_reader *r)
{
	for (size_t i = 1; i < r->left; i++)
		if (r->at[i] != r->at[0])
			return false;
	return true;
}

/*
 * Nothing but padding begins like this; it is looked at once, or a log of such
 * pieces would take the square of its length.
 */
static bool like_padding(const struct seal_reader *r)
{
	size_t n = r->left < 16 ? r->left : 16;

	if (*r->at != 0x00 && *r->at != 0xff)
		return false;
	for (size_t i = 1; i < n; i++)
		if (r->at[i] != r->at[0])
			return false;
	return true;
}

static bool add_bank(struct seal_eventlog *log, const struct seal_event *event,
		     uint16_t alg, uint16_t len)
{
	size_t known = seal_bank_len(alg);

	if (seal_eventlog_bank(log, alg) >= 0)
		return bad(log, event, "the header lists an algorithm twice");
	if (!len || len > SEAL_PCR_VALUE_MAX || (known && known != len))
		return bad(log, event, "the header gives an algorithm a wrong size");
	log->bank[log->bank_count++] = (struct seal_log_bank){ alg, len };
	return true;
}

/*
 * TCG_EfiSpecIdEvent. Vendors' data may lie behind the end that the event
 * gives itself: some firmware forgets to count it.
 */
static bool read_spec_id(struct seal_eventlog *log, const struct seal_event *event)
{
	struct seal_reader r = seal_reader_of(event->data);
	uint32_t count;
	uint8_t vendor;

	seal_get_bytes(&r, SPEC_ID_LEN + 8);	/* class, version, width */
	count = seal_get_le(&r, 4);
	if (r.bad || !count || count > SEAL_BANKS_MAX)
		return bad(log, event, "the header lists no algorithms, or too many");
	log->agile = true;
	log->bank_count = 0;
	for (uint32_t i = 0; i < count; i++) {
		uint16_t alg = seal_get_le(&r, 2), len = seal_get_le(&r, 2);

		if (r.bad)
			return bad(log, event, "the header is too short");
		if (!add_bank(log, event, alg, len))
			return false;
	}
	vendor = r.left ? seal_get_le(&r, 1) : 0;
	log->vendor = seal_get_bytes(vendor > r.left ? &log->left : &r, vendor);
	if (log->left.bad)
		return bad(log, event, "the header is too short");
	return true;
}

static bool is_spec_id(const struct seal_event *event)
{
	return event->type == SEAL_EV_NO_ACTION && event->data.len >= SPEC_ID_LEN &&
	       !memcmp(event->data.data, SPEC_ID, SPEC_ID_LEN);
}

static void read_data(struct seal_eventlog *log, struct seal_event *event)
{
	uint32_t len = seal_get_le(&log->left, 4);

	event->data = seal_get_bytes(&log->left, len);
}

/* TCG_PCClientPCREvent: the form of the header, and of all of a SHA-1 log. */
static bool read_old(struct seal_eventlog *log, struct seal_event *event)
{
	struct seal_bytes digest = seal_get_bytes(&log->left, SHA1_LEN);
	int at;

	read_data(log, event);
	if (log->left.bad)
		return bad(log, event, "the event ends after the log");
	if (!event->number && is_spec_id(event) && !read_spec_id(log, event))
		return false;
	at = seal_eventlog_bank(log, SEAL_TPM_ALG_SHA1);
	if (at >= 0)
		event->digest[at] = digest;
	return true;
}

static bool read_digests(struct seal_eventlog *log, struct seal_event *event)
{
	uint32_t count = seal_get_le(&log->left, 4);

	if (log->left.bad || count > log->bank_count)
		return bad(log, event, "more digests than the header has algorithms");
	for (uint32_t i = 0; i < count; i++) {
		int at = seal_eventlog_bank(log, seal_get_le(&log->left, 2));

		if (at < 0)
			return bad(log, event,
				   "a digest by an algorithm that is not in the header");
		if (event->digest[at].len)
			return bad(log, event, "two digests by one algorithm");
		event->digest[at] = seal_get_bytes(&log->left, log->bank[at].len);
	}
	return true;
}

/* TCG_PCR_EVENT2 */
static bool read_agile(struct seal_eventlog *log, struct seal_event *event)
{
	if (!read_digests(log, event))
		return false;
	read_data(log, event);
	return !log->left.bad || bad(log, event, "the event ends after the log");
}

bool seal_eventlog_next(struct seal_eventlog *log, struct seal_event *event_ret)
{
	struct seal_event event = {
		.number = log->count,
		.offset = log->all.len - log->left.left,
	};

	if (log->error || (log->count && !log->left.left))
		return false;
	if (log->all.len > SEAL_LOG_MAX)
		return bad(log, &event, "the log is larger than 64 MiB");
	if (log->count && like_padding(&log->left))
		return !only_padding(&log->left) &&
		       bad(log, &event, "neither an event nor padding to the end");
	event.pcr = seal_get_le(&log->left, 4);
	event.type = seal_get_le(&log->left, 4);
	if (log->left.bad)
		return bad(log, &event, log->all.len ? "the event ends after the log"
						     : "the log is empty");
	if (event.pcr >= SEAL_PCR_COUNT &&
	    (event.type != SEAL_EV_NO_ACTION || event.pcr != NO_PCR))
		return bad(log, &event, "there is no such PCR");
	if (!(log->agile ? read_agile(log, &event) : read_old(log, &event)))
		return false;
	log->count++;
	*event_ret = event;
	return true;
}
