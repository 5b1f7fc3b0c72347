// SPDX-License-Identifier: GPL-2.0-only
#include "render/route.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include <linux/rtnetlink.h>

#include "base/buf.h"
#include "core/link.h"
#include "core/route.h"
#include "render/cell.h"
#include "render/json_put.h"
#include "render/prefix.h"
#include "render/schema.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define ADDRESS_WIDTH 18 /* "192.168.100.200/24": at least; grows */
#define CHANGE_WIDTH 8
#define FLAGS_WIDTH 5
#define METRIC_WIDTH 6
#define TABLE_WIDTH 7

static const char *destination(const struct route *r, bool names, char *text)
{
	if (names && !r->dst_len)
		return strcpy(text, "default");
	return prefix_format(r->family, r->dst, r->dst_len, text);
}

/* Like netstat: all zeros, where there is none. */
static const char *gateway(const struct route *r, const struct route_hop *hop, char *text)
{
	if (!hop || !hop->has_gateway)
		return r->family == AF_INET ? "0.0.0.0" : "::";
	return inet_ntop(hop->family, hop->gateway, text, INET6_ADDRSTRLEN);
}

/* "*": none; an interface that is gone by now is told by its number. */
static const char *device(const struct render_routes *r, const struct route_hop *hop, char *text,
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

static const struct route_hop *hop_of(const struct route *r, uint32_t i)
{
	return i < r->n_hops ? &r->hops[i] : NULL;
}

void render_route_fit(struct render_routes *r, const struct route *route)
{
	char text[PREFIX_TEXT_MAX];
	int len = (int)strlen(destination(route, !r->numeric, text));

	if (r->width < ADDRESS_WIDTH)
		r->width = ADDRESS_WIDTH;
	for (uint32_t i = 0; i < route->n_hops; i++) {
		int n = (int)strlen(gateway(route, &route->hops[i], text));

		len = n > len ? n : len;
	}
	if (r->width < len)
		r->width = len;
}

/* --- text ------------------------------------------------------------------------------------- */

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
	label_put_text(b, " scope=", route_scope_name(route->scope));
	if (route->has_source)
		label_put_text(b, " source=",
			       inet_ntop(route->family, route->source, text, sizeof(text)));
	if (route->src_len)
		label_put_text(b, " from=",
			       prefix_format(route->family, route->src, route->src_len, text));
	label_put_number(b, " tos=", route->tos, route->tos);
	label_put_number(b, " nexthop_id=", route->nexthop_id, route->nexthop_id);
	put_metrics(b, route);
}

static void put_hop(struct render_routes *r, struct buf *b, const struct route *route,
		    const struct route_hop *hop)
{
	char text[PREFIX_TEXT_MAX], flags[16];

	cell_put(b, destination(route, !r->numeric, text), r->width);
	cell_put(b, gateway(route, hop, text), r->width);
	route_flags(route, hop, flags);
	cell_put(b, flags, FLAGS_WIDTH);
	cell_put_number(b, route->metric, METRIC_WIDTH);
	if (r->tables)
		put_table(b, route->table);
	buf_puts(b, device(r, hop, text, sizeof(text)));
	if (hop)
		label_put_number(b, " weight=", hop->weight, hop->weight);
	if (hop && hop->linkdown && r->extended)
		buf_puts(b, " linkdown");
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
		put_hop(r, b, route, hop_of(route, i));
		buf_putc(b, '\n');
	}
}

/* --- JSON and CSV ----------------------------------------------------------------------------- */

/* The route comes first: fields follow it. */
struct route_line {
	const struct route *route;
	const struct render_routes *r;
	const struct route_hop
		*hop;	    /* CSV: of this line; JSON: the only one; NULL: none, or several */
	const char *change; /* NULL: none */
	uint64_t wall_ns;
	bool has_list; /* the hops are told one by one in a list */
	bool is_csv;
};

static const struct route_line *line_of(const void *line)
{
	return line;
}

static const struct route *route_of(const void *line)
{
	return line_of(line)->route;
}

static bool get_family(const void *line, struct field_value *v)
{
	return value_text(v, route_of(line)->family == AF_INET ? "ipv4" : "ipv6");
}

static bool get_dst(const void *line, struct field_value *v)
{
	return value_text(v, destination(route_of(line), false, v->scratch));
}

