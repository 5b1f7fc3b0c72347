/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The kernel's types, as far as the BPF programs use them: kept by hand, the same for every CPU.
 *
 * Members are named, not placed: preserve_access_index makes clang record each access by name, and
 * libbpf fills in the running kernel's offsets when it loads the program (CO-RE). So a struct here
 * lists only the members in use, in any order, and a member that moved needs no change. A name
 * behind three underscores (struct sock_cgroup_data___5_10) is another kernel's layout of the same
 * struct: libbpf ignores what follows the underscores.
 */
#ifndef SOCKWATCH_VMLINUX_H
#define SOCKWATCH_VMLINUX_H

typedef signed char __s8;
typedef unsigned char __u8;
typedef short __s16;
typedef unsigned short __u16;
typedef int __s32;
typedef unsigned int __u32;
typedef long long __s64;
typedef unsigned long long __u64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u64 __be64;
typedef __u32 __wsum;
typedef _Bool bool;

enum { false, true };

/* uapi/linux/bpf.h */
enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_SK_STORAGE = 24,
	BPF_MAP_TYPE_RINGBUF = 27,
};

enum {
	BPF_F_NO_PREALLOC = 1U << 0,
	BPF_F_MMAPABLE = 1U << 10,
	BPF_SK_STORAGE_GET_F_CREATE = 1ULL << 0,
	BPF_RB_NO_WAKEUP = 1ULL << 0,
	BPF_RB_FORCE_WAKEUP = 1ULL << 1,
	BPF_RB_AVAIL_DATA = 0,
	BPF_ANY = 0,
	BPF_NOEXIST = 1,
};

/* uapi/linux/bpf.h: the context of cgroup programs on socket addresses and on sockets */
struct bpf_sock {
	__u32 bound_dev_if;
	__u32 family;
	__u32 type;
	__u32 protocol;
};

struct bpf_sock_addr {
	__u32 user_family;
	__u32 user_ip4;
	__u32 user_ip6[4];
	__u32 user_port;
	__u32 family;
	__u32 type;
	__u32 protocol;
	__u32 msg_src_ip4;
	__u32 msg_src_ip6[4];
	union {
		struct bpf_sock *sk;
		__u64 sk_aligned;
	};
};

struct bpf_raw_tracepoint_args {
	__u64 args[0];
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct in6_addr {
	union {
		__u8 u6_addr8[16];
	} in6_u;
};

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	__s64 counter;
} atomic64_t;

typedef struct {
	atomic_t refs;
} refcount_t;

typedef struct {
	__u32 val;
} kuid_t;

struct list_head {
	struct list_head *next;
};

struct hlist_nulls_node {
	struct hlist_nulls_node *next;
};

struct hlist_nulls_head {
	struct hlist_nulls_node *first;
};

struct hlist_head {
	struct hlist_node *first;
};

struct ns_common {
	unsigned int inum;
	const void *ops;
};

struct pid_namespace {
	struct ns_common ns;
};

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct pid {
	unsigned int level;
	struct upid numbers[1];
};

struct inet_ehash_bucket {
	struct hlist_nulls_head chain;
};

struct inet_listen_hashbucket {
	struct hlist_nulls_head nulls_head;
};

struct inet_hashinfo {
	struct inet_ehash_bucket *ehash;
	struct inet_listen_hashbucket *lhash2;
	unsigned int ehash_mask;
	unsigned int lhash2_mask;
};

struct udp_hslot {
	struct hlist_head head;
};

struct udp_table {
	struct udp_hslot *hash;
	unsigned int mask;
};

struct inet_timewait_death_row {
	struct inet_hashinfo *hashinfo;
};

struct netns_ipv4 {
	struct inet_timewait_death_row tcp_death_row;
	struct udp_table *udp_table;
};

