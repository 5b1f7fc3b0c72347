// SPDX-License-Identifier: GPL-2.0-only
#include "live/walk_object.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "event.h"
#include "filter.h"
#include "live/choice.h"
#include "live/iterate.h"
#include "live/loader.h"
#include "window.h"
#include "walk.lskel.h"
#include "walk_full.lskel.h"

static const void *window(int map_fd, size_t size)
{
	void *at = mmap(NULL, size, PROT_READ, MAP_SHARED, map_fd, 0);

	return at == MAP_FAILED ? NULL : at;
}

/* The same members of two types that the skeletons have for themselves. */
#define BORROW(o, skel)                                                                          \
	do {                                                                                     \
		(o)->state = &(skel)->bss->walk;                                                 \
		(o)->begin_fd = (skel)->progs.walk_begin.prog_fd;                                \
		(o)->table_fd = (skel)->progs.walk_table.prog_fd;                                \
		(o)->tasks_link = iterate_link((skel)->progs.walk_tasks.prog_fd);                \
		(o)->rows = window((skel)->maps.rows.map_fd, SW_WALK_ROWS * sizeof(*(o)->rows)); \
		(o)->held = window((skel)->maps.held.map_fd, SW_WALK_HELD * sizeof(*(o)->held)); \
		(o)->nets = window((skel)->maps.nets.map_fd, SW_WALK_NETS * sizeof(*(o)->nets)); \
	} while (0)

static int load_plain(struct walk_object *o, const struct loader_opts *opts)
{
	struct sockwatch_walk *skel = o->plain = sockwatch_walk__open();
	int err;

	if (!skel)
		return -ENOMEM;
	memcpy(&skel->rodata->filter, opts->filter, sizeof(*opts->filter));
	skel->rodata->tick_ns = opts->waits ? choice_tick() : 0;
	err = sockwatch_walk__load(skel);
	if (!err)
		BORROW(o, skel);
	return err;
}

static void set_constants(struct sockwatch_walk_full *skel, const struct loader_opts *opts)
{
	memcpy(&skel->rodata->filter, opts->filter, sizeof(*opts->filter));
	skel->rodata->tick_ns = opts->timers || opts->waits ? choice_tick() : 0;
	skel->rodata->tells_details = opts->details;
	skel->rodata->tells_info = opts->info;
	if (!opts->info)
		skel->maps.infos.max_entries = 1;
}

static int load_full(struct walk_object *o, const struct loader_opts *opts)
{
	struct sockwatch_walk_full *skel = o->full = sockwatch_walk_full__open();
	int err;

	if (!skel)
		return -ENOMEM;
	set_constants(skel, opts);
	err = sockwatch_walk_full__load(skel);
	if (err)
		return err;
	BORROW(o, skel);
	if (!opts->info)
		return 0;
	o->infos = window(skel->maps.infos.map_fd, SW_WALK_ROWS * sizeof(*o->infos));
	return o->infos ? 0 : -ENOMEM;
}

static bool wants_more(const struct loader_opts *opts)
{
	return opts->details || opts->info || opts->timers;
}

int walk_object_load(struct walk_object *o, const struct loader_opts *opts)
{
	int err;

	*o = (struct walk_object){ .tasks_link = -1 };
	err = wants_more(opts) ? load_full(o, opts) : load_plain(o, opts);
	if (err)
		return err;
	if (o->tasks_link < 0)
		return o->tasks_link;
	return o->rows && o->held && o->nets ? 0 : -ENOMEM;
}

static void close_window(const void *at, size_t size)
{
	if (at)
		munmap((void *)(uintptr_t)at, size);
}

void walk_object_free(struct walk_object *o)
{
	close_window(o->rows, SW_WALK_ROWS * sizeof(*o->rows));
	close_window(o->infos, SW_WALK_ROWS * sizeof(*o->infos));
	close_window(o->held, SW_WALK_HELD * sizeof(*o->held));
	close_window(o->nets, SW_WALK_NETS * sizeof(*o->nets));
	if (o->tasks_link >= 0)
		close(o->tasks_link);
	if (o->plain)
		sockwatch_walk__destroy(o->plain);
	if (o->full)
		sockwatch_walk_full__destroy(o->full);
	*o = (struct walk_object){ .tasks_link = -1 };
}
