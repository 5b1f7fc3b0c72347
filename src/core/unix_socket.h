/* SPDX-License-Identifier: GPL-2.0-only */
/* Unix sockets, as unix(7) has them: what exists, who holds it, and who is at the other end. */
#ifndef SOCKWATCH_CORE_UNIX_SOCKET_H
#define SOCKWATCH_CORE_UNIX_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "core/select.h"

struct holder;
struct sw_filter;

enum unix_state {
	UNIX_UNCONNECTED = 0,
	UNIX_LISTENING,
	UNIX_CONNECTING, /* not accepted yet: it has no inode */
	UNIX_CONNECTED,
	UNIX_DISCONNECTING,
};

struct unix_socket {
	uint64_t inode;	     /* 0: nobody has a descriptor of it yet */
	uint64_t peer_inode; /* 0: none, or not known */
	char *path;	     /* owned; a name that begins with NUL is abstract; NULL: it has none */
	size_t path_len;
	uint32_t netns;
	uint32_t refcnt; /* 0: not known */
	uint32_t uid;
	uint32_t recv_q;       /* bytes; of a listener: connections waiting to be accepted */
	uint32_t send_q;       /* of a listener: how many may wait */
	uint32_t first_holder; /* index into the holders */
	uint32_t n_holders;
	bool has_uid;
	bool has_queues;
	uint8_t type;  /* SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET */
	uint8_t state; /* enum unix_state */
};

struct unix_list {
	struct unix_socket *all; /* owned */
	size_t n;
	size_t cap;
	struct hash by_inode; /* index in all */
};

/* Appends *socket, whose path changes hands. 0, or -ENOMEM with the path still the caller's. */
int unix_list_add(struct unix_list *l, const struct unix_socket *socket);

/* Leaves the first n of them. */
void unix_list_cut(struct unix_list *l, size_t n);

/* The socket with this inode, or NULL; borrowed until the next one is added. */
struct unix_socket *unix_list_find(const struct unix_list *l, uint64_t inode);

/*
 * By these keys, the first of which counts most (an address is the path; there are no ports); what
 * is equal in all, by namespace, then listeners first, by path, and by inode. Indexes change with
 * it. holders: of all of them. 0 or -ENOMEM.
 */
int unix_list_sort(struct unix_list *l, const struct holder *holders, const enum sort_key *keys,
		   int n_keys);

/* <0, 0, >0: by one of its keys, and what is equal in all of them. */
int unix_compare_by(enum sort_key key, const struct unix_socket *a, const struct unix_socket *b,
		    const struct holder *holders);
int unix_compare(const struct unix_socket *a, const struct unix_socket *b);

/* Has order[i] at i, for all of them: for who sorts by more. 0 or -ENOMEM. */
int unix_list_reorder(struct unix_list *l, const size_t *order);

/* Frees what it owns; it is empty and usable again. */
void unix_list_free(struct unix_list *l);

/* "STREAM", "DGRAM", "SEQPACKET"; "UNKNOWN" for a number that is none. */
const char *unix_type_name(uint8_t type);

/* netstat's words: "LISTENING", "CONNECTED", ...; "" for one that is not connected. */
const char *unix_state_name(uint8_t state);

/*
 * True when it passes the filter, of which only the owner, the user, the namespace, the state (by
 * TCP's names) and -l can be asked of a Unix socket.
 */
bool unix_selected(const struct sw_filter *f, const struct unix_socket *socket,
		   const struct holder *holders);

#endif
