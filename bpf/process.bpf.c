// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Processes that begin, for -e: one that is gone before it is looked up in /proc is still known. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "emit.h"

/*
 * What is told here is read with the next event of a socket, and wakes nobody: but there has to be
 * room for that event.
 */
static __always_inline void wake_reader_in_time(void)
{
	if (bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) * 2 > ring_size)
		wake_reader();
}

static __always_inline void origin_set(struct sw_origin *o, struct task_struct *task)
{
	struct task_struct *parent = READ(READ(task, real_parent), group_leader);

	o->ppid = own_pidns ? pid_here(process_of(parent)) : READ(parent, tgid);
	READ_16(o->parent_comm, parent, comm);
	o->login_uid = SW_NO_LOGIN;
	if (bpf_core_field_exists(task->loginuid))
		o->login_uid = READ(task, loginuid.val);
}

static __always_inline void tell_exec(struct task_struct *task, struct linux_binprm *bprm)
{
	struct mm_struct *mm = READ(task, mm);
	__u64 start = READ(mm, arg_start);
	__u64 len = READ(mm, arg_end) - start;
	struct owner owner = {};
	struct sw_exec *exec;

	exec = bpf_ringbuf_reserve(&events, sizeof(*exec), 0);
	if (!exec) /* no event of a socket: what is missing is a name in a rare case */
		return;
	owner_set_task(&owner, task, current_tgid());
	exec->start_ns = owner.start_ns;
	exec->pid = owner.pid;
	origin_set(&exec->origin, task);
	__builtin_memcpy(exec->comm, owner.comm, SW_COMM_LEN);
	if (bpf_probe_read_kernel_str(exec->filename, SW_EXEC_FILENAME, READ(bprm, filename)) < 0)
		exec->filename[0] = 0;
	if (len > SW_EXEC_ARGS)
		len = SW_EXEC_ARGS;
	if (bpf_probe_read_user(exec->args, len, (void *)start))
		len = 0;
	exec->args_len = len;
	bpf_ringbuf_submit(exec, BPF_RB_NO_WAKEUP);
	wake_reader_in_time();
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
	preempt_off();
	if (tracing)
		tell_exec(task, bprm);
	preempt_on();
	return 0;
}

static __always_inline void tell_fork(struct task_struct *parent, struct task_struct *child)
{
	struct sw_fork fork = {};
	struct owner owner = {};

	owner_set_task(&owner, parent, parent->tgid);
	fork.parent_pid = owner.pid;
	owner_set_task(&owner, child, child->tgid);
	fork.child_pid = owner.pid;
	origin_set(&fork.origin, child);
	bpf_ringbuf_output(&events, &fork, sizeof(fork), BPF_RB_NO_WAKEUP);
	wake_reader_in_time();
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	preempt_off();
	if (tracing && child->pid == child->tgid) /* no thread */
		tell_fork(parent, child);
	preempt_on();
	return 0;
}
