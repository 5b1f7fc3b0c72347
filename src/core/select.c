// SPDX-License-Identifier: GPL-2.0-only
#include "core/select.h"

#include <stdlib.h>
#include <string.h>

#include "base/compare.h"
#include "core/addr.h"
#include "core/family.h"
#include "core/row.h"
#include "filter.h"

void row_to_event(const struct sw_row *row, uint64_t time_ns, struct sw_event *ret)
{
	*ret = (struct sw_event){ .time_ns = time_ns, .sock = row->sock, .kind = SW_EV_SOCKET };
}

/* Any of its holders will do. */
static bool change_passes(const struct sw_filter *f, const struct snapshot *s,
			  const struct sw_row *row)
{
	struct sw_event e;

	row_to_event(row, 0, &e);
	if (!row->n_holders)
		return sw_filter_change(f, &e) == SW_PASS;
	for (uint32_t i = 0; i < row->n_holders; i++) {
		const struct holder *h = &s->holders[row->first_holder + i];

		e.sock.pid = h->pid;
		e.sock.in_cgroups = h->in_cgroups;
		memcpy(e.sock.comm, h->comm, SW_COMM_LEN);
		if (sw_filter_change(f, &e) == SW_PASS)
			return true;
	}
	return false;
}

bool row_selected(const struct sw_filter *f, const struct snapshot *s, const struct sw_row *row)
{
	struct sw_sock sock = row->sock;

	if (!f->on)
		return true;
	if ((row->sock.proto == SW_PROTO_RAW || row->sock.proto == SW_PROTO_ICMP) &&
	    (f->on & (SW_F_PORT | SW_F_LOCAL_PORT | SW_F_REMOTE_PORT)))
		return false; /* what stands there is none */
	if (row->sock.proto == SW_PROTO_VSOCK)
		sock.tuple = family_ports(&row->sock.tuple);
	if (sw_filter_socket(f, &sock) != SW_PASS)
		return false;
	return !(f->on & SW_F_OF_CHANGE) || change_passes(f, s, row);
}

static int compare_rows(const void *left, const void *right)
{
	const struct sw_row *a = left, *b = right;
	int order = compare_numbers(a->sock.state != SW_TCP_LISTEN, b->sock.state != SW_TCP_LISTEN);

	if (!order)
		order = compare_numbers(a->sock.proto, b->sock.proto);
	if (!order)
		order = compare_numbers(a->sock.tuple.netns, b->sock.tuple.netns);
	if (!order)
		order = compare_numbers(a->sock.tuple.local_port, b->sock.tuple.local_port);
	if (!order)
		order = compare_numbers(a->sock.tuple.remote_port, b->sock.tuple.remote_port);
	if (!order)
		order = memcmp(&a->sock.tuple, &b->sock.tuple, sizeof(a->sock.tuple));
	return order ? order : compare_numbers(a->sock.inode, b->sock.inode);
}

int rows_compare(const struct sw_row *a, const struct sw_row *b)
{
	return compare_rows(a, b);
}

void rows_sort(struct snapshot *s)
{
	if (s->n_rows)
		qsort(s->rows, s->n_rows, sizeof(*s->rows), compare_rows);
}

struct order {
	const enum sort_key *keys; /* borrowed */
	int n_keys;
};

/* What nobody holds comes last. */
static uint64_t pid_of(const struct sw_row *row)
{
	return row->sock.owner_source ? row->sock.pid : UINT64_MAX;
}

/* Numbers of the kernel are no order; nor is a datagram socket's CLOSE an end. */
static uint64_t life_of(const struct sw_row *row)
{
	static const uint8_t order[SW_TCP_STATES] = {
		[SW_TCP_LISTEN] = 0,	   [SW_TCP_SYN_SENT] = 1,    [SW_TCP_SYN_RECV] = 2,
		[SW_TCP_NEW_SYN_RECV] = 2, [SW_TCP_ESTABLISHED] = 3, [SW_TCP_CLOSE_WAIT] = 4,
		[SW_TCP_LAST_ACK] = 5,	   [SW_TCP_FIN_WAIT1] = 6,   [SW_TCP_FIN_WAIT2] = 7,
		[SW_TCP_CLOSING] = 8,	   [SW_TCP_TIME_WAIT] = 9,   [SW_TCP_CLOSE] = 10
	};

	return row->sock.state < SW_TCP_STATES ? order[row->sock.state] : SW_TCP_STATES;
}

/* The limit of a listener is no queue. */
static uint32_t unsent_of(const struct sw_row *row)
{
	return row_is_listener(row) ? 0 : row->send_q;
}

static int compare_comms(const struct sw_row *a, const struct sw_row *b)
{
	int order = compare_numbers(!a->sock.owner_source, !b->sock.owner_source);

	return order || !a->sock.owner_source ? order
					      : memcmp(a->sock.comm, b->sock.comm, SW_COMM_LEN);
}

static uint64_t timer_of(const struct sw_row *row)
{
	bool has = (row->sock.have & SW_HAVE_TIMER) && row->timer.kind != SW_TIMER_OFF;

	return has ? row->timer.ms : UINT64_MAX;
}

