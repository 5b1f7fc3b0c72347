// SPDX-License-Identifier: GPL-2.0-only
#include "render/link.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "core/link.h"
#include "render/cell.h"
#include "render/escape.h"
#include "render/json_put.h"
#include "render/prefix.h"
#include "render/schema.h"
#include "render/stamp.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define STATE_WIDTH 8
#define FLAGS_WIDTH 6
#define HARDWARE_TEXT_MAX (LINK_HARDWARE_MAX * 3 + 1)

struct column {
	const char *name;
	size_t offset; /* in struct link_counters */
	int width;     /* of a total, and of a rate; 0: not in netstat's table */
};

#define COLUMN(name, member, width)                                   \
	{                                                             \
		name, offsetof(struct link_counters, member), (width) \
	}

static const struct column columns[] = {
	COLUMN("RX-OK", rx_packets, 8),	   COLUMN("RX-ERR", rx_errors, 6),
	COLUMN("RX-DRP", rx_dropped, 6),   COLUMN("RX-OVR", rx_overruns, 6),
	COLUMN("TX-OK", tx_packets, 8),	   COLUMN("TX-ERR", tx_errors, 6),
	COLUMN("TX-DRP", tx_dropped, 6),   COLUMN("TX-OVR", tx_overruns, 6),
	COLUMN("rx_bytes", rx_bytes, 0),   COLUMN("tx_bytes", tx_bytes, 0),
	COLUMN("multicast", multicast, 0), COLUMN("collisions", collisions, 0),
};

static uint64_t counter_of(const struct link_counters *c, size_t offset)
{
	uint64_t value;

	memcpy(&value, (const char *)c + offset, sizeof(value));
	return value;
}

/* Per second; one that is more than nothing is told as 1 at least. */
static uint64_t rate_of(uint64_t growth, uint64_t ns)
{
	uint64_t rate = ns ? (uint64_t)((double)growth * 1e9 / (double)ns + 0.5) : 0;

	return growth && !rate ? 1 : rate;
}

/* What a page shows: totals first, then rates. */
static uint64_t shown(const struct link_row *row, size_t offset)
{
	if (!row->growth)
		return counter_of(&row->link->counters, offset);
	return rate_of(counter_of(row->growth, offset), row->ns);
}

static const char *hardware_format(const struct link *l, char *text)
{
	size_t len = 0;

	text[0] = '\0';
	for (int i = 0; i < l->hardware_len; i++)
		len += (size_t)snprintf(text + len, HARDWARE_TEXT_MAX - len, i ? ":%02x" : "%02x",
					l->hardware[i]);
	return text;
}

/* NULL: none, or it is gone by now */
static const char *name_of(const struct link_row *row, uint32_t index)
{
	const struct link *link = link_list_find(row->list, index);

	return index && link ? filled(link->name) : NULL;
}

/* The next of its addresses, NULL behind the last. *i: 0 for the first. */
static const struct link_addr *next_addr(const struct link_row *row, size_t *i)
{
	while (*i < row->list->n_addrs) {
		const struct link_addr *a = &row->list->addrs[(*i)++];

		if (a->index == row->link->index)
			return a;
	}
	return NULL;
}

/* --- text ------------------------------------------------------------------------------------- */

void render_link_header(struct buf *b, int width, bool rates)
{
	buf_puts(b, rates ? "Kernel Interface table: per second\n" : "Kernel Interface table\n");
	cell_put(b, "Iface", width);
	buf_puts(b, "   MTU ");
	for (size_t i = 0; i < COUNT(columns) && columns[i].width; i++) {
		buf_pad(b, columns[i].width - (int)strlen(columns[i].name));
		buf_puts(b, columns[i].name);
		buf_putc(b, ' ');
	}
	cell_put(b, "Flg", FLAGS_WIDTH);
	buf_puts(b, "State\n");
}

