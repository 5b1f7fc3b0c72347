/* SPDX-License-Identifier: GPL-2.0-only */
/* What this kernel offers to the BPF programs, found by its BTF, never by its version. */
#ifndef SOCKWATCH_LIVE_FEATURES_H
#define SOCKWATCH_LIVE_FEATURES_H

#include <stdbool.h>
#include <stddef.h>

enum feature_id {
	FEATURE_BTF,
	FEATURE_STATE,
	FEATURE_TASK_FILE,
	FEATURE_ITERATORS,
	FEATURE_FOR_EACH,
	FEATURE_SOCKET_COOKIE,
	FEATURE_SOCK_FROM_FILE,
	FEATURE_SYSCALL_EVENTS,
	FEATURE_HASH_ALLOC,
	FEATURE_SYS_EXIT,
	FEATURE_CALLS_32,
	FEATURE_URING,
	FEATURE_TASK_PT_REGS,
	FEATURE_CAST,
	FEATURE_PREEMPT,
	FEATURE_READ,
	FEATURE_LENGTHS,
	FEATURE_TIMERS,
	FEATURE_DROPS,
	FEATURE_RETRANSMIT,
	FEATURE_EXEC,
	FEATURE_MKDIR,
	FEATURE_CGROUP2,
	FEATURES,
};

struct feature;

struct features {
	bool has[FEATURES];
	int btf_err; /* why the types could not be read, -errno; 0: they are there, or are no types
		      */
};

/*
 * Fills *ret; cannot fail, what cannot be found out is not there. cgroup_fd: the root of the
 * cgroups, negative where there is none.
 */
void features_probe(int cgroup_fd, struct features *ret);

const struct feature *feature_get(enum feature_id id);

/*
 * Which capabilities the programs need and this process lacks, as "CAP_BPF, CAP_PERFMON" into text;
 * empty when nothing is missing. CAP_SYS_ADMIN stands for both (capabilities(7)). With UDP,
 * CAP_NET_ADMIN is needed too.
 */
void privilege_missing(bool udp, char *text, size_t size);

#endif