static bool get_gateway(const void *line, struct field_value *v)
{
	const struct route_hop *hop = line_of(line)->hop;

	return hop && hop->has_gateway && value_text(v, gateway(route_of(line), hop, v->scratch));
}

static bool get_dev(const void *line, struct field_value *v)
{
	const struct route_hop *hop = line_of(line)->hop;

	return hop && hop->ifindex &&
	       value_text(v, device(line_of(line)->r, hop, v->scratch, sizeof(v->scratch)));
}

static bool get_flags(const void *line, struct field_value *v)
{
	route_flags(route_of(line), line_of(line)->hop, v->scratch);
	return !line_of(line)->has_list && value_text(v, v->scratch);
}

static bool get_weight(const void *line, struct field_value *v)
{
	const struct route_hop *hop = line_of(line)->hop;

	return hop && value_number(v, hop->weight, hop->weight);
}

static bool get_linkdown(const void *line, struct field_value *v)
{
	const struct route_hop *hop = line_of(line)->hop;

	return hop && value_number(v, hop->linkdown, true);
}

/* CSV has it behind all. */
static bool get_linkdown_last(const void *line, struct field_value *v)
{
	return line_of(line)->is_csv && get_linkdown(line, v);
}

static void put_hops(struct buf *b, const void *line, const struct field_value *v);

static bool get_nexthops(const void *line, struct field_value *v)
{
	v->put_elements = put_hops;
	return line_of(line)->has_list;
}

static bool get_table_name(const void *line, struct field_value *v)
{
	return value_text(v, route_table_name(route_of(line)->table));
}

static bool get_type(const void *line, struct field_value *v)
{
	return value_text(v, route_type_name(route_of(line)->type));
}

static bool get_protocol_name(const void *line, struct field_value *v)
{
	return value_text(v, route_protocol_name(route_of(line)->protocol));
}

static bool get_scope(const void *line, struct field_value *v)
{
	return value_text(v, route_scope_name(route_of(line)->scope));
}

static bool get_source(const void *line, struct field_value *v)
{
	const struct route *r = route_of(line);

	return r->has_source &&
	       value_text(v, inet_ntop(r->family, r->source, v->scratch, sizeof(v->scratch)));
}

static bool get_from(const void *line, struct field_value *v)
{
	const struct route *r = route_of(line);

	return r->src_len &&
	       value_text(v, prefix_format(r->family, r->src, r->src_len, v->scratch));
}

static bool get_metric(const void *line, struct field_value *v)
{
	size_t i = v->field->at;

	return route_of(line)->metrics[i] && value_number(v, true, route_metric(route_of(line), i));
}

#define IN(member) FIELD_IN(struct route, member)
#define METRIC(key, rtax, about)                                  \
	{                                                         \
		KEY(key, NUMBER, get_metric, about), .at = (rtax) \
	}

