/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * For records of connections: what each UDP socket has with each of its peers (include/peer.h).
 *
 * The hooks of the cgroups know the peer of a datagram, but neither its size nor whether it was
 * sent; the tracepoints of lengths know that, but of a socket without a peer of its own not whom it
 * went to. Both run in the same call of the same task: so the one leaves the peer for the other
 * (current_peers).
 */
#ifndef SOCKWATCH_BPF_PEERS_H
#define SOCKWATCH_BPF_PEERS_H

#include "emit.h"
#include "peer.h"
#include "record.h"
#include "udp.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sw_peer);
} peers SEC(".maps");

/* Where in peers; also of slots that were ended since, until these are taken again. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1);
	__type(key, struct peer_key);
	__type(value, __u32);
} peer_slots SEC(".maps");

/*
 * Who takes a slot adds it here, in its present generation: of two who try, one can. (Atomic
 * operations that tell what was there came in 5.12.)
 */
struct peer_claim {
	__u32 slot;
	__u32 generation;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1);
	__type(key, struct peer_claim);
	__type(value, __u8);
} peer_claims SEC(".maps");

/* The peer of the datagram that a task sends or receives, until its length is known. */
struct current_peer {
	__u64 cookie; /* 0: there is none */
	union sw_addr addr;
	__u16 port;
	__u16 pad;
	__u32 have; /* SW_HAVE_RECEIVED or 0: what is noted was not taken where the other was
		       skipped */
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, __u64); /* the task */
	__type(value, struct current_peer);
} current_peers SEC(".maps");

/* Sockets whose bind was told, or their row: their end is, too. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, __u64); /* the address */
	__type(value, __u8);
} udp_bound SEC(".maps");

__u32 peers_top = 0;  /* slots from here on were never taken */
__u32 peers_hand = 0; /* where the next free one is looked for */

/* What asks for no connections has none. */
#define KEEPS_PEERS (tells_conns && !(filter.on & (SW_F_LISTEN | SW_F_FAILED)))

static __always_inline struct sw_peer *peer_at(__u32 slot)
{
	return bpf_map_lookup_elem(&peers, &slot);
}

static __always_inline bool peer_is(const struct sw_peer *p, const struct peer_key *key)
{
	return p->phase == SW_PEER_USED && p->cookie == key->cookie &&
	       p->e.sock.tuple.remote_port == key->port &&
	       p->e.sock.tuple.remote.q[0] == key->addr.q[0] &&
	       p->e.sock.tuple.remote.q[1] == key->addr.q[1];
}

/* --- taking a slot ----------------------------------------------------------------------------
 */

static __always_inline void peer_forget_key(const struct sw_peer *p, __u32 slot)
{
	struct peer_key key = { .cookie = p->cookie,
				.addr = p->e.sock.tuple.remote,
				.port = p->e.sock.tuple.remote_port };
	__u32 *known = bpf_map_lookup_elem(&peer_slots, &key);

	if (known && *known == slot)
		bpf_map_delete_elem(&peer_slots, &key);
}

/* Whether the slot was free, and is ours. */
static __always_inline bool peer_claim(const struct sw_peer *p, __u32 slot)
{
	struct peer_claim claim = { .slot = slot, .generation = p->generation };
	__u8 one = 1;

	if (p->phase != SW_PEER_FREE ||
	    bpf_map_update_elem(&peer_claims, &claim, &one, BPF_NOEXIST))
		return false;
	if (claim.generation) {
		claim.generation--;
		bpf_map_delete_elem(&peer_claims, &claim);
		peer_forget_key(p, slot);
	}
	return true;
}

#define PEER_TRIES 16

/* A slot that was given back; below those that never were taken, so that these stay few. */
static __noinline struct sw_peer *peer_take_old(__u32 *ret_slot)
{
	__u32 slot = peers_hand;

	for (int i = 0; i < PEER_TRIES && slot < peers_top; i++, slot++) {
		struct sw_peer *p = peer_at(slot);

		if (p && peer_claim(p, slot)) {
			peers_hand = slot + 1;
			*ret_slot = slot;
			return p;
		}
	}
	peers_hand = slot < peers_top ? slot : 0;
	return 0;
}

