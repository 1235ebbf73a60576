# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154	# the files of lib/ share variables
#
# The steps of the demo, in its order.

identity() {
	echo "dns:$1.$domain"
}

policies() {
	server_policy
	client_policy
}

seald_both() {
	seald_up host-a
	seald_up host-b
}

# is HOST NAME VALUE: what status shows of the only connection of HOST
is() {
	local value

	value=$(field "$1" "$2")
	[ "$value" = "$3" ] || die "$2 on $1 is \"$value\", not \"$3\""
}

# knows HOST OTHER POLICY: the verdict in the kernel of HOST is on OTHER, by POLICY
knows() {
	local host=$1 other=$2 ak

	look "$host"
	[ "$(sockets "$host" attested)" = 1 ] || die "not one attested socket"
	is "$host" peer "$(identity "$other")"
	ak=$(ak_name "$other")
	is "$host" ak "$ak"
	is "$host" pcrs "$(pcr_digest "$other")"
	is "$host" policy "$3"
	[ -n "$(field "$host" deadline)" ] || die "no deadline"
	say "$(field "$host" peer), AK ${ak:4:8}.., PCRs $(field "$host" pcrs | cut -c1-8)..," \
		"policy $3, $(field "$host" deadline)"
}

# until_end HOST: seconds to the deadline that status shows
until_end() {
	local min sec

	read -r min sec < <(field "$1" deadline |
		sed -n 's/^in \([0-9]*\) min \([0-9]*\) s$/\1 \2/p')
	echo $((${min:-0} * 60 + ${sec:-0}))
}

# The lifetime in both policies, less what has passed since.
for_an_hour() {
	local host seconds

	for host in host-a host-b; do
		seconds=$(until_end "$host")
		if [ "$seconds" -le 3300 ] || [ "$seconds" -gt 3600 ]; then
			die "deadline on $host $(field "$host" deadline)"
		fi
		say "$host: $seconds s;"
	done
}

# addresses HOST: of its attested socket, this one first
addresses() {
	awk '$2 == "attested" { print $3, $5 }' "$state/$1.status"
}

same_connection() {
	local a near far

	a=$(field host-a connection)
	[[ $a =~ ^[0-9a-f]{32}$ ]] || die "host-a has \"$a\""
	is host-b connection "$a"
	read -r near far < <(addresses host-a)
	[ "$(addresses host-b)" = "$far $near" ] ||
		die "host-a has $near to $far, host-b $(addresses host-b)"
	say "$a"
}

# over_the_wire FILE: read from the server, whatever the client has cached
over_the_wire() {
	on host-b dd "if=/mnt/$1" iflag=direct bs=1M status=none
}

# copy_there_and_back SIZE
copy_there_and_back() {
	local a b

	head -c "$1" /dev/urandom >"$state/data"
	on host-b cp "$state/data" /mnt/data
	a=$(sha256sum <"$state/data")
	b=$(over_the_wire data | sha256sum)
	on host-b rm /mnt/data
	[ "${a%% *}" = "${b%% *}" ] || die "checksums differ"
	say "${a:0:16}.."
}

counters_agree() {
	local host tx attached

	for host in host-a host-b; do
		on "$host" cat /proc/net/seal_stat
		on "$host" cat /proc/net/tls_stat
		tx=$(counter "$host" tls_stat TlsCurrTxSw)
		attached=$(counter "$host" seal_stat SealCurrAttested)
		[ "$tx" -gt 0 ] || die "no kTLS socket on $host"
		[ "$tx" = "$attached" ] ||
			die "$tx kTLS sockets, $attached attested on $host"
		[ "$(counter "$host" tls_stat TlsDecryptError)" = 0 ] ||
			die "decrypt errors on $host"
		say "$host: $tx kTLS = $attached attested;"
	done
}

# refused_mount: fails, fast, and with the final error
refused_mount() {
	local begin=$SECONDS status=0 text

	text=$(nfs_mount 2>&1) || status=$?
	echo "$text"
	[ $status -ne 0 ] || { nfs_umount; die "the mount was not refused"; }
	[ $((SECONDS - begin)) -le 15 ] || die "refused after $((SECONDS - begin)) s"
	grep -qiE 'access denied|permission denied' <<<"$text" ||
		die "not EACCES: $text"
}

