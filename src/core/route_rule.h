/* SPDX-License-Identifier: GPL-2.0-only */
/* Rules that choose the routing table, as rtnetlink(7) tells them: ip-rule(8). Pure. */
#ifndef SOCKWATCH_CORE_ROUTE_RULE_H
#define SOCKWATCH_CORE_ROUTE_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROUTE_RULE_NAME_MAX 16 /* of an interface, with its NUL */

struct route_rule {
	uint8_t family; /* AF_INET, AF_INET6 */
	uint8_t action; /* FR_ACT_... */
	uint8_t src_len;
	uint8_t dst_len;
	uint8_t tos;
	uint8_t ip_proto; /* IPPROTO_...; 0: any */
	uint8_t protocol; /* RTPROT_...: who made it */
	bool inverted;	  /* for what does not match */
	bool l3mdev;	  /* the table is that of the VRF */
	bool has_uids;
	bool has_suppress;
	bool has_suppress_group;
	bool has_more;	 /* conditions that are not known here */
	uint8_t src[16]; /* in network order, as dst */
	uint8_t dst[16];
	uint32_t priority;
	uint32_t table;	     /* of FR_ACT_TO_TBL */
	uint32_t target;     /* of FR_ACT_GOTO: a priority */
	uint32_t mark, mask; /* of the firewall; 0: any */
	uint32_t first_uid, last_uid;
	uint32_t suppress;	       /* routes with a prefix this short or shorter do not count */
	uint32_t suppress_group;       /* nor do those through an interface of this group */
	uint16_t realm_from, realm_to; /* classes of traffic; 0: none */
	uint16_t src_ports[2];	       /* from and to; 0: any; as dst_ports */
	uint16_t dst_ports[2];
	char in[ROUTE_RULE_NAME_MAX];  /* interface that it came in by; "": any */
	char out[ROUTE_RULE_NAME_MAX]; /* interface that the socket is bound to */
};

struct route_rule_list {
	struct route_rule *all; /* owned */
	size_t n;
	size_t cap;
};

/* Appends a copy. 0 or -ENOMEM. */
int route_rule_list_add(struct route_rule_list *l, const struct route_rule *rule);

/*
 * Takes out a rule that is equal in every byte: those between members must be 0 in both, as in a
 * rule that rule_parse() made. False: there is none.
 */
bool route_rule_list_remove(struct route_rule_list *l, const struct route_rule *rule);

/* Frees what *l owns; it is empty and usable again. */
void route_rule_list_free(struct route_rule_list *l);

/* Of FR_ACT_...: "lookup", "goto", "blackhole", ...; NULL for a number that is not known. Static.
 */
const char *route_rule_action_name(uint8_t action);

#endif
