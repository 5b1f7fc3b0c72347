/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The ABI between the BPF programs and user space: what an event is.
 *
 * Every field has a fixed width, padding is spelled out and the sizes are asserted, so that both
 * compilers lay the structs out alike. Ports are in host order. Addresses are 16 bytes in network
 * order; an IPv4 address is kept as ::ffff:a.b.c.d, so one comparison serves both families.
 * Times are nanoseconds of CLOCK_MONOTONIC (bpf_ktime_get_ns).
 */
#ifndef SOCKWATCH_EVENT_H
#define SOCKWATCH_EVENT_H

#ifndef __bpf__
#include <linux/types.h>
#endif

#define SW_COMM_LEN 16	 /* TASK_COMM_LEN, with its NUL */
#define SW_MAX_CPUS 4096 /* a power of two; what is not touched takes no memory */
#define SW_AF_INET 2
#define SW_AF_INET6 10
#define SW_PROTO_TCP 6
#define SW_PROTO_UDP 17
#define SW_PROTO_ICMP 1 /* ping; its "port" is the identifier of its echo requests */
#define SW_PROTO_SCTP 132
#define SW_PROTO_UDPLITE 136
/* of rows only: numbers that no protocol has */
#define SW_PROTO_META 240 /* the socket of MPTCP above its subflows */
#define SW_PROTO_PACKET 241
#define SW_PROTO_NETLINK 242
#define SW_PROTO_VSOCK 243
#define SW_PROTO_TIPC 244
#define SW_PROTO_XDP 245
#define SW_PROTO_RAW 255   /* IPPROTO_RAW; its "port" is the protocol that it takes */
#define SW_PROTO_MPTCP 262 /* as a socket has it; events and rows say TCP, with SW_HAVE_MPTCP */

enum sw_event_kind {
	SW_EV_SOCKET = 1, /* a row of the snapshot; never sent by the kernel side */
	SW_EV_STATE,	  /* a TCP state transition */
	SW_EV_ACCEPT,	  /* accept() returned this socket to actor */
	SW_EV_LOST,	  /* made by user space from the loss counters */
	SW_EV_BIND,	  /* bind() by actor, as a call: with its error when it failed */
	SW_EV_CONNECT, /* connect() without a transition: of a datagram socket, or failed at once */
	SW_EV_OPEN,    /* a datagram socket's first use with a peer by a process */
	SW_EV_CLOSE,   /* a datagram socket's end */
	SW_EV_RETRANSMIT, /* a segment was sent again */
	SW_EV_CONN,	/* a connection, or what UDP had with a peer, at its end: struct sw_conn */
	SW_EV_RECORDER, /* made by user space: the recorder starts, lives, stops */
};

/* Numbers of include/net/tcp_states.h, as /proc/net/tcp and the tracepoint give them. */
enum sw_tcp_state {
	SW_TCP_ESTABLISHED = 1,
	SW_TCP_SYN_SENT,
	SW_TCP_SYN_RECV,
	SW_TCP_FIN_WAIT1,
	SW_TCP_FIN_WAIT2,
	SW_TCP_TIME_WAIT,
	SW_TCP_CLOSE,
	SW_TCP_CLOSE_WAIT,
	SW_TCP_LAST_ACK,
	SW_TCP_LISTEN,
	SW_TCP_CLOSING,
	SW_TCP_NEW_SYN_RECV,
	SW_TCP_STATES,
};

/* How the owner (pid, comm) of a socket is known. */
enum sw_owner_source {
	SW_OWNER_UNKNOWN = 0,
	SW_OWNER_CONNECT,   /* called connect() */
	SW_OWNER_ACCEPT,    /* got it from accept() */
	SW_OWNER_LISTEN,    /* called listen() */
	SW_OWNER_INHERITED, /* owns the listener; nobody accepted the connection yet */
	SW_OWNER_SNAPSHOT,  /* held a descriptor of it when sockwatch started */
	SW_OWNER_BIND,	    /* called bind() */
	SW_OWNER_USE,	    /* reads, writes or ends what another process was given */
	SW_OWNER_KERNEL,    /* no process: the kernel made it for itself (VXLAN, NFS, WireGuard) */
	SW_OWNER_SOURCES,
};

/* Why a socket ended or a connect failed; SW_REASON_NONE is an orderly end, or no end. */
enum sw_reason {
	SW_REASON_NONE = 0,
	SW_REASON_REFUSED,
	SW_REASON_RESET_BY_PEER,
	SW_REASON_RESET_LOCALLY,
	SW_REASON_TIMED_OUT,
	SW_REASON_UNREACHABLE,
	SW_REASON_ABORTED,
	SW_REASON_IN_USE,     /* bind: the address is taken */
	SW_REASON_NO_ADDRESS, /* no such local address, or no local port is free */
	SW_REASON_DENIED,     /* not permitted: a low port, a firewall, a security module */
	SW_REASON_INVALID,    /* the call itself was wrong: bound twice, another family */
	SW_REASONS,
};

