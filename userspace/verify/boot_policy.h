/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What policy says of a boot log that leads to quoted PCRs. Digests in their
 * order are all that a quote proves: the type of an event is covered by none,
 * and its data only where it hashes to the digest.
 */
#ifndef SEAL_VERIFY_BOOT_POLICY_H
#define SEAL_VERIFY_BOOT_POLICY_H

#include "verify/values.h"

/*
 * Each fills @check and gives the reason to refuse, or SEAL_REASON_ACCEPTED;
 * also when the policy does not ask, and then says so. @booted has a bit for
 * each PCR that @log leads to.
 */
enum seal_reason seal_boot_events(const struct seal_policy *policy, struct seal_bytes log,
				  uint32_t booted, struct seal_check *check);
/*
 * Secure boot was on: before the one separator of PCR 7 stands the digest of
 * the variable SecureBoot with the value 1, once, and none of another value.
 */
enum seal_reason seal_boot_secure(const struct seal_policy *policy, struct seal_bytes log,
				  uint32_t booted, struct seal_check *check);
/*
 * Each kernel command line in PCR 8 (GRUB) and 12 (systemd-stub) says lockdown= and no
 * lsm= without it; there is one such line, no command that could hide another, and nothing
 * else in these PCRs is unexplained.
 */
enum seal_reason seal_boot_lockdown(const struct seal_policy *policy, struct seal_bytes log,
				    uint32_t booted, uint32_t extended, struct seal_check *check);

#endif /* SEAL_VERIFY_BOOT_POLICY_H */
