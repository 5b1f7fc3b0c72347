/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What on_state has taken, for its twin (tcp.bpf.c): both are called for every transition, and it
 * is told once. Most often the note of this CPU says so. A packet between the two, or a migration
 * (7.x), puts another transition into that note: then the facts tell, as they know the state that
 * the socket is in. A socket without facts has a note of its own, in the slot of its address, until
 * its twin has been there.
 */
#ifndef SOCKWATCH_BPF_TAKEN_H
#define SOCKWATCH_BPF_TAKEN_H

#include "maps.h"

/*
 * Two slots are a pair: where two sockets meet in one between a program and its twin, the second
 * takes the other. A note stays where the kernel did not enter the twin, as it was running already
 * on this CPU; so it is the older one that gives way. Where a third socket meets them, one may be
 * told twice.
 *
 * A socket has one note, of its last transition: between two that are alike there is another, so
 * what an earlier one left is never taken for that of the later one.
 */
#define TAKEN_SLOTS 4096

volatile __u64 taken_notes[TAKEN_SLOTS] = {}; /* 0: free */
volatile __u64 taken_ns[TAKEN_SLOTS] = {};
__u32 taken_any = 0; /* 1: slots are in use */

static __always_inline void take(struct sock *sk, int old_state, int state)
{
	volatile struct sw_cpu *cpu = this_cpu();

	cpu->taken_sk = (__u64)sk;
	cpu->taken_from = old_state;
	cpu->taken_to = state;
}

/* The transition as one number: the upper bits of all sockets' addresses are the same. */
static __always_inline __u64 transition_note(struct sock *sk, int old_state, int state)
{
	__u64 address = 0;

	/* the verifier lets nobody reckon with a pointer: one that was read is a number */
	bpf_probe_read_kernel(&address, sizeof(address), &sk);
	return address << 8 | (__u64)(old_state & 15) << 4 | (state & 15);
}

static __always_inline __u32 taken_slot(__u64 note)
{
	return (note >> 8) * 0x9e3779b97f4a7c15ULL >> 52 & (TAKEN_SLOTS - 1);
}

/* Whether the slot has a note of this socket: it may be one of another transition. */
static __always_inline bool slot_is_of(__u32 slot, __u64 note)
{
	return taken_notes[slot] && !((taken_notes[slot] ^ note) >> 8);
}

/* For on_state: a socket without facts has told this transition, or counted it as lost. */
static __noinline void take_unremembered(struct sock *sk, int old_state, int state)
{
	__u64 note = transition_note(sk, old_state, state);
	__u32 slot = taken_slot(note), other = slot ^ 1;

	if (slot_is_of(other, note) || (taken_notes[slot] && !slot_is_of(slot, note) &&
					(!taken_notes[other] || taken_ns[other] < taken_ns[slot])))
		slot = other;
	taken_notes[slot] = note;
	taken_ns[slot] = bpf_ktime_get_ns();
	taken_any = 1;
}

/*
 * For the twin: whether there is such a note. Whatever note the socket has is taken off, as it is
 * of one transition.
 */
static __noinline bool was_taken_unremembered(struct sock *sk, int old_state, int state)
{
	__u64 note = transition_note(sk, old_state, state), found;
	__u32 slot = taken_slot(note);

	if (!slot_is_of(slot, note))
		slot ^= 1;
	if (!slot_is_of(slot, note))
		return false;
	found = taken_notes[slot];
	taken_notes[slot] = 0;
	return found == note;
}

/* For the twin, once for each transition. */
static __always_inline bool was_taken(struct sock *sk, int old_state, int state)
{
	volatile struct sw_cpu *cpu = this_cpu();

	if (taken_any && was_taken_unremembered(sk, old_state, state))
		return true;
	return cpu->taken_sk == (__u64)sk && cpu->taken_from == (__u32)old_state &&
	       cpu->taken_to == (__u32)state;
}

#endif
