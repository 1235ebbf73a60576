/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Boot logs (TCG PC Client Platform Firmware Profile 1.06, 10): crypto-agile
 * ones, and those of SHA-1 times, which can be read and are never trusted.
 * The parser walks over octets in memory, allocates nothing and believes
 * nothing: what an event says of itself counts only once its digest is known
 * to be in a quoted PCR, and its type is covered by no digest at all.
 */
#ifndef SEAL_VERIFY_EVENTLOG_H
#define SEAL_VERIFY_EVENTLOG_H

#include "verify/bank.h"

#define SEAL_LOG_MAX		(64u << 20)	/* octets of any log */

#define SEAL_EV_NO_ACTION	0x00000003u
#define SEAL_EV_SEPARATOR	0x00000004u
#define SEAL_EV_ACTION		0x00000005u
#define SEAL_EV_EVENT_TAG	0x00000006u
#define SEAL_EV_S_CRTM_VERSION	0x00000008u
#define SEAL_EV_IPL		0x0000000du
#define SEAL_EV_VARIABLE_CONFIG	0x80000001u	/* EV_EFI_VARIABLE_DRIVER_CONFIG */
#define SEAL_EV_VARIABLE_BOOT	0x80000002u
#define SEAL_EV_APPLICATION	0x80000003u	/* EV_EFI_BOOT_SERVICES_APPLICATION */
#define SEAL_EV_DRIVER		0x80000004u
#define SEAL_EV_RUNTIME_DRIVER	0x80000005u
#define SEAL_EV_GPT		0x80000006u
#define SEAL_EV_EFI_ACTION	0x80000007u
#define SEAL_EV_AUTHORITY	0x800000e0u	/* EV_EFI_VARIABLE_AUTHORITY */

/* "EV_SEPARATOR" and so on, or NULL for a type that nobody named. */
const char *seal_event_type(uint32_t type);

/**
 * struct seal_event - one entry, as views into the log
 * @number: from 0
 * @offset: of its first octet
 * @pcr: below 24; anything for SEAL_EV_NO_ACTION, which extends nothing
 * @type: SEAL_EV_*; unproven
 * @digest: by the position of the bank in the log; empty where it has none
 * @data: at most what the log holds
 */
struct seal_event {
	uint32_t number;
	size_t offset;
	uint32_t pcr;
	uint32_t type;
	struct seal_bytes digest[SEAL_BANKS_MAX];
	struct seal_bytes data;
};

struct seal_log_bank {
	uint16_t alg;
	uint16_t len;
};

/**
 * struct seal_eventlog - where the parser is
 * @all: the log
 * @left: what was not read yet
 * @agile: false for a log of SHA-1 times
 * @bank_count: of @bank
 * @bank: as the header lists them; or SHA-1
 * @count: events read
 * @vendor: what the header's vendor added
 * @error: NULL, or why the log is malformed
 * @error_at: the offset of the event that is
 */
struct seal_eventlog {
	struct seal_bytes all;
	struct seal_reader left;
	bool agile;
	size_t bank_count;
	struct seal_log_bank bank[SEAL_BANKS_MAX];
	uint32_t count;
	struct seal_bytes vendor;
	const char *error;
	size_t error_at;
};

/* Begin. The header is event 0; it is read by the first seal_eventlog_next(). */
struct seal_eventlog seal_eventlog(struct seal_bytes log);
/*
 * The next event. False at the end, which may be followed by padding of zeros
 * or ones, and when @log->error says why not. Linear in the octets of the log.
 * Fuzz target: eventlog.
 */
bool seal_eventlog_next(struct seal_eventlog *log, struct seal_event *event_ret);
/* The position of a bank in the log, or -1. */
int seal_eventlog_bank(const struct seal_eventlog *log, uint16_t alg);

/**
 * struct seal_replay - what a log gives when it is replayed
 * @bank_count: of @bank: those of the log whose algorithm we know
 * @events: entries
 * @locality: of the start-up: PCR 0 begins with it
 */
struct seal_replay {
	bool agile;
	size_t bank_count;
	struct seal_bank bank[SEAL_BANKS_MAX];
	uint32_t events;
	uint8_t locality;
};

/*
 * Replay all of @log into every bank. False when it is malformed: *@log_ret
 * then has the error. An empty log is.
 */
bool seal_eventlog_replay(struct seal_bytes log, struct seal_replay *replay_ret,
			  struct seal_eventlog *log_ret);
/*
 * The same for one bank, which seal_bank_init() began. False also when the log
 * has no digests of it: then @log_ret->error is NULL.
 */
bool seal_eventlog_replay_bank(struct seal_bytes log, struct seal_bank *bank,
			       struct seal_eventlog *log_ret);
/* The replayed bank, or NULL. */
const struct seal_bank *seal_replay_bank(const struct seal_replay *replay,
					 uint16_t alg);

#endif /* SEAL_VERIFY_EVENTLOG_H */
