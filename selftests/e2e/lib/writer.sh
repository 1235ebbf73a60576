#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# writer.sh SOURCE TARGET PROGRESS [WORD...]: append SOURCE's blocks of 64 KiB to
# TARGET, each with fsync, over and over until the file PROGRESS.stop is there.
# Counts in PROGRESS; any error ends it with status 1. WORDs are for dd.

set -euo pipefail
source=$1 target=$2 progress=$3
shift 3
blocks=$(($(stat -c %s "$source") / 65536))

for ((n = 0; ; n++)); do
	dd if="$source" of="$target" bs=64k count=1 skip=$((n % blocks)) \
		seek="$n" conv=notrunc,fsync status=none "$@"
	echo $((n + 1)) >"$progress"
	[ ! -e "$progress.stop" ] || exit 0
done
