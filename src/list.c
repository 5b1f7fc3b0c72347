// SPDX-License-Identifier: GPL-2.0-only
/* Composes the list: snapshot, order, owners, formatter. Nothing is attached. */
#include "list.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "cli/options.h"
#include "collect.h"
#include "core/merge.h"
#include "core/row.h"
#include "core/select.h"
#include "live/features.h"
#include "live/loader.h"
#include "proc/process.h"
#include "tell.h"

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
				    .tcp = o->tcp,
				    .udp = o->udp };
	char why[512], missing[64];
	int err;

	*ret = NULL;
	if (o->snapshot == SNAPSHOT_PROC)
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

static int take_rows(const struct options *o, int proc_fd, struct snapshot *snap)
{
	struct collect_opts opts = { .options = o, .proc_fd = proc_fd };
	int err = open_loader(o, proc_fd, &opts.loader);

	if (!err)
		err = collect_snapshot(&opts, snap);
	loader_free(opts.loader);
	if (err)
		return err;
	err = merge_snapshot(snap, NULL, 0); /* a row that a busy table lists twice is told once */
	if (err)
		log_error("out of memory");
	rows_sort(snap);
	rows_inherit(snap);
	return err;
}

static int write_rows(struct teller *t, const struct options *o, int proc_fd,
		      const struct snapshot *snap)
{
	int err = teller_open(t, o, proc_fd);

	if (err) {
		log_error("out of memory");
		return err;
	}
	teller_wait_names(t, snap);
	tell_header(t, snap);
	tell_rows(t, snap, clock_now());
	err = output_flush(&t->out);
	if (err == -EPIPE)
		return 0;
	if (err)
		log_error("cannot write the output: %s", strerror(-err));
	return err;
}

int list_run(const struct options *options)
{
	struct snapshot snap = { 0 };
	struct teller t = { 0 };
	int err, proc_fd;

	log_set_level(options->verbosity);
	teller_start_names(&t, options);
	proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	err = proc_fd < 0 ? -errno : 0;
	if (err)
		log_error("cannot open /proc: %s", strerror(-err));
	if (!err)
		err = take_rows(options, proc_fd, &snap);
	if (!err)
		err = write_rows(&t, options, proc_fd, &snap);
	teller_close(&t);
	snapshot_free(&snap);
	if (proc_fd >= 0)
		close(proc_fd);
	return err;
}
