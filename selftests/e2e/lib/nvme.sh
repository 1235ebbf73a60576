# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154	# the files of lib/ share variables
#
# An NVMe/TCP target on host-a and its host on host-b, over a pre-shared key.
#
# The NVMe host connects again from a worker of the kernel, which is in the
# network namespace of the machine. So host-b has that one here, with a link of
# its own to host-a, and all else as always.

hostnqn=nqn.2014-08.org.nvmexpress:uuid:6e3a4d2c-77f1-4c0e-9d53-2b4c8f0a1b77
subsystem=nqn.2026-11.test.seal:disk
nvmet=/sys/kernel/config/nvmet

# of_machine COMMAND...: on host-b, in the network namespace of the machine
of_machine() {
	nsenter --target "$(<"$state/host-b.pid")" --mount --uts --wd="$PWD" -- "$@"
}

nvme_link_up() {
	ip link add seal-m type veth peer name seal-t netns "$(<"$state/host-a.pid")"
	ip addr add 10.78.0.2/24 dev seal-m
	ip link set seal-m up
	ip link set lo up
	on host-a ip addr add 10.78.0.1/24 dev seal-t
	on host-a ip link set seal-t up
	soon 5 ping -q -c1 -W1 10.78.0.1 >/dev/null
}

# The retained key of both, in the keyring that both ends of NVMe look at.
nvme_key() {
	modprobe -a nvme_keyring brd nvmet-tcp nvme-tcp
	nvme gen-tls-key --hostnqn $hostnqn --subsysnqn $subsystem \
		--identity 1 --hmac 1 --keyring .nvme --insert
	# With the digest at its end, as it goes over the wire.
	awk '/ psk / { print; sub(/.* NVMe1R01/, "NVMe1R01"); sub(/: [0-9]+$/, ""); n = $0 }
		END { print n >"/dev/fd/3" }' /proc/keys 3>"$state/psk"
	[ -s "$state/psk" ] || die "no key in .nvme"
	say "$(cut -c1-60 "$state/psk").."
}

# configfs hands the target the network namespace of who makes the link.
target_up() {
	local sub=$nvmet/subsystems/$subsystem port=$nvmet/ports/1

	mountpoint -q /sys/kernel/config || mount -t configfs configfs /sys/kernel/config
	mkdir "$sub" "$sub/namespaces/1" "$nvmet/hosts/$hostnqn" "$port"
	ln -s "$nvmet/hosts/$hostnqn" "$sub/allowed_hosts/"
	echo /dev/ram0 >"$sub/namespaces/1/device_path"
	echo 1 >"$sub/namespaces/1/enable"
	echo tcp >"$port/addr_trtype"
	echo ipv4 >"$port/addr_adrfam"
	echo 10.78.0.1 >"$port/addr_traddr"
	echo 4420 >"$port/addr_trsvcid"
	echo tls1.3 >"$port/addr_tsas"
	echo required >"$port/addr_treq"
	on host-a ln -s "$sub" "$port/subsystems/"
}

target_down() {
	local sub=$nvmet/subsystems/$subsystem port=$nvmet/ports/1

	[ -d "$port" ] || return 0
	rm -f "$port/subsystems/$subsystem" "$sub/allowed_hosts/$hostnqn"
	rmdir "$port" "$sub/namespaces/1" "$sub" "$nvmet/hosts/$hostnqn"
}

nvme_connect() {
	of_machine timeout 60 nvme connect --transport tcp --traddr 10.78.0.1 --trsvcid 4420 \
		--nqn $subsystem --hostnqn $hostnqn --tls --nr-io-queues 1 \
		--reconnect-delay 1 --ctrl-loss-tmo 300 --keep-alive-tmo 5
}

nvme_disconnect() {
	of_machine nvme disconnect --nqn $subsystem 2>/dev/null || true
}

# nvme_device: the block device of the namespace
nvme_device() {
	local dir

	for dir in /sys/class/nvme-subsystem/*/nvme*n1 /sys/class/nvme/nvme*/nvme*n1; do
		[ -b "/dev/${dir##*/}" ] || continue
		echo "/dev/${dir##*/}"
		return
	done
	return 1
}

# nvme_state: live, connecting ...
nvme_state() {
	cat /sys/class/nvme/nvme*/state 2>/dev/null || echo none
}
