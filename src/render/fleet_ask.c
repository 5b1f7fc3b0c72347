// SPDX-License-Identifier: GPL-2.0-only
#include "render/fleet_ask.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "core/addr.h"
#include "core/ends.h"
#include "core/kinds.h"
#include "core/opts.h"
#include "core/where.h"
#include "core/who.h"
#include "render/fleet.h"
#include "render/fleet_literal.h"
#include "render/fleet_read.h"

#define SECOND UINT64_C(1000000000)
#define HOUR UINT64_C(3600)
#define RANGES_MAX 200 /* of ports, in a statement; with more it asks for all */

/* --- parts ----------------------------------------------------------------------------------- */

/* "column relation number" */
static void put_compared(struct buf *b, const char *left, uint64_t number)
{
	buf_puts(b, left);
	buf_put_u64(b, number);
}

/* Between what is added up by "or": nothing before the first. */
static void put_or(struct buf *b, size_t *n)
{
	buf_puts(b, (*n)++ ? " OR " : "(");
}

/* Behind the last one. What none was put for is not asked at all. */
static void end_or(struct buf *b, size_t n)
{
	if (n)
		buf_putc(b, ')');
}

static void put_and(struct buf *b)
{
	buf_puts(b, " AND ");
}

/* --- ports ------------------------------------------------------------------------------------ */

struct range {
	uint32_t first, last;
};

/* How many; RANGES_MAX + 1: more. */
static size_t find_ranges(const struct sw_port_set *set, struct range ret[RANGES_MAX + 1])
{
	size_t n = 0;

	for (uint32_t port = 0; port < 65536 && n <= RANGES_MAX; port++) {
		if (!sw_port_in(set, (uint16_t)port))
			continue;
		ret[n].first = port;
		while (port < 65535 && sw_port_in(set, (uint16_t)(port + 1)))
			port++;
		ret[n++].last = port;
	}
	return n;
}

static void put_ranges(struct buf *b, const char *column, const struct range *r, size_t n,
		       size_t *n_or)
{
	for (size_t i = 0; i < n; i++) {
		put_or(b, n_or);
		buf_puts(b, column);
		put_compared(b, " BETWEEN ", r[i].first);
		put_compared(b, " AND ", r[i].last);
	}
}

/* other: another column that may have it; NULL: none. */
static void put_ports(struct buf *b, const struct sw_port_set *set, const char *column,
		      const char *other)
{
	struct range ranges[RANGES_MAX + 1];
	size_t n = find_ranges(set, ranges), n_or = 0;

	if (!n || n > RANGES_MAX)
		return;
	put_and(b);
	put_ranges(b, column, ranges, n, &n_or);
	if (other)
		put_ranges(b, other, ranges, n, &n_or);
	end_or(b, n_or);
}

/* --- addresses -------------------------------------------------------------------------------- */

static bool is_whole(const struct sw_cidr *c)
{
	return !~c->mask.q[0] && !~c->mask.q[1];
}

/* How many of an IPv4 block's numbers are the same in all of its addresses. */
static size_t same_octets(const struct sw_cidr *c)
{
	size_t n = 0;

	while (n < 4 && c->mask.b[12 + n] == 0xff)
		n++;
	return n;
}

/* Blocks of IPv6 are not told apart there, nor the largest ones of IPv4. */
static bool can_ask(const struct sw_cidr *c)
{
	return is_whole(c) ? !addr_is_any(&c->net) : c->v4 && same_octets(c);
}

/*
 * A block by what its addresses begin with: "10.1.". What makes a number of an address fails on
 * some servers where a row has none of IPv4.
 */
