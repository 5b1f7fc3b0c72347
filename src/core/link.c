// SPDX-License-Identifier: GPL-2.0-only
#include "core/link.h"

#include <stdlib.h>
#include <string.h>

#include <linux/if.h>
#include <linux/if_arp.h>

#include "base/array.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

int link_list_add(struct link_list *l, const struct link *link)
{
	return ARRAY_ADD(l->all, l->n, l->cap, link);
}

int link_list_add_addr(struct link_list *l, const struct link_addr *addr)
{
	return ARRAY_ADD(l->addrs, l->n_addrs, l->cap_addrs, addr);
}

const struct link *link_list_find(const struct link_list *l, uint32_t index)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->all[i].index == index)
			return &l->all[i];
	return NULL;
}

int link_list_put(struct link_list *l, const struct link *link)
{
	for (size_t i = 0; i < l->n; i++) {
		if (l->all[i].index == link->index) {
			l->all[i] = *link;
			return 0;
		}
	}
	return link_list_add(l, link);
}

static uint64_t since(uint64_t before, uint64_t now)
{
	return now >= before ? now - before : now;
}

void link_counters_since(const struct link_counters *before, const struct link_counters *now,
			 struct link_counters *ret)
{
	static const struct link_counters none;
	const struct link_counters *b = before ? before : &none;

	*ret = (struct link_counters){ .rx_packets = since(b->rx_packets, now->rx_packets),
				       .rx_errors = since(b->rx_errors, now->rx_errors),
				       .rx_dropped = since(b->rx_dropped, now->rx_dropped),
				       .rx_overruns = since(b->rx_overruns, now->rx_overruns),
				       .rx_bytes = since(b->rx_bytes, now->rx_bytes),
				       .tx_packets = since(b->tx_packets, now->tx_packets),
				       .tx_errors = since(b->tx_errors, now->tx_errors),
				       .tx_dropped = since(b->tx_dropped, now->tx_dropped),
				       .tx_overruns = since(b->tx_overruns, now->tx_overruns),
				       .tx_bytes = since(b->tx_bytes, now->tx_bytes),
				       .multicast = since(b->multicast, now->multicast),
				       .collisions = since(b->collisions, now->collisions) };
}

void link_flags(uint32_t flags, char *text)
{
	static const struct {
		uint32_t flag;
		char letter;
	} letters[] = { { IFF_ALLMULTI, 'A' },	  { IFF_BROADCAST, 'B' },  { IFF_DEBUG, 'D' },
			{ IFF_LOOPBACK, 'L' },	  { IFF_MULTICAST, 'M' },  { IFF_DYNAMIC, 'd' },
			{ IFF_PROMISC, 'P' },	  { IFF_NOTRAILERS, 'N' }, { IFF_NOARP, 'O' },
			{ IFF_POINTOPOINT, 'P' }, { IFF_SLAVE, 's' },	   { IFF_MASTER, 'm' },
			{ IFF_RUNNING, 'R' },	  { IFF_UP, 'U' } };

	for (size_t i = 0; i < COUNT(letters); i++)
		if (flags & letters[i].flag)
			*text++ = letters[i].letter;
	*text = '\0';
}

const char *link_state_name(uint8_t state)
{
	static const char *const names[] = { [IF_OPER_UNKNOWN] = "UNKNOWN",
					     [IF_OPER_NOTPRESENT] = "NOTPRESENT",
					     [IF_OPER_DOWN] = "DOWN",
					     [IF_OPER_LOWERLAYERDOWN] = "LOWERLAYERDOWN",
					     [IF_OPER_TESTING] = "TESTING",
					     [IF_OPER_DORMANT] = "DORMANT",
					     [IF_OPER_UP] = "UP" };

	return state < COUNT(names) ? names[state] : names[IF_OPER_UNKNOWN];
}

const char *link_type_name(uint16_t type)
{
	static const struct {
		uint16_t type;
		const char *name;
	} types[] = { { ARPHRD_ETHER, "ether" },
		      { ARPHRD_LOOPBACK, "loopback" },
		      { ARPHRD_NONE, "none" },
		      { ARPHRD_PPP, "ppp" },
		      { ARPHRD_TUNNEL, "ipip" },
		      { ARPHRD_TUNNEL6, "tunnel6" },
		      { ARPHRD_SIT, "sit" },
		      { ARPHRD_IPGRE, "gre" },
		      { ARPHRD_IP6GRE, "gre6" },
		      { ARPHRD_INFINIBAND, "infiniband" },
		      { ARPHRD_IEEE80211, "ieee802.11" } };

	for (size_t i = 0; i < COUNT(types); i++)
		if (types[i].type == type)
			return types[i].name;
	return NULL;
}

void link_list_free(struct link_list *l)
{
	free(l->all);
	free(l->addrs);
	*l = (struct link_list){ 0 };
}
