// SPDX-License-Identifier: GPL-2.0-only
#include "flow/peers.h"

#include <errno.h>

#include "base/clock.h"
#include "core/moved.h"
#include "core/opts.h"
#include "live/loader.h"

#define NS_IN_MS 1000000ull

/* As peers_fn. */
static int tell(void *arg, struct sw_conn *conn)
{
	struct peer_watch *w = arg;
	int err = w->moved ? moved_ended(w->moved, conn) : 0;

	return err ? err : w->fn(w->arg, conn);
}

/* As loop_fn. */
static int look(void *arg)
{
	struct peer_watch *w = arg;
	uint64_t next_ns;
	int err = peers_look(&w->peers, clock_now(), tell, w, &next_ns);

	if (!err || err == -ECANCELED)
		err = w->flush(w->arg);
	loop_set_timer(w->loop, &w->timer, next_ns);
	return err;
}

void peer_watch_open(struct peer_watch *w, const struct loader *loader,
		     const struct watch_opts *opts)
{
	w->kept = loader_peers(loader, &w->peers);
	w->peers.idle_ns = opts->idle_ms * NS_IN_MS;
	w->peers.interim_ns = opts->interim_ms * NS_IN_MS;
	w->timer = (struct loop_timer){ .fn = look, .arg = w };
}

int peer_watch_closed(struct peer_watch *w, const struct sw_closed *closed)
{
	return w->kept ? peers_closed(&w->peers, closed, tell, w) : 0;
}

void peer_watch_start(struct peer_watch *w)
{
	if (w->kept)
		look(w);
}

void peer_watch_end(struct peer_watch *w)
{
	loop_cancel_timer(w->loop, &w->timer);
}
