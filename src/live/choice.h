/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What of the BPF programs is loaded, and how they are set: by what the kernel has, what is asked
 * for, and what was refused.
 */
#ifndef SOCKWATCH_LIVE_CHOICE_H
#define SOCKWATCH_LIVE_CHOICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct features;
struct loader_opts;
struct sockwatch_bpf;

struct choice {
	bool stream;
	bool udp;
	bool snapshot;	  /* the iterators over sockets */
	bool by_sys_exit; /* calls are seen at every system call's exit */
	bool by_timers;	  /* TIME_WAIT is told to its end */
	bool untold;	  /* the sweep at the end */
	bool so_far;	  /* passes over long connections */
};

/*
 * Whether this kernel can do what is asked for at all. 0, or -ENOSYS with one line for the user in
 * `why` (of `size` bytes).
 */
int choice_check(const struct loader_opts *opts, const struct features *f, char *why, size_t size);

/* The best that this kernel should take. */
void choice_make(const struct loader_opts *opts, const struct features *f, struct choice *ret);

/*
 * For when the kernel refused it: leaves out what may be refused where the rest is not, one thing
 * at a call. Its name for people, static; NULL when nothing is left to go without.
 */
const char *choice_reduce(struct choice *c, const struct features *f);

/*
 * Sets the constants of the programs, and which programs and maps are loaded. After open and before
 * load, so that the verifier sees constants and drops what is not asked for.
 */
void choice_apply(const struct choice *c, const struct loader_opts *opts, const struct features *f,
		  struct sockwatch_bpf *skel);

/* Nanoseconds between two jiffies of this kernel; 0: not known. */
uint32_t choice_tick(void);

/* What was chosen for a stream, one line each, through log_verbose(). After load. */
void choice_describe(const struct choice *c, const struct features *f,
		     const struct sockwatch_bpf *skel);

/* Why the kernel may have refused the programs with this -errno, which it does not say itself. */
const char *choice_refusal(int err);

#endif