static void put_block(struct buf *b, const struct sw_cidr *c, const char *column)
{
	char text[ADDR_TEXT_MAX];
	size_t len = 0;

	for (size_t i = 0; i < same_octets(c); i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%u.", c->net.b[12 + i]);
	buf_puts(b, "substring(");
	buf_puts(b, column);
	put_compared(b, ", 1, ", len);
	buf_puts(b, ") = ");
	fleet_put_literal(b, text, len);
}

static void put_addr(struct buf *b, const struct sw_cidr *c, const char *column)
{
	char text[ADDR_TEXT_MAX];

	if (!is_whole(c)) {
		put_block(b, c, column);
		return;
	}
	buf_puts(b, column);
	buf_puts(b, " = ");
	fleet_put_literal(b, text, addr_format(&c->net, text));
}

static void put_addrs(struct buf *b, const struct sw_cidr_set *set, const char *column,
		      const char *other)
{
	size_t n_or = 0;

	for (uint32_t i = 0; i < set->n; i++)
		if (!can_ask(&set->cidr[i]))
			return;
	if (!set->n)
		return;
	put_and(b);
	for (uint32_t i = 0; i < set->n; i++) {
		put_or(b, &n_or);
		put_addr(b, &set->cidr[i], column);
		if (!other)
			continue;
		put_or(b, &n_or);
		put_addr(b, &set->cidr[i], other);
	}
	end_or(b, n_or);
}

/* --- processes -------------------------------------------------------------------------------- */

static void put_pids(struct buf *b, const struct sw_filter *f)
{
	size_t n_or = 0;

	put_and(b);
	for (uint32_t i = 0; i < f->n_pids; i++) {
		put_or(b, &n_or);
		put_compared(b, "pid = ", f->pids[i]);
		put_or(b, &n_or);
		put_compared(b, "actor_pid = ", f->pids[i]);
		put_or(b, &n_or);
		put_compared(b, "has(owners.pid, ", f->pids[i]);
		buf_putc(b, ')');
	}
	end_or(b, n_or);
}

/* What stands in the table as it does here: bytes that are no UTF-8 do not. */
static bool is_plain(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] >= 0x80)
			return false;
	return true;
}

/* The name, or what it begins with; one that fills its bytes may be longer there. */
static void put_comm(struct buf *b, const struct sw_comm_pattern *c, size_t *n_or)
{
	static const char *const columns[] = { "comm", "actor_comm" };
	size_t len = strnlen(c->name, SW_COMM_LEN);

	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		put_or(b, n_or);
		buf_puts(b, "substring(");
		buf_puts(b, columns[i]);
		put_compared(b, ", 1, ", len);
		buf_puts(b, ") = ");
		fleet_put_literal(b, c->name, len);
	}
	put_or(b, n_or);
	put_compared(b, "arrayExists(x -> substring(x, 1, ", len);
	buf_puts(b, ") = ");
	fleet_put_literal(b, c->name, len);
	buf_puts(b, ", owners.comm)");
}

static void put_comms(struct buf *b, const struct sw_filter *f)
{
	size_t n_or = 0;

	for (uint32_t i = 0; i < f->n_comms; i++)
		if (!is_plain(f->comms[i].name, strnlen(f->comms[i].name, SW_COMM_LEN)) ||
		    !f->comms[i].name[0])
			return;
	put_and(b);
	for (uint32_t i = 0; i < f->n_comms; i++)
		put_comm(b, &f->comms[i], &n_or);
	end_or(b, n_or);
}

static void put_uids(struct buf *b, const struct sw_filter *f)
{
	size_t n_or = 0;

	for (uint32_t i = 0; i < f->n_uids; i++)
		if (f->uids[i] == SW_UID_UNKNOWN)
			return;
	put_and(b);
	for (uint32_t i = 0; i < f->n_uids; i++) {
		put_or(b, &n_or);
		put_compared(b, "uid = ", f->uids[i]);
	}
	end_or(b, n_or);
}

/* --- where it runs ---------------------------------------------------------------------------- */

static bool is_pattern(const struct where_value *v)
{
	for (size_t i = 0; i < v->len; i++)
		if (strchr("*?[\\", v->at[i]))
			return true;
	return false;
}

/* Whether each can be asked for: none is a pattern, and all stand in the table as they do here. */
static bool can_ask_values(const struct where_values *v)
{
	for (size_t i = 0; i < v->n; i++)
		if (is_pattern(&v->values[i]) || !is_plain(v->values[i].at, v->values[i].len))
			return false;
	return v->n;
}

