/* SPDX-License-Identifier: GPL-2.0-only */
/* Rules that choose the routing table, over rtnetlink. */
#ifndef SOCKWATCH_NETLINK_RULE_H
#define SOCKWATCH_NETLINK_RULE_H

#include <stdbool.h>
#include <stdint.h>

struct nlmsghdr;
struct rtnl;
struct route_rule;
struct route_rule_list;

/* Appends the rules of a family (AF_INET, AF_INET6), in their order. 0 or -errno. */
int rules_read(struct rtnl *r, uint8_t family, struct route_rule_list *l);

/* The groups of rtnl_open() that tell changes of rules. */
uint32_t rule_groups(bool ipv4, bool ipv6);

/*
 * Takes RTM_NEWRULE or RTM_DELRULE apart; every byte of *ret is set, so that rules can be compared.
 * 0; -ENODATA: it is about something else; -EBADMSG: too short.
 */
int rule_parse(const struct nlmsghdr *message, struct route_rule *ret, bool *ret_deleted);

#endif
