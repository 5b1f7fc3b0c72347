/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The system call that the running task is in, or that is returning: which one, and its first
 * arguments, from the registers that the task saved when it entered the kernel.
 */
#ifndef SOCKWATCH_BPF_SYSCALL_H
#define SOCKWATCH_BPF_SYSCALL_H

#include "maps.h"
#include "read.h"

#define THREAD_SIZE 16384 /* of x86_64 and arm64 with 4K pages; a wrong guess is noticed */

enum call_kind {
	CALL_OTHER = 0,
	CALL_ACCEPT,
	CALL_BIND,
	CALL_CONNECT,
	CALL_LISTEN,
};

struct call {
	__u64 fd;
	__u64 addr; /* of a struct sockaddr in user space; accept's and listen's mean nothing here
		     */
	__u32 kind; /* enum call_kind */
	__u32 pad;
};

/* The registers of the running task; before bpf_task_pt_regs (dd6e10fbd9f, 5.15) on its stack. */
static __always_inline void *current_regs(void)
{
	struct task_struct *task;

	if (use_task_pt_regs)
		return (void *)bpf_task_pt_regs(bpf_get_current_task_btf());
	task = (struct task_struct *)bpf_get_current_task();
	return READ(task, stack) + THREAD_SIZE - bpf_core_type_size(struct pt_regs___x86);
}

/* The number of the system call; 0 on a CPU that we do not know. */
static __always_inline __u64 call_number(void *regs)
{
	struct pt_regs___x86 *x86 = regs;
	struct pt_regs___arm64 *arm64 = regs;

	if (bpf_core_field_exists(x86->orig_ax))
		return READ(x86, orig_ax);
	if (bpf_core_field_exists(arm64->syscallno))
		return READ(arm64, syscallno);
	return 0;
}

static __always_inline __u32 kind_of(__u64 nr)
{
	if (nr == nr_accept || nr == nr_accept4)
		return CALL_ACCEPT;
	if (nr == nr_bind)
		return CALL_BIND;
	if (nr == nr_connect)
		return CALL_CONNECT;
	return nr == nr_listen ? CALL_LISTEN : CALL_OTHER;
}

static __always_inline void call_args(struct call *call, void *regs)
{
	struct pt_regs___x86 *x86 = regs;
	struct pt_regs___arm64 *arm64 = regs;

	if (bpf_core_field_exists(x86->orig_ax)) {
		call->fd = READ(x86, di);
		call->addr = READ(x86, si);
	} else {
		call->fd = READ(arm64, orig_x0);
		call->addr = READ(arm64, user_regs.regs[1]);
	}
}

/* What call it is, and what it was given; of CALL_OTHER only that. */
static __always_inline void call_read(struct call *call, void *regs)
{
	call->kind = kind_of(call_number(regs));
	if (call->kind != CALL_OTHER)
		call_args(call, regs);
}

#endif
