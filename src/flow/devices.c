// SPDX-License-Identifier: GPL-2.0-only
#include "flow/devices.h"

#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/array.h"
#include "base/hash.h"
#include "core/row.h"
#include "proc/dir.h"
#include "proc/netns.h"

_Static_assert(DEVICE_NAME_MAX == IFNAMSIZ, "a name fits");

struct name {
	char text[DEVICE_NAME_MAX]; /* "": it has none there */
};

struct devices {
	int proc_fd;	    /* borrowed */
	int own_fd;	    /* owned; a socket of our namespace; -1: none */
	uint32_t own_netns; /* 0: not known */
	struct name *names; /* owned; of other namespaces */
	size_t n, cap;
	struct hash by_place; /* index in names */
	char text[DEVICE_NAME_MAX];
};

/*
 * A socket is asked about its namespace, and any will do. One of UDP that is not bound is in no
 * table; where a unit forbids it, one of another kind, of which no rows are made there.
 */
static int socket_open(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0) : fd;
}

/* "" where there is no such interface, any more. */
static void name_ask(int fd, uint32_t index, char text[DEVICE_NAME_MAX])
{
	struct ifreq request = { .ifr_ifindex = (int)index };

	text[0] = '\0';
	if (fd < 0 || ioctl(fd, SIOCGIFNAME, &request))
		return;
	memcpy(text, request.ifr_name, DEVICE_NAME_MAX);
	text[DEVICE_NAME_MAX - 1] = '\0';
}

static uint32_t own_netns(int proc_fd)
{
	int dir_fd = process_dir_open(proc_fd, PROCESS_SELF);
	uint32_t netns = 0;

	if (dir_fd < 0)
		return 0;
	netns_of_process(dir_fd, &netns);
	close(dir_fd);
	return netns;
}

struct devices *devices_new(int proc_fd)
{
	struct devices *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->proc_fd = proc_fd;
	d->own_fd = socket_open();
	d->own_netns = own_netns(proc_fd);
	return d;
}

/* --- learning --------------------------------------------------------------------------------- */

static uint64_t place_of(uint32_t netns, uint32_t index)
{
	return (uint64_t)netns << 32 | index;
}

static void forget(struct devices *d)
{
	free(d->names);
	d->names = NULL;
	d->n = d->cap = 0;
	hash_free(&d->by_place);
}

bool devices_elsewhere(const struct devices *d, uint32_t netns)
{
	return netns && d->own_netns && netns != d->own_netns;
}

/* The names of one namespace, by a socket in it; -1: all of them are unknown. */
static int learn_from(struct devices *d, const struct snapshot *s, uint32_t netns, int fd)
{
	for (size_t i = 0; i < s->n_rows; i++) {
		const struct sw_tuple *t = &s->rows[i].sock.tuple;
		uint64_t place = place_of(t->netns, t->device);
		uint32_t known;

		if (t->netns != netns || !t->device || hash_get(&d->by_place, place, &known))
			continue;
		if (ARRAY_RESERVE(d->names, d->n, d->cap) ||
		    hash_put(&d->by_place, place, (uint32_t)d->n))
			return -ENOMEM;
		name_ask(fd, t->device, d->names[d->n++].text);
	}
	return 0;
}

/* Takes the thread into another namespace. -errno: it may not be entered. */
static int enter(const struct devices *d, const struct netns_set *set, uint32_t netns)
{
	uint32_t at;
	int err, fd;

	if (!hash_get(&set->by_inode, netns, &at))
		return -ENOENT;
	fd = netns_open(d->proc_fd, &set->all[at]);
	if (fd < 0)
		return fd;
	err = setns(fd, CLONE_NEWNET) ? -errno : 0;
	close(fd);
	return err;
}

/* own: our namespace, to go back to; -1: no other can be entered. */
static int learn_netns(struct devices *d, const struct snapshot *s, const struct netns_set *set,
		       uint32_t netns, int own)
{
	bool entered = own >= 0 && !enter(d, set, netns);
	int fd = entered ? socket_open() : -1;
	int err = learn_from(d, s, netns, fd);

	if (fd >= 0)
		close(fd);
	/* where no other may be entered, neither may our own */
	if (entered && setns(own, CLONE_NEWNET) && !err)
		err = -errno;
	return err;
}

/* A descriptor of the namespace that the thread is in. */
static int own_open(const struct devices *d)
{
	const struct netns own = { .inode = d->own_netns, .pids = { PROCESS_SELF }, .n_pids = 1 };

	return netns_open(d->proc_fd, &own);
}

int devices_learn(struct devices *d, const struct snapshot *s, const struct netns_set *set)
{
	int own = -1, err = 0;

	forget(d);
	for (size_t i = 0; i < s->n_rows && !err; i++) {
		const struct sw_tuple *t = &s->rows[i].sock.tuple;
		uint32_t known;

		if (!t->device || !devices_elsewhere(d, t->netns) ||
		    hash_get(&d->by_place, place_of(t->netns, t->device), &known))
			continue;
		if (own < 0)
			own = own_open(d);
		err = learn_netns(d, s, set, t->netns, own);
	}
	if (own >= 0)
		close(own);
	return err;
}

/* --- telling ---------------------------------------------------------------------------------- */

const char *devices_name(struct devices *d, uint32_t netns, uint32_t index, bool learned)
{
	uint32_t at;

	d->text[0] = '\0';
	if (netns == d->own_netns)
		name_ask(d->own_fd, index, d->text);
	else if (learned && hash_get(&d->by_place, place_of(netns, index), &at))
		memcpy(d->text, d->names[at].text, sizeof(d->text));
	if (!d->text[0])
		snprintf(d->text, sizeof(d->text), "%" PRIu32, index);
	return d->text;
}

void devices_free(struct devices *d)
{
	if (!d)
		return;
	forget(d);
	if (d->own_fd >= 0)
		close(d->own_fd);
	free(d);
}
