// SPDX-License-Identifier: GPL-2.0-only
#include "flow/visit.h"

#include <errno.h>
#include <sched.h>
#include <stddef.h>
#include <unistd.h>

#include "proc/netns.h"

static int enter(int proc_fd, const struct netns *netns)
{
	int err, fd = netns_open(proc_fd, netns);

	if (fd < 0)
		return fd;
	err = setns(fd, CLONE_NEWNET) ? -errno : 0;
	close(fd);
	return err;
}

/* own_fd: our namespace; -1: no other can be entered. */
static int visit(int proc_fd, const struct netns *netns, int own_fd, visit_fn *fn, void *arg)
{
	int err, entered;

	if (netns_is_own(netns))
		return fn(arg, netns, 0);
	entered = own_fd < 0 ? -EPERM : enter(proc_fd, netns);
	err = fn(arg, netns, entered);
	if (!entered &&
	    setns(own_fd, CLONE_NEWNET)) /* what follows would be told of the wrong one */
		return -ENOTRECOVERABLE;
	return err;
}

static int open_own(int proc_fd, const struct netns_set *set)
{
	for (size_t i = 0; i < set->n && set->n > 1; i++)
		if (netns_is_own(&set->all[i]))
			return netns_open(proc_fd, &set->all[i]);
	return -1;
}

int visit_namespaces(int proc_fd, const struct netns_set *set, visit_fn *fn, void *arg)
{
	int err = 0, own_fd = open_own(proc_fd, set);

	for (size_t i = 0; i < set->n && !err; i++)
		err = visit(proc_fd, &set->all[i], own_fd, fn, arg);
	if (own_fd >= 0)
		close(own_fd);
	return err;
}
