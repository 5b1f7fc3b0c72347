/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sockets of TCP and UDP by the kernel's diagnosis (sock_diag(7)), which needs no rights: where
 * there are no programs of ours in the kernel, and better than /proc.
 */
#ifndef SOCKWATCH_FLOW_DIAGNOSED_H
#define SOCKWATCH_FLOW_DIAGNOSED_H

struct collect_opts;
struct gathered;
struct netns_set;
struct snapshot;

/*
 * Appends the rows of the protocols that are selected, of all namespaces that were gathered, with
 * their holders. Namespaces that cannot be entered are added to *left. 0; -ENOENT when this kernel
 * has no such diagnosis; what opts->step() returned; another -errno.
 */
int diagnosed_add(const struct collect_opts *opts, const struct gathered *g, struct netns_set *left,
		  struct snapshot *s);

#endif
