// SPDX-License-Identifier: GPL-2.0-only
#include "live/walk.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "base/hash.h"
#include "base/log.h"
#include "core/holders.h"
#include "core/row.h"
#include "event.h"
#include "live/cookies.h"
#include "live/iterate.h"
#include "live/loader.h"
#include "live/snapshot.h"
#include "live/taking.h"
#include "live/walk_object.h"
#include "window.h"

struct walk {
	struct walk_object o;
	int socket_fd; /* owned: by which the programs know one; -1: made each time */
	bool tcp, udp;
	bool wants_cookies;
	struct cookies *cookies; /* owned; NULL: not needed yet */
};

/* One snapshot by it. */
struct walking {
	struct walk *w; /* borrowed */
	struct taking t;
	/* rows without a cookie, of sockets that */
	uint32_t n_bound; /* are bound only */
	uint32_t n_held;  /* processes have */
	struct hash bare; /* nobody has: their network namespaces, by inode */
};

int walk_open(const struct loader_opts *opts, struct walk **ret, char *why, size_t size)
{
	struct walk *w = calloc(1, sizeof(*w));
	int err = w ? walk_object_load(&w->o, opts) : -ENOMEM;

	if (w)
		w->socket_fd = -1;
	if (err) {
		snprintf(why, size, "the kernel refused the walk: %s (it needs Linux 6.2)",
			 strerror(-err));
		walk_free(w);
		return err;
	}
	w->tcp = opts->tcp;
	w->udp = opts->udp;
	w->wants_cookies = opts->details;
	*ret = w;
	return 0;
}

int walk_keep_socket(struct walk *w)
{
	w->socket_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return w->socket_fd < 0 ? -errno : 0;
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
	int err, fd = w->socket_fd;

	if (fd < 0)
		fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	w->o.state->socket_fd = fd;
	err = run(w->o.begin_fd);
	if (fd != w->socket_fd)
		close(fd); /* it would be a row of `list -x` */
	if (err)
		return err;
	if (!w->o.state->socket_ops || !w->o.state->n_nets)
		return -EOPNOTSUPP; /* the layout is another one */
	return error_of(w->o.state);
}

/* A row of the window, with what is beside it. */
static int take_row(struct walking *g, uint32_t at)
{
	struct sw_row row = g->w->o.rows[at];
	int err = 0;

	if (row.info)
		err = snapshot_add_info(g->t.s, &row, &g->w->o.infos[at]);
	return err ? err : taking_row(&g->t, &row);
}

/*
 * The row that was taken last, if it has no cookie. That of a TIME_WAIT, which has no user, is not
 * the connection's: so none is made for it. 0 or -ENOMEM.
 */
static int note_bare(struct walking *g)
{
	const struct sw_row *row = &g->t.s->rows[g->t.s->n_rows - 1];

	if (!g->w->wants_cookies || row->sock.cookie || !(row->sock.have & SW_HAVE_UID))
		return 0;
	if (!row->n_holders)
		return hash_put(&g->bare, row->sock.tuple.netns, 1);
	g->n_held++;
	return 0;
}

/* Through one table, from its first bucket to its last. */
static int take_table(struct walking *g, uint32_t netns, enum sw_walk_table table)
{
	struct sw_walk *state = g->w->o.state;
	int err;

	state->netns = netns;
	state->table = table;
	state->bucket = 0;
	state->error = SW_WALK_FINE;
	do {
		err = run(g->w->o.table_fd);
		if (!err)
			err = error_of(state);
		if (err == -ESRCH)
			return 0; /* the namespace is gone, and its table with it */
		for (uint32_t i = 0; !err && i < state->n_rows; i++) {
			err = take_row(g, i);
			if (!err)
				err = note_bare(g);
		}
		if (!err)
			err = step(g);
	} while (!err && state->bucket <= state->mask);
	return err;
}

/* Whether an earlier namespace has the same table: nearly all share one. */
static bool is_shared(const struct walk *w, uint32_t index, enum sw_walk_table table)
{
	for (uint32_t i = 0; i < index; i++)
		if (w->o.nets[i].tables[table] == w->o.nets[index].tables[table])
			return true;
	return false;
}

static int take_tables(struct walking *g)
{
	const struct walk *w = g->w;
	int err = 0;

	for (uint32_t i = 0; i < w->o.state->n_nets && !err; i++)
		for (enum sw_walk_table table = 0; table < SW_WALK_TABLES && !err; table++) {
			if (!(table == SW_WALK_UDP ? g->t.opts->udp : g->t.opts->tcp))
				continue;
			if (w->o.nets[i].tables[table] && !is_shared(w, i, table))
				err = take_table(g, w->o.nets[i].netns, table);
		}
	return err;
}

