#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# scripts/ynl-regen.sh [--check]: make the netlink tables and the UAPI header
# from Documentation/netlink/specs/seal.yaml with the kernel tree's generator.
# --check changes nothing and fails where a file differs from what would be
# made. The tree is $SEAL_LINUX, or the one the laboratory has unpacked; without
# one --check skips, loudly.

set -euo pipefail
# shellcheck source=scripts/lib/cache.sh
. "$(dirname "$0")/lib/cache.sh"

spec=Documentation/netlink/specs/seal.yaml
# mode:part:file
outputs="uapi:header:include/uapi/linux/seal_netlink.h
	kernel:header:kernel/netlink_gen.h
	kernel:source:kernel/netlink_gen.c"

check=
case "${1-}" in
--check) check=yes ;;
'') ;;
*) die "usage: $0 [--check]" ;;
esac

linux=${SEAL_LINUX:-}
[ -n "$linux" ] || linux=$(linux_dir 2>/dev/null) || linux=
generator=$linux/tools/net/ynl/ynl-gen-c.py
if [ ! -e "$generator" ]; then
	[ -n "$check" ] || die "no kernel source: run scripts/rootfs or set SEAL_LINUX"
	echo "SKIP: netlink drift not checked, no kernel source in '$linux'"
	exit 0
fi

# The generator takes the schema from beside the spec, the name of the spec
# from the place of a file MAINTAINERS above it.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/${spec%/*}"
touch "$work/MAINTAINERS"
cp "$top/$spec" "$work/$spec"
cp "$linux"/Documentation/netlink/*.yaml "$work/Documentation/netlink/"

status=0
for output in $outputs; do
	IFS=: read -r mode part file <<<"$output"
	mkdir -p "$work/${file%/*}"
	PYTHONDONTWRITEBYTECODE=1 python3 "$generator" --mode "$mode" \
		"--$part" --spec "$work/$spec" -o "$work/$file"
	if [ -z "$check" ]; then
		cmp -s "$work/$file" "$top/$file" || cp "$work/$file" "$top/$file"
	elif ! diff -u "$top/$file" "$work/$file"; then
		say "$file differs from what $spec gives: run scripts/ynl-regen.sh"
		status=1
	fi
done
exit $status