/* Bits of sw_sock.have: which of the fields that may be absent hold a value. A bit that tells of
 * one event, and not of its socket, stands in SW_HAVE_OF_EVENT too. */
enum sw_have {
	SW_HAVE_AGE = 1 << 0,
	SW_HAVE_STATE_TIME = 1 << 1,
	SW_HAVE_COUNTERS = 1 << 2, /* bytes_sent, bytes_received, retransmits, srtt_us */
	SW_HAVE_ACTOR = 1 << 3,
	SW_HAVE_UID = 1 << 4,
	SW_HAVE_DATAGRAMS = 1 << 5, /* datagrams_sent, datagrams_received */
	SW_HAVE_MPTCP = 1 << 6,	    /* MPTCP's: mptcp_token, parent_inode, where they are not 0 */
	SW_HAVE_RECEIVED = 1 << 7,  /* SW_EV_OPEN, SW_EV_CONN: the peer spoke first */
	SW_HAVE_EXPIRED = 1 << 8,   /* the end of TIME_WAIT: its time was over */
	SW_HAVE_RECYCLED = 1 << 9,  /* the end of TIME_WAIT: before its time */
	SW_HAVE_QUEUES = 1 << 11,   /* a row: recv_q, send_q */
	SW_HAVE_TIMER = 1 << 12,    /* a row: timer */
	SW_HAVE_DROPS = 1 << 13,    /* a row: drops */
	SW_HAVE_BACKLOG = 1 << 14,  /* a row of a listener: send_q is its limit */
	SW_HAVE_MARK = 1 << 15,	    /* a row: mark, priority */
	SW_HAVE_SENT = 1 << 16,	    /* SW_EV_CONN of a datagram socket: we spoke first */
};

#define SW_HAVE_OF_EVENT                                                                      \
	(SW_HAVE_AGE | SW_HAVE_STATE_TIME | SW_HAVE_ACTOR | SW_HAVE_RECEIVED | SW_HAVE_SENT | \
	 SW_HAVE_EXPIRED | SW_HAVE_RECYCLED)

/* Those of UDP, raw ones and their like have no states but connected or not. */
static inline int sw_is_datagram(__u8 proto)
{
	return proto == SW_PROTO_UDP || proto == SW_PROTO_RAW || proto == SW_PROTO_ICMP ||
	       proto == SW_PROTO_UDPLITE || proto == SW_PROTO_PACKET || proto == SW_PROTO_NETLINK ||
	       proto == SW_PROTO_XDP;
}

union sw_addr {
	__u8 b[16];
	__u64 q[2];
};

/* Bits of sw_tuple.flags. */
enum sw_tuple_flag {
	SW_TUPLE_V6ONLY_KNOWN = 1 << 0, /* of an IPv6 socket: the next one tells */
	SW_TUPLE_V6ONLY = 1 << 1,	/* bound to all addresses it takes no IPv4 */
};

/* What names a connection on the machine: two sockets may share it only one after the other. */
struct sw_tuple {
	union sw_addr local;
	union sw_addr remote;
	__u16 local_port;  /* 0: not chosen yet */
	__u16 remote_port; /* 0: none (a listener) */
	__u16 family;	   /* of the socket: SW_AF_INET or SW_AF_INET6 */
	__u16 flags;	   /* enum sw_tuple_flag */
	__u32 netns;	   /* inode number of the network namespace */
	__u32 device;	   /* index, in that one, of the interface it is bound to; 0: none known */
};

/*
 * What is known of a socket: in an event as it is then, in a row of the snapshot as it was found.
 * What may be absent has a bit in `have`, or a value that says so.
 */
struct sw_sock {
	__u64 cookie;	    /* 0: the kernel gave none */
	__u64 inode;	    /* 0: no descriptor (TIME_WAIT, not accepted yet, or orphaned) */
	__u64 cgroup_id;    /* of the socket itself: of who made it; 0: unknown */
	__u64 owner_cgroup; /* owner: that of its process; 0: unknown */
	__u64 bytes_sent;   /* retransmitted bytes included, as tcp_info has it; SW_HAVE_COUNTERS */
	__u64 bytes_received;
	__u64 start_ns; /* owner: when its process started, CLOCK_BOOTTIME; 0: unknown */
	struct sw_tuple tuple;
	__u32 pid; /* owner: thread group id, in our PID namespace; 0: not visible in it */
	__u32 uid; /* of the socket; SW_HAVE_UID */
	__u32 retransmits;
	__u32 srtt_us;
	__u32 have;		/* enum sw_have */
	__u8 proto;		/* SW_PROTO_TCP, ... */
	__u8 state;		/* enum sw_tcp_state */
	__u8 owner_source;	/* enum sw_owner_source */
	__u8 in_cgroups;	/* owner: 1: in one that is asked for (SW_F_CGROUP) */
	char comm[SW_COMM_LEN]; /* owner: name of the process, NUL-padded: any byte may occur */
};

