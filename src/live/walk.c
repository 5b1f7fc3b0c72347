// SPDX-License-Identifier: GPL-2.0-only
#include "live/walk.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "base/log.h"
#include "event.h"
#include "filter.h"
#include "live/choice.h"
#include "live/loader.h"
#include "live/snapshot.h"
#include "live/taking.h"
#include "window.h"
#include "walk.lskel.h"

struct walk {
	struct sockwatch_walk *skel;	  /* owned */
	struct sw_walk *state;		  /* borrowed: the skeleton's */
	const struct sw_row *rows;	  /* the windows: mapped, or NULL */
	const struct sw_descriptor *held; /* likewise */
	const struct sw_walk_net *nets;	  /* likewise */
};

/* One snapshot by it. */
struct walking {
	struct walk *w; /* borrowed */
	struct taking t;
};

static const void *window(int map_fd, size_t size)
{
	void *at = mmap(NULL, size, PROT_READ, MAP_SHARED, map_fd, 0);

	return at == MAP_FAILED ? NULL : at;
}

static int open_windows(struct walk *w)
{
	w->state = &w->skel->bss->walk;
	w->rows = window(w->skel->maps.rows.map_fd, SW_WALK_ROWS * sizeof(*w->rows));
	w->held = window(w->skel->maps.held.map_fd, SW_WALK_HELD * sizeof(*w->held));
	w->nets = window(w->skel->maps.nets.map_fd, SW_WALK_NETS * sizeof(*w->nets));
	return w->rows && w->held && w->nets ? 0 : -ENOMEM;
}

int walk_open(const struct loader_opts *opts, struct walk **ret, char *why, size_t size)
{
	struct walk *w = calloc(1, sizeof(*w));
	int err = -ENOMEM;

	if (w)
		w->skel = sockwatch_walk__open();
	if (w && w->skel) {
		memcpy(&w->skel->rodata->filter, opts->filter, sizeof(*opts->filter));
		w->skel->rodata->tick_ns = opts->timers ? choice_tick() : 0;
		err = sockwatch_walk__load(w->skel);
	}
	if (!err)
		err = open_windows(w);
	if (err) {
		snprintf(why, size, "the kernel refused the walk: %s (it needs Linux 6.2)",
			 strerror(-err));
		walk_free(w);
		return err;
	}
	*ret = w;
	return 0;
}

static int step(const struct walking *g)
{
	return g->t.opts->step ? g->t.opts->step(g->t.opts->arg) : 0;
}

static int run(int prog_fd)
{
	LIBBPF_OPTS(bpf_test_run_opts, o);

	return bpf_prog_test_run_opts(prog_fd, &o);
}

static int error_of(const struct sw_walk *state)
{
	static const int errors[] = {
		[SW_WALK_RESTLESS] = -EAGAIN, [SW_WALK_CROWDED] = -E2BIG, [SW_WALK_GONE] = -ESRCH
	};

	return errors[state->error];
}

/* Finds the namespaces, and tells the programs by a socket of ours how one is known. */
static int begin(struct walk *w)
{
	int err, fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	w->state->socket_fd = fd;
	err = run(w->skel->progs.walk_begin.prog_fd);
	close(fd);
	if (err)
		return err;
	if (!w->state->socket_ops || !w->state->n_nets)
		return -EOPNOTSUPP; /* the layout is another one */
	return error_of(w->state);
}

/* Through one table, from its first bucket to its last. */
static int take_table(struct walking *g, uint32_t netns, enum sw_walk_table table)
{
	struct sw_walk *state = g->w->state;
	int err;

	state->netns = netns;
	state->table = table;
	state->bucket = 0;
	state->error = SW_WALK_FINE;
	do {
		err = run(g->w->skel->progs.walk_table.prog_fd);
		if (!err)
			err = error_of(state);
		if (err == -ESRCH)
			return 0; /* the namespace is gone, and its table with it */
		for (uint32_t i = 0; !err && i < state->n_rows; i++)
			err = taking_row(&g->t, &g->w->rows[i]);
		if (!err)
			err = step(g);
	} while (!err && state->bucket <= state->mask);
	return err;
}

/* Whether an earlier namespace has the same table: nearly all share one. */
static bool is_shared(const struct walk *w, uint32_t index, enum sw_walk_table table)
{
	for (uint32_t i = 0; i < index; i++)
		if (w->nets[i].tables[table] == w->nets[index].tables[table])
			return true;
	return false;
}

static int take_tables(struct walking *g)
{
	const struct walk *w = g->w;
	int err = 0;

	for (uint32_t i = 0; i < w->state->n_nets && !err; i++)
		for (enum sw_walk_table table = 0; table < SW_WALK_TABLES && !err; table++) {
			if (!(table == SW_WALK_UDP ? g->t.opts->udp : g->t.opts->tcp))
				continue;
			if (w->nets[i].tables[table] && !is_shared(w, i, table))
				err = take_table(g, w->nets[i].netns, table);
		}
	return err;
}

/* Those that have a row have the next one of the other window. */
static int take_held(struct walking *g)
{
	const struct walk *w = g->w;
	const struct sw_row *row = w->rows;
	int err = 0;

	for (uint32_t i = 0; i < w->state->n_held && !err; i++) {
		const struct sw_descriptor *d = &w->held[i];

		err = taking_descriptor(&g->t, d, d->has_row && g->t.opts->tcp ? row : NULL);
		row += d->has_row;
	}
	w->state->n_held = 0;
	w->state->n_rows = 0;
	return err ? err : step(g);
}

/* Who holds what, of all processes. EAGAIN: a window is full, or others want to run. */
static int take_tasks(struct walking *g)
{
	struct sw_walk *state = g->w->state;
	int link = bpf_link_create(g->w->skel->progs.walk_tasks.prog_fd, 0, BPF_TRACE_ITER, NULL);
	int fd = link < 0 ? link : bpf_iter_create(link);
	int err = fd < 0 ? fd : 0;
	char none[64];
	ssize_t n = 1;

	state->n_held = 0;
	state->n_rows = 0;
	state->task = 0;
	while (!err && n) {
		n = read(fd, none, sizeof(none));
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			err = -errno;
		else
			err = take_held(g);
	}
	if (fd >= 0)
		close(fd);
	if (link >= 0)
		close(link);
	return err;
}

int walk_snapshot(struct walk *w, const struct live_snapshot_opts *opts, struct snapshot *s)
{
	struct walking g = { .w = w, .t = { .opts = opts, .s = s } };
	int err = begin(w);

	if (!err)
		err = take_tasks(&g);
	if (!err)
		err = take_tables(&g);
	if (!err)
		err = taking_end(&g.t);
	if (!err && w->state->again)
		log_verbose("walk: %u chains were read again", w->state->again);
	taking_free(&g.t);
	return err;
}

void walk_free(struct walk *w)
{
	if (!w)
		return;
	if (w->rows)
		munmap((void *)(uintptr_t)w->rows, SW_WALK_ROWS * sizeof(*w->rows));
	if (w->held)
		munmap((void *)(uintptr_t)w->held, SW_WALK_HELD * sizeof(*w->held));
	if (w->nets)
		munmap((void *)(uintptr_t)w->nets, SW_WALK_NETS * sizeof(*w->nets));
	if (w->skel)
		sockwatch_walk__destroy(w->skel);
	free(w);
}
