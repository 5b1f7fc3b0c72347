// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attach, snapshot, merge, drain: from the kernel to complete records.
 *
 *   reader --take()--> [starting: early events, kept] --tell_event()--> annotate --> sink
 *                                                       ^
 *   iterators or /proc --> snapshot --merge--> rows ----+
 */
#include "flow/watch.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/signals.h"
#include "core/connection.h"
#include "core/merge.h"
#include "core/record.h"
#include "core/row.h"
#include "core/sink.h"
#include "flow/again.h"
#include "flow/annotate.h"
#include "flow/attach.h"
#include "flow/collect.h"
#include "flow/early.h"
#include "flow/life.h"
#include "flow/look.h"
#include "flow/peers.h"
#include "flow/rights.h"
#include "flow/room.h"
#include "flow/rows.h"
#include "live/loader.h"
#include "live/reader.h"
#include "proc/dir.h"
#include "proc/process.h"

#define CLOCK_JITTER_NS 1000000

struct watch {
	const struct watch_job *job; /* borrowed */
	struct watch_sum *sum;	     /* borrowed; what was told */
	struct loader *loader;	     /* owned, as all below */
	struct reader *reader;
	struct annotate *annotate;
	int proc_fd;
	struct early early; /* taken before the rows were told */
	bool starting;
	bool ending; /* what is left in the ring is told, signal or not */
	uint64_t attached_ns;
	struct loop_timer end; /* the time is over */
	struct again again;    /* what is done beside the events */
	struct peer_watch peers;
	struct life life;
	struct look look;
	uint64_t looked_ns;  /* for losses: all until then are told */
	int64_t wall_offset; /* from CLOCK_MONOTONIC to CLOCK_REALTIME */
	struct room room;
};

/* Nobody wants to be told more. */
static bool watch_is_full(const struct watch *w)
{
	return w->sum->sink_err || (w->job->opts->count && w->sum->events >= w->job->opts->count);
}

static bool watch_is_over(const struct watch *w)
{
	return loop_is_stopped(w->job->loop) || watch_is_full(w);
}

/* --- telling: from events to the sink --------------------------------------------------------- */

/* Whether it counts. */
static bool tell(struct watch *w, struct record *rec)
{
	int n;

	if (w->sum->sink_err)
		return false;
	rec->wall_ns = rec->ev->time_ns + (uint64_t)w->wall_offset;
	annotate_record(w->annotate, rec);
	if (!where_selected(&w->job->select->where, rec))
		return false;
	n = sink_record(w->job->sink, rec);
	if (n < 0)
		w->sum->sink_err = n;
	return !n;
}

/*
 * The kernel side has filtered already, except where the owner was not known to it. By now the
 * snapshot has had its say; what is still unknown matches no --pid and no --comm.
 */
static void tell_event(struct watch *w, const struct sw_event *e)
{
	struct record rec = { .ev = e };

	if (w->job->opts->retransmits_only && e->kind != SW_EV_RETRANSMIT)
		return;
	if (sw_filter_change(&w->job->select->filter, e) == SW_PASS && tell(w, &rec))
		w->sum->events++;
}

/* Says in the stream, where it happened, what the ring could not take. */
static void tell_lost(struct watch *w)
{
	struct sw_event e = { .kind = SW_EV_LOST, .time_ns = clock_now() };
	struct record rec = { .ev = &e };
	uint64_t lost = reader_lost(w->reader), since_ns = w->looked_ns;

	if (w->looked_ns < e.time_ns - READER_LATE_NS) /* nothing was lost before the attach */
		w->looked_ns = e.time_ns - READER_LATE_NS;
	if (lost == w->sum->lost)
		return;
	rec.lost = lost - w->sum->lost;
	rec.lost_since_ns = since_ns + (uint64_t)w->wall_offset;
	w->sum->lost = lost;
	tell(w, &rec);
}

/* Of itself, where that is asked for. */
static void tell_life(struct watch *w, enum recorder_act act, uint64_t time_ns)
{
	struct sw_event e;
	struct record rec;

	if (!w->job->opts->alive_ms)
		return;
	life_record(&w->life, act, time_ns, &e, &rec);
	tell(w, &rec);
}

static void flush(struct watch *w)
{
	int err = sink_flush(w->job->sink);

	if (!w->sum->sink_err)
		w->sum->sink_err = err;
}

/* --- the start: snapshot and merge ------------------------------------------------------------ */

static bool ends_drain(const struct watch *w)
{
	return watch_is_full(w) || (signals_stops() && !w->ending);
}

static int take(void *arg, const struct sw_event *event)
{
	struct watch *w = arg;

	if (w->starting)
		return early_put(&w->early, event);
	tell_event(w, event);
	return ends_drain(w) ? -ECANCELED : 0;
}

/* One that was there before us lasted at least since then. */
static void tell_conn(struct watch *w, struct sw_conn *conn)
{
	struct record rec = { .ev = &conn->e, .conn = conn };

	if (conn_started_before(conn))
		conn->e.age_ns = conn->e.time_ns - w->attached_ns;
	if (!conn_selected(&w->job->select->filter, conn) || !tell(w, &rec))
		return;
	w->sum->events++;
	w->sum->so_far += conn->so_far;
}

