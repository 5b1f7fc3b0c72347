/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Reading the kernel's structs.
 *
 * Since 6.2 (a35b9af4ec2c: bpf_rdonly_cast) any address can be given its type and is then read
 * directly; what cannot be read is zero. That costs a few instructions, where a probe read is a
 * call. Before, only what a program was handed by the kernel can be read so.
 *
 * Members that are pointers are always read by READ, also those of what a program was handed: of a
 * pointer that it trusts, the verifier of 6.3 and later looks up each such member by name among
 * all types of the kernel, four times, on each path. That was half of the time of a start.
 */
#ifndef SOCKWATCH_BPF_READ_H
#define SOCKWATCH_BPF_READ_H

#include "settings.h"
#include <bpf/bpf_core_read.h>

extern void *bpf_rdonly_cast(const void *obj, __u32 btf_id) __ksym __weak;

#define VIEW(p) \
	((typeof(p))bpf_rdonly_cast((const void *)(p), bpf_core_type_id_kernel(typeof(*(p)))))

/* A member of *p. use_cast is a constant to the verifier, which drops the other branch. */
#define READ(p, member)                                                        \
	({                                                                     \
		typeof(p) from_ = (p);                                         \
		use_cast ? VIEW(from_)->member : BPF_CORE_READ(from_, member); \
	})

/* 16 bytes from a member of *p: an address, a name. */
#define READ_16(to, p, member)                                              \
	do {                                                                \
		if (use_cast) {                                             \
			const __u64 *from = (const void *)&VIEW(p)->member; \
			((__u64 *)(to))[0] = from[0];                       \
			((__u64 *)(to))[1] = from[1];                       \
		} else {                                                    \
			bpf_core_read(to, 16, &(p)->member);                \
		}                                                           \
	} while (0)

#endif
