// SPDX-License-Identifier: GPL-2.0-only
#include "core/family.h"

#include <inttypes.h>
#include <linux/if_ether.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define CONNECTED 1 /* NETLINK_CONNECTED, as SW_TCP_ESTABLISHED */

_Static_assert(sizeof(struct family_addr) == sizeof(union sw_addr), "one is kept in the other");

bool family_is_other(uint8_t proto)
{
	return proto >= SW_PROTO_PACKET && proto <= SW_PROTO_XDP;
}

void family_addr_set(union sw_addr *addr, const struct family_addr *from)
{
	memcpy(addr, from, sizeof(*addr));
}

struct family_addr family_addr_get(const union sw_addr *addr)
{
	struct family_addr ret;

	memcpy(&ret, addr, sizeof(ret));
	return ret;
}

static uint16_t port_of(const union sw_addr *addr)
{
	uint32_t port = family_addr_get(addr).port;

	return port <= UINT16_MAX ? (uint16_t)port : 0;
}

struct sw_tuple family_ports(const struct sw_tuple *t)
{
	struct sw_tuple ret = *t;

	ret.local_port = port_of(&t->local);
	ret.remote_port = port_of(&t->remote);
	return ret;
}

/* Those that iproute2 has names for. */
static const char *ethernet_name(uint16_t type)
{
	static const struct {
		uint16_t type;
		const char *name;
	} names[] = {
		{ ETH_P_ALL, "*" },	      { ETH_P_LOOP, "loop" },
		{ ETH_P_IP, "ip" },	      { ETH_P_ARP, "arp" },
		{ ETH_P_RARP, "rarp" },	      { ETH_P_8021Q, "802.1Q" },
		{ ETH_P_IPV6, "ipv6" },	      { ETH_P_PPP_DISC, "ppp_disc" },
		{ ETH_P_PPP_SES, "ppp_ses" }, { ETH_P_8021AD, "802.1ad" },
		{ ETH_P_AOE, "aoe" },	      { ETH_P_TIPC, "tipc" },
	};

	for (size_t i = 0; i < COUNT(names); i++)
		if (names[i].type == type)
			return names[i].name;
	return NULL;
}

/* Those of iproute2's nl_protos. */
static const char *netlink_name(uint16_t protocol)
{
	static const char *const names[] = {
		[NETLINK_ROUTE] = "rtnl",
		[NETLINK_USERSOCK] = "usersock",
		[NETLINK_FIREWALL] = "fw",
		[NETLINK_SOCK_DIAG] = "tcpdiag",
		[NETLINK_NFLOG] = "nflog",
		[NETLINK_XFRM] = "xfrm",
		[NETLINK_SELINUX] = "selinux",
		[NETLINK_ISCSI] = "iscsi",
		[NETLINK_AUDIT] = "audit",
		[NETLINK_FIB_LOOKUP] = "fiblookup",
		[NETLINK_CONNECTOR] = "connector",
		[NETLINK_NETFILTER] = "nft",
		[NETLINK_IP6_FW] = "ip6fw",
		[NETLINK_DNRTMSG] = "dec-rt",
		[NETLINK_KOBJECT_UEVENT] = "uevent",
		[NETLINK_GENERIC] = "genl",
		[NETLINK_SCSITRANSPORT] = "scsi-trans",
		[NETLINK_ECRYPTFS] = "ecryptfs",
		[NETLINK_RDMA] = "rdma",
		[NETLINK_CRYPTO] = "crypto",
		[NETLINK_SMC] = "smc",
	};

	return protocol < COUNT(names) ? names[protocol] : NULL;
}

/* NULL: it has none; or it has one, which only its number names. */
static const char *protocol_name(uint8_t proto, uint16_t protocol)
{
	return proto == SW_PROTO_PACKET	   ? ethernet_name(protocol)
	       : proto == SW_PROTO_NETLINK ? netlink_name(protocol)
					   : NULL;
}

const char *family_protocol(const struct sw_sock *sock, char *text)
{
	struct family_addr a = family_addr_get(&sock->tuple.local);
	const char *name = protocol_name(sock->proto, a.protocol);

	if (sock->proto != SW_PROTO_PACKET && sock->proto != SW_PROTO_NETLINK)
		return NULL;
	if (sock->proto == SW_PROTO_PACKET && a.protocol == ETH_P_ALL)
		return "all";
	if (name)
		return name;
	snprintf(text, FAMILY_TEXT_MAX, "%" PRIu16, a.protocol);
	return text;
}

/* "*" for any. */
static const char *number(uint32_t n, char text[12])
{
	if (n == FAMILY_ANY)
		return "*";
	snprintf(text, 12, "%" PRIu32, n);
	return text;
}

static void put_protocol(const struct sw_sock *sock, const struct family_addr *a, char text[16])
{
	const char *name = protocol_name(sock->proto, a->protocol);

	if (name)
		snprintf(text, 16, "%s", name);
	else if (sock->proto == SW_PROTO_PACKET)
		snprintf(text, 16, "[%" PRIu16 "]", a->protocol);
	else
		snprintf(text, 16, "%" PRIu16, a->protocol);
}

/* The interface, by its name or its number; "*" for any. */
static const char *interface(const struct sw_sock *sock, const char *device, char text[12])
{
	return device ? device : number(sock->tuple.device ? sock->tuple.device : FAMILY_ANY, text);
}

size_t family_format_local(const struct sw_sock *sock, const char *device, char *text)
{
	struct family_addr a = family_addr_get(&sock->tuple.local);
	char first[16], second[12];
	const char *host = first, *port;

	if (a.flags & FAMILY_UNNAMED) {
		strcpy(text, "-");
		return 1;
	}
	put_protocol(sock, &a, first);
	if (sock->proto == SW_PROTO_PACKET) {
		port = interface(sock, device, second);
	} else if (sock->proto == SW_PROTO_NETLINK) {
		port = a.id ? number(a.id, second) : "kernel";
	} else if (sock->proto == SW_PROTO_VSOCK) {
		host = number(a.id, first);
		port = number(a.port, second);
	} else {
		host = interface(sock, device, first);
		port = sock->tuple.device ? number(a.id, second) : "*";
	}
	return (size_t)snprintf(text, FAMILY_TEXT_MAX, "%.20s:%.20s", host, port);
}

size_t family_format_remote(const struct sw_sock *sock, char *text)
{
	struct family_addr a = family_addr_get(&sock->tuple.remote);
	char first[12], second[12];

	if (sock->proto == SW_PROTO_VSOCK && !(a.flags & FAMILY_UNNAMED))
		return (size_t)snprintf(text, FAMILY_TEXT_MAX, "%s:%s", number(a.id, first),
					number(a.port, second));
	if (sock->proto == SW_PROTO_NETLINK && sock->state == CONNECTED)
		return (size_t)snprintf(text, FAMILY_TEXT_MAX, "%" PRIu32 ":%" PRIu32, a.port,
					a.id);
	strcpy(text, a.flags & FAMILY_UNNAMED ? "-" : "*");
	return 1;
}

const char *sock_type_name(uint8_t type)
{
	static const char *const names[] = { [SOCK_STREAM] = "stream",
					     [SOCK_DGRAM] = "dgram",
					     [SOCK_RAW] = "raw",
					     [SOCK_RDM] = "rdm",
					     [SOCK_SEQPACKET] = "seqpacket" };

	return type < COUNT(names) ? names[type] : NULL;
}