/*
 * Empties the windows: one is full, or others want to run, or all is told. Those that have a row
 * have the next one of the other window.
 */
static int take_held(void *arg)
{
	struct walking *g = arg;
	const struct walk_object *o = &g->w->o;
	const struct sw_row *row = o->rows;
	int err = 0;

	for (uint32_t i = 0; i < o->state->n_held && !err; i++) {
		const struct sw_descriptor *d = &o->held[i];

		g->n_bound += d->has_row && !row->sock.cookie;
		err = taking_descriptor(&g->t, d, d->has_row && g->t.opts->tcp ? row : NULL);
		row += d->has_row;
	}
	o->state->n_held = 0;
	o->state->n_rows = 0;
	return err ? err : step(g);
}

/* Who holds what, of all processes. */
static int take_tasks(struct walking *g)
{
	struct sw_walk *state = g->w->o.state;

	state->n_held = 0;
	state->n_rows = 0;
	state->task = 0;
	return iterate(g->w->o.tasks_link, take_held, g);
}

/* Whether there are programs that have cookies made; without, rows go without. */
static bool can_make(struct walk *w)
{
	int err = w->cookies ? 0 : cookies_open(w->tcp, w->udp, &w->cookies);

	if (err) {
		log_verbose("no cookies for sockets that have none: %s", strerror(-err));
		w->wants_cookies = false;
	}
	return !err;
}

/* In a namespace that we are in; what is not to be had leaves its rows as they are. */
static int make_inside(void *arg, uint32_t netns)
{
	const struct walking *g = arg;
	uint32_t one;
	int err = hash_get(&g->bare, netns, &one) ? cookies_make_here(g->w->cookies) : 0;

	return err == -ENOMEM ? err : 0;
}

/* Those that nobody holds have none, or those that came since. */
static int make_elsewhere(struct walking *g)
{
	const uint32_t own = g->w->o.state->own_netns;
	uint32_t one;

	if (!g->bare.used)
		return 0;
	if (g->bare.used == 1 && hash_get(&g->bare, own, &one))
		return make_inside(g, own);
	return g->t.opts->visit ? g->t.opts->visit(g->t.opts->arg, make_inside, g) : 0;
}

/* Whether cookies are made, as there are rows without; *ret_err: what went wrong. */
static bool make_cookies(struct walking *g, int *ret_err)
{
	struct walk *w = g->w;
	bool held = g->n_bound || g->n_held;

	if (!w->wants_cookies || !(held || g->bare.used) || !can_make(w))
		return false;
	log_verbose("walk: cookies are made for %u sockets, and in %zu network namespaces",
		    g->n_bound + g->n_held, g->bare.used);
	*ret_err = held ? cookies_make_held(w->cookies) : 0;
	if (!*ret_err)
		*ret_err = make_elsewhere(g);
	return true;
}

static void forget_descriptors(struct walking *g)
{
	holders_free(g->t.opts->holders);
	taking_free(&g->t);
	g->t = (struct taking){ .opts = g->t.opts, .s = g->t.s };
}

/* Again, once, where cookies were made: with them. */
static int take_all(struct walking *g)
{
	struct snapshot *s = g->t.s;
	const size_t n_rows = s->n_rows, n_holders = s->n_holders, n_infos = s->n_infos;
	int err = take_tasks(g);

	if (!err)
		err = take_tables(g);
	if (err || !make_cookies(g, &err) || err)
		return err;
	s->n_rows = n_rows;
	s->n_holders = n_holders;
	s->n_infos = n_infos;
	if (g->n_bound) {
		forget_descriptors(g);
		err = take_tasks(g);
	}
	return err ? err : take_tables(g);
}

int walk_snapshot(struct walk *w, const struct live_snapshot_opts *opts, struct snapshot *s)
{
	struct walking g = { .w = w, .t = { .opts = opts, .s = s } };
	int err = begin(w);

	if (!err)
		err = take_all(&g);
	if (!err)
		err = taking_end(&g.t);
	if (!err && w->o.state->again)
		log_verbose("walk: %u chains were read again", w->o.state->again);
	taking_free(&g.t);
	hash_free(&g.bare);
	return err;
}

void walk_free(struct walk *w)
{
	if (!w)
		return;
	cookies_free(w->cookies);
	if (w->socket_fd >= 0)
		close(w->socket_fd);
	walk_object_free(&w->o);
	free(w);
}