# refuse EXACT [COARSE [LOG]]: the exact reason in the log of the side that refuses; the
# coarse one at the other, if it is another, and not the exact one. LOG is of the agent there.
refuse() {
	local exact=$1 coarse=${2-} there=${3:-host-b}

	mark host-a
	mark "$there"
	refused_mount
	expect_log host-a "reason=$exact "
	if [ -n "$coarse" ]; then
		expect_log "$there" "$coarse"
		! logged "$there" "$exact" || die "$there knows the exact reason"
	fi
	look host-a
	[ "$(sockets host-a attested)" = 0 ] || die "host-a has an attested socket"
	say "host-a: $exact${coarse:+; $there: $(
		since "$there" | grep -oE -m1 -- "$coarse")}; EACCES"
}

refuse_extended() {
	first_contact host-b
	extend host-b 8
	refuse pcr-value-refused reason=peer-error
	server_policy
}

# stolen_certificate DIR [HOST]: that name, from the right CA, with a key of its own
stolen_certificate() {
	local dir=$1

	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-subj /CN=stolen -keyout "$dir/key.pem" -out "$dir/csr.pem"
	printf '%s\n' "subjectAltName=DNS:${2:-host-b}.$domain" \
		"keyUsage=digitalSignature" \
		"extendedKeyUsage=serverAuth,clientAuth" |
		openssl x509 -req -in "$dir/csr.pem" -CA "$ca"/tls-ca.pem \
			-CAkey "$ca"/tls-ca.key -days 30 -extfile /dev/stdin \
			-out "$dir/tls.pem"
	chmod 600 "$dir/key.pem"
}

refuse_tlshd() {
	local dir=$state/stolen

	mkdir -p "$dir"
	stolen_certificate "$dir"
	seald_down host-b
	tlshd_up host-b "$dir/tls.pem" "$dir/key.pem" "$ca"/tls-ca.pem
	# missing_extension, all that TLS has for it
	refuse peer-without-seal 'Alert\[2\|109\]' host-b.tlshd
	expect_log host-b.tlshd "Handshake with 'host-a.$domain' .* failed"
	stop host-b tlshd
}

# as_host_b DIR: seald on host-b's place in the network, with another identity
as_host_b() {
	seald_down host-b
	on host-b rm -rf /run/seal
	start host-b seald "$programs/seald" -f -v -c "$1"
	soon 10 listening host-b || die "seald does not listen"
}

# host-c is a machine of its own, enrolled as itself, at the wire of host-b.
machine_c() {
	local id=dns:host-c.$domain print

	third_tpm host-c
	mkdir -p "$state/host-c.etc/seal"
	conf host-c file
	cp -r "$state/host-b.etc/seal/policy.d" "$state/host-b.etc/seal/trust" \
		"$state/host-c.etc/seal/"
	print=$(ek_fingerprint host-c)
	"$programs/sealctl" enroll -c "$state/host-c.etc/seal" --identity "$id" \
		--ca-command "$programs/sealctl ca serve $ca --identity $id --accept-ek $print"
}

refuse_other_machine() {
	local dir=$state/host-c.etc/seal

	machine_c
	stolen_certificate "$dir/identity"
	as_host_b "$dir"
	refuse ak-identity reason=peer-error
	seald_down host-b
}

# The same TPM with a new key, which no CA has seen.
refuse_unknown_ak() {
	local dir=$state/host-c.etc/seal

	"$programs/sealctl" enroll -c "$dir" --identity "dns:host-b.$domain" \
		--csr "$state/host-c.csr" --force
	openssl x509 -req -in "$state/host-c.csr" -CA "$ca"/tls-ca.pem \
		-CAkey "$ca"/tls-ca.key -days 30 -copy_extensions copy \
		-out "$state/host-c.pem"
	"$programs/sealctl" enroll -c "$dir" --install "$state/host-c.pem"
	as_host_b "$dir"
	refuse ak-unknown reason=peer-error
	seald_down host-b
	kill "$(<"$state/host-c.tpm.pid")"
	rm "$state/host-c.tpm.pid"
}

