// SPDX-License-Identifier: GPL-2.0-only
#include "core/select.h"

#include <stdlib.h>
#include <string.h>

#include "core/addr.h"
#include "core/row.h"
#include "filter.h"

static void set_owner(struct sw_event *e, const struct holder *h)
{
	e->pid = h->pid;
	memcpy(e->comm, h->comm, SW_COMM_LEN);
	e->owner_source = SW_OWNER_SNAPSHOT;
}

void row_to_event(const struct snapshot *s, const struct row *row, uint64_t time_ns,
		  struct sw_event *ret)
{
	*ret = (struct sw_event){ .time_ns = time_ns,
				  .cookie = row->cookie,
				  .inode = row->inode,
				  .cgroup_id = row->cgroup_id,
				  .bytes_sent = row->bytes_sent,
				  .bytes_received = row->bytes_received,
				  .retransmits = row->retransmits,
				  .srtt_us = row->srtt_us,
				  .tuple = row->tuple,
				  .uid = row->uid,
				  .have = row->have | SW_HAVE_UID,
				  .kind = SW_EV_SOCKET,
				  .proto = row->proto,
				  .state = row->state };
	if (row->n_holders || row->owner_source)
		set_owner(ret, &s->holders[row->first_holder]);
	if (row->owner_source)
		ret->owner_source = row->owner_source;
}

/*
 * By its own cgroup, which only the kernel side tells; else by those of the processes that hold it.
 */
static bool in_cgroups(const struct snapshot *s, const struct row *row)
{
	uint32_t n = row->owner_source ? 1 : row->n_holders;

	if (row->have & SW_HAVE_CGROUP)
		return true;
	for (uint32_t i = 0; i < n; i++)
		if (s->holders[row->first_holder + i].in_cgroups)
			return true;
	return false;
}

bool row_selected(const struct sw_filter *f, const struct snapshot *s, const struct row *row)
{
	struct sw_event e;

	if (!f->on)
		return true;
	if (row->proto == SW_PROTO_RAW &&
	    (f->on & (SW_F_PORT | SW_F_LOCAL_PORT | SW_F_REMOTE_PORT)))
		return false; /* what stands there is a protocol */
	if ((f->on & SW_F_CGROUP) && !in_cgroups(s, row))
		return false;
	row_to_event(s, row, 0, &e);
	if (sw_filter_socket(f, &row->tuple, row->uid) != SW_PASS)
		return false;
	if (!row->n_holders)
		return sw_filter_change(f, &e) == SW_PASS;
	for (uint32_t i = 0; i < row->n_holders; i++) {
		set_owner(&e, &s->holders[row->first_holder + i]);
		if (sw_filter_change(f, &e) == SW_PASS)
			return true;
	}
	return false;
}

static int compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int compare_rows(const void *left, const void *right)
{
	const struct row *a = left, *b = right;
	int order = compare_numbers(a->state != SW_TCP_LISTEN, b->state != SW_TCP_LISTEN);

	if (!order)
		order = compare_numbers(a->proto, b->proto);
	if (!order)
		order = compare_numbers(a->tuple.netns, b->tuple.netns);
	if (!order)
		order = compare_numbers(a->tuple.local_port, b->tuple.local_port);
	if (!order)
		order = compare_numbers(a->tuple.remote_port, b->tuple.remote_port);
	if (!order)
		order = memcmp(&a->tuple, &b->tuple, sizeof(a->tuple));
	return order ? order : compare_numbers(a->inode, b->inode);
}

void rows_sort(struct snapshot *s)
{
	if (s->n_rows)
		qsort(s->rows, s->n_rows, sizeof(*s->rows), compare_rows);
}

struct order {
	const struct snapshot *s; /* borrowed, as the keys */
	const enum sort_key *keys;
	int n_keys;
};

/* What nobody holds comes last. */
static uint64_t pid_of(const struct snapshot *s, const struct row *row)
{
	return row->n_holders || row->owner_source ? s->holders[row->first_holder].pid : UINT64_MAX;
}

