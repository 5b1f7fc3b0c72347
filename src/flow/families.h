/* SPDX-License-Identifier: GPL-2.0-only */
/* Rows of what neither BPF iterators nor the tables of IP tell: MPTCP, SCTP, packet, netlink, ...
 */
#ifndef SOCKWATCH_FLOW_FAMILIES_H
#define SOCKWATCH_FLOW_FAMILIES_H

struct collect_opts;
struct gathered;
struct snapshot;

/*
 * Appends to *s the rows, with their holders, of those kinds that are selected, of all namespaces
 * in *gathered. The user is told of what he named and this kernel does not have. 0, or -errno.
 */
int collect_families(const struct collect_opts *opts, const struct gathered *gathered,
		     struct snapshot *s);

#endif
