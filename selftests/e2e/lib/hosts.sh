# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154	# the files of lib/ share variables
#
# Two hosts in one kernel:
#
#	host-a (server)  10.77.0.1 ---- veth ---- 10.77.0.2  host-b (client)
#
# A host is a network, mount and UTS namespace kept alive by one process. Each
# has its own /run, /var/lib/nfs, /etc/seal, /etc/hosts, /etc/exports and
# tlshd.conf, so every program runs with its default paths. All that is started
# is remembered by process id and ended by it.

domain=seal.test

address() {
	case $1 in
	host-a) echo 10.77.0.1 ;;
	host-b) echo 10.77.0.2 ;;
	esac
}

# on HOST COMMAND...: run there, in the foreground
on() {
	local host=$1
	shift

	nsenter --target "$(<"$state/$host.pid")" --mount --net --uts \
		--wd="$PWD" -- "$@"
}

# start HOST NAME COMMAND...: run there, in the background, logged
start() {
	local host=$1 name=$2
	shift 2

	nsenter --target "$(<"$state/$host.pid")" --mount --net --uts \
		--wd="$PWD" -- "$@" >>"$logs/$host.$name.log" 2>&1 3>&- </dev/null &
	echo $! >"$state/$host.$name.pid"
}

# Neither gone nor a zombie; the name before its state may have anything in it.
running() {
	local pid stat

	{
		read -r pid <"$state/$1.$2.pid" && read -r stat <"/proc/$pid/stat"
	} 2>/dev/null && [[ ${stat##*) } != Z* ]]
}

gone() {
	! running "$1" "$2"
}

# stop HOST NAME [SIGNAL]: end what start began, and wait for its end
stop() {
	local file=$state/$1.$2.pid

	[ -f "$file" ] || return 0
	kill "-${3:-TERM}" "$(<"$file")" 2>/dev/null || true
	soon 5 gone "$1" "$2" || kill -KILL "$(<"$file")" 2>/dev/null || true
	rm -f "$file"
}

# Runs inside the new namespaces of a host.
host_setup() {
	local host=$1 dir=$state/$1.etc

	mount --make-rprivate /
	mount -t tmpfs tmpfs /run
	mount -t tmpfs tmpfs /var/lib/nfs
	mkdir -p /run/rpc_pipefs /var/lib/nfs/rpc_pipefs /var/lib/nfs/nfsdcld \
		/run/lock
	touch /var/lib/nfs/etab /var/lib/nfs/rmtab
	mount -t rpc_pipefs rpc_pipefs /var/lib/nfs/rpc_pipefs
	mount -t rpc_pipefs rpc_pipefs /run/rpc_pipefs
	mount -t nfsd nfsd /proc/fs/nfsd
	mount --bind "$dir/hosts" /etc/hosts
	mount --bind "$dir/exports" /etc/exports
	mount --bind "$dir/tlshd.conf" /etc/tlshd.conf
	mount --bind "$dir/seal" /etc/seal
	hostname "$host.$domain"
	touch "$state/$host.ready"
	exec sleep infinity
}

host_up() {
	local host=$1 dir=$state/$1.etc

	mkdir -p "$dir/seal" /etc/seal
	touch "$dir/exports" "$dir/tlshd.conf"
	touch /etc/exports /etc/tlshd.conf
	{
		echo "127.0.0.1 localhost"
		echo "$(address host-a) host-a.$domain host-a"
		echo "$(address host-b) host-b.$domain host-b"
	} >"$dir/hosts"

	# shellcheck disable=SC2016	# for the inner shell
	unshare --net --mount --uts --propagation private bash -ec '
		. "$1/lib/hosts.sh"; state=$2; host_setup "$3"' - \
		"$e2e" "$state" "$host" >>"$logs/$host.setup.log" 2>&1 3>&- </dev/null &
	echo $! >"$state/$host.pid"
	soon 60 test -e "$state/$host.ready" || {
		cat "$logs/$host.setup.log"
		die "$host did not come up"
	}
}

hosts_up() {
	modprobe -a veth nfsd nfs sunrpc tls
	host_up host-a
	host_up host-b
	ip link add seal-a netns "$(<"$state/host-a.pid")" type veth \
		peer name seal-b netns "$(<"$state/host-b.pid")"
	on host-a ip addr add 10.77.0.1/24 dev seal-a
	on host-b ip addr add 10.77.0.2/24 dev seal-b
	on host-a ip link set lo up
	on host-b ip link set lo up
	on host-a ip link set seal-a up
	on host-b ip link set seal-b up
	soon 5 on host-b ping -q -c1 -W1 host-a >/dev/null
}

# Everything by its process id, the namespaces last.
hosts_down() {
	local file pid

	[ -d "$state" ] || return 0
	if [ -f "$state/host-b.pid" ]; then
		on host-b umount -f -l /mnt 2>/dev/null || true
	fi
	if [ -f "$state/host-a.pid" ]; then
		on host-a sh -c 'echo 0 >/proc/fs/nfsd/threads' 2>/dev/null || true
	fi
	for file in "$state"/host-?.*.pid "$state"/host-?.pid "$state"/*.tpm.pid; do
		[ -f "$file" ] || continue
		pid=$(<"$file")
		kill "$pid" 2>/dev/null || true
		rm -f "$file"
	done
}

# The guest's root has no file versions, so that the IMA of scripts/vm hashes
# every file again each time it is opened: seconds for each program. What is
# loaded into the kernel goes on being measured. A policy can be given once.
quiet_ima() {
	echo "measure func=MODULE_CHECK" \
		2>/dev/null >/sys/kernel/security/ima/policy || true
}

# workspace NAME: directories of one run, and their end
workspace() {
	quiet_ima 2>/dev/null
	logs=${SEAL_LOGS:-$top/build/logs}/$1
	mkdir -p "$logs" 2>/dev/null && [ -w "$logs" ] || logs=$(mktemp -d)
	rm -f "$logs"/*
	state=$(mktemp -d /tmp/seal-e2e.XXXXXX)
	# A copy: nobody rebuilds it while we run, and it loads faster.
	programs=$state/bin
	mkdir "$programs"
	find "$top/build/user" -maxdepth 1 -type f -executable \
		-exec cp -t "$programs" {} +
	trap 'hosts_down; module_down; rm -rf "$state"' EXIT
	trap 'exit 130' INT TERM
}

# counter HOST FILE NAME: one number of /proc/net/FILE there, 0 if absent
counter() {
	# shellcheck disable=SC2016	# for awk
	on "$1" awk -v name="$3" '$1 == name { n = $2 } END { print n + 0 }' \
		"/proc/net/$2"
}