static __noinline struct sw_peer *peer_take_new(__u32 *ret_slot)
{
	for (int i = 0; i < PEER_TRIES; i++) { /* another CPU may be faster */
		__u32 slot = peers_top + i;
		struct sw_peer *p = peer_at(slot);

		if (!p)
			return 0;
		if (peer_claim(p, slot)) {
			if (peers_top < slot + 1)
				peers_top = slot + 1;
			*ret_slot = slot;
			return p;
		}
	}
	return 0;
}

static __always_inline void peer_give_back(struct sw_peer *p)
{
	p->generation++;
	asm volatile("" ::: "memory");
	p->phase = SW_PEER_FREE;
}

/* --- the owners --------------------------------------------------------------------------------
 */

static __noinline void peer_add_owner(struct sw_peer *p)
{
	struct sw_conn_owner *at = 0;
	struct owner o;

	owner_set_current(&o);
	for (int i = 0; i < SW_PEER_OWNERS && !at; i++) {
		if (i < p->n_owners && i < SW_PEER_OWNERS - 1 &&
		    (p->owners[i].pid != o.pid || p->owners[i].start_ns != o.start_ns))
			continue;
		at = &p->owners[i];
		p->current = i;
		p->ns_pids[i] = o.ns_pid;
		p->cgroups[i] = o.cgroup;
	}
	if (!at)
		return;
	if (p->n_owners == SW_PEER_OWNERS && p->current == SW_PEER_OWNERS - 1 &&
	    (at->pid != o.pid || at->start_ns != o.start_ns) && p->left_out < 65535)
		p->left_out++;
	if (p->n_owners <= p->current || at->pid != o.pid || at->start_ns != o.start_ns)
		at->since_ns = p->n_owners ? bpf_ktime_get_ns() : p->first_ns;
	at->start_ns = o.start_ns;
	at->pid = o.pid;
	at->source = SW_OWNER_USE;
	at->in_cgroups = o.in_cgroups;
	__builtin_memcpy(at->comm, o.comm, SW_COMM_LEN);
	sw_peer_owner_seal(at);
	asm volatile("" ::: "memory"); /* who reads goes by n */
	if (p->n_owners <= p->current)
		p->n_owners = p->current + 1;
	p->tgid = o.tgid;
	p->leader = o.leader;
}

/* The running task is of a process that uses it. */
static __always_inline void peer_use(struct sw_peer *p)
{
	if (p->tgid == current_tgid() && p->leader == current_leader())
		return;
	if (p->e.sock.owner_source != SW_OWNER_KERNEL && current_is_user())
		peer_add_owner(p);
}

/* --- finding and making ------------------------------------------------------------------------
 */

/* The slot of this peer, as the socket had it last, or as it is known; NULL: there is none. */
static __always_inline struct sw_peer *peer_find(struct udp_facts *f, const struct peer_key *key)
{
	struct sw_peer *p = f->last_slot ? peer_at(f->last_slot - 1) : 0;
	__u32 *slot;

	if (p && peer_is(p, key))
		return p;
	slot = bpf_map_lookup_elem(&peer_slots, key);
	if (!slot)
		return 0;
	f->last_slot = *slot + 1;
	p = peer_at(*slot);
	if (p && peer_is(p, key))
		return p;
	bpf_map_delete_elem(&peer_slots, key); /* that one has ended */
	return 0;
}

