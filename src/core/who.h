/* SPDX-License-Identifier: GPL-2.0-only */
/* Who has a port or an address: what a socket is to it, and what is in the way of a bind. Pure. */
#ifndef SOCKWATCH_CORE_WHO_H
#define SOCKWATCH_CORE_WHO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "filter.h"

struct holder;
struct sw_row;
struct snapshot;

/* What is asked about: ports, an address, or ports of an address. */
struct who_target {
	struct sw_port_set tcp; /* has_ports: of each protocol */
	struct sw_port_set udp;
	struct sw_port_set others; /* of UDP-Lite, SCTP, MPTCP and vsock, or ... */
	uint8_t other_proto;	   /* ... of this one alone; 0: of all of them */
	struct sw_cidr addr;	   /* has_addr */
	bool has_ports;
	bool has_addr;
};

/* Whether sockets of a protocol (SW_PROTO_...) have ports that can be asked for. */
bool who_has_ports(uint8_t proto);

/* Whether the target may be had by sockets of this protocol, which is neither TCP nor UDP. */
bool who_asks_for(const struct who_target *target, uint8_t proto);

/* In the order in which they are told. */
enum who_role {
	WHO_LISTENS,   /* or is bound, without a peer */
	WHO_CONNECTED, /* its own end is it */
	WHO_USES,      /* its peer's end is it, here or elsewhere */
	WHO_WAITS,     /* TIME_WAIT: no process has it, but the port is not free */
	WHO_NOTHING,   /* it is neither */
};

/*
 * What a socket with these ends, in this state (SW_TCP_...), is to the target. One that is bound to
 * all addresses has the ports of each.
 */
enum who_role who_role(const struct who_target *target, uint8_t proto, const struct sw_tuple *t,
		       uint8_t state);

/*
 * Whether a socket in this role makes its process one that was asked for: who has the ports; of an
 * address alone who talks to it, too.
 */
bool who_holds(const struct who_target *target, enum who_role role);

/*
 * Whether an event is that of a process which asks for, tries for, gets or leaves the target:
 * binds, listens, connects with how they ended, accepts, a datagram socket's peers and its end; not
 * the rest of a connection's life. What was lost is told in any case.
 */
bool who_wants(const struct who_target *target, const struct sw_event *e);

/*
 * Narrows a filter to n targets, as far as it can hold them: it knows one set of ports, or one of
 * addresses. All else is decided by who_role(). With an address that has ports those are what
 * counts: who is bound to all addresses has it, too.
 */
void who_narrow(const struct who_target *targets, size_t n, struct sw_filter *f);

/* Why a bind got EADDRINUSE. Starts as all zero. */
struct who_blockers {
	struct holder *holders; /* owned; each process once */
	size_t n_holders;
	size_t cap_holders;
	uint32_t wait_ms; /* a TIME_WAIT socket is in the way for so long; 0: none is */
};

/*
 * Looks through rows (with their timers) for sockets on the local address that the bind of e
 * wanted, or on one that overlaps with it, and adds their holders to *b, which the caller frees in
 * any case. 0 or -ENOMEM.
 */
int who_blocks(const struct snapshot *s, const struct sw_event *e, struct who_blockers *b);

/* Frees what *b owns; it is empty and usable again. */
void who_blockers_free(struct who_blockers *b);

/* A process that has a port, for people: all borrowed; NULL, 0, false: not known. */
struct who_process {
	uint32_t pid;
	uint32_t ns_pid; /* inside its own PID namespace, where that is another */
	uint32_t uid;
	bool has_uid;
	char comm[SW_COMM_LEN];
	const char *user; /* name of uid */
	const char *exe;
	const char *cmdline;
	const char *unit; /* of systemd */
	const char *user_unit;
	const char *container;
	const char *containers;
	const char *runtime;
	const char *pod;
	const char *container_name;
	const char *container_image;
	const char *pod_name;
	const char *pod_namespace;
	const char *container_labels; /* a JSON object */
	uint64_t start_wall_ns;	      /* since 1970, UTC */
	uint64_t wall_ns;	      /* likewise: of the answer */
};

#endif
