// SPDX-License-Identifier: GPL-2.0-only
/* Routes as JSON and CSV. */
#include "render/route.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include <linux/rtnetlink.h>

#include "base/buf.h"
#include "core/route.h"
#include "render/cell.h"
#include "render/json_put.h"
#include "render/prefix.h"
#include "render/route_words.h"
#include "render/schema.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

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
	return value_text(v, route_destination(route_of(line), false, v->scratch));
}

static bool get_gateway(const void *line, struct field_value *v)
{
	const struct route_hop *hop = line_of(line)->hop;

	return hop && hop->has_gateway &&
	       value_text(v, route_gateway(route_of(line), hop, v->scratch));
}

static bool get_dev(const void *line, struct field_value *v)
{
	const struct route_hop *hop = line_of(line)->hop;

	return hop && hop->ifindex &&
	       value_text(v, route_device(line_of(line)->r, hop, v->scratch, sizeof(v->scratch)));
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

static bool get_onlink(const void *line, struct field_value *v)
{
	const struct route_hop *hop = line_of(line)->hop;

	return hop && value_number(v, hop->onlink, true);
}

static bool get_realm_from(const void *line, struct field_value *v)
{
	const struct route_hop *hop = line_of(line)->hop;

	return hop && value_number(v, hop->realm_from, hop->realm_from);
}

static bool get_realm_to(const void *line, struct field_value *v)
{
	const struct route_hop *hop = line_of(line)->hop;

	return hop && value_number(v, hop->realm_to, hop->realm_to);
}

static bool get_encap(const void *line, struct field_value *v)
{
	const struct route_hop *hop = line_of(line)->hop;

	return hop && hop->encap && value_text(v, route_encap_name(hop, v->scratch));
}

static bool get_encap_info(const void *line, struct field_value *v)
{
	const struct route_hop *hop = line_of(line)->hop;

	return hop && hop->encap && value_text(v, route_encap_details(hop));
}

static void put_locked_elements(struct buf *b, const void *line, const struct field_value *v)
{
	(void)v;
	for (size_t i = 0; i < ROUTE_METRICS; i++) {
		if (!route_metric_is_locked(route_of(line), i) || !route_metric_name(i))
			continue;
		json_next(b);
		json_put_word(b, route_metric_name(i), strlen(route_metric_name(i)));
	}
}

static bool get_locked(const void *line, struct field_value *v)
{
	v->put_elements = put_locked_elements;
	return route_of(line)->metrics[RTAX_LOCK];
}

static bool get_pref(const void *line, struct field_value *v)
{
	const struct route *r = route_of(line);

	return r->has_preference && value_text(v, route_preference_name(r->preference));
}

/* What CSV has behind all, as its columns keep their places. */
static bool get_linkdown_last(const void *line, struct field_value *v)
{
	return line_of(line)->is_csv && get_linkdown(line, v);
}

static bool get_onlink_last(const void *line, struct field_value *v)
{
	return line_of(line)->is_csv && get_onlink(line, v);
}

static bool get_realm_from_last(const void *line, struct field_value *v)
{
	return line_of(line)->is_csv && get_realm_from(line, v);
}

static bool get_realm_to_last(const void *line, struct field_value *v)
{
	return line_of(line)->is_csv && get_realm_to(line, v);
}

static bool get_encap_last(const void *line, struct field_value *v)
{
	return line_of(line)->is_csv && get_encap(line, v);
}

static bool get_encap_info_last(const void *line, struct field_value *v)
{
	return line_of(line)->is_csv && get_encap_info(line, v);
}

static bool get_locked_last(const void *line, struct field_value *v)
{
	struct buf b = { 0 };

	if (!line_of(line)->is_csv)
		return false;
	route_put_locked(&b, route_of(line), "", ' ');
	snprintf(v->scratch, sizeof(v->scratch), "%.*s", (int)b.len, b.len ? b.data : "");
	buf_free(&b);
	return value_text(v, filled(v->scratch));
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
	return value_text(v, route_scope_name(route_of(line)->scope, v->scratch));
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

#define LINKDOWN "True when the interface has no carrier"
#define ONLINK "True when the gateway counts as a neighbour, whatever the addresses are"
#define REALM_FROM "The realm of the source"
#define REALM_TO "The realm of the destination"
#define ENCAP "What packets are wrapped in: mpls, ip, ip6, seg6, bpf and so on"
#define ENCAP_INFO "How, as ip-route(8) has it"
#define LOCKED "The metrics that the kernel may not change by what it learns"

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
	{ KEY("linkdown", BOOL, get_linkdown, LINKDOWN), JSON_ONLY },
	{ KEY("onlink", BOOL, get_onlink, ONLINK), JSON_ONLY },
	{ KEY("realm_from", NUMBER, get_realm_from, REALM_FROM), JSON_ONLY },
	{ KEY("realm_to", NUMBER, get_realm_to, REALM_TO), JSON_ONLY },
	{ KEY("encap", WORD, get_encap, ENCAP), JSON_ONLY },
	{ KEY("encap_info", FOREIGN, get_encap_info, ENCAP_INFO), JSON_ONLY },
	{ KEY("nexthops", LIST, get_nexthops, "Several hops, each with the ten keys above"),
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
	{ KEY("locked", LIST, get_locked, LOCKED), JSON_ONLY },
	{ KEY("linkdown", BOOL, get_linkdown_last, LINKDOWN) },
	{ KEY("onlink", BOOL, get_onlink_last, ONLINK) },
	{ KEY("realm_from", NUMBER, get_realm_from_last, REALM_FROM) },
	{ KEY("realm_to", NUMBER, get_realm_to_last, REALM_TO) },
	{ KEY("encap", WORD, get_encap_last, ENCAP) },
	{ KEY("encap_info", FOREIGN, get_encap_info_last, ENCAP_INFO) },
	{ KEY("locked", WORD, get_locked_last, LOCKED) },
	METRIC("fastopen_no_cookie", RTAX_FASTOPEN_NO_COOKIE, "1: fast open needs no cookie"),
	{ KEY("pref", WORD, get_pref, "The preference among default routers: low, medium, high") },
};

const struct schema route_schema = { "Keys of routes", fields, COUNT(fields) };

/* "gateway" to "encap_info" */
#define FIRST_OF_HOP 5
#define N_OF_HOP 10
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
						 .hop = route_hop_of(route, i),
						 .change = change,
						 .wall_ns = wall_ns,
						 .is_csv = true };

		schema_put_csv(&route_schema, b, &line, &times);
	}
}