struct net {
	struct ns_common ns;
	struct list_head list;
	__u32 hash_mix;
	struct netns_ipv4 ipv4;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct sock;

struct sock_common {
	struct sock *skc_listener; /* of a request */
	__u64 skc_addrpair;
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	unsigned char skc_ipv6only : 1;
	int skc_bound_dev_if;
	unsigned long skc_flags;
	volatile unsigned char skc_state;
	possible_net_t skc_net;
	refcount_t skc_refcnt;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
	atomic64_t skc_cookie;
	struct hlist_nulls_node skc_nulls_node; /* of UDP a node without nulls, at the same place */
};

struct kernfs_node {
	__u64 id;
};

struct cgroup_subsys_state {
	struct cgroup_subsys_state *parent;
};

struct cgroup_root {
	int hierarchy_id;
};

struct cgroup {
	struct cgroup_subsys_state self;
	struct kernfs_node *kn;
	struct cgroup_root *root;
};

struct css_set {
	struct cgroup *dfl_cgrp; /* of v2 */
};

struct sock_cgroup_data {
	struct cgroup *cgroup;
};

/* up to 5.14: a pointer, or net_cls and net_prio numbers when bit 0 is set */
struct sock_cgroup_data___5_10 {
	__u64 val;
};

struct socket;

typedef struct {
	int owned;
} socket_lock_t;

struct hlist_node {
	struct hlist_node **pprev; /* NULL: in no list */
};

struct timer_list {
	struct hlist_node entry;
	unsigned long expires;
	void (*function)(struct timer_list *timer);
};

/* 6.18: of sockets that many CPUs receive for, beside sk_drops */
struct numa_drop_counters {
	atomic_t drops0;
	atomic_t drops1;
};

struct sock {
	struct sock_common __sk_common;
	socket_lock_t sk_lock;
	struct {
		atomic_t rmem_alloc;
		int len;
	} sk_backlog;
	int sk_rcvbuf;
	int sk_sndbuf;
	int sk_forward_alloc;
	int sk_wmem_queued;
	atomic_t sk_omem_alloc;
	__u32 sk_ack_backlog;
	__u32 sk_max_ack_backlog;
	atomic_t sk_drops;
	struct numa_drop_counters *sk_drop_counters;
	__u32 sk_mark;
	__u32 sk_priority;
	refcount_t sk_wmem_alloc;
	struct socket *sk_socket;
	kuid_t sk_uid;
	int sk_err;
	__u8 sk_kern_sock : 1;
	__u16 sk_type;
	__u16 sk_protocol;
	struct sock_cgroup_data sk_cgrp_data;
	struct timer_list sk_timer;		/* TCP: keepalive, up to 6.19 */
	struct timer_list tcp_retransmit_timer; /* then */
};

struct file {
	const void *f_op;
	void *private_data;
};

struct socket {
	struct file *file;
	struct sock *sk;
};

struct inode {
	unsigned long i_ino;
};

struct socket_alloc {
	struct socket socket;
	struct inode vfs_inode;
};

struct inet_sock {
	struct sock sk;
	__be16 inet_sport;
};

struct minmax_sample {
	__u32 v;
};

struct minmax {
	struct minmax_sample s[3];
};

struct tcp_congestion_ops {
	char name[16];
};

struct inet_connection_sock {
	void *icsk_bind_hash;
	unsigned long icsk_timeout; /* up to 6.17 */
	struct timer_list icsk_retransmit_timer;
	struct timer_list icsk_keepalive_timer; /* where sk_timer is not */
	__u8 icsk_pending;
	__u8 icsk_retransmits;
	__u8 icsk_probes_out;
	void *icsk_ulp_data;
	const struct tcp_congestion_ops *icsk_ca_ops;
	__u32 icsk_pmtu_cookie;
};

struct tcp_sock {
	__u64 bytes_acked;
	__u64 bytes_retrans;
	__u32 mdev_us;
	struct minmax rtt_min;
	__u32 snd_cwnd;
	__u32 snd_ssthresh;
	__u32 mss_cache;
	__u32 segs_out;
	__u32 segs_in;
	__u32 packets_out;
	__u32 retrans_out;
	__u32 lost_out;
	__u32 sacked_out;
	__u64 bytes_received;
	__u64 bytes_sent;
	__u32 rcv_nxt;
	__u32 copied_seq;
	__u32 write_seq;
	__u32 snd_una;
	int linger2;
	bool is_mptcp;
	__u32 srtt_us;
	__u32 total_retrans;
	struct list_head tsorted_sent_queue;
};

struct udp_sock {
	int forward_deficit;
};

struct mptcp_sock {
	__u32 token;
	struct sock *first;
};

struct mptcp_subflow_context {
	struct sock *conn;
};

/* what is left of a connection in TIME_WAIT; begins as a struct sock does */
struct inet_timewait_sock {
	struct sock_common __tw_common;
	volatile unsigned char tw_substate;
	struct timer_list tw_timer;
};

struct tcp_timewait_sock {
	struct inet_timewait_sock tw_sk;
};

/* a connection before its handshake is done; begins as a struct sock does */
struct request_sock {
	struct sock_common __req_common;
	__u8 num_timeout : 7;
	struct timer_list rsk_timer;
};

struct inet_request_sock {
	struct request_sock req;
};

struct tcp_request_sock {
	struct inet_request_sock req;
	bool is_mptcp; /* its listener is MPTCP's */
};

struct mptcp_subflow_request_sock {
	__u16 mp_capable : 1;
	__u16 mp_join : 1;
};

/* a request of io_uring */
struct io_cqe {
	__s32 res;
};

struct io_kiocb {
	struct file *file;
	__u8 opcode;
	struct io_cqe cqe; /* 5.19 */
	void *async_data;
};

struct __kernel_sockaddr_storage {
	unsigned short ss_family;
};

struct io_async_msghdr {
	struct __kernel_sockaddr_storage addr;
};

struct trace_event_raw_io_uring_complete {
	void *req; /* 5.19 */
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
	unsigned long *open_fds;
};

struct files_struct {
	struct fdtable *fdt;
	struct fdtable fdtab; /* the first one, while it is large enough */
};

struct signal_struct {
	atomic_t live;	     /* threads that have not begun to end */
	struct pid *pids[4]; /* by enum pid_type */
};

struct mm_struct {
	unsigned long arg_start;
	unsigned long arg_end;
};

struct thread_info {
	__u32 status; /* x86 only */
};

struct task_struct {
	struct thread_info thread_info;
	int pid;
	int tgid;
	unsigned int flags;
	int exit_state;
	__u64 start_boottime;
	void *stack;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	struct pid *thread_pid;
	struct signal_struct *signal;
	struct mm_struct *mm;
	char comm[16];
	struct files_struct *files;
	struct css_set *cgroups; /* CONFIG_CGROUPS */
	kuid_t loginuid;	 /* CONFIG_AUDIT */
};

struct linux_binprm {
	const char *filename;
};

struct pt_regs;

/* the system call that is returning: where each CPU keeps its number and first arguments */
struct pt_regs___x86 {
	unsigned long orig_ax;
	unsigned long di;
	unsigned long si;
	unsigned long bx; /* of a 32-bit call, as cx */
	unsigned long cx;
};

struct user_pt_regs {
	__u64 regs[31];
	__u64 pstate;
};

struct pt_regs___arm64 {
	int syscallno;
	__u64 orig_x0;
	struct user_pt_regs user_regs;
};

struct trace_event_raw_sys_exit {
	long ret;
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
	__u64 seq_num; /* of the object, from 0 */
};

struct bpf_iter__tcp {
	struct bpf_iter_meta *meta;
	struct sock_common *sk_common;
};

struct bpf_iter__udp {
	struct bpf_iter_meta *meta;
	struct udp_sock *udp_sk;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	__u32 fd;
	struct file *file;
};

#pragma clang attribute pop

#endif
