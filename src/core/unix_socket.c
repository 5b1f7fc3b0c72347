// SPDX-License-Identifier: GPL-2.0-only
#include "core/unix_socket.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/array.h"
#include "base/compare.h"
#include "core/row.h"
#include "filter.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

int unix_list_add(struct unix_list *l, const struct unix_socket *socket)
{
	if (ARRAY_RESERVE(l->all, l->n, l->cap))
		return -ENOMEM;
	if (socket->inode && hash_put(&l->by_inode, socket->inode, (uint32_t)l->n))
		return -ENOMEM;
	l->all[l->n++] = *socket;
	return 0;
}

void unix_list_cut(struct unix_list *l, size_t n)
{
	while (l->n > n)
		free(l->all[--l->n].path);
}

struct unix_socket *unix_list_find(const struct unix_list *l, uint64_t inode)
{
	uint32_t at;

	if (!inode || !hash_get(&l->by_inode, inode, &at) || at >= l->n)
		return NULL;
	return l->all[at].inode == inode ? &l->all[at] : NULL;
}

static int compare_paths(const struct unix_socket *a, const struct unix_socket *b)
{
	size_t len = a->path_len < b->path_len ? a->path_len : b->path_len;
	int order;

	if (!a->path || !b->path)
		return compare_numbers(!a->path, !b->path);
	order = memcmp(a->path, b->path, len);
	return order ? order : compare_numbers(a->path_len, b->path_len);
}

int unix_compare(const struct unix_socket *a, const struct unix_socket *b)
{
	int order = compare_numbers(a->netns, b->netns);

	if (!order)
		order = compare_numbers(a->state != UNIX_LISTENING, b->state != UNIX_LISTENING);
	if (!order)
		order = compare_paths(a, b);
	return order ? order : compare_numbers(a->inode, b->inode);
}

/* What nobody holds comes last. */
static uint64_t pid_of(const struct holder *holders, const struct unix_socket *s)
{
	return s->n_holders ? holders[s->first_holder].pid : UINT64_MAX;
}

static int compare_comms(const struct holder *holders, const struct unix_socket *a,
			 const struct unix_socket *b)
{
	if (!a->n_holders || !b->n_holders)
		return compare_numbers(!a->n_holders, !b->n_holders);
	return strncmp(holders[a->first_holder].comm, holders[b->first_holder].comm, SW_COMM_LEN);
}

static uint64_t uid_of(const struct unix_socket *s)
{
	return s->has_uid ? s->uid : UINT64_MAX;
}

/* As those of TCP are sorted: what listens, what begins, what is connected, what is not. */
static uint64_t life_of(const struct unix_socket *s)
{
	static const uint8_t order[] = { [UNIX_LISTENING] = 0,
					 [UNIX_CONNECTING] = 1,
					 [UNIX_CONNECTED] = 2,
					 [UNIX_DISCONNECTING] = 3,
					 [UNIX_UNCONNECTED] = 4 };

	return s->state < COUNT(order) ? order[s->state] : COUNT(order);
}

int unix_compare_by(enum sort_key key, const struct unix_socket *a, const struct unix_socket *b,
		    const struct holder *holders)
{
	switch (key) {
	case SORT_ADDR:
		return compare_paths(a, b);
	case SORT_PID:
		return compare_numbers(pid_of(holders, a), pid_of(holders, b));
	case SORT_COMM:
		return compare_comms(holders, a, b);
	case SORT_UID:
		return compare_numbers(uid_of(a), uid_of(b));
	case SORT_STATE:
		return compare_numbers(life_of(a), life_of(b));
	case SORT_RECV_Q:
		return compare_numbers(b->recv_q, a->recv_q);
	case SORT_SEND_Q:
		return compare_numbers(b->send_q, a->send_q);
	case SORT_PORT:
	case SORT_NONE:
	default: /* of counts */
		break;
	}
	return 0;
}

struct order {
	const struct holder *holders; /* borrowed, as the keys */
	const enum sort_key *keys;
	int n_keys;
};

