// SPDX-License-Identifier: GPL-2.0-only
#include "core/who.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/addr.h"
#include "base/array.h"
#include "core/family.h"
#include "core/row.h"

static const uint8_t others[] = { SW_PROTO_UDPLITE, SW_PROTO_SCTP, SW_PROTO_META, SW_PROTO_VSOCK };

static bool is_other(uint8_t proto)
{
	for (size_t i = 0; i < sizeof(others); i++)
		if (others[i] == proto)
			return true;
	return false;
}

bool who_has_ports(uint8_t proto)
{
	return proto == SW_PROTO_TCP || proto == SW_PROTO_UDP || is_other(proto);
}

bool who_asks_for(const struct who_target *w, uint8_t proto)
{
	if (!w->has_ports)
		return proto != SW_PROTO_VSOCK; /* has no address of IP */
	if (w->other_proto && w->other_proto != proto)
		return false;
	for (size_t i = 0; i < sizeof(w->others.bits) / sizeof(w->others.bits[0]); i++)
		if (w->others.bits[i])
			return true;
	return false;
}

static bool wants_port(const struct who_target *w, uint8_t proto, uint16_t port)
{
	if (!port)
		return false;
	if (is_other(proto))
		return (!w->other_proto || w->other_proto == proto) && sw_port_in(&w->others, port);
	return sw_port_in(proto == SW_PROTO_UDP ? &w->udp : &w->tcp, port);
}

static bool wants_addr(const struct who_target *w, const union sw_addr *a)
{
	return !w->has_addr || cidr_has(&w->addr, a);
}

/* Who is bound to all addresses has each of them, but that of IPv4 none of IPv6. */
static bool wants_local(const struct who_target *w, uint8_t proto, const struct sw_tuple *t)
{
	if (!w->has_ports)
		return wants_addr(w, &t->local);
	if (!wants_port(w, proto, t->local_port))
		return false;
	return wants_addr(w, &t->local) ||
	       (addr_is_any(&t->local) && (w->addr.v4 || !sw_is_v4mapped(&t->local)));
}

static bool wants_remote(const struct who_target *w, uint8_t proto, const struct sw_tuple *t)
{
	return wants_addr(w, &t->remote) &&
	       (w->has_ports ? wants_port(w, proto, t->remote_port) : t->remote_port != 0);
}

enum who_role who_role(const struct who_target *w, uint8_t proto, const struct sw_tuple *t,
		       uint8_t state)
{
	struct sw_tuple ports;

	if (!who_has_ports(proto) || (proto == SW_PROTO_VSOCK && w->has_addr))
		return WHO_NOTHING;
	if (proto == SW_PROTO_VSOCK) {
		ports = family_ports(t);
		t = &ports;
	}
	if (!wants_local(w, proto, t)) {
		if (!wants_remote(w, proto, t))
			return WHO_NOTHING;
		if (state != SW_TCP_TIME_WAIT)
			return WHO_USES;
		return w->has_ports ? WHO_NOTHING : WHO_WAITS;
	}
	if (state == SW_TCP_LISTEN || state == SW_TCP_CLOSE)
		return WHO_LISTENS;
	return state == SW_TCP_TIME_WAIT ? WHO_WAITS : WHO_CONNECTED;
}

bool who_holds(const struct who_target *w, enum who_role role)
{
	return role == WHO_LISTENS || role == WHO_CONNECTED || (role == WHO_USES && !w->has_ports);
}

bool who_wants(const struct who_target *w, const struct sw_event *e)
{
	if (e->kind == SW_EV_LOST || e->kind == SW_EV_RECORDER)
		return true;
	if (!wants_local(w, e->sock.proto, &e->sock.tuple) &&
	    !wants_remote(w, e->sock.proto, &e->sock.tuple))
		return false;
	if (e->kind != SW_EV_STATE)
		return e->kind != SW_EV_RETRANSMIT;
	return e->sock.state == SW_TCP_SYN_SENT || e->old_state == SW_TCP_SYN_SENT ||
	       e->sock.state == SW_TCP_LISTEN ||
	       (e->old_state == SW_TCP_LISTEN && e->sock.state == SW_TCP_CLOSE);
}

