// SPDX-License-Identifier: GPL-2.0-only
#include "core/route_set.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/array.h"

struct way {
	struct route route;
	bool seen; /* in the list that the set is made equal to */
	struct way *next;
};

/* The routes to one destination in one table with the same metric: mostly one. */
struct group {
	struct route key; /* without hops */
	struct way *ways; /* owned */
};

static int compare_groups(const void *left, const void *right)
{
	const struct group *a = left, *b = right;

	return route_compare_keys(&a->key, &b->key);
}

static struct group *group_of(const struct route_set *s, const struct route *r)
{
	struct group like = { .key = *r };
	struct group **found = tfind(&like, &s->groups, compare_groups);

	return found ? *found : NULL;
}

static struct group *group_make(struct route_set *s, const struct route *r)
{
	struct group *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->key = *r;
	g->key.hops = NULL;
	g->key.n_hops = 0;
	if (tsearch(g, &s->groups, compare_groups))
		return g;
	free(g);
	return NULL;
}

static void way_remove(struct way **at)
{
	struct way *way = *at;

	*at = way->next;
	route_free(&way->route);
	free(way);
}

static void group_free(void *group)
{
	struct group *g = group;

	while (g->ways)
		way_remove(&g->ways);
	free(g);
}

static void drop_if_empty(struct route_set *s, struct group *g)
{
	if (g->ways)
		return;
	tdelete(g, &s->groups, compare_groups);
	group_free(g);
}

static struct way **way_find(struct group *g, const struct route *r)
{
	struct way **at = &g->ways;

	while (*at && route_compare(&(*at)->route, r))
		at = &(*at)->next;
	return at;
}

static int way_add(struct route_set *s, const struct route *r, bool seen)
{
	struct group *g = group_of(s, r);
	struct way *way = calloc(1, sizeof(*way));

	if (way && route_copy(&way->route, r)) {
		free(way);
		way = NULL;
	}
	if (way && !g)
		g = group_make(s, r);
	if (!way || !g) {
		if (way)
			route_free(&way->route);
		free(way);
		return -ENOMEM;
	}
	way->seen = seen;
	way->next = g->ways;
	g->ways = way;
	return 0;
}

/* --- changes -----------------------------------------------------------------------------------
 */

static bool has_gateway(const struct route *r)
{
	return r->n_hops && r->hops[0].has_gateway;
}

/*
 * Whether a new route takes the place of one with its key. IPv4 has one with a key, unless they
 * were appended (fib_table_insert()). IPv6 replaces those with a gateway by one with a gateway, and
 * tells a route that got one more hop as a new one with all of them (fib6_add_rt2node()).
 */
static bool is_superseded(const struct route *old, const struct route *r, enum route_change change)
{
	if (r->family == AF_INET || r->nexthop_id)
		return change == ROUTE_REPLACED;
	if (has_gateway(old) != has_gateway(r))
		return false;
	if (has_gateway(r))
		return change == ROUTE_REPLACED || r->n_hops > 1;
	return change == ROUTE_REPLACED && old->n_hops && r->n_hops &&
	       old->hops[0].ifindex == r->hops[0].ifindex;
}

static int take_new(struct route_set *s, const struct route *r, enum route_change change,
		    bool *ret_news)
{
	struct group *g = group_of(s, r);
	struct way **at = g ? way_find(g, r) : NULL;

	*ret_news = false;
	if (at && *at && (change == ROUTE_ADDED || !g->ways->next))
		return 0;
	*ret_news = true;
	at = g ? &g->ways : NULL;
	while (at && *at) {
		if (is_superseded(&(*at)->route, r, change))
			way_remove(at);
		else
			at = &(*at)->next;
	}
	return way_add(s, r, false);
}

static bool same_hop(const struct route_hop *a, const struct route_hop *b)
{
	return a->ifindex == b->ifindex && a->has_gateway == b->has_gateway &&
	       !memcmp(a->gateway, b->gateway, sizeof(a->gateway));
}

