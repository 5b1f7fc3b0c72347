/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The BPF programs in the running kernel: loading, attaching, seeding the owners of what exists.
 * The only place, with choice.c, that knows the skeleton.
 */
#ifndef SOCKWATCH_LIVE_LOADER_H
#define SOCKWATCH_LIVE_LOADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct peers;
struct sw_cgroup_path;
struct sw_filter;
struct sw_cpu;
struct sw_event;

enum loader_iter {
	LOADER_ITER_DESCRIPTORS, /* struct sw_descriptor; seeds owners where there is a stream */
	LOADER_ITER_TCP,	 /* struct sw_row, of the network namespace that we are in */
	LOADER_ITER_UDP,
	LOADER_ITERS,
};

struct loader_opts {
	const struct sw_filter *filter; /* borrowed until loader_free(); copied into the programs */
	/*
	 * Borrowed for loader_open(): the paths of filter->cgroups, in their order, by which one
	 * that is made anew is known again; "" for one without. NULL: none has.
	 */
	const struct sw_cgroup_path *cgroup_paths;
	size_t buffer_size;   /* bytes; a power of two and a multiple of the page size */
	uint32_t max_sockets; /* that can be remembered; 0: as the memory is */
	uint32_t pidns;	      /* inode of our PID namespace; 0: the initial one, PIDs are global */
	int cgroup_fd; /* borrowed for loader_open(): root of the cgroups, for UDP; -1: none */
	bool stream;   /* events; else only what is there for live_snapshot() */
	bool walk;     /* no stream: rows by live/walk.h where that can be, or by nothing else: */
	bool walk_only;
	bool snapshot;	  /* the iterators over sockets, where the kernel takes them */
	uint32_t info;	  /* enum sw_info_bit: rows with what is asked for beyond them */
	bool details;	  /* rows with cgroup, bytes, retransmits, round-trip time */
	bool timers;	  /* rows of TCP with theirs */
	bool waits;	  /* of those, where nothing else is asked for, TIME_WAIT's */
	bool all_sockets; /* LOADER_ITER_DESCRIPTORS tells sockets of every kind, not TCP and UDP
			     only */
	bool tcp;
	bool udp;
	bool retransmits;
	bool conns;	     /* struct sw_conn in place of transitions and accepts */
	bool listeners;	     /* of conns: also listeners' begin and end, and binds */
	uint32_t interim_ms; /* of conns: how often long ones are told so far; 0: not */
	bool processes;	     /* sw_exec and sw_fork records too */
	bool time_wait_end;  /* by timers, where the kernel has their tracepoints */
};

struct loader; /* opaque */
struct walk;

/*
 * Loads, and attaches what the stream needs. On failure `why` (of `size` bytes) tells the user in
 * one line what is missing and *ret is untouched. 0; -ENOSYS when the kernel lacks what is needed;
 * another -errno from it.
 */
int loader_open(const struct loader_opts *opts, struct loader **ret, char *why, size_t size);

/* Whether LOADER_ITER_TCP and LOADER_ITER_UDP, as asked for, are there. */
bool loader_has_snapshot(const struct loader *l);

/* Not NULL: rows come by a walk, and there are no iterators. Borrowed. */
struct walk *loader_walk(const struct loader *l);

/*
 * Goes over from the walk to the iterators, as they were asked for at loader_open(). 0, or -errno
 * with what it says in `why`.
 */
int loader_leave_walk(struct loader *l, char *why, size_t size);

/* A descriptor to read an iterator's records from, to its end; owned by the caller. -errno. */
int loader_iterate(const struct loader *l, enum loader_iter which);

/*
 * Gives every TCP socket that a process holds, and that has no owner yet, its owner. Needs no
 * event of the socket; does nothing where there is no stream. 0, or -errno: the owners of older
 * sockets are then known to user space only.
 */
int loader_seed_owners(struct loader *l);

/*
 * Sends those connections into the ring that go on and were not told for loader_opts.interim_ms.
 * In *ret_wait_ms when it is to be called again, at the latest: 0: at once, after the ring was
 * read, as it took no more. 0; -EOPNOTSUPP: the kernel lacks what it needs (Linux 5.13); another
 * -errno: without rights it is not to be had (-EPERM before Linux 5.19).
 */
int loader_tell_so_far(struct loader *l, uint32_t *ret_wait_ms);

/*
 * Whether an owner has ended and another process holds its socket: the owners are to be seeded
 * again, which needs no rights any more (Linux 5.19; before, it fails with -EPERM).
 */
bool loader_owners_wanted(const struct loader *l);

/*
 * Detaches the programs: no more events; what the ring holds can still be read. Sockets that are
 * gone, and whose end was not seen, are counted as what sw_cpu.lost has.
 */
void loader_detach(struct loader *l);

/* For reader.c: the ring's map, the flag that asks for a wakeup, what each CPU counts. Borrowed. */
int loader_ring_fd(const struct loader *l);
size_t loader_ring_size(const struct loader *l);
uint32_t *loader_reader_waits(const struct loader *l);
const struct sw_cpu *loader_cpus(const struct loader *l);
size_t loader_cpu_count(const struct loader *l);

/* When events began to be taken (CLOCK_MONOTONIC): none is older. */
uint64_t loader_began(const struct loader *l);

/*
 * What UDP sockets have with their peers, mapped for as long as the loader is there. False: that is
 * not asked for (loader_opts.conns and udp).
 */
bool loader_peers(const struct loader *l, struct peers *ret);

/*
 * After loader_detach(): the end of TIME_WAIT that each CPU keeps until its next timer, into ret
 * (loader_cpu_count() of them). Means something where sw_cpu.tw_ended is set; kind 0: it is not
 * asked for. 0, or -errno: it may not be read.
 */
int loader_ended(const struct loader *l, struct sw_event *ret);

/*
 * Runs of programs, each of which may have been an event, that the kernel skipped because the
 * program was running on that CPU already: since 7.x one can be preempted before its first
 * instruction (bpf_prog_info.recursion_misses). What is no event is among them: a call that
 * another filter drops, or, where calls are seen at every system call's exit, any other call.
 * Costs a system call for each program. Never falls.
 */
uint64_t loader_missed(struct loader *l);

/* What was chosen, one line each, through log_verbose(). */
void loader_describe(const struct loader *l);

/* Detaches and frees; NULL is fine. */
void loader_free(struct loader *l);

#endif
