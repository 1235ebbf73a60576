# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154	# scripts/vm sets variables and reads others
#
# The machine is a program of this one: User Mode Linux. It sees directories by their
# paths (hostfs); what its command says goes into files.

# shellcheck disable=SC2054	# the commas are its own

boot_modules=()
places=()

machine_kernel() {
	image=$own_kernel/linux
	[ -z "$icount" ] || die "instructions are counted on emulated processors"
	[ "$tpms" = 0 ] || die "this kernel has no TPM"
}

machine_shows() {
	places+=("seal.$1=/mnt$2")
}

# Where the file is that is its memory, of 2 GiB at most: a container's /dev/shm may be
# too small for that, then it is on disk.
memory_dir() {
	local free

	free=$(df --output=avail -k /dev/shm 2>/dev/null | tail -n 1)
	[ "${free:-0}" -gt $((2 << 20)) ] && echo /dev/shm || echo "$work"
}

# It needs the tree's C library, and this machine's directories, which the tree has
# under /mnt for it alone.
machine_run() {
	local uml readers pid ended=0

	machine_shows work "$work"
	# shellcheck disable=SC2016	# for the inner shell
	uml=(unshare -m --propagation private sh -euc '
		mount --rbind / "$0/mnt"
		mount --rbind /proc "$0/proc"
		dir=$1
		shift
		exec chroot "$0" env "TMPDIR=/mnt$dir" "$@"' "$tree" "$(memory_dir)"
		"/mnt$image" mem=2G ncpus=2 seccomp=on "uml_dir=/mnt$work/" umid=uml
		"initrd=/mnt$initrd" loglevel=8 oops=panic
		rcupdate.rcu_cpu_stall_timeout=60 watchdog_thresh=60
		con=null con0=null,fd:1 stderr=1 console=stderr0 console=tty0 "${places[@]}")
	if [ -z "$has_command" ]; then
		"${limited[@]}" "${uml[@]}" con1=fd:0,fd:3 3>&1 >>"$console" 2>&1
		return
	fi
	: >"$work/out"
	: >"$work/err"
	# It makes a session of its own, which the scheduler of a desktop takes for a group
	# whose share has nothing to do with its priority. A leader of processes cannot.
	"${limited[@]}" perl -e 'setpgrp; exec @ARGV' "${uml[@]}" \
		</dev/null >>"$console" 2>&1 &
	pid=$!
	pids+=("$pid")
	watch "$pid"
	tail -f -s 0.1 -c +0 --pid="$pid" "$work/out" &
	readers=$!
	tail -f -s 0.1 -c +0 --pid="$pid" "$work/err" >&2 &
	readers+=" $!"
	wait "$pid" || ended=$?
	# shellcheck disable=SC2086	# a list of numbers
	wait $readers
	return $ended
}
