/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A TPM of one's own: swtpm on a socket in a new directory. */
#ifndef SEAL_UNIT_SWTPM_H
#define SEAL_UNIT_SWTPM_H

#include <stdbool.h>
#include <sys/types.h>

struct swtpm {
	char dir[64];
	char tcti[128];
	pid_t pid;
};

/*
 * A directory with a CA that issues EK certificates: DIR/roots.pem. Removed by
 * swtpm_cleanup() at exit, as all that is made here.
 */
const char *swtpm_ca(void);
/* Start a TPM, with an RSA EK that the CA certified or without any certificate. */
void swtpm_start(struct swtpm *tpm, bool certified);
void swtpm_stop(struct swtpm *tpm);
/* A new empty directory below one that goes away at exit. */
void swtpm_dir(char *out, size_t size, const char *name);
/* A program of the build, "sealctl". */
const char *built(const char *name);
/* system(3) of a printf(3) text; true when the command ended with 0. */
bool sh(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif /* SEAL_UNIT_SWTPM_H */
