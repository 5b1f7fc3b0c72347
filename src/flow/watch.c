// SPDX-License-Identifier: GPL-2.0-only
/*
 * Composes the layers: attach, snapshot, merge, stream, end. The only file that sees them all.
 *
 *   reader --take()--> [starting: early events, kept] --tell()--> formatter --> output
 *                                                       ^
 *   iterators or /proc --> snapshot --merge--> rows ----+
 */
#include "flow/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "flow/annotate.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/privilege.h"
#include "base/signals.h"
#include "cli/options.h"
#include "flow/collect.h"
#include "core/merge.h"
#include "core/record.h"
#include "core/row.h"
#include "core/select.h"
#include "live/features.h"
#include "live/loader.h"
#include "live/reader.h"
#include "proc/cgroup_root.h"
#include "proc/process.h"
#include "sink/print.h"

struct session {
	const struct options *options;	   /* borrowed */
	const struct session_hooks *hooks; /* borrowed; NULL: none */
	struct loader *loader;		   /* owned, as all below */
	struct reader *reader;
	int proc_fd;
	struct buf early; /* events taken before the rows were told */
	bool starting;
	bool ending; /* what is left in the ring is told, signal or not */
	struct output out;
	struct teller teller; /* writes to it */
	uint64_t attached_ns;
	uint64_t deadline_ns; /* 0: none */
	uint64_t rows;	      /* told */
	uint64_t events;      /* told */
	uint64_t lost;	      /* told */
	bool full;	      /* of sockets; told */
};

/* A second request ends even a write that nobody takes. */
static bool stop_insisted(void)
{
	return signals_stops() > 1;
}

/* Nobody wants to be told more. */
static bool session_is_full(const struct session *s)
{
	return s->out.err || (s->options->count && s->events >= s->options->count);
}

static bool session_is_over(const struct session *s)
{
	return signals_stops() || session_is_full(s) ||
	       (s->deadline_ns && clock_now() >= s->deadline_ns);
}

/* --- telling: from records to the output ----------------------------------------------------- */

/*
 * The kernel side has filtered already, except where the owner was not known to it. By now the
 * snapshot has had its say; what is still unknown matches no --pid and no --comm.
 */
static void tell_event(struct session *s, const struct sw_event *e)
{
	struct record rec = { .ev = e };

	if (sw_filter_change(&s->options->filter, e) != SW_PASS)
		return;
	if (s->hooks && !s->hooks->wants(s->hooks->arg, e))
		return;
	if (s->hooks)
		s->hooks->complete(s->hooks->arg, &rec);
	tell(&s->teller, &rec);
	s->events++;
}

/* Says in the stream, where it happened, what the ring could not take. */
static void note_no_room(struct session *s)
{
	if (s->full || !reader_no_room(s->reader))
		return;
	s->full = true;
	log_note("more sockets than there is room to remember: the others are told without their "
		 "past (owner, age); --max-sockets makes room");
}

static void tell_lost(struct session *s)
{
	struct sw_event e = { .kind = SW_EV_LOST, .time_ns = clock_now() };
	struct record rec = { .ev = &e };
	uint64_t lost = reader_lost(s->reader);

	if (lost == s->lost)
		return;
	rec.lost = lost - s->lost;
	s->lost = lost;
	tell(&s->teller, &rec);
}

/* --- the start: snapshot and merge ------------------------------------------------------------ */

static int take(void *arg, const struct sw_event *event)
{
	struct session *s = arg;

	if (s->starting) {
		buf_put(&s->early, event, sizeof(*event));
		return buf_failed(&s->early) ? -ENOMEM : 0;
	}
	tell_event(s, event);
	return session_is_full(s) || (signals_stops() && !s->ending) ? -ECANCELED : 0;
}

static void take_exec(void *arg, const struct sw_exec *exec)
{
	struct session *s = arg;

	annotate_note_exec(s->teller.annotate, exec);
}

