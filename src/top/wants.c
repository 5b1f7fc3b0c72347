// SPDX-License-Identifier: GPL-2.0-only
#include "top/wants.h"

#include <stdio.h>
#include <string.h>

#include "core/addr.h"
#include "core/names.h"
#include "core/opts.h"
#include "core/record.h"
#include "top/board.h"

/* What is asked about: an entry or a failure. */
struct asked {
	const struct board *b;
	const struct sw_sock *sock;
	uint32_t place;
	const struct board_holder *holders;
	size_t n_holders;
	int32_t error;
	uint8_t reason;
	uint8_t kind;
};

/* --- the filters of the command line ---------------------------------------------------------- */

static bool kind_is_asked(const struct select_opts *s, uint8_t proto)
{
	if (!s->kinds_named)
		return true;
	return proto == SW_PROTO_TCP ? s->tcp : proto == SW_PROTO_UDP ? s->udp : false;
}

static bool change_passes(const struct sw_filter *f, const struct asked *a)
{
	struct sw_event ev = { .sock = *a->sock,
			       .kind = a->kind ? a->kind : SW_EV_SOCKET,
			       .reason = a->reason,
			       .error = a->error };

	ev.sock.have &= ~(__u32)SW_HAVE_ACTOR;
	if (sw_filter_change(f, &ev) == SW_PASS)
		return true;
	for (size_t i = 0; i < a->n_holders; i++) {
		ev.sock.pid = a->holders[i].pid;
		memcpy(ev.sock.comm, a->holders[i].comm, SW_COMM_LEN);
		ev.sock.owner_source = SW_OWNER_SNAPSHOT;
		if (sw_filter_change(f, &ev) == SW_PASS)
			return true;
	}
	return false;
}

static bool where_passes(const struct where *w, const struct asked *a)
{
	struct sw_event ev = { .kind = SW_EV_SOCKET, .sock = *a->sock };
	struct record rec = { .ev = &ev };

	if (!where_any(w) && !w->expr.n)
		return true;
	rec.unit = places_text(&a->b->places, a->place, PLACE_UNIT);
	rec.container = places_text(&a->b->places, a->place, PLACE_CONTAINER);
	rec.pod = places_text(&a->b->places, a->place, PLACE_POD);
	rec.device = places_text(&a->b->places, a->place, PLACE_DEVICE);
	rec.exe = places_text(&a->b->places, a->place, PLACE_EXE);
	return where_selected(w, &rec);
}

static bool is_selected(const struct select_opts *s, const struct asked *a)
{
	const struct sw_filter *f = &s->filter;

	if (!kind_is_asked(s, a->sock->proto))
		return false;
	if (f->on && sw_filter_socket(f, a->sock) != SW_PASS)
		return false;
	if ((f->on & SW_F_OF_CHANGE) && !change_passes(f, a))
		return false;
	return where_passes(&s->where, a);
}

/* --- texts ------------------------------------------------------------------------------------ */

static bool stands_in(const char *text, const char *in)
{
	return in && strcasestr(in, text);
}

static bool stands_in_comm(const char *text, uint32_t pid, const char comm[SW_COMM_LEN])
{
	char owner[SW_COMM_LEN + 16];

	snprintf(owner, sizeof(owner), "%u/%.*s", pid, SW_COMM_LEN, comm);
	return stands_in(text, owner);
}

static bool stands_in_address(const char *text, const union sw_addr *addr, uint16_t port)
{
	char address[ADDR_TEXT_MAX + 8];
	size_t len = addr_format(addr, address);

	snprintf(address + len, sizeof(address) - len, ":%u", port);
	return stands_in(text, address);
}

static bool stands_in_place(const char *text, const struct asked *a)
{
	for (enum place_text i = 0; i < PLACE_TEXTS; i++)
		if (stands_in(text, places_text(&a->b->places, a->place, i)))
			return true;
	return false;
}

static bool has_text(const char *text, const struct asked *a)
{
	const struct sw_tuple *t = &a->sock->tuple;

	if (stands_in_comm(text, a->sock->pid, a->sock->comm) ||
	    stands_in_address(text, &t->local, t->local_port) ||
	    stands_in_address(text, &t->remote, t->remote_port))
		return true;
	for (size_t i = 0; i < a->n_holders; i++)
		if (stands_in_comm(text, a->holders[i].pid, a->holders[i].comm))
			return true;
	return stands_in(text, state_name(a->sock->state)) ||
	       stands_in(text, reason_name(a->reason)) || stands_in(text, errno_name(a->error)) ||
	       stands_in_place(text, a);
}

static bool is_wanted(const struct wants *w, const struct asked *a)
{
	for (size_t i = 0; i < w->n_texts; i++)
		if (!has_text(w->texts[i], a))
			return false;
	return !w->select || is_selected(w->select, a);
}

bool wants_entry(const struct wants *w, const struct board *b, const struct board_entry *e)
{
	struct asked a = { .b = b,
			   .sock = &e->sock,
			   .place = e->place,
			   .holders = e->holders,
			   .n_holders = e->n_holders < BOARD_HOLDERS ? e->n_holders : BOARD_HOLDERS,
			   .error = e->error,
			   .reason = e->reason,
			   .kind = e->kind };

	return is_wanted(w, &a);
}

bool wants_failure(const struct wants *w, const struct board *b, const struct board_failure *f)
{
	struct asked a = { .b = b,
			   .sock = &f->sock,
			   .place = f->place,
			   .error = f->error,
			   .reason = f->reason,
			   .kind = f->kind };

	return is_wanted(w, &a);
}
