// SPDX-License-Identifier: GPL-2.0-only
#include "render/link.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "core/link.h"
#include "render/cell.h"
#include "render/escape.h"
#include "render/stamp.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define STATE_WIDTH 8
#define FLAGS_WIDTH 6
#define HARDWARE_TEXT_MAX (LINK_HARDWARE_MAX * 3 + 1)

struct column {
	const char *title; /* NULL: not in netstat's table */
	const char *key;
	size_t offset; /* in struct link_counters */
	int width;     /* of a total, and of a rate */
};

#define COLUMN(title, member, width)                                          \
	{                                                                     \
		title, #member, offsetof(struct link_counters, member), width \
	}

static const struct column columns[] = {
	COLUMN("RX-OK", rx_packets, 8),	 COLUMN("RX-ERR", rx_errors, 6),
	COLUMN("RX-DRP", rx_dropped, 6), COLUMN("RX-OVR", rx_overruns, 6),
	COLUMN("TX-OK", tx_packets, 8),	 COLUMN("TX-ERR", tx_errors, 6),
	COLUMN("TX-DRP", tx_dropped, 6), COLUMN("TX-OVR", tx_overruns, 6),
	COLUMN(NULL, rx_bytes, 0),	 COLUMN(NULL, tx_bytes, 0),
	COLUMN(NULL, multicast, 0),	 COLUMN(NULL, collisions, 0),
};

static uint64_t counter_of(const struct link_counters *c, const struct column *column)
{
	uint64_t value;

	memcpy(&value, (const char *)c + column->offset, sizeof(value));
	return value;
}

/* Per second; one that is more than nothing is told as 1 at least. */
static uint64_t rate_of(uint64_t growth, uint64_t ns)
{
	uint64_t rate = ns ? (uint64_t)((double)growth * 1e9 / (double)ns + 0.5) : 0;

	return growth && !rate ? 1 : rate;
}

/* What a page shows: totals first, then rates. */
static uint64_t shown(const struct link_row *row, const struct column *column)
{
	if (!row->growth)
		return counter_of(&row->link->counters, column);
	return rate_of(counter_of(row->growth, column), row->ns);
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

	return index && link ? link->name : NULL;
}

static const char *addr_format_prefix(const struct link_addr *a, char *text, size_t size)
{
	size_t len;

	inet_ntop(a->family, a->addr, text, (socklen_t)size);
	len = strlen(text);
	snprintf(text + len, size - len, "/%u", a->prefix);
	return text;
}

/* --- text ------------------------------------------------------------------------------------- */

void render_link_header(struct buf *b, int width, bool rates)
{
	buf_puts(b, rates ? "Kernel Interface table: per second\n" : "Kernel Interface table\n");
	cell_put(b, "Iface", width);
	buf_puts(b, "   MTU ");
	for (size_t i = 0; i < COUNT(columns) && columns[i].title; i++) {
		buf_pad(b, columns[i].width - (int)strlen(columns[i].title));
		buf_puts(b, columns[i].title);
		buf_putc(b, ' ');
	}
	cell_put(b, "Flg", FLAGS_WIDTH);
	buf_puts(b, "State\n");
}

static void put_number(struct buf *b, uint64_t number, int width)
{
	char digits[U64_TEXT_MAX];
	size_t n = u64_format(number, digits);

	buf_pad(b, width - (int)n);
	buf_put(b, digits, n);
	buf_putc(b, ' ');
}

static void put_extra(struct buf *b, const char *key, uint64_t number)
{
	buf_puts(b, key);
	buf_put_u64(b, number);
}

static void put_word(struct buf *b, const char *key, const char *word)
{
	if (!word || !word[0])
		return;
	buf_puts(b, key);
	escape_text(b, word, strlen(word));
}

static void put_extended(struct buf *b, const struct link_row *row)
{
	const struct link *l = row->link;
	char text[HARDWARE_TEXT_MAX];

	put_extra(b, "    index=", l->index);
	put_word(b, " type=", link_type_name(l->type));
	put_word(b, " kind=", l->kind);
	put_word(b, " address=", hardware_format(l, text));
	put_word(b, " master=", name_of(row, row->link->master));
	put_word(b, " link=", name_of(row, l->lower));
	put_word(b, " qdisc=", l->qdisc);
	put_extra(b, " txqueuelen=", l->queue_length);
	put_extra(b, " carrier_changes=", l->carrier_changes);
	for (size_t i = 0; i < COUNT(columns); i++) {
		if (columns[i].title)
			continue;
		buf_putc(b, ' ');
		buf_puts(b, columns[i].key);
		put_extra(b, row->growth ? "/s=" : "=", shown(row, &columns[i]));
	}
	buf_putc(b, '\n');
	for (size_t i = 0; i < row->list->n_addrs; i++) {
		const struct link_addr *a = &row->list->addrs[i];

		if (a->index != l->index)
			continue;
		buf_puts(b, a->family == AF_INET ? "    inet " : "    inet6 ");
		buf_puts(b, addr_format_prefix(a, text, sizeof(text)));
		buf_putc(b, '\n');
	}
}