/* Numbers of the kernel are no order; nor is a datagram socket's CLOSE an end. */
static uint64_t life_of(const struct row *row)
{
	static const uint8_t order[SW_TCP_STATES] = {
		[SW_TCP_LISTEN] = 0,	   [SW_TCP_SYN_SENT] = 1,    [SW_TCP_SYN_RECV] = 2,
		[SW_TCP_NEW_SYN_RECV] = 2, [SW_TCP_ESTABLISHED] = 3, [SW_TCP_CLOSE_WAIT] = 4,
		[SW_TCP_LAST_ACK] = 5,	   [SW_TCP_FIN_WAIT1] = 6,   [SW_TCP_FIN_WAIT2] = 7,
		[SW_TCP_CLOSING] = 8,	   [SW_TCP_TIME_WAIT] = 9,   [SW_TCP_CLOSE] = 10
	};

	return row->state < SW_TCP_STATES ? order[row->state] : SW_TCP_STATES;
}

static int compare_by(const struct order *o, enum sort_key key, const struct row *a,
		      const struct row *b)
{
	switch (key) {
	case SORT_PORT:
		return compare_numbers(a->tuple.local_port, b->tuple.local_port);
	case SORT_ADDR:
		return memcmp(&a->tuple.local, &b->tuple.local, sizeof(a->tuple.local));
	case SORT_PID:
		return compare_numbers(pid_of(o->s, a), pid_of(o->s, b));
	case SORT_STATE:
		return compare_numbers(life_of(a), life_of(b));
	case SORT_RECV_Q:
		return compare_numbers(b->recv_q, a->recv_q);
	case SORT_SEND_Q:
		return compare_numbers(b->send_q, a->send_q);
	case SORT_NONE:
		break;
	}
	return 0;
}

static int compare_ordered(const void *left, const void *right, void *arg)
{
	const struct order *o = arg;
	int order = 0;

	for (int i = 0; i < o->n_keys && !order; i++)
		order = compare_by(o, o->keys[i], left, right);
	return order ? order : compare_rows(left, right);
}

void rows_sort_by(struct snapshot *s, const enum sort_key *keys, int n_keys)
{
	struct order o = { .s = s, .keys = keys, .n_keys = n_keys };

	if (s->n_rows)
		qsort_r(s->rows, s->n_rows, sizeof(*s->rows), compare_ordered, &o);
}

/* A socket that was closed leaves these states at once: without an inode it was never accepted. */
static bool awaits_accept(const struct row *row)
{
	return row->proto == SW_PROTO_TCP && !row->inode &&
	       (row->state == SW_TCP_ESTABLISHED || row->state == SW_TCP_CLOSE_WAIT ||
		row->state == SW_TCP_SYN_RECV);
}

/* How well a listener fits a connection: 2 its own address, 1 any address, 0 not at all. */
static int fits(const struct row *listener, const struct row *row)
{
	if (listener->tuple.family != row->tuple.family)
		return 0;
	if (!memcmp(&listener->tuple.local, &row->tuple.local, sizeof(row->tuple.local)))
		return 2;
	return addr_is_any(&listener->tuple.local);
}

/* The index of the first of n sorted listeners that is not before the row's namespace and port. */
static size_t listeners_from(const struct snapshot *s, size_t n, const struct row *row)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct sw_tuple *t = &s->rows[mid].tuple;

		if (t->netns < row->tuple.netns ||
		    (t->netns == row->tuple.netns && t->local_port < row->tuple.local_port))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void row_inherit(const struct snapshot *s, size_t n_listeners, struct row *row)
{
	const struct row *best = NULL;
	int best_fit = 0;
	bool shared = false;

	for (size_t i = listeners_from(s, n_listeners, row); i < n_listeners; i++) {
		const struct row *l = &s->rows[i];
		int fit;

		if (l->tuple.netns != row->tuple.netns ||
		    l->tuple.local_port != row->tuple.local_port)
			break;
		fit = fits(l, row);
		if (!fit || fit < best_fit)
			continue;
		/* one more of the same quality: it must have the same owner; a better one starts
		 * anew */
		shared = fit == best_fit &&
			 (shared || !l->n_holders || !best->n_holders ||
			  s->holders[l->first_holder].pid != s->holders[best->first_holder].pid);
		best = l;
		best_fit = fit;
	}
	if (best && best->n_holders && !shared) {
		row->first_holder = best->first_holder;
		row->owner_source = SW_OWNER_INHERITED;
	}
}

void rows_inherit(struct snapshot *s)
{
	size_t n = 0;

	while (n < s->n_rows && s->rows[n].state == SW_TCP_LISTEN)
		n++;
	for (size_t i = n; i < s->n_rows; i++)
		if (awaits_accept(&s->rows[i]) && !s->rows[i].n_holders && !s->rows[i].owner_source)
			row_inherit(s, n, &s->rows[i]);
}
