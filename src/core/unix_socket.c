// SPDX-License-Identifier: GPL-2.0-only
#include "core/unix_socket.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/row.h"
#include "filter.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

int unix_list_add(struct unix_list *l, const struct unix_socket *socket)
{
	size_t cap = l->cap ? l->cap * 2 : 64;
	struct unix_socket *all;

	if (l->n == l->cap) {
		all = reallocarray(l->all, cap, sizeof(*all));
		if (!all)
			return -ENOMEM;
		l->all = all;
		l->cap = cap;
	}
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

static int compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
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

static int compare(const void *left, const void *right)
{
	const struct unix_socket *a = left, *b = right;
	int order = compare_numbers(a->netns, b->netns);

	if (!order)
		order = compare_numbers(a->state != UNIX_LISTENING, b->state != UNIX_LISTENING);
	if (!order)
		order = compare_paths(a, b);
	return order ? order : compare_numbers(a->inode, b->inode);
}

int unix_list_sort(struct unix_list *l)
{
	if (l->n)
		qsort(l->all, l->n, sizeof(*l->all), compare);
	for (size_t i = 0; i < l->n; i++)
		if (l->all[i].inode && hash_put(&l->by_inode, l->all[i].inode, (uint32_t)i))
			return -ENOMEM;
	return 0;
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

static bool state_selected(const struct sw_filter *f, uint8_t state)
{
	uint8_t tcp_state = state == UNIX_LISTENING   ? SW_TCP_LISTEN
			    : state == UNIX_CONNECTED ? SW_TCP_ESTABLISHED
						      : SW_TCP_CLOSE;

	if ((f->on & SW_F_LISTEN) && state != UNIX_LISTENING)
		return false;
	return !(f->on & SW_F_STATE) || f->states >> tcp_state & 1;
}

static bool holder_selected(const struct sw_filter *f, const struct holder *h)
{
	return (!(f->on & SW_F_PID) || sw_u32_in(f->pids, f->n_pids, h->pid)) &&
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
	if (!(f->on & (SW_F_PID | SW_F_COMM)))
		return true;
	for (uint32_t i = 0; i < s->n_holders; i++)
		if (holder_selected(f, &holders[s->first_holder + i]))
			return true;
	return false;
}

bool unix_filter_excludes(const struct sw_filter *f)
{
	return f->on &
	       (SW_F_PORT | SW_F_LOCAL_PORT | SW_F_REMOTE_PORT | SW_F_ADDR | SW_F_LOCAL_ADDR |
		SW_F_REMOTE_ADDR | SW_F_IPV4 | SW_F_IPV6 | SW_F_NO_LOOPBACK);
}
