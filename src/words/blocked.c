// SPDX-License-Identifier: GPL-2.0-only
#include "words/blocked.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/signals.h"
#include "core/holders.h"
#include "core/opts.h"
#include "core/row.h"
#include "flow/collect.h"

#define GOOD_NS 1000000000	/* what was seen is as good as new for so long */
#define LOOK_MOST_NS 250000000	/* of a processor, that a look may take */
#define LOOK_WAIT_NS 2000000000 /* and how long it may be about it, where others want that, too */
#define CREDIT_NS 1000000000

static bool is_same(const struct blocked_address *a, const struct sw_sock *s)
{
	return a->proto == s->proto && a->netns == s->tuple.netns &&
	       a->port == s->tuple.local_port &&
	       !memcmp(&a->addr, &s->tuple.local, sizeof(a->addr));
}

/* The place of an address: its own, or that of the oldest. */
static struct blocked_address *place_of(struct blocked *b, const struct sw_sock *s)
{
	struct blocked_address *oldest = &b->last[0];

	for (size_t i = 0; i < BLOCKED_MAX; i++) {
		if (is_same(&b->last[i], s))
			return &b->last[i];
		if (b->last[i].until_ns < oldest->until_ns)
			oldest = &b->last[i];
	}
	who_blockers_free(&oldest->by);
	*oldest = (struct blocked_address){ .addr = s->tuple.local,
					    .netns = s->tuple.netns,
					    .port = s->tuple.local_port,
					    .proto = s->proto };
	return oldest;
}

/* Between small steps of a look: whether it is to end. */
static int look_step(void *arg)
{
	const struct blocked *b = arg;

	return signals_stops() || clock_cpu() > b->end_cpu_ns || clock_now() > b->end_ns ? -EINTR
											 : 0;
}

/* A quarter of the time that passes may be spent, and a second at once. */
static bool may_look(struct blocked *b, uint64_t now_ns)
{
	uint64_t earned_ns = b->seen_ns ? (now_ns - b->seen_ns) / 4 : 0;

	b->seen_ns = now_ns;
	b->spent_ns -= earned_ns < b->spent_ns ? earned_ns : b->spent_ns;
	return b->spent_ns < CREDIT_NS;
}

void blocked_note(struct blocked *b, const struct sw_sock *s)
{
	if (s->proto != SW_PROTO_TCP || s->state != SW_TCP_CLOSE || !s->inode)
		return;
	b->idle[b->n_idle++ % BLOCKED_IDLE] = (struct blocked_idle){ .tuple = s->tuple,
								     .inode = s->inode };
}

static bool has_inode(const struct snapshot *s, uint64_t inode)
{
	for (size_t i = 0; i < s->n_rows; i++)
		if (s->rows[i].sock.inode == inode)
			return true;
	return false;
}

/* Those on this port that a process still has, and that are not more than bound. */
static int add_idle(const struct blocked *b, uint16_t port, const struct holders *holders,
		    struct snapshot *s)
{
	int err = 0;

	for (size_t i = 0; i < BLOCKED_IDLE && !err; i++) {
		const struct blocked_idle *idle = &b->idle[i];
		struct sw_row row = { .sock.tuple = idle->tuple,
				      .sock.inode = idle->inode,
				      .sock.proto = SW_PROTO_TCP,
				      .sock.state = SW_TCP_CLOSE };

		if (!idle->inode || idle->tuple.local_port != port || has_inode(s, idle->inode))
			continue;
		err = holders_attach(holders, &row, s);
		if (!err && row.n_holders)
			err = snapshot_add_row(s, &row);
	}
	return err;
}

/* It has just happened, so whoever has the address is there to be seen. */
static void look(struct blocked *b, const struct sw_event *e, struct blocked_address *a)
{
	struct gathered gathered = { 0 };
	struct collect_opts opts = { .select = b->select,
				     .gathered = &gathered,
				     .rows = { .source = ROWS_PROC, .timers = true },
				     .proc_fd = b->proc_fd,
				     .netns = a->netns,
				     .quiet = true,
				     .step = look_step,
				     .arg = b };
	uint64_t begun_ns = clock_now(), begun_cpu_ns = clock_cpu();
	struct snapshot snap = { 0 };

	if (signals_stops() || !may_look(b, begun_ns))
		return;
	b->end_ns = begun_ns + LOOK_WAIT_NS;
	b->end_cpu_ns = begun_cpu_ns + LOOK_MOST_NS;
	who_blockers_free(&a->by);
	if (!collect_snapshot(&opts, &snap) && !add_idle(b, a->port, &gathered.holders, &snap) &&
	    !who_blocks(&snap, e, &a->by))
		a->until_ns = clock_now() + GOOD_NS;
	b->spent_ns += clock_cpu() - begun_cpu_ns;
	gathered_free(&gathered);
	snapshot_free(&snap);
}

const struct who_blockers *blocked_get(struct blocked *b, const struct sw_event *e)
{
	struct blocked_address *a = place_of(b, &e->sock);

	if (a->until_ns < clock_now())
		look(b, e, a);
	return a->until_ns < clock_now() ? NULL : &a->by;
}

void blocked_forget(struct blocked *b, uint16_t port)
{
	for (size_t i = 0; i < BLOCKED_MAX; i++)
		if (b->last[i].port == port)
			b->last[i].until_ns = 0;
}

void blocked_free(struct blocked *b)
{
	for (size_t i = 0; i < BLOCKED_MAX; i++)
		who_blockers_free(&b->last[i].by);
}
