/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The routes that are known while changes are followed. The kernel does not tell every change: when
 * an interface goes down its IPv4 routes go silently, so what is known must be held against what is
 * there.
 */
#ifndef SOCKWATCH_CORE_ROUTE_SET_H
#define SOCKWATCH_CORE_ROUTE_SET_H

#include <stdbool.h>

#include "core/route.h"

struct route_set {
	void *groups; /* owned */
};

typedef void route_tell_fn(void *arg, const struct route *route, enum route_change change);

/*
 * Notes a change that the kernel told. *ret_news: it is one; false when it was known already,
 * because the routes were read after it happened. 0 or -ENOMEM.
 */
int route_set_take(struct route_set *s, const struct route *route, enum route_change change,
		   bool *ret_news);

/* Makes the set equal to the list, telling each difference; tell may be NULL. 0 or -ENOMEM. */
int route_set_sync(struct route_set *s, const struct route_list *now, route_tell_fn *tell,
		   void *arg);

/* Frees what it owns; it is empty and usable again. */
void route_set_free(struct route_set *s);

#endif
