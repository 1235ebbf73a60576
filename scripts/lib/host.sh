# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154	# cache.sh is sourced before
#
# What the laboratory needs of the machine itself: to make a tree and to boot it.

# command:package
host_tools="mmdebstrap:mmdebstrap busybox:busybox-static cpio:cpio
	swtpm:swtpm swtpm_setup:swtpm-tools xz:xz-utils patch:patch unshare:util-linux setpriv:util-linux flock:util-linux"

install_host_tools() {
	local pair missing=()

	for pair in $host_tools; do
		command -v "${pair%:*}" >/dev/null || missing+=("${pair#*:}")
	done
	[ ${#missing[@]} -gt 0 ] || return 0

	lock host
	say "installing ${missing[*]}"
	export DEBIAN_FRONTEND=noninteractive
	apt-get -qq update >&2
	apt-get -qq install --no-install-recommends "${missing[@]}" \
		>"$cache/host-packages.log" 2>&1 </dev/null ||
		die "apt-get failed, see $cache/host-packages.log"
	unlock
}
