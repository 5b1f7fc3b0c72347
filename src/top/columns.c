// SPDX-License-Identifier: GPL-2.0-only
#include "top/columns.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "core/addr.h"
#include "render/escape.h"
#include "render/holders.h"
#include "render/stamp.h"
#include "top/board.h"
#include "top/glyphs.h"

#define MUCH 12	  /* columns */
#define NARROW 12 /* an address column below that has the port only */

const struct column_set *columns_of(enum top_kind kind)
{
	static const struct column_set *const sets[TOP_KINDS] = {
		[TOP_CONNS] = &conn_columns,	   [TOP_PROCESSES] = &process_columns,
		[TOP_REMOTES] = &remote_columns,   [TOP_LISTENERS] = &listener_columns,
		[TOP_FAILURES] = &failure_columns, [TOP_UNITS] = &unit_columns,
		[TOP_TREE] = &tree_columns,
	};

	return sets[kind];
}

size_t columns_find(const struct column_set *set, const char *name)
{
	for (size_t i = 0; i < set->n; i++) {
		const struct column *c = &set->columns[i];

		if (c->key && !strcasecmp(c->name ? c->name : c->title, name))
			return i;
	}
	return SIZE_MAX;
}

static bool is_shown(const struct column *c, int rank, bool netns)
{
	return c->rank == RANK_NETNS ? netns : c->rank <= rank;
}

/* With those of this rank, and the lower ones. */
static int least_width(const struct column_set *set, int rank, bool netns)
{
	int width = -1;

	for (size_t i = 0; i < set->n; i++)
		width += is_shown(&set->columns[i], rank, netns) ? set->columns[i].least + 1 : 0;
	return width;
}

/* Gives those that need much more, or the others, what room there is. */
static void widen(const struct column_set *set, int *room, bool much, uint8_t ret[COLUMNS_MAX])
{
	for (size_t i = 0; i < set->n; i++) {
		int more = set->columns[i].good - set->columns[i].least;

		if (!ret[i] || (more >= MUCH) != much)
			continue;
		if (more > *room)
			more = *room > 0 ? *room : 0;
		ret[i] = (uint8_t)(ret[i] + more);
		*room -= more;
	}
}

void columns_fit(const struct column_set *set, int width, bool netns, uint8_t ret[COLUMNS_MAX])
{
	int rank = 15, room;

	while (width && rank > 0 && least_width(set, rank, netns) > width)
		rank--;
	room = width ? width - least_width(set, rank, netns) : 255 * COLUMNS_MAX;
	for (size_t i = 0; i < set->n; i++)
		ret[i] = is_shown(&set->columns[i], rank, netns) ? set->columns[i].least : 0;
	widen(set, &room, true, ret);
	widen(set, &room, false, ret);
}

static size_t put_port(char *text, const char *service, uint16_t port)
{
	size_t len = 0;

	text[len++] = ':';
	if (service && strlen(service) < 24) {
		memcpy(text + len, service, strlen(service));
		return len + strlen(service);
	}
	if (!port)
		text[len++] = '*';
	else
		len += u64_format(port, text + len);
	return len;
}

void column_put_address(const struct cell *c, struct buf *b, const struct sw_tuple *t, bool remote,
			const char *host, const char *service)
{
	const union sw_addr *a = remote ? &t->remote : &t->local;
	char address[ADDR_TEXT_MAX], port[32];
	size_t port_len = put_port(port, service, remote ? t->remote_port : t->local_port);
	int room = c->width - (int)port_len;
	struct buf name = { 0 };

	if (c->width >= NARROW && host)
		escape_text(&name, host, strlen(host));
	else if (c->width >= NARROW)
		buf_put(&name, address, addr_format(a, address));
	if (addr_is_any(a) && c->width >= NARROW) {
		name.len = 0;
		buf_putc(&name, '*');
	}
	if (name.len && glyphs_width(name.data, name.len) > room)
		glyphs_put(b, name.data, name.len, room, false, c->ascii);
	else if (name.len)
		buf_put(b, name.data, name.len);
	buf_put(b, port, port_len);
	buf_free(&name);
}

void column_put_owner(struct buf *b, const struct sw_sock *s)
{
	char comm[SW_COMM_LEN + 1] = "";

	if (s->owner_source == SW_OWNER_KERNEL) {
		buf_puts(b, "kernel");
		return;
	}
	if (s->owner_source == SW_OWNER_UNKNOWN) {
		buf_putc(b, '-');
		return;
	}
	memcpy(comm, s->comm, SW_COMM_LEN);
	process_put_text(b, s->pid, comm);
}

void column_put_netns(const struct cell *c, struct buf *b, bool elsewhere, uint32_t place,
		      uint32_t netns)
{
	const char *name = places_text(&c->board->places, place, PLACE_NETNS);

	if (!elsewhere)
		return;
	if (name)
		escape_text(b, name, strlen(name));
	else
		buf_put_u64(b, netns);
}

void column_put_amount(struct buf *b, uint64_t amount)
{
	if (amount)
		bytes_put(b, amount);
	else
		buf_putc(b, '.');
}

void column_put_rate(const struct cell *c, struct buf *b, uint64_t amount)
{
	if (c->board->n_samples)
		column_put_amount(b, board_rate(c->board, amount));
	else
		buf_putc(b, '-');
}

void column_put_seconds(struct buf *b, uint64_t ns)
{
	if (ns < 1000000000u)
		buf_puts(b, "<1s");
	else
		span_put(b, ns - ns % 1000000000u);
}

void column_put_incoming(struct buf *b, const struct sw_tuple *t, const char *host)
{
	char text[ADDR_TEXT_MAX];

	buf_putc(b, ':');
	buf_put_u64(b, t->local_port);
	buf_puts(b, " <- ");
	if (host)
		escape_text(b, host, strlen(host));
	else
		buf_put(b, text, addr_format(&t->remote, text));
}

uint64_t column_text_key(const char *text, size_t len)
{
	uint64_t key = 0;

	for (size_t i = 0; i < 8; i++) {
		unsigned char c = i < len ? (unsigned char)text[i] : 0;

		key = key << 8 | (c >= 'A' && c <= 'Z' ? c + 32u : c);
	}
	return key;
}

uint64_t column_address_key(const union sw_addr *a, uint16_t port)
{
	uint64_t key = 0;

	if (!sw_is_v4mapped(a)) {
		for (int i = 0; i < 8; i++)
			key = key << 8 | a->b[i];
		return key >> 1 | 1ull << 63;
	}
	for (int i = 12; i < 16; i++)
		key = key << 8 | a->b[i];
	return key << 16 | port;
}