int rows_compare_by(enum sort_key key, const struct sw_row *a, const struct sw_row *b)
{
	switch (key) {
	case SORT_PORT:
		return compare_numbers(a->sock.tuple.local_port, b->sock.tuple.local_port);
	case SORT_ADDR:
		return memcmp(&a->sock.tuple.local, &b->sock.tuple.local,
			      sizeof(a->sock.tuple.local));
	case SORT_PID:
		return compare_numbers(pid_of(a), pid_of(b));
	case SORT_STATE:
		return compare_numbers(life_of(a), life_of(b));
	case SORT_RECV_Q:
		return compare_numbers(b->recv_q, a->recv_q);
	case SORT_SEND_Q:
		return compare_numbers(unsent_of(b), unsent_of(a));
	case SORT_PROTO:
		return compare_numbers(a->sock.proto, b->sock.proto);
	case SORT_REMOTE:
		return memcmp(&a->sock.tuple.remote, &b->sock.tuple.remote,
			      sizeof(a->sock.tuple.remote));
	case SORT_REMOTE_PORT:
		return compare_numbers(a->sock.tuple.remote_port, b->sock.tuple.remote_port);
	case SORT_COMM:
		return compare_comms(a, b);
	case SORT_UID:
		return compare_numbers(sw_uid_of(&a->sock), sw_uid_of(&b->sock));
	case SORT_TIMER:
		return compare_numbers(timer_of(a), timer_of(b));
	case SORT_NONE:
	default: /* of counts */
		break;
	}
	return 0;
}

static int compare_ordered(const void *left, const void *right, void *arg)
{
	const struct order *o = arg;
	int order = 0;

	for (int i = 0; i < o->n_keys && !order; i++)
		order = rows_compare_by(o->keys[i], left, right);
	return order ? order : compare_rows(left, right);
}

void rows_sort_by(struct snapshot *s, const enum sort_key *keys, int n_keys)
{
	struct order o = { .keys = keys, .n_keys = n_keys };

	if (s->n_rows)
		qsort_r(s->rows, s->n_rows, sizeof(*s->rows), compare_ordered, &o);
}

/* A socket that was closed leaves these states at once: without an inode it was never accepted. */
static bool awaits_accept(const struct sw_row *row)
{
	return row->sock.proto == SW_PROTO_TCP && !row->sock.inode &&
	       (row->sock.state == SW_TCP_ESTABLISHED || row->sock.state == SW_TCP_CLOSE_WAIT ||
		row->sock.state == SW_TCP_SYN_RECV);
}

/* How well a listener fits a connection: 2 its own address, 1 any address, 0 not at all. */
static int fits(const struct sw_row *listener, const struct sw_row *row)
{
	if (listener->sock.tuple.family != row->sock.tuple.family)
		return 0;
	if (!memcmp(&listener->sock.tuple.local, &row->sock.tuple.local,
		    sizeof(row->sock.tuple.local)))
		return 2;
	return addr_is_any(&listener->sock.tuple.local);
}

/* The index of the first of n sorted listeners that is not before the row's namespace and port. */
static size_t listeners_from(const struct snapshot *s, size_t n, const struct sw_row *row)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct sw_tuple *t = &s->rows[mid].sock.tuple;

		if (t->netns < row->sock.tuple.netns ||
		    (t->netns == row->sock.tuple.netns &&
		     t->local_port < row->sock.tuple.local_port))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void row_inherit(const struct snapshot *s, size_t n_listeners, struct sw_row *row)
{
	const struct sw_row *best = NULL;
	int best_fit = 0;
	bool shared = false;

	for (size_t i = listeners_from(s, n_listeners, row); i < n_listeners; i++) {
		const struct sw_row *l = &s->rows[i];
		int fit;

		if (l->sock.tuple.netns != row->sock.tuple.netns ||
		    l->sock.tuple.local_port != row->sock.tuple.local_port)
			break;
		fit = fits(l, row);
		if (!fit || fit < best_fit)
			continue;
		/* one more of the same quality: it must have the same owner; a better one starts
		 * anew */
		shared = fit == best_fit && (shared || !l->n_holders || !best->n_holders ||
					     l->sock.pid != best->sock.pid);
		best = l;
		best_fit = fit;
	}
	if (best && best->n_holders && !shared)
		row_copy_owner(row, &best->sock, SW_OWNER_INHERITED);
	else if (best && best->sock.owner_source == SW_OWNER_KERNEL && !shared)
		row_copy_owner(row, &best->sock, SW_OWNER_KERNEL);
}

void rows_inherit(struct snapshot *s)
{
	size_t n = 0;

	while (n < s->n_rows && s->rows[n].sock.state == SW_TCP_LISTEN)
		n++;
	for (size_t i = n; i < s->n_rows; i++)
		if (awaits_accept(&s->rows[i]) && !s->rows[i].n_holders &&
		    !s->rows[i].sock.owner_source)
			row_inherit(s, n, &s->rows[i]);
}