struct sw_event {
	__u64 time_ns;
	__u64 age_ns;	/* since birth; SW_HAVE_AGE */
	__u64 state_ns; /* spent in old_state; SW_HAVE_STATE_TIME */
	struct sw_sock sock;
	__u32 actor_pid; /* the task that drove this change; SW_HAVE_ACTOR */
	__u32 actor_tid;
	__s32 error;	  /* errno of the socket, positive; 0: none */
	__u8 kind;	  /* enum sw_event_kind */
	__u8 old_state;	  /* 0 when the event is no transition */
	__u8 reason;	  /* enum sw_reason */
	__u8 first_state; /* the state this socket was in when tracing began; 0: born later */
	/* What follows is left out of the ring where it says nothing more: sw_event_is_short(). */
	char actor_comm[SW_COMM_LEN];
	__u64 datagrams_sent; /* SW_HAVE_DATAGRAMS */
	__u64 datagrams_received;
	__u64 parent_inode; /* of the MPTCP socket that a subflow belongs to */
	__u32 mptcp_token;
	__u32 ns_pid; /* owner: PID in its own PID namespace; 0: that is ours */
};

#define SW_EVENT_SHORT 184

/*
 * Whether the part behind SW_EVENT_SHORT says nothing more: the actor, where there is one, has the
 * owner's name, and the rest is 0 or has no bit.
 */
static inline int sw_event_is_short(const struct sw_event *e)
{
	const __u64 *comm = (const __u64 *)(const void *)e->sock.comm;
	const __u64 *actor = (const __u64 *)(const void *)e->actor_comm;

	if (e->ns_pid || (e->sock.have & (SW_HAVE_DATAGRAMS | SW_HAVE_MPTCP)))
		return 0;
	return !(e->sock.have & SW_HAVE_ACTOR) || (comm[0] == actor[0] && comm[1] == actor[1]);
}

/* Puts back what a short event came without. */
static inline void sw_event_complete(struct sw_event *e)
{
	__builtin_memset((char *)e + SW_EVENT_SHORT, 0, sizeof(*e) - SW_EVENT_SHORT);
	if (e->sock.have & SW_HAVE_ACTOR)
		__builtin_memcpy(e->actor_comm, e->sock.comm, SW_COMM_LEN);
}

/*
 * Told by the kernel side for user space to remember: a process that is gone before it can be
 * looked up in /proc. Records of the ring are told apart by their size.
 */
#define SW_EXEC_FILENAME 128
#define SW_EXEC_ARGS 512
#define SW_NO_LOGIN 0xffffffffu /* as the kernel has it: nobody logged in */

/* Where a process comes from. */
struct sw_origin {
	__u32 ppid;	 /* in our PID namespace; 0: not visible in it */
	__u32 login_uid; /* SW_NO_LOGIN: none, or the kernel does not know */
	char parent_comm[SW_COMM_LEN];
};

struct sw_exec {
	__u64 start_ns; /* of the process, CLOCK_BOOTTIME */
	__u32 pid;
	__u32 args_len; /* bytes in use of args; more did not fit */
	struct sw_origin origin;
	char comm[SW_COMM_LEN];		 /* after the exec */
	char filename[SW_EXEC_FILENAME]; /* as given to exec, NUL-terminated */
	char args[SW_EXEC_ARGS];	 /* each ends with a NUL */
};

struct sw_fork {
	__u32 parent_pid; /* who forked, and has what the child begins with */
	__u32 child_pid;
	struct sw_origin origin; /* of the child */
};

/* A cgroup was made (v2): by the time it is asked for it may be gone. */
struct sw_cgroup_made {
	__u64 id;
	__u64 pad;
	char path[512]; /* from the root of all, NUL-terminated */
};

/* The timer of a TCP socket, as /proc/net/tcp has it (get_tcp4_sock()). */
enum sw_timer_kind {
	SW_TIMER_OFF = 0,
	SW_TIMER_ON, /* retransmission, loss probe, ... */
	SW_TIMER_KEEPALIVE,
	SW_TIMER_TIME_WAIT,
	SW_TIMER_PROBE, /* of a zero window */
};