static int take_conn(void *arg, struct sw_conn *conn)
{
	struct watch *w = arg;

	if (w->starting)
		return early_put_conn(&w->early, conn);
	tell_conn(w, conn);
	return ends_drain(w) ? -ECANCELED : 0;
}

static int take_closed(void *arg, const struct sw_closed *closed)
{
	struct watch *w = arg;

	return peer_watch_closed(&w->peers, closed);
}

static void take_exec(void *arg, const struct sw_exec *exec)
{
	struct watch *w = arg;

	annotate_note_exec(w->annotate, exec);
}

static void take_fork(void *arg, const struct sw_fork *fork)
{
	struct watch *w = arg;

	annotate_note_fork(w->annotate, fork);
}

static void take_cgroup(void *arg, const struct sw_cgroup_made *made)
{
	struct watch *w = arg;

	annotate_note_cgroup(w->annotate, made);
}

static int snapshot_step(void *arg)
{
	struct watch *w = arg;
	int n = reader_drain(w->reader);

	if (n < 0)
		return n;
	return signals_stops() ? -EINTR : 0;
}

static void tell_rows(struct watch *w, struct snapshot *snap)
{
	struct row_teller t = { .snap = snap,
				.annotate = w->annotate,
				.sink = w->job->sink,
				.where = &w->job->select->where,
				.time_ns = w->attached_ns,
				.wall_ns = w->attached_ns + (uint64_t)w->wall_offset };

	rows_settle(snap, &w->job->select->filter);
	if (w->job->opts->events_only || (w->job->select->filter.on & SW_F_FAILED))
		snap->n_rows = 0;
	w->sum->sink_err = rows_begin(&t);
	annotate_take_names(w->annotate); /* of what it has made room for */
	tell_life(w, RECORDER_START, w->attached_ns);
	if (!w->sum->sink_err)
		w->sum->sink_err = rows_tell(&t, &w->sum->rows);
}

/* In the order of the ring. */
static void tell_early(struct watch *w)
{
	size_t n_events, n_conns, c = 0;
	const struct sw_event *events = early_events(&w->early, &n_events);
	struct early_conn *conns = early_conns(&w->early, &n_conns);

	for (size_t i = 0; i <= n_events; i++) {
		for (; c < n_conns && conns[c].after <= i && !watch_is_full(w); c++)
			tell_conn(w, &conns[c].conn);
		if (i < n_events && !watch_is_full(w))
			tell_event(w, &events[i]);
	}
}

static void tell_start(struct watch *w, struct snapshot *snap)
{
	tell_rows(w, snap);
	look_once(&w->look);
	tell_early(w);
	tell_lost(w);
	room_note(&w->room, w->reader);
	flush(w);
}

static int take_snapshot(struct watch *w, struct snapshot *snap)
{
	struct collect_opts opts = { .select = w->job->select,
				     .rows = w->job->rows,
				     .loader = w->loader,
				     .proc_fd = w->proc_fd,
				     .devices = annotate_devices(w->annotate),
				     .step = snapshot_step,
				     .arg = w };
	int err = 0;

	if (w->job->opts->events_only)
		collect_owners(w->loader);
	else
		err = collect_snapshot(&opts, snap);
	return err == -EINTR ? 0 : err; /* asked to end: tell what was read */
}

/* Reads the snapshot while the ring is drained beside it, merges both, and tells the result. */
static int watch_start(struct watch *w)
{
	struct snapshot snap = { 0 };
	struct sw_event *early;
	size_t n;
	int err;

	w->starting = true;
	err = take_snapshot(w, &snap);
	if (!err && !(w->job->opts->conns && w->job->opts->events_only)) /* the ring waits */
		err = reader_drain_settled(w->reader);
	if (!err) {
		early = early_events(&w->early, &n);
		err = merge_snapshot(&snap, early, n);
		if (err)
			log_error("out of memory");
	}
	if (!err)
		tell_start(w, &snap);
	w->starting = false;
	early_free(&w->early);
	snapshot_free(&snap);
	return err;
}

/* --- the stream ------------------------------------------------------------------------------- */

/* Follows a clock that was set; small corrections would only make times jitter. */
static void follow_clock(struct watch *w)
{
	int64_t offset = clock_wall_offset();

	if (llabs(offset - w->wall_offset) > CLOCK_JITTER_NS)
		w->wall_offset = offset;
}

static int on_end(void *arg)
{
	struct watch *w = arg;

	loop_stop(w->job->loop);
	return 0;
}

/* take_all: reader_drain, or reader_finish */
static int stream_once(struct watch *w, int (*take_all)(struct reader *))
{
	uint64_t due_ns = life_take_due(&w->life);
	int n;

	follow_clock(w);
	annotate_take_names(w->annotate);
	n = take_all(w->reader);
	if (n < 0 && n != -ECANCELED) {
		log_error("cannot read events: %s", strerror(-n));
		return n;
	}
	tell_lost(w);
	if (due_ns)
		tell_life(w, RECORDER_ALIVE, due_ns);
	room_note(&w->room, w->reader);
	flush(w);
	again_look(&w->again);
	return 0;
}

