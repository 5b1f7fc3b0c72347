// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The walk: the kernel's own tables, read where they lie, without locks and references. It tells
 * what the iterators tell (snapshot.bpf.c), in a fraction of their time, and of all network
 * namespaces at once. An object of its own, so small that loading it takes less than looking at the
 * types of the kernel in user space would.
 *
 * Programs run in a read-side section of RCU, in which no socket's, file's or namespace's memory
 * becomes that of something else; but a socket may end and another one begin in its place, or move
 * to another chain. Hence: what identifies a row is read again behind it, a chain must end where
 * it began, and a bucket in which one of them fails is begun anew. What is read is 0 where there is
 * no memory at all.
 */
#ifndef FULL_ROWS /* walk_full.bpf.c */
/*
 * Each name of a struct more takes the kernel a third of a millisecond: it goes through all its
 * types. It remembers 31 names, from one load to the next, each at a place of its own that depends
 * on its hash: so names are chosen that share none, and a struct goes by that of one around it.
 */
#define PLAIN_ROWS
#endif

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "netns.h"
#include "process.h"
#include "row.h"
#include "window.h"
#ifdef FULL_ROWS
#include "info.h"
#endif

struct sw_walk walk = {};
__u64 fence = 0;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, SW_WALK_ROWS);
	__type(key, __u32);
	__type(value, struct sw_row);
} rows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, SW_WALK_HELD);
	__type(key, __u32);
	__type(value, struct sw_descriptor);
} held SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, SW_WALK_NETS);
	__type(key, __u32);
	__type(value, struct sw_walk_net);
} nets SEC(".maps");

#ifdef FULL_ROWS
/* Of the row at the same place, where that says so. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, SW_WALK_ROWS);
	__type(key, __u32);
	__type(value, struct sw_info);
} infos SEC(".maps");

static __always_inline void put_info(__u32 at, struct sw_row *r, struct sock *full, __u8 state)
{
	struct sw_info *i = tells_info ? bpf_map_lookup_elem(&infos, &at) : 0;

	if (!i || !full || state == SW_TCP_NEW_SYN_RECV)
		return;
	__builtin_memset(i, 0, sizeof(*i));
	info_set(i, r, full);
}
#else
static __always_inline void put_info(__u32 at, struct sw_row *r, struct sock *full, __u8 state)
{
}
#endif

/* What was read before is read before what comes behind, on every CPU. */
static __always_inline void read_fence(void)
{
	__sync_fetch_and_add(&fence, 0);
}

/* --- network namespaces -----------------------------------------------------------------------
 */

static long tell_net(__u32 i, void *ctx)
{
	struct ring *r = &ring;
	struct inet_hashinfo *tcp;
	struct sw_walk_net *told;
	__u32 at = walk.n_nets;

	if (ops_of(r->net) != r->ops)
		return ring_step(r);
	told = bpf_map_lookup_elem(&nets, &at);
	if (!told) {
		walk.error = SW_WALK_CROWDED;
		return 1;
	}
	tcp = READ(r->net, ipv4.tcp_death_row.hashinfo);
	told->tables[SW_WALK_ESTABLISHED] = (__u64)READ(tcp, ehash);
	told->tables[SW_WALK_LISTENING] = (__u64)READ(tcp, lhash2);
	told->tables[SW_WALK_UDP] = (__u64)READ(r->net, ipv4.udp_table);
	told->netns = READ(r->net, ns.inum);
	walk.n_nets = at + 1;
	return ring_step(r);
}

/*
 * The struct that a table of descriptors would be part of, were it the first of its owner. Thus its
 * members have a name that the kernel has to look for anyway.
 */
static __always_inline struct files_struct *around(struct fdtable *table)
{
	return (void *)table - bpf_core_field_offset(struct files_struct, fdtab);
}

/* Run once, before the others: namespaces, and what the other programs need to know. */
SEC("raw_tp/none")
int walk_begin(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct files_struct *table = around(READ(READ(task, files), fdt));
	__u64 file = word_at((__u64)READ(table, fdtab.fd) + 8 * (__u64)(__u32)walk.socket_fd);
	struct socket_alloc *socket = READ((struct file *)file, private_data);

	ring.own = READ(READ(socket, socket.sk), __sk_common.skc_net.net);
	ring_begin(0);
	walk.socket_ops = word_at(file + bpf_core_field_offset(struct file, f_op));
	walk.own_netns = READ(ring.own, ns.inum);
	walk.n_nets = 0;
	walk.error = SW_WALK_FINE;
	bpf_loop(NETS_MAX, tell_net, 0, 0);
	return 0;
}

