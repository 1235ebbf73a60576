# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154	# the files of lib/ share variables
#
# Our own parts: module, enrolment by a small CA, policies, seald.

ca=/srv/seal-ca

# tcti HOST: its TPM
tcti() {
	case $1 in
	host-a) echo device:/dev/tpmrm0 ;;
	host-b) echo device:/dev/tpmrm1 ;;
	*) echo "device:/dev/tpmrm$(<"$state/$1.tpm")" ;;
	esac
}

sealctl() {
	local host=$1
	shift

	on "$host" "$programs/sealctl" "$@"
}

module_up() {
	modprobe tls
	if ! grep -q '^seal ' /proc/modules; then
		insmod "$top/build/$(uname -r)/seal.ko"
		touch "$state/module"
	fi
	say "$(modinfo -F version "$top/build/$(uname -r)/seal.ko" 2>/dev/null)"
}

# Whoever comes next finds the machine as we did.
module_down() {
	[ -e "$state/module" ] || return 0
	soon 10 rmmod seal 2>/dev/null ||
		echo "# seal.ko is still in use: $(grep '^seal ' /proc/modules)"
}

ca_up() {
	rm -rf $ca
	mkdir -p "${ca%/*}"
	"$programs/sealctl" ca init $ca --name demo --ek-roots /run/seal/ek-roots.pem
}

# conf HOST KEY: what an administrator writes before enrolment
conf() {
	mkdir -p "$state/$1.etc/seal/policy.d"
	cat >"$state/$1.etc/seal/seald.conf" <<-CONF
		[identity]
		key = ${2:-tpm}
		[tpm]
		tcti = $(tcti "$1")
	CONF
}

# enroll HOST: one command, as an administrator types it
enroll() {
	local host=$1 id=dns:$1.$domain force=() handles

	conf "$host"
	# Another suite may have used this TPM since the machine was started.
	handles=$(tpm2_getcap -T "$(tcti "$host")" handles-persistent)
	[[ ${handles,,} != *81015ea0* ]] || force=(--force)
	on "$host" "$programs/sealctl" enroll --identity "$id" "${force[@]}" --ca-command \
		"$programs/sealctl ca serve $ca --identity $id"
}

enroll_both() {
	ca_up
	enroll host-a
	enroll host-b
}

# third_tpm NAME: one more machine's TPM, which no maker vouches for. The kernel gives up
# one that answers late, as on a busy machine: then it is made anew (scripts/vm-init).
third_tpm() {
	local dir=$state/$1.swtpm new attempt

	modprobe tpm_vtpm_proxy
	new=/dev/tpmrm$(find /dev -maxdepth 1 -name 'tpmrm*' | wc -l)
	for attempt in 1 2 3; do
		rm -rf "$dir"
		mkdir -p "$dir"
		swtpm chardev --vtpm-proxy --tpm2 --tpmstate "dir=$dir" --flags startup-clear \
			>"$logs/$1.swtpm.$attempt.log" 2>&1 3>&- </dev/null &
		echo $! >"$state/$1.tpm.pid"
		! soon 20 [ -c "$new" ] || break
		# It ends by itself when the kernel has given it up.
		kill $! 2>/dev/null || true
		sleep 1
	done
	[ -c "$new" ] || die "no third TPM"
	echo "${new#/dev/tpmrm}" >"$state/$1.tpm"
}

# pcr HOST N: its value now; pcr_digest HOST: over the selection of our policies
pcr() {
	tpm2_pcrread -T "$(tcti "$1")" -o "$state/pcr" "sha256:$2" >/dev/null
	od -An -v -tx1 "$state/pcr" | tr -d ' \n'
}

pcr_digest() {
	tpm2_pcrread -T "$(tcti "$1")" -o "$state/pcr" \
		sha256:0,1,2,3,4,5,6,7,8,9 >/dev/null
	sha256sum <"$state/pcr" | cut -d' ' -f1
}

