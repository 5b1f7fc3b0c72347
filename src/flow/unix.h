/* SPDX-License-Identifier: GPL-2.0-only */
/* The Unix sockets that exist, of all network namespaces, joined with who holds them. */
#ifndef SOCKWATCH_FLOW_UNIX_H
#define SOCKWATCH_FLOW_UNIX_H

#include <stdbool.h>

struct gathered;
struct snapshot;
struct unix_list;

struct collect_unix_opts {
	int proc_fd;			 /* borrowed, as the next */
	const struct gathered *gathered; /* the holders of all sockets, the namespaces to look in */
	bool quiet;			 /* what cannot be read was told already */
};

/*
 * Appends to *list, and to *holders those of all of them, one socket's behind the other's. 0, or
 * -errno after a message; both are then to be freed as well.
 */
int collect_unix(const struct collect_unix_opts *opts, struct unix_list *list,
		 struct snapshot *holders);

#endif