/* --- sockets ----------------------------------------------------------------------------------
 */

#define LISTENING_NULLS_BASE (1U << 29) /* include/net/inet_hashtables.h */
#define TRIES 1024			/* of one bucket */

enum chain_end { CHAIN_AGAIN, CHAIN_DONE, CHAIN_FULL };

struct pass {
	__u64 table;
	__u64 node; /* of the chain */
	__u32 stride;
	__u32 nulls; /* the value that the chain of bucket 0 ends with */
	__u8 proto;
	__u32 mask;
	__u32 bucket;
	__u32 last;  /* bucket of this step */
	__u32 n;     /* rows in the window */
	__u32 begun; /* of them, before this bucket */
	__u32 tries;
	enum chain_end end;
};

static struct pass pass = {}; /* not on a stack: bpf/netns.h says why */

/* Whether sk is another one by now, or has changed, than when *r was filled. */
static __always_inline bool is_torn(const struct sw_row *r, struct sock *sk, struct sock *full,
				    __u8 state)
{
	struct sw_tuple now = {};

	read_fence();
	if (sock_state(sk) != state)
		return true;
	sock_read_tuple(&now, sk, false, 0, state);
	if (now.local.q[0] != r->sock.tuple.local.q[0] ||
	    now.local.q[1] != r->sock.tuple.local.q[1] ||
	    now.remote.q[0] != r->sock.tuple.remote.q[0] ||
	    now.remote.q[1] != r->sock.tuple.remote.q[1] ||
	    now.local_port != r->sock.tuple.local_port ||
	    now.remote_port != r->sock.tuple.remote_port || now.netns != r->sock.tuple.netns)
		return true;
	if (r->sock.cookie && sock_cookie(sk, false) != r->sock.cookie)
		return true;
	return full && state != SW_TCP_NEW_SYN_RECV && sock_inode(full) != r->sock.inode;
}

static __always_inline enum chain_end put_row(struct pass *p, struct sock *sk, struct sock *full,
					      __u8 state)
{
	__u32 at = p->n;
	struct sw_row *r = bpf_map_lookup_elem(&rows, &at);

	if (!r)
		return CHAIN_FULL;
	__builtin_memset(r, 0, sizeof(*r));
	row_begin(r, sk, full, false, p->proto, state);
	if (p->proto == SW_PROTO_UDP)
		row_add_udp(r, sk);
	else
		row_add_tcp(r, sk, full, state);
	put_info(at, r, full, state);
	if (is_torn(r, sk, full, state))
		return CHAIN_AGAIN;
	if (row_is_wanted(r))
		p->n++;
	return CHAIN_DONE;
}

/* A row for a socket of a chain, if it is one that has rows. CHAIN_DONE: go on. */
static __always_inline enum chain_end tell_socket(struct pass *p, struct sock *sk)
{
	__u8 state = sock_state(sk);
	struct sock *full = sk;

	if (p->proto == SW_PROTO_TCP && (state == SW_TCP_CLOSE || !state))
		return CHAIN_DONE; /* about to leave its chain, or about to come */
	if (p->proto == SW_PROTO_TCP && state == SW_TCP_TIME_WAIT)
		full = 0;
	else if (p->proto == SW_PROTO_TCP && state == SW_TCP_NEW_SYN_RECV)
		full = READ(sk, __sk_common.skc_listener);
	else if (sock_protocol(sk, false) != p->proto)
		return CHAIN_DONE;
	return put_row(p, sk, full, state);
}

/* A chain of UDP ends with 0; on it are those whose port belongs there. */
static __always_inline bool strayed_udp(const struct pass *p, struct sock *sk)
{
	struct net *net = READ(sk, __sk_common.skc_net.net);
	__u32 hash = READ(sk, __sk_common.skc_num) + READ(net, hash_mix);

	return (hash & p->mask) != p->bucket;
}

static __always_inline enum chain_end at_end(const struct pass *p)
{
	if (p->proto == SW_PROTO_UDP)
		return CHAIN_DONE;
	return p->node & 1 && (__u32)(p->node >> 1) == p->nulls + p->bucket ? CHAIN_DONE
									    : CHAIN_AGAIN;
}

