// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Host f has used a file that no policy would take. It is in what was quoted; what
 * she is asked for is the list, piece by piece.
 */
#include <string.h>

#include "logs.h"
#include "../unit/lib/tap.h"

#define BAD	0x44
#define GOOD	0x11

static const struct leg_how usual;
static uint8_t list[LIST_MAX];
static size_t list_len;
/* Where the bad entries are in it. */
static size_t bad_at, bad_len;

/* As far as her answer to LogRequest: octets of evidence. */
static size_t begin(struct plot *p)
{
	struct att_keys *f = own_machine("f");
	uint8_t bad[ENTRY_LEN];

	list_len = list_read(0, list);
	list_entry(BAD, bad);
	for (size_t at = 0; at < list_len; at += ENTRY_LEN) {
		if (memcmp(list + at, bad, ENTRY_LEN))
			continue;
		bad_at = bad_len ? bad_at : at;
		bad_len += ENTRY_LEN;
	}
	must(bad_len && bad_at && bad_at + bad_len < list_len, "bad entries in the middle");
	open_victim(p, &usual);
	be_asked(p, SEAL_HELLO_CAN_ATTEST);
	return quote_of(p, f);
}

static void show(struct plot *p, size_t cmw_len, piece_fn *change)
{
	answer_with_log(p, cmw_len, (struct seal_bytes){ list, list_len }, change);
}

/* She goes on as if she had answered. */
static void none(struct plot *p)
{
	uint8_t type;

	answer_with(p, begin(p));
	if (leg_get(&p->v, &type, p->body, &p->len))
		leg_put_done(&p->v, false);
}

static void say_empty(struct seal_log_piece *piece, const struct seal_log_ask *ask,
		      struct seal_bytes log)
{
	piece->data.len = 0;
	piece->final = true;
}

static void empty(struct plot *p)
{
	show(p, begin(p), say_empty);
}

/* The end comes before them. */
static void cut(struct plot *p)
{
	size_t cmw_len = begin(p);

	list_len = bad_at;
	show(p, cmw_len, NULL);
}

static void step_over(struct seal_log_piece *piece, const struct seal_log_ask *ask,
		      struct seal_bytes log)
{
	if (ask->from >= bad_at) {
		piece->offset += bad_len;
	} else {
		piece->data.len = bad_at - ask->from;
		piece->final = false;
	}
}

/* The piece with them is lost. */
static void left_out(struct plot *p)
{
	size_t cmw_len = begin(p);

	list_len = list_read(BAD, list);
	show(p, cmw_len, step_over);
}

static void second_half_first(struct seal_log_piece *piece, const struct seal_log_ask *ask,
			      struct seal_bytes log)
{
	size_t half = log.len / ENTRY_LEN / 2 * ENTRY_LEN;

	piece->offset = ask->from ? 0 : half;
	piece->data.data = log.data + piece->offset;
	piece->data.len = ask->from ? half : log.len - half;
	piece->final = ask->from;
}

static void reordered(struct plot *p)
{
	show(p, begin(p), second_half_first);
}

static void say_boot_log(struct seal_log_piece *piece, const struct seal_log_ask *ask,
			 struct seal_bytes log)
{
	piece->log = SEAL_LOG_BOOT;
}

static void another(struct plot *p)
{
	show(p, begin(p), say_boot_log);
}

/* Each of them is said to be of a file that policy knows. */
static void forged(struct plot *p)
{
	size_t cmw_len = begin(p);

	for (size_t at = bad_at; at < bad_at + bad_len; at += ENTRY_LEN)
		list_entry(GOOD, list + at);
	show(p, cmw_len, NULL);
}

static void a_little(struct seal_log_piece *piece, const struct seal_log_ask *ask,
		     struct seal_bytes log)
{
	if (piece->data.len <= 40)
		return;
	piece->data.len = 40;
	piece->final = false;
}

/* Nothing is wrong, if policy takes that file. */
static void small(struct plot *p)
{
	struct att_keys *f = own_machine("f");

	if (!list_read(0, list))
		list_measure(f, GOOD);
	list_measure(f, BAD);
	list_measure(f, GOOD);
	show(p, begin(p), a_little);
}

/* And if it does not, the truth does not help her. */
static void as_it_is(struct plot *p)
{
	show(p, begin(p), NULL);
}

#define STRICT		FILES(FILE_OF("11") ", " FILE_OF("22") ", " FILE_OF("33")) "\n"
#define LENIENT		FILES(FILE_OF("11") ", " FILE_OF("22") ", " FILE_OF("33") ", " \
			      FILE_OF("44")) "\n"
#define A(text)		{ .name = "a", .server = true, .policy = text }

const struct attack pieces[] = {
	{ "LogData in small pieces", small, A(LENIENT), { 0 }, NULL, -1, NULL, NULL, NULL },
	{ "LogData as it is", as_it_is, A(STRICT), { 0 },
	  "file-unknown", SEAL_CODE_REJECTED, NULL, NULL, LENIENT },
	{ "stripped LogData", none, A(STRICT), { 0 },
	  "frame-out-of-turn", SEAL_CODE_MALFORMED, NULL, "logs+replay", NULL },
	{ "stripped LogData, an empty log", empty, A(STRICT), { 0 },
	  "log-missing", SEAL_CODE_REJECTED, NULL, "logs+replay", NULL },
	{ "stripped LogData, the end too soon", cut, A(STRICT), { 0 },
	  "measurement-list-differs", SEAL_CODE_REJECTED, NULL, "replay", NULL },
	{ "stripped LogData, a piece in the middle", left_out, A(STRICT), { 0 },
	  "frame-malformed", SEAL_CODE_MALFORMED, NULL, "pieces+replay", NULL },
	{ "stripped LogData, the replay alone stops it", left_out, A(STRICT), { 0 },
	  "measurement-list-differs", SEAL_CODE_REJECTED, "pieces", "replay", NULL },
	{ "LogData in another order", reordered, A(LENIENT), { 0 },
	  "frame-malformed", SEAL_CODE_MALFORMED, NULL, "pieces+replay", NULL },
	{ "LogData in another order, the replay alone stops it", reordered, A(LENIENT), { 0 },
	  "measurement-list-differs", SEAL_CODE_REJECTED, "pieces", "replay", NULL },
	{ "LogData of another log", another, A(LENIENT), { 0 },
	  "frame-malformed", SEAL_CODE_MALFORMED, NULL, "pieces", NULL },
	{ "forged LogData", forged, A(STRICT), { 0 },
	  "measurement-list-differs", SEAL_CODE_REJECTED, NULL, "replay", NULL },
	{ 0 }
};
