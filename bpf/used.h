/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Who uses a socket is its owner: reads, writes, and what else a process does with it.
 */
#ifndef SOCKWATCH_BPF_USED_H
#define SOCKWATCH_BPF_USED_H

#include "facts.h"

/*
 * The running task, a process and not interrupted by the packet it is blamed for, uses the socket
 * and holds its lock: if another process was the owner, the socket was handed on (fork,
 * SCM_RIGHTS), and the task's is the owner now.
 */
static __always_inline void facts_use(struct facts *facts, struct sock *sk)
{
	struct owner owner;

	if (facts_owned_by_current(facts)) {
		if (facts->e.sock.owner_source == SW_OWNER_INHERITED)
			facts_set_source(facts, SW_OWNER_USE, 0);
		return;
	}
	if (!current_is_user())
		return;
	owner_set_current(&owner);
	facts_set_owner(facts, (__u64)sk, &owner, SW_OWNER_USE, 0);
}

/* An owner that is running has the name of its last exec. */
static __always_inline void facts_rename_owner(struct facts *facts)
{
	struct task_struct *leader = (struct task_struct *)facts->leader;

	if (facts_owned_by_current(facts))
		READ_16(facts->e.sock.comm, leader, comm);
}

/* A read, with the lock held. The facts of a socket without events are not made for that. */
static __always_inline void facts_read(struct sock *sk)
{
	struct facts *facts = facts_find(sk);

	if (!facts)
		return;
	facts_fold(facts, sk);
	facts_use(facts, sk);
}

/*
 * A use that is over, with the lock given back: a write, a read of nothing. It waits until a
 * program has the lock.
 */
static __always_inline void facts_used(struct sock *sk)
{
	struct facts *facts = facts_find(sk);
	struct owner owner;

	if (!facts)
		return;
	if (facts->next.waits && !facts_next_is_outdone(facts)
		    ? facts->next.owner.tgid == current_tgid()
		    : facts_owned_by_current(facts) &&
			      facts->e.sock.owner_source != SW_OWNER_INHERITED)
		return;
	if (!current_is_user())
		return;
	owner_set_current(&owner);
	facts_hand_over(facts, (__u64)sk, &owner, SW_OWNER_USE);
}

#endif