static long one_node(__u32 i, void *ctx)
{
	struct pass *p = &pass;
	__u64 node = p->node;
	struct sock *sk;

	if (node & 1 || !node) {
		p->end = at_end(p);
		return 1;
	}
	sk = (struct sock *)(node - bpf_core_field_offset(struct sock, __sk_common.skc_nulls_node));
	p->end = tell_socket(p, sk);
	if (p->end != CHAIN_DONE)
		return 1;
	p->end = CHAIN_FULL; /* unless the end comes */
	p->node = word_at(node);
	read_fence();
	if (p->proto == SW_PROTO_UDP && strayed_udp(p, sk)) {
		p->end = CHAIN_AGAIN;
		return 1;
	}
	return 0;
}

static long one_bucket(__u32 i, void *ctx)
{
	struct pass *p = &pass;
	enum chain_end end;

	if (p->bucket > p->last)
		return 1;
	p->begun = p->n;
	p->node = word_at(p->table + (__u64)p->stride * p->bucket);
	p->end = CHAIN_FULL;
	if (p->node & 1 || !p->node)
		p->end = at_end(p);
	else
		bpf_loop(SW_WALK_ROWS + 1, one_node, 0, 0);
	end = p->end;
	if (end == CHAIN_DONE) {
		p->bucket++;
		p->tries = 0;
		return 0;
	}
	p->n = p->begun;
	if (end == CHAIN_FULL) {
		if (!p->n)
			walk.error = SW_WALK_CROWDED;
		return 1;
	}
	walk.again++;
	if (++p->tries < TRIES)
		return 0;
	walk.error = SW_WALK_RESTLESS;
	return 1;
}

static __always_inline void find_table(struct pass *p, struct net *net)
{
	struct inet_hashinfo *tcp = READ(net, ipv4.tcp_death_row.hashinfo);
	struct udp_table *udp = READ(net, ipv4.udp_table);

	if (p->proto == SW_PROTO_UDP) {
		p->table = (__u64)READ(udp, hash) + bpf_core_field_offset(struct udp_hslot, head);
		p->stride = bpf_core_type_size(struct udp_hslot);
		p->mask = READ(udp, mask);
	} else if (walk.table == SW_WALK_LISTENING) {
		p->table = (__u64)READ(tcp, lhash2) +
			   bpf_core_field_offset(struct inet_listen_hashbucket, nulls_head);
		p->stride = bpf_core_type_size(struct inet_listen_hashbucket);
		p->mask = READ(tcp, lhash2_mask);
		p->nulls = LISTENING_NULLS_BASE;
	} else {
		p->table = (__u64)READ(tcp, ehash);
		p->stride = sizeof(struct inet_ehash_bucket); /* the first node and no more */
		p->mask = READ(tcp, ehash_mask);
	}
}

/* One step: buckets from walk.bucket on, until the window is full. */
SEC("raw_tp/none")
int walk_table(struct bpf_raw_tracepoint_args *ctx)
{
	struct pass *p = &pass;

	__builtin_memset(p, 0, sizeof(*p));
	p->proto = walk.table == SW_WALK_UDP ? SW_PROTO_UDP : SW_PROTO_TCP;
	p->bucket = walk.bucket;
	walk.n_rows = 0;
	ring_begin(walk.netns);
	bpf_loop(NETS_MAX, match_net, 0, 0);
	if (!ring.found) {
		walk.error = SW_WALK_GONE;
		return 0;
	}
	find_table(p, ring.found);
	p->last = p->bucket + SW_WALK_BUCKETS - 1;
	if (p->last > p->mask)
		p->last = p->mask;
	bpf_loop(SW_WALK_BUCKETS + TRIES, one_bucket, 0, 0);
	walk.bucket = p->bucket;
	walk.mask = p->mask;
	walk.n_rows = p->n;
	return 0;
}

/* --- descriptors ------------------------------------------------------------------------------
 */

#define WORDS_MAX (1 << 23)

/* Through one table of descriptors. */
struct files {
	__u64 files; /* the address of the table's struct, while the task has it */
	struct task_struct *task;
	__u64 fd;   /* of the pointers to its files */
	__u64 open; /* of the bits that say which there are */
	__u64 word; /* of those bits */
	__u32 base; /* the descriptor that its first bit is */
	__u32 first;
	__u32 full;
	__u32 pid;
	__u64 start_ns;
	__u64 comm[2];
};

