// SPDX-License-Identifier: GPL-2.0-only
#include "render/route_words.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "core/link.h"
#include "core/route.h"
#include "render/prefix.h"
#include "render/route.h"

const char *route_destination(const struct route *r, bool names, char *text)
{
	if (names && !r->dst_len)
		return strcpy(text, "default");
	return prefix_format(r->family, r->dst, r->dst_len, text);
}

const char *route_gateway(const struct route *r, const struct route_hop *hop, char *text)
{
	if (!hop || !hop->has_gateway)
		return r->family == AF_INET ? "0.0.0.0" : "::";
	return inet_ntop(hop->family, hop->gateway, text, INET6_ADDRSTRLEN);
}

const char *route_device(const struct render_routes *r, const struct route_hop *hop, char *text,
			 size_t size)
{
	const struct link *link;

	if (!hop || !hop->ifindex)
		return "*";
	link = link_list_find(r->links, hop->ifindex);
	if (link)
		return link->name;
	snprintf(text, size, "if%u", hop->ifindex);
	return text;
}

const char *route_encap_name(const struct route_hop *hop, char *name)
{
	snprintf(name, ROUTE_ENCAP_NAME_MAX, "%.*s", (int)strcspn(hop->encap, " "), hop->encap);
	return name;
}

const char *route_encap_details(const struct route_hop *hop)
{
	const char *blank = strchr(hop->encap, ' ');

	return blank ? blank + 1 : NULL;
}

void route_put_locked(struct buf *b, const struct route *route, const char *label, char between)
{
	bool any = false;

	for (size_t i = 0; i < ROUTE_METRICS; i++) {
		if (!route_metric_is_locked(route, i) || !route_metric_name(i))
			continue;
		if (any)
			buf_putc(b, between);
		else
			buf_puts(b, label);
		buf_puts(b, route_metric_name(i));
		any = true;
	}
}

const struct route_hop *route_hop_of(const struct route *r, uint32_t i)
{
	return i < r->n_hops ? &r->hops[i] : NULL;
}