static __always_inline void peer_fill(struct sw_peer *p, const struct sw_sock *s, struct sock *sk,
				      const struct peer_key *key, __u32 have)
{
	__builtin_memset(&p->e, 0, sizeof(p->e));
	p->e.kind = SW_EV_CONN;
	p->e.sock = *s;
	p->e.sock.have |= have ? have : SW_HAVE_SENT;
	if (use_lengths)
		p->e.sock.have |= SW_HAVE_DATAGRAMS;
	sock_set_kernel(&p->e.sock, sk);
	p->e.sock.cookie = key->cookie;
	p->e.sock.cgroup_id = sock_cgroup_id(sk);
	p->e.sock.inode = sock_inode(sk);
	p->cookie = key->cookie;
	p->told_ns = 0;
	p->tgid = 0;
	p->leader = 0;
	p->n_owners = 0;
	p->current = 0;
	p->left_out = 0;
	p->first_ns = p->last_ns = bpf_ktime_get_ns();
}

/* Where both is needed at once: whoever asked for this peer first. */
static __always_inline void peer_note_refused(struct udp_facts *f, __u8 why)
{
	if (f->refused != why && why == PEER_NO_ROOM) {
		__sync_fetch_and_add(&this_cpu()->no_peer, 1);
		count_lost();
	}
	f->refused = why;
}

/* A slot for a peer that has none, of what is asked for. NULL: it is not, or has no room. */
static __noinline struct sw_peer *peer_make(struct sock *sk, struct udp_facts *f,
					    const struct peer_key *key, __u32 have)
{
	struct sw_sock s = {};
	struct sw_peer *p;
	__u32 slot = 0;

	sock_begin(&s, sk, sk, false, SW_PROTO_UDP, 0, sock_state(sk));
	s.tuple.remote = key->addr;
	s.tuple.remote_port = key->port;
	if (filter_socket(&s) != SW_PASS) {
		peer_note_refused(f, PEER_NOT_ASKED);
		return 0;
	}
	p = peer_take_old(&slot);
	if (!p)
		p = peer_take_new(&slot);
	if (!p) {
		peer_note_refused(f, PEER_NO_ROOM);
		return 0;
	}
	peer_fill(p, &s, sk, key, have);
	asm volatile("" ::: "memory");
	p->phase = SW_PEER_USED;
	if (bpf_map_update_elem(&peer_slots, key, &slot, BPF_NOEXIST)) {
		peer_give_back(p); /* another task was faster, or no memory was at hand */
		p = peer_find(f, key);
		if (!p)
			peer_note_refused(f, PEER_NO_ROOM);
		return p;
	}
	f->slots[f->made % SW_PEER_SLOTS] = slot;
	__sync_fetch_and_add(&f->made, 1);
	f->last_slot = slot + 1;
	return p;
}

/*
 * The running task sent to a peer, or received from it. have: SW_HAVE_RECEIVED or 0. sk is read by
 * probe reads. The slot; NULL: it has none.
 */
static __always_inline struct sw_peer *peer_used(struct sock *sk, struct udp_facts *f,
						 const struct peer_key *key, __u32 have)
{
	bool other = f->peer_port != key->port || f->peer.q[0] != key->addr.q[0] ||
		     f->peer.q[1] != key->addr.q[1];
	struct sw_peer *p;

	if (!other && f->refused == PEER_NOT_ASKED)
		return 0;
	f->user = bpf_get_current_pid_tgid();
	if (other) {
		f->peer = key->addr;
		f->peer_port = key->port;
		f->refused = 0;
	}
	p = peer_find(f, key);
	if (!p)
		p = peer_make(sk, f, key, have);
	if (!p)
		return 0;
	f->refused = 0;
	peer_use(p);
	p->last_ns = bpf_ktime_get_ns();
	return p;
}

/* --- the two halves of a datagram --------------------------------------------------------------
 */

/* The peer of the running task's datagram is known, and not yet its length. */
static __always_inline void peer_note(const struct peer_key *key, __u32 have)
{
	struct current_peer now = {
		.cookie = key->cookie, .addr = key->addr, .port = key->port, .have = have
	};
	__u64 task = bpf_get_current_pid_tgid();
	struct current_peer *at = bpf_map_lookup_elem(&current_peers, &task);

	if (at)
		*at = now;
	else
		bpf_map_update_elem(&current_peers, &task, &now, BPF_ANY);
}

