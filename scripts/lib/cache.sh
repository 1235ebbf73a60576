# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034	# used by those who source this
#
# Where the laboratory keeps what it makes. Everything is keyed by what it is
# made of, is built under a temporary name and renamed when complete: what has
# its final name is whole.

top=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
cache=${SEAL_CACHE:-$HOME/.cache/seal}
corpus=$(realpath -m "${SEAL_CORPUS:-$top/../shared/corpus}")
started=$EPOCHSECONDS

say() {
	printf '[%4ds] %s: %s\n' "$((EPOCHSECONDS - started))" "${0##*/}" "$*" >&2
}

die() {
	say "$*"
	exit 1
}

# key FILE...: a short name for the contents of these files
key() {
	cat -- "$@" | sha256sum | cut -c1-12
}

rootfs_dir() {
	echo "$cache/rootfs-$(key "$top/scripts/rootfs.packages" "$top/scripts/rootfs")"
}

# The source tree is named by the package version, which the tree records.
linux_dir() {
	echo "$cache/linux-$(cat "$(rootfs_dir)/etc/seal/linux-version")"
}

# lock NAME: one builder of NAME at a time, until unlock or the shell's end
lock() {
	mkdir -p "$cache"
	exec {lock_fd}>"$cache/.$1.lock"
	flock -n "$lock_fd" && return
	say "waiting for another process that makes $1"
	flock "$lock_fd"
}

unlock() {
	exec {lock_fd}>&-
}
