// SPDX-License-Identifier: GPL-2.0-only
#include "render/route.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/buf.h"
#include "core/route.h"
#include "render/cell.h"
#include "render/prefix.h"
#include "render/route_words.h"

#define ADDRESS_WIDTH 18 /* "192.168.100.200/24": at least; grows */
#define CHANGE_WIDTH 8
#define FLAGS_WIDTH 5
#define METRIC_WIDTH 6
#define TABLE_WIDTH 7

void render_route_fit(struct render_routes *r, const struct route *route)
{
	char text[PREFIX_TEXT_MAX];
	int len = (int)strlen(route_destination(route, !r->numeric, text));

	if (r->width < ADDRESS_WIDTH)
		r->width = ADDRESS_WIDTH;
	for (uint32_t i = 0; i < route->n_hops; i++) {
		int n = (int)strlen(route_gateway(route, &route->hops[i], text));

		len = n > len ? n : len;
	}
	if (r->width < len)
		r->width = len;
}

void render_route_header(struct render_routes *r, struct buf *b, bool changes)
{
	if (r->width < ADDRESS_WIDTH)
		r->width = ADDRESS_WIDTH;
	if (changes) {
		cell_put(b, "TIME", stamp_width(r->time) + 1);
		cell_put(b, "CHANGE", CHANGE_WIDTH);
	}
	cell_put(b, "Destination", r->width);
	cell_put(b, "Gateway", r->width);
	cell_put(b, "Flags", FLAGS_WIDTH);
	cell_put(b, "Metric", METRIC_WIDTH);
	if (r->tables)
		cell_put(b, "Table", TABLE_WIDTH);
	buf_puts(b, "Iface\n");
}

static void put_table(struct buf *b, uint32_t table)
{
	const char *name = route_table_name(table);

	if (name)
		cell_put(b, name, TABLE_WIDTH);
	else
		cell_put_number(b, table, TABLE_WIDTH);
}

static void put_metrics(struct buf *b, const struct route *route)
{
	for (size_t i = 0; i < ROUTE_METRICS; i++) {
		if (!route->metrics[i] || !route_metric_name(i))
			continue;
		buf_putc(b, ' ');
		buf_puts(b, route_metric_name(i));
		label_put_number(b, "=", true, route_metric(route, i));
	}
	route_put_locked(b, route, " locked=", ',');
	if (route->congestion[0])
		label_put_text(b, " congestion=", route->congestion);
}

static void put_extended(struct buf *b, const struct route *route)
{
	char text[PREFIX_TEXT_MAX];

	label_put_text(b, " type=", route_type_name(route->type));
	if (route_protocol_name(route->protocol))
		label_put_text(b, " protocol=", route_protocol_name(route->protocol));
	else
		label_put_number(b, " protocol=", route->protocol, route->protocol);
	label_put_text(b, " scope=", route_scope_name(route->scope, text));
	if (route->has_source)
		label_put_text(b, " source=",
			       inet_ntop(route->family, route->source, text, sizeof(text)));
	if (route->src_len)
		label_put_text(b, " from=",
			       prefix_format(route->family, route->src, route->src_len, text));
	label_put_number(b, " tos=", route->tos, route->tos);
	label_put_number(b, " nexthop_id=", route->nexthop_id, route->nexthop_id);
	if (route->has_preference)
		label_put_text(b, " pref=", route_preference_name(route->preference));
	put_metrics(b, route);
}

/* That packets are wrapped is told in any case: the next hop alone does not say where they go. */
static void put_hop_words(struct buf *b, const struct route_hop *hop, bool extended)
{
	char name[ROUTE_ENCAP_NAME_MAX];

	label_put_number(b, " weight=", hop->weight, hop->weight);
	if (hop->encap && extended)
		label_put_name(b, " encap=", hop->encap);
	else if (hop->encap)
		label_put_text(b, " encap=", route_encap_name(hop, name));
	if (extended && (hop->realm_from || hop->realm_to)) {
		label_put_number(b, " realms=", true, hop->realm_from);
		label_put_number(b, "/", true, hop->realm_to);
	}
	if (extended && hop->linkdown)
		buf_puts(b, " linkdown");
	if (extended && hop->onlink)
		buf_puts(b, " onlink");
}

static void put_hop(struct render_routes *r, struct buf *b, const struct route *route,
		    const struct route_hop *hop)
{
	char text[PREFIX_TEXT_MAX], flags[16];

	cell_put(b, route_destination(route, !r->numeric, text), r->width);
	cell_put(b, route_gateway(route, hop, text), r->width);
	route_flags(route, hop, flags);
	cell_put(b, flags, FLAGS_WIDTH);
	cell_put_number(b, route->metric, METRIC_WIDTH);
	if (r->tables)
		put_table(b, route->table);
	buf_puts(b, route_device(r, hop, text, sizeof(text)));
	if (hop)
		put_hop_words(b, hop, r->extended);
	if (r->extended)
		put_extended(b, route);
}

void render_change_text(struct render_routes *r, struct buf *b, const char *change,
			uint64_t wall_ns)
{
	size_t start = b->len;

	stamp_put(b, &r->stamp, r->time, wall_ns);
	cell_end(b, start, stamp_width(r->time) + 1);
	cell_put(b, change, CHANGE_WIDTH);
}

void render_route_text(struct render_routes *r, struct buf *b, const struct route *route,
		       const char *change, uint64_t wall_ns)
{
	uint32_t n = route->n_hops ? route->n_hops : 1;

	render_route_fit(r, route);
	for (uint32_t i = 0; i < n; i++) {
		if (change)
			render_change_text(r, b, change, wall_ns);
		put_hop(r, b, route, route_hop_of(route, i));
		buf_putc(b, '\n');
	}
}
