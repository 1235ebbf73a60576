// SPDX-License-Identifier: GPL-2.0-or-later

#include "gate.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "rules/rules.h"

static bool may_go_without(const struct config *config)
{
	if (config_requires(config)) {
		seald_log(LOG_ERR, "the seal module is not loaded and a policy "
			  "requires attestation hint=\"modprobe seal\"");
		return false;
	}
	seald_log(LOG_WARNING, "the seal module is not loaded: no connection "
		  "can be attested hint=\"modprobe seal\"");
	return true;
}

static bool gate_on_death(struct genl_seal *seal, const struct config *config)
{
	int err = genl_seal_register(seal, config->close_on_death);

	if (err)
		seald_log(LOG_ERR, "on-death: %s", strerror(-err));
	return !err;
}

/* The rules of the file could not be had when we looked last. */
static bool rules_wait;

static bool rules_tell(struct genl_seal *seal, const char *path, const struct rules *rules,
		       bool silent)
{
	int err = genl_seal_rules(seal, rules);

	if (err && silent)
		return false;
	if (err)
		seald_log(LOG_ERR, "%s: the kernel does not take them: %s "
			  "hint=\"module and programs must be of one version\"", path,
			  strerror(-err));
	else
		seald_log(LOG_NOTICE, "%s: %zu rule%s", path, rules->count,
			  rules->count == 1 ? "" : "s");
	return !err;
}

static void rules_bad(const char *path, const struct rules_error *error)
{
	char line[16] = "";

	if (error->line)
		snprintf(line, sizeof(line), ":%u", error->line);
	seald_log(LOG_ERR, "%s%s: %s hint=\"sealctl rules check; until they can be read "
		  "those from before hold, or none\"", path, line, error->text);
}

/* Silent, if so wanted, of what is wrong with the file. */
static bool rules_from_file(struct genl_seal *seal, const struct config *config, bool silent)
{
	char path[CONFIG_PATH_MAX + 16];
	struct rules_error error;
	static struct rules rules;

	snprintf(path, sizeof(path), "%s/rules", config->dir);
	if (rules_load(&rules, path, true, &error)) {
		rules_wait = !rules_tell(seal, path, &rules, silent);
	} else {
		rules_wait = true;
		if (!silent)
			rules_bad(path, &error);
	}
	return !rules_wait;
}

bool gate_rules(struct genl_seal *seal, const struct config *config)
{
	return !seal || rules_from_file(seal, config, false);
}

void gate_rules_again(struct genl_seal *seal, const struct config *config)
{
	if (seal && rules_wait)
		rules_from_file(seal, config, true);
}

bool gate_open(struct genl_seal **seal_ret, const struct config *config)
{
	*seal_ret = genl_seal_open();
	if (!*seal_ret)
		return may_go_without(config);
	if (!gate_on_death(*seal_ret, config))
		return false;
	/* Without rules nobody may ask, which is no reason to leave NFS without handshakes. */
	gate_rules(*seal_ret, config);
	return true;
}

bool gate_again(struct genl_seal **seal, const struct config *config)
{
	/* To close the channel of a module that is there would be our death to it. */
	if (*seal && genl_seal_register(*seal, config->close_on_death) != -ENOENT)
		return true;
	genl_seal_close(*seal);
	*seal = genl_seal_open();
	if (!*seal)
		return true;
	seald_log(LOG_NOTICE, "the seal module was loaded");
	/* Without rules nobody may ask. */
	gate_rules(*seal, config);
	if (gate_on_death(*seal, config))
		return true;
	genl_seal_close(*seal);
	*seal = NULL;
	return false;
}
