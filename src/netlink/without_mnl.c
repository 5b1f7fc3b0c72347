// SPDX-License-Identifier: GPL-2.0-only
/*
 * In place of what speaks netlink, where there is no libmnl to link: distributions have no static
 * one. Routes and interfaces are refused, sockets come from /proc alone.
 */
#ifndef HAVE_MNL
#include <errno.h>
#include <stddef.h>

#include "netlink/conntrack.h"
#include "netlink/family_diag.h"
#include "netlink/inet_diag.h"
#include "netlink/link.h"
#include "netlink/route.h"
#include "netlink/rtnl.h"
#include "netlink/rule.h"
#include "netlink/unix_diag.h"

int rtnl_open(uint32_t groups, struct rtnl **ret)
{
	(void)groups;
	*ret = NULL;
	return -ENOSYS;
}

int rtnl_fd(const struct rtnl *r)
{
	(void)r;
	return -1;
}

int rtnl_news(struct rtnl *r, rtnl_take_fn *take, void *arg)
{
	(void)r;
	(void)take;
	(void)arg;
	return -ENOSYS;
}

void rtnl_free(struct rtnl *r)
{
	(void)r;
}

int route_read(struct rtnl *r, uint8_t family, struct route_list *l)
{
	(void)r;
	(void)family;
	(void)l;
	return -ENOSYS;
}

uint32_t route_groups(bool ipv4, bool ipv6)
{
	(void)ipv4;
	(void)ipv6;
	return 0;
}

int route_parse(const struct nlmsghdr *message, struct route *ret, enum route_change *ret_change)
{
	(void)message;
	(void)ret;
	(void)ret_change;
	return -ENODATA;
}

bool route_is_silenced(const struct nlmsghdr *message)
{
	(void)message;
	return false;
}

int rules_read(struct rtnl *r, uint8_t family, struct route_rule_list *l)
{
	(void)r;
	(void)family;
	(void)l;
	return -ENOSYS;
}

uint32_t rule_groups(bool ipv4, bool ipv6)
{
	(void)ipv4;
	(void)ipv6;
	return 0;
}

int rule_parse(const struct nlmsghdr *message, struct route_rule *ret, bool *ret_deleted)
{
	(void)message;
	(void)ret;
	(void)ret_deleted;
	return -ENODATA;
}

int link_parse(const struct nlmsghdr *message, struct link *ret)
{
	(void)message;
	(void)ret;
	return -ENODATA;
}

int links_read(struct rtnl *r, int addrs, struct link_list *l)
{
	(void)r;
	(void)addrs;
	(void)l;
	return -ENOSYS;
}

int family_diag_read(uint8_t proto, uint32_t netns, struct snapshot *s)
{
	(void)proto;
	(void)netns;
	(void)s;
	return -ENOENT;
}

int inet_diag_read(uint8_t proto, uint32_t netns, struct snapshot *s)
{
	(void)proto;
	(void)netns;
	(void)s;
	return -ENOENT;
}

int inet_diag_table(const struct inet_diag_opts *opts, struct snapshot *s)
{
	(void)opts;
	(void)s;
	return -ENOENT;
}

int unix_diag_read(uint32_t netns, struct unix_list *l)
{
	(void)netns;
	(void)l;
	return -ENOENT;
}

int inet_diag_bound(uint32_t netns, struct snapshot *s)
{
	(void)netns;
	(void)s;
	return -ENOENT;
}

int conntrack_read(const struct conntrack_reader *reader)
{
	(void)reader;
	return -ENOSYS;
}

/* Nobody calls these: nat_helper.c starts nothing. */
int conntrack_ask_open(struct conntrack_asker **ret)
{
	(void)ret;
	return -ENOSYS;
}

int conntrack_ask(struct conntrack_asker *a, uint8_t proto, const struct sw_tuple *t,
		  struct sw_tuple *ret)
{
	(void)a;
	(void)proto;
	(void)t;
	(void)ret;
	return -ENOSYS;
}

void conntrack_ask_close(struct conntrack_asker *a)
{
	(void)a;
}

#endif