/* For again.h: what a pass over long connections sent; for peers.h: after what it told. */
static int take_so_far(void *arg)
{
	struct watch *w = arg;
	int err = stream_once(w, reader_drain);

	if (!err && watch_is_full(w))
		loop_stop(w->job->loop);
	return err;
}

static int watch_stream(struct watch *w)
{
	struct loop *loop = w->job->loop;
	/* everything is open now: what is left to do needs no rights */
	int err = rights_drop(w->job->processes || w->job->looks_up);

	if (!err && w->job->opts->interim_ms && w->job->select->tcp)
		again_tell_so_far(&w->again);
	if (!err)
		peer_watch_start(&w->peers);
	look_start(&w->look);
	if (!err && w->job->started)
		w->job->started(w->job->arg);
	if (w->job->opts->duration_ms)
		loop_set_timer(loop, &w->end, clock_now() + w->job->opts->duration_ms * 1000000);
	while (!err && !watch_is_over(w)) {
		bool ready = reader_wait(w->reader, loop_fd(loop), loop_timeout_ms(loop));

		err = loop_catch_up(loop, ready);
		if (!err)
			err = stream_once(w, reader_drain);
	}
	return err;
}

/* What the ring holds when we are asked to end is told; what comes after the detach is not ours. */
static void watch_drain(struct watch *w)
{
	w->ending = true;
	loader_detach(w->loader);
	if (!watch_is_full(w))
		stream_once(w, reader_finish);
	tell_life(w, RECORDER_STOP, clock_now());
	flush(w);
}

/* --- opening and closing ---------------------------------------------------------------------- */

static const struct reader_takes takes = { take,      take_conn, take_closed,
					   take_exec, take_fork, take_cgroup };

struct annotate *watch_annotate(const struct watch_job *job, int proc_fd)
{
	struct annotate_opts opts = { .proc_fd = proc_fd,
				      .place = job->details,
				      .processes = job->processes,
				      .names = job->names,
				      .users = job->details,
				      .numbers = job->numbers,
				      .resolver = job->resolver,
				      .labels = job->labels,
				      .nats = job->nats };

	return annotate_new(&opts);
}

static int open_reading(struct watch *w)
{
	int err = reader_open(w->loader, &takes, w, &w->reader);

	if (!err) {
		w->annotate = watch_annotate(w->job, w->proc_fd);
		err = w->annotate ? 0 : -ENOMEM;
	}
	if (!err)
		err = annotate_attach(w->annotate, w->job->loop);
	if (err)
		log_error("cannot read events: %s", strerror(-err));
	w->look.annotate = w->annotate;
	w->look.proc_fd = w->proc_fd;
	err = err ? err : look_open(&w->look);
	return err ? err : sink_open(w->job->sink);
}

static int watch_open(struct watch *w)
{
	int err;

	w->proc_fd = proc_open();
	if (w->proc_fd < 0)
		return w->proc_fd;
	err = attach_open(w->job, w->proc_fd, &w->loader);
	if (err)
		return err;
	w->again.loader = w->loader;
	peer_watch_open(&w->peers, w->loader, w->job->opts);
	look_at_peers(&w->look, &w->peers);
	w->attached_ns = w->looked_ns = loader_began(w->loader);
	w->wall_offset = clock_wall_offset();
	return open_reading(w);
}

static void watch_close(struct watch *w)
{
	if (!w->job->sink_stays)
		sink_close(w->job->sink);
	reader_free(w->reader);
	loader_free(w->loader);
	annotate_free(w->annotate);
	early_free(&w->early);
	life_end(&w->life);
	if (w->proc_fd >= 0)
		close(w->proc_fd);
	loop_cancel_timer(w->job->loop, &w->end);
	again_end(&w->again);
	look_end(&w->look);
	peer_watch_end(&w->peers);
}

int watch_run(const struct watch_job *job, struct watch_sum *ret)
{
	struct watch w = { .job = job, .sum = ret, .proc_fd = -1 };
	int err;

	w.end = (struct loop_timer){ .fn = on_end, .arg = &w };
	w.again = (struct again){ .loop = job->loop, .take = take_so_far, .arg = &w };
	w.look = (struct look){ .job = job, .sum = ret };
	w.peers = (struct peer_watch){
		.loop = job->loop, .fn = take_conn, .flush = take_so_far, .arg = &w
	};

	*ret = (struct watch_sum){ 0 };
	err = watch_open(&w);
	if (!err) {
		ret->began = true;
		life_begin(&w.life, job->loop, job->opts->alive_ms * 1000000);
		err = watch_start(&w);
		if (!err)
			err = watch_stream(&w);
		watch_drain(&w);
		log_verbose("records from the kernel: %" PRIu64, reader_records(w.reader));
	}
	watch_close(&w);
	return err;
}
