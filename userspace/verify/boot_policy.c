// SPDX-License-Identifier: GPL-2.0-or-later
/* What policy says of boot logs. */
#include "verify/boot_policy.h"

#include <stdio.h>
#include <string.h>

#include "verify/event_data.h"

#define OK		SEAL_REASON_ACCEPTED
#define GRUB_PCR	8u
#define STUB_PCR	12u	/* of systemd-stub */
/* COMMAND_LINE_SIZE of x86 and arm64, where the kernel cuts, and what GRUB puts before it. */
#define BOOT_IMAGE	"BOOT_IMAGE="
#define CMDLINE_MAX	(2048u - (sizeof(BOOT_IMAGE) - 1))

/* A walk over the events of some PCRs in the bank of the policy. */
struct walk {
	struct seal_eventlog log;
	int at;
	uint16_t alg;
	uint32_t pcrs;
	struct seal_event e;
	struct seal_bytes digest;
};

static bool walk(struct walk *w, struct seal_bytes log, uint16_t alg, uint32_t pcrs)
{
	*w = (struct walk){ .log = seal_eventlog(log), .at = -1, .alg = alg, .pcrs = pcrs };
	return pcrs;
}

/* The next event that extends one of the PCRs. */
static bool next(struct walk *w)
{
	while (seal_eventlog_next(&w->log, &w->e)) {
		if (w->at < 0)
			w->at = seal_eventlog_bank(&w->log, w->alg);
		if (w->at < 0 || w->e.type == SEAL_EV_NO_ACTION || !(w->pcrs >> w->e.pcr & 1))
			continue;
		w->digest = w->e.digest[w->at];
		return true;
	}
	return false;
}

static enum seal_reason unasked(struct seal_check *check)
{
	seal_check_seen(check, "the policy does not ask");
	check->unasked = true;
	return OK;
}

static enum seal_reason no_log(struct seal_check *check, unsigned int pcr)
{
	seal_check_seen(check, "no boot log that leads to PCR %u", pcr);
	seal_check_wanted(check, "one");
	return SEAL_REASON_LOG_NEEDED;
}

static enum seal_reason event_reason(struct seal_check *check, const struct walk *w,
				     enum seal_reason reason, const char *wanted)
{
	seal_check_seen(check, "event %u of PCR %u: ", w->e.number, w->e.pcr);
	seal_check_hex(check->seen, w->digest, 64);
	seal_check_wanted(check, "%s", wanted);
	return reason;
}

/* One PCR, in one walk: required events are also allowed, and must all be there. */
static enum seal_reason check_events(const struct seal_policy *policy, struct seal_bytes log,
				     unsigned int pcr, struct seal_check *check)
{
	const struct seal_policy_values *require = &policy->require[pcr];
	const struct seal_policy_values *allow = &policy->allow[pcr];
	uint8_t found[SEAL_POLICY_EVENTS] = { 0 };
	struct walk w;

	walk(&w, log, policy->pcrs.bank, 1u << pcr);
	while (next(&w)) {
		const struct seal_policy_value *value = seal_policy_find(require, w.digest);

		if (value)
			found[value - require->value] = 1;
		else if (allow->count && !seal_policy_find(allow, w.digest))
			return event_reason(check, &w, SEAL_REASON_EVENT_REFUSED,
					    "only events that allow-N or require-N list");
	}
	for (size_t i = 0; i < require->count; i++) {
		struct seal_bytes v = { require->value[i].data, require->value[i].len };

		/* Of one that is listed twice only one is found. */
		if (found[i] || found[seal_policy_find(require, v) - require->value])
			continue;
		seal_check_seen(check, "no such event in PCR %u", pcr);
		seal_check_hex(check->wanted, v, 64);
		return SEAL_REASON_EVENT_MISSING;
	}
	return OK;
}

enum seal_reason seal_boot_events(const struct seal_policy *policy, struct seal_bytes log,
				  uint32_t booted, struct seal_check *check)
{
	enum seal_reason reason = OK;
	unsigned int asked = 0;

	for (unsigned int pcr = 0; pcr < SEAL_PCR_COUNT && reason == OK; pcr++) {
		if (!policy->require[pcr].count && !policy->allow[pcr].count)
			continue;
		asked++;
		if (!(booted >> pcr & 1))
			return no_log(check, pcr);
		reason = check_events(policy, log, pcr, check);
	}
	if (!asked)
		return unasked(check);
	if (reason == OK)
		seal_check_seen(check, "as listed, in %u PCRs", asked);
	return reason;
}

enum word { NO_WORD, SEPARATOR, ERROR };

