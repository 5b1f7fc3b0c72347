/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Processes as owners and actors, numbered as our PID namespace sees them. */
#ifndef SOCKWATCH_BPF_PROCESS_H
#define SOCKWATCH_BPF_PROCESS_H

#include "cgroup.h"
#include "read.h"
#include "syscall.h"

#define PIDTYPE_TGID 1	       /* include/linux/pid.h */
#define PF_EXITING 0x00000004U /* include/linux/sched.h */
#define PF_KTHREAD 0x00200000U

__u32 own_level = 0; /* how deep our PID namespace is */

struct owner {
	__u64 start_ns;
	__u64 cgroup;
	__u64 leader; /* its first thread's struct task_struct, which may be gone by now */
	char comm[SW_COMM_LEN]; /* here it is aligned: handover_sum() */
	__u32 tgid; /* in the initial PID namespace: what tells processes apart; 0: nobody */
	__u32 pid;  /* in ours */
	__u32 ns_pid;
	__u32 in_cgroups;
};

static __always_inline struct upid pid_at(struct pid *pid, __u32 level)
{
	struct upid upid = {};

	bpf_probe_read_kernel(&upid, sizeof(upid),
			      (void *)pid + bpf_core_field_offset(struct pid, numbers) +
				      level * sizeof(upid));
	return upid;
}

/* The number of a process in our PID namespace; 0: it is not visible there. */
static __always_inline __u32 pid_here(struct pid *pid)
{
	struct upid upid;

	if (READ(pid, level) < own_level)
		return 0;
	upid = pid_at(pid, own_level);
	return READ(upid.ns, ns.inum) == own_pidns ? upid.nr : 0;
}

static __always_inline struct pid *process_of(struct task_struct *task)
{
	return READ(READ(task, signal), pids[PIDTYPE_TGID]);
}

static __noinline void owner_read_task(struct owner *o, struct task_struct *task, __u32 tgid)
{
	struct task_struct *leader = READ(task, group_leader);
	struct pid *pid = process_of(task);
	__u32 level = READ(pid, level);

	o->start_ns = READ(leader, start_boottime);
	bpf_core_read(&o->leader, sizeof(o->leader), &task->group_leader); /* as a number */
	o->tgid = tgid;
	o->pid = own_pidns ? pid_here(pid) : tgid;
	o->ns_pid = level > own_level || !o->pid ? pid_at(pid, level).nr : 0;
	READ_16(o->comm, leader, comm);
}

static __noinline void owner_read_cgroup(struct owner *o)
{
	struct cgroup *cgroup = task_cgroup((struct task_struct *)o->leader);

	o->cgroup = cgroup ? cgroup_id(cgroup) : 0;
}

/* Side by side, as stacks are short. */
static __always_inline void owner_set_task(struct owner *o, struct task_struct *task, __u32 tgid)
{
	owner_read_task(o, task, tgid);
	owner_read_cgroup(o);
	o->in_cgroups = filter.on & SW_F_CGROUP ? process_in_cgroups(o->leader) : 0;
}

/* Threads share their process's table, and before 203d7b054fc7 each was gone through. */
static __always_inline bool is_thread(struct task_struct *task)
{
	struct task_struct *leader = READ(task, group_leader);

	return leader != task && READ(leader, files) == READ(task, files);
}

/* Has pid_here() know how deep the PID namespace of the running task, ours, is. */
static __always_inline void find_own_level(void)
{
	if (own_pidns)
		own_level = READ(process_of((struct task_struct *)bpf_get_current_task()), level);
}

static __always_inline __u32 current_tgid(void)
{
	return bpf_get_current_pid_tgid() >> 32;
}

/* The running task as the process it belongs to: the leader's name, never a thread's. */
static __always_inline void owner_set_current(struct owner *o)
{
	owner_set_task(o, (struct task_struct *)bpf_get_current_task(), current_tgid());
}

#define EXIT_DEAD 0x10 /* include/linux/sched.h */
#define EXIT_ZOMBIE 0x20

/*
 * Whether a process has threads that run. Its first thread may have ended before the others, and
 * stays a zombie until all have; once it is reaped its memory is free, holds what was there last
 * (EXIT_DEAD) or a task that began at another time.
 */
static __always_inline bool process_lives(__u64 leader, __u64 start_ns)
{
	struct task_struct *task = (struct task_struct *)leader;
	int exit_state;

	if (READ(task, start_boottime) != start_ns)
		return false;
	exit_state = READ(task, exit_state);
	if (!exit_state)
		return true;
	return exit_state == EXIT_ZOMBIE && READ(READ(task, signal), live.counter) > 0;
}

static __always_inline __u64 current_leader(void)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();

	return (__u64)READ(task, group_leader);
}

/* A process, not a thread of the kernel that works on behalf of others. */
static __always_inline bool current_is_user(void)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();

	return !(READ(task, flags) & PF_KTHREAD);
}

/*
 * For a socket that is being closed. Who looks at what others hold (an iterator of descriptors, and
 * /proc/PID/fd and fdinfo: lsof, ss -p, we) has each file for a moment; one that its process closes
 * just then is closed in the looker's name, on its way back from a call that closes nothing.
 */
static __noinline bool current_only_looks(void)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	void *regs = current_regs();
	__u64 nr = call_number(regs);

	return call_only_looks(nr) && !is_32_bit(regs) && !(READ(task, flags) & PF_EXITING);
}

/* A process that does something to a socket: for what a system call drives, closing included. */
static __always_inline bool current_acts(void)
{
	return current_is_user() && !current_only_looks();
}

static __always_inline void sock_set_owner(struct sw_sock *s, const struct owner *o, __u8 source)
{
	s->owner_source = source;
	s->pid = o->pid;
	s->start_ns = o->start_ns;
	s->owner_cgroup = o->cgroup;
	s->in_cgroups = o->in_cgroups;
	__builtin_memcpy(s->comm, o->comm, SW_COMM_LEN);
}

static __always_inline void event_set_owner(struct sw_event *e, const struct owner *o, __u8 source)
{
	sock_set_owner(&e->sock, o, source);
	e->ns_pid = o->ns_pid;
}

static __always_inline void event_set_actor(struct sw_event *e)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	__u64 id = bpf_get_current_pid_tgid();

	e->actor_pid = id >> 32;
	e->actor_tid = (__u32)id;
	if (own_pidns) {
		e->actor_pid = pid_here(process_of(task));
		e->actor_tid = pid_here(READ(task, thread_pid));
	}
	READ_16(e->actor_comm, task, comm);
	e->sock.have |= SW_HAVE_ACTOR;
}

#endif
