# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154	# the files of lib/ share variables
#
# An NVMe/TCP target on host-a and its host on host-b, over a pre-shared key, as
# Documentation/nvme.rst has it.
#
# The NVMe host connects again from a worker of the kernel, which is in the
# network namespace of the machine. So host-b has that one here, with a link of
# its own to host-a, and all else as always.

nvmet=/sys/kernel/config/nvmet

# page WORDS: the block of the document that has them, with the names of this test
page() {
	"$top/selftests/documents/block.py" "$top/Documentation/nvme.rst" "$1" |
		sed "s/client\.example\.org/host-b.$domain/; s/disks\.example\.org/host-a.$domain/
			s/192\.0\.2\.10/10.78.0.1/; s|/dev/vg0/disk|/dev/ram0|"
}

hostnqn=$(page '^host=' | sed -n 's/^host=//p')
subsystem=$(page '^host=' | sed -n 's/^disk=//p')

# typed COMMAND...: the lines on standard input, by a shell in which the names were typed
typed() {
	{
		page '^host='
		cat
	} | "$@" env "PATH=$programs:$PATH" bash -exuo pipefail /dev/stdin
}

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

# psk: the identity of the key that is in the keyring, as it goes over the wire
psk() {
	awk '/ psk / && $2 !~ /R/ {
		sub(/.* NVMe1R01/, "NVMe1R01")
		sub(/: [0-9]+$/, "")
		print
	}' /proc/keys
}

# The keyring is one for both hosts: between the two there is no key in it.
nvme_key() {
	rm -f /etc/nvme/tls-keys
	page gen-tls-key | typed on host-a
	psk >"$state/psk"
	[ -s "$state/psk" ] || die "no key in .nvme"
	keyctl clear %:.nvme
	[ -z "$(psk)" ] || die "there still is one"
	page 'tls-key --import' | typed of_machine
	cmp "$state/psk" <(psk) || die "not imported"
	[ "$(stat -c %a /etc/nvme/tls-keys)" = 600 ] || die "the file is for others"
	say "$(cut -c1-60 "$state/psk").."
}

# page_policy HOST ROLE OTHER: that of the document, with the values of the other one
page_policy() {
	page "role = $2" | awk -v v0="$(pcr "$3" 0)" -v v4="$(pcr "$3" 4)" -v v7="$(pcr "$3" 7)" '
		/^pcr-0/ { $3 = v0 } /^pcr-4/ { $3 = v4 } /^pcr-7/ { $3 = v7 }
		/^pcr-/ { NF = 3 } { print }' >"$state/$1.etc/seal/policy.d/nvme.conf"
	page '^sealctl policy check' | typed on "$1"
}

page_policies() {
	page_policy host-a server host-b
	page_policy host-b client host-a
}

# configfs hands the target the network namespace of who makes the link.
target_up() {
	modprobe brd
	page 'echo tls1.3' | typed on host-a
}

target_down() {
	local sub=$nvmet/subsystems/$subsystem port=$nvmet/ports/1

	[ -d "$port" ] || return 0
	rm -f "$port/subsystems/$subsystem" "$sub/allowed_hosts/$hostnqn"
	rmdir "$port" "$sub/namespaces/1" "$sub" "$nvmet/hosts/$hostnqn"
}

nvme_connect() {
	page '^nvme connect' |
		sed '/status/d; s/--tls/& --nr-io-queues 1 --reconnect-delay 1 --keep-alive-tmo 5/' |
		typed of_machine timeout 60
}

nvme_disconnect() {
	of_machine nvme disconnect --nqn "$subsystem" 2>/dev/null || true
}

taken_away() {
	page 'nvme disconnect' | typed of_machine
	page 'rmdir ports' | typed on host-a
	[ ! -e "$nvmet/ports/1" ] || die "the target is there"
	page 'keyctl clear' | typed of_machine
	[ -z "$(psk)" ] || die "the key is there"
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
