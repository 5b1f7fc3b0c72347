// SPDX-License-Identifier: GPL-2.0-only
#include "core/forward.h"

#include <string.h>

#include "core/addr.h"
#include "core/row.h"
#include "core/who.h"
#include "filter.h"

static uint64_t key_of(uint8_t proto, const struct sw_tuple *t)
{
	return tuple_hash_ends(hash_bytes(HASH_EMPTY, &proto, sizeof(proto)), t);
}

static bool is_place(const struct forward *f, uint8_t proto, const union sw_addr *addr,
		     uint16_t port)
{
	return f->proto == proto && f->to_port == port && !memcmp(&f->to, addr, sizeof(f->to));
}

/* That of this target, port and place; NULL: there is no room for it. */
static struct forward *forward_of(struct forwards *f, size_t target, uint8_t proto, uint16_t port,
				  const union sw_addr *to, uint16_t to_port)
{
	for (size_t i = 0; i < f->n; i++) {
		struct forward *known = &f->list[i];

		if (known->target == target && known->port == port &&
		    is_place(known, proto, to, to_port))
			return known;
	}
	if (f->n == FORWARDS_MAX)
		return NULL;
	f->list[f->n] = (struct forward){
		.target = target, .proto = proto, .port = port, .to = *to, .to_port = to_port
	};
	return &f->list[f->n++];
}

static bool is_made_to(const struct who_target *target, uint8_t proto, const struct sw_tuple *asked)
{
	return target->has_ports &&
	       who_role(target, proto, asked, SW_TCP_ESTABLISHED) == WHO_CONNECTED;
}

int forwards_add(struct forwards *f, const struct who_target *targets, size_t n, uint8_t proto,
		 const struct sw_tuple *asked, const struct sw_tuple *got)
{
	for (size_t i = 0; i < n; i++) {
		struct forward *its;

		if (!is_made_to(&targets[i], proto, asked))
			continue;
		its = forward_of(f, i, proto, asked->local_port, &got->local, got->local_port);
		if (!its)
			return 0;
		its->conns++;
		return f->conns.used == FORWARD_CONNS
			       ? 0
			       : hash_put(&f->conns, key_of(proto, got), (uint32_t)(its - f->list));
	}
	return 0;
}

void forwards_add_proxy(struct forwards *f, size_t target, uint8_t proto, uint16_t port,
			const union sw_addr *to, uint16_t to_port, const struct holder *holder)
{
	struct forward *its = forward_of(f, target, proto, port, to, to_port);

	if (!its || its->via_pid) /* it may have one for each version of IP */
		return;
	its->via_pid = holder->pid;
	memcpy(its->via, holder->comm, SW_COMM_LEN);
}

void forwards_place(struct forwards *f, const union sw_addr *addr, uint32_t netns, uint32_t n)
{
	for (size_t i = 0; i < f->n; i++) {
		struct forward *its = &f->list[i];

		if (!its->via_pid || its->netns || memcmp(&its->to, addr, sizeof(*addr)))
			continue;
		its->netns = netns;
		its->unclear = n > 1;
	}
}

void forwards_clear(struct forwards *f)
{
	f->n = 0;
	hash_free(&f->conns);
}

void forwards_narrow(const struct forwards *f, struct sw_filter *ret)
{
	ret->on &= ~(__u32)(SW_F_PORT | SW_F_ADDR | SW_F_LOCAL_ADDR | SW_F_REMOTE_ADDR |
			    SW_F_NETNS);
	ret->on |= SW_F_LOCAL_PORT;
	memset(&ret->local_port, 0, sizeof(ret->local_port));
	for (size_t i = 0; i < f->n; i++)
		sw_port_add(&ret->local_port, f->list[i].to_port);
}

/* One that was found in a namespace is found there for each of its targets and ports. */
static void note(struct forwards *f, const struct forward *found, uint32_t netns)
{
	for (size_t i = 0; i < f->n; i++) {
		struct forward *same = &f->list[i];

		if (!is_place(same, found->proto, &found->to, found->to_port))
			continue;
		same->unclear = same->unclear || (same->netns && same->netns != netns);
		same->netns = netns;
	}
}

void forwards_find(struct forwards *f, const struct snapshot *s)
{
	for (size_t i = 0; i < s->n_rows; i++) {
		const struct sw_sock *sock = &s->rows[i].sock;
		uint32_t at;

		if (!hash_get(&f->conns, key_of(sock->proto, &sock->tuple), &at) ||
		    !is_place(&f->list[at], sock->proto, &sock->tuple.local,
			      sock->tuple.local_port))
			continue;
		note(f, &f->list[at], sock->tuple.netns);
	}
}

bool forward_has(const struct forward *f, const struct sw_row *row)
{
	const struct sw_tuple *t = &row->sock.tuple;

	if (!f->netns || f->unclear || t->netns != f->netns || row->sock.proto != f->proto ||
	    t->local_port != f->to_port)
		return false;
	return !memcmp(&t->local, &f->to, sizeof(f->to)) ||
	       (addr_is_any(&t->local) && !t->remote_port);
}
