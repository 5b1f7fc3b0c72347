// SPDX-License-Identifier: GPL-2.0-only
#include "core/connection.h"

#include <string.h>

#include "core/record.h"
#include "filter.h"

bool conn_selected(const struct sw_filter *f, const struct sw_conn *c)
{
	if (sw_filter_change(f, &c->e) == SW_PASS)
		return true;
	if (sw_filter_outcome(f, &c->e) != SW_PASS)
		return false;
	for (size_t i = 0; i < c->n_owners && i < SW_CONN_OWNERS; i++)
		if (sw_filter_process(f, c->owners[i].pid, c->owners[i].comm,
				      c->owners[i].in_cgroups))
			return true;
	return false;
}

/*
 * One that had ended before it was noticed joined the earlier ones while another went on. One that
 * was found with a descriptor has no time, and stays where it came.
 */
static void sort_owners(struct sw_conn_owner *owners, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct sw_conn_owner o = owners[i];
		size_t at = i;

		while (at && o.since_ns && owners[at - 1].since_ns > o.since_ns) {
			owners[at] = owners[at - 1];
			at--;
		}
		owners[at] = o;
	}
}

static struct sw_conn_owner last_owner(const struct sw_conn *c)
{
	const struct sw_sock *s = &c->e.sock;
	struct sw_conn_owner o = { .start_ns = s->start_ns,
				   .since_ns = c->since_ns,
				   .pid = s->pid,
				   .source = s->owner_source,
				   .in_cgroups = s->in_cgroups };

	memcpy(o.comm, s->comm, SW_COMM_LEN);
	return o;
}

/* Each process once: how it came first, but that it had the listener says less than a use. */
static size_t put_owner(struct sw_conn_owner *owners, size_t n, struct sw_conn_owner o)
{
	for (size_t i = 0; i < n; i++)
		if (owners[i].pid == o.pid && owners[i].start_ns == o.start_ns) {
			if (owners[i].source == SW_OWNER_INHERITED)
				owners[i] = o;
			return n;
		}
	owners[n] = o;
	return n + 1;
}

size_t conn_owners(const struct sw_conn *c, struct sw_conn_owner ret[CONN_OWNERS_MAX])
{
	const struct sw_sock *s = &c->e.sock;
	size_t n = c->n_owners < SW_CONN_OWNERS ? c->n_owners : SW_CONN_OWNERS;

	memcpy(ret, c->owners, n * sizeof(*ret));
	if (sock_has_process(s))
		n = put_owner(ret, n, last_owner(c));
	sort_owners(ret, n);
	return n;
}

static uint8_t state_at(const struct sw_conn *c, int i)
{
	return c->history >> (4 * i) & 15;
}

/* The first of its states: the highest that is there. */
static int first_state(const struct sw_conn *c)
{
	int i = CONN_STATES_MAX - 1;

	while (i > 0 && !state_at(c, i))
		i--;
	return i;
}

static enum conn_direction datagram_direction(const struct sw_sock *s)
{
	if (s->have & SW_HAVE_SENT)
		return CONN_OUT;
	return s->have & SW_HAVE_RECEIVED ? CONN_IN : CONN_UNKNOWN;
}

enum conn_direction conn_direction(const struct sw_conn *c)
{
	if (sw_is_datagram(c->e.sock.proto))
		return datagram_direction(&c->e.sock);
	switch (state_at(c, first_state(c))) {
	case SW_TCP_SYN_SENT:
		return CONN_OUT;
	case SW_TCP_SYN_RECV: /* of a simultaneous connect, if its begin was not seen */
		return c->e.sock.have & SW_HAVE_AGE ? CONN_IN : CONN_UNKNOWN;
	default:
		return CONN_UNKNOWN;
	}
}

bool state_is_opening(uint8_t state)
{
	return state == SW_TCP_SYN_SENT || state == SW_TCP_SYN_RECV || state == SW_TCP_NEW_SYN_RECV;
}

bool conn_was_open(const struct sw_conn *c)
{
	bool tried = false;

	for (uint64_t states = c->history; states; states >>= 4) {
		uint8_t state = states & 15;

		if (state != SW_TCP_CLOSE && !state_is_opening(state))
			return true;
		tried = tried || state != SW_TCP_CLOSE;
	}
	return !tried;
}

const char *direction_name(enum conn_direction direction)
{
	static const char *const names[] = { [CONN_OUT] = "out", [CONN_IN] = "in" };

	return names[direction];
}

bool conn_started_before(const struct sw_conn *c)
{
	return c->e.first_state && !(c->e.sock.have & SW_HAVE_AGE);
}

/* Of each state. */
static const char state_letters[16] = {
	[0] = '?',
	[SW_TCP_ESTABLISHED] = 'E',
	[SW_TCP_SYN_SENT] = 'S',
	[SW_TCP_SYN_RECV] = 'R',
	[SW_TCP_FIN_WAIT1] = 'F',
	[SW_TCP_FIN_WAIT2] = 'f',
	[SW_TCP_TIME_WAIT] = 'T',
	[SW_TCP_CLOSE] = 'C',
	[SW_TCP_CLOSE_WAIT] = 'W',
	[SW_TCP_LAST_ACK] = 'A',
	[SW_TCP_LISTEN] = 'L',
	[SW_TCP_CLOSING] = 'G',
	[SW_TCP_NEW_SYN_RECV] = 'R',
};

size_t conn_history(const struct sw_conn *c, char ret[CONN_STATES_MAX + 1])
{
	size_t n = 0;

	for (int i = first_state(c); i >= 0 && !sw_is_datagram(c->e.sock.proto); i--) {
		char letter = state_letters[state_at(c, i)];

		ret[n++] = letter ? letter : '?';
	}
	ret[n] = '\0';
	return n;
}

uint64_t conn_history_of(const char *letters)
{
	uint64_t history = 0;

	for (; *letters; letters++) {
		const char *at = memchr(state_letters, *letters, sizeof(state_letters));

		history = history << 4 | (at ? (uint64_t)(at - state_letters) : 0);
	}
	return history;
}