void render_link_text(struct buf *b, const struct link_row *row, bool extended)
{
	size_t start = b->len;
	char flags[16];

	escape_text(b, row->link->name, strlen(row->link->name));
	cell_end(b, start, row->width);
	put_number(b, row->link->mtu, 6);
	for (size_t i = 0; i < COUNT(columns) && columns[i].title; i++)
		put_number(b, shown(row, &columns[i]), columns[i].width);
	link_flags(row->link->flags, flags);
	cell_put(b, flags, FLAGS_WIDTH);
	buf_puts(b, link_state_name(row->link->state));
	buf_putc(b, '\n');
	if (extended)
		put_extended(b, row);
}

/* --- JSON ------------------------------------------------------------------------------------- */

static void json_number(struct buf *b, const char *key, uint64_t number)
{
	buf_puts(b, ",\"");
	buf_puts(b, key);
	buf_puts(b, "\":");
	buf_put_u64(b, number);
}

static void json_word(struct buf *b, const char *key, const char *word)
{
	if (!word || !word[0])
		return;
	buf_puts(b, ",\"");
	buf_puts(b, key);
	buf_puts(b, "\":\"");
	escape_json(b, word, strlen(word));
	buf_putc(b, '"');
}

static void json_rates(struct buf *b, const struct link_row *row)
{
	char key[32];

	for (size_t i = 0; i < COUNT(columns); i++) {
		snprintf(key, sizeof(key), "%s_per_s", columns[i].key);
		json_number(b, key, shown(row, &columns[i]));
	}
}

static void json_addrs(struct buf *b, const struct link_row *row)
{
	char text[HARDWARE_TEXT_MAX];
	bool first = true;

	for (size_t i = 0; i < row->list->n_addrs; i++) {
		const struct link_addr *a = &row->list->addrs[i];

		if (a->index != row->link->index)
			continue;
		buf_puts(b, first ? ",\"addresses\":[\"" : ",\"");
		buf_puts(b, addr_format_prefix(a, text, sizeof(text)));
		buf_putc(b, '"');
		first = false;
	}
	if (!first)
		buf_putc(b, ']');
}

void render_link_json(struct buf *b, const struct link_row *row)
{
	const struct link *l = row->link;
	struct stamp_cache stamp = { 0 };
	char text[HARDWARE_TEXT_MAX];

	buf_puts(b, "{\"time\":\"");
	stamp_put(b, &stamp, STAMP_ISO, row->wall_ns);
	buf_puts(b, "\",\"event\":\"link\"");
	json_word(b, "name", l->name);
	json_number(b, "index", l->index);
	json_word(b, "type", link_type_name(l->type));
	json_word(b, "kind", l->kind);
	json_number(b, "mtu", l->mtu);
	link_flags(l->flags, text);
	json_word(b, "flags", text);
	json_word(b, "state", link_state_name(l->state));
	json_word(b, "address", hardware_format(l, text));
	json_word(b, "master", name_of(row, row->link->master));
	json_word(b, "link", name_of(row, l->lower));
	json_word(b, "qdisc", l->qdisc);
	json_number(b, "txqueuelen", l->queue_length);
	json_number(b, "carrier_changes", l->carrier_changes);
	for (size_t i = 0; i < COUNT(columns); i++)
		json_number(b, columns[i].key, counter_of(&l->counters, &columns[i]));
	if (row->growth)
		json_rates(b, row);
	json_addrs(b, row);
	buf_puts(b, "}\n");
}

/* --- CSV -------------------------------------------------------------------------------------- */

void render_link_csv_header(struct buf *b)
{
	buf_puts(b, "time,name,index,type,kind,mtu,flags,state,address,master,link,qdisc");
	for (size_t i = 0; i < COUNT(columns); i++) {
		buf_putc(b, ',');
		buf_puts(b, columns[i].key);
	}
	for (size_t i = 0; i < COUNT(columns); i++) {
		buf_putc(b, ',');
		buf_puts(b, columns[i].key);
		buf_puts(b, "_per_s");
	}
	buf_putc(b, '\n');
}

static void csv_word(struct buf *b, const char *word)
{
	buf_putc(b, ',');
	if (word)
		escape_csv(b, word, strlen(word));
}

void render_link_csv(struct buf *b, const struct link_row *row)
{
	const struct link *l = row->link;
	struct stamp_cache stamp = { 0 };
	char text[HARDWARE_TEXT_MAX];

	stamp_put(b, &stamp, STAMP_ISO, row->wall_ns);
	csv_word(b, l->name);
	put_extra(b, ",", l->index);
	csv_word(b, link_type_name(l->type));
	csv_word(b, l->kind);
	put_extra(b, ",", l->mtu);
	link_flags(l->flags, text);
	csv_word(b, text);
	csv_word(b, link_state_name(l->state));
	csv_word(b, hardware_format(l, text));
	csv_word(b, name_of(row, row->link->master));
	csv_word(b, name_of(row, l->lower));
	csv_word(b, l->qdisc);
	for (size_t i = 0; i < COUNT(columns); i++)
		put_extra(b, ",", counter_of(&l->counters, &columns[i]));
	for (size_t i = 0; i < COUNT(columns); i++) {
		buf_putc(b, ',');
		if (row->growth)
			buf_put_u64(b, shown(row, &columns[i]));
	}
	buf_putc(b, '\n');
}
