/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Filters by where the owner runs, and what: by names that are known of a complete record only, and
 * that stay when a service or a container is started again. And by an expression.
 */
#ifndef SOCKWATCH_CORE_WHERE_H
#define SOCKWATCH_CORE_WHERE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/expr.h"

struct record;

#define WHERE_MAX 64 /* values of each */

/* Pieces of the command line, which are borrowed. */
struct where_values {
	struct where_value {
		const char *at;
		size_t len;
	} values[WHERE_MAX];
	size_t n; /* 0: all are meant */
};

/*
 * A value means what is equal to it, or what it is a pattern of, where it has a '*', a '?' or a
 * '[' (fnmatch(3)). A unit may be named without ".service", an executable by the name of its file;
 * a container by the first 12 digits, or more, of its id; one that has others in it means these,
 * too.
 */
struct where {
	struct where_values units;
	struct where_values containers;
	struct where_values pods;
	struct where_values exes;
	struct where_values comms; /* of any of its processes; not one of where_any() either */
	struct expr expr;	   /* not one of where_any() */
};

/* Takes the values of a list, which commas separate. 0; -EINVAL: one is empty; -E2BIG. */
int where_take(struct where_values *v, const char *list);

/* Whether it is, or matches, one of them, or there are none; NULL is none of them. */
bool where_matches(const struct where_values *v, const char *text);

/* Whether any of the names is asked for. */
bool where_any(const struct where *w);

/*
 * Whether it is what is asked for; a value that the record does not have is not. What tells of the
 * recorder or of losses always is.
 */
bool where_selected(const struct where *w, const struct record *rec);

#endif
