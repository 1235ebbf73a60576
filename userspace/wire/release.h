/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all programs are a part of. scripts/install reads it here. */
#ifndef SEAL_WIRE_RELEASE_H
#define SEAL_WIRE_RELEASE_H

#define SEAL_RELEASE	"1.0"

#endif /* SEAL_WIRE_RELEASE_H */
