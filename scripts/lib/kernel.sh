# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154	# for those who source this, after cache.sh
#
# The kernels by name: stock and next are Debian's in the tree, the others our own.

# find_kernel stock|next|debug|kcsan|uml: sets release; kbuild, the arguments with
# which the tree's make builds modules for it; and modules, where it has its own. Ours
# are built if need be, in own_kernel.
find_kernel() {
	case $1 in
	stock|next)
		own_kernel=
		release=$(cat "$(rootfs_dir)/etc/seal/kernel-$1")
		modules=$(rootfs_dir)
		kbuild=(-C "/lib/modules/$release/build")
		;;
	debug|kcsan|uml)
		own_kernel=$("$top/scripts/kernel-debug" "$1") || return
		release=$(cat "$own_kernel/include/config/kernel.release")
		modules=$own_kernel/modules
		kbuild=(-C "$own_kernel")
		[ "$1" != uml ] || kbuild+=(ARCH=um)
		;;
	*)
		say "no such kernel: $1"
		return 2
		;;
	esac
}
