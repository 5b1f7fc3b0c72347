// SPDX-License-Identifier: GPL-2.0-only
#include "core/route.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/icmpv6.h>
#include <linux/rtnetlink.h>

#include "base/array.h"
#include "base/compare.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NAME_OF(names, i) ((i) < COUNT(names) ? (names)[i] : NULL)

int route_add_hop(struct route *r, const struct route_hop *hop)
{
	return ARRAY_ADD(r->hops, r->n_hops, r->cap_hops, hop);
}

static int copy_hop(struct route *to, const struct route_hop *from)
{
	struct route_hop hop = *from;
	int err;

	if (from->encap) {
		hop.encap = strdup(from->encap);
		if (!hop.encap)
			return -ENOMEM;
	}
	err = route_add_hop(to, &hop);
	if (err)
		free(hop.encap);
	return err;
}

int route_copy(struct route *to, const struct route *from)
{
	struct route copy = *from;
	int err = 0;

	copy.hops = NULL;
	copy.n_hops = 0;
	copy.cap_hops = 0;
	for (uint32_t i = 0; i < from->n_hops && !err; i++)
		err = copy_hop(&copy, &from->hops[i]);
	if (err)
		route_free(&copy);
	else
		*to = copy;
	return err;
}

void route_free(struct route *r)
{
	for (uint32_t i = 0; i < r->n_hops; i++)
		free(r->hops[i].encap);
	free(r->hops);
	r->hops = NULL;
	r->n_hops = 0;
	r->cap_hops = 0;
}

int route_list_add(struct route_list *l, const struct route *route)
{
	return ARRAY_ADD(l->all, l->n, l->cap, route);
}

/* main, what others made, default, and local last: most people never ask for it. */
static uint64_t table_rank(uint32_t table)
{
	return table == RT_TABLE_MAIN ? 0 : table == RT_TABLE_LOCAL ? UINT64_MAX : table;
}

int route_compare_keys(const struct route *a, const struct route *b)
{
	int order = compare_numbers(a->family, b->family);

	if (!order)
		order = compare_numbers(table_rank(a->table), table_rank(b->table));
	if (!order)
		order = compare_numbers(a->dst_len != 0, b->dst_len != 0);
	if (!order)
		order = memcmp(a->dst, b->dst, sizeof(a->dst));
	if (!order)
		order = compare_numbers(a->dst_len, b->dst_len);
	if (!order)
		order = memcmp(a->src, b->src, sizeof(a->src));
	if (!order)
		order = compare_numbers(a->src_len, b->src_len);
	if (!order)
		order = compare_numbers(a->tos, b->tos);
	return order ? order : compare_numbers(a->metric, b->metric);
}

static int compare_hops(const struct route_hop *a, const struct route_hop *b)
{
	int order = compare_numbers(a->ifindex, b->ifindex);

	if (!order)
		order = compare_numbers(a->has_gateway, b->has_gateway);
	if (!order)
		order = compare_numbers(a->family, b->family);
	if (!order)
		order = memcmp(a->gateway, b->gateway, sizeof(a->gateway));
	if (!order)
		order = compare_numbers(a->weight, b->weight);
	if (!order)
		order = compare_numbers(a->realm_from, b->realm_from);
	if (!order)
		order = compare_numbers(a->realm_to, b->realm_to);
	if (!order)
		order = compare_numbers(a->onlink, b->onlink);
	return order ? order : strcmp(a->encap ? a->encap : "", b->encap ? b->encap : "");
}

/* How it gets there. */
static int compare_ways(const struct route *a, const struct route *b)
{
	int order = compare_numbers(a->type, b->type);

	if (!order)
		order = compare_numbers(a->protocol, b->protocol);
	if (!order)
		order = compare_numbers(a->scope, b->scope);
	if (!order)
		order = compare_numbers(a->nexthop_id, b->nexthop_id);
	if (!order)
		order = compare_numbers(a->preference, b->preference);
	if (!order)
		order = memcmp(a->source, b->source, sizeof(a->source));
	if (!order)
		order = memcmp(a->metrics, b->metrics, sizeof(a->metrics));
	if (!order)
		order = strcmp(a->congestion, b->congestion);
	if (!order)
		order = compare_numbers(a->n_hops, b->n_hops);
	for (uint32_t i = 0; i < a->n_hops && !order; i++)
		order = compare_hops(&a->hops[i], &b->hops[i]);
	return order;
}

int route_compare(const struct route *a, const struct route *b)
{
	int order = route_compare_keys(a, b);

	return order ? order : compare_ways(a, b);
}

static int compare(const void *left, const void *right)
{
	return route_compare(left, right);
}

void route_list_sort(struct route_list *l)
{
	if (l->n)
		qsort(l->all, l->n, sizeof(*l->all), compare);
}

void route_list_cut(struct route_list *l, size_t n)
{
	while (l->n > n)
		route_free(&l->all[--l->n]);
}

void route_list_free(struct route_list *l)
{
	route_list_cut(l, 0);
	free(l->all);
	*l = (struct route_list){ 0 };
}

