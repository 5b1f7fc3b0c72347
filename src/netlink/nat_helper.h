/* SPDX-License-Identifier: GPL-2.0-only */
/* The process that asks conntrack. */
#ifndef SOCKWATCH_NETLINK_NAT_HELPER_H
#define SOCKWATCH_NETLINK_NAT_HELPER_H

struct child;

/*
 * Starts it: see base/child.h for when. 0, with our end of a SOCK_SEQPACKET socket: for struct
 * nat_question, each answered by one struct nat_answer, in their order. Or -errno with *ret
 * untouched; -ENOSYS: built without libmnl.
 */
int nat_helper_start(struct child *ret);

/* Ends it at once. */
void nat_helper_stop(struct child *helper);

#endif
