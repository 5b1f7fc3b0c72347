// SPDX-License-Identifier: GPL-2.0-only
#include "words/who.h"

#include <errno.h>
#include <inttypes.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/output.h"
#include "base/signals.h"
#include "cli/options.h"
#include "core/record.h"
#include "flow/annotate.h"
#include "flow/collect.h"
#include "flow/rows.h"
#include "names/resolver.h"
#include "proc/process.h"
#include "render/who.h"
#include "sink/count.h"
#include "words/names.h"

/* What was found of one target. */
struct found {
	bool held;	  /* somebody has it */
	bool seen;	  /* and that one is known */
	uint32_t wait_ms; /* TIME_WAIT has it for so long; 0: it has not */
};

enum who_role who_role_of(const struct who_target *target, const struct sw_sock *s)
{
	return who_role(target, s->proto, &s->tuple, s->state);
}

/* The target that a row is told with: that which it is most to, of several the first. */
static int target_of(const struct who *w, const struct sw_sock *s, enum who_role *ret_role)
{
	int best = 0;

	*ret_role = WHO_NOTHING;
	for (int i = 0; i < w->options->n_args; i++) {
		enum who_role role = who_role_of(&w->targets[i], s);

		if (role >= *ret_role)
			continue;
		*ret_role = role;
		best = i;
	}
	return best;
}

/* Notes the holders of a row. 0 or -ENOMEM. */
static int note_holders(struct who *w, const struct snapshot *s, const struct sw_row *row)
{
	for (uint32_t i = 0; i < row->n_holders; i++) {
		const struct holder *h = &s->holders[row->first_holder + i];
		size_t known = 0;

		while (known < w->n_told && w->told[known].pid != h->pid)
			known++;
		if (known < w->n_told)
			continue;
		if (ARRAY_ADD(w->told, w->n_told, w->told_cap, h))
			return -ENOMEM;
	}
	return 0;
}

int who_tell_row(struct who *w, const struct row_teller *t, const struct sw_row *row)
{
	struct sw_event ev;
	struct record rec;
	int err;

	row_record(t, row, &ev, &rec);
	if (row->sock.state == SW_TCP_TIME_WAIT)
		rec.blocked_ms = row->timer.ms;
	err = sink_record(t->sink, &rec);
	w->rows++;
	return err ? err : note_holders(w, t->snap, row);
}

/* A line above the rows of a target, where there are several. */
static void put_title(struct who *w, int target, int *last)
{
	if (target == *last || w->options->n_args < 2 || w->page_opts.format != OUTPUT_TEXT)
		return;
	buf_puts(&w->out->buf, w->options->args[target]);
	buf_puts(&w->out->buf, ":\n");
	*last = target;
}

static int tell_target(struct who *w, const struct row_teller *t, int target, int *last)
{
	int err = 0;

	for (enum who_role role = 0; role < WHO_NOTHING && !err; role++)
		for (size_t i = 0; i < w->kept.n_rows && !err; i++) {
			const struct sw_row *row = &w->kept.rows[i];
			enum who_role its;

			if (target_of(w, &row->sock, &its) != target || its != role)
				continue;
			put_title(w, target, last);
			err = who_tell_row(w, t, row);
		}
	return err;
}

/* PIDs are for who wants to end those that have it: whose peer has it is none of them. */
static int take_pids(struct who *w)
{
	int err = 0;

	for (size_t i = 0; i < w->kept.n_rows && !err; i++) {
		const struct sw_row *row = &w->kept.rows[i];
		bool holds = false;

		for (int k = 0; k < w->options->n_args; k++)
			holds = holds ||
				who_holds(&w->targets[k], who_role_of(&w->targets[k], &row->sock));
		if (holds)
			err = note_holders(w, &w->kept, row);
	}
	return err;
}

/* All users' names are asked for before the first is told. */
static void wait_users(struct who *w)
{
	uint64_t deadline_ns = clock_now() + NAMES_WAIT_NS;
	uint32_t uid;

	if (!w->resolver)
		return;
	for (size_t i = 0; i < w->n_told; i++)
		if (process_user(w->proc_fd, w->told[i].pid, &uid))
			resolver_ask_user(w->resolver, uid, deadline_ns);
	annotate_wait(w->annotate, deadline_ns);
}

static void tell_processes(struct who *w)
{
	uint64_t wall_ns = clock_wall_now();
	struct who_process process;

	if (!w->options->pids_only)
		wait_users(w);
	for (size_t i = 0; i < w->n_told; i++) {
		if (w->options->pids_only) {
			buf_put_u64(&w->out->buf, w->told[i].pid);
			buf_putc(&w->out->buf, '\n');
			continue;
		}
		annotate_process(w->annotate, &w->told[i], &process);
		process.wall_ns = wall_ns;
		if (w->page_opts.format == OUTPUT_JSON)
			render_who_json(&w->out->buf, &process);
		if (w->page_opts.format != OUTPUT_TEXT)
			continue;
		buf_putc(&w->out->buf, '\n');
		render_who_text(&w->out->buf, &process, wall_ns);
	}
}