static int compare_ordered(const void *left, const void *right, void *arg)
{
	const struct order *o = arg;
	int order = 0;

	for (int i = 0; i < o->n_keys && !order; i++)
		order = unix_compare_by(o->keys[i], left, right, o->holders);
	return order ? order : unix_compare(left, right);
}

static int number_anew(struct unix_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->all[i].inode && hash_put(&l->by_inode, l->all[i].inode, (uint32_t)i))
			return -ENOMEM;
	return 0;
}

int unix_list_sort(struct unix_list *l, const struct holder *holders, const enum sort_key *keys,
		   int n_keys)
{
	struct order o = { .holders = holders, .keys = keys, .n_keys = n_keys };

	if (l->n)
		qsort_r(l->all, l->n, sizeof(*l->all), compare_ordered, &o);
	return number_anew(l);
}

int unix_list_reorder(struct unix_list *l, const size_t *order)
{
	struct unix_socket *all = calloc(l->n + 1, sizeof(*all));

	if (!all)
		return -ENOMEM;
	for (size_t i = 0; i < l->n; i++)
		all[i] = l->all[order[i]];
	free(l->all);
	l->all = all;
	l->cap = l->n + 1;
	return number_anew(l);
}

void unix_list_free(struct unix_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->all[i].path);
	free(l->all);
	hash_free(&l->by_inode);
	*l = (struct unix_list){ 0 };
}

const char *unix_type_name(uint8_t type)
{
	static const char *const names[] = {
		[SOCK_STREAM] = "STREAM", [SOCK_DGRAM] = "DGRAM", [SOCK_SEQPACKET] = "SEQPACKET"
	};

	return type < COUNT(names) && names[type] ? names[type] : "UNKNOWN";
}

const char *unix_state_name(uint8_t state)
{
	static const char *const names[] = { [UNIX_UNCONNECTED] = "",
					     [UNIX_LISTENING] = "LISTENING",
					     [UNIX_CONNECTING] = "CONNECTING",
					     [UNIX_CONNECTED] = "CONNECTED",
					     [UNIX_DISCONNECTING] = "DISCONNECTING" };

	return state < COUNT(names) ? names[state] : "";
}

/* By TCP's names, as ss has them (unix_state_map in misc/ss.c). */
static bool state_selected(const struct sw_filter *f, uint8_t state)
{
	static const uint8_t tcp_states[] = { [UNIX_UNCONNECTED] = SW_TCP_CLOSE,
					      [UNIX_LISTENING] = SW_TCP_LISTEN,
					      [UNIX_CONNECTING] = SW_TCP_SYN_SENT,
					      [UNIX_CONNECTED] = SW_TCP_ESTABLISHED,
					      [UNIX_DISCONNECTING] = SW_TCP_CLOSING };

	if ((f->on & SW_F_LISTEN) && state != UNIX_LISTENING)
		return false;
	return !(f->on & SW_F_STATE) || f->states >> tcp_states[state] & 1;
}

static bool holder_selected(const struct sw_filter *f, const struct holder *h)
{
	return (!(f->on & SW_F_CGROUP) || h->in_cgroups) &&
	       (!(f->on & SW_F_PID) || sw_u32_in(f->pids, f->n_pids, h->pid)) &&
	       (!(f->on & SW_F_COMM) || sw_comm_in(f, h->comm));
}

bool unix_selected(const struct sw_filter *f, const struct unix_socket *s,
		   const struct holder *holders)
{
	if ((f->on & SW_F_NETNS) && !sw_u32_in(f->netns, f->n_netns, s->netns))
		return false;
	if ((f->on & SW_F_UID) && (!s->has_uid || !sw_u32_in(f->uids, f->n_uids, s->uid)))
		return false;
	if (!state_selected(f, s->state))
		return false;
	if (!(f->on & (SW_F_PID | SW_F_COMM | SW_F_CGROUP)))
		return true;
	for (uint32_t i = 0; i < s->n_holders; i++)
		if (holder_selected(f, &holders[s->first_holder + i]))
			return true;
	return false;
}
