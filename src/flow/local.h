/* SPDX-License-Identifier: GPL-2.0-only */
/* The Unix sockets of `list`: collected, joined with their owners and peers, told. */
#ifndef SOCKWATCH_LOCAL_H
#define SOCKWATCH_LOCAL_H

#include <stdint.h>

struct gathered;
struct options;
struct output;
struct render;

struct local_opts {
	const struct options *options; /* borrowed, as all below */
	int proc_fd;
	struct render *render;		 /* the one that the other sockets of the page go through */
	const struct gathered *gathered; /* the holders of all sockets, the namespaces to look in */
};

/*
 * Appends page number n of them to out->buf. What could not be read is told once, with the first
 * page. 0, or -errno after a message.
 */
int local_list(const struct local_opts *opts, struct output *out, uint64_t n);

#endif
