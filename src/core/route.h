/* SPDX-License-Identifier: GPL-2.0-only */
/* Routes, as rtnetlink(7) tells them. */
#ifndef SOCKWATCH_CORE_ROUTE_H
#define SOCKWATCH_CORE_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROUTE_METRICS 18	/* RTAX_... are below; a kernel to come may have more */
#define ROUTE_CONGESTION_MAX 16 /* TCP_CA_NAME_MAX */

struct route_hop {
	uint8_t gateway[16]; /* in network order; has_gateway */
	uint8_t family;	     /* of the gateway: an IPv4 route may go through an IPv6 one */
	bool has_gateway;
	bool dead;     /* not used: its interface is down */
	bool linkdown; /* its interface has no carrier */
	bool onlink;   /* the gateway counts as a neighbour, whatever the addresses are */
	uint32_t ifindex;
	uint32_t weight;	       /* 1 and up; 0: the only one */
	uint16_t realm_from, realm_to; /* classes of traffic; 0: none */
	/* owned: what packets are wrapped in, as ip-route(8) has it: "mpls 100/200"; NULL: nothing
	 */
	char *encap;
};

struct route {
	uint8_t family; /* AF_INET, AF_INET6 */
	uint8_t dst_len;
	uint8_t src_len;  /* 0: from anywhere */
	uint8_t tos;	  /* 0: any */
	uint8_t protocol; /* RTPROT_... */
	uint8_t scope;	  /* RT_SCOPE_... */
	uint8_t type;	  /* RTN_... */
	bool cloned;
	bool expires;
	bool has_source;
	bool has_preference;
	uint8_t preference; /* of IPv6 routers: RFC 4191 */
	uint8_t dst[16];    /* in network order; all 0 for the default route */
	uint8_t src[16];    /* whom it is for */
	uint8_t source[16]; /* the address that we send from */
	uint32_t table;
	uint32_t metric;		       /* its priority: the lowest wins */
	uint32_t nexthop_id;		       /* of a nexthop object; 0: none */
	uint32_t metrics[ROUTE_METRICS];       /* by RTAX_..., in the kernel's units; 0: not set */
	char congestion[ROUTE_CONGESTION_MAX]; /* the algorithm; "": the socket's */
	uint32_t n_hops;		       /* 0: it leads nowhere (blackhole) */
	struct route_hop *hops;		       /* owned */
	size_t cap_hops;
};

struct route_list {
	struct route *all; /* owned */
	size_t n;
	size_t cap;
};

enum route_change { ROUTE_ADDED, ROUTE_REPLACED, ROUTE_DELETED };

/* Appends a copy of the hop, whose encap changes hands. 0; or -ENOMEM: it is still the caller's. */
int route_add_hop(struct route *r, const struct route_hop *hop);

/* Copies the route and what it owns. 0 or -ENOMEM. */
int route_copy(struct route *to, const struct route *from);

/* Frees what it owns. */
void route_free(struct route *r);

/* Appends the route, which is the list's from then on. 0; or -ENOMEM: it is still the caller's. */
int route_list_add(struct route_list *l, const struct route *route);

/* Takes out all from the one with this number on, and frees them. */
void route_list_cut(struct route_list *l, size_t n);

/* By family, table (main first, local last), then as people read: the default route first. */
void route_list_sort(struct route_list *l);

/* Frees what it owns; it is empty and usable again. */
void route_list_free(struct route_list *l);

/*
 * 0 when both are one route, whose hops may have gone up or down meanwhile; or the order of the
 * two.
 */
int route_compare(const struct route *a, const struct route *b);

/* The same by what it is for only: family, table, destination, source, TOS and metric. */
int route_compare_keys(const struct route *a, const struct route *b);

/*
 * netstat's letters of a hop (at least 10 bytes): U up, G gateway, H host, D by redirect or
 * IPv6's default router, A by advertisement, C cloned, e expires, n without a hop, ! leads nowhere.
 */
void route_flags(const struct route *r, const struct route_hop *hop, char *text);

/* "unicast", "blackhole", ...; "kernel", "boot", "static", "dhcp", ...; NULL for no known number.
 */
const char *route_type_name(uint8_t type);
const char *route_protocol_name(uint8_t protocol);

/* "global", "link", "host", ...; for another its number, written to `text` (4 bytes). */
const char *route_scope_name(uint8_t scope, char *text);

/* "low", "medium", "high"; NULL for no known number. */
const char *route_preference_name(uint8_t preference);

/* "main", "local", "default"; NULL for one without a name of the kernel's. */
const char *route_table_name(uint32_t table);

/* "mtu", "window", "rtt", "advmss", ... of RTAX_...; NULL for one that is no number to tell. */
const char *route_metric_name(size_t metric);

/* Whether the kernel may not change it by what it learns (RTAX_LOCK). */
bool route_metric_is_locked(const struct route *r, size_t metric);

/* A metric as people know it: RTAX_RTT and RTAX_RTTVAR in ms, of which the kernel keeps parts. */
uint32_t route_metric(const struct route *r, size_t metric);

#endif
