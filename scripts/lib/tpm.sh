# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154	# cache.sh is sourced before
#
# Manufactured TPMs: state with an endorsement key and its certificate from a
# CA made here. Like real ones they are made once; each boot gets copies.

tpm_store() {
	echo "$cache/tpms-$(key "$top/scripts/lib/tpm.sh")"
}

make_tpm_ca() {
	local dir=$1

	mkdir -p "$dir/ca"
	cat >"$dir/swtpm_setup.conf" <<-CONF
		create_certs_tool = /usr/bin/swtpm_localca
		create_certs_tool_config = $dir/localca.conf
		create_certs_tool_options = $dir/localca.options
	CONF
	cat >"$dir/localca.conf" <<-CONF
		statedir = $dir/ca
		signingkey = $dir/ca/signkey.pem
		issuercert = $dir/ca/issuercert.pem
		certserial = $dir/ca/certserial
	CONF
	cat >"$dir/localca.options" <<-CONF
		--platform-manufacturer seal
		--platform-version 1
		--platform-model laboratory
	CONF
}

# make_tpms N: have the states 0 to N - 1
make_tpms() {
	local dir i

	dir=$(tpm_store)
	[ ! -d "$dir/$(($1 - 1))" ] || return 0
	lock tpms
	[ -d "$dir" ] || make_tpm_ca "$dir"
	for ((i = 0; i < $1; i++)); do
		[ ! -d "$dir/$i" ] || continue
		rm -rf "$dir/new"
		mkdir "$dir/new"
		swtpm_setup --tpm2 --tpmstate "$dir/new" --runas root \
			--config "$dir/swtpm_setup.conf" --create-ek-cert \
			--pcr-banks sha256 --lock-nvram --not-overwrite \
			--vmid "seal-tpm$i" >"$dir/log" 2>&1 ||
			{ cat "$dir/log" >&2; die "swtpm_setup failed"; }
		cat "$dir/ca/issuercert.pem" \
			"$dir/ca/swtpm-localca-rootca-cert.pem" >"$dir/ek-roots.pem"
		mv "$dir/new" "$dir/$i"
	done
	unlock
}
