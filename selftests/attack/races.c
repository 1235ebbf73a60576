// SPDX-License-Identifier: GPL-2.0-or-later
/* The log and the quote are of different moments. */
#include "logs.h"

static const struct leg_how usual;

static void race(struct plot *p, uint8_t before, uint8_t after, uint8_t except)
{
	struct att_keys *f = own_machine("f");
	static uint8_t list[LIST_MAX];
	size_t cmw_len;

	if (before)
		list_measure(f, before);
	open_victim(p, &usual);
	be_asked(p, SEAL_HELLO_CAN_ATTEST);
	cmw_len = quote_of(p, f);
	if (after)
		list_measure(f, after);
	answer_with_log(p, cmw_len, (struct seal_bytes){ list, list_read(except, list) }, NULL);
}

/* Nothing is wrong: another file was used between the quote and the log. */
static void list_grows(struct plot *p)
{
	race(p, 0x11, 0x22, 0);
}

static void list_grows_again(struct plot *p)
{
	race(p, 0x11, 0x33, 0);
}

/* She used a file before the quote, and shows the list as it was before that. */
static void list_of_before(struct plot *p)
{
	race(p, 0x44, 0, 0x44);
}

/* She shows the log as it will be when what policy asks for has happened. */
static void boot_log_of_after(struct plot *p, uint32_t pcr)
{
	struct att_keys *f = own_machine("f");
	uint8_t log[256];

	open_victim(p, &usual);
	be_asked(p, SEAL_HELLO_CAN_ATTEST);
	answer_with_log(p, quote_of(p, f), (struct seal_bytes){
				log, boot_log(pcr, EV_IPL, 0x99, log, sizeof(log)) }, NULL);
}

static void firmware_of_after(struct plot *p)
{
	boot_log_of_after(p, 9);
}

/* PCR 11 is extended behind the back of that log, so it may hold another value. */
static void system_of_after(struct plot *p)
{
	boot_log_of_after(p, 11);
}

#define EVENT(pcr)	LOGS("boot") "require-" pcr " = " FILE_OF("99") "\n"
#define A(text)		{ .name = "a", .server = true, .policy = text }

const struct attack races[] = {
	{ "log/quote race, a list that grows", list_grows,
	  A(FILES(FILE_OF("11")) "\n"), { 0 }, NULL, -1, NULL, NULL, NULL },
	{ "log/quote race, where what comes after is judged", list_grows_again,
	  A(FILES(FILE_OF("11") ", " FILE_OF("22")) "\n"), { 0 },
	  "file-unknown", SEAL_CODE_REJECTED, "prefix", NULL, NULL },
	{ "log/quote race, the list of before", list_of_before,
	  A(FILES(FILE_OF("11") ", " FILE_OF("22") ", " FILE_OF("33")) "\n"), { 0 },
	  "measurement-list-differs", SEAL_CODE_REJECTED, NULL, "replay", NULL },
	{ "log/quote race, the boot log of after", firmware_of_after,
	  A(EVENT("9")), { 0 }, "boot-log-differs", SEAL_CODE_REJECTED, NULL, "replay", NULL },
	{ "log/quote race, an event of after in PCR 11", system_of_after,
	  A(EVENT("11")), { 0 }, "boot-log-missing", SEAL_CODE_REJECTED, NULL, "replay", NULL },
	{ 0 }
};
