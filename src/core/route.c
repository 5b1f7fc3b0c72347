// SPDX-License-Identifier: GPL-2.0-only
#include "core/route.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/rtnetlink.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NAME_OF(names, i) ((i) < COUNT(names) ? (names)[i] : NULL)

int route_list_add(struct route_list *l, const struct route *route)
{
	size_t cap = l->cap ? l->cap * 2 : 16;
	struct route *all;

	if (l->n == l->cap) {
		all = reallocarray(l->all, cap, sizeof(*all));
		if (!all)
			return -ENOMEM;
		l->all = all;
		l->cap = cap;
	}
	l->all[l->n++] = *route;
	return 0;
}

static int compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* main, what others made, default, and local last: most people never ask for it. */
static uint64_t table_rank(uint32_t table)
{
	return table == RT_TABLE_MAIN ? 0 : table == RT_TABLE_LOCAL ? UINT64_MAX : table;
}

static int compare(const void *left, const void *right)
{
	const struct route *a = left, *b = right;
	int order = compare_numbers(a->family, b->family);

	if (!order)
		order = compare_numbers(table_rank(a->table), table_rank(b->table));
	if (!order)
		order = compare_numbers(a->dst_len != 0, b->dst_len != 0);
	if (!order)
		order = memcmp(a->dst, b->dst, sizeof(a->dst));
	if (!order)
		order = compare_numbers(a->dst_len, b->dst_len);
	return order ? order : compare_numbers(a->metric, b->metric);
}

void route_list_sort(struct route_list *l)
{
	if (l->n)
		qsort(l->all, l->n, sizeof(*l->all), compare);
}

void route_list_free(struct route_list *l)
{
	free(l->all);
	*l = (struct route_list){ 0 };
}

static bool leads_nowhere(uint8_t type)
{
	return type == RTN_BLACKHOLE || type == RTN_UNREACHABLE || type == RTN_PROHIBIT ||
	       type == RTN_THROW;
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
	if (r->protocol == RTPROT_REDIRECT)
		*text++ = 'D';
	if (r->protocol == RTPROT_RA)
		*text++ = 'A';
	if (r->cloned)
		*text++ = 'C';
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

const char *route_scope_name(uint8_t scope)
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
		return NULL;
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
