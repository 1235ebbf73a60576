# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154	# quickstart.test says where all is
#
# For who types systemctl where no systemd is, on one of the hosts: what of it matters there.
# Both have one kernel, and what is said of seald on one is meant for both.

# shellcheck source=selftests/e2e/lib/all.sh
. "$e2e/lib/all.sh"
set -e
echo "systemctl $*" >>"$state/systemctl"
case $* in
"stop seald" | "disable --now seald")
	seald_down host-a
	seald_down host-b
	;;
# As the unit does: the module first
"start seald")
	module_up 3>/dev/null
	seald_up host-a
	seald_up host-b
	;;
"stop nfs-server") rpc.nfsd 0 ;;
"start nfs-server") rpc.nfsd -N 3 -V 4.2 2 ;;
esac