struct sw_timer {
	__u32 ms; /* until it is over */
	__u32 retransmits;
	__u32 probes; /* sent and not answered */
	__u8 kind;    /* enum sw_timer_kind */
	__u8 pad[3];
};

/* A socket as the snapshot found it: from an iterator, from netlink or from /proc. */
struct sw_row {
	struct sw_sock sock;
	__u32 recv_q; /* SW_HAVE_QUEUES; bytes, of a listener connections that wait for accept() */
	__u32 send_q; /* bytes, of a listener how many may wait, where SW_HAVE_BACKLOG says so */
	struct sw_timer timer; /* SW_HAVE_TIMER */
	__u32 drops;	       /* SW_HAVE_DROPS; datagrams, of a listener connections */
	__u32 mark;	       /* SW_HAVE_MARK */
	__u32 priority;
	/* of the kernel side: 1: a sw_info follows; then its index in snapshot.infos, from 1; 0:
	 * none */
	__u32 info;
	/* user space adds who holds it */
	__u32 first_holder; /* index into snapshot.holders */
	__u32 n_holders;
};

/* Which parts of a struct sw_info are asked for, and there. */
enum sw_info_bit {
	SW_INFO_MEMORY = 1 << 0,
	SW_INFO_TCP = 1 << 1,
};

/* What is told of a row only when it is asked for; behind it, so that the others stay small. */
struct sw_info {
	__u64 bytes_acked; /* SW_INFO_TCP, as all until congestion; of its tcp_sock */
	__u64 bytes_retransmitted;
	__u32 rttvar_us;
	__u32 min_rtt_us; /* 0xffffffff: none was measured */
	__u32 cwnd;
	__u32 ssthresh; /* 0x7fffffff: none yet */
	__u32 mss;
	__u32 pmtu;
	__u32 segments_sent;
	__u32 segments_received;
	__u32 unacked; /* segments in flight */
	__u32 retransmitting;
	__u32 lost;
	__u32 sacked;
	char congestion[16]; /* the name of the algorithm, NUL-padded */
	__u32 rmem;	     /* SW_INFO_MEMORY, as all until have; sk_get_meminfo() */
	__u32 rcvbuf;
	__u32 wmem;
	__u32 sndbuf;
	__u32 forward;
	__u32 wmem_queued;
	__u32 optmem;
	__u32 backlog;
	__u32 have; /* enum sw_info_bit */
	__u32 pad;
};

/* The snapshot by iterators: a descriptor of a socket, and the process that has it. */
struct sw_descriptor {
	__u64 inode;
	__u64 start_ns; /* when the process began, CLOCK_BOOTTIME */
	__u32 pid;	/* thread group id, in our PID namespace */
	__s32 fd;
	char comm[SW_COMM_LEN];
	__u32 netns;  /* inode number of the socket's network namespace */
	__u8 has_row; /* its struct sw_row follows: no table of the kernel's has the socket */
	__u8 pad[3];
};

/* What each CPU keeps for itself, in a cache line of its own. */
struct sw_cpu {
	__u64 lost;	/* events that the ring could not take, or that no program saw */
	__u64 taken_sk; /* bpf/tcp.bpf.c: the transition that on_state took last on this CPU */
	__u32 taken_from;
	__u32 taken_to;
	__u64 tw_begun; /* bpf/timewait.h: the timer of a TIME_WAIT socket that was started last */
	__u64 tw_ended; /* the one that was stopped just now: for good, or to be started again */
	__u64 no_room;	/* how often facts_by_address had none for a socket */
	__u64 no_peer;	/* bpf/peers.h: and for a peer of a UDP socket */
	__u64 pad;
};

_Static_assert(sizeof(struct sw_tuple) == 48, "sw_tuple is ABI");
_Static_assert(sizeof(struct sw_sock) == 144, "sw_sock is ABI");
_Static_assert(sizeof(struct sw_event) == 232, "sw_event is ABI");
_Static_assert(__builtin_offsetof(struct sw_event, actor_comm) == SW_EVENT_SHORT, "so is its part");
_Static_assert(sizeof(struct sw_origin) == 24, "sw_origin is ABI");
_Static_assert(sizeof(struct sw_exec) == 696, "sw_exec is ABI");
_Static_assert(sizeof(struct sw_fork) == 32, "sw_fork is ABI");
_Static_assert(sizeof(struct sw_cgroup_made) == 528, "sw_cgroup_made is ABI");
_Static_assert(sizeof(struct sw_row) == 192, "sw_row is ABI");
_Static_assert(sizeof(struct sw_info) == 120, "sw_info is ABI");
_Static_assert(sizeof(struct sw_descriptor) == 48, "sw_descriptor is ABI");
_Static_assert(sizeof(struct sw_cpu) == 64, "sw_cpu is ABI");

#endif
