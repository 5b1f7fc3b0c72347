// SPDX-License-Identifier: GPL-2.0-only
#include "flow/look.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "core/merge.h"
#include "core/row.h"
#include "core/sink.h"
#include "flow/annotate.h"
#include "flow/collect.h"
#include "flow/peers.h"
#include "flow/rows.h"
#include "flow/watch.h"
#include "live/loader.h"
#include "live/walk.h"
#include "proc/dir.h"

#define MS 1000000ull
#define REST 4 /* times what a look took, at least, until the next one */

static bool is_asked(const struct look *l)
{
	return l->job->opts->rows_ms;
}

void look_at_peers(struct look *l, struct peer_watch *peers)
{
	if (!l->job->moved || !peers->kept)
		return;
	l->peers = &peers->peers;
	peers->moved = &l->moved;
}

int look_open(struct look *l)
{
	struct walk *walk;
	int err;

	if (!is_asked(l))
		return 0;
	err = collect_open(l->job->select, l->job->rows, l->job->details, l->proc_fd, &l->loader);
	walk = !err && l->loader ? loader_walk(l->loader) : NULL;
	return walk ? walk_keep_socket(walk) : err;
}

static int take(struct look *l, struct snapshot *snap)
{
	struct collect_opts opts = { .select = l->job->select,
				     .rows = l->job->rows,
				     .loader = l->loader,
				     .proc_fd = l->proc_fd,
				     .quiet = l->again,
				     .devices = annotate_devices(l->annotate) };
	int err = collect_snapshot(&opts, snap);

	l->again = true;
	if (err)
		return err;
	err = merge_snapshot(snap, NULL, 0); /* a row that a busy table lists twice is told once */
	if (!err)
		err = recall_owners(&l->recall, snap);
	if (err)
		log_error("out of memory");
	return err;
}

static int set_moved(struct look *l, struct snapshot *snap)
{
	int err = l->peers ? moved_look(&l->moved, l->peers) : 0;

	for (size_t i = 0; l->peers && i < snap->n_rows; i++)
		moved_set_row(&l->moved, &snap->rows[i].sock);
	if (err)
		log_error("out of memory");
	return err;
}

static int tell(struct look *l, struct snapshot *snap)
{
	uint64_t now_ns = clock_now();
	struct row_teller t = { .snap = snap,
				.annotate = l->annotate,
				.sink = l->job->sink,
				.where = &l->job->select->where,
				.starts = l->job->starts,
				.time_ns = now_ns,
				.wall_ns = now_ns + (uint64_t)clock_wall_offset() };
	int err;

	rows_settle(snap, &l->job->select->filter);
	if (l->job->select->filter.on & SW_F_FAILED)
		snap->n_rows = 0;
	l->sum->rows = 0;
	err = rows_begin(&t);
	err = err ? err : rows_tell(&t, &l->sum->rows);
	return err ? err : sink_end(l->job->sink);
}

int look_once(struct look *l)
{
	struct snapshot snap = { 0 };
	int err;

	if (!is_asked(l))
		return 0;
	err = take(l, &snap);
	err = err ? err : set_moved(l, &snap);
	if (!err && !l->sum->sink_err)
		l->sum->sink_err = tell(l, &snap);
	snapshot_free(&snap);
	return err;
}

/* As loop_fn. */
static int look(void *arg)
{
	struct look *l = arg;
	uint64_t begun_ns = clock_now(), now_ns, every_ns = l->job->opts->rows_ms * MS;
	int err = look_once(l);

	now_ns = clock_now();
	l->due_ns += every_ns;
	if (l->due_ns < now_ns + (now_ns - begun_ns) * REST)
		l->due_ns = now_ns + (now_ns - begun_ns) * REST;
	loop_set_timer(l->job->loop, &l->timer, l->due_ns);
	return err;
}

void look_start(struct look *l)
{
	if (!is_asked(l))
		return;
	l->timer = (struct loop_timer){ .fn = look, .arg = l };
	l->due_ns = clock_now() + l->job->opts->rows_ms * MS;
	loop_set_timer(l->job->loop, &l->timer, l->due_ns);
}

void look_end(struct look *l)
{
	loop_cancel_timer(l->job->loop, &l->timer);
	recall_free(&l->recall);
	moved_free(&l->moved);
	loader_free(l->loader);
	l->loader = NULL;
}

/* --- alone ------------------------------------------------------------------------------------ */

static int open_alone(struct look *l)
{
	const struct watch_job *job = l->job;
	int err;

	l->proc_fd = proc_open();
	if (l->proc_fd < 0)
		return l->proc_fd;
	l->annotate = watch_annotate(job, l->proc_fd);
	err = l->annotate ? annotate_attach(l->annotate, job->loop) : -ENOMEM;
	if (err)
		log_error("cannot begin: %s", strerror(-err));
	err = err ? err : look_open(l);
	return err ? err : sink_open(job->sink);
}

static int stop_at(void *arg)
{
	loop_stop(arg);
	return 0;
}

static int run_alone(struct look *l)
{
	struct loop_timer end = { .fn = stop_at, .arg = l->job->loop };
	int err = look_once(l);

	look_start(l);
	if (l->job->opts->duration_ms)
		loop_set_timer(l->job->loop, &end, clock_now() + l->job->opts->duration_ms * MS);
	while (!err && !l->sum->sink_err && !loop_is_stopped(l->job->loop)) {
		annotate_take_names(l->annotate);
		l->sum->sink_err = sink_flush(l->job->sink);
		if (!l->sum->sink_err)
			err = loop_run_once(l->job->loop, LOOP_FOREVER);
	}
	loop_cancel_timer(l->job->loop, &end);
	return err;
}

int look_run(const struct watch_job *job, struct watch_sum *ret)
{
	struct look l = { .job = job, .sum = ret, .proc_fd = -1 };
	int err;

	*ret = (struct watch_sum){ 0 };
	err = open_alone(&l);
	if (!err) {
		ret->began = true;
		err = run_alone(&l);
	}
	if (!job->sink_stays)
		sink_close(job->sink);
	look_end(&l);
	annotate_free(l.annotate);
	if (l.proc_fd >= 0)
		close(l.proc_fd);
	return err;
}