# extend HOST N: as a change of what that machine runs would
extend() {
	tpm2_pcrextend -T "$(tcti "$1")" \
		"$2:sha256=$(echo "$RANDOM$EPOCHREALTIME" | sha256sum | cut -d' ' -f1)"
}

# policy HOST NAME LINE...: replaces that policy file
policy() {
	local host=$1 name=$2 file=$state/$1.etc/seal/policy.d/$2.conf
	shift 2

	{
		echo "[policy $name]"
		printf '%s\n' "$@"
	} >"$file.new"
	mv "$file.new" "$file"
	sealctl "$host" policy check
}

# The server pins one PCR of its client, the client the digest of its server.
server_policy() {
	policy host-a nfs-server "role = server" "port = 2049" \
		"peer = dns:host-b.$domain" "mode = require" \
		"ak-trust = certificate" "key = ${key:-tpm}" \
		"pcrs = sha256:0,1,2,3,4,5,6,7,8,9" \
		"pcr-8 = $(pcr host-b 8)" "consumer = kernel" \
		"lifetime = ${1:-1h}"
}

client_policy() {
	policy host-b nfs-client "role = client" "port = 2049" \
		"peer = dns:host-a.$domain" "mode = require" \
		"ak-trust = certificate" "key = ${key:-tpm}" \
		"pcrs = sha256:0,1,2,3,4,5,6,7,8,9" \
		"digest = $(pcr_digest host-a)" "consumer = kernel" \
		"lifetime = 1h"
}

seald_up() {
	seald_down "$1"
	start "$1" seald "$programs/seald" -f -v
	soon 10 listening "$1" || {
		tail -n 5 "$logs/$1.seald.log"
		die "seald does not listen on $1"
	}
	running "$1" seald || die "seald ended on $1"
}

seald_down() {
	stop "$1" seald
}

# first_contact HOST: as if it had never met anybody
first_contact() {
	seald_down "$1"
	on "$1" rm -rf /run/seal
	seald_up "$1"
}

# log_of LOG: of seald on a host, or HOST.PROGRAM
log_of() {
	case $1 in
	*.*) echo "$logs/$1.log" ;;
	*) echo "$logs/$1.seald.log" ;;
	esac
}

# mark LOG: remember where it ends; since LOG: what came after
mark() {
	wc -l <"$(log_of "$1")" >"$state/$1.mark"
}

since() {
	tail -n "+$(($(<"$state/$1.mark") + 1))" "$(log_of "$1")"
}

# logged LOG PATTERN: an extended regular expression, since the mark
logged() {
	grep -qE -- "$2" <<<"$(since "$1")"
}

# expect_log LOG PATTERN: within five seconds, or that is the reason of failure
expect_log() {
	soon 5 logged "$1" "$2" || {
		since "$1"
		die "nothing like \"$2\" in the log of $1"
	}
}

# look HOST: its sockets now, for the two below
look() {
	sealctl "$1" status >"$state/$1.status"
	cat "$state/$1.status"
}

# sockets HOST STATE: how many there were
sockets() {
	grep -cE "^[0-9]+  $2  " "$state/$1.status" || true
}

# field HOST NAME: of its last attested socket
field() {
	awk -v name="$2" '
		/^[0-9]+  / { attested = ($2 == "attested") }
		attested && $1 == name { $1 = ""; value = substr($0, 2) }
		END { print value }' "$state/$1.status"
}

# ak_name HOST: the TPM Name of its attestation key, as enrolment left it
ak_name() {
	echo "000b$(tail -c +3 "$state/$1.etc/seal/identity/ak.pub" |
		sha256sum | cut -d' ' -f1)"
}

# ek_fingerprint HOST: what `sealctl ca serve --accept-ek` wants
ek_fingerprint() {
	local text

	# Refused, of course; but it says what was refused.
	text=$("$programs/sealctl" enroll -c "$state/$1.etc/seal" \
		--identity "dns:$1.$domain" --ca-command \
		"$programs/sealctl ca serve $ca --identity dns:$1.$domain" 2>&1) || true
	echo "$text" >&2
	awk '$1 == "ek" { print substr($2, 1, 64) }' <<<"$text"
}