static const struct field fields[] = {
	{ KEY("time", TIME, field_member, "When: RFC 3339, UTC, nanoseconds"),
	  FIELD_AT(struct route_line, wall_ns) },
	{ KEY("event", WORD, field_word, "Always route"), .word = "route", JSON_ONLY },
	{ KEY("change", WORD, field_text, "What happened to it: added, replaced or deleted"),
	  FIELD_AT(struct route_line, change) },
	{ KEY("family", WORD, get_family, "ipv4 or ipv6") },
	{ KEY("dst", WORD, get_dst, "Where it leads to") },
	{ KEY("gateway", WORD, get_gateway, "The next hop") },
	{ KEY("dev", FOREIGN, get_dev, "The interface") },
	{ KEY("flags", WORD, get_flags, "netstat's letters") },
	{ KEY("weight", NUMBER, get_weight, "The weight among several hops") },
	{ KEY("linkdown", BOOL, get_linkdown, "True when the interface has no carrier"),
	  JSON_ONLY },
	{ KEY("nexthops", LIST, get_nexthops, "Several hops, each with the five keys above"),
	  JSON_ONLY },
	{ KEY("metric", NUMBER, field_member, "Its priority: the lowest wins"), IN(metric) },
	{ KEY("table", NUMBER, field_member, "The table it is in"), IN(table) },
	{ KEY("table_name", WORD, get_table_name, "Its name: main, local or default"), JSON_ONLY },
	{ KEY("type", WORD, get_type, "unicast, local, blackhole and so on") },
	{ KEY("protocol", NUMBER, field_member, "Who made it, by number"), IN(protocol) },
	{ KEY("protocol_name", WORD, get_protocol_name, "Who made it, by name"), JSON_ONLY },
	{ KEY("scope", WORD, get_scope, "How far it leads: global, link, host and so on") },
	{ KEY("source", WORD, get_source, "The address that packets are sent from") },
	{ KEY("from", WORD, get_from, "The source addresses it is for") },
	{ KEY("tos", NUMBER, field_nonzero, "The type of service it is for"), IN(tos) },
	{ KEY("nexthop_id", NUMBER, field_nonzero, "The nexthop object"), IN(nexthop_id) },
	METRIC("mtu", RTAX_MTU, "The largest packet"),
	METRIC("window", RTAX_WINDOW, "The largest window that is advertised"),
	METRIC("rtt", RTAX_RTT, "The round-trip time in milliseconds"),
	METRIC("rttvar", RTAX_RTTVAR, "The variance of the round-trip time, in milliseconds"),
	METRIC("ssthresh", RTAX_SSTHRESH, "The slow start threshold"),
	METRIC("cwnd", RTAX_CWND, "The largest congestion window"),
	METRIC("advmss", RTAX_ADVMSS, "The segment size that is advertised"),
	METRIC("reordering", RTAX_REORDERING, "How far segments may be out of order"),
	METRIC("hoplimit", RTAX_HOPLIMIT, "The hop limit of packets"),
	METRIC("initcwnd", RTAX_INITCWND, "The congestion window in the beginning"),
	METRIC("features", RTAX_FEATURES, "Bits of what is switched on, 1 is ECN"),
	METRIC("rto_min", RTAX_RTO_MIN,
	       "The least time until segments are sent again, in milliseconds"),
	METRIC("initrwnd", RTAX_INITRWND, "The window that is advertised in the beginning"),
	METRIC("quickack", RTAX_QUICKACK, "1: acknowledgements are not delayed"),
	{ KEY("congestion", FOREIGN, field_filled, "The algorithm of congestion control"),
	  IN(congestion) },
	{ KEY("linkdown", BOOL, get_linkdown_last, "True when the interface has no carrier") },
};

const struct schema route_schema = { "Keys of routes", fields, COUNT(fields) };

/* "gateway" to "linkdown" */
#define FIRST_OF_HOP 5
#define N_OF_HOP 5
static const struct schema hop_schema = { NULL, fields + FIRST_OF_HOP, N_OF_HOP };

static void put_hops(struct buf *b, const void *line, const struct field_value *v)
{
	const struct route *route = route_of(line);

	(void)v;
	for (uint32_t i = 0; i < route->n_hops; i++) {
		json_next(b);
		schema_put_object(&hop_schema, b,
				  &(struct route_line){ .route = route,
							.r = line_of(line)->r,
							.hop = &route->hops[i] },
				  NULL);
	}
}

void render_route_json(struct render_routes *r, struct buf *b, const struct route *route,
		       const char *change, uint64_t wall_ns)
{
	const struct route_line line = { .route = route,
					 .r = r,
					 .hop = route->n_hops == 1 ? route->hops : NULL,
					 .change = change,
					 .wall_ns = wall_ns,
					 .has_list = route->n_hops > 1 };

	schema_put_json(&route_schema, b, &line, &(struct field_times){ .time = &r->stamp });
}

void render_route_csv_header(struct buf *b)
{
	schema_put_csv_header(&route_schema, b);
}

/* A line for each hop. */
void render_route_csv(struct render_routes *r, struct buf *b, const struct route *route,
		      const char *change, uint64_t wall_ns)
{
	const struct field_times times = { r->time, &r->stamp, NULL };
	uint32_t n = route->n_hops ? route->n_hops : 1;

	for (uint32_t i = 0; i < n; i++) {
		const struct route_line line = { .route = route,
						 .r = r,
						 .hop = hop_of(route, i),
						 .change = change,
						 .wall_ns = wall_ns,
						 .is_csv = true };

		schema_put_csv(&route_schema, b, &line, &times);
	}
}
