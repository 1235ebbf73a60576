/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Included before everything else (Kbuild). Newer kernels say in the type of a
 * pointer that it is one per CPU. libbpf before 1.6 then takes each structure with
 * such a pointer, and so struct sock, for another one than the kernel's, and no
 * program could call bpf_seal_state(). This is how the kernel's headers are with
 * a compiler that does not know such types: the code is the same.
 */
#undef USE_TYPEOF_UNQUAL
#undef __percpu_qual
#define __percpu_qual
