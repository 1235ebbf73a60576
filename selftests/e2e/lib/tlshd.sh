# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154	# the files of lib/ share variables
#
# The agent that everybody has: tlshd of ktls-utils, with files from openssl.

# stock_ca: a CA and one certificate for each host, in $state/pki
stock_ca() {
	local pki=$state/pki host

	mkdir -p "$pki"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-days 30 -subj "/CN=stock CA" -keyout "$pki/ca.key" -out "$pki/ca.pem" \
		-addext keyUsage=keyCertSign,cRLSign
	for host in host-a host-b; do
		openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
			-subj "/CN=$host.$domain" -keyout "$pki/$host.key" \
			-out "$pki/$host.csr"
		printf '%s\n' "subjectAltName=DNS:$host.$domain" \
			"keyUsage=digitalSignature" \
			"extendedKeyUsage=serverAuth,clientAuth" |
			openssl x509 -req -in "$pki/$host.csr" -CA "$pki/ca.pem" \
				-CAkey "$pki/ca.key" -days 30 -extfile /dev/stdin \
				-out "$pki/$host.pem"
		chmod 600 "$pki/$host.key"
	done
}

# tlshd_up HOST CERTIFICATE KEY TRUST
tlshd_up() {
	local host=$1 side

	{
		# GnuTLS names the alerts that come from 5 on.
		printf '[debug]\nloglevel=3\ntls=5\nnl=0\n'
		for side in client server; do
			printf '[authenticate.%s]\nx509.truststore=%s\n' "$side" "$4"
			printf 'x509.certificate=%s\nx509.private_key=%s\n' "$2" "$3"
		done
	} >"$state/$host.etc/tlshd.conf"
	start "$host" tlshd tlshd --stderr --config /etc/tlshd.conf
	soon 5 listening "$host"
}

# listening HOST: someone in that namespace takes handshakes
listening() {
	# shellcheck disable=SC2016	# for awk
	on "$1" awk '$2 == 16 && $4 != "00000000" { found = 1 }
		END { exit !found }' /proc/net/netlink
}
