// SPDX-License-Identifier: GPL-2.0-only
#include "render/route.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "core/link.h"
#include "core/route.h"
#include "render/cell.h"
#include "render/escape.h"

#define ADDRESS_WIDTH 18 /* "192.168.100.200/24": at least; grows */
#define CHANGE_WIDTH 8
#define FLAGS_WIDTH 5
#define METRIC_WIDTH 6
#define TABLE_WIDTH 7
#define TEXT_MAX (INET6_ADDRSTRLEN + 4)

/* "10.0.0.0/8" */
static const char *prefix(uint8_t family, const uint8_t *addr, uint8_t bits, char *text)
{
	size_t len;

	inet_ntop(family, addr, text, INET6_ADDRSTRLEN);
	len = strlen(text);
	snprintf(text + len, TEXT_MAX - len, "/%u", bits);
	return text;
}

static const char *destination(const struct route *r, bool names, char *text)
{
	if (names && !r->dst_len)
		return strcpy(text, "default");
	return prefix(r->family, r->dst, r->dst_len, text);
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
	char text[TEXT_MAX];
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

static void put_number_cell(struct buf *b, uint64_t number, int width)
{
	size_t start = b->len;

	buf_put_u64(b, number);
	cell_end(b, start, width);
}

static void put_table(struct buf *b, uint32_t table)
{
	const char *name = route_table_name(table);

	if (name)
		cell_put(b, name, TABLE_WIDTH);
	else
		put_number_cell(b, table, TABLE_WIDTH);
}

static void put_word(struct buf *b, const char *key, const char *word)
{
	if (!word)
		return;
	buf_puts(b, key);
	buf_puts(b, word);
}

static void put_extra(struct buf *b, const char *key, uint64_t number)
{
	if (!number)
		return;
	buf_puts(b, key);
	buf_put_u64(b, number);
}

static void put_metrics(struct buf *b, const struct route *route)
{
	for (size_t i = 0; i < ROUTE_METRICS; i++) {
		if (!route->metrics[i] || !route_metric_name(i))
			continue;
		buf_putc(b, ' ');
		buf_puts(b, route_metric_name(i));
		buf_putc(b, '=');
		buf_put_u64(b, route_metric(route, i));
	}
	if (route->congestion[0]) {
		buf_puts(b, " congestion=");
		escape_text(b, route->congestion, strlen(route->congestion));
	}
}

static void put_extended(struct buf *b, const struct route *route)
{
	char text[TEXT_MAX];

	put_word(b, " type=", route_type_name(route->type));
	if (route_protocol_name(route->protocol))
		put_word(b, " protocol=", route_protocol_name(route->protocol));
	else
		put_extra(b, " protocol=", route->protocol);
	put_word(b, " scope=", route_scope_name(route->scope));
	if (route->has_source)
		put_word(b,
			 " source=", inet_ntop(route->family, route->source, text, sizeof(text)));
	if (route->src_len)
		put_word(b, " from=", prefix(route->family, route->src, route->src_len, text));
	put_extra(b, " tos=", route->tos);
	put_extra(b, " nexthop_id=", route->nexthop_id);
	put_metrics(b, route);
}

static void put_hop(struct render_routes *r, struct buf *b, const struct route *route,
		    const struct route_hop *hop)
{
	char text[TEXT_MAX], flags[16];

	cell_put(b, destination(route, !r->numeric, text), r->width);
	cell_put(b, gateway(route, hop, text), r->width);
	route_flags(route, hop, flags);
	cell_put(b, flags, FLAGS_WIDTH);
	put_number_cell(b, route->metric, METRIC_WIDTH);
	if (r->tables)
		put_table(b, route->table);
	buf_puts(b, device(r, hop, text, sizeof(text)));
	if (hop)
		put_extra(b, " weight=", hop->weight);
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

/* --- JSON ------------------------------------------------------------------------------------- */

static void json_number(struct buf *b, const char *key, uint64_t number)
{
	buf_puts(b, key);
	buf_put_u64(b, number);
}

static void json_word(struct buf *b, const char *key, const char *word)
{
	if (!word)
		return;
	buf_puts(b, key);
	escape_json(b, word, strlen(word));
	buf_putc(b, '"');
}

static void json_hop(const struct render_routes *r, struct buf *b, const struct route *route,
		     const struct route_hop *hop)
{
	char text[TEXT_MAX], flags[16];

	if (hop->has_gateway)
		json_word(b, ",\"gateway\":\"", gateway(route, hop, text));
	if (hop->ifindex)
		json_word(b, ",\"dev\":\"", device(r, hop, text, sizeof(text)));
	route_flags(route, hop, flags);
	json_word(b, ",\"flags\":\"", flags);
	if (hop->weight)
		json_number(b, ",\"weight\":", hop->weight);
	if (hop->linkdown)
		buf_puts(b, ",\"linkdown\":true");
}

static void json_hops(const struct render_routes *r, struct buf *b, const struct route *route)
{
	char flags[16];

	if (route->n_hops == 1) {
		json_hop(r, b, route, &route->hops[0]);
		return;
	}
	if (!route->n_hops) {
		route_flags(route, NULL, flags);
		json_word(b, ",\"flags\":\"", flags);
		return;
	}
	buf_puts(b, ",\"nexthops\":[");
	for (uint32_t i = 0; i < route->n_hops; i++) {
		size_t start = b->len;

		json_hop(r, b, route, &route->hops[i]);
		if (b->len > start)
			b->data[start] = '{'; /* the first comma separates nothing */
		buf_puts(b, i + 1 < route->n_hops ? "}," : "}");
	}
	buf_putc(b, ']');
}

static void json_metrics(struct buf *b, const struct route *route)
{
	for (size_t i = 0; i < ROUTE_METRICS; i++) {
		if (!route->metrics[i] || !route_metric_name(i))
			continue;
		buf_puts(b, ",\"");
		buf_puts(b, route_metric_name(i));
		json_number(b, "\":", route_metric(route, i));
	}
	if (route->congestion[0])
		json_word(b, ",\"congestion\":\"", route->congestion);
}

void render_route_json(struct render_routes *r, struct buf *b, const struct route *route,
		       const char *change, uint64_t wall_ns)
{
	char text[TEXT_MAX];

	buf_puts(b, "{\"time\":\"");
	stamp_put(b, &r->stamp, STAMP_ISO, wall_ns);
	buf_puts(b, "\",\"event\":\"route\"");
	json_word(b, ",\"change\":\"", change);
	buf_puts(b, route->family == AF_INET ? ",\"family\":\"ipv4\"" : ",\"family\":\"ipv6\"");
	json_word(b, ",\"dst\":\"", destination(route, false, text));
	json_hops(r, b, route);
	json_number(b, ",\"metric\":", route->metric);
	json_number(b, ",\"table\":", route->table);
	json_word(b, ",\"table_name\":\"", route_table_name(route->table));
	json_word(b, ",\"type\":\"", route_type_name(route->type));
	json_number(b, ",\"protocol\":", route->protocol);
	json_word(b, ",\"protocol_name\":\"", route_protocol_name(route->protocol));
	json_word(b, ",\"scope\":\"", route_scope_name(route->scope));
	if (route->has_source)
		json_word(b, ",\"source\":\"",
			  inet_ntop(route->family, route->source, text, sizeof(text)));
	if (route->src_len)
		json_word(b, ",\"from\":\"",
			  prefix(route->family, route->src, route->src_len, text));
	if (route->tos)
		json_number(b, ",\"tos\":", route->tos);
	if (route->nexthop_id)
		json_number(b, ",\"nexthop_id\":", route->nexthop_id);
	json_metrics(b, route);
	buf_puts(b, "}\n");
}

/* --- CSV: a line for each hop ------------------------------------------------------------------
 */

void render_route_csv_header(struct buf *b)
{
	buf_puts(b, "time,change,family,dst,gateway,dev,flags,weight,metric,table,type,protocol,"
		    "scope,source,from,tos,nexthop_id");
	for (size_t i = 0; i < ROUTE_METRICS; i++) {
		if (!route_metric_name(i))
			continue;
		buf_putc(b, ',');
		buf_puts(b, route_metric_name(i));
	}
	buf_puts(b, ",congestion,linkdown\n");
}

static void csv_word(struct buf *b, const char *word)
{
	buf_putc(b, ',');
	if (word)
		escape_csv(b, word, strlen(word));
}

static void csv_number(struct buf *b, bool has, uint64_t number)
{
	buf_putc(b, ',');
	if (has)
		buf_put_u64(b, number);
}

static void csv_hop(struct render_routes *r, struct buf *b, const struct route *route,
		    const struct route_hop *hop)
{
	char text[TEXT_MAX], flags[16];

	csv_word(b, destination(route, false, text));
	csv_word(b, hop && hop->has_gateway ? gateway(route, hop, text) : NULL);
	csv_word(b, hop && hop->ifindex ? device(r, hop, text, sizeof(text)) : NULL);
	route_flags(route, hop, flags);
	csv_word(b, flags);
	csv_number(b, hop && hop->weight, hop ? hop->weight : 0);
	csv_number(b, true, route->metric);
	csv_number(b, true, route->table);
	csv_word(b, route_type_name(route->type));
	csv_number(b, true, route->protocol);
	csv_word(b, route_scope_name(route->scope));
	csv_word(b, route->has_source
			    ? inet_ntop(route->family, route->source, text, INET6_ADDRSTRLEN)
			    : NULL);
	csv_word(b,
		 route->src_len ? prefix(route->family, route->src, route->src_len, text) : NULL);
	csv_number(b, route->tos, route->tos);
	csv_number(b, route->nexthop_id, route->nexthop_id);
	for (size_t i = 0; i < ROUTE_METRICS; i++)
		if (route_metric_name(i))
			csv_number(b, route->metrics[i], route_metric(route, i));
	csv_word(b, route->congestion);
	csv_word(b, hop && hop->linkdown ? "true" : NULL);
}

void render_route_csv(struct render_routes *r, struct buf *b, const struct route *route,
		      const char *change, uint64_t wall_ns)
{
	uint32_t n = route->n_hops ? route->n_hops : 1;

	for (uint32_t i = 0; i < n; i++) {
		stamp_put(b, &r->stamp, r->time, wall_ns);
		csv_word(b, change);
		csv_word(b, route->family == AF_INET ? "ipv4" : "ipv6");
		csv_hop(r, b, route, hop_of(route, i));
		buf_putc(b, '\n');
	}
}
