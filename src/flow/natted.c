// SPDX-License-Identifier: GPL-2.0-only
#include "flow/natted.h"

#include "base/clock.h"
#include "base/log.h"
#include "core/addr.h"
#include "core/record.h"
#include "netlink/nat.h"
#include "proc/tracking.h"

#define TRACKED_NS 1000000000u

/* To ask conntrack would load it. */
static bool is_tracked(struct natted *n)
{
	uint64_t now_ns;

	if (n->tracked)
		return true;
	now_ns = clock_now();
	if (now_ns < n->tracked_ns)
		return false;
	n->tracked_ns = now_ns + TRACKED_NS;
	n->tracked = tracking_is_there();
	return n->tracked;
}

/* Its first packet has not been sent, perhaps: what conntrack has is of one before. */
static bool is_early(const struct sw_event *e)
{
	return e->kind == SW_EV_STATE && e->sock.state == SW_TCP_SYN_SENT;
}

/* On loopback, and on a link, no other namespace is passed through. */
static bool stays_inside(const struct sw_tuple *t)
{
	return sw_addr_is_loopback(&t->local) || sw_addr_is_loopback(&t->remote) ||
	       addr_is_link_local(&t->local) || addr_is_link_local(&t->remote);
}

void natted_set(struct natted *n, struct record *rec)
{
	const struct sw_sock *s = &rec->ev->sock;
	struct nat_question q;

	if (!n->nats || !nat_question_of(s, &q) || !is_tracked(n) ||
	    (rec->elsewhere && stays_inside(&s->tuple)))
		return;
	rec->nat = nats_get(n->nats, &q, rec->elsewhere, !is_early(rec->ev));
	if (!nats_refused(n->nats))
		return;
	log_note("--nat: conntrack is not asked: that takes CAP_NET_ADMIN");
	n->nats = NULL;
}
