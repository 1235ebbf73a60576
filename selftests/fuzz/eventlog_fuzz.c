// SPDX-License-Identifier: GPL-2.0-or-later
/* Boot logs: the parser, every bank's replay, and what policy reads from them. */
#include "fuzz.h"
#include "verify/boot_policy.h"
#include "verify/event_data.h"

static void inside(struct seal_bytes all, struct seal_bytes view)
{
	must(!view.len || (view.data >= all.data &&
			   view.data + view.len <= all.data + all.len));
}

static void walk(struct seal_bytes in)
{
	struct seal_eventlog log = seal_eventlog(in);
	struct seal_variable var;
	struct seal_event e;
	char text[64];

	while (seal_eventlog_next(&log, &e)) {
		must(e.pcr < SEAL_PCR_COUNT || e.type == SEAL_EV_NO_ACTION);
		must(log.bank_count && log.bank_count <= SEAL_BANKS_MAX);
		for (size_t i = 0; i < SEAL_BANKS_MAX; i++) {
			inside(in, e.digest[i]);
			must(!e.digest[i].len || i < log.bank_count);
		}
		inside(in, e.data);
		inside(in, seal_event_image_path(e.data));
		if (seal_event_variable(e.data, &var)) {
			seal_variable_is_global(&var, "SecureBoot");
			inside(e.data, var.value);
		}
		seal_event_text(e.data, text, sizeof(text));
		must(strlen(text) < sizeof(text));
	}
	must(!log.error || log.error_at <= in.len);
}

/* A bank that is read in one go is as it is among all. */
static void alone(struct seal_bytes in)
{
	static struct seal_replay replay;
	struct seal_eventlog log, again;
	struct seal_bank bank;
	bool ok = seal_eventlog_replay(in, &replay, &log);
	const struct seal_bank *among = seal_replay_bank(&replay, SEAL_TPM_ALG_SHA256);

	seal_bank_init(&bank, SEAL_TPM_ALG_SHA256);
	must(seal_eventlog_replay_bank(in, &bank, &again) == (ok && among));
	must(!ok || !among || !memcmp(&bank, among, sizeof(bank)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct seal_replay replay;
	struct seal_bytes in = input(data, size);
	struct seal_policy policy = {
		.pcrs = { SEAL_TPM_ALG_SHA256, 0xffff }, .secure_boot = true,
		.lockdown = SEAL_LOCKDOWN_INTEGRITY,
	};
	struct seal_check check = { 0 };
	struct seal_eventlog log;

	walk(in);
	alone(in);
	if (!seal_eventlog_replay(in, &replay, &log))
		return 0;
	must(replay.bank_count <= log.bank_count && replay.events);
	seal_boot_secure(&policy, in, 0xffff, &check);
	seal_boot_lockdown(&policy, in, 0xffff, 0xffff, &check);
	return 0;
}
