/* SPDX-License-Identifier: GPL-2.0-only */
/* Network interfaces, as rtnetlink(7) tells them. */
#ifndef SOCKWATCH_CORE_LINK_H
#define SOCKWATCH_CORE_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINK_NAME_MAX 16
#define LINK_HARDWARE_MAX 32
#define LINK_KIND_MAX 16

/* Since it is there; packets but for the bytes. netstat's columns: what /proc/net/dev has. */
struct link_counters {
	uint64_t rx_packets, rx_errors, rx_dropped, rx_overruns, rx_bytes;
	uint64_t tx_packets, tx_errors, tx_dropped, tx_overruns, tx_bytes;
	uint64_t multicast, collisions;
};

struct link {
	uint32_t index;
	uint32_t mtu;
	uint32_t flags; /* IFF_... */
	uint32_t master;
	uint32_t lower; /* index of what it is made on (a VLAN), or ends at (veth); 0: none here */
	uint16_t type;	/* ARPHRD_... */
	uint32_t queue_length;
	uint32_t carrier_changes;
	uint32_t promiscuity; /* how many want every packet; IFF_PROMISC: the user is one of them */
	uint8_t state;	      /* IF_OPER_...: RFC 2863 */
	uint8_t hardware_len;
	uint8_t hardware[LINK_HARDWARE_MAX];
	char name[LINK_NAME_MAX];
	char kind[LINK_KIND_MAX];  /* "veth", "bridge"; "": a device */
	char qdisc[LINK_KIND_MAX]; /* "": not known */
	struct link_counters counters;
};

struct link_addr {
	uint32_t index; /* of the interface */
	uint8_t family;
	uint8_t prefix;
	uint8_t addr[16]; /* in network order */
};

struct link_list {
	struct link *all; /* owned */
	size_t n;
	size_t cap;
	struct link_addr *addrs; /* owned; in the kernel's order */
	size_t n_addrs;
	size_t cap_addrs;
};

/* Append a copy. 0 or -ENOMEM. */
int link_list_add(struct link_list *l, const struct link *link);
int link_list_add_addr(struct link_list *l, const struct link_addr *addr);

/* The same, or takes the place of the interface with this index. 0 or -ENOMEM. */
int link_list_put(struct link_list *l, const struct link *link);

/* The interface with this index, or NULL; borrowed. */
const struct link *link_list_find(const struct link_list *l, uint32_t index);

/*
 * What a counter grew by from one reading to the next. One that went down was reset, and counts
 * from 0; before NULL: from 0 too.
 */
void link_counters_since(const struct link_counters *before, const struct link_counters *now,
			 struct link_counters *ret);

/* netstat's letters of the flags (at least 16 bytes), in its order. */
void link_flags(uint32_t flags, char *text);

/* "UP", "DOWN", "LOWERLAYERDOWN", ...; "UNKNOWN" is that of devices that do not say (lo). */
const char *link_state_name(uint8_t state);

/* "ether", "loopback", ...: ip-link(8)'s words; NULL for one without. */
const char *link_type_name(uint16_t type);

/* Frees what it owns; it is empty and usable again. */
void link_list_free(struct link_list *l);

#endif
