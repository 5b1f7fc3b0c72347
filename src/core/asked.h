/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether something that was recorded is asked for. Pure. */
#ifndef SOCKWATCH_CORE_ASKED_H
#define SOCKWATCH_CORE_ASKED_H

#include <stdbool.h>
#include <stddef.h>

struct record;
struct select_opts;
struct who_target;

struct asked {
	const struct select_opts *select; /* borrowed: filter and kinds */
	const struct who_target *targets; /* borrowed: ports and addresses, one of which it has */
	size_t n_targets;		  /* 0: any */
	const char *const *cgroups; /* borrowed: paths of those that the filter has by their ids */
	size_t n_cgroups;	    /* as far as they are known */
};

/*
 * What the recorder tells of itself and of losses is always asked for. A cgroup is meant with those
 * below it where its path is known, else by its id alone.
 */
bool record_asked(const struct asked *a, const struct record *rec);

#endif