static void take_fork(void *arg, const struct sw_fork *fork)
{
	struct session *s = arg;

	annotate_note_fork(s->teller.annotate, fork);
}

static int snapshot_step(void *arg)
{
	struct session *s = arg;
	int n = reader_drain(s->reader);

	if (n < 0)
		return n;
	return signals_stops() ? -EINTR : 0;
}

/*
 * Takes what is in the ring and what is just being written to it: a record that another CPU has
 * begun hides the ones behind it, for microseconds.
 */
static int drain_settled(struct session *s)
{
	struct timespec moment = { .tv_nsec = 1000000 };
	int n = reader_drain(s->reader);

	if (n >= 0) {
		nanosleep(&moment, NULL);
		n = reader_drain(s->reader);
	}
	return n < 0 ? n : 0;
}

static void tell_start(struct session *s, const struct snapshot *snap)
{
	const struct sw_event *early = (const struct sw_event *)(const void *)s->early.data;
	size_t n = s->early.len / sizeof(*early);

	if (s->hooks)
		s->rows = s->hooks->rows(s->hooks->arg, &s->teller, snap);
	tell_header(&s->teller, snap);
	teller_take_names(&s->teller); /* of what it has made room for */
	if (!s->hooks && !s->options->events_only && !(s->options->filter.on & SW_F_FAILED))
		s->rows = tell_rows(&s->teller, snap, s->attached_ns);
	for (size_t i = 0; i < n && !session_is_full(s); i++)
		tell_event(s, &early[i]);
	tell_lost(s);
	note_no_room(s);
	output_flush(&s->out);
}

/* Reads the snapshot while the ring is drained beside it, merges both, and tells the result. */
static int session_start(struct session *s)
{
	struct collect_opts opts = { .options = s->options,
				     .loader = s->loader,
				     .proc_fd = s->proc_fd,
				     .step = snapshot_step,
				     .arg = s };
	struct snapshot snap = { 0 };
	int err = 0;

	s->starting = true;
	if (s->options->events_only)
		collect_owners(s->loader);
	else
		err = collect_snapshot(&opts, &snap);
	if (err == -EINTR)
		err = 0; /* asked to end: tell what was read */
	if (!err)
		err = drain_settled(s);
	if (!err) {
		err = merge_snapshot(&snap, (struct sw_event *)(void *)s->early.data,
				     s->early.len / sizeof(struct sw_event));
		if (err)
			log_error("out of memory");
	}
	if (!err) {
		rows_sort(&snap);
		rows_inherit(&snap);
		tell_start(s, &snap);
	}
	s->starting = false;
	buf_free(&s->early);
	snapshot_free(&snap);
	return err;
}

/* --- the stream --------------------------------------------------------------------------------
 */

static int stream_once(struct session *s)
{
	int n;

	teller_follow_clock(&s->teller);
	teller_take_names(&s->teller);
	n = reader_drain(s->reader);
	if (n < 0 && n != -ECANCELED) {
		log_error("cannot read events: %s", strerror(-n));
		return n;
	}
	tell_lost(s);
	note_no_room(s);
	output_flush(&s->out);
	return 0;
}

/* Everything is open now: what is left to do needs no rights. */
static int session_drop_rights(const struct session *s)
{
	char text[256];
	int err = privilege_drop(s->options->extended || s->hooks, text, sizeof(text));

	if (err)
		log_error("%s", text);
	else
		log_verbose("privileges: %s", text);
	return err;
}

static int session_stream(struct session *s)
{
	int err = session_drop_rights(s);

	if (s->options->duration_ms)
		s->deadline_ns = clock_now() + s->options->duration_ms * 1000000;
	while (!err && !session_is_over(s)) {
		reader_wait(s->reader, signals_fd(), clock_ms_until(s->deadline_ns));
		err = stream_once(s);
	}
	return err;
}

