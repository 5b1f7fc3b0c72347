/* SPDX-License-Identifier: GPL-2.0-only */
/* A conversation over rtnetlink(7). */
#ifndef SOCKWATCH_NETLINK_RTNL_H
#define SOCKWATCH_NETLINK_RTNL_H

#include <stddef.h>
#include <stdint.h>

struct nlmsghdr;
struct rtnl; /* opaque */

/* Takes one message. 0, or -errno, which ends the reading. */
typedef int rtnl_take_fn(void *arg, const struct nlmsghdr *message);

/*
 * In the network namespace that we are in. groups: bits 1 << (RTNLGRP_... - 1) whose news are to
 * come; 0: none. 0 or -errno.
 */
int rtnl_open(uint32_t groups, struct rtnl **ret);

/* Readable when there is news. */
int rtnl_fd(const struct rtnl *r);

/*
 * Asks for all objects of a type (RTM_GETLINK, ...) and family (0: any). One that changed while it
 * was read is read again from the start: reset() is called first, if there is one. 0 or -errno:
 * -EOPNOTSUPP and the like for what this kernel does not have.
 */
int rtnl_dump(struct rtnl *r, uint16_t type, uint8_t family, rtnl_take_fn *take,
	      void (*reset)(void *arg), void *arg);

/*
 * Takes the news that is there, without waiting; of very much, a part. 0; -ENOBUFS: some was lost.
 * What came behind it is thrown away, so all is to be read again. Or another -errno.
 */
int rtnl_news(struct rtnl *r, rtnl_take_fn *take, void *arg);

/* NULL is fine. */
void rtnl_free(struct rtnl *r);

#endif
