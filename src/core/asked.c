// SPDX-License-Identifier: GPL-2.0-only
#include "core/asked.h"

#include <string.h>

#include "core/connection.h"
#include "core/kinds.h"
#include "core/opts.h"
#include "core/record.h"
#include "core/who.h"
#include "filter.h"

static bool has_kind(const struct select_opts *select, uint8_t proto)
{
	if (!select->kinds_named)
		return true;
	for (size_t i = 0; i < n_sock_kinds; i++)
		if (sock_kinds[i].proto == proto)
			return kind_is_asked(select, &sock_kinds[i]);
	return false;
}

/* TIME_WAIT is how a connection ended, and not what it was to a port. */
static bool has_target(const struct asked *a, const struct sw_sock *s)
{
	uint8_t state = s->state == SW_TCP_TIME_WAIT ? SW_TCP_ESTABLISHED : s->state;

	for (size_t i = 0; i < a->n_targets; i++)
		if (who_role(&a->targets[i], s->proto, &s->tuple, state) != WHO_NOTHING)
			return true;
	return !a->n_targets;
}

/* Cgroups apart: what is kept does not say which were asked for. */
static bool has_process(const struct sw_filter *f, const struct record *rec)
{
	struct sw_conn conn = { 0 };

	if (!(f->on & SW_F_CGROUP))
		return rec->conn ? conn_selected(f, rec->conn)
				 : sw_filter_change(f, rec->ev) == SW_PASS;
	if (rec->conn)
		conn = *rec->conn;
	else
		conn.e = *rec->ev;
	conn.e.sock.in_cgroups = 1;
	for (size_t i = 0; i < conn.n_owners && i < SW_CONN_OWNERS; i++)
		conn.owners[i].in_cgroups = 1;
	return conn_selected(f, &conn);
}

/* By its path: what has it today may have had another id then. */
static bool is_below(const char *path, const char *of)
{
	size_t len = strlen(of);

	if (!strcmp(of, "/"))
		return true;
	return !strncmp(path, of, len) && (path[len] == '/' || !path[len]);
}

static bool has_cgroup(const struct asked *a, const struct record *rec)
{
	const struct sw_filter *f = &a->select->filter;

	if (!(f->on & SW_F_CGROUP) ||
	    sw_u64_in(f->cgroups, f->n_cgroups, rec->ev->sock.owner_cgroup))
		return true;
	for (size_t i = 0; rec->cgroup && i < a->n_cgroups; i++)
		if (is_below(rec->cgroup, a->cgroups[i]))
			return true;
	return false;
}

bool record_asked(const struct asked *a, const struct record *rec)
{
	const struct sw_filter *f = &a->select->filter;
	const struct sw_sock *s = &rec->ev->sock;

	if (!record_is_socket(rec))
		return true;
	return has_kind(a->select, s->proto) && sw_filter_socket(f, s) == SW_PASS &&
	       has_cgroup(a, rec) && has_process(f, rec) && has_target(a, s) &&
	       where_selected(&a->select->where, rec);
}