/* What has one of the values in one of these columns; of what a value means it is the least. */
static void put_having(struct buf *b, const struct where_values *v, const char *columns)
{
	size_t n_or = 0;

	if (!can_ask_values(v))
		return;
	put_and(b);
	for (size_t i = 0; i < v->n; i++) {
		put_or(b, &n_or);
		buf_puts(b, "position(concat(");
		buf_puts(b, columns);
		buf_puts(b, "), ");
		fleet_put_literal(b, v->values[i].at, v->values[i].len);
		buf_puts(b, ") > 0");
	}
	end_or(b, n_or);
}

/* Only what is no pattern; hosts are asked for here, too. */
static void put_hosts(struct buf *b, const struct where_values *v)
{
	size_t n_or = 0;

	if (!can_ask_values(v))
		return;
	put_and(b);
	for (size_t i = 0; i < v->n; i++) {
		put_or(b, &n_or);
		buf_puts(b, "host = ");
		fleet_put_literal(b, v->values[i].at, v->values[i].len);
	}
	end_or(b, n_or);
}

/* --- all of it -------------------------------------------------------------------------------- */

static void put_kinds(struct buf *b, const struct select_opts *s)
{
	size_t n_or = 0;

	if (!s->kinds_named)
		return;
	put_and(b);
	for (size_t i = 0; i < n_sock_kinds; i++) {
		if (!kind_is_asked(s, &sock_kinds[i]))
			continue;
		put_or(b, &n_or);
		buf_puts(b, "proto = ");
		fleet_put_literal(b, sock_kinds[i].name, strlen(sock_kinds[i].name));
	}
	put_or(b, &n_or);
	buf_puts(b, s->tcp ? "proto = 'mptcp'" : "0");
	end_or(b, n_or);
}

static void put_filter(struct buf *b, const struct sw_filter *f)
{
	if (f->on & SW_F_PORT)
		put_ports(b, &f->any_port, "local_port", "remote_port");
	if (f->on & SW_F_LOCAL_PORT)
		put_ports(b, &f->local_port, "local_port", NULL);
	if (f->on & SW_F_REMOTE_PORT)
		put_ports(b, &f->remote_port, "remote_port", NULL);
	if (f->on & SW_F_ADDR)
		put_addrs(b, &f->any_addr, "local_addr", "remote_addr");
	if (f->on & SW_F_LOCAL_ADDR)
		put_addrs(b, &f->local_addr, "local_addr", NULL);
	if (f->on & SW_F_REMOTE_ADDR)
		put_addrs(b, &f->remote_addr, "remote_addr", NULL);
	if (f->on & SW_F_UID)
		put_uids(b, f);
	if (f->on & SW_F_PID)
		put_pids(b, f);
	if (f->on & SW_F_COMM)
		put_comms(b, f);
	if (f->on & SW_F_FAILED)
		buf_puts(b, " AND reason != ''");
	if (f->on & SW_F_LISTEN)
		buf_puts(b, " AND event != 'conn'");
}

/* Each target has ports: else any row may be one of it. */
static void put_targets(struct buf *b, const struct fleet_question *q)
{
	struct sw_port_set all = { 0 };

	for (size_t i = 0; i < q->n_targets; i++) {
		const struct who_target *t = &q->targets[i];

		if (!t->has_ports)
			return;
		for (size_t k = 0; k < sizeof(all.bits) / sizeof(all.bits[0]); k++)
			all.bits[k] |= t->tcp.bits[k] | t->udp.bits[k];
	}
	if (q->n_targets)
		put_ports(b, &all, "local_port", "remote_port");
}

/* A bound on the hour, which is what the table is divided by, and in UTC. */
static void put_hour(struct buf *b, const char *relation, uint64_t ns)
{
	uint64_t hour = ns / SECOND - ns / SECOND % HOUR;

	if (hour > UINT32_MAX) /* a DateTime ends in 2106 */
		hour = UINT32_MAX - UINT32_MAX % HOUR;
	buf_puts(b, " AND toStartOfHour(time) ");
	buf_puts(b, relation);
	put_compared(b, " toDateTime(", hour);
	buf_putc(b, ')');
}

