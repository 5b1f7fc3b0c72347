// SPDX-License-Identifier: GPL-2.0-only
/* Text: what stands behind a line, each with a label. */
#include "render/render.h"

#include "base/buf.h"
#include "core/record.h"
#include "core/row.h"
#include "render/cell.h"
#include "render/named.h"

static void put_user(struct buf *b, const char *name)
{
	buf_puts(b, " uid=");
	named_put_word(b, name);
}

/* row: NULL for what is no row. */
static void put_mark(struct buf *b, const struct sw_row *row)
{
	if (!row || !(row->sock.have & SW_HAVE_MARK))
		return;
	label_put_number(b, " mark=", row->mark, row->mark);
	label_put_number(b, " priority=", row->priority, row->priority);
}

void netns_put(struct buf *b, const struct record *rec)
{
	if (rec->netns_name)
		label_put_name(b, " netns=", rec->netns_name);
	else
		label_put_number(b, " netns=", true, rec->ev->sock.tuple.netns);
}

/* -e */
void extended_put(struct render *r, struct buf *b, const struct record *rec)
{
	const struct sw_event *e = rec->ev;

	if (rec->names && rec->names->user)
		put_user(b, rec->names->user);
	else
		label_put_number(b, " uid=", e->sock.have & SW_HAVE_UID, e->sock.uid);
	label_put_number(b, " inode=", e->sock.inode, e->sock.inode);
	label_put_number(b, " cookie=", e->sock.cookie, e->sock.cookie);
	label_put_number(b, " mptcp_token=", (e->sock.have & SW_HAVE_MPTCP) && e->mptcp_token,
			 e->mptcp_token);
	label_put_number(b, " parent_inode=", e->parent_inode, e->parent_inode);
	label_put_number(b, " ns_pid=", e->ns_pid, e->ns_pid);
	label_put_name(b, " device=", rec->device);
	if (e->sock.tuple.flags & SW_TUPLE_V6ONLY_KNOWN)
		buf_puts(b, e->sock.tuple.flags & SW_TUPLE_V6ONLY ? " v6only=1" : " v6only=0");
	put_mark(b, rec->row);
	label_put_number(b, " netns=", e->sock.tuple.netns, e->sock.tuple.netns);
	label_put_name(b, " netns_name=", rec->netns_name);
	label_put_number(b, " cgroup_id=", e->sock.owner_cgroup, e->sock.owner_cgroup);
	label_put_name(b, " cgroup=", rec->cgroup);
	label_put_number(b, " socket_cgroup_id=",
			 e->sock.cgroup_id && e->sock.cgroup_id != e->sock.owner_cgroup,
			 e->sock.cgroup_id);
	label_put_name(b, " socket_cgroup=", rec->socket_cgroup);
	label_put_container(b, " container=", rec->container);
	label_put_name(b, " container_name=", rec->container_name);
	label_put_name(b, " container_image=", rec->container_image);
	label_put_name(b, " containers=", rec->containers);
	label_put_text(b, " runtime=", rec->runtime);
	label_put_text(b, " pod=", rec->pod);
	label_put_name(b, " pod_name=", rec->pod_name);
	label_put_name(b, " pod_namespace=", rec->pod_namespace);
	label_put_name(b, " unit=", rec->unit);
	label_put_name(b, " user_unit=", rec->user_unit);
	label_put_name(b, " exe=", rec->exe);
	if (r->wide)
		label_put_text(b, " cmdline=", rec->cmdline);
	else
		label_put_cut(b, " cmdline=", rec->cmdline);
	label_put_number(b, " ppid=", rec->ppid, rec->ppid);
	label_put_name(b, " parent_comm=", rec->parent_comm);
	label_put_number(b, " login_uid=", rec->has_login_uid, rec->login_uid);
	if (rec->start_wall_ns) {
		buf_puts(b, " start_time=");
		stamp_put(b, &r->start_stamp, STAMP_ISO, rec->start_wall_ns);
	}
}