progress() {
	cat "$state/progress" 2>/dev/null || echo 0
}

beyond() {
	[ "$(progress)" -gt "$1" ]
}

life_begin() {
	server_policy
	seald_up host-b
	nfs_mount
	head -c 1M /dev/urandom >"$state/source"
	start host-b writer "$e2e/lib/writer.sh" "$state/source" /mnt/life "$state/progress"
	soon 20 beyond 5 || die "the writer does not get on"
	say "block $(progress)"
}

# A mount between two attested hosts, and somebody who writes to it all the time.
mounted() {
	server_policy
	client_policy
	seald_both
	nfs_mount
	head -c 1M /dev/urandom >"$state/source"
	start host-b writer "$e2e/lib/writer.sh" "$state/source" /mnt/life "$state/progress"
	soon 30 beyond 3 || die "the writer does not get on"
}

# stalls: two seconds without a block
stalls() {
	local before

	before=$(progress)
	sleep 2
	[ "$(progress)" = "$before" ] || return 1
	running host-b writer || die "the writer ended"
}

# What the workers of the kernel, those of SUNRPC among them, had of the processor, in ticks
workers() {
	# Some end while they are read.
	{ cat /proc/[0-9]*/stat 2>/dev/null || true; } |
		awk '/^[0-9]+ [(]kworker/ {
			sub(/.*[)] /, ""); sum += $12 + $13 } END { print sum + 0 }'
}

# Since the machine came up, in ticks
uptime_ticks() {
	awk -v hz="$(getconf CLK_TCK)" '{ print int($1 * hz) }' /proc/uptime
}

life_revoke() {
	mark host-a
	mark host-b
	extend host-b 8
	sealctl host-a revoke --peer "$(identity host-b)" --reason "PCR 8 changed" |
		tee "$state/revoked"
	echo "$(workers) $(uptime_ticks)" >"$state/workers"
	soon 20 stalls || die "the writer goes on"
	say "$(<"$state/revoked"); writer stands at block $(progress)"
}

# Refused again and again, no worker goes round in circles: one that does has all it can get.
nobody_spins() {
	local before since spent took

	read -r before since <"$state/workers"
	spent=$(($(workers) - before))
	took=$(($(uptime_ticks) - since))
	[ "$before" -gt 0 ] || die "no workers are seen"
	[ $((spent * 4)) -lt $took ] ||
		die "workers of the kernel ran for $spent of $took ticks"
	say "workers ran for $spent of $took ticks"
}

life_refused() {
	soon 30 logged host-a pcr-value-refused || die "host-a did not refuse"
	expect_log host-b ETIMEDOUT
	running host-b writer || die "the writer ended"
	say "host-a: pcr-value-refused; host-b: ETIMEDOUT;"
	nobody_spins
}

life_resume() {
	local before begin=$SECONDS

	server_policy "$1"
	before=$(progress)
	soon 90 beyond $((before + 5)) || die "the writer does not get on"
	say "after $((SECONDS - begin)) s, block $(progress)"
}

# A new connection gets the new lifetime.
life_short() {
	local before

	server_policy 10s
	before=$(progress)
	sealctl host-a revoke --peer "$(identity host-b)" --reason "new lifetime"
	soon 60 beyond $((before + 5)) || die "the writer does not get on"
	look host-a
	say "deadline $(field host-a deadline)"
}

life_expire() {
	mark host-a
	mark host-b
	extend host-b 8
	soon 40 logged host-a pcr-value-refused || die "host-a did not refuse"
	soon 20 stalls || die "the writer goes on"
	say "SealExpired $(counter host-a seal_stat SealExpired)"
}

life_end() {
	local blocks i

	touch "$state/progress.stop"
	soon 30 gone host-b writer || die "the writer does not stop"
	blocks=$(progress)
	cat "$logs/host-b.writer.log"
	[ ! -s "$logs/host-b.writer.log" ] || die "the writer met an error"
	for ((i = 0; i < (blocks + 15) / 16; i++)); do
		cat "$state/source"
	done >"$state/expected"
	truncate -s $((blocks * 65536)) "$state/expected"
	over_the_wire life | cmp - "$state/expected"
	nfs_umount
	say "$blocks blocks of 64 KiB"
}

