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
	CALL_SOCKETCALL, /* any of these, of a 32-bit program; never told to a caller */
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

/* A call that can look at a file of another process, and gives up none of its own. */
static __always_inline bool call_only_looks(__u64 nr)
{
	for (int i = 0; i < CALLS_THAT_LOOK; i++)
		if (nr == nr_looks[i])
			return true;
	return false;
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

/* --- of 32-bit programs -------------------------------------------------------------------------
 *
 * Their calls have numbers and registers of their own, and any program can make one (int $0x80).
 * The tracepoints of single system calls leave them out; sys_exit does not tell them apart.
 */

#define TS_COMPAT 0x0002	  /* arch/x86/include/asm/thread_info.h */
#define PSR_MODE32_BIT 0x00000010 /* arch/arm64/include/uapi/asm/ptrace.h */

static __always_inline bool is_32_bit(void *regs)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct pt_regs___x86 *x86 = regs;
	struct pt_regs___arm64 *arm64 = regs;

	if (bpf_core_field_exists(x86->orig_ax))
		return bpf_core_field_exists(task->thread_info.status) &&
		       READ(task, thread_info.status) & TS_COMPAT;
	return READ(arm64, user_regs.pstate) & PSR_MODE32_BIT;
}

static __always_inline __u32 kind_of_32(__u64 nr)
{
	if (!nr)
		return CALL_OTHER;
	if (nr == nr32_accept || nr == nr32_accept4)
		return CALL_ACCEPT;
	if (nr == nr32_bind)
		return CALL_BIND;
	if (nr == nr32_connect)
		return CALL_CONNECT;
	if (nr == nr32_listen)
		return CALL_LISTEN;
	return nr == nr32_socketcall ? CALL_SOCKETCALL : CALL_OTHER;
}

/* i386's call for all of them: which one in bx, its arguments in memory (uapi/linux/net.h). */
static __always_inline void socketcall_read(struct call *call, struct pt_regs___x86 *regs)
{
	__u32 which = READ(regs, bx), args[2] = {};

	if (which == 5 || which == 18) /* SYS_ACCEPT, SYS_ACCEPT4 */
		call->kind = CALL_ACCEPT;
	else if (which == 2) /* SYS_BIND */
		call->kind = CALL_BIND;
	else if (which == 3) /* SYS_CONNECT */
		call->kind = CALL_CONNECT;
	else if (which == 4) /* SYS_LISTEN */
		call->kind = CALL_LISTEN;
	else
		call->kind = CALL_OTHER;
	if (bpf_probe_read_user(args, sizeof(args), (void *)(__u64)(__u32)READ(regs, cx)))
		call->kind = CALL_OTHER;
	call->fd = args[0];
	call->addr = args[1];
}

static __always_inline void call_args_32(struct call *call, void *regs)
{
	struct pt_regs___x86 *x86 = regs;
	struct pt_regs___arm64 *arm64 = regs;

	if (!bpf_core_field_exists(x86->orig_ax)) {
		call->fd = (__u32)READ(arm64, orig_x0);
		call->addr = (__u32)READ(arm64, user_regs.regs[1]);
	} else if (call->kind == CALL_SOCKETCALL) {
		socketcall_read(call, x86);
	} else {
		call->fd = (__u32)READ(x86, bx);
		call->addr = (__u32)READ(x86, cx);
	}
}

/* --- of all ------------------------------------------------------------------------------------
 */

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

/*
 * What call it is, and what it was given; of CALL_OTHER only that. Most are seen to be of no
 * interest by their number alone.
 */
static __always_inline void call_read(struct call *call, void *regs)
{
	__u64 nr = call_number(regs);
	__u32 kind = kind_of(nr), kind_32 = kind_of_32(nr);

	call->kind = CALL_OTHER;
	if (kind == CALL_OTHER && kind_32 == CALL_OTHER)
		return;
	if (is_32_bit(regs)) {
		call->kind = kind_32;
		if (kind_32 != CALL_OTHER)
			call_args_32(call, regs);
	} else {
		call->kind = kind;
		if (kind != CALL_OTHER)
			call_args(call, regs);
	}
}

#endif