static void put_extended(struct buf *b, const struct link_row *row)
{
	const struct link *l = row->link;
	const struct link_addr *a;
	char text[HARDWARE_TEXT_MAX];
	size_t at = 0;

	label_put_number(b, "    index=", true, l->index);
	label_put_text(b, " type=", link_type_name(l->type));
	label_put_text(b, " kind=", filled(l->kind));
	label_put_text(b, " address=", filled(hardware_format(l, text)));
	label_put_text(b, " master=", name_of(row, row->link->master));
	label_put_text(b, " link=", name_of(row, l->lower));
	label_put_text(b, " qdisc=", filled(l->qdisc));
	label_put_number(b, " txqueuelen=", true, l->queue_length);
	label_put_number(b, " carrier_changes=", true, l->carrier_changes);
	for (size_t i = 0; i < COUNT(columns); i++) {
		if (columns[i].width)
			continue;
		buf_putc(b, ' ');
		buf_puts(b, columns[i].name);
		label_put_number(b, row->growth ? "/s=" : "=", true, shown(row, columns[i].offset));
	}
	buf_putc(b, '\n');
	while ((a = next_addr(row, &at))) {
		buf_puts(b, a->family == AF_INET ? "    inet " : "    inet6 ");
		buf_puts(b, prefix_format(a->family, a->addr, a->prefix, text));
		buf_putc(b, '\n');
	}
}

void render_link_text(struct buf *b, const struct link_row *row, bool extended)
{
	size_t start = b->len;
	char flags[16];

	escape_text(b, row->link->name, strlen(row->link->name));
	cell_end(b, start, row->width);
	cell_put_number_right(b, row->link->mtu, 6);
	for (size_t i = 0; i < COUNT(columns) && columns[i].width; i++)
		cell_put_number_right(b, shown(row, columns[i].offset), columns[i].width);
	link_flags(row->link->flags, flags);
	cell_put(b, flags, FLAGS_WIDTH);
	buf_puts(b, link_state_name(row->link->state));
	/* netstat's P is the user's wish only */
	label_put_number(b, " promiscuity=", row->link->promiscuity, row->link->promiscuity);
	buf_putc(b, '\n');
	if (extended)
		put_extended(b, row);
}

/* --- JSON and CSV ----------------------------------------------------------------------------- */

static const struct link_row *row_of(const void *row)
{
	return row;
}

static const struct link *link_of(const void *row)
{
	return row_of(row)->link;
}

static bool get_type(const void *row, struct field_value *v)
{
	return value_text(v, link_type_name(link_of(row)->type));
}

static bool get_flags(const void *row, struct field_value *v)
{
	link_flags(link_of(row)->flags, v->scratch);
	return value_text(v, v->scratch) && v->len;
}

static bool get_state(const void *row, struct field_value *v)
{
	return value_text(v, link_state_name(link_of(row)->state));
}

static bool get_address(const void *row, struct field_value *v)
{
	return value_text(v, filled(hardware_format(link_of(row), v->scratch)));
}

static bool get_master(const void *row, struct field_value *v)
{
	return value_text(v, name_of(row, link_of(row)->master));
}

static bool get_link(const void *row, struct field_value *v)
{
	return value_text(v, name_of(row, link_of(row)->lower));
}

static bool get_rate(const void *row, struct field_value *v)
{
	return row_of(row)->growth && value_number(v, true, shown(row, v->field->at));
}

static void put_addrs(struct buf *b, const void *row, const struct field_value *v)
{
	char text[PREFIX_TEXT_MAX];
	const struct link_addr *a;
	size_t i = 0;

	(void)v;
	while ((a = next_addr(row, &i))) {
		json_next(b);
		prefix_format(a->family, a->addr, a->prefix, text);
		json_put_word(b, text, strlen(text));
	}
}

static bool get_addresses(const void *row, struct field_value *v)
{
	size_t i = 0;

	v->put_elements = put_addrs;
	return next_addr(row, &i);
}