/* A wildcard of either family may take the port of all. */
static void add_ports(struct sw_port_set *to, const struct who_target *target)
{
	for (size_t i = 0; i < sizeof(to->bits) / sizeof(to->bits[0]); i++)
		to->bits[i] |= target->tcp.bits[i] | target->udp.bits[i] | target->others.bits[i];
}

void who_narrow(const struct who_target *targets, size_t n, struct sw_filter *f)
{
	size_t with_ports = 0;

	for (size_t i = 0; i < n; i++)
		with_ports += targets[i].has_ports;
	if (n && with_ports == n && !(f->on & SW_F_PORT)) {
		for (size_t i = 0; i < n; i++)
			add_ports(&f->any_port, &targets[i]);
		f->on |= SW_F_PORT;
	} else if (n && !with_ports && n <= SW_FILTER_MAX && !(f->on & SW_F_ADDR)) {
		for (size_t i = 0; i < n; i++)
			f->any_addr.cidr[i] = targets[i].addr;
		f->any_addr.n = (uint32_t)n;
		f->on |= SW_F_ADDR;
	}
}

/* Whether two sockets cannot both be bound so. */
enum clash { CLASH_NOT, CLASH_PERHAPS, CLASH };

/* By the kernel's rules, inet_rcv_saddr_equal() and inet_bind_conflict(). */
static enum clash clash_of(const struct sw_tuple *a, const struct sw_tuple *b)
{
	bool v4 = sw_is_v4mapped(&a->local);
	const struct sw_tuple *six = v4 ? b : a;

	if (a->netns != b->netns || a->local_port != b->local_port ||
	    (a->device && b->device && a->device != b->device))
		return CLASH_NOT;
	if (v4 == !!sw_is_v4mapped(&b->local))
		return addr_is_any(&a->local) || addr_is_any(&b->local) ||
				       !memcmp(&a->local, &b->local, sizeof(a->local))
			       ? CLASH
			       : CLASH_NOT;
	if (!addr_is_any(&six->local)) /* one address of IPv6 is none of IPv4 */
		return CLASH_NOT;
	if (!(six->flags & SW_TUPLE_V6ONLY_KNOWN))
		return CLASH_PERHAPS;
	return six->flags & SW_TUPLE_V6ONLY ? CLASH_NOT : CLASH;
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
		    enum clash clash, struct who_blockers *b)
{
	for (size_t i = 0; i < s->n_rows; i++) {
		const struct sw_row *row = &s->rows[i];
		bool listens = row->sock.state == SW_TCP_LISTEN || row->sock.state == SW_TCP_CLOSE;

		if (row->sock.proto != e->sock.proto || listens != listening ||
		    clash_of(&row->sock.tuple, &e->sock.tuple) != clash)
			continue;
		if (row->sock.state == SW_TCP_TIME_WAIT && row->timer.ms > b->wait_ms)
			b->wait_ms = row->timer.ms;
		if (row->n_holders && add_holders(s, row, b))
			return -ENOMEM;
	}
	return 0;
}

/*
 * Connections only where nobody listens: they are the listener's children mostly. Where it is not
 * known whether a socket of IPv6 takes IPv4, it is in the way only if no other is: something was.
 */
int who_blocks(const struct snapshot *s, const struct sw_event *e, struct who_blockers *b)
{
	static const struct {
		bool listening;
		enum clash clash;
	} looks[] = {
		{ true, CLASH }, { true, CLASH_PERHAPS }, { false, CLASH }, { false, CLASH_PERHAPS }
	};
	int err = 0;

	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]) && !b->n_holders && !err; i++)
		err = add_role(s, e, looks[i].listening, looks[i].clash, b);
	return err;
}

void who_blockers_free(struct who_blockers *b)
{
	free(b->holders);
	*b = (struct who_blockers){ 0 };
}
