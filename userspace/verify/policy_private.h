/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files that read policies share. */
#ifndef SEAL_VERIFY_POLICY_PRIVATE_H
#define SEAL_VERIFY_POLICY_PRIVATE_H

#include "verify/policy.h"

struct seal_parser {
	struct seal_policy_set *set;	/* of this text only */
	const struct seal_policy_set *before;
	struct seal_policy_error *error;
	unsigned int line;
	unsigned int section_line;
	uint64_t seen;			/* keys of this section */
	uint32_t seen_pcr;
};

void seal_parse_say(struct seal_parser *p, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Say why, and where. */
#define fail(p, ...) (seal_parse_say(p, __VA_ARGS__), false)

/* @s without white space around it. */
char *seal_parse_trim(char *s);
/* The section that is read. */
struct seal_policy *seal_parse_current(struct seal_parser *p);
/* Call @one for each word of a comma-separated list; none may be empty. */
bool seal_parse_each(struct seal_parser *p, char *list,
		     bool (*one)(struct seal_parser *p, char *word));
/* A decimal number without sign or leading zero, at most @max. */
bool seal_parse_number(const char *s, unsigned long max, unsigned long *ret);

struct seal_word {
	const char *name;
	int value;
};

/* Which of the words; @words ends with a row without a name. */
bool seal_parse_choose(struct seal_parser *p, const char *value,
		       const struct seal_word *words, int *ret);
/* A number and s, m, h or d, as seconds; @what begins the complaint. */
bool seal_parse_time(struct seal_parser *p, const char *what, char *value, uint32_t *ret);
/* One more value in hex; @values holds at most @max. */
bool seal_parse_value(struct seal_parser *p, struct seal_policy_values *values,
		      const char *word, size_t max);
/* The same of a PCR, or of what one is extended by: 0x may stand before it. */
bool seal_parse_pcr_value(struct seal_parser *p, struct seal_policy_values *values,
			  const char *word, size_t max);

/* Keys that speak of logs, policy_logs.c */
bool seal_key_require(struct seal_parser *p, const char *pcr, char *value);
bool seal_key_allow(struct seal_parser *p, const char *pcr, char *value);
bool seal_key_secure_boot(struct seal_parser *p, char *value);
bool seal_key_lockdown(struct seal_parser *p, char *value);
bool seal_key_reset_count(struct seal_parser *p, char *value);
bool seal_key_restart_count(struct seal_parser *p, char *value);
bool seal_key_age(struct seal_parser *p, char *value);
bool seal_key_ima_digest(struct seal_parser *p, char *value);
bool seal_key_ima_list(struct seal_parser *p, char *value);
bool seal_key_ima_key(struct seal_parser *p, char *value);
bool seal_key_ima_violation(struct seal_parser *p, char *value);
/* Do these keys of a whole section fit together? Sorts their lists. */
bool seal_check_log_keys(struct seal_parser *p, struct seal_policy *policy);
/* Keys that speak of modes and other verifiers, policy_modes.c */
bool seal_key_profile(struct seal_parser *p, char *value);
bool seal_key_modes(struct seal_parser *p, char *value);
bool seal_key_verifier(struct seal_parser *p, char *value);
/* Do these keys of a whole section fit together? */
bool seal_check_mode_keys(struct seal_parser *p, const struct seal_policy *policy);
/* May a policy, and a file beside it, have this name? */
bool seal_parse_name_legal(const char *name);
/* One KEY = VALUE of the current section. */
bool seal_parse_key(struct seal_parser *p, const char *name, char *value);

#endif /* SEAL_VERIFY_POLICY_PRIVATE_H */
