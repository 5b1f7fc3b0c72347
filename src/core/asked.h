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
};

/*
 * What the recorder tells of itself and of losses is always asked for. A cgroup is meant by its id,
 * without those below it.
 */
bool record_asked(const struct asked *a, const struct record *rec);

#endif
