/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A verifier beside the hosts of selftests/seald/hosts: its rules in
 * $SEALD_HOSTS/v, its key in v/key.pem. Hosts know it as "office".
 */
#ifndef SEALD_OFFICE_H
#define SEALD_OFFICE_H

#include <stdbool.h>

/* A nonce that all requests here answer. */
#define OFFICE_NONCE	"00112233445566778899"

/* A command in $SEALD_HOSTS, with $s for sealctl; its exit status. */
int office_sh(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Did the last of them say so? An extended regular expression. */
bool office_said(const char *pattern);
/* Make it, and let a and b know its public key. */
void office_open(void);
/* What it holds host @of to; @more lines of its policy. */
void office_policy(const char *of, const char *more);
/* A result on @host, $SEALD_HOSTS/HOST.cwt; exit status of sealctl. */
int office_issue(const char *host, const char *more);
/* Put the result on @from where @host looks for its own. */
void office_install(const char *from, const char *host);

/*
 * Answer for connections at $SEALD_HOSTS/HOST.verifier: run COMMAND of the shell
 * for each, with $s and the connection as standard input and output; NULL: judge
 * by the policy. Ends with the next call, or with office_shut().
 */
void office_answer(const char *host, const char *command);
void office_shut(void);

#endif /* SEALD_OFFICE_H */
