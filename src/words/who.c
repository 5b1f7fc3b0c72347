// SPDX-License-Identifier: GPL-2.0-only
/*
 * Composes `who`: the sockets on some ports by their role, then the processes that hold them; with
 * --follow the stream of those who want the ports.
 */
#include "words/who.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flow/annotate.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/output.h"
#include "cli/options.h"
#include "cli/values.h"
#include "flow/collect.h"
#include "core/merge.h"
#include "core/record.h"
#include "core/row.h"
#include "core/select.h"
#include "core/who.h"
#include "live/features.h"
#include "names/resolver.h"
#include "words/page.h"
#include "proc/process.h"
#include "proc/snapshot.h"
#include "render/who.h"
#include "flow/watch.h"
#include "sink/print.h"

#define NOBODY_HOLDS_IT 1
#define USERS_WAIT_NS 1500000000u

struct who {
	struct options options; /* those of the user, and what follows from the word */
	struct teller teller;	/* of a single page */
	struct resolver *users; /* owned; NULL: their numbers */
	struct annotate *facts; /* of the processes; owned */
	struct holder *told;	/* owned: the processes of the page, each once */
	size_t n_told;
	struct who_blockers blockers; /* of the bind that failed last */
	bool held;
	int proc_fd; /* owned */
};

/* Notes the holders of a row. 0 or -ENOMEM. */
static int note_holders(struct who *w, const struct snapshot *snap, const struct sw_row *row)
{
	struct holder *told;

	for (uint32_t i = 0; i < row->n_holders; i++) {
		const struct holder *h = &snap->holders[row->first_holder + i];
		size_t known = 0;

		while (known < w->n_told && w->told[known].pid != h->pid)
			known++;
		if (known < w->n_told)
			continue;
		told = reallocarray(w->told, w->n_told + 1, sizeof(*told));
		if (!told)
			return -ENOMEM;
		w->told = told;
		told[w->n_told++] = *h;
	}
	return 0;
}

static enum who_role role_of(const struct who *w, const struct snapshot *snap,
			     const struct sw_row *row)
{
	if (!row_selected(&w->options.filter, snap, row))
		return WHO_NOTHING;
	return who_role(&w->options.ports, row->sock.proto, &row->sock.tuple, row->sock.state);
}

/* Only what is told counts for the width of the columns. */
static void keep_wanted(const struct who *w, struct snapshot *snap)
{
	size_t n = 0;

	for (size_t i = 0; i < snap->n_rows; i++)
		if (role_of(w, snap, &snap->rows[i]) != WHO_NOTHING)
			snap->rows[n++] = snap->rows[i];
	snap->n_rows = n;
}

static uint64_t tell_role(struct who *w, struct teller *t, const struct snapshot *snap,
			  enum who_role role)
{
	uint64_t n = 0;

	for (size_t i = 0; i < snap->n_rows; i++) {
		const struct sw_row *row = &snap->rows[i];

		if (role_of(w, snap, row) != role)
			continue;
		tell_row(t, snap, row, clock_now());
		if (note_holders(w, snap, row))
			log_error("out of memory");
		w->held = w->held || who_holds(role);
		n++;
	}
	return n;
}

/* All users' names are asked for before the first is told. */
static void wait_users(struct who *w)
{
	uint64_t deadline_ns = clock_now() + USERS_WAIT_NS;
	uint32_t uid;

	if (!w->users)
		return;
	for (size_t i = 0; i < w->n_told; i++)
		if (process_user(w->proc_fd, w->told[i].pid, &uid))
			resolver_ask_user(w->users, uid, deadline_ns);
	resolver_wait(w->users, deadline_ns);
	resolver_take(w->users, clock_now());
}

static void tell_process(struct who *w, struct teller *t, const struct holder *holder)
{
	struct who_process process;

	annotate_process(w->facts, holder, &process);
	if (w->options.format == OUTPUT_JSON)
		render_who_json(&t->out->buf, &process);
	else if (w->options.format == OUTPUT_TEXT)
		render_who_text(&t->out->buf, &process,
				clock_now() + (uint64_t)clock_wall_offset());
}

/* A port that was asked about and that nothing was found for. */
static void note_unused(const struct who *w, const struct snapshot *snap)
{
	for (int i = 0; i < w->options.n_args; i++) {
		struct who_ports ports = { 0 };
		bool used = false;

		value_port_of(w->options.args[i], &ports.tcp, &ports.udp);
		for (size_t k = 0; k < snap->n_rows && !used; k++) {
			const struct sw_row *row = &snap->rows[k];

			used = who_holds(who_role(&ports, row->sock.proto, &row->sock.tuple,
						  row->sock.state));
		}
		if (!used)
			log_note("nobody holds port %s", w->options.args[i]);
	}
}

