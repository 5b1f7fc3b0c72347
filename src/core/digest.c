// SPDX-License-Identifier: GPL-2.0-only
#include "core/digest.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/compare.h"
#include "conn.h"
#include "core/connection.h"
#include "core/names.h"
#include "core/record.h"

#define NSEC 1000000000u
#define TOP 5

/* --- counting --------------------------------------------------------------------------------- */

void digest_add_row(struct digest *d, const struct record *rec)
{
	const struct sw_sock *s = &rec->ev->sock;

	d->rows++;
	if (s->proto == SW_PROTO_TCP && s->state < SW_TCP_STATES)
		d->by_state[s->state]++;
	else if (s->proto == SW_PROTO_UDP)
		d->udp++;
	else
		d->others++;
}

/* All lose one where no place is left: who has many stays (Misra and Gries). */
static void take_from_all(struct digest *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->n_comms; i++)
		if (--d->comms[i].n)
			d->comms[n++] = d->comms[i];
	d->n_comms = n;
	d->least = true;
}

static void count_comm(struct digest *d, const char *comm)
{
	for (size_t i = 0; i < d->n_comms; i++)
		if (!memcmp(d->comms[i].comm, comm, SW_COMM_LEN)) {
			d->comms[i].n++;
			return;
		}
	if (d->n_comms == DIGEST_COMMS) {
		take_from_all(d);
		return;
	}
	memcpy(d->comms[d->n_comms].comm, comm, SW_COMM_LEN);
	d->comms[d->n_comms++].n = 1;
}

static void count_second(struct digest *d, uint64_t wall_ns)
{
	int64_t second = (int64_t)(wall_ns / NSEC);

	if (second == d->second) {
		d->lines++;
		return;
	}
	d->seconds = second == d->second + 1 && d->lines >= DIGEST_RATE ? d->seconds + 1 : 0;
	d->second = second;
	d->lines = 1;
}

static bool was_opened(const struct record *rec)
{
	const struct sw_event *e = rec->ev;

	if (rec->conn)
		return !rec->conn->so_far && conn_direction(rec->conn) == CONN_OUT && !e->reason;
	return e->kind == SW_EV_STATE && e->old_state == SW_TCP_SYN_SENT &&
	       e->sock.state == SW_TCP_ESTABLISHED;
}

static bool was_accepted(const struct record *rec)
{
	const struct sw_event *e = rec->ev;

	if (rec->conn)
		return !rec->conn->so_far && conn_direction(rec->conn) == CONN_IN && !e->reason;
	return e->kind == SW_EV_STATE && e->sock.state == SW_TCP_ESTABLISHED &&
	       (e->old_state == SW_TCP_SYN_RECV || e->old_state == SW_TCP_NEW_SYN_RECV);
}

void digest_add(struct digest *d, const struct record *rec)
{
	bool opened = was_opened(rec), accepted = was_accepted(rec), failed = rec->ev->reason;

	count_second(d, rec->wall_ns);
	if (!record_is_socket(rec))
		return;
	d->opened += opened;
	d->accepted += accepted;
	d->failed += failed;
	if (failed && rec->ev->reason < SW_REASONS)
		d->by_reason[rec->ev->reason]++;
	if ((opened || accepted || failed) && record_has_owner(rec))
		count_comm(d, rec->ev->sock.comm);
}

bool digest_is_busy(const struct digest *d)
{
	return d->seconds >= DIGEST_SECONDS;
}

/* --- telling ---------------------------------------------------------------------------------- */

static void put_lower(struct buf *b, const char *word)
{
	for (; *word; word++)
		buf_putc(b, *word >= 'A' && *word <= 'Z' ? (char)(*word + ('a' - 'A')) : *word);
}

static void put_part(struct buf *b, const char **before, uint64_t n, const char *name)
{
	if (!n)
		return;
	buf_puts(b, *before);
	buf_put_grouped(b, n);
	buf_putc(b, ' ');
	put_lower(b, name);
	*before = ", ";
}

void digest_put_rows(const struct digest *d, struct buf *b)
{
	static const uint8_t order[] = {
		SW_TCP_LISTEN,	  SW_TCP_ESTABLISHED, SW_TCP_SYN_SENT,	SW_TCP_SYN_RECV,
		SW_TCP_FIN_WAIT1, SW_TCP_FIN_WAIT2,   SW_TCP_TIME_WAIT, SW_TCP_CLOSE_WAIT,
		SW_TCP_LAST_ACK,  SW_TCP_CLOSING,     SW_TCP_CLOSE,	SW_TCP_NEW_SYN_RECV
	};
	const char *before = ": ";

	buf_put_grouped(b, d->rows);
	buf_puts(b, d->rows == 1 ? " socket" : " sockets");
	for (size_t i = 0; i < sizeof(order); i++)
		put_part(b, &before, d->by_state[order[i]], state_name(order[i]));
	put_part(b, &before, d->udp, "udp");
	put_part(b, &before, d->others, "others");
}

static void put_reasons(const struct digest *d, struct buf *b)
{
	const char *before = " (";

	for (uint8_t i = 0; i < SW_REASONS; i++)
		if (reason_name(i))
			put_part(b, &before, d->by_reason[i], reason_name(i));
	if (before[0] == ',')
		buf_putc(b, ')');
}

/* A name is anybody's to choose: what is no letter of ASCII is a sign. */
static void put_comm(struct buf *b, const char *comm)
{
	for (size_t i = 0; i < SW_COMM_LEN && comm[i]; i++)
		buf_putc(b, comm[i] > ' ' && comm[i] < 0x7f ? comm[i] : '?');
}

static void put_top(const struct digest *d, struct buf *b)
{
	bool told[DIGEST_COMMS] = { false };

	for (size_t k = 0; k < TOP && k < d->n_comms; k++) {
		size_t most = d->n_comms;

		for (size_t i = 0; i < d->n_comms; i++)
			if (!told[i] && (most == d->n_comms || d->comms[i].n > d->comms[most].n))
				most = i;
		told[most] = true;
		buf_puts(b, k ? ", " : "; most by ");
		put_comm(b, d->comms[most].comm);
		buf_puts(b, d->least ? " (at least " : " (");
		buf_put_grouped(b, d->comms[most].n);
		buf_putc(b, ')');
	}
}

void digest_put_sum(const struct digest *d, struct buf *b)
{
	if (!d->opened && !d->accepted && !d->failed)
		return;
	buf_put_grouped(b, d->opened);
	buf_puts(b, d->opened == 1 ? " connection opened, " : " connections opened, ");
	buf_put_grouped(b, d->accepted);
	buf_puts(b, " accepted, ");
	buf_put_grouped(b, d->failed);
	buf_puts(b, " failed or cut off");
	put_reasons(d, b);
	put_top(d, b);
}
