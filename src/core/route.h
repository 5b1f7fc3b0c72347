/* SPDX-License-Identifier: GPL-2.0-only */
/* Routes, as rtnetlink(7) tells them. */
#ifndef SOCKWATCH_CORE_ROUTE_H
#define SOCKWATCH_CORE_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROUTE_HOPS_MAX 32 /* of a multipath route; more are counted, not kept */

struct route_hop {
	uint8_t gateway[16]; /* in network order; has_gateway */
	uint8_t family;	     /* of the gateway: an IPv4 route may go through an IPv6 one */
	bool has_gateway;
	bool dead; /* its interface is down */
	uint32_t ifindex;
	uint32_t weight; /* 1 and up; 0: the only one */
};

struct route {
	uint8_t family; /* AF_INET, AF_INET6 */
	uint8_t dst_len;
	uint8_t protocol; /* RTPROT_... */
	uint8_t scope;	  /* RT_SCOPE_... */
	uint8_t type;	  /* RTN_... */
	bool cloned;
	bool has_source;
	uint8_t dst[16]; /* in network order; all 0 for the default route */
	uint8_t source[16];
	uint32_t table;
	uint32_t metric;
	uint32_t mtu; /* bytes; 0: the interface's, as for the two below */
	uint32_t window;
	uint32_t rtt;	     /* ms */
	uint32_t nexthop_id; /* of a nexthop object; 0: none */
	struct route_hop hops[ROUTE_HOPS_MAX];
	uint32_t n_hops; /* 0: it leads nowhere (blackhole) */
	uint32_t n_more; /* hops that did not fit */
};

struct route_list {
	struct route *all; /* owned */
	size_t n;
	size_t cap;
};

/* Appends a copy. 0 or -ENOMEM. */
int route_list_add(struct route_list *l, const struct route *route);

/* By family, table, then as the kernel chooses: longest prefix last, as netstat has it first. */
void route_list_sort(struct route_list *l);

/* Frees what it owns; it is empty and usable again. */
void route_list_free(struct route_list *l);

/*
 * netstat's letters of a hop (at least 8 bytes): U up, G gateway, H host, D by redirect, A by
 * advertisement, C cloned, ! leads nowhere.
 */
void route_flags(const struct route *r, const struct route_hop *hop, char *text);

/* "unicast", "blackhole", ...; "kernel", "boot", "static", "dhcp", ...; NULL for no known number.
 */
const char *route_type_name(uint8_t type);
const char *route_protocol_name(uint8_t protocol);
const char *route_scope_name(uint8_t scope);

/* "main", "local", "default"; NULL for one without a name of the kernel's. */
const char *route_table_name(uint32_t table);

#endif
