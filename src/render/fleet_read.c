// SPDX-License-Identifier: GPL-2.0-only
#include "render/fleet_read.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "core/names.h"
#include "render/fleet_columns.h"
#include "render/fleet_parts.h"

#define END "1" /* of a row: what was cut off does not end so */
#define US UINT64_C(1000)

/* --- owners ----------------------------------------------------------------------------------- */

static int take_owner_cell(struct sw_conn_owner *o, int column, struct fleet_cell *c)
{
	uint64_t number = 0;
	char text[32];

	if (column == 1) {
		fleet_take_comm(o->comm, c);
		return 0;
	}
	snprintf(text, sizeof(text), "%.*s", (int)(c->len < 31 ? c->len : 31), c->text);
	if (column == 2) {
		o->source = fleet_find_source(text);
		return 0;
	}
	if (fleet_cell_number(&(struct fleet_cell){ .text = text, .len = strlen(text) }, &number))
		return -EBADMSG;
	if (column == 0)
		o->pid = (uint32_t)number;
	else
		o->since_ns = number; /* microseconds, until the start is known */
	return 0;
}

static int take_owners(struct fleet_parts *p, int column, struct fleet_cell *array)
{
	struct fleet_cell c;
	size_t i = 0;
	int err;

	while ((err = fleet_next_element(array, &c)) > 0 && i < CONN_OWNERS_MAX)
		if (take_owner_cell(&p->owners[i++], column, &c))
			return -EBADMSG;
	if (!column)
		p->n_owners = i;
	return err < 0 || i != p->n_owners ? -EBADMSG : 0;
}

/* The last one may be that of the socket itself, where there is no room for all. */
static void put_owners(struct fleet_parts *p)
{
	struct sw_conn *c = &p->row->conn;
	uint64_t start = c->e.time_ns - c->e.age_ns;
	bool known = p->s->have & SW_HAVE_AGE;

	for (size_t i = 0; i < p->n_owners; i++) {
		struct sw_conn_owner o = p->owners[i];

		o.since_ns = known ? start + o.since_ns * US : 0;
		if (p->n_owners > SW_CONN_OWNERS && o.pid == p->s->pid && !c->since_ns)
			c->since_ns = o.since_ns;
		else if (c->n_owners < SW_CONN_OWNERS)
			c->owners[c->n_owners++] = o;
	}
}

/* --- the whole -------------------------------------------------------------------------------- */

static int put_addr(const char *text, bool ipv4, union sw_addr *ret)
{
	*ret = (union sw_addr){ 0 };
	if (ipv4)
		ret->b[10] = ret->b[11] = 0xff;
	if (!*text)
		return 0;
	return inet_pton(ipv4 ? AF_INET : AF_INET6, text, ipv4 ? &ret->b[12] : ret->b) == 1
		       ? 0
		       : -EBADMSG;
}

static int put_tuple(struct fleet_parts *p)
{
	struct sw_tuple *t = &p->s->tuple;

	t->family = p->ipv4 && !p->v4mapped ? SW_AF_INET : SW_AF_INET6;
	return put_addr(p->local, p->ipv4, &t->local) || put_addr(p->remote, p->ipv4, &t->remote)
		       ? -EBADMSG
		       : 0;
}

/* Which way it went, where its states do not tell. */
static void put_direction(struct fleet_parts *p)
{
	bool datagram = sw_is_datagram(p->s->proto);

	if (datagram && (!strcmp(p->direction, "out") || !strcmp(p->direction, "sent")))
		p->s->have |= SW_HAVE_SENT;
	if (datagram && (!strcmp(p->direction, "in") || !strcmp(p->direction, "received")))
		p->s->have |= SW_HAVE_RECEIVED;
}

static void put_conn(struct fleet_parts *p)
{
	struct sw_conn *c = &p->row->conn;

	p->row->rec.conn = c;
	c->so_far = !p->final;
	c->history = conn_history_of(p->history);
	c->e.first_state = p->before ? SW_TCP_ESTABLISHED : 0;
	if (p->has_duration && p->start_ns && p->start_ns <= c->e.time_ns)
		c->e.age_ns = c->e.time_ns - p->start_ns;
	put_owners(p);
}

static int complete(struct fleet_parts *p)
{
	struct record *rec = &p->row->rec;
	struct sw_event *e = p->e;

	rec->ev = e;
	e->time_ns = rec->wall_ns;
	if (!e->kind)
		return -EBADMSG;
	if (!record_is_socket(rec))
		return 0;
	if (!p->s->proto || put_tuple(p))
		return -EBADMSG;
	if (sw_is_datagram(p->s->proto) && !p->s->state)
		p->s->state = SW_TCP_CLOSE;
	p->s->have |= p->has_age || p->has_duration ? SW_HAVE_AGE : 0;
	if (e->actor_pid || e->actor_tid || e->actor_comm[0])
		p->s->have |= SW_HAVE_ACTOR;
	put_direction(p);
	if (e->kind == SW_EV_CONN)
		put_conn(p);
	return 0;
}

#define OWNER_COLUMNS 4

void fleet_put_wanted(struct buf *b)
{
	buf_puts(b, "host, boot");
	for (size_t i = 0; i < n_fleet_takers; i++)
		for (size_t k = 0; k < n_fleet_columns; k++)
			if (!strcmp(fleet_columns[k].key, fleet_takers[i].key)) {
				buf_puts(b, ", ");
				buf_puts(b, fleet_columns[k].name);
			}
	buf_puts(b, ", owners.pid, owners.comm, owners.source, owners.since_us, " END);
}

static int read_cells(struct fleet_parts *p, char *line, size_t len)
{
	struct fleet_cell c;

	if (fleet_next_cell(&line, &len, &c) || fleet_take_cell(p, &fleet_of_host, &c) ||
	    fleet_next_cell(&line, &len, &c) || fleet_take_cell(p, &fleet_of_boot, &c))
		return -EBADMSG;
	for (size_t i = 0; i < n_fleet_takers; i++)
		if (fleet_next_cell(&line, &len, &c) || fleet_take_cell(p, &fleet_takers[i], &c))
			return -EBADMSG;
	for (int i = 0; i < OWNER_COLUMNS; i++)
		if (fleet_next_cell(&line, &len, &c) || take_owners(p, i, &c))
			return -EBADMSG;
	return fleet_next_cell(&line, &len, &c) || line || strcmp(c.text, END) != 0 ? -EBADMSG : 0;
}

int fleet_read_row(char *line, size_t len, struct fleet_row *ret)
{
	struct fleet_parts p = { .row = ret,
				 .e = &ret->conn.e,
				 .s = &ret->conn.e.sock,
				 .local = "",
				 .remote = "",
				 .direction = "",
				 .history = "" };

	*ret = (struct fleet_row){ .rec.lost = LOST_UNKNOWN };
	return read_cells(&p, line, len) ? -EBADMSG : complete(&p);
}

int fleet_read_run(char *line, size_t len, struct fleet_run *ret)
{
	struct fleet_cell c;
	uint64_t *numbers[] = { &ret->first_ns, &ret->last_ns, &ret->starts, &ret->stops };

	if (fleet_next_cell(&line, &len, &c))
		return -EBADMSG;
	fleet_cell_text(&c);
	ret->host = c.text;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (fleet_next_cell(&line, &len, &c) || fleet_cell_number(&c, numbers[i]))
			return -EBADMSG;
	return line ? -EBADMSG : 0;
}
