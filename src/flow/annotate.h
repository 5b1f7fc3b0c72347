/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a socket's owner runs, and what: completes a record before it is formatted. */
#ifndef SOCKWATCH_FLOW_ANNOTATE_H
#define SOCKWATCH_FLOW_ANNOTATE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/opts.h"

struct annotate; /* opaque */
struct devices;
struct holder;
struct labels;
struct loop;
struct nats;
struct record;
struct resolver;
struct sw_cgroup_made;
struct sw_event;
struct sw_exec;
struct sw_fork;
struct sw_sock;
struct who_process;

struct annotate_opts {
	int proc_fd;		    /* borrowed, must outlive it, as all below */
	bool place;		    /* cgroup, container and unit, network namespace */
	bool processes;		    /* what each owner executes; takes a place */
	bool names;		    /* of ports; and, where there is a resolver, of hosts */
	bool users;		    /* with the names of users */
	struct number_opts numbers; /* of these none all the same */
	struct resolver *resolver;  /* NULL: none is to be had */
	struct labels *labels;	    /* of containers; NULL likewise */
	struct nats *nats;	    /* what NAT made of connections; NULL likewise */
};

/* Reads the services database where that is asked for. NULL when there is no memory. */
struct annotate *annotate_new(const struct annotate_opts *opts);

/* What the kernel side tells of processes and cgroups, in the order in which it happened. */
void annotate_note_exec(struct annotate *a, const struct sw_exec *exec);
void annotate_note_fork(struct annotate *a, const struct sw_fork *fork);
void annotate_note_cgroup(struct annotate *a, const struct sw_cgroup_made *made);

/*
 * Fills in the names that rec->ev has numbers for; they are borrowed until the next call, or until
 * resolver_take().
 */
void annotate_record(struct annotate *a, struct record *rec);

/* The id of the cgroup that the owner of a row is in, as its process says; 0: not known. */
uint64_t annotate_cgroup_of(struct annotate *a, const struct sw_sock *s);

/* When the owner of a row began, CLOCK_BOOTTIME, in whole clock ticks; 0: not known. */
uint64_t annotate_start_of(struct annotate *a, const struct sw_sock *s);

/* What the owner of a row is inside its own PID namespace; 0: that is ours, or it is not known. */
uint32_t annotate_ns_pid_of(struct annotate *a, const struct sw_sock *s);

/* Who names interfaces, for those who read the rows. Borrowed. */
struct devices *annotate_devices(struct annotate *a);

/*
 * Fills in only what stands with an address: its device and, where they are asked for, rec->names.
 * A formatter wants to know how wide they are.
 */
void annotate_names(struct annotate *a, struct record *rec);

/*
 * Fills in what is known of a process, the name of its user if that is known by now; borrowed until
 * the next call. Needs a place and processes.
 */
void annotate_process(struct annotate *a, const struct holder *holder, struct who_process *ret);

/*
 * Asks for the names of a socket that will be told, without waiting for them, but for room among
 * the questions; then waits for the answers. Until deadline_ns (CLOCK_MONOTONIC) at most. Nothing
 * where there is no resolver.
 */
void annotate_ask(struct annotate *a, const struct sw_sock *sock, uint64_t deadline_ns);
void annotate_wait(struct annotate *a, uint64_t deadline_ns);

/*
 * Lets the loop, borrowed, take in names as they arrive. It must outlive the resolver. 0 or -errno.
 */
int annotate_attach(struct annotate *a, struct loop *loop);

/* Takes in the names that were found meanwhile; a message when no more will come. */
void annotate_take_names(struct annotate *a);

/* NULL is fine. */
void annotate_free(struct annotate *a);

#endif
