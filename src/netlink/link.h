/* SPDX-License-Identifier: GPL-2.0-only */
/* Network interfaces over rtnetlink. */
#ifndef SOCKWATCH_NETLINK_LINK_H
#define SOCKWATCH_NETLINK_LINK_H

struct link;
struct link_addr;
struct link_list;
struct nlmsghdr;
struct rtnl;

/* Reads the interfaces, and with `addrs` their addresses, into an empty list. 0 or -errno. */
int links_read(struct rtnl *r, int addrs, struct link_list *l);

/* Takes RTM_NEWLINK or RTM_NEWADDR apart. 0; -ENODATA: something else; -EBADMSG: too short. */
int link_parse(const struct nlmsghdr *message, struct link *ret);
int link_parse_addr(const struct nlmsghdr *message, struct link_addr *ret);

#endif