/* The three words that a separator may hold: zeros, ones, and 1 of firmware that failed. */
static enum word separator(uint16_t alg, struct seal_bytes digest)
{
	static const uint8_t words[][4] = {
		{ 0, 0, 0, 0 }, { 0xff, 0xff, 0xff, 0xff }, { 1, 0, 0, 0 },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (seal_event_data_hashed(alg, digest, (struct seal_bytes){ words[i], 4 }))
			return words[i][0] == 1 ? ERROR : SEPARATOR;
	return NO_WORD;
}

/* What firmware says of itself in PCR 7, with its end or without, of a boot that proves less. */
static const char *confession(uint16_t alg, struct seal_bytes digest)
{
	static const char *const actions[] = { "UEFI Debug Mode", "DMA Protection Disabled" };

	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		struct seal_bytes text = { (const uint8_t *)actions[i], strlen(actions[i]) };
		struct seal_bytes ended = { text.data, text.len + 1 };

		if (seal_event_data_hashed(alg, digest, text) ||
		    seal_event_data_hashed(alg, digest, ended))
			return actions[i];
	}
	return NULL;
}

/* UEFI_VARIABLE_DATA of SecureBoot, with its value as the last octet. */
static const uint8_t secure_boot_on[] =
	"\x61\xdf\xe4\x8b\xca\x93\xd2\x11\xaa\x0d\x00\xe0\x98\x03\x2b\x8c"
	"\x0a\0\0\0\0\0\0\0" "\1\0\0\0\0\0\0\0"
	"S\0e\0c\0u\0r\0e\0B\0o\0o\0t\0" "\1";

/* Which value does @digest say that SecureBoot has? -1: it is something else. */
static int secure_boot_value(uint16_t alg, struct seal_bytes digest)
{
	uint8_t off[sizeof(secure_boot_on) - 1], none[sizeof(secure_boot_on) - 2];

	memcpy(off, secure_boot_on, sizeof(off));
	off[sizeof(off) - 1] = 0;
	memcpy(none, secure_boot_on, sizeof(none));
	none[16 + 8] = 0;
	if (seal_event_data_hashed(alg, digest, (struct seal_bytes){ secure_boot_on,
								     sizeof(off) }))
		return 1;
	return seal_event_data_hashed(alg, digest, (struct seal_bytes){ off, sizeof(off) }) ||
	       seal_event_data_hashed(alg, digest, (struct seal_bytes){ none, sizeof(none) }) ?
	       0 : -1;
}

enum seal_reason seal_boot_secure(const struct seal_policy *policy, struct seal_bytes log,
				  uint32_t booted, struct seal_check *check)
{
	unsigned int on = 0, off = 0, separators = 0;
	struct walk w;

	if (!policy->secure_boot)
		return unasked(check);
	if (!(booted >> 7 & 1))
		return no_log(check, 7);
	walk(&w, log, policy->pcrs.bank, 1u << 7);
	while (next(&w)) {
		enum word word = separator(w.alg, w.digest);
		const char *said;
		int value;

		if (word == ERROR)
			return event_reason(check, &w, SEAL_REASON_SECURE_BOOT,
					    "a boot in which firmware reports no error");
		separators += word == SEPARATOR;
		if (separators)
			continue;
		if (!seal_event_type(w.e.type))
			return event_reason(check, &w, SEAL_REASON_EVENT_TYPE,
					    "events of known types in PCR 7");
		said = confession(w.alg, w.digest);
		if (said) {
			seal_check_seen(check, "event %u of PCR 7: %s", w.e.number, said);
			seal_check_wanted(check, "a boot without");
			return SEAL_REASON_SECURE_BOOT;
		}
		value = secure_boot_value(w.alg, w.digest);
		on += value == 1;
		off += value == 0;
	}
	seal_check_seen(check, "SecureBoot = 1 %u times, another value %u times, then %u "
			"separators", on, off, separators);
	seal_check_wanted(check, "1, 0 and 1");
	return on == 1 && !off && separators == 1 ? OK : SEAL_REASON_SECURE_BOOT;
}

/* @data without the zeros at its end. */
static struct seal_bytes unended(struct seal_bytes data)
{
	while (data.len && !data.data[data.len - 1])
		data.len--;
	return data;
}

/* GRUB writes "kernel_cmdline: " and such before what it hashes. */
static struct seal_bytes unnamed(struct seal_bytes data)
{
	const uint8_t *colon = seal_bytes_find(data, ": ");

