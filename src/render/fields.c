// SPDX-License-Identifier: GPL-2.0-only
#include "render/fields.h"

#include <string.h>

#include "base/buf.h"
#include "core/names.h"
#include "core/record.h"
#include "core/row.h"
#include "event.h"

static bool set_num(struct field_value *v, bool has, uint64_t num)
{
	v->num = num;
	return has;
}

static bool set_text(struct field_value *v, const char *text)
{
	v->text = text;
	v->len = text ? strlen(text) : 0;
	return text != NULL;
}

static bool set_comm(struct field_value *v, bool has, const char *comm)
{
	v->text = comm;
	v->len = strnlen(comm, SW_COMM_LEN);
	return has;
}

static bool set_addr(struct field_value *v, bool has, const union sw_addr *addr)
{
	if (!has)
		return false;
	v->len = addr_format(addr, v->scratch);
	v->text = v->scratch;
	return true;
}

/* A report of loss is about no socket. */
static bool is_socket(const struct record *r)
{
	return r->ev->kind != SW_EV_LOST;
}

static bool has_remote(const struct record *r)
{
	return is_socket(r) && r->ev->kind != SW_EV_BIND &&
	       (r->ev->sock.tuple.remote_port ||
		(r->ev->sock.proto == SW_PROTO_TCP && r->ev->sock.state != SW_TCP_LISTEN)) &&
	       !(r->ev->old_state == SW_TCP_LISTEN && r->ev->sock.state == SW_TCP_CLOSE);
}

static bool has_owner(const struct record *r)
{
	return is_socket(r) && r->ev->sock.owner_source != SW_OWNER_UNKNOWN;
}

/* What only a row of the snapshot has, and not each. */
static bool has_row(const struct record *r, uint32_t have)
{
	return r->row && (r->row->sock.have & have);
}

static bool get_time(const struct record *r, struct field_value *v)
{
	return set_num(v, true, r->wall_ns);
}

static bool get_event(const struct record *r, struct field_value *v)
{
	return set_text(v, event_kind_name(r->ev->kind));
}

static bool get_proto(const struct record *r, struct field_value *v)
{
	return is_socket(r) && set_text(v, proto_name(r->ev));
}

static bool get_family(const struct record *r, struct field_value *v)
{
	return is_socket(r) &&
	       set_text(v, tuple_version(&r->ev->sock.tuple) == 4 ? "ipv4" : "ipv6");
}

static bool get_v4mapped(const struct record *r, struct field_value *v)
{
	const struct sw_tuple *t = &r->ev->sock.tuple;

	return set_num(v, is_socket(r) && t->family == SW_AF_INET6 && tuple_version(t) == 4, 1);
}

static bool get_local_addr(const struct record *r, struct field_value *v)
{
	return set_addr(v, is_socket(r), &r->ev->sock.tuple.local);
}

static bool get_local_port(const struct record *r, struct field_value *v)
{
	return set_num(v, is_socket(r) && r->ev->sock.tuple.local_port,
		       r->ev->sock.tuple.local_port);
}

static bool get_remote_addr(const struct record *r, struct field_value *v)
{
	return set_addr(v, has_remote(r), &r->ev->sock.tuple.remote);
}

static bool get_remote_port(const struct record *r, struct field_value *v)
{
	return set_num(v, has_remote(r) && r->ev->sock.tuple.remote_port,
		       r->ev->sock.tuple.remote_port);
}

static bool get_old_state(const struct record *r, struct field_value *v)
{
	return r->ev->kind == SW_EV_STATE && set_text(v, state_name(r->ev->old_state));
}

static bool get_state(const struct record *r, struct field_value *v)
{
	return is_socket(r) && set_text(v, event_state_name(r->ev));
}

static bool get_pid(const struct record *r, struct field_value *v)
{
	return set_num(v, has_owner(r), r->ev->sock.pid);
}

static bool get_ns_pid(const struct record *r, struct field_value *v)
{
	return set_num(v, has_owner(r) && r->ev->ns_pid, r->ev->ns_pid);
}

static bool get_comm(const struct record *r, struct field_value *v)
{
	return set_comm(v, has_owner(r), r->ev->sock.comm);
}