static struct files files = {}; /* likewise */

/* Read with the task itself: it lets go of its table before the table is freed. */
static __always_inline bool still_has(struct files *t)
{
	return word_at((__u64)t->task + bpf_core_field_offset(struct task_struct, files)) ==
	       t->files;
}

/* The row of a socket that no table has, beside its descriptor. Whether there is room for it. */
static __always_inline bool put_bound(struct sw_descriptor *told, struct sock *sk)
{
	__u32 at = walk.n_rows;
	struct sw_row *r = bpf_map_lookup_elem(&rows, &at);

	if (!r)
		return false;
	__builtin_memset(r, 0, sizeof(*r));
	row_set_bound(r, sk);
	told->has_row = r->sock.inode == told->inode && row_is_wanted(r);
	if (told->has_row)
		walk.n_rows = at + 1;
	return true;
}

/* Whether there is room for one more. */
static __always_inline bool put_held(struct files *t, __u32 fd, struct socket_alloc *alloc,
				     __u64 inode)
{
	struct sock *sk = READ(alloc, socket.sk);
	__u32 at = walk.n_held;
	struct sw_descriptor *told = bpf_map_lookup_elem(&held, &at);

	if (!told)
		return false;
	told->inode = inode;
	told->start_ns = t->start_ns;
	told->pid = t->pid;
	told->fd = fd;
	__builtin_memcpy(told->comm, t->comm, SW_COMM_LEN);
	told->netns = READ(READ(sk, __sk_common.skc_net.net), ns.inum);
	told->has_row = 0;
	if (is_bound_only(sk) && !put_bound(told, sk))
		return false;
	walk.n_held = at + 1;
	return true;
}

static long one_fd(__u32 i, void *ctx)
{
	struct files *t = &files;
	__u32 fd = t->base + i;
	__u64 file, socket, inode;

	if (!(t->word >> (i & 63) & 1) || fd < t->first)
		return 0;
	file = word_at(t->fd + 8 * (__u64)fd);
	if (!file || word_at(file + bpf_core_field_offset(struct file, f_op)) != walk.socket_ops)
		return 0;
	socket = (__u64)READ((struct file *)file, private_data);
	inode = READ((struct socket_alloc *)socket, vfs_inode.i_ino);
	read_fence();
	if (word_at(t->fd + 8 * (__u64)fd) != file || !inode ||
	    word_at(socket + bpf_core_field_offset(struct socket_alloc, socket.file)) != file)
		return 0; /* closed just now */
	if (!still_has(t))
		return 1;
	if (put_held(t, fd, (struct socket_alloc *)socket, inode))
		return 0;
	walk.next_fd = fd;
	t->full = 1;
	return 1;
}

static long one_word(__u32 i, void *ctx)
{
	struct files *t = &files;

	t->base = i * 64;
	if (t->base + 64 <= t->first)
		return 0;
	t->word = word_at(t->open + 8 * (__u64)i);
	if (t->word)
		bpf_loop(64, one_fd, 0, 0);
	return t->full != 0;
}

/* 1: the window is full, and the reader comes again with this task. */
SEC("iter/task")
int walk_tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct files *t = &files;
	struct files_struct *table;
	__u32 tid;

	if (!task || is_thread(task))
		return 0;
	__builtin_memset(t, 0, sizeof(*t));
	t->task = task;
	t->files = word_at((__u64)task + bpf_core_field_offset(struct task_struct, files));
	if (!t->files)
		return 0;
	t->pid = READ(task, tgid);
	t->start_ns = READ(READ(task, group_leader), start_boottime);
	READ_16(t->comm, READ(task, group_leader), comm);
	tid = READ(task, pid);
	if (walk.task == tid)
		t->first = walk.next_fd;
	walk.task = 0;
	table = around(READ((struct files_struct *)t->files, fdt));
	t->fd = (__u64)READ(table, fdtab.fd);
	t->open = (__u64)READ(table, fdtab.open_fds);
	bpf_loop(READ(table, fdtab.max_fds) / 64 & (WORDS_MAX - 1), one_word, 0, 0);
	if (!t->full)
		return 0;
	walk.task = tid;
	return 1;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
