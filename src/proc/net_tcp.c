// SPDX-License-Identifier: GPL-2.0-only
#include "proc/net_tcp.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/row.h"
#include "proc/cursor.h"

/*
 * "0100007F:1F90": each 32-bit word of the address is printed as a number of this machine, so its
 * bytes in memory are the address in network order; the port is an ordinary number.
 */
static bool take_endpoint(struct cursor *c, int family, union sw_addr *addr, uint16_t *port)
{
	int words = family == SW_AF_INET6 ? 4 : 1;
	uint32_t v;

	if (words == 1)
		addr->b[10] = addr->b[11] = 0xff;
	for (int i = 4 - words; i < 4; i++) {
		if (!take_hex(c, 8, &v))
			return false;
		memcpy(&addr->b[i * 4], &v, sizeof(v));
	}
	if (!skip_char(c, ':') || !take_hex(c, 4, &v))
		return false;
	*port = (uint16_t)v;
	return skip_blanks(c);
}

static bool take_state(struct cursor *c, uint8_t *state)
{
	uint32_t v;

	if (!take_hex(c, 2, &v) || v < SW_TCP_ESTABLISHED || v >= SW_TCP_STATES)
		return false;
	*state = (uint8_t)v;
	return skip_blanks(c);
}

/* "tx_queue:rx_queue" */
static bool take_queues(struct cursor *c, struct sw_row *row)
{
	return take_hex(c, 8, &row->send_q) && skip_char(c, ':') && take_hex(c, 8, &row->recv_q) &&
	       skip_blanks(c);
}

/* "tr:tm->when retrnsmt": when is in ticks of USER_HZ, which is 100 for every Linux ABI we know */
static bool take_timer(struct cursor *c, struct sw_timer *timer)
{
	uint32_t kind, ticks;

	if (!take_hex(c, 2, &kind) || !skip_char(c, ':') || !take_hex(c, 8, &ticks))
		return false;
	for (; c->at < c->end && hex_digit(*c->at) >= 0; c->at++) /* %08lX: eight digits or more */
		ticks = UINT32_MAX;
	timer->kind = kind <= SW_TIMER_PROBE ? (uint8_t)kind : SW_TIMER_OFF;
	timer->ms = ticks < UINT32_MAX / 10 ? ticks * 10 : UINT32_MAX;
	return skip_blanks(c) && take_hex(c, 8, &timer->retransmits) && skip_blanks(c);
}

/* "uid timeout inode" */
static bool take_numbers(struct cursor *c, struct sw_row *row)
{
	uint64_t uid, timeout, inode;

	if (!take_decimal(c, UINT32_MAX, &uid) || !skip_blanks(c) ||
	    !take_decimal(c, UINT32_MAX, &timeout) || !skip_blanks(c) ||
	    !take_decimal(c, UINT64_MAX, &inode) || !skip_blanks(c))
		return false;
	row->sock.uid = (uint32_t)uid;
	row->sock.inode = inode;
	row->timer.probes = (uint32_t)timeout;
	return true;
}

/* The last word of a line of UDP or raw sockets; TCP has others there, and what is cut has none. */
static void take_drops(const char *at, const char *end, struct sw_row *row)
{
	struct cursor c = { .at = at, .end = end };
	uint64_t drops;

	while (c.at < end && *c.at != ' ') /* an address in the kernel */
		c.at++;
	if (!skip_blanks(&c) || !take_decimal(&c, UINT32_MAX, &drops))
		return;
	skip_blanks(&c);
	if (c.at < end)
		return;
	row->drops = (uint32_t)drops;
	row->sock.have |= SW_HAVE_DROPS;
}

/*
 * The reference count, and whatever more this kernel prints. They are asked for because a line that
 * was cut in the inode would otherwise name another socket, and so another owner.
 */
static bool take_rest(struct cursor *c, struct sw_row *row)
{
	uint64_t unused;
	const char *from;

	if (!take_decimal(c, UINT32_MAX, &unused))
		return false;
	skip_blanks(c);
	from = c->at;
	for (; c->at < c->end; c->at++)
		if (*c->at < ' ' || *c->at > '~')
			return false;
	take_drops(from, c->end, row);
	return true;
}

/* A socket that was connected once and listens now keeps the old peer's address. */
static void row_clear_remote(struct sw_row *row)
{
	memset(&row->sock.tuple.remote, 0, sizeof(row->sock.tuple.remote));
	if (row->sock.tuple.family == SW_AF_INET)
		row->sock.tuple.remote.b[10] = row->sock.tuple.remote.b[11] = 0xff;
	row->sock.tuple.remote_port = 0;
}

int net_tcp_parse_line(const char *line, size_t len, int family, struct sw_row *ret_row)
{
	struct cursor c = { .at = line, .end = line + len };
	struct sw_row row = { .sock.tuple = { .family = (uint16_t)family },
			      .sock.have = SW_HAVE_QUEUES | SW_HAVE_TIMER };
	uint64_t unused;

	skip_blanks(&c);
	if (c.end - c.at >= 3 && !memcmp(c.at, "sl ", 3))
		return -ENODATA;
	if (!take_decimal(&c, UINT32_MAX, &unused) || !skip_char(&c, ':') || !skip_blanks(&c) ||
	    !take_endpoint(&c, family, &row.sock.tuple.local, &row.sock.tuple.local_port) ||
	    !take_endpoint(&c, family, &row.sock.tuple.remote, &row.sock.tuple.remote_port) ||
	    !take_state(&c, &row.sock.state) || !take_queues(&c, &row) ||
	    !take_timer(&c, &row.timer) || !take_numbers(&c, &row) || !take_rest(&c, &row))
		return -EBADMSG;
	if (row.timer.kind != SW_TIMER_TIME_WAIT) /* get_timewait4_sock() prints 0 for the user */
		row.sock.have |= SW_HAVE_UID;
	if (row.sock.state == SW_TCP_LISTEN)
		row_clear_remote(&row);
	*ret_row = row;
	return 0;
}