/* IPv6 tells that a hop is gone as a route with this hop. False: the route has none of them. */
static bool take_hops(struct route *from, const struct route *r)
{
	uint32_t n = 0, before = from->n_hops;

	for (uint32_t i = 0; i < before; i++) {
		bool gone = false;

		for (uint32_t k = 0; k < r->n_hops && !gone; k++)
			gone = same_hop(&from->hops[i], &r->hops[k]);
		if (!gone)
			from->hops[n++] = from->hops[i];
	}
	from->n_hops = n;
	if (n == 1)
		from->hops[0].weight = 0; /* as the kernel tells an only one */
	return n < before;
}

static void take_gone(struct route_set *s, const struct route *r, bool *ret_news)
{
	struct group *g = group_of(s, r);
	struct way **at = g ? way_find(g, r) : NULL;

	*ret_news = g;
	if (!g)
		return;
	if (*at) {
		way_remove(at);
		drop_if_empty(s, g);
		return;
	}
	for (at = &g->ways; *at; at = &(*at)->next)
		if ((*at)->route.type == r->type && take_hops(&(*at)->route, r))
			break;
	if (*at && !(*at)->route.n_hops)
		way_remove(at);
	drop_if_empty(s, g);
}

int route_set_take(struct route_set *s, const struct route *r, enum route_change change,
		   bool *ret_news)
{
	if (change != ROUTE_DELETED)
		return take_new(s, r, change, ret_news);
	take_gone(s, r, ret_news);
	return 0;
}

/* --- all at once -------------------------------------------------------------------------------
 */

struct syncing {
	struct route_set *set;
	route_tell_fn *tell; /* may be NULL */
	void *arg;
	struct group **empty; /* owned: to be dropped, which the walk must not do itself */
	size_t n_empty;
	size_t cap_empty;
	int err;
};

static void tell(const struct syncing *y, const struct route *r, enum route_change change)
{
	if (y->tell)
		y->tell(y->arg, r, change);
}

/* Those that are known as they are. */
static void mark_known(struct route_set *s, const struct route_list *now)
{
	for (size_t i = 0; i < now->n; i++) {
		struct group *g = group_of(s, &now->all[i]);
		struct way **at = g ? way_find(g, &now->all[i]) : NULL;

		if (at && *at)
			(*at)->seen = true;
	}
}

static int take_unknown(struct syncing *y, const struct route *r)
{
	struct group *g = group_of(y->set, r);
	struct way **at = g ? way_find(g, r) : NULL;
	int err;

	if (at && *at)
		return 0;
	at = g ? &g->ways : NULL;
	while (at && *at && (*at)->seen)
		at = &(*at)->next;
	err = way_add(y->set, r, true);
	if (err)
		return err;
	if (at && *at) {
		if (at == &g->ways) /* the new one was put before it */
			at = &g->ways->next;
		way_remove(at);
		tell(y, r, ROUTE_REPLACED);
	} else {
		tell(y, r, ROUTE_ADDED);
	}
	return 0;
}

static void note_empty(struct syncing *y, struct group *g)
{
	if (ARRAY_ADD(y->empty, y->n_empty, y->cap_empty, &g))
		y->err = -ENOMEM;
}

static void sweep(const void *node, VISIT visit, void *closure)
{
	struct group *g = *(struct group *const *)node;
	struct way **at = &g->ways;

	if (visit != postorder && visit != leaf)
		return;
	while (*at) {
		if (!(*at)->seen) {
			tell(closure, &(*at)->route, ROUTE_DELETED);
			way_remove(at);
			continue;
		}
		(*at)->seen = false;
		at = &(*at)->next;
	}
	if (!g->ways)
		note_empty(closure, g);
}

int route_set_sync(struct route_set *s, const struct route_list *now, route_tell_fn *tell_change,
		   void *arg)
{
	struct syncing y = { .set = s, .tell = tell_change, .arg = arg };

	mark_known(s, now);
	for (size_t i = 0; i < now->n && !y.err; i++)
		y.err = take_unknown(&y, &now->all[i]);
	if (!y.err)
		twalk_r(s->groups, sweep, &y);
	for (size_t i = 0; i < y.n_empty; i++)
		drop_if_empty(s, y.empty[i]);
	free(y.empty);
	return y.err;
}

void route_set_free(struct route_set *s)
{
	tdestroy(s->groups, group_free);
	s->groups = NULL;
}
