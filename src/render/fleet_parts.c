// SPDX-License-Identifier: GPL-2.0-only
#include "render/fleet_parts.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "core/kinds.h"
#include "core/names.h"
#include "render/fleet_read.h"

#define ERRNO_MAX 200
#define US UINT64_C(1000)

/* --- names ------------------------------------------------------------------------------------ */

static uint8_t find_name(const char *name, uint8_t n, const char *(*name_of)(uint8_t))
{
	for (uint8_t i = 0; i < n; i++) {
		const char *is = name_of(i);

		if (is && !strcmp(is, name))
			return i;
	}
	return 0;
}

static int32_t find_errno(const char *name)
{
	for (int i = 1; *name && i < ERRNO_MAX; i++) {
		const char *is = errno_name(i);

		if (is && !strcmp(is, name))
			return i;
	}
	return 0;
}

static uint8_t find_state(const char *name)
{
	return *name ? state_from_name(name) : 0;
}

static void take_proto(struct fleet_parts *p, const char *name)
{
	const struct sock_kind *kind = kind_find(name);

	if (!strcmp(name, "mptcp")) {
		p->s->proto = SW_PROTO_TCP;
		p->s->have |= SW_HAVE_MPTCP;
	} else if (kind) {
		p->s->proto = kind->proto;
	}
}

void fleet_take_comm(char comm[SW_COMM_LEN], const struct fleet_cell *c)
{
	memcpy(comm, c->text, c->len < SW_COMM_LEN ? c->len : SW_COMM_LEN);
}

uint8_t fleet_find_source(const char *name)
{
	return find_name(name, SW_OWNER_SOURCES, owner_source_name);
}

/* --- columns ---------------------------------------------------------------------------------- */

static void take_event(struct fleet_parts *p, struct fleet_cell *c)
{
	p->e->kind = find_name(c->text, SW_EV_RECORDER + 1, event_kind_name);
}

static void take_proto_cell(struct fleet_parts *p, struct fleet_cell *c)
{
	take_proto(p, c->text);
}

static void take_family(struct fleet_parts *p, struct fleet_cell *c)
{
	p->ipv4 = !strcmp(c->text, "ipv4");
}

static void take_local_addr(struct fleet_parts *p, struct fleet_cell *c)
{
	p->local = c->text;
}

static void take_remote_addr(struct fleet_parts *p, struct fleet_cell *c)
{
	p->remote = c->text;
}

static void take_direction(struct fleet_parts *p, struct fleet_cell *c)
{
	p->direction = c->text;
}

static void take_history(struct fleet_parts *p, struct fleet_cell *c)
{
	p->history = c->text;
}

static void take_old_state(struct fleet_parts *p, struct fleet_cell *c)
{
	p->e->old_state = find_state(c->text);
}

static void take_state(struct fleet_parts *p, struct fleet_cell *c)
{
	p->s->state = find_state(c->text);
}

static void take_owner_comm(struct fleet_parts *p, struct fleet_cell *c)
{
	fleet_take_comm(p->s->comm, c);
}

static void take_actor_comm(struct fleet_parts *p, struct fleet_cell *c)
{
	fleet_take_comm(p->e->actor_comm, c);
}

static void take_owner_source(struct fleet_parts *p, struct fleet_cell *c)
{
	p->s->owner_source = fleet_find_source(c->text);
}

static void take_reason(struct fleet_parts *p, struct fleet_cell *c)
{
	p->row->rec.not_sent = !strcmp(c->text, "not_sent");
	p->e->reason = find_name(c->text, SW_REASONS, reason_name);
}

static void take_error(struct fleet_parts *p, struct fleet_cell *c)
{
	p->e->error = find_errno(c->text);
}

static void take_recorder(struct fleet_parts *p, struct fleet_cell *c)
{
	p->row->rec.recorder = find_name(c->text, RECORDER_ACTS, recorder_act_name);
}

/* What number a column has: put where it is known to be. */
#define NUMBER(name, to)                                             \
	static void number_##name(struct fleet_parts *p, uint64_t n) \
	{                                                            \
		(to) = (__typeof__(to))n; /* it came from there */   \
	}

NUMBER(time, p->row->rec.wall_ns)
NUMBER(local_port, p->s->tuple.local_port)
NUMBER(remote_port, p->s->tuple.remote_port)
NUMBER(v4mapped, p->v4mapped)
NUMBER(pid, p->s->pid)
NUMBER(ns_pid, p->e->ns_pid)
NUMBER(actor_pid, p->e->actor_pid)
NUMBER(actor_tid, p->e->actor_tid)
NUMBER(start_time, p->row->rec.start_wall_ns)
NUMBER(ppid, p->row->rec.ppid)
NUMBER(cgroup_id, p->s->owner_cgroup)
NUMBER(socket_cgroup_id, p->s->cgroup_id)
NUMBER(netns, p->s->tuple.netns)
NUMBER(cookie, p->s->cookie)
NUMBER(inode, p->s->inode)
NUMBER(connect_us, p->row->conn.connect_us)
NUMBER(start, p->start_ns)
NUMBER(srtt_us, p->s->srtt_us)
NUMBER(started_before, p->before)
NUMBER(owners_left_out, p->row->conn.left_out)
NUMBER(from, p->row->rec.lost_since_ns)
NUMBER(final, p->final)

static void number_age_us(struct fleet_parts *p, uint64_t n)
{
	p->has_age = n;
	p->e->age_ns = n * US;
}

static void number_state_us(struct fleet_parts *p, uint64_t n)
{
	p->s->have |= n ? SW_HAVE_STATE_TIME : 0;
	p->e->state_ns = n * US;
}