/* --- what was found, and what was not --------------------------------------------------------- */

static struct found look_for(const struct snapshot *s, const struct who_target *target)
{
	struct found f = { 0 };

	for (size_t i = 0; i < s->n_rows; i++) {
		const struct sw_row *row = &s->rows[i];
		enum who_role role = who_role_of(target, &row->sock);

		if (role == WHO_WAITS && row->timer.ms > f.wait_ms)
			f.wait_ms = row->timer.ms;
		if (!who_holds(target, role))
			continue;
		f.held = true;
		/* without an inode it is ended by the kernel, or waits for accept() */
		f.seen = f.seen || row->sock.owner_source != SW_OWNER_UNKNOWN || !row->sock.inode;
	}
	return f;
}

static void note_found(const struct who_target *target, const char *text, const struct found *f,
		       bool in_pidns)
{
	const char *what = target->has_addr ? "" : "port ";
	const char *nobody = in_pidns ? "nobody that is seen in this PID namespace" : "nobody";

	if (f->held && !f->seen)
		log_note("%s%s is taken, but not by a process that is seen from here (other PID "
			 "namespaces, missing rights, on its way between two processes)",
			 what, text);
	else if (!f->held && f->wait_ms && target->has_ports)
		log_note("%s%s: no process has it, but TIME_WAIT, until it is free in %" PRIu32
			 "s (at once with SO_REUSEADDR)",
			 what, text, f->wait_ms / 1000 + 1);
	else if (!f->held && f->wait_ms)
		log_note("%s talks to %s any more: what is left is in TIME_WAIT", nobody, text);
	else if (!f->held && collect_missed_tables())
		log_note("%s%s: not known: nobody who is seen from here has it, and not every "
			 "network "
			 "namespace could be looked at (root may)",
			 what, text);
	else if (!f->held)
		log_note("%s %s %s%s", nobody, target->has_ports ? "holds" : "talks to", what,
			 text);
}

static void note_all(struct who *w)
{
	bool all_held = true, in_pidns = process_own_pidns(w->proc_fd) != 0;

	if (signals_stops()) { /* and what was not read yet is not "nobody" */
		w->held = true;
		log_note("interrupted: not every socket was looked at");
		return;
	}
	for (int i = 0; i < w->options->n_args; i++) {
		struct found f = look_for(&w->kept, &w->targets[i]);

		if (!f.held && !f.wait_ms && who_is_forwarded(w, (size_t)i, true))
			f.held = f.seen = true; /* which is told below */
		note_found(&w->targets[i], w->options->args[i], &f, in_pidns);
		w->held = w->held || f.held;
		all_held = all_held && f.held;
	}
	if (!all_held && collect_unseen())
		log_note("%s", collect_unseen());
}

bool who_all_held(const struct who *w, const struct snapshot *s)
{
	for (int i = 0; i < w->options->n_args; i++)
		if (!look_for(s, &w->targets[i]).held)
			return false;
	return true;
}

/* How many there are of each, in the place of the rows. 0 or -ENOMEM. */
static int count_rows(struct who *w, const struct row_teller *t)
{
	struct counting c;
	struct sw_event ev;
	struct record rec;
	int err;

	counting_init(&c, &w->options->count, &w->page_opts, w->out, false);
	err = counting_begin(&c, t->time_ns);
	for (size_t i = 0; i < w->kept.n_rows && !err; i++) {
		row_record(t, &w->kept.rows[i], &ev, &rec);
		err = sink_record(&c.sink, &rec);
	}
	if (!err)
		counting_put(&c, t->wall_ns);
	counting_free(&c);
	return err;
}

int who_tell_page(struct who *w)
{
	uint64_t now_ns = clock_now();
	struct row_teller t = { .snap = &w->kept,
				.annotate = w->annotate,
				.sink = &w->page.sink,
				.time_ns = now_ns,
				.wall_ns = now_ns + (uint64_t)clock_wall_offset() };
	int err = 0, last = -1;

	note_all(w);
	if (w->options->pids_only) {
		err = take_pids(w);
		if (!err)
			tell_processes(w);
		w->held = w->n_told > 0;
		return err;
	}
	if (w->options->count.n_keys)
		return w->kept.n_rows ? count_rows(w, &t) : 0;
	if (w->page_opts.names)
		rows_wait_names(w->annotate, &w->kept, now_ns + NAMES_WAIT_NS);
	if (w->kept.n_rows || w->behind.n_rows)
		err = rows_begin(&t);
	for (int i = 0; i < w->options->n_args && !err; i++) {
		err = tell_target(w, &t, i, &last);
		if (!err && who_is_forwarded(w, (size_t)i, false)) {
			put_title(w, i, &last);
			err = who_tell_forwards(w, &t, (size_t)i);
		}
	}
	if (!err)
		tell_processes(w);
	return err;
}
