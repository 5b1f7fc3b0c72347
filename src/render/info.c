// SPDX-License-Identifier: GPL-2.0-only
#include "render/info.h"

#include <string.h>

#include "base/buf.h"
#include "core/record.h"
#include "event.h"
#include "render/cell.h"
#include "render/escape.h"

/* "12.345", of microseconds */
static void put_ms(struct buf *b, uint32_t us)
{
	uint32_t rest = us % 1000;

	buf_put_u64(b, us / 1000);
	buf_puts(b, rest < 10 ? ".00" : rest < 100 ? ".0" : ".");
	buf_put_u64(b, rest);
}

static void put_nonzero(struct buf *b, const char *label, uint64_t number)
{
	label_put_number(b, label, number, number);
}

static void put_times(struct buf *b, const struct sw_info *i, const struct sw_sock *s)
{
	if ((s->have & SW_HAVE_COUNTERS) && s->srtt_us) {
		buf_puts(b, " rtt:");
		put_ms(b, s->srtt_us);
		buf_putc(b, '/');
		put_ms(b, i->rttvar_us);
	}
	if (i->min_rtt_us && i->min_rtt_us != UINT32_MAX) {
		buf_puts(b, " minrtt:");
		put_ms(b, i->min_rtt_us);
	}
}

static void put_tcp(struct buf *b, const struct sw_info *i, const struct sw_sock *s)
{
	if (i->congestion[0]) {
		buf_putc(b, ' ');
		escape_text(b, i->congestion, strnlen(i->congestion, sizeof(i->congestion)));
	}
	put_times(b, i, s);
	put_nonzero(b, " mss:", i->mss);
	put_nonzero(b, " pmtu:", i->pmtu);
	put_nonzero(b, " cwnd:", i->cwnd);
	label_put_number(b, " ssthresh:", i->ssthresh < INT32_MAX, i->ssthresh);
	put_nonzero(b, " bytes_sent:", s->have & SW_HAVE_COUNTERS ? s->bytes_sent : 0);
	put_nonzero(b, " bytes_retrans:", i->bytes_retransmitted);
	put_nonzero(b, " bytes_acked:", i->bytes_acked);
	put_nonzero(b, " bytes_received:", s->have & SW_HAVE_COUNTERS ? s->bytes_received : 0);
	put_nonzero(b, " segs_out:", i->segments_sent);
	put_nonzero(b, " segs_in:", i->segments_received);
	put_nonzero(b, " unacked:", i->unacked);
	if (i->retransmitting || ((s->have & SW_HAVE_COUNTERS) && s->retransmits)) {
		label_put_number(b, " retrans:", true, i->retransmitting);
		label_put_number(b, "/", true, s->retransmits);
	}
	put_nonzero(b, " lost:", i->lost);
	put_nonzero(b, " sacked:", i->sacked);
}

static void put_memory(struct buf *b, const struct sw_info *i, uint32_t drops)
{
	label_put_number(b, " skmem:(r", true, i->rmem);
	label_put_number(b, ",rb", true, i->rcvbuf);
	label_put_number(b, ",t", true, i->wmem);
	label_put_number(b, ",tb", true, i->sndbuf);
	label_put_number(b, ",f", true, i->forward);
	label_put_number(b, ",w", true, i->wmem_queued);
	label_put_number(b, ",o", true, i->optmem);
	label_put_number(b, ",bl", true, i->backlog);
	label_put_number(b, ",d", true, drops);
	buf_putc(b, ')');
}

void info_put_text(struct buf *b, const struct record *rec)
{
	const struct sw_info *i = rec->info;

	if (!i)
		return;
	if (i->have & SW_INFO_TCP)
		put_tcp(b, i, &rec->ev->sock);
	if (i->have & SW_INFO_MEMORY)
		put_memory(b, i, rec->row ? rec->row->drops : 0);
}
