/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Policies of exchange_fuzz, and what an honest peer of each has to show. */
#ifndef SEAL_FUZZ_KINDS_H
#define SEAL_FUZZ_KINDS_H

#include "../unit/lib/scene.h"
#include "verify/rules.h"
#include "wire/log.h"

#define KIND_COUNT	20u

/* The keys in which it is not like the one of all scenes. */
extern const char *const kinds[KIND_COUNT];

/* Its rules where we are @side: the policy, and whom it trusts. */
void kind_rules(size_t kind, enum seal_side side, struct seal_rules *rules);
/*
 * The machine, before it lies and proves itself: keys, PCRs, and once the request is
 * decoded the record that it asks for.
 */
void kind_machine(const struct seal_rules *rules, struct scene *s);
/* Its logs, which lead to those PCRs. */
struct seal_bytes kind_log(enum seal_log log);

#endif /* SEAL_FUZZ_KINDS_H */
