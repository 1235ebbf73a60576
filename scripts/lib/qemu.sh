# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154	# scripts/vm sets variables and reads others
#
# The machine is QEMU's. It sees directories by 9p; what its command says comes out
# of ports.

# shellcheck disable=SC2054	# the commas are qemu's

devices=()

# Names of kernel modules that the initrd needs to find its root.
boot_modules=(virtio_pci 9pnet_virtio 9p overlay virtio_console virtio_rng)

# The tree's emulator, with its own loader. Before QEMU 8.1 an emulated processor
# can run into a breakpoint that another has just taken away, and a kernel that
# patches itself (tracepoints do) dies of it: that of Debian 12 within a minute
# of switching them on and off.
emulator=("$tree/usr/lib64/ld-linux-x86-64.so.2"
	--library-path "$tree/usr/lib/x86_64-linux-gnu"
	"$tree/usr/bin/qemu-system-x86_64"
	-L "$tree/usr/share/qemu" -L "$tree/usr/share/seabios")
export QEMU_MODULE_DIR=$tree/usr/lib/x86_64-linux-gnu/qemu

machine_kernel() {
	chipset=pc
	case $kernel in
	stock|next)
		image=$tree/boot/vmlinuz-$release
		memory=3G
		;;
	*)
		image=$own_kernel/arch/x86/boot/bzImage
		memory=2G
		# The older machine's ACPI tables have loops that take sanitizers minutes.
		chipset=q35
		;;
	esac
}

# machine_shows TAG DIR [ro]
machine_shows() {
	devices+=(-virtfs "local,path=$2,mount_tag=$1,security_model=passthrough,multidevs=remap${3:+,readonly=on}")
}

machine_tpm() {
	local i

	cp -r "$(tpm_store)/0" "$work/tpm0"
	setpriv --pdeathsig TERM swtpm socket --tpm2 --tpmstate "dir=$work/tpm0" \
		--ctrl "type=unixio,path=$work/tpm0.sock" --terminate &
	pids+=($!)
	for ((i = 0; i < 100; i++)); do
		[ ! -S "$work/tpm0.sock" ] || break
		sleep 0.05
	done
	devices+=(-chardev "socket,id=tpm0,path=$work/tpm0.sock"
		-tpmdev emulator,id=tpm0,chardev=tpm0
		-device tpm-crb,tpmdev=tpm0)
}

# Some hosts have a /dev/kvm on which a guest never gets anywhere: only a guest
# that spoke is believed. The answer holds until the host boots again.
kvm_works() {
	local answer
	answer=$cache/kvm-$(cat /proc/sys/kernel/random/boot_id)

	[ -w /dev/kvm ] || return 1
	if [ ! -e "$answer" ]; then
		if timeout 10 "${emulator[@]}" -nodefaults -no-user-config \
			-display none -nic none -no-reboot -accel kvm \
			-cpu host -m 512M -serial stdio -kernel "$image" \
			-initrd "$initrd" -append "console=ttyS0 seal=probe" \
			</dev/null 2>/dev/null | grep -q "seal: guest is alive"
		then
			echo yes >"$answer"
		else
			echo no >"$answer"
		fi
	fi
	[ "$(cat "$answer")" = yes ]
}

# An emulated processor has the time stamp counter of this one. A guest that
# measures it while the machine is busy can come out at a seventh, and then all
# its clocks run seven times too fast. Empty where there is no such counter.
tsc_khz() {
	local answer
	answer=$cache/tsc-$(cat /proc/sys/kernel/random/boot_id)

	if [ ! -e "$answer" ]; then
		# shellcheck disable=SC2016	# for the inner shell
		"$top/scripts/chroot" sh -euc '
			dir=$(mktemp -d)
			trap "rm -r $dir" EXIT
			cc -O2 -o "$dir/tsc" "$0"
			"$dir/tsc"' "$top/scripts/lib/tsc.c" >"$answer.$$" 2>/dev/null || true
		mv "$answer.$$" "$answer"
	fi
	cat "$answer"
}

port() {
	devices+=(-chardev "$2,id=$1" -device "virtserialport,chardev=$1,name=seal.$1")
}

# machine_run: what the guest says is our output, if it has a command
machine_run() {
	local append machine khz stream readers qemu pid ended=0

	append="console=ttyS0 loglevel=8 panic=-1 oops=panic tsc=reliable
		random.trust_cpu=on rcupdate.rcu_cpu_stall_timeout=60 watchdog_thresh=60"
	[ "$tpms" = 0 ] || append+=" ima_policy=tcb ima_hash=sha256"
	# KASAN finds its shadow by whether there are five levels of page tables, and an
	# interrupt while the kernel reads the features of the processor takes it for four.
	[ "$kernel" != debug ] || append+=" no5lvl"

	if [ -n "$icount" ]; then
		machine=(-accel tcg,thread=single -icount shift=1,sleep=off -cpu max -smp 1)
	elif kvm_works; then
		machine=(-accel kvm -cpu host -smp 2)
	else
		# A kernel that is told of fast instructions to set and copy octets uses
		# them, and they are emulated an octet at a time.
		machine=(-accel tcg,thread=multi -cpu max,-erms,-fsrm -smp 2)
		khz=$(tsc_khz)
		append+=${khz:+ tsc_early_khz=$khz}
	fi

	# Output, errors and status each have a port of their own; none is the console.
	devices+=(-device virtio-serial-pci -device virtio-rng-pci)
	port status "file,path=$work/status"
	if [ -n "$has_command" ]; then
		for stream in out err; do
			mkfifo "$work/$stream"
			port "$stream" "file,path=$work/$stream"
		done
		cat "$work/out" &
		readers=$!
		cat "$work/err" >&2 &
		readers+=" $!"
	else
		devices+=(-chardev stdio,id=tty,signal=off -device virtconsole,chardev=tty)
	fi

	qemu=("${limited[@]}" "${emulator[@]}" -nodefaults -no-user-config -display none -nic none
		-no-reboot -name seal -machine "$chipset" "${machine[@]}" -m "$memory"
		-kernel "$image" -initrd "$initrd" -append "${append//[$'\n\t']/ }"
		-serial "file:$console" "${devices[@]}")
	if [ -z "$has_command" ]; then
		"${qemu[@]}"
		return
	fi
	"${qemu[@]}" </dev/null >"$work/machine.log" 2>&1 &
	pid=$!
	pids+=("$pid")
	watch "$pid"
	wait "$pid" || ended=$?
	# A reader whose port was never opened would wait for ever. Opening for
	# both directions does not block, whoever is at the other end.
	: <>"$work/out"
	: <>"$work/err"
	# shellcheck disable=SC2086	# a list of numbers
	wait $readers
	return $ended
}