	if (!colon)
		return (struct seal_bytes){ 0 };
	data.len -= colon + 2 - data.data;
	data.data = colon + 2;
	return unended(data);
}

/* The part of the event's data that its digest covers; empty when none is. */
static struct seal_bytes proven(const struct walk *w)
{
	struct seal_bytes ways[] = { w->e.data, unended(w->e.data), unnamed(w->e.data) };

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (ways[i].len && seal_event_data_hashed(w->alg, w->digest, ways[i]))
			return ways[i];
	return (struct seal_bytes){ 0 };
}

/*
 * GRUB's first word is a path or, of a disk, a list of blocks, in quotes where it has a
 * blank; blanks may be before a number, and no command of GRUB's begins like one of these.
 */
static bool begins_cmdline(struct seal_bytes text)
{
	static const uint8_t first[] = "/(\"+0123456789 \t\n\v\f\r";	/* or a zero */

	return seal_bytes_chr((struct seal_bytes){ first, sizeof(first) }, *text.data) ||
	       seal_bytes_start(text, BOOT_IMAGE);
}

/*
 * What the log calls an event does not matter: no digest covers that. systemd-stub hashes
 * UTF-16 with its end, so with zeros, and GRUB never does.
 */
static bool is_cmdline(const struct walk *w, struct seal_bytes text)
{
	return w->e.pcr == STUB_PCR || seal_bytes_chr(text, '\0') || begins_cmdline(text);
}

/* Drop @word, and the blank behind it, from the beginning of @text. */
static bool take(struct seal_bytes *text, const char *word)
{
	size_t len = strlen(word);

	if (!seal_bytes_start(*text, word) || (text->len > len && text->data[len] != ' '))
		return false;
	len += text->len > len;
	*text = (struct seal_bytes){ text->data + len, text->len - len };
	return true;
}

/* Drop the command, if it is one of @commands. GRUB's first word may run another one. */
static bool take_command(struct seal_bytes *text, const char *const *commands)
{
	while (take(text, "!") || take(text, "time"))
		;
	for (; *commands; commands++)
		if (take(text, *commands))
			return true;
	return false;
}

/*
 * Behind these a kernel may run whose line nobody measured: GRUB without its module tpm
 * measures nothing more, and what another loader or Xen is told is no kernel command line
 * to it. Modules have other names as files, so rmmod counts whatever it drops. After exit
 * the firmware starts what comes next in its list.
 */
static const char *const hiders[] = {
	"rmmod", "chainloader", "legacy_kernel", "multiboot", "multiboot2", "module2",
	"xen_module", "appleloader", "exit", "fwsetup", "freedos", "ntldr", "plan9",
	"pxechainloader", "truecrypt", "xen_hypervisor", NULL,
};

/* The same of another system's, whose commands are many and begin alike. */
static const char *const families[] = { "kfreebsd", "knetbsd", "kopenbsd", "xnu_" };

/* As menus of GRUB do at each boot: it comes back, or the machine starts anew. */
static bool asks_firmware(struct seal_bytes text)
{
	return take(&text, "fwsetup") && take(&text, "--is-supported") && !text.len;
}

/* Also a module by its file, not by a name that GRUB looks for among its own. */
static bool loads_other(struct seal_bytes text)
{
	if (asks_firmware(text))
		return false;
	if (take_command(&text, hiders))
		return true;
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (seal_bytes_start(text, families[i]))
			return true;
	return take(&text, "insmod") && text.len &&
	       (*text.data == '(' || *text.data == '+' || seal_bytes_chr(text, '/'));
}

static const char *const loaders[] = { "linux", "linux16", "linuxefi", NULL };

/*
 * Does a kernel start behind this command whose line is not to be found? On a server a
 * file may have any name, so its line may look like a command: GRUB measures each command
 * before it runs, and there the file is the word behind it. Its parameters are read from
 * the line alone, as a command is measured without the quotes around its words. A quote
 * here is of the name itself; the line has a backslash before it.
 */
static bool hides_cmdline(struct seal_bytes text)
{
	if (loads_other(text))
		return true;
	return take_command(&text, loaders) &&
	       (!text.len || *text.data == '"' || !begins_cmdline(text));
}

/* A parameter as the kernel cuts it from its line; one without = has no value. */
struct param {
	char *name, *value;
};

/* Cut it off before @end, and what quotes go: one at either end, where one begins it. */
static struct param cut_param(char *word, char *end)
{
	bool quoted = *word == '"';
	struct param p = { .name = word + quoted };
	char *equals;

