// SPDX-License-Identifier: GPL-2.0-only
#include "core/peers.h"

#include <string.h>

#include "peer.h"

#define LOOK_NS 60000000000ull /* at least so often, for what the ring could not take */
#define BEYOND_TOP 16	       /* two CPUs that move it at once may leave it a little low */

static uint32_t load(const uint32_t *at)
{
	return __atomic_load_n(at, __ATOMIC_ACQUIRE);
}

static uint64_t last_of(const struct sw_peer *p)
{
	return __atomic_load_n(&p->last_ns, __ATOMIC_RELAXED);
}

static uint32_t slots_in_use(const struct peers *p)
{
	uint32_t top = load(p->top) + BEYOND_TOP;

	return top < p->room ? top : p->room;
}

/* --- a record of a slot ----------------------------------------------------------------------- */

/*
 * Without those that two processes wrote at once. Who used it last, too: it needs no place among
 * the others, so one of these has none where it came back.
 */
static void copy_owners(const struct sw_peer *p, struct sw_conn *c)
{
	c->left_out = p->left_out;
	for (uint32_t i = 0; i < p->n_owners && i < SW_PEER_OWNERS; i++) {
		struct sw_conn_owner o = p->owners[i];

		if (!sw_peer_owner_is_whole(&o))
			continue;
		memset(o.pad, 0, sizeof(o.pad));
		if (c->n_owners < SW_CONN_OWNERS)
			c->owners[c->n_owners++] = o;
		else if (i != p->current && c->left_out < UINT16_MAX)
			c->left_out++;
		if (i != p->current)
			continue;
		c->e.sock.owner_source = o.source;
		c->e.sock.pid = o.pid;
		c->e.sock.start_ns = o.start_ns;
		c->e.sock.owner_cgroup = p->cgroups[i];
		c->e.sock.in_cgroups = o.in_cgroups;
		memcpy(c->e.sock.comm, o.comm, sizeof(o.comm));
		c->e.ns_pid = p->ns_pids[i];
		c->since_ns = o.since_ns;
	}
}

/* One that is told alone is no earlier one. */
static void leave_out_last(struct sw_conn *c)
{
	const struct sw_conn_owner *last = c->n_owners ? &c->owners[c->n_owners - 1] : NULL;

	if (!last || last->pid != c->e.sock.pid || last->start_ns != c->e.sock.start_ns)
		return;
	memset(&c->owners[--c->n_owners], 0, sizeof(*last));
}

static void make_record(const struct sw_peer *p, uint64_t end_ns, struct sw_conn *ret)
{
	*ret = (struct sw_conn){ .e = p->e };
	ret->e.kind = SW_EV_CONN;
	ret->e.time_ns = end_ns;
	ret->e.age_ns = end_ns > p->first_ns ? end_ns - p->first_ns : 0;
	ret->e.sock.have |= SW_HAVE_AGE;
	copy_owners(p, ret);
	leave_out_last(ret);
}

static int tell(const struct sw_peer *p, uint64_t end_ns, bool so_far, peers_fn *fn, void *arg)
{
	struct sw_conn conn;

	make_record(p, end_ns, &conn);
	conn.so_far = so_far;
	return fn(arg, &conn);
}

/* --- the end of one --------------------------------------------------------------------------- */

static void end(struct sw_peer *p)
{
	__atomic_store_n(&p->phase, SW_PEER_ENDED, __ATOMIC_SEQ_CST);
}

static void give_back(struct peers *all, uint32_t slot)
{
	struct sw_peer *p = &all->slots[slot];

	__atomic_store_n(&p->generation, p->generation + 1, __ATOMIC_RELEASE);
	__atomic_store_n(&p->phase, SW_PEER_FREE, __ATOMIC_SEQ_CST);
	if (slot < load(all->hand))
		__atomic_store_n(all->hand, slot, __ATOMIC_RELAXED);
}

/* Nobody uses the socket any more: without a grace. closed_ns: the end, where none was seen. */
static int end_closed(struct peers *all, uint32_t slot, uint64_t closed_ns, peers_fn *fn, void *arg)
{
	struct sw_peer *p = &all->slots[slot];
	bool counted = p->e.sock.have & SW_HAVE_DATAGRAMS;
	int err;

	end(p);
	err = tell(p, counted ? last_of(p) : closed_ns, false, fn, arg);
	give_back(all, slot);
	return err;
}