/* As session_hooks.rows(). */
static uint64_t tell_ports(void *arg, struct teller *t, const struct snapshot *snap)
{
	struct who *w = arg;
	uint64_t n = 0;

	if (snap->n_rows)
		tell_header(t, snap);
	for (enum who_role role = 0; role < WHO_NOTHING; role++)
		n += tell_role(w, t, snap, role);
	wait_users(w);
	for (size_t i = 0; i < w->n_told; i++) {
		if (w->options.format == OUTPUT_TEXT)
			buf_putc(&t->out->buf, '\n');
		tell_process(w, t, &w->told[i]);
	}
	note_unused(w, snap);
	return n;
}

static int take_rows(struct who *w, struct snapshot *snap)
{
	struct collect_opts opts = { .options = &w->options, .proc_fd = w->proc_fd };
	int err = collect_snapshot(&opts, snap);

	if (!err)
		err = merge_snapshot(snap, NULL, 0);
	if (err)
		return err;
	rows_sort(snap);
	rows_inherit(snap);
	keep_wanted(w, snap);
	return 0;
}

static int put_page(void *arg, struct output *out, uint64_t n)
{
	struct who *w = arg;
	struct snapshot snap = { 0 };
	int err = teller_open(&w->teller, &w->options, out, w->proc_fd);

	(void)n;
	if (err)
		log_error("out of memory");
	else
		err = take_rows(w, &snap);
	if (!err) {
		teller_wait_names(&w->teller, &snap);
		tell_ports(w, &w->teller, &snap);
	}
	snapshot_free(&snap);
	return err;
}

/* --- the stream --------------------------------------------------------------------------------
 */

static uint64_t tell_rows_first(void *arg, struct teller *t, const struct snapshot *snap)
{
	struct who *w = arg;
	uint64_t n = tell_ports(arg, t, snap);

	t->render.no_event = false;
	if (n && w->options.format == OUTPUT_TEXT)
		buf_putc(&t->out->buf, '\n');
	return n;
}

static bool wants(void *arg, const struct sw_event *e)
{
	const struct who *w = arg;

	return who_wants(&w->options.ports, e);
}

/* A bind that found the address taken: it has just happened, so who has it is there to be seen. */
static void complete(void *arg, struct record *rec)
{
	struct who *w = arg;
	struct collect_opts opts = { .options = &w->options, .proc_fd = w->proc_fd, .quiet = true };
	struct snapshot snap = { 0 };

	if (rec->ev->kind != SW_EV_BIND || rec->ev->error != EADDRINUSE)
		return;
	who_blockers_free(&w->blockers);
	if (!collect_snapshot(&opts, &snap) && !who_blocks(&snap, rec->ev, &w->blockers)) {
		rec->held_by = w->blockers.holders;
		rec->n_held_by = w->blockers.n_holders;
		rec->blocked_ms = w->blockers.wait_ms;
	}
	snapshot_free(&snap);
}

/* The kernel side knows one set of ports; the protocol of each is checked when it is told. */
static void filter_ports(struct options *o)
{
	for (size_t i = 0; i < sizeof(o->ports.tcp.bits) / sizeof(o->ports.tcp.bits[0]); i++)
		o->filter.any_port.bits[i] = o->ports.tcp.bits[i] | o->ports.udp.bits[i];
	o->filter.on |= SW_F_PORT;
}

static int follow(struct who *w)
{
	const struct session_hooks hooks = {
		.arg = w, .rows = tell_rows_first, .wants = wants, .complete = complete
	};

	return (int)session_run(&w->options, &hooks);
}

/* The process that looks names up comes first, before anything is open that it should not have. */
static struct annotate *open_facts(struct who *w)
{
	struct annotate_opts opts = { .place = true, .processes = true, .users = true };

	if (!w->options.numeric && resolver_open(&w->users))
		log_verbose("no names of users, but numbers");
	if (!w->options.follow)
		teller_start_names(&w->teller, &w->options);
	w->proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	opts.proc_fd = w->proc_fd;
	opts.resolver = w->users;
	return w->proc_fd < 0 ? NULL : annotate_new(&opts);
}

int who_run(const struct options *options)
{
	struct who w = { .options = *options, .proc_fd = -1 };
	int status = EXIT_FAULT;

	log_set_level(options->verbosity);
	w.options.timers = true; /* TIME_WAIT's */
	w.options.snapshot = SNAPSHOT_PROC;
	w.options.extended = options->extended || options->format != OUTPUT_TEXT;
	filter_ports(&w.options);
	w.facts = open_facts(&w);
	if (!w.facts)
		log_error("cannot open /proc: %s", strerror(w.proc_fd < 0 ? errno : ENOMEM));
	else if (options->follow)
		status = follow(&w);
	else if (!page_run(&w.options, put_page, &w))
		status = w.held ? EXIT_DONE : NOBODY_HOLDS_IT;
	teller_close(&w.teller);
	annotate_free(w.facts);
	resolver_free(w.users);
	who_blockers_free(&w.blockers);
	free(w.told);
	if (w.proc_fd >= 0)
		close(w.proc_fd);
	return status;
}
