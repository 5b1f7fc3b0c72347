/* SPDX-License-Identifier: GPL-2.0-only */
/* Routes over rtnetlink. */
#ifndef SOCKWATCH_NETLINK_ROUTE_H
#define SOCKWATCH_NETLINK_ROUTE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/route.h"

struct nlmsghdr;
struct rtnl;

/* Appends every route of every table of a family (AF_INET, AF_INET6). 0 or -errno. */
int route_read(struct rtnl *r, uint8_t family, struct route_list *l);

/*
 * The groups of rtnl_open() that tell changes of routes: their own, and those of what the kernel
 * drops routes for without telling each.
 */
uint32_t route_groups(bool ipv4, bool ipv6);

/*
 * Takes RTM_NEWROUTE or RTM_DELROUTE apart. 0; -ENODATA: it is about something else; -EBADMSG: it
 * is too short for what it says it is; -ENOMEM. The caller frees what it owns.
 */
int route_parse(const struct nlmsghdr *message, struct route *ret, enum route_change *ret_change);

/*
 * Whether the kernel may have changed routes without telling: an interface is down or gone
 * (fib_sync_down_dev()), a nexthop object changed or is gone (__remove_nexthop_fib()), an address
 * is gone (fib_sync_down_addr()).
 */
bool route_is_silenced(const struct nlmsghdr *message);

#endif
