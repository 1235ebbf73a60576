/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the module is told once, not for each socket: who may ask for a
 * handshake, and what becomes of its sockets without us.
 */
#ifndef SEALD_GATE_H
#define SEALD_GATE_H

#include <stdbool.h>

#include "config.h"
#include "genl_seal.h"

/**
 * gate_open - connect to the module and tell it what the configuration says
 * @seal_ret: NULL where there is no module and no policy requires one
 *
 * False, with a line in the log, when seald must not start. A mistake in the rules
 * is none of these causes, see gate_rules_again().
 */
bool gate_open(struct genl_seal **seal_ret, const struct config *config);

/**
 * gate_again - a module that was loaded, or loaded anew, since we looked is told the same
 * @seal: may become NULL: there is none now
 *
 * False, with a line in the log, when it does not take what becomes of its sockets
 * without us: then none may be attested, and *@seal is NULL.
 */
bool gate_again(struct genl_seal **seal, const struct config *config);

/**
 * gate_rules - the rules of the file, from now on
 * @seal: NULL: nothing to do
 *
 * False, with a line in the log that names the line of the file; then the rules
 * from before still hold.
 */
bool gate_rules(struct genl_seal *seal, const struct config *config);

/**
 * gate_rules_again - rules that could not be had when we looked last
 *
 * At boot a service has no cgroup yet and a directory in the network no users: what
 * was a mistake may be none now. Says nothing of one that still is.
 */
void gate_rules_again(struct genl_seal *seal, const struct config *config);

#endif /* SEALD_GATE_H */
