// SPDX-License-Identifier: GPL-2.0-or-later
/* Boot logs: what the PCRs must be when the log is true. */
#include <string.h>

#include "verify/eventlog.h"

#define LOCALITY	"StartupLocality"	/* with its zero: 16 octets */
#define LOCALITY_LEN	16u

const struct seal_bank *seal_replay_bank(const struct seal_replay *replay,
					 uint16_t alg)
{
	for (size_t i = 0; i < replay->bank_count; i++)
		if (replay->bank[i].alg == alg)
			return &replay->bank[i];
	return NULL;
}

/* The locality of the start, when the event says one. */
static bool says_locality(const struct seal_event *e, uint8_t *locality)
{
	if (e->type != SEAL_EV_NO_ACTION || e->pcr || e->data.len != LOCALITY_LEN + 1 ||
	    memcmp(e->data.data, LOCALITY, LOCALITY_LEN))
		return false;
	*locality = e->data.data[LOCALITY_LEN];
	return true;
}

/* Some firmware writes the locality after events of PCR 0: find it first. */
static bool read_locality(struct seal_bytes bytes, uint8_t *locality,
			  struct seal_eventlog *log)
{
	struct seal_event e;
	bool found = false;

	*log = seal_eventlog(bytes);
	*locality = 0;
	while (seal_eventlog_next(log, &e))
		found = found || says_locality(&e, locality);
	return !log->error;
}

static void extend(struct seal_bank *bank, const struct seal_event *e,
		   struct seal_bytes digest)
{
	if (!seal_bank_extend(bank, e->pcr, digest))
		bank->lost |= 1u << e->pcr;
}

static void replay_one(struct seal_bytes bytes, size_t at, struct seal_bank *bank,
			uint8_t locality)
{
	struct seal_eventlog log = seal_eventlog(bytes);
	struct seal_event e;

	bank->pcr[0][bank->len - 1] = locality;
	while (seal_eventlog_next(&log, &e))
		if (e.type != SEAL_EV_NO_ACTION)
			extend(bank, &e, e.digest[at]);
}

bool seal_eventlog_replay(struct seal_bytes log, struct seal_replay *replay_ret,
			  struct seal_eventlog *log_ret)
{
	memset(replay_ret, 0, sizeof(*replay_ret));
	if (!read_locality(log, &replay_ret->locality, log_ret))
		return false;
	replay_ret->agile = log_ret->agile;
	replay_ret->events = log_ret->count;
	for (size_t i = 0; i < log_ret->bank_count; i++) {
		struct seal_bank *bank = &replay_ret->bank[replay_ret->bank_count];

		if (!seal_bank_init(bank, log_ret->bank[i].alg))
			continue;
		replay_one(log, i, bank, replay_ret->locality);
		replay_ret->bank_count++;
	}
	return true;
}

/*
 * In one go, as if the start had been in @locality. False where the log says later
 * than it should that it was in another, which is then in *@said_ret.
 */
static bool replay_at_once(struct seal_bytes bytes, struct seal_bank *bank, uint8_t locality,
			   uint8_t *said_ret, struct seal_eventlog *log)
{
	bool found = false, late = false;
	struct seal_event e;

	*log = seal_eventlog(bytes);
	*said_ret = locality;
	bank->pcr[0][bank->len - 1] = locality;
	while (seal_eventlog_next(log, &e)) {
		int at = seal_eventlog_bank(log, bank->alg);

		if (e.type != SEAL_EV_NO_ACTION && at >= 0)
			extend(bank, &e, e.digest[at]);
		if (found || !says_locality(&e, said_ret))
			continue;
		found = true;
		late = (bank->extended | bank->lost) & 1;
		if (!late)
			bank->pcr[0][bank->len - 1] = *said_ret;
	}
	return !late || *said_ret == locality;
}

bool seal_eventlog_replay_bank(struct seal_bytes log, struct seal_bank *bank,
			       struct seal_eventlog *log_ret)
{
	const struct seal_bank fresh = *bank;
	uint8_t locality;

	if (!replay_at_once(log, bank, 0, &locality, log_ret) && !log_ret->error) {
		*bank = fresh;
		replay_at_once(log, bank, locality, &locality, log_ret);
	}
	if (!log_ret->error && seal_eventlog_bank(log_ret, bank->alg) >= 0)
		return true;
	*bank = fresh;
	return false;
}
