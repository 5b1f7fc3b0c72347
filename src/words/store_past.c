// SPDX-License-Identifier: GPL-2.0-only
#include "words/store_past.h"

#include <errno.h>

#include "base/signals.h"
#include "cli/options.h"
#include "conn.h"
#include "core/record.h"
#include "core/sink.h"
#include "store/ask.h"
#include "words/store_at.h"

#define MINUTE_NS 60000000000ull
#define OF_ROWS (SW_HAVE_QUEUES | SW_HAVE_TIMER | SW_HAVE_DROPS | SW_HAVE_BACKLOG | SW_HAVE_MARK)

int past_init(struct past *p, const struct options *o)
{
	p->asked = *o;
	p->asked.n_args = 0;
	return answer_init(&p->answer, &p->asked);
}

void past_free(struct past *p)
{
	answer_free(&p->answer);
}

/* Times of a board are of one clock; here they are those of the wall. As store_fn, these two. */
static int tell_event(void *arg, const struct record *rec)
{
	struct past *p = arg;
	struct record told = *rec;
	struct sw_event ev = *rec->ev;
	struct sw_conn conn;

	if (signals_stops())
		return -EINTR;
	if (ev.kind == SW_EV_RECORDER && !recorder_is_gap(rec->recorder))
		return 0;
	if (record_is_socket(rec) && !record_asked(&p->answer.asked, rec))
		return 0;
	ev.time_ns = rec->wall_ns;
	told.ev = &ev;
	if (rec->conn) {
		conn = *rec->conn;
		conn.e.time_ns = rec->wall_ns;
		told.conn = &conn;
		told.ev = &conn.e;
	}
	p->sink_err = sink_record(p->sink, &told);
	return p->sink_err;
}

static int tell_row(void *arg, const struct record *rec)
{
	struct past *p = arg;
	struct record told = *rec;
	struct sw_event ev = *rec->ev;
	struct sw_row row = { 0 };

	ev.time_ns = p->at_ns;
	ev.sock.have &= ~(__u32)OF_ROWS;
	row.sock = ev.sock;
	told.ev = &ev;
	told.row = &row;
	told.conn = NULL;
	told.holders = NULL;
	told.n_holders = 0;
	p->sink_err = sink_record(p->sink, &told);
	return p->sink_err;
}

static int tell_begin(struct past *p)
{
	struct sw_event ev = { .kind = SW_EV_RECORDER, .time_ns = p->at_ns };
	struct record rec = { .ev = &ev, .wall_ns = p->at_ns, .recorder = RECORDER_ALIVE };

	p->sink_err = sink_record(p->sink, &rec);
	return p->sink_err;
}

static int tell_minute(struct past *p)
{
	struct store_question q = answer_question(&p->answer);

	q.filter = NULL;
	q.newest_first = false;
	q.since_ns = p->at_ns > MINUTE_NS ? p->at_ns - MINUTE_NS : 0;
	q.until_ns = p->at_ns + 1;
	return store_ask(&q, tell_event, p);
}

int past_tell(struct past *p, uint64_t at_ns)
{
	int err;

	p->at_ns = at_ns;
	err = tell_begin(p);

	err = err ? err : tell_minute(p);
	if (!err)
		err = p->sink_err = sink_begin(p->sink);
	err = err ? err : store_at_rows(&p->answer, p->at_ns, true, tell_row, p);
	if (!err)
		err = p->sink_err = sink_end(p->sink);
	return err ? err : (p->sink_err = sink_flush(p->sink));
}
