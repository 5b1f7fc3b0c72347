// SPDX-License-Identifier: GPL-2.0-only
#include "core/who.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/addr.h"
#include "base/array.h"
#include "core/row.h"

static bool wants_port(const struct who_ports *ports, uint8_t proto, uint16_t port)
{
	return port && sw_port_in(proto == SW_PROTO_UDP ? &ports->udp : &ports->tcp, port);
}

enum who_role who_role(const struct who_ports *ports, uint8_t proto, const struct sw_tuple *t,
		       uint8_t state)
{
	if (proto != SW_PROTO_UDP && proto != SW_PROTO_TCP)
		return WHO_NOTHING;
	if (!wants_port(ports, proto, t->local_port))
		return wants_port(ports, proto, t->remote_port) && state != SW_TCP_TIME_WAIT
			       ? WHO_USES
			       : WHO_NOTHING;
	if (state == SW_TCP_LISTEN || state == SW_TCP_CLOSE)
		return WHO_LISTENS;
	return state == SW_TCP_TIME_WAIT ? WHO_WAITS : WHO_CONNECTED;
}

bool who_holds(enum who_role role)
{
	return role == WHO_LISTENS || role == WHO_CONNECTED;
}

bool who_wants(const struct who_ports *ports, const struct sw_event *e)
{
	if (e->kind == SW_EV_LOST)
		return true;
	if (!wants_port(ports, e->sock.proto, e->sock.tuple.local_port) &&
	    !wants_port(ports, e->sock.proto, e->sock.tuple.remote_port))
		return false;
	if (e->kind != SW_EV_STATE)
		return e->kind != SW_EV_RETRANSMIT;
	return e->sock.state == SW_TCP_SYN_SENT || e->old_state == SW_TCP_SYN_SENT ||
	       e->sock.state == SW_TCP_LISTEN ||
	       (e->old_state == SW_TCP_LISTEN && e->sock.state == SW_TCP_CLOSE);
}

/* A wildcard of either family may take the port of all. */
static bool overlaps(const struct sw_tuple *a, const struct sw_tuple *b)
{
	return a->netns == b->netns && a->local_port == b->local_port &&
	       (addr_is_any(&a->local) || addr_is_any(&b->local) ||
		!memcmp(&a->local, &b->local, sizeof(a->local)));
}

static bool is_known(const struct who_blockers *b, uint32_t pid)
{
	for (size_t i = 0; i < b->n_holders; i++)
		if (b->holders[i].pid == pid)
			return true;
	return false;
}

static int add_holders(const struct snapshot *s, const struct sw_row *row, struct who_blockers *b)
{
	for (uint32_t i = 0; i < row->n_holders; i++) {
		const struct holder *h = &s->holders[row->first_holder + i];

		if (!is_known(b, h->pid) && ARRAY_ADD(b->holders, b->n_holders, b->cap_holders, h))
			return -ENOMEM;
	}
	return 0;
}

/* Adds the holders of listeners, or those of connections, that are in the way. */
static int add_role(const struct snapshot *s, const struct sw_event *e, bool listening,
		    struct who_blockers *b)
{
	for (size_t i = 0; i < s->n_rows; i++) {
		const struct sw_row *row = &s->rows[i];
		bool listens = row->sock.state == SW_TCP_LISTEN || row->sock.state == SW_TCP_CLOSE;

		if (row->sock.proto != e->sock.proto || listens != listening ||
		    !overlaps(&row->sock.tuple, &e->sock.tuple))
			continue;
		if (row->sock.state == SW_TCP_TIME_WAIT && row->timer.ms > b->wait_ms)
			b->wait_ms = row->timer.ms;
		if (row->n_holders && add_holders(s, row, b))
			return -ENOMEM;
	}
	return 0;
}

/* Connections only where nobody listens: they are the listener's children mostly. */
int who_blocks(const struct snapshot *s, const struct sw_event *e, struct who_blockers *b)
{
	int err = add_role(s, e, true, b);

	if (!err && !b->n_holders)
		err = add_role(s, e, false, b);
	return err;
}

void who_blockers_free(struct who_blockers *b)
{
	free(b->holders);
	*b = (struct who_blockers){ 0 };
}