static void number_uid(struct fleet_parts *p, uint64_t n)
{
	p->s->have |= SW_HAVE_UID;
	p->s->uid = (uint32_t)n;
}

static void number_login_uid(struct fleet_parts *p, uint64_t n)
{
	p->row->rec.has_login_uid = true;
	p->row->rec.login_uid = (uint32_t)n;
}

static void number_v6only(struct fleet_parts *p, uint64_t n)
{
	p->s->tuple.flags = SW_TUPLE_V6ONLY_KNOWN | (n ? SW_TUPLE_V6ONLY : 0);
}

static void number_duration_us(struct fleet_parts *p, uint64_t n)
{
	p->has_duration = true;
	p->e->age_ns = n * US;
}

static void number_bytes_sent(struct fleet_parts *p, uint64_t n)
{
	p->s->bytes_sent = n;
}

static void number_bytes_received(struct fleet_parts *p, uint64_t n)
{
	p->s->bytes_received = n;
}

static void number_datagrams_sent(struct fleet_parts *p, uint64_t n)
{
	p->s->have |= SW_HAVE_DATAGRAMS;
	p->e->datagrams_sent = n;
}

static void number_datagrams_received(struct fleet_parts *p, uint64_t n)
{
	p->s->have |= SW_HAVE_DATAGRAMS;
	p->e->datagrams_received = n;
}

static void number_segments_sent(struct fleet_parts *p, uint64_t n)
{
	p->row->conn.segments_sent = (uint32_t)n;
}

static void number_segments_received(struct fleet_parts *p, uint64_t n)
{
	p->row->conn.segments_received = (uint32_t)n;
}

static void number_retransmits(struct fleet_parts *p, uint64_t n)
{
	p->s->have |= SW_HAVE_COUNTERS;
	p->s->retransmits = (uint32_t)n;
}

static void number_lost(struct fleet_parts *p, uint64_t n)
{
	p->row->rec.lost = n;
}

#define N(key_, name)                                \
	{                                            \
		.key = key_, .number = number_##name \
	}
#define T(key_, name)                            \
	{                                        \
		.key = key_, .text = take_##name \
	}
#define R(member)                                                     \
	{                                                             \
		.key = #member, .at = offsetof(struct record, member) \
	}
#define W(member)                                                                   \
	{                                                                           \
		.key = #member, .at = offsetof(struct record, member), .word = true \
	}

const struct fleet_taker fleet_takers[] = {
	N("time", time),
	T("event", event),
	T("proto", proto_cell),
	T("family", family),
	N("v4mapped", v4mapped),
	T("local_addr", local_addr),
	N("local_port", local_port),
	T("remote_addr", remote_addr),
	N("remote_port", remote_port),
	T("direction", direction),
	T("old_state", old_state),
	T("state", state),
	N("pid", pid),
	T("comm", owner_comm),
	N("uid", uid),
	T("owner_source", owner_source),
	N("ns_pid", ns_pid),
	N("actor_pid", actor_pid),
	N("actor_tid", actor_tid),
	T("actor_comm", actor_comm),
	R(exe),
	R(cmdline),
	N("start_time", start_time),
	N("ppid", ppid),
	R(parent_comm),
	N("login_uid", login_uid),
	R(unit),
	R(user_unit),
	R(container),
	R(containers),
	W(runtime),
	W(pod),
	R(container_name),
	R(container_image),
	R(pod_name),
	R(pod_namespace),
	N("cgroup_id", cgroup_id),
	R(cgroup),
	N("socket_cgroup_id", socket_cgroup_id),
	R(socket_cgroup),
	N("netns", netns),
	R(netns_name),
	N("cookie", cookie),
	N("inode", inode),
	R(device),
	N("v6only", v6only),
	N("age_us", age_us),
	N("state_us", state_us),
	N("connect_us", connect_us),
	N("start", start),
	N("duration_us", duration_us),
	N("bytes_sent", bytes_sent),
	N("bytes_received", bytes_received),
	N("datagrams_sent", datagrams_sent),
	N("datagrams_received", datagrams_received),
	N("segments_sent", segments_sent),
	N("segments_received", segments_received),
	N("retransmits", retransmits),
	N("srtt_us", srtt_us),
	T("history", history),
	N("final", final),
	N("started_before", started_before),
	N("owners_left_out", owners_left_out),
	T("reason", reason),
	T("error", error),
	N("lost", lost),
	T("recorder", recorder),
	N("from", from),
};

const size_t n_fleet_takers = sizeof(fleet_takers) / sizeof(fleet_takers[0]);
const struct fleet_taker fleet_of_host = R(host), fleet_of_boot = R(boot);

/* What is told as it is. */
static bool is_word(const struct fleet_cell *c)
{
	for (size_t i = 0; i < c->len; i++) {
		unsigned char byte = (unsigned char)c->text[i];

		if (byte >= 0x80 || !(isalnum(byte) || (byte && strchr("._-", byte))))
			return false;
	}
	return true;
}

static int put_text(struct fleet_parts *p, const struct fleet_taker *t, const struct fleet_cell *c)
{
	const char *text = c->len ? c->text : NULL;

	if (t->word && !is_word(c))
		return -EBADMSG;
	memcpy((char *)&p->row->rec + t->at, &text, sizeof(text));
	return 0;
}

int fleet_take_cell(struct fleet_parts *p, const struct fleet_taker *t, struct fleet_cell *c)
{
	uint64_t number;

	if (t->number && c->null)
		return 0;
	if (t->number) {
		if (fleet_cell_number(c, &number))
			return -EBADMSG;
		t->number(p, number);
		return 0;
	}
	fleet_cell_text(c);
	if (t->text) {
		t->text(p, c);
		return 0;
	}
	return put_text(p, t, c);
}