#define IN(member) FIELD_IN(struct link, member)
#define COUNTER(member, about)                                                 \
	{                                                                      \
		KEY(#member, NUMBER, field_member, about), IN(counters.member) \
	}
#define RATE(member)                                                             \
	{                                                                        \
		KEY(#member "_per_s", NUMBER, get_rate, #member " in a second"), \
			.at = offsetof(struct link_counters, member)             \
	}

static const struct field fields[] = {
	{ KEY("time", TIME, field_member, "When: RFC 3339, UTC, nanoseconds"),
	  FIELD_AT(struct link_row, wall_ns) },
	{ KEY("event", WORD, field_word, "Always link"), .word = "link", JSON_ONLY },
	{ KEY("name", FOREIGN, field_filled, "Its name"), IN(name) },
	{ KEY("index", NUMBER, field_member, "Its number"), IN(index) },
	{ KEY("type", WORD, get_type, "ether, loopback and so on") },
	{ KEY("kind", FOREIGN, field_filled, "veth, bridge and so on"), IN(kind) },
	{ KEY("mtu", NUMBER, field_member, "The largest packet"), IN(mtu) },
	{ KEY("flags", WORD, get_flags, "netstat's letters") },
	{ KEY("state", WORD, get_state, "The state of RFC 2863") },
	{ KEY("address", WORD, get_address, "The hardware address") },
	{ KEY("master", FOREIGN, get_master, "The bridge or bond it is part of") },
	{ KEY("link", FOREIGN, get_link, "The interface it is made on, or ends at") },
	{ KEY("qdisc", FOREIGN, field_filled, "The queueing discipline"), IN(qdisc) },
	{ KEY("txqueuelen", NUMBER, field_member, "The length of its queue"), IN(queue_length),
	  JSON_ONLY },
	{ KEY("carrier_changes", NUMBER, field_member, "How often the carrier came or went"),
	  IN(carrier_changes), JSON_ONLY },
	COUNTER(rx_packets, "Packets received"),
	COUNTER(rx_errors, "Packets received with errors"),
	COUNTER(rx_dropped, "Packets received and dropped"),
	COUNTER(rx_overruns, "Packets that came too fast"),
	COUNTER(tx_packets, "Packets sent"),
	COUNTER(tx_errors, "Packets that could not be sent"),
	COUNTER(tx_dropped, "Packets dropped instead of sent"),
	COUNTER(tx_overruns, "Packets that were to be sent too fast"),
	COUNTER(rx_bytes, "Bytes received"),
	COUNTER(tx_bytes, "Bytes sent"),
	COUNTER(multicast, "Multicast packets received"),
	COUNTER(collisions, "Collisions"),
	RATE(rx_packets),
	RATE(rx_errors),
	RATE(rx_dropped),
	RATE(rx_overruns),
	RATE(tx_packets),
	RATE(tx_errors),
	RATE(tx_dropped),
	RATE(tx_overruns),
	RATE(rx_bytes),
	RATE(tx_bytes),
	RATE(multicast),
	RATE(collisions),
	{ KEY("promiscuity", NUMBER, field_member, "How many want every packet, other hosts' too"),
	  IN(promiscuity) },
	{ KEY("addresses", LIST, get_addresses, "Its addresses"), JSON_ONLY },
};

const struct schema link_schema = { "Keys of interfaces", fields, COUNT(fields) };

void render_link_json(struct buf *b, const struct link_row *row)
{
	struct stamp_cache stamp = { 0 };

	schema_put_json(&link_schema, b, row, &(struct field_times){ .time = &stamp });
}

void render_link_csv_header(struct buf *b)
{
	schema_put_csv_header(&link_schema, b);
}

void render_link_csv(struct buf *b, const struct link_row *row)
{
	struct stamp_cache stamp = { 0 };

	schema_put_csv(&link_schema, b, row, &(struct field_times){ STAMP_ISO, &stamp, NULL });
}