static bool is_of(const struct sw_peer *p, uint64_t cookie)
{
	return load(&p->phase) != SW_PEER_FREE && p->cookie == cookie;
}

static int end_all(struct peers *all, const struct sw_closed *closed, peers_fn *fn, void *arg)
{
	uint32_t n = slots_in_use(all);
	int err = 0;

	for (uint32_t i = 0; i < n && !err; i++)
		if (is_of(&all->slots[i], closed->cookie))
			err = end_closed(all, i, closed->time_ns, fn, arg);
	return err;
}

/* The socket knows its last ones by itself; that they are all of them its count says. */
int peers_closed(struct peers *p, const struct sw_closed *closed, peers_fn *fn, void *arg)
{
	uint32_t found = 0;
	int err = 0;

	for (uint32_t i = 0; i < SW_PEER_SLOTS && i < closed->made && !err; i++) {
		uint32_t slot = closed->slots[i];

		if (slot >= p->room || !is_of(&p->slots[slot], closed->cookie))
			continue;
		found++;
		err = end_closed(p, slot, closed->time_ns, fn, arg);
	}
	return err || found == closed->made ? err : end_all(p, closed, fn, arg);
}

/* --- a look at all of them -------------------------------------------------------------------- */

static void next_at(uint64_t *next_ns, uint64_t at_ns)
{
	if (at_ns < *next_ns)
		*next_ns = at_ns;
}

/* One that is in use: ends it, or tells it so far, where that is due. */
static int look_at(const struct peers *all, struct sw_peer *p, uint64_t now_ns, peers_fn *fn,
		   void *arg, uint64_t *next_ns)
{
	uint64_t since_ns = p->told_ns ? p->told_ns : p->first_ns;

	if (all->idle_ns && last_of(p) + all->idle_ns <= now_ns) {
		end(p);
		*next_ns = now_ns;
		return 0;
	}
	if (all->idle_ns)
		next_at(next_ns, last_of(p) + all->idle_ns);
	if (!all->interim_ns)
		return 0;
	if (since_ns + all->interim_ns > now_ns) {
		next_at(next_ns, since_ns + all->interim_ns);
		return 0;
	}
	p->told_ns = now_ns;
	return tell(p, now_ns, true, fn, arg);
}

static uint64_t pause_of(const struct peers *p)
{
	uint64_t pause_ns = PEERS_GRACE_NS;

	if (p->idle_ns / PEERS_PARTS > pause_ns)
		pause_ns = p->idle_ns / PEERS_PARTS;
	return pause_ns;
}

/* Between two looks is more time than the kernel side needs to be done with what the first ended.
 */
int peers_look(struct peers *p, uint64_t now_ns, peers_fn *fn, void *arg, uint64_t *ret_next_ns)
{
	uint64_t next_ns = now_ns + LOOK_NS;
	uint32_t n = slots_in_use(p);
	int err = 0;

	if (p->idle_ns)
		next_at(&next_ns, now_ns + p->idle_ns);
	if (p->interim_ns)
		next_at(&next_ns, now_ns + p->interim_ns);
	for (uint32_t i = 0; i < n && !err; i++) {
		uint32_t phase = load(&p->slots[i].phase);

		if (phase == SW_PEER_USED) {
			err = look_at(p, &p->slots[i], now_ns, fn, arg, &next_ns);
		} else if (phase == SW_PEER_ENDED) {
			err = tell(&p->slots[i], last_of(&p->slots[i]), false, fn, arg);
			give_back(p, i);
		}
	}
	if (next_ns < now_ns + pause_of(p))
		next_ns = now_ns + pause_of(p);
	*ret_next_ns = next_ns;
	return err;
}

/* What the kernel side fills meanwhile is in use only when it is whole. */
int peers_each(const struct peers *p, int (*fn)(void *arg, const struct sw_sock *s), void *arg)
{
	uint32_t n = slots_in_use(p);
	int err = 0;

	for (uint32_t i = 0; i < n && !err; i++)
		if (load(&p->slots[i].phase) != SW_PEER_FREE)
			err = fn(arg, &p->slots[i].e.sock);
	return err;
}