static void put_time(struct buf *b, const struct fleet_question *q)
{
	buf_puts(b, "1");
	if (q->since_ns) {
		put_hour(b, ">=", q->since_ns);
		put_compared(b, " AND time_ns >= ", q->since_ns);
	}
	if (q->until_ns != UINT64_MAX) {
		put_hour(b, "<=", q->until_ns);
		put_compared(b, " AND time_ns < ", q->until_ns);
	}
}

static void put_from(struct buf *b, const struct fleet_question *q)
{
	buf_puts(b, " FROM ");
	buf_puts(b, q->db);
	buf_puts(b, "." FLEET_TABLE);
}

/* That of time; the newest first is the very reverse. */
static void put_order(struct buf *b, bool newest_first)
{
	static const char *const columns[] = { "time_ns", "host", "boot", "recorder", "seq" };

	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		buf_puts(b, i ? ", " : " ORDER BY ");
		buf_puts(b, columns[i]);
		buf_puts(b, newest_first ? " DESC" : "");
	}
}

/* FINAL: a row that came twice is one. */
void fleet_put_question(struct buf *b, const struct fleet_question *q)
{
	const struct select_opts *s = q->select;

	buf_puts(b, "SELECT ");
	fleet_put_wanted(b);
	put_from(b, q);
	buf_puts(b, " FINAL WHERE ");
	put_time(b, q);
	put_hosts(b, q->hosts);
	buf_puts(b, " AND (event = 'lost' OR (event = 'recorder' AND recorder_act != 'alive')"
		    " OR (event NOT IN ('lost', 'recorder')");
	put_kinds(b, s);
	put_filter(b, &s->filter);
	put_targets(b, q);
	put_having(b, &s->where.units, "unit, user_unit");
	put_having(b, &s->where.containers, "container, ' ', container_name, ' ', containers");
	put_having(b, &s->where.pods, "pod, ' ', pod_name");
	put_having(b, &s->where.exes, "exe, ''");
	buf_puts(b, "))");
	put_order(b, q->newest_first);
	buf_puts(b, " FORMAT TabSeparated");
}

/* What stands twice says the same. A gap's own time is not one at which it ran. */
void fleet_put_runs(struct buf *b, const struct fleet_question *q)
{
	buf_puts(b,
		 "SELECT host, min(time_ns) AS begun, max(time_ns), argMin(recorder_act, time_ns)"
		 " = 'start', argMax(recorder_act, time_ns) = 'stop'");
	put_from(b, q);
	buf_puts(b, " WHERE ");
	put_time(b, q);
	put_hosts(b, q->hosts);
	buf_puts(b,
		 " AND NOT (event = 'lost' AND reason = 'not_sent') GROUP BY host, boot, recorder"
		 " ORDER BY host, begun FORMAT TabSeparated");
}

static void put_whole_addr(struct buf *b, const union sw_addr *addr)
{
	char text[ADDR_TEXT_MAX];

	fleet_put_literal(b, text, addr_format(addr, text));
}

/* As the other end has it. */
static void put_mirrored(struct buf *b, const struct sw_tuple *t)
{
	buf_putc(b, '(');
	put_whole_addr(b, &t->remote);
	put_compared(b, ", ", t->remote_port);
	buf_puts(b, ", ");
	put_whole_addr(b, &t->local);
	put_compared(b, ", ", t->local_port);
	buf_putc(b, ')');
}

void fleet_put_ends(struct buf *b, const struct fleet_question *q, const struct ends *ends,
		    size_t first, size_t end)
{
	const char *before = "(";

	buf_puts(b, "SELECT ");
	fleet_put_wanted(b);
	put_from(b, q);
	buf_puts(b, " WHERE ");
	put_time(b, q);
	buf_puts(b,
		 " AND event = 'conn' AND (local_addr, local_port, remote_addr, remote_port) IN ");
	for (size_t i = first; i < end; i++) {
		const struct sw_tuple *t = ends_tuple(ends, i);

		if (!t)
			continue;
		buf_puts(b, before);
		put_mirrored(b, t);
		before = ", ";
	}
	buf_puts(b, ") FORMAT TabSeparated");
}