static bool get_uid(const struct record *r, struct field_value *v)
{
	return set_num(v, r->ev->sock.have & SW_HAVE_UID, r->ev->sock.uid);
}

static bool get_owner_source(const struct record *r, struct field_value *v)
{
	return is_socket(r) && set_text(v, owner_source_name(r->ev->sock.owner_source));
}

static bool get_owners(const struct record *r, struct field_value *v)
{
	return set_num(v, r->n_holders > 0, r->n_holders);
}

static bool get_actor_pid(const struct record *r, struct field_value *v)
{
	return set_num(v, r->ev->sock.have & SW_HAVE_ACTOR, r->ev->actor_pid);
}

static bool get_actor_tid(const struct record *r, struct field_value *v)
{
	return set_num(v, r->ev->sock.have & SW_HAVE_ACTOR, r->ev->actor_tid);
}

static bool get_actor_comm(const struct record *r, struct field_value *v)
{
	return set_comm(v, r->ev->sock.have & SW_HAVE_ACTOR, r->ev->actor_comm);
}

static bool get_cookie(const struct record *r, struct field_value *v)
{
	return set_num(v, r->ev->sock.cookie, r->ev->sock.cookie);
}

static bool get_inode(const struct record *r, struct field_value *v)
{
	return set_num(v, r->ev->sock.inode, r->ev->sock.inode);
}

static bool get_mptcp_token(const struct record *r, struct field_value *v)
{
	return set_num(v, r->ev->sock.have & SW_HAVE_MPTCP, r->ev->mptcp_token);
}

static bool get_parent_inode(const struct record *r, struct field_value *v)
{
	return set_num(v, (r->ev->sock.have & SW_HAVE_MPTCP) && r->ev->parent_inode,
		       r->ev->parent_inode);
}

static bool get_netns(const struct record *r, struct field_value *v)
{
	return set_num(v, is_socket(r) && r->ev->sock.tuple.netns, r->ev->sock.tuple.netns);
}

static bool get_netns_name(const struct record *r, struct field_value *v)
{
	return set_text(v, r->netns_name);
}

static bool get_cgroup_id(const struct record *r, struct field_value *v)
{
	return set_num(v, r->ev->sock.cgroup_id, r->ev->sock.cgroup_id);
}

static bool get_cgroup(const struct record *r, struct field_value *v)
{
	return set_text(v, r->cgroup);
}

static bool get_container(const struct record *r, struct field_value *v)
{
	return set_text(v, r->container);
}

static bool get_runtime(const struct record *r, struct field_value *v)
{
	return set_text(v, r->runtime);
}

static bool get_pod(const struct record *r, struct field_value *v)
{
	return set_text(v, r->pod);
}

static bool get_unit(const struct record *r, struct field_value *v)
{
	return set_text(v, r->unit);
}

static bool get_exe(const struct record *r, struct field_value *v)
{
	return set_text(v, r->exe);
}

static bool get_cmdline(const struct record *r, struct field_value *v)
{
	return set_text(v, r->cmdline);
}

static bool get_start_time(const struct record *r, struct field_value *v)
{
	return set_num(v, r->start_wall_ns, r->start_wall_ns);
}

static bool get_recv_q(const struct record *r, struct field_value *v)
{
	return has_row(r, SW_HAVE_QUEUES) && set_num(v, true, r->row->recv_q);
}

static bool get_send_q(const struct record *r, struct field_value *v)
{
	return has_row(r, SW_HAVE_QUEUES) && set_num(v, true, r->row->send_q);
}

static bool get_age_us(const struct record *r, struct field_value *v)
{
	return set_num(v, r->ev->sock.have & SW_HAVE_AGE, r->ev->age_ns / 1000);
}

static bool get_state_us(const struct record *r, struct field_value *v)
{
	return set_num(v, r->ev->sock.have & SW_HAVE_STATE_TIME, r->ev->state_ns / 1000);
}

static bool has_bytes(const struct record *r)
{
	return r->ev->sock.have & (SW_HAVE_COUNTERS | SW_HAVE_DATAGRAMS);
}

static bool get_bytes_sent(const struct record *r, struct field_value *v)
{
	return set_num(v, has_bytes(r), r->ev->sock.bytes_sent);
}

static bool get_bytes_received(const struct record *r, struct field_value *v)
{
	return set_num(v, has_bytes(r), r->ev->sock.bytes_received);
}