static bool leads_nowhere(uint8_t type)
{
	return type == RTN_BLACKHOLE || type == RTN_UNREACHABLE || type == RTN_PROHIBIT ||
	       type == RTN_THROW;
}

/* IPv6's RTF_DEFAULT: rt6_add_dflt_router() */
static bool is_default_router(const struct route *r)
{
	return r->family == AF_INET6 && r->protocol == RTPROT_RA && !r->dst_len;
}

/* IPv6's RTF_NONEXTHOP: ip6_route_info_create(), addrconf_f6i_alloc() */
static bool needs_no_hop(const struct route *r)
{
	return r->family == AF_INET6 &&
	       (leads_nowhere(r->type) || r->type == RTN_LOCAL || r->type == RTN_ANYCAST);
}

void route_flags(const struct route *r, const struct route_hop *hop, char *text)
{
	if (leads_nowhere(r->type))
		*text++ = '!';
	else if (!hop || !hop->dead)
		*text++ = 'U';
	if (hop && hop->has_gateway)
		*text++ = 'G';
	if (r->dst_len == (r->family == AF_INET ? 32 : 128))
		*text++ = 'H';
	if (r->protocol == RTPROT_REDIRECT || is_default_router(r))
		*text++ = 'D';
	if (r->protocol == RTPROT_RA)
		*text++ = 'A';
	if (r->cloned)
		*text++ = 'C';
	if (r->expires)
		*text++ = 'e';
	if (needs_no_hop(r))
		*text++ = 'n';
	*text = '\0';
}

const char *route_type_name(uint8_t type)
{
	static const char *const names[] = { [RTN_UNICAST] = "unicast",
					     [RTN_LOCAL] = "local",
					     [RTN_BROADCAST] = "broadcast",
					     [RTN_ANYCAST] = "anycast",
					     [RTN_MULTICAST] = "multicast",
					     [RTN_BLACKHOLE] = "blackhole",
					     [RTN_UNREACHABLE] = "unreachable",
					     [RTN_PROHIBIT] = "prohibit",
					     [RTN_THROW] = "throw",
					     [RTN_NAT] = "nat" };

	return NAME_OF(names, type);
}

const char *route_protocol_name(uint8_t protocol)
{
	static const char *const names[] = { [RTPROT_REDIRECT] = "redirect",
					     [RTPROT_KERNEL] = "kernel",
					     [RTPROT_BOOT] = "boot",
					     [RTPROT_STATIC] = "static",
					     [RTPROT_RA] = "ra",
					     [RTPROT_ZEBRA] = "zebra",
					     [RTPROT_BIRD] = "bird",
					     [RTPROT_DHCP] = "dhcp",
					     [186] = "bgp",
					     [188] = "ospf" };

	return NAME_OF(names, protocol);
}

const char *route_preference_name(uint8_t preference)
{
	switch (preference) {
	case ICMPV6_ROUTER_PREF_LOW:
		return "low";
	case ICMPV6_ROUTER_PREF_MEDIUM:
		return "medium";
	case ICMPV6_ROUTER_PREF_HIGH:
		return "high";
	default:
		return NULL;
	}
}

const char *route_scope_name(uint8_t scope, char *text)
{
	switch (scope) {
	case RT_SCOPE_UNIVERSE:
		return "global";
	case RT_SCOPE_SITE:
		return "site";
	case RT_SCOPE_LINK:
		return "link";
	case RT_SCOPE_HOST:
		return "host";
	case RT_SCOPE_NOWHERE:
		return "nowhere";
	default:
		snprintf(text, 4, "%u", scope);
		return text;
	}
}

const char *route_table_name(uint32_t table)
{
	switch (table) {
	case RT_TABLE_MAIN:
		return "main";
	case RT_TABLE_LOCAL:
		return "local";
	case RT_TABLE_DEFAULT:
		return "default";
	default:
		return NULL;
	}
}

const char *route_metric_name(size_t metric)
{
	static const char *const names[] = { [RTAX_MTU] = "mtu",
					     [RTAX_WINDOW] = "window",
					     [RTAX_RTT] = "rtt",
					     [RTAX_RTTVAR] = "rttvar",
					     [RTAX_SSTHRESH] = "ssthresh",
					     [RTAX_CWND] = "cwnd",
					     [RTAX_ADVMSS] = "advmss",
					     [RTAX_REORDERING] = "reordering",
					     [RTAX_HOPLIMIT] = "hoplimit",
					     [RTAX_INITCWND] = "initcwnd",
					     [RTAX_FEATURES] = "features",
					     [RTAX_RTO_MIN] = "rto_min",
					     [RTAX_INITRWND] = "initrwnd",
					     [RTAX_QUICKACK] = "quickack",
					     [RTAX_FASTOPEN_NO_COOKIE] = "fastopen_no_cookie" };

	return NAME_OF(names, metric);
}

bool route_metric_is_locked(const struct route *r, size_t metric)
{
	return r->metrics[RTAX_LOCK] & (1u << metric);
}

uint32_t route_metric(const struct route *r, size_t metric)
{
	uint32_t value = r->metrics[metric];

	return metric == RTAX_RTT ? value / 8 : metric == RTAX_RTTVAR ? value / 4 : value;
}
