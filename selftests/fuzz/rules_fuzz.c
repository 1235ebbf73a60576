// SPDX-License-Identifier: GPL-2.0-or-later
/* Who may ask for a handshake: rules, which are the same when written and read again. */
#include "fuzz.h"
#include "rules/rules.h"

static bool id_of(const char *name, uint32_t *id_ret)
{
	*id_ret = (uint8_t)*name;
	return strlen(name) < 5;
}

static bool cgroup_of(const char *path, uint64_t *id_ret)
{
	*id_ret = (uint8_t)*path;
	return true;
}

static const struct rules_names names = { id_of, id_of, cgroup_of };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rules rules, again;
	struct rules_error error;
	char line[RULE_TEXT_MAX];

	if (!rules_parse(&rules, (const char *)data, size, &names, &error)) {
		must(error.text[0]);
		return 0;
	}
	for (size_t i = 0; i < rules.count; i++) {
		rule_format(&rules.rule[i], line);
		/* By its path in a file, by its number to be seen. */
		if (rules.rule[i].has & RULE_CGROUP)
			continue;
		must(rules_parse(&again, line, strlen(line), &names, &error) &&
		     again.count == 1 &&
		     !memcmp(&again.rule[0], &rules.rule[i], sizeof(rules.rule[i])));
	}
	return 0;
}