static bool get_datagrams_sent(const struct record *r, struct field_value *v)
{
	return set_num(v, r->ev->sock.have & SW_HAVE_DATAGRAMS, r->ev->datagrams_sent);
}

static bool get_datagrams_received(const struct record *r, struct field_value *v)
{
	return set_num(v, r->ev->sock.have & SW_HAVE_DATAGRAMS, r->ev->datagrams_received);
}

/* Who of both spoke first, as far as we saw. */
static bool get_direction(const struct record *r, struct field_value *v)
{
	return r->ev->kind == SW_EV_OPEN &&
	       set_text(v, r->ev->sock.have & SW_HAVE_RECEIVED ? "received" : "sent");
}

static bool get_time_wait(const struct record *r, struct field_value *v)
{
	return set_text(v, time_wait_end_name(r->ev));
}

static bool get_retransmits(const struct record *r, struct field_value *v)
{
	return set_num(v, r->ev->sock.have & SW_HAVE_COUNTERS, r->ev->sock.retransmits);
}

static bool get_srtt_us(const struct record *r, struct field_value *v)
{
	return set_num(v, (r->ev->sock.have & SW_HAVE_COUNTERS) && r->ev->sock.srtt_us,
		       r->ev->sock.srtt_us);
}

static bool get_reason(const struct record *r, struct field_value *v)
{
	return set_text(v, reason_name(r->ev->reason));
}

static bool get_error(const struct record *r, struct field_value *v)
{
	return set_text(v, errno_name(r->ev->error));
}

static bool get_local_name(const struct record *r, struct field_value *v)
{
	return r->names && set_text(v, r->names->local_host);
}

static bool get_local_service(const struct record *r, struct field_value *v)
{
	return r->names && set_text(v, r->names->local_service);
}

static bool get_remote_name(const struct record *r, struct field_value *v)
{
	return r->names && has_remote(r) && set_text(v, r->names->remote_host);
}

static bool get_remote_service(const struct record *r, struct field_value *v)
{
	return r->names && has_remote(r) && set_text(v, r->names->remote_service);
}

static bool get_user(const struct record *r, struct field_value *v)
{
	return r->names && set_text(v, r->names->user);
}

static bool get_lost(const struct record *r, struct field_value *v)
{
	return set_num(v, r->ev->kind == SW_EV_LOST, r->lost);
}

static bool get_timer(const struct record *r, struct field_value *v)
{
	return has_row(r, SW_HAVE_TIMER) && set_text(v, timer_name(r->row->timer.kind));
}

static bool get_timer_ms(const struct record *r, struct field_value *v)
{
	return has_row(r, SW_HAVE_TIMER) &&
	       set_num(v, r->row->timer.kind != SW_TIMER_OFF, r->row->timer.ms);
}

static bool get_timer_retransmits(const struct record *r, struct field_value *v)
{
	return has_row(r, SW_HAVE_TIMER) && set_num(v, true, r->row->timer.retransmits);
}

static bool get_timer_probes(const struct record *r, struct field_value *v)
{
	return has_row(r, SW_HAVE_TIMER) && set_num(v, true, r->row->timer.probes);
}

static bool get_held_by(const struct record *r, struct field_value *v)
{
	(void)v;
	return r->n_held_by;
}

static bool get_blocked_ms(const struct record *r, struct field_value *v)
{
	return set_num(v, r->blocked_ms, r->blocked_ms);
}

/* The key; as JSON has it between two values; the length of that. */
#define KEY(key) key, ",\"" key "\":", sizeof(key) + 3

