// SPDX-License-Identifier: GPL-2.0-only
/* Composes the list: snapshot, order, owners, formatter. Nothing is attached. */
#include "words/list.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/output.h"
#include "cli/options.h"
#include "flow/collect.h"
#include "core/merge.h"
#include "core/recall.h"
#include "core/row.h"
#include "core/select.h"
#include "live/features.h"
#include "live/loader.h"
#include "flow/local.h"
#include "words/page.h"
#include "proc/process.h"
#include "sink/print.h"

/* Pages of one list. */
struct listing {
	const struct options *options; /* borrowed */
	struct loader *loader;	       /* owned; NULL: /proc tells */
	int proc_fd;		       /* owned */
	struct teller teller;	       /* opened with the first page */
	struct recall recall;	       /* of the page before */
	struct gathered gathered;      /* owned; of this page */
};

/* The iterators do not tell timers. */
static bool wants_iterators(const struct options *o)
{
	return o->snapshot != SNAPSHOT_PROC && !o->timers;
}

/*
 * The iterators, where we may load them; without, *ret is NULL and /proc is what there is. 0, or
 * -errno after a message when there is no way without them.
 */
static int open_loader(const struct options *o, int proc_fd, struct loader **ret)
{
	struct loader_opts opts = { .filter = &o->filter,
				    .buffer_size = o->buffer_size,
				    .pidns = process_own_pidns(proc_fd),
				    .cgroup_fd = -1,
				    .snapshot = true,
				    .details = o->extended || o->format != OUTPUT_TEXT,
				    .all_sockets = true, /* cheaper than to look which */
				    .tcp = o->tcp,
				    .udp = o->udp };
	char why[512], missing[64];
	int err;

	*ret = NULL;
	if (!wants_iterators(o))
		return 0;
	privilege_missing(false, missing, sizeof(missing));
	snprintf(why, sizeof(why), "%s missing", missing);
	err = missing[0] ? -EPERM : loader_open(&opts, ret, why, sizeof(why));
	if (!err)
		return 0;
	if (o->snapshot == SNAPSHOT_BPF)
		log_error("no BPF iterators: %s", why);
	else
		log_verbose("no BPF iterators: %s", why);
	return o->snapshot == SNAPSHOT_BPF ? err : 0;
}

static int take_rows(struct listing *l, bool again, struct snapshot *snap)
{
	const struct options *o = l->options;
	struct collect_opts opts = { .options = o,
				     .loader = l->loader,
				     .proc_fd = l->proc_fd,
				     .quiet = again,
				     .gathered = &l->gathered };
	int err = collect_snapshot(&opts, snap);

	if (err)
		return err;
	err = merge_snapshot(snap, NULL, 0); /* a row that a busy table lists twice is told once */
	if (!err && o->repeat_ms)
		err = recall_owners(&l->recall, snap);
	if (err) {
		log_error("out of memory");
		return err;
	}
	rows_sort(snap);
	rows_inherit(snap);
	if (o->n_sorts)
		rows_sort_by(snap, o->sorts, o->n_sorts);
	return 0;
}

static bool tells_inet(const struct options *o)
{
	return o->tcp || o->udp || o->raw;
}

static int put_page(void *arg, struct output *out, uint64_t n)
{
	struct listing *l = arg;
	struct local_opts local = { .options = l->options,
				    .proc_fd = l->proc_fd,
				    .render = &l->teller.render,
				    .gathered = &l->gathered };
	struct snapshot snap = { 0 };
	int err = n ? 0 : teller_open(&l->teller, l->options, out, l->proc_fd);

	if (err)
		log_error("out of memory");
	else
		err = take_rows(l, n > 0, &snap);
	if (!err && tells_inet(l->options)) {
		if (n && l->options->format == OUTPUT_TEXT)
			buf_putc(&out->buf, '\n');
		teller_wait_names(&l->teller, &snap);
		if (!n || l->options->format == OUTPUT_TEXT)
			tell_header(&l->teller, &snap);
		tell_rows(&l->teller, &snap, clock_now());
	}
	snapshot_free(&snap);
	if (!err && l->options->local_sockets)
		err = local_list(&local, out, n);
	gathered_free(&l->gathered);
	return err;
}

int list_run(const struct options *options)
{
	struct listing l = { .options = options };
	int err;

	log_set_level(options->verbosity);
	teller_start_names(&l.teller, options);
	l.proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	err = l.proc_fd < 0 ? -errno : 0;
	if (err)
		log_error("cannot open /proc: %s", strerror(-err));
	if (!err)
		err = open_loader(options, l.proc_fd, &l.loader);
	if (!err)
		err = page_run(options, put_page, &l);
	teller_close(&l.teller);
	recall_free(&l.recall);
	loader_free(l.loader);
	if (l.proc_fd >= 0)
		close(l.proc_fd);
	return err;
}
