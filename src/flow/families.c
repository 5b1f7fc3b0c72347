// SPDX-License-Identifier: GPL-2.0-only
#include "flow/families.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "core/family.h"
#include "core/holders.h"
#include "core/kinds.h"
#include "core/row.h"
#include "flow/collect.h"
#include "flow/visit.h"
#include "netlink/family_diag.h"
#include "netlink/inet_diag.h"
#include "proc/held_socket.h"
#include "proc/net_family.h"
#include "proc/netns.h"

/* Where the rows of a kind come from. */
struct source {
	uint8_t proto;
	int family; /* of socket(2) */
	int protocol;
	int (*read)(uint8_t proto, uint32_t netns, struct snapshot *s);
	bool has_table; /* in /proc, too */
};

static const struct source sources[] = {
	{ SW_PROTO_META, AF_INET, SW_PROTO_MPTCP, inet_diag_read, false },
	{ SW_PROTO_SCTP, AF_INET, SW_PROTO_SCTP, inet_diag_read, false },
	{ SW_PROTO_PACKET, AF_PACKET, 0, family_diag_read, true },
	{ SW_PROTO_NETLINK, AF_NETLINK, 0, family_diag_read, true },
	{ SW_PROTO_VSOCK, AF_VSOCK, 0, family_diag_read, false },
	{ SW_PROTO_TIPC, AF_TIPC, 0, family_diag_read, false },
	{ SW_PROTO_XDP, AF_XDP, 0, family_diag_read, false },
};

#define N_SOURCES (sizeof(sources) / sizeof(sources[0]))

/* One collection. */
struct reading {
	const struct collect_opts *opts; /* borrowed, as the next */
	struct snapshot *s;
	bool asked[N_SOURCES];
	bool lacking[N_SOURCES];    /* our own namespace does not tell them */
	uint32_t unread[N_SOURCES]; /* other namespaces that did not */
};

/* Diagnosis tells most; the table is there where we may not enter the namespace. */
static int read_source(struct reading *r, size_t at, const struct netns *netns, int entered)
{
	const struct source *source = &sources[at];
	int err = entered ? entered : source->read(source->proto, netns->inode, r->s);

	if (err && err != -ENOMEM && source->has_table)
		err = net_family_read(r->opts->proc_fd, netns, source->proto, r->s);
	if (!err || err == -ENOMEM)
		return err;
	if (netns_is_own(netns))
		r->lacking[at] = true;
	else if (!r->lacking[at] && err != -ENOENT) /* else it is gone */
		r->unread[at]++;
	return 0;
}

static int read_namespace(void *arg, const struct netns *netns, int entered)
{
	struct reading *r = arg;
	int err = 0;

	for (size_t i = 0; i < N_SOURCES && !err; i++)
		if (r->asked[i])
			err = read_source(r, i, netns, entered);
	return err;
}

/* Whether the kernel knows such sockets at all. */
static bool is_known(const struct source *source)
{
	int fd = socket(source->family, SOCK_STREAM | SOCK_CLOEXEC, source->protocol);
	bool known = fd >= 0 || (errno != EAFNOSUPPORT && errno != EPROTONOSUPPORT);

	if (fd >= 0)
		close(fd);
	return known;
}

/* A socket of a kind that no diagnosis tells. */
static int take_held(void *arg, uint64_t inode, const struct holder *holder)
{
	struct reading *r = arg;
	uint8_t proto = holder->fd < 0 ? 0 : held_socket_proto(holder->pid, holder->fd);
	struct sw_row row;

	for (size_t i = 0; proto && i < N_SOURCES; i++)
		if (sources[i].proto == proto && r->lacking[i] &&
		    !held_socket_read(holder->pid, holder->fd, inode, proto, &row))
			return snapshot_add_row(r->s, &row);
	return 0;
}

/* Every descriptor of a socket is looked at, so only where it is of use. */
static int read_held(struct reading *r, const struct gathered *g)
{
	for (size_t i = 0; i < N_SOURCES; i++)
		if (r->lacking[i] && family_is_other(sources[i].proto) && is_known(&sources[i]))
			return holders_each(&g->holders, take_held, r);
	return 0;
}

static int complete_row(const struct gathered *g, struct snapshot *s, struct sw_row *row)
{
	int err = holders_attach(&g->holders, row, s);

	/* no user's has the number 0 */
	if (row->sock.proto == SW_PROTO_NETLINK && !row->n_holders &&
	    !family_addr_get(&row->sock.tuple.local).id)
		row->sock.owner_source = SW_OWNER_KERNEL;
	return err;
}

/*
 * One by which we asked, and which is closed: who looks through the descriptors of all processes
 * may hold it for a moment more.
 */
static bool was_ours(const struct sw_row *row)
{
	struct family_addr local = family_addr_get(&row->sock.tuple.local);

	return row->sock.proto == SW_PROTO_NETLINK && local.protocol == NETLINK_SOCK_DIAG &&
	       local.id == (uint32_t)getpid() && !row->n_holders;
}

/* Those from `first` on. */
static int complete_rows(const struct gathered *g, struct snapshot *s, size_t first)
{
	int err = 0;

	for (size_t i = first; i < s->n_rows && !err; i++) {
		err = complete_row(g, s, &s->rows[i]);
		if (!err && was_ours(&s->rows[i]))
			s->rows[i--] = s->rows[--s->n_rows];
	}
	return err;
}

static const char *name_of(uint8_t proto)
{
	for (size_t i = 0; i < n_sock_kinds; i++)
		if (sock_kinds[i].proto == proto)
			return sock_kinds[i].name;
	return "?";
}

static void note_lacking(const struct reading *r)
{
	for (size_t i = 0; i < N_SOURCES; i++) {
		const char *name = name_of(sources[i].proto);

		if (r->lacking[i] && r->opts->select->kinds_named)
			log_note(is_known(&sources[i]) ? "--%s: this kernel has no diagnosis of "
							 "such sockets: those "
							 "that no process holds are missing"
						       : "--%s: this kernel has no such sockets",
				 name);
		if (r->unread[i])
			log_note("the %s sockets of %" PRIu32
				 " network namespace(s) cannot be read "
				 "(entering them needs CAP_SYS_ADMIN): they are missing",
				 name, r->unread[i]);
	}
}

static bool set_asked(struct reading *r)
{
	bool any = false;

	for (size_t i = 0; i < N_SOURCES; i++)
		for (size_t k = 0; k < n_sock_kinds; k++)
			if (sock_kinds[k].proto == sources[i].proto &&
			    kind_is_asked(r->opts->select, &sock_kinds[k]))
				any = r->asked[i] = true;
	return any;
}

int collect_families(const struct collect_opts *opts, const struct gathered *gathered,
		     struct snapshot *s)
{
	struct reading r = { .opts = opts, .s = s };
	size_t before = s->n_rows;
	int err;

	if (!set_asked(&r))
		return 0;
	err = visit_namespaces(opts->proc_fd, &gathered->namespaces, read_namespace, &r);
	if (!err)
		err = read_held(&r, gathered);
	if (!err)
		err = complete_rows(gathered, s, before);
	if (!opts->quiet)
		note_lacking(&r);
	return err;
}