/* What peer_note() left, if it did, in place of the peer that the socket is connected to. */
static __always_inline void peer_take_note(struct peer_key *key, __u32 have)
{
	__u64 task = bpf_get_current_pid_tgid();
	struct current_peer *at = bpf_map_lookup_elem(&current_peers, &task);

	if (!at || at->cookie != key->cookie || at->have != have)
		return;
	key->addr = at->addr;
	key->port = at->port;
	at->cookie = 0;
}

/* --- the end -----------------------------------------------------------------------------------
 */

/*
 * The end of a connected socket where its datagrams are not seen: it had this peer, and no more is
 * known.
 */
static __noinline void peer_send_unseen(struct sock *sk)
{
	struct sw_conn *c = bpf_ringbuf_reserve(&events, SW_CONN_SHORT, 0);
	struct owner owner = {};

	if (!c) {
		count_lost();
		return;
	}
	__builtin_memset(c, 0, SW_CONN_SHORT);
	event_begin(&c->e, SW_EV_CONN, SW_PROTO_UDP, sk, sk, 0);
	if (current_acts()) {
		owner_set_current(&owner);
		event_set_owner(&c->e, &owner, SW_OWNER_USE);
	}
	sock_set_identity(&c->e.sock, sk, sk, false);
	sock_set_kernel(&c->e.sock, sk);
	c->e.sock.inode = sock_inode(sk);
	if (filter_socket(&c->e.sock) == SW_PASS && filter_change(&c->e))
		record_submit(c);
	else
		bpf_ringbuf_discard(c, BPF_RB_NO_WAKEUP);
}

/* User space has to end what the socket had; where it cannot be told so, it finds these by itself.
 */
static __always_inline void peers_tell_closed(__u64 cookie, const struct udp_facts *f)
{
	struct sw_closed *closed = bpf_ringbuf_reserve(&events, sizeof(*closed), 0);

	if (closed) {
		closed->cookie = cookie;
		closed->time_ns = bpf_ktime_get_ns();
		closed->made = f->made;
		__builtin_memcpy(closed->slots, f->slots, sizeof(closed->slots));
		closed->pad = 0;
		record_submit(closed);
		return;
	}
	for (int i = 0; i < SW_PEER_SLOTS; i++) {
		struct sw_peer *p = peer_at(f->slots[i]);

		if (p && p->phase == SW_PEER_USED && p->cookie == cookie)
			p->phase = SW_PEER_ENDED;
	}
}

/* The socket is about to be closed. f: NULL where it was not used. */
static __always_inline void peers_close(struct sock *sk, __u64 cookie, struct udp_facts *f)
{
	struct peer_key key = { .cookie = cookie };
	struct sw_tuple t = {};

	if (f && f->made)
		peers_tell_closed(cookie, f);
	if (use_lengths)
		return;
	sock_read_tuple(&t, sk, false, 0, 0);
	key.addr = t.remote;
	key.port = t.remote_port;
	if (t.remote_port && !(f && peer_find(f, &key)))
		peer_send_unseen(sk);
}

static __always_inline void udp_note_begin(struct udp_facts *f, __u32 have)
{
	if (!f->began)
		f->began = have ? BEGAN_RECEIVING : BEGAN_SENDING;
}

static __always_inline void udp_note_bound(struct sock *sk)
{
	__u64 key = (__u64)sk;
	__u8 one = 1;

	bpf_map_update_elem(&udp_bound, &key, &one, BPF_ANY);
}

/* Whether its end is told beside its peers: that of one whose begin was told, or who serves. */
static __always_inline bool udp_end_is_told(struct sock *sk, const struct udp_facts *f)
{
	__u64 key = (__u64)sk;

	if (bpf_map_lookup_elem(&udp_bound, &key)) {
		bpf_map_delete_elem(&udp_bound, &key);
		return true;
	}
	return !READ(sk, __sk_common.skc_dport) && !(f && f->began == BEGAN_SENDING);
}

#endif
