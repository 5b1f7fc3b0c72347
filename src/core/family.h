/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sockets of families without addresses of IP. They are rows as all others, and what names one
 * stands in the tuple in place of its two addresses; its interface is the tuple's.
 */
#ifndef SOCKWATCH_CORE_FAMILY_H
#define SOCKWATCH_CORE_FAMILY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"

#define FAMILY_TEXT_MAX 64
#define FAMILY_ANY UINT32_MAX /* of vsock: any CID or port */

/* One side of a socket; what a family has no use for is 0. */
struct family_addr {
	uint32_t id;	   /* netlink: port id; vsock: CID; xdp: queue */
	uint32_t port;	   /* vsock; netlink, of the remote side: group that it sends to */
	uint32_t groups;   /* netlink: of the first 32 it listens to, bit 1 << number - 1 */
	uint16_t protocol; /* packet: type of Ethernet; netlink: NETLINK_ROUTE, ... */
	uint8_t type;	   /* SOCK_STREAM, ...; 0: not known */
	uint8_t flags;	   /* enum family_flag */
};

enum family_flag {
	FAMILY_PROMISCUOUS = 1 << 0, /* packet: it has asked for it */
	FAMILY_UNNAMED = 1 << 1,     /* this kernel does not tell more than that it is there */
};

/* Whether the tuple of such a protocol (SW_PROTO_...) has names of that kind. */
bool family_is_other(uint8_t proto);

void family_addr_set(union sw_addr *addr, const struct family_addr *from);
struct family_addr family_addr_get(const union sw_addr *addr);

/* The tuple of a vsock socket, with its ports where those of IP stand: 0 for one that has no room.
 */
struct sw_tuple family_ports(const struct sw_tuple *t);

/*
 * As ss(8) writes them: "arp:eth0", "rtnl:4711", "3:1024". device: the name of the interface, or
 * NULL. Returns the length; text has FAMILY_TEXT_MAX bytes.
 */
size_t family_format_local(const struct sw_sock *sock, const char *device, char *text);
size_t family_format_remote(const struct sw_sock *sock, char *text);

/*
 * "arp", "rtnl", or a number where it has no name here, in `text` of FAMILY_TEXT_MAX bytes; of a
 * protocol without such a thing NULL.
 */
const char *family_protocol(const struct sw_sock *sock, char *text);

/* "stream", "dgram", "raw", ...; NULL for a number that is none. */
const char *sock_type_name(uint8_t type);

#endif
