/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The values of options. Each function takes one text, adds what it says to its target and returns
 * 0, or -EINVAL (not understood) or -E2BIG (more values than fit), with the target unchanged.
 */
#ifndef SOCKWATCH_CLI_VALUES_H
#define SOCKWATCH_CLI_VALUES_H

#include <stddef.h>
#include <stdint.h>

#include "filter.h"

/* "443", "8000-8099" or a service name ("https") */
int value_port(const char *text, struct sw_port_set *set);

/* The same; proto: "tcp", "udp", ...: whose service it is. */
int value_port_of(const char *text, const char *proto, struct sw_port_set *set);

/* "10.0.0.0/8", "::1" */
int value_cidr(const char *text, struct sw_cidr_set *set);

/* "1234", 1 to 4194304 (PID_MAX_LIMIT) */
int value_pid(const char *text, struct sw_filter *f);

/* "1000" or a user name */
int value_uid(const char *text, struct sw_filter *f);

/*
 * A network namespace: its inode number, its name below /run/netns, a path to it, or "self", which
 * `own` tells
 */
typedef int netns_own_fn(uint32_t *ret);
int value_netns(const char *text, netns_own_fn *own, struct sw_filter *f);

/*
 * A cgroup (v2): what `find` takes for its path (below the root as the field `cgroup` has it, or
 * that of its directory), or its id
 */
typedef int cgroup_find_fn(const char *path, uint64_t *ret_id);
int value_cgroup(const char *text, cgroup_find_fn *find, struct sw_filter *f);

/* "curl": exactly, as far as the kernel keeps names (15 bytes); "cur*": that beginning */
int value_comm(const char *text, struct sw_filter *f);

/* "established", "time-wait" */
int value_state(const char *text, struct sw_filter *f);

/* A whole number from `least` to `most`, nothing else in the text. */
int value_number(const char *text, uint64_t least, uint64_t most, uint64_t *ret);

/* "10", "0.5", "90s", "2m", "1h", "30d": milliseconds, at least 1. */
int value_duration(const char *text, uint64_t *ret_ms);

/* "65536", "256K", "4M", "1G", "2T": bytes, from `least` to `most`. */
int value_size(const char *text, uint64_t least, uint64_t most, uint64_t *ret);

/* "10%", "10": up to `most`. */
int value_percent(const char *text, uint32_t most, uint32_t *ret);

/* "65536", "256K", "4M": bytes, rounded up to a power of two from a page to 1 GiB. */
int value_buffer_size(const char *text, size_t *ret);

#endif
