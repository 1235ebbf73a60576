/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the monitor itself reads of the configuration directory: the section
 * [seald] of seald.conf. [identity], [tpm] and [verifier] are the attester's,
 * policy.d the verifier's.
 */
#ifndef SEALD_CONFIG_H
#define SEALD_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#define CONFIG_PATH_MAX	1024

/**
 * struct config - settings
 * @dir: the configuration directory, absolute
 * @state: state directory, "/run/seal" if not set
 * @close_on_death: the sockets we attached are closed when we end, however we do
 */
struct config {
	char dir[CONFIG_PATH_MAX];
	char state[CONFIG_PATH_MAX];
	bool close_on_death;
};

/**
 * config_load - read @dir/seald.conf
 * @why: a sentence with file and line on failure
 *
 * A missing file means defaults. False for anything in [seald] that is not known,
 * twice or too long, and for unknown sections.
 */
bool config_load(struct config *config, const char *dir, char *why, size_t why_size);

/**
 * config_requires - does a policy say "mode = require"?
 *
 * A cheap look over policy.d, used only to decide whether to start without the
 * kernel module; it errs towards true, as for a file it cannot read.
 */
bool config_requires(const struct config *config);

#endif /* SEALD_CONFIG_H */
