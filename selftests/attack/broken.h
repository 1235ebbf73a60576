/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs with a defence taken out, to see that its attack then works: the
 * very objects of the real ones, with the linker's --wrap between some of them
 * (module.mk). Which defences are gone is in the name of the directory that
 * the program was started from: "without-exporter+hello".
 */
#ifndef SEAL_ATTACK_BROKEN_H
#define SEAL_ATTACK_BROKEN_H

#include <stdbool.h>

/* The key of tickets where those are not refused. */
#define BROKEN_TICKET_KEY { 7, 7, 7 }

/* Is this defence gone from the programs of the directory @path? */
bool without_in(const char *path, const char *defence);
/* And from this program? */
bool without(const char *defence);

#endif /* SEAL_ATTACK_BROKEN_H */