	*end = '\0';
	equals = *p.name ? strchr(p.name + 1, '=') : NULL;
	if (equals) {
		*equals = '\0';
		p.value = equals + 1;
	}
	if (p.value && *p.value == '"') {
		p.value++;
		quoted = true;
	}
	if (quoted && end > p.name && end[-1] == '"')
		end[-1] = '\0';
	return p;
}

/* The next one: white space counts outside quotes only. */
static bool next_param(char **rest, struct param *p)
{
	bool quoted = false;
	char *word, *s = *rest;

	while (*s == ' ' || *s == '\t')
		s++;
	word = s;
	for (; *s && (quoted || (*s != ' ' && *s != '\t')); s++)
		quoted ^= *s == '"';
	*rest = *s ? s + 1 : s;
	if (s == word)
		return false;
	*p = cut_param(word, s);
	return true;
}

static enum seal_lockdown lockdown_level(const struct param *p)
{
	if (!p->value || strcmp(p->name, "lockdown"))
		return SEAL_LOCKDOWN_ANY;
	return !strcmp(p->value, "integrity") ? SEAL_LOCKDOWN_INTEGRITY :
	       !strcmp(p->value, "confidentiality") ? SEAL_LOCKDOWN_CONFIDENTIALITY :
	       SEAL_LOCKDOWN_ANY;
}

/* lsm= picks the security modules: does it pick the one that locks down? */
static bool picks_lockdown(struct param *p)
{
	char *name;

	if (!p->value || strcmp(p->name, "lsm"))
		return true;
	while ((name = strsep(&p->value, ",")))
		if (!strcmp(name, "lockdown"))
			return true;
	return false;
}

/* The kernel only ever raises it; behind "--" are init's words. */
static enum seal_lockdown lockdown_of(char *line)
{
	enum seal_lockdown found = SEAL_LOCKDOWN_ANY;
	struct param p;

	while (next_param(&line, &p) && (p.value || strcmp(p.name, "--"))) {
		enum seal_lockdown level = lockdown_level(&p);

		found = level > found ? level : found;
		if (!picks_lockdown(&p))
			return SEAL_LOCKDOWN_ANY;
	}
	return found;
}

static enum seal_reason command_reason(struct seal_check *check, struct seal_bytes text)
{
	char line[SEAL_CHECK_TEXT_MAX];

	seal_event_text(text, line, sizeof(line));
	seal_check_seen(check, "%s", line);
	seal_check_wanted(check, "no command behind which a kernel's line may hide");
	return SEAL_REASON_LOCKDOWN;
}

static enum seal_reason check_cmdlines(const struct seal_policy *policy, struct walk *w,
				       struct seal_check *check)
{
	char line[CMDLINE_MAX];
	unsigned int lines = 0;

	while (next(w)) {
		struct seal_bytes text;

		if (separator(w->alg, w->digest))
			continue;
		text = proven(w);
		if (!text.len)
			return event_reason(check, w, SEAL_REASON_EVENT_TYPE,
					    "data that is what was hashed");
		if (!is_cmdline(w, text)) {
			if (hides_cmdline(text))
				return command_reason(check, text);
			continue;
		}
		if (!seal_event_plain(text, sizeof(line)))
			return event_reason(check, w, SEAL_REASON_LOCKDOWN,
					    "a shorter line, of printable characters");
		seal_event_text(text, line, sizeof(line));
		seal_check_seen(check, "%s", line);
		lines++;
		if (lockdown_of(line) < policy->lockdown)
			return SEAL_REASON_LOCKDOWN;
	}
	if (!lines)
		seal_check_seen(check, "no kernel command line in PCR 8 or 12");
	return lines ? OK : SEAL_REASON_LOCKDOWN;
}

enum seal_reason seal_boot_lockdown(const struct seal_policy *policy, struct seal_bytes log,
				    uint32_t booted, uint32_t extended, struct seal_check *check)
{
	uint32_t unread = extended & policy->pcrs.mask & SEAL_PCR_CMDLINES & ~booted;
	struct walk w;

	if (!policy->lockdown)
		return unasked(check);
	if (unread)	/* what is in there may be the line that the kernel got */
		return no_log(check, unread >> GRUB_PCR & 1 ? GRUB_PCR : STUB_PCR);
	if (!walk(&w, log, policy->pcrs.bank, booted & SEAL_PCR_CMDLINES))
		return no_log(check, GRUB_PCR);
	seal_check_wanted(check, "lockdown=%s on each kernel command line",
			  policy->lockdown == SEAL_LOCKDOWN_INTEGRITY ?
			  "integrity or confidentiality" : "confidentiality");
	return check_cmdlines(policy, &w, check);
}