/* Fields are only ever added; docs/sockwatch.8 lists them. */
const struct field fields[] = {
	{ KEY("time"), FIELD_TIME, get_time },
	{ KEY("event"), FIELD_WORD, get_event },
	{ KEY("proto"), FIELD_WORD, get_proto },
	{ KEY("family"), FIELD_WORD, get_family },
	{ KEY("v4mapped"), FIELD_BOOL, get_v4mapped },
	{ KEY("local_addr"), FIELD_WORD, get_local_addr },
	{ KEY("local_port"), FIELD_NUMBER, get_local_port },
	{ KEY("remote_addr"), FIELD_WORD, get_remote_addr },
	{ KEY("remote_port"), FIELD_NUMBER, get_remote_port },
	{ KEY("old_state"), FIELD_WORD, get_old_state },
	{ KEY("state"), FIELD_WORD, get_state },
	{ KEY("pid"), FIELD_NUMBER, get_pid },
	{ KEY("comm"), FIELD_FOREIGN, get_comm },
	{ KEY("uid"), FIELD_NUMBER, get_uid },
	{ KEY("ns_pid"), FIELD_NUMBER, get_ns_pid },
	{ KEY("owner_source"), FIELD_WORD, get_owner_source },
	{ KEY("owners"), FIELD_OWNERS, get_owners },
	{ KEY("actor_pid"), FIELD_NUMBER, get_actor_pid },
	{ KEY("actor_tid"), FIELD_NUMBER, get_actor_tid },
	{ KEY("actor_comm"), FIELD_FOREIGN, get_actor_comm },
	{ KEY("cookie"), FIELD_NUMBER, get_cookie },
	{ KEY("inode"), FIELD_NUMBER, get_inode },
	{ KEY("mptcp_token"), FIELD_NUMBER, get_mptcp_token },
	{ KEY("parent_inode"), FIELD_NUMBER, get_parent_inode },
	{ KEY("netns"), FIELD_NUMBER, get_netns },
	{ KEY("netns_name"), FIELD_FOREIGN, get_netns_name },
	{ KEY("cgroup_id"), FIELD_NUMBER, get_cgroup_id },
	{ KEY("cgroup"), FIELD_FOREIGN, get_cgroup },
	{ KEY("container"), FIELD_FOREIGN, get_container },
	{ KEY("runtime"), FIELD_WORD, get_runtime },
	{ KEY("pod"), FIELD_WORD, get_pod },
	{ KEY("unit"), FIELD_FOREIGN, get_unit },
	{ KEY("exe"), FIELD_FOREIGN, get_exe },
	{ KEY("cmdline"), FIELD_FOREIGN, get_cmdline },
	{ KEY("start_time"), FIELD_START, get_start_time },
	{ KEY("recv_q"), FIELD_NUMBER, get_recv_q },
	{ KEY("send_q"), FIELD_NUMBER, get_send_q },
	{ KEY("age_us"), FIELD_NUMBER, get_age_us },
	{ KEY("state_us"), FIELD_NUMBER, get_state_us },
	{ KEY("bytes_sent"), FIELD_NUMBER, get_bytes_sent },
	{ KEY("bytes_received"), FIELD_NUMBER, get_bytes_received },
	{ KEY("datagrams_sent"), FIELD_NUMBER, get_datagrams_sent },
	{ KEY("datagrams_received"), FIELD_NUMBER, get_datagrams_received },
	{ KEY("retransmits"), FIELD_NUMBER, get_retransmits },
	{ KEY("srtt_us"), FIELD_NUMBER, get_srtt_us },
	{ KEY("direction"), FIELD_WORD, get_direction },
	{ KEY("time_wait"), FIELD_WORD, get_time_wait },
	{ KEY("reason"), FIELD_WORD, get_reason },
	{ KEY("error"), FIELD_WORD, get_error },
	{ KEY("lost"), FIELD_NUMBER, get_lost },
	{ KEY("timer"), FIELD_WORD, get_timer },
	{ KEY("timer_ms"), FIELD_NUMBER, get_timer_ms },
	{ KEY("timer_retransmits"), FIELD_NUMBER, get_timer_retransmits },
	{ KEY("timer_probes"), FIELD_NUMBER, get_timer_probes },
	{ KEY("held_by"), FIELD_HELD_BY, get_held_by },
	{ KEY("blocked_ms"), FIELD_NUMBER, get_blocked_ms },
	{ KEY("local_name"), FIELD_FOREIGN, get_local_name },
	{ KEY("local_service"), FIELD_FOREIGN, get_local_service },
	{ KEY("remote_name"), FIELD_FOREIGN, get_remote_name },
	{ KEY("remote_service"), FIELD_FOREIGN, get_remote_service },
	{ KEY("user"), FIELD_FOREIGN, get_user },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const size_t n_fields = COUNT(fields);
const size_t first_name_field = COUNT(fields) - 5;
const size_t end_name_field = COUNT(fields);
