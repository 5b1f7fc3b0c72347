/* SPDX-License-Identifier: GPL-2.0-only */
/* What a formatter gets: one thing to tell, everything in it borrowed for the call. */
#ifndef SOCKWATCH_CORE_RECORD_H
#define SOCKWATCH_CORE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"

struct holder;
struct sw_conn;
struct sw_info;
struct sw_row;

/* All borrowed; NULL: there is none, or it is not there yet. */
struct record_names {
	const char *local_host;
	const char *local_service; /* of the port */
	const char *remote_host;
	const char *remote_service;
	const char *user; /* of the uid */
};

/* Who is at the other end of a connection, by the record that its machine has of it. */
struct record_peer {
	/* all borrowed; NULL: not known, or there is none */
	const char *host; /* of a fleet's */
	const char *exe;
	const char *unit;
	const char *container;
	const char *container_name;
	const char *pod_name;
	char comm[SW_COMM_LEN]; /* valid where has_owner */
	uint32_t pid;		/* likewise; 0: not visible */
	uint32_t uid;		/* valid where has_uid */
	bool has_owner;
	bool has_uid;
};

/* What SW_EV_RECORDER tells of the recorder itself. */
enum recorder_act {
	RECORDER_NONE,
	RECORDER_START,
	RECORDER_ALIVE, /* each minute: nothing is missing up to here but what is told as lost */
	RECORDER_STOP,
	RECORDER_GAP, /* made by who reads: from lost_since_ns to here nothing was recorded */
	/* likewise: what was recorded in that time is not there any more, or cannot be read */
	RECORDER_REMOVED, /* as the store says by itself */
	RECORDER_MISSING,
	RECORDER_UNREADABLE,
	RECORDER_ACTS,
};

/* One of a time of which nothing is known. */
static inline bool recorder_is_gap(uint8_t act)
{
	return act >= RECORDER_GAP && act < RECORDER_ACTS;
}

#define LOST_UNKNOWN UINT64_MAX /* of what was not sent: nobody knows how much */

struct record {
	const struct sw_event *ev; /* borrowed */
	uint64_t wall_ns;	   /* since 1970, UTC */
	const struct sw_row *row; /* borrowed; what only a row has; NULL: not one of the snapshot */
	const struct sw_conn *conn;   /* borrowed; of SW_EV_CONN, which its event is; else NULL */
	const struct sw_info *info;   /* borrowed; of a row, where it is asked for; NULL: nothing */
	const struct holder *holders; /* borrowed; of a snapshot row, all of them */
	size_t n_holders;
	const struct holder *held_by; /* borrowed; who has the address that a bind did not get */
	size_t n_held_by;
	uint32_t blocked_ms; /* likewise: a TIME_WAIT socket has it for so long; 0: none */
	/* all borrowed; NULL: not asked for, not known, or there is none */
	const struct record_names *names;
	const struct record_peer *peer;
	const struct sw_tuple *nat; /* how it looks on the other side of the NAT */
	const char *device;	    /* the interface it is bound to: its name, else its index */
	const char *netns_name;	    /* as ip-netns(8) has it */
	const char *cgroup; /* of the owner: path below the root of the cgroups, as the next */
	const char *socket_cgroup; /* of the socket itself, where that is another */
	const char *container;
	const char *containers; /* of containers in containers, from the outermost, "a/b" */
	const char *runtime;	/* of the container */
	const char *pod;
	const char *container_name; /* what its engine calls it, as all until pod_namespace */
	const char *container_image;
	const char *pod_name;
	const char *pod_namespace;
	const char *container_labels; /* likewise its labels: a JSON object, our own text */
	const char *unit;	      /* of systemd */
	const char *user_unit;	      /* of the user's manager that `unit` is */
	const char *exe;
	const char *cmdline;
	const char *parent_comm; /* the owner's parent when the owner began */
	const char *host;	 /* of a fleet's: whose record it is; NULL: this machine's */
	const char *boot;	 /* likewise: its boot id */
	uint32_t ppid;		 /* likewise; 0: not known */
	uint32_t login_uid;	 /* of the owner; valid where has_login_uid */
	bool has_login_uid;
	bool community;		/* its Community ID is asked for */
	bool elsewhere;		/* in another network namespace than we */
	bool lost_on_way;	/* of SW_EV_LOST: between two processes; the wire's kind tells */
	bool not_sent;		/* of SW_EV_LOST: gone before a fleet's server had it; of
				   RECORDER_GAP: nothing came of it */
	uint8_t recorder;	/* of SW_EV_RECORDER: enum recorder_act */
	uint64_t start_wall_ns; /* of the owner's process, as wall_ns; 0: not known */
	uint64_t lost;		/* of SW_EV_LOST: events since the last report */
	uint64_t lost_since_ns; /* of SW_EV_LOST and RECORDER_GAP, as wall_ns: when the report
				   before was, or the record before; 0: not known */
};

/* How much was lost is known. */
static inline bool record_lost_known(const struct record *r)
{
	return !r->not_sent || r->lost != LOST_UNKNOWN;
}

/* A listener's end. */
static inline bool event_ends_listening(const struct sw_event *e)
{
	return e->kind == SW_EV_STATE && e->old_state == SW_TCP_LISTEN;
}

/* It tells of a socket, and not of the recorder or of what was lost. */
static inline bool record_is_socket(const struct record *r)
{
	return r->ev->kind != SW_EV_LOST && r->ev->kind != SW_EV_RECORDER;
}

/* Its owner is known, and a process. */
static inline bool sock_has_process(const struct sw_sock *s)
{
	return s->owner_source != SW_OWNER_UNKNOWN && s->owner_source != SW_OWNER_KERNEL;
}

/* Likewise of a record; the recorder's own have the recorder. */
static inline bool record_has_owner(const struct record *r)
{
	if (r->ev->kind == SW_EV_RECORDER)
		return r->ev->sock.pid;
	return record_is_socket(r) && sock_has_process(&r->ev->sock);
}

#endif