plain_policies() {
	policy host-a plain-server "role = server" "port = 7000" \
		"peer = $(identity host-b)" "mode = require" \
		"ak-trust = certificate" "pcrs = sha256:8" "pcr-8 = $(pcr host-b 8)"
	policy host-b plain-client "role = client" "port = 7000" \
		"peer = $(identity host-a)" "mode = require" \
		"ak-trust = certificate" "pcrs = sha256:0" "pcr-0 = $(pcr host-a 0)"
}

plain_talk() {
	plain_policies
	start host-a plain_server "$programs/plain_server" 7000
	soon 20 grep -q listening "$logs/host-a.plain_server.log"
	start host-b plain_client "$programs/plain_client" "$(address host-a)" 7000 \
		"host-a.$domain"
	soon 25 grep -q heard "$logs/host-b.plain_client.log" || {
		cat "$logs/host-a.plain_server.log" "$logs/host-b.plain_client.log"
		die "they do not talk"
	}
	say "$(grep heard "$logs/host-b.plain_client.log")"
}

# Policy takes both hosts; what a program makes of it is its own affair.
picky_policies() {
	local both="own-ak = allow" host

	policy host-a picky-server "role = server" "port = 7001" \
		"peer = $(identity host-a), $(identity host-b)" "mode = require" \
		"ak-trust = certificate" "pcrs = sha256:8" "$both" \
		"pcr-8 = $(pcr host-a 8), $(pcr host-b 8)"
	for host in host-a host-b; do
		policy $host picky-client "role = client" "port = 7001" \
			"peer = $(identity host-a)" "mode = require" "$both" \
			"ak-trust = certificate" "pcrs = sha256:0" "pcr-0 = $(pcr host-a 0)"
	done
}

# picky_client HOST: one connection, from its beginning to its end
picky_client() {
	start "$1" picky_client "$programs/plain_client" "$(address host-a)" 7001 \
		"host-a.$domain"
	soon 25 gone "$1" picky_client || die "the client on $1 does not end"
	cat "$logs/$1.picky_client.log"
}

# Both are attested; the program serves one of them, by what libseal tells it.
picky_talk() {
	local log=$logs/host-a.picky_server.log

	picky_policies
	start host-a picky_server "$programs/picky_server" 7001 "$(identity host-b)"
	soon 20 grep -qs listening "$log"
	picky_client host-a
	picky_client host-b
	stop host-a picky_server
	cat "$log"
	grep -q "^served $(identity host-b), policy picky-server, key=tpm consumer=user" "$log" ||
		die "host-b is not served"
	grep -q "^heard" "$logs/host-b.picky_client.log" || die "host-b hears nothing"
	grep -q "^refused $(identity host-a), policy picky-server, key=tpm" "$log" ||
		die "host-a is not refused"
	! grep -q "^heard" "$logs/host-a.picky_client.log" || die "host-a is served"
	say "$(grep -oE '^(refused|served) [^,]*' "$log" | tr '\n' ' ')"
}

# Microseconds between the revoke command and the end of the reader's read().
plain_revoke() {
	local began woke us

	sealctl host-b revoke --policy plain-client --json | tee "$state/revoked"
	soon 5 gone host-b plain_client || die "the reader still sleeps"
	grep -q 'read ended: EKEYREJECTED' "$logs/host-b.plain_client.log" || {
		cat "$logs/host-b.plain_client.log"
		die "not EKEYREJECTED"
	}
	began=$(sed -n 's/.*"began_ns": \([0-9]*\).*/\1/p' "$state/revoked")
	woke=$(sed -n 's/^read ended: .* at //p' "$logs/host-b.plain_client.log")
	us=$(((woke - began) / 1000))
	soon 5 gone host-a plain_server || die "the server still sleeps"
	say "EKEYREJECTED after $us us (goal 10000)"
	[ $us -le 1000000 ] || die "too late"
}
