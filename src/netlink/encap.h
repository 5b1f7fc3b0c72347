/* SPDX-License-Identifier: GPL-2.0-only */
/* What a route wraps its packets in (lightweight tunnels), told as ip-route(8) tells it. */
#ifndef SOCKWATCH_NETLINK_ENCAP_H
#define SOCKWATCH_NETLINK_ENCAP_H

#include <stdint.h>

struct nlattr;

/*
 * "mpls 100/200", "ip id 42 src 0.0.0.0 dst 10.0.0.9 ttl 0 tos 0", "seg6 mode encap segs 1 [
 * fd00::1 ]": the name of the type (LWTUNNEL_ENCAP_...; its number where it has none), and what of
 * nest, which is RTA_ENCAP, is understood. NULL when there is no memory; else the caller frees it.
 */
char *encap_format(uint16_t type, const struct nlattr *nest);

#endif