/* What the ring holds when we are asked to end is told; what comes after the detach is not ours. */
static void session_drain(struct session *s)
{
	s->ending = true;
	loader_detach(s->loader);
	if (session_is_full(s))
		return;
	stream_once(s);
}

static enum exit_status session_end(struct session *s, int err)
{
	enum exit_status status = err ? EXIT_FAULT : EXIT_DONE;

	if (s->out.err == -EPIPE)
		return status; /* head has seen enough */
	if (s->out.err) {
		log_error("cannot write the output: %s", strerror(-s->out.err));
		status = EXIT_FAULT;
	}
	log_summary(s->rows, s->events, s->lost);
	if (s->lost && s->options->strict && status == EXIT_DONE)
		status = EXIT_LOST;
	return status;
}

/* --- opening and closing -----------------------------------------------------------------------
 */

static const struct reader_takes takes = { .event = take, .exec = take_exec, .fork = take_fork };

static int open_loader(struct session *s)
{
	struct loader_opts opts = {
		.filter = &s->options->filter,
		.buffer_size = s->options->buffer_size,
		.max_sockets = s->options->max_sockets,
		.pidns = process_own_pidns(s->proc_fd),
		.stream = true,
		.snapshot = !s->options->events_only && s->options->snapshot != SNAPSHOT_PROC,
		.details = s->hooks || s->options->extended || s->options->format != OUTPUT_TEXT,
		.tcp = s->options->tcp,
		.udp = s->options->udp,
		.retransmits = s->options->retransmits,
		.processes = s->options->extended,
		.time_wait_end = !s->options->time_wait_by_rule
	};
	char why[512], missing[64];
	int err;

	opts.cgroup_fd = s->options->udp ? cgroup_root_open() : -1;

	privilege_missing(s->options->udp, missing, sizeof(missing));
	if (missing[0]) {
		log_error("%s missing: run as root, or give it CAP_BPF and CAP_PERFMON (and "
			  "CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH to see the owners of sockets "
			  "that exist "
			  "already)",
			  missing);
		err = -EPERM;
		goto out;
	}
	err = loader_open(&opts, &s->loader, why, sizeof(why));
	if (err)
		log_error("%s", why);
	else
		loader_describe(s->loader);
out:
	if (opts.cgroup_fd >= 0)
		close(opts.cgroup_fd);
	return err;
}

static int session_open(struct session *s)
{
	int err = signals_open();

	if (err) {
		log_error("cannot set up signals: %s", strerror(-err));
		return err;
	}
	teller_start_names(&s->teller, s->options);
	s->proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->proc_fd < 0) {
		log_error("cannot open /proc: %s", strerror(errno));
		return -errno;
	}
	err = open_loader(s);
	if (err)
		return err;
	s->attached_ns = clock_now();
	err = reader_open(s->loader, &takes, s, &s->reader);
	if (!err)
		err = teller_open(&s->teller, s->options, &s->out, s->proc_fd);
	if (err)
		log_error("cannot read events: %s", strerror(-err));
	return err;
}

static void session_close(struct session *s)
{
	reader_free(s->reader);
	loader_free(s->loader);
	teller_close(&s->teller);
	output_free(&s->out);
	buf_free(&s->early);
	if (s->proc_fd >= 0)
		close(s->proc_fd);
	signals_close();
}

enum exit_status session_run(const struct options *options, const struct session_hooks *hooks)
{
	struct session s = { .options = options,
			     .hooks = hooks,
			     .proc_fd = -1,
			     .out = { .fd = STDOUT_FILENO, .give_up = stop_insisted } };
	enum exit_status status = EXIT_FAULT;
	int err;

	log_set_level(options->verbosity);
	err = session_open(&s);
	if (!err) {
		err = session_start(&s);
		if (!err)
			err = session_stream(&s);
		session_drain(&s);
		status = session_end(&s, err);
	}
	session_close(&s);
	return status;
}
