# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154	# the files of lib/ share variables
#
# nfsd on host-a, mounts on host-b.

export_dir=/srv/export

# nfsd waits out a grace period before the first open: 90 s if not told.
nfsd_up() {
	on host-a mkdir -p $export_dir
	on host-a mount -t tmpfs -o size=256m export $export_dir
	on host-a chmod 777 $export_dir
	echo "$export_dir *(rw,sync,no_root_squash,no_subtree_check,fsid=0,${1:-xprtsec=mtls})" \
		>"$state/host-a.etc/exports"
	start host-a nfsdcld nfsdcld -F
	soon 5 on host-a sh -c 'exportfs -ra'
	on host-a sh -c 'echo 10 >/proc/fs/nfsd/nfsv4leasetime'
	on host-a sh -c 'echo 10 >/proc/fs/nfsd/nfsv4gracetime'
	start host-a mountd rpc.mountd -F -N 2 -N 3
	on host-a rpc.nfsd -N 3 -V 4.2 2
	on host-a cat /proc/fs/nfsd/versions
}

# nfs_mount [SECURITY]: exit status and message of mount(8)
nfs_mount() {
	on host-b mkdir -p /mnt
	on host-b timeout 60 mount -t nfs4 -o "vers=4.2,hard,xprtsec=${1:-mtls}" \
		"host-a.$domain:/" /mnt
}

nfs_umount() {
	on host-b umount /mnt
}
