/* SPDX-License-Identifier: GPL-2.0-only */
/* Who has an address that a bind did not get: looked up when it has just failed, and remembered. */
#ifndef SOCKWATCH_WORDS_BLOCKED_H
#define SOCKWATCH_WORDS_BLOCKED_H

#include "core/who.h"

#define BLOCKED_MAX 16
#define BLOCKED_IDLE 256

struct select_opts;

/* Starts as all zero but for the two borrowed. */
struct blocked {
	const struct select_opts *select; /* borrowed */
	int proc_fd;			  /* borrowed */
	struct blocked_address {
		union sw_addr addr;
		uint32_t netns;
		uint16_t port;
		uint8_t proto;
		uint64_t until_ns; /* how long it counts; 0: not known */
		struct who_blockers by;
	} last[BLOCKED_MAX];
	/*
	 * Sockets of TCP that were bound when they were seen last: no table in /proc has one that
	 * does nothing, and the kernel's diagnosis cannot be asked any more. The newest of them.
	 */
	struct blocked_idle {
		struct sw_tuple tuple;
		uint64_t inode; /* 0: none */
	} idle[BLOCKED_IDLE];
	size_t n_idle;	     /* that were noted, ever */
	uint64_t spent_ns;   /* by looks, less what has been earned since; see blocked_get() */
	uint64_t seen_ns;    /* when that was counted */
	uint64_t end_ns;     /* of the look at hand */
	uint64_t end_cpu_ns; /* the same, as clock_cpu() has it */
};

/*
 * Of a bind that failed with EADDRINUSE just now; borrowed until the next call. NULL: not known, as
 * a look is bounded (a quarter of a second of CPU), and all of them, after the first second of
 * looking, take a quarter of the time at most: anybody can fail to bind as often as he likes.
 */
const struct who_blockers *blocked_get(struct blocked *b, const struct sw_event *e);

/* Something happened on this local port: what was seen there counts no more. */
void blocked_forget(struct blocked *b, uint16_t port);

/* A socket is bound: a row, or as an event has just told. Others than such of TCP are passed over.
 */
void blocked_note(struct blocked *b, const struct sw_sock *s);

void blocked_free(struct blocked *b);

#endif
